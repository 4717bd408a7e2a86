"""UDP sockets. Nothing blocks: sending enqueues, what comes in is collected or given to a callback."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import addresses as ip
from .device import Device
from .errors import KernelError
from .frames import UDP, IpPacket, Udp, packet
from .icmp import IcmpNotice
from .reasons import Reason
from .sockets import SocketInfo, accepts, check_size, free_port, may_not_be_cut, overlap
from .trace import Action, Trace

if TYPE_CHECKING:
    from .stack import Stack


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
        # Whom a connected socket speaks to: it hears nobody else.
        self.peer: tuple[str, int] | None = None
        self.dev: Device | None = None
        self.reuse = False
        self.v6only = False
        self.broadcast = False
        self.owner = ""
        self.received: list[Datagram] = []
        self.errors: list[IcmpNotice] = []
        self.on_datagram: Callable[[UdpSocket, bytes, tuple[str, int]], object] | None = None
        # Called when an ICMP error was added to ``errors``.
        self.on_error: Callable[[], object] | None = None

    def bind(
        self, address: str | None = None, port: int = 0, dev: Device | None = None, reuse: bool = False
    ) -> None:
        """Listen on an address and port (EADDRINUSE, EADDRNOTAVAIL); port 0 takes a free one."""
        self._stack.udp.bind(self, ip.canonical(address or ip.ANY[self.family]), port, dev, reuse)

    def connect(self, address: str, port: int) -> None:
        """Choose the one peer to speak to, and the address and port to do it from (ENETUNREACH, EHOSTUNREACH)."""
        address = ip.canonical(address)
        if not self.port:
            result = self._stack.routing.get(address, None, self.dev)
            self.bind(result.src, 0, self.dev)
        self.peer = (address, port)

    def sendto(
        self,
        data: bytes,
        address: str,
        port: int,
        ttl: int = 64,
        df: bool | None = None,
        source: str | None = None,
    ) -> int:
        """Send a datagram; ``df`` as for ``EchoSocket.send``.

        Args:
            source: the address to send from, if not the socket's own (ip(7), IP_PKTINFO).

        Returns:
            The id of its record.

        Raises:
            KernelError: ENETUNREACH, EHOSTUNREACH, EACCES, EMSGSIZE, EINVAL, EPERM.
        """
        stack = self._stack
        address = ip.canonical(address)
        if not self.port:
            self.bind(self.address, 0, self.dev)
        src = source or (None if self.address in ip.ANY.values() else self.address)
        result = stack.routing.get(address, src, self.dev)
        if result.kind == "broadcast" and not self.broadcast:
            raise KernelError("EACCES", f"{address} is a broadcast address")
        if result.src is None:
            raise KernelError("ENETUNREACH", f"{stack.namespace.name} has no address to send from")
        datagram = Udp(self.port, port, data)
        p = packet(result.src, address, UDP, datagram, ttl, may_not_be_cut(df, datagram.length, result))
        check_size(p, result)
        trace = stack.kernel.new_trace(p, stack.udp.current)
        if not stack.internet.send(p, trace, result):
            raise KernelError("EPERM", "the OUTPUT chain drops it")
        return trace.id

    def info(self) -> SocketInfo:
        """The socket for ss."""
        state = "ESTABLISHED" if self.peer else "UNCONN"
        peer, port = self.peer or (None, None)
        return SocketInfo(
            "udp", state, self.family, self.address, self.port, peer, port, self.owner, 0, self.v6only
        )

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
        return [s.info() for sockets in self._ports.values() for s in sockets]

    def receive(self, dev: Device, p: IpPacket, trace: Trace) -> None:
        """A datagram came in."""
        stack = self._stack
        udp = p.payload
        assert type(udp) is Udp
        fits = [
            s for s in self._ports.get(udp.dport, ())
            if (s.dev is None or s.dev is dev) and accepts(s.address, s.family, p.dst, p.v6)
            and s.peer in (None, (p.src, udp.sport))
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
        fits.sort(
            key=lambda s: (s.peer is not None, s.dev is not None, s.address not in ip.ANY.values()),
            reverse=True,
        )
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
                if notice.kind != "redirect":
                    # The kernel heeds that one itself.
                    socket.errors.append(notice)
                    if socket.on_error is not None:
                        socket.on_error()
                return True
        return False
