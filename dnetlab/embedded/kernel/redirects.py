"""ICMP redirects (RFC 792, RFC 1812 section 5.2.7.2): a router tells a neighbour of the next hop that is on its own link.

As Linux net/ipv4/route.c: who is told (__mkroute_input, ip_rt_send_redirect), who believes it (__ip_do_redirect). How
often is in ``peers``. IPv6's redirects are not modelled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import addresses as ip
from .conntrack import State
from .device import Device
from .fib import REFUSALS, RouteResult
from .frames import IcmpError, IpPacket
from .trace import Trace

if TYPE_CHECKING:
    from .stack import Stack


class Redirects:
    """The redirects that a namespace sends and receives."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    # sending ---------------------------------------------------------------------------------------------

    def consider(
        self, p: IpPacket, dev: Device, result: RouteResult, state: State | None, trace: Trace
    ) -> None:
        """A packet is about to leave by the device it came in on: tell its sender where that is right.

        Its sender must be on the link and so must the next hop; the packet goes on all the same.
        """
        stack = self._stack
        if not self._either(dev, "send_redirects"):
            return
        back = stack.routing.lookup(p.src, dev)
        if back is None or back.kind != "unicast" or back.route is None or back.via is not None:
            return
        if not self._either(dev, "shared_media") and not self._on_link(dev, p.src, result.via or p.dst):
            return
        if state is not None and self._rewritten(state):
            return
        if stack.peers.allows_redirect(p.src):
            stack.internet.error("redirect", p, trace, dev, gateway=result.via or p.dst)

    def _rewritten(self, state: State) -> bool:
        """NAT lets no redirect out about a connection that is, or still may be, rewritten (nf_nat_icmp_reply_translation)."""
        connection = state.connection
        if connection is None or "nat" not in self._stack.namespace.netfilter(4).tables:
            return False
        return connection.rewritten or not connection.confirmed

    # receiving -------------------------------------------------------------------------------------------

    def heed(self, dev: Device, router: str, error: IcmpError) -> None:
        """A router tells of a shorter way: use it from now on, if that router is the one in use and may say so.

        A next hop whose MAC is not known is asked for only: the route changes with the next redirect.
        """
        stack = self._stack
        dst, gateway = error.about.dst, error.gateway
        used = stack.routing.lookup(dst)
        if used is None or used.kind in REFUSALS or used.route is None or used.via != router:
            return
        if gateway in (router, "") or not self._accepts(dev) or stack.address_type(gateway) != "UNICAST":
            return
        if not self._either(dev, "shared_media"):
            if not self._on_link(dev, gateway, router):
                return
            if self._either(dev, "secure_redirects") and not self._is_gateway(gateway, dev):
                return
        if stack.neighbours.known(used.dev, gateway):
            stack.routing.redirect(used.route, dst, gateway)
        else:
            stack.neighbours.ask(used.dev, gateway)

    def _accepts(self, dev: Device) -> bool:
        """A router needs both switches to listen, a host one of them (IN_DEV_RX_REDIRECTS)."""
        sysctl = self._stack.namespace.sysctl
        own, all_ = (sysctl.conf(4, name, "accept_redirects") for name in (dev.name, "all"))
        return bool(own and all_ if self._stack.forwards(dev, False) else own or all_)

    def _either(self, dev: Device, key: str) -> bool:
        sysctl = self._stack.namespace.sysctl
        return bool(sysctl.conf(4, dev.name, key) or sysctl.conf(4, "all", key))

    def _on_link(self, dev: Device, one: str, other: str) -> bool:
        """Whether two addresses are within one of a device's subnets (inet_addr_onlink)."""
        return any(
            ip.within(one, a.network) and ip.within(other, a.network) for a in dev.addresses if a.family == 4
        )

    def _is_gateway(self, address: str, dev: Device) -> bool:
        """Whether any route has a next hop already (ip_fib_check_default, in spite of its name)."""
        return any(r.via == address and r.dev is dev for r in self._stack.routing.listing(4, "main"))
