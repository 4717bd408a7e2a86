"""What a learner clicks beside the panel: a prediction and its comparison; exercises, from start to solved.

Lesson 07 stands for all: matrix and cards are the same widgets everywhere, and every exercise's solution is replayed on
both engines by ``tests/test_solve.py``.
"""

# ruff: noqa: F811  (pytest's fixtures are imported and are parameters too)
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
PREDICT, BUILD, COMPARE, CARDS = 3, 4, 6, 22
MACHINES = ("web", "db", "pc1", "laptop", "host")
REACHED = {
    frozenset(pair) for pair in (("web", "db"), ("pc1", "laptop"), ("pc1", "host"), ("laptop", "host"))
}
ANSWERS = {
    "A container pings the LAN PC.": "no",
    "Has a container a default gateway": "no",
    "Do containers in two": "yes",
}
TOTAL = len(MACHINES) * (len(MACHINES) - 1) + len(ANSWERS)
PRESSES = {"yes": 1, "no": 2}


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


def matrix_of(notebook: Notebook) -> Locator:
    compare = notebook.page.get_by_role("button", name="Compare", exact=True)
    return notebook.page.locator(".dnl-panel").filter(has=compare)


def turned(matrix: Locator, about: str) -> Locator:
    """The button of a cell or a question: its tooltip says what it is about."""
    return matrix.locator(f"button[title^='{about}']")


def test_a_prediction_by_mouse_is_compared_and_what_was_wrong_is_explained(opened: OpenNotebook) -> None:
    notebook = opened(LESSON, height=1400)
    notebook.run(0, 1, PREDICT)
    matrix = matrix_of(notebook)
    for about, presses in (("web reaches db:", 2), ("web reaches pc1:", 1), ("pc1 reaches host:", 1)):
        for _ in range(presses):
            turned(matrix, about).click()
    turned(matrix, "A container pings").click()
    expect(turned(matrix, "web reaches db:")).to_have_text("✗ no")
    expect(turned(matrix, "A container pings")).to_have_text("✓ yes")
    expect(matrix.get_by_role("status")).to_have_text(f"4 of {TOTAL} predicted.")

    matrix.get_by_role("button", name="Compare", exact=True).click()
    expect(matrix.get_by_role("alert")).to_contain_text("Nothing is built.")
    notebook.picture("predicted", matrix)

    notebook.press("Build")
    matrix.get_by_role("button", name="Compare", exact=True).click()
    expect(matrix).to_contain_text("1 of 4 right.")
    expect(matrix.locator("td", has_text="yes").filter(has_text="you said no")).to_have_count(1)
    expect(matrix.locator("td", has_text="no").filter(has_text="you said yes")).to_have_count(1)
    because = matrix.locator("details", has_text="Why web does not reach pc1")
    expect(because).to_contain_text("the request arrives, but pc1 has no route back to 10.50.1.2")
    expect(because).to_contain_text("ip route add 10.50.1.0/24 via 192.168.50.2")
    expect(matrix.locator("details", has_text="Why web reaches db")).to_contain_text(
        "db: ipvlan hands it to eth0"
    )
    expect(matrix).to_contain_text("The request arrives, but the PC sends its answer to its default gateway")
    for theme, width in (("dark", 900), ("light", 1280)):
        notebook.look(theme, width)
        assert notebook.cannot_be_read() == []
        notebook.picture(f"compared-{theme}", matrix)

    notebook.run(COMPARE)
    shown = notebook.page.locator(".jp-CodeCell").nth(COMPARE).locator(".jp-OutputArea")
    expect(shown).to_contain_text("1 of 4 right.")
    assert notebook.errors() == [] and notebook.complaints == []


def test_a_prediction_by_keyboard_alone_is_right_in_everything(opened: OpenNotebook) -> None:
    notebook = opened(LESSON, height=1400)
    notebook.run(0, 1, PREDICT)
    keys, matrix = notebook.page.keyboard, matrix_of(notebook)
    for source in MACHINES:
        for target in MACHINES:
            if frozenset((source, target)) in REACHED:
                notebook.tab_to(turned(matrix, f"{source} reaches {target}:"))
                keys.press("Space")
    for question, answer in ANSWERS.items():
        notebook.tab_to(turned(matrix, question))
        for _ in range(PRESSES[answer]):
            keys.press("Space")
    notebook.tab_to(matrix.get_by_role("button", name="The rest: no"))
    keys.press("Enter")
    expect(matrix.get_by_role("status")).to_have_text(f"{TOTAL} of {TOTAL} predicted.")

    notebook.tab_to(notebook.button("Build"), "Shift+Tab")
    keys.press("Space")
    expect(notebook.panel.get_by_text("As it is on the engine.")).to_be_visible()
    notebook.ready()
    notebook.tab_to(matrix.get_by_role("button", name="Compare", exact=True))
    keys.press("Space")
    expect(matrix).to_contain_text(f"{TOTAL} of {TOTAL} right.")
    expect(matrix.get_by_text("you said")).to_have_count(0)
    expect(matrix.locator("details")).to_have_count(0)
    notebook.picture("all-right", matrix)
    assert notebook.complaints == []


def test_every_exercise_of_a_lesson_is_solved_by_clicking(opened: OpenNotebook) -> None:
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
    assert notebook.cannot_be_read() == []
    assert notebook.complaints == []
