"""The prediction's matrix and the comparison, clicked and called."""

from __future__ import annotations

import pytest

import dnetlab
from dnetlab.check import Cell, Comparison, Question
from dnetlab.claims import Seen
from dnetlab.errors import DnetlabError, NotBuilt
from dnetlab.widgets import Panel
from dnetlab.widgets.predicting import Compared, Predicting, comparison

QUESTION = Question(
    "names", "Do names work?", lambda lab: Seen.that("it resolves", True), "Docker's DNS answers."
)


@pytest.fixture
def panel() -> Panel:
    return dnetlab.panel("user_bridge", "embedded")


def test_a_click_goes_from_open_to_yes_to_no_and_back(panel: Panel) -> None:
    matrix = panel.predict()
    cell = matrix.cells["web", "db"]
    said = []
    for _ in range(4):
        said.append((cell.description, cell.tooltip, matrix.prediction.guesses.get(("web", "db"))))
        cell.click()
    assert said == [
        ("?", "web reaches db: open", None),
        ("✓ yes", "web reaches db: yes", True),
        ("✗ no", "web reaches db: no", False),
        ("?", "web reaches db: open", None),
    ]


def test_the_rest_can_be_filled_and_everything_forgotten(panel: Panel) -> None:
    matrix = panel.predict()
    matrix.cells["web", "db"].click()
    matrix.rest_no.click()
    assert matrix.prediction.guesses["web", "db"] is True
    assert sum(matrix.prediction.guesses.values()) == 1
    assert len(matrix.prediction.guesses) == len(matrix.cells)
    matrix.clear_button.click()
    assert matrix.prediction.guesses == {} and "0 of" in matrix.count.value


def test_calls_do_what_clicks_do(panel: Panel) -> None:
    matrix = panel.predict().guess("pc1", "web", False)
    assert matrix.cells["pc1", "web"].description == "✗ no"
    with pytest.raises(DnetlabError, match="no machine 'nobody'"):
        matrix.guess("nobody", "web", True)


def test_questions_are_answered_by_button_or_call(panel: Panel) -> None:
    matrix = Predicting(panel.current().predict(), (QUESTION,), lambda: None)
    button = matrix.answers["names"]
    button.click()
    assert matrix.prediction.answers == {"names": True}
    assert (button.description, button.tooltip) == ("✓ yes", "Do names work?: yes")
    matrix.answer("names", False)
    assert button.description == "✗ no"
    button.click()
    assert matrix.prediction.answers == {} and button.description == "?"
    button.click()
    matrix.clear()
    assert matrix.prediction.answers == {} and button.description == "?"


def test_what_was_said_stays_when_the_cell_is_run_again(panel: Panel) -> None:
    question = panel.type.questions[0].id
    panel.predict().guess("web", "db", True).answer(question, False)
    assert panel.predict().prediction.guesses == {("web", "db"): True}
    panel.set(containers=3)
    again = panel.predict()
    assert again.prediction.guesses == {("web", "db"): True} and ("web", "app") in again.cells
    assert again.prediction.answers == {question: False}


def test_compare_before_the_build_says_what_to_do(panel: Panel) -> None:
    matrix = panel.predict()
    with pytest.raises(NotBuilt, match="Press Build"):
        panel.lab.compare(matrix)
    matrix.compare_button.click()
    panel.wait(30)
    assert "Nothing is built" in panel.message.value


FOUND = Comparison(
    (
        Cell("web", "db", True, True),
        Cell("host", "web", True, False, "A macvlan parent and its <child> exchange no frames."),
    ),
    ((QUESTION, False, Seen.that("it resolves", True)),),
)


def test_a_wrong_cell_is_explained_and_a_right_one_is_not() -> None:
    shown = comparison(FOUND)
    assert "1 of 3 right" in shown
    assert shown.count("you said") == 1 and "you said yes" in shown
    assert "Why host does not reach web" in shown and "&lt;child&gt; exchange no frames" in shown
    assert "Why web" not in shown
    assert "Do names work? <b>Yes.</b>" in shown and "Docker&#x27;s DNS answers." in shown


def test_a_comparison_prints_as_text_too() -> None:
    assert repr(Compared(FOUND)) == str(FOUND)
    assert "dnl-cell" in Compared(FOUND)._repr_html_()


def test_nothing_predicted_is_said() -> None:
    assert "Nothing was predicted" in comparison(Comparison(()))


def test_compare_before_the_build_says_so_where_the_button_is() -> None:
    panel = dnetlab.panel("user_bridge", "embedded")
    matrix = panel.lab.predict()
    matrix.compare_button.click()
    panel.wait(60)
    assert "Press Build in the panel" in matrix.result.value
