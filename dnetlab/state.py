"""The state of a lab, read back from the engine and the LAN, as a topology, and its differences from the plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_interface, ip_network
from typing import Any

from dnetlab.plan import Interface, Link, Machine, Network, Plan, Pool, Topology
from dnetlab.probe import parse
from dnetlab.probe.results import LinkLine


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not as planned: where, what was planned, what was found."""

    where: str
    what: str
    planned: str
    found: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what} is {self.found or 'missing'}, planned was {self.planned or 'none'}"


@dataclass(frozen=True, slots=True, repr=False)
class State:
    """A lab as it is: a topology that was read back, and where it differs from the plan."""

    topology: Topology
    differences: tuple[Difference, ...]

    def __str__(self) -> str:
        if not self.differences:
            return "The lab is as planned."
        return "\n".join(["The lab differs from its plan:", *(f"  {d}" for d in self.differences)])

    def __repr__(self) -> str:
        return str(self)


def dump_script(plan: Plan) -> str:
    """The script whose output :func:`read_dump` reads: one exec for the Docker host and the whole LAN."""
    lines = ['echo "@ host"', "ip -d -j address"]
    for machine in plan.topology.machines:
        if machine.role in {"internet", "router", "switch", "pc"}:
            lines += [f'echo "@ {machine.name}"', f"ip -n {machine.name} -d -j address"]
    return "\n".join(lines)


def read_dump(text: str) -> dict[str, tuple[LinkLine, ...]]:
    """Machine → devices, from what :func:`dump_script` printed."""
    found: dict[str, tuple[LinkLine, ...]] = {}
    name = ""
    for line in text.splitlines():
        if line.startswith("@ "):
            name = line[2:].strip()
        elif name and line.strip().startswith("["):
            found[name] = parse.links(line)
    return found


def topology(
    plan: Plan,
    containers: Mapping[str, Mapping[str, Any]],
    networks: Mapping[str, Mapping[str, Any]],
    devices: Mapping[str, tuple[LinkLine, ...]],
) -> Topology:
    """What is there: ``containers`` and ``networks`` as the engine inspects them, ``devices`` by machine."""
    host_devices = {d.name: d for d in devices.get("host", ())}
    machines = []
    for machine in plan.topology.machines:
        if machine.role == "container":
            if machine.name in containers:
                machines.append(_container(machine, containers[machine.name], networks, host_devices))
        elif machine.role == "host":
            machines.append(_with_devices(machine, host_devices))
        elif machine.name in devices:
            machines.append(_with_devices(machine, {d.name: d for d in devices[machine.name]}))
    present = {(m.name, i.name) for m in machines for i in m.interfaces}
    links = tuple(link for link in plan.topology.links if _present(link, present))
    found = tuple(_network(n, networks[n.name]) for n in plan.networks if n.name in networks)
    return replace(plan.topology, machines=tuple(machines), links=links, networks=found)


def _present(link: Link, present: set[tuple[str, str]]) -> bool:
    return tuple(link.a) in present and tuple(link.b) in present


def _with_devices(machine: Machine, devices: Mapping[str, LinkLine]) -> Machine:
    interfaces = []
    for interface in machine.interfaces:
        device = devices.get(interface.name)
        if device is not None:
            # Link-local addresses are made by the kernel for itself; no plan has them.
            addresses = tuple(a for a in map(ip_interface, device.addresses) if not a.ip.is_link_local)
            interfaces.append(replace(interface, addresses=addresses, mac=device.mac, mtu=device.mtu))
    return replace(machine, interfaces=tuple(interfaces))


