"""Behind a socket time passes as outside, whoever asks or not; in a program it passes while something is waited for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docker as docker_py
import pytest

from dnetlab.embedded import Engine

IMAGE = "dnetlab/lab:1"


@pytest.fixture
def over_socket(socket_path: Path) -> Iterator[Any]:
    made = docker_py.DockerClient(base_url=f"unix://{socket_path}", timeout=20)
    yield made
    made.close()


def soon(test: Callable[[], bool], seconds: float = 10) -> bool:
    """Whether it comes true within so many seconds of the world."""
    end = time.monotonic() + seconds
    while not test():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def status(container: Any) -> str:
    container.reload()
    return str(container.status)


def test_a_container_ends_by_itself(over_socket: Any) -> None:
    container = over_socket.containers.run(IMAGE, ["sleep", "0.3"], detach=True)
    assert status(container) == "running"
    assert soon(lambda: status(container) == "exited")
    state = container.attrs["State"]
    began, ended = (float(state[key][17:26]) for key in ("StartedAt", "FinishedAt"))
    assert (ended - began) % 60 == pytest.approx(0.3, abs=0.05)


def test_a_container_that_is_to_start_again_does(over_socket: Any) -> None:
    again = {"Name": "always"}
    container = over_socket.containers.run(IMAGE, ["sleep", "0.1"], detach=True, restart_policy=again)
    assert soon(lambda: status(container) != "" and container.attrs["RestartCount"] >= 2)


def test_who_asks_for_the_next_exit_does_not_hurry_it(over_socket: Any, cli: Any) -> None:
    # The docker CLI asks for it before every start, also of a detached container.
    name = cli("run", "-d", IMAGE, "sleep", "40").stdout.strip()
    container = over_socket.containers.get(name)
    assert status(container) == "running"
    assert cli("run", "--rm", IMAGE, "ping", "-c", "2", "-i", "5", "127.0.0.1").stdout.count("ttl=64") == 2
    began = time.monotonic()
    assert container.wait() == {"StatusCode": 0}  # who only waits need not wait long
    assert time.monotonic() - began < 10


def test_the_engines_clock_is_that_of_the_world(over_socket: Any, model: Engine) -> None:
    began = time.monotonic()
    assert soon(lambda: model.kernel.now > 0.2)
    assert model.kernel.ahead == pytest.approx(0, abs=0.01)
    assert model.now() - time.time() == pytest.approx(0, abs=0.05)
    assert model.kernel.now == pytest.approx(time.monotonic() - began, abs=0.3)


def test_in_a_program_the_same_calls_give_the_same_however_long_they_take(docker: Any, model: Engine) -> None:
    container = docker.containers.run(IMAGE, ["sleep", "0.1"], detach=True)
    time.sleep(0.2)
    assert status(container) == "running"
    model.advance(0.2)
    assert status(container) == "exited"


@pytest.mark.parametrize(("command", "code"), [("echo hello; sleep 2", 0), ("sleep 2; exit 3", 3)])
def test_a_container_that_removes_itself_can_be_read_and_asked_about_until_it_ends(
    over_socket: Any, command: str, code: int
) -> None:
    """docker-py reads the log, inspects and waits, in this order, from three connections."""
    if code:
        with pytest.raises(docker_py.errors.ContainerError) as failed:
            over_socket.containers.run(IMAGE, ["sh", "-c", command], auto_remove=True)
        assert failed.value.exit_status == code
    else:
        assert over_socket.containers.run(IMAGE, ["sh", "-c", command], auto_remove=True) == b"hello\n"
    assert over_socket.containers.list(all=True) == []
