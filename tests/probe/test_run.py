"""How probes are made: one command a source, time limits, outcomes in words."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnetlab.probe import run as probes
from dnetlab.probe.results import Ping, Ran


class Recorder:
    """A ``run`` that answers from a function and remembers what was asked."""

    def __init__(self, answer: Callable[[str, list[str]], tuple[int, str]]) -> None:
        self.answer, self.asked, self.limits = answer, [], []
        self.lock = threading.Lock()

    def __call__(self, machine: str, argv: Sequence[str], limit: float = 10) -> Ran:
        with self.lock:
            self.asked.append((machine, list(argv)))
            self.limits.append(limit)
        status, output = self.answer(machine, list(argv))
        return Ran(where=machine, command=" ".join(argv), output=output, exit_code=status)


def fping(alive: Callable[[str, str], bool]) -> Callable[[str, list[str]], tuple[int, str]]:
    def answer(machine: str, argv: list[str]) -> tuple[int, str]:
        targets = [word for word in argv if word.startswith("10.")]
        return 1, "".join(f"{t} is {'alive' if alive(machine, t) else 'unreachable'}\n" for t in targets)

    return answer


@given(count=st.integers(1, 12), dead=st.sets(st.tuples(st.integers(0, 11), st.integers(0, 11))))
@settings(max_examples=40, deadline=None)
def test_a_reach_matrix_asks_once_a_source_and_believes_what_it_is_told(
    count: int, dead: set[tuple[int, int]]
) -> None:
    addresses = {f"c{n}": f"10.0.0.{n + 1}" for n in range(count)}

    def alive(machine: str, target: str) -> bool:
        return (int(machine[1:]), int(target.rsplit(".", 1)[1]) - 1) not in dead

    recorder = Recorder(fping(alive))
    matrix = probes.reach(recorder, addresses, list(addresses), parallel=4)
    assert len(recorder.asked) == (count if count > 1 else 0)
    for a in range(count):
        for b in range(count):
            if a != b:
                assert matrix[f"c{a}", f"c{b}"] is ((a, b) not in dead)


def test_a_machine_without_an_address_is_neither_reached_nor_unreachable() -> None:
    matrix = probes.reach(Recorder(fping(lambda m, t: True)), {"a": "10.0.0.1", "b": ""}, ["a", "b"])
    assert matrix["a", "b"] is None
    assert matrix["b", "a"] is True
    assert "-" in str(matrix)


def test_a_source_that_says_nothing_reaches_nobody() -> None:
    matrix = probes.reach(Recorder(lambda m, a: (124, "")), {"a": "10.0.0.1", "b": "10.0.0.2"}, ["a", "b"])
    assert matrix["a", "b"] is False


def test_two_machines_on_one_address_are_asked_for_once() -> None:
    recorder = Recorder(fping(lambda m, t: True))
    probes.reach(recorder, {"a": "10.0.0.1", "b": "10.0.0.2", "c": "10.0.0.2"}, ["a"])
    assert recorder.asked[0][1].count("10.0.0.2") == 1


def test_every_probe_has_a_time_limit_longer_than_its_own_wait() -> None:
    recorder = Recorder(lambda m, a: (1, ""))
    probes.ping(recorder, "a", "10.0.0.1", count=3, wait=2)
    probes.connect(recorder, "a", "10.0.0.1", 80, wait=2)
    probes.http(recorder, "a", "http://10.0.0.1", wait=3)
    probes.arp_replies(recorder, "a", "10.0.0.1", count=2)
    assert [limit > wait for limit, wait in zip(recorder.limits, (2.4, 2, 3, 3), strict=True)] == [True] * 4


@pytest.mark.parametrize(
    "status,said,outcome",
    [
        (0, "(UNKNOWN) [10.0.0.1] 80 (http) open", "open"),
        (1, "(UNKNOWN) [10.0.0.1] 80 (http) : Connection refused", "refused"),
        (1, "(UNKNOWN) [10.0.0.1] 80 (http) : No route to host", "unreachable"),
        (1, "(UNKNOWN) [10.0.0.1] 80 (http) : Connection timed out", "silent"),
    ],
)
def test_a_connect_is_open_refused_unreachable_or_silent(status: int, said: str, outcome: str) -> None:
    assert probes.connect(Recorder(lambda m, a: (status, said)), "a", "10.0.0.1", 80).outcome == outcome


def test_http_has_status_and_body() -> None:
    page = probes.http(Recorder(lambda m, a: (0, "hello from web\n\n200")), "pc1", "http://10.0.0.1")
    assert (page.status, page.body, page.ok) == (200, "hello from web", True)


def test_http_without_an_answer_says_why() -> None:
    page = probes.http(
        Recorder(lambda m, a: (7, "curl: (7) Failed to connect\n000")), "pc1", "http://10.0.0.1"
    )
    assert (page.status, page.ok, page.outcome) == (0, False, "refused or unreachable")


def test_a_ping_has_a_verdict_in_one_sentence() -> None:
    def ping(text: str) -> Ping:
        return probes.ping(Recorder(lambda m, a: (1, text)), "web", "10.0.0.1")

    assert ping("1 packets transmitted, 0 received").verdict == "web does not reach 10.0.0.1: no answer."
    said = ping("From 10.0.0.9 icmp_seq=1 Destination Host Unreachable\n1 packets transmitted, 0 received")
    assert said.verdict == "web does not reach 10.0.0.1: 10.0.0.9 says Destination Host Unreachable."
