"""Readers: any text is read or refused in words, and what is suggested can be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnetlab.plan import readers
from dnetlab.plan.readers import Reader, Wrong

READERS: dict[str, Reader] = {
    "subnet": readers.subnet4,
    "subnets": readers.subnets4,
    "IPv6 subnet": readers.subnet6,
    "address": readers.address4,
    "range": readers.range4,
    "count": readers.count(1, 60),
    "VLANs": readers.vlans(1, 4),
    "switch": readers.yes_or_no,
    "NIC": readers.nic,
    "name": readers.name(10),
    "names": readers.names,
}

# Text as it comes, and text that looks nearly right.
TYPED = st.text(max_size=60) | st.from_regex(r"[0-9a-f.:/, -]{0,50}", fullmatch=True)


@pytest.mark.parametrize("kind", READERS)
@given(text=TYPED)
def test_whatever_is_typed_is_read_or_refused_with_a_value_that_can_be_read(kind: str, text: str) -> None:
    reader = READERS[kind]
    try:
        value = reader(text)
    except Wrong as wrong:
        assert wrong.text.endswith(".")
        if wrong.instead:
            reader(wrong.instead)
    else:
        assert reader(readers.show(value)) == value


@pytest.mark.parametrize(
    "text", ["::", "::1", "127.0.0.1", "127.0.0.1/31", "224.0.0.1/32", "fe80::1", "ff02::1/120"]
)
def test_nothing_is_proposed_that_would_be_refused(text: str) -> None:
    kind = "IPv6 subnet" if ":" in text else "subnet"
    with pytest.raises(Wrong) as wrong:
        READERS[kind](text)
    assert wrong.value.instead == ""


@pytest.mark.parametrize("value", [None, 3.5, b"web", {"a": 1}, ["web", None], object(), True])
@pytest.mark.parametrize("kind", READERS)
def test_a_python_value_of_another_kind_is_read_or_refused_in_words(kind: str, value: object) -> None:
    try:
        READERS[kind](value)
    except Wrong as wrong:
        assert wrong.text.endswith(".")
