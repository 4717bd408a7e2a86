"""``docker commit``: an image made of a container's files and configuration."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable
from typing import Any, Final

from .errors import invalid
from .model import Container, Json

_KEPT: Final = (
    *("User", "ExposedPorts", "Env", "Cmd", "Volumes", "WorkingDir", "Entrypoint", "OnBuild"),
    *("Labels", "StopSignal"),
)
"""What an image has of its container's Config."""

_KNOWN: Final = (
    *("CMD", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "ONBUILD", "STOPSIGNAL"),
    *("USER", "VOLUME", "WORKDIR"),
)


def image_config(container: Container, changes: Iterable[str]) -> Json:
    """The Config of an image of a container, with changes as a Dockerfile has them (``CMD echo hi``).

    Raises:
        EngineError: 400, a change cannot be made by a commit.
    """
    config: Json = {key: container.config.get(key) for key in _KEPT}
    for text in changes:
        lines = [line.strip() for line in text.splitlines()]
        lines = [line for line in lines if line and not line.startswith("#")]
        if not lines:
            raise invalid("file with no instructions")
        for line in lines:
            word, _, rest = line.partition(" ")
            if word.upper() not in _KNOWN:
                raise invalid(f"{word} is not a valid change command")
            _change(config, word.upper(), rest.strip())
    return {key: value for key, value in config.items() if value is not None}


def _change(config: Json, word: str, rest: str) -> None:
    match word:
        case "CMD" | "ENTRYPOINT":
            config["Cmd" if word == "CMD" else "Entrypoint"] = _command(rest)
        case "ENV":
            given = _pairs(rest)
            kept = [text for text in config["Env"] or () if text.partition("=")[0] not in given]
            config["Env"] = [*kept, *(f"{key}={value}" for key, value in given.items())]
        case "LABEL":
            config["Labels"] = {**(config["Labels"] or {}), **_pairs(rest)}
        case "EXPOSE":
            ports: Json = {port if "/" in port else f"{port}/tcp": {} for port in rest.split()}
            config["ExposedPorts"] = {**(config["ExposedPorts"] or {}), **ports}
        case "VOLUME":
            config["Volumes"] = {**(config["Volumes"] or {}), **{path: {} for path in _words(rest)}}
        case "ONBUILD":
            config["OnBuild"] = [*(config["OnBuild"] or ()), rest]
        case "USER" | "WORKDIR" | "STOPSIGNAL":
            config[{"USER": "User", "WORKDIR": "WorkingDir", "STOPSIGNAL": "StopSignal"}[word]] = rest
        case "HEALTHCHECK":
            config["Healthcheck"] = {"Test": ["NONE"] if rest == "NONE" else ["CMD-SHELL", rest]}


def _array(text: str) -> list[str] | None:
    try:
        value: Any = json.loads(text)
    except ValueError:
        return None
    return [str(item) for item in value] if isinstance(value, list) else None


def _command(text: str) -> list[str]:
    array = _array(text)
    return ["/bin/sh", "-c", text] if array is None else array


def _words(text: str) -> list[str]:
    array = _array(text)
    return text.split() if array is None else array


def _pairs(text: str) -> dict[str, str]:
    """``A=b C="d e"``, or the old form ``A b``."""
    words = shlex.split(text)
    if words and "=" not in words[0]:
        return {words[0]: " ".join(words[1:])}
    return {word.partition("=")[0]: word.partition("=")[2] for word in words}
