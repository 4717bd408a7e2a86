"""ICMP: the kinds of errors with their numbers and texts, and what a program is told of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from .frames import IcmpError, IpPacket

# kind: (type and code in ICMP, ping's text, type and code in ICMPv6, ping's text, errno of a connect).
# RFC 792, RFC 4443; texts as printed by iputils ping.
KINDS: Final[dict[str, tuple[int, int, str, int, int, str, str]]] = {
    "net-unreachable": (3, 0, "Destination Net Unreachable", 1, 0, "Destination unreachable: No route", "ENETUNREACH"),
    "host-unreachable": (
        3, 1, "Destination Host Unreachable", 1, 3, "Destination unreachable: Address unreachable", "EHOSTUNREACH",
    ),
    "port-unreachable": (
        3, 3, "Destination Port Unreachable", 1, 4, "Destination unreachable: Port unreachable", "ECONNREFUSED",
    ),
    "frag-needed": (3, 4, "Frag needed and DF set", 2, 0, "Packet too big", "EMSGSIZE"),
    "net-prohibited": (
        3, 9, "Destination Net Prohibited", 1, 1, "Destination unreachable: Administratively prohibited", "ENETUNREACH",
    ),
    "host-prohibited": (
        3, 10, "Destination Host Prohibited", 1, 1, "Destination unreachable: Administratively prohibited",
        "EHOSTUNREACH",
    ),
    "admin-prohibited": (
        3, 13, "Packet filtered", 1, 1, "Destination unreachable: Administratively prohibited", "EHOSTUNREACH",
    ),
    # The errno is that of a datagram socket for echo alone; UDP and TCP are not told.
    "redirect": (5, 1, "Redirect Host", 137, 0, "Redirect", "EREMOTEIO"),
    "ttl-exceeded": (11, 0, "Time to live exceeded", 3, 0, "Time exceeded: Hop limit", "EHOSTUNREACH"),
}  # fmt: skip

REJECTS: Final = {
    "icmp-net-unreachable": "net-unreachable",
    "icmp-host-unreachable": "host-unreachable",
    "icmp-port-unreachable": "port-unreachable",
    "icmp-net-prohibited": "net-prohibited",
    "icmp-host-prohibited": "host-prohibited",
    "icmp-admin-prohibited": "admin-prohibited",
    "icmp6-no-route": "net-unreachable",
    "icmp6-adm-prohibited": "admin-prohibited",
    "icmp6-addr-unreachable": "host-unreachable",
    "icmp6-port-unreachable": "port-unreachable",
}


def icmp_numbers(kind: str, v6: bool) -> tuple[int, int]:
    """Type and code of an error."""
    numbers = KINDS[kind]
    return (numbers[3], numbers[4]) if v6 else (numbers[0], numbers[1])


@dataclass(frozen=True, slots=True)
class IcmpNotice:
    """An ICMP error as the program learns of it whose packet caused it.

    Attributes:
        source: who says so.
        kind: a key of KINDS; ``text`` is what ping prints.
        about: the packet that could not be delivered, ``mtu`` the size that would have passed (or 0),
            ``gateway`` the next hop that a redirect names (or "").
        time: when it arrived, in simulated seconds.
        trace_id: the record of the packet that brought it.
    """

    source: str
    kind: str
    about: IpPacket
    mtu: int
    time: float
    ttl: int
    trace_id: int
    gateway: str = ""

    @property
    def text(self) -> str:
        """ping's words: "Destination Net Unreachable"."""
        row = KINDS[self.kind]
        if not self.about.v6:
            if self.kind == "redirect":
                return f"{row[2]}(New nexthop: {self.gateway})"
            return row[2] + (f" (mtu = {self.mtu})" if self.kind == "frag-needed" else "")
        return row[5] + (f": mtu={self.mtu}" if self.kind == "frag-needed" else "")

    @property
    def errno(self) -> str:
        """The errno that a connected socket gets."""
        return KINDS[self.kind][6]


def numbers(error: IcmpError) -> tuple[int, int]:
    """Type and code of an error on the wire."""
    row = KINDS[error.kind]
    return (row[3], row[4]) if error.about.v6 else (row[0], row[1])
