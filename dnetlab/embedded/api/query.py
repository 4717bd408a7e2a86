"""Query parameters as the engine reads them: Go's URL decoding, Docker's booleans, filters and times."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from dnetlab.embedded.api.gojson import JSONError, parse
from dnetlab.embedded.engine.errors import EngineError, failed, invalid
from dnetlab.embedded.engine.strconv import parse_bool, parse_int, quoted

Filters = dict[str, list[str]]

_NO: Final = {"", "0", "no", "false", "none"}
_BAD_ESCAPE: Final = re.compile(r"%(?![0-9a-fA-F]{2}).{0,2}", re.S)


def unescape(text: str, *, plus: bool = False) -> str:
    """Percent-decoding that refuses what Go refuses.

    Raises:
        EngineError: 400 with Go's sentence.
    """
    bad = _BAD_ESCAPE.search(text)
    if bad:
        raise invalid(f'invalid URL escape "{bad.group()}"')
    return unquote_to_bytes(text.replace("+", " ") if plus else text).decode("utf-8", "replace")


class Query:
    """The parameters of one request; a name may come more than once.

    Raises:
        EngineError: 400, the text cannot be decoded.
    """

    def __init__(self, text: str) -> None:
        self._values: dict[str, list[str]] = {}
        for part in text.split("&"):
            if ";" in part:
                raise invalid("invalid semicolon separator in query")
            if part:
                name, _, value = part.partition("=")
                self._values.setdefault(unescape(name, plus=True), []).append(unescape(value, plus=True))

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def text(self, name: str) -> str:
        """The first value, or an empty text."""
        return self._values.get(name, [""])[0]

    def all(self, name: str) -> list[str]:
        """Every value."""
        return self._values.get(name, [])

    def flag(self, name: str, default: bool = False) -> bool:
        """Docker's boolean: empty, ``0``, ``no``, ``false`` and ``none`` are no, everything else is yes."""
        return self.text(name).strip().lower() not in _NO if name in self else default

    def truth(self, name: str) -> bool:
        """Go's boolean, no when absent or empty; as newer calls have it.

        Raises:
            EngineError: 400, it is none.
        """
        value = self.text(name)
        try:
            return bool(value) and parse_bool(value)
        except ValueError as error:
            raise invalid(f"invalid value for {name}: {value}: {error}") from None

    def integer(self, name: str) -> int | None:
        """A whole number, ``None`` when absent.

        Raises:
            EngineError: 500 as the engine answers (it does not mark the error as the client's).
        """
        value = self.text(name)
        return _number(value, "Atoi") if value else None

    def uint32(self, name: str, what: str) -> int:
        """A size such as a terminal's height.

        Raises:
            EngineError: 400, absent, malformed or out of range.
        """
        value = self.text(name)
        problem = ""
        digits = value.removeprefix("-")
        if not digits.isascii() or not digits.isdigit():
            problem = "invalid syntax"
        elif value.startswith("-") or len(digits) > 20 or int(digits) >= 2**32:
            problem = "value out of range"
        if problem:
            raise invalid(f"invalid {what} {quoted(value)}: {problem}")
        return int(digits)

    def time(self, name: str) -> float | None:
        """A Unix time, ``1136073600`` or ``1136073600.000000001``, in seconds; ``None`` when absent or empty.

        Raises:
            EngineError: 500 as the engine answers.
        """
        value = self.text(name)
        if not value:
            return None
        seconds, dot, fraction = value.partition(".")
        whole = _number(seconds, "ParseInt")
        return whole + (_number(fraction, "ParseInt") / 10 ** len(fraction) if dot else 0)

    def filters(self) -> Filters:
        """The ``filters`` parameter in one form: ``{"name": ["a", "b"]}``.

        Clients send a map of lists or (since API 1.22) a map of maps, whose keys count.

        Raises:
            EngineError: 400, it is neither.
        """
        value = self.text("filters")
        return _filters(value) if value else {}


def _number(value: str, function: str) -> int:
    try:
        return parse_int(value, function)
    except ValueError as error:
        raise failed(str(error)) from None


def _filters(text: str) -> Filters:
    wrong: EngineError = invalid("invalid filter")
    try:
        value, rest = parse(text.encode("utf-8", "replace"))
    except (EOFError, JSONError):
        raise wrong from None
    if value is None and not rest:
        return {}
    if rest or not isinstance(value, dict):
        raise wrong
    if all(_is_set(values) for values in value.values()):
        return {name: list(values or {}) for name, values in value.items()}
    if all(_is_list(values) for values in value.values()):
        return {name: list(values or []) for name, values in value.items()}
    raise wrong


def _is_set(values: Any) -> bool:
    return values is None or (
        isinstance(values, dict) and all(isinstance(on, bool) for on in values.values())
    )


def _is_list(values: Any) -> bool:
    return values is None or (isinstance(values, list) and all(isinstance(item, str) for item in values))
