"""Which type for what: the seven types measured side by side, and situations in which a choice is tried.

Nothing here is a table from a book: each fact is measured on a network that was just built.
"""

from __future__ import annotations

import html
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any

from dnetlab import tints, types
from dnetlab.claims import Seen
from dnetlab.engine import Engine
from dnetlab.errors import DnetlabError
from dnetlab.lab import Lab
from dnetlab.plan import Attachment, Container
from dnetlab.probe.results import Ran


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that is measured on every type: its question and how it is found out."""

    id: str
    text: str
    measure: Callable[[Lab], tuple[bool | int, tuple[Ran, ...]]]


def _first(lab: Lab) -> Container:
    return lab.plan.containers[0]


def _pc(lab: Lab) -> str:
    """The PC that is a neighbour, if there is one: that of the first container's VLAN, else pc1."""
    vlan = lab.plan.networks[0].vlan
    return f"pc{vlan}" if vlan else "pc1"


def _shares(lab: Lab) -> tuple[bool, tuple[Ran, ...]]:
    inside, host = (lab.run(m, ["readlink", "/proc/self/ns/net"]) for m in (_first(lab).name, "host"))
    return inside.output == host.output, (inside, host)


def _own_mac(lab: Lab) -> tuple[bool, tuple[Ran, ...]]:
    links, host = lab.links(_first(lab).name), lab.links("host")
    eth0, nic = links.of("eth0"), host.of(lab.plan.nic)
    shared = links.of(lab.plan.nic) is not None
    return bool(eth0 and nic and not shared and eth0.mac != nic.mac), (links, host)


def _lan_address(lab: Lab) -> tuple[bool, tuple[Ran, ...]]:
    links = lab.links(_first(lab).name)
    address = IPv4Address(lab.address(_first(lab).name))
    lans = [a.network for m in lab.plan.topology.of_role("pc") for a in m.addresses if a.version == 4]
    return any(address in lan for lan in lans) and str(address) != lab.address("host"), (links,)


def _lan_reaches(lab: Lab) -> tuple[bool, tuple[Ran, ...]]:
    page = lab.http(_pc(lab), _first(lab).name, _first(lab).port, wait=2)
    return page.ok, (page,)


def _with_route(lab: Lab) -> tuple[bool, tuple[Ran, ...]]:
    name = _first(lab).name
    address = lab.address(name)
    pc = _pc(lab)
    before = lab.ping(pc, name)
    if before.ok:
        return True, (before,)
    with lab.lan.route(pc, f"{address}/32", lab.address("host")) as added:
        ping = lab.ping(pc, name)
    return ping.ok, (added, ping)


def _host_reaches(lab: Lab) -> tuple[bool, tuple[Ran, ...]]:
    ping = lab.ping("host", _first(lab).name)
    return ping.ok, (ping,)


def _names(lab: Lab) -> tuple[bool, tuple[Ran, ...]]:
    network = _first(lab).attachments[0].network
    other = next(c.name for c in lab.plan.containers[1:] if c.attachments[0].network == network)
    found = lab.lookup(_first(lab).name, other)
    return found.ok, (found,)


def _stranger(lab: Lab) -> tuple[bool, tuple[Ran, ...]]:
    with lab.temporary(Container("stranger", (Attachment("bridge"),))):
        ping = lab.ping("stranger", _first(lab).name)
    return ping.ok, (ping,)


def _broadcast(lab: Lab) -> tuple[bool, tuple[Ran, ...]]:
    name, pc = _first(lab).name, _pc(lab)
    device = lab.plan.nic if lab.plan.topology.machine(name).shares else "eth0"
    nobody = lab.address(name).rsplit(".", 1)[0] + ".222"

    def shout() -> None:
        lab.run(name, ["arping", "-c", "1", "-w", "1", "-I", device, nobody])

    capture = lab.capture(pc, "eth0", shout, only="arp")
    return bool(capture.matching(nobody)), (capture,)


def _tagged(lab: Lab) -> tuple[bool, tuple[Ran, ...]]:
    name, pc = _first(lab).name, _pc(lab)
    capture = lab.capture("switch", "p-host", lambda: lab.ping(name, pc), only="icmp or vlan")
    return any(frame.vlan is not None for frame in capture.frames), (capture,)


