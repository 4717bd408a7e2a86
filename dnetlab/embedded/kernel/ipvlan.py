"""ipvlan: children that share the parent's MAC and are told apart by IP address.

Linux drivers/net/ipvlan (ipvlan_core.c): in l2 mode a child has its own ARP and broadcasts; in l3 mode the
parent's namespace routes what a child sends, and nothing but unicast IP reaches it; l3s is l3 through the
parent's netfilter hooks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import addresses as ip
from .device import HANDOVER, Device
from .errors import KernelError
from .frames import Arp, Frame, IpPacket, Ndp, asked_for
from .reasons import Reason
from .trace import Action

if TYPE_CHECKING:
    from .namespace import Namespace

MODES = ("l2", "l3", "l3s")
FLAGS = ("bridge", "private", "vepa")


class IpvlanPort:
    """What a parent knows: its children by IP address, and the one mode and flag that all share."""

    def __init__(self, parent: Device) -> None:
        self.parent = parent
        self.children: list[Ipvlan] = []
        self.by_address: dict[str, Ipvlan] = {}
        self.mode = "l2"
        self.flag = "bridge"
        self.next_id = 1

    def take_id(self) -> int:
        """The lowest device id from the last one on that is free (it goes into link-local addresses)."""
        used = {child.dev_id for child in self.children}
        ident = self.next_id
        while ident in used:
            ident += 1
        self.next_id = ident + 1
        return ident

    def set_mode(self, mode: str, flag: str) -> None:
        """Change the mode and the flag of all children."""
        self.mode, self.flag = mode, flag
        for child in self.children:
            child.noarp = mode != "l2"

    def lookup(self, frame_payload: Arp | IpPacket) -> Ipvlan | None:
        """The child that a packet is for."""
        if type(frame_payload) is Arp:
            return self.by_address.get(frame_payload.target_ip)
        assert isinstance(frame_payload, IpPacket)
        inner = frame_payload.payload
        if type(inner) is Ndp and inner.kind == "ns":
            return self.by_address.get(inner.target)
        return self.by_address.get(frame_payload.dst)

    def receive(self, frame: Frame) -> Frame | None:
        """A frame came in at the parent."""
        if self.mode == "l3s":
            return frame
        if self.mode == "l2" and frame.dst[1] in "13579bdf":
            if self._from_outside(frame):
                for child in list(self.children):
                    if child.up:
                        self.hand(child, frame)
            return frame
        child_for = self.lookup(frame.payload)
        if child_for is None:
            return frame
        self.hand(child_for, frame)
        return None

    def _from_outside(self, frame: Frame) -> bool:
        """Whether no child sent it (ipvlan_external_frame): a question of the parent's own that a switch sent back is."""
        if frame.src != self.parent.mac:
            return True
        payload = frame.payload
        return (payload.sender_ip if isinstance(payload, Arp) else payload.src) not in self.by_address

    def send(self, child: Ipvlan, frame: Frame) -> None:
        """A child sends a frame."""
        if self.mode == "l2":
            self._send_l2(child, frame)
        else:
            self._send_l3(child, frame)

    def _send_l2(self, child: Ipvlan, frame: Frame) -> None:
        if frame.dst == frame.src and self.flag != "vepa":
            sibling = self.lookup(frame.payload)
            if sibling is None:
                # Not a child's address: up to the parent's own stack.
                self.parent.kernel.schedule(HANDOVER, self.parent.receive, frame)
            elif self.flag == "private":
                sibling.drop(frame, Reason.IPVLAN_PRIVATE)
            else:
                self.hand(sibling, frame)
            return
        if frame.dst[1] in "13579bdf":
            for sibling in list(self.children):
                if sibling is not child and sibling.up:
                    self.hand(sibling, frame)
            self.parent.transmit(frame)
            self._note_isolation(child, frame)
            return
        self.parent.transmit(frame)

    def _note_isolation(self, child: Ipvlan, frame: Frame) -> None:
        """Say where a question ends that is for the parent's own stack."""
        address = asked_for(frame.payload)
        if any(a.address == address for a in self.parent.addresses):
            self.parent.drop(
                frame, Reason.IPVLAN_PARENT_ISOLATION, f"{self.parent.name} is the parent of {child.name}"
            )

    def _send_l3(self, child: Ipvlan, frame: Frame) -> None:
        packet = frame.payload
        if type(packet) is not IpPacket:
            child.drop(frame, Reason.ARP_SUPPRESSED)
            return
        if self.flag != "vepa":
            sibling = self.by_address.get(packet.dst)
            if sibling is not None:
                if self.flag == "private":
                    sibling.drop(frame, Reason.IPVLAN_PRIVATE)
                else:
                    self.hand(sibling, frame)
                return
        if ip.is_multicast(packet.dst) or packet.dst in child.namespace.stack.broadcasts:
            child.drop(frame, Reason.IPVLAN_L3_NO_BROADCAST)
            return
        self.parent.namespace.stack.output_for_child(self.parent, packet, frame.trace)

    def note_parent_question(self, frame: Frame, address: str) -> None:
        """The parent's own stack asks: its children do not hear it."""
        child = self.by_address.get(address)
        if child is not None:
            reason = Reason.IPVLAN_PARENT_ISOLATION if self.mode == "l2" else Reason.ARP_SUPPRESSED
            child.drop(frame, reason, f"{self.parent.name} is the parent of {child.name}")

    def hand(self, child: Ipvlan, frame: Frame) -> None:
        """Give a frame to a child."""
        kernel = self.parent.kernel
        if not child.up:
            child.drop(frame, Reason.DEVICE_DOWN)
            return
        frame.trace.add((kernel.now, child.namespace, self.parent, Action.IPVLAN, child, None))
        kernel.schedule(HANDOVER, child.receive, frame)


