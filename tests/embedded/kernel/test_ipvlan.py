"""ipvlan as in golden ipvlan-l2/ and ipvlan-l3/."""

from __future__ import annotations

import pytest
from labs import Lan, docker_rules

from dnetlab.embedded.kernel import Arp, DhcpClient, DhcpServer, KernelError, Reason


def test_l2_children_share_the_parents_mac_and_reach_each_other(lan: Lan) -> None:
    m1 = lan.ipvlan("m1", "192.168.50.192/24")
    m2 = lan.ipvlan("m2", "192.168.50.193/24")
    assert m1.device("eth0").mac == m2.device("eth0").mac == lan.lan0.mac
    result = lan.ping(m1, "192.168.50.193")
    assert result.reply is not None and result.reply.ttl == 64


def test_l2_child_and_pc_reach_each_other(lan: Lan) -> None:
    m1 = lan.ipvlan("m1", "192.168.50.192/24")
    assert lan.reaches(m1, "192.168.50.100")
    assert lan.reaches(lan.pc, "192.168.50.192")
    macs = {n.address: n.mac for n in lan.pc.neighbours()}
    assert macs["192.168.50.192"] == lan.lan0.mac
    assert lan.reaches(m1, "10.10.10.1")


def test_l2_host_and_child_do_not_reach_each_other(lan: Lan) -> None:
    m1 = lan.ipvlan("m1", "192.168.50.192/24")
    there, back = lan.ping(lan.host, "192.168.50.192"), lan.ping(m1, "192.168.50.2")
    assert not there.ok and not back.ok
    assert there.verdict.reason is back.verdict.reason is Reason.IPVLAN_PARENT_ISOLATION
    assert [n.state for n in m1.neighbours()] == ["FAILED"]


def test_l2_a_switch_that_sends_back_brings_host_and_child_together(lan: Lan) -> None:
    """Measured on the test engine; the parent's question counts as one from outside (ipvlan_external_frame)."""
    m1 = lan.ipvlan("m1", "192.168.50.192/24")
    port = lan.lan0.peer.port
    assert port is not None
    port.hairpin = True
    assert lan.reaches(lan.host, "192.168.50.192")
    assert lan.reaches(m1, "192.168.50.2")


def test_l2_children_are_one_dhcp_client(lan: Lan) -> None:
    """Measured on the test engine: an offer to the one MAC reaches no child, one to all does, and to each the same."""
    server = DhcpServer(lan.router, lan.router.device("eth0"), "192.168.50.3", "192.168.50.99")
    leases = []
    for name, number in (("m1", 192), ("m2", 193)):
        child = lan.ipvlan(name, f"192.168.50.{number}/24")
        for broadcast in (False, True):
            client = DhcpClient(child, child.device("eth0"), tries=1, broadcast=broadcast)
            client.start()
            lan.kernel.advance(5.0)
            assert (client.lease is not None) is broadcast
        assert client.lease is not None
        leases.append(client.lease.address)
    assert leases[0] == leases[1]
    server.close()


def test_l2_shim_lets_the_host_reach_its_child(lan: Lan) -> None:
    m1 = lan.ipvlan("m1", "192.168.50.192/24")
    shim = lan.host.add_ipvlan("shim0", "lan0", "l2")
    shim.add_address("192.168.50.3/32")
    shim.set_up()
    lan.host.add_route("192.168.50.192/27", dev="shim0")
    assert lan.reaches(lan.host, "192.168.50.192")
    assert lan.reaches(m1, "192.168.50.3")


def test_l2_the_switch_learns_one_mac_only(lan: Lan) -> None:
    lan.br0.flush_fdb()
    m1 = lan.ipvlan("m1", "192.168.50.192/24")
    assert lan.reaches(m1, "192.168.50.100") and lan.reaches(lan.host, "192.168.50.100")
    learned = [e.mac for e in lan.br0.fdb() if not e.permanent and e.device.name == "p-host" and e.vid == 1]
    assert learned == [lan.lan0.mac]


def test_l2_children_pass_port_security(lan: Lan) -> None:
    lan.ipvlan("m1", "192.168.50.192/24")
    p_host = lan.switch.device("p-host")
    port = lan.br0.ports["p-host"]
    port.learning = port.flood = False
    lan.br0.flush_fdb(p_host)
    lan.br0.fdb_add(lan.lan0.mac, p_host, vid=1)
    lan.pc.flush_neighbours()
    assert lan.reaches(lan.pc, "192.168.50.192")
    assert lan.reaches(lan.pc, "192.168.50.2")


def test_the_parent_is_not_promiscuous(lan: Lan) -> None:
    lan.ipvlan("m1", "192.168.50.192/24")
    assert lan.lan0.promiscuity == 0


