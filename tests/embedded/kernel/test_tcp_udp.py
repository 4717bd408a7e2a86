"""TCP and UDP sockets: connect, refuse, time out, exchange, close; ports that are taken."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from labs import Lan, iptables, pair

from dnetlab.embedded.kernel import Kernel, KernelError, Reason, TcpConnection


def wait(kernel: Kernel, connection: TcpConnection, timeout: float = 5.0) -> None:
    kernel.run_until(lambda: connection.state != "SYN-SENT", timeout)


def test_a_connection_is_established_and_listed() -> None:
    kernel, a, b = pair()
    b.tcp_listen("0.0.0.0", 80, owner="web")
    connection = a.tcp_connect("10.0.0.2", 80)
    wait(kernel, connection)
    kernel.settle()
    assert connection.state == "ESTABLISHED"
    listed = [(s.state, s.local, s.local_port, s.peer) for s in b.sockets()]
    assert listed == [("LISTEN", "0.0.0.0", 80, None), ("ESTABLISHED", "10.0.0.2", 80, "10.0.0.1")]


def test_a_closed_port_refuses() -> None:
    kernel, a, _ = pair()
    connection = a.tcp_connect("10.0.0.2", 81)
    wait(kernel, connection)
    assert (connection.state, connection.error) == ("CLOSED", "ECONNREFUSED")
    verdict = kernel.explain(connection.trace_id)
    assert verdict.reason is Reason.NO_LISTENER
    assert "no program on 10.0.0.2 listens on TCP port 81" in verdict.text


def test_a_dropped_syn_is_repeated_and_times_out() -> None:
    kernel, a, b = pair()
    iptables(b, "filter", "-A INPUT -p tcp -m tcp --dport 80 -j DROP")
    b.tcp_listen("0.0.0.0", 80)
    capture = b.capture("eth0")
    a.sysctl.set("net.ipv4.tcp_syn_retries", 2)
    connection = a.tcp_connect("10.0.0.2", 80)
    wait(kernel, connection, 30.0)
    assert connection.error == "ETIMEDOUT"
    assert len([c for c in capture.frames if c.frame.ethertype == 0x0800]) == 3
    assert kernel.now == pytest.approx(7.0, abs=0.1)


def test_a_rejected_syn_fails_at_once() -> None:
    kernel, a, b = pair()
    iptables(b, "filter", "-A INPUT -p tcp -m tcp --dport 80 -j REJECT")
    wait(kernel, connection := a.tcp_connect("10.0.0.2", 80))
    assert connection.error == "ECONNREFUSED"
    iptables(b, "filter", "-A INPUT -p tcp -m tcp --dport 81 -j REJECT --reject-with icmp-host-prohibited")
    wait(kernel, connection := a.tcp_connect("10.0.0.2", 81))
    assert connection.error == "EHOSTUNREACH"


def test_an_absent_host_is_unreachable_after_three_seconds() -> None:
    kernel, a, _ = pair()
    connection = a.tcp_connect("10.0.0.9", 80)
    wait(kernel, connection)
    assert connection.error == "EHOSTUNREACH"
    assert kernel.now == pytest.approx(3.0, abs=0.1)


@settings(max_examples=25, deadline=None)
@given(st.binary(max_size=20_000), st.binary(max_size=20_000))
def test_bytes_arrive_whole_and_in_order_both_ways(there: bytes, back: bytes) -> None:
    kernel, a, b = pair()
    accepted: list[TcpConnection] = []
    b.tcp_listen("0.0.0.0", 80, on_accept=accepted.append)
    connection = a.tcp_connect("10.0.0.2", 80)
    wait(kernel, connection)
    kernel.settle()
    connection.send(there)
    accepted[0].send(back)
    kernel.advance(0.1)
    assert bytes(accepted[0].received) == there
    assert bytes(connection.received) == back
    connection.close()
    kernel.advance(0.1)
    assert accepted[0].peer_closed and not connection.peer_closed
    accepted[0].close()
    kernel.advance(0.1)
    assert connection.state == accepted[0].state == "CLOSED"
    assert [s.state for s in a.sockets()] == []


def test_a_lost_segment_is_sent_again() -> None:
    kernel, a, b = pair()
    accepted: list[TcpConnection] = []
    b.tcp_listen("0.0.0.0", 80, on_accept=accepted.append)
    connection = a.tcp_connect("10.0.0.2", 80)
    wait(kernel, connection)
    kernel.settle()
    iptables(b, "filter", "-A INPUT -p tcp -j DROP")
    connection.send(b"x" * 5000)
    kernel.advance(0.5)
    assert accepted[0].received == b""
    b.netfilter().table("filter").flush()
    kernel.advance(8.0)
    assert bytes(accepted[0].received) == b"x" * 5000


def test_a_smaller_mtu_on_the_way_shortens_segments(lan: Lan) -> None:
    lan.pc10.add_route("default", via="10.10.10.1")
    lan.router.device("eth0.10").set_mtu(1300)
    accepted: list[TcpConnection] = []
    lan.pc10.tcp_listen("0.0.0.0", 80, on_accept=accepted.append)
    connection = lan.pc.tcp_connect("10.10.10.100", 80)
    wait(lan.kernel, connection)
    lan.kernel.settle()
    connection.send(b"y" * 4000)
    lan.kernel.advance(5.0)
    assert bytes(accepted[0].received) == b"y" * 4000


def test_a_handler_answers_and_closes() -> None:
    kernel, a, b = pair()
    b.tcp_listen("0.0.0.0", 80, handler=lambda r: b"got " + r if r.endswith(b"\n") else None)
    connection = a.tcp_connect("10.0.0.2", 80)
    connection.on_connect = lambda c: (c.send(b"hel"), c.send(b"lo\n"))
    assert kernel.run_until(lambda: connection.peer_closed, 2.0)
    assert bytes(connection.received) == b"got hello\n"


@pytest.mark.parametrize(
    ("first", "second", "taken"),
    [
        ("0.0.0.0", "0.0.0.0", True),
        ("0.0.0.0", "10.0.0.1", True),
        ("10.0.0.1", "127.0.0.1", False),
        ("::", "0.0.0.0", True),
        ("127.0.0.1", "::", True),
    ],
)
def test_ports_that_are_taken(first: str, second: str, taken: bool) -> None:
    _, a, _ = pair()
    a.tcp_listen(first, 80)
    if taken:
        with pytest.raises(KernelError, match="EADDRINUSE"):
            a.tcp_listen(second, 80)
    else:
        a.tcp_listen(second, 80)


def test_a_v6_only_listener_leaves_ipv4_alone() -> None:
    kernel, a, b = pair()
    b.tcp_listen("::", 80, v6only=True)
    wait(kernel, connection := a.tcp_connect("10.0.0.2", 80))
    assert connection.error == "ECONNREFUSED"
    b.tcp_listen("0.0.0.0", 80)
    wait(kernel, connection := a.tcp_connect("10.0.0.2", 80))
    assert connection.state == "ESTABLISHED"


def test_a_listener_for_both_families_takes_ipv4() -> None:
    kernel, a, b = pair()
    b.tcp_listen("::", 2375, owner="dockerd")
    wait(kernel, connection := a.tcp_connect("10.0.0.2", 2375))
    assert connection.state == "ESTABLISHED"


def test_an_address_that_is_not_ours_cannot_be_bound() -> None:
    _, a, _ = pair()
    for call in (lambda: a.tcp_listen("10.0.0.7", 80), lambda: a.udp_socket().bind("10.0.0.7", 80)):
        with pytest.raises(KernelError, match="EADDRNOTAVAIL"):
            call()


def test_datagrams_arrive_and_a_closed_port_is_reported() -> None:
    kernel, a, b = pair()
    server = b.udp_socket()
    server.bind(port=53)
    client = a.udp_socket()
    client.sendto(b"question", "10.0.0.2", 53)
    kernel.settle()
    assert [(d.data, d.source, d.port) for d in server.received] == [(b"question", "10.0.0.1", client.port)]
    server.close()
    client.sendto(b"again", "10.0.0.2", 53)
    kernel.settle()
    assert [e.kind for e in client.errors] == ["port-unreachable"]
    assert client.errors[0].errno == "ECONNREFUSED"


def test_a_connection_dies_with_its_namespace() -> None:
    kernel, a, b = pair()
    b.tcp_listen("0.0.0.0", 80)
    connection = a.tcp_connect("10.0.0.2", 80)
    wait(kernel, connection)
    b.delete()
    assert a.devices.keys() == {"lo"}
    kernel.advance(1.0)
