"""Files of the container: cat, ls, readlink, mkdir, rm, tee, touch, cp, mv."""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Callable

from . import virtual
from .coreutils import hint
from .options import OptionError, parse
from .process import Process, Program
from .registry import command
from .streams import unix_lines

NAMESPACES = {
    "net": "net",
    "mnt": "mnt",
    "pid": "pid",
    "uts": "uts",
    "ipc": "ipc",
    "user": "user",
    "cgroup": "cgroup",
}


def open_inputs(p: Process, words: list[str], reason: str = "{name}: {word}: {why}") -> Program:
    """Read files, "-" being standard input; a complaint for each that cannot be read.

    The bytes come in ``p.inputs`` as (name, data); the result is 1 where one could not be read.
    """
    code, inputs = 0, []
    for word in words or ["-"]:
        if word in ("-", "/dev/stdin"):
            inputs.append(("-", (yield from p.read_all())))
            continue
        data = virtual.read_file(p, word)
        if isinstance(data, str):
            p.err(reason.format(name=p.name, word=word, why=data) + "\n")
            code = 1
        else:
            inputs.append((word, data))
    p.inputs = inputs  # type: ignore[attr-defined]
    return code


def each_line(
    p: Process, words: list[str], take: Callable[[str, str], bool], reason: str = "{name}: {word}: {why}"
) -> Program:
    """Give ``take(line, name)`` every line as it comes, without its newline, until it returns False.

    A file that cannot be read is complained of in the words of ``reason``, if there are any. So a filter ends when it has enough or nobody reads on, also of an input without an end. The result is that of
    :func:`open_inputs`.
    """
    code = 0
    for word in words or ["-"]:
        if word in ("-", "/dev/stdin"):
            while line := (yield from p.read_line()):
                if not take(line.decode("utf-8", "surrogateescape").removesuffix("\n"), "-"):
                    return code
            continue
        data = virtual.read_file(p, word)
        if isinstance(data, str):
            if reason:
                p.err(reason.format(name=p.name, word=word, why=data) + "\n")
            code = 1
        elif not all(take(line, word) for line in unix_lines(data.decode("utf-8", "surrogateescape"))):
            return code
    return code


@command("cat")
def cat(p: Process) -> Program | int:
    """cat [-n] [FILE...]."""
    try:
        found, rest = parse(p.argv[1:], "nbsuvAeEtT", ("number", "show-all"))
    except OptionError as error:
        return hint(p, error.text)
    return _cat(p, rest, bool({n for n, _ in found} & {"n", "number"}))


def _cat(p: Process, words: list[str], numbered: bool) -> Program:
    numbers = itertools.count(1)

    def show(line: bytes) -> None:
        p.out((f"{next(numbers):>6}\t".encode() if numbered else b"") + line)

    code = 0
    for word in words or ["-"]:
        if word in ("-", "/dev/stdin"):
            while line := (yield from p.read_line()):
                show(line)
            continue
        data = virtual.read_file(p, word)
        if isinstance(data, str):
            p.err(f"cat: {word}: {data}\n")
            code = 1
        elif numbered:
            for line in io.BytesIO(data):
                show(line)
        else:
            p.out(data)
    return code


def link_target(p: Process, path: str) -> str | None:
    """Where a symbolic link leads: namespaces in /proc, devices in /sys/class/net; None for no link."""
    full = p.context.files.normal(path, p.cwd)
    match = re.fullmatch(r"/proc/(self|thread-self|\d+)/ns/(\w+)", full)
    if match:
        owner = p if not match.group(1).isdigit() else p.context.processes.get(int(match.group(1)))
        if owner is None and match.group(1).isdigit() and p.context.namespace_of_pid is not None:
            namespace = p.context.namespace_of_pid(int(match.group(1)))
            return f"net:[{namespace.inode}]" if namespace is not None and match.group(2) == "net" else None
        if owner is None or match.group(2) not in NAMESPACES:
            return None
        inode = (
            owner.ns.inode if match.group(2) == "net" else 4026531000 + list(NAMESPACES).index(match.group(2))
        )
        return f"{match.group(2)}:[{inode}]"
    match = re.fullmatch(r"/sys/class/net/([^/]+)", full)
    if match and match.group(1) in p.ns.devices:
        return f"../../devices/virtual/net/{match.group(1)}"
    if full == "/proc/self":
        return str(p.pid)
    return None


