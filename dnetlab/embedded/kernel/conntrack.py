"""Connection tracking and the rewriting of addresses (Linux net/netfilter/nf_conntrack_core.c, nf_nat_core.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .frames import ICMP, ICMPV6, TCP, UDP, Echo, IcmpError, IpPacket, Tcp, Udp

if TYPE_CHECKING:
    from .kernel import Kernel

# Source, destination, protocol, source port, destination port (both the identifier for an echo).
Tuple = tuple[str, str, int, int, int]

TIMEOUTS: Final = {ICMP: 30.0, ICMPV6: 30.0, UDP: 30.0, TCP: 120.0}
ESTABLISHED_TIMEOUTS: Final = {ICMP: 30.0, ICMPV6: 30.0, UDP: 120.0, TCP: 432000.0}
PURGE_AT = 20_000


def tuple_of(p: IpPacket) -> Tuple | None:
    """The connection that a packet belongs to, None for what is not tracked."""
    payload = p.payload
    if type(payload) is Echo:
        return (p.src, p.dst, p.proto, payload.ident, payload.ident)
    if type(payload) is Tcp or type(payload) is Udp:
        return (p.src, p.dst, p.proto, payload.sport, payload.dport)
    return None


def inverse(t: Tuple) -> Tuple:
    """The connection as its answers show it."""
    return (t[1], t[0], t[2], t[4], t[3])


def with_ends(p: IpPacket, src: str, dst: str, sport: int, dport: int) -> IpPacket:
    """A packet with other addresses and ports."""
    payload = p.payload
    if type(payload) is Echo:
        payload = Echo(payload.request, sport, payload.seq, payload.size)
    elif type(payload) is Udp:
        payload = Udp(sport, dport, payload.data)
    elif type(payload) is Tcp:
        payload = Tcp(sport, dport, payload.flags, payload.seq, payload.ack, payload.data, payload.mss)
    return IpPacket(src, dst, p.proto, p.ttl, payload, p.length, p.v6, p.df, p.ident)


class Connection:
    """A tracked connection: how its packets look on the way there, and on the way back."""

    __slots__ = (
        "answered", "confirmed", "expires", "natted_dst", "natted_src", "original", "reply", "rewritten",
    )  # fmt: skip

    def __init__(self, original: Tuple, expires: float) -> None:
        self.original = original
        self.reply = inverse(original)
        self.answered = False
        self.confirmed = False
        self.natted_src = False
        self.natted_dst = False
        self.rewritten = False
        self.expires = expires

    @property
    def state(self) -> str:
        """ "ESTABLISHED" once both sides were heard, else "NEW"."""
        return "ESTABLISHED" if self.answered else "NEW"

    def translated(self) -> Tuple:
        """The connection as it looks on the way there behind all rewriting."""
        return inverse(self.reply)


class State:
    """What tracking knows of one packet as it passes the hooks."""

    __slots__ = ("connection", "is_reply", "related")

    def __init__(self, connection: Connection | None, is_reply: bool, related: bool = False) -> None:
        self.connection = connection
        self.is_reply = is_reply
        self.related = related

    @property
    def name(self) -> str:
        """The state as rules see it."""
        if self.connection is None:
            return "INVALID"
        if self.related:
            return "RELATED"
        return "ESTABLISHED" if self.is_reply else self.connection.state


class Conntrack:
    """The connections of a namespace and family."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        # By both ways of a connection; where they are the same, every packet counts as an answer.
        self._table: dict[Tuple, Connection] = {}

    def flush(self) -> None:
        """Forget all connections (``conntrack -F``)."""
        self._table.clear()

    def track(self, p: IpPacket) -> State:
        """Find the connection of a packet, or begin one."""
        payload = p.payload
        if type(payload) is IcmpError:
            return self._related(payload)
        key = tuple_of(p)
        if key is None:
            return State(None, False)
        now = self._kernel.now
        connection = self._table.get(key)
        if connection is not None:
            is_reply = key == connection.reply
            if connection.expires >= now:
                if is_reply:
                    connection.answered = True
                table = ESTABLISHED_TIMEOUTS if connection.answered else TIMEOUTS
                connection.expires = now + table[p.proto]
                if type(payload) is Tcp and ("R" in payload.flags or "F" in payload.flags):
                    connection.expires = now + 10.0
                return State(connection, is_reply)
            self._forget(connection)
        if type(payload) is Echo and not payload.request:
            return State(None, False)
        if type(payload) is Tcp and "R" in payload.flags:
            return State(None, False)
        return State(Connection(key, now + TIMEOUTS[p.proto]), False)

    def _related(self, error: IcmpError) -> State:
        key = tuple_of(error.about)
        if key is None:
            return State(None, False)
        connection = self._table.get(key)
        if connection is not None:
            return State(connection, key != connection.reply, related=True)
        # The quoted packet may have been rewritten: then its inverse is a known answer.
        back = inverse(key)
        connection = self._table.get(back)
        return State(connection, connection is not None and back == connection.reply, connection is not None)

    def unique(self, connection: Connection, wanted: Tuple) -> Tuple:
        """A translation whose answers no other connection claims: the port counts up until it is free."""
        src, dst, proto, sport, dport = wanted
        for _ in range(65535):
            answer = inverse((src, dst, proto, sport, dport))
            taken = self._table.get(answer)
            if taken is None or taken is connection or taken.expires < self._kernel.now:
                break
            sport = sport + 1 if sport < 65535 else 1024
            if proto in (ICMP, ICMPV6):
                dport = sport
        return (src, dst, proto, sport, dport)

    def confirm(self, state: State) -> None:
        """The packet got through: its connection counts from now on."""
        connection = state.connection
        if connection is None or connection.confirmed:
            return
        connection.confirmed = True
        if len(self._table) > PURGE_AT:
            self._purge()
        self._table[connection.reply] = self._table[connection.original] = connection

    def _forget(self, connection: Connection) -> None:
        self._table.pop(connection.original, None)
        self._table.pop(connection.reply, None)

    def _purge(self) -> None:
        now = self._kernel.now
        for connection in {c for c in self._table.values() if c.expires < now}:
            self._forget(connection)
