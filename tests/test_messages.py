"""The error messages that learners meet, word by word: golden files in tests/golden-messages.

What the engine says inside of them was copied from Engine 28.5.2. After a change of a text:
``DNETLAB_WRITE_MESSAGES=1 pytest tests/test_messages.py`` writes the files anew; read the difference.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from dnetlab import engine as engines
from dnetlab import image, lan_script
from dnetlab.cli.common import paragraph
from dnetlab.errors import DnetlabError
from dnetlab.lab import Lab
from tests.fakes import FakeApi, FakeClient, SmallEngine, engine, refused

FOLDER = Path(__file__).parent / "golden-messages"
CASES: dict[str, Callable[[Path, pytest.MonkeyPatch], object]] = {}


def case(function: Callable[[Path, pytest.MonkeyPatch], object]) -> Callable[..., object]:
    CASES[function.__name__.replace("_", "-")] = function
    return function


def _build(type: str, api: FakeApi, **parameters: object) -> None:
    with Lab(type, engine=engine(FakeClient(api)), **parameters) as lab:
        lab.build()


@case
def no_engine(folder: Path, patch: pytest.MonkeyPatch) -> object:
    return engines.find("unix:///nowhere/docker.sock")


@case
def nobody_listens(folder: Path, patch: pytest.MonkeyPatch) -> object:
    return engines.find("tcp://127.0.0.1:9")


@case
def no_permission(folder: Path, patch: pytest.MonkeyPatch) -> object:
    import docker
    from docker.errors import DockerException

    # As docker-py puts it for a user who is not in the group docker; root, as in CI, is never refused.
    said = "('Connection aborted.', PermissionError(13, 'Permission denied'))"

    def refuse(*_: object, **__: object) -> object:
        raise DockerException(f"Error while fetching server API version: {said}")

    patch.setattr(docker, "DockerClient", refuse)
    return engines.find("unix:///var/run/docker.sock")


@case
def no_such_engine_name(folder: Path, patch: pytest.MonkeyPatch) -> object:
    return engines.find("podman")


@case
def unknown_scheme(folder: Path, patch: pytest.MonkeyPatch) -> object:
    return engines.find("ftp://127.0.0.1")


@case
def no_such_context(folder: Path, patch: pytest.MonkeyPatch) -> object:
    patch.setenv("DOCKER_CONTEXT", "at-home")
    patch.setenv("DOCKER_CONFIG", str(folder))
    return engines.find("docker")


@case
def engine_too_old(folder: Path, patch: pytest.MonkeyPatch) -> object:
    with SmallEngine(folder, Version="19.03.15", ApiVersion="1.40") as url:
        return engines.find(url)


@case
def engine_far_too_old(folder: Path, patch: pytest.MonkeyPatch) -> object:
    with SmallEngine(folder, Version="1.11.2", ApiVersion="1.23") as url:
        return engines.find(url)


@case
def not_an_engine(folder: Path, patch: pytest.MonkeyPatch) -> object:
    with SmallEngine(folder, message="hello") as url:
        return engines.find(url)


@case
def kernel_without_ipvlan(folder: Path, patch: pytest.MonkeyPatch) -> object:
    return _build("ipvlan_l2", FakeApi(outputs=lambda argv: (lan_script.NO_LINK, "ipvlan\n")))


@case
def kernel_without_vlan(folder: Path, patch: pytest.MonkeyPatch) -> object:
    return _build("macvlan_8021q", FakeApi(outputs=lambda argv: (lan_script.NO_LINK, "vlan\n")))


@case
def kernel_without_driver_at_start(folder: Path, patch: pytest.MonkeyPatch) -> object:
    said = "failed to create the ipvlan port: operation not supported"
    return _build("ipvlan_l2", _Unstartable(refused(500, said)))


class _Unstartable(FakeApi):
    """The LAN's container starts, the others do not."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(
            {"start": lambda ref: None if "dnetlab-lan-" in self.held[ref]["Names"][0] else error}
        )


@case
def image_missing(folder: Path, patch: pytest.MonkeyPatch) -> object:
    missing = refused(404, f"No such image: {image.REF}")
    return _build("user_bridge", FakeApi({"create_container": lambda name: missing}))


