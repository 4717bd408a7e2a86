"""keeper.py FOLDER OWNER SECONDS COMMAND...: run a machine and end it with the run that started it.

The keeper is the machine's parent. It waits until the machine ends, the owner (a process id, 0 for nobody) ends, the
time is up, or it is told to stop (SIGTERM); then it ends the machine and removes FOLDER. The machine is the first
process of a process namespace and is killed by the kernel if the keeper dies, so that not even SIGKILL leaves a part
of it behind (setpriv --pdeathsig, unshare --kill-child).
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NoReturn

SCOPE = ("setpriv", "--pdeathsig", "KILL", "unshare", "--fork", "--pid", "--kill-child=KILL")


def watch(folder: Path, owner: int, seconds: float, command: list[str]) -> str:
    """Keep the machine until something ends it, and say what did: ``machine``, ``owner``, ``time``."""
    poll = select.poll()
    reasons = {}
    if owner:
        try:
            watched = os.pidfd_open(owner)
        except ProcessLookupError:
            return "owner"
        reasons[watched] = "owner"
        poll.register(watched, select.POLLIN)
    with (folder / "console.log").open("wb") as console:
        machine = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=console, stderr=console)
    try:
        ended = os.pidfd_open(machine.pid)
        reasons[ended] = "machine"
        poll.register(ended, select.POLLIN)
        ready = poll.poll(seconds * 1000)
        return reasons[ready[0][0]] if ready else "time"
    finally:
        machine.kill()
        machine.wait()


def remove(folder: Path) -> None:
    """Remove a machine's folder, and its cgroups where it had some (then ``cgroup`` in the folder names them)."""
    note = folder / "cgroup"
    if note.exists():
        for line in note.read_text().splitlines():
            remove_group(Path(line))
    shutil.rmtree(folder, ignore_errors=True)


def remove_group(group: Path) -> None:
    """Remove a cgroup and those in it; a group is busy until the last process in it is gone."""
    for _ in range(20):
        if not group.exists():
            return
        for inner in sorted((path for path in group.rglob("*") if path.is_dir()), reverse=True):
            with contextlib.suppress(OSError):
                inner.rmdir()
        with contextlib.suppress(OSError):
            group.rmdir()
            return
        time.sleep(0.1)


def main(arguments: list[str]) -> None:
    folder, owner, seconds, command = (
        Path(arguments[0]),
        int(arguments[1]),
        float(arguments[2]),
        arguments[3:],
    )

    def stop(number: int, frame: object) -> NoReturn:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    reason = "told"
    try:
        reason = watch(folder, owner, seconds, command)
    finally:
        if reason == "machine":  # it ended by itself: its console says why, and somebody may want to read it
            (folder / "cow").unlink(missing_ok=True)
        else:
            remove(folder)


if __name__ == "__main__":
    main(sys.argv[1:])
