"""What a learner does that nobody planned: cells in any order and twice, a restart, Cancel, nonsense in the fields.

The engine is the embedded one in a process of its own, so that it outlives the kernels and what they leave is seen.
"""

# ruff: noqa: F811  (pytest's fixtures are imported and are parameters too)
from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

import docker
import pytest
from playwright.sync_api import expect

from dnetlab.labels import LAB
from tests.browser.lab import ROOT, Server, found
from tests.browser.test_course import OpenNotebook, browser, opened, pictures  # noqa: F401  (fixtures)
from tests.browser.test_learning import matrix_of

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not found(), reason="needs Chromium: apt-get install chromium"),
]
LESSON = "07_ipvlan_l3"
START, PANEL, PREDICT, BUILD, DRAWN, COMPARE, REMOVE = 0, 1, 3, 4, 5, 6, 27
HOLD_A_STEP = """
import time
from dnetlab.widgets.running import Running

at_once = Running.step

def held(panel, step):
    Running.step = at_once
    at_once(panel, step)
    for _ in range(600):
        time.sleep(0.1)
        if panel.worker.cancelling:
            break
    time.sleep(3)

Running.step = held
"""
"""The first step of the next build takes until Cancel is pressed, and three seconds more."""


class Engine:
    """The embedded engine on a socket: what labs have made there is seen from outside."""

    def __init__(self, folder: str) -> None:
        self.url = f"unix://{folder}/engine.sock"
        words = [sys.executable, "-m", "dnetlab.cli", "engine", "--socket", f"{folder}/engine.sock"]
        self.process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True, cwd=ROOT)
        assert self.process.stderr is not None
        assert any("Stop it with" in line for line in self.process.stderr), "the engine does not start"
        self.client = docker.DockerClient(base_url=self.url)

    def labs(self) -> set[str]:
        """The labs of which something is there: container or network."""
        wanted = {"label": LAB}
        made = [
            *self.client.containers.list(all=True, filters=wanted),
            *self.client.networks.list(filters=wanted),
        ]
        return {one.labels[LAB] if hasattr(one, "labels") else one.attrs["Labels"][LAB] for one in made}

    def emptied(self, seconds: float) -> bool:
        """Whether nothing of any lab is there before that time has passed."""
        deadline = time.monotonic() + seconds
        while self.labs():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.1)
        return True

    def close(self) -> None:
        """End it."""
        self.client.close()
        self.process.terminate()
        self.process.wait(10)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with tempfile.TemporaryDirectory() as folder:  # not tmp_path: a socket's path has 107 characters at most
        made = Engine(folder)
        yield made
        made.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("jupyter"), engine.url)
    try:
        made.wait()
        yield made
    finally:
        made.close()


def test_a_restart_in_the_middle_leaves_nothing_and_the_lesson_runs_whole(
    opened: OpenNotebook, engine: Engine
) -> None:
    notebook = opened(LESSON)
    notebook.run(START, PANEL, PREDICT, BUILD)
    before = engine.labs()
    assert len(before) == 1

    notebook.restart_kernel()
    assert engine.emptied(30), "the lab of the kernel that ended is removed"
    said = notebook.panel.evaluate("e => getComputedStyle(e, '::before').content")
    assert "restarted" in said and "Run the cells again" in said
    notebook.picture("restarted", notebook.panel)
    cells = notebook.page.locator(".jp-CodeCell")
    for cell, first in ((COMPARE, "after steps 2 and 3"), (DRAWN, "after step 3"), (PREDICT, "after step 1")):
        notebook.run(cell)
        expect(cells.nth(cell)).to_contain_text("NameError")
        expect(cells.nth(cell).locator(".jp-OutputArea")).to_contain_text(first)
    notebook.run(START, PANEL, PREDICT, COMPARE)
    expect(cells.nth(COMPARE)).to_contain_text("Press Build in the panel, or run lab.build().")

    notebook.run(BUILD)
    assert len(engine.labs()) == 1 and engine.labs() != before
    notebook.run_all()
    assert notebook.errors() == [] and notebook.complaints == []
    assert engine.labs() == set()


