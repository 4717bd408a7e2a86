"""State: a topology read back from what the engine and the LAN say, and its differences from the plan."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from ipaddress import ip_interface
from typing import Any

from dnetlab import state, types
from dnetlab.plan import Plan


def engine_of(plan: Plan) -> tuple[dict[str, Any], dict[str, Any]]:
    """What an engine that did exactly as planned answers to inspect."""
    networks = {
        n.name: {
            "Driver": n.driver,
            "Options": {"parent": n.parent, f"{n.driver}_mode": n.mode or ""} if n.parent else {},
            "Internal": n.internal,
            "EnableIPv6": n.ipv6,
            "IPAM": {
                "Config": [
                    {
                        "Subnet": str(p.subnet),
                        **({"Gateway": str(p.gateway)} if p.gateway else {}),
                        **({"IPRange": str(p.ip_range)} if p.ip_range else {}),
                        **({"AuxiliaryAddresses": {k: str(v) for k, v in p.reserved}} if p.reserved else {}),
                    }
                    for p in n.pools
                ]
            },
        }
        for n in plan.networks
    }
    containers = {}
    for container in plan.containers:
        machine = plan.topology.machine(container.name)
        endpoints = {}
        for interface in machine.interfaces:
            # On the default bridge the plan leaves the address to Docker.
            chosen = [a for a in interface.addresses if a.version == 4]
            (address,) = chosen or [ip_interface(f"172.17.0.{len(containers) + 2}/16")]
            endpoints[interface.network] = {
                "IPAddress": str(address.ip),
                "IPPrefixLen": address.network.prefixlen,
                "Gateway": str(machine.gateway or ""),
                "MacAddress": "" if interface.kind == "ipvlan" else "02:42:00:00:00:01",
            }
        # The top-level fields are there on purpose, and wrong: nobody may read them.
        settings = {"Networks": endpoints, "IPAddress": "1.2.3.4", "MacAddress": "ff:ff:ff:ff:ff:ff"}
        containers[container.name] = {"NetworkSettings": settings}
    return containers, networks


def devices_of(plan: Plan) -> str:
    """What the LAN prints if it is as planned."""
    lines = []
    for machine in plan.topology.machines:
        if machine.role == "container":
            continue
        lines.append(f"@ {machine.name}")
        entries = [
            {
                "ifname": i.name,
                "address": f"aa:00:00:00:00:{number:02x}",
                "mtu": 1500,
                "addr_info": [
                    *({"local": str(a.ip), "prefixlen": a.network.prefixlen} for a in i.addresses),
                    {"local": "fe80::1", "prefixlen": 64},
                ],
            }
            for number, i in enumerate(machine.interfaces)
        ]
        lines.append(json.dumps(entries))
    return "\n".join(lines)


def read(plan: Plan, change: Any = lambda containers, networks: None, text: str | None = None) -> state.State:
    containers, networks = copy.deepcopy(engine_of(plan))
    change(containers, networks)
    devices = state.read_dump(text if text is not None else devices_of(plan))
    found = state.topology(plan, containers, networks, devices)
    return state.State(found, state.differences(plan, found))


MACVLAN = types.get("macvlan_bridge").plan()
IPVLAN = types.get("ipvlan_l2").plan()


def test_a_lab_as_planned_has_no_difference() -> None:
    for plan in (MACVLAN, IPVLAN, types.get("macvlan_8021q").plan(), types.get("user_bridge").plan()):
        found = read(plan)
        assert found.differences == (), (plan.type, str(found))
        assert str(found) == "The lab is as planned."


def test_the_top_level_address_fields_are_never_read() -> None:
    assert "1.2.3.4" not in str(read(MACVLAN).topology)


def test_link_local_addresses_are_the_kernels_own_and_no_difference() -> None:
    assert "fe80" not in str(read(MACVLAN).topology)


def test_a_container_that_is_gone_is_a_difference_and_not_drawn() -> None:
    found = read(MACVLAN, lambda containers, networks: containers.pop("web"))
    assert [(d.where, d.found) for d in found.differences] == [("web", "")]
    assert "web: container is missing" in str(found)
    assert all("web" not in (link.a.machine, link.b.machine) for link in found.topology.links)


def test_another_address_than_planned_is_shown() -> None:
    def move(containers: Any, networks: Any) -> None:
        containers["web"]["NetworkSettings"]["Networks"]["mvlan"]["IPAddress"] = "192.168.50.200"

    (difference,) = read(MACVLAN, move).differences
    assert difference.where == "web"
    assert "192.168.50.200/24" in difference.found
    assert "192.168.50.192/24" in difference.planned


def test_another_parent_or_pool_than_planned_is_shown() -> None:
    def move(containers: Any, networks: Any) -> None:
        networks["mvlan"]["Options"]["parent"] = "eth0"
        networks["mvlan"]["IPAM"]["Config"][0].pop("IPRange")

    found = {d.what: d.found for d in read(MACVLAN, move).differences}
    assert found["parent"] == "eth0"
    assert found["pools"] == "192.168.50.0/24 (gateway 192.168.50.1, host 192.168.50.2 kept free)"


def test_the_order_of_a_networks_pools_is_no_difference() -> None:
    plan = types.get("ipvlan_l3").plan()
    (network,) = plan.networks
    turned = replace(network, pools=tuple(reversed(network.pools)))
    assert len(network.pools) == 2
    assert state.differences(plan, replace(plan.topology, networks=(turned,))) == ()


def test_a_network_that_a_container_was_connected_to_from_outside_is_in_the_state() -> None:
    def connect(containers: Any, networks: Any) -> None:
        endpoint = {
            "IPAddress": "172.17.0.2",
            "IPPrefixLen": 16,
            "Gateway": "172.17.0.1",
            "MacAddress": "02:42:00:00:00:02",
        }
        containers["web"]["NetworkSettings"]["Networks"]["bridge"] = endpoint

    interfaces = read(MACVLAN, connect).topology.machine("web").interfaces
    assert [(i.name, i.network, i.kind) for i in interfaces] == [
        ("eth0", "mvlan", "macvlan"),
        ("eth1", "bridge", "veth"),
    ]


def test_an_ipvlan_container_shows_the_mac_of_its_parent_where_the_engine_shows_none() -> None:
    found = read(IPVLAN).topology
    assert found.machine("web").interfaces[0].mac == found.machine("host").interface("lan0").mac


def test_a_pc_that_lost_its_address_is_shown() -> None:
    text = devices_of(MACVLAN).replace('"local": "192.168.50.100"', '"local": "192.168.50.77"')
    (difference,) = read(MACVLAN, text=text).differences
    assert (difference.where, difference.found) == ("pc1", "192.168.50.77/24")


def test_a_dump_with_errors_in_it_is_read_as_far_as_it_goes() -> None:
    text = '@ host\n[{"ifname":"lan0","address":"aa:00:00:00:00:01"}]\n@ pc1\nCannot open network namespace "pc1"\n'
    assert list(state.read_dump(text)) == ["host"]


def test_one_script_asks_for_every_machine_of_the_lan() -> None:
    script = state.dump_script(MACVLAN)
    for name in ("host", "switch", "router", "internet", "pc1", "laptop"):
        assert f'echo "@ {name}"' in script
