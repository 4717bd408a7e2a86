"""A lab left standing on the embedded engine behind a socket, used by commands in other processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dnetlab import progress
from tests.cli.test_commands import run

ROOT = Path(__file__).parents[2]
PROGRAM = f"{sys.executable} -m dnetlab.cli"


@pytest.fixture
def socket(tmp_path: Path) -> Iterator[str]:
    """URL of `dnetlab engine --socket`, running in a process of its own."""
    path = tmp_path / "engine.sock"
    words = [sys.executable, "-m", "dnetlab.cli", "engine", "--socket", str(path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=environment)
    assert process.stderr is not None
    for line in process.stderr:
        if "Stop it with" in line:
            break
    yield f"unix://{path}"
    process.terminate()
    assert process.wait(20) in {0, 143}


def test_up_ping_reach_draw_explain_down(
    socket: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DNETLAB_ENGINE", socket)
    built = run("up", "macvlan_bridge", "containers=3")
    assert built.exit_code == 0, built.stderr
    assert "embedded engine (model of Docker Engine 28.5)" in built.stderr
    assert "192.168.50.194" in built.stdout
    assert run("ping", "pc1", "app").exit_code == 0
    failed = run("ping", "host", "app")
    assert failed.exit_code == 1
    assert "host does not reach" in failed.stdout
    assert run("ping", "web", "db", "--by-name").exit_code == 0
    matrix = json.loads(run("reach", "web", "db", "host", "--json").stdout)
    assert matrix["web"] == {"db": True, "host": False}
    assert "192.168.50.194" in run("draw").stdout
    assert run("draw", "--out", str(tmp_path / "lab.svg")).exit_code == 0
    explained = run("explain", "host", "web")
    assert explained.exit_code == 0
    assert "macvlan" in explained.stdout
    assert run("ping", "pc1", "nobody").exit_code in {1, 2}
    assert "Nothing was left behind" in run("clean").stdout
    assert run("down").exit_code == 0
    assert run("ping", "pc1", "app").exit_code == 2


def test_your_own_progress_and_that_of_a_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DNETLAB_PROGRESS", str(tmp_path / "progress.json"))
    missing = run("progress")
    assert missing.exit_code == 2
    for name in ("ada", "grace"):
        (tmp_path / name).mkdir()
        own = progress.Progress(name, 7, path=tmp_path / name / "progress.json")
        own.solve("user_bridge/alias", tries=2, hints=1)
    assert "ada: 1 exercise solved" in run("progress", str(tmp_path / "ada" / "progress.json")).stdout
    head, *lines = run("progress", str(tmp_path), "--csv").stdout.splitlines()
    column = head.split(",").index("user_bridge/alias")
    assert [line.split(",")[0] for line in lines] == ["ada", "grace"]
    assert [line.split(",")[column] for line in lines] == ["2", "2"]


def test_solve_as_json_names_every_exercise() -> None:
    from dnetlab import types

    result = run("solve", "host", "--engine", "embedded", "--json")
    assert result.exit_code == 0
    names = [found["name"] for found in json.loads(result.stdout)]
    assert names == ["host prediction", *(f"host/{e.id}" for e in types.get("host").exercises)]


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    """`dnetlab tour | head -1`: no complaint, nothing left, and the status that a shell knows."""
    command = f"{PROGRAM} tour host --engine embedded --out {tmp_path}; echo status $? >&2"
    done = subprocess.run(["sh", "-c", f"({command}) | head -1"], capture_output=True, text=True, check=True, timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT)})  # fmt: skip
    assert "status 141" in done.stderr
    assert "Broken pipe" not in done.stderr and "Traceback" not in done.stderr


def test_an_engine_of_an_unknown_version_is_refused_in_a_sentence(tmp_path: Path) -> None:
    done = subprocess.run(
        [*PROGRAM.split(), "engine", "--socket", str(tmp_path / "s"), "--like", "19"],
        capture_output=True, text=True, check=False, timeout=60, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("dnetlab: No engine version '19' in the model; it knows 28.5, 26.1, 20.10.")
