"""Building a lab and removing it: the engine is made equal to the plan, and left as it was found."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Self

from docker.errors import APIError, DockerException

from dnetlab import labels, objects
from dnetlab.engine import Engine, find
from dnetlab.errors import DnetlabError, NotBuilt
from dnetlab.lab.standing import Standing
from dnetlab.lan import Lan
from dnetlab.plan import Container

if TYPE_CHECKING:
    from dnetlab.state import State

Progress = Callable[["Step"], None]


@dataclass(frozen=True, slots=True)
class Step:
    """Progress of a build or removal: ``done`` of ``total`` steps, and what was just done."""

    done: int
    total: int
    text: str


class Building(Standing):
    """The life of a lab, from nothing to nothing."""

    @classmethod
    def attach(cls, engine: str | Engine | None = None, id: str | None = None) -> Self:
        """A lab that stands already, found by its labels: by id, or the one that ``dnetlab up`` left.

        Raises DnetlabError where there is none, or where its LAN does not run any more.
        """
        from dnetlab.attach import choose

        chosen = engine if isinstance(engine, Engine) else find(engine)
        standing = choose(chosen.client, id, '--lab {id} (in Python: Lab.attach(id="{id}"))')
        if not standing.running:
            raise NotBuilt(
                f"The lab {standing.id} stands no more: its LAN was stopped.",
                "With the LAN went every cable, and lan0.",
                f"Remove the rest with: dnetlab down {standing.id}.",
            )
        lab = cls(standing.type, chosen, **standing.parameters)
        lab.id = standing.id
        lab.labels = {**lab.labels, labels.LAB: standing.id, labels.SESSION: standing.session}
        lab._lan = Lan(lab.client, lab.plan, lab.id, lab.labels)
        return lab

    def keep(self) -> Self:
        """Say before the build that the lab is to outlive this process: ``dnetlab clean`` then leaves it alone.

        ``dnetlab down`` removes it, ``Lab.attach`` finds it again.
        """
        self.labels = labels.of(self.id, self.type.name, self.parameters, kept=True)
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()

    def build(self, progress: Progress | None = None) -> State:
        """Make the engine equal to the plan; gives the state that was read back.

        Interrupted or refused at any point it removes what it had made, then raises:
        InUse, EngineError, ImageError, BuildFailed, or KeyboardInterrupt.
        """
        if self.built:
            self.remove()
        total = 2 + sum(not n.builtin for n in self.plan.networks) + len(self.plan.containers)
        report = _Reporter(progress, total)
        try:
            self._build(report)
            found = self.state()
            report(self.engine.description)
        except BaseException:
            # Whatever it was, Ctrl-C too: nothing of a half-made lab stays behind.
            self.remove()
            raise
        return found

    def _build(self, report: _Reporter) -> None:
        def the_lan() -> Lan:
            lan = Lan(self.client, self.plan, self.id, self.labels)
            try:
                lan.build(self.type.needs)
            except APIError as error:
                raise objects.refusal(error, "Starting the LAN") from error
            report("LAN: switch, router and PCs")
            return lan

        def the_rest() -> None:
            self._make_networks(report)
            self._make_containers(report)

        if any(network.parent for network in self.plan.networks):
            self._lan = the_lan()
            the_rest()
        else:
            # Nothing of Docker's sits on the LAN's NIC, so neither waits for the other.
            self._lan, _ = objects.each(self.engine.parallel, lambda one: one(), (the_lan, the_rest))

    def _make_networks(self, report: Callable[[str], None] = lambda _: None) -> None:
        # In order: VLAN sub-interfaces of one parent are made by the engine one after the other anyway.
        for network in self.plan.networks:
            if network.builtin:
                continue
            try:
                objects.create_network(self.client, network, self.labels)
            except APIError as error:
                raise objects.refusal(error, f"Creating the network {network.name}") from error
            report(f"network {network.name}")

    def _make_containers(self, report: Callable[[str], None] = lambda _: None) -> None:
        def create(container: Container) -> str:
            try:
                return objects.create_container(self.client, container, self.labels)
            except APIError as error:
                raise objects.refusal(error, f"Creating the container {container.name}") from error

        def start(container: Container, made: str) -> None:
            try:
                objects.start_container(self.client, made)
            except APIError as error:
                raise objects.refusal(error, f"Starting the container {container.name}") from error
            report(f"container {container.name}")

        containers, parallel = self.plan.containers, self.engine.parallel
        if self.plan.in_order:
            for container, made in zip(containers, objects.each(parallel, create, containers), strict=True):
                start(container, made)
        else:
            objects.each(parallel, lambda container: start(container, create(container)), containers)

    def remove(self, progress: Progress | None = None) -> None:
        """Remove everything that this lab made, and nothing else. Removing it twice is no error.

        Firewall rules that were typed on the Docker host with ``run`` are taken back first.
        """
        self._take_back()
        self._lan = None
        self._addresses = {}
        if self._engine is None:
            return
        report = _Reporter(progress, 1)
        objects.remove_all(self.client, self.id, self.engine.parallel)
        report("removed")

    def _take_back(self) -> None:
        rules = self._typed.taken_back()
        if self._lan is None or not rules:
            return
        with contextlib.suppress(DnetlabError, DockerException, OSError):
            # One that is gone already is no error, nor is a host that cannot be asked any more.
            self._lan.shell("; ".join(f"{rule} 2>/dev/null" for rule in rules), where="host")


class _Reporter:
    def __init__(self, progress: Progress | None, total: int) -> None:
        self.progress, self.total, self.done = progress, total, 0
        self.one_at_a_time = Lock()

    def __call__(self, text: str) -> None:
        with self.one_at_a_time:
            self.done += 1
            if self.progress:
                self.progress(Step(min(self.done, self.total), self.total, text))
