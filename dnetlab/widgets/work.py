"""Long work beside the notebook: in a thread where threads exist, cancellable, one job at a time."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable

Job = Callable[[], None]
AHEAD = 0.3
"""Seconds after which a job is done ahead."""


class Cancelled(Exception):
    """The learner pressed Cancel. Raised inside the work, so that its own clean-up runs."""


def ahead(job: Job) -> None:
    """Do something that is needed soon while the learner still reads; without threads it is left for later.

    It waits a moment, so that whoever runs one cell after the other is not slowed down by it.
    """
    if sys.platform == "emscripten":
        return
    timer = threading.Timer(AHEAD, job)
    timer.daemon = True
    with contextlib.suppress(RuntimeError):  # a Python without threads says it only now
        timer.start()


class Worker:
    """Runs one job at a time and tells ``changed`` when it begins and ends.

    A job is any function; it calls :meth:`check` now and then, which raises :class:`Cancelled` once
    :meth:`cancel` was called.
    """

    def __init__(self, changed: Callable[[], None] = lambda: None) -> None:
        self._changed = changed
        self._stop = threading.Event()
        self._free = threading.Lock()
        self._thread: threading.Thread | None = None
        self.busy = False

    def start(self, job: Job) -> bool:
        """Begin the job and return; False, and nothing happens, where another one runs.

        Without threads (Pyodide) the job is done when this returns.
        """
        if not self._free.acquire(blocking=False):
            return False
        self._begin()
        if sys.platform == "emscripten":
            self._run(job)
            return True
        thread = threading.Thread(target=self._run, args=(job,), name="dnetlab-panel", daemon=True)
        self._thread = thread
        try:
            thread.start()
        except RuntimeError:  # a Python without threads says it only now
            self._thread = None
            self._run(job)
        return True

    def do(self, job: Job) -> None:
        """Do the job here and now, after a running one has ended. What the job raises is raised."""
        if threading.current_thread() is self._thread:
            job()
            return
        self._free.acquire()
        self._begin()
        self._run(job)

    def _begin(self) -> None:
        self._stop.clear()
        self.busy = True
        self._changed()

    def _run(self, job: Job) -> None:
        try:
            job()
        finally:
            self.busy = False
            self._free.release()
            self._changed()

    def cancel(self) -> None:
        """Ask the running job to stop at its next check."""
        self._stop.set()

    @property
    def cancelling(self) -> bool:
        """Whether a running job was asked to stop."""
        return self.busy and self._stop.is_set()

    def check(self) -> None:
        """Called by the job. Raises Cancelled where it was asked to stop."""
        if self._stop.is_set():
            raise Cancelled

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until no job runs; False where one still does after that time."""
        if not self._free.acquire(timeout=-1 if seconds is None else seconds):
            return False
        self._free.release()
        return True
