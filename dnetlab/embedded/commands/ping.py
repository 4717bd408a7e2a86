"""``ping`` in iputils' form (20240905)."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import sqrt
from typing import TYPE_CHECKING

from dnetlab.embedded.kernel import KernelError

from .ping_options import Settings, read_options
from .process import Process, Program, Wait
from .registry import command
from .resolve import ResolveError, canonical, resolve, reverse
from .streams import Condition
from .usage import PING_USAGE

if TYPE_CHECKING:
    from dnetlab.embedded.kernel import Device, EchoReply, EchoSocket, IcmpNotice, Probe

TIMING_SIZE = 16
"""Data bytes that hold a time stamp; smaller requests are not timed."""

LINGER = 10.0
"""Seconds that ping waits for the first reply where -W does not say (MAXWAIT)."""


PMTU = {None: None, "want": None, "do": True, "probe": True, "dont": False}
"""-M as the DF flag; None is the kernel's choice."""


@dataclass(slots=True)
class Tally:
    """What was sent and what came back."""

    sent: int = 0
    received: int = 0
    duplicates: int = 0
    errors: int = 0
    times: list[float] = field(default_factory=list)
    pipe: int = 1
    first: float = 0.0
    last: float = 0.0

    def acknowledge(self, seq: int) -> None:
        """How many requests were under way at once ("pipe N")."""
        self.pipe = max(self.pipe, self.sent - seq + 1)


BROADCAST_HINT = "ping: Do you want to ping broadcast? Then -b. If not, check your local firewall rules"


@command("ping", "ping6")
def ping(p: Process) -> Program:
    """ping [OPTIONS] DESTINATION."""
    settings, rest = read_options(p)
    if not rest:
        p.fail("ping: usage error: Destination address required", 2)
    if len(rest) > 1:
        p.fail(PING_USAGE, 2)
    target = rest[0]
    bare, _, zone = target.partition("%")
    if zone and ":" in bare:
        if zone not in p.ns.devices:
            p.fail(f"ping: {target}: Name or service not known", 2)
        settings.zone = zone
    try:
        addresses = yield from resolve(p, bare if zone else target, settings.family)
    except ResolveError as error:
        p.fail(f"ping: {target}: {error}", 2)
    # A destination of zeros is this machine.
    address = {"0.0.0.0": "127.0.0.1"}.get(addresses[0], addresses[0])
    if canonical(bare) is not None:
        settings.numeric = True
    return (yield from _Run(p, settings, target, address).run())


