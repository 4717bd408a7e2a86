"""The notebooks prove themselves on the embedded engine: nbval runs every cell and compares what is marked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.notebooks.nbval import NOTEBOOKS, code_cells, nbval


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_runs_as_committed_on_the_embedded_engine(path: Path) -> None:
    passed, _ = nbval("embedded", path)
    assert passed == code_cells(path)
