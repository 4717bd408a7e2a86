"""JSON as Go reads it. The sentences are answers of Docker Engine 28.5.2 (see answers-28.5.2.jsonl)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnetlab.embedded.api.gojson import JSONError, parse

REFUSED = [
    ("{'Name':1}", "invalid character '\\'' looking for beginning of object key string"),
    ('{"Name" 1}', "invalid character '1' after object key"),
    ('{"Name":tru}', "invalid character '}' in literal true (expecting 'e')"),
    ('{"Name":NaN}', "invalid character 'N' looking for beginning of value"),
    ('{"Name":"\\q"}', "invalid escape sequence `\\q` in string"),
    ('{"Name":"\\u12x4"}', "invalid escape sequence `\\u12x4` in string"),
    ('{"Name":1.x}', "invalid character 'x' in numeric literal"),
    ('{"Name":-x}', "invalid character 'x' in numeric literal"),
    ('{"Name":1ex}', "invalid character 'x' in numeric literal"),
    ('{"Name":[1 2]}', "invalid character '2' after array element"),
    ('{"Name":1,}', "invalid character '}' looking for beginning of object key string"),
    ('{"a\nb":1}', "invalid character '\\n' in string"),
    ("\u00ff", "invalid character 'ÿ' looking for beginning of value"),
    ("{", "unexpected EOF"),
    ("[1,", "unexpected EOF"),
    ('"\\', "unexpected EOF"),
    ("[" * 20_000, "exceeded max depth"),
    ('{"a":' * 11_000, "exceeded max depth"),
]

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(("text", "sentence"), REFUSED, ids=[text[:12] for text, _ in REFUSED])
def test_broken_json_is_refused_in_the_engines_words(text: str, sentence: str) -> None:
    with pytest.raises(JSONError) as refusal:
        parse(text.encode())
    assert str(refusal.value) == sentence


def test_nothing_but_white_space_is_the_end_of_the_input() -> None:
    with pytest.raises(EOFError):
        parse(b" \t\r\n ")


def test_what_follows_the_first_value_is_given_back() -> None:
    assert parse(b'{"a": 1}  trailing') == ({"a": 1}, "trailing")


@given(VALUES)
def test_every_json_document_is_read_as_python_reads_it(value: object) -> None:
    assert parse(json.dumps(value).encode()) == (value, "")


@given(VALUES, st.data())
def test_a_cut_off_document_is_refused_or_the_end(value: object, data: st.DataObject) -> None:
    text = json.dumps([value])
    cut = data.draw(st.integers(0, len(text) - 1))
    with pytest.raises((JSONError, EOFError)):
        parse(text[:cut].encode())


@given(st.binary(max_size=60))
def test_any_bytes_are_a_value_or_a_sentence(raw: bytes) -> None:
    try:
        parse(raw)
    except JSONError as error:
        assert str(error)
    except EOFError:
        assert not raw.strip(b" \t\r\n")
