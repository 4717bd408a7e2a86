"""Situations as cards: read the story, choose a type, have it built and measured."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import ipywidgets as w

from dnetlab import choose, progress, reaper, types
from dnetlab.choose import Choice, Situation
from dnetlab.engine import Engine, find
from dnetlab.errors import DnetlabError
from dnetlab.widgets import html, style
from dnetlab.widgets.displayed import Displayed
from dnetlab.widgets.work import Worker


class Story:
    """One situation: its story, a choice of type, and what came of it."""

    def __init__(self, situation: Situation, attempt: Callable[[Story], object]) -> None:
        self.situation = situation
        self.text = w.HTML()
        self.choice = w.Dropdown(
            options=[("choose a type", ""), *((t.title, t.name) for t in types.all_types())],
            layout=w.Layout(width="220px"),
            tooltip=f"A type for: {situation.id}",
        )
        self.button = w.Button(
            description="Try",
            button_style="primary",
            tooltip="Build it and measure",
            layout=w.Layout(width="76px"),
        )
        self.button.on_click(lambda _: attempt(self))
        self.line, self.answer = w.HTML(), w.HTML()
        bar = w.HBox([self.choice, self.button], layout=w.Layout(flex_flow="row wrap"))
        self.view = w.VBox([self.text, bar, self.line, self.answer])
        self.view.add_class("dnl-claim")

    @property
    def name(self) -> str:
        """Its name in the progress file."""
        return f"choose/{self.situation.id}"

    def write(self, number: int, solved: bool) -> None:
        """The story, and whether a fitting type was found before."""
        done = f" <span class='dnl-good'>{html.YES} solved</span>" if solved else ""
        self.text.value = f"<p><b>{number}.</b> {escape(self.situation.story)}{done}</p>"

    def show(self, found: Choice) -> None:
        """What was measured against what is needed."""
        items = "".join(f"<li>{html.mark(s.holds)} {escape(s.what)}</li>" for s in found.seen)
        title = types.get(found.type).title
        word = "fits" if found.fits else "does not fit"
        self.answer.value = (
            f"<div role='status'><p>{html.mark(found.fits)} {escape(title)} {word}.</p>"
            f"<ul class='dnl-seen'>{items}</ul></div>"
        )


class Situations(Displayed):
    """All situations. ``choose("cloud", "ipvlan_l2")`` does what a card's button does."""

    def __init__(self, engine: str | Engine | None = None) -> None:
        self._wanted = engine
        self._engine = engine if isinstance(engine, Engine) else None
        self.worker = Worker(self._refresh)
        self.progress = progress.load()
        self.tries: dict[str, int] = {}
        self.stories = {
            one.id: Story(one, lambda story: self.worker.start(lambda: self._quietly(story)))
            for one in choose.SITUATIONS
        }
        self.count = w.HTML()
        self.view = w.VBox(
            [w.HTML(style.sheet()), self.count, *(story.view for story in self.stories.values())]
        )
        self.view.add_class("dnl")
        self.view.add_class("dnl-panel")
        self._write()

    def choose(self, id: str, type: str) -> Choice:
        """Try a type for a situation: built, measured, removed. Raises DnetlabError for unknown names."""
        story = self.stories[choose.situation(id).id]
        story.choice.value = types.get(type).name
        found: list[Choice] = []
        self.worker.do(lambda: found.append(self._try(story)))
        return found[0]

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until nothing runs; False where something still does after that time."""
        return self.worker.wait(seconds)

    def _quietly(self, story: Story) -> None:
        try:
            self._try(story)
        except Exception as wrong:
            story.answer.value = html.error(wrong)

    def _try(self, story: Story) -> Choice:
        type = story.choice.value
        if not type:
            raise DnetlabError("No type is chosen.", "Choose one in the list beside the button.")
        story.answer.value = html.notice(f"Building {types.get(type).title} and measuring ...")
        story.line.value = html.in_python(f'choose.choose("{story.situation.id}", "{type}")')
        if self._engine is None:
            self._engine = find(self._wanted if isinstance(self._wanted, str) else None)
            reaper.watch(self._engine)
        found = choose.choose(story.situation.id, type, self._engine)
        self.tries[story.name] = self.tries.get(story.name, 0) + 1
        if found.fits:
            self.progress.solve(story.name, self.tries[story.name], 0)
        story.show(found)
        self._write()
        return found

    def _write(self) -> None:
        for number, story in enumerate(self.stories.values(), 1):
            story.write(number, story.name in self.progress.solved)
        solved = sum(story.name in self.progress.solved for story in self.stories.values())
        self.count.value = f"<p class='dnl-muted'>{solved} of {len(self.stories)} situations solved.</p>"

    def _refresh(self) -> None:
        for story in self.stories.values():
            story.button.disabled = self.worker.busy

    def __repr__(self) -> str:
        return "\n".join(f"{n}. {one.story}" for n, one in enumerate(choose.SITUATIONS, 1))


def situations(engine: str | Engine | None = None) -> Situations:
    """The situations of the last lesson, as cards."""
    return Situations(engine)
