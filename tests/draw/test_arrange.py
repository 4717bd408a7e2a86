from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_interface

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dnetlab import draw
from dnetlab.draw.check import crossings
from dnetlab.draw.scene import Box, Scene
from dnetlab.plan.model import Topology

from . import examples
from .strategies import names, topologies

SEVEN = pytest.mark.parametrize("make", [*examples.SEVEN.values(), *examples.MORE.values()])
Make = Callable[[], Topology]


def words(scene: Scene) -> set[str]:
    return {label.text for label in scene.labels}


def inside(scene: Scene, inner: str, outer: str) -> bool:
    return scene.box(outer).rect.holds(scene.box(inner).rect)


@SEVEN
def test_every_type_is_drawn_without_a_fault(make: Make) -> None:
    assert draw.problems(draw.layout(make())) == []


@SEVEN
def test_no_two_links_cross(make: Make) -> None:
    assert crossings(draw.layout(make())) == []


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(topologies())
def test_any_topology_is_drawn_without_a_fault(topology: Topology) -> None:
    assert draw.problems(draw.layout(topology)) == []


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 8, 9, 12, 13, 24, 40, 59, 60])
@pytest.mark.parametrize("kind", ["bridge", "macvlan", "ipvlan", "routed", "host"])
def test_one_to_sixty_containers_are_drawn_each_with_its_name(count: int, kind: str) -> None:
    make = {
        "bridge": examples.user_bridge, "macvlan": examples.macvlan_bridge, "ipvlan": examples.ipvlan_l2,
        "routed": examples.ipvlan_l3, "host": examples.host_network,
    }[kind]  # fmt: skip
    containers = [f"c{n + 1}" for n in range(count)]
    scene = draw.layout(make(containers))
    assert draw.problems(scene) == []
    assert set(containers) <= words(scene)
    assert {box.id for box in scene.boxes} >= set(containers)


@settings(max_examples=30, deadline=None)
@given(st.lists(names, min_size=1, max_size=20, unique=True), st.text(min_size=1, max_size=60))
def test_long_names_and_titles_never_overflow(containers: list[str], title: str) -> None:
    topology = replace(examples.user_bridge(containers), title=title)
    assert draw.problems(draw.layout(topology)) == []


def test_a_name_of_sixty_characters_is_shortened_in_its_middle() -> None:
    scene = draw.layout(examples.user_bridge(["shop-" + "x" * 50 + "-0001", "db"]))
    shown = next(label.text for label in scene.labels if label.id.startswith("shop-xx"))
    assert shown.startswith("shop-x")
    assert "..." in shown
    assert shown.endswith("-0001")


@pytest.mark.parametrize("count", [0, 1, 2, 3, 6, 7, 20, 100])
@pytest.mark.parametrize("vlans", [(), (110, 120), (110, 120, 130, 140)])
def test_any_number_of_pcs_stands_beside_the_switch(count: int, vlans: tuple[int, ...]) -> None:
    machines, links = examples.lan(vlans, pcs=count, laptop="")
    topology = replace(
        examples.macvlan_bridge(), machines=(*machines, *examples.macvlan_bridge().machines[-3:]), links=links
    )
    scene = draw.layout(topology)
    assert draw.problems(scene) == []
    assert {m.name for m in topology.of_role("pc")} <= words(scene)


def test_the_same_topology_gives_the_same_scene() -> None:
    assert draw.layout(examples.macvlan_8021q()) == draw.layout(examples.macvlan_8021q())


def test_the_rows_follow_the_packets_way_from_the_internet_to_a_container() -> None:
    scene = draw.layout(examples.macvlan_8021q())
    tops = {icon.id: icon.rect.y0 for icon in scene.icons} | {box.id: box.rect.y0 for box in scene.boxes}
    row = [
        tops[i]
        for i in ("internet", "router", "switch", "host:lan0", "host:lan0.10", "network:vlan10", "web10")
    ]
    assert row == sorted(row)
    assert len(set(row)) == len(row)


@SEVEN
def test_containers_are_inside_their_networks_and_networks_inside_the_host(make: Make) -> None:
    topology = make()
    scene = draw.layout(topology)
    for network in topology.networks:
        assert inside(scene, f"network:{network.name}", "host")
    for machine in topology.of_role("container"):
        first = next((i.network for i in machine.interfaces if i.network), None)
        home = first or topology.networks[0].name
        assert inside(scene, machine.name, f"network:{home}")


