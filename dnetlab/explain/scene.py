"""A lab inside a model kernel: which namespace is which machine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dnetlab.embedded.kernel import Device, Kernel, Namespace
from dnetlab.errors import DnetlabError

if TYPE_CHECKING:
    from dnetlab.lab.probing import Probing


@dataclass
class Scene:
    """Machines by their names in the lab, as namespaces of a kernel; several may share one (host networking)."""

    kernel: Kernel
    machines: dict[str, Namespace]
    mirrored: bool
    notes: tuple[str, ...] = ()
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

    def owner(self, address: str) -> tuple[Namespace, Device] | None:
        """Who has an address."""
        for namespace in self.kernel.namespaces.values():
            for device in namespace.devices.values():
                if any(a.address == address for a in device.addresses):
                    return namespace, device
        return None


def of_embedded(lab: Probing) -> Scene | None:
    """The lab inside the embedded engine of this process, None on any other engine."""
    from dnetlab.embedded import engine_of

    engine = engine_of(lab.client)
    if engine is None:
        return None
    kernel = engine.kernel
    machines = {"host": engine.host}
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
    return Scene(kernel, machines, mirrored=False)


def running(lab: Probing) -> list[str]:
    """The names of the lab's running containers, without the one that holds the LAN."""
    from dnetlab import objects

    containers, _ = objects.find(lab.client, lab.id)
    names = [c["Names"][0].lstrip("/") for c in containers if c["State"] == "running"]
    return sorted(name for name in names if name != lab.lan.container)
