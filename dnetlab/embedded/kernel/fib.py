"""Routes as data, and the table that finds the one with the longest prefix."""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import addresses as ip

if TYPE_CHECKING:
    from .device import Device
    from .route_exceptions import RouteException

REFUSALS = {"unreachable": "EHOSTUNREACH", "prohibit": "EACCES", "blackhole": "EINVAL"}


@dataclass(frozen=True, slots=True)
class Route:
    """A route.

    Attributes:
        dst: prefix, or "default".
        via: next hop, None for directly connected destinations.
        dev: the device, None for a route that refuses.
        kind: "unicast", "unreachable", "prohibit", "blackhole", "local" or "broadcast".
    """

    dst: str
    via: str | None
    dev: Device | None
    family: int
    metric: int = 0
    scope: str = "global"
    proto: str = "boot"
    src: str | None = None
    kind: str = "unicast"
    onlink: bool = False

    @property
    def linkdown(self) -> bool:
        """Whether the device has no carrier."""
        return self.dev is not None and not self.dev.carrier

    @property
    def prefix(self) -> tuple[int, int]:
        """The network as an integer, and the prefix length."""
        return _numbers(self.dst)

    def __str__(self) -> str:
        words = [] if self.kind == "unicast" else [self.kind]
        dst, slash, length = self.dst.partition("/")
        words.append(dst if slash and int(length) == ip.ALL_BITS[self.family] else self.dst)
        if self.via:
            words += ["via", self.via]
        if self.dev is not None:
            words += ["dev", self.dev.name]
        if self.metric:
            words += ["metric", str(self.metric)]
        return " ".join(words)


@dataclass(frozen=True, slots=True)
class RouteResult:
    """Where a packet goes: ``kind`` is "unicast", "local", "broadcast", "multicast" or a refusal.

    ``exception`` is what a router said of this destination; its next hop is in ``via`` already.
    """

    kind: str
    dev: Device
    via: str | None
    src: str | None
    route: Route | None
    exception: RouteException | None = None


class Table:
    """The main table of a family: by prefix length, then network, then device."""

    def __init__(self, family: int) -> None:
        self.family = family
        self._routes: dict[Route, None] = {}
        self._buckets: dict[int, dict[int, dict[Device | None, list[Route]]]] = {}
        self._lengths: list[int] = []
        self._by_device: dict[Device | None, dict[Route, None]] = {}

    @property
    def routes(self) -> list[Route]:
        """All routes, oldest first."""
        return list(self._routes)

    def of(self, dev: Device | None) -> list[Route]:
        """The routes through a device."""
        return list(self._by_device.get(dev, ()))

    def insert(self, route: Route) -> None:
        self._routes[route] = None
        self._by_device.setdefault(route.dev, {})[route] = None
        value, length = route.prefix
        found = self._buckets.setdefault(length, {}).setdefault(value, {}).setdefault(route.dev, [])
        insort(found, route, key=_metric)
        self._lengths = sorted(self._buckets, reverse=True)

    def remove(self, route: Route) -> None:
        del self._routes[route]
        del self._by_device[route.dev][route]
        value, length = route.prefix
        networks = self._buckets[length]
        networks[value][route.dev].remove(route)
        if not networks[value][route.dev]:
            del networks[value][route.dev]
        if not networks[value]:
            del networks[value]
        if not networks:
            del self._buckets[length]
            self._lengths = sorted(self._buckets, reverse=True)

    def same(self, dst: str, metric: int) -> list[Route]:
        """Routes to a prefix with a metric."""
        value, length = _numbers(dst)
        devices = self._buckets.get(length, {}).get(value, {})
        return [route for routes in devices.values() for route in routes if route.metric == metric]

    def find(self, address: str, dev: Device | None) -> Route | None:
        """The longest prefix that holds an address; among equals the smallest metric, then the oldest."""
        value = ip.number(address)
        for length in self._lengths:
            devices = self._buckets[length].get(value & ip.mask(length, self.family))
            if devices is None:
                continue
            best: Route | None = None
            for routes in devices.values() if dev is None else (devices.get(dev, ()),):
                for route in routes[:1]:
                    alive = route.dev is None or route.dev.up
                    if alive and (best is None or route.metric < best.metric):
                        best = route
            if best is not None:
                return best
        return None


def _metric(route: Route) -> int:
    return route.metric


def _numbers(dst: str) -> tuple[int, int]:
    if dst == "default":
        return 0, 0
    address, length = ip.split_cidr(dst)
    return ip.number(address), length
