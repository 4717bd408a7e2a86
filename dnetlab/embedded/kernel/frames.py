"""What travels: Ethernet frames and the packets in them, as frozen dataclasses.

Sizes are those of the wire (RFC 791, 792, 768, 9293, 826, 8200, 4861), because MTUs and captures need
them; the bytes themselves are made only where a program looks at them (DNS, HTTP, DHCP).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .trace import Trace

ICMP: Final = 1
TCP: Final = 6
UDP: Final = 17
ICMPV6: Final = 58

ETH_IPV4: Final = 0x0800
ETH_ARP: Final = 0x0806
ETH_IPV6: Final = 0x86DD


@dataclass(frozen=True, slots=True)
class Arp:
    """An ARP message (RFC 826): op 1 asks who has target_ip, op 2 answers."""

    op: int
    sender_mac: str
    sender_ip: str
    target_mac: str
    target_ip: str

    length = 28
    v6 = False

    def __str__(self) -> str:
        if self.op == 1:
            return f"ARP who-has {self.target_ip} tell {self.sender_ip}"
        return f"ARP reply {self.sender_ip} is-at {self.sender_mac}"


@dataclass(frozen=True, slots=True)
class Echo:
    """An ICMP or ICMPv6 echo request or reply; ``size`` counts the data bytes."""

    request: bool
    ident: int
    seq: int
    size: int

    @property
    def length(self) -> int:
        return 8 + self.size

    def __str__(self) -> str:
        return f"ICMP echo {'request' if self.request else 'reply'} id {self.ident} seq {self.seq}"


@dataclass(frozen=True, slots=True)
class IcmpError:
    """An ICMP or ICMPv6 error; ``about`` is the packet that caused it.

    ``kind`` is one of the names in ``icmp.KINDS`` such as ``"net-unreachable"``; ``mtu`` is set for "too big", ``gateway``
    for a redirect.
    """

    kind: str
    about: IpPacket
    mtu: int = 0
    gateway: str = ""

    @property
    def length(self) -> int:
        # Linux quotes as much as fits into 576 bytes (v4) or 1280 bytes (v6).
        limit = 1280 - 48 if self.about.v6 else 576 - 28
        return 8 + min(self.about.length, limit)

    def __str__(self) -> str:
        return f"ICMP {self.kind} about {self.about.dst}"


@dataclass(frozen=True, slots=True)
class Udp:
    """A UDP datagram."""

    sport: int
    dport: int
    data: bytes

    @property
    def length(self) -> int:
        return 8 + len(self.data)

    def __str__(self) -> str:
        return f"UDP {self.sport} > {self.dport} length {len(self.data)}"


@dataclass(frozen=True, slots=True)
class Tcp:
    """A TCP segment; ``flags`` holds the letters S, A, P, F, R."""

    sport: int
    dport: int
    flags: str
    seq: int
    ack: int
    data: bytes = b""
    mss: int = 0

    @property
    def length(self) -> int:
        # 20 bytes and the options Linux sends: mss, sack, timestamps, window scale on a SYN; timestamps else.
        return (40 if "S" in self.flags else 20 if "R" in self.flags else 32) + len(self.data)

    def __str__(self) -> str:
        return f"TCP {self.sport} > {self.dport} flags {self.flags} length {len(self.data)}"


@dataclass(frozen=True, slots=True)
class Ndp:
    """Neighbour discovery (RFC 4861): kind is "ns", "na", "rs" or "ra"."""

    kind: str
    target: str
    mac: str | None
    solicited: bool = False
    override: bool = False
    router: bool = False

    @property
    def length(self) -> int:
        return (8 if self.kind == "rs" else 24) + (8 if self.mac else 0)

    def __str__(self) -> str:
        names = {"ns": "neighbor solicitation, who has", "na": "neighbor advertisement, tgt is"}
        if self.kind in names:
            return f"ICMP6 {names[self.kind]} {self.target}"
        return "ICMP6 router " + ("solicitation" if self.kind == "rs" else "advertisement")


@dataclass(frozen=True, slots=True)
class Mld:
    """A multicast listener report, version 2 (RFC 9777), for the groups named."""

    groups: tuple[str, ...]

    @property
    def length(self) -> int:
        return 8 + 20 * len(self.groups)

    def __str__(self) -> str:
        return f"ICMP6 multicast listener report v2, {len(self.groups)} group record(s)"


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of a packet: ``size`` bytes from ``offset`` on of what follows its IP header, and whether ``more`` comes."""

    whole: IpPacket
    offset: int
    size: int
    more: bool
    v6: bool

    @property
    def length(self) -> int:
        # IPv6 has a header of its own for it.
        return self.size + (8 if self.v6 else 0)

    def __str__(self) -> str:
        return f"bytes {self.offset} to {self.offset + self.size} of {self.whole.payload}"


Payload = Echo | IcmpError | Udp | Tcp | Ndp | Mld | Fragment


@dataclass(frozen=True, slots=True)
class IpPacket:
    """An IPv4 or IPv6 packet (``v6``); ``length`` is its whole length with its header, in bytes."""

    src: str
    dst: str
    proto: int
    ttl: int
    payload: Payload
    length: int
    v6: bool = False
    df: bool = False
    ident: int = 0

    def __str__(self) -> str:
        return f"{self.src} > {self.dst}: {self.payload}"


def packet(
    src: str, dst: str, proto: int, payload: Payload, ttl: int = 64, df: bool = False, ident: int = 0
) -> IpPacket:
    """A packet around a payload, its length counted."""
    v6 = ":" in dst
    # A listener report carries a router alert in a hop-by-hop header of 8 bytes (RFC 2711).
    header = (48 if isinstance(payload, Mld) else 40) if v6 else 20
    return IpPacket(src, dst, proto, ttl, payload, header + payload.length, v6, df, ident)


def with_ttl(p: IpPacket, ttl: int) -> IpPacket:
    """The same packet with another TTL or hop limit."""
    return IpPacket(p.src, p.dst, p.proto, ttl, p.payload, p.length, p.v6, p.df, p.ident)


@dataclass(frozen=True, slots=True)
class Frame:
    """An Ethernet frame; ``vlan`` is the id of its 802.1Q tag, None without one.

    ``trace`` is the record that this frame's way is written to.
    """

    src: str
    dst: str
    ethertype: int
    payload: Arp | IpPacket
    trace: Trace = field(compare=False, repr=False)
    vlan: int | None = None

    @property
    def length(self) -> int:
        """Bytes on the wire, with the Ethernet header and the tag, without FCS and padding."""
        return (14 if self.vlan is None else 18) + self.payload.length

    def __str__(self) -> str:
        tag = "" if self.vlan is None else f" vlan {self.vlan}"
        return f"{self.src} > {self.dst}{tag}: {self.payload}"


def asked_for(payload: Arp | IpPacket) -> str | None:
    """The address that an ARP or NDP question is about, None for anything else."""
    if type(payload) is Arp:
        return payload.target_ip if payload.op == 1 else None
    inner = payload.payload if type(payload) is IpPacket else None
    return inner.target if type(inner) is Ndp and inner.kind == "ns" else None
