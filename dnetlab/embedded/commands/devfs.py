"""The device files of /dev that every container has (OCI runtime specification, config-linux: default devices)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .process import Process

ENDLESS = 1 << 20
"""How many bytes a file that never ends gives to a program that wants all of it."""

DEVICES: dict[str, Callable[[Process], bytes]] = {
    "/dev/null": lambda process: b"",
    "/dev/zero": lambda process: bytes(ENDLESS),
    "/dev/full": lambda process: bytes(ENDLESS),
    "/dev/random": lambda process: process.context.kernel.random.randbytes(ENDLESS),
    "/dev/urandom": lambda process: process.context.kernel.random.randbytes(ENDLESS),
}
NAMES = ("core", "fd", "full", "mqueue", "null", "ptmx", "pts", "random", "shm", "stderr", "stdin", "stdout",
         "tty", "urandom", "zero")  # fmt: skip
