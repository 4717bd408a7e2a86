"""The API as a function, over an engine that is not the model: paths, versions, bodies, streams."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnetlab.embedded.api import Api, Hijack, Request, Response
from dnetlab.embedded.api.core import ROUTES
from dnetlab.embedded.api.framing import frame, parse_frames
from tests.embedded.api.fake import FakeEngine
from tests.embedded.api.test_gojson import VALUES

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def api(engine: FakeEngine) -> Api:
    return Api(engine)  # type: ignore[arg-type]


def ask(api: Api, method: str, target: str, body: Any = None, **headers: str) -> Response:
    raw = b"" if body is None else json.dumps(body).encode()
    return api.handle(Request.of(method, target, {**(JSON if raw else {}), **headers}, raw))


def all_of(response: Response) -> bytes:
    body = response.body.output if isinstance(response.body, Hijack) else response.body
    return body if isinstance(body, bytes) else b"".join(chunk or b"" for chunk in body)


def message(response: Response) -> str:
    text = json.loads(all_of(response))["message"]
    assert isinstance(text, str)
    return text


def test_ping_tells_the_version_also_without_a_body(api: Api) -> None:
    response = ask(api, "HEAD", "/_ping")
    assert response.status == 200
    assert response.body == b""
    wanted = {"Api-Version": "1.51", "Ostype": "linux", "Server": "Docker/28.5 (linux)", "Swarm": "inactive"}
    assert wanted.items() <= response.headers.items()
    assert ask(api, "GET", "/_ping").body == b"OK"


def test_paths_go_with_and_without_a_version(api: Api) -> None:
    assert all_of(ask(api, "GET", "/info")) == all_of(ask(api, "GET", "/v1.51/info"))


def test_an_absolute_target_counts_by_its_path(api: Api) -> None:
    assert ask(api, "GET", "http://docker/v1.51/_ping").body == b"OK"


def test_networks_of_old_clients_come_with_their_containers(api: Api, engine: FakeEngine) -> None:
    engine.networks.list = lambda filters: [{"Id": "n1"}]
    assert json.loads(all_of(ask(api, "GET", "/v1.27/networks"))) == [{"Name": "n1"}]
    assert json.loads(all_of(ask(api, "GET", "/v1.28/networks"))) == [{"Id": "n1"}]


def test_the_default_network_mode_has_become_bridge_when_the_engine_sees_it(
    api: Api, engine: FakeEngine
) -> None:
    host = {"NetworkMode": "default"}
    endpoints = {"EndpointsConfig": {"default": {"Aliases": ["a"]}}}
    ask(
        api,
        "POST",
        "/containers/create?name=c",
        {"Image": "i", "HostConfig": host, "NetworkingConfig": endpoints},
    )
    body = engine.calls[-1][1]
    assert body["HostConfig"]["NetworkMode"] == "bridge"
    assert body["NetworkingConfig"]["EndpointsConfig"] == {"bridge": {"Aliases": ["a"]}}


def test_a_container_wide_mac_address_moves_to_its_endpoint_with_a_warning(
    api: Api, engine: FakeEngine
) -> None:
    response = ask(api, "POST", "/containers/create", {"Image": "i", "MacAddress": "02:00:00:00:00:01"})
    assert "MacAddress" not in engine.calls[-1][1]
    endpoints = engine.calls[-1][1]["NetworkingConfig"]["EndpointsConfig"]
    assert endpoints == {"bridge": {"MacAddress": "02:00:00:00:00:01"}}
    assert "deprecated" in json.loads(all_of(response))["Warnings"][0]


def test_before_1_44_the_container_wide_mac_address_is_the_only_one_and_needs_no_warning(
    api: Api, engine: FakeEngine
) -> None:
    endpoints = {"EndpointsConfig": {"n": {"MacAddress": "02:00:00:00:00:09"}}}
    body = {"Image": "i", "HostConfig": {"NetworkMode": "n"}, "NetworkingConfig": endpoints}
    assert json.loads(all_of(ask(api, "POST", "/v1.43/containers/create", body)))["Warnings"] == []
    assert engine.calls[-1][1]["NetworkingConfig"]["EndpointsConfig"] == {"n": {}}
    ask(api, "POST", "/v1.43/containers/create", {**body, "MacAddress": "02:00:00:00:00:08"})
    assert engine.calls[-1][1]["NetworkingConfig"]["EndpointsConfig"]["n"]["MacAddress"].endswith("08")


def test_sysctls_of_eth0_move_to_the_endpoint_for_clients_before_1_48(api: Api, engine: FakeEngine) -> None:
    sysctls = {"net.ipv4.conf.eth0.forwarding": "1", "net.ipv4.ip_forward": "0"}
    response = ask(
        api, "POST", "/v1.47/containers/create", {"Image": "i", "HostConfig": {"Sysctls": sysctls}}
    )
    body = engine.calls[-1][1]
    assert body["HostConfig"]["Sysctls"] == {"net.ipv4.ip_forward": "0"}
    assert body["NetworkingConfig"]["EndpointsConfig"]["bridge"]["DriverOpts"] == {
        "com.docker.network.endpoint.sysctls": "net.ipv4.conf.IFNAME.forwarding=1"
    }
    assert "Migrated sysctl" in json.loads(all_of(response))["Warnings"][0]


def test_starting_twice_is_304(api: Api) -> None:
    ask(api, "POST", "/containers/create?name=c", {"Image": "i"})
    assert [ask(api, "POST", "/containers/c/start").status for _ in range(2)] == [204, 304]


def test_logs_are_framed_without_a_terminal_and_raw_with_one(api: Api) -> None:
    for name, tty in (("plain", False), ("tty", True)):
        ask(api, "POST", f"/containers/create?name={name}", {"Image": "i", "Cmd": ["talk"], "Tty": tty})
    plain = ask(api, "GET", "/containers/plain/logs?stdout=1&stderr=1")
    assert plain.headers["Content-Type"] == "application/vnd.docker.multiplexed-stream"
    assert list(parse_frames(all_of(plain))) == [(1, b"out\n"), (2, b"err\n"), (1, b"more\n")]
    tty_logs = ask(api, "GET", "/containers/tty/logs?stdout=1")
    assert tty_logs.headers["Content-Type"] == "application/vnd.docker.raw-stream"
    assert all_of(tty_logs) == b"out\r\nerr\r\nmore\r\n"
    assert (
        ask(api, "GET", "/v1.41/containers/plain/logs?stdout=1")
        .headers["Content-Type"]
        .endswith("raw-stream")
    )


def test_a_quiet_stream_says_so_instead_of_waiting(api: Api) -> None:
    ask(api, "POST", "/containers/create?name=q", {"Image": "i", "Cmd": ["quiet"]})
    stream = ask(api, "GET", "/containers/q/logs?stdout=1&follow=1").body
    assert not isinstance(stream, bytes | Hijack)
    assert [next(stream), next(stream)] == [None, None]


def test_exec_takes_the_connection_over_and_feeds_the_process(api: Api) -> None:
    ask(api, "POST", "/containers/create?name=c", {"Image": "i"})
    ask(api, "POST", "/containers/c/start")
    made = json.loads(all_of(ask(api, "POST", "/containers/c/exec", {"Cmd": ["cat"], "AttachStdin": True})))
    response = ask(api, "POST", f"/exec/{made['Id']}/start", {}, Connection="Upgrade", Upgrade="tcp")
    assert response.status == 101
    assert isinstance(response.body, Hijack)
    response.body.input.feed(b"hello")
    assert next(response.body.output) == frame(1, b"hello")
    response.body.input.close()
    assert list(response.body.output) == []


def test_exec_without_an_upgrade_is_an_ordinary_200(api: Api) -> None:
    ask(api, "POST", "/containers/create?name=c", {"Image": "i"})
    ask(api, "POST", "/containers/c/start")
    ask(api, "POST", "/containers/c/exec", {"Cmd": ["talk"]})
    response = ask(api, "POST", "/exec/e0/start", {})
    assert (response.status, response.headers["Content-Type"]) == (200, "application/vnd.docker.raw-stream")
    assert list(parse_frames(all_of(response))) == [(1, b"out\n"), (2, b"err\n"), (1, b"more\n")]


def test_wait_answers_at_once_and_the_status_comes_later(api: Api) -> None:
    ask(api, "POST", "/containers/create?name=c", {"Image": "i"})
    ask(api, "POST", "/containers/c/start")
    response = ask(api, "POST", "/containers/c/wait")
    assert response.status == 200
    assert not isinstance(response.body, bytes | Hijack)
    assert next(response.body) is None
    ask(api, "POST", "/containers/c/stop")
    assert json.loads(all_of(response)) == {"StatusCode": 3}


def test_stop_hands_over_time_and_signal(api: Api, engine: FakeEngine) -> None:
    ask(api, "POST", "/containers/create?name=c", {"Image": "i"})
    ask(api, "POST", "/containers/c/stop?t=3&signal=INT")
    ask(api, "POST", "/v1.41/containers/c/stop?signal=INT")
    assert engine.calls[-2:] == [("stop", "c", 3, "INT"), ("stop", "c", None, None)]


def test_an_archive_is_compressed_for_those_who_take_it(api: Api) -> None:
    import gzip

    ask(api, "POST", "/containers/create?name=c", {"Image": "i"})
    plain = ask(api, "GET", "/containers/c/archive?path=/etc/hosts")
    packed = api.handle(
        Request.of("GET", "/containers/c/archive?path=/etc/hosts", {"Accept-Encoding": "gzip, deflate"})
    )
    assert plain.body == b"tar of /etc/hosts"
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(all_of(packed)) == plain.body
    assert "X-Docker-Container-Path-Stat" in plain.headers


def test_what_the_model_lacks_is_501_and_says_so(api: Api) -> None:
    response = ask(api, "POST", "/build")
    assert response.status == 501
    assert "not part of the embedded engine" in message(response)


def test_a_fault_in_the_engine_is_a_message_not_a_traceback(api: Api, engine: FakeEngine) -> None:
    del engine.containers.list
    response = ask(api, "GET", "/containers/json")
    assert response.status == 500
    assert "Traceback" not in message(response)
    assert "fault" in message(response)


def test_one_engine_has_one_api(engine: FakeEngine) -> None:
    assert Api.of(engine) is Api.of(engine)  # type: ignore[arg-type]
    assert Api.of(FakeEngine()) is not Api.of(engine)  # type: ignore[arg-type]


PATHS = st.sampled_from([route.path for route in ROUTES]).flatmap(
    lambda path: st.text(max_size=12).map(lambda name: path.replace("{name}", name).replace("{name+}", name))
) | st.text(max_size=40)


@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"]),
    path=PATHS,
    query=st.text(max_size=30)
    | st.sampled_from(["path=/", "all=1&limit=x", "filters={", "h=1&w=2", "stdout=1"]),
    body=st.binary(max_size=40) | VALUES.map(lambda value: json.dumps(value).encode()),
    headers=st.dictionaries(
        st.sampled_from(["Content-Type", "Upgrade", "Accept-Encoding"]), st.text(max_size=20)
    ),
    typed=st.booleans(),
)
def test_whatever_comes_in_an_answer_goes_out(
    method: str, path: str, query: str, body: bytes, headers: dict[str, str], typed: bool
) -> None:
    api = Api(FakeEngine())  # type: ignore[arg-type]
    ask(api, "POST", "/containers/create?name=c", {"Image": "i", "Cmd": ["talk"]})
    response = api.handle(
        Request.of(method, f"/{path.lstrip('/')}?{query}", {**headers, **(JSON if typed else {})}, body)
    )
    assert 100 <= response.status <= 599
    for value in response.headers.values():
        assert isinstance(value, str)
    if response.status >= 400 and method != "HEAD" and isinstance(response.body, bytes):
        text = response.body.decode()
        assert "Traceback" not in text
