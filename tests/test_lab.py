"""The lab's life on an engine that fails where it is told to: whatever happens, nothing is left."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from typing import Any

import pytest
from docker.errors import DockerException, NotFound

from dnetlab import types
from dnetlab.errors import BuildFailed, DnetlabError, InvalidPlan, NotBuilt
from dnetlab.lab import Lab, Step
from tests.fakes import FakeApi, FakeClient, engine, refused
from tests.test_state import devices_of, engine_of


class Obedient(FakeApi):
    """An engine that does everything as planned, as far as a lab can see."""

    def __init__(
        self, type: str, faults: dict[str, Callable[..., BaseException | None]] | None = None
    ) -> None:
        plan = types.get(type).plan()
        self.containers_as_planned, self.networks_as_planned = engine_of(plan)
        text = devices_of(plan)
        super().__init__(
            faults, lambda argv: (0, text if "address" in str(argv) and "@ host" in str(argv) else "")
        )

    def containers(self, *args: Any, **filters: Any) -> list[dict[str, Any]]:
        listed = super().containers(*args, **filters)
        return [c | self.containers_as_planned.get(c["Names"][0].lstrip("/"), {}) for c in listed]

    def networks(self, filters: Any = None) -> list[dict[str, Any]]:
        return [n | self.networks_as_planned[n["Name"]] for n in super().networks(filters)]

    def inspect_network(self, ref: str) -> object:
        return {"Name": ref} | self.networks_as_planned[ref]

    def inspect_container(self, ref: str) -> object:
        raise NotFound(ref)


def lab_on(api: FakeApi, type: str = "macvlan_8021q") -> Lab:
    return Lab(type, engine=engine(FakeClient(api)))


BUILT_IN_TURN, BUILT_AT_ONCE, STARTED_IN_ORDER = "macvlan_8021q", "user_bridge", "default_bridge"
"""LAN first; LAN and containers at the same time; containers one after the other."""

each_way = pytest.mark.parametrize("type", [BUILT_IN_TURN, BUILT_AT_ONCE, STARTED_IN_ORDER])


def test_a_lab_that_is_built_is_as_planned_and_is_removed_by_the_with_block() -> None:
    api = Obedient("macvlan_8021q")
    steps: list[Step] = []
    with lab_on(api) as lab:
        state = lab.build(steps.append)
        assert state.differences == ()
        assert len(api.held) == 5
        assert {s.total for s in steps} == {8}
        assert steps[-1].done == 8
    assert not api.held and not api.nets


def test_everything_made_has_the_labs_labels() -> None:
    api = Obedient("macvlan_8021q")
    with lab_on(api) as lab:
        lab.build()
        for thing in (*api.held.values(), *api.nets.values()):
            assert thing["Labels"]["dnetlab.lab"] == lab.id
            assert thing["Labels"]["dnetlab.type"] == "macvlan_8021q"
            assert thing["Labels"]["dnetlab.session"].count(":") == 2


def nth(number: int, error: BaseException) -> Callable[..., BaseException | None]:
    """The error at the nth call only. (Containers are made by several threads.)"""
    lock, calls = threading.Lock(), [0]

    def fault(*_: object) -> BaseException | None:
        with lock:
            calls[0] += 1
            return error if calls[0] == number else None

    return fault


@each_way
@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("method", ["create_container", "start"])
def test_a_container_that_fails_in_the_middle_leaves_nothing(method: str, number: int, type: str) -> None:
    api = Obedient(type, {method: nth(number, refused(500, "no space left on device"))})
    with pytest.raises(BuildFailed, match="no space left"):
        lab_on(api, type).build()
    assert not api.held and not api.nets


@pytest.mark.parametrize("number", [1, 2])
def test_a_network_that_fails_leaves_nothing(number: int) -> None:
    api = Obedient("macvlan_8021q", {"create_network": nth(number, refused(500, "no"))})
    with pytest.raises(BuildFailed):
        lab_on(api).build()
    assert not api.held and not api.nets


@each_way
@pytest.mark.parametrize(
    "method,number",
    [("create_container", 1), ("create_container", 2), ("exec_create", 1), ("exec_create", 2)],
)
def test_ctrl_c_in_the_middle_of_a_build_leaves_nothing(method: str, number: int, type: str) -> None:
    api = Obedient(type, {method: nth(number, KeyboardInterrupt())})
    with pytest.raises(KeyboardInterrupt):
        lab_on(api, type).build()
    assert not api.held and not api.nets


@pytest.mark.parametrize(
    "type,number",
    [(BUILT_IN_TURN, n) for n in range(1, 9)]
    + [(t, n) for t in (BUILT_AT_ONCE, STARTED_IN_ORDER) for n in (1, 2, 3)],
)
def test_a_real_interrupt_signal_during_any_step_leaves_nothing(number: int, type: str) -> None:
    api = Obedient(type)

    def interrupt(step: Step) -> None:
        if step.done == number:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        lab_on(api, type).build(interrupt)
        threading.Event().wait(2)
    # The last step is reported after the build; then the with-block of the caller removes.
    assert (not api.held and not api.nets) or number == 8


def test_an_engine_that_goes_away_after_the_build_is_said_and_the_rest_is_removed_where_it_can() -> None:
    api = Obedient("macvlan_8021q", {"networks": nth(1, DockerException("gone"))})
    with pytest.raises(DockerException):
        lab_on(api).build()
    assert not api.held and not api.nets


def test_wrong_parameters_are_said_before_an_engine_is_looked_for() -> None:
    with pytest.raises(InvalidPlan):
        Lab("macvlan_bridge", engine="unix:///nowhere", subnet="x")


def test_nothing_can_be_asked_of_a_lab_before_it_is_built() -> None:
    lab = lab_on(Obedient("macvlan_8021q"))
    for ask in (
        lab.reach,
        lab.state,
        lab.claims,
        lambda: lab.ping("pc1", "router"),
        lambda: lab.run("pc1", "ip a"),
    ):
        with pytest.raises(NotBuilt, match=r"Run lab.build\(\) first"):
            ask()


def test_removing_twice_or_before_building_is_no_error() -> None:
    lab = lab_on(Obedient("macvlan_8021q"))
    lab.remove()
    lab.build()
    lab.remove()
    lab.remove()


def test_building_again_begins_anew() -> None:
    api = Obedient("macvlan_8021q")
    with lab_on(api) as lab:
        lab.build()
        first = set(api.held)
        lab.build()
        assert len(api.held) == len(first)
        assert not first & set(api.held)


def test_a_machine_that_does_not_exist_is_answered_with_those_there_are() -> None:
    with lab_on(Obedient("macvlan_8021q")) as lab:
        lab.build()
        with pytest.raises(DnetlabError, match=r"no machine 'wbe'.*web10"):
            lab.run("wbe", "true")
        with pytest.raises(DnetlabError, match=r"no machine 'wbe'"):
            lab.address("wbe")


def test_addresses_are_those_that_were_read_back() -> None:
    with lab_on(Obedient("macvlan_8021q")) as lab:
        lab.build()
        assert lab.address("web10") == "10.10.10.2"
        assert lab.address("host") == "192.168.50.2"
        assert lab.target("1.1.1.1") == "1.1.1.1"


def test_commands_on_the_lan_run_in_its_container_and_in_the_machines_namespace() -> None:
    asked: list[tuple[str, list[str]]] = []
    api = Obedient("macvlan_8021q", {"exec_create": lambda container, argv: asked.append((container, argv))})
    with lab_on(api) as lab:
        lab.build()
        asked.clear()
        lab.run("pc1", "ip neigh flush all")
        lab.run("host", "ip route")
        lab.run("web10", "echo a | cat")
        lan = f"dnetlab-lan-{lab.id}"
    assert asked[0] == (lan, ["timeout", "10", "ip", "netns", "exec", "pc1", "ip", "neigh", "flush", "all"])
    assert asked[1] == (lan, ["timeout", "10", "ip", "route"])
    assert asked[2] == ("web10", ["timeout", "10", "sh", "-c", "echo a | cat"])


def test_the_plan_can_be_had_without_any_engine() -> None:
    lab = Lab("ipvlan_l3", engine="unix:///nowhere")
    assert "docker network create -d ipvlan" in lab.commands()
    assert "services:" in lab.commands("compose")
    assert "client.networks.create" in lab.commands("python")
    assert lab.graph().number_of_nodes() > 5
    with pytest.raises(DnetlabError, match="no form 'toml'"):
        lab.commands("toml")


def test_a_lab_shows_how_it_is_made() -> None:
    assert repr(Lab("host", containers=2)) == 'dnetlab.Lab("host", containers=2)'


def test_a_lan_machine_may_set_its_sysctls_and_the_docker_host_may_not() -> None:
    with Lab("user_bridge", "embedded") as lab:
        lab.build()
        assert lab.run("router", "sysctl -w net.ipv4.ip_forward=0").ok
        assert lab.run("router", "cat /proc/sys/net/ipv4/ip_forward").output.strip() == "0"
        assert lab.run("router", "echo 1 > /proc/sys/net/ipv4/ip_forward").ok
        assert lab.run("router", "sysctl -n net.ipv4.ip_forward").output.strip() == "1"
        assert not lab.run("host", "sysctl -w net.ipv4.ip_forward=1").ok
