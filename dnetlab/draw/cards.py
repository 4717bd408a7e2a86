"""Containers as cards and networks as boxes around them: their contents and sizes, before their places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dnetlab.draw import words
from dnetlab.draw.facts import Column, Facts, Marks, Member
from dnetlab.draw.page import Line, Page, high, wide
from dnetlab.draw.scene import Box, Dash, Icon, Rect
from dnetlab.plan.model import Network

PAD = 16.0
"""From a network's box to its cards."""
GAP = 14.0
"""Between cards."""
NOTE = "note"
"""The colour of everything that wants attention."""


@dataclass(frozen=True, slots=True)
class Card:
    """One container in one network."""

    id: str
    lines: tuple[Line, ...]
    compact: bool
    dash: Dash = "solid"
    border: str = ""

    @property
    def text_x(self) -> float:
        return 29.0 if self.compact else 45.0

    @property
    def width(self) -> float:
        return max(self.text_x + wide(self.lines) + (8 if self.compact else 11), 88 if self.compact else 150)

    @property
    def height(self) -> float:
        return high(self.lines) + (9 if self.compact else 18)

    def put(self, page: Page, rect: Rect, colour: str) -> None:
        """Put the card; its text stands in the middle of its height."""
        page.boxes.append(
            Box(self.id, rect, self.border or colour, "card", 1.3 if self.compact else 1.8, self.dash, 5)
        )
        cube = 15.0 if self.compact else 25.0
        left = rect.x0 + (8 if self.compact else 11)
        middle = Rect.around(left + cube / 2, rect.cy, cube, cube * 1.12)
        page.icons.append(Icon(f"{self.id}#cube", "cube", middle, colour))
        page.lines(self.id, self.lines, rect.x0 + self.text_x, rect.cy - high(self.lines) / 2, inside=self.id)


def frame(marks: Marks, *ids: str) -> tuple[Dash, str, list[Line]]:
    """Border and words for a difference between plan and state: dotted for missing, dashed for extra."""
    for id in ids:
        mark = marks.of(id)
        if mark is not None:
            dash: Dash = {"missing": "dotted", "extra": "dashed", "changed": "solid"}[mark]  # type: ignore[assignment]
            return dash, NOTE, [Line(marks.sign(id), 8, NOTE, bold=True)]
    return "solid", "", []


def card(member: Member, column: Column, facts: Facts, marks: Marks, compact: bool, first: bool) -> Card:
    """The card of a container: name, addresses, MAC; in a compact one, name and the end of the address."""
    machine, interface = member.machine, member.interface
    id = machine.name if first or column.network is None else f"{machine.name}@{column.network.name}"
    dash, border, sign = frame(marks, machine.name, f"{machine.name}:{interface.name}" if interface else "")
    if compact:
        lines = [Line(machine.name, 8.5, bold=True).fit(96), *_end_of_address(member, column)]
        if sign:
            short = {"missing": "not there", "extra": "not planned", "changed": "differs", None: "differs"}
            lines[1:] = [Line(short[marks.of(machine.name)], 8, NOTE, bold=True)]
    else:
        lines = [Line(machine.name, 10.5, bold=True).fit(165), *_what_it_has(member, column, facts)]
        lines.extend(piece for line in sign for piece in line.wrap(160))
    return Card(id, tuple(lines), compact, dash, border)


def _end_of_address(member: Member, column: Column) -> list[Line]:
    """The one line of a compact card below the name, if there is anything to say."""
    if column.driver == "host":
        return [Line("shares the host's", 7.5, "muted")]
    subnets = [p.subnet for p in column.network.pools] if column.network else []
    addresses = member.interface.addresses if member.interface is not None else ()
    parts = [words.short(a.ip, subnets) for a in addresses]
    ports = [f":{p.host_port}" for p in member.machine.published]
    return [Line("  ".join([*parts, *ports]), 8, "muted", mono=True).fit(110)] if parts or ports else []


def _what_it_has(member: Member, column: Column, facts: Facts) -> list[Line]:
    """The lines of a full card below the name: addresses, MAC, other networks, published ports."""
    machine, interface = member.machine, member.interface
    addresses = interface.addresses if interface is not None else ()
    lines: list[Line] = []
    for address in addresses:
        lines.extend(Line(str(address.ip), 9.5 if address.version == 4 else 8.5, mono=True).wrap(160))
    if column.driver == "host":
        lines.append(Line("shares the host's interfaces", 8.5, "muted"))
        lines.append(Line("no address of its own", 8.5, "muted"))
    elif column.driver == "none" or interface is None:
        lines.append(Line("only lo", 8.5, "muted"))
    elif not addresses:
        lines.append(Line("address: Docker chooses", 8.5, "muted"))
    hardware = words.hardware(member)
    if hardware:
        lines.append(Line(hardware, 7.8, "muted", mono=":" in hardware))
    others = [
        n for n in facts.networks_of(machine.name) if column.network is None or n != column.network.name
    ]
    if others:
        lines.extend(Line(f"also in {words.listed(others)}", 8, "muted").wrap(160)[:3])
    lines.extend(Line(text, 8, "muted") for text in words.ports(machine.published)[:3])
    return lines


