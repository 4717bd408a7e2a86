"""The drawing as a figure, a file, or a thing that Jupyter shows once with its alternative text."""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dnetlab.draw.arrange import layout
from dnetlab.draw.as_html import html
from dnetlab.draw.as_text import alt, text
from dnetlab.draw.compare import Marked
from dnetlab.draw.scene import Scene
from dnetlab.draw.theme import theme as _theme
from dnetlab.plan.model import Topology

if TYPE_CHECKING:
    from dnetlab.draw.paint import Drawing

FORMATS = ("png", "svg", "pdf")
PAGE = "page"
"""The theme that is the page's own: light and dark are both in the HTML."""
COLOURS = 200
"""Of a PNG: a drawing has some twenty, and the smooth edges of its letters and lines need the rest."""


def figure(
    topology: Topology,
    theme: str = "light",
    *,
    subtitle: str | None = None,
    missing: Collection[str] = (),
    extra: Collection[str] = (),
    changed: Mapping[str, str] | None = None,
) -> Drawing:
    """A ``matplotlib.figure.Figure`` of a plan or state, made without pyplot.

    Args:
        topology: what is drawn.
        theme: ``light`` or ``dark``.
        subtitle: the line under the title; None for one that fits the networks.
        missing: ids of what is planned but not there: drawn with a dotted border and said in words.
        extra: ids of what is there but not planned: a dashed border and words.
        changed: ids of what differs, with the difference in words.

    Raises:
        ValueError: for an unknown theme.
    """
    _theme(theme)
    scene = layout(topology, subtitle=subtitle, missing=missing, extra=extra, changed=changed)
    from dnetlab.draw.paint import paint

    return paint(scene, theme)


KEPT = 8
"""Drawings of the last few topologies, in both looks."""
_DRAWN: dict[tuple[Topology, str, Any], bytes] = {}


def _frozen(marks: Mapping[str, Any]) -> Any:
    """Marks as a key: collections and mappings of ids in an order of their own."""
    return tuple(
        (name, tuple(sorted(value.items() if isinstance(value, Mapping) else value)) if value else ())
        if not isinstance(value, str) else (name, value)
        for name, value in sorted(marks.items())
    )  # fmt: skip


class Picture:
    """A drawing for Jupyter: an image with alternative text, and the same in words.

    A notebook shows the image, on a dark page in dark colours; where there are no images (nbval, a terminal) there
    is the text.
    """

    def __init__(self, topology: Topology, theme: str = PAGE, *, macs: bool = False, **marks: Any) -> None:
        self.looks = ("light", "dark") if theme == PAGE else (theme,)
        for look in self.looks:
            _theme(look)
        self.topology, self.macs, self.marks = topology, macs, marks

    @cached_property
    def scene(self) -> Scene:
        """The layout."""
        return layout(self.topology, **self.marks)

    @cached_property
    def figure(self) -> Drawing:
        """The matplotlib figure."""
        return self._painted(self.looks[0])

    def _painted(self, look: str) -> Drawing:
        from dnetlab.draw.paint import paint

        return paint(self.scene, look)

    def _png(self, look: str) -> bytes:
        # What is drawn is often drawn twice, in the panel and in a cell: nothing changes it.
        key = (self.topology, look, _frozen(self.marks))
        png = _DRAWN.get(key)
        if png is None:
            png = render(self.figure if look == self.looks[0] else self._painted(look), "png")
            _DRAWN[key] = png
            while len(_DRAWN) > KEPT:
                _DRAWN.pop(next(iter(_DRAWN)), None)
        return png

    @property
    def png(self) -> bytes:
        """The picture as PNG; for a light page where it is for any."""
        return self._png(self.looks[0])

    @property
    def text(self) -> str:
        """The drawing in words, as :func:`dnetlab.draw.text` writes it."""
        marks = {k: v for k, v in self.marks.items() if k != "subtitle"}
        return text(self.topology, macs=self.macs, **marks)

    @property
    def alt(self) -> str:
        """The alternative text of the image."""
        return alt(self.topology)

    @property
    def html(self) -> str:
        """An HTML element: the image with its alternative text, and below it the words, folded.

        JupyterLab 4 makes no use of the alternative text in an image output's metadata, so that a screen reader
        gets it only from here.
        """
        return self._html(self.looks)

    @property
    def first_html(self) -> str:
        """The same with one look only: half of the work, to be seen while the other one is made."""
        return self._html(self.looks[:1])

    def _html(self, looks: Collection[str]) -> str:
        return html({look: self._png(look) for look in looks}, self.alt, self.text, self._pixels)

    @property
    def _pixels(self) -> int:
        """The width in CSS pixels (96 an inch) at which a point is a point."""
        return round(self.scene.width * 96 / 72)

    def save(self, path: str | Path) -> Path:
        """Write a file; its name's ending (png, svg, pdf) says in which format. Returns the path."""
        return _write(self.figure, path)

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """What IPython asks for: data and metadata by MIME type.

        HTML for pages, the image for what knows no HTML (a document made by LaTeX), in its true size.
        """
        kinds = {"text/plain", "text/html", "image/png"}
        kinds = kinds & set(include) if include else kinds
        kinds -= set(exclude or ())
        data: dict[str, Any] = {}
        metadata: dict[str, Any] = {}
        if "text/plain" in kinds:
            data["text/plain"] = self.text
        if "text/html" in kinds:
            data["text/html"] = self.html
        if "image/png" in kinds:
            data["image/png"] = self.png
            metadata["image/png"] = {"alt": self.alt, "width": self._pixels}
        return data, metadata


