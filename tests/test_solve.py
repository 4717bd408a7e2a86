"""The course tries itself: solutions solve, mistakes are refused with a hint, predictions are explained."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from dnetlab import solve, types
from dnetlab.check import Exercise, Task
from dnetlab.claims import Seen
from dnetlab.engine import Engine, find
from dnetlab.lab import Lab
from dnetlab.probe.results import Ran
from dnetlab.progress import Progress
from dnetlab.types import NetworkType

TYPES = types.all_types()
EVIDENCE = Ran(where="host", command="true", output="", exit_code=0)


@pytest.fixture(scope="module")
def model() -> Engine:
    return find("embedded")


def replay(kind: NetworkType, engine: Engine, seed: int = 0, **parameters: Any) -> list[solve.Finding]:
    findings: list[solve.Finding] = []
    solve.replay(kind, engine, findings.append, seed, **parameters)
    return findings


def faults(findings: list[solve.Finding]) -> list[tuple[str, tuple[str, ...]]]:
    return [(f.name, f.faults) for f in findings if f.faults]


@pytest.mark.parametrize("seed", [0, 271828])
@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.name)
def test_exercises_and_predictions_are_as_they_must_be_on_the_embedded_engine(
    kind: NetworkType, seed: int, model: Engine
) -> None:
    findings = replay(kind, model, seed)
    assert len(findings) == 1 + len(kind.exercises)
    assert faults(findings) == []


OTHER: dict[str, dict[str, Any]] = {
    "default_bridge": {"names": "kitchen, cellar", "host_port": 9090, "containers": 2},
    "user_bridge": {"subnet": "172.30.0.0/16", "gateway": "172.30.0.1", "network": "backend", "names": "ann, bob"},
    "host": {"port": 9000, "names": "ann"},
    "macvlan_bridge": {
        "subnet": "10.9.0.0/16", "gateway": "10.9.0.1", "ip_range": "10.9.4.0/24", "network": "plant", "names": "ann, bob",
    },
    "macvlan_8021q": {"vlans": "7, 300, 4094", "containers": 1},
    "ipvlan_l2": {"ip_range": "192.168.50.224/27", "network": "plant", "names": "ann, bob", "pcs": 3},
    "ipvlan_l3": {"subnet": "10.7.0.0/25", "subnet2": "10.7.0.128/25", "network": "plant", "containers": 3},
}  # fmt: skip


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.name)
def test_they_are_also_with_other_parameters(kind: NetworkType, model: Engine) -> None:
    assert faults(replay(kind, model, 7, **OTHER[kind.name])) == []


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.name)
def test_no_text_of_an_exercise_names_what_the_learner_has_changed(kind: NetworkType, model: Engine) -> None:
    lab = Lab(kind.name, model, **OTHER[kind.name])
    usual = re.compile(
        r"192\.168\.50|10\.50\.|172\.28\.|10\.10\.|vlan[12]0\b|network shop|\b(mvlan|ivlan[23]|web10|db)\b"
    )
    for one in kind.exercises:
        task = Task(one, lab, Progress("learner", 7))
        texts = [task.text, task.solution(), *(hint.format(**task.values) for hint in one.hints)]
        own = str(lab.plan.lan_subnet.network_address).rsplit(".", 1)[0]
        wrong = [found for text in texts for found in usual.findall(text.replace(own, "")) if found]
        assert wrong == [], one.id


def test_an_exercise_for_two_says_so_where_there_is_one(model: Engine) -> None:
    with Lab("user_bridge", model, containers=1) as lab:
        lab.build()
        task = Task(lab.type.exercise("vault"), lab, Progress("learner", 7))
        assert "needs two containers" in task.check().hint
    with Lab("macvlan_8021q", model, vlans="10") as lab:
        lab.build()
        task = Task(lab.type.exercise("router"), lab, Progress("learner", 7)).start()
        assert "needs two VLANs" in task.check().hint


def test_who_left_is_back_at_the_end_of_the_exercise(model: Engine) -> None:
    with Lab("user_bridge", model) as lab:
        lab.build()
        task = Task(lab.type.exercise("repair"), lab, Progress("learner", 7)).start()
        assert not lab.ping("web", "db", by="name").ok
        task.stop()
        assert lab.ping("web", "db", by="name").ok


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.name)
def test_exercises_and_predictions_are_as_they_must_be_on_a_real_engine(
    kind: NetworkType, test_engine: str, untouched: object
) -> None:
    assert faults(replay(kind, find(test_engine))) == []


def exercise(check: Any, wrong: Any = lambda lab, v: None, solution: Any = lambda lab, v: None) -> Exercise:
    return Exercise("made-up", "Made up", "Do it.", check, solution, wrong, ("Think.",), "true")


def says(holds: bool) -> Any:
    def check(lab: Any, values: Any) -> Iterator[Seen]:
        yield Seen.that("it is so", holds, EVIDENCE)

    return check


def test_an_exercise_that_is_solved_from_the_start_is_found(
    model: Engine,
) -> None:
    found = found_in(exercise(says(True)), model)
    assert "it is solved before anything is done" in found
    assert "a typical mistake is taken for a solution" in found


def test_a_solution_that_does_not_solve_is_found(model: Engine) -> None:
    (fault,) = found_in(exercise(says(False)), model)
    assert fault.startswith("its own solution does not solve it")


def test_a_step_that_the_engine_refuses_is_found(model: Engine) -> None:
    from dnetlab.errors import InUse

    def refuse(lab: Any, values: Any) -> None:
        raise InUse("The port is taken.")

    (fault,) = found_in(exercise(says(False), wrong=refuse), model)
    assert "The port is taken." in fault


def found_in(made: Exercise, engine: Engine) -> tuple[str, ...]:
    from dnetlab.lab import Lab

    with Lab("host", engine=engine) as lab:
        lab.build()
        return solve._timed("x", "x", lambda: solve._exercise(lab, made, 0)).faults


def test_nothing_is_left_on_the_engine(model: Engine) -> None:
    replay(types.get("user_bridge"), model)
    assert model.client.containers.list(all=True) == []
    assert {n.name for n in model.client.networks.list()} == {"bridge", "host", "none"}