class Ipvlan(Device):
    """A child interface that shares its parent's MAC."""

    kind = "ipvlan"
    reports_state = False

    def __init__(
        self, namespace: Namespace, name: str, link: Device, mode: str, flag: str, txqueuelen: int
    ) -> None:
        if mode not in MODES or flag not in FLAGS:
            raise KernelError("EINVAL", f"ipvlan mode {mode} flag {flag}")
        parent: Device = link.parent if isinstance(link, Ipvlan) else link
        if parent.kind == "loopback":
            raise KernelError("EINVAL", "loopback cannot be a parent")
        port = parent.ipvlan_port
        if port is None:
            port = IpvlanPort(parent)
            parent.take_receiver(port.receive)
            parent.ipvlan_port = port
        super().__init__(namespace, name, parent.mac, parent.mtu, txqueuelen)
        self.mac_origin = 0
        self.parent: Device = parent
        self.port_of_parent = port
        self.dev_id = port.take_id()
        port.children.append(self)
        port.set_mode(mode, flag)

    @property
    def mode(self) -> str:
        """ "l2", "l3" or "l3s": one for all children of a parent."""
        return self.port_of_parent.mode

    @property
    def flag(self) -> str:
        """ "bridge", "private" or "vepa": one for all children of a parent."""
        return self.port_of_parent.flag

    @property
    def link(self) -> Device | None:
        return self.parent

    def compute_carrier(self) -> bool:
        return self.up and self.parent.carrier

    def set_mac(self, mac: str) -> None:
        raise KernelError("EOPNOTSUPP", "an ipvlan child has its parent's MAC address")

    def check_address(self, address: str) -> None:
        other = self.port_of_parent.by_address.get(address)
        if other is not None and other is not self:
            said = "Address already assigned to an ipvlan device"
            raise KernelError("EADDRINUSE", f"{address} belongs to another child of {self.parent.name}", said)

    def address_changed(self, address: str, present: bool) -> None:
        """Keep the parent's table of children's addresses."""
        table = self.port_of_parent.by_address
        if present:
            table[address] = self
        elif table.get(address) is self:
            del table[address]

    def _send(self, frame: Frame) -> None:
        self.port_of_parent.send(self, frame)

    def _detach(self) -> None:
        port = self.port_of_parent
        port.children.remove(self)
        for address in [a for a, child in port.by_address.items() if child is self]:
            del port.by_address[address]
        if not port.children:
            self.parent.release_receiver()
            self.parent.ipvlan_port = None
