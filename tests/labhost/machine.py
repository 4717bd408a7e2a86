"""Machines that run: a folder each, with the API's socket, the console and a note of who keeps it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.labhost import api, keeper

SOCKET_LIMIT = 107
"""Bytes of a unix socket's path (unix(7): sun_path has 108 with the final zero)."""

FORGOTTEN = 12 * 3600
"""Seconds after which an engine without an owner ends."""


@dataclass(frozen=True)
class Running:
    """A test engine that answers, or is about to."""

    name: str
    kind: str
    folder: Path
    keeper: int
    born: int
    cpu: int = -1
    """The CPU it is pinned to; -1 for none."""

    @property
    def socket(self) -> Path:
        return self.folder / "docker.sock"

    @property
    def url(self) -> str:
        """For ``DOCKER_HOST``."""
        return f"unix://{self.socket}"

    def alive(self) -> bool:
        return birth(self.keeper) == self.born

    def console(self) -> str:
        """The end of what the machine printed."""
        try:
            return (self.folder / "console.log").read_text(errors="replace")[-2000:]
        except OSError:
            return ""

    def stop(self, patience: float = 10) -> None:
        """End the machine and everything of it: its processes, its namespaces, its disk, its folder."""
        if self.alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.keeper, signal.SIGTERM)
                os.kill(self.keeper, signal.SIGCONT)  # somebody may have suspended it
        deadline = time.monotonic() + patience
        while self.alive() and time.monotonic() < deadline:
            time.sleep(0.02)
        if self.alive():
            os.kill(self.keeper, signal.SIGKILL)
        keeper.remove(self.folder)

    def wait(self, seconds: float) -> bool:
        """Whether the engine answers within a time; no longer than its machine lives."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.alive():
            if api.answers(self.socket):
                return True
            time.sleep(0.1)
        return False


def birth(pid: int) -> int:
    """When a process was started, in clock ticks since the machine's start; 0 if it is gone. With the number it
    tells a process from a later one that was given the same number."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    fields = stat[stat.rindex(")") + 2 :].split()  # the command's name may hold spaces and parentheses
    return 0 if fields[0] in "ZX" else int(fields[19])


def runs() -> Path:
    """The folder of running machines. Short, because of the sockets in it; ours alone, because they give root.

    Raises:
        OSError: Somebody else owns it.
    """
    base = Path(tempfile.gettempdir())
    if len(os.fsencode(base)) > 40:
        base = Path("/tmp")
    folder = base / f"dnetlab-{os.geteuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if folder.is_symlink() or status.st_uid != os.geteuid():
        raise OSError(f"{folder} belongs to another user: remove it, or set TMPDIR to a folder of your own")
    folder.chmod(0o700)
    return folder


@contextlib.contextmanager
def starting() -> Iterator[None]:
    """One machine at a time is given its CPU: two that start in the same moment would see none at work, and share one."""
    with (runs() / ".starting").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # dropped by the kernel if we die
        yield


def folder_of(name: str) -> Path:
    """Where a machine of this name keeps its files.

    Raises:
        ValueError: The name is not one, or too long for a socket's path.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise ValueError(f"{name!r} is no name for an engine: use letters, digits, dots, dashes")
    folder = runs() / name
    if len(os.fsencode(folder / "docker.sock")) > SOCKET_LIMIT:
        raise ValueError(
            f"{name!r} is too long for an engine's name: its socket's path would pass {SOCKET_LIMIT} bytes"
        )
    return folder


def keep(
    name: str, kind: str, scope: Sequence[str], command: Sequence[str], owner: int = 0, cpu: int = -1
) -> Running:
    """Start a machine with a keeper beside it.

    Args:
        name: Its name; its folder exists already.
        kind: For the record.
        scope: More options for ``unshare``: the namespaces besides the process one.
        command: What runs in them.
        owner: Process id of the run that the machine ends with; 0 for none, then it ends after :data:`FORGOTTEN`.
        cpu: The only CPU that it may use; -1 for any.
    """
    folder = folder_of(name)
    arguments = [str(folder), str(owner), str(FORGOTTEN if not owner else 7 * 86400)]
    pin = ["taskset", "-c", str(cpu)] if cpu >= 0 else []
    process = subprocess.Popen(
        [sys.executable, "-I", keeper.__file__, *arguments, *keeper.SCOPE, *scope, "--", *pin, *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # a Control-C or a hang-up of the terminal is not for the machine
        cwd="/",
    )
    machine = Running(name, kind, folder, process.pid, birth(process.pid), cpu)
    note = {
        "name": name,
        "kind": kind,
        "keeper": machine.keeper,
        "born": machine.born,
        "owner": owner,
        "cpu": cpu,
    }
    (folder / "engine.json").write_text(json.dumps(note))
    return machine


def copy_disk(source: Path, target: Path) -> Path:
    """Copy a disk image, its holes as holes, sharing blocks where the file system can."""
    subprocess.run(["cp", "--sparse=always", "--reflink=auto", str(source), str(target)], check=True)
    return target


def read(folder: Path) -> Running | None:
    """The machine of a folder, or None if its note is missing or spoilt."""
    try:
        note = json.loads((folder / "engine.json").read_text())
        return Running(note["name"], note["kind"], folder, note["keeper"], note["born"], note.get("cpu", -1))
    except (OSError, ValueError, KeyError):
        return None


def running() -> list[Running]:
    """The machines that run now, by name. What a dead one left is removed."""
    found = []
    for folder in sorted(f for f in runs().iterdir() if f.is_dir()):
        machine = read(folder)
        if machine is not None and machine.alive():
            found.append(machine)
        elif machine is not None or time.time() - folder.stat().st_mtime > 3600:
            keeper.remove(folder)
    return found
