"""How wide a text is, without a font library: so that a layout is a pure function and the same everywhere.

The pictures are set in DejaVu, which matplotlib brings with it. The tables are the horizontal advances of its
printable ASCII characters in font units (2048 to the em), from the ``hmtx`` tables of DejaVu 2.37; the tests
compare them with the font files at hand. All widths and heights are in points.
"""

from __future__ import annotations

import re

_EM = 2048
_MONO = 1233

_REGULAR_TABLE = """
    651 821 942 1716 1303 1946 1597 563 799 799 1024 1716 651 739 651 690 1303 1303 1303 1303 1303 1303
    1303 1303 1303 1303 690 690 1716 1716 1716 1087 2048 1401 1405 1430 1577 1294 1178 1587 1540 604 604
    1343 1141 1767 1532 1612 1235 1612 1423 1300 1251 1499 1401 2025 1403 1251 1403 799 690 799 1716
    1024 1024 1255 1300 1126 1300 1260 721 1300 1298 569 569 1186 569 1995 1298 1253 1300 1300 842 1067
    803 1298 1212 1675 1212 1212 1075 1303 690 1303 1716
"""
_BOLD_TABLE = """
    713 934 1067 1716 1425 2052 1786 627 936 936 1071 1716 778 850 778 748 1425 1425 1425 1425 1425 1425
    1425 1425 1425 1425 819 819 1716 1716 1716 1188 2048 1585 1561 1503 1700 1399 1399 1681 1714 762 762
    1587 1305 2038 1714 1741 1501 1741 1577 1475 1397 1663 1585 2259 1579 1483 1485 936 748 936 1716
    1024 1024 1382 1466 1214 1466 1389 891 1466 1458 702 702 1362 702 2134 1458 1407 1466 1466 1010 1219
    979 1458 1335 1892 1321 1335 1192 1458 748 1458 1716
"""
_REGULAR = tuple(map(int, _REGULAR_TABLE.split()))
_BOLD = tuple(map(int, _BOLD_TABLE.split()))

ASCENT = 0.82
"""Height of the tallest ASCII letter above the baseline, in ems."""
DESCENT = 0.24
"""Depth of the deepest ASCII letter under the baseline, in ems."""
SHORT = "..."


def advances(*, bold: bool = False) -> tuple[int, ...]:
    """The advances of the characters from space to tilde, in 1/2048 em."""
    return _BOLD if bold else _REGULAR


def width(text: str, size: float, *, bold: bool = False, mono: bool = False) -> float:
    """The width of one line. A character outside ASCII counts as a full em, which is never too little."""
    table = advances(bold=bold)
    units = 0
    for character in text:
        code = ord(character) - 32
        if not 0 <= code < len(table):
            units += _EM
        else:
            units += _MONO if mono else table[code]
    return units * size / _EM


def shorten(text: str, room: float, size: float, *, bold: bool = False, mono: bool = False) -> str:
    """The text, with its middle replaced by three dots where it is wider than ``room``.

    The middle goes because the ends of names differ: ``shop-frontend-worker-017`` becomes ``shop-fr...-017``.
    At least one character and the dots remain.
    """
    if width(text, size, bold=bold, mono=mono) <= room:
        return text
    for kept in range(len(text) - 1, 0, -1):
        tail = kept // 3
        head = kept - tail
        short = text[:head] + SHORT + (text[-tail:] if tail else "")
        if width(short, size, bold=bold, mono=mono) <= room:
            return short
    return text[:1] + SHORT


def wrap(text: str, room: float, size: float, *, bold: bool = False, mono: bool = False) -> list[str]:
    """The text as lines no wider than ``room``, broken at spaces and inside words that are too wide."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if width(longer, size, bold=bold, mono=mono) <= room:
            line = longer
            continue
        if line:
            lines.append(line)
        pieces = _break(word, room, size, bold, mono)
        lines.extend(pieces[:-1])
        line = pieces[-1]
    return [*lines, line] if line else lines


def _break(word: str, room: float, size: float, bold: bool, mono: bool) -> list[str]:
    """The word in pieces that fit; after ``-``, ``_``, ``.``, ``:`` or ``/`` where that is possible."""
    pieces: list[str] = []
    piece = ""
    for part in re.findall(r"[^-_.:/]*[-_.:/]|[^-_.:/]+", word):
        for atom in [part] if width(part, size, bold=bold, mono=mono) <= room else list(part):
            if piece and width(piece + atom, size, bold=bold, mono=mono) > room:
                pieces.append(piece)
                piece = ""
            piece += atom
    return [*pieces, piece]
