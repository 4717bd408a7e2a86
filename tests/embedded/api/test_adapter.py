"""docker-py in process, over an engine that is not the model: what of docker-py's many ways to read a stream works."""

from __future__ import annotations

import io
import socket
import threading
from typing import Any

import docker
import pytest
import requests
from docker.utils.socket import frames_iter

from dnetlab.embedded.api.adapter import client, engine_of
from dnetlab.embedded.api.terminal import INTERRUPT
from tests.embedded.api.fake import FakeEngine


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def api(engine: FakeEngine) -> Any:
    """The low-level client, with a running container for each program."""
    api: Any = client(engine, timeout=0.2).api  # type: ignore[arg-type]
    for program in ("talk", "cat", "quiet"):
        api.create_container("i", program, name=program, stdin_open=True)
        api.start(program)
    return api


def run(api: Any, program: str, *, stdin: bool = False, tty: bool = False) -> str:
    key: str = api.exec_create("talk", program, stdin=stdin, tty=tty)["Id"]
    return key


def test_the_client_is_an_ordinary_one(engine: FakeEngine) -> None:
    made = client(engine)  # type: ignore[arg-type]
    assert type(made) is docker.DockerClient
    assert made.ping()
    assert made.version()["ApiVersion"] == made.api._version == "1.51"
    assert engine_of(made) is engine


def test_another_clients_engine_is_none() -> None:
    assert engine_of(docker.DockerClient(base_url="unix:///nowhere", version="1.51")) is None


def test_an_engine_and_options_for_one_contradict_each_other(engine: FakeEngine) -> None:
    with pytest.raises(TypeError):
        client(engine, version="26.1")  # type: ignore[arg-type]


def test_refusals_are_the_exceptions_of_docker_py(api: Any) -> None:
    with pytest.raises(docker.errors.NotFound) as refusal:
        api.inspect_container("nobody")
    assert refusal.value.explanation == "No such container: nobody"
    with pytest.raises(docker.errors.ImageNotFound):
        client(FakeEngine()).images.get("nothing")  # type: ignore[arg-type]


def test_output_comes_joined(api: Any) -> None:
    assert api.exec_start(run(api, "talk")) == b"out\nerr\nmore\n"


def test_output_comes_by_stream(api: Any) -> None:
    assert api.exec_start(run(api, "talk"), demux=True) == (b"out\nmore\n", b"err\n")


def test_output_comes_piece_by_piece(api: Any) -> None:
    assert list(api.exec_start(run(api, "talk"), stream=True)) == [b"out\n", b"err\n", b"more\n"]
    pieces = list(api.exec_start(run(api, "talk"), stream=True, demux=True))
    assert pieces == [(b"out\n", None), (None, b"err\n"), (b"more\n", None)]


def test_output_of_a_terminal_comes_raw(api: Any) -> None:
    assert api.exec_start(run(api, "talk", tty=True), tty=True) == b"out\r\nerr\r\nmore\r\n"


def test_a_terminals_output_may_be_asked_for_in_frames(api: Any) -> None:
    assert api.exec_start(run(api, "talk", tty=True), demux=True) == (b"out\r\nmore\r\n", b"err\r\n")


def test_detach_keys_of_an_exec_are_those_it_was_made_with(api: Any) -> None:
    key = api.exec_create("talk", "cat", stdin=True, tty=True, detach_keys="ctrl-a")["Id"]
    sock = api.exec_start(key, tty=True, socket=True)
    sock._sock.send(b"x\x01")
    assert sock.recv(100) == b"x"
    assert sock.recv(100).startswith(b"exec attach failed: error on attach stdin: read escape sequence")
    assert sock.recv(100) == b""


def test_a_detached_exec_gives_nothing(api: Any) -> None:
    assert api.exec_start(run(api, "talk"), detach=True) == ""


def test_a_socket_takes_input_and_gives_frames(api: Any) -> None:
    sock = api.exec_start(run(api, "cat", stdin=True), socket=True)
    sock._sock.sendall(b"hello\n")
    frames = frames_iter(sock, tty=False)
    assert next(frames) == (1, b"hello\n")
    sock._sock.sendall(b"again\n")
    assert next(frames) == (1, b"again\n")
    sock._sock.shutdown(socket.SHUT_WR)
    assert list(frames) == []
    sock.close()


def test_a_socket_on_a_terminal_echoes(api: Any) -> None:
    sock = api.exec_start(run(api, "cat", stdin=True, tty=True), tty=True, socket=True)
    sock._sock.send(b"hi\r" + INTERRUPT)
    assert sock.recv(100) == b"hi\r\n^C"
    assert sock.recv(2) == b"hi"
    assert sock.recv(100) == b"\r\n"
    sock.close()


def test_what_takes_no_input_says_so(api: Any) -> None:
    sock = api.exec_start(run(api, "cat", stdin=True), socket=True)
    sock._sock.shutdown(socket.SHUT_WR)
    with pytest.raises(BrokenPipeError):
        sock._sock.sendall(b"too late")


