"""A lab inside a model kernel: which namespace is which machine."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dnetlab.embedded.kernel import Device, Kernel, Namespace
from dnetlab.errors import DnetlabError

if TYPE_CHECKING:
    from dnetlab.lab.probing import Probing
    from dnetlab.plan import Plan
    from dnetlab.plan.model import Interface


@dataclass
class Scene:
    """Machines by their names in the lab, as namespaces of a kernel; several may share one (host networking).

    ``containers`` are the machines into which a command comes by ``docker exec`` alone; ``plan`` is what should be there.
    """

    kernel: Kernel
    machines: dict[str, Namespace]
    mirrored: bool
    notes: tuple[str, ...] = ()
    containers: frozenset[str] = frozenset()
    plan: Plan | None = None
    _names: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, namespace in self.machines.items():
            self._names.setdefault(namespace.name, name)

    def namespace(self, machine: str) -> Namespace:
        """The namespace of a machine (DnetlabError)."""
        if machine not in self.machines:
            raise DnetlabError(f"There is no machine {machine!r}.", f"There are {', '.join(self.machines)}.")
        return self.machines[machine]

    def name(self, namespace: Namespace | str) -> str:
        """The machine that a namespace is, in the learner's words."""
        label = namespace if isinstance(namespace, str) else namespace.name
        return self._names.get(label, label)

    def knows(self, where: str) -> bool:
        """Whether the namespace of a place, such as "lan/pc1:eth0", is still there."""
        return not where or (where.rpartition(":")[0] or where) in self.kernel.namespaces

    def place(self, where: str) -> str:
        """A place such as "lan/pc1:eth0" in the learner's words: "pc1, eth0"."""
        label, _, device = where.rpartition(":")
        if not label:
            return self.name(where)
        return f"{self.name(label)}, {device}"

    def words(self, text: str) -> str:
        """A text of the kernel with its namespaces' names replaced by the machines'."""
        for label in sorted(self._names, key=len, reverse=True):
            text = text.replace(label, self._names[label]) if label != self._names[label] else text
        return text

    def owners(self, address: str) -> list[tuple[Namespace, Device]]:
        """All who have an address."""
        return [
            (namespace, device)
            for namespace in self.kernel.namespaces.values()
            for device in namespace.devices.values()
            if any(a.address == address for a in device.addresses)
        ]

    def owner(self, address: str) -> tuple[Namespace, Device] | None:
        """Who has an address: where several have it, the one that the plan gives it to."""
        found = self.owners(address)
        meant, *_ = self.planned(address) or ("",)
        return next((one for one in found if self.name(one[0]) == meant), found[0] if found else None)

    def planned(self, address: str) -> tuple[str, str, str] | None:
        """Who should have an address, by the plan: machine, interface, and the address with its prefix."""
        for machine in self.plan.topology.machines if self.plan is not None else ():
            for interface in machine.interfaces:
                for held in interface.addresses:
                    if str(held.ip) == address:
                        return machine.name, interface.name, str(held)
        return None

    def gateway(self, machine: str) -> str | None:
        """The default gateway that a machine has in the plan."""
        machines = self.plan.topology.machines if self.plan is not None else ()
        return next((str(m.gateway) for m in machines if m.name == machine and m.gateway), None)

    def role(self, machine: str) -> str:
        """What a machine is in the plan: host, router, pc, ... ("" for one that is not in it)."""
        machines = self.plan.topology.machines if self.plan is not None else ()
        return next((m.role for m in machines if m.name == machine), "")

    def network(self, machine: str) -> str | None:
        """The network that a container is in by the plan."""
        machines = self.plan.topology.machines if self.plan is not None else ()
        return next(
            (i.network for m in machines if m.name == machine for i in m.interfaces if i.network), None
        )

    def port(self, machine: str, name: str) -> Interface | None:
        """A switch port as it is in the plan."""
        machines = self.plan.topology.machines if self.plan is not None else ()
        return next((i for m in machines if m.name == machine for i in m.interfaces if i.name == name), None)

    def twins(self, *addresses: str) -> list[str]:
        """A sentence for each of some addresses that more than one machine has."""
        told = []
        for address in dict.fromkeys(addresses):
            names = dict.fromkeys(
                self.name(n) for n, _ in self.owners(address) if n in self.machines.values()
            )
            if len(names) > 1 and not ipaddress.ip_address(address).is_loopback:
                told.append(f"Two machines have the address {address}: {' and '.join(names)}.")
        return told

    def on(self, machine: str, command: str) -> str:
        """A command as it is typed for a machine: in a container only ``docker exec --privileged`` may change a network."""
        if machine in self.containers:
            words = f"sh -c '{command}'" if ";" in command else command
            return f"docker exec --privileged {machine} {words}"
        return f"on {machine}: {command}"


def of_embedded(lab: Probing) -> Scene | None:
    """The lab inside the embedded engine of this process, None on any other engine."""
    from dnetlab.embedded import engine_of

    engine = engine_of(lab.client)
    if engine is None:
        return None
    kernel = engine.kernel
    machines = {"host": engine.host}
    inside = set()
    lan = lab.client.api.inspect_container(lab.lan.container)["Id"][:12]
    for label, namespace in kernel.namespaces.items():
        home, _, machine = label.partition("/")
        if home == lan:
            machines[machine] = namespace
    for name in running(lab):
        found = lab.client.api.inspect_container(name)
        if found["HostConfig"]["NetworkMode"] == "host":
            machines[name] = engine.host
            continue
        prefix = f"container/{found['Id'][:12]}/"
        for label, namespace in kernel.namespaces.items():
            if label.startswith(prefix):
                machines[name] = namespace
                inside.add(name)
    return Scene(kernel, machines, mirrored=False, containers=frozenset(inside), plan=lab.plan)


def running(lab: Probing) -> list[str]:
    """The names of the running containers, guests too, without the one that holds the LAN."""
    from dnetlab import objects

    containers, _ = objects.find(lab.client, lab.id)
    names = {c["Names"][0].lstrip("/") for c in containers if c["State"] == "running"} | lab.guests()
    return sorted(name for name in names if name != lab.lan.container)


def stopped(lab: Probing, name: str) -> str:
    """The state of a container of the lab that does not run, such as "exited"; "" for any other name."""
    from dnetlab import objects

    containers, _ = objects.find(lab.client, lab.id)
    return next(
        (str(c["State"]) for c in containers if c["Names"][0] == f"/{name}" and c["State"] != "running"), ""
    )
