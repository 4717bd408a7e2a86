"""A packet that died, as those who tell of it need it: who asked for whom, and where it ended."""

from __future__ import annotations

from dataclasses import dataclass

from dnetlab.embedded.kernel import Device, Namespace, Verdict
from dnetlab.explain.scene import Scene

Told = tuple[str, list[str]]
"""What happened, as the end of a sentence, and what would help."""


@dataclass(frozen=True, slots=True)
class Case:
    """A packet that died: who asked for whom, and the verdict."""

    scene: Scene
    source: str
    address: str
    verdict: Verdict

    @property
    def place(self) -> tuple[Namespace, str]:
        """Where it died: namespace and device."""
        label, _, device = self.verdict.where.rpartition(":")
        if not label:
            label, device = self.verdict.where, ""
        return self.scene.kernel.namespaces[label], device

    @property
    def device(self) -> Device | None:
        """The device where it died."""
        namespace, name = self.place
        return namespace.devices.get(name)

    @property
    def machine(self) -> str:
        """The machine where it died."""
        return self.scene.name(self.place[0])

    @property
    def back(self) -> str:
        """What is said first of a packet that died on the way back."""
        return "the request arrives, but " if self.verdict.leg == "reply" else ""

    @property
    def towards(self) -> str:
        """The address that the packet that died was for: the target, or the source on the way back."""
        return self.address if self.verdict.leg == "request" else self.asker

    @property
    def asker(self) -> str:
        """The address that the request came from."""
        result = self.scene.namespace(self.source).stack.routing.lookup(self.address)
        return (result.src if result is not None else None) or self.source

    @property
    def target(self) -> str:
        """The name of the machine with the target's address."""
        found = self.scene.owner(self.address)
        return self.address if found is None else self.scene.name(found[0])

    @property
    def sender(self) -> str:
        """The machine that the packet that died set out from."""
        return self.source if self.verdict.leg == "request" else self.target
