"""The prediction: a matrix to click before anything runs, and the comparison with the live network afterwards."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as w

from dnetlab.check import Comparison, Prediction, Question
from dnetlab.widgets import html, style
from dnetlab.widgets.displayed import Displayed

ASKED = (
    "<p>Does the machine of the <b>row</b> reach the machine of the <b>column</b>, by its address?"
    " Click a cell, or go to it with Tab and press Space: yes, no, or leave it open.</p>"
)
SIGNS: dict[bool | None, str] = {None: "?", True: f"{html.YES} yes", False: f"{html.NO} no"}
NEXT: dict[bool | None, bool | None] = {None: True, True: False, False: None}
WORDS = {None: "open", True: "yes", False: "no"}
STYLES = {None: "", True: "success", False: "danger"}


class Predicting(Displayed):
    """Who will reach whom: click each cell to yes or no, and each question. Without buttons: ``guess``, ``answer``.

    All of it is buttons that are turned by a click, as their text and their tooltip say what was said, and Tab and
    Space are enough: JupyterLab keeps the arrow keys, which radio buttons and lists need, for itself.
    ``compare`` is called by the button; ``prediction`` is what was clicked.
    """

    def __init__(
        self, prediction: Prediction, questions: tuple[Question, ...], compare: Callable[[], None]
    ) -> None:
        self.prediction = prediction
        self.questions = questions
        pairs = [(a, b) for a in prediction.machines for b in prediction.machines if a != b]
        self.cells = {pair: self._turning(prediction.guesses, pair, "auto") for pair in pairs}
        self.answers = {q.id: self._turning(prediction.answers, q.id, "76px") for q in questions}
        self.rest_yes = w.Button(description="The rest: yes", tooltip="Every cell that is still open: yes")
        self.rest_no = w.Button(description="The rest: no", tooltip="Every cell that is still open: no")
        self.clear_button = w.Button(description="Clear", tooltip="Forget what was clicked")
        self.compare_button = w.Button(
            description="Compare", button_style="primary", tooltip="Ask the live network, once it is built"
        )
        self.rest_yes.on_click(lambda _: self.fill(True))
        self.rest_no.on_click(lambda _: self.fill(False))
        self.clear_button.on_click(lambda _: self.clear())
        self.compare_button.on_click(lambda _: self._compare(compare))
        self.count, self.result = w.HTML(), w.HTML()
        self.view = w.VBox(
            [
                w.HTML(style.sheet()),
                w.HTML(ASKED),
                self._grid(),
                *(_row(self.answers[q.id], q.text) for q in questions),
                w.HBox(
                    [self.rest_yes, self.rest_no, self.clear_button, self.compare_button],
                    layout=w.Layout(flex_flow="row wrap"),
                ),
                self.count,
                self.result,
            ]
        )
        self.view.add_class("dnl")
        self.view.add_class("dnl-panel")
        self._show()

    def _turning(self, said: dict[Any, bool], what: Any, width: str) -> Any:
        """A button that turns what is said about a cell or a question."""
        button = w.Button(layout=w.Layout(width=width, flex="0 0 auto", margin="1px"))

        def turn(_: object) -> None:
            after = NEXT[said.pop(what, None)]
            if after is not None:
                said[what] = after
            self._show()

        button.on_click(turn)
        return button

    def _grid(self) -> Any:
        machines = self.prediction.machines
        corner = w.HTML("")
        boxes = [corner, *(_name(m, "center") for m in machines)]
        for source in machines:
            boxes.append(_name(source, "right"))
            boxes += [self.cells.get((source, target)) or _name("·", "center") for target in machines]
        columns = f"max-content repeat({len(machines)}, minmax(52px, 80px))"
        grid = w.GridBox(
            boxes,
            layout=w.Layout(
                grid_template_columns=columns, align_items="center", overflow="auto", max_width="100%"
            ),
        )
        grid.add_class("dnl-matrix")
        return grid

    # --- the same as calls ----------------------------------------------------------------------------------

    def guess(self, source: str, target: str, reaches: bool) -> Predicting:
        """Say that ``source`` reaches ``target`` by address, or not. Raises DnetlabError for unknown machines."""
        self.prediction.guess(source, target, reaches)
        self._show()
        return self

    def answer(self, question: str, yes: bool) -> Predicting:
        """Answer a question by its id."""
        self.prediction.answer(question, yes)
        self._show()
        return self

    def fill(self, reaches: bool) -> None:
        """Every cell that is still open."""
        for pair in self.cells:
            self.prediction.guesses.setdefault(pair, reaches)
        self._show()

    def clear(self) -> None:
        """Forget everything that was said."""
        self.prediction.guesses.clear()
        self.prediction.answers.clear()
        self.result.value = ""
        self._show()

    def _show(self) -> None:
        for (source, target), button in self.cells.items():
            _turn(button, f"{source} reaches {target}", self.prediction.guesses.get((source, target)))
        for question in self.questions:
            _turn(self.answers[question.id], question.text, self.prediction.answers.get(question.id))
        said_so_far = len(self.prediction.guesses) + len(self.prediction.answers)
        total = len(self.cells) + len(self.answers)
        self.count.value = f"<p class='dnl-muted' role='status'>{said_so_far} of {total} predicted.</p>"

    def _compare(self, compare: Callable[[], None]) -> None:
        self.result.value = ""
        compare()

    def fail(self, wrong: BaseException) -> None:
        """Why it cannot be compared, where the button is: the panel may be a page away."""
        self.result.value = html.error(wrong)

    def show(self, found: Comparison) -> None:
        """The comparison, below the matrix."""
        self.result.value = comparison(found)

    def __repr__(self) -> str:
        if self.prediction.guesses or self.prediction.answers:
            return repr(self.prediction)
        return "Run this cell to see the matrix here, and click your prediction into it."


def _turn(button: Any, about: str, said: bool | None) -> None:
    button.description, button.button_style = SIGNS[said], STYLES[said]
    button.tooltip = f"{about}: {WORDS[said]}"


def _row(button: Any, question: str) -> Any:
    text = w.HTML(f"<div style='padding:0 6px'>{escape(question)}</div>", layout=w.Layout(flex="1 1 auto"))
    return w.HBox([button, text], layout=w.Layout(align_items="center"))


def _name(text: str, align: str) -> Any:
    return w.HTML(f"<div style='text-align:{align};padding:0 4px'>{escape(text)}</div>")


class Compared:
    """A comparison as a notebook shows it."""

    def __init__(self, found: Comparison) -> None:
        self.found = found

    def __getattr__(self, name: str) -> Any:
        return getattr(self.found, name)

    def __repr__(self) -> str:
        return str(self.found)

    def _repr_html_(self) -> str:
        return f"{style.sheet()}<div class='dnl'>{comparison(self.found)}</div>"


def comparison(found: Comparison) -> str:
    """What was predicted against what is, as HTML: the matrix, then why each wrong one is as it is."""
    if not found.total:
        return html.notice(str(found))
    head = f"<p>{html.mark(found.right == found.total)} {found.right} of {found.total} right.</p>"
    return head + _cells(found) + _reasons(found) + _questions(found)


def _cells(found: Comparison) -> str:
    if not found.cells:
        return ""
    by_pair = {(c.source, c.target): c for c in found.cells}
    machines = list(dict.fromkeys(m for c in found.cells for m in (c.source, c.target)))
    rows = ""
    for source in machines:
        row = ""
        for target in machines:
            cell = by_pair.get((source, target))
            if cell is None:
                row += f"<td class='dnl-cell dnl-muted'>{'·' if source == target else ''}</td>"
                continue
            is_so = "yes" if cell.found else "no"
            wrong = (
                ""
                if cell.right
                else f"<br><span class='dnl-bad'>you said {'yes' if cell.guessed else 'no'}</span>"
            )
            row += f"<td class='dnl-cell'>{html.mark(cell.right)} {is_so}{wrong}</td>"
        rows += f"<tr><th scope='row'>{escape(source)}</th>{row}</tr>"
    top = "".join(f"<th scope='col' class='dnl-cell'>{escape(m)}</th>" for m in machines)
    caption = "<caption>What is; ✓ you were right, ✗ you were not. The row reaches the column.</caption>"
    return f"<div class='dnl-scroll'><table>{caption}<thead><tr><th></th>{top}</tr></thead><tbody>{rows}</tbody></table></div>"


def _reasons(found: Comparison) -> str:
    wrong = [c for c in found.cells if not c.right]
    return "".join(
        f"<details open><summary>Why {escape(c.source)} {'reaches' if c.found else 'does not reach'} "
        f"{escape(c.target)}</summary>{html.block(c.why or 'No reason is known.')}</details>"
        for c in wrong
    )


def _questions(found: Comparison) -> str:
    shown = ""
    for question, guessed, seen in found.questions:
        right = guessed == seen.holds
        why = "" if right else f"<p>{escape(question.why)}</p>"
        shown += (
            f"<p>{html.mark(right)} {escape(question.text)} <b>{'Yes.' if seen.holds else 'No.'}</b></p>{why}"
        )
    return shown
