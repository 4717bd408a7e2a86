"""The labels on everything that dnetlab makes: by them it is found again, and only by them it is removed."""

from __future__ import annotations

import os
import platform
import secrets
from pathlib import Path

LAB = "dnetlab.lab"
TYPE = "dnetlab.type"
SESSION = "dnetlab.session"


def new_id() -> str:
    """A lab's id: six hexadecimal digits."""
    return secrets.token_hex(3)


def _start_time(pid: int) -> str:
    # Field 22 of /proc/PID/stat (proc(5)): with it a process id that was given again is not taken for ours.
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return "0"
    return stat.rsplit(")", 1)[1].split()[19]


def session() -> str:
    """This process, as host:pid:start time."""
    return f"{platform.node()}:{os.getpid()}:{_start_time(os.getpid())}"


def alive(session_label: str) -> bool:
    """Whether the process that made a lab still runs; True where that cannot be known (another computer)."""
    node, _, rest = session_label.partition(":")
    pid, _, started = rest.partition(":")
    if node != platform.node() or not pid.isdigit():
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return started == "0" or _start_time(int(pid)) in {started, "0"}


def of(lab: str, type_name: str) -> dict[str, str]:
    """The labels for one lab's objects."""
    return {LAB: lab, TYPE: type_name, SESSION: session()}
