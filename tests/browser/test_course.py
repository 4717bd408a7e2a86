"""The lessons in a real browser: JupyterLab, Chromium, a learner's clicks, a picture at each step.

The pictures are kept where ``DNETLAB_PICTURES`` says, else in pytest's temporary folder.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.lab import Notebook, Server, chromium, found
from tests.notebooks.nbval import NOTEBOOKS

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not found(), reason="needs Chromium: apt-get install chromium"),
]
NAMES = [path.stem for path in NOTEBOOKS]
LIGHT, DARK = ("light", 1280), ("dark", 900)
LOOKS = (LIGHT, ("dark", 1280), DARK, ("light", 900))
EVERY_LOOK = bool(os.environ.get("DNETLAB_EVERY_LOOK"))
"""For a person who looks at the pictures: all of them. The tests measure every look and keep pictures of one."""


SLOWLY = """
import time
from dnetlab import execute
at_once = execute.run
execute.run = lambda *words, **options: (time.sleep(0.3), at_once(*words, **options))[1]
"""


def looks(names: list[str], dark_too: str) -> list[tuple[str, str, int]]:
    """Which lesson in which look: (notebook, theme, width)."""
    return [
        (name, *look)
        for name in names
        for look in (LIGHT, DARK)
        if EVERY_LOOK or look is LIGHT or name.startswith(dark_too)
    ]


CLICKED = [n for n in NAMES if n[:2] in ({"02", "04", "05", "07"} if EVERY_LOOK else {"04", "05"})]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = os.environ.get("DNETLAB_PICTURES")
    if not folder:
        return tmp_path_factory.mktemp("pictures")
    Path(folder).mkdir(parents=True, exist_ok=True)
    return Path(folder)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("jupyter"), os.environ.get("DNETLAB_BROWSER_ENGINE", "embedded"))
    try:
        made.wait()
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture
def opened(server: Server, browser: Browser, pictures: Path) -> Iterator[OpenNotebook]:
    made = OpenNotebook(server, browser, pictures)
    yield made
    made.close()


class OpenNotebook:
    """Opens notebooks for a test, and closes their pages and kernels after it."""

    def __init__(self, server: Server, browser: Browser, pictures: Path) -> None:
        self.server, self.browser, self.pictures = server, browser, pictures
        self.contexts: list[object] = []

    def __call__(self, name: str, theme: str = "light", width: int = 1280, height: int = 1000) -> Notebook:
        self.server.theme(theme)
        self.server.put(name)
        context = self.browser.new_context(viewport={"width": width, "height": height})
        self.contexts.append(context)
        folder = self.pictures / f"{theme}-{width}"
        folder.mkdir(exist_ok=True)
        return Notebook(self.server, context.new_page(), name, folder)

    def close(self) -> None:
        for context in self.contexts:
            context.close()  # type: ignore[attr-defined]
        self.server.end_kernels()


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_runs_from_top_to_bottom_and_can_be_read_in_every_look(
    opened: OpenNotebook, name: str
) -> None:
    notebook = opened(name)
    notebook.run_all()
    assert notebook.errors() == []
    for theme, width in LOOKS:
        notebook.look(theme, width)
        assert notebook.cannot_be_read() == [], f"{theme}, {width} pixels"
        if EVERY_LOOK or (theme, width) == LIGHT:
            notebook.pictures_of_all(f"{theme}-{width}")
    assert notebook.complaints == []


@pytest.mark.parametrize(("name", "theme", "width"), looks(CLICKED, "04"))
def test_a_lesson_by_clicking(opened: OpenNotebook, name: str, theme: str, width: int) -> None:
    notebook = opened(name, theme, width, height=1900)
    notebook.run(0, 1)
    panel = notebook.panel

    def look(step: str) -> None:
        notebook.picture(step, panel)
        assert notebook.cannot_be_read() == [], step

    look("1-panel")

    notebook.field("Containers").fill("300")
    expect(panel.get_by_role("alert")).to_contain_text("300 is not between")
    expect(notebook.button("Build")).to_be_disabled()
    look("2-wrong")
    notebook.field("Containers").fill("3")
    expect(notebook.button("Build")).to_be_enabled()

    notebook.press("Preview")
    expect(panel.get_by_text("The plan: nothing is built yet.")).to_be_visible()
    look("3-preview")

    notebook.press("Build")
    expect(panel.get_by_text("As it is on the engine.")).to_be_visible()
    assert [image["alt"][:16] for image in notebook.images()] == ["Network drawing:"], (
        "the drawing is there once"
    )
    look("4-built")
    notebook.tab("Addresses")
    look("5-addresses")

    notebook.tab("Probe")
    notebook.press("Ask")
    expect(panel.locator(".dnl-result")).to_have_count(1)
    panel.get_by_label("Ask", exact=True).select_option(label="Reach matrix: who reaches whom")
    notebook.press("Ask")
    expect(panel.locator(".dnl-result table")).to_be_visible()
    look("6-probe")

    notebook.tab("Claims")
    panel.get_by_role("button", name="Try", exact=True).first.click()
    expect(panel.get_by_text("1 of 1 hold")).to_be_visible()
    panel.locator("summary", has_text="the evidence").first.click()
    look("7-claim")

    notebook.tab("Commands")
    expect(panel.get_by_text("docker network create").first).to_be_visible()
    look("8-commands")

    notebook.press("Remove")
    expect(panel.get_by_text("Removed.")).to_be_visible()
    look("9-removed")
    assert notebook.complaints == []


def test_cancel_stops_the_claims_and_the_lab_still_stands(opened: OpenNotebook) -> None:
    notebook = opened("04_macvlan_bridge")
    notebook.run(0, 1)
    notebook.press("Build")
    expect(notebook.panel.get_by_text("As it is on the engine.")).to_be_visible()
    # The embedded engine is done with all claims before anybody can press Cancel: every command takes longer here.
    notebook.type_into_a_new_cell(SLOWLY)
    notebook.tab("Claims")
    notebook.panel.get_by_role("button", name="Try all").click()
    notebook.button("Cancel").click()
    notebook.ready()
    expect(notebook.panel.get_by_text("Cancelled. The lab still stands.")).to_be_visible()
    notebook.picture("cancelled", notebook.panel)
    notebook.press("Remove")


def test_an_error_of_the_build_is_shown_in_the_panel(opened: OpenNotebook) -> None:
    notebook = opened("02_user_bridge")
    notebook.run(0, 1)
    notebook.type_into_a_new_cell('lab.panel._wanted = "unix:///nowhere.sock"; lab.panel._engine = None')
    notebook.button("Build").click()
    notebook.ready()
    expect(notebook.panel.get_by_text("No Docker Engine answers at unix:///nowhere.sock")).to_be_visible()
    notebook.picture("error", notebook.panel)


def test_a_cell_run_before_the_others_says_what_to_run_first(opened: OpenNotebook) -> None:
    notebook = opened("01_default_bridge")
    notebook.run(5)
    assert any("NameError" in text and "after step" in text for text in notebook.errors())
    notebook.picture("out-of-order")
