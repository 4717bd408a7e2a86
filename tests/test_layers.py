"""Dependencies point one way: what each part of dnetlab may import, read from the source."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

MAY_IMPORT = {
    "embedded.kernel": set(),
    "embedded.commands": {"embedded.kernel"},
    "embedded.engine": {"embedded.kernel", "embedded.commands"},
    "embedded.api": {"embedded.engine"},
    "errors": set(),
    "plan": {"errors"},
    "draw": {"plan"},
    "tints": set(),
    "probe": {"errors", "tints"},
    "state": {"plan", "probe"},
    "lan_script": {"plan"},
    "image": {"errors"},
}
"""Part -> the other parts of dnetlab that it may import; the storeys of the embedded engine import nothing else of it."""


def part(module: str) -> str:
    """``dnetlab.plan.model`` is of ``plan``; the storeys of the embedded engine count one by one."""
    words = module.split(".")[1:]
    return ".".join(words[: 2 if words[:1] == ["embedded"] else 1])


def imported(path: Path) -> Iterator[str]:
    """Full names of what a module imports, also inside of functions and for type checkers."""
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*above, node.module) if node.module else above)
            yield from (f"{module}.{alias.name}" for alias in node.names)


def modules(name: str) -> list[Path]:
    place = ROOT / "dnetlab" / name.replace(".", "/")
    return sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]


@pytest.mark.parametrize("name", MAY_IMPORT)
def test_a_part_imports_only_what_lies_below_it(name: str) -> None:
    found = {
        (str(path.relative_to(ROOT)), module)
        for path in modules(name)
        for module in imported(path)
        if module.startswith("dnetlab.") and part(module) not in {name, *MAY_IMPORT[name]}
    }
    assert found == set()


def test_the_embedded_engine_stands_on_pythons_own_library_and_its_adapter_on_docker_py() -> None:
    own = {"dnetlab", "_typeshed", *sys.stdlib_module_names}
    for path in modules("embedded"):
        foreign = {module.split(".")[0] for module in imported(path)} - own
        assert foreign == ({"docker", "requests", "urllib3"} if path.name == "adapter.py" else set()), path
