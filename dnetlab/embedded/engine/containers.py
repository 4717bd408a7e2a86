"""The containers API: create, list, inspect, start, stop, remove, logs, attach, wait and the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from . import archive, processes, views
from .clock import rfc3339
from .core import Core
from .creation import Creator
from .endpoints import Endpoints
from .errors import EngineError, conflict, failed, invalid, not_found
from .filters import Filters
from .images import Images
from .lifecycle import Lifecycle
from .lookup import ContainerStore
from .model import Container, Json, JsonList
from .networks import prune_until
from .output import Pace, follow
from .ports import split_port
from .streams import STDOUT, Chunk, Input, JSONStream, OutputStream, no_input

if TYPE_CHECKING:
    from ..commands import Job

_LIST_FILTERS: Final = (
    *("ancestor", "before", "exited", "expose", "health", "id", "is-task", "isolation", "label"),
    *("name", "network", "publish", "since", "status", "volume"),
)
_STATES: Final = ("created", "running", "paused", "restarting", "removing", "exited", "dead")
_CONDITIONS: Final = ("", "not-running", "next-exit", "removed")


class Containers:
    """All containers of an engine."""

    def __init__(
        self,
        core: Core,
        store: ContainerStore,
        creator: Creator,
        lifecycle: Lifecycle,
        endpoints: Endpoints,
        images: Images,
    ) -> None:
        self._core = core
        self._store = store
        self._creator = creator
        self._lifecycle = lifecycle
        self._endpoints = endpoints
        self._images = images
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
            raise EngineError(error.status, f"cannot stop container: {ref}: {error.message}") from error

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
            self._lifecycle.kill(self._store.find(ref), signal)
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
            self._lifecycle.kill(container, "KILL")
        if container.id in self._store.by_id:
            self._forget(container)

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

    def list(
        self,
        all: bool = False,
        limit: int = 0,
        size: bool = False,
        filters: Mapping[str, Any] | None = None,
    ) -> JsonList:
        """Containers, newest first: running ones, or all, or those that pass the filters.

        Raises:
            EngineError: 400, a filter that does not exist or has a value that it cannot have.
        """
        wanted = Filters(filters, _LIST_FILTERS)
        for status in wanted.get("status"):
            if status not in _STATES:
                known = ", ".join(_STATES)
                raise invalid(
                    f"invalid filter 'status={status}': invalid value for state ({status}): must be one of {known}"
                )
        exited = set()
        for text in wanted.get("exited"):
            if not text.lstrip("-").isdecimal():
                raise invalid(
                    f"invalid filter 'exited={text}': strconv.Atoi: parsing \"{text}\": invalid syntax"
                )
            exited.add(int(text))
        every = all or bool(wanted.get("status")) or limit > 0
        before = [self._store.find(text).created for text in wanted.get("before")]
        since = [self._store.find(text).created for text in wanted.get("since")]
        result: JsonList = []
        linked = self._linked_names()
        for container in sorted(self._store.by_id.values(), key=lambda each: -each.created):
            if limit > 0 and len(result) == limit:
                break
            if not container.state.running and not every:
                continue
            if any(container.created >= time for time in before) or any(
                container.created <= time for time in since
            ):
                continue
            if exited and (container.state.running or not container.state.started):
                continue
            if exited and container.state.exit_code not in exited:
                continue
            if self._passes(container, wanted):
                view = views.summary(container, self._core, linked.get(container.id, ()))
                result.append(view | ({"SizeRootFs": 0} if size else {}))
        return result

    def _linked_names(self) -> dict[str, Sequence[str]]:
        """The names that legacy links give containers, by id."""
        result: dict[str, Sequence[str]] = {}
        for other in self._store.by_id.values():
            for alias, peer in other.links.items():
                result[peer.id] = [*result.get(peer.id, ()), f"/{other.name}/{alias}"]
        return result

    def _passes(self, container: Container, wanted: Filters) -> bool:
        if not (wanted.match("name", container.name) or wanted.match("name", f"/{container.name}")):
            return False
        if not wanted.prefix("id", container.id) or not wanted.labels(
            "label", container.config.get("Labels") or {}
        ):
            return False
        if not wanted.exact("status", container.state.status):
            return False
        if "is-task" in wanted and wanted.boolean("is-task"):
            return False
        if "health" in wanted and "none" not in wanted.get("health"):
            return False
        if "ancestor" in wanted and not any(
            self._descends(container, name) for name in wanted.get("ancestor")
        ):
            return False
        if "network" in wanted:
            known = {
                *container.networks,
                *(settings.network_id for settings in container.networks.values() if settings.network_id),
            }
            names = wanted.get("network")
            if not any(
                item == name or (len(item) == 64 and item.startswith(name))
                for item in known
                for name in names
            ):
                return False
        if "volume" in wanted:
            found = {
                str(mount.get(key) or "")
                for mount in views.mounts(container)
                for key in ("Name", "Destination")
            }
            if not found & set(wanted.get("volume")):
                return False
        return self._port_passes(container, wanted)

    def _descends(self, container: Container, name: str) -> bool:
        try:
            return self._images.find(name).id == container.image_id
        except EngineError:
            return False

    @staticmethod
    def _port_passes(container: Container, wanted: Filters) -> bool:
        if "publish" not in wanted and "expose" not in wanted:
            return True
        published = {
            (int(binding["HostPort"] or 0), key.partition("/")[2])
            for key, bindings in container.ports.items()
            for binding in bindings or ()
        }
        exposed = {split_port(key) for key in container.ports}
        return bool(
            published & {split_port(text) for text in wanted.get("publish")}
            or exposed & {split_port(text) for text in wanted.get("expose")}
        )

    def inspect(self, ref: str, size: bool = False) -> Json:
        """Everything about a container.

        Raises:
            EngineError: 404, there is none.
        """
        view = views.full(self._store.find(ref), self._core)
        return view | ({"SizeRw": 0, "SizeRootFs": 0} if size else {})

    def wait(self, ref: str, condition: str = "not-running") -> JSONStream:
        """Waits for a container's end: one ``{"StatusCode": n}``, before it ``None`` as often as needed.

        Raises:
            EngineError: 404, there is none; 400, the condition does not exist.
        """
        if condition not in _CONDITIONS:
            raise invalid(f'invalid condition: "{condition}"')
        container = self._store.find_ended(ref)
        return self._wait(container, condition, container.exits)

    def _wait(self, container: Container, condition: str, exits: int) -> Iterator[Json | None]:
        pace, job = None, None
        while True:
            # With a restart policy it may run again by now: the exit counts.
            ended = container.exits > exits or (condition != "next-exit" and not container.state.running)
            if container.id not in self._store.by_id or (ended and condition != "removed"):
                break
            if container.job is not None and container.job is not job:
                job = container.job
                pace = Pace(job)
            if pace is None or not pace.step():
                yield None
        code = container.last_exit if container.exits else container.state.exit_code
        yield {"StatusCode": code}

    def tty(self, ref: str) -> bool:
        """Whether a container has a terminal (its output is then one raw stream)."""
        return bool(self._store.find(ref).config.get("Tty"))

    def logs(
        self,
        ref: str,
        stdout: bool = True,
        stderr: bool = True,
        follow: bool = False,
        since: float | None = None,
        until: float | None = None,
        timestamps: bool = False,
        tail: int | None = None,
    ) -> OutputStream:
        """What the main process printed; with ``follow`` also what it will.

        Raises:
            EngineError: 404, there is no such container; 400, no stream is wanted.
        """
        container = self._store.find_ended(ref)
        if not (stdout or stderr):
            raise invalid("Bad parameters: you must choose at least one stream")
        return self._logs(container, (stdout, stderr), follow, (since, until), timestamps, tail)

    def _logs(
        self,
        container: Container,
        streams: tuple[bool, bool],
        more: bool,
        span: tuple[float | None, float | None],
        timestamps: bool,
        tail: int | None,
    ) -> Iterator[Chunk | None]:
        lines: list[tuple[float, int, bytes]] = []
        for entry in container.logs:
            for line in entry.data.splitlines(keepends=True):
                # A line may have been printed in pieces.
                if lines and lines[-1][1] == entry.stream and not lines[-1][2].endswith(b"\n"):
                    time, stream, begun = lines[-1]
                    lines[-1] = (time, stream, begun + line)
                else:
                    lines.append((entry.time, entry.stream, line))
        seen = len(container.logs)
        since, until = span
        lines = [
            line
            for line in lines
            if (since is None or line[0] >= since) and (until is None or line[0] <= until)
        ]
        lines = [line for line in lines if streams[0 if line[1] == STDOUT else 1]]
        if tail is not None and tail >= 0:
            lines = lines[len(lines) - tail :] if tail < len(lines) else lines
        for time, stream, line in lines:
            yield stream, (f"{rfc3339(time)} ".encode() if timestamps else b"") + line
        if not more:
            return
        pace, job = None, None
        while True:
            if seen < len(container.logs):
                for entry in container.logs[seen:]:
                    seen += 1
                    if streams[0 if entry.stream == STDOUT else 1]:
                        yield entry.stream, entry.data
                continue
            if not container.state.running:
                return
            if container.job is not None and container.job is not job:
                job = container.job
                pace = Pace(job)
            if pace is None or not pace.step():
                yield None

    def attach(
        self,
        ref: str,
        logs: bool = False,
        stream: bool = False,
        stdin: bool = False,
        stdout: bool = False,
        stderr: bool = False,
        input: Input = no_input,
    ) -> OutputStream:
        """A running (or soon to be started) container's main process: its output, and input for it.

        Raises:
            EngineError: 404, there is no such container; 409, it is paused.
        """
        container = self._store.find(ref)
        if container.state.paused:
            raise conflict(f"container {ref} is paused, unpause the container before attach")
        job = container.job
        seen = len(job.chunks) if job is not None and container.state.running else None
        return self._attach(container, logs, stream, input if stdin else None, (stdout, stderr), (job, seen))

    def _attach(
        self,
        container: Container,
        logs: bool,
        stream: bool,
        input: Input | None,
        wanted: tuple[bool, bool],
        before: tuple[Job | None, int | None],
    ) -> Iterator[Chunk | None]:
        if logs:
            yield from self._logs(container, wanted, False, (None, None), False, None)
        if not stream:
            return
        job, seen = before
        if seen is None:
            # Attached before its start, as ``docker run`` does: all output of the run that comes.
            while container.job is job:
                if container.id not in self._store.by_id:
                    return
                yield None
            job, seen = container.job, 0
        if job is None:
            return
        reads = input if container.config.get("OpenStdin") else None
        for chunk in follow(job, reads, seen):
            if chunk is None or wanted[0 if chunk[0] == STDOUT else 1]:
                yield chunk

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

    def stats(self, ref: str, stream: bool = True, one_shot: bool = False) -> JSONStream:
        """Counters of a container: those of its interfaces are the model's, processor and memory stay 0.

        Raises:
            EngineError: 404, there is no such container.
        """
        container = self._store.find(ref)
        return self._stats(container, stream and not one_shot)

    def _stats(self, container: Container, stream: bool) -> Iterator[Json | None]:
        while True:
            yield self._counters(container)
            if not stream or not container.state.running:
                return
            yield None

    def _counters(self, container: Container) -> Json:
        networks: Json = {}
        sandbox = container.sandbox
        for endpoint in sandbox.endpoints if sandbox else ():
            if endpoint.device is not None:
                stats = endpoint.device.stats
                networks[endpoint.device.name] = {
                    "rx_bytes": stats.rx_bytes,
                    "rx_packets": stats.rx_packets,
                    "rx_errors": 0,
                    "rx_dropped": 0,
                    "tx_bytes": stats.tx_bytes,
                    "tx_packets": stats.tx_packets,
                    "tx_errors": 0,
                    "tx_dropped": 0,
                }
        usage = {"total_usage": 0, "usage_in_kernelmode": 0, "usage_in_usermode": 0}
        cpu = {"cpu_usage": usage, "system_cpu_usage": 0, "online_cpus": 1, "throttling_data": {}}
        now = rfc3339(self._core.clock.now()) if container.state.running else rfc3339(0)
        pids = len(container.context.processes) if container.context else 0
        return {
            "name": f"/{container.name}",
            "id": container.id,
            "read": now,
            "preread": rfc3339(0),
            "pids_stats": {"current": pids} if pids else {},
            "blkio_stats": {},
            "num_procs": 0,
            "storage_stats": {},
            "cpu_stats": cpu,
            "precpu_stats": cpu,
            "memory_stats": {"usage": 0, "stats": {}, "limit": 0} if container.state.running else {},
            **({"networks": networks} if networks else {}),
        }

    def update(self, ref: str, body: Mapping[str, Any]) -> Json:
        """Changes limits and the restart policy of a container; limits have no effect in the model."""
        container = self._store.find(ref)
        policy = body.get("RestartPolicy")
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
