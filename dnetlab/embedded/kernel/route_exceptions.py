"""What routers said of single destinations: a shorter way, a smaller MTU (Linux struct fib_nh_exception).

An exception hangs on the route that led to the router, is there for one destination, ends by itself, and goes when its
route goes. ``ip route get`` shows it behind "cache", ``ip route show cache`` lists all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .fib import Route
    from .wallclock import WallClock

REDIRECT_TIME: Final = 300.0
"""Seconds for which a redirect counts (net.ipv4.route.gc_timeout)."""
PATH_MTU_TIME: Final = 600.0
"""Seconds for which a router's word on the MTU counts (net.ipv4.route.mtu_expires)."""
MIN_PATH_MTU: Final = 552
"""Bytes below which IPv4 believes no router (net.ipv4.route.min_pmtu)."""


@dataclass(frozen=True, slots=True)
class RouteException:
    """A destination that is reached otherwise than its route says.

    Attributes:
        dst: the one address it is about.
        via: the next hop of a redirect, None where the route's own counts.
        mtu: the largest packet in bytes, None where nobody spoke of it; ``locked`` where a router named less than
            IPv4 believes.
        expires: the time at which it ends, on the stack's wall clock.
    """

    dst: str
    via: str | None
    mtu: int | None
    locked: bool
    expires: float


class RouteExceptions:
    """The exceptions of a namespace."""

    def __init__(self, clock: WallClock) -> None:
        self._clock = clock
        self._by_route: dict[Route, dict[str, RouteException]] = {}
        # A dump shows what a packet went by since (fnhe_dump_bucket).
        self._used: set[tuple[Route, str]] = set()

    def __bool__(self) -> bool:
        return bool(self._by_route)

    def use(self, route: Route, dst: str) -> RouteException | None:
        """The exception for a destination, for a packet to go by."""
        found = self._get(route, dst)
        if found is not None:
            self._used.add((route, dst))
        return found

    def _get(self, route: Route, dst: str) -> RouteException | None:
        """The exception for a destination, while it counts."""
        found = self._by_route.get(route, {}).get(dst)
        return found if found is not None and found.expires > self._clock.now else None

    def redirect(self, route: Route, dst: str, via: str) -> None:
        """A router named another next hop for a destination (RFC 792)."""
        old = self._get(route, dst)
        mtu, locked = (None, False) if old is None else (old.mtu, old.locked)
        self._keep(route, RouteException(dst, via, mtu, locked, self._clock.now + REDIRECT_TIME))

    def path_mtu(self, route: Route, dst: str, mtu: int, current: int) -> None:
        """A router named the size that would have passed (RFC 1191, RFC 8201); more than is used now is no news."""
        if current < mtu:
            return
        old = self._get(route, dst)
        via = None if old is None else old.via
        locked = ":" not in dst and mtu < MIN_PATH_MTU
        if locked:
            mtu = min(current, MIN_PATH_MTU)
        self._keep(route, RouteException(dst, via, mtu, locked, self._clock.now + PATH_MTU_TIME))

    def _keep(self, route: Route, exception: RouteException) -> None:
        self._by_route.setdefault(route, {})[exception.dst] = exception

    def forget(self, route: Route) -> None:
        """A route is gone, and what hung on it."""
        for dst in self._by_route.pop(route, ()):
            self._used.discard((route, dst))

    def clear(self, family: int) -> None:
        """``ip route flush cache``."""
        for route in [r for r in self._by_route if r.family == family]:
            self.forget(route)

    def listing(self, family: int) -> Iterator[tuple[Route, RouteException]]:
        """All that count now and that a packet went by, with their routes."""
        for route, exceptions in self._by_route.items():
            for exception in exceptions.values():
                counts = exception.expires > self._clock.now and (route, exception.dst) in self._used
                if route.family == family and counts:
                    yield route, exception
