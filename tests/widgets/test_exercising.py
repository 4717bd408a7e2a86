"""Exercise cards: start, command, check, hint, solution, by button and by call."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import dnetlab
from dnetlab import progress
from dnetlab.errors import DnetlabError, NotBuilt
from dnetlab.widgets import Panel


@pytest.fixture
def panel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Panel]:
    monkeypatch.setenv("DNETLAB_PROGRESS", str(tmp_path / "progress.json"))
    monkeypatch.setenv("DNETLAB_SEED", "7")
    made = dnetlab.panel("user_bridge", "embedded")
    yield made
    made.remove()


def test_an_exercise_goes_from_not_yet_by_hints_to_solved(panel: Panel) -> None:
    panel.build()
    card = panel.lab.exercise("newcomer").start()
    assert not card.check().solved
    assert "Not yet." in card.answer.value
    card.hint_button.click()
    panel.wait(60)
    assert "Hint 1 of" in card.answer.value
    card.exercise.solution(panel.current(), card.task.values)
    card.check_button.click()
    panel.wait(60)
    assert "Solved!" in card.answer.value and "solved" in card.text.value
    assert "user_bridge/newcomer" in progress.load().solved


def test_commands_typed_into_the_card_run_and_show_what_they_printed(panel: Panel) -> None:
    panel.build()
    card = panel.lab.exercise("newcomer")
    card.command.value = "docker run -d --name extra --network shop dnetlab/lab:1"
    card.run_button.click()
    panel.wait(60)
    assert "dnl-error" not in card.answer.value
    assert panel.lab.ping("web", "extra", by="name").ok
    card.where.value = "web"
    card.command.value = "ip -br address"
    card.run_button.click()
    panel.wait(60)
    assert "172.28.0.2/24" in card.output.value
    assert "lab.run(&quot;web&quot;" in card.line.value


def test_an_error_of_a_command_is_shown_in_the_card(panel: Panel) -> None:
    panel.build()
    card = panel.lab.exercise("newcomer")
    card.command.value = "docker frobnicate"
    card.run_button.click()
    panel.wait(60)
    assert "dnl-error" in card.answer.value or "exit status" in card.output.value


def test_before_the_build_a_card_says_what_to_do(panel: Panel) -> None:
    card = panel.lab.exercise("newcomer")
    with pytest.raises(NotBuilt, match="Press Build"):
        card.check()
    card.start_button.click()
    panel.wait(60)
    assert "Press Build in the panel" in card.answer.value


def test_a_card_follows_the_panel_to_a_new_lab(panel: Panel) -> None:
    panel.build()
    card = panel.lab.exercise("newcomer").start()
    panel.set(containers=3)
    panel.build()
    assert card.task.lab is panel.current()
    card.start()
    assert not card.check().solved


def test_starting_one_exercise_clears_away_what_another_one_broke(panel: Panel) -> None:
    panel.build()
    broken = panel.lab.exercise("repair").start()
    assert not broken.check().solved
    panel.lab.exercise("newcomer").start()
    assert panel.lab.ping("web", "db", by="name").ok
    assert "begins with Start" in broken.check().hint, "what is whole again was not mended by the learner"


def test_the_values_stay_those_of_the_learner(panel: Panel) -> None:
    one = panel.lab.exercise("newcomer").task.values
    two = dnetlab.panel("user_bridge", "embedded").lab.exercise("newcomer").task.values
    assert one == two


def test_all_exercises_of_a_type_are_shown_and_an_unknown_one_is_refused(panel: Panel) -> None:
    cards = panel.lab.exercises()
    assert list(cards.cards) == [e.id for e in panel.type.exercises]
    assert panel.type.exercises[0].title in repr(cards)
    with pytest.raises(DnetlabError, match="newcomer"):
        panel.lab.exercise("nothing")
