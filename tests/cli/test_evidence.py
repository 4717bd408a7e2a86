"""A claim's evidence in a terminal: short by default, everything on request."""

from __future__ import annotations

import pytest

from dnetlab import Lab
from dnetlab.claims import Claim, Seen, Verdict
from dnetlab.cli import evidence
from dnetlab.probe.results import Ping, Ran

CLAIM = Claim("c", "description", "Names resolve.", lambda lab: iter(()))
LONG = "\n".join(f"line {n}" for n in range(40))


def verdict(*seen: Seen, holds: bool = True, error: str = "") -> Verdict:
    return Verdict(CLAIM, holds, seen, 0.1, error)


def ran(output: str, status: int = 0, command: str = "getent ahosts db") -> Ran:
    return Ran(where="web", command=command, output=output, exit_code=status)


def test_of_a_claim_that_holds_the_line_is_shown_that_says_it() -> None:
    shown = evidence.short(
        verdict(Seen.that("db has 172.28.0.3", True, ran("x 1.2.3.4\n172.28.0.3 STREAM db")))
    )
    assert shown == "✓ Names resolve.\n    web$ getent ahosts db\n      172.28.0.3 STREAM db"


def test_of_a_claim_that_does_not_hold_what_was_not_met_is_shown_with_its_output() -> None:
    met, unmet = Seen.that("this is so", True, ran("fine")), Seen.that("that is so", False, ran("a\nb", 2))
    shown = evidence.short(verdict(met, unmet, holds=False, error="the engine went away"))
    assert "✗ that is so" in shown and "      a\n      b" in shown and "went away" in shown
    assert "this is so" not in shown


def test_nothing_printed_is_said() -> None:
    assert "prints nothing; exit status 2" in evidence.short(
        verdict(Seen.that("no answer", True, ran("", 2)))
    )


def test_in_full_every_line_is_there_and_in_short_it_is_not() -> None:
    tried = verdict(Seen.that("all", True, ran(LONG)))
    assert "line 39" in evidence.full(tried) and len(evidence.full(tried).splitlines()) > 40
    assert len(evidence.short(tried).splitlines()) == 3


def test_of_a_ping_the_answer_is_the_telling_line() -> None:
    output = "PING 1.2.3.4\n64 bytes from 1.2.3.4: ttl=64\n\n1 packets transmitted, 1 received"
    ping = Ping(where="a", command="ping 1.2.3.4", output=output, exit_code=0, to="1.2.3.4")
    assert (
        evidence.telling_line(ping, "PING 1.2.3.4 packets transmitted received")
        == "64 bytes from 1.2.3.4: ttl=64"
    )


@pytest.mark.parametrize("width", [60, 100])
def test_no_line_of_a_real_lab_is_wider_than_the_terminal(width: int) -> None:
    with Lab("ipvlan_l2", engine="embedded") as lab:
        lab.build()
        for tried in lab.claims():
            longest = max(evidence.short(tried, width).splitlines(), key=len)
            assert len(longest) <= width, longest
