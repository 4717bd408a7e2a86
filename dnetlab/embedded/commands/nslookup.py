"""``nslookup`` in BIND's form (9.20), and busybox's."""

from __future__ import annotations

from collections.abc import Generator

from .dnswire import Message, reverse_name
from .process import Process, Program, Wait
from .registry import command
from .resolve import ResolveError, candidates, canonical, config, query, resolve


@command("nslookup")
def nslookup(p: Process) -> Program:
    """nslookup [-type=T] [-timeout=N] [-retry=N] NAME [SERVER]."""
    kind, timeout, retries = None, 5.0, 3
    rest: list[str] = []
    for word in p.argv[1:]:
        option, _, value = word.lstrip("-").partition("=")
        if not word.startswith("-"):
            rest.append(word)
        elif option in ("type", "query", "q", "querytype"):
            kind = value.upper()
        elif option in ("timeout", "ti") and value.isdigit():
            timeout = float(value) or 5.0
        elif option in ("retry", "ret") and value.isdigit():
            retries = int(value)
        elif option == "version":
            p.out("nslookup 9.20.30\n")
            return 0
        else:
            p.err(f"*** Invalid option: {word.lstrip('-')}\n")
    if not rest:
        p.err("nslookup: the embedded engine has no interactive mode: nslookup NAME [SERVER]\n")
        return 1
    servers = list(config(p).servers)
    if len(rest) > 1:
        try:
            servers = (yield from resolve(p, rest[1]))[:1]
        except ResolveError:
            p.out(f"nslookup: couldn't get address for '{rest[1]}': not found\n")
            return 1
    return (yield from _lookup(p, rest[0], kind, servers, timeout, retries))


def _lookup(
    p: Process, name: str, kind: str | None, servers: list[str], timeout: float, retries: int
) -> Program:
    address = canonical(name)
    if address is not None and kind in (None, "PTR"):
        return (yield from _pointer(p, address, servers, timeout, retries))
    busybox = p.busybox
    printed = False
    answered = False
    for wanted in [kind] if kind else ["A", "AAAA"]:
        reply, server = yield from _ask(p, name, wanted, servers, timeout, retries)
        if reply is None:
            return 1
        if not printed:
            port = ":53" if busybox else "#53"
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
    p.out("\n")
    return 0


def _pointer(p: Process, address: str, servers: list[str], timeout: float, retries: int) -> Program:
    name = reverse_name(address)
    reply, _ = yield from _ask(p, name, "PTR", servers, timeout, retries)
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


def _ask(
    p: Process, name: str, kind: str, servers: list[str], timeout: float, retries: int
) -> Generator[Wait, None, tuple[Message | None, str]]:
    """The answer of the first server that gives one, and which that was; complaints for those that do not."""
    names = candidates(config(p), name) if kind != "PTR" else [name]
    last: tuple[Message | None, str] = (None, "")
    for candidate in names:
        for server in servers:
            for _ in range(retries + 1):
                reply = yield from query(p, server, candidate, kind, timeout)
                if isinstance(reply, Message):
                    last = (reply, server)
                    break
                p.out(f";; communications error to {server}#53: {reply or 'timed out'}\n")
                if reply:
                    break
            if last[0] is not None:
                break
        if last[0] is None:
            p.out(";; no servers could be reached\n\n")
            return last
        if last[0].rcode == "NOERROR":
            return last
    return last