@command("readlink")
def readlink(p: Process) -> int:
    """readlink [-f] FILE."""
    words = [w for w in p.argv[1:] if not w.startswith("-")]
    follow = any("f" in w for w in p.argv[1:] if w.startswith("-"))
    if not words:
        return hint(p, "missing operand")
    code = 0
    for word in words:
        target = link_target(p, word)
        if target is None and follow and virtual.exists(p, word):
            target = p.context.files.normal(word, p.cwd)
        if target is None:
            code = 1
        else:
            p.out(target + "\n")
    return code


@command("ls")
def ls(p: Process) -> int:
    """ls [-1aldpF] [FILE...]."""
    try:
        found, rest = parse(p.argv[1:], "1aAldhFRtrCSip", ("all", "color=?", "directory"))
    except OptionError as error:
        return hint(p, error.text, 2)
    options = {name for name, _ in found}
    code, files, directories = 0, [], []
    for word in rest or ["."]:
        if word != "." and not virtual.exists(p, word) and link_target(p, word) is None:
            p.err(f"ls: cannot access '{word}': No such file or directory\n")
            code = 2
        elif (
            virtual.is_directory(p, word)
            and "d" not in options
            and not ("l" in options and link_target(p, word))
        ):
            directories.append(word)
        else:
            files.append(word)
    for word in sorted(files):
        p.out(_entry(p, word, word, options))
    many = len(rest) > 1
    for number, word in enumerate(sorted(directories)):
        if many:
            p.out(("\n" if number or files else "") + f"{word}:\n")
        names = virtual.listdir(p, word) or []
        if options & {"a", "all"}:
            names = [".", "..", *names]
        if "l" in options:
            p.out("total 0\n")
        for name in names:
            if not name.startswith(".") or options & {"a", "A", "all"}:
                p.out(_entry(p, name, word.rstrip("/") + "/" + name, options))
    return code


def _entry(p: Process, shown: str, path: str, options: set[str]) -> str:
    shown += _mark(p, path, options)
    if "l" not in options:
        return shown + "\n"
    from datetime import UTC, datetime

    when = f"{datetime.fromtimestamp(int(p.context.clock()), UTC):%b %e %H:%M}"
    target = link_target(p, path)
    if target is not None:
        return f"lrwxrwxrwx 1 root root 0 {when} {shown} -> {target}\n"
    if virtual.is_directory(p, path):
        return f"drwxr-xr-x 2 root root 4096 {when} {shown}\n"
    data = virtual.read_file(p, path)
    return f"-rw-r--r-- 1 root root {len(data) if isinstance(data, bytes) else 0:>4} {when} {shown}\n"


def _mark(p: Process, path: str, options: set[str]) -> str:
    """What ``-p`` and ``-F`` put behind a name."""
    if not options & {"p", "F"}:
        return ""
    if link_target(p, path) is not None:
        return "@" if "F" in options and "l" not in options else ""
    return "/" if virtual.is_directory(p, path) else ""


def _plain(p: Process) -> tuple[set[str], list[str]]:
    flags = {letter for w in p.argv[1:] if w.startswith("-") and w != "-" for letter in w.lstrip("-")}
    return flags, [w for w in p.argv[1:] if not w.startswith("-")]


@command("mkdir")
def mkdir(p: Process) -> int:
    """mkdir [-p] DIRECTORY..."""
    flags, words = _plain(p)
    if not words:
        return hint(p, "missing operand")
    code = 0
    for word in words:
        path = p.context.files.normal(word, p.cwd)
        if virtual.exists(p, path):
            if "p" in flags and virtual.is_directory(p, path):
                continue
            why = "File exists"
        elif "p" not in flags and not virtual.is_directory(p, path.rsplit("/", 1)[0] or "/"):
            why = "No such file or directory"
        elif path.startswith(("/proc/", "/sys/")):
            why = "Permission denied"
        else:
            why = p.context.files.may_write(path, p.context.account.root)
        if not why:
            p.context.files.make_directory(path)
            continue
        p.err(f"mkdir: cannot create directory '{word}': {why}\n")
        code = 1
    return code


