"""A drawing as data: boxes, icons, wires and labels at their places, before anything is painted.

Lengths are points (1/72 inch), the origin is the upper left corner and y grows downwards, as on a page.
Colours are names (``ink``, ``muted``, ``seg0`` ...) that a theme turns into values, so that one scene serves
every theme.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from dnetlab.draw import measure

Dash = Literal["solid", "dashed", "dotted"]
Align = Literal["left", "center", "right"]
IconKind = Literal["cloud", "router", "switch", "monitor", "cube", "host"]


class Rect(NamedTuple):
    """A rectangle: left, top, right, bottom."""

    x0: float
    y0: float
    x1: float
    y1: float

    # The properties say what their names say, in points.
    @property
    def width(self) -> float:
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    @property
    def cx(self) -> float:
        return (self.x0 + self.x1) / 2

    @property
    def cy(self) -> float:
        return (self.y0 + self.y1) / 2

    def grow(self, by: float) -> Rect:
        """The rectangle with a margin of ``by`` (smaller for a negative one)."""
        return Rect(self.x0 - by, self.y0 - by, self.x1 + by, self.y1 + by)

    def holds(self, other: Rect) -> bool:
        """True where ``other`` lies inside."""
        return self.x0 <= other.x0 and self.y0 <= other.y0 and self.x1 >= other.x1 and self.y1 >= other.y1

    def meets(self, other: Rect) -> bool:
        """True where the two share an area."""
        return self.x0 < other.x1 and other.x0 < self.x1 and self.y0 < other.y1 and other.y0 < self.y1

    @classmethod
    def around(cls, cx: float, cy: float, width: float, height: float) -> Rect:
        """The rectangle with this middle and size."""
        return cls(cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2)


@dataclass(frozen=True, slots=True)
class Box:
    """A rounded rectangle: a card, a device, or (``group``) a frame around other things.

    ``straddles`` names the frame on whose border the box sits.
    """

    id: str
    rect: Rect
    border: str
    fill: str
    width: float = 1.7
    dash: Dash = "solid"
    radius: float = 6
    group: bool = False
    straddles: str = ""


@dataclass(frozen=True, slots=True)
class Icon:
    """A picture of a thing, drawn into ``rect``."""

    id: str
    kind: IconKind
    rect: Rect
    colour: str


@dataclass(frozen=True, slots=True)
class Wire:
    """A link along right-angled ``points``, its corners rounded. ``ends`` are the ids it may touch."""

    id: str
    points: tuple[tuple[float, float], ...]
    colour: str
    ends: tuple[str, ...]
    width: float = 2.7
    dash: Dash = "solid"

    @property
    def segments(self) -> Iterator[Rect]:
        """The straight parts as rectangles of the line's width."""
        for (x0, y0), (x1, y1) in zip(self.points, self.points[1:], strict=False):
            yield Rect(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)).grow(self.width / 2)


@dataclass(frozen=True, slots=True)
class Label:
    """One line of text. ``y`` is its baseline; ``inside`` is the id of the box or icon that must hold it."""

    id: str
    text: str
    x: float
    y: float
    size: float
    colour: str = "ink"
    bold: bool = False
    mono: bool = False
    align: Align = "left"
    inside: str = ""

    @property
    def rect(self) -> Rect:
        """The area that the text covers."""
        wide = measure.width(self.text, self.size, bold=self.bold, mono=self.mono)
        left = self.x - wide * {"left": 0.0, "center": 0.5, "right": 1.0}[self.align]
        return Rect(
            left, self.y - measure.ASCENT * self.size, left + wide, self.y + measure.DESCENT * self.size
        )


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything of one drawing, in the order in which it is painted within its kind."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    icons: tuple[Icon, ...]
    wires: tuple[Wire, ...]
    labels: tuple[Label, ...]

    @property
    def things(self) -> tuple[Box | Icon, ...]:
        """Boxes and icons: what links end at and texts stand in."""
        return (*self.boxes, *self.icons)

    def box(self, id: str) -> Box:
        """The box of that id. Raises KeyError where there is none."""
        for box in self.boxes:
            if box.id == id:
                return box
        raise KeyError(f"no box {id!r} in the scene")
