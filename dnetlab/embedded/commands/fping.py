"""``fping`` in its own form (5.1): many targets at once, results in the order of their answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

from dnetlab.embedded.kernel import KernelError

from .fping_options import TICK, Settings, generate, read_options
from .ping import shown_rtt
from .process import Process, Program, Wait
from .registry import command
from .resolve import ResolveError, canonical, resolve, reverse
from .virtual import read_file

if TYPE_CHECKING:
    from dnetlab.embedded.kernel import EchoSocket, IcmpNotice, Probe

ERROR_TEXTS = {
    "net-unreachable": "ICMP Network Unreachable",
    "host-unreachable": "ICMP Host Unreachable",
    "port-unreachable": "ICMP Port Unreachable",
    "frag-needed": "ICMP Unreachable (Fragmentation Needed)",
    "net-prohibited": "ICMP Unreachable (Communication with Network Prohibited)",
    "host-prohibited": "ICMP Unreachable (Communication with Host Prohibited)",
    "admin-prohibited": "ICMP Unreachable (Communication Administratively Prohibited)",
    "ttl-exceeded": "ICMP Time Exceeded",
}


@dataclass(slots=True)
class Target:
    """One target and what became of it."""

    name: str
    address: str
    due: float = 0.0
    timeout: float = 0.5
    sent: int = 0
    probes: list[Probe] = field(default_factory=list)
    waiting: bool = False
    times: list[float | None] = field(default_factory=list)
    alive: bool = False
    done: bool = False


@command("fping")
def fping(p: Process) -> Program:
    """fping [OPTIONS] TARGET...: 0 all are alive, 1 some are not, 2 a name has no address."""
    s, rest = read_options(p)
    names = generate(p, rest) if s.generate else rest
    if s.file is not None and s.file != "-":
        data = read_file(p, s.file)
        if isinstance(data, str):
            p.fail(f"fping: fopen : {data}", 4)
        lines = [line.split() for line in data.decode("utf-8", "replace").split("\n")]
        names = [words[0] for words in lines if words and not words[0].startswith("#")]
    elif not names and not s.generate:
        names = (yield from p.read_all()).decode("utf-8", "replace").split()
        if not names:
            return 1
    unknown = False
    targets: list[Target] = []
    for name in names:
        try:
            addresses = yield from resolve(p, name, s.family)
        except ResolveError as error:
            p.err(f"{name}: {error}\n")
            unknown = True
            continue
        shown = addresses[0] if s.addresses else name
        if s.names and canonical(name) is not None:
            shown = (yield from reverse(p, addresses[0])) or name
        targets.append(Target(shown, addresses[0]))
    if not targets:
        return 2
    sockets = {f: p.ns.echo_socket(f) for f in {6 if ":" in t.address else 4 for t in targets}}
    try:
        return (yield from _Run(p, s, targets, sockets, unknown).run())
    finally:
        for socket in sockets.values():
            socket.close()


class _Run:
    def __init__(
        self, p: Process, s: Settings, targets: list[Target], sockets: dict[int, EchoSocket], unknown: bool
    ) -> None:
        self.p, self.s, self.targets, self.sockets, self.unknown = p, s, targets, sockets, unknown
        self.kernel = p.context.kernel
        self.width = max(len(t.name) for t in targets)
        self.seq = 0
        self.stopped = False
        self.asked: dict[int, tuple[Target, int, list[int]]] = {}
        self.news: list[Probe] = []
        for socket in sockets.values():
            socket.on_event = self.news.append
        self.last_sent = -1.0
        self.sent = self.received = self.other = self.timeouts = 0

    def run(self) -> Program:
        s, kernel = self.s, self.kernel
        self.p.handlers["INT"] = self._stop
        start = kernel.now
        for number, target in enumerate(self.targets):
            target.due = start + number * s.interval
            target.timeout = s.timeout or 0.5
        queue = [(target.due, number) for number, target in enumerate(self.targets)]
        heapify(queue)
        while not self.stopped and queue:
            now = kernel.now
            self._collect()
            while queue and (queue[0][0] <= now + 1e-9 or self.targets[queue[0][1]].done):
                _, number = heappop(queue)
                target = self.targets[number]
                if not target.done:
                    self._step(target)
                target.waiting = not target.done
                if target.waiting:
                    heappush(queue, (target.due, number))
            if queue:
                # Answers come within a tick; what stays silent is only looked at when its time is up.
                nearest = queue[0][0]
                fresh = now - self.last_sent < TICK
                yield Wait(until=min(nearest, now + TICK) if fresh else nearest)
        self._collect()
        return self._summary(start)

    def _stop(self) -> None:
        self.stopped = True

    def _step(self, target: Target) -> None:
        """A target's moment: the timeout of its last request, or the next one."""
        s = self.s
        if s.count is not None:
            if target.sent > len(target.times):
                self._timed_out(target)
            if target.sent >= s.count:
                target.done = True
                return
            self._send(target)
            last = target.sent >= s.count
            target.due = self.kernel.now + (target.timeout if last else s.period)
            return
        if target.sent > s.retries:
            target.done = True
            self.timeouts += 1
            return
        if target.sent:
            self.timeouts += 1
        self._send(target)
        target.due = self.kernel.now + target.timeout
        target.timeout *= s.backoff

    def _send(self, target: Target) -> None:
        s = self.s
        self.seq += 1
        target.sent += 1
        self.sent += 1
        self.last_sent = self.kernel.now
        socket = self.sockets[6 if ":" in target.address else 4]
        try:
            probe = socket.send(target.address, seq=self.seq & 0xFFFF, size=s.size, ttl=s.ttl)
        except KernelError as error:
            if not s.quiet:
                self.p.err(f"{target.name} error while sending ping: {error.text}\n")
            return
        self.asked[id(probe)] = (target, len(target.probes), [0, 0, 0])
        target.probes.append(probe)

    def _collect(self) -> None:
        """Take in what came since the last time, in the order in which it came."""
        if not self.news:
            return
        news = self.news.copy()
        self.news.clear()
        for probe in news:
            if id(probe) not in self.asked:
                continue
            target, number, taken = self.asked[id(probe)]
            if len(probe.redirects) > taken[2]:
                taken[2] += 1
                self._tell("ICMP Redirect", target, probe.redirects[taken[2] - 1])
                continue
            if not target.waiting:
                continue
            if len(probe.replies) > taken[0]:
                reply = probe.replies[taken[0]]
                taken[0] += 1
                self._reply(target, number, shown_rtt(reply.rtt, reply.trace_id), reply.size)
            elif len(probe.errors) > taken[1]:
                taken[1] += 1
                self._error(target, probe.errors[taken[1] - 1])

    def _reply(self, target: Target, number: int, rtt: float, size: int) -> None:
        s, p = self.s, self.p
        self.received += 1
        ms = rtt * 1000
        if s.count is not None:
            while len(target.times) < number:
                target.times.append(None)
            if len(target.times) > number:
                return
            target.times.append(ms)
            target.alive = True
            if not s.quiet:
                p.out(
                    f"{s.stamp(p)}{target.name:<{self.width}} : [{number}], {size + 8} bytes, {_ms(ms)} ms ({self._so_far(target)})\n"
                )
            return
        if target.alive:
            return
        target.alive = target.done = True
        target.times.append(ms)
        if s.show_unreachable or (s.quiet and not s.show_alive):
            return
        if s.show_alive:
            p.out(target.name + (f" ({_ms(ms)} ms)" if s.elapsed else "") + "\n")
        else:
            p.out(f"{target.name} is alive" + (f" ({_ms(ms)} ms)" if s.elapsed else "") + "\n")

    def _error(self, target: Target, notice: IcmpNotice) -> None:
        self.other += 1
        self._tell(ERROR_TEXTS.get(notice.kind, "ICMP Unreachable"), target, notice)

    def _tell(self, text: str, target: Target, notice: IcmpNotice) -> None:
        # Of what comes for IPv6 it says nothing.
        if not self.s.quiet and not notice.about.v6:
            self.p.err(f"{text} from {notice.source} for ICMP Echo sent to {target.name}\n")

    def _timed_out(self, target: Target) -> None:
        number = len(target.times)
        target.times.append(None)
        self.timeouts += 1
        if not self.s.quiet:
            self.p.out(
                f"{self.s.stamp(self.p)}{target.name:<{self.width}} : [{number}], timed out ({self._so_far(target)})\n"
            )

    def _so_far(self, target: Target) -> str:
        good = [t for t in target.times if t is not None]
        lost = 100 * (len(target.times) - len(good)) // max(len(target.times), 1)
        return f"{_ms(sum(good) / len(good)) if good else 'NaN'} avg, {lost}% loss"

    def _summary(self, start: float) -> int:
        s, p = self.s, self.p
        if s.count is not None:
            if not s.quiet:
                p.err("\n")
            for target in self.targets:
                p.err(self._line(target))
        else:
            for target in self.targets:
                if not target.alive and not s.show_alive and not (s.quiet and not s.show_unreachable):
                    p.out(target.name + ("" if s.show_unreachable else " is unreachable") + "\n")
        if s.stats:
            self._statistics(start)
        if self.unknown:
            return 2
        return 0 if all(t.alive for t in self.targets) else 1

    def _line(self, target: Target) -> str:
        name = f"{target.name:<{self.width}} : "
        good = [t for t in target.times if t is not None]
        if self.s.vcount:
            return name + " ".join("-" if t is None else _ms(t) for t in target.times) + "\n"
        lost = 100 * (target.sent - len(good)) // max(target.sent, 1)
        text = f"{name}xmt/rcv/%loss = {target.sent}/{len(good)}/{lost}%"
        if good:
            text += f", min/avg/max = {_ms(min(good))}/{_ms(sum(good) / len(good))}/{_ms(max(good))}"
        return text + "\n"

    def _statistics(self, start: float) -> None:
        alive = sum(t.alive for t in self.targets)
        times = [t for target in self.targets for t in target.times if t is not None]
        rows = [
            (len(self.targets), "targets"),
            (alive, "alive"),
            (len(self.targets) - alive, "unreachable"),
            (0, "unknown addresses"),
        ]
        text = "\n" + "".join(f"{n:>8} {words}\n" for n, words in rows) + "\n"
        rows = [
            (self.timeouts, "timeouts (waiting for response)"),
            (self.sent, "ICMP Echos sent"),
            (self.received, "ICMP Echo Replies received"),
            (self.other, "other ICMP received"),
        ]
        text += "".join(f"{n:>8} {words}\n" for n, words in rows) + "\n"
        if times:
            named = ((min(times), "min"), (sum(times) / len(times), "avg"), (max(times), "max"))
            text += "".join(f" {_ms(value)} ms ({name} round trip time)\n" for value, name in named)
        text += f"{self.kernel.now - start:>13.3f} sec (elapsed real time)\n\n"
        self.p.err(text)


def _ms(value: float) -> str:
    """Milliseconds with three significant digits, as fping's sprint_tm."""
    if value < 1:
        return f"{value:.3f}"
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"
