"""The labels on everything that dnetlab makes: by them it is found again, and only by them it is removed."""

from __future__ import annotations

import json
import os
import platform
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LAB = "dnetlab.lab"
TYPE = "dnetlab.type"
SESSION = "dnetlab.session"
PARAMETERS = "dnetlab.parameters"

KEPT = "kept"
"""Session of a lab that is left standing on purpose (``dnetlab up``): no process owns it."""


def new_id() -> str:
    """A lab's id: six hexadecimal digits."""
    return secrets.token_hex(3)


def _start_time(pid: int) -> str:
    # Field 22 of /proc/PID/stat (proc(5)): with it a process id that was given again is not taken for ours.
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return "0"
    return stat.rsplit(")", 1)[1].split()[19]


def session() -> str:
    """This process, as host:pid:start time."""
    return f"{platform.node()}:{os.getpid()}:{_start_time(os.getpid())}"


def alive(session_label: str) -> bool:
    """Whether a lab is still wanted: the process that made it runs, or it is kept on purpose.

    True where that cannot be known (another computer).
    """
    if session_label == KEPT:
        return True
    node, _, rest = session_label.partition(":")
    pid, _, started = rest.partition(":")
    if node != platform.node() or not pid.isdecimal():
        return True
    if int(pid) != os.getpid():
        import psutil  # here: it takes time, and most processes never ask

        try:
            if not psutil.pid_exists(int(pid)):
                return False
        except OverflowError:  # larger than any process id
            return False
    return started == "0" or _start_time(int(pid)) in {started, "0"}


def of(
    lab: str, type_name: str, parameters: Mapping[str, Any] | None = None, *, kept: bool = False
) -> dict[str, str]:
    """The labels for one lab's objects. ``kept``: the lab outlives this process on purpose.

    The parameters go along, so that another process can make the same plan again.
    """
    return {
        LAB: lab,
        TYPE: type_name,
        SESSION: KEPT if kept else session(),
        PARAMETERS: json.dumps({name: _plain(value) for name, value in (parameters or {}).items()}),
    }


def parameters(labels: Mapping[str, str]) -> dict[str, Any]:
    """The parameters that :func:`of` wrote; none where the label is missing or is not ours."""
    try:
        found = json.loads(labels.get(PARAMETERS, ""))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _plain(value: Any) -> Any:
    # Subnets and addresses are read again from their text (plan/parameters.py takes both).
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value)