class _Run:
    """One ping from its first line to its last."""

    def __init__(self, p: Process, settings: Settings, target: str, address: str) -> None:
        self.p, self.s, self.target, self.address = p, settings, target, address
        self.kernel = p.context.kernel
        self.v6 = ":" in address
        self.tally = Tally()
        self.probes: list[Probe] = []
        self.seen: dict[int, tuple[int, int]] = {}
        self.told: dict[int, int] = {}
        self.open: dict[int, Probe] = {}
        self.names: dict[str, str | None] = {}
        self.dev: Device | None = p.ns.devices[settings.zone] if settings.zone else None
        self.shown = f"{address}%{settings.zone}" if settings.zone else address
        self.source: str | None = None
        self.stopped = False
        self.came = Condition()

    def run(self) -> Program:
        p = self.p
        self._bind()
        # The source is found by connecting a socket, before anything is printed.
        self._connect()
        p.handlers["INT"] = p.handlers["QUIT"] = self._stop
        socket = p.ns.echo_socket(6 if self.v6 else 4)
        socket.on_event = lambda _: self.came.notify()
        try:
            self._header()
            yield from self._exchange(socket)
        finally:
            socket.close()
        return self._summary()

    def _stop(self) -> None:
        self.stopped = True

    def _bind(self) -> None:
        word = self.s.interface
        if word is None:
            return
        known = canonical(word)
        if known is not None:
            if not any(a.address == known for d in self.p.ns.devices.values() for a in d.addresses):
                self.p.fail("ping: bind: Cannot assign requested address", 2)
            self.source = known
            return
        device = self.p.ns.devices.get(word)
        if device is None:
            self.p.fail(
                f"ping: SO_BINDTODEVICE {word}: No such device"
                if not self.v6
                else f"ping: unknown iface: {word}",
                2,
            )
        self.dev = device

    def _connect(self) -> None:
        try:
            found = self.p.ns.route_get(self.address, src=self.source, dev=self.dev)
        except KernelError as error:
            if error.errno == "EACCES":
                self.p.fail(BROADCAST_HINT, 2)
            self.p.fail(f"ping: connect: {error.text}", 2)
        if found.kind == "unreachable":
            self.p.fail("ping: connect: No route to host", 2)
        if found.kind == "broadcast" and not self.s.broadcast:
            self.p.fail(BROADCAST_HINT, 2)
        if found.src is None and self.source is None:
            self.p.fail("ping: connect: Network is unreachable", 2)
        if found.kind == "broadcast":
            self.p.err("WARNING: pinging broadcast address\n")
        self.found_source = self.source or found.src

    def _header(self) -> None:
        s = self.s
        if self.p.busybox:
            self.p.out(f"PING {self.target} ({self.address}): {s.size} data bytes\n")
            return
        if s.pattern:
            self.p.out(f"PATTERN: 0x{s.pattern}\n")
        text = f"PING {self.target} ({self.shown}) "
        if s.interface is not None:
            name = "" if self.source is not None else f"{s.interface}"
            text += f"from {self.found_source} {name}: "
        self.p.out(
            text + (f"{s.size} data bytes\n" if self.v6 else f"{s.size}({s.size + 28}) bytes of data.\n")
        )

    def _exchange(self, socket: EchoSocket) -> Program:
        s, kernel, tally = self.s, self.kernel, self.tally
        tally.first = next_send = kernel.now
        end = None if s.deadline is None else kernel.now + s.deadline
        linger: float | None = None
        while not self.stopped:
            now = kernel.now
            if self._news():
                yield from self._collect()
            if s.count is not None and tally.received + tally.errors >= s.count:
                break
            if end is not None and now >= end - 1e-9:
                break
            may_send = s.count is None or tally.sent < s.count or s.deadline is not None
            if may_send and (now >= next_send - 1e-9 or (s.adaptive and self._all_answered())):
                self._send(socket)
                next_send = kernel.now + s.interval
                linger = None
            if not (s.count is None or tally.sent < s.count or s.deadline is not None):
                if linger is None:
                    linger = kernel.now + self._patience()
                if kernel.now >= linger - 1e-9:
                    break
                wake: float | None = linger
            else:
                wake = next_send
            if end is not None:
                wake = min(wake or end, end)
            if not self._news():
                yield Wait(until=wake, conditions=(self.came,))
        yield from self._collect()
        return None

    def _patience(self) -> float:
        """How long ping waits after its last request: twice the longest reply, else -W, else ten seconds."""
        if self.tally.received:
            return max(2 * max(self.tally.times, default=0.0), self.s.interval)
        return self.s.timeout if self.s.timeout is not None else LINGER

    def _all_answered(self) -> bool:
        return self.tally.sent > 0 and all(probe.answered for probe in self.open.values())

    def _send(self, socket: EchoSocket) -> None:
        s, tally = self.s, self.tally
        tally.sent += 1
        tally.last = self.kernel.now
        if (
            s.outstanding
            and tally.sent > 1
            and tally.sent - 1 in self.open
            and not self.open[tally.sent - 1].answered
        ):
            self.p.out(f"no answer yet for icmp_seq={tally.sent - 1}\n")
        try:
            probe = socket.send(
                self.address, seq=tally.sent & 0xFFFF, size=s.size, ttl=s.ttl,
                df=PMTU[s.pmtu], src=self.source, dev=self.dev, broadcast=s.broadcast,
            )  # fmt: skip
        except KernelError as error:
            tally.errors += 1
            self.p.err(f"ping: sendmsg: {error.text}\n")
            return
        self.open[tally.sent] = probe
        self.seen[tally.sent] = (0, 0)
        # A probe of long ago is not looked at any more; the list stays short in endless pings.
        self.open.pop(tally.sent - 1000, None)

    def _news(self) -> bool:
        for seq, probe in self.open.items():
            replies, errors = self.seen[seq]
            if len(probe.replies) > replies or len(probe.errors) > errors:
                return True
            if len(probe.redirects) > self.told.get(seq, 0):
                return True
        return False

    def _collect(self) -> Program:
        for seq, probe in list(self.open.items()):
            for notice in probe.redirects[self.told.get(seq, 0) :]:
                yield from self._redirect(notice, seq)
            self.told[seq] = len(probe.redirects)
            replies, errors = self.seen[seq]
            if len(probe.replies) == replies and len(probe.errors) == errors:
                continue
            self.seen[seq] = (len(probe.replies), len(probe.errors))
            for reply in probe.replies[replies:]:
                yield from self._reply(reply, seq)
            for notice in probe.errors[errors:]:
                yield from self._error(notice, seq)
        return None

    def _reply(self, reply: EchoReply, seq: int) -> Program:
        tally, s = self.tally, self.s
        if reply.duplicate:
            tally.duplicates += 1
        else:
            tally.received += 1
            tally.acknowledge(seq)
        tally.last = max(tally.last, reply.time)
        timed = s.size >= TIMING_SIZE
        if timed:
            rtt = shown_rtt(reply.rtt, reply.trace_id)
            tally.times.append(rtt)
        if s.quiet:
            return None
        if self.p.busybox:
            shown = f"{reply.size + 8} bytes from {reply.source}: seq={seq - 1} ttl={reply.ttl}"
            self.p.out(f"{shown} time={rtt * 1000 if timed else 0:.3f} ms\n")
            return None
        who = reply.source if s.numeric and not s.zone else (yield from self._who(reply.source))
        time = f" time={format_time(rtt * 1000)} ms" if timed else ""
        stamp = f"[{self.p.context.wall(reply.time):.6f}] " if s.stamps else ""
        duplicate = " (DUP!)" if reply.duplicate else ""
        self.p.out(
            f"{stamp}{reply.size + 8} bytes from {who}: icmp_seq={seq} ttl={reply.ttl}{time}{duplicate}\n"
        )
        return None

    def _error(self, notice: IcmpNotice, seq: int) -> Program:
        tally = self.tally
        tally.errors += 1
        tally.acknowledge(seq)
        if self.s.quiet or self.p.busybox:
            return None
        who = yield from self._who(notice.source)
        stamp = f"[{self.p.context.wall(notice.time):.6f}] " if self.s.stamps else ""
        self.p.out(f"{stamp}From {who} icmp_seq={seq} {notice.text}\n")
        return None

    def _redirect(self, notice: IcmpNotice, seq: int) -> Program:
        """A router knows a shorter way: a raw socket hears of it, one for echo alone gets an error (ping_err)."""
        if self.p.busybox:
            return None
        if may_ping(self.p):
            yield from self._error(notice, seq)
        elif not self.s.quiet:
            who = yield from self._who(notice.source)
            stamp = f"[{self.p.context.wall(notice.time):.6f}] " if self.s.stamps else ""
            self.p.out(f"{stamp}From {who}: icmp_seq={seq} {notice.text}\n")
        return None

    def _who(self, address: str) -> Program:
        """NAME (ADDRESS), or the address alone."""
        if self.s.numeric:
            return f"{address}%{self.s.zone}" if self.s.zone else address  # type: ignore[return-value]
        if address not in self.names:
            self.names[address] = yield from reverse(self.p, address)
        name = self.names[address]
        return f"{name} ({address})" if name else address  # type: ignore[return-value]

    def _summary(self) -> int:
        t, s = self.tally, self.s
        if self.p.busybox:
            return self._short_summary()
        text = f"\n--- {self.target} ping statistics ---\n{t.sent} packets transmitted, {t.received} received"
        if t.duplicates:
            text += f", +{t.duplicates} duplicates"
        if t.errors:
            text += f", +{t.errors} errors"
        if t.sent:
            lost = (t.sent - t.received) * 100.0 / t.sent
            text += f", {lost:g}% packet loss, time {elapsed(t)}ms"
        text += "\n"
        tail = ""
        if t.received and t.times:
            tail += rtt_line(t.times)
        if t.pipe > 1:
            tail += (", " if tail else "") + f"pipe {t.pipe}"
        if s.adaptive and t.sent > 1 and t.times:
            tail += f", ipg/ewma {elapsed(t) / (t.sent - 1):.3f}/{sum(t.times) / len(t.times) * 1000:.3f} ms"
        self.p.out(text + tail + "\n")
        if not t.received or (s.deadline is not None and s.count is not None and t.received < s.count):
            return 1
        return 0

    def _short_summary(self) -> int:
        """The last lines of busybox's ping."""
        t = self.tally
        lost = 100 * (t.sent - t.received) // max(t.sent, 1)
        text = f"\n--- {self.target} ping statistics ---\n{t.sent} packets transmitted, "
        text += f"{t.received} packets received, {lost}% packet loss\n"
        if t.times:
            ms = [x * 1000 for x in t.times]
            text += f"round-trip min/avg/max = {min(ms):.3f}/{sum(ms) / len(ms):.3f}/{max(ms):.3f} ms\n"
        self.p.out(text)
        return int(not t.received)


