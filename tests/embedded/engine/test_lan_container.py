"""The container that builds a LAN of namespaces: host network, more capabilities, ``ip`` commands in one exec."""

from __future__ import annotations

import pytest

from .conftest import Lab

SCRIPT = """set -e
ip netns add switch; ip netns add router; ip netns add pc1
ip -batch - <<'EOF'
link add lan0 type veth peer name p-host netns switch
link add p-pc1 netns switch type veth peer name eth0 netns pc1
link add p-router netns switch type veth peer name eth0 netns router
link set lan0 up
address add 192.168.50.2/24 dev lan0
EOF
ip -n switch -batch - <<'EOF'
link set lo up
link add br0 type bridge vlan_filtering 1
link set br0 up
link set p-host master br0
link set p-pc1 master br0
link set p-router master br0
link set p-host up
link set p-pc1 up
link set p-router up
EOF
ip -n pc1 -batch - <<'EOF'
link set lo up
link set eth0 up
address add 192.168.50.100/24 dev eth0
route add default via 192.168.50.1
EOF
ip -n router -batch - <<'EOF'
link set lo up
link set eth0 up
address add 192.168.50.1/24 dev eth0
EOF
"""


@pytest.fixture
def lan(lab: Lab) -> Lab:
    """An engine with a LAN container."""
    lab.run("dnetlab-lan-x", "host", Host_CapAdd=["NET_ADMIN", "NET_RAW", "SYS_ADMIN"])
    assert lab.exec("dnetlab-lan-x", "sh", "-c", SCRIPT) == (0, "")
    return lab


def test_lan_is_built_and_carries_macvlan(lan: Lab) -> None:
    pool = {"Subnet": "192.168.50.0/24", "IPRange": "192.168.50.192/27", "Gateway": "192.168.50.1"}
    lan.network("mv", "macvlan", pool, options={"parent": "lan0"})
    lan.run("m1", "mv")
    ping = ("ping", "-c", "1", "-W", "1")
    machine = ("ip", "netns", "exec", "pc1")
    assert lan.exec("dnetlab-lan-x", *machine, *ping, "192.168.50.192")[0] == 0
    assert lan.exec("m1", *ping, "192.168.50.100")[0] == 0
    assert lan.exec("dnetlab-lan-x", *ping, "192.168.50.192")[0] == 1
    assert lan.exec("dnetlab-lan-x", *ping, "192.168.50.100")[0] == 0


def test_removing_the_container_removes_the_lan(lab: Lab) -> None:
    before = lab.snapshot()
    lab.run("dnetlab-lan-x", "host", Host_CapAdd=["NET_ADMIN", "NET_RAW", "SYS_ADMIN"])
    lab.exec("dnetlab-lan-x", "sh", "-c", SCRIPT)
    assert "lan0" in lab.host.devices
    lab.engine.containers.remove("dnetlab-lan-x", force=True)
    assert lab.snapshot() == before


def test_networks_on_a_lan_that_is_gone_can_be_removed(lan: Lab) -> None:
    for number, (driver, parent) in enumerate(
        (("macvlan", "lan0"), ("macvlan", "lan0.10"), ("ipvlan", "lan0.20"))
    ):
        lan.network(f"net{number}", driver, {"Subnet": f"10.{number}.0.0/24"}, options={"parent": parent})
    lan.run("m1", "net0")
    lan.engine.containers.remove("dnetlab-lan-x", force=True)
    lan.engine.containers.remove("m1", force=True)
    for network in lan.engine.networks.list({"type": ["custom"]}):
        lan.engine.networks.remove(network["Id"])
    assert list(lan.host.devices) == ["lo", "eth0", "docker0"]


def test_plain_container_cannot_build_a_lan(lab: Lab) -> None:
    lab.run("u1")
    assert lab.exec("u1", "ip", "netns", "add", "x")[0] != 0
    refusal = (2, "RTNETLINK answers: Operation not permitted\n")
    assert lab.exec("u1", "ip", "link", "add", "x", "type", "dummy") == refusal
