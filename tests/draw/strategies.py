"""Topologies of any shape, for what must hold for all drawings."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_interface, ip_network
from typing import Any

from hypothesis import strategies as st

from dnetlab.plan.model import Interface, Machine, Network, Pool, Publish, Route, Topology

from .examples import LAN0, host, lan

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."
TAKEN = {"host", "switch", "router", "internet", "laptop", "none", "bridge"}
"""Names that plans refuse for containers: they are the LAN's."""
names = st.text(LETTERS, min_size=2, max_size=60).filter(lambda n: n not in TAKEN and not n.startswith("pc"))
KINDS = ("bridge", "internal", "default", "macvlan", "ipvlan l2", "ipvlan l3", "host", "none", "macvlan vlan")


@st.composite
def topologies(draw: Any) -> Topology:
    """One to five networks with up to sixty containers, some in two networks, on any LAN."""
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=5))
    total = draw(st.integers(1, 60))
    taken = draw(st.lists(names, min_size=total, max_size=total, unique=True))
    ipv6 = draw(st.booleans())
    vlans = draw(st.lists(st.integers(20, 255), max_size=4, unique=True))
    machines, links = lan(
        vlans,
        laptop=draw(st.sampled_from([None, "", "192.168.50.3/24"])),
        pcs=draw(st.integers(0, 12)),
        routes=[
            Route(ip_network(f"10.{n}.0.0/16"), ip_address("192.168.50.2"))
            for n in range(draw(st.integers(0, 6)))
        ],
        ipv6=ipv6,
    )
    if draw(st.booleans()):
        gone = set(draw(st.lists(st.sampled_from(["internet", "router", "switch"]), max_size=3)))
        machines = tuple(m for m in machines if m.name not in gone)
        links = tuple(c for c in links if not {c.a.machine, c.b.machine} & gone)
    networks, devices = _networks(draw, kinds, vlans, ipv6)
    containers: dict[str, Machine] = {}
    for number, name in enumerate(taken):
        homes = draw(st.lists(st.sampled_from(networks), min_size=1, max_size=2, unique=True))
        containers[name] = _container(name, homes, number, draw)
    nic = LAN0 if draw(st.booleans()) else Interface("lan0")
    title = draw(st.text(LETTERS + " ", min_size=1, max_size=60))
    note = draw(st.sampled_from(["", "Surprise: " + "the host cannot reach it " * 4]))
    the_host = host(*devices, nic=nic)
    if draw(st.integers(0, 9)) == 0:
        the_host = replace(the_host, interfaces=tuple(devices))
    every = (*machines, the_host, *containers.values())
    return Topology(title, every, links, tuple(networks), note)


def _networks(
    draw: Any, kinds: list[str], vlans: list[int], ipv6: bool
) -> tuple[list[Network], list[Interface]]:
    networks: list[Network] = []
    devices: list[Interface] = []
    for number, kind in enumerate(dict.fromkeys(kinds) if len(kinds) > 3 else kinds):
        name = f"{draw(names)}{number}"
        pools = [Pool(ip_network(f"172.{18 + number}.0.0/16"), ip_address(f"172.{18 + number}.0.1"))]
        if ipv6:
            pools.append(Pool(ip_network(f"2001:db8:abcd:{number + 1:x}::/64")))
        if kind in {"bridge", "internal", "default"}:
            default = kind == "default" and not any(n.name == "bridge" for n in networks)
            name = "bridge" if default else name
            networks.append(
                Network(name, "bridge", tuple(pools), internal=kind == "internal", builtin=default)
            )
            address = (ip_interface(f"172.{18 + number}.0.1/16"),)
            devices.append(
                Interface("docker0" if default else f"br-{number}", "bridge", address, network=name)
            )
        elif kind == "macvlan vlan":
            vlan = vlans[number % len(vlans)] if vlans else 10
            parent = f"lan0.{vlan}"
            networks.append(Network(name, "macvlan", tuple(pools), parent=parent, mode="bridge", vlan=vlan))
            if all(d.name != parent for d in devices):
                devices.append(Interface(parent, "vlan", parent="lan0", vlan=vlan))
        elif kind in {"host", "none"}:
            if all(n.name != kind for n in networks):
                networks.append(Network(kind, kind, builtin=True))  # type: ignore[arg-type]
        else:
            driver, _, mode = kind.partition(" ")
            networks.append(Network(name, driver, tuple(pools), parent="lan0", mode=mode or "bridge"))  # type: ignore[arg-type]
    return networks, devices


def _container(name: str, homes: list[Network], number: int, draw: Any) -> Machine:
    interfaces = []
    for index, network in enumerate(homes):
        if network.driver == "host":
            return Machine(name, "container", shares="host")
        if network.driver == "none":
            return Machine(name, "container", (Interface("lo", "loopback"),))
        base = int(network.pools[0].subnet.network_address) + 2 + number
        addresses = [ip_interface(f"{ip_address(base)}/16")]
        if len(network.pools) > 1:
            six = int(network.pools[1].subnet.network_address) + draw(
                st.sampled_from([2 + number, 2**63 + 12345678901])
            )
            addresses.append(ip_interface(f"{ip_address(six)}/64"))
        kind = network.driver if network.driver in {"macvlan", "ipvlan"} else "veth"
        interfaces.append(
            Interface(
                f"eth{index}",
                kind,
                tuple(addresses),
                "02:42:ac:12:00:02",
                network=network.name,
                parent=network.parent,
            )  # type: ignore[arg-type]
        )
    ports = tuple(Publish(80 + p, 8080 + p) for p in range(draw(st.sampled_from([0, 0, 0, 1, 5]))))
    return Machine(name, "container", tuple(interfaces), published=ports)
