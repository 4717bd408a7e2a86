"""This machine: may we run an engine, what is installed, what its kernel can do, how much memory it has."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tests.labhost.cache import Say, tell

HOW = (
    "Name an engine to use: DNETLAB_TEST_ENGINE=unix:///path/to/docker.sock (it needs ipvlan, macvlan, 802.1q and "
    "bridge VLAN filtering, and must be yours to try things on); or run on Debian, or a machine made from it, as root."
)
"""What to do where no engine can be started."""

LINK_TRIAL = """
ip link add d0 type dummy
ip link add v0 type veth peer name v1
ip link add b0 type bridge vlan_filtering 1
ip link set v0 master b0
bridge vlan add dev v0 vid 10
ip link add link d0 name d0.10 type vlan id 10
ip link add link d0 name m0 type macvlan mode bridge
ip link add link v1 name i2 type ipvlan mode l2
ip link add d1 type dummy
ip link add link d1 name i3 type ipvlan mode l3
"""
"""Every link kind of the seven types, for ``sh -e`` in a throw-away network namespace."""


class Unavailable(Exception):
    """No test engine can be had here: why, and what to do."""

    def __init__(self, why: str, how: str = HOW) -> None:
        self.why, self.how = why, how
        super().__init__(f"No test engine can be started here: {why}. {how}")


def check() -> None:
    """Raise :class:`Unavailable` where an engine of our own is out of the question."""
    if sys.platform != "linux":
        raise Unavailable(f"this is {sys.platform}, not Linux")
    if os.geteuid() != 0:
        raise Unavailable("it takes root (network namespaces, a Debian root)")


def not_installed(packages: Iterable[str], status: str) -> list[str]:
    """The packages that are not installed, given what ``dpkg-query -W -f '${Package} ${db:Status-Status}\\n'`` prints."""
    have = {line.split()[0] for line in status.splitlines() if line.endswith(" installed")}
    return [name for name in packages if name not in have]


def install(packages: Iterable[str], say: Say = tell) -> None:
    """Install Debian packages that are missing, from the machine's own apt sources.

    Raises:
        Unavailable: They cannot be installed; they are named.
    """
    if shutil.which("dpkg-query") is None or shutil.which("apt-get") is None:
        raise Unavailable(f"it is built with apt, which this machine has not (needed: {' '.join(packages)})")
    query = ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n"]
    wanted = not_installed(packages, subprocess.run(query, capture_output=True, text=True).stdout)
    if not wanted:
        return
    say(f"installing {' '.join(wanted)}")
    apt = ["apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=300"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    last = ""
    # Without package lists (a fresh container image) or with stale ones the first try fails.
    for update in (False, True):
        if update:
            subprocess.run([*apt, "update"], capture_output=True, env=environment, stdin=subprocess.DEVNULL)
        done = subprocess.run(
            [*apt, "install", "--no-install-recommends", *wanted],
            capture_output=True,
            text=True,
            env=environment,
            stdin=subprocess.DEVNULL,
        )
        if done.returncode == 0:
            return
        last = " / ".join(line for line in done.stderr.splitlines() if line.startswith("E:"))
    raise Unavailable(f"apt-get could not install {' '.join(wanted)} ({last or 'no reason given'})")


def link_kinds_missing() -> str:
    """What this machine's kernel lacks of the seven types, as ``ip`` says it; nothing if it can do all.

    Tried in a network namespace that ends with the trial: a configuration file or a list of modules would not tell.
    """
    trial = subprocess.run(
        ["unshare", "--net", "sh", "-ec", LINK_TRIAL],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    return "" if trial.returncode == 0 else (trial.stderr.strip() or f"exit status {trial.returncode}")


def memory_mb(meminfo: str, share: float = 0.6, most: int = 3072, least: int = 1024) -> int:
    """Megabytes for a machine, from the text of ``/proc/meminfo``: a share of what is free, within limits.

    Raises:
        Unavailable: Less than ``least`` would be left.
    """
    for line in meminfo.splitlines():
        if line.startswith("MemAvailable:"):
            megabytes = int(int(line.split()[1]) / 1024 * share)
            if megabytes < least:
                raise Unavailable(f"it takes {int(least / share)} MB of free memory, and there is less")
            return min(megabytes, most)
    return least


def memory_folder(megabytes: int, run: Path) -> Path:
    """Where User-Mode Linux keeps its memory as a file: shared memory if it holds that much, else the run's folder.

    A container's default /dev/shm of 64 MB would end the machine with a bus error in the middle of its work.
    """
    shared = Path("/dev/shm")
    if shared.is_dir() and os.access(shared, os.W_OK) and shutil.disk_usage(shared).free >= megabytes * 2**20:
        return shared
    return run


def pick_cpu(allowed: Iterable[int], taken: Iterable[int]) -> int:
    """The CPU to pin a machine to: the one with the fewest machines, the last one of those.

    User-Mode Linux switches between its processes all the time; on one CPU that is three times faster than across two.
    """
    crowd = Counter(taken)
    return min(allowed, key=lambda cpu: (crowd[cpu], -cpu))
