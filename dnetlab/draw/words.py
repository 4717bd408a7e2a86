"""The words for things: one wording for the picture, the text and the alternative text."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from dnetlab.draw.facts import Column, Facts, Member
from dnetlab.plan.model import DhcpPool, Interface, Machine, Network, Pool, Publish

SUBTITLES = {
    "bridge": "The network that every engine has: private to the host; the way out leads through NAT.",
    "user bridge": "A private network on the host, with names; the way out leads through NAT.",
    "internal bridge": "A private network on the host, with names and without a way out.",
    "host": "A container here has no network of its own: it uses the host's.",
    "macvlan": "Each container has a MAC address of its own and is a neighbour of the PCs on the LAN.",
    "macvlan vlan": "One trunk NIC, a macvlan network for each VLAN: containers are neighbours on their VLAN.",
    "ipvlan l2": "Containers with their own IP addresses on the LAN, all behind the MAC address of the NIC.",
    "ipvlan l3": "The host routes between the LAN and the containers; no broadcast passes.",
    "none": "The containers have a loopback device and nothing else.",
    "overlay": "One network across several hosts, carried in VXLAN.",
}


def subtitle(facts: Facts) -> str:
    """One line on what the picture shows, from the drivers of its networks."""
    kinds = list(
        dict.fromkeys(_kind(column) for column in facts.columns if column.network and column.members)
    )
    if len(kinds) == 1:
        return SUBTITLES.get(kinds[0], "")
    if not kinds:
        return "The LAN around the Docker host."
    names = [driver(c.network).removeprefix("default ") for c in facts.columns if c.network]
    return (
        f"On one Docker host: {listed([n.removesuffix(' network') for n in dict.fromkeys(names)])} networks."
    )


def _kind(column: Column) -> str:
    if column.driver == "bridge":
        if column.network is not None and column.network.internal:
            return "internal bridge"
        return "bridge" if column.network is not None and column.network.builtin else "user bridge"
    if column.driver == "macvlan":
        return "macvlan vlan" if column.vlan is not None else "macvlan"
    if column.driver == "ipvlan":
        return "ipvlan l3" if column.routed else "ipvlan l2"
    return column.driver


def listed(items: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def counted(number: int, one: str, many: str = "") -> str:
    """``1 container``, ``2 containers``."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def driver(network: Network) -> str:
    """``bridge network (default)``, ``macvlan network``, ``ipvlan L3 network``."""
    if network.driver == "bridge":
        return "default bridge network" if network.builtin else "bridge network"
    if network.driver == "ipvlan":
        return f"ipvlan {(network.mode or 'l2').upper()} network"
    return f"{network.driver} network"


def dns(column: Column) -> str:
    """Whether containers find each other by name: the engine's resolver serves all but built-in networks."""
    if column.network is None or column.driver in {"host", "none"}:
        return ""
    return "no DNS" if column.network.builtin else "DNS"


def details(column: Column) -> tuple[str, ...]:
    """Gateway, range and what else is worth a word in a network's box."""
    network = column.network
    if network is None:
        return ()
    said: list[str] = []
    if column.driver == "bridge":
        said.append("by address only" if network.builtin else "names work")
    if column.driver == "macvlan":
        said.append(f"mode {column.mode}")
    for pool in network.pools:
        said.extend(pool_details(pool, column))
    if network.internal:
        said.append("internal: no way out")
    if column.driver == "host":
        said.append("the host's own interfaces, addresses and ports")
    if column.driver == "none":
        said.append("only the loopback device")
    return tuple(dict.fromkeys(said))


def pool_details(pool: Pool, column: Column) -> tuple[str, ...]:
    """An IPAM pool's range, reserved addresses and gateway, as far as they play a part."""
    said = []
    if pool.ip_range is not None:
        said.append(f"Docker gives {pool.ip_range}")
    for name, address in pool.reserved:
        said.append(f"keeps {address} for {name}")
    if column.routed:
        said.append("default route: the device itself")
    elif pool.gateway is not None:
        said.append(f"gateway {pool.gateway}")
    return tuple(said)


def hardware(member: Member) -> str:
    """What a card says of the MAC address: ipvlan children have their parent's, whatever is read back."""
    interface = member.interface
    if interface is None:
        return ""
    if interface.kind == "ipvlan":
        return f"MAC of {interface.parent}" if interface.parent else "MAC of the parent"
    return interface.mac or ""


def ports(publish: Sequence[Publish]) -> list[str]:
    """Published ports: ``host port 8080 to port 80``."""
    return [
        f"host {p.host_ip + ' ' if p.host_ip else ''}port {p.host_port} to port {p.port}" for p in publish
    ]


def all_ports(facts: Facts) -> list[str]:
    """Every published port of the host, with its container."""
    return [
        f"{p.host_ip + ':' if p.host_ip else ''}{p.host_port} to {machine.name}:{p.port}"
        for machine in facts.topology.of_role("container")
        for p in machine.published
    ]


def pool(dhcp: DhcpPool) -> str:
    """The addresses of a DHCP server."""
    return f"{dhcp.first} to {dhcp.last}"


def device(interface: Interface, facts: Facts, column: Column) -> str:
    """What a device of the Docker host does, in a few words."""
    if interface.kind == "bridge":
        if column.network is not None and column.network.internal:
            return "bridge, no way out"
        return f"bridge, NAT to {facts.nic.name}" if facts.nic is not None and column.network else "bridge"
    if interface.kind == "vlan":
        return f"tags / untags VLAN {interface.vlan}"
    if interface.kind == "dummy":
        return "dummy: leads nowhere"
    return {"ethernet": "NIC", "veth": "NIC"}.get(interface.kind, interface.kind)


def short(address: object, subnets: Sequence[object]) -> str:
    """The part of an address that differs in its subnet: ``.17`` in a /24, ``::11`` in a /64, else all of it.

    Where there are more subnets of that kind the part would not say in which one it is: then it is all of it.
    """
    alike = {s for s in subnets if getattr(s, "version", 0) == getattr(address, "version", 0)}
    for subnet in alike if len(alike) == 1 else ():
        if isinstance(subnet, IPv4Network) and isinstance(address, IPv4Address) and address in subnet:
            parts = str(address).split(".")
            return "." + ".".join(parts[subnet.prefixlen // 8 :])
        if isinstance(subnet, IPv6Network) and isinstance(address, IPv6Address) and address in subnet:
            host = IPv6Address(int(address) - int(subnet.network_address))
            return str(host) if subnet.prefixlen % 16 == 0 else str(address)
    return str(address)


def role(machine: Machine) -> str:
    """``PC``, ``Docker host``, ``router`` ..."""
    return {"pc": "PC", "host": "Docker host", "internet": "Internet host"}.get(machine.role, machine.role)
