"""Colours for paper and for dark screens. The segments' colours are those of Okabe and Ito.

Okabe and Ito, "Color Universal Design" (2008), chose colours that people with any kind of colour vision tell
apart. On white the light ones are darkened, on black the dark ones lightened, until text in them has a contrast
of 4.5 to 1 with what lies behind it (WCAG 2.2, 1.4.3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Theme:
    """A set of colours by name, and the colours of segments, used again from the start when they run out."""

    colours: Mapping[str, str]
    segments: tuple[str, ...]
    tint: float
    """How much of a segment's colour is in the fill of its network's box."""

    def value(self, name: str) -> str:
        """The colour of a name as ``#rrggbb``: ``ink``, ``seg3`` or ``seg3.fill``. KeyError for any other."""
        if name.startswith("seg"):
            number, _, kind = name[3:].partition(".")
            colour = self.segments[int(number) % len(self.segments)]
            return mix(colour, self.colours["page"], self.tint) if kind == "fill" else colour
        return self.colours[name]


def mix(colour: str, other: str, part: float) -> str:
    """A colour made of ``part`` of the first and the rest of the second."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(a * part + b * (1 - part)):02x}" for a, b in pairs)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def contrast(colour: str, other: str) -> float:
    """The contrast of two colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    brighter, darker = sorted((_luminance(colour), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [c / 255 for c in _channels(colour)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


LIGHT = Theme(
    {
        "page": "#ffffff",
        "ink": "#17212e",
        "muted": "#55616f",
        "line": "#6d7e92",
        "device": "#33475b",
        "arrow": "#ffffff",
        "host": "#f2f5f8",
        "host.border": "#b3bfcd",
        "frame": "#f6f7fa",
        "frame.border": "#b9c4d3",
        "card": "#ffffff",
        "cloud": "#ffffff",
        "note": "#7f2a66",
    },
    ("#006cab", "#b34500", "#00744f", "#9b4a7c", "#8a6100", "#2f6f8f"),
    0.12,
)
DARK = Theme(
    {
        "page": "#11181f",
        "ink": "#f1f4f7",
        "muted": "#a9b5c1",
        "line": "#7d8da0",
        "device": "#c7d2de",
        "arrow": "#17212e",
        "host": "#18222b",
        "host.border": "#43525f",
        "frame": "#171f28",
        "frame.border": "#43525f",
        "card": "#1c2733",
        "cloud": "#1c2733",
        "note": "#e7a6d3",
    },
    ("#56b4e9", "#f0a040", "#2fc197", "#d894ba", "#f0e442", "#8fb8ff"),
    0.22,
)
THEMES: Mapping[str, Theme] = {"light": LIGHT, "dark": DARK}


def theme(name: str) -> Theme:
    """The theme of a name. Raises ValueError that lists the names there are."""
    try:
        return THEMES[name]
    except KeyError:
        raise ValueError(f"no theme {name!r}; there are {', '.join(THEMES)}") from None
