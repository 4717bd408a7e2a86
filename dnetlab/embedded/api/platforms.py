"""The platform parameters of requests: ``linux/arm64``, or in newer calls ``{"os": "linux", "architecture": "arm64"}``.

Source: containerd ``platforms`` and moby ``httputils.DecodePlatform``, and what Engine 28.5.2 answered.
"""

from __future__ import annotations

import re
from typing import Final

from dnetlab.embedded.api.gojson import JSONError, parse
from dnetlab.embedded.api.query import Query
from dnetlab.embedded.api.shapes import ShapeError, read, struct
from dnetlab.embedded.engine.errors import EngineError, invalid
from dnetlab.embedded.engine.image import Platform
from dnetlab.embedded.engine.strconv import quoted, quoted_rune

_OS: Final = r"^([A-Za-z0-9_-]+)(?:\(([A-Za-z0-9_.%-]*)((?:\+[A-Za-z0-9_.%-]+)*)\))?$"
_PART: Final = r"^[A-Za-z0-9_.-]+$"
_OSES: Final = (
    *("aix", "android", "darwin", "dragonfly", "freebsd", "hurd", "illumos", "ios", "js", "linux"),
    *("nacl", "netbsd", "openbsd", "plan9", "solaris", "windows", "zos"),
)
_ARCHITECTURES: Final = (
    *("386", "amd64", "arm", "arm64", "loong64", "mips", "mipsle", "mips64", "mips64le", "ppc64"),
    *("ppc64le", "riscv64", "s390x", "wasm"),
)
_SYNONYMS: Final = {
    "macos": "darwin",
    "i386": "386",
    "x86_64": "amd64",
    "x86-64": "amd64",
    "aarch64": "arm64",
    "armhf": "arm",
}
_PLATFORM: Final = struct(
    "v1.Platform",
    {
        "architecture": "string",
        "os": "string",
        "os.version": "string",
        "os.features": "[]string",
        "variant": "string",
    },
)


def platform_of(text: str) -> Platform | None:
    """The platform of ``os``, ``architecture`` or ``os/architecture[/variant]``; None of an empty text.

    Raises:
        EngineError: 400, it is none.
    """
    if not text:
        return None
    parts = text.split("/")
    if len(parts) > 3:
        raise _unfit(f"{quoted(text)}: cannot parse platform specifier")
    for number, part in enumerate(parts):
        _check_part(part, text, is_os=number == 0)
    first, *rest = (_SYNONYMS.get(part.lower(), part.lower()) for part in parts)
    if rest:
        return Platform(first, *rest)
    if first in _OSES:
        return Platform(first, "amd64")
    if first in _ARCHITECTURES:
        return Platform("linux", first)
    raise _unfit(f"{quoted(text)}: unknown operating system or architecture")


def _check_part(part: str, text: str, *, is_os: bool) -> None:
    pattern = _OS if is_os else _PART
    if re.fullmatch(pattern.strip("^$"), part):
        return
    kind, what = ("OS component", "OSAndVersion") if is_os else ("component", "platform")
    raise _unfit(
        f"{quoted(part)} is an invalid {kind} of {quoted(text)}: {what} specifier component must match {quoted(pattern)}"
    )


def _unfit(problem: str) -> EngineError:
    return invalid(f"{problem}: invalid argument")


def platforms_in(query: Query) -> list[Platform]:
    """The platforms of the parameters ``platform``, where it is not empty, and ``platforms``, each as JSON.

    Raises:
        EngineError: 400, one cannot be read or lacks its operating system or architecture.
    """
    one = query.text("platform")
    return [_decoded(text) for text in ([one] if one else []) + query.all("platforms")]


def _decoded(text: str) -> Platform:
    try:
        value, rest = parse(text.encode("utf-8", "replace"))
        if rest:
            raise JSONError(f"invalid character {quoted_rune(rest[0])} after top-level value")
        read_value = read(value, _PLATFORM)
    except (EOFError, JSONError, ShapeError) as error:
        problem = str(error).replace("unexpected EOF", "") or "unexpected end of JSON input"
        raise invalid(f"failed to parse platform: {problem}") from None
    system, architecture = read_value.get("os", ""), read_value.get("architecture", "")
    if not system or not architecture:
        raise invalid("both OS and Architecture must be provided")
    return Platform(system, architecture, read_value.get("variant", ""))
