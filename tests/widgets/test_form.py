"""The fields: what is wrong is said at once, at the field, with a value that works."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnetlab import types
from dnetlab.errors import InvalidPlan
from dnetlab.types import NetworkType
from dnetlab.widgets.form import Field, Form

MACVLAN = types.get("macvlan_bridge")


def form(type: NetworkType = MACVLAN, **given: object) -> Form:
    return Form(type, given, lambda: None)


@pytest.mark.parametrize("network", types.all_types(), ids=lambda t: t.name)
def test_a_new_form_is_valid_and_differs_in_nothing_from_the_defaults(network: NetworkType) -> None:
    made = form(network)
    assert made.valid and made.values() == {}
    assert set(made.fields) == {p.name for p in network.parameters}


@pytest.mark.parametrize(
    ("field", "value", "words", "instead"),
    [
        ("subnet", "192.168.50.7/24", "host bits", "192.168.50.0/24"),
        ("subnet", "10.0.0.0/31", "no room", "10.0.0.0/24"),
        ("subnet", "fd00::/64", "IPv6", None),
        ("gateway", "10.1.1.1", "outside the subnet", "192.168.50.1"),
        ("gateway", "fe80::1", "IPv6", "192.168.50.1"),
        ("ip_range", "10.9.0.0/27", "outside the subnet", "192.168.50.192/27"),
        ("containers", 300, "not between", 32),
        ("names", "web shop", "cannot be a name", "web-shop"),
        ("ipv6_subnet", "10.0.0.0/24", "IPv4", None),
    ],
)
def test_what_is_wrong_is_said_at_its_field(field: str, value: object, words: str, instead: object) -> None:
    made = form()
    made.fields[field].widget.value = str(value)
    assert not made.valid
    assert words in made.fields[field].problem.value
    assert "role='alert'" in made.fields[field].problem.value
    if instead is not None:
        assert str(instead) in made.fields[field].problem.value


NONSENSE = (
    "nonsense", "two words", "", "0", "-1", "1.5", "5000", "999999999999999999999", "1, 5000", "a, a", "web, WEB",
    "192.168.50.0/24", "192.168.50.7/24", "10.0.0.0/31", "10.0.0.0/99", "224.0.0.0/24", "10.9.9.9", "fe80::1",
    "fd00::1/64", "host, pc1", "lo", "x" * 300, "<b>bold</b>", "$(reboot)", "💥", ",", "None", "٣",
)  # fmt: skip
FIELDS = [(t, p.name) for t in types.all_types() for p in t.parameters if p.kind != "switch"]
SENTENCE = re.compile(r"<div class='dnl-problem' role='alert'>✗ [^<]+ Try ([^<]+)\.</div>")


def named(field: Field) -> str:
    """The value that the one sentence at the field names."""
    sentence = SENTENCE.fullmatch(field.problem.value)
    assert sentence, f"{field.widget.value!r}: {field.problem.value}"
    return unescape(sentence[1])


@pytest.mark.parametrize(("network", "name"), FIELDS, ids=[f"{t.name}-{name}" for t, name in FIELDS])
def test_nonsense_is_refused_in_one_sentence_and_the_value_that_it_names_works(
    network: NetworkType, name: str
) -> None:
    made, refused = form(network), 0
    for nonsense in NONSENSE:
        made.set(**{p.name: p.default for p in network.parameters})
        made.fields[name].widget.value = nonsense
        if made.valid:
            network.plan(**made.values())
            continue
        refused += 1
        assert made.fields[name].problem.value, f"{nonsense!r} is right here and wrong elsewhere"
        # Another subnet asks for another gateway: then that field says so, and the same holds there.
        for step in [name, *(p.name for p in network.parameters if p.name != name)]:
            field = made.fields[step]
            if field.problem.value:
                field.widget.value = named(field)
                assert not field.problem.value
        assert made.valid
    assert refused > 3


def test_what_is_wrong_stands_in_the_label_too_where_a_screen_reader_finds_it() -> None:
    made = form()
    field = made.fields["containers"]
    assert field.widget.description == "Containers"
    field.widget.value = "many"
    assert "many" in field.widget.description and "Try 2." in field.widget.description
    field.widget.value = "<b>"
    assert "&lt;b&gt;" in field.widget.description
    field.use.click()
    assert field.widget.description == "Containers"


def test_a_number_is_a_number_however_it_is_typed() -> None:
    made = form()
    for typed in ("3", " 3", "03"):
        made.fields["containers"].widget.value = typed
        assert made.valid and made.values() == {"containers": 3}
    made.fields["containers"].widget.value = "02"
    assert made.values() == {}, "the default"


def test_the_button_at_a_field_takes_the_value_that_works() -> None:
    made = form()
    field = made.fields["containers"]
    field.widget.value = "-5"
    field.use.click()
    assert field.value == 1 and made.valid
    assert field.use.layout.display == "none" and field.problem.value == ""


def test_a_suggestion_that_makes_a_new_problem_is_followed_to_one_that_works() -> None:
    made = form()
    field = made.fields["containers"]
    field.widget.value = "300"  # 60 are the most, but the range 192.168.50.192/27 has 32 addresses
    assert field.use.description == "Use 32"
    field.use.click()
    assert made.valid and field.value == 32


def test_a_suggestion_that_would_not_help_has_no_button() -> None:
    made = form()
    made.fields["subnet"].widget.value = "192.168.50.0/25"
    made.fields["gateway"].widget.value = "10.1.1.1"
    for field in made.fields.values():
        if field.use.layout.display == "":
            before = field.value
            field.use.click()
            assert field.problem.value == "", f"{field.parameter.name}: {before} -> {field.value}"


def test_every_problem_is_shown_not_only_the_first() -> None:
    made = form()
    made.fields["subnet"].widget.value = "10.0.0.3/24"
    made.fields["containers"].widget.value = "300"
    assert made.fields["subnet"].problem.value and made.fields["containers"].problem.value


def test_an_emptied_optional_field_is_none() -> None:
    made = form()
    made.fields["ip_range"].widget.value = ""
    assert made.values() == {"ip_range": None} and made.valid


def test_markup_in_a_field_is_shown_as_text() -> None:
    made = form()
    made.fields["names"].widget.value = "<script>alert(1)</script>"
    assert "<script>" not in made.fields["names"].problem.value
    assert "&lt;script&gt;" in made.fields["names"].problem.value


def test_an_unknown_parameter_is_refused_with_the_ones_there_are() -> None:
    with pytest.raises(InvalidPlan, match="no such parameter"):
        form(subnets="10.0.0.0/24")


def test_a_wrong_value_given_in_a_call_is_shown_not_raised() -> None:
    assert "host bits" in form(subnet="10.0.0.3/24").fields["subnet"].problem.value


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([p.name for p in MACVLAN.parameters if p.kind == "text"]), st.text(max_size=30))
def test_whatever_is_typed_the_form_knows_whether_it_makes_a_plan(name: str, text: str) -> None:
    made = form()
    made.fields[name].widget.value = text
    if made.valid:
        MACVLAN.plan(**made.values())
    else:
        assert any(field.problem.value for field in made.fields.values())


def test_rare_settings_stand_apart_and_open_where_one_is_wrong() -> None:
    made = form(types.get("user_bridge"))
    assert not made.more.opened
    made.set(nic="Ethernet 0")
    assert made.more.opened
    assert "lan1" in made.fields["nic"].problem.value
