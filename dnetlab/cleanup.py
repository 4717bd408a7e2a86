"""Removing what labs left behind when their process was killed: by label, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dnetlab import labels, objects

if TYPE_CHECKING:
    import docker

PARALLEL = 16
"""Containers removed at once: a real engine gains from it, the embedded one does not mind."""


@dataclass(frozen=True, slots=True)
class Leftover:
    """What is there of one lab: its id, type and session, and the names of its containers and networks.

    ``dead`` is true where the process that made it has ended and nobody kept it on purpose.
    """

    lab: str
    type: str
    session: str
    containers: tuple[str, ...]
    networks: tuple[str, ...]

    @property
    def dead(self) -> bool:
        """Whether nobody wants it any more."""
        return not labels.alive(self.session)

    @property
    def kept(self) -> bool:
        """Whether it was left standing on purpose."""
        return self.session == labels.KEPT

    def __str__(self) -> str:
        whose = "its program has ended" if self.dead else "its program is running"
        whose = "left standing on purpose" if self.kept else whose
        things = f"{_count(self.containers, 'container')}, {_count(self.networks, 'network')}"
        return f"{self.lab}: {self.type}, {things} ({whose})"


def _count(things: tuple[str, ...], noun: str) -> str:
    return f"{len(things)} {noun}{'' if len(things) == 1 else 's'}"


def leftovers(client: docker.DockerClient) -> list[Leftover]:
    """Everything with dnetlab's label on this engine, lab by lab. Those that are in use are listed too."""
    containers, networks = objects.find(client)
    labs: dict[str, tuple[dict[str, str], list[str], list[str]]] = {}

    def entry(thing: dict[str, Any]) -> tuple[dict[str, str], list[str], list[str]]:
        return labs.setdefault(thing["Labels"][labels.LAB], (thing["Labels"], [], []))

    for container in containers:
        entry(container)[1].append(_name(container))
    for network in networks:
        entry(network)[2].append(network["Name"])
    return [
        Leftover(lab, own.get(labels.TYPE, ""), own.get(labels.SESSION, ""), tuple(boxes), tuple(nets))
        for lab, (own, boxes, nets) in sorted(labs.items())
    ]


def _name(container: dict[str, Any]) -> str:
    # A container that is just being removed has no name any more.
    names = container.get("Names") or [container["Id"][:12]]
    return str(names[0]).lstrip("/")


def clean(client: docker.DockerClient, all: bool = False) -> list[Leftover]:
    """Remove the labs whose process has ended; with ``all`` every lab. Gives what was removed.

    Containers go first, then networks, then the LAN. A LAN that was killed already is no obstacle, nor is a
    removal that somebody else began; running it again finds nothing.
    """
    chosen = [lab for lab in leftovers(client) if all or lab.dead]
    for lab in chosen:
        objects.remove_all(client, lab.lab, PARALLEL)
    return chosen
