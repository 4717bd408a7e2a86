"""JSON as Go's ``encoding/json`` reads it: the same documents accepted, the same sentences when one is not.

Python's parser does the work; when it refuses, a scanner says what is wrong and where in the engine's words.
The sentences are those that Docker Engine 28.5.2 (Debian, built with Go 1.27) answers.
"""

from __future__ import annotations

import json
from typing import Any, Final, NoReturn

from dnetlab.embedded.engine.strconv import quoted_rune

MAX_DEPTH: Final = 10_000
"""How deep Go nests before it says "exceeded max depth"."""

_SPACE: Final = " \t\r\n"
_ESCAPES: Final = '"\\/bfnrt'
_LITERALS: Final = {"t": "true", "f": "false", "n": "null"}


class JSONError(ValueError):
    """The document is not JSON; the text is Go's."""


class GoFloat(float):
    """A number that was not written as an integer; ``text`` is how it was written."""

    text: str

    def __new__(cls, text: str) -> GoFloat:
        self = super().__new__(cls, text)
        self.text = text
        return self


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


_decoder = json.JSONDecoder(parse_float=GoFloat, parse_constant=_refuse_constant)


def parse(raw: bytes) -> tuple[Any, str]:
    """The first JSON value in the document and the text after it.

    Raises:
        EOFError: there is nothing but white space.
        JSONError: it is not JSON.
    """
    text = raw.decode("utf-8", "replace")
    start = len(text) - len(text.lstrip(_SPACE))
    if start == len(text):
        raise EOFError
    try:
        value, end = _decoder.raw_decode(text, start)
    except (ValueError, RecursionError):
        # Bytes that are not UTF-8 are named as such, and white space at the beginning is as long either way.
        _scan(raw.decode("utf-8", "surrogateescape"), start)
        # The scanner found nothing: the document is right but more than Python's parser takes (nesting, digits).
        raise JSONError("exceeded max depth") from None
    return value, text[end:].lstrip(_SPACE)


def _unexpected(text: str, at: int, context: str) -> NoReturn:
    if at >= len(text):
        raise JSONError("unexpected EOF")
    raise JSONError(f"invalid character {quoted_rune(text[at])} {context}")


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at


def _string(text: str, at: int) -> int:
    """The position after the string that begins at ``at``."""
    at += 1
    while at < len(text):
        char = text[at]
        if char == '"':
            return at + 1
        if char < " ":
            _unexpected(text, at, "in string")
        if char == "\\":
            at = _escape(text, at)
        else:
            at += 1
    raise JSONError("unexpected EOF")


def _escape(text: str, at: int) -> int:
    letter = text[at + 1 : at + 2]
    if letter and letter in _ESCAPES:
        return at + 2
    digits = text[at + 2 : at + 6]
    if letter == "u" and len(digits) == 4 and all(d in "0123456789abcdefABCDEF" for d in digits):
        return at + 6
    if not letter or (letter == "u" and len(text) < at + 6):
        raise JSONError("unexpected EOF")
    raise JSONError(f"invalid escape sequence `{text[at : at + (6 if letter == 'u' else 2)]}` in string")


def _digits(text: str, at: int) -> int:
    if not text[at : at + 1].isascii() or not text[at : at + 1].isdigit():
        _unexpected(text, at, "in numeric literal")
    while at < len(text) and text[at] in "0123456789":
        at += 1
    return at


def _number(text: str, at: int) -> int:
    if text[at] == "-":
        at += 1
    at = at + 1 if text[at : at + 1] == "0" else _digits(text, at)
    if text[at : at + 1] == ".":
        at = _digits(text, at + 1)
    if text[at : at + 1] in ("e", "E"):
        at += 1
        at = _digits(text, at + 1 if text[at : at + 1] in ("+", "-") else at)
    return at


def _literal(text: str, at: int, word: str) -> int:
    for offset, expected in enumerate(word):
        if text[at + offset : at + offset + 1] != expected:
            _unexpected(text, at + offset, f"in literal {word} (expecting '{expected}')")
    return at + len(word)


def _key(text: str, at: int) -> int:
    """Past one ``"name":``."""
    at = _skip(text, at)
    if text[at : at + 1] != '"':
        _unexpected(text, at, "looking for beginning of object key string")
    at = _skip(text, _string(text, at))
    if text[at : at + 1] != ":":
        _unexpected(text, at, "after object key")
    return at + 1


def _scan(text: str, at: int) -> None:
    """Raises what Go would say of the first value in ``text``; returns if Go would find nothing wrong."""
    open_: list[str] = []
    while True:
        at = _skip(text, at)
        char = text[at : at + 1]
        if char and char in "{[":
            open_.append(char)
            if len(open_) > MAX_DEPTH:
                raise JSONError("exceeded max depth")
            inner = _skip(text, at + 1)
            if text[inner : inner + 1] != ("}" if char == "{" else "]"):
                at = _key(text, at + 1) if char == "{" else at + 1
                continue
            open_.pop()
            at = inner + 1
        elif char == '"':
            at = _string(text, at)
        elif char in _LITERALS:
            at = _literal(text, at, _LITERALS[char])
        elif char and char in "-0123456789":
            at = _number(text, at)
        else:
            _unexpected(text, at, "looking for beginning of value")
        # A value has ended: close what it completes, then expect the next one.
        while open_:
            at = _skip(text, at)
            char = text[at : at + 1]
            if char == ",":
                at = _key(text, at + 1) if open_[-1] == "{" else at + 1
                break
            if char != ("}" if open_[-1] == "{" else "]"):
                _unexpected(
                    text, at, "after object key:value pair" if open_[-1] == "{" else "after array element"
                )
            open_.pop()
            at += 1
        else:
            return
