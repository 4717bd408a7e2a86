"""The containers API: create, list, inspect, start, stop, remove, logs, attach, wait and the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from . import archive, processes, views
from .core import Core
from .creation import Creator
from .endpoints import Endpoints
from .errors import EngineError, conflict, failed, invalid, not_found
from .filters import Filters, prune_until
from .health import HealthChecks
from .image import target
from .images import Images
from .lifecycle import Lifecycle
from .limits import check_policy, check_resources
from .listing import ContainerListing, sizes
from .lookup import ContainerStore
from .model import Container, Json, JsonList
from .signals import SIGKILL, signal_number
from .volumes import Volumes
from .watching import ContainerWatching


class Containers(ContainerListing, ContainerWatching):
    """All containers of an engine."""

    def __init__(
        self,
        core: Core,
        store: ContainerStore,
        creator: Creator,
        lifecycle: Lifecycle,
        endpoints: Endpoints,
        images: Images,
        volumes: Volumes,
        health: HealthChecks,
    ) -> None:
        self._core = core
        self._store = store
        self._creator = creator
        self._lifecycle = lifecycle
        self._endpoints = endpoints
        self._images = images
        self._volumes = volumes
        self._health = health
        lifecycle.remove = self._forget

    def __iter__(self) -> Iterator[Container]:
        return iter(self._store.by_id.values())

    def create(self, body: Mapping[str, Any], name: str | None = None) -> Json:
        """Creates a container from an API body (Config fields, HostConfig, NetworkingConfig).

        Returns:
            ``{"Id", "Warnings"}``.

        Raises:
            EngineError: with the engine's status and message; then nothing has changed.
        """
        container, warnings = self._creator.create(body, name)
        self._core.events.container(container, "create")
        return {"Id": container.id, "Warnings": warnings}

    def start(self, ref: str) -> bool:
        """Starts a container; False if it runs already.

        Raises:
            EngineError: what the engine answers; the container keeps the message as its error.
        """
        return self._lifecycle.start(self._store.find(ref))

    def stop(self, ref: str, timeout: int | None = None, signal: str | None = None) -> bool:
        """Stops a container; False if it does not run. The time limit is in simulated seconds."""
        container = self._store.find(ref)
        try:
            return self._lifecycle.stop(container, timeout, signal)
        except EngineError as error:
            raise failed(f"cannot stop container: {ref}: {error.message}") from error

    def restart(self, ref: str, timeout: int | None = None, signal: str | None = None) -> None:
        """Stops a container, if it runs, and starts it again. Asked-for addresses stay, others may change."""
        container = self._store.find(ref)
        try:
            self._lifecycle.stop(container, timeout, signal)
            self._lifecycle.start(container)
        except EngineError as error:
            raise failed(f"Cannot restart container {ref}: {error.message}") from error
        self._core.events.container(container, "restart")

    def kill(self, ref: str, signal: str | None = None) -> None:
        """Sends a signal to a container's main process.

        Raises:
            EngineError: 404, 409 (it does not run) or 400 (no such signal).
        """
        try:
            number = signal_number(signal) if signal else SIGKILL
            self._lifecycle.kill(self._store.find(ref), number)
        except EngineError as error:
            raise EngineError(error.status, f"cannot kill container: {ref}: {error.message}") from error

    def pause(self, ref: str) -> None:
        """Marks a container as paused: no exec is let in.

        Raises:
            EngineError: 409, it does not run or is paused already.
        """
        container = self._store.find(ref)
        if not container.state.running:
            raise conflict(f"container {container.id} is not running")
        if container.state.paused:
            raise conflict(f"Container {container.id} is already paused")
        container.state.paused = True
        self._health.end(container)
        self._core.events.container(container, "pause")

    def unpause(self, ref: str) -> None:
        """Ends a pause.

        Raises:
            EngineError: 500, it is not paused.
        """
        container = self._store.find(ref)
        if not container.state.paused:
            raise failed(f"Container {container.id} is not paused")
        container.state.paused = False
        self._health.go_on(container)
        self._core.events.container(container, "unpause")

    def rename(self, ref: str, name: str) -> None:
        """Gives a container another name, also in DNS.

        Raises:
            EngineError: 400, the name cannot be; 409, it is taken.
        """
        if not ref or not name:
            raise invalid("Neither old nor new names may be empty")
        container = self._store.find(ref)
        if container.name == name.removeprefix("/"):
            raise invalid("Renaming a container with the same name as its current name")
        try:
            self._creator.check_name(f"/{name.removeprefix('/')}")
        except EngineError as error:
            raise EngineError(error.status, f"Error when allocating new name: {error.message}") from error
        old = container.name
        self._store.rename(container, name.removeprefix("/"))
        self._endpoints.rename(container)
        self._core.events.container(container, "rename", oldName=f"/{old}")

    def remove(self, ref: str, force: bool = False, volumes: bool = False, link: bool = False) -> None:
        """Removes a container, with ``force`` also a running one; its namespaces and interfaces go with it.

        Raises:
            EngineError: 409, it runs; 404, there is none.
        """
        if link:
            self._unlink(ref)
            return
        container = self._store.find(ref)
        state = container.state
        if state.running:
            if not force:
                what = (
                    "container is paused and must be unpaused first"
                    if state.paused
                    else f"container is {state.status}: stop the container before removing or force remove"
                )
                raise conflict(f'cannot remove container "{ref}": {what}')
            container.stopped_by_hand = True
            self._lifecycle.kill(container, SIGKILL)
        if container.id in self._store.by_id:
            self._forget(container)
        if volumes:
            self._volumes.remove_anonymous(container)

    def _unlink(self, ref: str) -> None:
        parent, slash, alias = ref.strip("/").rpartition("/")
        if not slash:
            self._store.find(ref)
            raise failed("Conflict, cannot remove the default link name of the container")
        container = self._store.find(parent)
        if alias not in container.links:
            raise not_found(f"No such container: {ref}")
        del container.links[alias]

    def _forget(self, container: Container) -> None:
        self._store.remove(container)
        for other in self._store.by_id.values():
            other.links = {alias: peer for alias, peer in other.links.items() if peer is not container}
        self._core.events.container(container, "destroy")
        if container.host_config.get("AutoRemove"):
            self._volumes.remove_anonymous(container)

    def inspect(self, ref: str, size: bool = False) -> Json:
        """Everything about a container.

        Raises:
            EngineError: 404, there is none.
        """
        container = self._store.find(ref)
        view = views.full(container, self._core)
        return view | ({"SizeRw": 0} | sizes(container, self._images) if size else {})

    def tty(self, ref: str) -> bool:
        """Whether a container has a terminal (its output is then one raw stream)."""
        return bool(self._store.find(ref).config.get("Tty"))

    def top(self, ref: str, ps_args: str = "") -> Json:
        """The processes of a container: ``{"Titles", "Processes"}``.

        Raises:
            EngineError: 409, it does not run.
        """
        container = self._store.find(ref)
        if not container.state.running or container.context is None:
            raise conflict(f"container {container.id} is not running")
        return processes.table(container, ps_args)

    def changes(self, ref: str) -> JsonList | None:
        """Files that differ from the image: ``{"Path", "Kind"}``, 0 changed, 1 added; None where none
        does.
        """
        return archive.changes(self._store.find(ref)) or None

    def update(self, ref: str, body: Mapping[str, Any]) -> Json:
        """Changes limits and the restart policy of a container; limits have no effect in the model."""
        check_resources(body)
        policy = body.get("RestartPolicy")
        if policy and policy.get("Name"):
            check_policy(policy)
        container = self._store.find(ref)
        if policy and policy.get("Name"):
            if container.host_config.get("AutoRemove") and policy["Name"] != "no":
                raise invalid(
                    "Restart policy cannot be updated because AutoRemove is enabled for the container"
                )
            container.host_config["RestartPolicy"] = dict(policy)
        known = (
            "CpuShares",
            "Memory",
            "NanoCpus",
            "CpusetCpus",
            "PidsLimit",
            "MemorySwap",
            "MemoryReservation",
        )
        for key in known:
            if body.get(key):
                container.host_config[key] = body[key]
        self._core.events.container(container, "update")
        return {"Warnings": None}

    def resize(self, ref: str, height: int, width: int) -> None:
        """Accepts a terminal's size; the model's commands do not look at it."""
        container = self._store.find(ref)
        if not container.state.running:
            raise conflict(f"container {container.id} is not running")
        self._core.events.container(container, "resize", height=str(height), width=str(width))

    def prune(self, filters: Mapping[str, Any] | None = None) -> Json:
        """Removes all stopped containers.

        Returns:
            ``{"ContainersDeleted": ids or None, "SpaceReclaimed": bytes}``.
        """
        wanted = Filters(filters, ("label", "label!", "until"))
        before = prune_until(wanted, self._core.clock.now())
        deleted, freed = [], 0
        for container in list(self._store.by_id.values()):
            labels = container.config.get("Labels") or {}
            if container.state.running or container.created > before or not wanted.prune_labels(labels):
                continue
            freed += archive.size(container)
            self._forget(container)
            deleted.append(container.id)
        self._core.events.log("container", "prune", "", {"reclaimed": str(freed)})
        return {"ContainersDeleted": deleted or None, "SpaceReclaimed": freed}

    def commit(
        self,
        ref: str,
        repo: str = "",
        tag: str = "",
        comment: str = "",
        author: str = "",
        changes: Sequence[str] = (),
    ) -> Json:
        """Makes an image of a container: ``{"Id"}``.

        Raises:
            EngineError: 404, there is no such container; 400, the image's name or a change cannot be.
        """
        name = target(repo, tag) if repo else ""
        return self._images.commit(self._store.find(ref), name, comment, author, changes)

    def archive_stat(self, ref: str, path: str) -> Json:
        """What lies at a path of a container."""
        return archive.stat(self._store.find(ref), ref, path)

    def archive_get(self, ref: str, path: str) -> tuple[Json, bytes]:
        """A file or directory of a container as a tar archive, and what ``archive_stat`` says of it."""
        return archive.get(self._store.find(ref), ref, path)

    def archive_put(self, ref: str, path: str, data: bytes) -> None:
        """Unpacks a tar archive into a directory of a container."""
        archive.put(self._store.find(ref), ref, path, data)

    def export(self, ref: str) -> bytes:
        """All files of a container as a tar archive."""
        return archive.get(self._store.find(ref), ref, "/")[1]
