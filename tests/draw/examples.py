"""Topologies of the seven types, written out here so that the drawings' tests depend on no lesson.

Addresses are the LAN's defaults: router .1, Docker host .2, pc1 .100, a laptop that asks the DHCP server.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from ipaddress import ip_address, ip_interface, ip_network

from dnetlab.plan.model import (
    DhcpPool,
    End,
    Interface,
    Link,
    Machine,
    Network,
    Pool,
    Publish,
    Route,
    Topology,
)


def pc(name: str, address: str | None, gateway: str) -> Machine:
    """A PC with a fixed address, or one that asks the DHCP server."""
    addresses = (ip_interface(address),) if address else ()
    return Machine(
        name,
        "pc",
        (Interface("eth0", addresses=addresses),),
        gateway=ip_address(gateway),
        dhcp_client=None if address else "eth0",
    )


def lan(
    vlans: Sequence[int] = (),
    *,
    laptop: str | None = None,
    pcs: int = 1,
    routes: Sequence[Route] = (),
    ipv6: bool = False,
) -> tuple[tuple[Machine, ...], tuple[Link, ...]]:
    """Internet, router, switch, PCs and their cables; the last cable is the Docker host's."""
    v6 = (ip_interface("2001:db8:50::1/64"),) if ipv6 else ()
    router = Machine(
        "router",
        "router",
        (
            Interface("eth0", addresses=(ip_interface("192.168.50.1/24"), *v6)),
            *(
                Interface(f"eth0.{v}", "vlan", (ip_interface(f"10.10.{v}.1/24"),), parent="eth0", vlan=v)
                for v in vlans
            ),
            Interface("wan0", addresses=(ip_interface("203.0.113.1/24"),)),
        ),
        forwards=True,
        routes=tuple(routes),
        dhcp_pool=DhcpPool(
            ip_address("192.168.50.3"), ip_address("192.168.50.99"), ip_address("192.168.50.1"),
            ip_network("192.168.50.0/24"),
        ) if laptop is not None else None,
    )  # fmt: skip
    internet = Machine(
        "internet", "internet", (Interface("eth0", addresses=(ip_interface("203.0.113.10/24"),)),)
    )
    stations = [pc(f"pc{n + 1}", f"192.168.50.{100 + n}/24", "192.168.50.1") for n in range(pcs)]
    if laptop is not None:
        machine = pc("laptop", None, "192.168.50.1")
        if laptop:
            machine = replace(machine, interfaces=(Interface("eth0", addresses=(ip_interface(laptop),)),))
        stations.append(machine)
    stations += [pc(f"pc{v}", f"10.10.{v}.100/24", f"10.10.{v}.1") for v in vlans]
    access = {f"pc{v}": v for v in vlans}
    tagged = tuple(vlans)
    switch = Machine(
        "switch",
        "switch",
        (
            Interface("p-router", master="br0", untagged=1, tagged=tagged),
            Interface("p-host", master="br0", untagged=1, tagged=tagged),
            *(Interface(f"p-{m.name}", master="br0", untagged=access.get(m.name, 1)) for m in stations),
        ),
    )
    links = (
        Link(End("internet", "eth0"), End("router", "wan0"), untagged=None),
        Link(End("router", "eth0"), End("switch", "p-router"), vlans=tagged),
        *(
            Link(End(m.name, "eth0"), End("switch", f"p-{m.name}"), untagged=access.get(m.name, 1))
            for m in stations
        ),
        Link(End("switch", "p-host"), End("host", "lan0"), vlans=tagged),
    )
    return (internet, router, switch, *stations), links


LAN0 = Interface("lan0", addresses=(ip_interface("192.168.50.2/24"),), mac="b2:51:2b:d1:b1:fb")


def host(*devices: Interface, nic: Interface = LAN0) -> Machine:
    """The Docker host with its NIC."""
    return Machine("host", "host", (nic, *devices), forwards=True, note="Docker host")


def container(name: str, network: str, address: str, number: int = 1, **more: object) -> Machine:
    """A container with one interface; ``address`` may hold an IPv6 address after a comma."""
    addresses = tuple(ip_interface(part) for part in address.split(","))
    kind = more.get("kind", "veth")
    mac = None if kind == "ipvlan" else f"02:42:0a:00:00:{number:02x}"
    interface = Interface(
        "eth0",
        kind,
        addresses,
        mac,
        network=network,
        parent=more.get("parent"),
        mode=more.get("mode"),  # type: ignore[arg-type]
    )
    ports = more.get("published", ())
    return Machine(name, "container", (interface,), published=ports)  # type: ignore[arg-type]


