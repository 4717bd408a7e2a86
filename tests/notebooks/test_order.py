"""Cells run out of order, twice, or in a fresh kernel: each works, or says what to run first."""

from __future__ import annotations

import contextlib
import io
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell

from dnetlab.errors import DnetlabError
from tests.notebooks.nbval import NOTEBOOKS


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[InteractiveShell]:
    monkeypatch.setenv("DNETLAB_ENGINE", "embedded")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    InteractiveShell.clear_instance()
    made = InteractiveShell.instance()
    yield made
    with contextlib.suppress(Exception):
        made.user_ns["lab"].remove()
    InteractiveShell.clear_instance()


def cells(path: Path) -> list[Any]:
    return [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]


def run(shell: InteractiveShell, source: str) -> tuple[BaseException | None, str]:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        result = shell.run_cell(source)
    return result.error_before_exec or result.error_in_exec, said.getvalue()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_cell_alone_in_a_fresh_kernel_works_or_names_what_to_run_first(
    path: Path, shell: InteractiveShell
) -> None:
    for cell in cells(path):
        shell.reset(new_session=False)
        error, said = run(shell, cell.source)
        if isinstance(error, NameError):
            assert "after " in said or "needs " in said, f"{cell.id} does not say what to run first:\n{said}"
        else:
            assert error is None, f"{cell.id}: {error!r}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_cell_before_the_build_says_to_build(path: Path, shell: InteractiveShell) -> None:
    every = cells(path)
    for cell in every:
        if cell.id in {"start", "panel"}:
            assert run(shell, cell.source)[0] is None
    for cell in every:
        if "lab.build()" in cell.source or cell.id in {"start", "panel"}:
            continue
        error, said = run(shell, cell.source)
        if error is not None:
            assert "lab.build()" in said or "after " in said or "needs " in said, f"{cell.id}: {said}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_can_be_run_twice_without_its_last_cell(path: Path, shell: InteractiveShell) -> None:
    every = [c for c in cells(path) if c.id not in {"claims", "hold", "remove"}]
    for _ in range(2):
        for cell in every:
            error, said = run(shell, cell.source)
            assert error is None, f"{cell.id}: {said}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_cells_in_any_order_work_or_say_what_to_run_first(path: Path, shell: InteractiveShell) -> None:
    every = cells(path)
    for cell in every:
        if cell.id in {"start", "panel"}:
            assert run(shell, cell.source)[0] is None
    shuffled = 2 * [c for c in every if c.id not in {"start", "panel", "table", "claims"}]
    random.Random(5).shuffle(shuffled)
    for cell in shuffled:
        error, said = run(shell, cell.source)
        assert error is None or isinstance(error, DnetlabError | NameError), f"{cell.id}: {error!r}"
        assert error is None or str(error) in said or "after " in said or "needs " in said
