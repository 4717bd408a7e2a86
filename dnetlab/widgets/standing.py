"""The lab of a panel: planned from its fields, built, read back, removed; and what is shown of it."""

from __future__ import annotations

from typing import Any

from dnetlab import reaper
from dnetlab.engine import Engine
from dnetlab.errors import NotBuilt
from dnetlab.lab import Lab
from dnetlab.state import State
from dnetlab.types import NetworkType
from dnetlab.widgets import html
from dnetlab.widgets.form import Form
from dnetlab.widgets.running import Running
from dnetlab.widgets.shown import Addresses, Commands, Drawing
from dnetlab.widgets.work import Cancelled


class Standing(Running):
    """A panel's fields and its lab, one at a time."""

    def __init__(self, type: NetworkType, engine: str | Engine | None, parameters: dict[str, Any]) -> None:
        super().__init__(type)
        self._wanted = engine
        self._engine: Engine | None = engine if isinstance(engine, Engine) else None
        self._lab: Lab | None = None
        self._state: State | None = None
        self._replaced = False
        self.drawing, self.addresses, self.commands = Drawing(), Addresses(), Commands()
        self.preview_button.on_click(lambda _: self.begin(self._preview))
        self.build_button.on_click(lambda _: self.begin(self._build))
        self.remove_button.on_click(lambda _: self.begin(self._remove))
        self.form: Form | None = None  # while it checks itself for the first time
        self.form = Form(type, parameters, self._refresh)

    def current(self) -> Lab:
        """The lab that stands, else one that is only planned. Raises InvalidPlan where the fields are wrong."""
        return self._lab if self._lab is not None else self._planned()

    def standing(self) -> Lab:
        """The lab that stands. Raises NotBuilt where none does."""
        if self._lab is None and self._replaced:
            raise NotBuilt(
                "Nothing is built.",
                "The panel that this belongs to was replaced: its cell was run again.",
                "Run this cell again too: then it belongs to the new panel.",
            )
        if self._lab is None:
            raise NotBuilt(
                "Nothing is built.",
                "There is no network to ask.",
                "Press Build in the panel, or run lab.build().",
            )
        return self._lab

    def _planned(self) -> Lab:
        assert self.form is not None
        return Lab(self.type.name, self._engine or self._wanted, **self.form.values())

    def _standing(self) -> str:
        return " The lab still stands." if self._lab is not None else " Nothing is left of it."

    # --- the buttons as calls -------------------------------------------------------------------------------

    def set(self, **values: Any) -> None:
        """Fill in fields, as typing would."""
        assert self.form is not None
        self.form.set(**values)

    def preview(self) -> None:
        """Show the plan: drawing, addresses, commands. Nothing is touched. Raises InvalidPlan."""
        self.do(self._preview)

    def build(self) -> State:
        """Build what the fields say; a lab with other values is removed first. Gives the state read back.

        Nothing is done where it stands already with these values. Raises what :meth:`dnetlab.Lab.build` raises.
        """
        self.do(self._build_or_read_back)
        assert self._state is not None
        return self._state

    def remove(self) -> None:
        """Remove everything that the panel's lab made. No lab is no error."""
        self.do(self._remove)

    def take_over(self, before: Standing) -> None:
        """Take the place of another panel: its lab is removed, its engine is used again."""
        before.cancel()
        before.remove()
        before._replaced = True
        before.message.value = html.notice("This panel was replaced: its cell was run again.")
        if self._engine is None and self._wanted == before._wanted:
            self._engine = before._engine

    # --- the jobs -------------------------------------------------------------------------------------------

    def _preview(self) -> None:
        lab = self._planned()
        self.show_done(f"{lab!r}.draw()")
        self._show(lab, None)
        if self._lab is not None:
            self.message.value = html.notice("This is a plan. The lab that was built stands as it was.")

    def _build(self) -> None:
        lab = self._planned()
        line = f"lab = {lab!r}; lab.build()"
        self.show_line(line)
        if self._lab is not None:
            self.announce("Removing the lab that stands ...")
            self._take_down()
        self.announce("Looking for an engine ...")
        engine = lab.engine
        reaper.watch(engine)
        self.announce(f"Building on the {engine.description} ...", 2 + len(lab.plan.containers))
        state = lab.build(self.step)
        # From here on the lab stands: whatever fails below, the panel knows of it and can remove it.
        self._engine, self._lab, self._state = engine, lab, state
        self._heed_late_cancel()
        self.show_done(line)
        self.message.value = html.notice(f"Built on the {engine.description}: {engine.why}.")
        self._built(lab)
        self._show(lab, state)

    def _heed_late_cancel(self) -> None:
        # Cancel was pressed after the build's last step: keep the promise that nothing stays.
        try:
            self.worker.check()
        except Cancelled:
            self._take_down()
            raise

    def _build_or_read_back(self) -> None:
        wanted = self._planned()
        if self._lab is not None and self._lab.parameters == wanted.parameters:
            self._read_back()
        else:
            self._build()

    def _read_back(self) -> None:
        self._state = self.standing().state()
        self.show_done("lab.state()")
        self._show(self.standing(), self._state)
        self.message.value = html.notice("It stands already, with these values.")

    def rebuild(self) -> None:
        """The same lab anew, on its own engine: whatever was changed by hand is gone."""
        lab = self.standing()
        self._lab = self._state = None  # until it stands again
        try:
            self._state = lab.build(self.step)
        except BaseException:
            self._gone()
            self._clear()
            raise
        self._lab = lab

    def _take_down(self) -> None:
        lab, self._lab, self._state = self._lab, None, None
        try:
            if lab is not None:
                lab.remove()
        except BaseException:
            self._lab = lab
            raise
        self._gone()

    def _remove(self) -> None:
        stood = self._lab is not None
        self.announce("Removing ...")
        self._take_down()
        self._clear()
        if stood:
            self.show_done("lab.remove()")
        self.message.value = html.notice("Removed." if stood else "There was nothing to remove.")

    # --- what is shown --------------------------------------------------------------------------------------

    def _show(self, lab: Lab, state: State | None) -> None:
        for part in (self.drawing, self.addresses, self.commands):
            part.show(lab, state)

    def _clear(self) -> None:
        for part in (self.drawing, self.addresses, self.commands):
            part.clear()

    def show_done(self, line: str) -> None:
        """The line of Python for what was done; it is kept among the commands."""
        self.show_line(line)
        self.commands.note(line)

    def _built(self, lab: Lab) -> None:
        """A lab stands: the layers above get ready for it."""

    def _gone(self) -> None:
        """It does not stand any more."""
