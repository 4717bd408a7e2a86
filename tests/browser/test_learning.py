"""What a learner clicks beside the panel: exercises, from start to solved.

Lesson 07 stands for all: the cards are the same widgets everywhere, and every exercise's solution is replayed on both
engines by ``tests/test_solve.py``.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import Notebook, found
from tests.browser.test_course import OpenNotebook, browser, opened, pictures, server  # noqa: F401  (fixtures)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not found(), reason="needs Chromium: apt-get install chromium"),
]
LESSON = "07_ipvlan_l3"
BUILD, CARDS = 4, 22


def commands(solution: str) -> list[tuple[str, str]]:
    """Machine and command, line by line: ``docker ...``, or what stands below ``# on MACHINE``."""
    where, found = "", []
    for line in solution.splitlines():
        if line.startswith("# on "):
            where = line.removeprefix("# on ").removeprefix("the ").split()[0].rstrip(":")
        elif line.startswith("docker "):
            found.append(("docker", line))
        elif line.strip():
            found.append((where, line))
    return found


def press(notebook: Notebook, card: Locator, button: str) -> None:
    card.get_by_role("button", name=button, exact=True).click()
    notebook.page.wait_for_timeout(150)
    notebook.ready()


def test_every_exercise_of_a_lesson_is_solved_by_clicking(opened: OpenNotebook) -> None:  # noqa: F811
    notebook = opened(LESSON, height=1400)
    notebook.run(0, 1, BUILD, CARDS)
    start = notebook.page.get_by_role("button", name="Start", exact=True)
    expect(start.first).to_be_visible()
    cards = notebook.page.locator(".dnl-panel").filter(has=start)
    assert cards.count() == 4
    for number in range(cards.count()):
        card = cards.nth(number)
        press(notebook, card, "Start")
        expect(card.get_by_text("Ready.")).to_be_visible()
        press(notebook, card, "Check")
        expect(card.get_by_text("Not yet.")).to_be_visible()
        expect(card.get_by_text("Hint:")).to_be_visible()
        notebook.picture(f"card-{number}-not-yet", card)
        press(notebook, card, "Hint")
        expect(card.locator(".dnl-notice")).to_be_visible()
        press(notebook, card, "Solution")
        expect(card.get_by_text("One way to do it:")).to_be_visible()
        solution = card.locator("pre").last.inner_text()
        for where, command in commands(solution):
            card.get_by_role("combobox").select_option(label=where)
            card.get_by_role("textbox").fill(command)
            card.get_by_role("textbox").press("Tab")
            press(notebook, card, "Run")
            expect(card.get_by_text(command.removeprefix("docker ")).last).to_be_visible()
        press(notebook, card, "Check")
        expect(card.get_by_text("Solved!")).to_be_visible()
        expect(card.get_by_role("heading")).to_contain_text("solved")
        notebook.picture(f"card-{number}-solved", card)
    assert notebook.complaints == []
