"""A plan in other words: docker CLI, compose, docker-py."""

from __future__ import annotations

import ast
import shlex
from typing import Any

import pytest

from dnetlab import types
from dnetlab.plan import export

kinds = pytest.mark.parametrize("kind", types.all_types(), ids=lambda kind: kind.name)


def test_macvlan_is_created_with_the_words_of_dockers_own_page() -> None:
    lines = export.cli(types.get("macvlan_bridge").plan()).splitlines()
    assert lines[0] == (
        "docker network create -d macvlan --subnet 192.168.50.0/24 --ip-range 192.168.50.192/27"
        " --gateway 192.168.50.1 --aux-address host=192.168.50.2 -o parent=lan0 mvlan"
    )
    assert "--network mvlan --ip 192.168.50.192" in lines[1]


@kinds
def test_cli_commands_make_and_remove_the_same_names(kind: types.NetworkType) -> None:
    plan = kind.plan()
    made = [shlex.split(line) for line in export.cli(plan).splitlines()]
    gone = shlex.split(export.cli_remove(plan).replace("\n", " "))
    for words in made:
        assert words[0] == "docker"
    for name in (*(c.name for c in plan.containers), *(n.name for n in plan.networks if not n.builtin)):
        assert name in gone
    assert not any(n.builtin and n.name in gone for n in plan.networks)


@kinds
def test_compose_is_yaml_with_all_services_and_own_networks(kind: types.NetworkType) -> None:
    yaml = pytest.importorskip("yaml")
    plan = kind.plan()
    found: dict[str, Any] = yaml.safe_load(export.compose(plan))
    assert set(found["services"]) == {c.name for c in plan.containers}
    assert set(found.get("networks") or {}) == {n.name for n in plan.networks if not n.builtin}
    for network in plan.networks:
        if not network.builtin:
            config = found["networks"][network.name]["ipam"]["config"]
            assert [c["subnet"] for c in config] == [str(pool.subnet) for pool in network.pools]
    for container in plan.containers:
        service = found["services"][container.name]
        assert service["command"] == ["web", str(container.port)]
        assert ("network_mode" in service) != ("networks" in service)


@kinds
def test_the_python_code_compiles_and_names_everything(kind: types.NetworkType) -> None:
    plan = kind.plan()
    code = export.docker_py(plan)
    ast.parse(code)
    for name in (*(c.name for c in plan.containers), *(n.name for n in plan.networks if not n.builtin)):
        assert repr(name) in code


def test_an_exec_of_the_python_code_makes_what_the_lab_makes() -> None:
    """The exported code is run on the scripted engine, and so is the lab: the engine is asked for the same networks."""
    from dnetlab import objects
    from tests.fakes import FakeClient
    from tests.test_objects import Recording

    plan = types.get("macvlan_8021q").plan()
    ours = Recording()
    for network in plan.networks:
        objects.create_network(FakeClient(ours), network, {})
    theirs: list[dict[str, Any]] = []

    class Networks:
        def create(self, name: str, **options: Any) -> None:
            theirs.append({"name": name, **options})

    client = FakeClient()
    client.networks = Networks()  # type: ignore[attr-defined]
    code = export.docker_py(plan).split("client.containers.run(")[0].replace("docker.from_env()", "given")
    exec(
        compile(code.replace("import docker\n", ""), "exported", "exec"),
        {"given": client, "version": "1.51"} | _types(),
    )
    for mine, other in zip(ours.asked, theirs, strict=True):
        assert other["ipam"]["Config"] == mine["ipam"]["Config"]
        assert (other["driver"], other["options"], other["name"]) == (
            mine["driver"],
            mine["options"],
            mine["name"],
        )


def _types() -> dict[str, Any]:
    import docker.types

    return {name: getattr(docker.types, name) for name in ("EndpointConfig", "IPAMConfig", "IPAMPool")}
