"""Looking at whole frames: captures, packet sockets, and questions by ARP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import addresses as ip
from .device import Device
from .errors import KernelError
from .frames import ETH_ARP, Arp, Frame

if TYPE_CHECKING:
    from .namespace import Namespace


@dataclass(frozen=True, slots=True)
class Captured:
    """A frame as it was seen: when, on which device, and whether it came "in" or went "out"."""

    time: float
    dev: Device
    direction: str
    frame: Frame


class Capture:
    """Collects the frames of devices; the newest ``limit`` of them where one is given."""

    def __init__(
        self, devices: list[Device], on_frame: Callable[[Captured], object] | None, limit: int | None
    ) -> None:
        self.frames: list[Captured] = []
        self._devices = devices
        self._on_frame = on_frame
        self._limit = limit
        for device in devices:
            device.tap(self)

    def see(self, device: Device, direction: str, frame: Frame) -> None:
        """Called by the device."""
        seen = Captured(device.kernel.now, device, direction, frame)
        self.frames.append(seen)
        if self._limit is not None and len(self.frames) > self._limit:
            del self.frames[0]
        if self._on_frame is not None:
            self._on_frame(seen)

    def close(self) -> None:
        """Stop looking; the frames stay."""
        for device in self._devices:
            device.untap(self)
        self._devices = []


class PacketSocket:
    """Sends frames as they are and sees those that come in (of one ethertype, where one is given)."""

    def __init__(self, dev: Device, ethertype: int | None) -> None:
        self.dev = dev
        self.ethertype = ethertype
        self.received: list[Frame] = []
        self.on_frame: Callable[[Frame], object] | None = None
        dev.tap(self)

    def see(self, device: Device, direction: str, frame: Frame) -> None:
        """Called by the device."""
        if direction != "in" or frame.vlan or self.ethertype not in (None, frame.ethertype):
            return
        self.received.append(frame)
        if self.on_frame is not None:
            self.on_frame(frame)

    def send(self, frame: Frame) -> None:
        """Send a frame (ENETDOWN)."""
        if not self.dev.up:
            raise KernelError("ENETDOWN", self.dev.name)
        self.dev.transmit(frame)

    def close(self) -> None:
        """Stop listening."""
        self.dev.untap(self)


@dataclass(frozen=True, slots=True)
class ArpReply:
    """An answer to an ARP question; ``rtt`` in seconds."""

    source: str
    mac: str
    time: float
    rtt: float


class ArpProbe:
    """A question to everybody on a link, or to one MAC there, who has an address; all answers are collected."""

    def __init__(self, namespace: Namespace, dev: Device, address: str, src: str | None, to: str) -> None:
        if dev.noarp or dev.kind == "loopback":
            raise KernelError("EOPNOTSUPP", f"{dev.name} is not ARPable")
        if not dev.up:
            raise KernelError("ENETDOWN", dev.name)
        self.address = ip.canonical(address)
        self.source = src or namespace.stack.routing.source(dev, self.address) or "0.0.0.0"
        self.replies: list[ArpReply] = []
        # Called when an answer was added to ``replies``.
        self.on_event: Callable[[], object] | None = None
        self._kernel = namespace.kernel
        self.sent = self._kernel.now
        self._socket = PacketSocket(dev, ETH_ARP)
        self._socket.on_frame = self._frame
        # arping(8) puts the address that it sends to where the kernel puts zeros.
        arp = Arp(1, dev.mac, self.source, to, self.address)
        trace = self._kernel.new_trace(arp)
        self.trace_id = trace.id
        namespace.stack.neighbours.transmit_arp(dev, to, arp, trace)

    def _frame(self, frame: Frame) -> None:
        arp = frame.payload
        # What is for somebody else is seen, too, and passed over (arping.c: sll_pkttype).
        if frame.dst != self._socket.dev.mac and not ip.is_group_mac(frame.dst):
            return
        if type(arp) is Arp and arp.op == 2 and arp.sender_ip == self.address:
            now = self._kernel.now
            self.replies.append(ArpReply(arp.sender_ip, arp.sender_mac, now, now - self.sent))
            if self.on_event is not None:
                self.on_event()

    def close(self) -> None:
        """Stop collecting."""
        self._socket.close()
