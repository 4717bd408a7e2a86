from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_interface, ip_network

from hypothesis import HealthCheck, given, settings

from dnetlab import draw
from dnetlab.plan.model import Pool, Topology

from . import examples
from .strategies import topologies


def without(topology: Topology, *gone: str) -> Topology:
    return replace(topology, machines=tuple(m for m in topology.machines if m.name not in gone))


def test_a_state_as_planned_has_no_difference() -> None:
    assert not draw.difference(examples.macvlan_8021q(), examples.macvlan_8021q())


def test_what_the_plan_leaves_open_may_be_anything() -> None:
    state = examples.macvlan_bridge()
    open_plan = replace(
        state,
        machines=tuple(
            replace(m, interfaces=tuple(replace(i, mac=None, addresses=()) for i in m.interfaces))
            for m in state.machines
        ),
    )
    assert not draw.difference(open_plan, state)
    assert draw.difference(open_plan, state).topology.machine("web").interfaces[0].mac == "02:42:0a:00:00:00"


def test_a_missing_container_is_kept_and_marked() -> None:
    plan = examples.user_bridge()
    found = draw.difference(plan, without(plan, "db"))
    assert found
    assert found.missing == {"db"}
    assert found.topology.machine("db") == plan.machine("db")
    assert (
        "db: container, eth0 172.18.0.3/16 fd00:18::3/64, MAC 02:42:0a:00:00:01 [planned, not there]"
        in draw.text(found.topology, **found.marks)
    )


def test_a_container_that_nobody_planned_is_extra() -> None:
    plan = examples.user_bridge(["web"])
    found = draw.difference(plan, examples.user_bridge(["web", "stranger"]))
    assert (found.missing, found.extra, found.changed) == (frozenset(), {"stranger"}, {})


def test_another_address_is_a_change_that_says_what_was_planned() -> None:
    plan = examples.macvlan_bridge()
    web = plan.machine("web")
    moved = replace(
        web, interfaces=(replace(web.interfaces[0], addresses=(ip_interface("192.168.50.77/24"),)),)
    )
    state = replace(plan, machines=tuple(moved if m is web else m for m in plan.machines))
    found = draw.difference(plan, state)
    assert found.changed == {"web:eth0": "planned 192.168.50.192"}
    scene = draw.layout(found.topology, **found.marks)
    texts = {label.text for label in scene.labels if label.inside == "web"}
    assert {"192.168.50.77", "planned 192.168.50.192"} <= texts


def test_another_mac_and_another_vlan_are_changes() -> None:
    plan = examples.macvlan_8021q()

    def change(name: str, **values: object) -> Topology:
        machine = plan.machine(name)
        first, *rest = reversed(machine.interfaces)
        last = replace(first, **values)  # type: ignore[arg-type]
        changed = replace(machine, interfaces=(*reversed(rest), last))
        return replace(plan, machines=tuple(changed if m is machine else m for m in plan.machines))

    assert draw.difference(plan, change("web10", mac="02:00:00:00:00:99")).changed == {
        "web10:eth0": "planned MAC 02:42:0a:00:00:0a"
    }
    assert draw.difference(plan, change("host", vlan=30)).changed == {"host:lan0.20": "planned VLAN 20"}


def test_a_lost_sub_interface_and_its_network_are_missing() -> None:
    plan = examples.macvlan_8021q()
    host = plan.machine("host")
    poorer = replace(host, interfaces=tuple(i for i in host.interfaces if i.name != "lan0.20"))
    machines = tuple(poorer if m is host else m for m in plan.machines if m.name not in {"web20", "db20"})
    found = draw.difference(plan, replace(plan, machines=machines, networks=plan.networks[:1]))
    assert found.missing == {"host:lan0.20", "network:vlan20", "web20", "db20"}
    assert draw.problems(draw.layout(found.topology, **found.marks)) == []


def test_a_network_with_another_subnet_or_driver_is_a_change_and_a_new_one_is_extra() -> None:
    plan = examples.user_bridge()
    shop = plan.networks[0]
    other = replace(shop, pools=(Pool(ip_network("172.99.0.0/16")), shop.pools[1]))
    found = draw.difference(plan, replace(plan, networks=(other,)))
    assert found.changed == {"network:shop": "planned 172.18.0.0/16 fd00:18::/64"}
    found = draw.difference(plan, replace(plan, networks=(replace(shop, driver="macvlan"),)))
    assert found.changed == {"network:shop": "planned driver bridge"}
    found = draw.difference(plan, replace(plan, networks=(shop, replace(shop, name="more"))))
    assert found.extra == {"network:more"}


def test_an_interface_of_a_connected_network_is_extra_and_a_veth_end_of_the_host_is_not() -> None:
    plan = examples.user_bridge()
    host = plan.machine("host")
    more = (
        examples.Interface("veth12", "veth", master="br-shop"),
        examples.Interface("lan0.30", "vlan", parent="lan0", vlan=30),
    )
    state = replace(
        plan,
        machines=tuple(
            replace(m, interfaces=(*m.interfaces, *more)) if m is host else m for m in plan.machines
        ),
    )
    assert draw.difference(plan, state).extra == {"host:lan0.30"}


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(topologies(), topologies())
def test_any_two_topologies_can_be_compared_and_drawn_together(plan: Topology, state: Topology) -> None:
    found = draw.difference(plan, state)
    names = [m.name for m in found.topology.machines]
    assert len(names) == len(set(names))
    assert {m.name for m in plan.machines} | {m.name for m in state.machines} == set(names)
    assert not found.missing & found.extra
    draw.text(found.topology, **found.marks)


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(topologies())
def test_a_half_torn_down_lab_is_drawn_without_a_fault(plan: Topology) -> None:
    state = without(plan, *[m.name for m in plan.machines if m.role in {"container", "pc"}][::2])
    found = draw.difference(plan, state)
    assert draw.problems(draw.layout(found.topology, **found.marks)) == []
