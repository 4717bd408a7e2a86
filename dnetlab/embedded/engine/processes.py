"""``docker top``: the processes of a container, as ``ps`` on the host lists them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from .errors import failed
from .model import Container, Json

if TYPE_CHECKING:
    from ..commands import Process

_FULL: Final = ("uid", "pid", "ppid", "c", "stime", "tty", "time", "cmd")

Column = Callable[["Process", int], str]

_COLUMNS: Final[dict[str, tuple[str, Column]]] = {
    "uid": ("UID", lambda process, base: "root"),
    "user": ("USER", lambda process, base: "root"),
    "pid": ("PID", lambda process, base: str(base + process.pid - 1)),
    "ppid": (
        "PPID",
        lambda process, base: str(base - 26 if process.parent is None else base + process.parent.pid - 1),
    ),
    "c": ("C", lambda process, base: "0"),
    "stime": ("STIME", lambda process, base: "00:00"),
    "tty": ("TTY", lambda process, base: "?"),
    "time": ("TIME", lambda process, base: "00:00:00"),
    "cmd": ("CMD", lambda process, base: " ".join(process.argv)),
    "args": ("COMMAND", lambda process, base: " ".join(process.argv)),
    "command": ("COMMAND", lambda process, base: " ".join(process.argv)),
    "comm": ("COMMAND", lambda process, base: process.name),
}


def table(container: Container, ps_args: str) -> Json:
    """``{"Titles", "Processes"}`` for the arguments of ``ps``: the full form, or the columns of ``-o``.

    Raises:
        EngineError: 500, a column that does not exist.
    """
    wanted = re.search(r"-e?o\s*([A-Za-z,]+)", ps_args or "")
    names = tuple(wanted[1].split(",")) if wanted else _FULL
    for name in names:
        if name not in _COLUMNS:
            raise failed(f'ps: error: unknown user-defined format specifier "{name}"')
    context, base = container.context, container.state.pid
    found = sorted(context.processes.items()) if context else []
    rows = [[_COLUMNS[name][1](process, base) for name in names] for _, process in found]
    return {"Processes": rows, "Titles": [_COLUMNS[name][0] for name in names]}
