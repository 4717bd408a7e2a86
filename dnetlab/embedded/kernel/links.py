"""The simple kinds of device: loopback, dummy, a NIC to the outside, veth pairs and 802.1Q sub-interfaces."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from . import addresses as ip
from .device import HOP, LOOP_HOP, Device
from .errors import KernelError
from .frames import Frame
from .reasons import Reason
from .trace import Action

if TYPE_CHECKING:
    from .namespace import Namespace


class Loopback(Device):
    """lo: what it sends comes back in."""

    kind = "loopback"
    base_flags = ("LOOPBACK",)
    reports_state = False
    mtu_limits = (0, 0)

    def __init__(self, namespace: Namespace) -> None:
        super().__init__(namespace, "lo", ip.ZERO_MAC, 65536, 1000)
        self.mac_origin = 0

    def _send(self, frame: Frame) -> None:
        self.kernel.schedule(LOOP_HOP, self.receive, frame)


class Dummy(Device):
    """An interface without a wire: everything sent is lost."""

    kind = "dummy"
    base_flags = ("BROADCAST",)
    reports_state = False
    mtu_limits = (0, 0)

    def __init__(self, namespace: Namespace, name: str, mac: str | None, mtu: int, txqueuelen: int) -> None:
        super().__init__(namespace, name, mac, mtu, txqueuelen)
        self.noarp = True
        self.plugged = True

    def compute_carrier(self) -> bool:
        return self.up and self.plugged

    def set_carrier(self, on: bool) -> None:
        self.plugged = on
        self._changed()

    def _send(self, frame: Frame) -> None:
        self.drop(frame, Reason.WIRE_TO_NOWHERE, f"{self.name} is a dummy interface")


class Nic(Device):
    """A machine's NIC on a network that is not modelled.

    ``on_transmit`` may look at what leaves and answer with ``receive``; without it everything is lost.
    """

    kind = "nic"
    reports_state = False

    def __init__(self, namespace: Namespace, name: str, mac: str | None, mtu: int, txqueuelen: int) -> None:
        super().__init__(namespace, name, mac, mtu, txqueuelen)
        self.on_transmit: Callable[[Frame], None] | None = None

    def _send(self, frame: Frame) -> None:
        if self.on_transmit is None:
            self.drop(frame, Reason.WIRE_TO_NOWHERE, f"nothing is connected to {self.name}")
        else:
            self.on_transmit(frame)


class Veth(Device):
    """One end of a virtual wire; ``peer`` is the other."""

    kind = "veth"

    def __init__(self, namespace: Namespace, name: str, mac: str | None, mtu: int, txqueuelen: int) -> None:
        super().__init__(namespace, name, mac, mtu, txqueuelen)
        self.peer: Veth = self

    @property
    def link(self) -> Device | None:
        return None if self.peer is self else self.peer

    def compute_carrier(self) -> bool:
        return self.up and self.peer.up

    def dependents(self) -> Iterator[Device]:
        yield self.peer
        yield from super().dependents()

    def _send(self, frame: Frame) -> None:
        peer = self.peer
        size = frame.payload.length
        if not peer.up:
            self.drop(frame, Reason.NO_CARRIER)
        elif size > self.mtu or size > peer.mtu:
            smaller = min(self.mtu, peer.mtu)
            self.drop(frame, Reason.MTU_EXCEEDED, f"{size} bytes, MTU of {self.name} is {smaller}")
        else:
            self.kernel.schedule(HOP, peer.receive, frame)

    def _detach(self) -> None:
        self.peer.destroy()


class Vlan(Device):
    """An 802.1Q sub-interface: frames of one VLAN of the parent, without their tag."""

    kind = "vlan"
    filters_unicast = True
    mtu_limits = (0, 65535)

    def __init__(
        self, namespace: Namespace, name: str, link: Device, vid: int, mac: str | None, txqueuelen: int
    ) -> None:
        if not 0 <= vid <= 4094:
            raise KernelError("ERANGE", f"VLAN id {vid}", "8021q: Invalid VLAN id")
        if link.kind == "loopback":
            raise KernelError(
                "EOPNOTSUPP", "loopback carries no VLANs", "8021q: VLANs not supported on device"
            )
        if vid in link.vlans:
            raise KernelError("EEXIST", f"VLAN {vid} on {link.name}", "8021q: VLAN device already exists")
        super().__init__(namespace, name, mac or link.mac, link.mtu, txqueuelen)
        self.mac_origin = 3 if mac else 2
        # As net/8021q/vlan_dev.c takes them over when the device is made.
        self.base_flags, self.noarp = link.base_flags, link.noarp
        self.parent = link
        self.vid = vid
        link.vlans[vid] = self
        self.kernel.wiring += 1

    @property
    def link(self) -> Device | None:
        return self.parent

    def compute_carrier(self) -> bool:
        return self.up and self.parent.carrier

    def _before_up(self) -> None:
        if not self.parent.up:
            raise KernelError("ENETDOWN", f"{self.parent.name} is down")

    def set_mtu(self, mtu: int) -> None:
        if mtu > self.parent.mtu:
            raise KernelError("ERANGE", f"{self.parent.name} has mtu {self.parent.mtu}")
        super().set_mtu(mtu)

    def _send(self, frame: Frame) -> None:
        if frame.vlan is not None:
            self.drop(frame, Reason.VLAN_UNKNOWN, "a tag within a tag is not modelled")
            return
        trace = frame.trace
        trace.add((self.kernel.now, self.namespace, self, Action.TAG, self.vid, None))
        self.parent.transmit(Frame(frame.src, frame.dst, frame.ethertype, frame.payload, trace, self.vid))

    def _detach(self) -> None:
        for mac in self._unicast:
            self.parent.listen_on(mac, add=False)
        self.parent.vlans.pop(self.vid, None)
        self.kernel.wiring += 1
