"""Predictions and exercises: a learner says what will happen, does what is asked, and the live network judges.

Checks look at the network, never at the learner's text, so every right way of doing it counts. Everything here
works without widgets; :mod:`dnetlab.widgets` puts buttons on it.
"""

from __future__ import annotations

import random
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dnetlab import tints
from dnetlab.claims import Seen
from dnetlab.errors import DnetlabError

if TYPE_CHECKING:
    from dnetlab.lab import Lab
    from dnetlab.progress import Progress

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Exercise:
    """A task on a live lab.

    ``task`` is the text, with ``{name}`` places for the learner's own values, which ``values`` draws for a lab from a
    random generator, and for the lab's (:func:`dnetlab.exercises.places.places`). ``start`` brings the lab into the
    state where the task begins (a context manager: what it breaks is mended at the end); ``check`` yields what must
    be seen; ``hints`` go from a nudge to nearly the answer. ``solution`` and ``wrong`` are the reference solution and
    a typical mistake: the tests replay both, and the mistake must be refused with a hint.
    """

    id: str
    title: str
    task: str
    check: Callable[[Lab, Values], Iterator[Seen]]
    solution: Callable[[Lab, Values], object]
    wrong: Callable[[Lab, Values], object]
    hints: tuple[str, ...]
    answer: str
    values: Callable[[random.Random, Lab], dict[str, Any]] = lambda _, lab: {}
    start: Callable[[Lab, Values], AbstractContextManager[object]] | None = None
    level: int = 1


