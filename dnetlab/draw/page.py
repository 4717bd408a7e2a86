"""Blocks of text with a size, and the page that collects what a layout puts down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from dnetlab.draw import measure
from dnetlab.draw.scene import Align, Box, Dash, Icon, Label, Scene, Wire

LEADING = 1.5
"""Distance from line to line, in ems."""
CENTRE = 0.265
"""From the middle of a line of mixed letters down to its baseline, in ems."""
STRAND = 5.0
"""Distance between the strands of one cable."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text that has no place yet."""

    text: str
    size: float = 9
    colour: str = "ink"
    bold: bool = False
    mono: bool = False

    @property
    def width(self) -> float:
        return measure.width(self.text, self.size, bold=self.bold, mono=self.mono)

    @property
    def pitch(self) -> float:
        return self.size * LEADING

    def fit(self, room: float) -> Line:
        """The line, shortened in its middle where it is wider than ``room``."""
        return replace(self, text=measure.shorten(self.text, room, self.size, bold=self.bold, mono=self.mono))

    def wrap(self, room: float) -> list[Line]:
        """The line as lines that fit ``room``."""
        pieces = measure.wrap(self.text, room, self.size, bold=self.bold, mono=self.mono)
        return [replace(self, text=piece) for piece in pieces]


def wide(lines: Sequence[Line]) -> float:
    """The width of a block of lines."""
    return max((line.width for line in lines), default=0)


def high(lines: Sequence[Line]) -> float:
    """The height of a block of lines."""
    return sum(line.pitch for line in lines)


@dataclass
class Page:
    """What has been put down so far."""

    boxes: list[Box] = field(default_factory=list)
    icons: list[Icon] = field(default_factory=list)
    wires: list[Wire] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)

    def line(
        self, id: str, line: Line, x: float, top: float, align: Align = "left", inside: str = ""
    ) -> float:
        """Put a line whose area begins at ``top``; its bottom."""
        base = top + line.pitch / 2 + line.size * CENTRE
        self.labels.append(
            Label(id, line.text, x, base, line.size, line.colour, line.bold, line.mono, align, inside)
        )
        return top + line.pitch

    def lines(
        self, id: str, lines: Sequence[Line], x: float, top: float, align: Align = "left", inside: str = ""
    ) -> float:
        """Put lines under one another; the bottom of the last."""
        for number, line in enumerate(lines):
            top = self.line(f"{id}.{number}" if number else id, line, x, top, align, inside)
        return top

    def wire(
        self,
        id: str,
        points: Sequence[tuple[float, float]],
        colour: str,
        ends: tuple[str, ...],
        dash: Dash = "solid",
        width: float = 2.7,
    ) -> None:
        """Put a link; points that change nothing are dropped."""
        kept: list[tuple[float, float]] = []
        for point in points:
            if kept and abs(kept[-1][0] - point[0]) < 0.01 and abs(kept[-1][1] - point[1]) < 0.01:
                continue
            if len(kept) > 1 and _straight(kept[-2], kept[-1], point):
                kept[-1] = point
                continue
            kept.append(point)
        if len(kept) > 1:
            self.wires.append(Wire(id, tuple(kept), colour, ends, width, dash))

    def strands(
        self,
        id: str,
        points: Sequence[tuple[float, float]],
        colours: Sequence[str],
        ends: tuple[str, ...],
        dash: Dash = "solid",
    ) -> None:
        """Put a link of several parallel strands, one a colour."""
        gap = STRAND
        for number, colour in enumerate(colours):
            offset = (number - (len(colours) - 1) / 2) * gap
            self.wire(f"{id}.{number}" if number else id, shifted(points, offset), colour, ends, dash)

    def scene(self, width: float, height: float) -> Scene:
        """The finished drawing."""
        return Scene(
            width, height, tuple(self.boxes), tuple(self.icons), tuple(self.wires), tuple(self.labels)
        )


def _straight(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> bool:
    return (abs(a[0] - b[0]) < 0.01 and abs(b[0] - c[0]) < 0.01) or (
        abs(a[1] - b[1]) < 0.01 and abs(b[1] - c[1]) < 0.01
    )


def shifted(points: Sequence[tuple[float, float]], offset: float) -> list[tuple[float, float]]:
    """A right-angled line moved sideways: its upright parts to the right, its level ones down, by ``offset``."""
    moved = []
    for index, (x, y) in enumerate(points):
        dx = dy = 0.0
        for near in (index - 1, index + 1):
            if 0 <= near < len(points):
                if abs(points[near][0] - x) < 0.01:
                    dx = offset
                else:
                    dy = offset
        moved.append((x + dx, y + dy))
    return moved
