"""Reading a request's JSON body: content type, syntax, types, in the order in which the engine complains."""

from __future__ import annotations

import re
from typing import Any, Final

from dnetlab.embedded.api.gojson import JSONError, parse
from dnetlab.embedded.api.http import JSON, Request
from dnetlab.embedded.api.shapes import ShapeError, Struct, read
from dnetlab.embedded.engine.errors import invalid

_TOKEN: Final = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_PARAMETER: Final = re.compile(rf'\s*;\s*{_TOKEN}\s*=\s*(?:{_TOKEN}|"(?:[^"\\]|\\.)*")\s*')
_END_OF_FILE: Final = "invalid JSON: got EOF while reading request body"


def check_content_type(request: Request) -> None:
    """Lets ``application/json`` pass, and no content type at all where there is no body.

    Raises:
        EngineError: 400.
    """
    value = request.headers.get("content-type", "")
    if not value and not request.body:
        return
    media, problem = _media_type(value)
    if problem:
        raise invalid(f"malformed Content-Type header ({value}): mime: {problem}")
    if media != JSON:
        raise invalid(f"unsupported Content-Type header ({value}): must be '{JSON}'")


def _media_type(value: str) -> tuple[str, str]:
    """The media type, and what is wrong with the header in the words of Go's ``mime`` package."""
    media, _, _ = value.partition(";")
    media = media.strip().lower()
    if not media:
        return "", "no media type"
    if not re.fullmatch(rf"{_TOKEN}(/{_TOKEN})?", media):
        kind, slash, _ = media.partition("/")
        if not re.fullmatch(_TOKEN, kind):
            first = re.match(_TOKEN, kind)
            return "", "expected slash after first token" if first else "expected token after slash"
        return "", "unexpected content after media subtype" if slash else "expected slash after first token"
    rest = value[value.find(";") :] if ";" in value else ""
    while rest.strip():
        parameter = _PARAMETER.match(rest)
        if not parameter:
            return ("", "invalid media parameter") if rest.strip() != ";" else (media, "")
        rest = rest[parameter.end() :]
    return media, ""


def body_of(request: Request, wanted: Struct, *, required: bool = False) -> dict[str, Any]:
    """The body as ``wanted``; an empty one gives ``{}`` unless it is ``required``.

    Raises:
        EngineError: 400 in the engine's words.
    """
    check_content_type(request)
    if not request.body and not required:
        return {}
    try:
        value, rest = parse(request.body)
    except EOFError:
        raise invalid(_END_OF_FILE) from None
    except JSONError as error:
        raise invalid(f"invalid JSON: {error}") from None
    try:
        result = read(value, wanted)
    except ShapeError as error:
        raise invalid(f"invalid JSON: {error}") from None
    # Go's decoder looks for more only after it has decoded, and takes a closing bracket for the end of its input.
    if rest and rest[0] not in "]}":
        raise invalid("unexpected content after JSON")
    return result