def test_l2_state_is_unknown_and_down_without_the_parent(lan: Lan) -> None:
    eth0 = lan.ipvlan("m1", "192.168.50.192/24").device("eth0")
    assert eth0.operstate == "UNKNOWN"
    lan.lan0.set_down()
    assert eth0.operstate == "DOWN"
    assert eth0.flags == ("NO-CARRIER", "BROADCAST", "MULTICAST", "UP")


@pytest.mark.parametrize("flag", ["private", "vepa"])
def test_l2_private_and_vepa_children_do_not_meet_but_reach_the_lan(lan: Lan, flag: str) -> None:
    qq = lan.ipvlan("qq", "192.168.50.192/24", flag=flag)
    lan.ipvlan("q2", "192.168.50.193/24", flag=flag)
    result = lan.ping(qq, "192.168.50.193")
    assert not result.ok
    assert result.verdict.reason in (Reason.IPVLAN_PRIVATE, Reason.SAME_PORT)
    assert lan.reaches(qq, "192.168.50.100")


def test_link_local_addresses_carry_the_device_id(lan: Lan) -> None:
    lan.lan0.set_mac("fa:1f:00:35:5c:2d")
    eth0 = lan.ipvlan("m1", "192.168.50.192/24", ipv6=True).device("eth0")
    assert [a.address for a in eth0.addresses if a.family == 6] == ["fe80::fa1f:0:135:5c2d"]
    assert [a.tentative for a in eth0.addresses if a.family == 6] == [True]


def test_an_address_of_a_sibling_is_refused(lan: Lan) -> None:
    lan.ipvlan("m1", "192.168.50.192/24")
    other = lan.ipvlan("m2", "192.168.50.193/24").device("eth0")
    with pytest.raises(KernelError) as refused:
        other.add_address("192.168.50.192/24")
    assert refused.value.errno == "EADDRINUSE"


def test_a_child_cannot_change_its_mac(lan: Lan) -> None:
    eth0 = lan.ipvlan("m1", "192.168.50.192/24").device("eth0")
    with pytest.raises(KernelError, match="EOPNOTSUPP"):
        eth0.set_mac("02:00:00:00:00:01")


# L3 ------------------------------------------------------------------------------------------------------


def test_l3_children_of_two_subnets_reach_each_other_without_neighbours(lan: Lan) -> None:
    l3a = lan.ipvlan("l3a", "10.50.1.10/24", mode="l3")
    lan.ipvlan("l3b", "10.50.2.10/24", mode="l3")
    result = lan.ping(l3a, "10.50.2.10")
    assert result.reply is not None and result.reply.ttl == 64
    assert l3a.neighbours() == []
    eth0 = l3a.device("eth0")
    assert eth0.flags == ("BROADCAST", "MULTICAST", "NOARP", "UP", "LOWER_UP")
    assert eth0.operstate == "UNKNOWN"
    assert [(r.dst, r.scope) for r in l3a.routes()] == [("default", "link"), ("10.50.1.0/24", "link")]


def test_l3_is_not_arpable(lan: Lan) -> None:
    l3a = lan.ipvlan("l3a", "10.50.1.10/24", mode="l3")
    with pytest.raises(KernelError, match="not ARPable"):
        l3a.arping("eth0", "10.50.2.10")


def test_l3_the_pc_without_a_route_hears_from_the_router(lan: Lan) -> None:
    l3a = lan.ipvlan("l3a", "10.50.1.10/24", mode="l3")
    result = lan.ping(lan.pc, "10.50.1.10")
    assert result.notice is not None
    assert (result.notice.source, result.notice.text) == ("192.168.50.1", "Destination Net Unreachable")
    assert result.verdict.reason is Reason.NO_ROUTE
    assert not lan.reaches(l3a, "192.168.50.100")


def test_l3_frames_without_a_route_back_look_as_captured(lan: Lan) -> None:
    l3a = lan.ipvlan("l3a", "10.50.1.10/24", mode="l3")
    assert lan.reaches(lan.pc, "192.168.50.1")
    capture = lan.pc.capture("eth0")
    result = lan.ping(l3a, "192.168.50.100")
    ip_frames = [
        (str(c.frame.payload), c.frame.length) for c in capture.frames if not isinstance(c.frame.payload, Arp)
    ]
    ident = result.probe.trace_id and next(
        c.frame.payload.payload.ident for c in capture.frames if not isinstance(c.frame.payload, Arp)
    )
    assert ip_frames == [
        (f"10.50.1.10 > 192.168.50.100: ICMP echo request id {ident} seq 1", 98),
        (f"192.168.50.100 > 10.50.1.10: ICMP echo reply id {ident} seq 1", 98),
        ("192.168.50.1 > 192.168.50.100: ICMP net-unreachable about 10.50.1.10", 126),
    ]
    arps = [str(c.frame.payload) for c in capture.frames if isinstance(c.frame.payload, Arp)]
    assert "ARP who-has 192.168.50.100 tell 192.168.50.2" in arps
    assert result.verdict.leg == "reply"
    assert result.verdict.reason is Reason.NO_ROUTE
    assert result.verdict.where == "router:eth0"


