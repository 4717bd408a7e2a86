"""macvlan as in golden macvlan-bridge/ and macvlan-8021q/."""

from __future__ import annotations

import pytest
from labs import Lan

from dnetlab.embedded.kernel import KernelError, Reason


def test_siblings_reach_each_other(lan: Lan) -> None:
    m1 = lan.macvlan("m1", "192.168.50.192/24")
    lan.macvlan("m2", "192.168.50.193/24")
    result = lan.ping(m1, "192.168.50.193")
    assert result.reply is not None and result.reply.ttl == 64


def test_siblings_do_not_use_the_wire(lan: Lan) -> None:
    m1 = lan.macvlan("m1", "192.168.50.192/24")
    lan.macvlan("m2", "192.168.50.193/24")
    lan.ping(m1, "192.168.50.193")
    capture = lan.kernel.capture(lan.switch.device("p-host"))
    assert lan.reaches(m1, "192.168.50.193")
    assert capture.frames == []


@pytest.mark.parametrize("target", ["192.168.50.100", "192.168.50.1", "10.10.10.1"])
def test_child_reaches_the_lan_with_full_ttl(lan: Lan, target: str) -> None:
    m1 = lan.macvlan("m1", "192.168.50.192/24")
    result = lan.ping(m1, target)
    assert result.reply is not None and result.reply.ttl == 64


def test_the_pc_reaches_the_child_and_knows_its_own_mac(lan: Lan) -> None:
    m1 = lan.macvlan("m1", "192.168.50.192/24")
    assert lan.reaches(lan.pc, "192.168.50.192")
    [entry] = [n for n in lan.pc.neighbours() if n.address == "192.168.50.192"]
    assert entry.mac == m1.device("eth0").mac
    assert entry.mac != lan.lan0.mac


def test_host_cannot_reach_its_own_macvlan_child(lan: Lan) -> None:
    lan.macvlan("m1", "192.168.50.192/24")
    result = lan.ping(lan.host, "192.168.50.192", timeout=2.0)
    assert not result.ok
    lan.kernel.advance(2.0)
    assert [(n.address, n.state) for n in lan.host.neighbours(dev="lan0") if n.address.endswith(".192")] == [
        ("192.168.50.192", "FAILED")
    ]
    verdict = lan.kernel.explain(result.probe.trace_id)
    assert verdict.reason is Reason.PARENT_ISOLATION


def test_child_cannot_reach_its_own_host(lan: Lan) -> None:
    m1 = lan.macvlan("m1", "192.168.50.192/24")
    result = lan.ping(m1, "192.168.50.2")
    assert not result.ok
    assert [(n.address, n.state) for n in m1.neighbours()] == [("192.168.50.2", "FAILED")]
    assert result.verdict.reason is Reason.PARENT_ISOLATION


def test_a_shim_lets_the_host_reach_its_child(lan: Lan) -> None:
    m1 = lan.macvlan("m1", "192.168.50.192/24")
    shim = lan.host.add_macvlan("shim0", "lan0")
    shim.add_address("192.168.50.3/32")
    shim.set_up()
    lan.host.add_route("192.168.50.192/27", dev="shim0")
    assert [str(route) for route in lan.host.routes()][-2:] == [
        "192.168.50.0/24 dev lan0",
        "192.168.50.192/27 dev shim0",
    ]
    assert lan.reaches(lan.host, "192.168.50.192")
    assert lan.reaches(m1, "192.168.50.3")


@pytest.mark.parametrize(
    ("mode", "reason"), [("private", Reason.MACVLAN_PRIVATE), ("vepa", Reason.MACVLAN_VEPA)]
)
def test_private_and_vepa_siblings_do_not_meet_but_reach_the_lan(lan: Lan, mode: str, reason: Reason) -> None:
    m1 = lan.macvlan("m1", "192.168.50.192/24", mode=mode)
    lan.macvlan("m2", "192.168.50.193/24", mode=mode)
    result = lan.ping(m1, "192.168.50.193")
    assert not result.ok
    assert result.verdict.reason is reason
    assert lan.reaches(m1, "192.168.50.100")


def test_vepa_siblings_meet_where_the_switch_port_hairpins(lan: Lan) -> None:
    m1 = lan.macvlan("m1", "192.168.50.192/24", mode="vepa")
    lan.macvlan("m2", "192.168.50.193/24", mode="vepa")
    lan.br0.ports["p-host"].hairpin = True
    assert lan.reaches(m1, "192.168.50.193")


def test_passthru_takes_one_child_only(lan: Lan) -> None:
    m1 = lan.macvlan("m1", "192.168.50.192/24", mode="passthru")
    with pytest.raises(KernelError) as refused:
        lan.host.add_macvlan("second", "lan0", "passthru")
    assert refused.value.message == "invalid argument"
    assert m1.device("eth0").mac == lan.lan0.mac
    assert lan.reaches(m1, "192.168.50.100")


def test_macvlan_and_ipvlan_do_not_share_a_parent(lan: Lan) -> None:
    lan.macvlan("m1", "192.168.50.192/24")
    with pytest.raises(KernelError) as refused:
        lan.host.add_ipvlan("cx", "lan0")
    assert (refused.value.errno, refused.value.message) == ("EBUSY", "device or resource busy")
    other = lan.host.add_vlan("lan0.20", "lan0", 20)
    lan.host.add_ipvlan("iv20", other)


def test_loopback_is_no_parent(lan: Lan) -> None:
    with pytest.raises(KernelError, match="EINVAL"):
        lan.host.add_macvlan("m", "lo")


