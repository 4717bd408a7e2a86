"""The tabs that only show: the drawing, the addresses with the differences from the plan, the commands to copy."""

from __future__ import annotations

from html import escape
from typing import Any

import ipywidgets as w

from dnetlab import draw
from dnetlab.lab import Lab
from dnetlab.state import State
from dnetlab.widgets import html

EMPTY = "<p class='dnl-muted'>Press Preview to see the plan, or Build to see the real thing.</p>"


class Drawing:
    """The picture of the plan, or of what is really there with every difference marked."""

    title = "Drawing"

    def __init__(self) -> None:
        self.view = w.HTML(EMPTY)

    def clear(self) -> None:
        """Show nothing."""
        self.view.value = EMPTY

    def show(self, lab: Lab, state: State | None) -> None:
        """Draw it: for a light page at once, then for dark pages too."""
        topology = lab.plan.topology
        marks: dict[str, Any] = {}
        if state is not None:
            difference = draw.difference(lab.plan.topology, state.topology)
            topology, marks = difference.topology, dict(difference.marks)
        picture = draw.show(topology, **marks)
        said = "As it is on the engine." if state else "The plan: nothing is built yet."
        head = f"<p class='dnl-muted'>{said}</p>"
        self.view.value = head + picture.first_html
        self.view.value = head + picture.html


class Addresses:
    """Every interface with its addresses; after the build as read back, with the differences from the plan."""

    title = "Addresses"

    def __init__(self) -> None:
        self.view = w.HTML(EMPTY)

    def clear(self) -> None:
        """Show nothing."""
        self.view.value = EMPTY

    def show(self, lab: Lab, state: State | None) -> None:
        """The table of the plan, or of the state."""
        if state is None:
            self.view.value = "<p class='dnl-muted'>As planned.</p>" + html.addresses(lab.plan.topology)
            return
        if state.differences:
            items = "".join(f"<li>{escape(str(d))}</li>" for d in state.differences)
            said = f"<p class='dnl-bad'>{html.NO} It differs from the plan:</p><ul>{items}</ul>"
        else:
            said = f"<p>{html.mark(True)} Read back from the engine: everything is as planned.</p>"
        self.view.value = said + html.addresses(state.topology)


FORMS = (("docker commands", "cli"), ("compose file", "compose"), ("Python", "python"))


class Commands:
    """The same network by other means, to copy; and what was done in this panel, as Python."""

    title = "Commands"

    def __init__(self) -> None:
        self.choice = w.ToggleButtons(
            options=[*FORMS, ("what you did here", "done")],
            tooltips=["for a terminal", "for docker compose", "with docker-py", "the panel's own lines"],
            style={"button_width": "auto"},
        )
        self.text = w.HTML(EMPTY)
        self.choice.observe(lambda _: self._fill(), names="value")
        self.view = w.VBox([self.choice, self.text])
        self._lab: Lab | None = None
        self._done: list[str] = []

    def clear(self) -> None:
        """Keep what was done; there is no lab to give commands for."""
        self._lab = None
        self._fill()

    def show(self, lab: Lab, state: State | None) -> None:
        """The commands for this lab."""
        self._lab = lab
        self._fill()

    def note(self, line: str) -> None:
        """One more line of Python that the panel has done."""
        self._done.append(line)
        if self.choice.value == "done":
            self._fill()

    @property
    def script(self) -> str:
        """Everything done in the panel, as a Python program."""
        return "\n".join(["import dnetlab", "", *self._done])

    def _fill(self) -> None:
        form = self.choice.value
        if form == "done":
            self.text.value = html.block(self.script)
        elif self._lab is None:
            self.text.value = EMPTY
        else:
            line = f'print(lab.commands("{form}"))'
            self.text.value = html.in_python(line) + html.block(self._lab.commands(form))
