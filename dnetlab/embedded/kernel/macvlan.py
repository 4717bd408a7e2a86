"""macvlan: children of one parent interface, each with its own MAC (Linux drivers/net/macvlan.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import addresses as ip
from .device import HANDOVER, Device
from .errors import KernelError
from .frames import Frame, asked_for
from .reasons import Reason
from .trace import Action

if TYPE_CHECKING:
    from .namespace import Namespace

MODES = ("private", "vepa", "bridge", "passthru")


class MacvlanPort:
    """What a parent knows: its children, by MAC address once they are up."""

    def __init__(self, parent: Device) -> None:
        self.parent = parent
        self.children: list[Macvlan] = []
        self.by_mac: dict[str, Macvlan] = {}

    @property
    def passthru(self) -> bool:
        return bool(self.children) and self.children[0].mode == "passthru"

    def receive(self, frame: Frame) -> Frame | None:
        """A frame came in at the parent: hand it to the children that are meant."""
        dst = frame.dst
        if dst[1] in "13579bdf":
            self._spread(frame)
            return frame
        child = self.children[0] if self.passthru else self.by_mac.get(dst)
        if child is None:
            return frame
        self._hand(child, frame)
        return None

    def _spread(self, frame: Frame) -> None:
        """A broadcast from the wire, or one of our own that the switch sent back (vepa)."""
        source = self.by_mac.get(frame.src)
        if source is not None and source.mode not in ("vepa", "bridge"):
            self._hand(source, frame)
            return
        for child in list(self.children):
            if not child.up or child is source:
                continue
            # A sibling in bridge mode has seen it already when it was sent.
            if source is not None and source.mode == "bridge" and child.mode != "vepa":
                continue
            if source is not None and source.mode == "vepa" and child.mode not in ("vepa", "bridge"):
                continue
            self._hand(child, frame)

    def send(self, child: Macvlan, frame: Frame) -> None:
        """A child sends: to a sibling in bridge mode directly, else out of the parent."""
        dst = frame.dst
        group = dst[1] in "13579bdf"
        if child.mode == "bridge":
            if group:
                for sibling in list(self.children):
                    if sibling is not child and sibling.up and sibling.mode == "bridge":
                        self._hand(sibling, frame)
            else:
                sibling_for = self.by_mac.get(dst)
                if sibling_for is not None and sibling_for.mode == "bridge":
                    # The frame passes the parent's taps on its way (dev_forward_skb to lowerdev).
                    self.parent.receive(frame)
                    return
        self.parent.transmit(frame)
        if group:
            address = asked_for(frame.payload)
            if address is not None:
                self._note_isolation(child, frame, address)

    def _note_isolation(self, child: Macvlan, frame: Frame, address: str) -> None:
        """Say where a question ends that is for somebody who by design does not get it."""
        parent = self.parent
        if any(a.address == address for a in parent.addresses):
            parent.drop(frame, Reason.PARENT_ISOLATION, f"{parent.name} is the parent of {child.name}")
            return
        for sibling in self.children:
            if sibling is child or not any(a.address == address for a in sibling.addresses):
                continue
            if child.mode == "private" or sibling.mode == "private":
                sibling.drop(frame, Reason.MACVLAN_PRIVATE)
            elif child.mode == "vepa" or sibling.mode == "vepa":
                sibling.drop(frame, Reason.MACVLAN_VEPA)

    def note_parent_question(self, frame: Frame, address: str) -> None:
        """The parent's own stack asks: its children do not hear it."""
        for child in self.children:
            if any(a.address == address for a in child.addresses):
                child.drop(
                    frame, Reason.PARENT_ISOLATION, f"{self.parent.name} is the parent of {child.name}"
                )

    def _hand(self, child: Macvlan, frame: Frame) -> None:
        kernel = self.parent.kernel
        if not child.up:
            child.drop(frame, Reason.DEVICE_DOWN)
            return
        frame.trace.add((kernel.now, child.namespace, self.parent, Action.MACVLAN, child, None))
        kernel.schedule(HANDOVER, child.receive, frame)