def default_bridge(names: Sequence[str] = ("web", "db")) -> Topology:
    """Two containers on docker0, one with a published port."""
    machines, links = lan(laptop="")
    network = Network(
        "bridge", "bridge", (Pool(ip_network("172.17.0.0/16"), ip_address("172.17.0.1")),), builtin=True
    )
    docker0 = Interface("docker0", "bridge", (ip_interface("172.17.0.1/16"),), network="bridge")
    made = [
        container(
            n,
            "bridge",
            f"172.17.{i // 250}.{i % 250 + 2}/16",
            i,
            published=(Publish(80, 8080),) if i == 0 else (),
        )
        for i, n in enumerate(names)
    ]
    links += tuple(Link(End(n, "eth0"), End("host", "docker0"), "veth") for n in names)
    links += (Link(End("host", "docker0"), End("host", "lan0"), "uplink"),)
    note = "Surprise: here containers reach each other by address only, never by name."
    return Topology("Default bridge", (*machines, host(docker0), *made), links, (network,), note)


def user_bridge(names: Sequence[str] = ("web", "db", "app"), ipv6: bool = True) -> Topology:
    """A user-defined bridge, IPv6 too."""
    machines, links = lan()
    pools = [Pool(ip_network("172.18.0.0/16"), ip_address("172.18.0.1"))]
    if ipv6:
        pools.append(Pool(ip_network("fd00:18::/64"), ip_address("fd00:18::1")))
    network = Network("shop", "bridge", tuple(pools), ipv6=ipv6)
    six = (ip_interface("fd00:18::1/64"),) if ipv6 else ()
    bridge = Interface("br-shop", "bridge", (ip_interface("172.18.0.1/16"), *six), network="shop")
    docker0 = Interface("docker0", "bridge", (ip_interface("172.17.0.1/16"),), network="bridge")
    made = [
        container(
            n, "shop", f"172.18.{i // 250}.{i % 250 + 2}/16" + (f",fd00:18::{i + 2:x}/64" if ipv6 else ""), i
        )
        for i, n in enumerate(names)
    ]
    note = "Surprise: localhost in a container is the container, not the host."
    return Topology("User-defined bridge", (*machines, host(bridge, docker0), *made), links, (network,), note)


def two_bridges() -> Topology:
    """Two user-defined bridges, an internal one, and a container in both."""
    machines, links = lan()
    front = Network("front", "bridge", (Pool(ip_network("172.18.0.0/16"), ip_address("172.18.0.1")),))
    back = Network(
        "back", "bridge", (Pool(ip_network("172.19.0.0/16"), ip_address("172.19.0.1")),), internal=True
    )
    devices = (
        Interface("br-front", "bridge", (ip_interface("172.18.0.1/16"),), network="front"),
        Interface("br-back", "bridge", (ip_interface("172.19.0.1/16"),), network="back"),
    )
    web = container("web", "front", "172.18.0.2/16", 1, published=(Publish(80, 8080), Publish(443, 8443)))
    app = Machine(
        "app", "container",
        (
            Interface("eth0", "veth", (ip_interface("172.18.0.3/16"),), "02:42:0a:00:00:21", network="front"),
            Interface("eth1", "veth", (ip_interface("172.19.0.2/16"),), "02:42:0a:00:00:22", network="back"),
        ),
    )  # fmt: skip
    db = container("db", "back", "172.19.0.3/16", 3)
    title = "Two bridge networks, one of them internal"
    return Topology(title, (*machines, host(*devices), web, app, db), links, (front, back))


def host_network(names: Sequence[str] = ("web", "db")) -> Topology:
    """Containers that use the host's network."""
    machines, links = lan()
    made = [Machine(n, "container", shares="host") for n in names]
    network = Network("host", "host", builtin=True)
    note = "Surprise: published ports are discarded; a port is free for one container only."
    return Topology("Host networking", (*machines, host(), *made), links, (network,), note)


