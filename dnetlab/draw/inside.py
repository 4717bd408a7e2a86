"""The Docker host's inside: one column a Docker network, its device above, its containers in a box below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil

from dnetlab.draw import cards, words
from dnetlab.draw.cards import GAP, PAD, Caption, Card
from dnetlab.draw.facts import Column, Facts, Marks
from dnetlab.draw.page import Line, Page, high, wide
from dnetlab.draw.scene import Box, Dash, Icon, Rect

ROW_WIDTH = 1060.0
"""Networks side by side are laid out to this width where that is possible."""
LEVEL = 9.0
"""Between the horizontal parts of links that run above each other."""
SIGN = 26.0
"""The small router sign of a routed network."""


@dataclass(frozen=True, slots=True)
class Block:
    """A column with its sizes: ``device`` lines, a box of ``width`` by ``height`` with cards in rows."""

    column: Column
    colour: str
    tallest: float
    cards: tuple[Card, ...]
    per_row: int
    gap: float
    grid: bool
    caption: Caption | None
    device: tuple[Line, ...]
    device_width: float
    box_width: float
    box_height: float
    id: str

    @property
    def width(self) -> float:
        return max(self.device_width, self.box_width)

    @property
    def device_height(self) -> float:
        if self.column.routed:
            return SIGN
        return high(self.device) + 12 if self.device else 0


@dataclass(frozen=True, slots=True)
class Inside:
    """The measured inside of a host."""

    blocks: tuple[Block, ...]
    gap: float = 24.0

    @property
    def width(self) -> float:
        return sum(b.width for b in self.blocks) + self.gap * max(len(self.blocks) - 1, 0)

    @property
    def device_height(self) -> float:
        return max((b.device_height for b in self.blocks), default=0)


def measure(facts: Facts, marks: Marks) -> Inside:
    """Cards as large as their number allows: full ones in a row, full ones in a grid, compact ones."""
    total = sum(len(c.members) for c in facts.columns)
    longest = max((len(c.members) for c in facts.columns), default=0)
    if longest <= 4 and total <= 8:
        single = Inside(_blocks(facts, marks, _cards(facts, marks, False), False, 1))
        if single.width <= ROW_WIDTH:
            return single
    filled = _cards(facts, marks, total > 12)
    rows = 1
    while True:
        grid = Inside(_blocks(facts, marks, filled, True, rows))
        if grid.width <= ROW_WIDTH or rows >= longest:
            return grid
        rows += 1


def _cards(facts: Facts, marks: Marks, compact: bool) -> list[tuple[Card, ...]]:
    """The cards of each column."""
    seen: set[str] = set()
    filled = []
    for column in facts.columns:
        shown = []
        for member in column.members:
            first = member.machine.name not in seen
            seen.add(member.machine.name)
            shown.append(cards.card(member, column, facts, marks, compact, first))
        filled.append(tuple(shown))
    return filled


def _blocks(
    facts: Facts, marks: Marks, filled: Sequence[tuple[Card, ...]], grid: bool, rows: int
) -> tuple[Block, ...]:
    """The columns measured. ``rows`` is the number of rows of a grid (else all cards stand in one row)."""
    tallest = max((c.height for shown in filled for c in shown), default=0)
    blocks = []
    for index, (column, cells) in enumerate(zip(facts.columns, filled, strict=True)):
        per_row = max(ceil(len(cells) / rows), 1) if grid else max(len(cells), 1)
        blocks.append(_block(index, column, cells, per_row, tallest, grid, facts, marks))
    if grid:  # the first row of cards stands level in all boxes
        deepest = max((b.caption.height for b in blocks if b.caption is not None), default=0)
        return tuple(
            replace(
                b,
                caption=replace(b.caption, height=deepest),
                box_height=b.box_height + deepest - b.caption.height,
            )
            if b.caption is not None
            else b
            for b in blocks
        )
    level = max((b.box_height for b in blocks), default=0)
    return tuple(replace(b, box_height=level) if b.caption is not None else b for b in blocks)


def _block(
    index: int, column: Column, shown: tuple[Card, ...], per_row: int, tallest: float, grid: bool,
    facts: Facts, marks: Marks,
) -> Block:  # fmt: skip
    colour = facts.colour(column)
    gap = GAP if not (shown and shown[0].compact) else 9.0
    device = _device_lines(column, facts, marks, colour)
    device_width = max(wide(device) + 24, 120.0) if device else 0.0
    if column.routed:
        device_width = SIGN + 2 * (8 + wide(_routed_lines()))
    if column.network is None:
        return Block(column, colour, 0, (), 1, gap, grid, None, device, device_width, 0, 0, f"device:{index}")
    room = max(cards.grid_width(shown, per_row, gap), cards.title_room(column))
    caption = cards.caption(column, colour, room, marks)
    count = ceil(len(shown) / per_row)
    inner = count * tallest + max(count - 1, 0) * gap + (10 if shown else 0)
    return Block(
        column,
        colour,
        tallest,
        shown,
        per_row,
        gap,
        grid,
        caption,
        device,
        device_width,
        room + 2 * PAD,
        inner + caption.height + 2 * PAD - 4,
        f"network:{column.network.name}",
    )


def _device_lines(column: Column, facts: Facts, marks: Marks, colour: str) -> tuple[Line, ...]:
    device = column.device
    if device is None or column.routed:
        return ()
    lines = [Line(device.name, 10.5, "ink" if colour == "device" else colour, bold=True, mono=True)]
    lines += [Line(str(a), 9 if a.version == 4 else 8, mono=True) for a in device.addresses]
    lines.append(Line(words.device(device, facts, column), 8.5, "muted"))
    if column.network is None and not column.members:
        lines.append(Line("no network uses it", 8.5, "muted"))
    if facts.host is not None:
        lines += cards.frame(marks, f"{facts.host.name}:{device.name}")[2]
    return tuple(lines)


def _routed_lines() -> list[Line]:
    return [Line("routed by the", 8.5, "muted"), Line("host's table", 8.5, "muted")]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the inside hangs: the NIC's box, the highest point for links and the middle of the row."""

    nic: Rect | None
    nic_id: str
    top: float
    cx: float


