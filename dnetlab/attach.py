"""Labs that stand on an engine, found again by their labels from any process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dnetlab import labels, objects
from dnetlab.errors import DnetlabError

if TYPE_CHECKING:
    import docker


@dataclass(frozen=True, slots=True)
class Standing:
    """A lab that stands: its id, type and parameters, the session that made it, and when (Unix seconds).

    ``kept`` is true for one that was left standing on purpose; ``alive`` while somebody wants it.
    ``running`` is true while its LAN container runs.
    """

    id: str
    type: str
    parameters: dict[str, Any]
    session: str
    created: int
    running: bool

    @property
    def kept(self) -> bool:
        """Whether no process owns it, on purpose."""
        return self.session == labels.KEPT

    @property
    def alive(self) -> bool:
        """Whether it is kept, or the process that made it still runs."""
        return labels.alive(self.session)

    def __str__(self) -> str:
        given = "".join(f" {name}={value}" for name, value in self.parameters.items())
        return f"{self.id}: {self.type}{given}"


def standing(client: docker.DockerClient) -> list[Standing]:
    """The labs that have a LAN container on this engine, the newest first."""
    containers, _ = objects.find(client)
    found = []
    for container in containers:
        own = container["Labels"]
        if f"/dnetlab-lan-{own[labels.LAB]}" in container["Names"]:
            found.append(
                Standing(
                    own[labels.LAB],
                    own.get(labels.TYPE, ""),
                    labels.parameters(own),
                    own.get(labels.SESSION, ""),
                    int(container.get("Created") or 0),
                    container["State"] == "running",
                )
            )
    return sorted(found, key=lambda lab: lab.created, reverse=True)


def choose(client: docker.DockerClient, wanted: str | None = None, how: str = "--lab {id}") -> Standing:
    """The lab of that id (or of that type); without one, the only lab that was left standing on purpose.

    Args:
        client: docker-py's client on the engine.
        wanted: id or type.
        how: how the caller's user names a lab, for the message; ``{id}`` stands for the id.

    Raises:
        DnetlabError: there is none, or more than one; the message lists those there are.
    """
    labs = standing(client)
    chosen = [lab for lab in labs if (wanted in {lab.id, lab.type} if wanted else lab.kept)]
    if len(chosen) == 1:
        return chosen[0]
    there = "; ".join(str(lab) for lab in labs)
    if wanted and not chosen:
        raise DnetlabError(
            f"No lab {wanted!r} stands on this engine.",
            f"There are: {there}." if there else "None does.",
            "" if there else "Build one with: dnetlab up TYPE.",
        )
    if not chosen:
        others = f" (In use by a running program: {there}.)" if there else ""
        raise DnetlabError(
            f"No lab was left standing on this engine.{others}", "", "Build one with: dnetlab up TYPE."
        )
    raise DnetlabError(
        f"{len(chosen)} labs stand on this engine: {'; '.join(str(lab) for lab in chosen)}.",
        "It is not clear which one is meant.",
        f"Name it by its id: {how.format(id=chosen[0].id)}.",
    )
