"""Results print as text and as HTML; what came from a machine cannot become markup."""

from __future__ import annotations

from dnetlab.probe.results import Ran, ReachMatrix


def ran(output: str, exit_code: int = 0) -> Ran:
    return Ran(where="pc1", command="cat x", output=output, exit_code=exit_code)


def test_output_of_a_machine_is_escaped_in_html() -> None:
    assert "<script>" not in ran("<script>alert(1)</script>")._repr_html_()


def test_a_long_output_is_shortened_and_says_by_how_much() -> None:
    short = ran("\n".join(f"line {n}" for n in range(10))).short(4)
    assert short.splitlines()[1:] == ["  line 0", "  line 1", "  line 2", "  ... (7 more lines)"]


def test_a_failure_shows_its_exit_status() -> None:
    assert "(exit status 2)" in ran("", 2).short()
    assert "exit status" not in ran("").short()


def matrix() -> ReachMatrix:
    cells = {("host", "web"): False, ("web", "host"): None, ("web", "pc1"): True}
    return ReachMatrix(("host", "web", "pc1"), cells, 0.1)


def test_a_matrix_says_yes_no_and_dash_in_words() -> None:
    lines = str(matrix()).splitlines()
    assert lines[0].split() == ["host", "web", "pc1"]
    assert lines[1].split() == ["host", ".", "no", "-"]
    assert lines[2].split() == ["web", "-", ".", "yes"]


def test_colour_is_never_the_only_sign_in_html() -> None:
    html = matrix()._repr_html_()
    assert "✓ yes" in html
    assert "✗ no" in html
    assert "<caption>" in html