@dataclass(frozen=True, slots=True)
class Caption:
    """The words of a network's box: lines with their place relative to its upper left corner."""

    height: float
    placed: tuple[tuple[Line, float, float, bool], ...]
    pill: tuple[Rect, Line, Dash] | None

    def put(self, page: Page, id: str, x: float, top: float, colour: str) -> None:
        """Put the caption with its corner at ``x``, ``top``."""
        for number, (line, dx, dy, right) in enumerate(self.placed):
            page.line(f"{id}#caption{number}", line, x + dx, top + dy, "right" if right else "left", id)
        if self.pill is not None:
            rect, line, dash = self.pill
            place = Rect(x + rect.x0, top + rect.y0, x + rect.x1, top + rect.y1)
            page.boxes.append(Box(f"{id}#dns", place, colour, "card", 1.1, dash, 4))
            at = place.cy - line.pitch / 2
            page.line(f"{id}#dns", line, place.cx, at, "center", f"{id}#dns")


class _Column:
    """Lines that are put one below the other, up to a width."""

    def __init__(self, room: float) -> None:
        self.room = room
        self.placed: list[tuple[Line, float, float, bool]] = []
        self.y = 0.0

    def put(self, line: Line, x: float = 0, below: float = 0, right: bool = False) -> None:
        """Put a line ``below`` points further down, from ``x`` on or against the right edge."""
        self.placed.append((line, self.room if right else x, self.y + below, right))
        self.y += line.pitch + below


def caption(column: Column, colour: str, room: float, marks: Marks) -> Caption:
    """Name and subnet on one line where they fit, then the DNS sign and the details."""
    assert column.network is not None
    lines = _Column(room)
    _put_title(lines, column.network, _name(column), colour)
    pill = _put_details(lines, words.dns(column), words.details(column), colour)
    _, _, sign = frame(marks, f"network:{column.network.name}")
    for line in (piece for s in sign for piece in s.wrap(room)):
        lines.put(line, below=2)
    return Caption(lines.y, tuple(lines.placed), pill)


def _put_title(lines: _Column, network: Network, name: str, colour: str) -> None:
    room = lines.room
    title = Line(name, 10.5, colour, bold=True)
    subnets = [Line(str(p.subnet), 9, colour, mono=True).fit(room) for p in network.pools]
    together = Line("  ".join(line.text for line in subnets), 9, colour, mono=True)
    if subnets and title.width + 16 + together.width <= room:
        subnets = [together]
    beside = bool(subnets) and title.width + 16 + subnets[0].width <= room
    if title.width > room:
        lines.put(Line(words.driver(network), 10.5, colour, bold=True))
        title = Line(network.name, 10.5, colour, bold=True).fit(room)
    lines.put(title)
    if beside:
        lines.placed.append((subnets.pop(0), room, 1, True))
    for subnet in subnets:
        lines.put(subnet, right=beside)


def _put_details(
    lines: _Column, dns: str, details: Sequence[str], colour: str
) -> tuple[Rect, Line, Dash] | None:
    """The DNS sign, with the details beside it and below; several on one line where they fit."""
    room, indent = lines.room, 0.0
    pill: tuple[Rect, Line, Dash] | None = None
    if dns:
        line = Line(dns, 8, colour, bold=True)
        pill = (
            Rect(0, lines.y + 2, line.width + 12, lines.y + 16), line, "solid" if dns == "DNS" else "dashed",
        )  # fmt: skip
        indent = line.width + 12 + 7
    detail: list[Line] = []
    for text in details:
        joined = Line(f"{detail[-1].text}, {text}", 8.5, "muted") if detail else None
        if joined is not None and joined.width <= room - (indent if len(detail) < 2 else 0):
            detail[-1] = joined
        else:
            detail.extend(Line(text, 8.5, "muted").wrap(room if detail else room - indent))
    top = 2.6 if dns else 0
    for number, line in enumerate(detail):
        lines.placed.append((line, 0 if number else indent, lines.y + top, False))
        lines.y += line.pitch + (0 if number else top)
    if dns and not detail:
        lines.y += 16
    return pill


def _name(column: Column) -> str:
    """Driver and name of a network; the built-in ones are called like their driver."""
    assert column.network is not None
    kind = words.driver(column.network)
    return kind if column.network.name == column.driver else f"{kind}  {column.network.name}"


def title_room(column: Column) -> float:
    """The width that a network's caption would like: at least what its subnet and half its name need."""
    if column.network is None:
        return 0
    title = Line(_name(column), 10.5, bold=True).width
    subnet = wide([Line(str(p.subnet), 9, mono=True) for p in column.network.pools])
    return max(min(title + 18 + subnet, 330), min(title, 230), min(subnet, 260), 150)


def grid_width(cards: Sequence[Card], per_row: int, gap: float) -> float:
    """The width of a row of equal cards."""
    widest = max((c.width for c in cards), default=0)
    return per_row * widest + max(per_row - 1, 0) * gap
