"""The embedded engine answers what a real engine was recorded to answer; ``make conformance`` asks a real one.

Facts that are played and not recorded yet are counted by ``python -m tests.conformance``, and added by ``--record``.
"""

from __future__ import annotations

import pytest

from dnetlab import embedded
from tests.conformance import record
from tests.conformance.known import KNOWN
from tests.conformance.suite import ABSENT, belonging, compare, groups, judge, play

RECORDED = record.load()
GROUPS = [g for g in groups() if belonging(RECORDED, g)]


@pytest.mark.parametrize("name", [g.name for g in GROUPS])
def test_answers_as_the_recorded_engine(name: str) -> None:
    (group,) = groups(name)
    theirs = belonging(RECORDED, group)
    recorded = [d for d in compare(play(group, embedded.client()), theirs) if d.real != ABSENT]
    unknown, idle = judge(recorded, KNOWN, theirs)
    assert not unknown, "\n".join(map(str, unknown))
    assert not idle, "differs no more; take it out of known.py: " + ", ".join(
        f"{k.scenario}: {k.fact}" for k in idle
    )


def test_nothing_is_recorded_that_is_not_played() -> None:
    assert {s.partition("/")[0] for s in RECORDED} == {g.name for g in GROUPS}
