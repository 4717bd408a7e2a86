from __future__ import annotations

from pathlib import Path

import matplotlib
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.ft2font import FT2Font, LoadFlags

from dnetlab.draw import measure

ASCII = st.text([chr(c) for c in range(33, 127)] + [" "], max_size=80)
FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"


@pytest.mark.parametrize(("file", "bold"), [("DejaVuSans.ttf", False), ("DejaVuSans-Bold.ttf", True)])
def test_the_tables_are_those_of_the_font_files(file: str, bold: bool) -> None:
    font = FT2Font(str(FONTS / file))
    real = tuple(font.load_char(c, flags=LoadFlags.NO_SCALE).horiAdvance for c in range(32, 127))
    assert measure.advances(bold=bold) == real


def test_no_ascii_glyph_is_taller_or_deeper_than_a_line_says() -> None:
    for file in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSansMono.ttf", "DejaVuSansMono-Bold.ttf"):
        font = FT2Font(str(FONTS / file))
        for character in "ABCXYZabdfghjklpqyt0123456789-_.:/,":
            _, low, _, high = font.load_char(ord(character), flags=LoadFlags.NO_SCALE).bbox
            assert high / 2048 <= measure.ASCENT, character
            assert -low / 2048 <= measure.DESCENT, character


def test_monospaced_text_is_as_wide_as_its_number_of_characters() -> None:
    assert measure.width("192.168.50.100", 10, mono=True) == pytest.approx(14 * 10 * 1233 / 2048)


def test_a_short_text_is_not_shortened() -> None:
    assert measure.shorten("web", 100, 10) == "web"


def test_the_middle_goes_because_the_ends_of_names_differ() -> None:
    short = measure.shorten("shop-frontend-worker-017", 90, 10)
    assert short.startswith("shop-")
    assert short.endswith("-017")
    assert "..." in short


@given(ASCII.filter(bool), st.floats(20, 300))
def test_a_shortened_text_fits(text: str, room: float) -> None:
    short = measure.shorten(text, room, 9, bold=True)
    # One character and the dots always remain.
    assert measure.width(short, 9, bold=True) <= max(room, measure.width(text[:1] + "...", 9, bold=True))


@given(ASCII, st.floats(15, 300))
def test_wrapped_lines_fit_and_lose_no_character(text: str, room: float) -> None:
    lines = measure.wrap(text, room, 10)
    assert all(measure.width(line, 10) <= room for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_a_long_name_is_broken_after_a_hyphen_where_that_is_possible() -> None:
    assert measure.wrap("front-office-printer", 75, 10) == ["front-office-", "printer"]
