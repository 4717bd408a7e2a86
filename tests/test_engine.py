"""Which engine is chosen: an explicit choice, the environment, what the docker CLI would use, the embedded one."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from dnetlab import engine as engines
from dnetlab.errors import EngineError
from tests.fakes import SmallEngine

NEW = {"Version": "28.5.2+dfsg4", "ApiVersion": "1.51"}


def test_a_url_is_used_as_it_is(tmp_path: Path) -> None:
    with SmallEngine(tmp_path, **NEW) as url:
        found = engines.find(url)
    assert (found.kind, found.url, found.version, found.api, found.why) == (
        "docker", url, "28.5.2", "1.51", "it was asked for",
    )  # fmt: skip
    assert found.parallel > 1


def test_the_environment_names_an_engine_where_no_argument_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with SmallEngine(tmp_path, **NEW) as url:
        monkeypatch.setenv("DNETLAB_ENGINE", url)
        found = engines.find()
        assert found.why == "DNETLAB_ENGINE names it"
        with pytest.raises(EngineError):
            engines.find("unix:///nowhere")  # the argument wins


def test_docker_host_counts_as_for_the_docker_cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with SmallEngine(tmp_path, **NEW) as url:
        monkeypatch.setenv("DOCKER_HOST", url)
        monkeypatch.setenv("DOCKER_CONTEXT", "ignored")
        found = engines.find("docker")
    assert "DOCKER_HOST" in found.why


def write_context(folder: Path, name: str, host: str, *, current: bool) -> None:
    meta = folder / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest()
    meta.mkdir(parents=True)
    endpoints = {"docker": {"Host": host, "SkipTLSVerify": False}}
    (meta / "meta.json").write_text(json.dumps({"Name": name, "Metadata": {}, "Endpoints": endpoints}))
    (folder / "config.json").write_text(json.dumps({"currentContext": name} if current else {}))


@pytest.mark.parametrize("current", [True, False])
def test_a_docker_context_counts_as_for_the_docker_cli(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, current: bool
) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    if not current:
        monkeypatch.setenv("DOCKER_CONTEXT", "home")
    with SmallEngine(tmp_path, **NEW) as url:
        write_context(tmp_path, "home", url, current=current)
        found = engines.find()
    assert found.url == url
    assert found.why == "the docker CLI would use it (docker context home)"


def test_the_model_behind_a_socket_is_not_taken_for_a_real_engine(tmp_path: Path) -> None:
    with SmallEngine(
        tmp_path, **NEW, Platform={"Name": "dnetlab embedded engine (model of Docker Engine) 28.5.2"}
    ) as url:
        found = engines.find(url)
    assert found.kind == "embedded"
    assert found.url == url
    assert found.description == "embedded engine (model of Docker Engine 28.5)"


def test_without_any_docker_the_embedded_engine_is_taken_and_says_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    found = engines.find()
    assert found.kind == "embedded"
    assert "unix:///nowhere/docker.sock" in found.why
    assert found.description == "embedded engine (model of Docker Engine 28.5)"


def test_an_engine_that_was_asked_for_is_never_replaced_by_the_embedded_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    with pytest.raises(EngineError):
        engines.find("docker")


def test_the_oldest_api_that_is_taken_is_1_41(tmp_path: Path) -> None:
    with SmallEngine(tmp_path, Version="20.10.24", ApiVersion="1.41") as url:
        assert engines.find(url).api == "1.41"
