"""The plans of all types, at their defaults and at the ends of what a learner may choose."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from dnetlab import lan_script, types
from dnetlab.errors import DnetlabError, InvalidPlan
from dnetlab.plan import Plan, export
from dnetlab.types import NetworkType

TYPES = types.all_types()
AUTHORS = (
    "default_bridge", "user_bridge", "host", "macvlan_bridge", "macvlan_8021q", "ipvlan_l2", "ipvlan_l3",
)  # fmt: skip
ends = pytest.mark.parametrize(
    "kind,given",
    [(kind, given) for kind in TYPES for given in ({}, {"containers": 9}, {"pcs": 7})],
    ids=lambda value: value.name if isinstance(value, NetworkType) else json.dumps(value),
)


def make(kind: NetworkType, given: dict[str, Any]) -> Plan:
    names = {p.name for p in kind.parameters}
    return kind.plan(**{k: v for k, v in given.items() if k in names})


def test_the_seven_types_come_in_the_order_of_the_course() -> None:
    assert tuple(kind.name for kind in TYPES)[: len(AUTHORS)] == AUTHORS


def test_a_name_with_hyphens_or_capitals_is_understood() -> None:
    assert types.get("Macvlan-Bridge").name == "macvlan_bridge"


def test_an_unknown_type_is_answered_with_the_nearest_one() -> None:
    with pytest.raises(DnetlabError, match="Did you mean ipvlan_l3"):
        types.get("ipvlan_13")


@pytest.mark.parametrize(
    "written", ["macvlan-bridge", "MACVLAN bridge", " macvlan_bridge ", "Macvlan  Bridge"]
)
def test_a_type_is_found_as_people_write_it(written: str) -> None:
    assert types.get(written).name == "macvlan_bridge"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("macvlan", "macvlan_bridge or macvlan_8021q"),
        ("ipvlan", "ipvlan_l2 or ipvlan_l3"),
        ("bridge", "user_bridge"),
    ],
)
def test_half_a_name_gets_all_that_it_may_mean(written: str, meant: str) -> None:
    with pytest.raises(DnetlabError, match=f"Did you mean {meant}"):
        types.get(written)


@pytest.mark.parametrize("written", [None, 3, ""])
def test_what_is_no_name_is_no_type(written: Any) -> None:
    with pytest.raises(DnetlabError, match="There is no network type"):
        types.get(written)


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("user_bridge", {"lan": "172.28.0.0/24"}),
        ("ipvlan_l3", {"lan": "10.50.1.0/24"}),
        ("ipvlan_l3", {"lan": "10.50.2.0/24"}),
        ("macvlan_8021q", {"lan": "10.10.10.0/24"}),
    ],
)
def test_what_is_proposed_instead_of_an_overlap_does_not_overlap(kind: str, given: dict[str, Any]) -> None:
    """Also where it is the LAN that was moved onto the subnet that would be proposed."""
    with pytest.raises(InvalidPlan, match="overlaps"):
        types.get(kind).plan(**given)
    for _ in range(2):  # another subnet may need another gateway, which is said next
        try:
            types.get(kind).plan(**given)
        except InvalidPlan as wrong:
            given = {**given, **{problem.field: problem.instead for problem in wrong.problems}}
    assert types.get(kind).plan(**given)


@ends
def test_every_name_and_every_address_is_given_once(kind: NetworkType, given: dict[str, Any]) -> None:
    topology = make(kind, given).topology
    names = Counter(machine.name for machine in topology.machines)
    addresses = Counter(a.ip for m in topology.machines for a in m.addresses)
    assert [n for n, times in names.items() if times > 1] == []
    assert [a for a, times in addresses.items() if times > 1] == []


@ends
def test_every_link_ends_at_an_interface_that_exists(kind: NetworkType, given: dict[str, Any]) -> None:
    topology = make(kind, given).topology
    for link in topology.links:
        for end in link.a, link.b:
            topology.machine(end.machine).interface(end.interface)


@ends
def test_every_planned_address_lies_in_its_networks_pool(kind: NetworkType, given: dict[str, Any]) -> None:
    plan = make(kind, given)
    for container in plan.containers:
        for attachment in container.attachments:
            network = next(n for n in plan.networks if n.name == attachment.network)
            for address in filter(None, (attachment.ipv4, attachment.ipv6)):
                pools = [
                    p for p in network.pools if p.subnet.version == address.version and address in p.subnet
                ]
                (pool,) = pools
                assert address != pool.gateway
                assert address not in dict(pool.reserved).values()


@ends
def test_interface_names_fit_into_linux(kind: NetworkType, given: dict[str, Any]) -> None:
    topology = make(kind, given).topology
    longest = max((len(i.name), i.name) for m in topology.machines for i in m.interfaces)
    assert longest[0] <= 15, longest


@ends
def test_networks_are_told_to_the_engine_completely(kind: NetworkType, given: dict[str, Any]) -> None:
    plan = make(kind, given)
    for network in plan.networks:
        words = export.network_create(network)
        for pool in network.pools:
            assert str(pool.subnet) in words
        if network.driver in {"macvlan", "ipvlan"}:
            assert f"parent={network.parent}" in words


@ends
def test_the_lan_script_names_every_lan_machine(kind: NetworkType, given: dict[str, Any]) -> None:
    plan = make(kind, given)
    text = lan_script.script(plan, kind.needs)
    for machine in plan.topology.of_role("internet", "router", "switch", "pc"):
        assert f"ip netns add {machine.name}\n" in text


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.name)
def test_a_type_has_its_text_and_six_claims_at_least(kind: NetworkType) -> None:
    text = kind.text
    assert text.description.endswith(".")
    assert text.functionality.endswith(".")
    assert text.use_case.endswith(".")
    assert text.docs.startswith("https://docs.docker.com/")
    assert len(kind.claims) >= 6
    assert {"description", "functionality", "use case"} <= {claim.clause for claim in kind.claims}
    assert bool(text.drawbacks) <= ("drawback" in {claim.clause for claim in kind.claims})


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.name)
def test_claims_are_sentences_with_ids_of_their_own(kind: NetworkType) -> None:
    assert len({claim.id for claim in kind.claims}) == len(kind.claims)
    for claim in kind.claims:
        assert claim.text[0].isupper() or not claim.text[0].isalpha()
        assert claim.text.endswith((".", "?"))


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.name)
def test_what_a_type_needs_can_be_tried(kind: NetworkType) -> None:
    assert set(kind.needs) <= set(lan_script.TRIALS)


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.name)
def test_parameters_come_back_from_their_label(kind: NetworkType) -> None:
    from dnetlab import labels

    plan = kind.plan()
    typed = {name: value for name, value in plan.values if value is not None}
    again = labels.parameters(labels.of("abc123", kind.name, typed))
    assert kind.plan(**again).topology == plan.topology


def test_the_docker_host_shows_the_lans_router_as_gateway_of_attached_containers() -> None:
    plan = types.get("macvlan_bridge").plan()
    assert {str(plan.topology.machine(c.name).gateway) for c in plan.containers} == {"192.168.50.1"}


def test_attached_containers_stay_out_of_the_dhcp_servers_pool() -> None:
    for name in ("macvlan_bridge", "ipvlan_l2"):
        plan = types.get(name).plan(containers=9)
        pool = plan.topology.machine("router").dhcp_pool
        assert pool is not None
        for container in plan.containers:
            address = container.attachments[0].ipv4
            assert address is not None and not pool.first <= address <= pool.last


def test_vlans_get_a_sub_interface_an_access_port_and_a_leg_of_the_router_each() -> None:
    plan = types.get("macvlan_8021q").plan(vlans="7, 300")
    host, switch, router = (plan.topology.machine(n) for n in ("host", "switch", "router"))
    assert {i.vlan for i in host.interfaces if i.kind == "vlan"} == {7, 300}
    assert {i.vlan for i in router.interfaces if i.kind == "vlan"} == {7, 300}
    assert switch.interface("p-pc7").untagged == 7
    assert switch.interface("p-host").tagged == (7, 300)
    assert {n.parent for n in plan.networks} == {"lan0.7", "lan0.300"}
