"""Containers as cards and networks as boxes around them: their contents and sizes, before their places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dnetlab.draw import words
from dnetlab.draw.facts import Column, Facts, Marks, Member
from dnetlab.draw.page import Line, Page, high, wide
from dnetlab.draw.scene import Box, Dash, Icon, Rect

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
    network = column.network.name if column.network else ""
    id = machine.name if first else f"{machine.name}@{network}"
    dash, border, sign = frame(marks, machine.name, f"{machine.name}:{interface.name}" if interface else "")
    addresses = interface.addresses if interface is not None else ()
    name = Line(machine.name, 8.5 if compact else 10.5, bold=True).fit(96 if compact else 165)
    if compact:
        subnets = [p.subnet for p in column.network.pools] if column.network else []
        parts = [words.short(a.ip, subnets) for a in addresses]
        ports = [f":{p.host_port}" for p in machine.published]
        second = Line("  ".join([*parts, *ports]), 8, "muted", mono=True).fit(110)
        if column.driver == "host":
            second = Line("shares the host's", 7.5, "muted")
        if sign:
            short = {"missing": "not there", "extra": "not planned", "changed": "differs", None: ""}
            second = Line(short[marks.of(machine.name)] or "differs", 8, NOTE, bold=True)
        return Card(id, (name, second) if second.text else (name,), True, dash, border)
    lines = [name]
    for address in addresses:
        size = 9.5 if address.version == 4 else 8.5
        lines.extend(Line(str(address.ip), size, mono=True).wrap(160))
    if column.driver == "host":
        lines.append(Line("shares the host's interfaces", 8.5, "muted"))
        lines.append(Line("no address of its own", 8.5, "muted"))
    elif column.driver == "none" or (not addresses and interface is None):
        lines.append(Line("only lo", 8.5, "muted"))
    elif not addresses:
        lines.append(Line("address: Docker chooses", 8.5, "muted"))
    hardware = words.hardware(member)
    if hardware:
        lines.append(Line(hardware, 7.8, "muted", mono=":" in hardware))
    others = [n for n in facts.networks_of(machine.name) if n != network]
    if others:
        lines.extend(Line(f"also in {words.listed(others)}", 8, "muted").wrap(160)[:3])
    lines.extend(Line(text, 8, "muted") for text in words.ports(machine.published)[:3])
    lines.extend(piece for line in sign for piece in line.wrap(160))
    return Card(id, tuple(lines), False, dash, border)


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


def caption(column: Column, colour: str, room: float, marks: Marks) -> Caption:
    """Name and subnet on one line where they fit, then the DNS sign and the details."""
    network = column.network
    assert network is not None
    title = Line(_name(column), 10.5, colour, bold=True)
    subnets = [Line(str(p.subnet), 9, colour, mono=True).fit(room) for p in network.pools]
    placed: list[tuple[Line, float, float, bool]] = []
    y = 0.0
    together = Line("  ".join(line.text for line in subnets), 9, colour, mono=True)
    if title.width + 16 + together.width <= room:
        subnets = [together] if subnets else []
    if subnets and title.width + 16 + subnets[0].width <= room:
        placed += [(title, 0, y, False), (subnets[0], room, y + 1, True)]
        y += title.pitch
        rest, right = subnets[1:], True
    else:
        short = title
        if title.width > room:
            kind = Line(words.driver(network), 10.5, colour, bold=True)
            placed.append((kind, 0, y, False))
            y += kind.pitch
            short = Line(network.name, 10.5, colour, bold=True).fit(room)
        placed.append((short, 0, y, False))
        y += short.pitch
        rest, right = subnets, False
    for subnet in rest:
        placed.append((subnet, room if right else 0, y, right))
        y += subnet.pitch
    pill: tuple[Rect, Line, Dash] | None = None
    said = list(words.details(column))
    indent = 0.0
    dns = words.dns(column)
    if dns:
        line = Line(dns, 8, colour, bold=True)
        pill = (Rect(0, y + 2, line.width + 12, y + 16), line, "solid" if dns == "DNS" else "dashed")
        indent = line.width + 12 + 7
    detail: list[Line] = []
    for text in said:
        joined = f"{detail[-1].text}, {text}" if detail else text
        taken = indent if len(detail) < 2 else 0
        if detail and Line(joined, 8.5).width <= room - taken:
            detail[-1] = Line(joined, 8.5, "muted")
        else:
            left = room - (indent if not detail else 0)
            detail.extend(Line(text, 8.5, "muted").wrap(left))
    for number, line in enumerate(detail):
        placed.append((line, indent if number == 0 else 0, y + (2.6 if dns else 0), False))
        y += line.pitch + (2.6 if dns and number == 0 else 0)
    if dns and not detail:
        y += 16
    _, _, sign = frame(marks, f"network:{network.name}")
    for line in (piece for s in sign for piece in s.wrap(room)):
        placed.append((line, 0, y + 2, False))
        y += line.pitch + 2
    return Caption(y, tuple(placed), pill)


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
