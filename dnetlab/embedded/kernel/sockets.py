"""Sockets for ICMP echo, UDP and raw frames. Nothing blocks: sending enqueues, what comes in is collected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import addresses as ip
from .device import Device
from .errors import KernelError
from .frames import ETH_ARP, ICMP, ICMPV6, UDP, Arp, Echo, Frame, IpPacket, Udp, packet
from .icmp import IcmpNotice
from .reasons import Reason
from .routes import RouteResult
from .trace import Action, Trace

if TYPE_CHECKING:
    from .namespace import Namespace
    from .stack import Stack

EPHEMERAL = (32768, 60999)


@dataclass(frozen=True, slots=True)
class SocketInfo:
    """A socket as ss(8) lists it; ``peer`` is None for one that is not connected."""

    proto: str
    state: str
    family: int
    local: str
    local_port: int
    peer: str | None
    peer_port: int | None
    owner: str
    backlog: int = 0
    v6only: bool = False


# ICMP echo -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EchoReply:
    """An answer to an echo request; ``time`` is when it came, ``rtt`` how long it took (seconds)."""

    source: str
    ttl: int
    time: float
    rtt: float
    seq: int
    size: int
    duplicate: bool
    trace_id: int


@dataclass(slots=True)
class Probe:
    """An echo request that was sent, and what came of it."""

    dst: str
    seq: int
    size: int
    sent: float
    trace_id: int
    replies: list[EchoReply] = field(default_factory=list)
    errors: list[IcmpNotice] = field(default_factory=list)

    @property
    def answered(self) -> bool:
        """Whether a reply or an error came."""
        return bool(self.replies or self.errors)


class EchoSocket:
    """Sends echo requests under one identifier."""

    def __init__(self, stack: Stack, family: int, ident: int) -> None:
        self._stack = stack
        self.family = family
        self.ident = ident
        self.probes: dict[int, Probe] = {}

    def send(
        self,
        dst: str,
        seq: int = 1,
        size: int = 56,
        ttl: int = 64,
        df: bool = False,
        src: str | None = None,
        dev: Device | None = None,
        broadcast: bool = False,
    ) -> Probe:
        """Send an echo request with ``size`` bytes of data.

        Raises:
            KernelError: ENETUNREACH, EHOSTUNREACH, EACCES (broadcast not allowed), EMSGSIZE, EINVAL.
        """
        stack = self._stack
        dst = ip.canonical(dst)
        result = stack.routing.get(dst, src, dev)
        if result.kind == "broadcast" and not broadcast:
            raise KernelError("EACCES", f"{dst} is a broadcast address")
        if result.src is None:
            raise KernelError("ENETUNREACH", f"{stack.namespace.name} has no address to send from")
        proto = ICMPV6 if self.family == 6 else ICMP
        p = packet(result.src, dst, proto, Echo(True, self.ident, seq, size), ttl, df)
        check_size(stack, p, result)
        trace = stack.kernel.new_trace(p)
        probe = self.probes[seq] = Probe(dst, seq, size, stack.kernel.now, trace.id)
        stack.internet.send(p, trace, result)
        return probe

    def close(self) -> None:
        """Stop listening."""
        self._stack.echo.remove(self)


def check_size(stack: Stack, p: IpPacket, result: RouteResult) -> None:
    """Refuse a packet that may not be fragmented and is larger than the way allows (EMSGSIZE)."""
    if not p.df:
        return
    mtu = stack.path_mtu(p.dst, result.dev)
    if p.length > mtu:
        raise KernelError("EMSGSIZE", f"{p.length} bytes, mtu is {mtu}")


class EchoSockets:
    """The echo sockets of a namespace."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._sockets: dict[tuple[int, int], EchoSocket] = {}

    def open(self, family: int) -> EchoSocket:
        """A socket with an identifier of its own."""
        ident = self._stack.kernel.random.randint(1, 0xFFFF)
        while (family, ident) in self._sockets:
            ident = ident % 0xFFFF + 1
        made = self._sockets[(family, ident)] = EchoSocket(self._stack, family, ident)
        return made

    def remove(self, socket: EchoSocket) -> None:
        """Forget a socket."""
        self._sockets.pop((socket.family, socket.ident), None)

    def close_all(self) -> None:
        """Forget all."""
        self._sockets.clear()

    def _probe(self, family: int, ident: int, seq: int) -> Probe | None:
        socket = self._sockets.get((family, ident))
        return None if socket is None else socket.probes.get(seq)

    def receive(self, p: IpPacket, trace: Trace) -> None:
        """An echo reply came in."""
        echo = p.payload
        assert type(echo) is Echo
        kernel = self._stack.kernel
        probe = self._probe(6 if p.v6 else 4, echo.ident, echo.seq)
        if probe is None:
            trace.add((kernel.now, self._stack.namespace, None, Action.DROP, Reason.NO_RECEIVER, None))
            return
        trace.add((kernel.now, self._stack.namespace, None, Action.DELIVER, "ping", None))
        again = any(reply.source == p.src for reply in probe.replies) or bool(probe.replies)
        probe.replies.append(
            EchoReply(p.src, p.ttl, kernel.now, kernel.now - probe.sent, echo.seq, echo.size, again, trace.id)
        )

    def receive_error(self, notice: IcmpNotice) -> bool:
        """An ICMP error about an echo request."""
        echo = notice.about.payload
        if type(echo) is not Echo or not echo.request:
            return False
        probe = self._probe(6 if notice.about.v6 else 4, echo.ident, echo.seq)
        if probe is None:
            return False
        probe.errors.append(notice)
        return True


