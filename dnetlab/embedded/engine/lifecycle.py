"""A container's life: start, its main process, its end, restart, stop, kill."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from ..commands import Context, UnknownAccount, exists, names
from ..commands import start as start_process
from . import mounts
from .core import HOST_NAME, Core
from .creation import CAPABILITIES
from .endpoints import Endpoints
from .errors import EngineError, conflict, failed, invalid
from .links import linked_environment
from .lookup import ContainerStore
from .model import Container, LogEntry
from .output import STREAMS
from .sandbox import Sandboxes
from .signals import parse_signal
from .volumes import Volumes

if TYPE_CHECKING:
    from ..kernel import Namespace
    from .health import HealthChecks

_DEFAULT_CAPABILITIES: Final = frozenset(
    {
        *("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE"),
        *("NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"),
    }
)
_FAILED: Final = 128
_NOT_FOUND: Final = 127
_PATIENCE: Final = 3600.0
"""Simulated seconds that a stop without a time limit waits at most."""

_LOG_LIMIT: Final = 20_000


def capabilities(container: Container) -> set[str]:
    """The capabilities of a container's processes."""
    host = container.host_config
    if host.get("Privileged"):
        return set(CAPABILITIES)
    added = {name.removeprefix("CAP_") for name in host.get("CapAdd") or ()}
    dropped = {name.removeprefix("CAP_") for name in host.get("CapDrop") or ()}
    base = set() if "ALL" in dropped else set(_DEFAULT_CAPABILITIES)
    if "ALL" in added:
        base = set(CAPABILITIES)
    return (base | added - {"ALL"}) - dropped