@dataclass(frozen=True, slots=True)
class Judgement:
    """What came out of a check: whether it is solved, what was seen, and a hint where it is not."""

    exercise: Exercise
    solved: bool
    seen: tuple[Seen, ...]
    hint: str = ""

    def __str__(self) -> str:
        head = "✓ Solved" if self.solved else "✗ Not yet"
        lines = [f"{head}: {self.exercise.title}"]
        lines += [f"    {'✓' if s.holds else '✗'} {s.what}" for s in self.seen]
        if self.hint:
            lines.append(f"    Hint: {self.hint}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        import html

        colour = tints.GOOD if self.solved else tints.BAD
        seen = "".join(f"<li>{'✓' if s.holds else '✗'} {html.escape(s.what)}</li>" for s in self.seen)
        hint = f"<p><b>Hint:</b> {html.escape(self.hint)}</p>" if self.hint else ""
        head = "✓ Solved" if self.solved else "✗ Not yet"
        title = html.escape(self.exercise.title)
        return (
            f"<div><b style='{colour}'>{head}: {title}</b><ul style='list-style:none'>{seen}</ul>{hint}</div>"
        )


class Task:
    """An exercise on a live lab, for one learner: read it (``print(task)``), ``start``, do it, ``check``, ``hint``."""

    def __init__(self, exercise: Exercise, lab: Lab, progress: Progress) -> None:
        from dnetlab.exercises.places import places

        self.exercise, self.lab, self.progress = exercise, lab, progress
        self.name = f"{lab.type.name}/{exercise.id}"
        # The seed and the name together: the same values for a learner each time, others for the neighbour.
        rng = random.Random(f"{progress.seed}/{self.name}")
        self.values: Values = places(lab) | exercise.values(rng, lab)
        self.tries = 0
        self.hints_seen = 0
        self._end: weakref.finalize[..., Task] | None = None
        self._on: object = None

    @property
    def text(self) -> str:
        """The task with this learner's values."""
        return self.exercise.task.format(**self.values)

    def __str__(self) -> str:
        done = "  (solved)" if self.name in self.progress.solved else ""
        return f"{self.exercise.title}{done}\n{self.text}"

    def __repr__(self) -> str:
        return str(self)

    def _repr_markdown_(self) -> str:
        done = " ✓" if self.name in self.progress.solved else ""
        return f"**{self.exercise.title}**{done}\n\n{self.text}"

    def start(self, rebuild: Callable[[], object] | None = None) -> Task:
        """Bring the lab into the state where the task begins. Starting again begins anew.

        The lab is built anew first, by ``rebuild`` or else by itself: what another exercise or an experiment left
        would be in the way, or be taken for a solution. Raises NotBuilt where no lab stands, InUse where a container
        that was made past the lab has a name of the task.
        """
        from dnetlab.exercises.places import unclaimed

        _ = self.lab.lan
        if (other := _BEGUN.get(self.lab)) and (task := other()):
            task.stop()
        (rebuild or self.lab.build)()
        unclaimed(self.lab, self.values)
        stack = ExitStack()
        if self.exercise.start is not None:
            stack.enter_context(self.exercise.start(self.lab, self.values))
        # A task that nobody holds any more ends too, also when its lab is gone by then.
        self._end = weakref.finalize(self, _quietly, stack)
        self._on = self.lab.lan
        _BEGUN[self.lab] = weakref.ref(self)
        return self

    def stop(self) -> None:
        """End the task: what its start had changed is mended."""
        if self._end is not None and (ending := self._end.detach()):
            self._end = None
            stack: ExitStack = ending[2][0]
            stack.close()

    @property
    def begun(self) -> bool:
        """Whether the lab stands as it was when this task was started on it, with what was done since."""
        return self._end is not None and self.lab.built and self.lab.lan is self._on

    def check(self) -> Judgement:
        """Look at the live network. The hint belongs to the first thing that is not as it must be.

        What a task's start broke is whole in a lab where it was not started, or that was built anew since: no solution.
        """
        if self.exercise.start is not None and self.lab.built and not self.begun:
            hint = "This task begins with Start, in Python task.start(): it builds the network anew and changes something."
            return Judgement(self.exercise, False, (), hint)
        self.tries += 1
        judgement = judge(self.exercise, self.lab, self.values)
        if judgement.solved:
            self.progress.solve(self.name, self.tries, self.hints_seen)
        return judgement

    def hint(self) -> str:
        """The next hint; after the last one it stays at the last."""
        hints = self.exercise.hints
        self.hints_seen = min(self.hints_seen + 1, len(hints))
        return f"Hint {self.hints_seen} of {len(hints)}: {hints[self.hints_seen - 1].format(**self.values)}"

    def solution(self) -> str:
        """The reference solution, as commands to run."""
        self.hints_seen = len(self.exercise.hints)
        return self.exercise.answer.format(**self.values)


_BEGUN: weakref.WeakKeyDictionary[Lab, weakref.ref[Task]] = weakref.WeakKeyDictionary()
"""The task that was begun on a lab: one at a time."""


def _quietly(stack: ExitStack) -> None:
    with suppress(Exception):
        stack.close()


def judge(exercise: Exercise, lab: Lab, values: Values) -> Judgement:
    """Check an exercise on the live lab."""
    seen: list[Seen] = []
    trouble = ""
    try:
        lab.look_again()
        for expectation in exercise.check(lab, values):
            seen.append(expectation)
            if not expectation.holds:
                break
    except DnetlabError as error:
        trouble = str(error)
    solved = bool(seen) and not trouble and all(s.holds for s in seen)
    hint = ""
    if not solved:
        from dnetlab.exercises.places import missing

        hint = trouble or missing(lab, values, seen) or exercise.hints[0].format(**values)
    return Judgement(exercise, solved, tuple(seen), hint)


# --- predictions -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Question:
    """A question whose answer the live network gives: yes or no.

    ``ask`` gives the answer with its evidence; ``why`` explains it where the learner was wrong.
    """

    id: str
    text: str
    ask: Callable[[Lab], Seen]
    why: str


@dataclass(slots=True)
class Prediction:
    """Who will reach whom, said before anything runs. ``guesses`` maps (source, target) to True or False."""

    machines: tuple[str, ...]
    questions: tuple[Question, ...] = ()
    guesses: dict[tuple[str, str], bool] = field(default_factory=dict)
    answers: dict[str, bool] = field(default_factory=dict)

    def guess(self, source: str, target: str, reaches: bool) -> Prediction:
        """Say that ``source`` reaches ``target`` by address, or not. Raises DnetlabError for unknown machines."""
        for machine in (source, target):
            if machine not in self.machines:
                raise DnetlabError(
                    f"There is no machine {machine!r} in the matrix.",
                    f"There are {', '.join(self.machines)}.",
                )
        if source == target:
            raise DnetlabError("A machine always reaches itself.", "", "Name two machines.")
        self.guesses[source, target] = bool(reaches)
        return self

    def answer(self, question: str, yes: bool) -> Prediction:
        """Answer a question by its id. Raises DnetlabError for an unknown one."""
        if question not in [known.id for known in self.questions]:
            there = ", ".join(known.id for known in self.questions)
            raise DnetlabError(f"There is no question {question!r}.", f"There are {there or 'none'}.")
        self.answers[question] = bool(yes)
        return self

    def __str__(self) -> str:
        if not self.guesses and not self.answers:
            return self._asked()
        lines = [f"{a} {'reaches' if r else 'does not reach'} {b}" for (a, b), r in self.guesses.items()]
        lines += [f"{q}: {'yes' if yes else 'no'}" for q, yes in self.answers.items()]
        return "You predict:\n" + "\n".join(f"  {line}" for line in lines)

    def _asked(self) -> str:
        """What can be predicted, and how it is said without a mouse."""
        lines = ["Nothing predicted yet. Who reaches whom?", f"  machines: {', '.join(self.machines)}"]
        lines += [f"  {question.id}: {question.text}" for question in self.questions]
        lines += [f'Say prediction.guess("{self.machines[0]}", "{self.machines[-1]}", True) or False']
        if self.questions:
            lines[-1] += f', and prediction.answer("{self.questions[0].id}", True) or False'
        return "\n".join(lines) + "."

    def __repr__(self) -> str:
        return str(self)


@dataclass(frozen=True, slots=True)
class Cell:
    """One predicted cell against the network: ``why`` is the network's own verdict where the guess was wrong."""

    source: str
    target: str
    guessed: bool
    found: bool
    why: str = ""

    @property
    def right(self) -> bool:
        """Whether the learner was right."""
        return self.guessed == self.found


@dataclass(frozen=True, slots=True)
class Comparison:
    """A prediction against the live network."""

    cells: tuple[Cell, ...]
    questions: tuple[tuple[Question, bool, Seen], ...] = ()

    @property
    def right(self) -> int:
        """How many were right."""
        return sum(c.right for c in self.cells) + sum(g == s.holds for _, g, s in self.questions)

    @property
    def total(self) -> int:
        """How many were predicted."""
        return len(self.cells) + len(self.questions)

    def __str__(self) -> str:
        if not self.total:
            return "Nothing was predicted yet: click the matrix of step 2, then run this again."
        lines = [f"{self.right} of {self.total} right."]
        for cell in self.cells:
            fact = "reaches" if cell.found else "does not reach"
            lines.append(f"  {'✓' if cell.right else '✗'} {cell.source} {fact} {cell.target}")
            if cell.why:
                lines.append(f"      {cell.why}")
        for question, guessed, seen in self.questions:
            right = guessed == seen.holds
            lines.append(f"  {'✓' if right else '✗'} {question.text} {'Yes.' if seen.holds else 'No.'}")
            if not right:
                lines.append(f"      {question.why}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return str(self)


def prediction(lab: Lab, machines: tuple[str, ...] | None = None) -> Prediction:
    """An empty prediction for a lab: its containers (three at most), the first PC, the host."""
    if machines is None:
        topology = lab.plan.topology
        containers = tuple(m.name for m in topology.of_role("container"))[:3]
        pcs = tuple(m.name for m in topology.of_role("pc"))[:2]
        machines = (*containers, *pcs, "host")
    there = [m.name for m in lab.plan.topology.machines]
    for machine in machines:
        if machine not in there:
            raise DnetlabError(f"There is no machine {machine!r}.", f"There are {', '.join(there)}.")
    return Prediction(machines, tuple(lab.type.questions))


def compare(guess: Prediction, lab: Lab, progress: Progress | None = None) -> Comparison:
    """Try what was predicted on the live lab; each wrong cell is explained by the network itself."""
    if not isinstance(guess, Prediction):
        raise DnetlabError(
            f"{guess!r} is no prediction.",
            "",
            "Make one with prediction = lab.predict(), then lab.compare(prediction).",
        )
    reach = lab.reach(*guess.machines)
    cells = []
    for (source, target), guessed in guess.guesses.items():
        found = bool(reach[source, target])
        why = "" if guessed == found else _why(lab, source, target)
        cells.append(Cell(source, target, guessed, found, why))
    known = {q.id: q for q in lab.type.questions}
    questions = [
        (known[name], yes, known[name].ask(lab)) for name, yes in guess.answers.items() if name in known
    ]
    result = Comparison(tuple(cells), tuple(questions))
    if progress is not None and result.total:
        progress.predict(lab.type.name, result.right, result.total)
    return result


def _why(lab: Lab, source: str, target: str) -> str:
    return str(lab.explain(source, target))
