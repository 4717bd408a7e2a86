"""Sockets for ICMP echo. Nothing blocks: sending enqueues, what comes in is collected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import addresses as ip
from .device import Device
from .errors import KernelError
from .frames import ICMP, ICMPV6, Echo, IpPacket, packet
from .icmp import IcmpNotice
from .reasons import Reason
from .sockets import check_size, may_not_be_cut
from .trace import Action, Trace

if TYPE_CHECKING:
    from .stack import Stack


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
    redirects: list[IcmpNotice] = field(default_factory=list)

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
        # Called with the probe when one reply or one error was added to it.
        self.on_event: Callable[[Probe], object] | None = None

    def send(
        self,
        dst: str,
        seq: int = 1,
        size: int = 56,
        ttl: int = 64,
        df: bool | None = None,
        src: str | None = None,
        dev: Device | None = None,
        broadcast: bool = False,
    ) -> Probe:
        """Send an echo request with ``size`` bytes of data.

        ``df`` True never lets it be fragmented, False always; None is the kernel's own choice (IP_PMTUDISC_WANT): the sender
        alone fragments, by what it knows of the way.

        Raises:
            KernelError: ENETUNREACH, EHOSTUNREACH, EACCES (broadcast not allowed), EMSGSIZE, EINVAL,
                EPERM (the machine's own firewall).
        """
        stack = self._stack
        dst = ip.canonical(dst)
        result = stack.routing.get(dst, src, dev)
        if result.kind == "broadcast" and not broadcast:
            raise KernelError("EACCES", f"{dst} is a broadcast address")
        if result.src is None:
            raise KernelError("ENETUNREACH", f"{stack.namespace.name} has no address to send from")
        proto = ICMPV6 if self.family == 6 else ICMP
        echo = Echo(True, self.ident, seq, size)
        p = packet(result.src, dst, proto, echo, ttl, may_not_be_cut(df, echo.length, result))
        check_size(p, result)
        trace = stack.kernel.new_trace(p)
        probe = self.probes[seq] = Probe(dst, seq, size, stack.kernel.now, trace.id)
        if not stack.internet.send(p, trace, result):
            raise KernelError("EPERM", "the OUTPUT chain drops it")
        return probe

    def close(self) -> None:
        """Stop listening."""
        self._stack.echo.remove(self)


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

    def _probe(self, family: int, ident: int, seq: int) -> tuple[EchoSocket, Probe] | None:
        socket = self._sockets.get((family, ident))
        probe = None if socket is None else socket.probes.get(seq)
        return None if socket is None or probe is None else (socket, probe)

    def receive(self, p: IpPacket, trace: Trace) -> None:
        """An echo reply came in."""
        echo = p.payload
        assert type(echo) is Echo
        kernel = self._stack.kernel
        found = self._probe(6 if p.v6 else 4, echo.ident, echo.seq)
        if found is None:
            trace.add((kernel.now, self._stack.namespace, None, Action.DROP, Reason.NO_RECEIVER, None))
            return
        trace.add((kernel.now, self._stack.namespace, None, Action.DELIVER, "ping", None))
        socket, probe = found
        again = any(reply.source == p.src for reply in probe.replies) or bool(probe.replies)
        probe.replies.append(
            EchoReply(p.src, p.ttl, kernel.now, kernel.now - probe.sent, echo.seq, echo.size, again, trace.id)
        )
        if socket.on_event is not None:
            socket.on_event(probe)

    def receive_error(self, notice: IcmpNotice) -> bool:
        """An ICMP error about an echo request."""
        echo = notice.about.payload
        if type(echo) is not Echo or not echo.request:
            return False
        found = self._probe(6 if notice.about.v6 else 4, echo.ident, echo.seq)
        if found is None:
            return False
        socket, probe = found
        (probe.redirects if notice.kind == "redirect" else probe.errors).append(notice)
        if socket.on_event is not None:
            socket.on_event(probe)
        return True