# UDP -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Datagram:
    """A datagram that came in; ``to`` is the address it was sent to."""

    data: bytes
    source: str
    port: int
    time: float
    to: str
    trace_id: int


class UdpSocket:
    """A UDP socket."""

    def __init__(self, stack: Stack, family: int) -> None:
        self._stack = stack
        self.family = family
        self.address = ip.ANY[family]
        self.port = 0
        self.dev: Device | None = None
        self.reuse = False
        self.broadcast = False
        self.owner = ""
        self.received: list[Datagram] = []
        self.errors: list[IcmpNotice] = []
        self.on_datagram: Callable[[UdpSocket, bytes, tuple[str, int]], object] | None = None

    def bind(
        self, address: str | None = None, port: int = 0, dev: Device | None = None, reuse: bool = False
    ) -> None:
        """Listen on an address and port (EADDRINUSE, EADDRNOTAVAIL); port 0 takes a free one."""
        self._stack.udp.bind(self, ip.canonical(address or ip.ANY[self.family]), port, dev, reuse)

    def sendto(self, data: bytes, address: str, port: int, ttl: int = 64, df: bool = False) -> int:
        """Send a datagram.

        Returns:
            The id of its record.

        Raises:
            KernelError: ENETUNREACH, EHOSTUNREACH, EACCES, EMSGSIZE, EINVAL.
        """
        stack = self._stack
        address = ip.canonical(address)
        if not self.port:
            self.bind(self.address, 0, self.dev)
        src = None if self.address in ip.ANY.values() else self.address
        result = stack.routing.get(address, src, self.dev)
        if result.kind == "broadcast" and not self.broadcast:
            raise KernelError("EACCES", f"{address} is a broadcast address")
        if result.src is None:
            raise KernelError("ENETUNREACH", f"{stack.namespace.name} has no address to send from")
        p = packet(result.src, address, UDP, Udp(self.port, port, data), ttl, df)
        check_size(stack, p, result)
        trace = stack.kernel.new_trace(p, stack.udp.current)
        stack.internet.send(p, trace, result)
        return trace.id

    def close(self) -> None:
        """Stop listening."""
        self._stack.udp.remove(self)


