"""The table of the benchmark."""

from __future__ import annotations

from bench.rows import NotRun, Row, in_turn, table


def test_a_ratio_is_held_against_its_limit() -> None:
    row = Row("build", 1.1, "bare calls", 1.0, 1.2)
    assert row.ratio is not None and abs(row.ratio - 1.1) < 1e-9
    assert row.within is True
    assert Row("build", 1.3, "bare calls", 1.0, 1.2).within is False


def test_seconds_are_held_against_the_limit_where_nothing_is_compared() -> None:
    assert Row("reach", 1.9, most=2.0).within is True
    assert Row("reach", 2.1, most=2.0).within is False
    assert Row("reach", 2.1).within is None


def test_a_part_that_was_not_run_is_named_with_its_reason() -> None:
    text = table([NotRun("everything on a real engine", "there is none"), Row("ping", 0.00007, most=0.0003)])
    assert "everything on a real engine" in text
    assert "not run" in text and "there is none" in text
    assert "70 us" in text and "300 us" in text and "✓" in text


def test_comparisons_are_taken_in_turn() -> None:
    order: list[str] = []

    def work(name: str, seconds: float) -> float:
        order.append(name)
        return seconds

    assert in_turn(3, lambda: work("a", 1.0), lambda: work("b", 2.0)) == [1.0, 2.0]
    assert order == ["a", "b"] * 3
