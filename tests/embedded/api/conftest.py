"""The model engine, served in process, on a socket, and to the docker CLI."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dnetlab.embedded import Engine, client
from tests.served import need, served

IMAGE = "dnetlab/lab:1"


@pytest.fixture
def model() -> Engine:
    """A fresh model engine."""
    return Engine()


@pytest.fixture
def docker(model: Engine) -> Iterator[Any]:
    """docker-py on it, in process."""
    made = client(model)
    yield made
    made.close()


@pytest.fixture
def socket_path(model: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The same engine on a unix socket."""
    with served(model, tmp_path_factory.mktemp("s") / "d.sock") as path:
        yield path


CLI = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def cli_environment(socket_path: Path, tmp_path: Path) -> dict[str, str]:
    """The environment in which the docker CLI speaks to the model engine and to nothing else."""
    need("docker")
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return {
        **kept,
        "HOME": str(tmp_path),
        "DOCKER_CONFIG": str(tmp_path / "docker"),
        "DOCKER_HOST": f"unix://{socket_path}",
        "TERM": "dumb",
    }


@pytest.fixture
def cli(cli_environment: dict[str, str]) -> CLI:
    """Runs the real docker CLI; ``fails=True`` where it has to fail."""

    def run(
        *arguments: str, input: str | None = None, fails: bool = False
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            ["docker", *arguments],
            env=cli_environment,
            input=input,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        if bool(done.returncode) != fails:
            pytest.fail(f"docker {' '.join(arguments)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    return run
