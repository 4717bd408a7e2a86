"""``python -m dnetlab.embedded``."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import docker
import pytest


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "dnetlab.embedded", *arguments]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [str(Path.cwd()), *sys.path]))}


def test_it_serves_until_it_is_told_to_stop(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("s") / "d.sock"
    process = subprocess.Popen(
        command("--socket", str(path)), stderr=subprocess.PIPE, text=True, env=environment()
    )
    assert process.stderr is not None
    said = [process.stderr.readline() for _ in range(2)]
    assert f"export DOCKER_HOST=unix://{path}" in said[1]
    client = docker.DockerClient(base_url=f"unix://{path}")
    assert client.version()["Version"].startswith("28.5")
    client.close()
    process.send_signal(signal.SIGTERM)
    assert process.wait(5) == 0
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()
    assert not path.exists()


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["--socket", "/nowhere/at/all/d.sock"], 1, "there is no directory /nowhere/at/all"),
        (["--socket", "/tmp/" + "x" * 120], 1, "choose a shorter one"),
        (["--socket", "d.sock", "--version", "1.0"], 2, "1.0"),
        ([], 2, "--socket"),
    ],
)
def test_what_cannot_be_served_is_said_in_a_sentence(
    arguments: list[str], status: int, sentence: str
) -> None:
    done = subprocess.run(
        command(*arguments), capture_output=True, text=True, env=environment(), timeout=30, check=False
    )
    assert done.returncode == status
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_importing_the_package_loads_neither_docker_py_nor_the_engine() -> None:
    script = (
        "import sys, dnetlab.embedded; "
        "print([name for name in ('docker', 'requests', 'dnetlab.embedded.kernel') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environment(), check=True
    )
    assert done.stdout == "[]\n"
