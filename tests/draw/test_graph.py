from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import networkx
import pytest

from dnetlab import draw
from dnetlab.plan.model import Topology

from . import examples

ATTRIBUTES = {
    "role", "label", "kind", "addresses", "mac", "network", "vlan", "interfaces", "gateway", "routes", "dhcp", "inside",
}  # fmt: skip


@pytest.mark.parametrize("make", [*examples.SEVEN.values(), *examples.MORE.values()])
def test_every_node_and_edge_has_the_documented_attributes(make: Callable[[], Topology]) -> None:
    topology = make()
    graph = draw.graph(topology)
    assert isinstance(graph, networkx.MultiGraph)
    assert {m.name for m in topology.machines} <= set(graph)
    for _, attributes in graph.nodes(data=True):
        assert attributes.keys() == ATTRIBUTES
    for a, b, key, attributes in graph.edges(keys=True, data=True):
        assert attributes.keys() == {"kind", "vlans", "interfaces", "network", "driver"}
        assert attributes["kind"] == key
        assert set(attributes["interfaces"]) <= {a, b}
    assert graph.graph["title"] == topology.title
    assert set(graph.graph["networks"]) == {n.name for n in topology.networks}


def test_a_bridge_leads_from_containers_to_the_nic() -> None:
    graph = draw.graph(examples.user_bridge())
    assert graph.nodes["host:br-shop"]["role"] == "bridge"
    assert graph.nodes["host:br-shop"]["network"] == ("shop",)
    assert graph.nodes["host:br-shop"]["inside"] == "host"
    assert graph.nodes["host:lan0"]["role"] == "nic"
    assert set(graph["web"]["host:br-shop"]) == {"veth"}
    assert set(graph["host:br-shop"]["host:lan0"]) == {"uplink"}
    assert graph["web"]["host:br-shop"]["veth"]["interfaces"] == {"web": "eth0", "host:br-shop": "br-shop"}
    assert networkx.shortest_path(graph, "web", "pc1") == [
        "web",
        "host:br-shop",
        "host:lan0",
        "switch",
        "pc1",
    ]


def test_an_internal_bridge_has_no_uplink() -> None:
    graph = draw.graph(examples.two_bridges())
    assert not graph.has_edge("host:br-back", "host:lan0")
    assert graph.has_edge("host:br-front", "host:lan0")


def test_macvlan_children_hang_on_their_sub_interface_and_carry_its_vlan() -> None:
    graph = draw.graph(examples.macvlan_8021q())
    edge = graph["web10"]["host:lan0.10"]["child"]
    assert (edge["vlans"], edge["network"], edge["driver"]) == ((10,), "vlan10", "macvlan")
    assert graph["host:lan0.10"]["host:lan0"]["child"]["vlans"] == (10,)
    assert graph.nodes["host:lan0.10"]["role"] == "sub-interface"
    assert graph.nodes["host:lan0.10"]["vlan"] == 10
    assert graph["switch"]["host:lan0"]["cable"]["vlans"] == (1, 10, 20)
    assert graph["pc20"]["switch"]["cable"]["vlans"] == (20,)
    assert graph["switch"]["host:lan0"]["cable"]["interfaces"] == {"switch": "p-host", "host:lan0": "lan0"}


def test_children_of_the_nic_hang_on_the_nic() -> None:
    for make in (examples.macvlan_bridge, examples.ipvlan_l2, examples.ipvlan_l3):
        assert set(draw.graph(make())["web"]["host:lan0"]) == {"child"}


def test_a_container_of_the_host_network_shares_with_the_host() -> None:
    graph = draw.graph(examples.host_network())
    assert set(graph["web"]["host"]) == {"shares"}
    assert graph.nodes["web"]["addresses"] == ()
    assert graph.nodes["web"]["network"] == ("host",)


def test_a_container_without_a_network_is_alone() -> None:
    graph = draw.graph(examples.none_network())
    assert graph.degree("alone") == 0


def test_a_container_in_two_networks_connects_both_bridges() -> None:
    graph = draw.graph(examples.two_bridges())
    assert set(graph["app"]) == {"host:br-front", "host:br-back"}
    assert graph.nodes["app"]["network"] == ("front", "back")


def test_addresses_macs_gateways_and_dhcp_are_on_the_nodes() -> None:
    graph = draw.graph(examples.macvlan_bridge())
    assert graph.nodes["web"]["addresses"] == ("192.168.50.192/24",)
    assert graph.nodes["web"]["mac"] == "02:42:0a:00:00:00"
    assert graph.nodes["pc1"]["gateway"] == "192.168.50.1"
    assert graph.nodes["laptop"]["dhcp"] == "client"
    assert graph.nodes["router"]["dhcp"] == "server"


def test_the_host_end_of_a_veth_pair_is_no_node_and_links_are_found_without_link_entries() -> None:
    topology = examples.user_bridge()
    host = topology.machine("host")
    more = examples.Interface("veth1a2b3c4", "veth", master="br-shop")
    machines = tuple(
        replace(m, interfaces=(*m.interfaces, more)) if m is host else m for m in topology.machines
    )
    cables = tuple(link for link in topology.links if link.kind == "cable")
    graph = draw.graph(replace(topology, machines=machines, links=cables))
    assert "host:veth1a2b3c4" not in graph
    assert graph.has_edge("web", "host:br-shop", "veth")
    assert draw.problems(draw.layout(replace(topology, machines=machines, links=cables))) == []
