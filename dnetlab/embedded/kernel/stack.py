"""The network stack of a namespace: its parts, the addresses it owns, and what happens to its devices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import addresses as ip
from .addressing import Addressing
from .device import Device
from .echo import EchoSockets
from .fragments import Reassembly, opened
from .frames import Arp, Echo, Fragment, Frame, IcmpError, IpPacket, Ndp
from .hooks import Hooks
from .icmp import IcmpNotice
from .inet import Address
from .internet import Internet
from .listeners import TcpSockets
from .mtu import IPV6_MINIMUM
from .neighbour import Neighbours
from .peers import Peers
from .reasons import Reason
from .redirects import Redirects
from .routes import Routing
from .trace import Action, Trace
from .udp import UdpSockets
from .wallclock import WallClock

if TYPE_CHECKING:
    from .bridge import Bridge
    from .namespace import Namespace
    from .netfilter import Netfilter


class Stack:
    """The stack of one namespace."""

    def __init__(self, namespace: Namespace) -> None:
        self.namespace = namespace
        self.kernel = namespace.kernel
        self.local: dict[str, list[Device]] = {}
        self.broadcasts: dict[str, Device] = {}
        self.hooks: dict[int, Hooks] = {}
        self.bridge_filter = False
        self.proxy_arp = False
        self.rp_filter = False
        self.clock = WallClock(self.kernel)
        self.routing = Routing(self)
        self.neighbours = Neighbours(self)
        self.addressing = Addressing(self)
        self.reassembly = Reassembly(self.kernel)
        self._fragment_id = 0
        self.internet = Internet(self)
        self.peers = Peers(self.clock)
        self.redirects = Redirects(self)
        self.echo = EchoSockets(self)
        self.udp = UdpSockets(self)
        self.tcp = TcpSockets(self)

    # frames ----------------------------------------------------------------------------------------------

    def input(self, dev: Device, frame: Frame) -> None:
        """A frame that no bridge or child of the device took."""
        dst = frame.dst
        if dst != dev.mac and dst[1] not in "13579bdf":
            self._drop(dev, frame, Reason.NOT_FOR_US, f"{dst} is not the MAC of {dev.name}")
        elif frame.vlan:
            self._drop(dev, frame, Reason.VLAN_UNKNOWN, f"{dev.name} has no interface for VLAN {frame.vlan}")
        elif type(frame.payload) is Arp:
            self.neighbours.receive_arp(dev, frame, frame.payload)
        else:
            self.internet.receive(dev, frame, frame.payload)  # type: ignore[arg-type]

    def _drop(self, dev: Device, frame: Frame, reason: Reason, detail: str) -> None:
        frame.trace.add((self.kernel.now, self.namespace, dev, Action.DROP, reason, detail))

    def wants_multicast(self, dev: Device, p: IpPacket) -> bool:
        """Whether an IPv6 multicast packet that reaches a device would have any effect."""
        if not dev.ipv6 or not dev.addresses:
            return False
        payload = p.payload
        if type(payload) is Ndp:
            return payload.kind != "rs" and any(a.address == payload.target for a in dev.addresses)
        return p.dst == "ff02::1"

    def filter_bridged(self, bridge: Bridge, p: IpPacket, trace: Trace) -> IpPacket | None:
        """Show a bridged packet to the firewall: in and out by the bridge (bridge-nf-call-iptables)."""
        hooks = self.hooks.get(6 if p.v6 else 4)
        sysctl = self.namespace.sysctl
        if hooks is None or not hooks.active or not (sysctl.bridge6 if p.v6 else sysctl.bridge4):
            return p
        piece = p if type(p.payload) is Fragment else None
        entered = hooks.enter("PREROUTING", opened(p), bridge, None, trace)
        if entered is None:
            return None
        p, state = entered
        if not hooks.passes("FORWARD", p, bridge, bridge, state, trace):
            return None
        passed = hooks.leave("POSTROUTING", p, bridge, bridge, state, trace)
        # Pieces of a packet share its fate, and travel on as pieces.
        return piece if piece is not None and passed is not None else passed

    def output_for_child(self, parent: Device, p: IpPacket, trace: Trace) -> None:
        """An ipvlan child in L3 mode sends; this is its parent's namespace."""
        self.internet.output_for_child(parent, p, trace)

    def neighbour_failed(self, dev: Device, address: str, p: IpPacket, trace: Trace) -> None:
        """The question for a next hop stayed without an answer."""
        self.internet.neighbour_failed(dev, address, p, trace)

    def reject(self, p: IpPacket, how: str, dev: Device | None, trace: Trace) -> None:
        """A firewall rule rejects a packet."""
        self.internet.reject(p, how, dev, trace)

    def receive_error(self, dev: Device, p: IpPacket, trace: Trace) -> None:
        """An ICMP error for a packet that was sent from here."""
        error = p.payload
        assert type(error) is IcmpError
        about = error.about
        notice = IcmpNotice(
            p.src, error.kind, about, error.mtu, self.kernel.now, p.ttl, trace.id, error.gateway
        )
        taken = (
            self.echo.receive_error(notice)
            or self.udp.receive_error(notice)
            or self.tcp.receive_error(notice)
        )
        # What the kernel itself answered has no socket, and is heeded all the same (icmp_err).
        own = type(about.payload) is Echo and not about.payload.request
        if taken or own:
            if error.kind == "frag-needed":
                self.routing.too_big(about.dst, error.mtu)
            elif error.kind == "redirect":
                self.redirects.heed(dev, p.src, error)
            trace.add((self.kernel.now, self.namespace, None, Action.DELIVER, "the sender", None))
        else:
            trace.add((self.kernel.now, self.namespace, None, Action.DROP, Reason.NO_RECEIVER, None))

    def fragment_id(self) -> int:
        """A number for the pieces of one packet."""
        self._fragment_id = self._fragment_id % 0xFFFF + 1
        return self._fragment_id

    # addresses -------------------------------------------------------------------------------------------

    def owns(self, address: str) -> bool:
        """Whether an address is one of this machine, on any device that is up."""
        return address in self.local or (address.startswith("127.") and "127.0.0.1" in self.local)

    def owns_on(self, dev: Device, address: str) -> bool:
        """Whether a device answers for an IPv6 address: it has it, and not only tentatively."""
        return any(
            a.address == address and not (a.tentative and not a.nodad) and not a.dadfailed
            for a in dev.addresses
        )

    def duplicate(self, dev: Device, address: str) -> bool:
        """Somebody else has an address that a device is about to take: give it up."""
        return self.addressing.duplicate(dev, address)

    def confirm(self, address: str) -> None:
        """A higher layer heard from an address: its next hop is alive."""
        result = self.routing.lookup(address)
        if result is not None and result.kind == "unicast":
            self.neighbours.confirm(result.dev, result.via or address)

    def address_type(self, address: str) -> str:
        """The kind of an address as addrtype sees it."""
        if self.owns(address):
            return "LOCAL"
        if address in self.broadcasts or address == ip.LIMITED_BROADCAST:
            return "BROADCAST"
        return "MULTICAST" if ip.is_multicast(address) else "UNICAST"

    def masquerade_source(self, dev: Device, towards: str) -> str | None:
        """The address that MASQUERADE gives to packets out of a device."""
        result = self.routing.lookup(towards)
        next_hop = result.via if result is not None and result.dev is dev and result.via else towards
        return self.routing.source(dev, next_hop)

    def proxies(self, dev: Device, address: str) -> bool:
        """Whether a device answers ARP for somebody behind this router."""
        if not self.proxy_arp:
            return False
        sysctl = self.namespace.sysctl
        if not (sysctl.conf(4, dev.name, "proxy_arp") or sysctl.conf(4, "all", "proxy_arp")):
            return False
        result = self.routing.lookup(address)
        return result is not None and result.kind == "unicast" and result.dev is not dev

    def forwards(self, dev: Device, v6: bool) -> bool:
        """Whether packets that come in at a device may pass through."""
        sysctl = self.namespace.sysctl
        if v6:
            return sysctl.forward6
        return bool(sysctl.conf(4, dev.name, "forwarding"))

    def add_address(
        self,
        dev: Device,
        cidr: str,
        broadcast: str | None,
        scope: str | None,
        nodad: bool,
        noprefixroute: bool,
        label: str | None,
        replace: bool,
    ) -> Address:
        """Give a device an address (see Device.add_address)."""
        return self.addressing.add(dev, cidr, broadcast, scope, nodad, noprefixroute, label, replace)

    def remove_address(self, dev: Device, cidr: str) -> None:
        """Take an address away."""
        self.addressing.remove(dev, cidr)

    # devices ---------------------------------------------------------------------------------------------

    def device_added(self, dev: Device) -> None:
        """A device appeared in the namespace."""
        dev.ipv6 = not self.namespace.sysctl.conf(6, dev.name, "disable_ipv6")

    def device_removed(self, dev: Device) -> None:
        """A device left the namespace."""
        self.routing.drop_device(dev)
        dev.neighbours.clear()
        self.udp.device_removed(dev)

    def device_up(self, dev: Device) -> None:
        """A device came up: its addresses count, their routes are there."""
        self.addressing.device_up(dev)
        self.routing.forget()

    def device_down(self, dev: Device) -> None:
        """A device went down: routes and neighbours go, and IPv6 addresses too."""
        self.addressing.device_down(dev)
        self.routing.drop_device(dev)
        dev.neighbours.clear()

    def carrier_changed(self, dev: Device) -> None:
        """The wire of a device came or went."""
        if dev.carrier:
            self.addressing.carrier_up(dev)
            return
        for address, entry in list(dev.neighbours.items()):
            if entry.state != "PERMANENT":
                del dev.neighbours[address]

    def mtu_changed(self, dev: Device, before: int) -> None:
        """A device has another MTU; IPv6 leaves a link that is too small for it, and comes back."""
        self.routing.forget()
        if dev.mtu < IPV6_MINIMUM <= before:
            dev.flush_addresses(6)
        elif before < IPV6_MINIMUM <= dev.mtu and dev.carrier:
            self.addressing.carrier_up(dev)

    def forget_routes(self) -> None:
        """Something changed that route look-ups depend on."""
        self.routing.forget()

    # settings --------------------------------------------------------------------------------------------

    def attach_netfilter(self, family: int, netfilter: Netfilter) -> None:
        """The firewall of a family is used for the first time."""
        self.hooks[family] = Hooks(self, netfilter)
        netfilter.changed = self._rules_changed

    def _rules_changed(self) -> None:
        for hooks in self.hooks.values():
            hooks.refresh()
        self._refresh_bridges()

    def _refresh_bridges(self) -> None:
        sysctl = self.namespace.sysctl
        self.bridge_filter = any(
            hooks.active and (sysctl.bridge6 if family == 6 else sysctl.bridge4)
            for family, hooks in self.hooks.items()
        )

    def sysctl_changed(self, name: str, value: str) -> None:
        """A sysctl was set."""
        key = name.rsplit(".", 1)[-1]
        if key == "disable_ipv6":
            self.addressing.ipv6_switched()
        elif key == "proxy_arp":
            self.proxy_arp = self.proxy_arp or value != "0"
            self.kernel.wiring += 1
        elif key == "rp_filter":
            self.rp_filter = self.rp_filter or value != "0"
        self._refresh_bridges()
        self.routing.forget()

    def close_all(self) -> None:
        """Close every socket; the namespace goes."""
        self.echo.close_all()
        self.udp.close_all()
        self.tcp.close_all()
