"""DNS messages (RFC 1035)."""

from __future__ import annotations

import contextlib
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnetlab.embedded.commands.dnswire import (
    Message,
    Question,
    Record,
    address_of,
    decode,
    encode,
    reverse_name,
)

labels = st.text(string.ascii_lowercase + string.digits + "-_", min_size=1, max_size=20)
hosts = st.lists(labels, min_size=1, max_size=5).map(".".join)
records = st.one_of(
    st.builds(Record, hosts, st.just("A"), st.integers(0, 2**32 - 1), st.ip_addresses(v=4).map(str)),
    st.builds(Record, hosts, st.just("AAAA"), st.integers(0, 2**32 - 1), st.ip_addresses(v=6).map(str)),
    st.builds(Record, hosts, st.sampled_from(["PTR", "CNAME", "NS"]), st.integers(0, 2**32 - 1), hosts),
)
messages = st.builds(
    Message,
    st.integers(0, 65535),
    st.booleans(),
    st.sampled_from(["NOERROR", "NXDOMAIN", "SERVFAIL", "REFUSED"]),
    st.builds(Question, hosts, st.sampled_from(["A", "AAAA", "PTR", "MX", "TXT"])),
    st.lists(records, max_size=5).map(tuple),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)


@given(messages)
def test_a_message_comes_back_from_its_bytes(message: Message) -> None:
    assert decode(encode(message)) == message


@given(st.binary(max_size=80))
def test_any_bytes_are_a_message_or_a_value_error(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        decode(data)


@given(messages, st.integers(0, 200), st.integers(0, 255))
def test_a_damaged_message_never_crashes(message: Message, at: int, value: int) -> None:
    data = bytearray(encode(message))
    data[at % len(data)] = value
    with contextlib.suppress(ValueError):
        decode(bytes(data))


def test_the_bytes_are_those_of_the_standard() -> None:
    # A query for u2, type A, class IN, recursion desired (RFC 1035, 4.1).
    query = "1234 0100 0001 0000 0000 0000 02 7532 00 0001 0001"
    assert encode(Message(0x1234, question=Question("u2"))) == bytes.fromhex(query)


def test_repeated_names_are_compressed() -> None:
    answer = Message(1, question=Question("u2")).reply(answers=(Record("u2", "A", 600, "172.28.0.3"),))
    # 12 of the header, 8 of the question, 2 + 10 + 4 of the answer.
    assert len(encode(answer)) == 36


@pytest.mark.parametrize("name", ["a" * 64, "a..b", "x." * 140])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError):
        encode(Message(1, question=Question(name)))


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)).map(str))
def test_reverse_names_lead_back_to_their_address(address: str) -> None:
    assert address_of(reverse_name(address)) == address


def test_a_name_that_loops_is_no_message() -> None:
    with pytest.raises(ValueError):
        decode(bytes.fromhex("000101000001000000000000c00c00010001"))