class Lifecycle:
    """Starts containers and ends them."""

    def __init__(
        self,
        core: Core,
        containers: ContainerStore,
        endpoints: Endpoints,
        sandboxes: Sandboxes,
        volumes: Volumes,
        health: HealthChecks,
    ) -> None:
        self._core = core
        self._containers = containers
        self._endpoints = endpoints
        self._sandboxes = sandboxes
        self._volumes = volumes
        self._health = health
        self.remove: Callable[[Container], None] = containers.remove

    def start(self, container: Container) -> bool:
        """Starts a container; False if it runs already.

        Raises:
            EngineError: what the engine answers; the container then stays as it was, with the message as its
            error.
        """
        if container.state.paused:
            raise conflict("cannot start a paused container, try unpause instead")
        if container.state.running:
            return False
        container.stopped_by_hand = False
        self._start(container)
        return True

    def _start(self, container: Container) -> None:
        state = container.state
        try:
            self._mount(container)
            namespace = self._prepare(container)
            try:
                self._make_context(container, namespace)
                self._check_command(container)
            except EngineError:
                self._release(container)
                raise
        except EngineError as error:
            self._fail(container, error)
            raise
        state.error, state.exit_code = "", 0
        state.running, state.paused, state.restarting = True, False, False
        state.started = self._core.clock.now()
        state.pid = self._core.ids.pid()
        self._launch(container)

    def _mount(self, container: Container) -> None:
        files = container.files
        files.mounts.clear()
        files.writable = not container.host_config.get("ReadonlyRootfs")
        tmpfs = mounts.tmpfs_targets(container.host_config)
        mounts.attach(files, self._volumes.host, container.mounts, tmpfs)
        self._volumes.log_mounts(container, mounted=True)

    def _prepare(self, container: Container) -> Namespace:
        """Namespace and endpoints.

        Raises:
            EngineError: then none of them is left.
        """
        self._check_pid_mode(container)
        mode = container.network_mode
        if mode.startswith("container:"):
            other = self._networked(container, mode.partition(":")[2])
            container.config["Hostname"] = other.config.get("Hostname")
            for path in ("/etc/hosts", "/etc/resolv.conf", "/etc/hostname"):
                container.files.write(path, other.files.read(path))
            assert other.context is not None
            return other.context.namespace
        for alias, other in container.links.items():
            if "bridge" not in other.networks:
                raise invalid(f"container {other.id} not attached to default bridge network")
            if not other.state.running:
                raise failed(
                    f"Cannot link to a non running container: /{other.name} AS /{container.name}/{alias}"
                )
        sandbox = self._sandboxes.create(container)
        try:
            self._endpoints.join_all(container)
        except EngineError as error:
            self._endpoints.log_disconnected(container)
            self._sandboxes.destroy(container)
            raise EngineError(error.status, self._core.version.start_prefix + error.message) from error
        self._sandboxes.update_ports(container)
        self._sandboxes.write_files(container)
        return sandbox.namespace

    def _check_pid_mode(self, container: Container) -> None:
        kind, _, name = str(container.host_config.get("PidMode") or "").partition(":")
        if kind == "container" and not (other := self._containers.find(name)).state.running:
            raise failed(f"failed to join PID namespace: container {other.id} is not running")

    def _networked(self, container: Container, ref: str) -> Container:
        try:
            other = self._containers.find(ref)
        except EngineError as error:
            raise failed(f"joining network namespace of container: {error.message}") from error
        if other is container:
            raise failed("cannot join own network namespace")
        if not other.state.running or other.context is None:
            raise conflict(
                "cannot join network namespace of a non running container: container"
                f" {other.name} is {other.state.status}"
            )
        return other

    def _check_command(self, container: Container) -> None:
        if exists(container.path) or container.files.exists(container.path):
            return
        where = (
            f'exec: "{container.path}": stat {container.path}: no such file or directory'
            if "/" in container.path
            else f'exec: "{container.path}": executable file not found in $PATH'
        )
        container.state.exit_code = _NOT_FOUND
        known = f"embedded engine: no command {container.path}; it has: {' '.join(sorted(names()))}\n"
        self._log(container, "stderr", known.encode())
        raise invalid(
            "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create"
            f" failed: unable to start container process: error during container init: {where}"
        )

    def _fail(self, container: Container, error: EngineError) -> None:
        container.state.error = error.message
        container.state.exit_code = container.state.exit_code or _FAILED
        if container.host_config.get("AutoRemove"):
            self.remove(container)

    def _make_context(self, container: Container, namespace: Namespace) -> None:
        """What its processes see.

        Raises:
            EngineError: 400, they are to run as a user or group that the container does not know.
        """
        config, host = container.config, container.host_config
        environment = dict(text.partition("=")[::2] for text in config.get("Env") or ())
        environment |= linked_environment(container)
        if config.get("Tty"):
            environment.setdefault("TERM", "xterm")
        try:
            container.context = Context(
                self._core.kernel,
                namespace,
                HOST_NAME if host.get("UTSMode") == "host" else container.hostname,
                files=container.files,
                capabilities=capabilities(container),
                privileged=bool(host.get("Privileged")),
                env=environment,
                label=container.id[:12],
                namespace_of_pid=self.namespace_of_pid if host.get("PidMode") == "host" else None,
                clock=self._core.clock.now,
                image=str(config.get("Image") or ""),
                user=str(config.get("User") or ""),
                groups=host.get("GroupAdd") or (),
            )
        except UnknownAccount as error:
            raise failed(str(error)) from error

    def _launch(self, container: Container) -> None:
        config = container.config
        assert container.context is not None
        ended: list[int] = []
        started = False

        def on_exit(code: int) -> None:
            if started:
                self._ended(container, code)
            else:
                ended.append(code)

        container.job = start_process(
            [container.path, *container.args],
            container.context,
            interactive=bool(config.get("OpenStdin")),
            cwd=str(config.get("WorkingDir") or "/"),
            tty=bool(config.get("Tty")),
            on_output=lambda stream, data: self._log(container, stream, data),
            on_exit=on_exit,
        )
        started = True
        self._health.begin(container)
        self._core.events.container(container, "start")
        if ended:
            self._ended(container, ended[0])

    def _log(self, container: Container, stream: str, data: bytes) -> None:
        container.logs.append(LogEntry(self._core.clock.now(), STREAMS[stream], data))
        if len(container.logs) > _LOG_LIMIT:
            del container.logs[: _LOG_LIMIT // 2]

    def namespace_of_pid(self, pid: int) -> Namespace | None:
        """The network namespace of a process id of the host: a running container's main process, or 1."""
        if pid == 1:
            return self._core.host
        for container in self._containers.by_id.values():
            if container.state.running and container.state.pid == pid and container.context is not None:
                return container.context.namespace
        return None

    def _release(self, container: Container) -> None:
        context, container.context = container.context, None
        if context is not None:
            context.close()
        self._endpoints.leave_all(container)
        self._sandboxes.destroy(container)
        self._sandboxes.sweep()
        self._volumes.log_mounts(container, mounted=False)
        container.ports = {}

    def _ended(self, container: Container, code: int) -> None:
        """The main process has ended: the container stops, and perhaps starts again."""
        state = container.state
        if not state.running:
            return
        self._health.end(container)
        state.running = state.paused = state.restarting = False
        state.exit_code, state.pid = code, 0
        container.exits, container.last_exit = container.exits + 1, code
        state.finished = self._core.clock.now()
        container.execs.clear()
        self._release(container)
        lasted = state.finished - state.started
        attributes = {"exitCode": str(code), "execDuration": str(int(lasted))}
        self._core.events.container(container, "die", **attributes)
        if self._restarts(container, code):
            self._schedule(container)
        elif container.host_config.get("AutoRemove"):
            self.remove(container)

    def _restarts(self, container: Container, code: int) -> bool:
        policy: dict[str, Any] = container.host_config.get("RestartPolicy") or {}
        name, limit = policy.get("Name") or "no", policy.get("MaximumRetryCount") or 0
        if container.stopped_by_hand or name in ("", "no"):
            return False
        if name == "on-failure":
            return code != 0 and (not limit or container.restart_count < limit)
        return True

    def _schedule(self, container: Container) -> None:
        """Starts it again after a pause that doubles, from a tenth of a second to a minute."""
        pause = min(0.1 * 2 ** min(container.restart_count, 10), 60.0)
        container.restart_count += 1
        container.state.running = container.state.restarting = True

        def again() -> None:
            if not container.state.restarting or container.id not in self._containers.by_id:
                return
            container.state.running = container.state.restarting = False
            try:
                self._start(container)
            except EngineError:
                # Kept as the container's error; there is nobody to tell.
                return

        self._core.kernel.call_later(pause, again)

    def stop(self, container: Container, timeout: int | None = None, signal: str | None = None) -> bool:
        """Ends the main process: a signal, then, after a time limit, SIGKILL. False if it does not run.

        The time limit passes in simulated time. It is the container's, or 10 seconds; -1 sets none.

        Raises:
            EngineError: 400, there is no such signal.
        """
        config = container.config
        if not container.state.running:
            return False
        number = parse_signal(signal or str(config.get("StopSignal") or "SIGTERM"))
        container.stopped_by_hand = True
        if container.state.restarting:
            container.state.running = container.state.restarting = False
            return True
        limit = timeout if timeout is not None else config.get("StopTimeout")
        limit = 10 if limit is None else limit
        self._signal(container, number)
        job = container.job
        if container.state.running and job is not None and limit:
            job.wait(float(limit) if limit > 0 else _PATIENCE)
        if container.state.running:
            self._signal(container, 9)
        self._core.events.container(container, "stop")
        return True

    def kill(self, container: Container, number: int) -> None:
        """Sends a signal to the main process.

        Raises:
            EngineError: 409, the container does not run.
        """
        if not container.state.running:
            raise conflict(f"container {container.id} is not running")
        if number in (9, 15, 2, 3):
            container.stopped_by_hand = True
        if container.state.restarting:
            container.state.running = container.state.restarting = False
            return
        self._core.events.container(container, "kill", signal=str(number))
        self._deliver(container, number)

    def _signal(self, container: Container, number: int) -> None:
        self._core.events.container(container, "kill", signal=str(number))
        self._deliver(container, number)

    @staticmethod
    def _deliver(container: Container, number: int) -> None:
        if container.job is None:
            return
        try:
            container.job.signal(number)
        except ValueError:
            # Real-time signals have no effect on the model's programs.
            return
