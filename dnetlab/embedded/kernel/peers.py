"""How often a machine writes to another one with ICMP errors and redirects (Linux struct inet_peer).

Both share one clock: whoever was told of a shorter way just now is not told of an expired TTL at once
(net/ipv4/inetpeer.c, net/ipv4/route.c, net/ipv4/icmp.c).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .wallclock import WallClock

RATE: Final = 1.0
"""Seconds that one error costs (net.ipv4.icmp_ratelimit)."""
BURST: Final = 6.0
"""Seconds that can be saved up."""
ROUTE_BURST: Final = 5.0
"""The same, for the news that there is no route (net.ipv4.route.error_burst; its cost is a second, too)."""
LOAD: Final = 0.02
"""Seconds before the second redirect to a sender, doubled with each (net.ipv4.route.redirect_load)."""
NUMBER: Final = 9
"""After so many a sender is taken for deaf (net.ipv4.route.redirect_number)."""
SILENCE: Final = 0.02 * 2**10
"""Seconds without a packet to redirect, after which it begins again (net.ipv4.route.redirect_silence)."""
UNLIMITED: Final = frozenset({"frag-needed", "redirect"})


@dataclass(slots=True)
class _Peer:
    last: float
    tokens: float = 0.0
    redirects: int = 0


class Peers:
    """The machines that a namespace wrote errors to."""

    def __init__(self, clock: WallClock) -> None:
        self._clock = clock
        self._peers: dict[str, _Peer] = {}

    def _peer(self, address: str) -> _Peer:
        found = self._peers.get(address)
        if found is None:
            found = self._peers[address] = _Peer(self._clock.now - 60.0)
        return found

    def allows_error(self, kind: str, address: str) -> bool:
        """Whether an error may be sent to an address now; it counts then (inet_peer_xrlim_allow)."""
        if kind in UNLIMITED:
            return True
        return self._spend(self._peer(address), BURST)

    def allows_error6(self, kind: str, address: str, prefix_length: int) -> bool:
        """The same for ICMPv6, where the address lies behind a route: wide prefixes get more (icmpv6_xrlim_allow)."""
        if kind in UNLIMITED:
            return True
        cost = RATE / 2 ** ((128 - prefix_length) // 32)
        return self._spend(self._peer(address), BURST * cost, cost)

    def allows_no_route(self, address: str) -> bool:
        """Whether a sender may be told that there is no route; asked before the limit on all errors (ip_error).

        It takes from the same savings, of which it leaves no more than five seconds, also where the other limit
        then says no: of errors in quick succession only two arrive.
        """
        return self._spend(self._peer(address), ROUTE_BURST)

    def _spend(self, peer: _Peer, burst: float, cost: float = RATE) -> bool:
        now = self._clock.now
        peer.tokens = min(burst, peer.tokens + now - peer.last)
        peer.last = now
        if peer.tokens < cost:
            return False
        peer.tokens -= cost
        return True

    def allows_redirect(self, address: str) -> bool:
        """Whether a redirect may be sent to an address now; it counts then (ip_rt_send_redirect)."""
        peer, now = self._peer(address), self._clock.now
        if now > peer.last + SILENCE:
            peer.tokens, peer.redirects = 0.0, 0
        if peer.redirects >= NUMBER:
            peer.last = now
            return False
        if peer.redirects and now <= peer.last + LOAD * 2**peer.redirects:
            return False
        peer.last = now
        peer.redirects += 1
        return True
