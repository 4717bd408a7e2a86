"""The topology as a networkx graph: machines, the Docker host's devices, and every link between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dnetlab.draw import words
from dnetlab.draw.facts import Column, Facts, Member, strands
from dnetlab.plan.model import Interface, Machine, Topology

if TYPE_CHECKING:
    import networkx


def graph(topology: Topology) -> networkx.MultiGraph[Any]:
    """A ``networkx.MultiGraph`` of a plan or state.

    Nodes are machines (by name) and the Docker host's devices (``host:lan0``, ``host:br-shop``). Attributes of
    a node:

    - ``role``: ``internet``, ``router``, ``switch``, ``pc``, ``host``, ``container``, or for a device ``nic``,
      ``bridge``, ``sub-interface``, ``dummy``;
    - ``label``: what a drawing writes; ``kind``: what it is, in words;
    - ``addresses``: its addresses with prefix, as text; ``mac``: of its first interface that has one, or None;
    - ``network``: the Docker networks it belongs to, a tuple of names; ``vlan``: its 802.1Q id or None;
    - ``interfaces``: the names of its interfaces (of a device: its own);
    - ``gateway``, ``routes`` (``destination via neighbour``), ``dhcp`` (``"client"``, ``"server"`` or None),
      ``inside``: the machine that it is a part of (devices, containers: the Docker host), else None.

    Attributes of an edge:

    - ``kind``: ``cable``; ``device`` (a device and its host); ``veth`` (a container's pair to a bridge);
      ``child`` (a VLAN sub-interface, macvlan or ipvlan device on its parent); ``uplink`` (routed by the host
      between a bridge and its NIC); ``shares`` (host networking);
    - ``vlans``: ids, the untagged one first; empty for a routed link;
    - ``interfaces``: node to interface name; ``network``, ``driver``: of the Docker network, or None.

    The graph's own attributes are ``title``, ``note`` and ``networks`` (name to driver, mode, subnets, gateway).
    """
    import networkx

    facts = Facts(topology)
    made: networkx.MultiGraph[Any] = networkx.MultiGraph()
    made.graph.update(title=topology.title, note=topology.note, networks=_networks(topology))
    for machine in topology.machines:
        made.add_node(machine.name, **_machine(machine, facts))
    for link in facts.cables:
        ends = {end.machine: end.interface for end in (link.a, link.b)}
        nodes = [_node(end.machine, end.interface, facts) for end in (link.a, link.b)]
        vlans = tuple(v for v in strands(link) if v is not None)
        _edge(made, nodes[0], nodes[1], "cable", vlans, {n: ends[n.split(":")[0]] for n in nodes})
    if facts.host is not None:
        _devices(made, facts, facts.host)
        for column in facts.columns:
            for member in column.members:
                _member(made, facts, facts.host, column, member)
    return made


def _networks(topology: Topology) -> dict[str, dict[str, Any]]:
    return {
        n.name: {
            "driver": n.driver,
            "mode": n.mode,
            "parent": n.parent,
            "subnets": tuple(str(p.subnet) for p in n.pools),
            "gateways": tuple(str(p.gateway) for p in n.pools if p.gateway is not None),
            "internal": n.internal,
        }
        for n in topology.networks
    }


def _machine(machine: Machine, facts: Facts) -> dict[str, Any]:
    mac = next((i.mac for i in machine.interfaces if i.mac), None)
    dhcp = "server" if machine.dhcp_pool else "client" if machine.dhcp_client else None
    inside = facts.host.name if facts.host is not None and machine.role == "container" else None
    return {
        "role": machine.role,
        "label": machine.name,
        "kind": words.role(machine),
        "addresses": tuple(str(a) for a in machine.addresses),
        "mac": mac,
        "network": facts.networks_of(machine.name),
        "vlan": next((i.vlan for i in machine.interfaces if i.vlan is not None), None)
        if machine.role in {"pc", "container"}
        else None,
        "interfaces": tuple(i.name for i in machine.interfaces if i.kind != "loopback"),
        "gateway": str(machine.gateway) if machine.gateway is not None else None,
        "routes": tuple(f"{r.destination} via {r.via}" for r in machine.routes),
        "dhcp": dhcp,
        "inside": inside,
    }


def _node(machine: str, interface: str, facts: Facts) -> str:
    """The node where a link ends: a device for the Docker host, else the machine."""
    on_host = facts.host is not None and machine == facts.host.name
    return (
        f"{machine}:{interface}" if on_host and any(i.name == interface for i in facts.devices) else machine
    )


def _edge(
    made: networkx.MultiGraph[Any], a: str, b: str, kind: str, vlans: tuple[int, ...],
    interfaces: dict[str, str], network: str | None = None, driver: str | None = None,
) -> None:  # fmt: skip
    made.add_edge(
        a, b, key=kind, kind=kind, vlans=vlans, interfaces=interfaces, network=network, driver=driver
    )


def _role(device: Interface, facts: Facts) -> str:
    if facts.nic is not None and device.name == facts.nic.name:
        return "nic"
    return {"bridge": "bridge", "vlan": "sub-interface", "dummy": "dummy"}.get(device.kind, "device")


def _devices(made: networkx.MultiGraph[Any], facts: Facts, host: Machine) -> None:
    """The host's devices, what each stands on, and the bridges' way out."""
    served: dict[str, list[str]] = {}
    for column in facts.columns:
        device = column.device or (facts.nic if column.on_nic else None)
        if device is not None and column.network is not None:
            served.setdefault(device.name, []).append(column.network.name)
    for device in facts.devices:
        id = f"{host.name}:{device.name}"
        made.add_node(
            id, role=_role(device, facts), label=device.name, kind=device.kind,
            addresses=tuple(map(str, device.addresses)), mac=device.mac,
            network=tuple(served.get(device.name, ())), vlan=device.vlan, interfaces=(device.name,),
            gateway=None, routes=(), dhcp=None, inside=host.name,
        )  # fmt: skip
        _edge(made, host.name, id, "device", (), {host.name: device.name, id: device.name})
    for device in facts.devices:
        id = f"{host.name}:{device.name}"
        if device.parent and f"{host.name}:{device.parent}" in made:
            below = f"{host.name}:{device.parent}"
            vlans = (device.vlan,) if device.vlan is not None else ()
            _edge(made, below, id, "child", vlans, {below: device.parent, id: device.name})
    for column in facts.columns:
        if facts.uplink(column) == "nat" and column.device is not None and facts.nic is not None:
            nic, id = f"{host.name}:{facts.nic.name}", f"{host.name}:{column.device.name}"
            name = column.network.name if column.network else None
            _edge(made, nic, id, "uplink", (), {nic: facts.nic.name, id: column.device.name}, name, "bridge")


def _member(
    made: networkx.MultiGraph[Any], facts: Facts, host: Machine, column: Column, member: Member
) -> None:
    """A container's link: to its bridge, to its parent, or to the host whose network it shares."""
    name, network = member.machine.name, column.network
    assert network is not None
    if member.machine.shares:
        below = member.machine.shares if member.machine.shares in made else host.name
        _edge(made, name, below, "shares", (), {}, network.name, network.driver)
        return
    device = column.device or (facts.nic if column.on_nic else None)
    if member.interface is None or device is None:
        return
    id = f"{host.name}:{device.name}"
    kind = "veth" if network.driver in {"bridge", "overlay"} else "child"
    vlans = (column.vlan,) if column.vlan is not None else ()
    ends = {name: member.interface.name, id: device.name}
    _edge(made, name, id, kind, vlans, ends, network.name, network.driver)
