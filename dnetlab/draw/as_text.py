"""The drawing in words: every machine, address, link, VLAN and network; for screen readers and for nbval."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from dnetlab.draw import words
from dnetlab.draw.facts import Column, Facts, Marks, Member
from dnetlab.plan.model import End, Interface, Link, Machine, Network, Topology

INDENT = "  "


def text(
    topology: Topology,
    *,
    macs: bool = True,
    missing: Collection[str] = (),
    extra: Collection[str] = (),
    changed: Mapping[str, str] | None = None,
) -> str:
    """The topology as indented lines, in the order of the drawing, the same for the same topology.

    Args:
        topology: a plan's or a state's.
        macs: False leaves MAC addresses out, which a real engine chooses anew each time.
        missing: as in :func:`dnetlab.draw.layout`; each marked thing says so at the end of its line.
        extra: likewise.
        changed: likewise.
    """
    marks = Marks(frozenset(missing), frozenset(extra), dict(changed or {}))
    return "\n".join(_Writer(Facts(topology), marks, macs).lines())


class _Writer:
    def __init__(self, facts: Facts, marks: Marks, macs: bool) -> None:
        self.facts, self.marks, self.macs = facts, marks, macs

    def lines(self) -> Iterator[str]:
        """The whole text."""
        topology = self.facts.topology
        yield topology.title
        if topology.note:
            yield topology.note.strip()
        outside = [m for m in topology.machines if m.role not in {"host", "container"}]
        if outside:
            yield "LAN"
        for machine in outside:
            yield from self._machine(machine)
        for host in topology.of_role("host"):
            yield ("Docker host" if host.name == "host" else f"Docker host {host.name}") + self._sign(
                host.name
            )
            yield from self._routes(host)
            if host is self.facts.host:
                yield from self._inside(host)
        if self.facts.host is None:
            for column in self.facts.columns:
                yield from self._column(column)

    def _sign(self, *ids: str) -> str:
        signs = [self.marks.sign(id) for id in ids if self.marks.of(id)]
        return f" [{'; '.join(signs)}]" if signs else ""

    def _addresses(self, interface: Interface) -> list[str]:
        said = [str(a) for a in interface.addresses]
        if self.macs and interface.mac and interface.kind != "ipvlan":
            said.append(f"MAC {interface.mac}")
        return said

    # --- the LAN -------------------------------------------------------------------------------------------

    def _machine(self, machine: Machine) -> Iterator[str]:
        said = [words.role(machine)]
        if machine.forwards:
            said.append("forwards IP packets")
        if machine.gateway is not None:
            said.append(f"gateway {machine.gateway}")
        yield f"{INDENT}{machine.name}: {', '.join(said)}{self._sign(machine.name)}"
        for interface in machine.interfaces:
            if interface.kind != "loopback":
                yield f"{INDENT * 2}{self._interface(machine, interface)}"
        if machine.dhcp_pool is not None:
            yield f"{INDENT * 2}DHCP server: hands out {words.pool(machine.dhcp_pool)}"
        yield from self._routes(machine)

    def _routes(self, machine: Machine) -> Iterator[str]:
        for route in machine.routes:
            yield f"{INDENT * 2}route: {route.destination} via {route.via}"

    def _interface(self, machine: Machine, interface: Interface) -> str:
        said = self._addresses(interface)
        if machine.dhcp_client == interface.name:
            said.append("address by DHCP")
        if interface.vlan is not None:
            said.append(f"VLAN {interface.vlan} on {interface.parent}")
        if machine.role == "switch" and self.facts.vlan_aware:
            said.append(_membership(interface))
        said += self._cables(machine, interface)
        return f"{interface.name}: {', '.join(said) or 'no address'}{self._sign(f'{machine.name}:{interface.name}')}"

    def _cables(self, machine: Machine, interface: Interface) -> list[str]:
        return [
            f"cable to {_end(far, self.facts)}{'' if machine.role == 'switch' else self._carried(link)}"
            for link, own, far in self.facts.cables_of(machine.name)
            if own.interface == interface.name
        ]

    def _carried(self, link: Link) -> str:
        if not self.facts.vlan_aware:
            return ""
        said = [] if link.untagged is None else [f"untagged VLAN {link.untagged}"]
        if link.vlans:
            said.append(f"tagged VLAN {words.listed([str(v) for v in link.vlans])}")
        return f" ({', '.join(said)})" if said else ""

    # --- the Docker host -----------------------------------------------------------------------------------

    def _inside(self, host: Machine) -> Iterator[str]:
        nic = self.facts.nic
        for device in self.facts.devices:
            said = ["NIC"] if nic is not None and device.name == nic.name else [_kind(device)]
            said += self._addresses(device) + self._cables(host, device)
            if device.kind == "bridge":
                ways = [self.facts.uplink(c) for c in self.facts.columns if c.device == device]
                if "nat" in ways and nic is not None:
                    said.append(f"routed to {nic.name}, NAT on the way out")
            yield f"{INDENT}{device.name}: {', '.join(said)}{self._sign(f'{host.name}:{device.name}')}"
        for column in self.facts.columns:
            yield from self._column(column)

    def _column(self, column: Column) -> Iterator[str]:
        network = column.network
        if network is None:
            return
        said = ", ".join(self._network(column, network))
        yield f"{INDENT}network {network.name}: {said}{self._sign(f'network:{network.name}')}"
        for member in column.members:
            yield f"{INDENT * 2}{self._container(column, member)}"
        if not column.members:
            yield f"{INDENT * 2}no containers"

    def _network(self, column: Column, network: Network) -> Iterator[str]:
        yield words.driver(network).removesuffix(" network")
        device = column.device or (self.facts.nic if column.on_nic else None)
        if device is not None:
            yield f"on {device.name}"
        if column.vlan is not None:
            yield f"VLAN {column.vlan}"
        for pool in network.pools:
            yield f"subnet {pool.subnet}"
        dns = words.dns(column)
        if dns:
            yield "DNS by name" if dns == "DNS" else dns
        yield from (d for d in words.details(column) if d not in {"names work"})
        if column.routed:
            yield "routed by the host's table"

    def _container(self, column: Column, member: Member) -> str:
        machine, interface = member.machine, member.interface
        said = ["container"]
        if machine.shares:
            said.append(f"shares the interfaces of {machine.shares}, no address of its own")
        elif interface is None:
            said.append("only lo")
        else:
            said.append(
                f"{interface.name} {' '.join(map(str, interface.addresses)) or '(address: Docker chooses)'}"
            )
            hardware = words.hardware(member)
            if hardware and (self.macs or ":" not in hardware):
                said.append(hardware if hardware.startswith("MAC") else f"MAC {hardware}")
            if machine.gateway is not None and column.driver != "none":
                said.append(f"gateway {machine.gateway}")
        others = [
            n for n in self.facts.networks_of(machine.name) if column.network and n != column.network.name
        ]
        if others:
            said.append(f"also in {words.listed(others)}")
        said += [f"published: {port}" for port in words.ports(machine.published)]
        ids = [machine.name, *([f"{machine.name}:{interface.name}"] if interface else [])]
        return f"{machine.name}: {', '.join(said)}{self._sign(*ids)}"


def _kind(device: Interface) -> str:
    if device.kind == "vlan":
        return f"VLAN sub-interface of {device.parent}, tags and untags VLAN {device.vlan}"
    return {"bridge": "bridge", "dummy": "dummy device that leads nowhere"}.get(
        device.kind, f"{device.kind} device"
    )


def _membership(port: Interface) -> str:
    """A switch port's 802.1Q memberships."""
    if port.tagged:
        native = f", untagged VLAN {port.untagged}" if port.untagged is not None else ""
        return f"trunk port, tagged VLAN {words.listed([str(v) for v in port.tagged])}{native}"
    return f"access port in VLAN {port.untagged}" if port.untagged is not None else "port in no VLAN"


