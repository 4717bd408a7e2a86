"""The head of a panel: its buttons, what runs just now, and what came of it, errors too.

An error of a button's job would end in a thread that nobody looks at; here it ends in the panel.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as w

from dnetlab.lab import Step
from dnetlab.types import NetworkType
from dnetlab.widgets import html
from dnetlab.widgets.displayed import Displayed
from dnetlab.widgets.work import Cancelled, Worker


class Running(Displayed, ABC):
    """Runs a panel's jobs one at a time: progress, Cancel, and one message at the end."""

    def __init__(self, type: NetworkType) -> None:
        self.type = type
        self.worker = Worker(self._refresh)
        self.title = w.HTML(
            f"<h3 class='dnl-title'>{escape(type.title)}</h3>"
            f"<p class='dnl-muted'>{escape(type.text.description)}</p>"
        )
        self.preview_button = _button("Preview", "Draw the plan; touch nothing")
        self.build_button = _button("Build", "Make it on the engine", "primary")
        self.remove_button = _button("Remove", "Remove everything that this panel made")
        self.cancel_button = _button("Cancel", "Stop; nothing half-made stays", "warning")
        self.cancel_button.on_click(lambda _: self.cancel())
        self.bar = w.HBox(
            [self.preview_button, self.build_button, self.remove_button, self.cancel_button],
            layout=w.Layout(flex_flow="row wrap"),
        )
        self.progress = w.IntProgress(0, 0, 1, layout=w.Layout(width="200px"))
        self.doing = w.HTML()
        self.working = w.HBox(
            [self.progress, self.doing], layout=w.Layout(display="none", align_items="center")
        )
        self.message, self.line = w.HTML(), w.HTML()

    def __repr__(self) -> str:
        return f'dnetlab.panel("{self.type.name}"): run this cell to see the control panel here.'

    # --- jobs -----------------------------------------------------------------------------------------------

    def begin(self, job: Callable[[], object]) -> None:
        """For a button: in the background; an error ends in the panel."""

        def quietly() -> None:
            try:
                self._shielded(job)
            except Exception:
                return  # it is shown in the panel

        self.worker.start(quietly)

    def do(self, job: Callable[[], object]) -> None:
        """For a call: here and now; an error is shown in the panel and raised too."""
        self.worker.do(lambda: self._shielded(job))

    def cancel(self) -> None:
        """Stop what is running at its next step. A build that is stopped removes what it had made."""
        self.worker.cancel()
        if self.worker.busy:
            self.doing.value = "<p>Cancelling at the next step ...</p>"
        else:
            self.message.value = html.notice("It was done already: there is nothing to cancel.")
        self._refresh()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until nothing runs; False where something still does after that time."""
        return self.worker.wait(seconds)

    def _shielded(self, job: Callable[[], object]) -> None:
        self.message.value = ""
        try:
            job()
        except Cancelled:
            self.message.value = html.notice("Cancelled." + self._standing())
            raise
        except KeyboardInterrupt:
            self.message.value = html.notice("Interrupted." + self._standing())
            raise
        except BaseException as wrong:
            self.message.value = html.error(wrong)
            raise
        else:
            if self.worker.cancelling:
                self.message.value += html.notice("It was done before it could be cancelled.")
        finally:
            self.working.layout.display = "none"

    # --- what is shown of them ------------------------------------------------------------------------------

    def announce(self, text: str, total: int = 1) -> None:
        """What is being done from here on, in ``total`` steps."""
        self.progress.max, self.progress.value = max(total, 1), 0
        self.doing.value = f"<p>{escape(text)}</p>"
        self.working.layout.display = ""

    def step(self, step: Step) -> None:
        """One step of a build is done. Raises Cancelled where Cancel was pressed."""
        self.worker.check()
        self.progress.max, self.progress.value = max(step.total, 1), step.done
        self.doing.value = f"<p>{step.done} of {step.total}: {escape(step.text)}</p>"

    def show_line(self, line: str) -> None:
        """The line of Python that does the same."""
        self.line.value = html.in_python(line)

    # --- what the layers above know -------------------------------------------------------------------------

    @abstractmethod
    def _standing(self) -> str:
        """A sentence on what is there after a job that was stopped."""

    @abstractmethod
    def _refresh(self) -> None:
        """Which buttons can be pressed: called when a job begins or ends."""


def _button(text: str, tooltip: str, style: str = "") -> Any:
    # Each button has a layout of its own: one that is shared hides them all when it hides one.
    layout = w.Layout(width="auto", min_width="84px")
    return w.Button(description=text, tooltip=tooltip, button_style=style, layout=layout)
