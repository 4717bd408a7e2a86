"""What can be set on a bridge and its ports, and what that does to frames."""

from __future__ import annotations

import pytest
from labs import Lan, up

from dnetlab.embedded.kernel import Kernel, KernelError, Reason


def test_a_learned_address_ages_out(lan: Lan) -> None:
    assert lan.reaches(lan.pc, "192.168.50.2")
    mac = lan.pc.device("eth0").mac
    assert any(e.mac == mac for e in lan.br0.fdb() if not e.permanent)
    lan.kernel.advance(310.0)
    assert not any(e.mac == mac for e in lan.br0.fdb() if not e.permanent)


def test_unknown_addresses_are_flooded_and_known_ones_are_not(lan: Lan) -> None:
    assert lan.reaches(lan.pc, "192.168.50.2")
    capture = lan.router.capture("eth0")
    assert lan.reaches(lan.pc, "192.168.50.2")
    assert capture.frames == []
    lan.br0.flush_fdb()
    lan.pc.echo_socket().send("192.168.50.2")
    lan.kernel.settle()
    assert [c.frame.ethertype for c in capture.frames] == [0x0800]


def test_a_moved_machine_is_learned_at_its_new_port(lan: Lan) -> None:
    lan.br0.fdb_add(lan.pc.device("eth0").mac, lan.switch.device("p-router"), vid=1, static=False)
    assert lan.reaches(lan.pc, "192.168.50.2")
    [entry] = [e for e in lan.br0.fdb() if e.mac == lan.pc.device("eth0").mac and not e.permanent]
    assert (entry.device.name, entry.vid) == ("p-pc", 1)


def test_isolated_ports_meet_others_but_not_each_other(lan: Lan) -> None:
    for name in ("p-pc", "p-host"):
        lan.br0.ports[name].isolated = True
    result = lan.ping(lan.pc, "192.168.50.2")
    assert result.verdict.reason is Reason.PORT_ISOLATED
    assert lan.reaches(lan.pc, "192.168.50.1")


def test_a_locked_port_takes_only_macs_of_its_table(lan: Lan) -> None:
    port = lan.br0.ports["p-pc"]
    port.locked, port.learning = True, False
    lan.br0.flush_fdb(port.device)
    assert lan.ping(lan.pc, "192.168.50.2").verdict.reason is Reason.PORT_LOCKED
    lan.br0.fdb_add(lan.pc.device("eth0").mac, port.device, vid=1)
    assert lan.reaches(lan.pc, "192.168.50.2")


@pytest.mark.parametrize("state", ["disabled", "blocking", "listening", "learning"])
def test_a_port_that_is_not_forwarding_carries_nothing(lan: Lan, state: str) -> None:
    port = lan.br0.ports["p-host"]
    port.stopped = state
    assert port.state == state
    assert not lan.reaches(lan.pc, "192.168.50.2")
    assert lan.ping(lan.host, "192.168.50.100").verdict.reason is Reason.PORT_STOPPED
    port.stopped = ""
    assert lan.reaches(lan.pc, "192.168.50.2")


def test_without_broadcast_flooding_nobody_behind_the_port_is_found(lan: Lan) -> None:
    lan.br0.ports["p-host"].bcast_flood = False
    assert not lan.reaches(lan.pc, "192.168.50.2")
    assert lan.reaches(lan.host, "192.168.50.100")


def test_a_bridge_that_is_down_forwards_nothing(lan: Lan) -> None:
    lan.br0.set_down()
    assert lan.ping(lan.pc, "192.168.50.2").verdict.reason is Reason.DEVICE_DOWN
    lan.br0.set_up()
    assert lan.reaches(lan.pc, "192.168.50.2")


def test_port_states(lan: Lan) -> None:
    assert lan.br0.ports["p-pc"].state == "forwarding"
    lan.pc.device("eth0").set_down()
    assert lan.br0.ports["p-pc"].state == "disabled"


def test_tables_refuse_what_is_not_theirs(lan: Lan) -> None:
    with pytest.raises(KernelError, match="ENOENT"):
        lan.br0.fdb_delete("02:00:00:00:00:01", lan.switch.device("p-pc"))
    with pytest.raises(KernelError, match="ENOENT"):
        lan.br0.vlan_delete(lan.switch.device("p-pc"), 77)
    with pytest.raises(KernelError, match="EINVAL"):
        lan.br0.vlan_add(lan.switch.device("p-pc"), 4095)
    with pytest.raises(KernelError, match="EOPNOTSUPP"):
        lan.br0.vlan_add(lan.switch.lo, 5)


def test_the_fdb_lists_own_addresses_as_permanent(lan: Lan) -> None:
    own = {e.mac for e in lan.br0.fdb() if e.permanent}
    assert own == {lan.br0.mac} | {port.device.mac for port in lan.br0.ports.values()}


def test_a_loop_of_two_bridges_ends_and_says_why() -> None:
    kernel = Kernel()
    namespace = up(kernel, "a")
    first, second = namespace.add_bridge("br0"), namespace.add_bridge("br1")
    for bridge in (first, second):
        bridge.set_up()
    for index in range(2):
        one, other = namespace.add_veth(f"x{index}", f"y{index}")
        one.set_master(first)
        other.set_master(second)
        one.set_up()
        other.set_up()
    first.add_address("10.0.0.1/24")
    namespace.sysctl.set("net.ipv6.conf.all.disable_ipv6", 1)
    kernel.advance(0.001)
    result = kernel.ping(namespace, "10.0.0.2", timeout=0.5)
    assert not result.ok
    reasons = {step.text for t in kernel.traces for step in t.steps if step.action.value == "drop"}
    assert any("loop of bridges" in text for text in reasons)


def test_the_bridges_own_interface_belongs_to_vlan_1(lan: Lan) -> None:
    lan.br0.add_address("192.168.50.50/24")
    lan.br0.set_mac(lan.kernel.random_mac())
    assert lan.reaches(lan.pc, "192.168.50.50")
    lan.br0.vlan_delete(lan.br0, 1)
    assert not lan.reaches(lan.pc, "192.168.50.50")
    assert lan.br0.vlans_of(lan.br0) == []


def test_a_line_without_a_vlan_is_set_for_every_vlan_of_the_port_and_without(lan: Lan) -> None:
    """As read from a real engine's bridge: 02:..:09 dev p-pc1 master br0 static, and the same with vlan 1."""
    lan.br0.fdb_add("02:00:00:00:00:09", lan.switch.device("p-router"))
    listed = [(e.vid, e.static) for e in lan.br0.fdb() if e.mac == "02:00:00:00:00:09"]
    assert sorted(listed, key=str) == [(1, True), (10, True), (20, True), (None, True)]