def put(page: Page, inside: Inside, facts: Facts, marks: Marks, place: Place) -> float:
    """Put devices, networks and links; the bottom of the lowest box."""
    lefts = []
    x = place.cx - inside.width / 2
    for block in inside.blocks:
        lefts.append(x + block.width / 2)
        x += block.width + inside.gap
    exits = _exits(inside, facts, lefts, place)
    levels = _levels(exits, lefts, place)
    deepest = max(levels.values(), default=0)
    bus = place.top
    row = bus + (deepest + 1) * LEVEL + 16 if exits else bus
    below = row + inside.device_height if inside.device_height else row - 16
    bottom = below
    for index, block in enumerate(inside.blocks):
        cx = lefts[index]
        feed: list[tuple[float, float]] = []
        if index in exits and place.nic is not None:
            y = bus + levels[index] * LEVEL
            feed = [(exits[index], place.nic.y1), (exits[index], y), (cx, y)]
        bottom = max(bottom, _column(page, block, facts, marks, feed, cx, row, below, place.nic_id))
    return bottom


def _exits(inside: Inside, facts: Facts, centres: Sequence[float], place: Place) -> dict[int, float]:
    """Where each column's link leaves the NIC, from left to right; straight down where that is near enough."""
    if place.nic is None:
        return {}
    linked = [i for i, block in enumerate(inside.blocks) if facts.uplink(block.column)]
    step = min(16.0, (place.nic.width - 24) / max(len(linked) - 1, 1))
    even = {i: place.nic.cx + (n - (len(linked) - 1) / 2) * step for n, i in enumerate(linked)}
    # A small step aside looks like a mistake: move all a little, so that the nearest runs straight down.
    aside = min((centres[i] - x for i, x in even.items()), key=abs, default=0.0)
    room = place.nic.width / 2 - 10 - step * (len(linked) - 1) / 2
    if abs(aside) > room:
        aside = 0.0
    return {i: x + aside for i, x in even.items()}


def _levels(exits: dict[int, float], centres: Sequence[float], place: Place) -> dict[int, int]:
    """The level of each link's horizontal part: links to columns further out run above the nearer ones."""
    levels = {}
    for side in (-1, 1):
        out = [i for i in exits if (centres[i] - exits[i]) * side > 0.01]
        for level, index in enumerate(sorted(out, key=lambda i: -side * centres[i])):
            levels[index] = level
    return {i: levels.get(i, 0) for i in exits}


