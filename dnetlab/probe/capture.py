"""Captures: what passed an interface while something was done, with MACs and 802.1Q tags (``tcpdump -e``)."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable

from dnetlab.errors import DnetlabError
from dnetlab.probe import parse
from dnetlab.probe.results import Capture, Ran
from dnetlab.probe.run import typed

READY = "listening on"
_number = itertools.count(1)

Shell = Callable[[str], Ran]


def capture(
    shell: Shell,
    detach: Callable[[str], None],
    prefix: str,
    machine: str,
    device: str,
    during: Callable[[], object],
    *,
    only: str = "icmp or arp",
    frames: int = 40,
    limit: int = 15,
    settle: float = 0.2,
) -> Capture:
    """Capture on ``device`` while ``during`` runs.

    ``shell`` runs a script beside the capture, ``detach`` starts one in the background; ``prefix`` goes before
    tcpdump (such as ``ip netns exec switch``). ``limit`` seconds at most; ``settle`` seconds are left for the
    last frames to be written.
    """
    file = f"/tmp/dnetlab-capture-{next(_number)}"
    words = f"tcpdump -i {device} -e -nn -l -c {frames} '{only}'"
    detach(f"exec timeout {limit} {prefix} {words} >{file} 2>&1")
    deadline = time.monotonic() + 5
    while True:
        started = shell(f"cat {file} 2>/dev/null; true")
        if READY in started.output:
            break
        if time.monotonic() > deadline or "tcpdump:" in started.output.replace("tcpdump: verbose", ""):
            raise DnetlabError(
                f"No capture on {machine}'s {device}.",
                f"tcpdump said: {started.output.strip() or 'nothing'}.",
            )
    during()
    ended = shell(f"sleep {settle}; pkill tcpdump; sleep 0.05; cat {file}; rm -f {file}")
    text = "\n".join(
        line for line in ended.output.splitlines() if "> " in line and not line.startswith("tcpdump")
    )
    ran = Ran(where=machine, command=words, output=text, exit_code=0, seconds=ended.seconds)
    return typed(Capture, ran, device=device, frames=parse.frames(text))
