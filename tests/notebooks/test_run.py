"""The notebooks prove themselves: nbval runs every cell and compares what is marked."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from tests.notebooks.nbval import NOTEBOOKS, nbval


def code_cells(path: Path) -> int:
    return sum(cell.cell_type == "code" for cell in nbformat.read(path, as_version=4).cells)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_runs_as_committed_on_the_embedded_engine(path: Path) -> None:
    passed, _ = nbval("embedded", path)
    assert passed == code_cells(path)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_runs_as_committed_on_a_real_engine(path: Path, test_engine: str) -> None:
    passed, _ = nbval(test_engine, path)
    assert passed == code_cells(path)
