"""Claims do not live on what was tried before: they hold in any order, again, and right after everybody pinged everybody."""

from __future__ import annotations

import random

import pytest

from dnetlab import types
from dnetlab.lab import Lab

SHARED_MACS_AND_ROUTES = ("ipvlan_l2", "ipvlan_l3")
"""Where a neighbour's memory and a router's limits could get in the way: tried on a real engine, too."""


def try_shuffled(name: str, engine: str, rounds: int) -> list[str]:
    """Every claim of a type, ``rounds`` times in an order of chance; those that do not hold, with what was seen."""
    ids = [claim.id for claim in types.get(name).claims]
    chance = random.Random(name)
    failed = []
    with Lab(name, engine=engine) as lab:
        lab.build()
        for _ in range(rounds):
            chance.shuffle(ids)
            lab.reach()
            for id in ids:
                failed += [str(verdict) for verdict in lab.claims(id) if not verdict.holds]
    return failed


@pytest.mark.parametrize("name", [kind.name for kind in types.all_types()])
def test_claims_hold_again_and_in_any_order(name: str) -> None:
    assert try_shuffled(name, "embedded", 6) == []


@pytest.mark.parametrize("name", SHARED_MACS_AND_ROUTES)
def test_claims_hold_again_and_in_any_order_on_a_real_engine(name: str, test_engine: str) -> None:
    assert try_shuffled(name, test_engine, 2) == []
