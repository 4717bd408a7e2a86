"""Query parameters."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnetlab.embedded.api.query import Query
from dnetlab.embedded.engine.errors import EngineError


@pytest.mark.parametrize("text", ["a=", "a=0", "a=no", "a=FALSE", "a=%20none%20", ""])
def test_these_are_no(text: str) -> None:
    assert not Query(text).flag("a")


@pytest.mark.parametrize("text", ["a=1", "a=true", "a=maybe", "a=2"])
def test_everything_else_is_yes(text: str) -> None:
    assert Query(text).flag("a")


def test_a_default_counts_only_where_the_parameter_is_absent() -> None:
    assert Query("").flag("stream", True)
    assert not Query("stream=").flag("stream", True)


@pytest.mark.parametrize(
    "value", ['{"name": ["x", "y"]}', '{"name": {"x": true, "y": true}}', '{"name": {"x": false, "y": true}}']
)
def test_both_forms_of_filters_mean_the_same(value: str) -> None:
    from urllib.parse import quote

    assert Query(f"filters={quote(value)}").filters() == {"name": ["x", "y"]}


@pytest.mark.parametrize(
    "value", ["x", "[]", "1", '{"a":"b"}', '{"a":[1]}', '{"a":{"b":1}}', '{"a":["b"]} x']
)
def test_other_filters_are_refused(value: str) -> None:
    from urllib.parse import quote

    with pytest.raises(EngineError) as refusal:
        Query(f"filters={quote(value)}").filters()
    assert (refusal.value.status, refusal.value.message) == (400, "invalid filter")


def test_times_have_nanoseconds() -> None:
    assert Query("since=1136073600.000000500").time("since") == pytest.approx(1136073600.0000005, abs=1e-9)
    assert Query("since=10").time("since") == 10
    assert Query("").time("since") is None


@given(st.dictionaries(st.text(min_size=1), st.lists(st.text())))
def test_filters_survive_the_way(filters: dict[str, list[str]]) -> None:
    from urllib.parse import urlencode

    assert Query(urlencode({"filters": json.dumps(filters)})).filters() == filters


@given(st.text())
def test_any_text_is_a_query_or_a_refusal(text: str) -> None:
    try:
        query = Query(text)
    except EngineError as error:
        assert error.status == 400
    else:
        for name in ("t", "since", "limit"):
            query.flag(name)