def test_the_nic_sits_on_the_hosts_border() -> None:
    scene = draw.layout(examples.default_bridge())
    nic, host = scene.box("host:lan0"), scene.box("host")
    assert nic.straddles == "host"
    assert nic.rect.y0 < host.rect.y0 < nic.rect.y1


def test_a_trunk_has_one_strand_a_vlan_and_an_access_cable_one() -> None:
    scene = draw.layout(examples.macvlan_8021q())
    trunk = [w.colour for w in scene.wires if w.id.startswith("link:switch-host")]
    assert len(trunk) == len(set(trunk)) == 3
    access = [w for w in scene.wires if "pc10" in w.ends]
    assert [w.colour for w in access] == [trunk[1]]


def test_containers_of_macvlan_have_the_lans_colour_because_they_are_on_it() -> None:
    scene = draw.layout(examples.macvlan_bridge())
    colours = {w.colour for w in scene.wires if {"pc1", "web"} & set(w.ends)}
    assert colours == {"seg0"}


def test_containers_of_a_bridge_and_of_ipvlan_l3_have_a_colour_of_their_own() -> None:
    for make in (examples.default_bridge, examples.ipvlan_l3):
        scene = draw.layout(make())
        pc = {w.colour for w in scene.wires if "pc1" in w.ends}
        web = {w.colour for w in scene.wires if "web" in w.ends}
        assert pc and web and not pc & web


def test_macvlan_and_ipvlan_networks_are_dashed_and_bridges_are_not() -> None:
    dashes = {
        "dashed": [examples.macvlan_bridge, examples.ipvlan_l2, examples.ipvlan_l3],
        "solid": [examples.default_bridge, examples.user_bridge],
    }
    for dash, makes in dashes.items():
        for make in makes:
            topology = make()
            assert draw.layout(topology).box(f"network:{topology.networks[0].name}").dash == dash


def test_the_default_bridge_says_no_dns_and_a_user_defined_one_dns() -> None:
    default = draw.layout(examples.default_bridge())
    assert "no DNS" in words(default)
    assert default.box("network:bridge#dns").dash == "dashed"
    user = draw.layout(examples.user_bridge())
    assert "DNS" in words(user)
    assert user.box("network:shop#dns").dash == "solid"


def test_a_card_of_macvlan_shows_its_own_mac_and_one_of_ipvlan_its_parents() -> None:
    assert "02:42:0a:00:00:00" in words(draw.layout(examples.macvlan_bridge()))
    assert "MAC of lan0" in words(draw.layout(examples.ipvlan_l2()))


def test_a_container_of_the_host_network_shares_the_hosts_interfaces() -> None:
    scene = draw.layout(examples.host_network())
    assert "shares the host's interfaces" in words(scene)
    assert "no address of its own" in words(scene)


def test_ipvlan_l3_has_a_router_sign_under_the_nic() -> None:
    topology = examples.ipvlan_l3()
    scene = draw.layout(topology)
    sign = next(i for i in scene.icons if i.id == "network:routed#route")
    assert sign.kind == "router"
    assert sign.rect.y0 > scene.box("host:lan0").rect.y1
    assert {"routed by the", "host's table"} <= words(scene)
    assert "10.30.0.0/24 via 192.168.50.2" in words(scene)
    assert "10.30.0.0/24 via 192.168.50.2" not in words(draw.layout(examples.ipvlan_l3(route=False)))


def test_published_ports_are_said_at_the_container_and_at_the_host() -> None:
    shown = words(draw.layout(examples.default_bridge()))
    assert {"host port 8080 to port 80", "8080 to web:80"} <= shown


def test_the_dhcp_servers_addresses_stand_beside_the_router_and_its_client_says_dhcp() -> None:
    shown = words(draw.layout(examples.default_bridge()))
    assert "192.168.50.3 to 192.168.50.99" in shown
    assert "address by DHCP" in shown
    assert "192.168.50.3 (DHCP)" in words(draw.layout(examples.macvlan_bridge()))


