"""The few calls of the Engine's HTTP API that starting an engine takes, over its unix socket."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlencode


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = str(path)

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def _call(
    path: Path, method: str, url: str, body: object = None, timeout: float = 2, length: int = 0
) -> bytes:
    connection = _Connection(path, timeout)
    try:
        headers = {"Content-Type": "application/x-tar", "Content-Length": str(length)} if length else {}
        # An engine that refuses a request answers before it has read the whole body.
        with contextlib.suppress(BrokenPipeError):
            connection.request(method, url, body=body, headers=headers)  # type: ignore[arg-type]
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    if answer.status != 200:
        raise OSError(
            f"the engine answered {answer.status} to {method} {url.split('?')[0]}: {text[:300].decode(errors='replace')}"
        )
    return text


def answers(path: Path, timeout: float = 2) -> bool:
    """Whether an engine answers a ping on the socket."""
    try:
        return _call(path, "GET", "/_ping", timeout=timeout) == b"OK"
    except (OSError, http.client.HTTPException):
        return False


def version(path: Path) -> str:
    """The engine's version, such as ``28.5.2+dfsg4``."""
    return str(json.loads(_call(path, "GET", "/version", timeout=10))["Version"])


def import_image(path: Path, archive: Path, reference: str, changes: Callable[[str], Sequence[str]]) -> None:
    """Import a tar archive of files as an image.

    Args:
        path: The engine's socket.
        archive: The files.
        reference: Name and tag.
        changes: Gives the instructions for its configuration; called again with the engine's words if it refuses some.

    Raises:
        OSError: The engine refused it; the text says why.
    """
    try:
        _import(path, archive, reference, changes(""))
    except OSError as error:
        if changes(str(error)) == changes(""):
            raise
        _import(path, archive, reference, changes(str(error)))


def _import(path: Path, archive: Path, reference: str, changes: Sequence[str]) -> None:
    repository, tag = reference.rsplit(":", 1)
    query = urlencode(
        [("fromSrc", "-"), ("repo", repository), ("tag", tag), *(("changes", c) for c in changes)]
    )
    with archive.open("rb") as file:
        answer = _call(
            path, "POST", f"/images/create?{query}", file, timeout=300, length=archive.stat().st_size
        )
    for line in answer.splitlines():  # a failure after the first byte comes with status 200
        if line and "error" in json.loads(line):
            raise OSError(f"the engine did not import {reference}: {json.loads(line)['error']}")
