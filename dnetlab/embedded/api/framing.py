"""Output on its way to the client: frames of eight header bytes where streams are told apart, raw bytes on a terminal.

The frame's header is the stream's number, three zero bytes and the length, big-endian (Engine API, "Attach to a container").
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import Any, Final

from dnetlab.embedded.api.http import ByteStream, encode_json
from dnetlab.embedded.engine.errors import EngineError
from dnetlab.embedded.engine.streams import Chunk, OutputStream

HEADER: Final = struct.Struct(">BxxxL")


def frame(stream: int, data: bytes) -> bytes:
    """One frame."""
    return HEADER.pack(stream, len(data)) + data


def parse_frames(data: bytes) -> Iterator[Chunk]:
    """The frames in ``data``, the reverse of ``frame``; a cut-off last one comes as far as it is there."""
    at = 0
    while at + HEADER.size <= len(data):
        stream, length = HEADER.unpack_from(data, at)
        at += HEADER.size
        yield stream, data[at : at + length]
        at += length


def multiplexed(output: Iterable[Chunk | None]) -> ByteStream:
    """Framed output of a process without a terminal."""
    for chunk in output:
        if chunk is None:
            yield None
        elif chunk[1]:
            yield frame(*chunk)


def terminal_bytes(data: bytes) -> bytes:
    """What a terminal makes of a process's output: each line feed becomes carriage return and line feed (ONLCR)."""
    return (
        data.replace(b"\n", b"\r\n")
        if b"\r\n" not in data
        else data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    )


def on_terminal(output: Iterable[Chunk | None]) -> OutputStream:
    """Output of a process with a terminal, as the terminal hands it on."""
    for chunk in output:
        yield None if chunk is None else (chunk[0], terminal_bytes(chunk[1]))


def raw(output: Iterable[Chunk | None]) -> ByteStream:
    """Output without frames."""
    for chunk in output:
        if chunk is None:
            yield None
        elif chunk[1]:
            yield chunk[1]


def encoded(output: Iterable[Chunk | None], tty: bool) -> ByteStream:
    """A container's output: of a terminal and raw, or framed."""
    return raw(on_terminal(output)) if tty else multiplexed(output)


def json_lines(values: Iterable[dict[str, Any] | None], end: bytes = b"\n") -> ByteStream:
    """One JSON object a line. A refusal in mid-stream becomes the engine's error object, since the status has been sent."""
    try:
        for value in values:
            yield None if value is None else encode_json(value)[:-1] + end
    except EngineError as error:
        yield encode_json({"errorDetail": {"message": error.message}, "error": error.message})[:-1] + end
