"""The recording is true: some groups are played on a real engine again. ``make conformance`` plays all of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance import record
from tests.conformance.suite import ABSENT, belonging, compare, groups, play

SAMPLE = ("host", "ipvlan-l3")


@pytest.mark.parametrize("name", SAMPLE)
def test_the_recorded_answers_are_those_of_a_real_engine(name: str, engine_client: Any) -> None:
    (group,) = groups(name)
    fresh = compare(belonging(record.load(), group), play(group, engine_client))
    stale = [d for d in fresh if d.embedded != ABSENT]
    assert not stale, "\n".join(map(str, stale)).replace("embedded:", "recorded:")
