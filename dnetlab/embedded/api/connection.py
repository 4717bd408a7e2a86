"""One client's connection: reading requests, writing answers, and streams that take the connection over."""

from __future__ import annotations

import contextlib
import io
import logging
import select
import socket
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, Final

from dnetlab.embedded.api.http import Hijack, Request, Response

if TYPE_CHECKING:
    from dnetlab.embedded.api.server import Server

BODY_LIMIT: Final = 256 * 2**20
"""Bytes that a request body may have."""

_SHORTEST, _LONGEST = 0.001, 0.05
_log: Final = logging.getLogger(__name__)


class _BadRequest(Exception):
    """The request cannot be read; the connection ends after the answer."""


class _Patience:
    """How long to wait before asking a quiet stream again: short at first, longer while it stays quiet."""

    def __init__(self) -> None:
        self.seconds = _SHORTEST

    def reset(self) -> None:
        self.seconds = _SHORTEST

    def grow(self) -> float:
        seconds, self.seconds = self.seconds, min(self.seconds * 2, _LONGEST)
        return seconds


class _Lines(io.BufferedReader):
    """A buffered reader that remembers its last line, since ``http.server`` takes an end within the headers for theirs."""

    last = b""

    def readline(self, size: int | None = -1, /) -> bytes:
        self.last = super().readline(size)
        return self.last


