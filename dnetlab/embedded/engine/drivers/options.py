"""Reading driver options as Go's strconv does, with its words for what cannot be read."""

from __future__ import annotations

import re
from typing import Final

_TRUE: Final = ("1", "t", "T", "TRUE", "true", "True")
_FALSE: Final = ("0", "f", "F", "FALSE", "false", "False")

LONGEST: Final = 15
"""How long the name of an interface may be (IFNAMSIZ - 1)."""


def parse_bool(text: str) -> bool:
    """A truth value.

    Raises:
        ValueError: with Go's message.
    """
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise ValueError(f'strconv.ParseBool: parsing "{text}": invalid syntax')


def parse_int(text: str) -> int:
    """A whole number.

    Raises:
        ValueError: with Go's message.
    """
    if not re.fullmatch(r"[+-]?[0-9]+", text):
        raise ValueError(f'strconv.Atoi: parsing "{text}": invalid syntax')
    value = int(text)
    if not -(2**63) <= value < 2**63:
        raise ValueError(f'strconv.Atoi: parsing "{text}": value out of range')
    return value
