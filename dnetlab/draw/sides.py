"""The PCs left and right of the switch: a few as monitors, many as panels of cards, one panel a VLAN."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from dnetlab.draw import cards, words
from dnetlab.draw.facts import Facts, Marks, strands
from dnetlab.draw.page import Line, Page, high, wide
from dnetlab.draw.scene import Box, Dash, Icon, IconKind, Rect

SINGLE = 6
"""Up to this number of PCs each has a monitor and a cable of its own."""
SCREEN = (60.0, 50.0)
RISER = 9.0
STACK_GAP = 16.0


@dataclass(frozen=True, slots=True)
class Small:
    """A PC in a panel."""

    id: str
    lines: tuple[Line, ...]

    @property
    def width(self) -> float:
        return max(33 + wide(self.lines), 92.0)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing beside the switch with its size; ``port`` is the depth at which its cable arrives."""

    id: str
    width: float
    height: float
    port: float
    colours: tuple[str, ...]
    anchor: str
    name: Line
    lines: tuple[Line, ...] = ()
    icon: IconKind = "monitor"
    panel: tuple[Small, ...] = ()
    rows: int = 1


@dataclass(frozen=True, slots=True)
class Side:
    """The items of one side, from top to bottom."""

    items: tuple[Item, ...]

    @property
    def width(self) -> float:
        return max((i.width for i in self.items), default=0)

    @property
    def height(self) -> float:
        return sum(i.height for i in self.items) + STACK_GAP * max(len(self.items) - 1, 0)

    @property
    def above(self) -> float:
        """How far the side reaches above the middle of the switch; an odd one's middle cable runs straight."""
        middle, odd = divmod(len(self.items), 2)
        if not odd:
            return self.height / 2
        return sum(i.height + STACK_GAP for i in self.items[:middle]) + self.items[middle].port

    @property
    def below(self) -> float:
        return self.height - self.above


def measure(facts: Facts, marks: Marks, stack: Sequence[str]) -> tuple[Side, Side]:
    """What stands left and right: in the order of the topology, balanced by height, the left side first."""
    stations = [m for m in facts.topology.machines if m.role not in {"container"} and m.name not in stack]
    if len(stations) <= SINGLE:
        items = [_single(name.name, facts, marks) for name in stations]
    else:
        groups: dict[tuple[str, tuple[int | None, ...]], list[str]] = {}
        for machine in stations:
            groups.setdefault(_plug(machine.name, facts), []).append(machine.name)
        items = [_panel(names, plug, facts, marks) for plug, names in groups.items()]
        if len(items) == 1:
            (plug, names) = next(iter(groups.items()))
            half = ceil(len(names) / 2)
            items = [_panel(part, plug, facts, marks) for part in (names[:half], names[half:])]
    half = ceil(len(items) / 2)
    return Side(tuple(items[:half])), Side(tuple(items[half:]))


def _plug(name: str, facts: Facts) -> tuple[str, tuple[int | None, ...]]:
    """Where a machine's first cable goes, and which VLANs it carries."""
    for link, _, far in facts.cables_of(name):
        return far.machine, strands(link)
    return "", ()


def _addresses(name: str, facts: Facts) -> list[Line]:
    """The addresses of a PC as lines; a DHCP client says so."""
    machine = facts.machines[name]
    lines = []
    for address in machine.addresses:
        text = str(address.ip)
        if machine.dhcp_client and address.version == 4:
            text += " (DHCP)"
        lines.append(Line(text, 9.5 if address.version == 4 else 8.5, mono=True))
    if machine.dhcp_client and not any(a.version == 4 for a in machine.addresses):
        lines.append(Line("address by DHCP", 9))
    return [piece for line in lines for piece in line.wrap(190)]


def _single(name: str, facts: Facts, marks: Marks) -> Item:
    machine = facts.machines[name]
    anchor, carried = _plug(name, facts)
    colours = tuple(facts.vlan_colour(v) for v in carried) or ("line",)
    lines = _addresses(name, facts)
    for link, _, far in facts.cables_of(name):
        port = f"port {far.interface}" if far.machine in facts.machines else ""
        if facts.vlan_aware and link.untagged is not None:
            kind = "trunk" if link.vlans else "access"
            port += f", {kind} VLAN {link.untagged}"
        lines.append(Line(port, 8.5, "muted").fit(170))
        break
    lines += [Line(f"route {r.destination} via {r.via}", 8, "muted").fit(190) for r in machine.routes[:3]]
    lines += [piece for s in cards.frame(marks, name)[2] for piece in s.wrap(170)]
    title = Line(name if machine.role == "pc" else f"{words.role(machine)} {name}", 10.5, bold=True).fit(150)
    width = max(title.width, wide(lines), SCREEN[0]) + 4
    port_at = title.pitch + 2 + SCREEN[1] * 0.4
    height = title.pitch + 2 + SCREEN[1] + 3 + high(lines)
    icons: dict[str, IconKind] = {
        "pc": "monitor",
        "router": "router",
        "switch": "switch",
        "internet": "cloud",
    }
    icon = icons.get(machine.role, "host")
    return Item(name, width, height, port_at, colours, anchor, title, tuple(lines), icon)


