"""The commands run nothing and read nothing of the machine that the model runs on, and depend on the kernel only."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import dnetlab.embedded.commands

MODULES = sorted(Path(dnetlab.embedded.commands.__file__).parent.glob("*.py"))
FORBIDDEN = {
    "os",
    "subprocess",
    "socket",
    "shutil",
    "pathlib",
    "threading",
    "asyncio",
    "multiprocessing",
    "ctypes",
}
FORBIDDEN_CALLS = {"open", "exec", "eval", "__import__", "input", "print"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_reaches_neither_files_nor_processes_of_the_machine(path: Path) -> None:
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert not {alias.name.split(".")[0] for alias in node.names} & FORBIDDEN
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module is not None:
            top = node.module.split(".")[0]
            assert top not in FORBIDDEN
            assert top != "dnetlab" or node.module == "dnetlab.embedded.kernel"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in FORBIDDEN_CALLS
