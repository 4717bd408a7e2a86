"""Whatever is typed into a type's fields: a plan, or problems that name a field, whose suggestion works."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dnetlab import types
from dnetlab.errors import InvalidPlan, Problem
from dnetlab.plan import Plan
from dnetlab.types import NetworkType

TYPES = types.all_types()
BY_NAME = {kind.name: kind for kind in TYPES}

ODD = st.sampled_from(
    [
        "", " ", "0", "1", "2", "-1", "3.5", "61", "99999", "x", "None", "true", "web", "web,web", "web,,db",
        "a" * 200, "ümläut", "pc1", "host", "10", "10,20", "10,10", "1,2", "4094,4095", "0,5",
        "10.0.0.0", "10.0.0.0/8", "10.0.0.0/7", "0.0.0.0/0", "10.0.0.0/24", "10.0.0.0/29", "10.0.0.0/30",
        "10.0.0.0/31", "10.0.0.1/32", "10.0.0.7/24", "10.0.0.300/24", "127.0.0.0/8", "224.0.0.0/4",
        "169.254.0.0/16", "192.168.50.0/24", "192.168.50.0/25", "192.168.50.64/26", "192.168.50.192/27",
        "192.168.50.1", "192.168.50.2", "192.168.50.100", "192.168.51.1", "172.17.0.0/16", "203.0.113.0/24",
        "fd00::/64", "fd00::1", "fd00::/127", "::/0", "fe80::/64", "8080", "80", "65536", "🐳", "\n", "a b", "a/b",
        "192.168.50.3/31", "192.168.50.255", "10.10.10.0/24", "1/1", "/24", "24/", "::", "1:2", "web;rm -rf /",
    ]
)  # fmt: skip
ANY = st.one_of(
    ODD, st.text(max_size=12), st.integers(-5, 5000), st.none(), st.booleans(), st.lists(ODD, max_size=3)
)


def values_for(kind: NetworkType) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from([p.name for p in kind.parameters]), ANY, max_size=4)


def plan_or_problems(kind: NetworkType, given: dict[str, Any]) -> Plan | tuple[Problem, ...]:
    try:
        return kind.plan(**given)
    except InvalidPlan as wrong:
        return wrong.problems


@pytest.mark.parametrize("name", BY_NAME)
@given(data=st.data())
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nonsense_never_crashes_and_each_problem_names_a_field(name: str, data: st.DataObject) -> None:
    kind = BY_NAME[name]
    given = data.draw(values_for(kind))
    found = plan_or_problems(kind, given)
    if isinstance(found, Plan):
        return
    assert found
    for problem in found:
        assert problem.field in {p.name for p in kind.parameters}
        assert problem.text.strip()


@pytest.mark.parametrize("name", BY_NAME)
@given(data=st.data())
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_who_types_the_suggestions_gets_a_plan(name: str, data: st.DataObject) -> None:
    kind = BY_NAME[name]
    follow(kind, data.draw(values_for(kind)))


@pytest.mark.parametrize(
    "subnet", ["10.10.10.0/24", "10.50.1.0/24", "172.28.0.0/16", "10.0.0.0/8", "172.16.0.0/12"]
)
@pytest.mark.parametrize("name", BY_NAME)
def test_on_a_lan_where_the_defaults_are_other_subnets_are_suggested(name: str, subnet: str) -> None:
    kind = BY_NAME[name]
    field = "lan" if any(p.name == "lan" for p in kind.parameters) else "subnet"
    follow(kind, {field: subnet})


def follow(kind: NetworkType, given: dict[str, Any]) -> None:
    """Type what is suggested until there is a plan."""
    asked = [dict(given)]
    for _ in range(6):
        found = plan_or_problems(kind, given)
        if isinstance(found, Plan):
            return
        # All at once, as they are shown; where a field has two problems, the first one's.
        assert all(problem.instead for problem in found), found
        given = {**given, **{problem.field: problem.instead for problem in reversed(found)}}
        asked.append(dict(given))
    pytest.fail(f"the suggestions lead nowhere: {asked}, at last {found}")


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.name)
def test_an_unknown_parameter_is_named_with_the_nearest_one(kind: NetworkType) -> None:
    near = kind.parameters[0].name + "x"
    with pytest.raises(InvalidPlan) as raised:
        kind.plan(**{near: 1})
    (problem,) = raised.value.problems
    assert problem.field == near
    assert problem.instead == kind.parameters[0].name


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.name)
def test_all_problems_are_named_at_once(kind: NetworkType) -> None:
    wrong = {p.name: "💥" for p in kind.parameters if p.kind in {"count", "switch"}}
    wrong |= {p.name: "not/a/thing" for p in kind.parameters if "subnet" in p.name}
    found = kind.problems(**wrong)
    assert found is not None
    assert {p.field for p in found.problems} == set(wrong)


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.name)
def test_a_default_typed_as_the_panel_shows_it_makes_the_same_plan(kind: NetworkType) -> None:
    from dnetlab.plan.readers import show

    typed = {p.name: show(p.default) for p in kind.parameters}
    assert kind.plan(**typed).topology == kind.plan().topology