def test_reading_what_never_comes_times_out(api: Any) -> None:
    sock = api.exec_start(run(api, "quiet"), socket=True)
    sock._sock.settimeout(0.05)
    with pytest.raises(TimeoutError):
        sock.recv(1)


def test_logs_come_whole_by_line_and_by_stream(api: Any) -> None:
    assert api.logs("talk") == b"out\nerr\nmore\n"
    assert list(api.logs("talk", stream=True)) == [b"out\n", b"err\n", b"more\n"]


def test_logs_of_a_terminal_come_raw(api: Any, engine: FakeEngine) -> None:
    engine.made["talk"]["Tty"] = True
    assert api.logs("talk") == b"out\r\nerr\r\nmore\r\n"
    assert b"".join(api.logs("talk", stream=True)) == b"out\r\nerr\r\nmore\r\n"


def test_attach_gives_output_in_every_form(api: Any) -> None:
    assert api.attach("talk") == b"out\nerr\nmore\n"
    assert api.attach("talk", demux=True) == (b"out\nmore\n", b"err\n")
    assert list(api.attach("talk", stream=True)) == [b"out\n", b"err\n", b"more\n"]


def test_attach_socket_takes_input(api: Any) -> None:
    sock = api.attach_socket("cat", params={"stdin": 1, "stdout": 1, "stream": 1})
    sock._sock.sendall(b"hello")
    assert next(frames_iter(sock, tty=False)) == (1, b"hello")


def test_wait_gives_the_status_or_times_out(api: Any) -> None:
    with pytest.raises(requests.exceptions.ReadTimeout):
        api.wait("talk", timeout=0.05)
    api.stop("talk")
    assert api.wait("talk") == {"StatusCode": 3}


def test_wait_is_woken_by_another_thread(api: Any) -> None:
    timer = threading.Timer(0.05, api.stop, ("talk",))
    timer.start()
    assert api.wait("talk", timeout=5) == {"StatusCode": 3}
    timer.join()


def test_events_come_decoded_one_by_one(api: Any) -> None:
    events = api.events(decode=True)
    assert [next(events)["Actor"]["ID"] for _ in range(3)] == ["talk", "cat", "quiet"]
    events.close()
    assert len(list(api.events(decode=True, until=1))) == 3


def test_stats_once_and_again(api: Any) -> None:
    assert api.stats("talk", stream=False) == {"name": "talk"}
    assert list(api.stats("talk", decode=True)) == [{"name": "talk"}]


def test_pull_reports_its_progress(api: Any) -> None:
    assert list(api.pull("i", tag="1", stream=True, decode=True)) == [{"status": "i:1 is here"}]


@pytest.mark.parametrize("data", [b"tar", io.BytesIO(b"tar"), iter([b"t", b"ar"])])
def test_archives_go_in_as_bytes_file_or_iterator(api: Any, engine: FakeEngine, data: Any) -> None:
    assert api.put_archive("talk", "/tmp", data)
    assert engine.calls[-1] == ("put", "/tmp", b"tar")


@pytest.mark.parametrize("size", [1, 2, 1024])
def test_archives_come_out_in_pieces(api: Any, size: int) -> None:
    bits, stat = api.get_archive("talk", "/etc/hosts", chunk_size=size)
    assert stat == {"name": "/etc/hosts", "size": 3}
    assert b"".join(bits) == b"tar of /etc/hosts"


def test_the_learners_settings_do_not_reach_the_engine(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    (tmp_path / "config.json").write_text('{"proxies": {"default": {"httpProxy": "http://proxy:1"}}}')
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("HTTP_PROXY", "http://proxy:1")
    made = client(engine)  # type: ignore[arg-type]
    made.api.create_container("i", name="c")
    assert "Env" not in engine.calls[-1][1]


def test_a_path_that_is_not_clean_is_redirected(api: Any) -> None:
    found = api._result(api._get(api.base_url + "/v1.51//containers/x/../json"), json=True)
    assert [one["Id"] for one in found] == ["talk", "cat", "quiet"]


def test_parameters_and_names_of_all_kinds_arrive(api: Any, engine: FakeEngine) -> None:
    api.create_container("i", name="\u00fc +&")
    assert engine.calls[-1][2] == "\u00fc +&"
    assert api.inspect_container("\u00fc +&")["Id"] == "\u00fc +&"


def test_many_threads_share_one_engine(engine: FakeEngine) -> None:
    made = client(engine)  # type: ignore[arg-type]

    def work(number: int) -> None:
        for step in range(5):
            name = f"c{number}-{step}"
            made.api.create_container("i", "talk", name=name)
            made.api.start(name)
            assert made.api.logs(name) == b"out\nerr\nmore\n"
            made.api.remove_container(name)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert engine.made == {}
