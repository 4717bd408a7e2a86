"""The situations: a choice is built and measured, and what fits is noted."""

from __future__ import annotations

from pathlib import Path

import pytest

import dnetlab
from dnetlab import progress
from dnetlab.errors import DnetlabError
from dnetlab.widgets import Situations


@pytest.fixture
def cards(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Situations:
    monkeypatch.setenv("DNETLAB_PROGRESS", str(tmp_path / "progress.json"))
    return dnetlab.situations("embedded")


def test_a_choice_that_fits_is_noted(cards: Situations) -> None:
    story = cards.stories["cloud"]
    story.choice.value = "ipvlan_l2"
    story.button.click()
    assert cards.wait(120)
    assert "IPVLAN L2 fits." in story.answer.value
    assert "solved" in story.text.value and "1 of 12" in cards.count.value
    assert "choose/cloud" in progress.load().solved


def test_a_choice_that_does_not_fit_says_where(cards: Situations) -> None:
    found = cards.choose("cloud", "macvlan_bridge")
    assert not found.fits
    answer = cards.stories["cloud"].answer.value
    assert "MACVLAN bridge does not fit." in answer and "own MAC address: yes, needed is no" in answer
    assert progress.load().solved == {}


def test_nothing_chosen_is_said(cards: Situations) -> None:
    cards.stories["shop"].button.click()
    assert cards.wait(60)
    assert "No type is chosen." in cards.stories["shop"].answer.value


def test_an_unknown_situation_names_those_there_are(cards: Situations) -> None:
    with pytest.raises(DnetlabError, match="two-customers"):
        cards.choose("moon", "host")
