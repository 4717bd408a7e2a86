"""The same notebooks on a real engine: what rightly differs there is named in sanitize.cfg."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.notebooks.nbval import NOTEBOOKS, code_cells, nbval


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_runs_as_committed_on_a_real_engine(path: Path, test_engine: str) -> None:
    passed, _ = nbval(test_engine, path)
    assert passed == code_cells(path)
