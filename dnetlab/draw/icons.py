"""The pictures of things as matplotlib patches: cloud, router, switch, monitor, cube."""

from __future__ import annotations

from collections.abc import Iterator
from math import cos, pi, sin

from matplotlib.patches import Circle, FancyBboxPatch, Patch, PathPatch, Polygon, Rectangle
from matplotlib.path import Path

from dnetlab.draw.scene import Icon, Rect
from dnetlab.draw.theme import Theme, mix

PUFFS = ((0.17, 0.73, 0.27), (0.38, 0.40, 0.35), (0.63, 0.42, 0.28), (0.83, 0.73, 0.27))
"""The cloud's circles: middle as parts of width and height, radius as a part of the height."""


def patches(icon: Icon, theme: Theme) -> Iterator[Patch]:
    """The patches of an icon, from the lowest to the uppermost."""
    colour = theme.value(icon.colour)
    if icon.kind == "cloud":
        yield from _cloud(icon.rect, colour, theme.value("cloud"))
    elif icon.kind == "router":
        yield from _router(icon.rect, colour, theme.value("arrow"))
    elif icon.kind == "switch":
        yield from _switch(icon.rect, colour, theme.value("arrow"))
    elif icon.kind == "cube":
        yield from _cube(icon.rect, colour, theme)
    elif icon.kind == "host":
        yield from _server(icon.rect, colour, theme)
    else:
        yield from _monitor(icon.rect, colour, theme)


def _cloud(rect: Rect, border: str, fill: str) -> Iterator[Patch]:
    """Circles on a flat foot, once wide in the border's colour and once narrower in the fill's."""
    middles = [(rect.x0 + x * rect.width, rect.y0 + y * rect.height) for x, y, _ in PUFFS]
    for colour, grow in ((border, 0.0), (fill, -3.2)):
        foot = rect.y1 + grow
        # From middle to middle, so that no corner of it shows between two circles.
        yield Polygon([*middles, (middles[-1][0], foot), (middles[0][0], foot)], fc=colour, ec="none")
        for middle, (_, _, radius) in zip(middles, PUFFS, strict=True):
            yield Circle(middle, radius * rect.height + grow, fc=colour, ec="none")


def _arrow(x0: float, y0: float, x1: float, y1: float, colour: str, head: float) -> Iterator[Patch]:
    """A line with a filled head; ``head`` is the head's length."""
    length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
    ux, uy = (x1 - x0) / length, (y1 - y0) / length
    bx, by = x1 - ux * head, y1 - uy * head
    yield PathPatch(Path([(x0, y0), (bx, by)]), ec=colour, fc="none", lw=head * 0.36, capstyle="round")
    half = head * 0.58
    yield Polygon(
        [(x1, y1), (bx - uy * half, by + ux * half), (bx + uy * half, by - ux * half)], fc=colour, ec="none"
    )


def _router(rect: Rect, colour: str, arrow: str) -> Iterator[Patch]:
    """A disc; two arrows point in, two out: what comes in on one side leaves on another."""
    radius = rect.height / 2
    yield Circle((rect.cx, rect.cy), radius, fc=colour, ec="none")
    near, far, head = radius * 0.2, radius * 0.74, radius * 0.2
    for side in (-1, 1):
        x0, x1, y0, y1 = near * side, far * side, far * side, near * side
        yield from _arrow(rect.cx + x0, rect.cy, rect.cx + x1, rect.cy, arrow, head)
        yield from _arrow(rect.cx, rect.cy + y0, rect.cx, rect.cy + y1, arrow, head)


def _switch(rect: Rect, colour: str, arrow: str) -> Iterator[Patch]:
    """A flat box with arrows to both sides."""
    yield _rounded(rect, 6, colour, "none", 0)
    wide, head = rect.width * 0.29, 6.5
    upper, lower = rect.cy - rect.height * 0.18, rect.cy + rect.height * 0.18
    left, right = rect.x0 + rect.width * 0.11, rect.x1 - rect.width * 0.11
    yield from _arrow(left, upper, left + wide, upper, arrow, head)
    yield from _arrow(left + wide, lower, left, lower, arrow, head)
    yield from _arrow(right, upper, right - wide, upper, arrow, head)
    yield from _arrow(right - wide, lower, right, lower, arrow, head)


def _monitor(rect: Rect, colour: str, theme: Theme) -> Iterator[Patch]:
    """A screen on a foot."""
    screen = Rect(rect.x0, rect.y0, rect.x1, rect.y0 + rect.height * 0.78)
    thick = max(rect.height * 0.045, 1.1)
    foot = rect.width * 0.12
    trapeze = [
        (rect.cx - foot * 0.7, screen.y1), (rect.cx + foot * 0.7, screen.y1),
        (rect.cx + foot * 1.15, rect.y1), (rect.cx - foot * 1.15, rect.y1),
    ]  # fmt: skip
    yield Polygon(trapeze, fc=colour, ec="none")
    half = rect.width * 0.33
    base = Rect(rect.cx - half, rect.y1 - thick, rect.cx + half, rect.y1)
    yield _rounded(base, thick / 2, colour, "none", 0)
    yield _rounded(screen.grow(-thick / 2), rect.height * 0.08, theme.value("card"), colour, thick)
    glass = screen.grow(-rect.height * 0.14)
    yield Rectangle(
        (glass.x0, glass.y0), glass.width, glass.height, fc=mix(colour, theme.value("card"), 0.16), ec="none"
    )


def _server(rect: Rect, colour: str, theme: Theme) -> Iterator[Patch]:
    """Another host: a box with two slots."""
    body = Rect.around(rect.cx, rect.cy, rect.height * 1.1, rect.height)
    yield _rounded(body.grow(-1), 4, theme.value("card"), colour, 2)
    for part in (0.35, 0.65):
        y = body.y0 + body.height * part
        yield PathPatch(Path([(body.x0 + 8, y), (body.x1 - 8, y)]), ec=colour, fc="none", lw=2)


def _cube(rect: Rect, colour: str, theme: Theme) -> Iterator[Patch]:
    """A box seen from above: three faces in three shades."""
    radius = rect.height / 2
    turn = [pi / 6 + n * pi / 3 for n in range(6)]
    corner = [(rect.cx + radius * cos(a), rect.cy + radius * sin(a)) for a in turn]
    right, bottom, left, upper_left, top, upper_right = corner
    middle = (rect.cx, rect.cy)
    card = theme.value("card")
    shapes = (
        ([right, bottom, middle, upper_right], 1.0),
        ([left, bottom, middle, upper_left], 0.72),
        ([top, upper_right, middle, upper_left], 0.38),
    )
    for points, part in shapes:
        yield Polygon(points, fc=mix(colour, card, part), ec=card, lw=radius * 0.06, joinstyle="round")


def _rounded(rect: Rect, radius: float, fill: str, border: str, width: float) -> Patch:
    return FancyBboxPatch(
        (rect.x0, rect.y0), rect.width, rect.height,
        boxstyle=f"round,pad=0,rounding_size={radius}", fc=fill, ec=border, lw=width,
    )  # fmt: skip
