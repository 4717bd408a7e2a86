"""An HTTP GET over the model's TCP, as curl and wget need it."""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dnetlab.embedded.kernel import KernelError

from .process import NETWORK_TICK, Wait
from .resolve import canonical
from .streams import Condition

if TYPE_CHECKING:
    from dnetlab.embedded.kernel import TcpConnection

    from .process import Process


@dataclass(frozen=True, slots=True)
class Url:
    """The parts of http://HOST:PORT/PATH."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """HOST, or HOST:PORT where the port is not the usual one."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == PORTS.get(self.scheme, 80) else f"{name}:{self.port}"


FAR = float("inf")
PORTS = {"http": 80, "https": 443, "ftp": 21}
URL = re.compile(
    r"(?:([a-zA-Z][a-zA-Z0-9+.-]*)://)?(?:[^/@]*@)?(\[[0-9a-fA-F:.%]+\]|[^/:?#]*)(?::(\d*))?([/?#].*)?\Z",
    re.S,
)


def parse_url(text: str) -> Url | None:
    """The parts of a URL; None for one that has no host or a port that is none."""
    match = URL.match(text)
    if match is None or not match.group(2):
        return None
    scheme = (match.group(1) or "http").lower()
    port = int(match.group(3)[:6]) if match.group(3) else PORTS.get(scheme, 80)
    if not 0 <= port < 65536:
        return None
    path = (match.group(4) or "/").split("#")[0]
    return Url(scheme, match.group(2).strip("[]"), port, path if path.startswith("/") else "/" + path)


@dataclass(slots=True)
class Response:
    """What came back: status line, header lines, body. ``raw`` is all of it."""

    status: int = 0
    reason: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    head: bytes = b""

    def header(self, name: str) -> str | None:
        return next((v for n, v in self.headers if n.lower() == name.lower()), None)


@dataclass(slots=True)
class Fetch:
    """How a fetch went: ``failed`` is "", "connect", "timeout-connect", "timeout", "empty", "reset"."""

    failed: str = ""
    error: str = ""
    response: Response = field(default_factory=Response)
    local: tuple[str, int] = ("", 0)
    remote: tuple[str, int] = ("", 0)
    connected: bool = False
    connect_seconds: float = 0.0
    seconds: float = 0.0


def connect(
    process: Process, address: str, port: int, limit: float | None, source: str | None = None
) -> Generator[Wait, None, TcpConnection | str]:
    """Open a connection; a string instead is the errno name, "" where ``limit`` (a moment) was reached."""
    tried = yield from attempt(process, address, port, limit, source)
    return tried if isinstance(tried, str) or tried.error is None else tried.error


def attempt(
    process: Process, address: str, port: int, limit: float | None, source: str | None = None
) -> Generator[Wait, None, TcpConnection | str]:
    """As ``connect``; a connection that was refused is given back with its ``error``."""
    kernel = process.context.kernel
    changed = Condition()
    try:
        connection = process.ns.tcp_connect(address, port, src=source)
    except KernelError as error:
        return error.errno
    process.socket = ("tcp", connection.local[1])
    connection.on_connect = connection.on_close = changed.notify
    while connection.state == "SYN-SENT":
        if limit is not None and kernel.now >= limit - 1e-9:
            connection.close()
            return ""
        yield Wait(until=min(limit or FAR, kernel.now + NETWORK_TICK), conditions=(changed,))
    return connection


def fetch(
    process: Process,
    address: str,
    url: Url,
    request: bytes,
    *,
    connect_limit: float | None = None,
    total_limit: float | None = None,
    source: str | None = None,
    head_only: bool = False,
) -> Generator[Wait, None, Fetch]:
    """Connect, send a request, read the answer; limits are moments of simulated time."""
    kernel = process.context.kernel
    start = kernel.now
    result = Fetch(remote=(address, url.port))
    limits = [m for m in (connect_limit, total_limit) if m is not None]
    opened = yield from attempt(process, address, url.port, min(limits) if limits else None, source)
    result.connect_seconds = result.seconds = kernel.now - start
    if not isinstance(opened, str):
        result.local = opened.local
    error = opened if isinstance(opened, str) else opened.error
    if isinstance(opened, str) or error is not None:
        result.failed = "timeout-connect" if error in ("", "ETIMEDOUT") else "connect"
        result.error = error or ""
        return result
    result.connected = True
    changed = Condition()
    opened.on_data = opened.on_close = changed.notify
    try:
        opened.send(request)
        while not _complete(bytes(opened.received), head_only):
            if opened.peer_closed or opened.error is not None or opened.state == "CLOSED":
                break
            if total_limit is not None and kernel.now >= total_limit - 1e-9:
                result.failed = "timeout"
                break
            yield Wait(until=min(total_limit or FAR, kernel.now + NETWORK_TICK), conditions=(changed,))
    finally:
        opened.close()
    result.seconds = kernel.now - start
    data = bytes(opened.received)
    if not result.failed and not data:
        result.failed = "reset" if opened.error == "ECONNRESET" else "empty"
    result.response = parse_response(data)
    return result


def _complete(data: bytes, head_only: bool) -> bool:
    head, end, body = data.partition(b"\r\n\r\n")
    if not end:
        return False
    if head_only:
        return True
    match = re.search(rb"(?im)^content-length:\s*(\d+)", head)
    return match is not None and len(body) >= int(match.group(1))


def parse_response(data: bytes) -> Response:
    """The parts of an answer; bytes that are no HTTP are all body (HTTP/0.9)."""
    head, end, body = data.partition(b"\r\n\r\n")
    if not end or not head.startswith(b"HTTP/"):
        return Response(body=data)
    lines = head.decode("latin-1").split("\r\n")
    words = lines[0].split(None, 2)
    status = int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
    headers = [(n, v.strip()) for n, _, v in (line.partition(":") for line in lines[1:])]
    return Response(status, words[2] if len(words) > 2 else "", headers, body, head + end)


def source_of(process: Process, word: str | None) -> str | bool | None:
    """The address of ``--interface WORD``; False where there is none."""
    if word is None:
        return None
    if canonical(word) is not None:
        return canonical(word)
    device = process.ns.devices.get(word.removeprefix("if!"))
    if device is None or not device.addresses:
        return False
    return device.addresses[0].address
