"""Health checks: when they run, what counts, what is kept. Refusals and outputs: the conformance group ``health-checks``."""

from __future__ import annotations

from typing import Any

import pytest

from dnetlab.embedded.engine import Engine
from dnetlab.embedded.engine.health import command_of
from dnetlab.embedded.engine.strconv import duration

SECOND = 1_000_000_000


def run(engine: Engine, test: list[str], **fields: int) -> str:
    """A running container with a health check; its id."""
    body = {"Image": "dnetlab/lab:1", "Cmd": ["sleep", "infinity"], "Healthcheck": {"Test": test, **fields}}
    made = str(engine.containers.create(body)["Id"])
    engine.containers.start(made)
    return made


def health(engine: Engine, container: str) -> dict[str, Any]:
    found: dict[str, Any] = engine.containers.inspect(container)["State"]["Health"]
    return found


@pytest.fixture
def engine() -> Engine:
    return Engine()


def test_the_first_check_comes_after_an_interval_which_is_thirty_seconds(engine: Engine) -> None:
    container = run(engine, ["CMD", "true"])
    engine.advance(29)
    assert health(engine, container) == {"Status": "starting", "FailingStreak": 0, "Log": []}
    engine.advance(2)
    assert health(engine, container)["Status"] == "healthy"


def test_three_failures_in_a_row_are_unhealthy_and_one_success_heals(engine: Engine) -> None:
    container = run(engine, ["CMD-SHELL", "test -e /well"], Interval=SECOND)
    states = []
    for _ in range(3):
        engine.advance(1.01)
        states.append((health(engine, container)["Status"], health(engine, container)["FailingStreak"]))
    assert states == [("starting", 1), ("starting", 2), ("unhealthy", 3)]
    engine.execs.start(engine.execs.create(container, {"Cmd": ["touch", "/well"]})["Id"], {"Detach": True})
    engine.advance(1.01)
    assert (health(engine, container)["Status"], health(engine, container)["FailingStreak"]) == ("healthy", 0)


def test_five_results_are_kept_with_4096_bytes_of_output_each(engine: Engine) -> None:
    container = run(engine, ["CMD-SHELL", "yes | head -c 5000"], Interval=SECOND)
    engine.advance(30)
    log = health(engine, container)["Log"]
    assert [len(result["Output"]) for result in log] == [4096] * 5
    assert sorted(result["Start"] for result in log) == [result["Start"] for result in log]


def test_failures_do_not_count_in_the_start_period(engine: Engine) -> None:
    container = run(
        engine, ["CMD", "false"], Interval=SECOND, StartInterval=SECOND, StartPeriod=5 * SECOND, Retries=1
    )
    engine.advance(4.5)
    assert (health(engine, container)["Status"], health(engine, container)["FailingStreak"]) == (
        "starting",
        0,
    )
    engine.advance(2)
    assert health(engine, container)["Status"] == "unhealthy"


def test_a_check_that_takes_too_long_is_ended_and_fails(engine: Engine) -> None:
    container = run(
        engine, ["CMD-SHELL", "echo begun; sleep 60"], Interval=SECOND, Timeout=2 * SECOND, Retries=1
    )
    engine.advance(3.5)
    (result,) = health(engine, container)["Log"]
    assert (result["ExitCode"], result["Output"]) == (-1, "Health check exceeded timeout (2s): begun\n")
    shown = engine.containers.top(container)["Processes"]
    # Its children are not ended, neither here nor by a real engine.
    assert [process[-1] for process in shown] == ["sleep infinity", "sleep 60"]


def test_a_stopped_container_is_unhealthy_and_begins_anew(engine: Engine) -> None:
    container = run(engine, ["CMD", "true"], Interval=SECOND)
    engine.advance(1.5)
    engine.containers.stop(container, timeout=0)
    kept = health(engine, container)
    assert (kept["Status"], len(kept["Log"])) == ("unhealthy", 1)
    engine.advance(5)
    assert health(engine, container) == kept
    engine.containers.start(container)
    assert health(engine, container) == {**kept, "Status": "starting"}


def test_changes_and_the_checks_themselves_are_events(engine: Engine) -> None:
    since = engine.now()
    container = run(engine, ["CMD-SHELL", "true"], Interval=SECOND)
    engine.advance(2.5)
    actions = [e["Action"] for e in engine.events.stream(since=since, until=engine.now()) if e]
    assert actions[actions.index("start") + 1 :] == [
        "exec_create: /bin/sh -c true",
        "exec_start: /bin/sh -c true",
        "exec_die",
        "health_status: healthy",
        "exec_create: /bin/sh -c true",
        "exec_start: /bin/sh -c true",
        "exec_die",
    ]
    assert engine.containers.inspect(container)["ExecIDs"] is None


@pytest.mark.parametrize(
    ("config", "command"),
    [
        ({"Healthcheck": {"Test": ["CMD", "a", "b"]}}, ["a", "b"]),
        ({"Healthcheck": {"Test": ["CMD-SHELL", "a b"]}}, ["/bin/sh", "-c", "a b"]),
        (
            {"Healthcheck": {"Test": ["CMD-SHELL", "a"]}, "Shell": ["/bin/bash", "-ec"]},
            ["/bin/bash", "-ec", "a"],
        ),
        ({"Healthcheck": {"Test": ["NONE"]}}, None),
        ({"Healthcheck": {"Test": ["FOO", "a"]}}, None),
        ({"Healthcheck": {}}, None),
        ({"Healthcheck": None}, None),
        ({}, None),
    ],
)
def test_what_is_run(config: dict[str, Any], command: list[str] | None) -> None:
    assert command_of(config) == command


@pytest.mark.parametrize(
    ("seconds", "text"),
    # Of https://pkg.go.dev/time#Duration.String
    [
        (0, "0s"),
        (1, "1s"),
        (1.5, "1.5s"),
        (0.25, "250ms"),
        (90, "1m30s"),
        (4530.918, "1h15m30.918s"),
        (0.0000015, "1.5µs"),
    ],
)
def test_a_duration_reads_as_gos(seconds: float, text: str) -> None:
    assert duration(seconds) == text
