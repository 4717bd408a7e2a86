"""Request bodies as Go types."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnetlab.embedded.api import bodies
from dnetlab.embedded.api.gojson import GoFloat
from dnetlab.embedded.api.shapes import ShapeError, Struct, read
from tests.embedded.api.test_gojson import VALUES

BODIES = [value for value in vars(bodies).values() if isinstance(value, Struct)]


def test_names_are_matched_without_regard_to_case_and_come_out_as_the_engine_writes_them() -> None:
    body = read({"name": "n", "ipam": {"CONFIG": [{"subnet": "10.0.0.0/8"}]}}, bodies.NETWORK_CREATE)
    assert body == {"Name": "n", "IPAM": {"Config": [{"Subnet": "10.0.0.0/8"}]}}


def test_unknown_fields_and_nulls_are_dropped() -> None:
    assert read({"Bogus": [1], "Name": None, "Internal": True}, bodies.NETWORK_CREATE) == {"Internal": True}


def test_a_network_may_be_listed_without_settings() -> None:
    body = read({"NetworkingConfig": {"EndpointsConfig": {"n": None}}}, bodies.CONTAINER_CREATE)
    assert body["NetworkingConfig"]["EndpointsConfig"] == {"n": None}


@pytest.mark.parametrize("command", ["sleep 1", ["sleep 1"]])
def test_a_command_may_be_one_string(command: Any) -> None:
    assert read({"Cmd": command}, bodies.CONTAINER_CREATE) == {"Cmd": ["sleep 1"]}


def test_an_array_of_fixed_length_is_cut_and_filled() -> None:
    assert read({"ConsoleSize": [1, 2, 3]}, bodies.EXEC_START) == {"ConsoleSize": [1, 2]}
    assert read({"ConsoleSize": [1]}, bodies.EXEC_START) == {"ConsoleSize": [1, 0]}


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (True, "cannot unmarshal bool into Go struct field UpdateConfig.Memory of type int64"),
        (
            GoFloat("1.50"),
            "cannot unmarshal number 1.50 into Go struct field UpdateConfig.Memory of type int64",
        ),
        (2**63, f"cannot unmarshal number {2**63} into Go struct field UpdateConfig.Memory of type int64"),
    ],
)
def test_numbers_must_fit(value: Any, sentence: str) -> None:
    with pytest.raises(ShapeError) as refusal:
        read({"Memory": value}, bodies.CONTAINER_UPDATE)
    assert str(refusal.value) == f"json: {sentence}"


@given(st.sampled_from(BODIES), VALUES)
def test_any_json_is_a_body_with_known_fields_or_a_sentence(wanted: Struct, value: Any) -> None:
    try:
        body = read(value, wanted)
    except ShapeError as error:
        assert str(error).startswith("json: cannot unmarshal ")
    else:
        assert set(body) <= set(wanted.fields)
