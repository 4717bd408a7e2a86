"""What a topology means for a drawing: which device serves a network, who is in it, which links there are.

The pictures, the text and the graph all start here, so that they cannot tell different stories.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from dnetlab.plan.model import End, Interface, Link, Machine, Network, Topology

Mark = Literal["missing", "extra", "changed"]


@dataclass(frozen=True, slots=True)
class Marks:
    """Differences between plan and state, by id: a machine's name, ``host:lan0.10`` or ``network:shop``.

    ``missing`` is planned but not there, ``extra`` is there but not planned, ``changed`` says in words how a
    thing differs from the plan.
    """

    missing: frozenset[str] = frozenset()
    extra: frozenset[str] = frozenset()
    changed: Mapping[str, str] = field(default_factory=dict)

    def of(self, id: str) -> Mark | None:
        """The mark of a thing, None where plan and state agree."""
        if id in self.missing:
            return "missing"
        if id in self.extra:
            return "extra"
        return "changed" if id in self.changed else None

    def sign(self, id: str) -> str:
        """The mark in words, empty where there is none."""
        mark = self.of(id)
        if mark == "changed":
            return self.changed[id]
        return {"missing": "planned, not there", "extra": "there, not planned", None: ""}[mark]

    def __bool__(self) -> bool:
        return bool(self.missing or self.extra or self.changed)


@dataclass(frozen=True, slots=True)
class Member:
    """A container in a network, with the interface that it has there (None with host networking)."""

    machine: Machine
    interface: Interface | None


@dataclass(frozen=True, slots=True)
class Column:
    """One Docker network inside the Docker host: its device (None: directly on the NIC), its containers.

    A device without a network and containers without a network are columns too.
    """

    network: Network | None
    device: Interface | None
    members: tuple[Member, ...]
    on_nic: bool = False

    @property
    def vlan(self) -> int | None:
        """The 802.1Q id that the network's frames carry on the NIC."""
        if self.network is not None and self.network.vlan is not None:
            return self.network.vlan
        return self.device.vlan if self.device is not None else None

    @property
    def driver(self) -> str:
        """The network's driver; ``device`` or ``none`` where there is no network."""
        if self.network is not None:
            return self.network.driver
        return "device" if self.device is not None else "none"

    @property
    def mode(self) -> str:
        """The driver's mode; where none is given, the engine's: ``bridge`` (macvlan), ``l2`` (ipvlan)."""
        mode = self.network.mode if self.network is not None else None
        return mode or {"macvlan": "bridge", "ipvlan": "l2"}.get(self.driver, "")

    @property
    def routed(self) -> bool:
        """True where the host's routing table forwards for the containers (ipvlan L3 and L3S)."""
        return self.driver == "ipvlan" and self.mode.startswith("l3")

    @property
    def layer2(self) -> bool:
        """True where the containers are neighbours of the machines on the NIC's LAN."""
        return self.driver in {"macvlan", "ipvlan"} and not self.routed


