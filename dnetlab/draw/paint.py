"""From a scene to a matplotlib figure. One unit of the axes is one point, so that sizes are what they say."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import dist
from types import MappingProxyType
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import FancyBboxPatch, PathPatch
from matplotlib.path import Path
from matplotlib.text import Text

from dnetlab.draw import icons
from dnetlab.draw.scene import Box, Label, Rect, Scene, Wire
from dnetlab.draw.theme import Theme, theme

DPI = 144
_ONE_THREAD = threading.RLock()
BEND = 10.0
DASHES = {"solid": "-", "dashed": (0, (3.2, 2.0)), "dotted": (0, (1.0, 1.5))}


class Drawing(Figure):
    """A figure that knows the scene it shows; ``artists_of`` pairs its text artists with their labels."""

    scene: Scene
    artists_of: tuple[tuple[Text, Label], ...]

    def draw(self, renderer: Any) -> None:
        """Draw with the settings that the layout was computed for, whoever asks and whatever theirs are."""
        with plain():
            super().draw(renderer)

    def extents(self) -> Iterator[tuple[Label, Rect]]:
        """The labels with the areas that the renderer gives them, in points."""
        renderer = self.canvas.get_renderer()  # type: ignore[attr-defined]
        scale = 72 / self.dpi
        with plain():
            for artist, label in self.artists_of:
                area = artist.get_window_extent(renderer)
                top, bottom = self.scene.height - area.y1 * scale, self.scene.height - area.y0 * scale
                yield label, Rect(area.x0 * scale, top, area.x1 * scale, bottom)


def paint(scene: Scene, theme_name: str = "light") -> Drawing:
    """The figure of a scene, made without pyplot: nothing is registered, nothing shown twice.

    A user's own matplotlib settings (style sheets, rcParams) do not change it. Raises ValueError for an unknown
    theme.
    """
    colours = theme(theme_name)
    with plain():
        figure = Drawing(
            figsize=(scene.width / 72, scene.height / 72), dpi=DPI, facecolor=colours.value("page")
        )
        FigureCanvasAgg(figure)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set_xlim(0, scene.width)
        axes.set_ylim(scene.height, 0)
        for box in scene.boxes:
            if box.group:
                _box(axes, box, colours)
        for wire in scene.wires:
            _wire(axes, wire, colours)
        for box in scene.boxes:
            if not box.group:
                _box(axes, box, colours)
        for icon in scene.icons:
            for patch in icons.patches(icon, colours):
                axes.add_artist(patch)
        figure.scene = scene
        figure.artists_of = tuple(_labels(axes, scene.labels, colours))
    return figure


@contextmanager
def plain(more: Mapping[str, Any] = MappingProxyType({})) -> Iterator[None]:
    """matplotlib's own settings for what changes a drawing, and ``more``; a user's are back afterwards.

    They are global, so that only one thread at a time may change them.
    """
    settings: Any = dict(_plain()) | dict(more)
    with _ONE_THREAD, matplotlib.rc_context(settings):
        yield


def _plain() -> Any:
    """matplotlib's own defaults for what changes a drawing, and letters at their true widths (no hinting)."""
    names: Any = (
        *("path.sketch", "path.effects", "path.simplify", "text.usetex", "text.antialiased", "hatch.color"),
        *("patch.antialiased", "patch.linewidth", "patch.force_edgecolor", "lines.antialiased"),
        *("figure.autolayout", "figure.constrained_layout.use", "axes.xmargin", "axes.ymargin"),
    )
    return {"text.hinting": "none"} | {name: matplotlib.rcParamsDefault[name] for name in names}


def _box(axes: Axes, box: Box, colours: Theme) -> None:
    rect = box.rect
    radius = min(box.radius, rect.width / 2, rect.height / 2)
    patch = FancyBboxPatch(
        (rect.x0, rect.y0),
        rect.width,
        rect.height,
        boxstyle=f"round,pad=0,rounding_size={radius}",
        fc=colours.value(box.fill),
        ec=colours.value(box.border),
        lw=box.width,
        ls=DASHES[box.dash],
    )
    axes.add_artist(patch)


def _wire(axes: Axes, wire: Wire, colours: Theme) -> None:
    patch = PathPatch(
        rounded(wire.points),
        fc="none",
        ec=colours.value(wire.colour),
        lw=wire.width,
        ls=DASHES[wire.dash],
        capstyle="butt" if wire.dash != "solid" else "round",
        joinstyle="round",
    )
    axes.add_artist(patch)


def rounded(points: Sequence[tuple[float, float]], bend: float = BEND) -> Path:
    """The polyline with quarter turns at its corners, smaller ones where a straight part is short."""
    vertices = [points[0]]
    codes: list[Any] = [Path.MOVETO]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        radius = min(bend, dist(before, corner) / 2, dist(corner, after) / 2)
        vertices += [_toward(corner, before, radius), corner, _toward(corner, after, radius)]
        codes += [Path.LINETO, Path.CURVE3, Path.CURVE3]
    return Path([*vertices, points[-1]], [*codes, Path.LINETO])


def _toward(a: tuple[float, float], b: tuple[float, float], by: float) -> tuple[float, float]:
    """The point that lies ``by`` from ``a`` on the way to ``b``."""
    part = by / dist(a, b)
    return a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part


def _labels(axes: Axes, labels: Sequence[Label], colours: Theme) -> Iterator[tuple[Text, Label]]:
    fonts: dict[tuple[bool, bool, float], FontProperties] = {}
    for label in labels:
        key = (label.bold, label.mono, label.size)
        if key not in fonts:
            family = "DejaVu Sans Mono" if label.mono else "DejaVu Sans"
            fonts[key] = FontProperties(
                family=family, weight="bold" if label.bold else "normal", size=label.size
            )
        artist = axes.text(
            label.x, label.y, label.text, fontproperties=fonts[key], color=colours.value(label.colour),
            ha=label.align, va="baseline", parse_math=False,
        )  # fmt: skip
        yield artist, label
