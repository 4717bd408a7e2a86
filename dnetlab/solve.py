"""The course tests itself: every exercise is replayed on an engine, with its reference solution and a typical mistake."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from dnetlab.check import Exercise, Task
from dnetlab.engine import Engine
from dnetlab.lab import Lab
from dnetlab.progress import Progress
from dnetlab.types import NetworkType


@dataclass(frozen=True, slots=True)
class Replay:
    """One exercise replayed: what was wrong with it, nothing where it is good."""

    name: str
    faults: tuple[str, ...]

    def __str__(self) -> str:
        return f"{'✗' if self.faults else '✓'} {self.name}" + "".join(
            f"\n    {fault}" for fault in self.faults
        )


def replay(kind: NetworkType, engine: str | Engine | None, *, seed: int = 1) -> Iterator[Replay]:
    """Replay a type's exercises and its predictions.

    Each exercise on a fresh lab: it is not solved at its start, its mistake is refused with a hint; and on another
    fresh lab its reference solution solves it. Nothing is written to the learner's progress file.
    """
    for exercise in kind.exercises:
        faults = [*_mistake(kind, engine, exercise, seed), *_solution(kind, engine, exercise, seed)]
        yield Replay(f"{kind.name}/{exercise.id}", tuple(faults))
    yield Replay(f"{kind.name}/prediction", tuple(_prediction(kind, engine)))


def _on_a_lab(
    kind: NetworkType,
    engine: str | Engine | None,
    exercise: Exercise,
    seed: int,
    do: Callable[[Task], Iterator[str]],
) -> list[str]:
    with Lab(kind.name, engine=engine) as lab:
        lab.build()
        task = Task(exercise, lab, Progress("solve", seed)).start()
        try:
            return list(do(task))
        finally:
            task.stop()


def _mistake(kind: NetworkType, engine: str | Engine | None, exercise: Exercise, seed: int) -> list[str]:
    def do(task: Task) -> Iterator[str]:
        if "{" in task.text:
            yield f"a value is missing in its text: {task.text}"
        if task.check().solved:
            yield "it is solved before anything was done"
        exercise.wrong(task.lab, task.values)
        judgement = task.check()
        if judgement.solved:
            yield "the typical mistake is taken for a solution"
        elif not judgement.hint or "{" in judgement.hint:
            yield f"the typical mistake gets no good hint: {judgement.hint!r}"

    return _on_a_lab(kind, engine, exercise, seed, do)


def _solution(kind: NetworkType, engine: str | Engine | None, exercise: Exercise, seed: int) -> list[str]:
    def do(task: Task) -> Iterator[str]:
        exercise.solution(task.lab, task.values)
        judgement = task.check()
        if not judgement.solved:
            yield f"the reference solution does not solve it: {judgement}"
        for _ in exercise.hints:
            if "{" in task.hint():
                yield "a value is missing in a hint"
        if not task.solution():
            yield "it shows no solution"

    return _on_a_lab(kind, engine, exercise, seed, do)


def _prediction(kind: NetworkType, engine: str | Engine | None) -> Iterator[str]:
    """A prediction that says yes to everything is compared without error, and what is wrong in it is explained."""
    with Lab(kind.name, engine=engine) as lab:
        guess = lab.predict()
        for source in guess.machines:
            for target in guess.machines:
                if source != target:
                    guess.guess(source, target, True)
        for question in kind.questions:
            guess.answer(question.id, True)
        lab.build()
        from dnetlab import check

        result = check.compare(guess, lab)
        for cell in result.cells:
            if not cell.right and not cell.why:
                yield f"nothing explains why {cell.source} does not reach {cell.target}"
        if len(result.questions) != len(kind.questions):
            yield "a question was not answered"
