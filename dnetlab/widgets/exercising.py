"""Exercises as cards: read the task, bring the lab into its start, type commands, check, ask for a hint."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets as w

from dnetlab import progress
from dnetlab.check import Exercise, Judgement, Task
from dnetlab.widgets import html, style
from dnetlab.widgets.displayed import Displayed

if TYPE_CHECKING:
    from dnetlab.lab import Lab
    from dnetlab.widgets.learning import Learning

LEVELS = {1: "easy", 2: "medium", 3: "hard"}


class Card(Displayed):
    """One exercise. Everything that its buttons do is a method: ``start``, ``check``, ``hint``, ``solution``, ``stop``."""

    def __init__(self, exercise: Exercise, panel: Learning) -> None:
        self.exercise, self.panel = exercise, panel
        self._task: Task | None = None
        self.text = w.HTML()
        self.start_button = _button("Start", "Bring the lab into the state where the task begins", "primary")
        self.check_button = _button("Check", "Look at the live network: is it solved?")
        self.hint_button = _button("Hint", "The next hint")
        self.solution_button = _button("Solution", "The reference solution")
        for button, job in (
            (self.start_button, self._start),
            (self.check_button, self._check),
            (self.hint_button, self._hint),
            (self.solution_button, self._solution),
        ):
            button.on_click(self._run(job))
        self.where = w.Dropdown(options=["docker"], layout=w.Layout(width="130px"), tooltip="where it runs")
        self.command = w.Text(
            placeholder="a command, then Run",
            tooltip="the command",
            layout=w.Layout(width="auto", flex="1 1 220px", min_width="160px"),
        )
        self.run_button = _button("Run", "Run the command on that machine")
        self.run_button.on_click(self._run(self._command))
        self.line, self.answer, self.output = w.HTML(), w.HTML(), w.HTML()
        bar = w.Layout(flex_flow="row wrap", width="auto")
        self.view = w.VBox(
            [
                w.HTML(style.sheet()),
                self.text,
                w.HBox(
                    [self.start_button, self.check_button, self.hint_button, self.solution_button], layout=bar
                ),
                w.HBox(
                    [self.where, self.command, self.run_button],
                    layout=w.Layout(flex_flow="row wrap", width="auto"),
                ),
                self.line,
                self.output,
                self.answer,
            ]
        )
        self.view.add_class("dnl")
        self.view.add_class("dnl-panel")
        self.refresh()

    @property
    def task(self) -> Task:
        """The task on the lab that stands now; with the fields' values where none does."""
        lab = self.panel.current()
        if self._task is None or self._task.lab is not lab:
            self._task = Task(self.exercise, lab, progress.load())
        return self._task

    def refresh(self) -> None:
        """Write the task anew: its values and whether it is solved may have changed."""
        task = self.task
        solved = (
            f" <span class='dnl-good'>{html.YES} solved</span>" if task.name in task.progress.solved else ""
        )
        level = LEVELS.get(self.exercise.level, "hard")
        self.text.value = (
            f"<h3 class='dnl-title'>{escape(self.exercise.title)} <span class='dnl-muted'>({level})</span>{solved}</h3>"
            f"{_paragraphs(task.text)}"
        )
        machines = ["docker", *(m.name for m in task.lab.plan.topology.machines if m.role != "internet")]
        if list(self.where.options) != machines:
            self.where.options = machines

    # --- the same as calls ----------------------------------------------------------------------------------

    def start(self) -> Card:
        """Bring the lab into the state where the task begins."""
        self.panel.do(self._start)
        return self

    def check(self) -> Judgement:
        """Look at the live network: is it solved? The first thing that is not as it must be has a hint."""
        found: list[Judgement] = []
        self.panel.do(lambda: found.append(self._check()))
        return found[0]

    def hint(self) -> str:
        """The next hint."""
        return self._hint()

    def solution(self) -> str:
        """The reference solution."""
        return self._solution()

    def stop(self) -> None:
        """End the task: what its start had changed is mended."""
        if self._task is not None:
            self.panel.do(self._task.stop)

    def __repr__(self) -> str:
        return str(self.task)

    # --- what the buttons do --------------------------------------------------------------------------------

    def _run(self, job: Callable[[], object]) -> Callable[[Any], None]:
        def shown() -> None:
            self.answer.value = self.output.value = ""
            try:
                job()
            except Exception as wrong:
                self.answer.value = html.error(wrong)
                raise

        return lambda _: self.panel.begin(shown)

    def _say(self, line: str) -> None:
        self.line.value = html.in_python(line)

    def _standing(self) -> Lab:
        return self.panel.standing()

    def _start(self) -> None:
        self._standing()
        self._say(f'task = lab.exercise("{self.exercise.id}"); task.start()')
        self.task.start(self.panel.fresh)
        self.refresh()
        self.answer.value = html.notice("Ready. The lab is in the state where the task begins.")

    def _check(self) -> Judgement:
        self._standing()
        self._say("task.check()")
        judgement = self.task.check()
        self.refresh()
        self.answer.value = judged(judgement)
        return judgement

    def _hint(self) -> str:
        self._say("print(task.hint())")
        text = self.task.hint()
        self.answer.value = f"<div class='dnl-notice' role='status'>{_paragraphs(text)}</div>"
        return text

    def _solution(self) -> str:
        self._say("print(task.solution())")
        text = self.task.solution()
        self.answer.value = f"<p class='dnl-muted'>One way to do it:</p>{html.block(text)}"
        return text

    def _command(self) -> None:
        lab, text = self._standing(), self.command.value.strip()
        where = self.where.value
        if where == "docker":
            text = text.removeprefix("docker ").strip()
            self._say(f"lab.docker({text!r})")
            found = lab.docker(text)
        else:
            self._say(f'lab.run("{where}", {text!r})')
            found = lab.run(where, text)
        self.output.value = html.result(found)


class Cards(Displayed):
    """All exercises of a type."""

    def __init__(self, panel: Learning) -> None:
        self.cards = {e.id: panel.card(e.id) for e in panel.type.exercises}
        if self.cards:
            self.view = w.VBox([card.view for card in self.cards.values()])
        else:
            self.view = w.HTML("<p>This lesson has no exercises.</p>")

    def __repr__(self) -> str:
        return "\n\n".join(repr(card) for card in self.cards.values()) or "This lesson has no exercises."


def judged(judgement: Judgement) -> str:
    """What came out of a check, as HTML."""
    head = f"{html.mark(judgement.solved)} {'Solved!' if judgement.solved else 'Not yet.'}"
    seen = "".join(f"<li>{html.mark(s.holds)} {escape(s.what)}</li>" for s in judgement.seen)
    hint = f"<p><b>Hint:</b> {escape(judgement.hint)}</p>" if judgement.hint else ""
    return f"<div role='status'><p>{head}</p><ul class='dnl-seen'>{seen}</ul>{hint}</div>"


def _paragraphs(text: str) -> str:
    """Text with blank lines between paragraphs and `code` in backticks."""
    shown = ""
    for paragraph in text.strip().split("\n\n"):
        parts = escape(paragraph).split("`")
        coded = "".join(f"<code>{part}</code>" if number % 2 else part for number, part in enumerate(parts))
        shown += f"<p>{coded}</p>"
    return shown


def _button(text: str, tooltip: str, look: str = "") -> Any:
    return w.Button(
        description=text, tooltip=tooltip, button_style=look, layout=w.Layout(width="auto", min_width="76px")
    )