def may_ping(p: Process) -> bool:
    """Whether the kernel gives a program of group 0 a socket for echo alone; ping takes a raw one where not."""
    first, last = (int(word) for word in p.ns.sysctl.get("net.ipv4.ping_group_range").split())
    return first <= 0 <= last


def shown_rtt(rtt: float, key: int) -> float:
    """A round-trip time as a busy machine would see it: the model's own plus a few microseconds.

    The model's links are equally fast each time; real ones are not. The addition depends on the packet's number
    alone, so that the same lab shows the same numbers.
    """
    return rtt + 2e-5 + (key * 2654435761 % 2**32) / 2**32 * 4.5e-5


def elapsed(t: Tally) -> int:
    """Milliseconds from the first request to the last event; a real timer is a little late each time."""
    return int((t.last - t.first) * 1000) + max(0, t.sent - 1)


def format_time(ms: float) -> str:
    """A round-trip time with as many digits as iputils gives it."""
    if ms >= 99.95:
        return f"{ms:.0f}"
    if ms >= 9.995:
        return f"{ms:.1f}"
    if ms >= 0.9995:
        return f"{ms:.2f}"
    return f"{ms:.3f}"


def rtt_line(times: list[float]) -> str:
    """The line with minimum, mean, maximum and mean deviation."""
    ms = [t * 1000 for t in times]
    mean = sum(ms) / len(ms)
    deviation = sqrt(max(0.0, sum(x * x for x in ms) / len(ms) - mean * mean))
    return f"rtt min/avg/max/mdev = {min(ms):.3f}/{mean:.3f}/{max(ms):.3f}/{deviation:.3f} ms"