def _end(end: End, facts: Facts) -> str:
    machine = facts.machines.get(end.machine)
    if machine is not None and machine.role == "host":
        return f"the Docker host's {end.interface}"
    return f"{end.machine} {end.interface}"


def alt(topology: Topology) -> str:
    """The drawing in one paragraph, as alternative text of an image: what there is, not where it stands."""
    facts = Facts(topology)
    said = [f"Network drawing: {topology.title}."]
    lan = [_station(m) for m in topology.machines if m.role in {"router", "pc"}]
    if lan:
        shown = lan if len(lan) <= 6 else [*lan[:5], f"{len(lan) - 5} more PCs"]
        through = " around a switch" if facts.first("switch") else ""
        said.append(f"On the LAN{through}: {words.listed(shown)}.")
    if facts.host is not None:
        nic = f" with NIC {facts.nic.name}" if facts.nic is not None else ""
        where = (
            f" ({words.listed([str(a.ip) for a in facts.nic.addresses])})"
            if facts.nic and facts.nic.addresses
            else ""
        )
        said.append(f"The Docker host{nic}{where} holds {_holds(facts)}.")
    for column in facts.columns:
        if column.network is not None:
            said.append(_sentence(column, column.network, facts))
    if topology.note:
        said.append(topology.note.strip())
    return " ".join(said)


def _station(machine: Machine) -> str:
    """A router or PC with its addresses: ``PC pc1 (192.168.50.100)``."""
    role = words.role(machine)
    name = role if machine.name == role else f"{role} {machine.name}"
    said = [str(a.ip) for a in machine.addresses]
    if machine.dhcp_client:
        said.append("by DHCP")
    return f"{name} ({words.listed(said)})" if said else name


def _holds(facts: Facts) -> str:
    containers = sum(1 for _ in facts.topology.of_role("container"))
    networks = sum(1 for c in facts.columns if c.network is not None)
    return f"{words.counted(containers, 'container')} in {words.counted(networks, 'network')}"


def _sentence(column: Column, network: Network, facts: Facts) -> str:
    device = column.device or (facts.nic if column.on_nic else None)
    subnets = words.listed([str(p.subnet) for p in network.pools])
    kind = words.driver(network)
    head = f"{kind[0].upper()}{kind[1:]} {network.name}"
    head += f" on {device.name}" if device is not None else ""
    head += f", {subnets}" if subnets else ""
    names = []
    for member in column.members:
        addresses = member.interface.addresses if member.interface is not None else ()
        names.append(member.machine.name + (f" ({addresses[0].ip})" if addresses else ""))
    shown = names if len(names) <= 6 else [*names[:5], f"{len(names) - 5} more containers"]
    return f"{head}: {words.listed(shown) or 'no containers'}."