def test_cells_that_are_run_twice_do_no_harm(opened: OpenNotebook, engine: Engine) -> None:
    notebook = opened(LESSON)
    notebook.run(START, START, PANEL, PREDICT, PREDICT, BUILD)
    first = engine.labs()
    notebook.run(BUILD, COMPARE, COMPARE)
    assert engine.labs() == first, "it stood already"
    notebook.run(PANEL)
    assert engine.labs() == set(), "another panel takes the place of the first one and its lab"
    expect(notebook.page.get_by_role("button", name="Build", exact=True)).to_have_count(1)
    notebook.run(BUILD)
    matrix = matrix_of(notebook)
    matrix.get_by_role("button", name="Compare", exact=True).click()
    expect(matrix.get_by_role("alert")).to_contain_text("Run this cell again too")
    notebook.run(PREDICT, COMPARE)
    assert len(engine.labs()) == 1
    notebook.run(REMOVE, REMOVE)
    assert engine.labs() == set()
    assert notebook.errors() == [] and notebook.complaints == []


def test_a_build_that_is_cancelled_leaves_nothing_and_can_be_pressed_again(
    opened: OpenNotebook, engine: Engine
) -> None:
    notebook = opened(LESSON)
    notebook.run(START, PANEL)
    notebook.type_into_a_new_cell(HOLD_A_STEP)
    notebook.button("Build").click()
    expect(notebook.panel.get_by_text(re.compile(r"^[1-9] of [0-9]: "))).to_be_visible()
    assert engine.labs()
    notebook.picture("building", notebook.panel)
    notebook.button("Cancel").click()
    expect(notebook.panel.get_by_text("Cancelling at the next step ...")).to_be_visible()
    notebook.ready()
    expect(notebook.panel.get_by_text("Cancelled. Nothing is left of it.")).to_be_visible()
    assert engine.labs() == set()
    notebook.picture("build-cancelled", notebook.panel)
    notebook.press("Build")
    expect(notebook.panel.get_by_text("As it is on the engine.")).to_be_visible()
    assert len(engine.labs()) == 1
    notebook.press("Remove")
    assert engine.labs() == set() and notebook.complaints == []


@pytest.mark.parametrize(
    ("lesson", "wrong"),
    [
        ("04_macvlan_bridge", {"Subnet": "192.168.50.7/24", "Gateway": "fe80::1", "Containers": "many", "Names": "web shop"}),
        ("05_macvlan_8021q", {"VLAN ids": "10, 5000", "Containers": "1.5", "LAN PCs": ""}),
    ],
    ids=["macvlan", "trunk"],
)  # fmt: skip
def test_nonsense_in_a_field_is_answered_there_and_build_waits(
    opened: OpenNotebook,
    lesson: str,
    wrong: dict[str, str],
) -> None:
    notebook = opened(lesson)
    notebook.run(START, PANEL)
    build, alerts = notebook.button("Build"), notebook.panel.get_by_role("alert")
    for number, (label, nonsense) in enumerate(wrong.items()):
        expect(build).to_be_enabled()
        notebook.field(label).click()
        notebook.page.keyboard.press("Control+a")
        notebook.page.keyboard.press("Delete")
        notebook.page.keyboard.type(nonsense)
        expect(alerts).to_have_count(1)
        expect(alerts).to_have_text(re.compile(r"^✗ .+ Try .+\.$"))
        expect(build).to_be_disabled()
        # The sentence is in the field's own name too: whoever comes back to it hears it.
        name = notebook.panel.get_by_role("textbox", name=re.compile(rf"^{label} wrong: .+ Try .+\.$"))
        expect(name).to_be_focused()
        notebook.picture(f"nonsense-{number}", notebook.panel)
        assert notebook.cannot_be_read() == []
        # The next stop of the Tab key offers the value that works.
        expect(notebook.panel.get_by_role("button", name=re.compile("^Use "))).to_be_visible()
        notebook.page.keyboard.press("Tab")
        notebook.page.keyboard.press("Space")
        expect(alerts).to_have_count(0)
    expect(build).to_be_enabled()
    assert notebook.complaints == []