@command("rm", "rmdir")
def rm(p: Process) -> int:
    """rm [-rf] FILE..., rmdir DIRECTORY..."""
    flags, words = _plain(p)
    if not words:
        return 0 if "f" in flags else hint(p, "missing operand")
    code = 0
    files = p.context.files
    for word in words:
        path = files.normal(word, p.cwd)
        verb = "failed to remove" if p.name == "rmdir" else "cannot remove"
        if not files.exists(path):
            if "f" not in flags:
                p.err(f"{p.name}: {verb} '{word}': No such file or directory\n")
                code = 1
        elif files.is_directory(path) and p.name == "rm" and not flags & {"r", "R"}:
            p.err(f"rm: cannot remove '{word}': Is a directory\n")
            code = 1
        elif p.name == "rmdir" and (not files.is_directory(path) or files.listdir(path)):
            why = "Directory not empty" if files.is_directory(path) else "Not a directory"
            p.err(f"rmdir: failed to remove '{word}': {why}\n")
            code = 1
        else:
            busy = "Device or resource busy" if path in files.mounts else ""
            why = files.may_write(path, p.context.account.root) or busy
            if why == busy:
                # What is in a mount goes; the place itself stays.
                for name in files.listdir(path) if busy else ():
                    files.remove(f"{path}/{name}")
            if why:
                p.err(f"{p.name}: {verb} '{word}': {why}\n")
                code = 1
            else:
                files.remove(path)
    return code


@command("touch")
def touch(p: Process) -> int:
    _, words = _plain(p)
    code = 0
    for word in words:
        path = p.context.files.normal(word, p.cwd)
        why = virtual.can_create(p, path)
        if why and why != "Is a directory":
            why = "No such file or directory" if why.startswith("Directory") else why
            p.err(f"touch: cannot touch '{word}': {why}\n")
            code = 1
        elif not virtual.exists(p, path):
            p.context.files.write(path, b"")
    return code


@command("cp", "mv")
def cp(p: Process) -> int:
    """cp SOURCE TARGET, mv SOURCE TARGET: files only."""
    _, words = _plain(p)
    if len(words) < 2:
        return hint(p, "missing file operand")
    *sources, target = words
    code = 0
    for word in sources:
        data = virtual.read_file(p, word)
        if isinstance(data, str):
            p.err(f"{p.name}: cannot stat '{word}': {data}\n")
            code = 1
            continue
        path = p.context.files.normal(target, p.cwd)
        if virtual.is_directory(p, path):
            path = path.rstrip("/") + "/" + word.rsplit("/", 1)[-1]
        why = virtual.can_create(p, path)
        if why:
            why = "No such file or directory" if why.startswith("Directory") else why
            p.err(f"{p.name}: cannot create regular file '{target}': {why}\n")
            code = 1
            continue
        p.context.files.write(path, data)
        if p.name == "mv" and p.context.files.is_file(p.context.files.normal(word, p.cwd)):
            p.context.files.remove(p.context.files.normal(word, p.cwd))
    return code


@command("tee")
def tee(p: Process) -> Program:
    """tee [-a] FILE...: standard input to standard output and files."""
    flags, words = _plain(p)
    sinks, code = [], 0
    for word in words:
        opened = virtual.open_for_writing(p, word, "a" in flags)
        if isinstance(opened, str):
            why = "No such file or directory" if opened.startswith("Directory") else opened
            p.err(f"tee: {word}: {why}\n")
            code = 1
        else:
            sinks.append(opened)
    while True:
        line = yield from p.read_line()
        if not line:
            return code
        p.out(line)
        for sink in sinks:
            sink.write(line)


@command("chmod")
def chmod(p: Process) -> int:
    return 0


@command("stat")
def stat(p: Process) -> int:
    _, words = _plain(p)
    code = 0
    for word in words:
        if virtual.exists(p, word):
            p.out(f"  File: {word}\n")
        else:
            p.err(f"stat: cannot statx '{word}': No such file or directory\n")
            code = 1
    return code


@command("find")
def find(p: Process) -> int:
    """find [DIRECTORY] [-name PATTERN]: the names below a directory."""
    from .shell_expand import matches

    words = p.argv[1:]
    top = words[0] if words and not words[0].startswith("-") else "."
    glob = words[words.index("-name") + 1] if "-name" in words[:-1] else "*"
    if not virtual.exists(p, top):
        p.err(f"find: '{top}': No such file or directory\n")
        return 1
    queue = [top]
    while queue:
        path = queue.pop(0)
        if matches(path.rsplit("/", 1)[-1], glob):
            p.out(path + "\n")
        queue += [path.rstrip("/") + "/" + name for name in virtual.listdir(p, path) or []]
    return 0
