"""The scheduler: resumes those programs of one kernel whose moment has come, and says what became of one that failed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from types import GeneratorType
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakKeyDictionary

from dnetlab.embedded.kernel import Kernel, KernelError

from .program import DEFECT, SIGNALS, Exit, Program, Wait
from .streams import BrokenPipe

if TYPE_CHECKING:
    from .process import Process


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


def pass_time(kernel: Kernel, seconds: float) -> None:
    """Let simulated time pass, with all processes of a kernel going on."""
    Scheduler.of(kernel).drive(lambda: False, seconds)
