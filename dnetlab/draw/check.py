"""A drawing's faults, found by its geometry: what overlaps, sticks out or is crossed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING

from dnetlab.draw.scene import Box, Icon, Label, Rect, Scene, Wire

if TYPE_CHECKING:
    from dnetlab.draw.paint import Drawing

SLACK = 0.6
"""Points that things may share without anybody seeing it."""


def problems(drawing: Drawing | Scene) -> list[str]:
    """Every fault of a drawing in words; an empty list for a good one.

    A scene is judged by the widths of its font tables, a figure by what matplotlib really drew. Looked for:
    text over text, text over a line or a border, text out of its box, box over box, a link through a thing
    that is not its end, links of different colours over each other, and anything outside the page.
    """
    if isinstance(drawing, Scene):
        scene, texts = drawing, [(label, label.rect) for label in drawing.labels]
    else:
        scene, texts = drawing.scene, list(drawing.extents())
    return [
        *_outside(scene, texts),
        *_texts(texts),
        *_texts_and_boxes(scene, texts),
        *_texts_and_wires(scene, texts),
        *_boxes(scene),
        *_wires_and_things(scene),
        *_wires(scene),
    ]


def _outside(scene: Scene, texts: list[tuple[Label, Rect]]) -> Iterator[str]:
    page = Rect(0, 0, scene.width, scene.height)
    for label, rect in texts:
        if not page.holds(rect):
            yield f"text {label.text!r} ({label.id}) is outside the page"
    for thing in scene.things:
        if not page.holds(thing.rect):
            yield f"{thing.id} is outside the page"
    for wire in scene.wires:
        if not all(page.holds(part) for part in wire.segments):
            yield f"{wire.id} is outside the page"


def _texts(texts: list[tuple[Label, Rect]]) -> Iterator[str]:
    ordered = sorted(texts, key=lambda t: t[1].y0)
    for number, (label, rect) in enumerate(ordered):
        for other, area in ordered[number + 1 :]:
            if area.y0 > rect.y1:
                break
            if rect.grow(-SLACK).meets(area):
                yield f"text {label.text!r} ({label.id}) over text {other.text!r} ({other.id})"


def _texts_and_boxes(scene: Scene, texts: list[tuple[Label, Rect]]) -> Iterator[str]:
    holders: dict[str, Box | Icon] = {thing.id: thing for thing in reversed(scene.things)}
    for label, rect in texts:
        if label.inside and not holders[label.inside].rect.grow(-1).holds(rect):
            yield f"text {label.text!r} ({label.id}) sticks out of {label.inside}"
        for thing in scene.things:
            if thing.id == label.inside or not thing.rect.meets(rect.grow(-SLACK)):
                continue
            if _straddles(label.inside, thing, holders):
                continue  # its own box covers that border
            if isinstance(thing, Box) and thing.rect.grow(-thing.width / 2).holds(rect):
                if not thing.group and not _within(label.inside, thing, holders):
                    yield f"text {label.text!r} ({label.id}) lies in {thing.id}, which is not its box"
                continue
            yield f"text {label.text!r} ({label.id}) over {thing.id}"


def _within(id: str, box: Box, holders: dict[str, Box | Icon]) -> bool:
    """True where the thing of that id lies inside the box."""
    return bool(id) and box.rect.holds(holders[id].rect)


def _straddles(id: str, thing: Box | Icon, holders: dict[str, Box | Icon]) -> bool:
    """True where the box of that id sits on the border of ``thing``."""
    box = holders.get(id)
    return isinstance(box, Box) and box.straddles == thing.id


def _texts_and_wires(scene: Scene, texts: list[tuple[Label, Rect]]) -> Iterator[str]:
    for wire in scene.wires:
        for part in wire.segments:
            for label, rect in texts:
                if part.meets(rect.grow(-SLACK)):
                    yield f"text {label.text!r} ({label.id}) over the line {wire.id}"


def _boxes(scene: Scene) -> Iterator[str]:
    for one, other in combinations(scene.things, 2):
        if not one.rect.grow(-SLACK).meets(other.rect):
            continue
        small, large = sorted((one, other), key=lambda t: t.rect.width * t.rect.height)
        if large.rect.holds(small.rect):
            continue
        if isinstance(small, Box) and small.straddles == large.id:
            continue
        yield f"{one.id} over {other.id}"


def _wires_and_things(scene: Scene) -> Iterator[str]:
    solid = [t for t in scene.things if not (isinstance(t, Box) and t.group)]
    for wire in scene.wires:
        for thing in solid:
            if thing.id in wire.ends or not any(p.meets(thing.rect.grow(-SLACK)) for p in wire.segments):
                continue
            yield f"the line {wire.id} runs through {thing.id}"
        ends = [t for t in solid if t.id in wire.ends and isinstance(t, Box)]
        for thing in ends:
            if any(p.meets(thing.rect.grow(-wire.width)) for p in wire.segments):
                yield f"the line {wire.id} runs into {thing.id}"


def _wires(scene: Scene) -> Iterator[str]:
    for one, other in combinations(scene.wires, 2):
        if one.colour == other.colour and one.dash == other.dash:
            continue
        if any(_alongside(a, b) for a in one.segments for b in other.segments):
            yield f"the line {one.id} runs over the line {other.id}"


def _alongside(a: Rect, b: Rect) -> bool:
    """True for two straight parts that share more than a crossing."""
    width, height = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
    return width > SLACK and height > SLACK and max(width, height) > 8


def crossings(scene: Scene) -> list[tuple[Wire, Wire]]:
    """The pairs of links that cross though they have no end in common."""
    found = []
    for one, other in combinations(scene.wires, 2):
        if set(one.ends) & set(other.ends):
            continue
        if any(a.meets(b) for a in one.segments for b in other.segments):
            found.append((one, other))
    return found
