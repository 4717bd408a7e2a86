"""``traceroute`` (2.1.6), and busybox's with its own layout."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dnetlab.embedded.kernel import KernelError

from .options import OptionError, parse
from .ping import shown_rtt
from .process import Exit, Process, Program, Wait
from .registry import command
from .resolve import ResolveError, resolve, reverse

if TYPE_CHECKING:
    from dnetlab.embedded.kernel import EchoSocket, Probe, TcpConnection, UdpSocket

FIRST_PORT = 33434
AHEAD = 16
"""Probes that are under way at once (-N)."""
MARKS = {
    "net-unreachable": " !N",
    "host-unreachable": " !H",
    "frag-needed": " !F",
    "net-prohibited": " !N",
    "host-prohibited": " !X",
    "admin-prohibited": " !X",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """Who answered a probe, after how many milliseconds, and traceroute's mark for an error."""

    source: str
    ms: float
    mark: str
    final: bool


@dataclass(slots=True)
class Settings:
    numeric: bool = False
    hops: int = 30
    first: int = 1
    queries: int = 3
    wait: float = 5.0
    family: int | None = None
    method: str = "udp"
    port: int | None = None


@command("traceroute")
def traceroute(p: Process) -> Program:
    """traceroute [-n] [-m HOPS] [-q PROBES] [-w SECONDS] [-I|-T|-U] [-p PORT] HOST."""
    busybox = p.busybox
    s, rest = _settings(p)
    if not rest:
        p.fail(
            "Usage:\n  traceroute [ -46nIT ] [ -f first_ttl ] [ -m max_ttl ] [ -p port ] [ -q nqueries ] [ -w wait ] host",
            2,
        )
    target = rest[0]
    size = (46 if busybox else 60) + (0 if s.family != 6 else 20)
    try:
        address = (yield from resolve(p, target, s.family))[0]
    except ResolveError as error:
        if busybox:
            p.fail(f"traceroute: bad address '{target}'", 1)
        p.fail(
            f'{target}: {error}\nCannot handle "host" cmdline arg `{target}\' on position 1 (argc {len(p.argv) - 1})',
            2,
        )
    try:
        p.ns.route_get(address)
    except KernelError as error:
        p.fail(f"traceroute: sendto: {error.text}" if busybox else f"connect: {error.text}", 1)
    if ":" in address and not busybox:
        size = 80
    p.out(f"traceroute to {target} ({address}), {s.hops} hops max, {size} byte packets\n")
    stopped: list[bool] = []
    p.handlers["INT"] = lambda: stopped.append(True)
    probes = [
        _Probe(p, s, address, hop, number)
        for number, hop in enumerate(h for h in range(s.first, s.hops + 1) for _ in range(s.queries))
    ]
    try:
        return (yield from _rows(p, s, probes, stopped))
    finally:
        for probe in probes:
            probe.close()


def _rows(p: Process, s: Settings, probes: list[_Probe], stopped: list[bool]) -> Generator[Wait, None, int]:
    """Print answers in the order of the probes, which are sent ahead of that."""
    busybox, last, ended = p.busybox, "", False
    for at, probe in enumerate(probes):
        first = at % s.queries == 0
        if first:
            if ended:
                break
            p.out(f"{probe.ttl:>2}" if busybox else f"{probe.ttl:>2} ")
            last = ""
        _send_ahead(probes, at, 1 if busybox else AHEAD)
        answer = yield from probe.answer()
        ended = ended or (answer is not None and answer.final)
        text, last = yield from _cell(p, s, answer, last, busybox)
        p.out(text)
        if stopped:
            p.out("\n")
            return 130
        if at % s.queries == s.queries - 1:
            p.out("\n")
    return 0


def _send_ahead(probes: list[_Probe], at: int, ahead: int) -> None:
    """Send what is not sent yet, as long as few enough are without an answer (-N)."""
    waiting = 0
    for probe in probes[at:]:
        if not probe.sent:
            probe.send()
        waiting += not probe.done
        if waiting >= ahead or probe.final:
            break