@case
def container_name_in_use(folder: Path, patch: pytest.MonkeyPatch) -> object:
    said = (
        'Conflict. The container name "/web" is already in use by container '
        '"4ac37eee1f52a3c5a1d1ea6b0d1f5e5cbf3a8f7d3d22d4c0a6d8b7c4d0a1f2e3". You have to remove (or rename) that '
        "container to be able to reuse that name."
    )
    return _build(
        "user_bridge", FakeApi({"create_container": lambda n: refused(409, said) if n == "web" else None})
    )


@case
def network_name_in_use(folder: Path, patch: pytest.MonkeyPatch) -> object:
    said = "network with name shop already exists"
    return _build("user_bridge", FakeApi({"create_network": lambda name: refused(409, said)}))


@case
def subnet_in_use(folder: Path, patch: pytest.MonkeyPatch) -> object:
    said = "invalid pool request: Pool overlaps with other one on this address space"
    return _build("macvlan_bridge", FakeApi({"create_network": lambda name: refused(403, said)}))


@case
def lan_subnet_is_the_hosts(folder: Path, patch: pytest.MonkeyPatch) -> object:
    text = "192.168.50.0/24\n2: eth0    inet 192.168.50.17/24 brd 192.168.50.255 scope global eth0\\       valid_lft forever\n"
    return _build("macvlan_bridge", FakeApi(outputs=lambda argv: (lan_script.CLASH, text)))


@case
def nic_taken(folder: Path, patch: pytest.MonkeyPatch) -> object:
    text = "RTNETLINK answers: File exists\nCommand failed -:1\n"
    return _build("macvlan_bridge", FakeApi(outputs=lambda argv: (2, text)))


@case
def parent_has_an_ipvlan_network(folder: Path, patch: pytest.MonkeyPatch) -> object:
    said = "network di-4f1f5d1ac9e2 is already using parent interface lan0"
    return _build("ipvlan_l2", FakeApi({"create_network": lambda name: refused(500, said)}))


@case
def parent_held_by_the_other_driver(folder: Path, patch: pytest.MonkeyPatch) -> object:
    said = "failed to create the macvlan port: device or resource busy"
    return _build("macvlan_bridge", _Unstartable(refused(500, said)))


@case
def port_taken(folder: Path, patch: pytest.MonkeyPatch) -> object:
    said = (
        "failed to set up container networking: driver failed programming external connectivity on endpoint web "
        "(8ab2): failed to bind host port for 0.0.0.0:8080:172.28.0.2:80/tcp: address already in use"
    )
    return _build("user_bridge", _Unstartable(refused(500, said)))


@case
def anything_else(folder: Path, patch: pytest.MonkeyPatch) -> object:
    return _build("user_bridge", _Unstartable(refused(500, "no space left on device")))


@case
def lan_script_fails(folder: Path, patch: pytest.MonkeyPatch) -> object:
    return _build(
        "user_bridge", FakeApi(outputs=lambda argv: (1, "RTNETLINK answers: Operation not permitted\n"))
    )


@case
def engine_refuses_the_lan(folder: Path, patch: pytest.MonkeyPatch) -> object:
    said = "authorization denied by plugin: host network is not allowed"
    return _build("user_bridge", FakeApi({"create_container": lambda name: refused(403, said)}))


@pytest.mark.parametrize("name", CASES)
def test_message_is_the_golden_one(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DnetlabError) as raised:
        CASES[name](tmp_path, monkeypatch)
    text = str(raised.value).replace(str(tmp_path), "FOLDER") + "\n"
    file = FOLDER / f"{name}.txt"
    if os.environ.get("DNETLAB_WRITE_MESSAGES"):
        file.write_text(text)
    assert text == file.read_text()


@pytest.mark.parametrize("name", CASES)
def test_message_says_what_is_wrong_why_and_what_to_do(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DnetlabError) as raised:
        CASES[name](tmp_path, monkeypatch)
    error = raised.value
    assert error.what.endswith(".")
    assert error.why
    assert error.fix.rstrip().endswith((".", ")"))
    assert "\n\n" not in paragraph(str(error))
    assert "Traceback" not in str(error)


def test_no_golden_message_is_left_without_a_case() -> None:
    assert {file.stem for file in FOLDER.glob("*.txt")} == set(CASES)
