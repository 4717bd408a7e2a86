"""What docker-proxy does: whoever comes to a port of the host itself is connected with the container's.

Source of the UDP half: moby ``cmd/docker-proxy/udp_proxy_linux.go``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from .errors import KernelError
from .kerneltimer import Timer
from .tcp import TcpConnection
from .udp import UdpSocket

if TYPE_CHECKING:
    from .namespace import Namespace

SILENCE: Final = 90.0
"""Seconds without an answer after which a UDP client is forgotten."""


def tcp_proxy(backend: Namespace, address: str, port: int) -> Callable[[TcpConnection], None]:
    """An ``on_accept`` that dials on, and copies both ways: what docker-proxy does."""

    def accept(front: TcpConnection) -> None:
        try:
            back = backend.stack.tcp.connect(address, port, None, None)
        except KernelError:
            front.abort()
            return
        back.owner = front.owner
        pending = bytearray(front.received)

        def connected(_: TcpConnection) -> None:
            if pending:
                back.send(bytes(pending))
            if front.peer_closed:
                back.shutdown()

        def from_front(_: TcpConnection, data: bytes) -> None:
            if back.connected:
                back.send(data)
            else:
                pending.extend(data)

        def from_back(_: TcpConnection, data: bytes) -> None:
            if front.connected:
                front.send(data)

        def front_closed(_: TcpConnection) -> None:
            if front.error is not None:
                back.abort()
            elif back.connected:
                back.shutdown()

        def back_closed(_: TcpConnection) -> None:
            front.close() if back.error is None else front.abort()

        back.on_connect, back.on_data, back.on_close = connected, from_back, back_closed
        front.on_data, front.on_close = from_front, front_closed

    return accept


class UdpProxy:
    """Passes datagrams on to a backend, from a port of its own for each client, and the answers back.

    That nobody listens at the backend is not told to the client: to UDP, docker-proxy's own port is open.
    """

    def __init__(self, front: UdpSocket, backend: Namespace, address: str, port: int) -> None:
        self._front = front
        self._backend = backend
        self._target = (address, port)
        self._clients: dict[tuple[str, int], _UdpClient] = {}
        front.on_datagram = self._forward

    def close(self) -> None:
        """Closes all its sockets."""
        self._front.close()
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    def _forward(self, front: UdpSocket, data: bytes, source: tuple[str, int]) -> None:
        asked = front.received.pop().to
        client = self._clients.get(source)
        try:
            if client is None:
                client = self._clients[source] = self._welcome(source, asked)
            client.back.sendto(data, *self._target)
        except KernelError:
            # docker-proxy writes such errors to its log, and the datagram is lost.
            return

    def _welcome(self, source: tuple[str, int], asked: str) -> _UdpClient:
        back = self._backend.udp_socket(6 if ":" in self._target[0] else 4)
        back.owner = self._front.owner
        back.connect(*self._target)

        def answer(_: UdpSocket, data: bytes, __: tuple[str, int]) -> None:
            back.received.clear()
            client.timer.cancel()
            client.timer = self._forgetting(source)
            # From the address that the client wrote to: another one it would not take for the answer.
            self._front.sendto(data, *source, source=asked)

        back.on_datagram = answer
        client = _UdpClient(back, self._forgetting(source))
        return client

    def _forgetting(self, source: tuple[str, int]) -> Timer:
        return self._backend.kernel.call_later(SILENCE, self._forget, source)

    def _forget(self, source: tuple[str, int]) -> None:
        self._clients.pop(source).close()


class _UdpClient:
    """A client's own socket towards the backend, and when it will be closed."""

    def __init__(self, back: UdpSocket, timer: Timer) -> None:
        self.back = back
        self.timer = timer

    def close(self) -> None:
        self.timer.cancel()
        self.back.close()
