"""A class's files as a table: whatever lies in the folder, nobody is lost without a word."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from dnetlab import progress
from dnetlab.cli import app
from dnetlab.errors import DnetlabError
from dnetlab.progress import Progress


def write(path: Path, learner: str, solved: int = 1) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    names = ["host/listen", "host/squatter", "user_bridge/newcomer"][:solved]
    rows = {name: {"at": 1, "tries": 2, "hints": 0} for name in names}
    data = {"version": 1, "learner": learner, "seed": 5, "solved": rows,
            "predicted": {"host": {"right": 3, "of": 4, "at": 1}}}  # fmt: skip
    path.write_text(json.dumps(data), encoding="utf-8")


@pytest.fixture
def classroom(tmp_path: Path) -> Path:
    """Thirty files: equal names, capitals, other scripts, broken ones, a copy of Jupyter's, somebody else's JSON."""
    for number in range(20):
        write(tmp_path / f"pc{number:02}" / "progress.json", "jovyan", number % 4)
    for name in ("ANNA", "anna", "Žofie", "李雷", "=HYPERLINK(1)", ""):
        write(tmp_path / f"{len(name)}{name[:1].strip('=')}.json", name)
    write(tmp_path / ".ipynb_checkpoints" / "progress-checkpoint.json", "jovyan")
    (tmp_path / "empty.json").write_text("")
    (tmp_path / "half.json").write_text('{"learner": "tom", "seed": 1, "solved": {"host/li')
    (tmp_path / "wrong.json").write_text(
        '{"learner": "eve", "seed": 1, "solved": {"host/listen": 3}, "predicted": {}}'
    )
    (tmp_path / "package.json").write_text('{"name": "something else"}')
    (tmp_path / "folder.json").mkdir()
    return tmp_path


def test_a_line_for_each_learner_also_where_names_are_equal(classroom: Path) -> None:
    done = CliRunner().invoke(app, ["progress", str(classroom), "--csv"])
    assert done.exit_code == 0
    rows = list(csv.DictReader(done.stdout.splitlines()))
    assert len(rows) == 26
    assert len({row["file"] for row in rows}) == 26
    jovyans = {row["file"]: row["solved"] for row in rows if row["learner"] == "jovyan"}
    assert jovyans["pc03/progress.json"] == "3" and jovyans["pc00/progress.json"] == "0"
    names = [row["learner"] for row in rows]
    assert {"ANNA", "anna", "Žofie", "李雷", "'=HYPERLINK(1)"} <= set(names)
    assert abs(names.index("ANNA") - names.index("anna")) == 1
    assert {row["host prediction %"] for row in rows} == {"75"}


def test_files_that_hold_no_progress_are_named(classroom: Path) -> None:
    told = CliRunner().invoke(app, ["progress", str(classroom)]).stderr
    for name in ("empty.json", "half.json", "wrong.json", "package.json"):
        assert name in told
    assert "checkpoint" not in told and "folder.json" not in told


def test_the_list_of_a_class_says_whose_file_each_is(classroom: Path) -> None:
    shown = CliRunner().invoke(app, ["progress", str(classroom)]).stdout
    assert "pc03/progress.json\njovyan: 3 exercises solved" in shown


def test_exercises_that_the_course_has_no_more_are_not_counted() -> None:
    own = Progress("ada", 7)
    own.solve("user_bridge/alias", tries=2, hints=1)
    own.solve("user_bridge/of-last-year", tries=1, hints=0)
    assert str(own).startswith("ada: 1 exercise solved\n") and "user-defined: 1 of 4" in str(own)


@given(st.recursive(st.none() | st.integers() | st.text(max_size=5),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
                        st.sampled_from(["learner", "seed", "solved", "predicted", "host", "host/listen", "tries", "right", "of"]),
                        inner, max_size=4)))  # fmt: skip
def test_whatever_json_a_file_holds_is_progress_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: object
) -> None:
    path = tmp_path_factory.mktemp("any") / "progress.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    try:
        found = progress.read(path)
    except DnetlabError as error:
        assert "holds no progress" in str(error)
    else:
        assert str(found) and progress.class_table([found])
