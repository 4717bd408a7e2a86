"""The embedded engine answers what a real engine was recorded to answer; ``make conformance`` asks a real one."""

from __future__ import annotations

import pytest

from dnetlab import embedded
from tests.conformance import record
from tests.conformance.known import KNOWN
from tests.conformance.suite import belonging, compare, groups, judge, play

RECORDED = record.load()


@pytest.mark.parametrize("name", [g.name for g in groups()])
def test_answers_as_the_recorded_engine(name: str) -> None:
    (group,) = groups(name)
    theirs = belonging(RECORDED, group)
    assert theirs, "no recording: python -m tests.conformance --record"
    ours = play(group, embedded.client())
    unknown, idle = judge(compare(ours, theirs), KNOWN, ours)
    assert not unknown, "\n".join(map(str, unknown))
    assert not idle, "differs no more; take it out of known.py: " + ", ".join(
        f"{k.scenario}: {k.fact}" for k in idle
    )


def test_nothing_is_recorded_that_is_not_played() -> None:
    names = {g.name for g in groups()}
    assert {scenario.partition("/")[0] for scenario in RECORDED} == names
