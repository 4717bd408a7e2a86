"""802.1Q on the switch, the trunk and the router, as in golden macvlan-8021q/."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from labs import Lan, up

from dnetlab.embedded.kernel import Arp, Bridge, Kernel, KernelError, Namespace, Reason


def vlan_container(lan: Lan, name: str, vid: int, host: int) -> Namespace:
    parent = lan.host.devices.get(f"lan0.{vid}")
    if parent is None:
        parent = lan.host.add_vlan(f"lan0.{vid}", "lan0", vid)
        parent.set_up()
    return lan.macvlan(name, f"10.10.{vid}.{host}/24", gateway=f"10.10.{vid}.1", parent=parent)


def test_members_of_a_vlan_reach_each_other_and_their_pc(lan: Lan) -> None:
    v10a = vlan_container(lan, "v10a", 10, 2)
    vlan_container(lan, "v10b", 10, 3)
    for target in ("10.10.10.3", "10.10.10.100"):
        result = lan.ping(v10a, target)
        assert result.reply is not None and result.reply.ttl == 64
    assert lan.reaches(lan.pc10, "10.10.10.2")


def test_between_vlans_the_router_takes_one_off_the_ttl(lan: Lan) -> None:
    v10a = vlan_container(lan, "v10a", 10, 2)
    vlan_container(lan, "v20a", 20, 2)
    result = lan.ping(v10a, "10.10.20.2")
    assert result.reply is not None and result.reply.ttl == 63
    assert lan.reaches(lan.pc, "10.10.10.2")


def test_without_forwarding_the_router_is_silent(lan: Lan) -> None:
    v10a = vlan_container(lan, "v10a", 10, 2)
    vlan_container(lan, "v20a", 20, 2)
    lan.router.sysctl.set("net.ipv4.ip_forward", 0)
    result = lan.ping(v10a, "10.10.20.2", timeout=2)
    assert not result.ok and result.notice is None
    assert (result.verdict.reason, result.verdict.where) == (Reason.FORWARDING_OFF, "router:eth0.10")
    lan.router.sysctl.set("net.ipv4.ip_forward", 1)
    assert lan.reaches(v10a, "10.10.20.2")


def test_a_router_without_the_vlan_answers_net_unreachable(lan: Lan) -> None:
    v10a = vlan_container(lan, "v10a", 10, 2)
    vlan_container(lan, "v20a", 20, 2)
    lan.router.device("eth0.20").set_down()
    result = lan.ping(v10a, "10.10.20.2")
    assert result.notice is not None
    assert (result.notice.source, result.notice.text) == ("10.10.10.1", "Destination Net Unreachable")
    lan.router.device("eth0.20").set_up()
    assert lan.reaches(v10a, "10.10.20.2")


def test_a_vlan_that_the_trunk_does_not_carry_works_on_the_host_only(lan: Lan) -> None:
    v30 = vlan_container(lan, "v30", 30, 2)
    vlan_container(lan, "v30b", 30, 3)
    assert lan.reaches(v30, "10.10.30.3")
    result = lan.ping(v30, "10.10.30.1")
    assert not result.ok
    assert (result.verdict.reason, result.verdict.where) == (Reason.VLAN_NOT_ALLOWED, "switch:p-host")


def test_the_trunk_carries_tags_and_the_access_port_does_not(lan: Lan) -> None:
    v10a = vlan_container(lan, "v10a", 10, 2)
    vlan_container(lan, "v20a", 20, 2)
    trunk = lan.switch.capture("p-host")
    access = lan.switch.capture("p-pc10")
    lan.ping(v10a, "10.10.10.100")
    lan.ping(v10a, "10.10.20.2")
    seen = [(c.frame.vlan, c.frame.length) for c in trunk.frames if c.frame.ethertype == 0x0800]
    assert seen == [(10, 102)] * 2 + [(10, 102), (20, 102), (20, 102), (10, 102)]
    assert {c.frame.vlan for c in trunk.frames if isinstance(c.frame.payload, Arp)} == {10, 20}
    assert {c.frame.vlan for c in access.frames} == {None}


def test_sub_interfaces_share_the_parents_mac_and_index_order(lan: Lan) -> None:
    v10 = lan.host.add_vlan("lan0.10", "lan0", 10)
    v20 = lan.host.add_vlan("lan0.20", "lan0", 20)
    assert v10.mac == v20.mac == lan.lan0.mac
    assert v20.ifindex == v10.ifindex + 1
    assert v10.link is lan.lan0


def test_the_fdb_lists_a_mac_once_for_each_vlan(lan: Lan) -> None:
    for vid in (10, 20):
        lan.host.add_vlan(f"lan0.{vid}", "lan0", vid).set_up()
    lan.kernel.advance(3.0)
    learned = {(e.device.name, e.vid) for e in lan.br0.fdb() if e.mac == lan.lan0.mac and not e.permanent}
    assert learned == {("p-host", 1), ("p-host", 10), ("p-host", 20)}
    router = lan.router.device("eth0").mac
    assert {e.vid for e in lan.br0.fdb() if e.mac == router and not e.permanent} == {1, 10, 20}


def test_refusals(lan: Lan) -> None:
    lan.host.add_vlan("lan0.10", "lan0", 10)
    with pytest.raises(KernelError, match="EEXIST"):
        lan.host.add_vlan("again", "lan0", 10)
    with pytest.raises(KernelError, match="ERANGE"):
        lan.host.add_vlan("lan0.4095", "lan0", 4095)
    lan.lan0.set_down()
    with pytest.raises(KernelError, match="ENETDOWN"):
        lan.host.device("lan0.10").set_up()


def test_sub_interfaces_follow_their_parent_down_and_up(lan: Lan) -> None:
    vlan = lan.host.add_vlan("lan0.10", "lan0", 10)
    vlan.set_up()
    lan.lan0.set_down()
    assert not vlan.up
    lan.lan0.set_up()
    assert vlan.up and vlan.carrier


def test_removing_the_sub_interface_leaves_the_parent(lan: Lan) -> None:
    vlan_container(lan, "v10a", 10, 2)
    lan.host.device("lan0.10").delete()
    assert "lan0.10" not in lan.host.devices
    assert "eth0" not in lan.kernel.namespaces["v10a"].devices
    assert lan.reaches(lan.host, "192.168.50.100")


def test_a_pvid_moves_untagged_frames_to_another_vlan(lan: Lan) -> None:
    lan.br0.vlan_add(lan.switch.device("p-pc"), 10, pvid=True, untagged=True)
    assert not lan.reaches(lan.pc, "192.168.50.2")
    assert [(v.vid, v.pvid, v.untagged) for v in lan.br0.vlans_of(lan.switch.device("p-pc"))] == [
        (1, False, True),
        (10, True, True),
    ]


def switch_of(members: list[int]) -> tuple[Kernel, Bridge, list[Namespace]]:
    """A switch with one machine for each number, on an access port of that VLAN."""
    kernel = Kernel(seed=3)
    switch = up(kernel, "switch")
    br0 = switch.add_bridge("br0", vlan_filtering=True)
    br0.set_up()
    machines = []
    for index, vid in enumerate(members):
        machine = up(kernel, f"m{index}")
        port, inner = switch.add_veth(f"p{index}", "eth0", peer_namespace=machine)
        port.set_master(br0)
        port.set_up()
        br0.vlan_delete(port, 1)
        br0.vlan_add(port, vid, pvid=True, untagged=True)
        inner.set_up()
        inner.add_address(f"10.0.0.{index + 1}/24")
        machines.append(machine)
    return kernel, br0, machines


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(2, 5), min_size=2, max_size=6))
def test_frames_reach_members_of_their_own_vlan_only(members: list[int]) -> None:
    kernel, _, machines = switch_of(members)
    captures = [m.capture("eth0") for m in machines]
    machines[0].echo_socket().send("10.0.0.2")
    kernel.advance(0.01)
    for vid, capture in zip(members[1:], captures[1:], strict=True):
        heard = any(isinstance(c.frame.payload, Arp) for c in capture.frames if c.direction == "in")
        assert heard == (vid == members[0])


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(2, 4), min_size=2, max_size=5), st.lists(st.integers(0, 4), max_size=12))
def test_the_fdb_knows_a_mac_at_one_port_a_vlan_and_where_it_is(members: list[int], pings: list[int]) -> None:
    kernel, br0, machines = switch_of(members)
    for number in pings:
        source = machines[number % len(machines)]
        source.echo_socket().send(f"10.0.0.{(number + 1) % len(machines) + 1}")
        kernel.advance(0.01)
    learned = [(e.mac, e.vid, e.device.name) for e in br0.fdb() if not e.permanent]
    assert len({(mac, vid) for mac, vid, _ in learned}) == len(learned)
    at = {m.device("eth0").mac: (f"p{i}", members[i]) for i, m in enumerate(machines)}
    assert all(at[mac] == (port, vid) for mac, vid, port in learned)


def test_a_child_without_a_carrier_below_sends_nothing() -> None:
    lan = Lan()
    nic = lan.lan0
    vlan = lan.host.add_vlan("lan0.77", nic, 77)
    first, second = lan.host.add_macvlan("m0", vlan), lan.host.add_macvlan("m1", vlan)
    one, two = up(lan.kernel, "one"), up(lan.kernel, "two")
    for child, home, cidr in ((first, one, "10.0.0.1/24"), (second, two, "10.0.0.2/24")):
        child.move(home)
        child.add_address(cidr)
        child.set_up()
    vlan.set_up()
    assert lan.reaches(one, "10.0.0.2")
    lan.switch.device("p-host").set_down()
    assert [d.carrier for d in (nic, vlan, first, second)] == [False] * 4
    assert "NO-CARRIER" in first.flags
    assert lan.ping(one, "10.0.0.2").verdict.reason is Reason.NO_CARRIER
    lan.switch.device("p-host").set_up()
    assert lan.reaches(one, "10.0.0.2")
