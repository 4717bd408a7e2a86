"""environment.yml (conda) and pyproject.toml name the same packages with the same lower bounds."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CONDA_NAMES = {"docker-py": "docker"}
"""conda-forge's name -> PyPI's name, where they differ (https://anaconda.org/conda-forge/docker-py)."""


def requirement(text: str) -> tuple[str, str]:
    """``name>=version`` as a pair."""
    match = re.fullmatch(r"([A-Za-z0-9._-]+)\s*>=\s*([0-9.]+)", text)
    assert match, f"{text!r} is not of the form name>=version"
    return match[1], match[2]


def conda() -> dict[str, str]:
    yaml = pytest.importorskip("yaml")  # jupyterlab brings it
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    assert environment["channels"] == ["conda-forge"]
    found = dict(
        requirement(one) for one in environment["dependencies"] if isinstance(one, str) and one != "pip"
    )
    return {CONDA_NAMES.get(name, name): version for name, version in found.items()}


def pypi() -> dict[str, str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = dict(map(requirement, project["dependencies"]))
    wanted["python"] = requirement(f"python{project['requires-python']}")[1]
    tests = dict(map(requirement, project["optional-dependencies"]["test"]))
    wanted["nbval"] = tests["nbval"]
    return wanted


def test_conda_and_pip_install_the_same_packages_with_the_same_lower_bounds() -> None:
    assert conda() == pypi()


def test_the_given_packages_are_there() -> None:
    assert {"jupyterlab", "docker", "ipywidgets", "networkx", "matplotlib", "nbval"} <= set(conda())


def test_conda_installs_dnetlab_itself_from_the_checkout() -> None:
    yaml = pytest.importorskip("yaml")
    (pip,) = (
        one["pip"]
        for one in yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
        if isinstance(one, dict)
    )
    assert pip == ["-e ."]
