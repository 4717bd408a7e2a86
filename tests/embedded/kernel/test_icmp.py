"""ICMP errors, TTL, MTU, broadcasts and traceroute."""

from __future__ import annotations

import pytest
from labs import Lan

from dnetlab.embedded.kernel import KernelError, Reason


def routed(lan: Lan) -> Lan:
    lan.pc10.add_route("default", via="10.10.10.1")
    return lan


def test_the_ttl_ends_at_the_router_and_it_says_so(lan: Lan) -> None:
    result = lan.kernel.ping(lan.pc, "10.10.10.100", ttl=1)
    assert result.notice is not None
    assert (result.notice.source, result.notice.text) == ("192.168.50.1", "Time to live exceeded")
    assert result.verdict.reason is Reason.TTL_EXPIRED


def test_traceroute_sees_the_router_and_then_the_closed_port(lan: Lan) -> None:
    routed(lan)
    seen = []
    for ttl in (1, 2):
        socket = lan.pc.udp_socket()
        socket.sendto(b"x" * 18, "10.10.10.100", 33434 + ttl, ttl=ttl)
        assert lan.kernel.run_until(lambda s=socket: s.errors, 1.0)
        seen.append((socket.errors[0].source, socket.errors[0].kind))
    assert seen == [("192.168.50.1", "ttl-exceeded"), ("10.10.10.100", "port-unreachable")]


def test_a_router_without_a_route_answers_net_unreachable(lan: Lan) -> None:
    result = lan.ping(lan.pc, "203.0.113.9")
    assert result.notice is not None and result.notice.text == "Destination Net Unreachable"
    assert result.verdict.text.endswith("(router has no route to 203.0.113.9)")


def test_a_router_says_twice_that_it_has_no_route_and_then_rests(lan: Lan) -> None:
    """Seen on Engine 28.5's machine (Linux 7.2): of `ping -c 12 -i 0.2` the first two are answered, of
    `ping -c 10` the first four: an error costs two seconds of what was saved."""

    def told(times: int, every: float) -> list[int]:
        seen = []
        for number in range(1, times + 1):
            start = lan.kernel.now
            if lan.kernel.ping(lan.pc, "203.0.113.9", timeout=every).notice is not None:
                seen.append(number)
            lan.kernel.advance(start + every - lan.kernel.now)
        return seen

    assert told(12, 0.2) == [1, 2]
    lan.kernel.advance(8)
    assert told(12, 0.2) == [1, 2]
    lan.kernel.advance(8)
    assert told(10, 1.0) == [1, 2, 3, 4]


def test_a_router_whose_neighbour_is_silent_answers_host_unreachable(lan: Lan) -> None:
    result = lan.ping(lan.pc, "10.10.10.77", timeout=5)
    assert result.notice is not None
    assert (result.notice.source, result.notice.text) == ("192.168.50.1", "Destination Host Unreachable")
    assert result.verdict.reason is Reason.NEIGHBOUR_FAILED
    assert result.verdict.where == "router:eth0.10"


def test_a_small_mtu_on_the_way_is_reported_and_remembered(lan: Lan) -> None:
    routed(lan)
    lan.router.device("eth0.10").set_mtu(1400)
    result = lan.kernel.ping(lan.pc, "10.10.10.100", size=1400, df=True)
    assert result.notice is not None
    assert (result.notice.kind, result.notice.mtu) == ("frag-needed", 1400)
    assert result.notice.text == "Frag needed and DF set (mtu = 1400)"
    with pytest.raises(KernelError) as refused:
        lan.kernel.ping(lan.pc, "10.10.10.100", size=1400, df=True)
    assert refused.value.text == "Message too long"
    assert lan.kernel.ping(lan.pc, "10.10.10.100", size=1372, df=True).ok


def test_without_df_a_large_packet_is_cut_into_fragments(lan: Lan) -> None:
    result = lan.kernel.ping(lan.pc, "192.168.50.1", size=4000)
    assert result.ok
    assert any(step.text == "is cut into 3 fragments" for step in result.verdict.way)


def test_broadcast_pings_need_permission_and_are_not_answered(lan: Lan) -> None:
    with pytest.raises(KernelError) as refused:
        lan.ping(lan.pc, "192.168.50.255")
    assert refused.value.text == "Permission denied"
    result = lan.kernel.ping(lan.pc, "192.168.50.255", broadcast=True)
    assert not result.ok
    lan.host.sysctl.set("net.ipv4.icmp_echo_ignore_broadcasts", 0)
    answered = lan.kernel.ping(lan.pc, "192.168.50.255", broadcast=True)
    assert answered.reply is not None and answered.reply.source == "192.168.50.2"


def test_a_machine_can_be_told_not_to_answer(lan: Lan) -> None:
    lan.host.sysctl.set("net.ipv4.icmp_echo_ignore_all", 1)
    result = lan.ping(lan.pc, "192.168.50.2")
    assert not result.ok and result.verdict.reason is Reason.IGNORED


def test_a_machine_without_the_route_back_is_named(lan: Lan) -> None:
    result = lan.ping(lan.pc, "10.10.10.100")
    assert not result.ok
    verdict = result.verdict
    assert (verdict.leg, verdict.reason) == ("reply", Reason.NO_ROUTE)
    assert "pc10 has no route back to 192.168.50.100" in verdict.text


def test_a_packet_for_somebody_else_is_dropped_where_forwarding_is_off(lan: Lan) -> None:
    lan.pc10.sysctl.set("net.ipv4.ip_forward", 0)
    lan.router.add_route("203.0.113.0/24", via="10.10.10.100")
    result = lan.ping(lan.pc, "203.0.113.9")
    assert (result.verdict.reason, result.verdict.where) == (Reason.FORWARDING_OFF, "pc10:eth0")


def test_no_route_at_all_is_an_error_of_the_call(lan: Lan) -> None:
    with pytest.raises(KernelError) as refused:
        lan.ping(lan.pc10, "8.8.8.8")
    assert (refused.value.errno, refused.value.number) == ("ENETUNREACH", 101)
