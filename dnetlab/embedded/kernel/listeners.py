"""TCP listeners and the connections of a namespace."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from . import addresses as ip
from .errors import KernelError
from .fib import REFUSALS
from .frames import TCP, IpPacket, Tcp, packet
from .icmp import IcmpNotice
from .reasons import Reason
from .sockets import SocketInfo, accepts, free_port, overlap
from .tcp import CONNECTION_KEY, TcpConnection, end_of
from .trace import Action, Trace

if TYPE_CHECKING:
    from .stack import Stack


class Listener:
    """A socket that waits for connections."""

    def __init__(
        self,
        stack: Stack,
        address: str,
        port: int,
        on_accept: Callable[[TcpConnection], object] | None,
        handler: Callable[[bytes], bytes | None] | None,
        v6only: bool,
        backlog: int,
        owner: str,
    ) -> None:
        self._stack = stack
        self.address = address
        self.port = port
        self.on_accept = on_accept
        self.handler = handler
        self.v6only = v6only
        self.backlog = backlog
        self.owner = owner

    @property
    def family(self) -> int:
        return ip.family(self.address)

    def accepted(self, connection: TcpConnection) -> None:
        """A connection is established."""
        if self.handler is not None:
            connection.on_data = self._answer
            connection.on_close = _close_too
        if self.on_accept is not None:
            self.on_accept(connection)

    def _answer(self, connection: TcpConnection, _: bytes) -> None:
        assert self.handler is not None
        response = self.handler(bytes(connection.received))
        if response is not None and connection.connected:
            connection.on_data = None
            connection.send(response)
            connection.close()

    def close(self) -> None:
        """Stop listening; open connections stay."""
        self._stack.tcp.remove_listener(self)


def _close_too(connection: TcpConnection) -> None:
    if connection.error is None:
        connection.close()


class TcpSockets:
    """The TCP connections and listeners of a namespace."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._connections: dict[CONNECTION_KEY, TcpConnection] = {}
        self._listeners: dict[int, list[Listener]] = {}
        self._ports: dict[int, int] = {}
        self.current: Trace | None = None

    def listen(
        self,
        address: str,
        port: int,
        on_accept: Callable[[TcpConnection], object] | None,
        handler: Callable[[bytes], bytes | None] | None,
        v6only: bool,
        backlog: int,
        owner: str,
    ) -> Listener:
        """Listen (EADDRINUSE, EADDRNOTAVAIL); port 0 takes a free one."""
        address = ip.canonical(address)
        if address not in ip.ANY.values() and not self._stack.owns(address):
            raise KernelError("EADDRNOTAVAIL", address)
        if port == 0:
            port = free_port(self._stack, dict.fromkeys([*self._listeners, *self._ports], 1))
        for other in self._listeners.get(port, ()):
            apart = (other.v6only and ip.family(address) == 4) or (v6only and other.family == 4)
            if not apart and overlap(other.address, address):
                raise KernelError("EADDRINUSE", f"{address} port {port}")
        made = Listener(self._stack, address, port, on_accept, handler, v6only, backlog, owner)
        self._listeners.setdefault(port, []).append(made)
        return made

    def connect(
        self, address: str, port: int, src: str | None, src_port: int | None, ttl: int = 64
    ) -> TcpConnection:
        """Begin to connect (ENETUNREACH, EHOSTUNREACH, EADDRNOTAVAIL, EADDRINUSE)."""
        stack = self._stack
        address = ip.canonical(address)
        result = stack.routing.get(address, src)
        if result.kind in ("broadcast", "multicast"):
            raise KernelError("ENETUNREACH", f"{address} is not a host")
        if result.src is None:
            raise KernelError("EADDRNOTAVAIL", f"{stack.namespace.name} has no address to connect from")
        if src_port is None:
            src_port = free_port(stack, dict.fromkeys([*self._listeners, *self._ports], 1))
        made = TcpConnection(stack, (result.src, src_port), (address, port), "SYN-SENT")
        if made.key in self._connections:
            raise KernelError("EADDRINUSE", f"port {src_port}")
        made.ttl = ttl
        self._add(made)
        made.start("S")
        return made

    def _add(self, connection: TcpConnection) -> None:
        self._connections[connection.key] = connection
        port = connection.local[1]
        self._ports[port] = self._ports.get(port, 0) + 1

    def remove(self, connection: TcpConnection) -> None:
        """Forget a connection that is closed."""
        if self._connections.pop(connection.key, None) is not None:
            port = connection.local[1]
            self._ports[port] -= 1
            if not self._ports[port]:
                del self._ports[port]

    def remove_listener(self, listener: Listener) -> None:
        """Forget a listener."""
        found = self._listeners.get(listener.port, [])
        if listener in found:
            found.remove(listener)
            if not found:
                del self._listeners[listener.port]

    def close_all(self) -> None:
        """Forget everything; timers of connections end with them."""
        self._listeners.clear()
        for connection in list(self._connections.values()):
            connection._finish(None)

    def infos(self) -> list[SocketInfo]:
        """The sockets for ss."""
        listed = [
            SocketInfo("tcp", "LISTEN", s.family, s.address, s.port, None, None, s.owner, s.backlog, s.v6only)
            for found in self._listeners.values()
            for s in found
        ]
        return listed + [
            SocketInfo("tcp", c.state, ip.family(c.local[0]), *c.local, *c.remote, c.owner)
            for c in self._connections.values()
        ]

    def receive(self, p: IpPacket, trace: Trace) -> None:
        """A segment came in."""
        stack = self._stack
        segment = p.payload
        assert type(segment) is Tcp
        before, self.current = self.current, trace
        try:
            connection = self._connections.get((p.dst, segment.dport, p.src, segment.sport))
            if connection is not None:
                trace.add(
                    (stack.kernel.now, stack.namespace, None, Action.DELIVER,
                     f"{connection.owner or 'the program'} on TCP port {segment.dport}", None)
                )  # fmt: skip
                connection.segment(segment)
                return
            listener = self._listener(p, segment.dport)
            if listener is not None and segment.flags == "S":
                self._welcome(listener, p, segment, trace)
                return
            text = f"no program on {p.dst} listens on TCP port {segment.dport}"
            trace.add((stack.kernel.now, stack.namespace, None, Action.DROP, Reason.NO_LISTENER, text))
            if "R" not in segment.flags:
                self._refuse(p, segment, trace)
        finally:
            self.current = before

    def _listener(self, p: IpPacket, port: int) -> Listener | None:
        best = None
        for listener in self._listeners.get(port, ()):
            if not accepts(listener.address, listener.family, p.dst, p.v6):
                continue
            if listener.v6only and not p.v6:
                continue
            if best is None or listener.address == p.dst:
                best = listener
        return best

    def _welcome(self, listener: Listener, p: IpPacket, segment: Tcp, trace: Trace) -> None:
        stack = self._stack
        trace.add(
            (stack.kernel.now, stack.namespace, None, Action.DELIVER,
             f"{listener.owner or 'the program'} on TCP port {segment.dport}", None)
        )  # fmt: skip
        made = TcpConnection(stack, (p.dst, segment.dport), (p.src, segment.sport), "SYN-RECV")
        made.listener = listener
        made.owner = listener.owner
        made._expected = segment.seq + 1
        self._add(made)
        made.start("SA")
        made._mss = min(made._mss, segment.mss - 12)

    def _refuse(self, p: IpPacket, segment: Tcp, trace: Trace) -> None:
        stack = self._stack
        result = stack.routing.lookup(p.src)
        if result is None or result.kind in REFUSALS:
            return
        ack = end_of(segment)
        flags, seq = ("R", segment.ack) if "A" in segment.flags else ("RA", 0)
        answer = packet(p.dst, p.src, TCP, Tcp(segment.dport, segment.sport, flags, seq, ack), 64, df=True)
        stack.internet.send(answer, stack.kernel.new_trace(answer, trace), result)

    def receive_error(self, notice: IcmpNotice) -> bool:
        """An ICMP error about a segment sent from here."""
        about = notice.about
        if type(about.payload) is not Tcp:
            return False
        connection = self._connections.get((about.src, about.payload.sport, about.dst, about.payload.dport))
        if connection is None:
            return False
        if notice.kind == "redirect":
            # While the SYN is on its way the program that connects holds the socket (sock_owned_by_user).
            return connection.state != "SYN-SENT"
        connection.failed(notice)
        return True
