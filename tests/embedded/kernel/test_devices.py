"""Namespaces and devices: indexes, names, moving, dying together, states and flags."""

from __future__ import annotations

import re

import pytest
from labs import Lan, up

from dnetlab.embedded.kernel import Kernel, KernelError


def test_a_new_namespace_has_a_loopback_that_is_down() -> None:
    namespace = Kernel().namespace("a")
    assert list(namespace.devices) == ["lo"]
    assert (namespace.lo.ifindex, namespace.lo.up, namespace.lo.mtu) == (1, False, 65536)
    assert namespace.lo.addresses == []
    namespace.lo.set_up()
    assert [(a.cidr, a.scope, a.proto) for a in namespace.lo.addresses] == [
        ("127.0.0.1/8", "host", None),
        ("::1/128", "host", "kernel_lo"),
    ]
    assert namespace.lo.flags == ("LOOPBACK", "UP", "LOWER_UP")
    assert namespace.lo.operstate == "UNKNOWN"


def test_names_of_namespaces_are_unique() -> None:
    kernel = Kernel()
    kernel.namespace("a")
    with pytest.raises(KernelError, match="EEXIST"):
        kernel.namespace("a")
    kernel.namespaces["a"].delete()
    gone = kernel.namespace("b")
    gone.delete()
    with pytest.raises(KernelError, match="ENOENT"):
        kernel.delete_namespace(gone)


def test_the_same_seed_gives_the_same_macs_and_they_are_locally_administered() -> None:
    macs = [[Kernel(seed).random_mac() for _ in range(1)] for seed in (1, 1, 2)]
    assert macs[0] == macs[1] != macs[2]
    kernel = Kernel(1)
    for _ in range(200):
        mac = kernel.random_mac()
        assert re.fullmatch(r"([0-9a-f]{2}:){5}[0-9a-f]{2}", mac)
        assert int(mac[:2], 16) & 3 == 2


def test_indexes_count_per_namespace() -> None:
    """golden default-bridge/two-containers.txt: eth0 is 2 in each container, its veth counts in the host."""
    kernel = Kernel()
    host, c1, c2 = kernel.namespace("host"), kernel.namespace("c1"), kernel.namespace("c2")
    outer1, inner1 = host.add_veth("veth1", "eth0", peer_namespace=c1)
    outer2, inner2 = host.add_veth("veth2", "eth0", peer_namespace=c2)
    assert (inner1.ifindex, inner2.ifindex, outer1.ifindex, outer2.ifindex) == (2, 2, 2, 3)
    assert inner1.link is outer1
    assert (host.nsid(c1), host.nsid(c2), c1.nsid(host)) == (0, 1, 0)


def test_an_index_that_is_taken_gives_way_when_a_device_moves() -> None:
    kernel = Kernel()
    host, c = kernel.namespace("host"), kernel.namespace("c")
    for name in ("d0", "d1", "d2"):
        host.add_dummy(name)
    host.device("d2").move(c)
    assert c.device("d2").ifindex == 4
    host.device("d0").move(c)
    c.add_dummy("d9")
    other = host.add_dummy("e0")
    assert other.ifindex == 5
    assert [d.ifindex for d in c.devices.values()] == sorted(d.ifindex for d in c.devices.values())
    extra = Kernel().namespace("x")
    assert extra.lo.ifindex == 1


def test_moving_takes_a_device_down_and_its_addresses_away(lan: Lan) -> None:
    other = up(lan.kernel, "other")
    dummy = lan.host.add_dummy("d0")
    dummy.set_up()
    dummy.add_address("10.9.0.1/24")
    dummy.move(other, "eth5")
    assert (dummy.name, dummy.up, dummy.addresses) == ("eth5", False, [])
    assert not dummy.ever_up
    assert "d0" not in lan.host.devices and lan.host.stack.owns("10.9.0.1") is False
    for name in ("lo", "docker0"):
        with pytest.raises(KernelError, match="EINVAL"):
            lan.host.device(name).move(other)
    other.add_dummy("d1")
    clash = lan.host.add_dummy("d1")
    with pytest.raises(KernelError, match="EEXIST"):
        clash.move(other)
    assert clash.namespace is lan.host


