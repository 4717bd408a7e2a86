"""Plan against state: one topology that holds both, and what is missing, extra or different in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypedDict

from dnetlab.plan.model import Interface, Machine, Network, Topology


class Marked(TypedDict):
    """The keyword arguments that mark a difference in a drawing or text."""

    missing: frozenset[str]
    extra: frozenset[str]
    changed: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """``topology`` is the state with what is planned and missing; true where there is any difference.

    Ids are machine names, ``host:lan0.10`` for a machine's device and ``network:shop`` for a Docker network.
    """

    topology: Topology
    missing: frozenset[str]
    extra: frozenset[str]
    changed: Mapping[str, str]

    @property
    def marks(self) -> Marked:
        """For ``figure(d.topology, **d.marks)``, and the same for layout, text, show and save."""
        return {"missing": self.missing, "extra": self.extra, "changed": self.changed}

    def __bool__(self) -> bool:
        return bool(self.missing or self.extra or self.changed)


def difference(plan: Topology, state: Topology) -> Difference:
    """Compare a plan with a state, both topologies, and merge them for drawing.

    What the plan leaves open (a MAC address, an address that Docker's IPAM or DHCP chooses) may be anything.
    """
    missing: set[str] = set()
    extra: set[str] = set()
    changed: dict[str, str] = {}
    there = {m.name: m for m in state.machines}
    wanted = {m.name: m for m in plan.machines}
    machines = []
    for machine in plan.machines:
        if machine.name not in there:
            missing.add(machine.name)
            machines.append(machine)
            continue
        found = there[machine.name]
        lost = [i for i in machine.interfaces if not _has(found, i.name)]
        ids = [f"{machine.name}:{i.name}" for i in lost]
        missing.update(ids)
        for interface in machine.interfaces:
            if _has(found, interface.name):
                what = "; ".join(_differs(interface, found.interface(interface.name)))
                if what:
                    changed[f"{machine.name}:{interface.name}"] = what
        machines.append(replace(found, interfaces=(*found.interfaces, *lost)))
        extra.update(
            f"{machine.name}:{i.name}"
            for i in found.interfaces
            if not _has(machine, i.name) and i.kind != "loopback" and not i.master
        )
    machines += [m for m in state.machines if m.name not in wanted]
    extra.update(m.name for m in state.machines if m.name not in wanted)
    networks = _networks(plan, state, missing, extra, changed)
    links = (*state.links, *(link for link in plan.links if link not in state.links))
    merged = replace(state, machines=tuple(machines), networks=networks, links=links)
    return Difference(merged, frozenset(missing), frozenset(extra), changed)


def _has(machine: Machine, name: str) -> bool:
    return any(i.name == name for i in machine.interfaces)


def _differs(planned: Interface, found: Interface) -> Iterator[str]:
    if planned.addresses and set(planned.addresses) != set(found.addresses):
        yield f"planned {' '.join(str(a.ip) for a in planned.addresses)}"
    if planned.mac and found.mac and planned.mac.lower() != found.mac.lower():
        yield f"planned MAC {planned.mac}"
    if planned.vlan != found.vlan:
        yield f"planned VLAN {planned.vlan or 'none'}"
    if planned.network and planned.network != found.network:
        yield f"planned in {planned.network}"


def _networks(
    plan: Topology, state: Topology, missing: set[str], extra: set[str], changed: dict[str, str]
) -> tuple[Network, ...]:
    there = {n.name: n for n in state.networks}
    wanted = {n.name for n in plan.networks}
    networks = []
    for network in plan.networks:
        found = there.get(network.name)
        if found is None:
            missing.add(f"network:{network.name}")
            networks.append(network)
            continue
        subnets = [str(p.subnet) for p in network.pools]
        if subnets and subnets != [str(p.subnet) for p in found.pools]:
            changed[f"network:{network.name}"] = f"planned {' '.join(subnets)}"
        elif network.driver != found.driver:
            changed[f"network:{network.name}"] = f"planned driver {network.driver}"
        networks.append(found)
    more = [n for n in state.networks if n.name not in wanted and not n.builtin]
    extra.update(f"network:{n.name}" for n in more)
    return (*networks, *more)