def _settings(p: Process) -> tuple[Settings, list[str]]:
    try:
        found, rest = parse(
            p.argv[1:],
            "46dFIlnrTUvVAef:g:i:m:M:N:p:q:s:t:w:z:",
            ("version", "icmp", "tcp", "udp", "max-hops=", "queries=", "wait=", "port=", "first="),
        )
    except OptionError as error:
        p.fail(f"traceroute: {error.text}", 2)
    names = {
        "icmp": "I",
        "tcp": "T",
        "udp": "U",
        "max-hops": "m",
        "queries": "q",
        "wait": "w",
        "port": "p",
        "first": "f",
        "version": "V",
    }
    s = Settings()
    for name, value in ((names.get(n, n), v) for n, v in found):
        if name == "n":
            s.numeric = True
        elif name in "46":
            s.family = int(name)
        elif name == "I":
            s.method = "icmp"
        elif name == "T":
            s.method = "tcp"
        elif name in "mqfp":
            if not value.isdigit() or not 0 < int(value) < 65536:
                p.fail(f"Cannot handle `-{name}' option with arg `{value}' (argc 1)", 2)
            setattr(s, {"m": "hops", "q": "queries", "f": "first", "p": "port"}[name], int(value))
        elif name == "w":
            try:
                s.wait = float(value.split(",")[0])
            except ValueError:
                p.fail(f"Cannot handle `-w' option with arg `{value}' (argc 1)", 2)
        elif name == "V":
            p.err("Modern traceroute for Linux, version 2.1.6\n")
            raise Exit(0)
    if s.hops > 255:
        p.fail("max hops cannot be more than 255", 2)
    if s.queries > 10:
        p.fail("no more than 10 probes per hop", 2)
    return s, rest


def _cell(
    p: Process, s: Settings, answer: Answer | None, last: str, busybox: bool
) -> Generator[Wait, None, tuple[str, str]]:
    if answer is None:
        return "  *" if busybox else " *", last
    text = ""
    if answer.source != last:
        name = None if s.numeric else (yield from reverse(p, answer.source))
        shown = answer.source if s.numeric else f"{name or answer.source} ({answer.source})"
        text = f"  {shown}" if busybox else f" {shown}"
    return f"{text}  {answer.ms:.3f} ms{answer.mark}", answer.source


class _Probe:
    """One packet with a small TTL, and what came of it."""

    def __init__(self, p: Process, s: Settings, address: str, ttl: int, number: int) -> None:
        self.p, self.s, self.address, self.ttl, self.number = p, s, address, ttl, number
        self.sent = self.failed = False
        self.start = 0.0
        self.udp: UdpSocket | None = None
        self.echo: EchoSocket | None = None
        self.asked: Probe | None = None
        self.tcp: TcpConnection | None = None

    def send(self) -> None:
        """Send it; where that fails there is no answer."""
        p, s = self.p, self.s
        self.sent, self.start = True, p.context.kernel.now
        family = 6 if ":" in self.address else 4
        try:
            if s.method == "icmp":
                self.echo = p.ns.echo_socket(family)
                self.asked = self.echo.send(self.address, seq=self.number + 1, size=32, ttl=self.ttl)
            elif s.method == "tcp":
                # It shows the last hop only: the model's TCP sends with its own TTL.
                self.tcp = p.ns.tcp_connect(self.address, s.port or 80)
            else:
                self.udp = p.ns.udp_socket(family)
                self.udp.owner = "traceroute"
                port = min((s.port or FIRST_PORT) + self.number, 65535)
                size = 18 if p.busybox else 32
                self.udp.sendto(bytes(64 + i % 64 for i in range(size)), self.address, port, ttl=self.ttl)
        except KernelError:
            self.failed = True

    @property
    def done(self) -> bool:
        """Whether there is nothing more to wait for."""
        if self.tcp is not None:
            return self.tcp.state != "SYN-SENT"
        if self.asked is not None:
            return self.asked.answered
        return self.failed or (self.udp is not None and bool(self.udp.errors))

    @property
    def final(self) -> bool:
        """Whether the answer says that nothing lies beyond."""
        found = self._answer()
        return found is not None and found.final

    def answer(self) -> Generator[Wait, None, Answer | None]:
        """Wait for the answer; None where none comes in time."""
        end = self.start + self.s.wait
        while not self.done and self.p.context.kernel.now < end - 1e-9:
            yield Wait(until=end, ready=lambda: self.done)
        return self._answer()

    def _answer(self) -> Answer | None:
        if self.tcp is not None:
            if self.tcp.state == "SYN-SENT" or self.tcp.error not in (None, "ECONNREFUSED"):
                return None
            return Answer(self.address, (self.p.context.kernel.now - self.start) * 1000, "", True)
        if self.asked is not None and self.asked.replies:
            reply = self.asked.replies[0]
            return Answer(reply.source, shown_rtt(reply.rtt, reply.trace_id) * 1000, "", True)
        errors = (
            self.asked.errors if self.asked is not None else self.udp.errors if self.udp is not None else []
        )
        if not errors:
            return None
        notice = errors[0]
        took = shown_rtt(notice.time - self.start, notice.trace_id) * 1000
        return Answer(notice.source, took, MARKS.get(notice.kind, ""), notice.kind != "ttl-exceeded")

    def close(self) -> None:
        """Release what it holds."""
        for held in (self.udp, self.echo, self.tcp):
            if held is not None:
                held.close()
