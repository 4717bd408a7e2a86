"""``nslookup`` in BIND's form (9.20), and busybox's."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

from .dig import VERSION
from .dnswire import TYPES, Message, reverse_name
from .process import Process, Program, Wait
from .registry import command
from .resolve import NO_NAME, ResolveError, candidates, canonical, check_legal, config, query, resolve


@command("nslookup")
def nslookup(p: Process) -> Program:
    """nslookup [-type=T] [-timeout=N] [-retry=N] [-port=N] [NAME [SERVER]]; names on standard input without one."""
    s = Settings(servers=list(config(p).servers))
    rest: list[str] = []
    for word in p.argv[1:]:
        if not word.startswith("-"):
            rest.append(word)
        elif word == "-version":
            p.out(f"nslookup {VERSION}\n")
            return 0
        elif not s.set(p, word.lstrip("-")):
            p.out(f"*** Invalid option: {word.lstrip('-')}\n")
    if not rest:
        return (yield from _interactive(p, s))
    if len(rest) > 1:
        try:
            s.servers = (yield from resolve(p, rest[1]))[:1]
        except ResolveError:
            p.err(f"nslookup: couldn't get address for '{rest[1]}': not found\n")
            return 1
    if not p.busybox:
        check_legal(p, rest[0], NO_NAME)
    return (yield from _lookup(p, rest[0], s))


@dataclass(slots=True)
class Settings:
    """What ``set`` and the options change."""

    servers: list[str]
    kind: str | None = None
    timeout: float = 5.0
    retries: int = 3
    port: int = 53

    def set(self, p: Process, text: str) -> bool:
        """Take one setting; whether there is one of that name."""
        option, _, value = text.partition("=")
        if option in ("type", "query", "q", "querytype", "ty"):
            if value.upper() in TYPES or value.upper() == "ANY":
                self.kind = value.upper()
            else:
                p.out(f"unknown query type: {value}\n")
        elif option in ("timeout", "ti") and value.isdigit():
            self.timeout = float(value) or 5.0
        elif option in ("retry", "ret") and value.isdigit():
            self.retries = int(value)
        elif option in ("port", "po") and value.isdigit():
            self.port = int(value)
        else:
            return option in ("debug", "nodebug", "recurse", "norecurse", "search", "nosearch")
        return True


def _interactive(p: Process, s: Settings) -> Program:
    """Names and commands line by line, without a prompt: standard input is no terminal."""
    while True:
        line = yield from p.read_line()
        words = line.decode("utf-8", "replace").split()
        if not line or words[:1] == ["exit"]:
            return 0
        if words[:1] == ["set"] and len(words) > 1:
            if not s.set(p, words[1]):
                p.out(f"*** Invalid option: {words[1]}\n")
        elif words[:1] == ["server"]:
            if len(words) > 1:
                s.servers = (yield from resolve(p, words[1]))[:1]
            p.out("".join(f"Default server: {server}\nAddress: {server}#{s.port}\n" for server in s.servers))
        elif words:
            yield from _lookup(p, words[0], s)


def _lookup(p: Process, name: str, s: Settings) -> Program:
    kind = s.kind
    address = canonical(name)
    if address is not None and kind in (None, "PTR"):
        return (yield from _pointer(p, address, s))
    busybox = p.busybox
    printed = False
    answered = False
    for wanted in [kind] if kind else ["A", "AAAA"]:
        reply, server = yield from _ask(p, name, wanted, s)
        if reply is None:
            return 1
        if not printed:
            port = f"{':' if busybox else '#'}{s.port}"
            if reply.rcode == "SERVFAIL" and not busybox:
                p.out(f";; Got SERVFAIL reply from {server}\n")
            p.out(f"Server:\t\t{server}\nAddress:\t{server}{port}\n\n")
            printed = True
            if busybox:
                p.out("Non-authoritative answer:\n\n")
        if reply.rcode != "NOERROR":
            if wanted == "AAAA" and answered:
                break
            p.out(f"** server can't find {name}: {reply.rcode}\n\n")
            return 1
        rows = [r for r in reply.answers if r.type in (wanted, "CNAME")]
        if rows and not answered:
            p.out("Non-authoritative answer:\n")
        for record in rows:
            if record.type in ("A", "AAAA"):
                p.out(f"Name:\t{record.name}\nAddress: {record.data}\n")
            elif record.type == "CNAME":
                p.out(f"{record.name}\tcanonical name = {record.data}.\n")
            else:
                p.out(f"{record.name}\t{record.type.lower()} = {record.data}\n")
        answered = answered or bool(rows)
    if not answered:
        p.out(f"Non-authoritative answer:\n*** Can't find {name}: No answer\n")
    if kind not in (None, "A", "AAAA") and not busybox:
        p.out("\nAuthoritative answers can be found from:\n")
    p.out("\n")
    return 0


def _pointer(p: Process, address: str, s: Settings) -> Program:
    name = reverse_name(address)
    reply, _ = yield from _ask(p, name, "PTR", s)
    if reply is None:
        return 1
    rows = [r for r in reply.answers if r.type == "PTR"]
    if not rows:
        p.out(f"** server can't find {name}: {'NXDOMAIN' if reply.rcode == 'NOERROR' else reply.rcode}\n\n")
        return 1
    p.out(
        "".join(f"{name}\tname = {r.data}.\n" for r in rows)
        + "\nAuthoritative answers can be found from:\n\n"
    )
    return 0


def _ask(p: Process, name: str, kind: str, s: Settings) -> Generator[Wait, None, tuple[Message | None, str]]:
    """The answer of the first server that gives one, and which that was; complaints for those that do not."""
    names = candidates(config(p), name) if kind != "PTR" else [name]
    last: tuple[Message | None, str] = (None, "")
    for candidate in names:
        for server in s.servers:
            for _ in range(max(s.retries, 1)):
                reply = yield from query(p, server, candidate, kind, s.timeout, port=s.port)
                if isinstance(reply, Message):
                    last = (reply, server)
                    break
                p.out(f";; communications error to {server}#{s.port}: {reply or 'timed out'}\n")
            if last[0] is not None:
                break
        if last[0] is None:
            p.out(";; no servers could be reached\n\n")
            return last
        if last[0].rcode == "NOERROR":
            return last
    return last
