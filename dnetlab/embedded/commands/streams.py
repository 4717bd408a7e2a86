"""What a process reads from and writes to: pipes, files of the container, the outside, nothing.

A stream knows which processes hold it, so that a pipe ends for its reader when the last writer is gone
and a writer without a reader gets SIGPIPE, as pipe(7) says. No stream ever blocks a writer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .files import Files
    from .process import Process


class BrokenPipe(Exception):
    """A write to a pipe that nobody reads any more (SIGPIPE)."""


class Condition:
    """Something processes wait for; ``notify`` makes all that wait now go on at this simulated moment."""

    __slots__ = ("waiting",)

    def __init__(self) -> None:
        self.waiting: list[Process] = []

    def notify(self, *_: object) -> None:
        """Wake the waiting processes; takes any arguments, so that it serves as a callback."""
        if self.waiting:
            woken, self.waiting = self.waiting, []
            for process in woken:
                process.scheduler.wake(process)


class Stream:
    """A stream that swallows what is written and is at its end when read: /dev/null."""

    __slots__ = ()

    def write(self, data: bytes) -> None:
        """Take ``data``; raises BrokenPipe where nobody reads."""

    def attach(self, process: Process) -> None:
        """A process now holds this stream."""

    def detach(self, process: Process) -> None:
        """A process holds this stream no longer."""


NULL = Stream()


class Source(Stream):
    """Bytes to be read: what is there now in ``data``; ``ended`` when no more will come."""

    __slots__ = ("changed", "data", "ended")

    def __init__(self, data: bytes = b"", ended: bool = True) -> None:
        self.data = bytearray(data)
        self.ended = ended
        self.changed = Condition()

    def feed(self, data: bytes) -> None:
        """Append bytes for the reader."""
        self.data += data
        self.changed.notify()

    def end(self) -> None:
        """No more bytes will come."""
        self.ended = True
        self.changed.notify()


class Pipe(Source):
    """A pipe between processes: written at one end, read at the other."""

    __slots__ = ("readers", "writers")

    def __init__(self) -> None:
        super().__init__(ended=False)
        self.readers: set[Process] = set()
        self.writers: set[Process] = set()

    def reader(self) -> PipeEnd:
        return PipeEnd(self, self.readers, writing=False)

    def writer(self) -> PipeEnd:
        return PipeEnd(self, self.writers, writing=True)


class PipeEnd(Stream):
    """One end of a pipe, as a process holds it."""

    __slots__ = ("holders", "pipe", "writing")

    def __init__(self, pipe: Pipe, holders: set[Process], writing: bool) -> None:
        self.pipe = pipe
        self.holders = holders
        self.writing = writing

    def write(self, data: bytes) -> None:
        if not self.pipe.readers:
            raise BrokenPipe
        self.pipe.feed(data)

    def attach(self, process: Process) -> None:
        self.holders.add(process)

    def detach(self, process: Process) -> None:
        self.holders.discard(process)
        if self.writing and not self.holders:
            self.pipe.end()


class Capture(Stream):
    """Collects what is written: command substitution, ``run``."""

    __slots__ = ("data",)

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data: bytes) -> None:
        self.data += data


class Outside(Stream):
    """The outside world's end of stdout or stderr: hands each chunk to a function."""

    __slots__ = ("name", "take")

    def __init__(self, name: str, take: Callable[[str, bytes], None]) -> None:
        self.name = name
        self.take = take

    def write(self, data: bytes) -> None:
        if data:
            self.take(self.name, data)


class FileSink(Stream):
    """A file of the container, opened for writing; each write appends where the last one ended."""

    __slots__ = ("files", "path", "write_hook")

    def __init__(
        self, files: Files, path: str, append: bool = False, write_hook: Callable[[bytes], None] | None = None
    ) -> None:
        self.files = files
        self.path = path
        self.write_hook = write_hook
        if write_hook is None and (not append or not files.exists(path)):
            files.write(path, b"")

    def write(self, data: bytes) -> None:
        if self.write_hook is not None:
            self.write_hook(data)
        else:
            self.files.append(self.path, data)


def source_of(stream: Stream) -> Source:
    """The readable side of a stream; one that cannot be read is at its end."""
    if isinstance(stream, PipeEnd):
        return stream.pipe
    return stream if isinstance(stream, Source) else Source()


def unix_lines(text: str) -> list[str]:
    """The lines of a text; a newline alone ends one (str.splitlines knows more ends)."""
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    return lines
