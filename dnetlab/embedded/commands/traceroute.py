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

USAGE = "Usage:\n  traceroute [ -46FnIT ] [ -f first_ttl ] [ -m max_ttl ] [ -p port ] [ -q nqueries ] [ -w wait ] host [ packetlen ]\n"
ARGUMENTS = {
    "q": "nqueries",
    "m": "max_ttl",
    "f": "first_ttl",
    "p": "port",
    "w": "MAX,HERE,NEAR",
    "i": "device",
    "s": "src_addr",
}
START = 0.25
"""Seconds between two commands that are typed, at least; the limits on ICMP errors count them."""
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
    source: str | None = None
    whole: bool = False
    """Whether probes must not be fragmented (-F)."""


@command("traceroute", "traceroute6")
def traceroute(p: Process) -> Program:
    """traceroute [-n] [-m HOPS] [-q PROBES] [-w SECONDS] [-I|-T|-U] [-p PORT] HOST."""
    busybox = p.busybox
    s, rest = _settings(p)
    yield from p.sleep(START)
    if not rest:
        p.err(USAGE)
        return 0
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
    if len(rest) > 1:
        if not rest[1].isdigit():
            where = f"on position 2 (argc {p.argv.index(rest[1])})"
            p.fail(f'Cannot handle "packetlen" cmdline arg `{rest[1]}\' {where}', 2)
        size = max(int(rest[1]), 48 if ":" in address else 28)
    if s.source is not None and (":" in s.source) != (":" in address):
        p.fail("IP version mismatch in addresses specified", 2)
    own = {a.address for d in p.ns.devices.values() for a in d.addresses}
    if s.source is not None and s.source not in own:
        p.fail("bind: Cannot assign requested address", 1)
    p.out(f"traceroute to {target} ({address}), {s.hops} hops max, {size} byte packets\n")
    stopped: list[bool] = []
    p.handlers["INT"] = lambda: stopped.append(True)
    probes = [
        _Probe(p, s, address, hop, number, 18 if busybox else size - (48 if ":" in address else 28))
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
            ("version", "help", "icmp", "tcp", "udp", "max-hops=", "queries=", "wait=", "port=", "first="),
        )
    except OptionError as error:
        option = f"-{error.option}" if len(error.option) == 1 else f"--{error.option}"
        at = next((i for i, word in enumerate(p.argv) if word.startswith(option)), 1)
        if "requires" in error.text:
            p.fail(
                f"Option `{option}' (argc {at}) requires an argument: `{option} {ARGUMENTS.get(error.option, 'arg')}'",
                2,
            )
        p.fail(f"Bad option `{option}' (argc {at})", 2)
    if any(name == "help" for name, _ in found):
        p.err(USAGE)
        raise Exit(0)
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
    s = Settings(family=6 if p.name == "traceroute6" else None)
    for name, value in ((names.get(n, n), v) for n, v in found):
        if name == "n":
            s.numeric = True
        elif name == "F":
            s.whole = True
        elif name == "i" and value not in p.ns.devices:
            p.fail("setsockopt SO_BINDTODEVICE: No such device", 1)
        elif name == "s":
            s.source = value
        elif name in "46":
            s.family = int(name)
        elif name == "I":
            s.method = "icmp"
        elif name == "T":
            s.method = "tcp"
        elif name in "mqfp":
            if not value.isdigit() or not int(value) < 65536 or (name == "p" and not int(value)):
                p.fail(f"Cannot handle `-{name}' option with arg `{value}' (argc 1)", 2)
            setattr(s, {"m": "hops", "q": "queries", "f": "first", "p": "port"}[name], int(value))
        elif name == "w":
            try:
                s.wait = float(value.split(",")[0])
            except ValueError:
                p.fail(f"Cannot handle `-w' option with arg `{value}' (argc {p.argv.index(value)})", 2)
        elif name == "V":
            p.err(
                "Modern traceroute for Linux, version 2.1.6\nCopyright (c) 2016  Dmitry Butskoy,   License: GPL v2 or any later\n"
            )
            raise Exit(0)
    if not 0 < s.first <= s.hops:
        p.fail("first hop out of range", 2)
    if s.hops > 255:
        p.fail("max hops cannot be more than 255", 2)
    if not 0 < s.queries <= 10:
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

    def __init__(self, p: Process, s: Settings, address: str, ttl: int, number: int, size: int) -> None:
        self.p, self.s, self.address, self.ttl, self.number, self.size = p, s, address, ttl, number, size
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
                self.asked = self.echo.send(self.address, seq=self.number + 1, size=self.size, ttl=self.ttl)
            elif s.method == "tcp":
                self.tcp = p.ns.tcp_connect(self.address, s.port or 80, src=s.source, ttl=self.ttl)
            else:
                self.udp = p.ns.udp_socket(family)
                self.udp.owner = "traceroute"
                port = min((s.port or FIRST_PORT) + self.number, 65535)
                data = bytes(64 + i % 64 for i in range(self.size))
                self.udp.sendto(data, self.address, port, ttl=self.ttl, df=s.whole or None)
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
        if self.tcp is not None and self.tcp.notice is None:
            if self.tcp.state == "SYN-SENT" or self.tcp.error not in (None, "ECONNREFUSED"):
                return None
            return Answer(self.address, (self.p.context.kernel.now - self.start) * 1000, "", True)
        if self.asked is not None and self.asked.replies:
            reply = self.asked.replies[0]
            return Answer(reply.source, shown_rtt(reply.rtt, reply.trace_id) * 1000, "", True)
        errors = (
            self.asked.errors if self.asked is not None else self.udp.errors if self.udp is not None else []
        )
        if self.tcp is not None and self.tcp.notice is not None:
            errors = [self.tcp.notice]
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
