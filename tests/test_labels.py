"""Labels: whose a lab is, whether somebody still wants it, which parameters it was made with."""

from __future__ import annotations

import platform
import subprocess
import sys
from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnetlab import labels


def test_this_process_is_alive() -> None:
    assert labels.alive(labels.session())


def test_a_process_that_has_ended_is_not_alive() -> None:
    code = "from dnetlab import labels; print(labels.session())"
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path.cwd()
    )
    assert not labels.alive(ended.stdout.strip())


def test_a_process_id_that_was_given_again_is_not_the_one_that_made_the_lab() -> None:
    node, pid, started = labels.session().split(":")
    assert not labels.alive(f"{node}:{pid}:{int(started) + 1}")


@pytest.mark.parametrize("pid", ["²", "-1", "", "1.5"])
def test_a_session_that_names_no_process_counts_as_alive(pid: str) -> None:
    assert labels.alive(f"{platform.node()}:{pid}:1")


def test_a_number_that_no_process_can_have_is_not_alive() -> None:
    assert not labels.alive(f"{platform.node()}:{10**20}:1")


def test_another_computers_process_counts_as_alive() -> None:
    assert labels.alive(f"{platform.node()}x:1:1")


def test_a_lab_that_is_kept_counts_as_alive() -> None:
    assert labels.alive(labels.of("abc123", "host", kept=True)[labels.SESSION])


@given(st.text())
def test_any_session_text_has_an_answer(text: str) -> None:
    assert labels.alive(text) in {True, False}


plain = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(), st.lists(st.one_of(st.integers(), st.text()))
)


@given(st.dictionaries(st.text(min_size=1), plain))
def test_parameters_come_back_as_they_were_given(given: dict[str, object]) -> None:
    assert labels.parameters(labels.of("abc123", "host", given)) == given


def test_typed_values_are_written_as_a_learner_would_type_them() -> None:
    own = labels.of("abc123", "host", {"subnet": ip_network("10.0.0.0/24"), "vlans": (10, 20)})
    assert labels.parameters(own) == {"subnet": "10.0.0.0/24", "vlans": [10, 20]}


@given(st.text())
def test_a_label_that_is_not_ours_means_no_parameters(text: str) -> None:
    assert isinstance(labels.parameters({labels.PARAMETERS: text}), dict)
    assert labels.parameters({}) == {}