def test_a_veth_dies_with_its_peer_and_with_its_peers_namespace(lan: Lan) -> None:
    lan.switch.delete()
    assert "lan0" not in lan.host.devices
    assert "eth0" not in lan.pc.devices
    assert not any(r.dst == "192.168.50.0/24" for r in lan.host.routes())


def test_children_die_with_their_parent(lan: Lan) -> None:
    m1 = lan.macvlan("m1", "192.168.50.192/24")
    lan.host.add_vlan("lan0.10", "lan0", 10)
    lan.lan0.delete()
    assert list(m1.devices) == ["lo"]
    assert "lan0.10" not in lan.host.devices
    assert "p-host" not in lan.switch.devices
    assert "p-host" not in lan.br0.ports


def test_a_bridge_that_is_deleted_frees_its_ports(lan: Lan) -> None:
    lan.br0.delete()
    port = lan.switch.device("p-pc")
    assert port.master is None and port.promiscuity == 0
    assert not lan.reaches(lan.pc, "192.168.50.2")


def test_names_are_checked() -> None:
    namespace = Kernel().namespace("a")
    namespace.add_dummy("d0")
    for name in ("", "a/b", "a b", "."):
        with pytest.raises(KernelError, match="EINVAL"):
            namespace.add_dummy(name)
    with pytest.raises(KernelError, match="ERANGE"):
        namespace.add_dummy("a" * 16)
    with pytest.raises(KernelError, match="EEXIST"):
        namespace.add_dummy("d0")
    namespace.device("d0").rename("eth0")
    assert namespace.device("eth0").name == "eth0"
    with pytest.raises(KernelError, match="ENODEV"):
        namespace.device("d0")
    with pytest.raises(KernelError, match="EINVAL"):
        namespace.lo.rename("lo1")
    with pytest.raises(KernelError, match="EOPNOTSUPP"):
        namespace.lo.delete()


def test_a_renamed_port_stays_a_port(lan: Lan) -> None:
    lan.switch.device("p-pc").rename("p-desk")
    assert "p-desk" in lan.br0.ports
    assert lan.reaches(lan.pc, "192.168.50.2")


def test_a_veth_whose_peer_is_down_has_no_carrier() -> None:
    namespace = Kernel().namespace("a")
    one, other = namespace.add_veth("v0", "v1")
    one.set_up()
    assert (one.operstate, one.flags[0]) == ("LOWERLAYERDOWN", "NO-CARRIER")
    other.set_up()
    assert one.operstate == other.operstate == "UP"
    assert one.flags == ("BROADCAST", "MULTICAST", "UP", "LOWER_UP")


def test_states_of_the_other_kinds(lan: Lan) -> None:
    dummy = lan.host.add_dummy("d0")
    assert dummy.operstate == "DOWN"
    dummy.set_up()
    assert (dummy.operstate, dummy.flags) == ("UNKNOWN", ("BROADCAST", "NOARP", "UP", "LOWER_UP"))
    assert lan.host.device("eth0").operstate == "UNKNOWN"
    assert lan.br0.operstate == "UP"


@pytest.mark.parametrize(
    ("device", "master", "errno"),
    [("lo", "br0", "EINVAL"), ("br1", "br0", "ELOOP"), ("lan0", "docker0", "EBUSY")],
)
def test_ports_that_are_refused(lan: Lan, device: str, master: str, errno: str) -> None:
    namespace = lan.host if master == "docker0" else lan.switch
    if device == "br1":
        namespace.add_bridge("br1")
    if device == "lan0":
        lan.host.add_macvlan("m", "lan0")
    bridge = {"br0": lan.br0, "docker0": lan.docker0}[master]
    with pytest.raises(KernelError) as refused:
        namespace.device(device).set_master(bridge)
    assert refused.value.errno == errno


def test_a_bridge_has_the_lowest_mac_of_its_ports_unless_it_was_given_one(lan: Lan) -> None:
    assert lan.br0.mac == min(port.device.mac for port in lan.br0.ports.values())
    lan.bridged("b1", "172.17.0.2/16", lan.docker0)
    assert lan.docker0.mac == "56:69:b5:a7:4c:f2"