def _container(
    machine: Machine,
    inspected: Mapping[str, Any],
    networks: Mapping[str, Mapping[str, Any]],
    host_devices: Mapping[str, LinkLine],
) -> Machine:
    if machine.shares:
        return machine
    planned = {i.network: i for i in machine.interfaces}
    interfaces = []
    gateway = machine.gateway
    # Only ever Networks[...]: the top-level address fields are gone since API 1.52.
    for number, (name, endpoint) in enumerate(inspected["NetworkSettings"]["Networks"].items()):
        base = planned.get(name) or Interface(f"eth{number}", _kind(networks.get(name)), network=name)
        addresses = []
        if endpoint.get("IPAddress"):
            addresses.append(ip_interface(f"{endpoint['IPAddress']}/{endpoint['IPPrefixLen']}"))
        if endpoint.get("GlobalIPv6Address"):
            addresses.append(
                ip_interface(f"{endpoint['GlobalIPv6Address']}/{endpoint['GlobalIPv6PrefixLen']}")
            )
        mac = endpoint.get("MacAddress") or None
        parent = host_devices.get(base.parent or "")
        if mac is None and base.kind == "ipvlan" and parent is not None:
            mac = parent.mac  # ipvlan shares its parent's MAC; the engine leaves the field empty
        interfaces.append(replace(base, addresses=tuple(addresses), mac=mac))
        if number == 0:
            gateway = ip_address(endpoint["Gateway"]) if endpoint.get("Gateway") else None
    return replace(machine, interfaces=tuple(interfaces), gateway=gateway)


def _kind(network: Mapping[str, Any] | None) -> Any:
    driver = (network or {}).get("Driver", "bridge")
    return driver if driver in {"macvlan", "ipvlan"} else "veth"


def _network(planned: Network, inspected: Mapping[str, Any]) -> Network:
    options = inspected.get("Options") or {}
    pools = tuple(
        Pool(
            ip_network(config["Subnet"]),
            ip_address(config["Gateway"].split("/")[0]) if config.get("Gateway") else None,
            ip_network(config["IPRange"]) if config.get("IPRange") else None,
            tuple((k, ip_address(v)) for k, v in (config.get("AuxiliaryAddresses") or {}).items()),
        )
        for config in (inspected["IPAM"].get("Config") or [])
    )
    return replace(
        planned,
        driver="none" if inspected["Driver"] == "null" else inspected["Driver"],
        pools=pools,
        parent=options.get("parent"),
        mode=options.get(f"{inspected['Driver']}_mode"),
        internal=bool(inspected.get("Internal")),
        ipv6=bool(inspected.get("EnableIPv6")),
    )


def differences(plan: Plan, found: Topology) -> tuple[Difference, ...]:
    """Where the found topology is not as planned. What the plan leaves to Docker or to DHCP is no difference."""
    result = []
    there = {m.name: m for m in found.machines}
    for machine in plan.topology.machines:
        other = there.get(machine.name)
        if other is None:
            result.append(Difference(machine.name, machine.role, machine.role, ""))
            continue
        found_interfaces = {i.name: i for i in other.interfaces}
        for interface in machine.interfaces:
            actual = found_interfaces.get(interface.name)
            if actual is None:
                result.append(Difference(machine.name, f"interface {interface.name}", interface.kind, ""))
            elif interface.addresses and set(interface.addresses) != set(actual.addresses):
                result.append(
                    Difference(machine.name, f"address of {interface.name}", _list(interface), _list(actual))
                )
    networks = {n.name: n for n in found.networks}
    for network in plan.networks:
        other_network = networks.get(network.name)
        if other_network is None:
            result.append(Difference(network.name, "network", network.driver, ""))
        elif not network.builtin:
            for field in ("driver", "pools", "parent", "internal", "ipv6"):
                planned, actual_value = _shown(network, field), _shown(other_network, field)
                if planned != actual_value:
                    result.append(Difference(network.name, field, planned, actual_value))
    return tuple(result)


def _shown(network: Network, field: str) -> str:
    """A field of a network as text; pools sorted, as the docker CLI sends them in any order."""
    value = getattr(network, field)
    return ", ".join(sorted(map(str, value))) if field == "pools" else str(value)


def _list(interface: Interface) -> str:
    return ", ".join(str(a) for a in interface.addresses)
