"""The sentences of claims as HTML."""

from __future__ import annotations

import pytest

from dnetlab.claims import in_html


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("it has only `default dev eth0`.", "it has only <code>default dev eth0</code>."),
        ("`a` and `b<c`", "<code>a</code> and <code>b&lt;c</code>"),
        ("a single ` stays", "a single ` stays"),
    ],
)
def test_what_stands_between_backticks_is_code(sentence: str, shown: str) -> None:
    assert in_html(sentence) == shown
