"""``traceroute`` (2.1.6), and busybox's with its own layout."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

from dnetlab.embedded.kernel import KernelError

from .options import OptionError, parse
from .ping import shown_rtt
from .process import Exit, Process, Program, Wait
from .registry import command
from .resolve import ResolveError, resolve, reverse

FIRST_PORT = 33434
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
    number = 0
    for hop in range(s.first, s.hops + 1):
        row: list[Answer | None] = []
        p.out(f"{hop:>2}" if busybox else f"{hop:>2} ")
        last = ""
        for _ in range(s.queries):
            answer = yield from _probe(p, s, address, hop, number)
            number += 1
            row.append(answer)
            text, last = yield from _cell(p, s, answer, last, busybox)
            p.out(text)
            if stopped:
                p.out("\n")
                return 130
        p.out("\n")
        if any(a is not None and a.final for a in row):
            break
    return 0


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


def _probe(
    p: Process, s: Settings, address: str, ttl: int, number: int
) -> Generator[Wait, None, Answer | None]:
    try:
        if s.method == "icmp":
            return (yield from _icmp(p, s, address, ttl, number))
        if s.method == "tcp":
            return (yield from _tcp(p, s, address))
        return (yield from _udp(p, s, address, ttl, number))
    except KernelError:
        return None


def _udp(
    p: Process, s: Settings, address: str, ttl: int, number: int
) -> Generator[Wait, None, Answer | None]:
    kernel = p.context.kernel
    socket = p.ns.udp_socket(6 if ":" in address else 4)
    socket.owner = "traceroute"
    size = 18 if p.busybox else 32
    try:
        start = kernel.now
        port = (s.port or FIRST_PORT) + number
        socket.sendto(bytes(64 + i % 64 for i in range(size)), address, min(port, 65535), ttl=ttl)
        if not socket.errors:
            yield Wait(until=start + s.wait, ready=lambda: bool(socket.errors))
        while kernel.now < start + s.wait - 1e-9 and not socket.errors:
            yield Wait(until=start + s.wait, ready=lambda: bool(socket.errors))
        if not socket.errors:
            return None
        notice = socket.errors[0]
        final = notice.kind != "ttl-exceeded"
        return Answer(
            notice.source,
            shown_rtt(notice.time - start, notice.trace_id) * 1000,
            MARKS.get(notice.kind, ""),
            final,
        )
    finally:
        socket.close()


def _icmp(
    p: Process, s: Settings, address: str, ttl: int, number: int
) -> Generator[Wait, None, Answer | None]:
    kernel = p.context.kernel
    socket = p.ns.echo_socket(6 if ":" in address else 4)
    try:
        start = kernel.now
        probe = socket.send(address, seq=number + 1, size=32, ttl=ttl)
        while kernel.now < start + s.wait - 1e-9 and not probe.answered:
            yield Wait(until=start + s.wait, ready=lambda: probe.answered)
        if probe.replies:
            return Answer(
                probe.replies[0].source,
                shown_rtt(probe.replies[0].rtt, probe.replies[0].trace_id) * 1000,
                "",
                True,
            )
        if probe.errors:
            notice = probe.errors[0]
            return Answer(
                notice.source,
                shown_rtt(notice.time - start, notice.trace_id) * 1000,
                MARKS.get(notice.kind, ""),
                notice.kind != "ttl-exceeded",
            )
        return None
    finally:
        socket.close()


def _tcp(p: Process, s: Settings, address: str) -> Generator[Wait, None, Answer | None]:
    """A connect shows the last hop only: the model's TCP sends with its own TTL."""
    kernel = p.context.kernel
    start = kernel.now
    connection = p.ns.tcp_connect(address, s.port or 80)
    try:
        while kernel.now < start + s.wait - 1e-9 and connection.state == "SYN-SENT":
            yield Wait(until=start + s.wait, ready=lambda: connection.state != "SYN-SENT")
        if connection.state == "SYN-SENT" or connection.error not in (None, "ECONNREFUSED"):
            return None
        return Answer(address, (kernel.now - start) * 1000, "", True)
    finally:
        connection.close()
