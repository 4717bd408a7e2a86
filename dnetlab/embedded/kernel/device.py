"""Network interfaces: what all kinds share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from . import addresses as ip
from .errors import KernelError
from .frames import Frame
from .linkflags import LinkFlags
from .mtu import check_mtu, take_mtu
from .reasons import Reason
from .trace import Action

if TYPE_CHECKING:
    from .bridge import Bridge, BridgePort
    from .inet import Address
    from .ipvlan import IpvlanPort
    from .links import Vlan
    from .macvlan import MacvlanPort
    from .namespace import Namespace
    from .neighbour import Entry

# Seconds that a frame takes over one hop; golden pings through a bridge take about 0.1 ms there and back.
HOP = 9e-6
LOOP_HOP = 6e-6
HANDOVER = 4e-6


class Tap(Protocol):
    """Whatever looks at the frames of a device: captures and packet sockets."""

    def see(self, device: Device, direction: str, frame: Frame) -> None:
        """Called with each frame, direction "in" or "out"."""


@dataclass(slots=True)
class Stats:
    """Counters of a device, in packets and bytes."""

    rx_packets: int = 0
    rx_bytes: int = 0
    tx_packets: int = 0
    tx_bytes: int = 0
    rx_dropped: int = 0
    tx_dropped: int = 0


class Device(LinkFlags, ABC):
    """A network interface in a namespace."""

    kind = "device"
    # Kinds whose driver never reports a carrier change keep the operational state UNKNOWN.
    reports_state = True
    filters_unicast = False
    mtu_limits: tuple[int, int] = (68, 65535)

    def __init__(self, namespace: Namespace, name: str, mac: str | None, mtu: int, txqueuelen: int) -> None:
        super().__init__()
        self.namespace = namespace
        self.kernel = namespace.kernel
        self.name = name
        self.ifindex = 0
        self.mac = self.kernel.random_mac() if mac is None else ip.canonical_mac(mac)
        # Who chose it: 0 the device, 1 chance, 2 another device, 3 somebody (include/uapi/linux/netdevice.h).
        self.mac_origin = 1 if mac is None else 3
        self.mtu = mtu
        self.txqueuelen = txqueuelen
        self.up = False
        # Whether it was up since it came into its namespace (ip shows no queue before that).
        self.ever_up = False
        self.carrier = False
        self.ipv6 = True
        self.group = 0
        self.alias = ""
        # As counted up to now; ``stats`` also has what bridges still hold back.
        self.counters = Stats()
        self.addresses: list[Address] = []
        self.neighbours: dict[str, Entry] = {}
        self.taps: list[Tap] = []
        self.vlans: dict[int, Vlan] = {}
        self.port: BridgePort | None = None
        self.macvlan_port: MacvlanPort | None = None
        self.ipvlan_port: IpvlanPort | None = None
        # Sees each frame before the stack; gives it back, or None when it took it.
        self.rx_handler: Callable[[Frame], Frame | None] | None = None
        self.dev_id = 0
        self.gone = False
        self._watched = self.reports_state
        self._unicast: list[str] = []

    # what others read ------------------------------------------------------------------------------------

    @property
    def stats(self) -> Stats:
        """The counters as they are now."""
        self.kernel.settle_counts()
        return self.counters

    @property
    def link(self) -> Device | None:
        """The veth peer or the parent."""
        return None

    @property
    def master(self) -> Bridge | None:
        """The bridge that this device is a port of."""
        return None if self.port is None else self.port.bridge

    @property
    def operstate(self) -> str:
        """ "UP", "DOWN", "LOWERLAYERDOWN" or "UNKNOWN" (RFC 2863; Linux net/core/link_watch.c)."""
        if not self.up:
            return "DOWN"
        if self.carrier:
            return "UP" if self._watched else "UNKNOWN"
        lower = None if self.link is None else self.namespace.find_index(self.link.ifindex)
        return "LOWERLAYERDOWN" if lower is not None and lower is not self and not lower.carrier else "DOWN"

    # frames ----------------------------------------------------------------------------------------------

    def transmit(self, frame: Frame) -> None:
        """Send a frame out of this device."""
        if not self.carrier:
            # Without a carrier a device has no queue either (net/sched/sch_generic.c: dev_deactivate).
            self.drop(frame, Reason.NO_CARRIER if self.up else Reason.DEVICE_DOWN)
            return
        stats = self.counters
        stats.tx_packets += 1
        stats.tx_bytes += frame.payload.length + 14
        frame.trace.add((self.kernel.now, self.namespace, self, Action.TRANSMIT, None, None))
        if self.taps:
            for tap in tuple(self.taps):
                tap.see(self, "out", frame)
        self._send(frame)

    def receive(self, frame: Frame) -> None:
        """Take a frame that arrived at this device."""
        if not self.up:
            self.drop(frame, Reason.DEVICE_GONE if self.gone else Reason.DEVICE_DOWN)
            return
        stats = self.counters
        stats.rx_packets += 1
        stats.rx_bytes += frame.payload.length + 14
        trace = frame.trace
        trace.add((self.kernel.now, self.namespace, self, Action.RECEIVE, None, None))
        if self.taps:
            for tap in tuple(self.taps):
                tap.see(self, "in", frame)
        if frame.vlan is not None:
            vlan = self.vlans.get(frame.vlan)
            if vlan is not None:
                trace.add((self.kernel.now, self.namespace, self, Action.UNTAG, frame.vlan, vlan))
                vlan.receive(Frame(frame.src, frame.dst, frame.ethertype, frame.payload, trace))
                return
        if self.rx_handler is not None:
            passed = self.rx_handler(frame)
            if passed is None:
                return
            frame = passed
        self.namespace.stack.input(self, frame)

    @abstractmethod
    def _send(self, frame: Frame) -> None:
        """Carry a frame over whatever this kind of device is."""

    def drop(self, frame: Frame, reason: Reason, detail: str = "") -> None:
        """Record that a frame (or a copy of it) ends here."""
        self.counters.tx_dropped += 1
        frame.trace.add((self.kernel.now, self.namespace, self, Action.DROP, reason, detail))

    # state -----------------------------------------------------------------------------------------------

    def set_up(self) -> None:
        """Bring the interface up."""
        if self.up:
            return
        self._before_up()
        self.up = self.ever_up = True
        self.kernel.wiring += 1
        self.namespace.stack.device_up(self)
        self._changed()
        # Sub-interfaces of a VLAN follow their parent (vlan_device_event).
        for vlan in self.vlans.values():
            vlan.set_up()

    def set_down(self) -> None:
        """Take the interface down: its routes and neighbours go, its IPv4 addresses stay."""
        if not self.up:
            return
        for vlan in self.vlans.values():
            vlan.set_down()
        self.up = False
        self.kernel.wiring += 1
        self.namespace.stack.device_down(self)
        self._changed()

    def _before_up(self) -> None:
        """Refuse to come up (KernelError) where this kind of device has a condition."""
        return  # most kinds have none

    def _changed(self) -> None:
        refresh(self)
        for other in list(self.dependents()):
            refresh(other)

    def dependents(self) -> Iterator[Device]:
        """Devices whose carrier depends on this one."""
        yield from self.vlans.values()
        if self.macvlan_port is not None:
            yield from self.macvlan_port.children
        if self.ipvlan_port is not None:
            yield from self.ipvlan_port.children
        if self.port is not None:
            yield self.port.bridge

    def compute_carrier(self) -> bool:
        """Whether there is something to talk to on the other side."""
        return self.up

    def set_mtu(self, mtu: int) -> None:
        """Set the MTU in bytes (EINVAL outside of the device's limits)."""
        check_mtu(self, mtu)
        take_mtu(self, mtu)

    def set_mac(self, mac: str) -> None:
        """Give the device another MAC address (EADDRNOTAVAIL for a group address and for zero)."""
        mac = ip.canonical_mac(mac)
        if ip.is_group_mac(mac) or mac == ip.ZERO_MAC:
            raise KernelError("EADDRNOTAVAIL", f"{mac} is no station's address")
        self._replace_mac(mac)
        self.mac_origin = 3

    def _replace_mac(self, mac: str) -> None:
        old, self.mac = self.mac, mac
        for vlan in self.vlans.values():
            if vlan.mac == old:
                vlan._replace_mac(mac)
        if self.ipvlan_port is not None:
            for child in self.ipvlan_port.children:
                child._replace_mac(mac)
        if self.port is not None:
            self.port.bridge.port_mac_changed(old, mac)

    def rename(self, name: str) -> None:
        """Give the device another name (EEXIST, EINVAL)."""
        self.namespace.rename(self, name)

    def listen_on(self, mac: str, add: bool) -> None:
        """Take frames for another unicast MAC too; without a filter for it the device turns promiscuous."""
        before = bool(self._unicast)
        if add:
            self._unicast.append(mac)
        elif mac in self._unicast:
            self._unicast.remove(mac)
        if self.filters_unicast:
            if self.link is not None:
                self.link.listen_on(mac, add)
        elif before != bool(self._unicast):
            self.promiscuity += 1 if add else -1

    @property
    def also_for(self) -> tuple[str, ...]:
        """The unicast MACs beside its own that it listens to: those of macvlan children."""
        return tuple(dict.fromkeys(self._unicast))

    def set_master(self, bridge: Bridge | None) -> None:
        """Make the device a port of a bridge, or release it (EBUSY, ELOOP, EINVAL)."""
        if self.port is not None:
            if self.port.bridge is bridge:
                return
            self.port.bridge.release(self)
        if bridge is not None:
            bridge.enslave(self)

    def take_receiver(self, handler: Callable[[Frame], Frame | None]) -> None:
        """Become the one receiver of this device's frames (EBUSY where there is one)."""
        if self.rx_handler is not None:
            raise KernelError("EBUSY", f"{self.name} already has a receiver")
        self.rx_handler = handler
        self.kernel.wiring += 1

    def release_receiver(self) -> None:
        """Nobody takes this device's frames any more: they go to the stack."""
        self.rx_handler = None
        self.kernel.wiring += 1

    def tap(self, tap: Tap) -> None:
        """Let somebody look at this device's frames."""
        self.taps.append(tap)
        self.kernel.wiring += 1

    def untap(self, tap: Tap) -> None:
        """Whoever looked looks no longer."""
        if tap in self.taps:
            self.taps.remove(tap)
            self.kernel.wiring += 1

    def add_address(
        self,
        cidr: str,
        broadcast: str | None = None,
        scope: str | None = None,
        nodad: bool = False,
        noprefixroute: bool = False,
        label: str | None = None,
        replace: bool = False,
    ) -> Address:
        """Give the device an address such as "192.168.50.2/24"; broadcast "+" computes it (EEXIST)."""
        return self.namespace.stack.add_address(
            self, cidr, broadcast, scope, nodad, noprefixroute, label, replace
        )

    def remove_address(self, cidr: str) -> None:
        """Take an address away (EADDRNOTAVAIL)."""
        self.namespace.stack.remove_address(self, cidr)

    def flush_addresses(self, family: int | None = None) -> None:
        """Take all addresses (of one family) away."""
        for address in [a for a in self.addresses if family in (None, a.family)]:
            if address in self.addresses:
                self.remove_address(address.cidr)

    def announce(self, address: str, asked: str = ip.ZERO_MAC) -> int:
        """Tell everybody on the link that an address is ours (a gratuitous ARP); the id of its record.

        ``asked`` stands where an ARP request has the MAC that it asks for.

        Raises:
            KernelError: ENETDOWN, EOPNOTSUPP where the device has no ARP, EINVAL for an IPv6 address.
        """
        return self.namespace.stack.neighbours.announce(self, ip.canonical(address), asked)

    def check_address(self, address: str) -> None:
        """Refuse an address (KernelError) where this kind of device has a condition."""
        return  # most kinds have none

    # life ------------------------------------------------------------------------------------------------

    def move(self, namespace: Namespace, name: str | None = None) -> None:
        """Put the device into another namespace: it is down there and has lost its addresses.

        It keeps its ifindex where that is free. EINVAL for loopback and bridges, EEXIST for a name in use.
        """
        if self.kind in ("loopback", "bridge"):
            raise KernelError(
                "EINVAL", f"{self.name} is bound to its namespace", "The interface netns is immutable"
            )
        if namespace is self.namespace and name in (None, self.name):
            return
        if namespace.devices.get(name or self.name, self) is not self:
            said = "An interface with the same name exists in the target netns"
            raise KernelError("EEXIST", f"device {name or self.name}", said)
        namespace.check_name(name or self.name, self)
        self.set_master(None)
        self.set_down()
        self.flush_addresses()
        self.namespace.remove(self)
        self.ever_up = False
        namespace.adopt(self, name or self.name)

    def delete(self) -> None:
        """Destroy the device and what hangs on it (EOPNOTSUPP for loopback)."""
        if self.kind == "loopback":
            raise KernelError("EOPNOTSUPP", "loopback cannot be removed")
        self.destroy()

    def destroy(self) -> None:
        """Destroy the device, whatever it is; its children and its veth peer die with it."""
        if self.gone:
            return
        self.gone = True
        for child in [
            *self.vlans.values(),
            *(self.macvlan_port.children if self.macvlan_port else ()),
            *(self.ipvlan_port.children if self.ipvlan_port else ()),
        ]:
            child.destroy()
        self.set_master(None)
        self.set_down()
        self.flush_addresses()
        self._detach()
        self.namespace.remove(self)

    def _detach(self) -> None:
        """Let go of the peer or the parent."""
        return  # most kinds have none

    def __repr__(self) -> str:
        return f"<{self.kind} {self.namespace.name}:{self.name}>"


def refresh(device: Device) -> None:
    """Compute a device's carrier again and tell those that depend on it when it changed."""
    carrier = device.compute_carrier()
    if carrier == device.carrier:
        return
    lost = device.carrier and not carrier
    device.carrier = carrier
    device.kernel.wiring += 1
    if lost and device.up:
        # The link watcher has run now, and it knows the state from here on.
        device._watched = True
    device.namespace.stack.carrier_changed(device)
    for other in list(device.dependents()):
        refresh(other)
