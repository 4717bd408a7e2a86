"""What was made past the lab, with docker-py or the docker CLI, counts like what was made with lab.docker.

Such a container has no label of the lab, and its host name is its id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from docker.types import EndpointConfig, IPAMConfig, IPAMPool

from dnetlab.check import Task, Values
from dnetlab.engine import Engine, find
from dnetlab.errors import InUse
from dnetlab.lab import Lab
from dnetlab.progress import Progress

IMAGE = "dnetlab/lab:1"


@pytest.fixture
def model() -> Iterator[Engine]:
    engine = find("embedded")
    yield engine
    for container in engine.client.containers.list(all=True):
        container.remove(force=True)
    engine.client.networks.prune()


def run(client: Any, name: str, network: str = "", port: int = 80, **given: Any) -> None:
    settings = {key: given.pop(key) for key in ("ipv4_address", "aliases") if key in given}
    if settings:
        given["networking_config"] = {network: EndpointConfig(client.api._version, **settings)}
    if network:
        given["network"] = network
    client.containers.run(IMAGE, ["web", str(port)], detach=True, name=name, **given)


def evict(client: Any, v: Values) -> None:
    client.containers.get("squatter").remove(force=True)
    run(client, v["name"], "host", v["port"])


def befriend(client: Any, v: Values) -> None:
    network = client.networks.create(v["network"])
    network.connect(v["first"])
    network.connect(v["last"])


def make_vault(client: Any, v: Values) -> None:
    pools = IPAMConfig(pool_configs=[IPAMPool(subnet=v["subnet"])])
    network = client.networks.create(v["second"], internal=True, ipam=pools)
    run(client, v["name"], v["second"])
    network.connect(v["first"])


def on_the_lan(client: Any, v: Values) -> None:
    run(client, v["name"], v["network"], ipv4_address=v["ip"])


WAYS: dict[str, Callable[[Any, Values], None]] = {
    "default_bridge/publish": lambda c, v: run(c, v["name"], ports={"80/tcp": v["port"]}),
    "default_bridge/loopback": lambda c, v: run(c, v["name"], ports={"80/tcp": ("127.0.0.1", v["port"])}),
    "default_bridge/names": befriend,
    "user_bridge/newcomer": lambda c, v: run(c, v["name"], v["network"]),
    "user_bridge/alias": lambda c, v: run(
        c, v["name"], v["network"], ipv4_address=v["ip"], aliases=[v["alias"]]
    ),
    "user_bridge/vault": make_vault,
    "host/listen": lambda c, v: run(c, v["name"], "host", v["port"]),
    "host/squatter": evict,
    "host/boxed": lambda c, v: run(c, v["name"], ports={"80/tcp": v["port"]}),
    "macvlan_bridge/newcomer": on_the_lan,
    "macvlan_8021q/second-vlan": lambda c, v: run(c, v["name"], f"vlan{v['vlan']}", ipv4_address=v["ip"]),
    "ipvlan_l3/sibling": on_the_lan,
}


def begun(name: str, engine: Engine) -> Task:
    kind, _, exercise = name.partition("/")
    lab = Lab(kind, engine)
    lab.build()
    return Task(lab.type.exercise(exercise), lab, Progress("learner", 5)).start()


@pytest.mark.parametrize("name", WAYS)
def test_an_exercise_done_with_docker_py_is_solved_and_the_lab_goes_away_all_the_same(
    name: str, model: Engine
) -> None:
    task = begun(name, model)
    WAYS[name](model.client, task.values)
    assert task.check().solved, str(task.check())
    task.stop()
    task.lab.remove()
    left = {n.name for n in model.client.networks.list()} - {"bridge", "host", "none"}
    assert left <= {task.values.get("second"), task.values["network"]} - {
        n.name for n in task.lab.plan.networks
    }


def test_a_container_of_the_task_s_name_that_is_not_the_lab_s_is_named_when_the_task_begins_again(
    model: Engine,
) -> None:
    task = begun("user_bridge/newcomer", model)
    run(model.client, task.values["name"], task.values["network"])
    assert task.check().solved
    with pytest.raises(InUse, match=rf"docker rm -f {task.values['name']}"):
        task.start()
    assert task.lab.docker(f"rm -f {task.values['name']}").ok
    assert not task.start().check().solved
    task.lab.remove()


def test_a_page_of_another_container_is_not_taken_for_the_one_that_was_asked_for(model: Engine) -> None:
    task = begun("default_bridge/publish", model)
    run(model.client, "other", ports={"80/tcp": task.values["port"]})
    run(model.client, task.values["name"])
    assert not task.check().solved
    task.lab.remove()


def test_a_container_made_past_the_lab_can_be_asked_and_explained(model: Engine) -> None:
    with Lab("user_bridge", model) as lab:
        lab.build()
        run(model.client, "guest", "shop")
        assert lab.ping("web", "guest").ok
        assert lab.explain("guest", "web").ok
        assert lab.run("guest", "true").ok
        model.client.containers.get("guest").remove(force=True)
        assert not lab.ping("web", "guest").ok


def test_a_container_that_is_not_there_or_does_not_run_is_named_before_anything_else(model: Engine) -> None:
    task = begun("host/squatter", model)
    name, port = task.values["name"], task.values["port"]
    assert task.check().hint.startswith(f"No container is named {name} yet")
    task.lab.docker(f"run -d --name {name} --network host {IMAGE} web {port}")
    assert task.check().hint.startswith(f"{name} does not run (lab.docker('logs {name}')). Somebody else")
    task.lab.remove()
    task = begun("user_bridge/newcomer", model)
    name = task.values["name"]
    task.lab.docker(f"run -d --name {name} --network shop --ip 172.28.0.2 {IMAGE}")
    assert task.check().hint.startswith(f"{name} was made, but could not be started")
    task.lab.remove()
