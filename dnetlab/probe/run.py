"""How each probe is made: the command line, its time limit, and the reading of what it printed."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

from dnetlab.probe import parse
from dnetlab.probe.results import (
    ArpReplies,
    Connect,
    Http,
    Links,
    Lookup,
    Neighbours,
    Ping,
    Ran,
    ReachMatrix,
    Routes,
)


class Run(Protocol):
    """Runs a command line on a machine."""

    def __call__(self, machine: str, argv: Sequence[str], limit: float = ...) -> Ran: ...


Kind = TypeVar("Kind", bound=Ran)

WAIT = 1
"""Seconds to wait for one echo reply: on a LAN an answer takes under a millisecond, ARP gives up after three
tries of one second, and the kernel answers for it only then."""


def typed(kind: type[Kind], ran: Ran, **fields: Any) -> Kind:
    """The raw result with the fields that were read from it."""
    base = {f.name: getattr(ran, f.name) for f in dataclasses.fields(Ran)}
    return kind(**{**base, **fields})


def ping(
    run: Run,
    source: str,
    target: str,
    *,
    count: int = 1,
    wait: float = WAIT,
    size: int | None = None,
    do_not_fragment: bool = False,
    version: int | None = None,
    broadcast: bool = False,
) -> Ping:
    """Echo requests from a machine to an address or name. ``wait`` is in seconds, ``size`` in bytes of payload."""
    argv = ["ping", *([f"-{version}"] if version else []), "-c", str(count), "-W", f"{wait:g}"]
    argv += ["-i", "0.2"] if count > 1 else []
    argv += ["-s", str(size)] if size is not None else []
    argv += ["-M", "do"] if do_not_fragment else []
    argv += ["-b"] if broadcast else []
    ran = run(source, [*argv, target], limit=count * 0.2 + wait + 4)
    return typed(Ping, ran, to=target, **parse.ping(ran.output))


def lookup(run: Run, source: str, name: str) -> Lookup:
    """The addresses of a name, as programs in that machine get them (hosts file, then the resolver)."""
    ran = run(source, ["getent", "ahosts", name], limit=8)
    return typed(Lookup, ran, name=name, addresses=parse.getent(ran.output))


def connect(run: Run, source: str, address: str, port: int, *, wait: int = 2) -> Connect:
    """A TCP connect: ``outcome`` is open, refused, unreachable or silent."""
    ran = run(source, ["nc", "-z", "-v", "-n", "-w", str(wait), address, str(port)], limit=wait + 3)
    text = ran.output.lower()
    if ran.exit_code == 0:
        outcome = "open"
    elif "refused" in text:
        outcome = "refused"
    elif "unreachable" in text or "no route" in text:
        outcome = "unreachable"
    else:
        outcome = "silent"
    return typed(Connect, ran, to=address, port=port, outcome=outcome)


def http(run: Run, source: str, url: str, *, wait: int = 3) -> Http:
    """An HTTP GET with curl; the body is what the web server said."""
    ran = run(source, ["curl", "-s", "-S", "-m", str(wait), "-w", "\\n%{http_code}", url], limit=wait + 3)
    lines = ran.output.strip().splitlines()
    status = int(lines[-1]) if lines and lines[-1].isdigit() else 0
    body = "\n".join(lines[:-1]).strip() if status else ""
    outcome = parse.CURL.get(ran.exit_code, f"curl's exit status {ran.exit_code}")
    return typed(Http, ran, url=url, status=status, body=body, outcome=outcome)


def neighbours(run: Run, machine: str) -> Neighbours:
    """The neighbour table."""
    ran = run(machine, ["ip", "-j", "neigh"])
    entries = parse.neighbours(ran.output)
    text = "\n".join(
        f"{e.address} dev {e.device} {('lladdr ' + e.mac) if e.mac else ''} {e.state}" for e in entries
    )
    shown = dataclasses.replace(ran, command="ip neigh", output=text or "(empty)")
    return typed(Neighbours, shown, entries=entries)


def routes(run: Run, machine: str, version: int = 4) -> Routes:
    """The routing table."""
    ran = run(machine, ["ip", f"-{version}", "-j", "route"])
    entries = parse.routes(ran.output)
    text = "\n".join(f"{e.destination}{f' via {e.via}' if e.via else ''} dev {e.device}" for e in entries)
    shown = dataclasses.replace(
        ran, command=f"ip {'-6 ' if version == 6 else ''}route", output=text or "(empty)"
    )
    return typed(Routes, shown, entries=entries)


def links(run: Run, machine: str) -> Links:
    """The devices with their kinds, MACs and addresses."""
    ran = run(machine, ["ip", "-d", "-j", "address"])
    entries = parse.links(ran.output)
    text = "\n".join(
        f"{e.name}{'@' + e.parent if e.parent else ''}: {e.kind}{' ' + e.mode if e.mode else ''}"
        f"{f' id {e.vlan}' if e.vlan else ''} {e.mac} {' '.join(e.addresses)}".rstrip()
        for e in entries
    )
    return typed(Links, dataclasses.replace(ran, command="ip -d address", output=text), entries=entries)


def arp_replies(run: Run, machine: str, address: str, device: str = "eth0", count: int = 2) -> ArpReplies:
    """Everybody who answers an ARP request for ``address`` on the machine's LAN."""
    ran = run(
        machine,
        ["arping", "-b", "-c", str(count), "-w", str(count + 1), "-I", device, address],
        limit=count + 4,
    )
    return typed(ArpReplies, ran, address=address, macs=parse.arping(ran.output))


def reach(
    run: Run, addresses: Mapping[str, str], sources: Sequence[str], *, parallel: int = 1
) -> ReachMatrix:
    """Who reaches whom: one ``fping`` a source, all at once, never one a pair.

    ``addresses`` holds a target address for each machine; ``sources`` are those that can run a command.
    """
    import time

    start = time.monotonic()
    machines = tuple(addresses)
    cells: dict[tuple[str, str], bool | None] = {(a, b): None for a in machines for b in machines if a != b}

    def from_source(source: str) -> Ran | None:
        targets = sorted({addresses[m] for m in machines if m != source and addresses[m]})
        if not targets:
            return None
        argv = ["fping", "-r", "1", "-t", "400", "-p", "50", *targets]
        return run(source, argv, limit=10 + 0.5 * len(targets))

    if parallel > 1 and len(sources) > 1:
        with ThreadPoolExecutor(min(parallel, len(sources))) as pool:
            rans = list(pool.map(from_source, sources))
    else:
        rans = [from_source(source) for source in sources]
    for source, ran in zip(sources, rans, strict=True):
        alive = parse.fping(ran.output) if ran else {}
        for target in machines:
            if target != source and addresses[target]:
                cells[source, target] = alive.get(addresses[target], False)
    return ReachMatrix(machines, cells, time.monotonic() - start, tuple(r for r in rans if r))


def quoted(words: Sequence[str]) -> str:
    """A command line as it would be typed."""
    return shlex.join(words)