def macvlan_bridge(names: Sequence[str] = ("web", "db")) -> Topology:
    """macvlan children of lan0; the laptop got its address from the DHCP server."""
    machines, links = lan(laptop="192.168.50.3/24")
    pool = Pool(
        ip_network("192.168.50.0/24"), ip_address("192.168.50.1"), ip_network("192.168.50.192/27"),
        (("host", ip_address("192.168.50.2")),),
    )  # fmt: skip
    network = Network("lan", "macvlan", (pool,), parent="lan0", mode="bridge")
    made = [
        container(n, "lan", f"192.168.50.{192 + i % 60}/24", i, kind="macvlan", parent="lan0", mode="bridge")
        for i, n in enumerate(names)
    ]
    links += tuple(Link(End(n, "eth0"), End("host", "lan0"), "child") for n in names)
    note = "Surprise: the host itself cannot reach its macvlan containers through lan0."
    return Topology("MACVLAN bridge", (*machines, host(), *made), links, (network,), note)


def macvlan_8021q(vlans: Sequence[int] = (10, 20), each: int = 2) -> Topology:
    """One macvlan network a VLAN on sub-interfaces of one trunk NIC."""
    machines, links = lan(vlans)
    devices = [Interface(f"lan0.{v}", "vlan", parent="lan0", vlan=v) for v in vlans]
    networks, made = [], []
    for v in vlans:
        pool = Pool(ip_network(f"10.10.{v}.0/24"), ip_address(f"10.10.{v}.1"))
        networks.append(Network(f"vlan{v}", "macvlan", (pool,), parent=f"lan0.{v}", mode="bridge", vlan=v))
        for n in range(each):
            name = f"{('web', 'db', 'app', 'log')[n % 4]}{v}" + (f"-{n}" if n > 3 else "")
            made.append(
                container(
                    name, f"vlan{v}", f"10.10.{v}.{n + 2}/24", v + n, kind="macvlan", parent=f"lan0.{v}"
                )
            )
    links += tuple(
        Link(End("host", d.name), End("host", "lan0"), "child", (d.vlan or 0,), None) for d in devices
    )
    note = "Surprise: a sub-interface needs no IP address; it only tags and untags."
    title = "MACVLAN on 802.1Q sub-interfaces"
    return Topology(title, (*machines, host(*devices), *made), links, tuple(networks), note)


def ipvlan_l2(names: Sequence[str] = ("web", "db")) -> Topology:
    """ipvlan children of lan0, all with its MAC address."""
    machines, links = lan(ipv6=True)
    pools = (
        Pool(ip_network("192.168.50.0/24"), ip_address("192.168.50.1"), ip_network("192.168.50.192/27")),
        Pool(ip_network("2001:db8:50::/64"), ip_address("2001:db8:50::1")),
    )
    network = Network("lan", "ipvlan", pools, parent="lan0", mode="l2", ipv6=True)
    made = [
        container(
            n,
            "lan",
            f"192.168.50.{192 + i % 60}/24,2001:db8:50::{i + 0xC0:x}/64",
            i,
            kind="ipvlan",
            parent="lan0",
        )
        for i, n in enumerate(names)
    ]
    note = "Surprise: the switch learns one MAC address for the host and all its containers."
    return Topology("IPVLAN L2", (*machines, host(), *made), links, (network,), note)


def ipvlan_l3(names: Sequence[str] = ("web", "db"), route: bool = True) -> Topology:
    """A routed ipvlan network; the router has a static route to it."""
    way = Route(ip_network("10.30.0.0/24"), ip_address("192.168.50.2"))
    machines, links = lan(routes=(way,) if route else ())
    network = Network("routed", "ipvlan", (Pool(ip_network("10.30.0.0/24")),), parent="lan0", mode="l3")
    made = [
        container(
            n, "routed", f"10.30.{i // 250}.{i % 250 + 2}/24", i, kind="ipvlan", parent="lan0", mode="l3"
        )
        for i, n in enumerate(names)
    ]
    note = "Surprise: packets leave, replies do not come back until the router has a route."
    return Topology("IPVLAN L3", (*machines, host(), *made), links, (network,), note)


def none_network() -> Topology:
    """Containers without a network."""
    machines, links = lan()
    network = Network("none", "none", builtin=True)
    lo = Interface("lo", "loopback", (ip_interface("127.0.0.1/8"),))
    made = [Machine(n, "container", (lo,)) for n in ("alone", "lonely")]
    return Topology("No network", (*machines, host(), *made), links, (network,))


SEVEN: dict[str, Callable[[], Topology]] = {
    "default_bridge": default_bridge,
    "user_bridge": user_bridge,
    "host": host_network,
    "macvlan_bridge": macvlan_bridge,
    "macvlan_8021q": macvlan_8021q,
    "ipvlan_l2": ipvlan_l2,
    "ipvlan_l3": ipvlan_l3,
}
MORE: dict[str, Callable[[], Topology]] = {"none": none_network, "two_bridges": two_bridges}
