"""The unix socket server, talked to byte by byte, over an engine that is not the model."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dnetlab.embedded.api.framing import frame
from dnetlab.embedded.api.server import PATH_LIMIT, Server, SocketPathError, serve
from tests.embedded.api.fake import FakeEngine


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("s", numbered=True) / "d.sock"


@pytest.fixture
def server(engine: FakeEngine, path: Path) -> Iterator[Server]:
    made = Server(engine, path)  # type: ignore[arg-type]
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.close()


class Wire:
    """A raw connection."""

    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(5)
        self.socket.connect(str(path))

    def send(self, text: str | bytes) -> None:
        self.socket.sendall(text.encode() if isinstance(text, str) else text)

    def ask(
        self, method: str, target: str, body: Any = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """One request and its answer with a known length."""
        raw = b"" if body is None else json.dumps(body).encode()
        lines = [f"{method} {target} HTTP/1.1", "Host: d", f"Content-Length: {len(raw)}"]
        lines += ["Content-Type: application/json"] if raw else []
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.send("\r\n".join([*lines, "", ""]).encode() + raw)
        status, found = self.head()
        return status, found, self.exactly(int(found.get("Content-Length", 0)) if method != "HEAD" else 0)

    def head(self) -> tuple[int, dict[str, str]]:
        lines = self.until(b"\r\n\r\n").decode().split("\r\n")
        return int(lines[0].split()[1]), dict(line.split(": ", 1) for line in lines[1:] if line)

    def until(self, mark: bytes) -> bytes:
        data = b""
        while not data.endswith(mark):
            byte = self.socket.recv(1)
            if not byte:
                raise EOFError(data)
            data += byte
        return data

    def exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            piece = self.socket.recv(count - len(data))
            if not piece:
                raise EOFError(data)
            data += piece
        return data

    def rest(self) -> bytes:
        data = b""
        while piece := self.socket.recv(65536):
            data += piece
        return data


@pytest.fixture
def wire(server: Server) -> Iterator[Wire]:
    made = Wire(server.path)
    yield made
    made.socket.close()


def started(wire: Wire, program: str, **body: Any) -> None:
    wire.ask("POST", f"/containers/create?name={program}", {"Image": "i", "Cmd": [program], **body})
    wire.ask("POST", f"/containers/{program}/start")


def test_only_the_owner_may_connect(server: Server) -> None:
    assert stat.S_IMODE(server.path.stat().st_mode) == 0o600


def test_one_connection_carries_many_requests(wire: Wire) -> None:
    assert [wire.ask("GET", "/_ping")[2] for _ in range(3)] == [b"OK"] * 3
    assert wire.ask("HEAD", "/_ping")[0] == 200
    assert wire.ask("GET", "/nope")[0] == 404
    assert wire.ask("GET", "/_ping", Connection="close")[1]["Connection"] == "close"
    assert wire.rest() == b""


def test_requests_may_be_sent_ahead(wire: Wire) -> None:
    wire.send(
        "GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n" * 3 + "GET /_ping HTTP/1.1\r\nConnection: close\r\n\r\n"
    )
    assert wire.rest().count(b"OK\r\n".rstrip()) >= 4


def test_a_chunked_body_is_put_together(wire: Wire, engine: FakeEngine) -> None:
    wire.send(
        "POST /networks/create HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n"
    )
    wire.send('6;x=y\r\n{"Name\r\n5\r\n":"n"\r\n1\r\n}\r\n0\r\nTrailer: x\r\n\r\n')
    assert wire.head()[0] == 201
    assert engine.calls == [("networks.create", {"Name": "n"})]


@pytest.mark.parametrize(
    "cut",
    [
        "POST /networks/create HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n"
        '{"Name":"n"}',
        "POST /networks/create HTTP/1.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        'c\r\n{"Name":"n"}\r\n',
        "POST /networks/create HTTP/1.1\r\nContent-Type: application/json\r\n",
        "POST /networks/create HTTP",
    ],
)
def test_a_truncated_request_makes_nothing(wire: Wire, engine: FakeEngine, cut: str) -> None:
    wire.send(cut)
    wire.socket.shutdown(socket.SHUT_WR)
    assert b"HTTP/1.1 2" not in wire.rest()
    assert engine.calls == []


@pytest.mark.parametrize(
    "nonsense",
    [
        "garbage\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\r\n\r\n",
        "GET /_ping HTTP/9.9\r\n\r\n",
        "GET /_ping HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "GET /_ping HTTP/1.1\r\nContent-Length: 99999999999999\r\n\r\n",
        "POST /networks/create HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "GET /" + "x" * 70_000 + " HTTP/1.1\r\n\r\n",
        "GET /_ping HTTP/1.1\r\n" + "A: b\r\n" * 200 + "\r\n",
        "GET /_ping HTTP/1.1\r\nA: " + "x" * 70_000 + "\r\n\r\n",
    ],
    ids=lambda text: text[:24].encode("unicode_escape").decode(),
)
def test_nonsense_is_refused_and_the_connection_ends(wire: Wire, nonsense: str) -> None:
    wire.send(nonsense)
    wire.socket.shutdown(socket.SHUT_WR)
    answer = wire.rest()
    assert answer.startswith(b"HTTP/1.1 4") or answer.startswith(b"HTTP/1.1 5")
    assert b"Traceback" not in answer and b"<" not in answer


def test_unknown_methods_are_pages_not_found(wire: Wire) -> None:
    status, _, body = wire.ask("BREW", "/networks")
    assert (status, body) == (404, b'{"message":"page not found"}\n')


def test_a_client_that_speaks_http_1_0_gets_an_answer_and_the_end(wire: Wire) -> None:
    started(wire, "talk")
    wire.send("GET /containers/talk/logs?stdout=1 HTTP/1.0\r\n\r\n")
    _, headers = wire.head()
    assert "Transfer-Encoding" not in headers
    assert wire.rest() == frame(1, b"out\n") + frame(2, b"err\n") + frame(1, b"more\n")


def test_events_come_in_chunks_as_they_happen(wire: Wire, server: Server) -> None:
    wire.send("GET /events HTTP/1.1\r\nHost: d\r\n\r\n")
    assert wire.head()[1]["Transfer-Encoding"] == "chunked"
    other = Wire(server.path)
    started(other, "talk")
    size = int(wire.until(b"\r\n"), 16)
    assert json.loads(wire.exactly(size))["Actor"]["ID"] == "talk"


def test_wait_sends_its_headers_before_the_end(wire: Wire, server: Server) -> None:
    started(wire, "talk")
    waiting = Wire(server.path)
    waiting.send("POST /containers/talk/wait HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n")
    assert waiting.head()[0] == 200
    wire.ask("POST", "/containers/talk/stop")
    assert b'{"StatusCode":3}' in waiting.until(b"0\r\n\r\n")


def test_exec_takes_the_connection_and_half_closing_ends_its_input(wire: Wire) -> None:
    started(wire, "cat")
    key = json.loads(wire.ask("POST", "/containers/cat/exec", {"Cmd": ["cat"]})[2])["Id"]
    status, headers, _ = wire.ask("POST", f"/exec/{key}/start", {}, Connection="Upgrade", Upgrade="tcp")
    assert (status, headers["Upgrade"]) == (101, "tcp")
    wire.send(b"one")
    assert wire.exactly(11) == frame(1, b"one")
    wire.send(b"two")
    wire.socket.shutdown(socket.SHUT_WR)
    assert wire.rest() == frame(1, b"two")


def test_input_sent_together_with_the_request_is_not_lost(wire: Wire) -> None:
    started(wire, "cat")
    key = json.loads(wire.ask("POST", "/containers/cat/exec", {"Cmd": ["cat"]})[2])["Id"]
    wire.send(
        f"POST /exec/{key}/start HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
        "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n{}early"
    )
    wire.socket.shutdown(socket.SHUT_WR)
    assert wire.head()[0] == 101
    assert wire.rest() == frame(1, b"early")


def test_no_frame_is_in_flight_with_the_headers(wire: Wire) -> None:
    started(wire, "talk")
    key = json.loads(wire.ask("POST", "/containers/talk/exec", {"Cmd": ["talk"]})[2])["Id"]
    wire.send(
        f"POST /exec/{key}/start HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
        "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n{}"
    )
    time.sleep(0.05)
    assert wire.socket.recv(65536).endswith(b"\r\n\r\n")
    assert wire.rest().startswith(frame(1, b"out\n"))


def test_a_refused_attach_is_plain_text(wire: Wire) -> None:
    status, headers, body = wire.ask("POST", "/containers/nobody/attach?stdout=1")
    assert (status, body) == (404, b"No such container: nobody\r\n")
    assert headers["Content-Type"] == "application/vnd.docker.raw-stream"


@pytest.mark.parametrize(
    "target", ["/events", "/containers/quiet/logs?stdout=1&follow=1", "/containers/quiet/wait"]
)
def test_a_client_that_hangs_up_frees_its_thread(wire: Wire, server: Server, target: str) -> None:
    started(wire, "quiet")
    before = threading.active_count()
    gone = Wire(server.path)
    gone.send(
        f"{'POST' if target.endswith('wait') else 'GET'} {target} HTTP/1.1\r\nContent-Length: 0\r\n\r\n"
    )
    gone.head()
    gone.socket.close()
    deadline = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() <= before


def test_a_client_that_hangs_up_during_exec_frees_its_thread(wire: Wire, server: Server) -> None:
    started(wire, "quiet")
    before = threading.active_count()
    key = json.loads(wire.ask("POST", "/containers/quiet/exec", {"Cmd": ["quiet"]})[2])["Id"]
    gone = Wire(server.path)
    assert gone.ask("POST", f"/exec/{key}/start", {}, Connection="Upgrade", Upgrade="tcp")[0] == 101
    gone.socket.close()
    deadline = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() <= before


def test_docker_py_loses_no_frames_of_a_fast_exec(server: Server) -> None:
    api: Any = docker.APIClient(base_url=f"unix://{server.path}", version="1.51")
    api.create_container("i", "talk", name="talk")
    api.start("talk")
    for _ in range(60):
        assert api.exec_start(api.exec_create("talk", "talk")["Id"]) == b"out\nerr\nmore\n"
    api.close()


def test_the_socket_is_removed_at_the_end(engine: FakeEngine, path: Path) -> None:
    made = Server(engine, path)  # type: ignore[arg-type]
    assert path.exists()
    made.close()
    assert not path.exists()


def test_a_socket_that_is_not_ours_any_more_stays(engine: FakeEngine, path: Path) -> None:
    made = Server(engine, path)  # type: ignore[arg-type]
    path.unlink()
    path.write_text("somebody else's")
    made.close()
    assert path.read_text() == "somebody else's"


def test_a_stale_socket_is_replaced(engine: FakeEngine, path: Path) -> None:
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(path))
    left.close()
    Server(engine, path).close()  # type: ignore[arg-type]


def test_a_socket_somebody_listens_on_is_not_replaced(server: Server, engine: FakeEngine) -> None:
    with pytest.raises(SocketPathError, match="somebody is listening"):
        Server(engine, server.path)  # type: ignore[arg-type]
    assert server.path.exists()


def test_a_file_is_not_replaced(engine: FakeEngine, path: Path) -> None:
    path.write_text("precious")
    with pytest.raises(SocketPathError, match="not a socket"):
        Server(engine, path)  # type: ignore[arg-type]
    assert path.read_text() == "precious"


def test_a_path_that_is_too_long_is_named_with_both_numbers(engine: FakeEngine, tmp_path: Path) -> None:
    long = tmp_path / ("x" * PATH_LIMIT)
    with pytest.raises(SocketPathError, match=rf"{len(str(long))} bytes.*{PATH_LIMIT}"):
        Server(engine, long)  # type: ignore[arg-type]


def test_a_missing_directory_is_named(engine: FakeEngine, path: Path) -> None:
    with pytest.raises(SocketPathError, match="no directory"):
        Server(engine, path.parent / "missing" / "d.sock")  # type: ignore[arg-type]


def test_serve_ends_and_tidies_up_when_interrupted(engine: FakeEngine, path: Path) -> None:
    def interrupt(ready: Path) -> None:
        assert ready.exists()
        raise KeyboardInterrupt

    serve(engine, path, ready=interrupt)  # type: ignore[arg-type]
    assert not path.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_process_and_removes_the_socket(path: Path, number: int) -> None:
    script = (
        "import sys; from dnetlab.embedded.api.server import serve; from tests.embedded.api.fake import FakeEngine\n"
        "serve(FakeEngine(), sys.argv[1], ready=lambda path: print('ready', flush=True))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, env=environment
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    quiet = Wire(path)
    quiet.send("GET /events HTTP/1.1\r\nHost: d\r\n\r\n")
    quiet.head()
    process.send_signal(number)
    assert process.wait(5) == 0
    assert not path.exists()
    quiet.socket.close()


def test_a_signal_that_comes_while_a_client_is_let_in_ends_it_too(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def let_in(*_: object) -> bool:
        os.kill(os.getpid(), signal.SIGTERM)
        return True

    monkeypatch.setattr(Server, "verify_request", let_in)
    clients: list[Wire] = []
    last_resort = threading.Timer(10, os.kill, (os.getpid(), signal.SIGINT))
    last_resort.start()
    start = time.monotonic()
    serve(FakeEngine(), path, ready=lambda there: clients.append(Wire(there)))  # type: ignore[arg-type]
    last_resort.cancel()
    assert time.monotonic() - start < 5
    assert not path.exists()
    clients[0].socket.close()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_any_bytes_get_an_answer_or_the_end_and_the_server_lives_on(server: Server, data: bytes) -> None:
    wire = Wire(server.path)
    wire.send(data)
    wire.socket.shutdown(socket.SHUT_WR)
    assert b"Traceback" not in wire.rest()
    wire.socket.close()
    again = Wire(server.path)
    assert again.ask("GET", "/_ping")[2] == b"OK"
    again.socket.close()