def test_addresses_that_are_refused(lan: Lan) -> None:
    for cidr, errno in (
        ("192.168.50.2/24", "EEXIST"),
        ("255.255.255.255/24", "EINVAL"),
        ("1.2.3/24", "EINVAL"),
        ("1.2.3.4/33", "EINVAL"),
    ):
        with pytest.raises(KernelError) as refused:
            lan.lan0.add_address(cidr)
        assert refused.value.errno == errno
    with pytest.raises(KernelError, match="EADDRNOTAVAIL"):
        lan.lan0.remove_address("10.1.1.1/24")


def test_errors_carry_the_kernels_words() -> None:
    error = KernelError("EBUSY", "eth0")
    assert (error.text, error.message, error.number) == (
        "Device or resource busy",
        "device or resource busy",
        16,
    )


def test_counters_count_frames_and_bytes(lan: Lan) -> None:
    before = lan.lan0.stats.tx_packets, lan.lan0.stats.tx_bytes
    assert lan.reaches(lan.host, "192.168.50.100")
    after = lan.lan0.stats.tx_packets, lan.lan0.stats.tx_bytes
    assert (after[0] - before[0], after[1] - before[1]) == (2, 42 + 98)


def test_who_chose_a_mac_is_known() -> None:
    """addr_assign_type as Engine 28.5's host and containers showed it: 0 the device, 1 chance, 2 another, 3 somebody."""
    namespace = up(Kernel(), "host")
    nic = namespace.add_dummy("nic")
    child = namespace.add_macvlan("child", nic)
    assert namespace.device("lo").mac_origin == 0
    assert (nic.mac_origin, child.mac_origin) == (1, 1)
    child.set_mac("02:00:00:00:00:01")
    assert child.mac_origin == 3
    assert namespace.add_vlan("nic.10", nic, 10).mac_origin == 2


def test_a_vlan_sub_interface_takes_over_the_flags_of_its_nic() -> None:
    namespace = up(Kernel(), "host")
    assert namespace.add_vlan("nic.10", namespace.add_dummy("nic"), 10).flags[:2] == ("BROADCAST", "NOARP")


def test_children_follow_the_mtu_of_their_parent_as_their_drivers_do() -> None:
    host = up(Kernel(seed=1), "host")
    nic, _ = host.add_veth("n0", "n1")
    vlan, macvlan = host.add_vlan("n0.5", nic, 5), host.add_macvlan("m0", nic)
    dummy = host.add_dummy("d0")
    ipvlan = host.add_ipvlan("i0", dummy)
    for parent in (nic, dummy):
        parent.set_mtu(1400)
    assert (vlan.mtu, macvlan.mtu, ipvlan.mtu) == (1400, 1400, 1400)
    for parent in (nic, dummy):
        parent.set_mtu(1500)
    assert (vlan.mtu, macvlan.mtu, ipvlan.mtu) == (1400, 1400, 1500)


def test_ipv6_leaves_a_link_that_is_too_small_for_it_and_comes_back(lan: Lan) -> None:
    eth0 = lan.pc.device("eth0")
    eth0.set_mtu(1279)
    assert [a.family for a in eth0.addresses] == [4]
    eth0.set_mtu(1280)
    assert [a.scope for a in eth0.addresses if a.family == 6] == ["link"]


def test_a_bridge_has_a_carrier_until_it_first_looks_at_its_ports() -> None:
    host = up(Kernel(seed=1), "host")
    bridge, port = host.add_bridge("b0"), host.add_dummy("d0")
    given = host.add_bridge("b1", mac="02:00:00:00:00:01")
    bridge.set_up()
    given.set_up()
    assert (bridge.operstate, given.operstate) == ("UNKNOWN", "DOWN")
    port.set_master(bridge)
    assert bridge.operstate == "DOWN"
    port.set_up()
    assert bridge.operstate == "UP"
    port.set_master(None)
    assert (bridge.operstate, bridge.mac) == ("DOWN", "00:00:00:00:00:00")


def test_an_arp_switch_forgets_the_neighbours(lan: Lan) -> None:
    assert lan.reaches(lan.pc, "192.168.50.2")
    lan.pc.device("eth0").set_arp(False)
    assert not lan.pc.neighbours(4)
