"""The body of an answer as docker-py reads it, made of a stream instead of a socket.

docker-py looks below the surface of a response: ``raw._fp.fp.raw`` must be its socket, ``raw._fp.chunked`` and
``chunk_left`` lead it to the end of each piece. ``Source`` plays the socket, ``Payload`` what ``http.client``
would have put around it.
"""

from __future__ import annotations

import io
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from dnetlab.embedded.api.pipe import InputPipe

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_PATIENCE: Final = 0.02
"""How long, in seconds, one wait for news lasts before the stream is asked again."""

_ALONE: Final = sys.platform in ("emscripten", "wasi")
"""Where no other thread can bring news, waiting is in vain."""


class Source(io.RawIOBase):
    """A duck of a connected socket (and of the ``SocketIO`` around it) over a stream and, for input, a pipe.

    Reading waits for the stream, at most as long as the timeout; then ``TimeoutError``, as with a socket.
    """

    def __init__(
        self,
        stream: Iterator[bytes | None],
        keyboard: InputPipe | None,
        wait: Callable[[float], None],
        timeout: float | None,
    ) -> None:
        super().__init__()
        self._stream = stream
        self._keyboard = keyboard
        self._wait = wait
        self._timeout = timeout
        self._pending = b""
        self._descriptor: Any = None

    # Reading

    def piece(self) -> bytes:
        """The rest of the piece that is being read, or the next one; ``b""`` at the end."""
        if self._pending:
            piece, self._pending = self._pending, b""
            return piece
        deadline = None if self._timeout is None else time.monotonic() + self._timeout
        for piece_or_none in self._stream:
            if piece_or_none is not None:
                return piece_or_none
            if _ALONE or (deadline is not None and time.monotonic() >= deadline):
                raise TimeoutError("timed out: nothing came from the embedded engine")
            self._wait(_PATIENCE if self._timeout is None else min(_PATIENCE, self._timeout))
        return b""

    def recv(self, size: int, flags: int = 0) -> bytes:
        """At most ``size`` bytes, as soon as there are any."""
        if self.closed or size <= 0:
            return b""
        piece = self.piece()
        data, self._pending = piece[:size], piece[size:]
        if flags & socket.MSG_PEEK:
            self._pending = data + self._pending
        return data

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        data = self.recv(len(view))
        view[: len(data)] = data
        return len(data)

    # Writing

    def send(self, data: bytes, flags: int = 0) -> int:
        """Gives bytes to the process at the other end."""
        if self._keyboard is None or self._keyboard.closed:
            raise BrokenPipeError("this stream takes no input")
        self._keyboard.feed(bytes(data))
        return len(data)

    def sendall(self, data: bytes, flags: int = 0) -> None:
        """As ``send``; it takes everything at once."""
        self.send(data, flags)

    def writable(self) -> bool:
        return self._keyboard is not None

    def write(self, data: Any) -> int:
        return self.send(bytes(data))

    def shutdown(self, how: int) -> None:
        """Closes the process's input (``SHUT_WR``, ``SHUT_RDWR``)."""
        if self._keyboard is not None and how != socket.SHUT_RD:
            self._keyboard.close()

    # Being a socket

    @property
    def _sock(self) -> Source:
        return self

    def settimeout(self, seconds: float | None) -> None:
        """How long reading may wait; ``None`` for ever."""
        self._timeout = seconds

    def gettimeout(self) -> float | None:
        """How long reading may wait."""
        return self._timeout

    def setblocking(self, flag: bool) -> None:
        """As with sockets: ``False`` means not to wait at all."""
        self._timeout = None if flag else 0.0

    def fileno(self) -> int:
        """A descriptor that always counts as readable: docker-py polls before it reads, and reading does the waiting."""
        if self._descriptor is None:
            if os.name == "nt":
                self._descriptor, other = socket.socketpair()
                other.close()
            else:
                self._descriptor = open(os.devnull, "rb")  # noqa: SIM115, PTH123
        descriptor: int = self._descriptor.fileno()
        return descriptor

    def close(self) -> None:
        if not self.closed:
            if self._keyboard is not None:
                self._keyboard.close()
            close = getattr(self._stream, "close", None)
            if close is not None:
                close()
            if self._descriptor is not None:
                self._descriptor.close()
        super().close()


class _Buffered:
    """Where ``http.client`` would hold its buffered reader: docker-py only passes through."""

    def __init__(self, raw: Source) -> None:
        self.raw = raw


class Payload(io.RawIOBase):
    """The body, read piece by piece like a chunked one (``chunked``) or like one of known length."""

    def __init__(self, source: Source, *, chunked: bool) -> None:
        super().__init__()
        self.fp = _Buffered(source)
        self.chunked = chunked
        self._source = source
        self._piece = b""
        self._ended = False

    @property
    def chunk_left(self) -> int:
        """How much of the present chunk has not been read."""
        return len(self._piece)

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        """``size`` bytes, less only at the end; everything without a size."""
        wanted = sys.maxsize if size is None or size < 0 else size
        parts: list[bytes] = []
        while wanted:
            if not self._piece and not self._next():
                break
            part, self._piece = self._piece[:wanted], self._piece[wanted:]
            wanted -= len(part)
            parts.append(part)
        return b"".join(parts)

    def read1(self, size: int = -1) -> bytes:
        """What is there of the present piece, at least one byte except at the end."""
        if not self._piece:
            self._next()
        wanted = len(self._piece) if size < 0 else size
        part, self._piece = self._piece[:wanted], self._piece[wanted:]
        return part

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)

    def _next(self) -> bool:
        self._piece = b"" if self._ended or self._source.closed else self._source.piece()
        self._ended = not self._piece
        return not self._ended

    def isclosed(self) -> bool:
        """Whether the body has been read to its end."""
        return self.closed

    def close(self) -> None:
        self._source.close()
        super().close()
