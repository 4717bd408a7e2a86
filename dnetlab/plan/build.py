"""What the types share when they make a plan: Docker networks, container machines and their links."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Interface, IPv6Network, ip_interface

from dnetlab.plan.lan import Lan, host
from dnetlab.plan.model import (
    Attachment,
    Container,
    End,
    Interface,
    Kind,
    Link,
    Machine,
    Network,
    Plan,
    Pool,
    Publish,
    Topology,
)


def bridge_device(network: Network, gateway: IPv4Address | None, subnet: IPv4Network) -> Interface:
    """The bridge that Docker makes on the host for a bridge network; it carries the gateway address."""
    name = "docker0" if network.builtin else network.driver_options["com.docker.network.bridge.name"]
    addresses = (ip_interface(f"{gateway}/{subnet.prefixlen}"),) if gateway else ()
    return Interface(name, "bridge", addresses, network=network.name)


def pool6(subnet: IPv6Network | None, *, gateway: bool = True) -> tuple[Pool, ...]:
    """The IPv6 pool of a network on the LAN: the router is ::1; none where there is no IPv6."""
    if subnet is None:
        return ()
    return (Pool(subnet, subnet.network_address + 1 if gateway else None),)


def bridge_address6(subnet: IPv6Network) -> tuple[IPv6Interface, ...]:
    """The address that Docker gives the bridge in its IPv6 subnet: the gateway, ::1."""
    return (IPv6Interface((subnet.network_address + 1, subnet.prefixlen)),)


def addresses6(subnet: IPv6Network | None) -> Iterator[IPv6Address]:
    """IPv6 addresses for containers, from ::200 on: router, host and PCs of the LAN have the low ones."""
    if subnet is not None:
        for number in range(0x200, 0x400):
            yield subnet.network_address + number


def addressed(
    name: str,
    network: str,
    ipv4: IPv4Address | None = None,
    ipv6: IPv6Address | None = None,
    published: Sequence[Publish] = (),
    port: int = 80,
) -> Container:
    """A container with one endpoint; an address of None is left to Docker's IPAM."""
    return Container(name, (Attachment(network, ipv4, ipv6),), tuple(published), port)


def container_machine(
    container: Container,
    network: Network,
    kind: Kind,
    *,
    parent: str | None = None,
    gateway: IPv4Address | None = None,
) -> Machine:
    """The container as a machine of the topology, its address taken from the plan where it is known."""
    endpoint = container.attachments[0]
    addresses = []
    for pool in network.pools:
        address: IPv4Address | IPv6Address | None = (
            endpoint.ipv4 if pool.subnet.version == 4 else endpoint.ipv6
        )
        if address is not None and address in pool.subnet:
            addresses.append(ip_interface(f"{address}/{pool.subnet.prefixlen}"))
    eth0 = Interface("eth0", kind, tuple(addresses), parent=parent, mode=network.mode, network=network.name)
    return Machine(container.name, "container", (eth0,), gateway=gateway, published=container.published)


def plan(
    type_name: str,
    title: str,
    lan: Lan,
    *,
    networks: Sequence[Network],
    containers: Sequence[Container],
    machines: Sequence[Machine],
    devices: Sequence[Interface] = (),
    note: str = "",
    values: dict[str, object] | None = None,
) -> Plan:
    """Put LAN, Docker host, containers and their links together.

    ``devices`` are the bridges and sub-interfaces on the Docker host, ``machines`` the containers.
    """
    links = [*lan.links, *_device_links(devices, lan.nic.name), *_container_links(machines, devices)]
    topology = Topology(
        title,
        (*lan.machines, host(lan, *devices), *machines),
        tuple(links),
        tuple(networks),
        note,
    )
    return Plan(type_name, topology, tuple(networks), tuple(containers), tuple((values or {}).items()))


def _device_links(devices: Iterable[Interface], nic: str) -> Iterable[Link]:
    for device in devices:
        if device.kind == "bridge":
            yield Link(End("host", device.name), End("host", nic), "uplink", untagged=None)
        else:
            tags = (device.vlan,) if device.vlan else ()
            yield Link(
                End("host", device.name),
                End("host", device.parent or nic),
                "child",
                tags,
                None if tags else 1,
            )


def _container_links(machines: Iterable[Machine], devices: Iterable[Interface]) -> Iterable[Link]:
    bridges = {device.network: device.name for device in devices if device.kind == "bridge"}
    for machine in machines:
        for interface in machine.interfaces:
            if interface.network in bridges:
                yield Link(End(machine.name, interface.name), End("host", bridges[interface.network]), "veth")
            elif interface.parent:
                yield Link(End(machine.name, interface.name), End("host", interface.parent), "child")
