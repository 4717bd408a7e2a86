"""The self-check finds each fault in a scene made with exactly that fault."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dnetlab import draw
from dnetlab.draw.check import crossings
from dnetlab.draw.scene import Box, Icon, Label, Rect, Scene, Wire

from . import examples

CARD = Box("card", Rect(20, 20, 120, 80), "ink", "card")
NAME = Label("card", "web", 30, 50, 10, inside="card")
GOOD = Scene(400, 300, (CARD,), (), (), (NAME,))


def faults(**more: tuple[object, ...]) -> list[str]:
    """The problems of the good scene with these things added."""
    scene = replace(GOOD, **{kind: (*getattr(GOOD, kind), *things) for kind, things in more.items()})
    return draw.problems(scene)


def test_a_good_scene_has_no_problems() -> None:
    assert draw.problems(GOOD) == []


@pytest.mark.parametrize(
    ("expected", "more"),
    [
        ("'web' (card) over text 'db'", {"labels": (Label("db", "db", 35, 52, 10, inside="card"),)}),
        ("'outside' (x) is outside the page", {"labels": (Label("x", "outside", 380, 200, 10),)}),
        ("sticks out of card", {"labels": (Label("x", "a text far too long for it", 30, 70, 10, inside="card"),)}),
        ("over card", {"labels": (Label("x", "over the border", 90, 70, 10),)}),
        ("lies in card, which is not its box", {"labels": (Label("x", "who", 30, 70, 10),)}),
        ("over the line cable", {
            "labels": (Label("x", "crossed", 200, 200, 10),),
            "wires": (Wire("cable", ((210, 150), (210, 250)), "line", ()),),
        }),
        ("card over other", {"boxes": (Box("other", Rect(100, 60, 200, 200), "ink", "card"),)}),
        ("other is outside the page", {"boxes": (Box("other", Rect(350, 60, 420, 200), "ink", "card"),)}),
        ("cube is outside the page", {"icons": (Icon("cube", "cube", Rect(-5, 100, 10, 115), "ink"),)}),
        ("cable is outside the page", {"wires": (Wire("cable", ((210, 250), (210, 310)), "line", ()),)}),
        ("the line cable runs through card", {"wires": (Wire("cable", ((100, 10), (100, 150)), "line", ()),)}),
        ("the line cable runs into card", {"wires": (Wire("cable", ((100, 150), (100, 60)), "line", ("card",)),)}),
        ("the line a runs over the line b", {"wires": (
            Wire("a", ((200, 100), (200, 200)), "seg0", ()), Wire("b", ((200, 150), (200, 250)), "seg1", ()),
        )}),
    ],
)  # fmt: skip
def test_a_fault_is_named(expected: str, more: dict[str, tuple[object, ...]]) -> None:
    found = faults(**more)
    assert any(expected in problem for problem in found), found


def test_a_box_on_the_border_of_its_frame_is_no_fault() -> None:
    frame = Box("host", Rect(10, 150, 390, 290), "ink", "host", group=True)
    nic = Box("nic", Rect(150, 130, 250, 170), "ink", "card", straddles="host")
    assert faults(boxes=(frame, nic)) == []
    assert faults(boxes=(frame, replace(nic, straddles=""))) == ["host over nic"]


def test_a_link_may_touch_its_ends() -> None:
    assert faults(wires=(Wire("cable", ((60, 80), (60, 150)), "line", ("card",)),)) == []


def test_links_that_cross_are_found() -> None:
    level = Wire("level", ((150, 200), (350, 200)), "line", ("a", "b"))
    upright = Wire("upright", ((250, 150), (250, 250)), "line", ("c", "d"))
    assert crossings(replace(GOOD, wires=(level, upright))) == [(level, upright)]
    assert crossings(replace(GOOD, wires=(level, replace(upright, ends=("a", "d"))))) == []


def test_a_figure_is_judged_by_what_was_rendered() -> None:
    figure = draw.figure(examples.user_bridge())
    assert draw.problems(figure) == []
    artist = next(a for a, label in figure.artists_of if label.id == "db")
    artist.set_text("a name that somebody made much longer afterwards")
    assert any("sticks out of db" in problem for problem in draw.problems(figure))
