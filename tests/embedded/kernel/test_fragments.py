"""Packets in pieces (RFC 791 section 3.2, RFC 8200 section 4.5), and what is learned of the way's MTU (RFC 1191)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from labs import Lan, iptables

from dnetlab.embedded.kernel import (
    ICMP,
    ICMPV6,
    Capture,
    Echo,
    Fragment,
    IpPacket,
    Kernel,
    Namespace,
    Reason,
    packet,
)
from dnetlab.embedded.kernel.fragments import Reassembly, cut


def narrow(lan: Lan, mtu: int = 1400) -> Lan:
    """Behind the router is a link of a smaller MTU."""
    lan.pc10.add_route("default", via="10.10.10.1")
    lan.router.device("eth0.10").set_mtu(mtu)
    lan.pc10.device("eth0").set_mtu(mtu)
    return lan


def sizes(capture: Capture, source: str) -> list[int]:
    packets = [c.frame.payload for c in capture.frames]
    return [p.length for p in packets if isinstance(p, IpPacket) and p.src == source]


def test_pieces_are_as_on_the_wire_of_the_real_lan(lan: Lan) -> None:
    narrow(lan)
    capture = lan.pc10.capture("eth0")
    assert lan.kernel.ping(lan.pc, "10.10.10.100", size=3000).ok
    assert sizes(capture, "192.168.50.100") == [1396, 124, 1396, 124, 68]
    assert sizes(capture, "10.10.10.100") == [1396, 1396, 276]


def test_a_firewall_that_tracks_connections_puts_the_pieces_together_first(lan: Lan) -> None:
    narrow(lan)
    iptables(lan.router, "nat", "-A POSTROUTING -o eth0.10 -j MASQUERADE")
    capture = lan.pc10.capture("eth0")
    assert lan.kernel.ping(lan.pc, "10.10.10.100", size=3000).ok
    assert sizes(capture, "10.10.10.1") == [1396, 1396, 276]


def test_a_packet_is_lost_where_one_piece_is(lan: Lan) -> None:
    lan.pc.device("eth0").set_mtu(3000)
    lan.router.device("eth0").set_mtu(3000)
    result = lan.kernel.ping(lan.pc, "192.168.50.1", size=2900, df=False)
    assert not result.ok
    assert result.verdict.reason is Reason.MTU_EXCEEDED


def test_the_first_large_ping_is_told_and_the_next_is_cut_by_its_sender(lan: Lan) -> None:
    narrow(lan)
    first = lan.kernel.ping(lan.pc, "10.10.10.100", size=1400)
    assert first.notice is not None and first.notice.text == "Frag needed and DF set (mtu = 1400)"
    capture = lan.pc.capture("eth0")
    assert lan.kernel.ping(lan.pc, "10.10.10.100", size=1400).ok
    assert sizes(capture, "192.168.50.100") == [1396, 52]


def test_who_forbids_df_leaves_the_cutting_to_the_router(lan: Lan) -> None:
    narrow(lan)
    assert lan.kernel.ping(lan.pc, "10.10.10.100", size=1400, df=False).ok
    assert lan.pc.route_exceptions() == []


def test_ipv4_believes_no_router_that_names_less_than_552(lan: Lan) -> None:
    narrow(lan, 500)
    lan.kernel.ping(lan.pc, "10.10.10.100", size=1000)
    exception = lan.pc.route_get("10.10.10.100").exception
    assert exception is not None and (exception.mtu, exception.locked) == (552, True)


def test_the_mtu_of_the_way_is_forgotten_after_ten_minutes(lan: Lan) -> None:
    narrow(lan)
    lan.kernel.ping(lan.pc, "10.10.10.100", size=1400)
    exception = lan.pc.route_get("10.10.10.100").exception
    assert exception is not None and 599 < lan.pc.left(exception) <= 600
    lan.kernel.advance(601)
    assert lan.pc.route_get("10.10.10.100").exception is None


def test_datagrams_in_pieces_arrive_whole(lan: Lan) -> None:
    narrow(lan)
    there = lan.pc10.udp_socket()
    there.bind(port=9000)
    lan.pc.udp_socket().sendto(bytes(range(256)) * 20, "10.10.10.100", 9000)
    lan.kernel.advance(1)
    assert [d.data for d in there.received] == [bytes(range(256)) * 20]


ENDS = {False: ("10.0.0.1", "10.0.0.2", ICMP), True: ("fd00::1", "fd00::2", ICMPV6)}


@given(
    size=st.integers(0, 65000), first=st.integers(68, 1500), second=st.integers(68, 1500), v6=st.booleans(),
    order=st.randoms(use_true_random=False),
)  # fmt: skip
def test_pieces_of_pieces_in_any_order_are_the_packet(
    size: int, first: int, second: int, v6: bool, order
) -> None:  # type: ignore[no-untyped-def]
    source, target, proto = ENDS[v6]
    whole = packet(source, target, proto, Echo(True, 7, 1, size))
    pieces = [p for part in cut(whole, first, 3) for p in cut(part, second, 4)]
    assert all(p.length <= min(first, second) for p in pieces)
    order.shuffle(pieces)
    kernel = Kernel(seed=1)
    reassembly = Reassembly(kernel)
    made = [reassembly.add(p, kernel.new_trace(p)) for p in pieces]
    assert made[:-1] == [None] * (len(pieces) - 1)
    assert made[-1] is not None
    assert (made[-1][0].payload, made[-1][0].length) == (whole.payload, whole.length)


def test_a_piece_that_never_comes_lets_the_others_be_forgotten() -> None:
    kernel = Kernel(seed=1)
    namespace: Namespace = kernel.namespace("n")
    whole = packet("10.0.0.1", "10.0.0.2", ICMP, Echo(True, 7, 1, 2000))
    one, two = cut(whole, 1500, 3)
    assert isinstance(one.payload, Fragment) and isinstance(two.payload, Fragment)
    reassembly = namespace.stack.reassembly
    assert reassembly.add(one, kernel.new_trace(one)) is None
    kernel.advance(31)
    assert reassembly.add(two, kernel.new_trace(two)) is None