def test_the_parent_is_promiscuous_while_a_child_is_up(lan: Lan) -> None:
    assert lan.lan0.promiscuity == 0
    m1 = lan.macvlan("m1", "192.168.50.192/24")
    assert lan.lan0.promiscuity == 1
    lan.macvlan("m2", "192.168.50.193/24")
    assert lan.lan0.promiscuity == 1
    lan.lan0.set_promisc(False)
    assert lan.lan0.promiscuity == 1
    assert "PROMISC" not in lan.lan0.flags
    m1.delete()
    lan.kernel.namespaces["m2"].delete()
    assert lan.lan0.promiscuity == 0
    assert lan.lan0.macvlan_port is None


def test_a_parent_that_goes_down_takes_the_carrier_away(lan: Lan) -> None:
    m1 = lan.macvlan("m1", "192.168.50.192/24")
    lan.lan0.set_down()
    eth0 = m1.device("eth0")
    assert eth0.operstate == "DOWN"
    assert eth0.flags == ("NO-CARRIER", "BROADCAST", "MULTICAST", "UP")
    assert not lan.reaches(m1, "192.168.50.100")
    lan.lan0.set_up()
    assert eth0.operstate == "UP"
    assert [str(route) for route in m1.routes()] == [
        "default via 192.168.50.1 dev eth0",
        "192.168.50.0/24 dev eth0",
    ]
    assert lan.reaches(m1, "192.168.50.100")


def test_the_child_keeps_the_index_it_had_in_the_host(lan: Lan) -> None:
    m1 = lan.macvlan("m1", "192.168.50.192/24")
    eth0 = m1.device("eth0")
    assert eth0.ifindex == lan.lan0.ifindex + 1
    assert eth0.link is lan.lan0
    assert m1.by_index(eth0.ifindex) is eth0


def test_port_security_lets_the_host_through_but_not_its_macvlan_child(lan: Lan) -> None:
    lan.macvlan("m1", "192.168.50.192/24")
    p_host = lan.switch.device("p-host")
    port = lan.br0.ports["p-host"]
    port.learning = port.flood = False
    lan.br0.flush_fdb(p_host)
    lan.br0.fdb_add(lan.lan0.mac, p_host, vid=1)
    lan.pc.flush_neighbours()
    result = lan.ping(lan.pc, "192.168.50.192")
    assert not result.ok
    assert result.verdict.reason is Reason.FDB_NO_FLOOD
    assert result.verdict.where == "switch:p-host"
    assert lan.reaches(lan.pc, "192.168.50.2")
    port.learning = port.flood = True
    lan.br0.fdb_delete(lan.lan0.mac, p_host, vid=1)
    assert lan.reaches(lan.pc, "192.168.50.192")


def test_siblings_of_different_subnets_need_a_router(lan: Lan) -> None:
    ma1 = lan.macvlan("ma1", "192.168.60.2/24", gateway="192.168.60.1")
    ma2 = lan.macvlan("ma2", "192.168.60.3/24", gateway="192.168.60.1")
    lan.macvlan("mb1", "192.168.61.2/24", gateway="192.168.61.1")
    assert lan.reaches(ma1, "192.168.60.3")
    result = lan.ping(ma2, "192.168.61.2")
    assert not result.ok
    assert result.verdict.reason is Reason.NEIGHBOUR_FAILED


def test_children_of_a_dummy_reach_each_other_and_nobody_else(lan: Lan) -> None:
    parent = lan.host.add_dummy("dm-65287086748e")
    parent.set_up()
    dx = lan.macvlan("dx", "192.168.54.1/24", gateway=None, parent=parent)
    lan.macvlan("dx2", "192.168.54.2/24", gateway=None, parent=parent)
    assert lan.reaches(dx, "192.168.54.2")
    with pytest.raises(KernelError) as refused:
        lan.ping(dx, "192.168.50.100")
    assert refused.value.text == "Network is unreachable"


def test_a_bridge_can_be_a_parent(lan: Lan) -> None:
    inner = lan.macvlan("bx", "172.17.0.9/16", gateway=None, parent=lan.docker0)
    container = lan.bridged("b1", "172.17.0.2/16", lan.docker0)
    assert lan.reaches(container, "172.17.0.9")
    assert lan.reaches(inner, "172.17.0.2")
    assert not lan.reaches(inner, "172.17.0.1")


def test_the_parent_takes_the_address_of_its_passthru_child(lan: Lan) -> None:
    m1 = lan.macvlan("m1", "192.168.50.192/24", mode="passthru")
    m1.device("eth0").set_mac("02:00:00:00:00:55")
    assert lan.lan0.mac == m1.device("eth0").mac == "02:00:00:00:00:55"
    assert lan.reaches(m1, "192.168.50.100")


def test_two_children_cannot_have_one_mac(lan: Lan) -> None:
    m1 = lan.macvlan("m1", "192.168.50.192/24")
    second = lan.host.add_macvlan("m2", "lan0", mac=m1.device("eth0").mac)
    with pytest.raises(KernelError, match="EADDRINUSE"):
        second.set_up()
    with pytest.raises(KernelError, match="EADDRINUSE"):
        m1.device("eth0").set_mac(lan.lan0.mac)


def test_ipv6_between_host_and_child_dies_for_the_same_reason(lan: Lan) -> None:
    m1 = lan.macvlan("m1", "192.168.50.192/24", ipv6=True)
    m1.device("eth0").add_address("fd00:50::2/64", nodad=True)
    lan.lan0.add_address("fd00:50::9/64", nodad=True)
    m2 = lan.macvlan("m2", "192.168.50.193/24", ipv6=True)
    m2.device("eth0").add_address("fd00:50::3/64", nodad=True)
    assert lan.reaches(m1, "fd00:50::3")
    for source, target in ((lan.host, "fd00:50::2"), (m1, "fd00:50::9")):
        result = lan.ping(source, target)
        assert not result.ok
        assert result.verdict.reason is Reason.PARENT_ISOLATION
