"""A small process beside a notebook's kernel that removes the kernel's labs when the kernel is gone.

A kernel that is killed (a restart, nbval, no memory left) runs no exit code of its own. The reaper holds the end of
a pipe whose other end the kernel holds: when the kernel ends, however it ends, the pipe closes. Then everything with
the kernel's session label is removed from the engine, and nothing else.
"""

from __future__ import annotations

import subprocess
import sys
from typing import IO

from dnetlab import labels
from dnetlab.engine import Engine, connect

_watched: dict[str, subprocess.Popen[bytes]] = {}


def watch(engine: Engine) -> None:
    """Have this process's labs on that engine removed when this process is gone. Once an engine is enough.

    The embedded engine in this process needs none: it ends with the process. Where no process can be started
    (a browser) nothing is done either; the next ``dnetlab clean`` finds what stayed.
    """
    if engine.url == "embedded" or sys.platform == "emscripten":
        return
    held = _watched.get(engine.url)
    if held is not None and held.poll() is None:
        return
    _watched[engine.url] = subprocess.Popen(
        [sys.executable, "-m", "dnetlab.reaper", engine.url, labels.session()],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # Of its own group: an interrupt for the kernel, or the end of its group, is not for the reaper.
        start_new_session=True,
    )


def reap(pipe: IO[bytes], url: str, session: str) -> list[str]:
    """Wait until the pipe is closed, then remove the session's labs. Gives their ids."""
    pipe.read()
    from dnetlab import cleanup, objects

    client = connect(url)
    mine = [lab.lab for lab in cleanup.leftovers(client) if lab.session == session]
    for lab in mine:
        objects.remove_all(client, lab, cleanup.PARALLEL)
    return mine


if __name__ == "__main__":
    reap(sys.stdin.buffer, sys.argv[1], sys.argv[2])
