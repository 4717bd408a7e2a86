from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings

from dnetlab import draw
from dnetlab.plan.model import Topology

from . import examples
from .strategies import topologies

SEVEN = pytest.mark.parametrize("make", [*examples.SEVEN.values(), *examples.MORE.values()])

MACVLAN_8021Q = """\
MACVLAN on 802.1Q sub-interfaces
Surprise: a sub-interface needs no IP address; it only tags and untags.
LAN
  internet: Internet host
    eth0: 203.0.113.10/24, cable to router wan0
  router: router, forwards IP packets
    eth0: 192.168.50.1/24, cable to switch p-router (untagged VLAN 1, tagged VLAN 10 and 20)
    eth0.10: 10.10.10.1/24, VLAN 10 on eth0
    eth0.20: 10.10.20.1/24, VLAN 20 on eth0
    wan0: 203.0.113.1/24, cable to internet eth0
  switch: switch
    p-router: trunk port, tagged VLAN 10 and 20, untagged VLAN 1, cable to router eth0
    p-host: trunk port, tagged VLAN 10 and 20, untagged VLAN 1, cable to the Docker host's lan0
    p-pc1: access port in VLAN 1, cable to pc1 eth0
    p-pc10: access port in VLAN 10, cable to pc10 eth0
    p-pc20: access port in VLAN 20, cable to pc20 eth0
  pc1: PC, gateway 192.168.50.1
    eth0: 192.168.50.100/24, cable to switch p-pc1 (untagged VLAN 1)
  pc10: PC, gateway 10.10.10.1
    eth0: 10.10.10.100/24, cable to switch p-pc10 (untagged VLAN 10)
  pc20: PC, gateway 10.10.20.1
    eth0: 10.10.20.100/24, cable to switch p-pc20 (untagged VLAN 20)
Docker host
  lan0: NIC, 192.168.50.2/24, cable to switch p-host (untagged VLAN 1, tagged VLAN 10 and 20)
  lan0.10: VLAN sub-interface of lan0, tags and untags VLAN 10
  lan0.20: VLAN sub-interface of lan0, tags and untags VLAN 20
  network vlan10: macvlan, on lan0.10, VLAN 10, subnet 10.10.10.0/24, DNS by name, mode bridge, gateway 10.10.10.1
    web10: container, eth0 10.10.10.2/24
    db10: container, eth0 10.10.10.3/24
  network vlan20: macvlan, on lan0.20, VLAN 20, subnet 10.10.20.0/24, DNS by name, mode bridge, gateway 10.10.20.1
    web20: container, eth0 10.10.20.2/24
    db20: container, eth0 10.10.20.3/24"""


def test_the_text_of_a_trunk_says_every_port_and_what_is_inside_what() -> None:
    assert draw.text(examples.macvlan_8021q(), macs=False) == MACVLAN_8021Q


def lines(topology: Topology) -> list[str]:
    return draw.text(topology).splitlines()


@SEVEN
def test_every_machine_address_mac_and_network_is_said(make: Callable[[], Topology]) -> None:
    topology = make()
    said = draw.text(topology)
    for machine in topology.machines:
        assert machine.name in said or machine.role == "host"
        for interface in machine.interfaces:
            if interface.kind == "loopback":
                continue
            assert interface.name in said
            assert all(str(a) in said for a in interface.addresses)
            assert interface.mac is None or interface.mac in said
    for network in topology.networks:
        assert f"network {network.name}: " in said
        assert all(str(pool.subnet) in said for pool in network.pools)


@SEVEN
def test_without_macs_no_hardware_address_is_left(make: Callable[[], Topology]) -> None:
    assert not re.search(r"([0-9a-f]{2}:){5}[0-9a-f]{2}", draw.text(make(), macs=False))


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(topologies())
def test_any_topology_is_said_in_plain_ascii_with_every_container(topology: Topology) -> None:
    said = draw.text(topology)
    assert said.isascii()
    assert all(line == line.rstrip() for line in said.splitlines()[1:])
    for machine in topology.of_role("container"):
        assert f"    {machine.name}: container" in said
    assert draw.alt(topology).startswith("Network drawing: ")


def test_dns_or_none_of_it() -> None:
    assert any(
        "network bridge: default bridge" in s and "no DNS" in s for s in lines(examples.default_bridge())
    )
    assert any("network shop: bridge" in s and "DNS by name" in s for s in lines(examples.user_bridge()))


def test_ipvlan_says_whose_mac_it_uses_also_without_macs() -> None:
    said = draw.text(examples.ipvlan_l2(), macs=False)
    assert "    web: container, eth0 192.168.50.192/24 2001:db8:50::c0/64, MAC of lan0" in said


def test_ipvlan_l3_says_that_the_host_routes_and_which_route_the_router_has() -> None:
    said = draw.text(examples.ipvlan_l3())
    assert "routed by the host's table" in said
    assert "    route: 10.30.0.0/24 via 192.168.50.2" in said


def test_published_ports_dhcp_and_nat_are_said() -> None:
    said = draw.text(examples.default_bridge())
    assert "published: host port 8080 to port 80" in said
    assert "DHCP server: hands out 192.168.50.3 to 192.168.50.99" in said
    assert "eth0: address by DHCP, cable to switch p-laptop" in said
    assert "docker0: bridge, 172.17.0.1/16, routed to lan0, NAT on the way out" in said


def test_a_shared_network_and_no_network_are_said() -> None:
    assert "web: container, shares the interfaces of host, no address of its own" in draw.text(
        examples.host_network()
    )
    assert "alone: container, only lo" in draw.text(examples.none_network())


def test_a_container_in_two_networks_stands_in_both() -> None:
    said = lines(examples.two_bridges())
    assert sum(line.startswith("    app: container, ") for line in said) == 2
    assert any("eth1 172.19.0.2/16" in line and "also in front" in line for line in said)


def test_the_alternative_text_is_one_paragraph_with_the_main_facts() -> None:
    said = draw.alt(examples.macvlan_bridge())
    assert "\n" not in said
    assert said == (
        "Network drawing: MACVLAN bridge. On the LAN around a switch: router (192.168.50.1 and 203.0.113.1), "
        "PC pc1 (192.168.50.100) and PC laptop (192.168.50.3 and by DHCP). The Docker host with NIC lan0 (192.168.50.2) holds "
        "2 containers in 1 network. Macvlan network lan on lan0, 192.168.50.0/24: web (192.168.50.192) and "
        "db (192.168.50.193). Surprise: the host itself cannot reach its macvlan containers through lan0."
    )


def test_the_alternative_text_stays_short_with_many_containers() -> None:
    said = draw.alt(examples.user_bridge([f"c{n}" for n in range(60)]))
    assert "and 55 more containers" in said
    assert len(said) < 700
