"""All subnets of an engine: one address space for the networks of every local driver."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final

from .pool import AddressPool, Network

DEFAULT_POOLS: Final[tuple[tuple[IPv4Network, int], ...]] = (
    *((IPv4Network(f"172.{second}.0.0/16"), 16) for second in range(17, 32)),
    (IPv4Network("192.168.0.0/16"), 20),
)
"""Where automatic subnets come from: 172.17 to 172.31, a /16 each, then 16 times a /20 of 192.168."""


class PoolOverlap(Exception):
    """The subnet has addresses in common with one that is in use."""


class NoPool(Exception):
    """No automatic subnet is left."""


@dataclass(slots=True)
class _Entry:
    pool: AddressPool
    span: tuple[int, int]
    ranges: set[Network] = field(default_factory=set)
    whole: bool = False


def _span(subnet: Network) -> tuple[int, int]:
    return int(subnet.network_address), int(subnet.broadcast_address)


def _candidates() -> Iterator[IPv4Network]:
    for base, size in DEFAULT_POOLS:
        yield from base.subnets(new_prefix=size)


@dataclass(frozen=True, slots=True)
class Lease:
    """A subnet that a network holds, and the range in it from which addresses are given by themselves."""

    subnet: Network
    within: Network | None
    pool: AddressPool


class AddressSpace:
    """Which subnets are in use.

    Subnets must not overlap, whatever the driver and the wire. As in the engine there is one hole: a request
    *with* an ip-range shares the subnet of another such network, if it is the same subnet and another range
    (moby#46756), and is not compared with other subnets.
    """

    def __init__(self, *, lowest_first: bool = True, slash31: bool = True) -> None:
        self._lowest_first = lowest_first
        self._slash31 = slash31
        self._entries: dict[Network, _Entry] = {}
        self._next = 0

    def __iter__(self) -> Iterator[Network]:
        return iter(self._entries)

    def overlaps(self, subnet: Network) -> bool:
        """Whether the subnet has an address in common with one in use."""
        first, last = _span(subnet)
        return any(
            subnet.version == other.version and first <= end and start <= last
            for other, (start, end) in ((other, entry.span) for other, entry in self._entries.items())
        )

    def request(self, subnet: Network, within: Network | None = None) -> Lease:
        """Takes a subnet that was asked for.

        Raises:
            PoolOverlap: it, or the range in it, is in use.
        """
        entry = self._entries.get(subnet)
        if within is not None and within.prefixlen < subnet.prefixlen:
            within = subnet
        if within is None:
            if entry is not None or self.overlaps(subnet):
                raise PoolOverlap(str(subnet))
            entry = self._add(subnet)
            entry.whole = True
        else:
            if entry is not None and within in entry.ranges:
                raise PoolOverlap(str(within))
            if entry is None:
                entry = self._add(subnet)
            entry.ranges.add(within)
        return Lease(subnet, within, entry.pool)

    def request_any(self, avoid: Iterable[Network] = ()) -> Lease:
        """Takes an automatic IPv4 subnet that overlaps nothing in use and nothing of ``avoid`` (the host's
        routes).

        Raises:
            NoPool: none is left.
        """
        avoid4 = [network for network in avoid if network.version == 4]
        candidates = list(_candidates())
        order = range(len(candidates))
        turned = order if self._lowest_first else itertools.chain(order[self._next :], order[: self._next])
        for index in turned:
            subnet = candidates[index]
            if not self.overlaps(subnet) and not any(subnet.overlaps(other) for other in avoid4):
                self._next = index + 1
                entry = self._add(subnet)
                entry.whole = True
                return Lease(subnet, None, entry.pool)
        raise NoPool

    def release(self, lease: Lease) -> None:
        """Gives a subnet back; it is free once nobody holds it or a range of it."""
        entry = self._entries.get(lease.subnet)
        if entry is None:
            return
        if lease.within is None:
            entry.whole = False
        else:
            entry.ranges.discard(lease.within)
        if not entry.whole and not entry.ranges:
            del self._entries[lease.subnet]

    def _add(self, subnet: Network) -> _Entry:
        pool = AddressPool(subnet, slash31=self._slash31)
        entry = self._entries[subnet] = _Entry(pool, _span(subnet))
        return entry


def unique_local(octets: bytes) -> IPv6Network:
    """A /64 of a unique local prefix (RFC 4193) with the given five octets as its global id."""
    network = ip_network((b"\xfd" + octets + bytes(10), 64))
    assert isinstance(network, IPv6Network)
    return network
