"""The panel on the embedded engine: every handler called as a button calls it."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any

import matplotlib.pyplot as plt
import pytest

import dnetlab
from dnetlab import engine as engines
from dnetlab import objects, types
from dnetlab.engine import Engine
from dnetlab.errors import DnetlabError, InvalidPlan, NotBuilt
from dnetlab.widgets import Panel
from dnetlab.widgets.probing import KINDS

SECONDS = 120.0


@pytest.fixture(scope="module")
def engine() -> Engine:
    return engines.find("embedded")


@pytest.fixture
def panel(engine: Engine) -> Iterator[Panel]:
    made = dnetlab.panel("user_bridge", engine)
    yield made
    made.wait(SECONDS)
    made.remove()


def press(panel: Panel, button: Any) -> None:
    """Press as a browser does, and wait until nothing runs."""
    assert not button.disabled, f"{button.description} cannot be pressed"
    button.click()
    assert panel.wait(SECONDS)


def left(engine: Engine) -> tuple[int, int]:
    containers, networks = objects.find(engine.client)
    return len(containers), len(networks)


def test_a_new_panel_touches_no_engine() -> None:
    made = dnetlab.panel("user_bridge", "unix:///nowhere/docker.sock")
    assert not made.build_button.disabled and made.remove_button.disabled
    assert made.claiming.all.disabled and made.probing.form.layout.display == "none"


def test_preview_draws_the_plan_and_builds_nothing(panel: Panel, engine: Engine) -> None:
    press(panel, panel.preview_button)
    assert "The plan: nothing is built yet" in panel.drawing.view.value
    assert "172.28.0.2" in panel.addresses.view.value
    assert left(engine) == (0, 0)


def test_build_shows_what_is_there_and_the_line_of_python(panel: Panel, engine: Engine) -> None:
    press(panel, panel.build_button)
    assert left(engine) == (3, 1)
    assert "As it is on the engine" in panel.drawing.view.value
    assert "everything is as planned" in panel.addresses.view.value
    assert "lab = dnetlab.Lab(&quot;user_bridge&quot;); lab.build()" in panel.line.value
    assert engine.description in panel.message.value
    assert not panel.remove_button.disabled and panel.build_button.description == "Build anew"


def test_progress_is_told_while_it_builds(panel: Panel) -> None:
    told: list[str] = []
    panel.doing.observe(lambda change: told.append(change["new"]), names="value")
    press(panel, panel.build_button)
    assert any("network shop" in text for text in told)
    assert any("container web" in text for text in told)
    assert panel.working.layout.display == "none"


def test_a_wrong_value_disables_build_and_says_why(panel: Panel) -> None:
    panel.set(gateway="10.1.1.1")
    assert panel.build_button.disabled and panel.preview_button.disabled
    assert "172.28.0.1" in panel.form.fields["gateway"].problem.value
    panel.form.fields["gateway"].use.click()
    assert not panel.build_button.disabled


def test_building_anew_removes_the_old_lab(panel: Panel, engine: Engine) -> None:
    press(panel, panel.build_button)
    panel.set(containers=3)
    press(panel, panel.build_button)
    assert left(engine) == (4, 1)
    assert "containers=3" in panel.line.value


def test_remove_leaves_nothing(panel: Panel, engine: Engine) -> None:
    press(panel, panel.build_button)
    press(panel, panel.remove_button)
    assert left(engine) == (0, 0)
    assert "Removed." in panel.message.value and panel.remove_button.disabled
    assert panel.claiming.all.disabled and panel.probing.form.layout.display == "none"


def test_cancel_in_the_middle_leaves_nothing(panel: Panel, engine: Engine) -> None:
    reached, go = threading.Event(), threading.Event()

    def pause(change: dict[str, Any]) -> None:
        if "network shop" in change["new"]:
            reached.set()
            go.wait(SECONDS)

    panel.doing.observe(pause, names="value")
    panel.build_button.click()
    assert reached.wait(SECONDS)
    assert panel.build_button.disabled and panel.cancel_button.layout.display == ""
    panel.cancel_button.click()
    go.set()
    panel.wait(SECONDS)
    assert "Cancelled. Nothing is left of it." in panel.message.value
    assert left(engine) == (0, 0)
    assert panel.cancel_button.layout.display == "none" and not panel.build_button.disabled


def test_a_cancel_that_comes_too_late_is_answered(panel: Panel, engine: Engine) -> None:
    def during(change: dict[str, Any]) -> None:
        if change["new"].startswith("<p>Removing"):
            panel.cancel_button.click()

    panel.build()
    panel.cancel_button.click()
    assert "there is nothing to cancel" in panel.message.value
    panel.doing.observe(during, names="value")
    press(panel, panel.remove_button)
    assert "Removed." in panel.message.value and "done before it could be cancelled" in panel.message.value
    assert left(engine) == (0, 0)


def test_a_lab_whose_rebuild_is_cancelled_is_shown_no_more(panel: Panel, engine: Engine) -> None:
    def at_the_first(change: dict[str, Any]) -> None:
        if change["new"].startswith("<p>1 of "):
            panel.cancel_button.click()

    panel.build()
    panel.doing.observe(at_the_first, names="value")
    panel.begin(panel.rebuild)
    panel.wait(SECONDS)
    assert "Cancelled. Nothing is left of it." in panel.message.value
    assert left(engine) == (0, 0)
    assert panel.claiming.all.disabled and panel.probing.form.layout.display == "none"
    assert "As it is on the engine" not in panel.drawing.view.value


def test_two_panels_do_not_disturb_each_other(panel: Panel, engine: Engine) -> None:
    press(panel, panel.build_button)
    other = dnetlab.panel("user_bridge", engine)
    press(other, other.build_button)  # the same names on one engine: refused
    assert "dnl-error" in other.message.value and other.remove_button.disabled
    assert left(engine) == (3, 1)
    assert panel.probe("ping_name", "web", "db").ok
    assert "dnl-error" not in panel.message.value


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.name)
def test_each_question_is_answered_with_its_line(panel: Panel, kind: Any) -> None:
    panel.build()
    panel.probing.kind.value = kind.name
    press(panel, panel.probing.button)
    assert "dnl-error" not in panel.message.value
    line = kind.line("web", "db", 80)
    assert line.replace('"', "&quot;") in panel.probing.answers.value
    assert line in panel.commands.script
    # The line that is shown is true: it gives the same kind of answer.
    assert type(eval(line, {"lab": panel.lab})) is type(panel.probe(kind.name, "web", "db"))


def test_only_the_fields_that_a_question_needs_are_shown(panel: Panel) -> None:
    panel.build()
    panel.probing.kind.value = "reach"
    assert panel.probing.source.layout.display == "none" and panel.probing.target.layout.display == "none"
    panel.probing.kind.value = "routes"
    assert panel.probing.source.layout.display == "" and panel.probing.target.layout.display == "none"
    panel.probing.kind.value = "http"
    assert panel.probing.port.layout.display == ""


def test_any_address_can_be_asked(panel: Panel) -> None:
    panel.build()
    panel.probing.kind.value = "ping"
    panel.probing.other.value = "192.168.50.100"
    press(panel, panel.probing.button)
    assert "lab.ping(&quot;web&quot;, &quot;192.168.50.100&quot;)" in panel.probing.answers.value


def test_one_claim_and_all_claims_can_be_tried(panel: Panel) -> None:
    panel.build()
    press(panel, panel.claiming.rows["names"].button)
    assert "It holds" in panel.claiming.rows["names"].evidence.value
    assert panel.claiming.rows["alias"].evidence.value == ""
    press(panel, panel.claiming.all)
    count = len(panel.type.claims)
    assert f"{count} of {count} hold" in panel.claiming.summary.value
    assert all("<pre>" in row.evidence.value for row in panel.claiming.rows.values())


def test_the_commands_can_be_copied_in_every_form(panel: Panel) -> None:
    panel.build()
    for form, word in (
        ("cli", "docker network create"),
        ("compose", "services:"),
        ("python", "import docker"),
    ):
        panel.commands.choice.value = form
        assert word in panel.commands.text.value
    panel.commands.choice.value = "done"
    assert "lab.build()" in panel.commands.text.value


# --- errors ------------------------------------------------------------------------------------------------


def test_no_engine_is_said_in_the_panel() -> None:
    made = dnetlab.panel("user_bridge", "unix:///nowhere/docker.sock")
    press(made, made.build_button)
    assert "No Docker Engine answers at unix:///nowhere/docker.sock" in made.message.value
    assert "embedded" in made.message.value
    assert not made.build_button.disabled and made.remove_button.disabled


def test_an_error_of_the_engine_is_said_in_the_panel(panel: Panel, engine: Engine) -> None:
    engine.client.networks.create("shop")
    try:
        press(panel, panel.build_button)
    finally:
        engine.client.networks.get("shop").remove()
    assert "a network has that name" in panel.message.value
    assert left(engine) == (0, 0)


def test_any_exception_of_a_handler_is_shown_with_its_place(
    panel: Panel, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a <defect> of ours")

    panel.build()
    monkeypatch.setattr(panel.drawing, "show", fail)
    press(panel, panel.preview_button)
    assert "RuntimeError: a &lt;defect&gt; of ours" in panel.message.value
    assert "test_panel.py" in panel.message.value
    assert capsys.readouterr() == ("", "")
    press(panel, panel.remove_button)


def test_a_failed_question_shows_its_error_at_the_question(panel: Panel) -> None:
    panel.build()
    with pytest.raises(DnetlabError):
        panel.probe("ping", "nobody", "web")
    assert "There is no machine" in panel.probing.answers.value


# --- the lab behind it -------------------------------------------------------------------------------------


def test_the_handle_follows_the_panel(panel: Panel) -> None:
    lab = panel.lab
    assert "172.28.0.1" in repr(lab.draw())
    panel.build()
    panel.set(containers=3)
    lab.build()
    assert lab.ping("web", "app").ok
    lab.remove()
    assert panel.remove_button.disabled
    with pytest.raises(NotBuilt, match=r"lab\.build\(\)"):
        lab.reach()


def test_build_twice_builds_once(panel: Panel) -> None:
    panel.build()
    first = panel.lab.id
    panel.lab.build()
    assert panel.lab.id == first


def test_wrong_fields_are_raised_by_a_call_and_shown(panel: Panel) -> None:
    panel.set(containers=300)
    with pytest.raises(InvalidPlan, match="300"):
        panel.build()
    assert "300" in panel.message.value


def test_asked_before_the_build_it_says_what_to_do(panel: Panel) -> None:
    with pytest.raises(NotBuilt, match="Press Build"):
        panel.probe("reach")
    with pytest.raises(NotBuilt):
        panel.claims()


# --- what is shown -----------------------------------------------------------------------------------------


def test_the_drawing_is_there_once_a_theme_with_words_and_without_pyplot(panel: Panel) -> None:
    for _ in range(2):
        panel.preview()
    images = re.findall(r'<img class="([^"]*)"[^>]* alt="([^"]*)"', panel.drawing.view.value)
    assert [name for name, _ in images] == ["dnl-light", "dnl-dark"]
    assert all("Network drawing" in alt for _, alt in images)
    assert "The drawing in words" in panel.drawing.view.value
    assert plt.get_fignums() == []


@pytest.mark.parametrize("network", types.all_types(), ids=lambda t: t.name)
def test_each_type_has_a_panel_that_previews(network: types.NetworkType) -> None:
    made = dnetlab.panel(network.name, "embedded")
    made.preview()
    assert "dnl-drawing" in made.drawing.view.value
    assert len(repr(made)) <= 110  # ipywidgets cuts the text after that


def test_where_widgets_cannot_be_shown_there_is_a_sentence(panel: Panel) -> None:
    data = panel._repr_mimebundle_()
    data = data[0] if isinstance(data, tuple) else data
    assert data["text/plain"] == 'dnetlab.panel("user_bridge"): run this cell to see the control panel here.'
    assert "application/vnd.jupyter.widget-view+json" in data


def test_a_cell_that_is_run_again_replaces_its_panel(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dnetlab.widgets.cells.current", lambda: "cell-7")
    first = dnetlab.panel("user_bridge", engine)
    first.build()
    second = dnetlab.panel("user_bridge", engine)
    assert left(engine) == (0, 0)
    assert "replaced" in first.message.value
    second.build()
    with pytest.raises(NotBuilt, match="Run this cell again too"):
        first.compare()  # as the matrix does that a cell below still shows
    monkeypatch.setattr("dnetlab.widgets.cells.current", lambda: "cell-8")
    dnetlab.panel("user_bridge", engine)
    assert left(engine) == (3, 1)
    second.remove()


def test_cancelled_claims_leave_the_lab_and_sum_up_what_was_tried(panel: Panel) -> None:
    panel.build()

    def at_the_second(change: dict[str, Any]) -> None:
        if change["new"].startswith("<p>2 of "):
            panel.cancel_button.click()

    panel.doing.observe(at_the_second, names="value")
    press(panel, panel.claiming.all)
    assert "Cancelled. The lab still stands." in panel.message.value
    assert "2 of 2 hold" in panel.claiming.summary.value
    assert panel.lab.ping("web", "db").ok