def _switch_macs(lab: Lab) -> tuple[int, tuple[Ran, ...]]:
    for container in lab.plan.containers:
        lab.ping(container.name, _pc(lab))
    lab.ping("host", "pc1")
    table = lab.run("switch", "bridge fdb show br br0 | grep p-host | grep -v permanent")
    return len({line.split()[0] for line in table.output.splitlines() if line.strip()}), (table,)


FACTS = (
    Fact("own_mac", "own MAC address", _own_mac),
    Fact("lan_address", "own IP address on the LAN", _lan_address),
    Fact("lan_reaches", "LAN reaches it without published ports", _lan_reaches),
    Fact("with_route", "... or once the PC has a route", _with_route),
    Fact("host_reaches", "Docker host reaches it", _host_reaches),
    Fact("names", "containers find each other by name", _names),
    Fact("stranger", "containers of the default bridge reach it", _stranger),
    Fact("broadcast", "its broadcasts are heard on the LAN", _broadcast),
    Fact("tagged", "its frames are tagged on the cable", _tagged),
    Fact("shares", "shares the host's network stack", _shares),
    Fact("switch_macs", "MAC addresses the switch sees on the host's port", _switch_macs),
)

PARAMETERS: Mapping[str, dict[str, Any]] = {"host": {"containers": 2}}
"""Two containers each, so that there is somebody to find by name."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The facts of one type, with their evidence."""

    type: str
    title: str
    facts: Mapping[str, bool | int]
    evidence: Mapping[str, tuple[Ran, ...]]


def measure(type_name: str, engine: str | Engine | None = None, *ids: str) -> Measured:
    """Build a type, measure the facts (all, or those named) and remove it.

    Raises what :meth:`dnetlab.Lab.build` raises.
    """
    kind = types.get(type_name)
    wanted = [fact for fact in FACTS if not ids or fact.id in ids]
    with Lab(kind.name, engine=engine, **PARAMETERS.get(kind.name, {})) as lab:
        lab.build()
        found = {fact.id: fact.measure(lab) for fact in wanted}
    return Measured(
        kind.name, kind.title, {k: v for k, (v, _) in found.items()}, {k: e for k, (_, e) in found.items()}
    )


class Table(list[Measured]):
    """The types side by side; prints as text and as HTML."""

    def _cell(self, measured: Measured, fact: Fact) -> str:
        value = measured.facts.get(fact.id)
        return ("yes" if value else "no") if isinstance(value, bool) else str(value)

    def __str__(self) -> str:
        wide = max(len(fact.text) for fact in FACTS)
        columns = [max(len(m.type), 3) for m in self]
        head = " " * wide + "  " + "  ".join(m.type for m in self)
        rows = [
            fact.text.ljust(wide)
            + "  "
            + "  ".join(self._cell(m, fact).ljust(w) for m, w in zip(self, columns, strict=True)).rstrip()
            for fact in FACTS
        ]
        return "\n".join([head, *rows])

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        colours = {"yes": tints.GOOD, "no": tints.BAD}
        # Seven columns beside the file browser: little room for each.
        narrow = "padding:4px 1px;white-space:normal"
        head = "".join(
            f"<th scope='col' style='text-align:center;{narrow}'>{html.escape(m.title)}</th>" for m in self
        )
        rows = "".join(
            f"<tr><th scope='row' style='text-align:left;{narrow}'>{html.escape(fact.text)}</th>"
            + "".join(
                f"<td style='text-align:center;{narrow};{colours.get(text := self._cell(m, fact), '')}'>{text}</td>"
                for m in self
            )
            + "</tr>"
            for fact in FACTS
        )
        return (
            "<table style='font-size:0.78em'><caption>Measured on networks that were just built</caption>"
            f"<thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table>"
        )


def compare(
    engine: str | Engine | None = None, *names: str, each: Callable[[Measured], None] | None = None
) -> Table:
    """All types (or those named), built one after another, measured and removed; ``each`` hears of every one."""
    table = Table()
    for name in names or [kind.name for kind in types.all_types()]:
        measured = measure(name, engine)
        table.append(measured)
        if each:
            each(measured)
    return table


# --- situations --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Situation:
    """A situation from real life: a story, and what the network must be like, in facts."""

    id: str
    story: str
    needs: Mapping[str, bool]


def stories() -> str:
    """Every situation with its id, as text."""
    told = (textwrap.fill(f"{one.id}: {one.story}", 56, subsequent_indent="    ") for one in SITUATIONS)
    return "\n".join(told)


