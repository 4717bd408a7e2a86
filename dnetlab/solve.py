"""The course tries itself: every exercise's solution and typical mistake, every question, on a live engine."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from dnetlab import check
from dnetlab.engine import Engine
from dnetlab.errors import DnetlabError
from dnetlab.lab import Lab
from dnetlab.progress import Progress
from dnetlab.types import NetworkType


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was tried: what it is (``type/exercise`` or ``type prediction``), and what is wrong with it.

    ``faults`` is empty where everything is as it must be.
    """

    name: str
    title: str
    faults: tuple[str, ...]
    seconds: float

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "name": self.name,
            "title": self.title,
            "good": self.good,
            "faults": list(self.faults),
            "seconds": round(self.seconds, 3),
        }


def replay(
    kind: NetworkType, engine: Engine, each: Callable[[Finding], None], seed: int = 0, **parameters: Any
) -> None:
    """Replay a type's exercises and predictions; ``each`` gets a finding for every one as soon as it is there.

    ``seed`` is the learner's: it draws the values of the exercises. ``parameters`` are the lab's. Nothing is written
    to a progress file.

    Raises:
        DnetlabError: the lab cannot be built.
    """
    with Lab(kind.name, engine=engine, **parameters) as lab:
        lab.build()
        each(_timed(f"{kind.name} prediction", "Who reaches whom", lambda: _prediction(lab)))
        for exercise in kind.exercises:
            name = f"{kind.name}/{exercise.id}"
            each(_timed(name, exercise.title, lambda e=exercise: _exercise(lab, e, seed)))  # type: ignore[misc]


def _timed(name: str, title: str, faults: Callable[[], Iterator[str]]) -> Finding:
    start = time.monotonic()
    try:
        found = tuple(faults())
    except DnetlabError as error:
        found = (f"it could not be tried to its end: {error}",)
    return Finding(name, title, found, time.monotonic() - start)


def _exercise(lab: Lab, exercise: check.Exercise, seed: int) -> Iterator[str]:
    """Not solved at the start; a typical mistake is refused with a hint; the reference solution solves it."""
    task = check.Task(exercise, lab, Progress("solve", seed))
    try:
        task.start()
        if task.check().solved:
            yield "it is solved before anything is done"
        exercise.wrong(lab, task.values)
        refused = task.check()
        if refused.solved:
            yield "a typical mistake is taken for a solution"
        elif not refused.hint.strip():
            yield "a typical mistake is refused without a hint"
        # Starting again builds the lab anew: whatever the mistake made is gone.
        task.start()
        exercise.solution(lab, task.values)
        judged = task.check()
        if not judged.solved:
            yield f"its own solution does not solve it: {judged}"
    finally:
        task.stop()


def _prediction(lab: Lab) -> Iterator[str]:
    """Who guesses that everybody reaches everybody is told where not, and why; every question has an answer."""
    guess = lab.predict()
    for source in guess.machines:
        for target in guess.machines:
            if source != target:
                guess.guess(source, target, True)
    for question in lab.type.questions:
        guess.answer(question.id, True)
    compared = check.compare(guess, lab)
    if compared.total != len(guess.guesses) + len(guess.answers):
        yield "not everything that was predicted was compared"
    for cell in compared.cells:
        if not cell.right and not cell.why.strip():
            yield f"it is not explained why {cell.source} does not reach {cell.target}"
    for question, _, seen in compared.questions:
        if not seen.evidence:
            yield f"the answer to {question.id!r} has no evidence"
        if not question.why.strip():
            yield f"the question {question.id!r} has no explanation"
