"""Texts, numbers and truth values as Go's ``strconv`` quotes and reads them, with its words for what cannot be read."""

from __future__ import annotations

import re
from typing import Final

_TRUE: Final = ("1", "t", "T", "TRUE", "true", "True")
_FALSE: Final = ("0", "f", "F", "FALSE", "false", "False")
_ESCAPES: Final = {"\a": "a", "\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t", "\v": "v", "\\": "\\"}
_ESCAPED_BYTES: Final = range(0xDC80, 0xDD00)
"""What ``surrogateescape`` makes of bytes that are not UTF-8."""


def quoted(text: str) -> str:
    """A text in double quotes: ``%q``."""
    return '"' + "".join(_escaped(char, '"') for char in text) + '"'


def quoted_rune(char: str) -> str:
    """A character in single quotes."""
    return f"'{_escaped(char, chr(39))}'"


def _escaped(char: str, mark: str) -> str:
    number = ord(char)
    if char in _ESCAPES or char == mark:
        return "\\" + _ESCAPES.get(char, char)
    if char.isprintable():
        return char
    if number in _ESCAPED_BYTES:
        return f"\\x{number - 0xDC00:02x}"
    if number < 0x80:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def parse_bool(text: str) -> bool:
    """A truth value.

    Raises:
        ValueError: with Go's message.
    """
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise ValueError(f"strconv.ParseBool: parsing {quoted(text)}: invalid syntax")


def parse_uint16(text: str) -> int:
    """A number of 16 bits without a sign.

    Raises:
        ValueError: with Go's message.
    """
    if not re.fullmatch(r"[0-9]+", text):
        raise ValueError(f"strconv.ParseUint: parsing {quoted(text)}: invalid syntax")
    if len(text.lstrip("0")) > 5 or int(text) >= 2**16:
        raise ValueError(f"strconv.ParseUint: parsing {quoted(text)}: value out of range")
    return int(text)


def parse_int(text: str, function: str = "Atoi") -> int:
    """A whole number of 64 bits.

    Args:
        text: what was given.
        function: the name of Go's function in the message.

    Raises:
        ValueError: with Go's message.
    """
    if not re.fullmatch(r"[+-]?[0-9]+", text):
        raise ValueError(f"strconv.{function}: parsing {quoted(text)}: invalid syntax")
    if len(text) > 4000 or not -(2**63) <= int(text) < 2**63:
        raise ValueError(f"strconv.{function}: parsing {quoted(text)}: value out of range")
    return int(text)


def duration(seconds: float) -> str:
    """A span as ``time.Duration`` prints itself: ``1.5s``, ``1m30s``, ``250ms``."""
    nanoseconds = round(seconds * 1e9)
    for unit, size in (("ns", 1), ("µs", 1_000), ("ms", 1_000_000)):
        if nanoseconds < 1000 * size:
            return f"{nanoseconds / size:.9f}".rstrip("0").rstrip(".") + unit if nanoseconds else "0s"
    minutes, rest = divmod(nanoseconds, 60_000_000_000)
    text = f"{rest / 1e9:.9f}".rstrip("0").rstrip(".") + "s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes}m{text}" if hours else f"{minutes}m{text}" if minutes else text
