"""Health checks: a command in a running container, again and again, that says whether it is well.

Source: moby ``daemon/health.go`` and ``container/health.go``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from ..commands import exists
from .clock import rfc3339
from .core import Core
from .execs import Execs
from .model import Container, Health, Json
from .strconv import duration

if TYPE_CHECKING:
    from ..commands import Job
    from ..kernel import Timer

NANO: Final = 1_000_000_000
_OUTPUT: Final = 4096
"""Bytes of a check's output that are kept."""
_RESULTS: Final = 5
"""Results that are kept."""
_DEFAULTS: Final = {"Interval": 30 * NANO, "Timeout": 30 * NANO, "StartPeriod": 0, "StartInterval": 5 * NANO}


def command_of(config: Mapping[str, Any]) -> list[str] | None:
    """The command of a container's health check; None where it has none."""
    match (config.get("Healthcheck") or {}).get("Test") or ():
        case ["CMD", *words]:
            return list(words)
        case ["CMD-SHELL", *words]:
            return [*(config.get("Shell") or ("/bin/sh", "-c")), *words]
    return None


class HealthChecks:
    """Runs the checks of all containers, on the model's clock."""

    def __init__(self, core: Core, execs: Execs) -> None:
        self._core = core
        self._execs = execs
        self._timers: dict[str, Timer] = {}

    def begin(self, container: Container) -> None:
        """A container has started: if it has a check, it is ``starting``."""
        if command_of(container.config) is None:
            return
        if container.health is None:
            container.health = Health()
        container.health.status, container.health.failing = "starting", 0
        self.go_on(container)

    def go_on(self, container: Container) -> None:
        """Checks it after the next interval, and so on."""
        health = container.health
        if health is None or command_of(container.config) is None:
            return
        early = self._core.clock.now() - container.state.started < self._seconds(container, "StartPeriod")
        interval = "StartInterval" if early and health.status == "starting" else "Interval"
        self._timers[container.id] = self._core.kernel.call_later(
            self._seconds(container, interval), self._check, container
        )

    def end(self, container: Container) -> None:
        """Checks it no more; what nobody looks after counts as unhealthy."""
        timer = self._timers.pop(container.id, None)
        if timer is not None:
            timer.cancel()
            if container.health is not None:
                container.health.status = "unhealthy"

    def _seconds(self, container: Container, name: str) -> float:
        return ((container.config["Healthcheck"].get(name) or 0) or _DEFAULTS[name]) / NANO

    def _check(self, container: Container) -> None:
        command = command_of(container.config) or []
        began, watched = self._core.clock.now(), self._timers[container.id]

        def result(code: int, output: str) -> None:
            limit.cancel()
            # A container that was stopped or paused meanwhile, and perhaps goes on already, is not meant.
            if self._timers.get(container.id) is watched:
                ended = self._core.clock.now()
                self._note(container, _result(began, ended, code, output), began - container.state.started)
                self.go_on(container)

        def too_long() -> None:
            what = f"Health check exceeded timeout ({duration(seconds)})"
            said = _output(job)
            result(-1, f"{what}: {said}" if said else what)
            job.signal("KILL")

        seconds = self._seconds(container, "Timeout")
        limit = self._core.kernel.call_later(seconds, too_long)
        job = self._execs.run(container, command, lambda job, code: result(*_outcome(command, job, code)))

    def _note(self, container: Container, result: Json, age: float) -> None:
        health = container.health
        assert health is not None
        before = health.status
        health.log = [*health.log, result][-_RESULTS:]
        if result["ExitCode"] == 0:
            health.status, health.failing = "healthy", 0
        elif before != "starting" or age >= self._seconds(container, "StartPeriod"):
            health.failing += 1
            if health.failing >= (container.config["Healthcheck"].get("Retries") or 3):
                health.status = "unhealthy"
        if health.status != before:
            self._core.events.container(container, f"health_status: {health.status}")


def _outcome(command: Sequence[str], job: Job, code: int) -> tuple[int, str]:
    """Exit status and output; a program that cannot be started has no status, and the runtime's sentence in its place."""
    if command and exists(command[0]):
        return code, _output(job)
    return -1, _output(job).partition("\r\n")[0]


def _output(job: Job) -> str:
    return b"".join(data for _, data in job.chunks)[:_OUTPUT].decode(errors="replace")


def _result(began: float, ended: float, code: int, output: str) -> Json:
    return {"Start": rfc3339(began), "End": rfc3339(ended), "ExitCode": code, "Output": output}
