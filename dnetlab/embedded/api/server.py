"""The API on a unix socket, for the docker CLI and every other client. Standard library only."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import socketserver
import stat
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Final

from dnetlab.embedded.api.connection import Connection
from dnetlab.embedded.api.core import Api

if TYPE_CHECKING:
    from dnetlab.embedded.engine import Engine

PATH_LIMIT: Final = 107 if sys.platform == "linux" else 103
"""Bytes in a unix socket's path: 108 with the final zero on Linux (unix(7)), 104 on the BSDs."""

_log: Final = logging.getLogger(__name__)


class SocketPathError(OSError):
    """The socket cannot be made at this path; the text says why and what to do."""


if sys.platform == "win32":
    _StreamServer = socketserver.TCPServer  # never opened: _make_room says why
else:
    _StreamServer = socketserver.UnixStreamServer


class Server(socketserver.ThreadingMixIn, _StreamServer):
    """A listening engine. ``serve_forever`` runs it, ``close`` ends it and removes the socket.

    Raises:
        SocketPathError: the path is too long, taken, or not a socket; or this system has no unix sockets.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, engine: Engine, path: str | os.PathLike[str]) -> None:
        self.api = Api.of(engine)
        self.path = Path(path).absolute()
        _make_room(self.path)
        mask = os.umask(0o177)
        try:
            super().__init__(str(self.path), Connection)
        finally:
            os.umask(mask)
        self._identity = self._inode()
        self._followed = time.monotonic()

    def service_actions(self) -> None:
        """Called by ``serve_forever`` again and again: time passes in the engine as it does outside."""
        super().service_actions()
        now = time.monotonic()
        self.api.follow(now - self._followed)
        self._followed = now

    def _inode(self) -> tuple[int, int] | None:
        try:
            found = self.path.lstat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Faults of one connection are logged and end that connection only."""
        _log.debug("connection ended", exc_info=True)

    def close(self) -> None:
        """Stops listening and removes the socket, if it is still this one."""
        self.server_close()
        if self._identity is not None and self._inode() == self._identity:
            self.path.unlink(missing_ok=True)
        self._identity = None


def _make_room(path: Path) -> None:
    """Checks that a socket can be bound at ``path``; removes one that nobody listens on any more."""
    if not hasattr(socket, "AF_UNIX"):
        raise SocketPathError(
            "Python has no unix sockets on this system: use the embedded engine in a notebook or a program (engine 'embedded'),"
            " or serve it in WSL or on another machine"
        )
    length = len(os.fsencode(path))
    if length > PATH_LIMIT:
        raise SocketPathError(
            f"the socket path has {length} bytes and a unix socket allows {PATH_LIMIT}: choose a shorter one ({path})"
        )
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        if not path.parent.is_dir():
            raise SocketPathError(f"there is no directory {path.parent} for the socket") from None
        return
    if not stat.S_ISSOCK(mode):
        raise SocketPathError(f"{path} exists and is not a socket: it stays as it is, choose another path")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            path.unlink(missing_ok=True)
            return
        except OSError as error:
            raise SocketPathError(f"{path} cannot be used: {error.strerror or error}") from error
    raise SocketPathError(f"somebody is listening at {path}: stop that engine or choose another path")


def serve(
    engine: Engine, socket_path: str | os.PathLike[str], *, ready: Callable[[Path], None] | None = None
) -> None:
    """Serves the engine on a unix socket (mode 0600) until SIGTERM or Ctrl-C, then removes the socket.

    Args:
        engine: the model engine.
        socket_path: where; a socket left behind by a dead process is replaced.
        ready: called with the path once clients can connect.

    Raises:
        SocketPathError: the socket cannot be made there.
    """
    server = Server(engine, socket_path)
    try:
        with _ended_by_signal(server):
            if ready is not None:
                ready(server.path)
            server.serve_forever(poll_interval=0.2)
    except KeyboardInterrupt:
        pass
    finally:
        server.close()


@contextlib.contextmanager
def _ended_by_signal(server: Server) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        # Not by an exception: one that arrives while a client is let in would count as that client's fault.
        threading.Thread(target=server.shutdown, daemon=True).start()

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
