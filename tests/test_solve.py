"""The course tries itself: solutions solve, mistakes are refused with a hint, predictions are explained."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from dnetlab import solve, types
from dnetlab.check import Exercise
from dnetlab.claims import Seen
from dnetlab.engine import Engine, find
from dnetlab.probe.results import Ran
from dnetlab.types import NetworkType

TYPES = types.all_types()
EVIDENCE = Ran(where="host", command="true", output="", exit_code=0)


@pytest.fixture(scope="module")
def model() -> Engine:
    return find("embedded")


def replay(kind: NetworkType, engine: Engine, seed: int = 0) -> list[solve.Finding]:
    findings: list[solve.Finding] = []
    solve.replay(kind, engine, findings.append, seed)
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
