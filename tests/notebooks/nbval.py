"""Run notebooks under nbval in a process of its own, on an engine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat

ROOT = Path(__file__).parent.parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
SANITIZE = Path(__file__).parent / "sanitize.cfg"


def code_cells(path: Path) -> int:
    """How many cells of a notebook are run."""
    return sum(cell.cell_type == "code" for cell in nbformat.read(path, as_version=4).cells)


def nbval(engine: str, *notebooks: Path) -> tuple[int, str]:
    """Run every cell; those that are marked are compared with the committed output. Gives how many cells passed.

    Raises AssertionError with nbval's report where a cell fails or differs.
    """
    with tempfile.TemporaryDirectory() as folder:
        ran = _run(engine, notebooks, Path(folder) / "progress.json")
    assert ran.returncode == 0, f"on {engine}:\n{ran.stdout[-6000:]}\n{ran.stderr[-2000:]}"
    passed = re.search(r"(\d+) passed", ran.stdout)
    return int(passed[1]) if passed else 0, ran.stdout


def _run(engine: str, notebooks: tuple[Path, ...], progress: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--nbval-lax", "--nbval-cell-timeout=300",
         "--nbval-sanitize-with", str(SANITIZE), *map(str, notebooks)],
        cwd=ROOT / "notebooks",
        env={**os.environ, "DNETLAB_ENGINE": engine, "PYTHONPATH": str(ROOT), "DNETLAB_PROGRESS": str(progress),
             "DNETLAB_SEED": "1", "DNETLAB_LEARNER": "learner"},
        capture_output=True,
        text=True,
    )  # fmt: skip
