"""Processes of a container as generators, driven by the kernel's clock.

A program is a function of its process: it returns an exit status, or it is a generator that yields a
:class:`Wait` wherever a real program would block and returns its exit status at the end. One scheduler a
kernel resumes those whose moment has come. Nothing blocks and nothing runs in a thread: a lost ping costs
simulated seconds only.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from types import GeneratorType
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn
from weakref import WeakKeyDictionary

from dnetlab.embedded.kernel import Kernel, KernelError

from .streams import NULL, BrokenPipe, Condition, Source, Stream, source_of

if TYPE_CHECKING:
    from dnetlab.embedded.kernel import Namespace

    from .context import Context, Mounts

SIGNALS = {
    "HUP": 1, "INT": 2, "QUIT": 3, "ABRT": 6, "KILL": 9, "USR1": 10, "USR2": 12, "PIPE": 13, "ALRM": 14,
    "TERM": 15, "CHLD": 17, "CONT": 18, "STOP": 19, "TSTP": 20, "WINCH": 28,
}  # fmt: skip
"""Signal names and numbers of signal(7) on x86."""

IGNORED_BY_DEFAULT = {"CHLD", "CONT", "STOP", "TSTP", "WINCH"}

NETWORK_TICK = 1.0
"""Seconds after which a program that waits for the network looks again.

A deadline tells whoever drives the clock that time alone may bring news; a server that waits for others has none.
"""

NOT_FOUND = 127
"""Exit status of a shell for a command that does not exist (POSIX, 2.8.2)."""

DEFECT = 70
"""Exit status where the model itself failed (EX_SOFTWARE of sysexits.h); no real situation gives it."""


def finish(result: Program | int | None) -> Program:
    """Run what a command's function returned to its end: a program, or a status that is there already."""
    if isinstance(result, GeneratorType):
        return (yield from result)  # type: ignore[no-any-return]
    return result  # type: ignore[return-value]


class Exit(Exception):
    """Ends the program with an exit status."""

    def __init__(self, code: int) -> None:
        self.code = code


@dataclass(slots=True)
class Wait:
    """What a program waits for: a condition, a test that becomes true, or a moment of simulated time."""

    until: float | None = None
    conditions: tuple[Condition, ...] = ()
    ready: Callable[[], bool] | None = None


Program = Generator[Wait, None, int | None]
"""A running program: yields where it waits, returns its exit status (None means 0)."""


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


class Scheduler:
    """Resumes the processes of all containers of one kernel."""

    _all: ClassVar[WeakKeyDictionary[Kernel, Scheduler]] = WeakKeyDictionary()

    def __init__(self, kernel: Kernel) -> None:
        from weakref import proxy

        self.kernel: Kernel = proxy(kernel)
        self.queue: deque[Process] = deque()
        self.polled: dict[Process, Callable[[], bool]] = {}
        self.draining = False
        self.pending: Any = None

    @classmethod
    def of(cls, kernel: Kernel) -> Scheduler:
        found = cls._all.get(kernel)
        if found is None:
            found = cls._all[kernel] = cls(kernel)
        return found

    def begin(self, process: Process, main: Callable[[Process], Program | int | None] | None) -> None:
        from .registry import lookup

        def call() -> Program | int | None:
            return (main or lookup(process, process.argv))(process)

        self._guarded(process, call)

    def wake(self, process: Process) -> None:
        """Let a process go on at this moment, after what runs now."""
        if process.queued or process.exit_code is not None:
            return
        process.queued = True
        self.queue.append(process)
        if not self.draining and self.pending is None:
            self.pending = self.kernel.call_later(0.0, self._later)

    def _later(self) -> None:
        self.pending = None
        self.drain()

    def drain(self) -> None:
        """Run every process that may go on now."""
        if self.draining:
            return
        self.draining = True
        try:
            while self.queue:
                process = self.queue.popleft()
                process.queued = False
                if process.exit_code is None:
                    self._resume(process)
        finally:
            self.draining = False

    def poll(self) -> None:
        """Wake those whose test has become true, and run them."""
        if self.polled:
            for process, ready in list(self.polled.items()):
                if ready():
                    self.wake(process)
        if self.queue:
            self.drain()

    def drive(self, done: Callable[[], bool], timeout: float) -> bool:
        """Let simulated time pass until ``done``; False where it did not come true in ``timeout`` seconds."""

        def check() -> bool:
            if self.polled or self.queue:
                self.poll()
            return done()

        return check() or self.kernel.run_until(check, timeout)

    def forget(self, process: Process) -> None:
        """Drop whatever a process waited for."""
        self.polled.pop(process, None)
        if process.timer is not None:
            process.timer.cancel()
            process.timer = None
        if process.wait is not None:
            for condition in process.wait.conditions:
                if process in condition.waiting:
                    condition.waiting.remove(process)
            process.wait = None

    def _resume(self, process: Process) -> None:
        self.forget(process)
        program = process.program
        if program is not None:
            self._guarded(process, lambda: self._advance(process, program))

    def _advance(self, process: Process, program: Program) -> Program | int | None:
        try:
            wait = next(program)
        except StopIteration as stop:
            process.program = None
            return stop.value  # type: ignore[no-any-return]
        if process.exit_code is None:
            self._register(process, wait)
        else:
            program.close()
        return program

    def _register(self, process: Process, wait: Wait) -> None:
        process.wait = wait
        for condition in wait.conditions:
            condition.waiting.append(process)
        if process.handlers:
            process.interrupted.waiting.append(process)
            wait.conditions = (*wait.conditions, process.interrupted)
        if wait.ready is not None:
            self.polled[process] = wait.ready
        if wait.until is not None:
            delay = max(0.0, wait.until - self.kernel.now)
            process.timer = self.kernel.call_later(delay, self.wake, process)

    def _guarded(self, process: Process, call: Callable[[], Program | int | None]) -> None:
        try:
            result = call()
            if isinstance(result, GeneratorType):
                program: Program = result
                if program is not process.program:
                    process.program = program
                    self._guarded(process, lambda: self._advance(process, program))
                return
            code = int(result or 0)  # type: ignore[arg-type]
        except Exit as leave:
            code = leave.code
        except BrokenPipe:
            code = 128 + SIGNALS["PIPE"]
        except KernelError as error:
            code = _complain(process, error.text, 1)
        except RecursionError:
            code = _complain(process, "nested too deeply", 2)
        except Exception as error:  # the learner gets a sentence, never a traceback
            code = _complain(process, f"{error!r}: a defect of the embedded engine, please report it", DEFECT)
        process.end(code)


def _complain(process: Process, text: str, code: int) -> int:
    try:
        process.err(f"{process.name}: {text}\n")
    except BrokenPipe:
        return 128 + SIGNALS["PIPE"]
    return code


def signal_all(processes: Iterable[Process], name: str) -> None:
    """Deliver a signal to several processes, each once."""
    for process in list(processes):
        process.signal(name)


def pass_time(kernel: Kernel, seconds: float) -> None:
    """Let simulated time pass, with all processes of a kernel going on."""
    Scheduler.of(kernel).drive(lambda: False, seconds)