@dataclass(frozen=True, slots=True)
class Choice:
    """What came out when a type was tried for a situation."""

    situation: Situation
    type: str
    seen: tuple[Seen, ...]

    @property
    def fits(self) -> bool:
        """Whether the network is as the situation needs it."""
        return all(s.holds for s in self.seen)

    def __str__(self) -> str:
        head = f"{'✓' if self.fits else '✗'} {self.type} {'fits' if self.fits else 'does not fit'}."
        return "\n".join([head, *(f"    {'✓' if s.holds else '✗'} {s.what}" for s in self.seen)])

    def __repr__(self) -> str:
        return str(self)


SITUATIONS = (
    Situation(
        "shop",
        "A web shop and its database run on one host. They find each other by name; nobody else gets at the database,"
        " no other container and no PC of the LAN.",
        {"names": True, "lan_reaches": False, "stranger": False, "with_route": False},
    ),
    Situation(
        "try-out",
        "You try something out: two containers on your laptop, no preparation. The host must reach them, the LAN not.",
        {"host_reaches": True, "lan_reaches": False},
    ),
    Situation(
        "dns-filter",
        "A DNS filter for the whole house: it needs an address of its own on the LAN, and the router, which makes its"
        " rules by MAC address, must tell it apart from the server that it runs on.",
        {"lan_address": True, "own_mac": True, "lan_reaches": True},
    ),
    Situation(
        "cloud",
        "The same DNS filter in a data centre, where the port of the virtual switch allows one MAC address.",
        {"lan_address": True, "own_mac": False, "lan_reaches": True},
    ),
    Situation(
        "fast",
        "A measuring program that must lose no time on bridges and translations, and listens at the host's own address.",
        {"shares": True, "lan_reaches": True},
    ),
    Situation(
        "two-customers",
        "One cable leads to the host; the containers of two customers must be in two separate VLANs on it.",
        {"tagged": True, "own_mac": True},
    ),
    Situation(
        "routed",
        "A routed data centre: hundreds of containers, no broadcast of theirs on the LAN, one MAC at the switch;"
        " whoever has the route reaches them.",
        {"broadcast": False, "own_mac": False, "with_route": True, "shares": False},
    ),
    Situation(
        "monitor",
        "A monitoring program on the Docker host itself must reach the containers, and they must know each other by name.",
        {"host_reaches": True, "names": True},
    ),
    Situation(
        "wifi",
        "A laptop on Wi-Fi: the access point takes frames of one MAC only, but the container shall be a machine of the"
        " LAN with an address of its own.",
        {"lan_address": True, "own_mac": False, "lan_reaches": True},
    ),
    Situation(
        "licence",
        "An old program whose licence is bound to a MAC address that is not the host's.",
        {"own_mac": True, "lan_address": True},
    ),
    Situation(
        "discovery",
        "A media server that is found because it shouts into the LAN, and it must have an address of its own there.",
        {"broadcast": True, "lan_address": True},
    ),
    Situation(
        "vault",
        "A database that no PC may ever reach, whatever routes its owner adds, and that no stranger's container reaches.",
        {"lan_reaches": False, "with_route": False, "stranger": False},
    ),
)


def situation(id: str) -> Situation:
    """The situation of that id. Raises DnetlabError that lists the ids there are."""
    for one in SITUATIONS:
        if one.id == id:
            return one
    raise DnetlabError(f"There is no situation {id!r}.", f"There are {', '.join(s.id for s in SITUATIONS)}.")


def judge(one: Situation, measured: Measured) -> Choice:
    """Hold a type's measured facts against what a situation needs."""
    facts = {fact.id: fact for fact in FACTS}
    seen = tuple(
        Seen.that(
            f"{facts[id].text}: {'yes' if measured.facts[id] else 'no'}, needed is {'yes' if needed else 'no'}",
            bool(measured.facts[id]) == needed,
            *measured.evidence[id],
        )
        for id, needed in one.needs.items()
    )
    return Choice(one, measured.type, seen)


def choose(id: str, type_name: str, engine: str | Engine | None = None) -> Choice:
    """Try a type for a situation: it is built, what the situation needs is measured, and it is removed."""
    one = situation(id)
    return judge(one, measure(type_name, engine, *one.needs))


def fitting(one: Situation, table: Table) -> Iterator[str]:
    """The types of a measured table that fit a situation."""
    return (measured.type for measured in table if judge(one, measured).fits)
