"""docker-proxy's UDP half, as it behaved on Engine 28.5.2 (scenarios ``published-udp``)."""

from __future__ import annotations

import pytest
from labs import pair

from dnetlab.embedded.kernel import Kernel, Namespace, UdpProxy, UdpSocket

Talk = tuple[Kernel, Namespace, UdpSocket]


@pytest.fixture
def talk() -> Talk:
    """A host whose UDP port 7000 is port 7 of its container, where a server sends back what it hears."""
    kernel, host, container = pair()
    for family, address in ((4, "0.0.0.0"), (6, "::")):
        front = host.udp_socket(family)
        front.v6only, front.owner = family == 6, "docker-proxy"
        front.bind(address, 7000, reuse=True)
        UdpProxy(front, host, "10.0.0.2", 7)
    server = container.udp_socket()
    server.bind(None, 7)
    server.on_datagram = lambda socket, data, source: socket.sendto(data, *source)
    return kernel, host, server


def ask(kernel: Kernel, client: UdpSocket, address: str, data: bytes = b"ping") -> list[tuple[bytes, str]]:
    """What comes back, and from which address."""
    client.received.clear()
    client.sendto(data, address, 7000)
    kernel.advance(0.1)
    return [(one.data, one.source) for one in client.received]


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2", "10.0.0.1", "::1"])
def test_the_answer_comes_from_the_address_that_was_asked(talk: Talk, address: str) -> None:
    kernel, host, server = talk
    client = host.udp_socket(6 if ":" in address else 4)
    assert ask(kernel, client, address) == [(b"ping", address)]
    assert [one.source for one in server.received] == ["10.0.0.1"]


def test_each_client_has_a_port_of_its_own_towards_the_container(talk: Talk) -> None:
    kernel, host, server = talk
    clients = [host.udp_socket(), host.udp_socket()]
    for client in (*clients, *clients):
        assert ask(kernel, client, "127.0.0.1")
    assert len({one.port for one in server.received}) == 2
    backs = [s for s in host.sockets() if s.state == "ESTABLISHED"]
    assert [(s.local, s.peer, s.peer_port, s.owner) for s in backs] == [
        ("10.0.0.1", "10.0.0.2", 7, "docker-proxy")
    ] * 2


def test_a_client_is_forgotten_90_seconds_after_its_last_answer(talk: Talk) -> None:
    kernel, host, server = talk
    client = host.udp_socket()
    for pause in (80, 80, 100, 0):
        ask(kernel, client, "127.0.0.1")
        kernel.advance(pause)
    first, second, third, last = (one.port for one in server.received)
    assert first == second == third != last


def test_where_nobody_listens_the_client_hears_nothing(talk: Talk) -> None:
    kernel, host, server = talk
    server.close()
    client = host.udp_socket()
    assert ask(kernel, client, "127.0.0.1") == []
    assert client.errors == []


def test_a_connected_socket_hears_its_peer_alone(talk: Talk) -> None:
    kernel, host, server = talk
    client = host.udp_socket()
    client.connect("10.0.0.2", 9)
    server.sendto(b"not for you", "10.0.0.1", client.port)
    kernel.advance(0.1)
    assert client.received == []
