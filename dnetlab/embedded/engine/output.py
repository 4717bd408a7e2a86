"""Following what a process prints, and letting simulated time run for it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from .streams import STDERR, STDOUT, Chunk, Input

if TYPE_CHECKING:
    from ..commands import Job

FREE: Final = 60.0
"""Simulated seconds that pass at once for somebody who waits; beyond them time runs as outside.

So a lost ping costs nothing, and an endless one does not fill the screen faster than a real one would."""

STEP: Final = 1.0

SOON: Final = 5.0
"""An event due within so many simulated seconds is one that somebody waits for."""

STREAMS: Final = {"stdout": STDOUT, "stderr": STDERR}


def timed(job: Job) -> bool:
    """Whether a process of the job waits for a moment: then time alone brings news.

    A server, a shell at its prompt and ``sleep infinity`` wait for others, however long.
    """
    return any(
        process.job is job and process.wait is not None and process.wait.until is not None
        for process in job.context.processes.values()
    )


class Pace:
    """Says how far simulated time may run ahead for one observer."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._simulated = job.context.kernel.now
        self._world = time.monotonic()

    def step(self, seconds: float = STEP) -> bool:
        """Lets up to that many simulated seconds pass, if that can bring news and is not too early.

        Returns:
            Whether time has passed.
        """
        job, kernel = self._job, self._job.context.kernel
        if job.exit_code is not None:
            return False
        if not timed(job):
            # What is on its way (an answer, a handshake) arrives soon; what idle machines wait for comes
            # later.
            due = kernel.next_event
            if due is None or due - kernel.now >= SOON:
                return False
            seconds = due - kernel.now + 1e-6
        elif kernel.now - self._simulated - (time.monotonic() - self._world) >= FREE:
            return False
        before = job.news
        job.process.scheduler.drive(lambda: job.news != before, seconds)
        return True


def follow(job: Job, read: Input | None = None, taken: int = 0) -> Iterator[Chunk | None]:
    """A job's output as it comes, feeding it input; ends with the job. ``None``: nothing now.

    Args:
        job: what runs.
        read: where its standard input comes from; None for one that reads nothing.
        taken: how many pieces of its output are left out.
    """
    pace = Pace(job)
    open_input = read is not None
    while True:
        if open_input and read is not None and job.exit_code is None:
            data = read()
            if data:
                job.feed(data)
            elif data is not None:
                job.close_stdin()
                open_input = False
            if data is not None:
                # Whoever waited for input goes on at once.
                job.process.scheduler.drive(lambda: False, 0.0)
        if taken < len(job.chunks):
            for stream, data in job.chunks[taken:]:
                taken += 1
                yield STREAMS[stream], data
        elif job.exit_code is not None:
            return
        elif not pace.step():
            yield None
