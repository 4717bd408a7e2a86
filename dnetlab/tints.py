"""Colours for words in a notebook's output, for a light page and a dark one alike.

They are mixed with the page's own ink: dark on a light page, bright on a dark one. A front end that cannot mix
shows the ink. Meaning is never in the colour alone.
"""

from __future__ import annotations

GOOD = "color:color-mix(in srgb, currentColor 45%, #00916a)"
BAD = "color:color-mix(in srgb, currentColor 45%, #d9520a)"
MUTED = "color:color-mix(in srgb, currentColor 70%, #888)"