def _panel(names: list[str], plug: tuple[str, tuple[int | None, ...]], facts: Facts, marks: Marks) -> Item:
    anchor, carried = plug
    colours = tuple(facts.vlan_colour(v) for v in carried) or ("line",)
    small = []
    subnets = [a.network for n in names for a in facts.machines[n].addresses]
    for name in names:
        machine = facts.machines[name]
        parts = [words.short(a.ip, subnets) for a in machine.addresses]
        if machine.dhcp_client:
            parts.append("DHCP")
        second = Line(" ".join(parts), 8, "muted", mono=True).fit(110)
        mark = marks.of(name)
        if mark is not None:
            text = {"missing": "not there", "extra": "not planned", "changed": "differs"}[mark]
            second = Line(text, 8, "note", bold=True)
        small.append(Small(name, (Line(name, 8.5, bold=True).fit(96), second)))
    said = words.counted(len(names), "PC")
    vlans = [v for v in carried if v is not None]
    if facts.vlan_aware and vlans:
        said += f" in VLAN {', '.join(map(str, vlans))}"
    title = Line(said, 10, bold=True)
    nets = list(dict.fromkeys(str(n) for n in subnets))
    lines = tuple(Line(text, 8.5, "muted", mono=True) for text in nets[:2])
    per_row = max(1, min(4, ceil(len(small) / 6)))
    rows = ceil(len(small) / per_row)
    widest = max(s.width for s in small)
    width = max(per_row * (widest + 8) - 8, title.width, wide(lines)) + 24
    height = 12 + title.pitch + high(lines) + 6 + rows * 42 - 8 + 12
    id = f"pcs:{names[0]}"
    return Item(
        id, width, height, height / 2, colours, anchor, title, lines, panel=tuple(small), rows=per_row
    )


def put(
    page: Page, side: Side, centre: float, inner: float, edge: float, anchor: Rect | None, anchor_id: str,
    marks: Marks, middle: float,
) -> None:  # fmt: skip
    """Put a side: its middle at ``centre``, its inner border ``inner``, the switch's border ``edge``."""
    out = 1 if inner < edge else -1
    top = middle - side.above
    targets = []
    for item in side.items:
        targets.append(top + item.port)
        _put_item(page, item, centre, top, marks)
        top += item.height + STACK_GAP
    count = len(side.items)
    step = min(14.0, 32.0 / max(count - 1, 1))
    exits = [middle + (n - (count - 1) / 2) * step for n in range(count)]
    up = [n for n in range(count) if targets[n] < exits[n] - 0.01]
    down = [n for n in range(count) if targets[n] > exits[n] + 0.01]
    rank = {n: r for r, n in enumerate(up)} | {n: r for r, n in enumerate(reversed(down))}
    for number, item in enumerate(side.items):
        if anchor is None or item.anchor != anchor_id:
            continue
        lane = max(len(up), len(down)) - rank.get(number, 0)
        x = inner + out * (8 + RISER * lane)
        half = item.width / 2 if item.panel else _half(item)
        start = centre + out * (half + (0 if item.panel else 2))
        way = [(start, targets[number]), (x, targets[number]), (x, exits[number]), (edge, exits[number])]
        dash: Dash = "dotted" if marks.of(item.id) == "missing" else "solid"
        page.strands(f"link:{item.id}", way, item.colours, (item.id, anchor_id), dash)


def lanes(side: Side) -> float:
    """The room that the bends of a side's cables take."""
    return 20 + RISER * max(len(side.items), 1) if side.items else 0


def _half(item: Item) -> float:
    return {"router": 25.0, "cloud": 42.0, "switch": 42.0}.get(item.icon, SCREEN[0] / 2)


def _put_item(page: Page, item: Item, cx: float, top: float, marks: Marks) -> None:
    if item.panel:
        _put_panel(page, item, cx, top)
        return
    y = page.line(f"{item.id}#name", item.name, cx, top, "center") + 2
    rect = Rect.around(cx, y + SCREEN[1] / 2, 2 * _half(item), SCREEN[1])
    colour = "note" if marks.of(item.id) else item.colours[0]
    page.icons.append(Icon(item.id, item.icon, rect, colour))
    page.lines(item.id, item.lines, cx, y + SCREEN[1] + 3, "center")


def _put_panel(page: Page, item: Item, cx: float, top: float) -> None:
    rect = Rect(cx - item.width / 2, top, cx + item.width / 2, top + item.height)
    colour = item.colours[0]
    page.boxes.append(Box(item.id, rect, colour, "frame", 1.3, radius=8, group=True))
    y = page.line(item.id, item.name, rect.x0 + 12, top + 8, inside=item.id)
    y = page.lines(f"{item.id}#net", item.lines, rect.x0 + 12, y, inside=item.id) + 8
    widest = max(s.width for s in item.panel)
    for number, small in enumerate(item.panel):
        row, column = divmod(number, item.rows)
        x = rect.x0 + 12 + column * (widest + 8)
        card = Rect(x, y + row * 42, x + widest, y + row * 42 + 34)
        page.boxes.append(Box(small.id, card, colour, "card", 1.2, radius=5))
        page.icons.append(Icon(f"{small.id}#icon", "monitor", Rect.around(x + 15, card.cy, 16, 14), colour))
        page.lines(small.id, small.lines, x + 28, card.cy - high(small.lines) / 2, inside=small.id)
