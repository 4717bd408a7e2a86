"""The legend: what each line and box of this drawing means, and the lesson's surprise."""

from __future__ import annotations

from dataclasses import dataclass

from dnetlab.draw.facts import Facts, Marks, strands
from dnetlab.draw.page import Line, Page, high, wide
from dnetlab.draw.scene import Box, Dash, Rect

ID = "#legend"
"""Ids of what belongs to no machine begin with a sign that no name has."""
SAMPLE = 36.0
ROW = 22.0
PAD = 16.0


@dataclass(frozen=True, slots=True)
class Entry:
    """A sample and its meaning: strands of ``colours`` (a line), or a box."""

    text: str
    colours: tuple[str, ...]
    dash: Dash = "solid"
    box: bool = False


@dataclass(frozen=True, slots=True)
class Legend:
    """The measured legend."""

    entries: tuple[Entry, ...]
    note: tuple[Line, ...]
    width: float

    @property
    def height(self) -> float:
        if not self.entries and not self.note:
            return 0
        return 2 * PAD - 6 + ROW * len(self.entries) + (high(self.note) + 8 if self.note else 0)

    def put(self, page: Page, right: float, top: float) -> Rect:
        """Put the panel with its upper right corner there."""
        panel = Rect(right - self.width, top, right, top + self.height)
        if not self.height:
            return panel
        page.boxes.append(Box(ID, panel, "frame.border", "frame", 1.2, radius=8, group=True))
        x = panel.x0 + PAD
        y = top + PAD - 3
        for number, entry in enumerate(self.entries):
            middle = y + ROW / 2
            if entry.box:
                border = entry.colours[0]
                fill = f"{border}.fill" if border.startswith("seg") else "card"
                sample = Rect(x, middle - 7, x + SAMPLE, middle + 7)
                page.boxes.append(Box(f"{ID}.{number}", sample, border, fill, 1.3, entry.dash, 4))
            else:
                gap = 6.0
                for strand, colour in enumerate(entry.colours):
                    at = middle + (strand - (len(entry.colours) - 1) / 2) * gap
                    points = [(x, at), (x + SAMPLE, at)]
                    page.wire(f"{ID}.{number}.{strand}", points, colour, (ID,), entry.dash)
            line = Line(entry.text, 9)
            page.line(f"{ID}.{number}", line, x + SAMPLE + 12, middle - line.pitch / 2, inside=ID)
            y += ROW
        page.lines(f"{ID}.note", self.note, x, y + (6 if self.entries else 3), inside=ID)
        return panel


def measure(facts: Facts, marks: Marks) -> Legend:
    """The entries that this drawing needs."""
    entries = _entries(facts, marks)
    texts = [Line(e.text, 9) for e in entries]
    room = max(SAMPLE + 12 + wide(texts), 196.0) if entries else 210.0
    note = Line(facts.topology.note, 8.8, "note", bold=True).wrap(room)
    return Legend(tuple(entries), tuple(note), max(room, wide(note)) + 2 * PAD)


def _entries(facts: Facts, marks: Marks) -> list[Entry]:
    entries: list[Entry] = []
    carried = [strands(link) for link in facts.cables]
    if any(1 in vlans for vlans in carried):
        lan = facts.vlan_colour(1)
        text = "untagged LAN (VLAN 1)" if facts.vlan_aware else "LAN: one broadcast domain"
        entries.append(Entry(text, (lan,)))
    for vlan in facts.vlans:
        entries.append(Entry(f"VLAN {vlan}", (facts.vlan_colour(vlan),)))
    trunks = [vlans for vlans in carried if len(vlans) > 1]
    if trunks:
        colours = tuple(facts.vlan_colour(v) for v in trunks[0])[:3]
        entries.append(Entry("trunk: frames keep their tag", colours))
    if any(facts.uplink(c) == "nat" for c in facts.columns):
        entries.append(Entry("host routes, NAT on the way out", ("line",), "dashed"))
    kinds: dict[str, Entry] = {}
    for column in facts.columns:
        if column.network is None or column.driver in kinds:
            continue
        text, dash = {
            "bridge": ("bridge network, veth pairs", "solid"),
            "host": ("no network of their own", "dotted"),
            "none": ("no network", "dotted"),
        }.get(column.driver, (f"{column.driver} network", "dashed" if "vlan" in column.driver else "solid"))
        kinds[column.driver] = Entry(text, (facts.colour(column),), dash, box=True)  # type: ignore[arg-type]
    entries.extend(kinds.values())
    if marks.missing:
        entries.append(Entry("planned, not there", ("note",), "dotted", box=True))
    if marks.extra:
        entries.append(Entry("there, not planned", ("note",), "dashed", box=True))
    if marks.changed:
        entries.append(Entry("differs from the plan", ("note",), "solid", box=True))
    return entries
