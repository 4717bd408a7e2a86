"""Redirections of the shell: files, here-documents, copies of file descriptors (POSIX 2.7)."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

from . import shell_expand as expand
from .process import Wait
from .shell_tree import Redirect
from .streams import NULL, Source
from .virtual import open_for_reading, open_for_writing

if TYPE_CHECKING:
    from .shell_run import Shell


def redirect(shell: Shell, redirects: tuple[Redirect, ...]) -> Generator[Wait, None, bool]:
    """Apply redirections to the shell's process; False (and a complaint) where one cannot be."""
    for item in redirects:
        target = yield from expand.text(shell, item.target)
        problem = ""
        if item.op == "<<":
            shell.process.set_fd(item.fd, Source(target.encode("utf-8", "surrogateescape")))
        elif item.op in (">&", "<&"):
            problem = _copy(shell, item.fd, target)
        elif item.op in ("<", "<>"):
            problem = _input(shell, item.fd, target)
        else:
            problem = _output(shell, item, target)
        if problem:
            shell.complain(problem)
            return False
    return True


def _copy(shell: Shell, fd: int, target: str) -> str:
    process = shell.process
    if target == "-":
        process.set_fd(fd, NULL)
    elif target.isdigit() and int(target) in process.fds:
        process.set_fd(fd, process.fds[int(target)])
    else:
        return f"{target}: Bad file descriptor" if target.isdigit() else f"Bad fd number: {target}"
    return ""


def _input(shell: Shell, fd: int, target: str) -> str:
    stream = open_for_reading(shell.process, target)
    if isinstance(stream, str):
        return f"cannot open {target}: {stream}"
    shell.process.set_fd(fd, stream)
    return ""


def _output(shell: Shell, item: Redirect, target: str) -> str:
    opened = open_for_writing(shell.process, target, item.op == ">>")
    if isinstance(opened, str):
        return f"cannot create {target}: {opened}"
    shell.process.set_fd(item.fd, opened)
    return ""
