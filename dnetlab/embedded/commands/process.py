"""Processes of a container as generators, driven by the kernel's clock.

A program is a function of its process: it returns an exit status, or it is a generator that yields a
:class:`Wait` wherever a real program would block and returns its exit status at the end. One scheduler a
kernel resumes those whose moment has come. Nothing blocks and nothing runs in a thread: a lost ping costs
simulated seconds only.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from types import GeneratorType
from typing import TYPE_CHECKING, Any, NoReturn

from .program import IGNORED_BY_DEFAULT, NETWORK_TICK, NOT_FOUND, SIGNALS, Exit, Program, Wait, finish
from .scheduler import Scheduler, pass_time
from .streams import NULL, Condition, Source, Stream, source_of

if TYPE_CHECKING:
    from dnetlab.embedded.kernel import Namespace

    from .context import Context, Mounts

__all__ = [
    "NETWORK_TICK", "NOT_FOUND", "SIGNALS", "Exit", "Process", "Program", "Wait", "finish", "pass_time", "signal_all",
]  # fmt: skip


class Process:
    """One process: who it is, where it runs (namespace, directory, environment), what it reads and writes."""

    def __init__(
        self,
        context: Context,
        argv: list[str],
        *,
        parent: Process | None = None,
        ns: Namespace | None = None,
        env: dict[str, str] | None = None,
        fds: dict[int, Stream] | None = None,
        cwd: str = "/",
    ) -> None:
        self.context = context
        self.scheduler = Scheduler.of(context.kernel)
        self.argv = argv
        self.title: list[str] | None = None
        self.busybox = False
        # Protocol and own port of its socket, for ss.
        self.socket: tuple[str, int] | None = None
        self.pid = context.next_pid()
        self.parent = parent
        self.group: int = parent.group if parent is not None else self.pid
        self.ns: Namespace = ns or (parent.ns if parent is not None else context.namespace)
        self.env: dict[str, str] = dict(parent.env if env is None and parent is not None else env or {})
        self.cwd: str = parent.cwd if parent is not None else cwd
        self.mounts: Mounts = parent.mounts if parent is not None else context.mounts
        self.job: Any = parent.job if parent is not None else None
        self.fds: dict[int, Stream] = dict(
            fds if fds is not None else parent.fds if parent is not None else {}
        )
        self.started = context.kernel.now
        self.exit_code: int | None = None
        self.killed_by: str | None = None
        self.ended = Condition()
        self.interrupted = Condition()
        self.handlers: dict[str, Callable[[], object]] = {}
        self.ignored: set[str] = set(parent.ignored) if parent is not None else set()
        self.program: Program | None = None
        self.wait: Wait | None = None
        self.timer: Any = None
        self.queued = False
        self.on_exit: list[Callable[[Process], object]] = []
        context.processes[self.pid] = self
        for stream in self.fds.values():
            stream.attach(self)

    # --- writing and reading -------------------------------------------------------------------------

    @property
    def name(self) -> str:
        return self.argv[0].rsplit("/", 1)[-1]

    @property
    def command_line(self) -> list[str]:
        """The words that ps and pgrep -f show."""
        return self.title or self.argv

    @property
    def comm(self) -> str:
        """The name that ps and pgrep show: at most 15 characters (TASK_COMM_LEN)."""
        return self.command_line[0].rsplit("/", 1)[-1][:15]

    def out(self, text: str | bytes) -> None:
        """Write to standard output."""
        self.fds.get(1, NULL).write(
            text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
        )

    def err(self, text: str | bytes) -> None:
        """Write to standard error."""
        self.fds.get(2, NULL).write(
            text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
        )

    def fail(self, text: str, code: int = 1) -> NoReturn:
        """Say why on standard error and end with a status."""
        self.err(text if text.endswith("\n") else text + "\n")
        raise Exit(code)

    @property
    def stdin(self) -> Source:
        return source_of(self.fds.get(0, NULL))

    def set_fd(self, number: int, stream: Stream) -> None:
        """Replace a file descriptor (dup2)."""
        stream.attach(self)
        old = self.fds.get(number)
        self.fds[number] = stream
        if old is not None and old not in self.fds.values():
            old.detach(self)

    def restore_fds(self, fds: dict[int, Stream]) -> None:
        """Put a saved table of file descriptors back."""
        old, self.fds = self.fds, dict(fds)
        for stream in old.values():
            if stream not in self.fds.values():
                stream.detach(self)

    def read_all(self) -> Generator[Wait, None, bytes]:
        """Everything on standard input, up to its end."""
        source = self.stdin
        while not source.ended:
            yield Wait(conditions=(source.changed,))
        data = bytes(source.data)
        source.data.clear()
        return data

    def read_line(self) -> Generator[Wait, None, bytes]:
        """The next line of standard input with its newline; empty at the end."""
        source = self.stdin
        while True:
            end = source.data.find(b"\n")
            if end >= 0 or source.ended:
                size = end + 1 if end >= 0 else len(source.data)
                line = bytes(source.data[:size])
                del source.data[:size]
                return line
            yield Wait(conditions=(source.changed,))

    def read_some(self, most: int) -> Generator[Wait, None, bytes]:
        """What has come on standard input, at most so many bytes; empty at the end."""
        source = self.stdin
        while not source.data and not source.ended:
            yield Wait(conditions=(source.changed,))
        data = bytes(source.data[:most])
        del source.data[:most]
        return data

    def sleep(self, seconds: float) -> Generator[Wait, None, None]:
        """Let simulated time pass."""
        end = self.context.kernel.now + seconds
        while self.context.kernel.now < end - 1e-9:
            yield Wait(until=end)

    # --- life and death ------------------------------------------------------------------------------

    def spawn(
        self,
        argv: list[str],
        *,
        ns: Namespace | None = None,
        env: dict[str, str] | None = None,
        fds: dict[int, Stream] | None = None,
        main: Callable[[Process], Program | int | None] | None = None,
    ) -> Process:
        """A child process, running until its first wait."""
        child = Process(self.context, argv, parent=self, ns=ns, env=env, fds=fds)
        child.begin(main)
        return child

    def begin(self, main: Callable[[Process], Program | int | None] | None = None) -> None:
        """Start the program: ``main``, else the command that ``argv[0]`` names."""
        self.scheduler.begin(self, main)

    def execute(self, argv: list[str]) -> Program:
        """Become another command (execve): same process, new name. The result is its exit status."""
        from .registry import lookup

        self.argv, self.title, self.busybox = argv, None, False
        main = lookup(self, argv)
        self.handlers.clear()
        result = main(self)
        return (yield from finish(result))

    def wait_for(self, child: Process) -> Generator[Wait, None, int]:
        """Until a child has ended; its exit status."""
        while child.exit_code is None:
            yield Wait(conditions=(child.ended,))
        if self.exit_code is not None:
            # The child has just killed its parent, which was still running up to here.
            raise Exit(self.exit_code)
        return child.exit_code

    def signal(self, name: str) -> None:
        """Deliver a signal; PID 1 takes only those it has a handler for, and KILL (pid_namespaces(7))."""
        if self.exit_code is not None or name == "0":
            return
        if name == "KILL":
            self.killed_by = name
            self.end(128 + SIGNALS["KILL"])
        elif name in self.handlers:
            self.handlers[name]()
            self.interrupted.notify()
        elif name not in IGNORED_BY_DEFAULT and name not in self.ignored and self.pid != 1:
            self.killed_by = name
            self.end(128 + SIGNALS[name])

    def end(self, code: int) -> None:
        """End now: whatever it held is closed, whoever waited for it goes on."""
        if self.exit_code is not None:
            return
        self.exit_code = code & 0xFF
        program, self.program = self.program, None
        if isinstance(program, GeneratorType) and not program.gi_running:
            program.close()
        self.scheduler.forget(self)
        self.context.processes.pop(self.pid, None)
        for stream in dict.fromkeys(self.fds.values()):
            stream.detach(self)
        for callback in self.on_exit:
            callback(self)
        self.ended.notify()


def signal_all(processes: Iterable[Process], name: str) -> None:
    """Deliver a signal to several processes, each once."""
    for process in list(processes):
        process.signal(name)
