"""Go's ``strconv``: quoting (messages of Engine 28.5.2), numbers and truth values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnetlab.embedded.engine.strconv import parse_bool, parse_int, quoted, quoted_rune


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('\x01"\\xÚ\x7f\u2028', r'"\x01\"\\xÚ\x7f\u2028"'),
        ("8\u009a\x0e\r\U000828cf\x03Wæ", r'"8\u009a\x0e\r\U000828cf\x03Wæ"'),
        ("\a\b\f\n\r\t\v", r'"\a\b\f\n\r\t\v"'),
        ("it's", '"it\'s"'),
    ],
)
def test_texts_are_quoted(text: str, shown: str) -> None:
    assert quoted(text) == shown


@pytest.mark.parametrize(
    ("char", "shown"),
    [("'", r"'\''"), ('"', "'\"'"), ("\x00", r"'\x00'"), ("\udcc8", r"'\xc8'"), ("ä", "'ä'")],
)
def test_characters_are_quoted_and_bytes_that_are_none_named(char: str, shown: str) -> None:
    assert quoted_rune(char) == shown


@given(st.text())
def test_what_is_quoted_can_be_printed_and_read_back(text: str) -> None:
    shown = quoted(text)
    assert shown.isprintable()
    plain = shown[1:-1].encode("latin-1", "backslashreplace").decode("unicode_escape")
    assert plain == text


@given(st.integers(-(2**63), 2**63 - 1))
def test_numbers_of_64_bits_are_read(number: int) -> None:
    assert parse_int(str(number)) == number


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "invalid syntax"),
        ("1.5", "invalid syntax"),
        ("²", "invalid syntax"),
        (str(2**63), "value out of range"),
    ],
)
def test_other_numbers_are_refused(text: str, problem: str) -> None:
    with pytest.raises(ValueError) as refusal:
        parse_int(text, "ParseInt")
    assert str(refusal.value) == f'strconv.ParseInt: parsing "{text}": {problem}'


def test_truth_values() -> None:
    assert parse_bool("T") and not parse_bool("0")
    with pytest.raises(ValueError) as refusal:
        parse_bool("yes")
    assert str(refusal.value) == 'strconv.ParseBool: parsing "yes": invalid syntax'
