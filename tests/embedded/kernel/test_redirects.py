"""A router that knows a shorter way says so (RFC 792), and who listens (Linux net/ipv4/route.c)."""

from __future__ import annotations

import pytest
from labs import DOCKER_NAT, Lan, iptables

from dnetlab.embedded.kernel import IcmpError, PingResult, RouteResult

FAR = "192.168.200.1"


@pytest.fixture
def far(lan: Lan) -> Lan:
    """The Docker host has another network behind it, to which the router has a route."""
    dummy = lan.host.add_dummy("far")
    dummy.set_up()
    dummy.add_address(f"{FAR}/24")
    lan.router.add_route("192.168.200.0/24", via="192.168.50.2")
    lan.pc.sysctl.set("net.ipv4.ip_forward", 0)
    return lan


def way(lan: Lan) -> RouteResult:
    return lan.pc.route_get(FAR)


def told(result: PingResult) -> list[str]:
    return [notice.text for notice in result.probe.redirects]


def test_the_packet_is_forwarded_and_its_sender_is_told(far: Lan) -> None:
    result = far.ping(far.pc, FAR)
    assert result.ok
    assert told(result) == ["Redirect Host(New nexthop: 192.168.50.2)"]


def test_a_next_hop_without_a_known_mac_is_used_from_the_second_redirect_on(far: Lan) -> None:
    far.ping(far.pc, FAR)
    assert way(far).via == "192.168.50.1"
    far.kernel.advance(0.2)
    far.ping(far.pc, FAR)
    assert way(far).via == "192.168.50.2"
    assert told(far.ping(far.pc, FAR)) == []


def test_one_destination_alone_is_redirected_and_for_five_minutes(far: Lan) -> None:
    far.ping(far.pc, "192.168.50.2")
    far.ping(far.pc, FAR)
    assert way(far).via == "192.168.50.2"
    assert far.pc.route_get("192.168.200.9").via == "192.168.50.1"
    ((_, exception),) = far.pc.route_exceptions()
    assert 299 < far.pc.left(exception) <= 300
    far.kernel.advance(301)
    assert way(far).via == "192.168.50.1"


def test_the_shorter_way_goes_with_its_route(far: Lan) -> None:
    far.ping(far.pc, "192.168.50.2")
    far.ping(far.pc, FAR)
    far.pc.remove_route("default")
    far.pc.add_route("default", via="192.168.50.1")
    assert way(far).via == "192.168.50.1"
    assert far.pc.route_exceptions() == []


def test_a_router_listens_to_nobody(far: Lan) -> None:
    far.pc.sysctl.set("net.ipv4.ip_forward", 1)
    assert far.pc.sysctl.get("net.ipv4.conf.all.accept_redirects") == "0"
    far.ping(far.pc, "192.168.50.2")
    assert told(far.ping(far.pc, FAR)) != []
    assert way(far).via == "192.168.50.1"


def test_only_the_router_in_use_is_believed(far: Lan) -> None:
    far.ping(far.pc, "192.168.50.2")
    result = far.ping(far.pc, "192.168.50.1")
    error = IcmpError("redirect", result.probe and result.trace.packet, gateway="192.168.50.2")  # type: ignore[arg-type]
    far.pc.stack.redirects.heed(far.pc.device("eth0"), "192.168.50.77", error)
    assert far.pc.route_exceptions() == []


def test_who_is_not_on_the_link_is_not_told(far: Lan) -> None:
    far.pc10.add_route("default", via="10.10.10.1")
    far.host.add_route("10.10.10.0/24", via="192.168.50.1")
    result = far.ping(far.pc10, FAR)
    assert result.ok and told(result) == []


def test_nobody_is_told_where_the_router_may_not(far: Lan) -> None:
    for name in ("all", "eth0"):
        assert told(far.ping(far.pc, FAR)) != [] or name == "eth0"
        far.router.sysctl.set(f"net.ipv4.conf.{name}.send_redirects", 0)
        far.kernel.advance(25)
    assert told(far.ping(far.pc, FAR)) == []


def test_a_sender_that_does_not_listen_is_told_nine_times(far: Lan) -> None:
    far.pc.sysctl.set("net.ipv4.conf.all.accept_redirects", 0)
    far.pc.sysctl.set("net.ipv4.conf.eth0.accept_redirects", 0)
    heard = []
    for number in range(1, 121):
        start = far.kernel.now
        if told(far.ping(far.pc, FAR)):
            heard.append(number)
        far.kernel.advance(start + 0.2001 - far.kernel.now)
    assert heard[:8] == [1, 2, 3, 4, 6, 10, 17, 30]
    assert len(heard) == 9
    far.kernel.advance(21)
    assert told(far.ping(far.pc, FAR)) != []


def test_no_redirect_about_a_connection_that_is_rewritten(far: Lan) -> None:
    iptables(far.router, "nat", "-A POSTROUTING -d 192.168.200.0/24 -j MASQUERADE")
    for _ in range(2):
        assert told(far.ping(far.pc, FAR)) == []


def test_not_about_the_first_packet_either_where_there_is_nat(far: Lan) -> None:
    iptables(far.router, "nat", DOCKER_NAT)
    assert told(far.ping(far.pc, FAR)) == []


def test_a_firewall_that_drops_the_packet_does_not_stop_the_redirect(far: Lan) -> None:
    iptables(far.router, "filter", "-A FORWARD -d 192.168.200.0/24 -j DROP")
    result = far.ping(far.pc, FAR)
    assert not result.ok and told(result) != []


def test_after_a_redirect_an_expired_ttl_stays_unsaid_for_a_second(far: Lan) -> None:
    far.ping(far.pc, FAR)
    assert far.kernel.ping(far.pc, FAR, ttl=1).notice is None
    far.kernel.advance(1.1)
    assert far.kernel.ping(far.pc, FAR, ttl=1).notice is not None


def test_errors_come_in_a_burst_of_six_and_then_one_a_second(lan: Lan) -> None:
    said = [lan.kernel.ping(lan.pc, "10.10.10.100", ttl=1, timeout=0.01).notice for _ in range(8)]
    assert [notice is not None for notice in said] == [True] * 6 + [False] * 2
    lan.kernel.advance(1)
    assert lan.kernel.ping(lan.pc, "10.10.10.100", ttl=1).notice is not None
