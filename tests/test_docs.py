"""The pages say what is there: links, make targets, commands, modules, packages."""

from __future__ import annotations

import doctest
import re
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dnetlab import types
from dnetlab.cli import app

ROOT = Path(__file__).parent.parent
PAGES = [
    ROOT / name
    for name in (
        "README.md",
        "CONTRIBUTING.md",
        "docs/architecture.md",
        "docs/dependencies.md",
        "docs/embedded-engine.md",
    )
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_is_linked_exists(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text())
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_target_that_is_named_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    named = set(re.findall(r"\bmake ([a-z-]+)(?=[`\s])", "\n".join(_code(page))))
    assert named <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_is_named_exists(page: Path) -> None:
    for words in re.findall(r"\bdnetlab ([a-z]+)\b", "\n".join(_code(page))):
        assert CliRunner().invoke(app, [words, "--help"]).exit_code == 0, words


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_example_gives_what_the_page_shows(page: Path) -> None:
    failed, tried = doctest.testfile(str(page), module_relative=False)
    assert failed == 0
    assert tried > 0 or ">>>" not in page.read_text()


def _code(page: Path) -> list[str]:
    """What stands between backticks."""
    text = page.read_text()
    return [*re.findall(r"```\n(.*?)```", text, re.S), *re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)]


def test_the_readme_has_a_row_and_a_notebook_for_each_of_the_seven_types() -> None:
    text = (ROOT / "README.md").read_text()
    for kind in types.all_types()[:7]:
        assert re.search(rf"\(notebooks/\d\d_{kind.name}\.ipynb\)", text), kind.name
    assert "docs.docker.com/build/building/multi-stage/" in text


def test_every_module_of_the_architecture_page_exists() -> None:
    text = (ROOT / "docs/architecture.md").read_text()
    for cell in re.findall(r"^\| (`[^|]*) \|", text, re.M):
        for name in re.findall(r"`([a-z_/]+)`", cell):
            places = [ROOT / name, ROOT / "dnetlab" / name, ROOT / "dnetlab" / f"{name}.py"]
            assert any(place.exists() for place in places), name


def test_every_package_of_the_project_is_explained() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    text = (ROOT / "docs/dependencies.md").read_text()
    for wanted in (*project["dependencies"], *project["optional-dependencies"]["test"]):
        name = re.split(r"[<>=~\[]", wanted)[0]
        assert re.search(rf"\b{name}\b", text), name
