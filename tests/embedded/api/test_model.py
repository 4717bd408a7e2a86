"""docker-py on the model engine: in process and over the socket, the same answers."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from docker import DockerClient
from docker.errors import APIError, ContainerError, NotFound
from docker.types import IPAMConfig, IPAMPool
from docker.utils.socket import frames_iter

from dnetlab.embedded import Engine, client
from tests.embedded.api.conftest import IMAGE


@pytest.fixture(params=["in process", "socket"])
def any_docker(request: pytest.FixtureRequest, model: Engine) -> Iterator[DockerClient]:
    """The same engine by both ways."""
    if request.param == "in process":
        made = client(model)
    else:
        path: Path = request.getfixturevalue("socket_path")
        made = DockerClient(base_url=f"unix://{path}")
    yield made
    made.close()


@pytest.fixture
def web(any_docker: DockerClient) -> Any:
    """A web server at 172.30.0.10 on network ``shop``."""
    pool = IPAMConfig(pool_configs=[IPAMPool(subnet="172.30.0.0/24")])
    any_docker.networks.create("shop", ipam=pool)
    return any_docker.containers.run(IMAGE, ["web", "80"], detach=True, name="web", network="shop")


def test_a_lesson_in_six_calls(any_docker: DockerClient, web: Any) -> None:
    out = any_docker.containers.run(IMAGE, "ping -c 1 web", network="shop", remove=True)
    assert b"1 packets transmitted, 1 received" in out
    assert b"hello from" in web.exec_run("curl -s http://web/").output
    assert web.exec_run("ping -c 1 -W 1 172.30.0.200").exit_code == 1
    with pytest.raises(ContainerError) as failed:
        any_docker.containers.run(IMAGE, "ping -c 1 -W 1 nobody", network="shop", remove=True)
    assert failed.value.exit_status == 2


def test_exec_in_every_form(web: Any) -> None:
    command = ["sh", "-c", "echo out; echo err >&2"]
    assert web.exec_run(command).output == b"out\nerr\n"
    assert web.exec_run(command, demux=True).output == (b"out\n", b"err\n")
    assert web.exec_run("true", demux=True).output == (None, None)
    assert list(web.exec_run(command, stream=True).output) == [b"out\n", b"err\n"]
    assert list(web.exec_run(command, stream=True, demux=True).output) == [(b"out\n", None), (None, b"err\n")]
    assert web.exec_run(command, tty=True).output == b"out\r\nerr\r\n"
    assert web.exec_run("sleep 1000", detach=True).exit_code is None
    assert web.exec_run("nosuch").exit_code == 127
    assert web.exec_run("env", environment={"X": "y"}).output.count(b"X=y\n") == 1
    assert web.exec_run("pwd", workdir="/tmp").output == b"/tmp\n"


def test_an_exec_talks_through_its_socket(web: Any) -> None:
    talk = web.exec_run("cat", stdin=True, socket=True).output
    talk._sock.sendall(b"hello\n")
    frames = frames_iter(talk, tty=False)
    assert next(frames) == (1, b"hello\n")
    talk._sock.shutdown(socket.SHUT_WR)
    assert list(frames) == []
    talk.close()


def test_a_shell_on_a_terminal_through_its_socket(web: Any) -> None:
    shell = web.exec_run("sh", stdin=True, tty=True, socket=True).output

    def until(mark: bytes) -> bytes:
        seen = b""
        while not seen.endswith(mark):
            seen += shell._sock.recv(100)
        return seen

    assert until(b"# ") == b"# "
    shell._sock.sendall(b"hostname -i\r")
    assert until(b"# ") == b"hostname -i\r\n172.30.0.2\r\n# "
    shell._sock.sendall(b"exit 4\r")
    assert until(b"\n") == b"exit 4\r\n"
    shell.close()


def test_logs_wait_and_events(any_docker: DockerClient) -> None:
    since = time.time() - 5
    made = any_docker.containers.create(
        IMAGE, ["sh", "-c", "echo one; sleep 3; echo two; exit 5"], name="talker"
    )
    made.start()
    assert made.wait() == {"StatusCode": 5}
    assert made.logs() == b"one\ntwo\n"
    assert list(made.logs(stream=True, follow=True)) == [b"one\n", b"two\n"]
    stamped = made.logs(timestamps=True).splitlines()
    assert all(line.startswith(b"20") for line in stamped)
    events = any_docker.events(since=since, decode=True, filters={"container": "talker"})
    assert [next(events)["Action"] for _ in range(3)] == ["create", "start", "die"]
    events.close()


def test_a_container_that_only_waits_does_not_end(any_docker: DockerClient, web: Any) -> None:
    with pytest.raises((requests.exceptions.ReadTimeout, requests.exceptions.ConnectionError)):
        web.wait(timeout=0.2)
    timer = threading.Timer(0.1, web.kill)
    timer.start()
    assert web.wait(timeout=5) == {"StatusCode": 137}
    timer.join()


def test_archives_go_in_and_out(web: Any) -> None:
    import io
    import tarfile

    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        entry = tarfile.TarInfo("note")
        entry.size = 5
        tar.addfile(entry, io.BytesIO(b"hello"))
    assert web.put_archive("/tmp", packed.getvalue())
    assert web.exec_run("cat /tmp/note").output == b"hello"
    bits, stat = web.get_archive("/tmp/note")
    assert (stat["name"], stat["size"]) == ("note", 5)
    with tarfile.open(fileobj=io.BytesIO(b"".join(bits))) as tar:
        extracted = tar.extractfile("note")
        assert extracted is not None
        assert extracted.read() == b"hello"


def test_refusals_are_docker_pys_exceptions(any_docker: DockerClient, web: Any) -> None:
    with pytest.raises(NotFound):
        any_docker.networks.get("nosuch")
    with pytest.raises(APIError) as taken:
        any_docker.containers.create(IMAGE, name="web")
    assert taken.value.status_code == 409
    with pytest.raises(APIError, match="has active endpoints"):
        any_docker.networks.get("shop").remove()


def test_clients_see_one_engine(model: Engine) -> None:
    first, second = client(model), client(model)
    first.networks.create("mine")
    assert [network.name for network in second.networks.list(names=["mine"])] == ["mine"]


@pytest.mark.parametrize("version", ["20.10", "26.1", "28.5"])
def test_an_older_engine_speaks_its_own_api_version(version: str) -> None:
    made = client(version=version)
    assert made.version()["Version"].startswith(version)
    assert made.version()["ApiVersion"] == made.api._version
    made.containers.run(IMAGE, ["sleep", "infinity"], detach=True, name="one")
    assert made.containers.get("one").exec_run("hostname").exit_code == 0


def test_many_threads_build_at_once(any_docker: DockerClient) -> None:
    any_docker.networks.create("many", ipam=IPAMConfig(pool_configs=[IPAMPool(subnet="172.30.0.0/24")]))
    problems: list[Exception] = []

    def work(number: int) -> None:
        try:
            made = any_docker.containers.run(
                IMAGE, ["web", "80"], detach=True, name=f"w{number}", network="many"
            )
            assert made.exec_run("ping -c 1 -W 1 172.30.0.1").exit_code == 0
        except Exception as error:
            problems.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    held = any_docker.networks.get("many").attrs["Containers"].values()
    assert len({one["IPv4Address"] for one in held}) == 10
