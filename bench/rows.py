"""A line of the table, and how times are taken."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement: what, how long (seconds), against what, and what it should be at most.

    ``most`` is a limit for the ratio where there is something to compare with (``beside``), else for the seconds.
    """

    what: str
    seconds: float
    beside: str = ""
    beside_seconds: float = 0.0
    most: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times as long as what it is compared with."""
        return self.seconds / self.beside_seconds if self.beside_seconds else None

    @property
    def within(self) -> bool | None:
        """Whether it is within its limit; None where it has none."""
        if self.most is None:
            return None
        return (self.ratio if self.ratio is not None else self.seconds) <= self.most


@dataclass(frozen=True, slots=True)
class NotRun:
    """A part that could not be run, and why."""

    what: str
    why: str


def timed(work: Callable[[], object]) -> float:
    """Seconds that it takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def processor(work: Callable[[], object]) -> float:
    """Seconds of processor time that it takes: what else runs on the machine does not count."""
    start = time.process_time()
    work()
    return time.process_time() - start


def in_turn(rounds: int, *works: Callable[[], float]) -> list[float]:
    """The median of each over so many rounds; taken in turn, so that a slow minute hits all alike."""
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for own, work in zip(taken, works, strict=True):
            own.append(work())
    return [statistics.median(own) for own in taken]


def _time(seconds: float) -> str:
    if seconds < 0.001:
        return f"{seconds * 1e6:.0f} us"
    return f"{seconds * 1000:.1f} ms" if seconds < 0.1 else f"{seconds:.2f} s"


def table(rows: Iterable[Row | NotRun]) -> str:
    """The table as text."""
    lines = [("what", "time", "compared with", "time", "ratio", "at most", "")]
    for row in rows:
        if isinstance(row, NotRun):
            lines.append((row.what, "not run", row.why, "", "", "", ""))
            continue
        ratio = f"{row.ratio:.2f}" if row.ratio is not None else ""
        limit = "" if row.most is None else f"{row.most:g} x" if row.ratio is not None else _time(row.most)
        mark = {True: "✓", False: "✗ above", None: ""}[row.within]
        beside = _time(row.beside_seconds) if row.beside_seconds else ""
        against = " ".join(filter(None, (row.beside, f"({row.note})" if row.note else "")))
        lines.append((row.what, _time(row.seconds), against, beside, ratio, limit, mark))
    wide = [max(len(line[column]) for line in lines) for column in range(6)]
    return "\n".join(
        "  ".join(cell.ljust(w) for cell, w in zip(line, [*wide, 0], strict=True)).rstrip() for line in lines
    )
