"""The command line: exit statuses, what goes to stdout and what to stderr, errors as one paragraph."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from dnetlab import labels, types
from dnetlab.cli import app
from dnetlab.engine import Engine
from tests.fakes import FakeApi, FakeClient, engine
from tests.test_cleanup import DEAD, stand
from tests.test_doctor import answers

runner = CliRunner()


def use(monkeypatch: pytest.MonkeyPatch, client: FakeClient) -> FakeClient:
    monkeypatch.setattr("dnetlab.engine.find", lambda wanted=None: engine(client))
    return client


def run(*words: str) -> Any:
    return runner.invoke(app, list(words))


def test_every_command_has_a_help_text() -> None:
    text = run("--help").stdout
    for name in (
        "doctor",
        "types",
        "up",
        "down",
        "clean",
        "reach",
        "ping",
        "explain",
        "draw",
        "course",
        "tour",
        "engine",
    ):
        assert f"  {name} " in text
        assert run(name, "--help").exit_code == 0
    assert run("image", "build", "--help").exit_code == 0


def test_the_version_is_the_packages() -> None:
    import dnetlab

    assert run("--version").stdout.strip() == f"dnetlab {dnetlab.__version__}"


def test_types_are_listed_in_the_order_of_the_course() -> None:
    lines = run("types").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [kind.name for kind in types.all_types()]


def test_one_type_is_told_with_its_parameters_and_claims() -> None:
    text = run("types", "macvlan-bridge").stdout
    assert "ip_range" in text
    assert "Drawback" in text or "No DHCP" in text
    assert all(claim.text in text for claim in types.get("macvlan_bridge").claims)


def test_types_as_json_have_everything() -> None:
    found = json.loads(run("types", "--json").stdout)
    assert [t["type"] for t in found] == [kind.name for kind in types.all_types()]
    assert {"parameters", "claims", "description", "functionality", "use_case", "drawbacks"} <= set(found[0])


@pytest.mark.parametrize(
    "words",
    [
        ("types", "macvlann"),
        ("tour", "--engine", "unix:///nowhere/docker.sock"),
        ("tour", "nonsense", "--engine", "embedded"),
        ("doctor", "--engine", "unix:///nowhere/docker.sock"),
        ("up", "macvlan_bridge", "subnet=10.0.0.1/24"),
        ("up", "macvlan_bridge", "containers"),
        ("ping", "a", "b", "--engine", "ftp://x"),
        ("draw", "macvlan_bridge", "--out", "picture.bmp"),
        ("draw", "macvlan_bridge", "--out", "/nowhere/at/all.png"),
        ("engine", "--socket", "/nowhere/at/all.sock"),
    ],
)
def test_what_cannot_be_tried_is_one_paragraph_on_stderr_and_status_2(words: tuple[str, ...]) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert result.stdout == ""
    said = result.stderr.strip()
    assert said.startswith("dnetlab: ")
    assert "\n\n" not in said
    assert "Traceback" not in said


def test_a_wrong_parameter_is_named_with_a_value_that_works() -> None:
    said = " ".join(run("up", "macvlan_bridge", "subnet=10.0.0.1/24", "containers=99").stderr.split())
    assert "Try 10.0.0.0/24." in said
    assert "containers: 99 is not between 1 and 60. Try 60." in said


def test_doctor_says_0_where_everything_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, FakeClient(answers()))
    result = run("doctor")
    assert result.exit_code == 0
    assert "Docker Engine 28.5.2" in result.stdout
    assert "because it was asked for" in result.stdout
    assert result.stdout.count("✓") >= 8


def test_doctor_says_1_where_a_type_cannot_run(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, FakeClient(answers(ipvlan="Unknown device type")))
    result = run("doctor")
    assert result.exit_code == 1
    assert "✗ ipvlan_l2" in result.stdout
    assert "✓ macvlan_bridge" in result.stdout
    found = json.loads(run("doctor", "--json").stdout)
    assert found["types"]["ipvlan_l3"]["runs"] is False
    assert found["links"]["ipvlan"] is False
    assert found["healthy"] is False


def test_clean_removes_dead_labs_and_names_what_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    client = use(monkeypatch, FakeClient())
    stand(client, "aaa111", DEAD)
    stand(client, "ccc333", labels.KEPT)
    result = run("clean")
    assert result.exit_code == 0
    assert "Removed aaa111" in result.stdout
    assert "Stays: ccc333" in result.stdout
    assert "Nothing was left behind" in run("clean").stdout
    assert "Removed ccc333" in run("clean", "--all").stdout
    assert not client.api.held and not client.api.nets


def test_down_removes_the_lab_that_was_left_standing(monkeypatch: pytest.MonkeyPatch) -> None:
    client = use(monkeypatch, FakeClient())
    stand(client, "bbb222", labels.session())
    stand(client, "ccc333", labels.KEPT)
    assert "Removed lab ccc333: 3 containers, 1 network." in run("down").stdout
    assert len(client.api.nets) == 1
    again = run("down")
    assert again.exit_code == 2
    assert "In use by a running program: bbb222" in " ".join(again.stderr.split())


def test_down_takes_a_lab_whose_lan_was_killed_by_its_id(monkeypatch: pytest.MonkeyPatch) -> None:
    client = use(monkeypatch, FakeClient())
    stand(client, "ccc333", labels.KEPT, lan=False)
    assert run("down", "ccc333").exit_code == 0
    assert not client.api.held and not client.api.nets


def test_up_on_the_embedded_engine_says_how_to_let_it_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    inside = Engine(FakeClient(), "embedded", "embedded", "28.5", "1.51", "it was asked for", 1)
    monkeypatch.setattr("dnetlab.engine.find", lambda wanted=None: inside)
    result = run("up", "user_bridge")
    assert result.exit_code == 2
    said = " ".join(result.stderr.split())
    assert "dnetlab engine --socket" in said
    assert "--engine unix://" in said


def test_a_plan_is_drawn_without_an_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DNETLAB_ENGINE", "unix:///nowhere")
    words = run("draw", "ipvlan_l3", "containers=3").stdout
    assert "10.50.1.2" in words
    file = tmp_path / "plan.png"
    assert run("draw", "ipvlan_l3", "--out", str(file)).exit_code == 0
    assert file.read_bytes().startswith(b"\x89PNG")
    assert run("draw", "ipvlan_l3", "--dark", "--out", str(tmp_path / "plan.svg")).exit_code == 0


def test_a_tour_that_cannot_build_says_so_for_the_type_and_ends_with_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = use(monkeypatch, FakeClient(FakeApi(outputs=lambda argv: (8, "ipvlan\n"))))
    result = run("tour", "ipvlan_l2", "--json", "--out", str(tmp_path))
    assert result.exit_code == 2
    found = json.loads(result.stdout)
    assert found["engine"] == {"kind": "docker", "version": "28.5.2", "url": "unix:///fake.sock"}
    assert found["types"][0]["claims"] == []
    assert "cannot make ipvlan links" in found["types"][0]["error"]
    assert not client.api.held


def test_a_tour_with_a_claim_that_does_not_hold_ends_with_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.test_lab import Obedient

    api = Obedient("macvlan_8021q")  # its execs print nothing, so hardly a claim can hold
    use(monkeypatch, FakeClient(api))
    result = run("tour", "macvlan_8021q", "--json", "--out", str(tmp_path))
    assert result.exit_code == 1
    (stop,) = json.loads(result.stdout)["types"]
    assert {c["holds"] for c in stop["claims"]} >= {False}
    assert [c["id"] for c in stop["claims"]] == [c.id for c in types.get("macvlan_8021q").claims]
    assert all({"id", "text", "holds", "evidence"} <= set(c) for c in stop["claims"])
    assert Path(stop["picture"]).read_bytes().startswith(b"\x89PNG")
    assert stop["seconds"] >= 0
    assert not api.held and not api.nets


def test_ctrl_c_in_a_tour_removes_and_ends_with_130(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.test_lab import Obedient, nth

    api = Obedient("macvlan_8021q", {"exec_create": nth(5, KeyboardInterrupt())})
    use(monkeypatch, FakeClient(api))
    result = run("tour", "macvlan_8021q", "--out", str(tmp_path))
    assert result.exit_code == 130
    assert "What had been made is removed" in result.stderr
    assert not api.held and not api.nets


def test_the_course_is_opened_on_its_first_notebook(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import subprocess

    from dnetlab.cli import course

    use(monkeypatch, FakeClient())
    (tmp_path / course.FIRST).write_text("{}")
    monkeypatch.setattr(course, "notebooks", lambda: tmp_path)
    called: dict[str, Any] = {}
    monkeypatch.setattr(subprocess, "call", lambda words, env: called.update(words=words, env=env) or 0)
    assert run("course", "--engine", "embedded", "--no-browser", "--port", "8899").exit_code == 0
    assert f"--LabApp.default_url=/lab/tree/{course.FIRST}" in called["words"]
    assert f"--ServerApp.root_dir={tmp_path}" in called["words"]
    assert "--no-browser" in called["words"] and "--port=8899" in called["words"]
    assert called["env"]["DNETLAB_ENGINE"] == "embedded"


def test_a_course_without_notebooks_says_where_they_come_from(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from dnetlab.cli import course

    monkeypatch.setattr(course, "__file__", str(tmp_path / "a" / "b" / "c.py"))
    monkeypatch.chdir(tmp_path)
    result = run("course")
    assert result.exit_code == 2
    assert "make course" in result.stderr


@pytest.mark.parametrize("words", [(), ("image",)])
def test_without_a_word_the_help_text_keeps_its_lines(words: tuple[str, ...]) -> None:
    shown = run(*words)
    assert shown.exit_code == 2
    assert shown.stderr.startswith("Usage: ")
    assert any(line.startswith("Commands:") for line in shown.stderr.splitlines())


def test_a_suggestion_ends_as_it_is_asked() -> None:
    shown = run("pnig", "a", "b").stderr
    assert "Did you mean 'ping'?" in shown and "?." not in shown