class Connection(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: Server
    rfile: _Lines

    def setup(self) -> None:
        super().setup()
        self.rfile = _Lines(self.connection.makefile("rb", buffering=0))

    def __getattr__(self, name: str) -> Any:
        # http.server looks for a method do_GET, do_PUT, ...: all go the same way.
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def log_message(self, format: str, *args: Any) -> None:
        _log.debug(format, *args)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """A request that is not HTTP: one plain line and the end, as Go's server does."""
        text = f"{int(code)} {self.responses.get(code, ('Bad Request',))[0]}"
        head = f"HTTP/1.1 {text}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.wfile.write(f"{head}{text}".encode())

    def handle(self) -> None:
        # A client that goes away in mid-request or mid-answer is no event.
        with contextlib.suppress(ConnectionError, TimeoutError, ValueError):
            super().handle()

    # Reading

    def _serve(self) -> None:
        try:
            if not self.rfile.last:
                raise EOFError
            body = self._read_body()
        except _BadRequest:
            self.send_error(400)
            return
        except EOFError:
            self.close_connection = True
            return
        headers = dict(self.headers.items())
        request = Request.of(self.command, self.path, headers, body)
        response = self.server.api.handle(request)
        match response.body:
            case bytes() as data:
                self._send_bytes(response, data)
            case Hijack() as hijack:
                self._send_hijacked(response, hijack)
            case stream:
                self._send_stream(response, stream)

    def _read_body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return b"".join(self._chunks())
        length = self.headers.get("Content-Length", "0")
        if not length.isascii() or not length.isdigit() or len(length) > 12 or int(length) > BODY_LIMIT:
            raise _BadRequest
        return self._exactly(int(length))

    def _exactly(self, count: int) -> bytes:
        data = self.rfile.read(count) if count else b""
        if len(data) < count:
            raise EOFError
        return data

    def _chunks(self) -> Iterator[bytes]:
        total = 0
        while True:
            line = self.rfile.readline(1024)
            if not line.endswith(b"\n"):
                raise EOFError if len(line) < 1024 else _BadRequest
            digits = line.split(b";")[0].strip()
            if not digits or len(digits) > 8 or not all(c in b"0123456789abcdefABCDEF" for c in digits):
                raise _BadRequest
            size = int(digits, 16)
            total += size
            if total > BODY_LIMIT:
                raise _BadRequest
            if not size:
                while self.rfile.readline(65537).strip():
                    pass
                return
            yield self._exactly(size)
            self._exactly(2)

    # Answering

    def _head(self, response: Response, **more: str) -> None:
        headers = {**response.headers, "Date": self.date_time_string(), **more}
        reason = "UPGRADED" if response.status == 101 else self.responses.get(response.status, ("",))[0]
        lines = [f"{self.protocol_version} {response.status} {reason}"]
        lines += [f"{name.replace('_', '-')}: {_one_line(value)}" for name, value in headers.items()]
        self.wfile.write("\r\n".join([*lines, "", ""]).encode("utf-8", "replace"))

    def _send_bytes(self, response: Response, data: bytes) -> None:
        bodiless = response.status in (204, 304)
        more = {} if bodiless else {"Content_Length": str(len(data))}
        if self.close_connection:
            more["Connection"] = "close"
        self._head(response, **more)
        if not bodiless and self.command != "HEAD":
            self.wfile.write(data)

    def _send_stream(self, response: Response, stream: Iterator[bytes | None]) -> None:
        chunked = self.request_version != "HTTP/1.0"
        self.close_connection = self.close_connection or not chunked
        self._head(
            response,
            **({"Transfer_Encoding": "chunked"} if chunked else {}),
            **({"Connection": "close"} if self.close_connection else {}),
        )
        patience = _Patience()
        with contextlib.closing(stream):  # type: ignore[type-var]
            for chunk in stream:
                if chunk is not None:
                    self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk) if chunked else chunk)
                    patience.reset()
                elif _gone(self.connection):
                    self.close_connection = True
                    return
                else:
                    self.server.api.wait(patience.grow())
        if chunked:
            self.wfile.write(b"0\r\n\r\n")

    def _send_hijacked(self, response: Response, hijack: Hijack) -> None:
        self.close_connection = True
        connection = self.connection
        self._head(response)
        # docker-py reads the descriptor behind the back of its own buffered reader and loses what came together
        # with the headers (its issues 2042, 3332): let it have read the headers before the first frame goes out.
        _drained(connection)
        hijack.input.feed(self._read_ahead())
        patience = _Patience()
        with contextlib.closing(hijack.output):  # type: ignore[type-var]
            while True:
                self._take_input(hijack)
                chunk = next(hijack.output, b"")
                if chunk:
                    connection.sendall(chunk)
                    patience.reset()
                elif chunk == b"":
                    break
                elif _gone(connection):
                    return
                else:
                    self._idle(hijack, patience.grow())
        _finish(connection)

    def _read_ahead(self) -> bytes:
        """Bytes of the new stream that the HTTP reader already holds."""
        self.connection.setblocking(False)
        try:
            ahead = self.rfile.peek()
            return self.rfile.read(len(ahead)) if ahead else b""
        except (BlockingIOError, ConnectionError):
            return b""
        finally:
            self.connection.setblocking(True)

    def _take_input(self, hijack: Hijack) -> None:
        while not hijack.input.closed and select.select([self.connection], [], [], 0)[0]:
            data = self.connection.recv(65536)
            if data:
                hijack.input.feed(data)
            else:
                hijack.input.close()

    def _idle(self, hijack: Hijack, seconds: float) -> None:
        if hijack.input.closed:
            self.server.api.wait(seconds)
        else:
            select.select([self.connection], [], [], seconds)


def _one_line(text: str) -> str:
    return text.replace("\r", " ").replace("\n", " ")


def _gone(connection: socket.socket) -> bool:
    """Whether the client has closed the connection (both ways: a half-closed one still listens)."""
    if not hasattr(select, "poll"):
        return False
    poll = select.poll()
    poll.register(connection, 0)
    return any(event & (select.POLLHUP | select.POLLERR) for _, event in poll.poll(0))


def _drained(connection: socket.socket, patience: float = 0.5) -> None:
    """Waits until the client has read everything that was sent; not longer than ``patience`` seconds."""
    try:
        import fcntl
        import termios
    except ImportError:
        return
    end = time.monotonic() + patience
    waiting = bytearray(4)
    while time.monotonic() < end:
        try:
            fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, waiting)
        except OSError:
            time.sleep(0.005)
            return
        if not int.from_bytes(waiting, sys.byteorder):
            return
        time.sleep(0.0003)


def _finish(connection: socket.socket) -> None:
    """Says that nothing more will come, and takes what is still on its way in: unread bytes would make the client's
    last read fail (unix(7), ECONNRESET)."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_WR)
        connection.setblocking(False)
        while connection.recv(65536):
            pass
