"""Identifiers, MAC addresses and names: random in form, the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Container
from ipaddress import IPv4Address
from typing import Final

SHORT_ID: Final = 12
"""Length of a short id, as the CLI prints it and as the embedded DNS answers to it."""

_LEFT: Final = [
    "amber",
    "brave",
    "calm",
    "clever",
    "eager",
    "gentle",
    "happy",
    "keen",
    "kind",
    "lively",
    "merry",
    "noble",
    "quiet",
    "sharp",
    "steady",
    "swift",
    "tidy",
    "warm",
    "wise",
]
_RIGHT: Final = [
    "baran",
    "berners",
    "cerf",
    "clark",
    "crocker",
    "davies",
    "engelbart",
    "estrin",
    "feinler",
    "hopper",
    "jacobson",
    "kahn",
    "kleinrock",
    "lamport",
    "metcalfe",
    "mockapetris",
    "perlman",
    "postel",
    "pouzin",
    "zakon",
]


class Identifiers:
    """A source of everything an engine draws by lot.

    The same seed gives the same ids in the same order, so that a lesson looks alike each time it is run.
    """

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(f"dnetlab engine {seed}")
        self._pid = 1200

    def new_id(self) -> str:
        """64 hexadecimal digits whose first twelve are not all decimal (a short id must not look like a
        number).
        """
        while True:
            text = f"{self._random.getrandbits(256):064x}"
            if not text[:SHORT_ID].isdecimal():
                return text

    def mac(self) -> str:
        """A random unicast address with the "locally administered" bit set, as Engine 28 and the kernel draw
        it.
        """
        octets = bytearray(self._random.randbytes(6))
        octets[0] = octets[0] & 0xFE | 0x02
        return octets.hex(":")

    def docker_mac(self) -> str:
        """02:42 and four random octets: how engines up to 27 name a bridge."""
        return "02:42:" + self._random.randbytes(4).hex(":")

    def interface(self, taken: Container[str]) -> str:
        """A host-side interface name, ``veth`` and seven hexadecimal digits."""
        while True:
            name = f"veth{self._random.getrandbits(28):07x}"
            if name not in taken:
                return name

    def name(self, taken: Container[str]) -> str:
        """A container name for one that was created without: two words, with a digit once they run out."""
        for attempt in range(60):
            name = f"{self._random.choice(_LEFT)}_{self._random.choice(_RIGHT)}"
            if attempt > 5:
                name += str(self._random.randrange(10))
            if name not in taken:
                return name
        return f"container_{self._random.getrandbits(48):012x}"

    def port(self) -> int:
        """A port of the range that Linux hands out (32768 to 60999)."""
        return self._random.randrange(32768, 61000)

    def pid(self) -> int:
        """The next process id; they only grow."""
        self._pid += 1 + self._random.randrange(8)
        return self._pid

    def prefix48(self) -> bytes:
        """Five octets for a unique local IPv6 prefix (RFC 4193)."""
        return self._random.randbytes(5)

    def shuffled(self, items: list[str]) -> list[str]:
        """The items in a random order (the embedded DNS turns several answers so)."""
        result = list(items)
        self._random.shuffle(result)
        return result


def mac_from_ip(address: IPv4Address) -> str:
    """02:42 and the four octets of the address: how engines up to 27 name an interface."""
    return "02:42:" + address.packed.hex(":")


def short(identifier: str) -> str:
    """The first twelve digits of an id."""
    return identifier[:SHORT_ID]
