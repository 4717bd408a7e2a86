"""The committed notebooks are what their sources say, and say it in the same shape."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat
import pytest

from dnetlab import types

ROOT = Path(__file__).parent.parent.parent


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("notebook_maker", ROOT / "tools" / "notebooks.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


maker = load()
NAMES = maker.names()
LESSONS = [f"{number:02}_{network.name}" for number, network in enumerate(types.all_types(), 1)]


def committed(name: str) -> Any:
    return nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)


def test_every_type_has_a_lesson_in_the_order_of_the_course() -> None:
    seven = [name for name in LESSONS if name[3:] not in {"none", "overlay"}]
    assert [name for name in NAMES if name[:2] in {"01", "02", "03", "04", "05", "06", "07"}] == seven[:7]


def test_the_notebooks_are_what_their_sources_say() -> None:
    assert maker.stale(NAMES) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_carries_its_outputs_and_no_error(name: str) -> None:
    for cell in committed(name).cells:
        if cell.cell_type != "code":
            continue
        assert cell.execution_count is not None, cell.source
        for output in cell.outputs:
            assert output.output_type != "error", cell.source
            assert "application/vnd.jupyter.widget-view+json" not in output.get("data", {})
        if "nbval-check-output" in cell.metadata.get("tags", ()) and not cell.source.endswith(
            ("lab.remove()", "lab.remove()  # after step 1")
        ):
            assert cell.outputs or "remove" in cell.id, f"nothing to compare: {cell.source}"


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_has_words_and_is_there_once_a_cell(name: str) -> None:
    for cell in committed(name).cells:
        pictures = [o for o in cell.get("outputs", ()) if "image/png" in o.get("data", {})]
        assert len(pictures) <= 1
        for picture in pictures:
            assert picture.metadata["image/png"]["alt"]
            assert picture.data["text/plain"].count("\n") > 5


@pytest.mark.parametrize("name", [n for n in NAMES if n in LESSONS])
def test_a_lesson_opens_with_the_authors_words_and_ends_with_remove(name: str) -> None:
    text = types.get(name[3:]).text
    cells = committed(name).cells
    for words in (text.description, text.functionality, text.use_case, text.drawbacks):
        assert words in cells[0].source
    assert [c for c in cells if c.cell_type == "code"][-1].source.startswith("lab.remove()")


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_names_no_path_of_the_machine_that_made_it(name: str) -> None:
    text = (ROOT / "notebooks" / f"{name}.ipynb").read_text()
    for path in (str(ROOT), str(Path.home()) + "/", "/tmp/", "/var/tmp/"):
        assert path not in text


@pytest.mark.parametrize("name", NAMES)
def test_what_a_cell_needs_can_be_read_in_a_narrow_window(name: str) -> None:
    lines = [line for c in committed(name).cells if c.cell_type == "code" for line in c.source.splitlines()]
    for line in lines:
        if "# after" in line or "# needs" in line:
            assert len(line) <= 58, f"JupyterLab cuts it off at 900 pixels: {line}"


def test_a_fence_that_does_not_end_is_an_error() -> None:
    with pytest.raises(ValueError, match="does not end"):
        list(maker.parts("```python a\nprint(1)\n"))


def test_text_is_split_at_headings_and_rules() -> None:
    made = list(maker.parts("# A\n\none\n\n## B\n\ntwo\n---\nthree\n\n```python x check\n1 + 1\n```\n"))
    assert [p.text for p in made] == ["# A\n\none", "## B\n\ntwo", "three", "1 + 1"]
    assert made[-1].id == "x" and made[-1].tags == ("nbval-check-output",)
