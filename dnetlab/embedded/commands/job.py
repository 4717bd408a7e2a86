"""Commands from the outside: ``start`` gives a job that may go on, ``run`` waits for its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .process import SIGNALS, Process, signal_all
from .streams import NULL, Outside, Source

if TYPE_CHECKING:
    from .context import Context

Chunk = tuple[str, bytes]
"""A piece of output: "stdout" or "stderr", and its bytes."""

FOREVER = 1e9


@dataclass(frozen=True, slots=True)
class Result:
    """What a command left: exit status (None where it goes on), output by stream and in order."""

    exit_code: int | None
    stdout: bytes
    stderr: bytes
    chunks: tuple[Chunk, ...] = field(default=(), repr=False)


class Job:
    """A command that was started: its process, its output so far, its exit status once it ended."""

    def __init__(
        self,
        argv: Sequence[str],
        context: Context,
        *,
        stdin: Source | None,
        env: dict[str, str] | None,
        cwd: str,
        tty: bool,
        on_output: Callable[[str, bytes], object] | None,
        on_exit: Callable[[int], object] | None,
        user: str | None = None,
    ) -> None:
        if user is not None:
            context = context.as_user(user)
        self.context = context
        self.tty = tty
        self.chunks: list[Chunk] = []
        self.news = 0  # counts pieces of output, and the end
        self._taken = 0
        self._on_output = on_output
        self._input = stdin
        out = Outside("stdout", self._output)
        err = out if tty else Outside("stderr", self._output)
        self.process = Process(
            context,
            list(argv),
            env={**context.env, **(env or {})},
            fds={0: stdin or NULL, 1: out, 2: err},
            cwd=cwd,
        )
        self.process.job = self
        self.process.on_exit.append(self._ended)
        if on_exit is not None:
            self.process.on_exit.append(lambda process: on_exit(process.exit_code or 0))

    def _output(self, stream: str, data: bytes) -> None:
        self.chunks.append((stream, data))
        self.news += 1
        if self._on_output is not None:
            self._on_output(stream, data)

    def _ended(self, process: Process) -> None:
        self.news += 1

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def argv(self) -> list[str]:
        return self.process.argv

    @property
    def exit_code(self) -> int | None:
        return self.process.exit_code

    def take(self) -> list[Chunk]:
        """The output since the last call."""
        new = self.chunks[self._taken :]
        self._taken = len(self.chunks)
        return new

    def feed(self, data: bytes) -> None:
        """Give bytes to standard input; on a terminal ^C is SIGINT for what runs in the foreground."""
        if self.tty and b"\x03" in data:
            data = data.split(b"\x03")[-1]
            mine = [p for p in self.context.processes.values() if p.job is self]
            signal_all(sorted(mine, key=lambda p: -p.pid), "INT")
        if data and self._input is not None:
            self._input.feed(data)
        self._go_on()

    def close_stdin(self) -> None:
        """Standard input ends (^D)."""
        if self._input is not None:
            self._input.end()
        self._go_on()

    def _go_on(self) -> None:
        """Let whoever was woken run at once, without any time passing."""
        self.process.scheduler.drive(lambda: False, 0.0)

    def signal(self, name: str | int) -> None:
        """Deliver a signal by name ("TERM", "SIGTERM") or number; an unknown one is a ValueError."""
        self.process.signal(signal_name(name))

    def wait(self, timeout: float | None = None) -> int | None:
        """Let simulated time pass until the command has ended; its exit status, None after ``timeout``."""
        process = self.process
        if process.exit_code is None:
            process.scheduler.drive(
                lambda: process.exit_code is not None, FOREVER if timeout is None else timeout
            )
        return process.exit_code

    def follow(self, step: float = 1.0) -> Iterator[Chunk | None]:
        """Chunks as they come; None after each ``step`` simulated seconds without any. Ends with the command."""
        process = self.process
        while True:
            new = self.take()
            if new:
                yield from new
            elif process.exit_code is not None:
                return
            elif not process.scheduler.drive(
                lambda: len(self.chunks) > self._taken or process.exit_code is not None, step
            ):
                yield None


def signal_name(signal: str | int) -> str:
    """The short name of a signal given by name or number; ValueError for an unknown one."""
    text = str(signal).upper().removeprefix("SIG")
    if text.isdigit():
        number = int(text)
        for name, value in SIGNALS.items():
            if value == number:
                return name
        if number == 0:
            return "0"
    elif text in SIGNALS:
        return text
    raise ValueError(f"unknown signal {signal}")


def start(
    argv: Sequence[str],
    context: Context,
    stdin: bytes | None = None,
    *,
    interactive: bool = False,
    env: dict[str, str] | None = None,
    cwd: str = "/",
    tty: bool = False,
    on_output: Callable[[str, bytes], object] | None = None,
    on_exit: Callable[[int], object] | None = None,
    user: str | None = None,
) -> Job:
    """Start a command in a container; it has run until its first wait when this returns.

    ``stdin`` is what it can read; with ``interactive`` more may be fed later, without it standard input ends
    there. ``user`` is who runs it where that is not the container's. ``on_output(stream, data)`` and ``on_exit(code)`` are called as it happens, also when it is killed.
    """
    source = Source(stdin or b"", ended=not interactive) if stdin is not None or interactive else None
    job = Job(
        argv,
        context,
        stdin=source,
        env=env,
        cwd=cwd,
        tty=tty,
        on_output=on_output,
        on_exit=on_exit,
        user=user,
    )
    job.process.begin()
    return job


def run(
    argv: Sequence[str],
    context: Context,
    stdin: bytes = b"",
    *,
    env: dict[str, str] | None = None,
    cwd: str = "/",
    timeout: float = 3600.0,
) -> Result:
    """Run a command to its end; one that has none by ``timeout`` simulated seconds goes on as a job."""
    job = start(argv, context, stdin, env=env, cwd=cwd)
    job.wait(timeout)
    chunks = tuple(job.chunks)
    return Result(
        job.exit_code,
        b"".join(data for stream, data in chunks if stream == "stdout"),
        b"".join(data for stream, data in chunks if stream == "stderr"),
        chunks,
    )
