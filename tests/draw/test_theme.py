from __future__ import annotations

import pytest

from dnetlab.draw.theme import DARK, LIGHT, Theme, contrast, mix, theme

TEXT_ON = [
    ("ink", "page"), ("ink", "host"), ("ink", "card"), ("ink", "frame"), ("ink", "cloud"),
    ("muted", "page"), ("muted", "host"), ("muted", "card"), ("muted", "frame"),
    ("note", "page"), ("note", "frame"), ("note", "card"), ("device", "frame"), ("arrow", "device"),
]  # fmt: skip


def test_contrast_of_black_and_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#777777") == pytest.approx(1)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "behind"), TEXT_ON)
def test_text_can_be_read(colours: Theme, text: str, behind: str) -> None:
    assert contrast(colours.value(text), colours.value(behind)) >= 4.5


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("number", range(6))
def test_text_in_a_segments_colour_can_be_read(colours: Theme, number: int) -> None:
    for behind in (f"seg{number}.fill", "page", "card"):
        assert contrast(colours.value(f"seg{number}"), colours.value(behind)) >= 4.5
    for text in ("ink", "muted", "note"):
        assert contrast(colours.value(text), colours.value(f"seg{number}.fill")) >= 4.5


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_lines_stand_out(colours: Theme) -> None:
    for behind in ("page", "host"):
        assert contrast(colours.value("line"), colours.value(behind)) >= 3


def test_segments_colours_begin_again_when_they_run_out() -> None:
    assert LIGHT.value("seg7") == LIGHT.value("seg1")


def test_both_themes_know_the_same_colours() -> None:
    assert LIGHT.colours.keys() == DARK.colours.keys()
    assert len(LIGHT.segments) == len(DARK.segments) == len(set(LIGHT.segments))


def test_mix_is_a_weighted_mean() -> None:
    assert mix("#ff0000", "#0000ff", 0.0) == "#0000ff"
    assert mix("#ffffff", "#000000", 0.2) == "#333333"


def test_an_unknown_theme_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(ValueError, match="light, dark"):
        theme("blue")
