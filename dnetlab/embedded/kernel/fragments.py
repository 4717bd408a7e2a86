"""Packets that are too large for a link: cut into pieces, and put together where they are read.

RFC 791 section 3.2 and RFC 8200 section 4.5; as Linux net/ipv4/ip_output.c (ip_do_fragment) and ip_fragment.c. A router cuts
IPv4's pieces again where its next link is narrower; only the receiver, or a firewall that tracks connections, has them whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from .frames import Fragment, IpPacket

if TYPE_CHECKING:
    from .kernel import Kernel
    from .trace import Trace

PATIENCE: Final = 30.0
"""Seconds for which pieces are kept (net.ipv4.ipfrag_time); IPv6 has twice that, which nobody here would notice."""


def cut(p: IpPacket, mtu: int, ident: int) -> Iterator[IpPacket]:
    """The pieces of a packet, each of which fits into ``mtu`` bytes."""
    header = 40 if p.v6 else 20
    room = (mtu - header - (8 if p.v6 else 0)) // 8 * 8
    piece = p.payload
    if type(piece) is Fragment:
        whole, start, size, more, ident = piece.whole, piece.offset, piece.size, piece.more, p.ident
    else:
        whole, start, size, more = p, 0, p.length - header, False
    for offset in range(0, size, room):
        part = Fragment(whole, start + offset, min(room, size - offset), more or offset + room < size, p.v6)
        yield IpPacket(p.src, p.dst, p.proto, p.ttl, part, header + part.length, p.v6, False, ident)


def opened(p: IpPacket) -> IpPacket:
    """The packet as its first piece shows it: what a router quotes of it, what a firewall sees."""
    piece = p.payload
    if type(piece) is not Fragment:
        return p
    header = 40 if p.v6 else 20
    return IpPacket(
        p.src, p.dst, p.proto, p.ttl, piece.whole.payload, header + piece.size, p.v6, p.df, p.ident
    )


@dataclass(slots=True)
class _Waiting:
    until: float
    sizes: dict[int, int] = field(default_factory=dict)
    end: int | None = None
    first: IpPacket | None = None
    trace: Trace | None = None


class Reassembly:
    """The pieces that a namespace has of packets that are not complete."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._waiting: dict[tuple[str, str, int, int], _Waiting] = {}

    def add(self, p: IpPacket, trace: Trace) -> tuple[IpPacket, Trace] | None:
        """Take a piece; the packet and the record of its first piece, where it was the last one missing."""
        piece = p.payload
        assert type(piece) is Fragment
        now = self._kernel.now
        key = (p.src, p.dst, p.proto, p.ident)
        waiting = self._waiting.get(key)
        if waiting is None or waiting.until < now:
            self._waiting = {k: w for k, w in self._waiting.items() if w.until >= now}
            waiting = self._waiting[key] = _Waiting(now + PATIENCE)
        waiting.sizes[piece.offset] = piece.size
        if piece.offset == 0:
            waiting.first, waiting.trace = p, trace
        if not piece.more:
            waiting.end = piece.offset + piece.size
        if sum(waiting.sizes.values()) != waiting.end:
            return None
        del self._waiting[key]
        first = waiting.first
        assert first is not None and waiting.trace is not None
        whole = piece.whole
        return (
            IpPacket(
                first.src, first.dst, p.proto, first.ttl, whole.payload, whole.length, p.v6, False, p.ident
            ),
            waiting.trace,
        )
