"""``docker top``: the processes of a container, as ``ps`` on the host lists them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from ..commands import user_name
from .errors import failed
from .model import Container, Json

if TYPE_CHECKING:
    from ..commands import Process

_FULL: Final = ("uid", "pid", "ppid", "c", "stime", "tty", "time", "cmd")
_SHORT: Final = ("pid", "tty", "time", "comm")
_SESSION: Final = ("pid", "tty", "stat", "bsdtime", "command")
_USER: Final = ("user", "pid", "%cpu", "%mem", "vsz", "rss", "tty", "stat", "start", "bsdtime", "command")

Column = Callable[["Process", int], str]


def _started(process: Process, base: int) -> str:
    return f"{datetime.fromtimestamp(int(process.context.wall(process.started)), UTC):%H:%M}"


def _parent(process: Process, base: int) -> str:
    return str(base - 26 if process.parent is None else base + process.parent.pid - 1)


def _command(process: Process, base: int) -> str:
    return " ".join(process.command_line)


def _who(process: Process, base: int) -> str:
    return user_name(process.context)


_COLUMNS: Final[dict[str, tuple[str, Column]]] = {
    "uid": ("UID", _who),
    "user": ("USER", _who),
    "pid": ("PID", lambda process, base: str(base + process.pid - 1)),
    "ppid": ("PPID", _parent),
    "c": ("C", lambda process, base: "0"),
    "%cpu": ("%CPU", lambda process, base: "0.0"),
    "%mem": ("%MEM", lambda process, base: "0.0"),
    "vsz": ("VSZ", lambda process, base: "2580"),
    "rss": ("RSS", lambda process, base: "1500"),
    "stat": ("STAT", lambda process, base: "Ss" if process.parent is None else "S"),
    "start": ("START", _started),
    "stime": ("STIME", _started),
    "tty": ("TTY", lambda process, base: "?"),
    "time": ("TIME", lambda process, base: "00:00:00"),
    "bsdtime": ("TIME", lambda process, base: "0:00"),
    "cmd": ("CMD", _command),
    "args": ("COMMAND", _command),
    "command": ("COMMAND", _command),
    "comm": ("COMMAND", lambda process, base: process.comm),
}


def _columns(ps_args: str) -> tuple[str, ...]:
    wanted = re.search(r"(?:^|\s)-?[a-zA-Z]*o\s*([A-Za-z%]+(?:,[A-Za-z%]+)*)", ps_args)
    if wanted:
        return tuple(wanted[1].split(","))
    letters = ps_args.replace("-", "").replace(" ", "")
    if ps_args.strip().startswith("-"):
        return _FULL if "f" in letters else _SESSION if "x" in letters else _SHORT
    if set(letters) - set("aefgjlmrSTuvwxXhH"):
        raise failed("ps: error: unsupported option (BSD syntax)")
    return _USER if "u" in letters else _SESSION


def table(container: Container, ps_args: str) -> Json:
    """``{"Titles", "Processes"}`` for the arguments of ``ps``: ``-ef`` where there are none.

    Raises:
        EngineError: 500, an option or a column that does not exist, or there is no column of process ids.
    """
    names = _columns(ps_args or "-ef")
    for name in names:
        if name not in _COLUMNS:
            raise failed(f'ps: error: unknown user-defined format specifier "{name}"')
    if "pid" not in names:
        raise failed("Couldn't find PID field in ps output")
    context, base = container.context, container.state.pid
    found = sorted(context.processes.items()) if context else []
    rows = [[_COLUMNS[name][1](process, base) for name in names] for _, process in found]
    titles = [_COLUMNS[name][0] for name in names]
    if names == _SHORT:
        titles[-1] = "CMD"
    return {"Processes": rows, "Titles": titles}