@pytest.mark.parametrize("forward", [0, 1])
def test_l3_with_a_route_by_the_host_needs_neither_forwarding_nor_ttl(lan: Lan, forward: int) -> None:
    docker_rules(lan)
    lan.host.sysctl.set("net.ipv4.ip_forward", forward)
    l3a = lan.ipvlan("l3a", "10.50.1.10/24", mode="l3")
    lan.ipvlan("l3b", "10.50.2.10/24", mode="l3")
    lan.pc.add_route("10.50.0.0/16", via="192.168.50.2")
    for address in ("10.50.1.10", "10.50.2.10"):
        result = lan.ping(lan.pc, address)
        assert result.reply is not None and result.reply.ttl == 64
    assert lan.reaches(l3a, "192.168.50.100")
    assert {n.address for n in lan.pc.neighbours()} == {"192.168.50.2"}
    assert l3a.neighbours() == []


def test_l3_beyond_the_router_with_routes(lan: Lan) -> None:
    l3a = lan.ipvlan("l3a", "10.50.1.10/24", mode="l3")
    assert lan.ping(l3a, "10.10.10.100").verdict.reason is Reason.NEIGHBOUR_FAILED
    lan.host.add_route("10.10.0.0/16", via="192.168.50.1")
    lan.pc10.add_route("default", via="10.10.10.1")
    lan.router.add_route("10.50.0.0/16", via="192.168.50.2")
    result = lan.ping(l3a, "10.10.10.100")
    assert result.reply is not None and result.reply.ttl == 63
    back = lan.ping(lan.pc10, "10.50.1.10")
    assert back.reply is not None and back.reply.ttl == 63


def test_l3_host_and_child_do_not_reach_each_other(lan: Lan) -> None:
    l3a = lan.ipvlan("l3a", "10.50.1.10/24", mode="l3")
    assert not lan.reaches(l3a, "192.168.50.2")
    assert not lan.reaches(lan.host, "10.50.1.10")


def test_l3_carries_no_broadcast(lan: Lan) -> None:
    l3a = lan.ipvlan("l3a", "10.50.1.10/24", mode="l3")
    lan.ipvlan("l3b", "10.50.1.11/24", mode="l3")
    result = lan.kernel.ping(l3a, "10.50.1.255", broadcast=True)
    assert not result.ok
    assert result.verdict.reason is Reason.IPVLAN_L3_NO_BROADCAST


def test_l3_child_in_the_lans_subnet_gets_no_answers(lan: Lan) -> None:
    qq = lan.ipvlan("qq", "192.168.50.192/24", mode="l3")
    assert not lan.reaches(qq, "192.168.50.100")
    result = lan.ping(lan.pc, "192.168.50.192")
    assert result.notice is not None
    assert (result.notice.source, result.notice.text) == ("192.168.50.100", "Destination Host Unreachable")
    assert result.verdict.reason is Reason.ARP_SUPPRESSED


def test_l3s_passes_the_hosts_input_chain(lan: Lan) -> None:
    qq = lan.ipvlan("qq", "10.50.1.1/24", mode="l3s")
    lan.pc.add_route("10.50.0.0/16", via="192.168.50.2")
    result = lan.ping(lan.pc, "10.50.1.1")
    assert result.reply is not None and result.reply.ttl == 64
    assert next((r.dst, r.via) for r in qq.routes()) == ("default", None)
    lan.host.netfilter(4).table("filter").append("INPUT", "-d 10.50.1.1 -j DROP")
    assert lan.ping(lan.pc, "10.50.1.1").verdict.reason is Reason.FILTER_DROP


def test_l3_does_not_pass_the_hosts_input_chain(lan: Lan) -> None:
    lan.ipvlan("qq", "10.50.1.1/24", mode="l3")
    lan.pc.add_route("10.50.0.0/16", via="192.168.50.2")
    lan.host.netfilter(4).table("filter").append("INPUT", "-d 10.50.1.1 -j DROP")
    assert lan.reaches(lan.pc, "10.50.1.1")


def test_l3_ipv6_children_reach_each_other(lan: Lan) -> None:
    lan.lan0.set_mac("a6:de:5b:4b:dd:75")
    qq = lan.ipvlan("qq", "10.50.1.1/24", mode="l3", ipv6=True)
    qq.device("eth0").add_address("fd00:50:1::1/64", nodad=True)
    q2 = lan.ipvlan("q2", "10.50.1.2/24", mode="l3", ipv6=True)
    q2.device("eth0").add_address("fd00:50:1::2/64", nodad=True)
    link_local = [a for a in qq.device("eth0").addresses if a.scope == "link"]
    assert [(a.address, a.tentative) for a in link_local] == [("fe80::a6de:5b00:14b:dd75", False)]
    result = lan.ping(qq, "fd00:50:1::2")
    assert result.reply is not None and result.reply.ttl == 64
