"""Watching containers: their end, their output, their counters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from .clock import rfc3339
from .core import Core
from .errors import EngineError, conflict, invalid
from .lookup import ContainerStore
from .model import Container, Json
from .output import Pace, follow
from .streams import STDOUT, Chunk, Input, JSONStream, OutputStream, no_input

if TYPE_CHECKING:
    from ..commands import Job

_READABLE: Final = ("json-file", "local", "journald")
"""Log drivers that give back what they were told."""
_CONDITIONS: Final = ("", "not-running", "next-exit", "removed")


class _Prefix:
    """What stands before each line of a log: its time, and the details that the log driver knows, which are none."""

    def __init__(self, timestamps: bool, details: bool) -> None:
        self._timestamps = timestamps
        self._details = details
        # Streams whose last line has not ended yet.
        self._within: set[int] = set()

    def before(self, time: float, stream: int, data: bytes) -> bytes:
        """The lines with their prefixes; one that goes on has had its own."""
        mark = f"{rfc3339(time)} ".encode() if self._timestamps else b""
        mark += b" " if self._details else b""
        lines = data.splitlines(keepends=True)
        goes_on = stream in self._within
        if data.endswith(b"\n"):
            self._within.discard(stream)
        else:
            self._within.add(stream)
        return b"".join(line if goes_on and not number else mark + line for number, line in enumerate(lines))


class ContainerWatching:
    """The part of the containers API whose answers come bit by bit."""

    _core: Core
    _store: ContainerStore

    def wait(self, ref: str, condition: str = "not-running") -> JSONStream:
        """Waits for a container's end: one ``{"StatusCode": n}``, before it ``None`` as often as needed.

        Raises:
            EngineError: 404, there is none; 400, the condition does not exist.
        """
        if condition not in _CONDITIONS:
            raise invalid(f'invalid condition: "{condition}"')
        container = self._store.find_ended(ref)
        return self._wait(container, condition, container.exits)

    @property
    def _time_passes(self) -> bool:
        """Whether it does so by itself, as behind a socket."""
        return self._core.kernel.followed > 0

    def _wait(self, container: Container, condition: str, exits: int) -> Iterator[Json | None]:
        # Who asks for the next exit has mostly not asked to wait for it yet (``docker run``, detached or not, asks before
        # the start): where time passes by itself, it is not for him to hurry it.
        patient = condition in ("next-exit", "removed") and self._time_passes
        pace, job = None, None
        while True:
            # With a restart policy it may run again by now: the exit counts.
            ended = container.exits > exits or (condition != "next-exit" and not container.state.running)
            if container.id not in self._store.by_id or (ended and condition != "removed"):
                break
            if container.job is not None and container.job is not job:
                job = container.job
                pace = Pace(job)
            if patient or pace is None or not pace.step():
                yield None
        code = container.last_exit if container.exits else container.state.exit_code
        yield {"StatusCode": code}

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
        details: bool = False,
    ) -> OutputStream:
        """What the main process printed; with ``follow`` also what it will. No log driver of the model has details.

        Raises:
            EngineError: 404, there is no such container; 400, no stream is wanted.
        """
        container = self._store.find_ended(ref)
        if not (stdout or stderr):
            raise invalid("Bad parameters: you must choose at least one stream")
        if container.host_config["LogConfig"]["Type"] not in _READABLE:
            raise EngineError(501, "configured logging driver does not support reading")
        prefix = _Prefix(timestamps, details)
        return self._logs(container, (stdout, stderr), follow, (since, until), prefix, tail)

    def _logs(
        self,
        container: Container,
        streams: tuple[bool, bool],
        more: bool,
        span: tuple[float | None, float | None],
        prefix: _Prefix,
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
            yield stream, prefix.before(time, stream, line)
        if not more:
            return
        # Nor for who reads along: docker-py asks about the container meanwhile, which may remove itself.
        patient = self._time_passes
        pace, job = None, None
        while True:
            if seen < len(container.logs):
                for entry in container.logs[seen:]:
                    seen += 1
                    if streams[0 if entry.stream == STDOUT else 1]:
                        yield entry.stream, prefix.before(entry.time, entry.stream, entry.data)
                continue
            if not container.state.running:
                return
            if container.job is not None and container.job is not job:
                job = container.job
                pace = Pace(job)
            if patient or pace is None or not pace.step():
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
            yield from self._logs(container, wanted, False, (None, None), _Prefix(False, False), None)
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
