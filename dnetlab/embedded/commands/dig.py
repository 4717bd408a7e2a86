"""``dig`` and ``host`` in BIND's form (9.20)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from .dnswire import TYPES, Message, Record, encode, reverse_name
from .process import Exit, Process, Program
from .registry import command
from .resolve import NO_NAME, ResolveError, canonical, check_legal, config, query, resolve

NO_ANSWER = 9
"""Exit status of dig where no server answered."""
"""Exit status of dig where no server answered."""

VERSION = "9.20.30-1~deb13u1-Debian"
USAGE = "Usage:  dig [@server] [domain] [q-type] {q-opt}"
SECTIONS = ("cmd", "comments", "question", "answer", "authority", "additional", "stats")
PLAIN = {
    "recurse",
    "rdflag",
    "search",
    "defname",
    "tcp",
    "vc",
    "edns",
    "dnssec",
    "trace",
    "multiline",
    "ttlid",
    "class",
    "identify",
    "cookie",
    "nocookie",
    "adflag",
    "badcookie",
}


@dataclass(slots=True)
class Query:
    name: str = "."
    kind: str = "A"
    server: str | None = None
    short: bool = False
    timeout: float = 5.0
    tries: int = 3
    hidden: set[str] = field(default_factory=set)
    port: int = 53
    others: list[str] = field(default_factory=list)
    """Further names: each is a query of its own."""


@command("dig")
def dig(p: Process) -> Program:
    """dig [@SERVER] NAME... [TYPE] [-x ADDRESS] [-p PORT] [+short] [+noall +answer] [+time=N] [+tries=N]."""
    q = _query(p)
    code = (yield from _one(p, q, True)) or 0
    for name in q.others:
        code = (yield from _one(p, replace(q, name=name), False)) or code
    return code


def _one(p: Process, q: Query, first: bool) -> Program:
    check_legal(p, q.name, NO_NAME)
    servers = list(config(p).servers)
    if q.server is not None:
        try:
            servers = (yield from resolve(p, q.server))[:1]
        except ResolveError:
            p.err(f"dig: couldn't get address for '{q.server}': not found\n")
            return 1
    banner = f"\n; <<>> DiG {VERSION} <<>> {' '.join(p.argv[1:])}\n"
    banner += "; (1 server found)\n" if q.server is not None else ""
    banner += ";; global options: +cmd\n"
    banner = banner if first else ""
    if q.kind == "AXFR":
        # Zones are given over TCP only, and no server of the model gives one.
        p.out(f"{banner}; Transfer failed.\n")
        return 0
    start = p.context.kernel.now
    failed = ""
    for server in servers:
        for _ in range(q.tries):
            start = p.context.kernel.now
            reply = yield from query(p, server, q.name, q.kind, q.timeout, port=q.port, edns=1232)
            if isinstance(reply, Message):
                _print(p, q, reply, server, banner, round((p.context.kernel.now - start) * 1000))
                return 0
            text = f";; communications error to {server}#{q.port}: {reply or 'timed out'}\n"
            p.out(text)
            failed = text
    if failed:
        shown = banner if not q.short and "cmd" not in q.hidden else ""
        p.out(f"{shown};; no servers could be reached\n")
    return NO_ANSWER


def _query(p: Process) -> Query:
    q = Query()
    words = p.argv[1:]
    named = False
    while words:
        word = words.pop(0)
        if word.startswith("@"):
            q.server = word[1:]
        elif word.startswith("+"):
            _plus(p, q, word[1:])
        elif word in ("-x", "-t", "-q", "-p", "-c", "-b"):
            if not words:
                p.fail(f"dig: option '{word}' requires an argument", 1)
            value = words.pop(0)
            if word == "-x":
                q.name = _pointer(value)
                q.kind, named = "PTR", True
            elif word == "-t":
                q.kind = _kind(p, value)
            elif word == "-q":
                q.name, named = value, True
            elif word == "-p" and value.isdigit():
                q.port = int(value)
        elif word in ("-4", "-6", "-r", "-u"):
            continue
        elif word == "-v":
            p.out(f"DiG {VERSION}\n")
            raise Exit(0)
        elif word == "-h":
            p.out(f"{USAGE}\n")
            raise Exit(0)
        elif word.startswith("-"):
            p.fail(f"Invalid option: {word}\n{USAGE}", 1)
        elif word.upper() in (*TYPES, "AXFR") and named:
            q.kind = word.upper()
        elif word.upper() == "IN":
            continue
        elif not named:
            q.name, named = word, True
            if word.upper() in TYPES and words and not words[0].startswith(("+", "-", "@")):
                q.kind, named = word.upper(), False
        else:
            q.others.append(word)
    if not named:
        q.kind = "NS"
    return q


def _pointer(text: str) -> str:
    """The name that -x asks for: what is no whole address goes by its parts, numbers or not (RFC 2317)."""
    try:
        return reverse_name(text)
    except ValueError:
        return ".".join(reversed(text.split("."))) + ".in-addr.arpa"


def _kind(p: Process, word: str) -> str:
    if word.upper() not in TYPES:
        p.fail(f";; Warning, ignoring invalid type {word}", 1)
    return word.upper()


def _plus(p: Process, q: Query, word: str) -> None:
    name, _, value = word.partition("=")
    if name == "short":
        q.short = True
    elif name in ("time", "timeout", "tries", "retry"):
        if not value:
            p.fail(f"Invalid option: +{word}\n{USAGE}", 1)
        if not value.isdigit():
            p.out(f"invalid {name} '{value}': not a valid number\n")
            p.fail(f"dig: Couldn't parse {name}", 10)
        if name.startswith("time"):
            q.timeout = float(value) or 1.0
        else:
            q.tries = int(value) + (name == "retry") or 1
    elif name in ("noall", "all"):
        q.hidden = set(SECTIONS) if name == "noall" else set()
    elif name in SECTIONS:
        q.hidden.discard(name)
    elif name.startswith("no") and name[2:] in SECTIONS:
        q.hidden.add(name[2:])
    elif name.removeprefix("no") not in PLAIN and name not in ("bufsize", "ndots", "subnet", "padding"):
        p.fail(f"Invalid option: +{word}\n{USAGE}", 1)


def _columns(text: str, to: int) -> str:
    """Tabs from the end of a text up to a column, at least one blank."""
    return " " if len(text) >= to else "\t" * ((to - len(text) + 7) // 8)


def record_line(record: Record) -> str:
    """A resource record as dig prints it."""
    name = record.name.rstrip(".") + "."
    data = record.data + "." if record.type in ("PTR", "CNAME", "NS") else record.data
    return f"{name}{_columns(name, 24)}{record.ttl}\tIN\t{record.type}\t{data}\n"


def _print(p: Process, q: Query, reply: Message, server: str, banner: str, ms: int) -> None:
    if q.short:
        for r in reply.answers:
            p.out((r.data + "." if r.type in ("PTR", "CNAME", "NS") else r.data) + "\n")
        return
    shown = set(SECTIONS) - q.hidden
    if "cmd" in shown:
        p.out(banner)
    if "comments" in shown:
        flags = " ".join(
            ["qr"]
            + ["aa"] * reply.authoritative
            + ["rd"] * reply.recursion_desired
            + ["ra"] * reply.recursion_available
        )
        p.out(
            f";; Got answer:\n;; ->>HEADER<<- opcode: QUERY, status: {reply.rcode}, id: {reply.id}\n"
            f";; flags: {flags}; QUERY: 1, ANSWER: {len(reply.answers)}, AUTHORITY: 0, ADDITIONAL: {int(reply.edns is not None)}\n\n"
        )
        if reply.edns is not None:
            p.out(f";; OPT PSEUDOSECTION:\n; EDNS: version: 0, flags:; udp: {reply.edns}\n")
    if "question" in shown:
        name = f";{q.name.rstrip('.')}."
        p.out(
            (";; QUESTION SECTION:\n" if "comments" in shown else "")
            + f"{name}{_columns(name[1:], 32)}IN\t{q.kind}\n"
        )
        p.out("\n" if "comments" in shown else "")
    if "answer" in shown and reply.answers:
        p.out(";; ANSWER SECTION:\n" if "comments" in shown else "")
        p.out("".join(record_line(r) for r in reply.answers))
        p.out("\n" if "comments" in shown else "")
    if "stats" in shown:
        when = datetime.fromtimestamp(int(p.context.clock()), UTC)
        p.out(
            f";; Query time: {ms} msec\n;; SERVER: {server}#{q.port}({server}) ({'TCP' if q.kind == 'ANY' else 'UDP'})\n"
            f";; WHEN: {when:%a %b %d %H:%M:%S} UTC {when:%Y}\n;; MSG SIZE  rcvd: {reply.size or len(encode(reply))}\n\n"
        )


@command("host")
def host(p: Process) -> Program:
    """host [-t TYPE] NAME [SERVER]."""
    words, kind = p.argv[1:], None
    rest: list[str] = []
    while words:
        word = words.pop(0)
        if word == "-t" and words:
            kind = words.pop(0).upper()
        elif word in ("-W", "-R", "-c", "-p") and words:
            words.pop(0)
        elif word == "-V":
            p.err(f"host {VERSION}\n")
            return 0
        elif not word.startswith("-"):
            rest.append(word)
    if not rest:
        p.err("Usage: host [-aCdilrTvVw] [-t type] [-W time] [-R number] hostname [server]\n")
        return 1
    servers = list(config(p).servers)
    if len(rest) > 1:
        try:
            servers = (yield from resolve(p, rest[1]))[:1]
        except ResolveError:
            p.out(f"host: couldn't get address for '{rest[1]}': not found\n")
            return 1
    address = canonical(rest[0])
    name = reverse_name(address) if address is not None else rest[0]
    check_legal(p, name, 1)
    kinds = ["PTR"] if address is not None else [kind] if kind else ["A", "AAAA", "MX", "HTTPS"]
    if kind is not None and kind not in TYPES:
        p.fail(f"host: invalid type: {kind.lower()}\n", 2)
    named = (
        f"Using domain server:\nName: {rest[1]}\nAddress: {servers[0]}#53\nAliases: \n\n" if rest[1:] else ""
    )
    return (yield from _host(p, name, kinds, servers, bool(kind), named))


def _host(p: Process, name: str, kinds: list[str], servers: list[str], asked: bool, named: str) -> Program:
    found = False
    for kind in kinds:
        reply: Message | str | None = None
        for server in [server for server in servers for _ in range(2)]:
            reply = yield from query(p, server, name, kind)
            if isinstance(reply, Message):
                break
            p.out(f";; communications error to {server}#53: {reply or 'timed out'}\n")
        if not isinstance(reply, Message):
            p.out(";; no servers could be reached\n")
            return 1
        p.out(named)
        named = ""
        if reply.rcode != "NOERROR":
            code = {"NXDOMAIN": 3, "SERVFAIL": 2, "REFUSED": 5}.get(reply.rcode, 4)
            end = "." if kind == "PTR" else ""
            p.out(f"Host {name}{end} not found: {code}({reply.rcode})\n")
            return 1
        texts = {
            "A": "has address",
            "AAAA": "has IPv6 address",
            "PTR": "domain name pointer",
            "MX": "mail is handled by",
            "CNAME": "is an alias for",
        }
        for r in reply.answers:
            data = r.data + "." if r.type in ("PTR", "CNAME", "NS") else r.data
            p.out(f"{r.name} {texts.get(r.type, 'has ' + r.type + ' record')} {data}\n")
            found = True
        if asked and not reply.answers:
            p.out(f"{name} has no {kind} record\n")
    return 0 if found or asked else 1
