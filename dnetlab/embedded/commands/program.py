"""What a program is: a function of its process, which may be a generator that yields where a real one would block."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from types import GeneratorType

from .streams import Condition

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
