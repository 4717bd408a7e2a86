"""The exec API: commands in running containers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ..commands import UnknownAccount
from ..commands import start as start_process
from .core import Core
from .errors import conflict, failed, invalid, not_found
from .links import linked_environment
from .lookup import ContainerStore
from .model import Container, Json
from .output import follow
from .streams import STDOUT, Chunk, Input, OutputStream, no_input

if TYPE_CHECKING:
    from ..commands import Job


_NOT_RUN: Final = b"OCI runtime exec failed:"


@dataclass(slots=True)
class Exec:
    """A command that was asked for, and its job once it was started."""

    id: str
    container: Container
    options: Json
    job: Job | None = None
    used: bool = False
    on_end: Callable[[Job, int], None] | None = None
    failure: int | None = None
    """The exit code where its process could not be made."""

    @property
    def exit_code(self) -> int | None:
        """That of its process, once that has ended."""
        return self.job.exit_code if self.job else self.failure

    @property
    def text(self) -> str:
        """The command in the words of an event: its name, and its arguments if there are any."""
        name, *arguments = self.options["Cmd"]
        return f"{name} {' '.join(arguments)}"

    @property
    def running(self) -> bool:
        """Whether its process runs."""
        return self.job is not None and self.job.exit_code is None


class Execs:
    """All execs of an engine."""

    def __init__(self, core: Core, containers: ContainerStore) -> None:
        self._core = core
        self._containers = containers
        self._execs: dict[str, Exec] = {}

    def create(self, ref: str, body: Mapping[str, Any]) -> Json:
        """Prepares a command: ``{"Cmd", "Tty", "Env", "WorkingDir", "AttachStdin" ...}``.

        Returns:
            ``{"Id"}``.

        Raises:
            EngineError: 404, no such container; 409, it does not run; 400, no command.
        """
        if not body.get("Cmd"):
            raise invalid("No exec command specified")
        container = self.check(ref)
        user = str(body.get("User") or "")
        if user and container.context is not None:
            try:
                container.context.as_user(user)
            except UnknownAccount as error:
                raise invalid(str(error)) from error
        made = Exec(self._core.ids.new_id(), container, dict(body))
        self._forget_old()
        self._execs[made.id] = made
        container.execs.append(made.id)
        self._core.events.container(container, f"exec_create: {made.text}", execID=made.id)
        return {"Id": made.id}

    def check(self, ref: str) -> Container:
        """The container, if a command can be run in it.

        Raises:
            EngineError: 404, no such container; 409, it does not run.
        """
        container = self._containers.find(ref)
        self._check_running(container, ref)
        return container

    def _check_running(self, container: Container, ref: str) -> None:
        if not container.state.running:
            raise conflict(f"{self._core.version.not_running} {container.id} is not running")
        if container.state.paused:
            raise conflict(f"Container {ref} is paused, unpause the container before exec")
        if container.state.restarting:
            raise conflict(f"Container {container.id} is restarting, wait until the container is running")

    def _forget_old(self) -> None:
        """The engine forgets an exec some minutes after its end; the model, when there are many."""
        if len(self._execs) > 2000:
            for identifier in [key for key, value in self._execs.items() if value.used and not value.running][
                :1000
            ]:
                made = self._execs.pop(identifier)
                if identifier in made.container.execs:
                    made.container.execs.remove(identifier)

    def _find(self, identifier: str) -> Exec:
        made = self._execs.get(identifier)
        if made is None or made.container.id not in self._containers.by_id:
            raise not_found(f"No such exec instance: {identifier}")
        return made

    def start(self, exec_id: str, body: Mapping[str, Any], input: Input = no_input) -> OutputStream:
        """Runs the command and gives its output as it comes; with ``Detach`` it goes on alone.

        Raises:
            EngineError: 404, no such exec; 409, it has run or the container has stopped.
        """
        made = self._find(exec_id)
        if not made.container.state.running:
            raise conflict(f"container {made.container.id} is not running")
        self._check_running(made.container, made.container.id)
        if made.running:
            raise conflict(f"exec command {exec_id} is already running")
        if made.used:
            raise conflict(f"exec command {exec_id} has already run")
        made.used = True
        self._check_directory(made)
        output = self._run(made, bool(body.get("Detach")), input)
        if body.get("Detach"):
            self._check_begun(made)
        return output

    @staticmethod
    def _check_directory(made: Exec) -> None:
        if not str(made.options.get("WorkingDir") or "/").startswith("/"):
            made.failure = 128
            raise failed("OCI runtime exec failed: exec failed: Cwd must be an absolute path")

    @staticmethod
    def _check_begun(made: Exec) -> None:
        """Whoever does not see the output is told that there is no such program."""
        for _, data in made.job.chunks if made.job and made.job.exit_code in (126, 127) else ():
            if data.startswith(_NOT_RUN):
                raise invalid(data.decode().strip())

    def run(self, container: Container, command: Sequence[str], on_end: Callable[[Job, int], None]) -> Job:
        """Runs a command for the engine itself; no client knows of it but by its events.

        Args:
            container: a running one.
            command: the program and its arguments.
            on_end: called once with the job and its exit status, perhaps before this returns.
        """
        made = Exec(
            self._core.ids.new_id(),
            container,
            {"Cmd": list(command), "AttachStdout": True, "AttachStderr": True},
        )
        self._core.events.container(container, f"exec_create: {made.text}", execID=made.id)
        self._run(made, True, no_input)
        assert made.job is not None
        if made.job.exit_code is None:
            made.on_end = on_end
        else:
            on_end(made.job, made.job.exit_code)
        return made.job

    def _run(self, made: Exec, detached: bool, input: Input) -> OutputStream:
        options, context = made.options, made.container.context
        assert context is not None
        if options.get("Privileged"):
            context = context.privileged()
        environment = linked_environment(made.container)
        environment |= dict(text.partition("=")[::2] for text in options.get("Env") or ())
        tty = bool(options.get("Tty"))
        if tty:
            environment.setdefault("TERM", "xterm")
        reads = bool(options.get("AttachStdin")) and not detached
        self._core.events.container(made.container, f"exec_start: {made.text}", execID=made.id)
        directory = str(options.get("WorkingDir") or made.container.config.get("WorkingDir") or "/")
        made.job = start_process(
            list(options["Cmd"]),
            context,
            interactive=reads,
            env=environment,
            cwd=directory,
            tty=tty,
            user=str(options.get("User") or "") or None,
            on_exit=lambda code: self._died(made, code),
        )
        if detached:
            return iter(())
        return self._output(made, made.job, input if reads else None)

    def _output(self, made: Exec, job: Job, input: Input | None) -> Iterator[Chunk | None]:
        out, err = made.options.get("AttachStdout", True), made.options.get("AttachStderr", True)
        for chunk in follow(job, input):
            if chunk is None or (out if chunk[0] == STDOUT else err):
                yield chunk

    def _died(self, made: Exec, code: int) -> None:
        if made.container.state.running:
            self._core.events.container(made.container, "exec_die", execID=made.id, exitCode=str(code))
        if made.on_end is not None and made.job is not None:
            made.on_end(made.job, code)

    def inspect(self, exec_id: str) -> Json:
        """State and exit code of an exec.

        Raises:
            EngineError: 404, no such exec.
        """
        made = self._find(exec_id)
        command: list[str] = list(made.options["Cmd"])
        return {
            "ID": made.id,
            "Running": made.running,
            "ExitCode": made.exit_code,
            "ProcessConfig": {
                "tty": bool(made.options.get("Tty")),
                "entrypoint": command[0],
                "arguments": command[1:],
                "privileged": bool(made.options.get("Privileged")),
                **({"user": made.options["User"]} if made.options.get("User") else {}),
            },
            "OpenStdin": bool(made.options.get("AttachStdin")),
            "OpenStderr": bool(made.options.get("AttachStderr")),
            "OpenStdout": bool(made.options.get("AttachStdout")),
            "CanRemove": False,
            "ContainerID": made.container.id,
            "DetachKeys": "",
            "Pid": made.job.pid if made.job else 0,
        }

    def tty(self, exec_id: str) -> bool:
        """Whether the exec has a terminal (its output is then one raw stream)."""
        return bool(self._find(exec_id).options.get("Tty"))

    def resize(self, exec_id: str, height: int, width: int) -> None:
        """Accepts a terminal's size; the model's commands do not look at it.

        Raises:
            EngineError: 404, no such exec, or it has ended; 500, it has not begun (a real engine waits ten seconds).
        """
        found = self._find(exec_id)
        if not found.used:
            raise failed("timeout waiting for exec session ready")
        if not found.running:
            raise not_found(f"NotFound: process does not exist {exec_id}: not found")