class Facts:
    """A topology, sorted: ``nic``, ``columns``, ``cables`` and the colour of each layer-2 segment."""

    def __init__(self, topology: Topology) -> None:
        self.topology = topology
        self.machines = {m.name: m for m in topology.machines}

    # --- machines ------------------------------------------------------------------------------------------

    def first(self, role: str) -> Machine | None:
        """The first machine of a role."""
        return next((m for m in self.topology.machines if m.role == role), None)

    @cached_property
    def host(self) -> Machine | None:
        """The Docker host."""
        return self.first("host")

    @cached_property
    def nic(self) -> Interface | None:
        """The Docker host's card on the LAN: the one with a cable, else the first Ethernet device."""
        if self.host is None:
            return None
        cabled = {
            end.interface for link in self.cables for end in (link.a, link.b) if end.machine == self.host.name
        }
        cards = [i for i in self.devices if i.kind in {"ethernet", "veth"} and not i.network]
        for card in cards:
            if card.name in cabled:
                return card
        return cards[0] if cards else None

    @cached_property
    def devices(self) -> tuple[Interface, ...]:
        """The host's devices that matter: no loopback, no host end of a container's veth pair."""
        if self.host is None:
            return ()
        return tuple(
            i for i in self.host.interfaces if i.kind != "loopback" and not (i.kind == "veth" and i.master)
        )

    # --- links ---------------------------------------------------------------------------------------------

    @cached_property
    def cables(self) -> tuple[Link, ...]:
        """The LAN's cables."""
        return tuple(link for link in self.topology.links if link.kind == "cable")

    def cable(self, a: str, b: str) -> Link | None:
        """The cable between two machines, None where there is none."""
        return next((c for c in self.cables if {c.a.machine, c.b.machine} == {a, b}), None)

    def cables_of(self, machine: str) -> Iterator[tuple[Link, End, End]]:
        """The machine's cables with its own end and the far end."""
        for link in self.cables:
            if link.a.machine == machine:
                yield link, link.a, link.b
            elif link.b.machine == machine:
                yield link, link.b, link.a

    @cached_property
    def vlan_aware(self) -> bool:
        """True where 802.1Q tags play a part at all: else "VLAN 1" is not worth a word."""
        return bool(self.vlans)

    @cached_property
    def vlans(self) -> tuple[int, ...]:
        """The 802.1Q ids in use, the untagged LAN's 1 left out."""
        ids = {v for link in self.topology.links for v in link.vlans}
        ids |= {link.untagged for link in self.topology.links if link.untagged not in {None, 1}}
        ids |= {i.vlan for m in self.topology.machines for i in m.interfaces if i.vlan is not None}
        ids |= {c.vlan for c in self.columns if c.vlan is not None}
        return tuple(sorted(ids - {1}))

    # --- networks ------------------------------------------------------------------------------------------

    def _members(self, network: Network) -> Iterator[Member]:
        for machine in self.topology.of_role("container"):
            if network.driver == "host" and machine.shares:
                yield Member(machine, None)
                continue
            for interface in machine.interfaces:
                if interface.network == network.name:
                    yield Member(machine, interface)

    def _device(self, network: Network, members: tuple[Member, ...]) -> Interface | None:
        """The host's device below a network: its own bridge, its parent, or what its containers name."""
        by_name = {i.name: i for i in self.devices}
        own = [i for i in self.devices if i.network == network.name]
        if own:
            return own[0]
        parents = [network.parent, *(m.interface.parent for m in members if m.interface is not None)]
        masters = [m.interface.master for m in members if m.interface is not None]
        return next((by_name[n] for n in (*parents, *masters) if n in by_name), None)

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The Docker networks in their order, then devices without a network, then containers without one."""
        columns = []
        shown: set[str] = set()
        for network in self.topology.networks:
            members = tuple(self._members(network))
            device = self._device(network, members)
            if not members and device is None and network.builtin:
                continue
            on_nic = device is not None and device == self.nic
            if device is not None:
                shown.add(device.name)
            columns.append(Column(network, None if on_nic else device, members, on_nic))
        for device in self.devices:
            if device != self.nic and device.name not in shown:
                columns.append(Column(None, device, ()))
        placed = {m.machine.name for c in columns for m in c.members}
        loose = [m for m in self.topology.of_role("container") if m.name not in placed]
        for shares in (True, False):
            members = tuple(Member(m, None) for m in loose if bool(m.shares) is shares)
            if members:
                network = (
                    Network("host", "host", builtin=True) if shares else Network("none", "none", builtin=True)
                )
                columns.append(Column(network, None, members))
        return tuple(columns)

    def uplink(self, column: Column) -> str:
        """How a column hangs on the NIC: ``nat``, ``routed``, ``child``, ``shared``; empty: not at all."""
        if self.nic is None:
            return ""
        if column.driver == "host":
            return "shared"
        if column.routed:
            return "routed"
        if column.driver == "bridge":
            internal = column.network is not None and column.network.internal
            return "" if internal or column.device is None else "nat"
        if column.on_nic:
            return "child"
        if column.device is not None and column.device.parent == self.nic.name:
            return "child"
        return "nat" if column.device is not None and column.device.kind == "bridge" else ""

    def networks_of(self, container: str) -> tuple[str, ...]:
        """The names of the networks that a container is in, as drawn."""
        return tuple(
            c.network.name
            for c in self.columns
            if c.network
            for m in c.members
            if m.machine.name == container
        )

    # --- colours -------------------------------------------------------------------------------------------

    @cached_property
    def _segments(self) -> dict[str, str]:
        """Colour names by layer-2 segment: one colour is one broadcast domain (or one routed network)."""
        names: dict[str, str] = {}
        for column in self.columns:
            names.setdefault(self._segment(column), f"seg{len(names)}")
        names.pop("plain", None)
        for vlan in self.vlans:
            names.setdefault(f"vlan {vlan}", "")
        coloured = {name: f"seg{n}" for n, name in enumerate(names)}
        return {"lan": "line", "plain": "device", **coloured}

    def _segment(self, column: Column) -> str:
        if column.driver in {"host", "none", "device"} and column.vlan is None:
            return "plain"
        if column.vlan is not None and not column.routed:
            return f"vlan {column.vlan}"
        if column.layer2 and column.on_nic:
            return "lan"
        return f"network {column.network.name}" if column.network else "plain"

    def colour(self, column: Column) -> str:
        """The colour of a network."""
        return self._segments[self._segment(column)]

    def vlan_colour(self, vlan: int | None) -> str:
        """The colour of a VLAN on a cable; 1 is the untagged LAN, None is a routed link outside it."""
        if vlan is None:
            return "line"
        return self._segments["lan" if vlan == 1 else f"vlan {vlan}"]


def strands(link: Link) -> tuple[int | None, ...]:
    """The VLANs that a cable carries: the untagged one first, then the tagged ones."""
    first = () if link.untagged is None and link.vlans else (link.untagged,)
    return (*first, *link.vlans)