class Macvlan(Device):
    """A child interface with a MAC of its own on its parent's wire."""

    kind = "macvlan"
    filters_unicast = True

    def __init__(
        self, namespace: Namespace, name: str, link: Device, mode: str, mac: str | None, txqueuelen: int
    ) -> None:
        if mode not in MODES:
            raise KernelError("EINVAL", f"macvlan mode {mode}")
        parent: Device = link.parent if isinstance(link, Macvlan) else link
        mac = None if mac is None else ip.canonical_mac(mac)
        port = _port_of(parent, mode)
        super().__init__(namespace, name, parent.mac if mode == "passthru" else mac, parent.mtu, txqueuelen)
        self.parent: Device = parent
        self.mode = mode
        self.port_of_parent = port
        port.children.append(self)

    @property
    def link(self) -> Device | None:
        return self.parent

    def compute_carrier(self) -> bool:
        return self.up and self.parent.carrier

    def set_mtu(self, mtu: int) -> None:
        if mtu > self.parent.mtu:
            raise KernelError("EINVAL", f"{self.parent.name} has mtu {self.parent.mtu}")
        super().set_mtu(mtu)

    def set_mode(self, mode: str) -> None:
        """Change how the child meets its siblings (EINVAL to or from passthru)."""
        if mode not in MODES or (mode == "passthru") != (self.mode == "passthru"):
            raise KernelError("EINVAL", f"macvlan mode {mode}")
        self.mode = mode
        self.kernel.wiring += 1

    def set_up(self) -> None:
        was = self.up
        super().set_up()
        if not was and self.up:
            if self.mode == "passthru":
                self.parent.promiscuity += 1
            else:
                self.port_of_parent.by_mac[self.mac] = self
                self.parent.listen_on(self.mac, add=True)

    def _before_up(self) -> None:
        if self.mode != "passthru" and (
            self.mac == self.parent.mac or self.port_of_parent.by_mac.get(self.mac, self) is not self
        ):
            raise KernelError("EADDRINUSE", f"{self.mac} is in use on {self.parent.name}")

    def set_down(self) -> None:
        was = self.up
        super().set_down()
        if was:
            if self.mode == "passthru":
                self.parent.promiscuity -= 1
            else:
                self.port_of_parent.by_mac.pop(self.mac, None)
                self.parent.listen_on(self.mac, add=False)

    def _replace_mac(self, mac: str) -> None:
        if self.mode == "passthru":
            # The one child stands for its parent, which takes the address too (macvlan_sync_address).
            self.parent._replace_mac(mac)
            self.mac = mac
            return
        if self.up:
            by_mac = self.port_of_parent.by_mac
            if mac == self.parent.mac or by_mac.get(mac, self) is not self:
                raise KernelError("EADDRINUSE", f"{mac} is in use on {self.parent.name}")
            by_mac.pop(self.mac, None)
            self.parent.listen_on(self.mac, add=False)
            by_mac[mac] = self
            self.parent.listen_on(mac, add=True)
        super()._replace_mac(mac)

    def listen_on(self, mac: str, add: bool) -> None:
        if self.up:
            super().listen_on(mac, add)

    def _send(self, frame: Frame) -> None:
        self.port_of_parent.send(self, frame)

    def _detach(self) -> None:
        port = self.port_of_parent
        port.children.remove(self)
        if not port.children:
            self.parent.release_receiver()
            self.parent.macvlan_port = None


def _port_of(parent: Device, mode: str) -> MacvlanPort:
    if parent.kind == "loopback":
        raise KernelError("EINVAL", "loopback cannot be a parent")
    port = parent.macvlan_port
    if port is None:
        port = MacvlanPort(parent)
        parent.take_receiver(port.receive)
        parent.macvlan_port = port
    elif port.passthru or (mode == "passthru" and port.children):
        raise KernelError("EINVAL", f"{parent.name} is passed through to one child")
    return port
