"""TCP as far as connects, lookups and HTTP need it: handshake, data with acknowledgements, FIN, RST, timeouts.

No windows and no congestion control: a segment that is lost is sent again after a second (RFC 9293, 6298).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .errors import KernelError
from .fib import REFUSALS
from .frames import TCP, Tcp, packet
from .icmp import IcmpNotice
from .kerneltimer import Timer
from .reasons import Reason
from .routes import mtu_of
from .trace import Action

if TYPE_CHECKING:
    from .listeners import Listener
    from .stack import Stack

RTO = 1.0
DATA_RETRIES = 6
CONNECTION_KEY = tuple[str, int, str, int]


class TcpConnection:
    """One end of a connection.

    Attributes:
        state: "SYN-SENT", "SYN-RECV", "ESTABLISHED", "FIN-WAIT", "CLOSE-WAIT", "LAST-ACK" or "CLOSED".
        error: errno name when it ended badly: ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH, ECONNRESET.
        received: all bytes that came in. peer_closed: the other side sends no more.
        local, remote: (address, port). trace_id: the record of its first segment.
    """

    def __init__(self, stack: Stack, local: tuple[str, int], remote: tuple[str, int], state: str) -> None:
        self._stack = stack
        self.local = local
        self.remote = remote
        self.state = state
        self.error: str | None = None
        self.received = bytearray()
        self.peer_closed = False
        self.owner = ""
        self.trace_id = 0
        self.on_connect: Callable[[TcpConnection], object] | None = None
        self.on_data: Callable[[TcpConnection, bytes], object] | None = None
        self.on_close: Callable[[TcpConnection], object] | None = None
        self.listener: Listener | None = None
        self._next = stack.kernel.random.getrandbits(32)
        self._expected = 0
        self._mss = 536
        self._unacked: list[Tcp] = []
        self._tries = 0
        self._timer: Timer | None = None
        self._fin_sent = False
        # Of its segments; the last ICMP error about one.
        self.ttl = 64
        self.notice: IcmpNotice | None = None

    @property
    def key(self) -> CONNECTION_KEY:
        return (*self.local, *self.remote)

    @property
    def connected(self) -> bool:
        """Whether the handshake is done and nothing has ended it."""
        return self.state in ("ESTABLISHED", "CLOSE-WAIT")

    # the program's side ----------------------------------------------------------------------------------

    def send(self, data: bytes) -> None:
        """Send bytes (EPIPE, ENOTCONN)."""
        if self._fin_sent or self.state == "CLOSED":
            raise KernelError("EPIPE", "the connection is closed")
        if not self.connected:
            raise KernelError("ENOTCONN", self.state)
        for start in range(0, len(data), self._mss):
            chunk = data[start : start + self._mss]
            self._push("PA" if start + self._mss >= len(data) else "A", chunk)

    def shutdown(self) -> None:
        """Say that nothing more will be sent."""
        if self._fin_sent or self.state in ("CLOSED", "SYN-SENT"):
            return
        self._fin_sent = True
        self.state = "LAST-ACK" if self.state == "CLOSE-WAIT" else "FIN-WAIT"
        self._push("FA")

    def close(self) -> None:
        """Be done with it: in order where it is open, at once where it is not yet."""
        if self.state in ("SYN-SENT", "SYN-RECV"):
            self._finish(None)
        else:
            self.shutdown()

    def abort(self) -> None:
        """Reset the connection."""
        if self.state != "CLOSED":
            self._emit(Tcp(self.local[1], self.remote[1], "R", self._next, 0))
            self._finish(None)

    # segments --------------------------------------------------------------------------------------------

    def start(self, flags: str) -> None:
        """Send the SYN or SYN-ACK."""
        result = self._stack.routing.lookup(self.remote[0])
        mtu = 1500 if result is None else mtu_of(result)
        self._mss = mtu - (60 if ":" in self.remote[0] else 40) - 12
        self._push(flags)

    def _push(self, flags: str, data: bytes = b"") -> None:
        segment = Tcp(
            self.local[1],
            self.remote[1],
            flags,
            self._next,
            self._expected,
            data,
            self._mss + 12 if "S" in flags else 0,
        )
        self._next += len(data) + ("S" in flags) + ("F" in flags)
        self._unacked.append(segment)
        if self._timer is None:
            self._tries = 0
            self._arm()
        self._emit(segment)

    def _arm(self) -> None:
        self._timer = self._stack.kernel.call_later(RTO * 2**self._tries, self._timeout)

    def _timeout(self) -> None:
        self._timer = None
        if not self._unacked:
            return
        self._tries += 1
        limit = DATA_RETRIES
        if self.state == "SYN-SENT":
            limit = int(self._stack.namespace.sysctl.get("net.ipv4.tcp_syn_retries"))
        if self._tries > limit:
            self._finish("ETIMEDOUT")
            return
        self._arm()
        self._emit(self._unacked[0])

    def _emit(self, segment: Tcp) -> None:
        stack = self._stack
        p = packet(self.local[0], self.remote[0], TCP, segment, self.ttl, df=True)
        trace = stack.kernel.new_trace(p, stack.tcp.current)
        if not self.trace_id:
            self.trace_id = trace.id
        result = stack.routing.lookup(self.remote[0])
        if result is None or result.kind in REFUSALS:
            trace.add((stack.kernel.now, stack.namespace, None, Action.DROP, Reason.NO_ROUTE, self.remote[0]))
            return
        stack.internet.send(p, trace, result)

    def _ack(self) -> None:
        self._emit(Tcp(self.local[1], self.remote[1], "A", self._next, self._expected))

    def segment(self, segment: Tcp) -> None:
        """A segment of this connection came in."""
        if "R" in segment.flags:
            self._finish("ECONNREFUSED" if self.state == "SYN-SENT" else "ECONNRESET")
            return
        if self.state == "SYN-SENT":
            if segment.flags != "SA" or segment.ack != self._next:
                return
            self._acknowledged(segment.ack)
            self._expected = segment.seq + 1
            self._mss = min(self._mss, segment.mss - 12)
            self.state = "ESTABLISHED"
            self._ack()
            if self.on_connect is not None:
                self.on_connect(self)
            return
        if "S" in segment.flags:
            # The other side did not hear our answer: say it again.
            self._emit(self._unacked[0]) if self._unacked else self._ack()
            return
        self._acknowledged(segment.ack)
        if self.state == "SYN-RECV" and not self._unacked:
            self.state = "ESTABLISHED"
            if self.listener is not None:
                self.listener.accepted(self)
        if segment.data or "F" in segment.flags:
            self._data(segment)
        if self._fin_sent and not self._unacked and (self.peer_closed or self.state == "LAST-ACK"):
            self._finish(None)

    def _acknowledged(self, ack: int) -> None:
        before = len(self._unacked)
        while self._unacked and end_of(self._unacked[0]) <= ack:
            self._unacked.pop(0)
        if len(self._unacked) == before:
            return
        self._stack.confirm(self.remote[0])
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._tries = 0
        if self._unacked:
            self._arm()

    def _data(self, segment: Tcp) -> None:
        if segment.seq != self._expected:
            self._ack()
            return
        self._expected = end_of(segment)
        if segment.data:
            self.received += segment.data
        if "F" in segment.flags:
            self.peer_closed = True
            if self.state == "ESTABLISHED":
                self.state = "CLOSE-WAIT"
        self._ack()
        if segment.data and self.on_data is not None:
            self.on_data(self, segment.data)
        if "F" in segment.flags and self.on_close is not None:
            self.on_close(self)

    def failed(self, notice: IcmpNotice) -> None:
        """An ICMP error about a segment of ours."""
        self.notice = notice
        if notice.kind == "frag-needed":
            self._mss = notice.mtu - (60 if notice.about.v6 else 40) - 12
            pending, self._unacked = self._unacked, []
            for old in pending:
                for start in range(0, max(1, len(old.data)), self._mss):
                    piece = Tcp(old.sport, old.dport, old.flags, old.seq + start, old.ack,
                                old.data[start : start + self._mss])  # fmt: skip
                    self._unacked.append(piece)
                    self._emit(piece)
        elif self.state == "SYN-SENT":
            self._finish(notice.errno)

    def _finish(self, error: str | None) -> None:
        if self.state == "CLOSED":
            return
        self.state = "CLOSED"
        self.error = error
        self._unacked.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._stack.tcp.remove(self)
        if error is not None and self.on_close is not None:
            self.on_close(self)


def end_of(segment: Tcp) -> int:
    return segment.seq + len(segment.data) + ("S" in segment.flags) + ("F" in segment.flags)