class UdpSockets:
    """The UDP sockets of a namespace."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._ports: dict[int, list[UdpSocket]] = {}
        # The datagram being handled: what is sent meanwhile was caused by it.
        self.current: Trace | None = None

    def open(self, family: int) -> UdpSocket:
        """A new socket, not bound."""
        return UdpSocket(self._stack, family)

    def bind(self, socket: UdpSocket, address: str, port: int, dev: Device | None, reuse: bool) -> None:
        """Bind a socket (EADDRINUSE, EADDRNOTAVAIL, EINVAL where it is bound)."""
        if socket.port:
            raise KernelError("EINVAL", "the socket is bound")
        if address not in ip.ANY.values() and not self._stack.owns(address) and not ip.is_multicast(address):
            raise KernelError("EADDRNOTAVAIL", address)
        if port == 0:
            port = free_port(self._stack, self._ports)
        for other in self._ports.get(port, ()):
            meets = overlap(other.address, address) and (other.dev is dev or not other.dev or not dev)
            if meets and not (reuse and other.reuse):
                raise KernelError("EADDRINUSE", f"{address} port {port}")
        socket.address, socket.port, socket.dev, socket.reuse = address, port, dev, reuse
        self._ports.setdefault(port, []).append(socket)

    def remove(self, socket: UdpSocket) -> None:
        """Forget a socket."""
        sockets = self._ports.get(socket.port)
        if sockets and socket in sockets:
            sockets.remove(socket)
            if not sockets:
                del self._ports[socket.port]

    def device_removed(self, dev: Device) -> None:
        """A device is gone: sockets bound to it hear nothing any more."""
        for socket in [s for sockets in self._ports.values() for s in sockets if s.dev is dev]:
            self.remove(socket)

    def close_all(self) -> None:
        """Forget all."""
        self._ports.clear()

    def infos(self) -> list[SocketInfo]:
        """The sockets for ss."""
        return [
            SocketInfo("udp", "UNCONN", s.family, s.address, s.port, None, None, s.owner)
            for sockets in self._ports.values()
            for s in sockets
        ]

    def receive(self, dev: Device, p: IpPacket, trace: Trace) -> None:
        """A datagram came in."""
        stack = self._stack
        udp = p.payload
        assert type(udp) is Udp
        fits = [
            s for s in self._ports.get(udp.dport, ())
            if (s.dev is None or s.dev is dev) and accepts(s.address, s.family, p.dst, p.v6)
        ]  # fmt: skip
        to_all = not stack.owns(p.dst)
        if to_all:
            fits = [s for s in self._ports.get(udp.dport, ()) if s.dev is None or s.dev is dev]
        if not fits:
            text = f"no program on {p.dst} listens on UDP port {udp.dport}"
            trace.add((stack.kernel.now, stack.namespace, dev, Action.DROP, Reason.NO_LISTENER, text))
            if not to_all:
                stack.internet.error("port-unreachable", p, trace, dev)
            return
        fits.sort(key=lambda s: (s.dev is not None, s.address not in ip.ANY.values()), reverse=True)
        for socket in fits if to_all else fits[:1]:
            trace.add(
                (stack.kernel.now, stack.namespace, dev, Action.DELIVER,
                 f"{socket.owner or 'the program'} on UDP port {udp.dport}", None)
            )  # fmt: skip
            datagram = Datagram(udp.data, p.src, udp.sport, stack.kernel.now, p.dst, trace.id)
            socket.received.append(datagram)
            if socket.on_datagram is not None:
                before, self.current = self.current, trace
                try:
                    socket.on_datagram(socket, udp.data, (p.src, udp.sport))
                finally:
                    self.current = before

    def receive_error(self, notice: IcmpNotice) -> bool:
        """An ICMP error about a datagram sent from here."""
        about = notice.about
        if type(about.payload) is not Udp:
            return False
        for socket in self._ports.get(about.payload.sport, ()):
            if accepts(socket.address, socket.family, about.src, about.v6):
                socket.errors.append(notice)
                return True
        return False


def overlap(one: str, other: str) -> bool:
    """Whether two bind addresses of a port exclude each other ("::" also stands for all of IPv4)."""
    if one == other or "::" in (one, other):
        return True
    return "0.0.0.0" in (one, other) and ip.family(one) == ip.family(other)


def accepts(bound: str, family: int, dst: str, v6: bool) -> bool:
    """Whether a socket bound to an address takes a packet to another."""
    if bound == dst:
        return True
    return bound == "::" or (bound == "0.0.0.0" and not v6 and family == 4)


def free_port(stack: Stack, used: dict[int, list[UdpSocket]] | dict[int, int]) -> int:
    """A port of the local range that nobody uses (EADDRINUSE when all are taken)."""
    first, last = (int(part) for part in stack.namespace.sysctl.get("net.ipv4.ip_local_port_range").split())
    start = stack.kernel.random.randint(first, last)
    for step in range(last - first + 1):
        port = first + (start - first + step) % (last - first + 1)
        if port not in used:
            return port
    raise KernelError("EADDRINUSE", "all local ports are in use")


# raw frames ----------------------------------------------------------------------------------------------


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
            device.taps.append(self)

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
            if self in device.taps:
                device.taps.remove(self)
        self._devices = []


class PacketSocket:
    """Sends frames as they are and sees those that come in (of one ethertype, where one is given)."""

    def __init__(self, dev: Device, ethertype: int | None) -> None:
        self.dev = dev
        self.ethertype = ethertype
        self.received: list[Frame] = []
        self.on_frame: Callable[[Frame], object] | None = None
        dev.taps.append(self)

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
        if self in self.dev.taps:
            self.dev.taps.remove(self)


# ARP -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ArpReply:
    """An answer to an ARP question; ``rtt`` in seconds."""

    source: str
    mac: str
    time: float
    rtt: float


class ArpProbe:
    """A question to everybody on a link who has an address; all answers are collected."""

    def __init__(self, namespace: Namespace, dev: Device, address: str, src: str | None) -> None:
        if dev.noarp or dev.kind == "loopback":
            raise KernelError("EOPNOTSUPP", f"{dev.name} is not ARPable")
        if not dev.up:
            raise KernelError("ENETDOWN", dev.name)
        self.address = ip.canonical(address)
        self.source = src or namespace.stack.routing.source(dev, self.address) or "0.0.0.0"
        self.replies: list[ArpReply] = []
        self._kernel = namespace.kernel
        self.sent = self._kernel.now
        self._socket = PacketSocket(dev, ETH_ARP)
        self._socket.on_frame = self._frame
        arp = Arp(1, dev.mac, self.source, ip.ZERO_MAC, self.address)
        trace = self._kernel.new_trace(arp)
        self.trace_id = trace.id
        namespace.stack.neighbours.transmit_arp(dev, ip.BROADCAST_MAC, arp, trace)

    def _frame(self, frame: Frame) -> None:
        arp = frame.payload
        if type(arp) is Arp and arp.op == 2 and arp.sender_ip == self.address:
            now = self._kernel.now
            self.replies.append(ArpReply(arp.sender_ip, arp.sender_mac, now, now - self.sent))

    def close(self) -> None:
        """Stop collecting."""
        self._socket.close()
