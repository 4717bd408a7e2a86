"""What tests/conftest.py does with real tests, seen from outside: a pytest of its own on a small file."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import conftest

ROOT = Path(__file__).parent.parent.parent
EXAMPLE = """
def test_needs_an_engine(test_engine):
    assert test_engine


def test_needs_none():
    pass
"""


def run_pytest(folder: Path, *options: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    (folder / "test_example.py").write_text(EXAMPLE)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n    real: x\n")
    variables = {name: value for name, value in os.environ.items() if name not in ("CI", "PYTEST_ADDOPTS")}
    # The installed plugins take seconds to load.
    variables |= {
        "PYTHONPATH": str(ROOT),
        "DNETLAB_TEST_ENGINE": f"unix://{folder}/nobody.sock",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        **environment,
    }
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "tests.conftest",
        "-p",
        "no:cacheprovider",
        *options,
        str(folder),
    ]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, env=variables)


def test_without_an_engine_real_tests_are_named_in_the_last_lines_with_what_to_do(tmp_path: Path) -> None:
    done = run_pytest(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    last = [line for line in done.stdout.splitlines() if line][-5:]
    assert "not run for want of a test engine" in last[0]
    assert last[1] == "test_example.py::test_needs_an_engine"
    assert last[2].startswith(
        "1 of the tests need a real Docker Engine, and there is none: DNETLAB_TEST_ENGINE is unix://"
    )
    assert last[3] == "Start it, or unset DNETLAB_TEST_ENGINE."
    assert "1 passed, 1 skipped" in last[4]


def test_in_ci_a_missing_engine_is_a_failure(tmp_path: Path) -> None:
    done = run_pytest(tmp_path, CI="true")
    assert done.returncode == 1
    assert "test_example.py::test_needs_an_engine" in done.stdout
    assert "1 passed, 1 error" in done.stdout.splitlines()[-1]


def test_real_tests_can_be_left_out(tmp_path: Path) -> None:
    done = run_pytest(tmp_path, "-m", "not real")
    assert done.returncode == 0
    assert "1 passed, 1 deselected" in done.stdout.splitlines()[-1]
    assert "not run" not in done.stdout


@pytest.mark.parametrize(
    ("failure", "silent"),
    [
        ("requests.exceptions.ReadTimeout: UnixHTTPConnectionPool: Read timed out. (read timeout=90)", True),
        ("tests.conftest.EngineHangs: not done within 600 s", True),
        ("docker.errors.APIError: 500 Server Error: timed out waiting for the bridge", False),
        ("AssertionError: assert 'unreachable' == 'alive'", False),
    ],
)
def test_only_silence_of_the_engine_is_a_reason_to_run_a_test_again(failure: str, silent: bool) -> None:
    assert conftest.hung(failure) is silent