def _column(
    page: Page,
    block: Block,
    facts: Facts,
    marks: Marks,
    feed: list[tuple[float, float]],
    cx: float,
    row: float,
    below: float,
    nic: str,
) -> float:
    """One column; ``feed`` is the link's way from the NIC to the column's middle. Returns its bottom."""
    uplink = facts.uplink(block.column)
    start: tuple[float, float] | None = None
    source = nic
    if block.device_height:
        source = _put_device(page, block, facts, marks, cx, row)
        dash: Dash = "dashed" if uplink == "nat" else "solid"
        dash = "dotted" if marks.of(source) == "missing" else dash
        colour = block.colour if uplink == "child" else "line"
        page.wire(f"link:{source}", [*feed, (cx, row)] if feed else [], colour, (nic, source), dash)
        start, feed = (cx, row + block.device_height), []
    elif feed:
        start = feed[-1]
    if block.caption is None:
        return row + block.device_height
    fork = below + 20
    top = below + 36
    box = Rect.around(cx, top + block.box_height / 2, block.box_width, block.box_height)
    _put_box(page, block, marks, box)
    if start is None:
        return box.y1
    lead = [*feed] if feed else [start]
    straight = block.grid or block.column.driver == "host"
    if straight:
        colour = "device" if uplink == "shared" else block.colour
        page.wire(f"link:{block.id}", [*lead, (cx, box.y0)], colour, (source, block.id))
    else:
        for card in block.cards:
            at = _box_of(page, card.id).rect
            way = [*lead, (cx, fork), (at.cx, fork), (at.cx, at.y0)]
            page.wire(f"link:{card.id}", way, block.colour, (source, card.id))
    return box.y1


def _put_device(page: Page, block: Block, facts: Facts, marks: Marks, cx: float, row: float) -> str:
    """The column's device, or the router sign of a routed network; its id."""
    if block.column.routed:
        id = f"{block.id}#route"
        page.icons.append(Icon(id, "router", Rect.around(cx, row + SIGN / 2, SIGN, SIGN), "device"))
        lines = _routed_lines()
        page.lines(id, lines, cx + SIGN / 2 + 7, row + SIGN / 2 - high(lines) / 2)
        return id
    device = block.column.device
    assert device is not None and facts.host is not None
    id = f"{facts.host.name}:{device.name}"
    dash, border, _ = cards.frame(marks, id)
    again = sum(1 for box in page.boxes if box.id.split("#")[0] == id)
    id = f"{id}#{again + 1}" if again else id  # a device below two networks is drawn above each of them
    rect = Rect.around(cx, row + block.device_height / 2, block.device_width, block.device_height)
    page.boxes.append(Box(id, rect, border or block.colour, "card", 2.0, dash, 5))
    page.lines(id, block.device, cx, rect.y0 + 6, "center", id)
    return id


def _put_box(page: Page, block: Block, marks: Marks, box: Rect) -> None:
    """The network's box with its caption and its cards."""
    dash: Dash = "dashed" if block.column.driver in {"macvlan", "ipvlan"} else "solid"
    if block.column.driver in {"host", "none"}:
        dash = "dotted"
    marked, border, _ = cards.frame(marks, block.id)
    fill = f"{block.colour}.fill" if block.colour.startswith("seg") else "frame"
    page.boxes.append(
        Box(block.id, box, border or block.colour, fill, 1.4, marked if border else dash, 8, group=True)
    )
    assert block.caption is not None
    x0 = box.x0 + PAD
    if block.grid:
        block.caption.put(page, block.id, x0, box.y0 + PAD - 5, block.colour)
        top = box.y0 + PAD + block.caption.height + 5
    else:
        top = box.y0 + PAD
    tallest = block.tallest
    widest = max((c.width for c in block.cards), default=0)
    if block.grid:  # fill the box from side to side
        widest = (box.width - 2 * PAD - (block.per_row - 1) * block.gap) / block.per_row
    for number, card in enumerate(block.cards):
        line, place = divmod(number, block.per_row)
        if not block.grid:
            taken = len(block.cards) * widest + (len(block.cards) - 1) * block.gap
            left = box.cx - taken / 2 + place * (widest + block.gap)
        else:
            left = x0 + place * (widest + block.gap)
        up = top + line * (tallest + block.gap)
        card.put(page, Rect(left, up, left + widest, up + tallest), block.colour)
    if not block.grid:
        after = top + (tallest + 10 if block.cards else 0)
        block.caption.put(page, block.id, x0, after, block.colour)


def _box_of(page: Page, id: str) -> Box:
    """The box of that id that was put last."""
    return next(box for box in reversed(page.boxes) if box.id == id)