def test_an_internal_network_has_no_link_to_the_nic() -> None:
    scene = draw.layout(examples.two_bridges())
    ends = [set(w.ends) for w in scene.wires]
    assert {"host:lan0", "host:br-front"} in ends
    assert {"host:lan0", "host:br-back"} not in ends


def test_a_container_in_two_networks_has_a_card_in_each() -> None:
    scene = draw.layout(examples.two_bridges())
    assert inside(scene, "app", "network:front")
    assert inside(scene, "app@back", "network:back")
    assert {"also in back", "also in front"} <= words(scene)


def test_an_ipv6_address_stands_under_the_ipv4_address() -> None:
    scene = draw.layout(examples.user_bridge())
    at = {label.text: label for label in scene.labels}
    assert at["fd00:18::2"].x == at["172.18.0.2"].x
    assert at["fd00:18::2"].y > at["172.18.0.2"].y


def test_a_long_ipv6_address_is_wrapped_and_whole() -> None:
    long = "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff"
    topology = examples.user_bridge(["web"], ipv6=False)
    web = topology.machine("web")
    card = replace(web.interfaces[0], addresses=(*web.interfaces[0].addresses, ip_interface(f"{long}/64")))
    machines = tuple(replace(m, interfaces=(card,)) if m is web else m for m in topology.machines)
    scene = draw.layout(replace(topology, machines=machines))
    assert draw.problems(scene) == []
    shown = "".join(label.text for label in scene.labels if label.inside == "web")
    assert long in shown


def test_many_containers_become_compact_cards_with_the_end_of_their_address() -> None:
    scene = draw.layout(examples.user_bridge([f"c{n}" for n in range(40)], ipv6=False))
    assert ".0.41" in words(scene)
    assert "172.18.0.41" not in words(scene)
    assert scene.box("c0").rect.width < 130


def test_a_topology_without_a_lan_is_drawn() -> None:
    whole = examples.user_bridge()
    alone = replace(
        whole, machines=tuple(m for m in whole.machines if m.role in {"host", "container"}), links=()
    )
    scene = draw.layout(alone)
    assert draw.problems(scene) == []
    assert {"web", "db", "app", "Docker host", "lan0"} <= words(scene)


def test_an_empty_topology_is_a_title() -> None:
    scene = draw.layout(Topology("Nothing yet"))
    assert draw.problems(scene) == []
    assert "Nothing yet" in words(scene)


def test_a_subtitle_can_be_given() -> None:
    assert "as built" in words(draw.layout(examples.host_network(), subtitle="as built"))


def test_the_note_stands_in_the_legend() -> None:
    topology = replace(examples.host_network(), note="Ports are the host's.")
    note = next(label for label in draw.layout(topology).labels if label.text == "Ports are the host's.")
    assert (note.inside, note.colour, note.bold) == ("#legend", "note", True)


def test_marks_have_words_and_borders() -> None:
    marked = draw.layout(
        examples.macvlan_8021q(), missing=["web10", "host:lan0.20", "network:vlan20"], extra=["db10"],
        changed={"web20:eth0": "planned 10.10.20.9"},
    )  # fmt: skip
    assert draw.problems(marked) == []

    def box(id: str) -> Box:
        return marked.box(id)

    assert [box(i).dash for i in ("web10", "db10", "web20", "host:lan0.20")] == [
        "dotted",
        "dashed",
        "solid",
        "dotted",
    ]
    assert box("network:vlan20").dash == "dotted"
    assert {box(i).border for i in ("web10", "db10", "web20", "host:lan0.20", "network:vlan20")} == {"note"}
    said = [(label.inside, label.text) for label in marked.labels]
    assert ("web10", "planned, not there") in said
    assert ("db10", "there, not planned") in said
    assert ("web20", "planned 10.10.20.9") in said
    assert {w.dash for w in marked.wires if "host:lan0.20" in w.ends and "host:lan0" in w.ends} == {"dotted"}


def test_marks_are_said_on_compact_cards_too() -> None:
    containers = [f"c{n}" for n in range(40)]
    scene = draw.layout(examples.user_bridge(containers), missing=["c3"], extra=["c4"])
    said = [(label.inside, label.text) for label in scene.labels]
    assert ("c3", "not there") in said
    assert ("c4", "not planned") in said
    assert draw.problems(scene) == []
