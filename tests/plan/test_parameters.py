"""Parameters: what is read, what is refused, and what is suggested instead."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnetlab.errors import InvalidPlan
from dnetlab.plan import parameters as p

SUBNET = p.subnet("10.0.0.0/24", "A subnet.")
SIX = p.subnet6(None, "A subnet.")
COUNT = p.containers()
NAMES = p.names()
VLANS = p.vlans((10, 20))


def suggestion(parameter: p.Parameter, value: object) -> str:
    with pytest.raises(InvalidPlan) as raised:
        parameter.read(value)
    (problem,) = raised.value.problems
    assert problem.field == parameter.name
    return problem.instead


@pytest.mark.parametrize(
    "parameter,value,instead",
    [
        (SUBNET, "10.1.2.3/24", "10.1.2.0/24"),
        (SUBNET, "10.1.2.0", "10.1.2.0/24"),
        (SUBNET, "10.1.2.3", "10.1.2.0/24"),
        (SUBNET, "10.1.2.0/31", "10.1.2.0/29"),
        (SUBNET, "fd00::/64", "10.0.0.0/24"),
        (SUBNET, "127.0.0.0/8", "10.0.0.0/24"),
        (SUBNET, "0.0.0.0/0", "10.0.0.0/24"),
        (SUBNET, "lan", "10.0.0.0/24"),
        (SIX, "fd00::1", "fd00::/64"),
        (SIX, "fd00::/127", "fd00::/64"),
        (SIX, "10.0.0.0/24", "fd00:50::/64"),
        (SIX, "fe80::/64", "fd00:50::/64"),
        (COUNT, "0", "1"),
        (COUNT, 61, "60"),
        (COUNT, "two", "2"),
        (COUNT, True, "2"),
        (NAMES, "web, db, web", "web, db"),
        (NAMES, "web, pc1, db", "web, pc1-c, db"),
        (NAMES, "web, a b", "web, a-b"),
        (NAMES, "web, !", "web"),
        (VLANS, "1, 20", "10, 20"),
        (VLANS, "20, 20", "20"),
        (VLANS, "4095", "10, 20"),
        (p.gateway("10.0.0.1", "A gateway."), "10.0.0.1/24", "10.0.0.1"),
        (p.switch("internal", "Internal", False, "x"), "maybe", "False"),
    ],
)
def test_a_wrong_value_is_answered_with_one_that_works(
    parameter: p.Parameter, value: object, instead: str
) -> None:
    assert suggestion(parameter, value) == instead


@pytest.mark.parametrize(
    "parameter,value,read",
    [
        (SUBNET, " 10.1.0.0/16 ", IPv4Network("10.1.0.0/16")),
        (SUBNET, IPv4Network("10.1.0.0/16"), IPv4Network("10.1.0.0/16")),
        (SIX, "", None),
        (SIX, None, None),
        (COUNT, " 7 ", 7),
        (NAMES, "web , db,", ("web", "db")),
        (NAMES, ["web", "db"], ("web", "db")),
        (VLANS, "10,30", (10, 30)),
        (VLANS, 30, (30,)),
        (p.switch("internal", "Internal", False, "x"), "YES", True),
    ],
)
def test_text_and_python_values_are_read_alike(parameter: p.Parameter, value: object, read: object) -> None:
    assert parameter.read(value) == read


def test_all_problems_come_at_once() -> None:
    with pytest.raises(InvalidPlan) as raised:
        p.read((SUBNET, COUNT), {"subnet": "x", "containers": "y", "subnets": 1})
    assert [problem.field for problem in raised.value.problems] == ["subnets", "subnet", "containers"]
    assert str(raised.value).startswith("3 values do not make a network. ")


@given(
    count=st.integers(1, 60),
    chosen=st.lists(st.sampled_from(["web", "Db", "shop", "c7", "c8", "log"]), unique=True),
)
def test_container_names_are_as_many_as_asked_for_and_all_different(count: int, chosen: list[str]) -> None:
    names = p.container_names(count, tuple(chosen))
    assert len(names) == len({name.lower() for name in names}) == count
    assert names[: len(chosen)] == tuple(chosen)[:count]


@pytest.mark.parametrize(
    ("text", "why", "instead"),
    [
        ("web, db, web", "the name web stands twice", "web, db"),
        ("Web, db, web", "the names Web and web differ in capitals only", "Web, db"),
    ],
)
def test_two_names_that_nobody_tells_apart_are_refused(text: str, why: str, instead: str) -> None:
    with pytest.raises(InvalidPlan, match=f"{why}. Try {instead}."):
        p.read((NAMES,), {"names": text})
