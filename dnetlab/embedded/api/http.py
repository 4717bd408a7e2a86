"""Requests and responses without a transport: what goes into the API and what comes out, as plain data.

The adapter (in process) and the server (unix socket) are the only places that know how either travels.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from dnetlab.embedded.api.pipe import InputPipe

JSON: Final = "application/json"
RAW_STREAM: Final = "application/vnd.docker.raw-stream"
MULTIPLEXED_STREAM: Final = "application/vnd.docker.multiplexed-stream"

ByteStream = Iterator["bytes | None"]
"""Bytes in order; ``None`` says "nothing now, ask again" (see ``engine.streams``)."""


@dataclass(frozen=True)
class Request:
    """One HTTP request.

    Attributes:
        method: upper case.
        path: as sent, still percent-encoded, with the ``/v1.51`` prefix if there was one.
        query: the raw text after ``?``.
        headers: names in lower case.
        body: all of it.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @classmethod
    def of(
        cls, method: str, target: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Request:
        """Makes a request from a request target such as ``/v1.51/networks?filters=...``.

        A target in absolute form (``http://host/path``) counts by its path, as HTTP wants it (RFC 9112, 3.2.2).
        """
        path, _, query = target.partition("?")
        if not path.startswith("/"):
            parts = urlsplit(target) if "://" in target else None
            path, query = (parts.path or "/", parts.query) if parts else (path, query)
        low = {name.lower(): value for name, value in (headers or {}).items()}
        return cls(method.upper(), path, query, low, body)

    @property
    def upgrade(self) -> bool:
        """Whether the client asked to turn the connection into a two-way stream."""
        return "upgrade" in self.headers


@dataclass(frozen=True)
class Hijack:
    """A body that takes the connection over: what comes in goes to ``input``, what ``output`` yields goes out.

    Attributes:
        output: the bytes as they have to be sent, already framed or raw.
        input: where the transport puts what the client sends, until the client has closed its side.
    """

    output: ByteStream
    input: InputPipe


Body = bytes | Iterator["bytes | None"] | Hijack


@dataclass(frozen=True)
class Response:
    """One HTTP response; ``body`` is bytes (length known), an iterator (sent as it comes) or a hijack."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Body = b""


def encode_json(value: Any) -> bytes:
    """The engine's JSON: compact, UTF-8, ``<`` and ``&`` as they are, one newline at the end."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "replace") + b"\n"


def answer(value: Any, status: int = 200, **headers: str) -> Response:
    """A JSON answer."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Response(status, {"Content-Type": JSON, **named}, encode_json(value))


def refusal(status: int, message: str) -> Response:
    """The engine's error answer: ``{"message": ...}``."""
    return answer({"message": message}, status)


def nothing(status: int = 204) -> Response:
    """An answer without a body."""
    return Response(status)