def prepare() -> None:
    """Load matplotlib and its fonts, which takes about a second once, so that the first drawing comes at once."""
    Picture(Topology("")).png  # noqa: B018


def show(topology: Topology, theme: str = PAGE, *, macs: bool = False, **marks: Any) -> Picture:
    """The picture for a notebook: the last value of a cell, or for ``IPython.display.display``.

    ``theme`` is ``light``, ``dark``, or ``page``: that of the page which shows it.
    ``macs`` writes MAC addresses into the text form too; without them the text of two builds is the same.
    ``marks`` are ``missing``, ``extra``, ``changed`` and ``subtitle`` as in :func:`figure`.
    """
    return Picture(topology, theme, macs=macs, **marks)


def save(topology: Topology, path: str | Path, theme: str = "light", **marks: Any) -> Path:
    """Draw into a PNG, SVG or PDF file. The same topology gives the same bytes. Returns the path.

    Raises:
        ValueError: for another ending, or an unknown theme.
    """
    return Picture(topology, theme, **marks).save(path)


def _write(drawing: Drawing, path: str | Path) -> Path:
    path = Path(path)
    kind = path.suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        raise ValueError(
            f"cannot write {path.name}: a picture is one of {', '.join('.' + f for f in FORMATS)}"
        )
    path.write_bytes(render(drawing, kind))
    return path


def render(drawing: Drawing, kind: str) -> bytes:
    """The figure's file of that format, without dates and program versions in it."""
    from dnetlab.draw.paint import plain

    if kind == "png":
        return _png(drawing)
    # matplotlib writes these by itself; None leaves each of them out.
    metadata: dict[str, Any] = {
        "svg": {"Date": None, "Creator": None},
        "pdf": {"Creator": None, "Producer": None, "CreationDate": None},
    }[kind]
    out = io.BytesIO()
    settings: Any = {"svg.hashsalt": "dnetlab", "svg.fonttype": "path", "pdf.fonttype": 42, "savefig.bbox": None,
                     "savefig.transparent": False, "savefig.facecolor": "auto", "savefig.edgecolor": "auto"}  # fmt: skip
    with plain(settings):
        drawing.savefig(out, format=kind, dpi=drawing.dpi, metadata=metadata)
    return out.getvalue()


def _png(drawing: Drawing) -> bytes:
    """A PNG with a palette: a third of the size, which a notebook keeps and a browser waits for."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    canvas: Any = FigureCanvasAgg(drawing)
    canvas.draw()
    size = canvas.get_width_height(physical=True)
    full = Image.frombuffer("RGBA", size, canvas.buffer_rgba(), "raw", "RGBA", 0, 1).convert("RGB")
    out = io.BytesIO()
    _with_palette(full).save(out, "png", dpi=(drawing.dpi, drawing.dpi))
    return out.getvalue()


def _with_palette(full: Any) -> Any:
    """The image in :data:`COLOURS` colours and a few: those it has most of as they are, the rest by their likes.

    Pillow's own way counts every pixel's colour several times over, and takes longer than the drawing.
    """
    import numpy as np
    from PIL import Image

    counted = full.getcolors(1 << 16)
    if counted is None:
        return full.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    every = np.array([colour for _, colour in sorted(counted, reverse=True)], dtype=np.int32)
    palette, rest = every[:COLOURS], every[COLOURS:]
    if len(rest):
        strip = Image.fromarray(rest.astype(np.uint8)[None])
        likes = strip.quantize(256 - COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        palette = np.concatenate([palette, np.array(likes.getpalette(), dtype=np.int32).reshape(-1, 3)])[:256]
    nearest = ((every[:, None, :] - palette[None]) ** 2).sum(axis=2).argmin(axis=1).astype(np.uint8)
    # Not one entry a pixel is looked for: a table of all 2^24 colours, of which a few thousand are touched.
    table = np.zeros(1 << 24, np.uint8)
    table[every @ (1, 1 << 8, 1 << 16)] = nearest
    pixels = np.asarray(full, dtype=np.uint8)
    packed = (
        pixels[..., 0] | (pixels[..., 1].astype(np.uint32) << 8) | (pixels[..., 2].astype(np.uint32) << 16)
    )
    few = Image.fromarray(table[packed])
    few.putpalette(palette.astype(np.uint8).tobytes())
    return few


__all__ = ["Marked", "Picture", "figure", "prepare", "render", "save", "show"]
