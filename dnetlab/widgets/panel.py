"""The control panel of a network type: choose, preview, build, look, ask, try, copy, remove.

Everything that a button does is a method of :class:`Panel` too, and the panel shows the line of Python that does
the same. Errors appear in the panel, also those of a thread, which a notebook would lose.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as w

from dnetlab import claims as claim_module
from dnetlab import reaper, types
from dnetlab.check import Prediction
from dnetlab.claims import Claim, Verdicts
from dnetlab.engine import Engine
from dnetlab.errors import NotBuilt
from dnetlab.lab import Lab, Step
from dnetlab.state import State
from dnetlab.widgets import cells, html, style
from dnetlab.widgets.claiming import Claiming
from dnetlab.widgets.displayed import Displayed
from dnetlab.widgets.exercising import Card, Cards
from dnetlab.widgets.form import Form
from dnetlab.widgets.live import LiveLab
from dnetlab.widgets.predicting import Compared, Predicting
from dnetlab.widgets.probing import BY, Probing
from dnetlab.widgets.shown import Addresses, Commands, Drawing
from dnetlab.widgets.work import Cancelled, Worker


class Panel(Displayed):
    """A control panel; a notebook shows it where it is the last value of a cell.

    Args:
        type: name of the network type.
        engine: as for :class:`dnetlab.Lab`; it is looked for at the first build, not before.
        **parameters: what the fields say at first.

    Raises:
        InvalidPlan: a parameter that the type does not have. Wrong values are no error: the fields say so.

    ``lab`` is the panel's lab, under a name that stays right when another one is built.
    """

    def __init__(self, type: str, engine: str | Engine | None = None, **parameters: Any) -> None:
        self.type = types.get(type)
        self._wanted = engine
        self._engine: Engine | None = engine if isinstance(engine, Engine) else None
        self._lab: Lab | None = None
        self._state: State | None = None
        self.lab = LiveLab(self)
        self._cards: dict[str, Card] = {}
        self._worked_on: Lab | None = None
        self._predicting: Predicting | None = None
        self.worker = Worker(self._refresh)
        self.form: Form | None = None
        self._make_head()
        self.drawing, self.addresses, self.commands = Drawing(), Addresses(), Commands()
        self.probing = Probing(lambda: self.begin(self._probe_chosen))
        self.claiming = Claiming(self.type, lambda *ids: self.begin(lambda: self._try(*ids)))
        self.form = Form(self.type, parameters, self._refresh)
        parts: tuple[Any, ...] = (self.drawing, self.addresses, self.probing, self.claiming, self.commands)
        self.tabs = w.Tab([part.view for part in parts])
        for number, part in enumerate(parts):
            self.tabs.set_title(number, part.title)
        self.view = w.VBox(
            [w.HTML(style.sheet()), self.title, self.form.view, self.bar, self.working, self.message, self.line,
             self.tabs]
        )  # fmt: skip
        self.view.add_class("dnl")
        self.view.add_class("dnl-panel")
        self._refresh()

    def _make_head(self) -> None:
        self.title = w.HTML(
            f"<h3 class='dnl-title'>{escape(self.type.title)}</h3>"
            f"<p class='dnl-muted'>{escape(self.type.text.description)}</p>"
        )

        def narrow() -> Any:
            # Each button has a layout of its own: one that is shared hides them all when it hides one.
            return w.Layout(width="auto", min_width="84px")

        self.preview_button = w.Button(
            description="Preview", tooltip="Draw the plan; touch nothing", layout=narrow()
        )
        self.build_button = w.Button(
            description="Build", button_style="primary", tooltip="Make it on the engine", layout=narrow()
        )
        self.remove_button = w.Button(
            description="Remove", tooltip="Remove everything that this panel made", layout=narrow()
        )
        self.cancel_button = w.Button(
            description="Cancel",
            button_style="warning",
            tooltip="Stop; nothing half-made stays",
            layout=narrow(),
        )
        self.preview_button.on_click(lambda _: self.begin(self._preview))
        self.build_button.on_click(lambda _: self.begin(self._build))
        self.remove_button.on_click(lambda _: self.begin(self._remove))
        self.cancel_button.on_click(lambda _: self.cancel())
        self.bar = w.HBox(
            [self.preview_button, self.build_button, self.remove_button, self.cancel_button],
            layout=w.Layout(flex_flow="row wrap"),
        )
        self.progress = w.IntProgress(0, 0, 1, layout=w.Layout(width="200px"))
        self.doing = w.HTML()
        self.working = w.HBox([self.progress, self.doing], layout=w.Layout(display="none"))
        self.message, self.line = w.HTML(), w.HTML()

    # --- what a notebook asks of it -------------------------------------------------------------------------

    def __repr__(self) -> str:
        return f'dnetlab.panel("{self.type.name}"): run this cell to see the control panel here.'

    # --- the same as calls ----------------------------------------------------------------------------------

    def current(self) -> Lab:
        """The lab that stands, else one that is only planned. Raises InvalidPlan where the fields are wrong."""
        return self._lab if self._lab is not None else self._planned()

    def _planned(self) -> Lab:
        assert self.form is not None
        return Lab(self.type.name, self._engine or self._wanted, **self.form.values())

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

    def probe(self, kind: str, source: str = "", target: str = "", port: int = 80) -> Any:
        """Ask the live network, as the Probe tab does; gives the typed result.

        ``kind`` is one of ``dnetlab.widgets.probing.BY``. Raises NotBuilt before the build.
        """
        found: list[Any] = []
        self.do(lambda: found.append(self._probe(kind, source, target, port)))
        return found[0]

    def claims(self, *ids: str) -> Verdicts:
        """Try claims on the live lab, all or those named; verdicts as :meth:`dnetlab.Lab.claims` gives them."""
        found: list[Verdicts] = []
        self.do(lambda: found.append(self._try(*ids)))
        return found[0]

    def predict(self) -> Predicting:
        """A matrix to click a prediction into; what was said about machines that are still planned stays."""
        lab = self.current()
        prediction = lab.predict()
        before = self._predicting
        if before is not None:
            if before.prediction.machines == prediction.machines:
                return before
            known = set(prediction.machines)
            old = before.prediction
            prediction.guesses.update(
                {pair: said for pair, said in old.guesses.items() if known.issuperset(pair)}
            )
        self._predicting = Predicting(prediction, self.type.questions, lambda: self.begin(self._compare))
        return self._predicting

    def compare(self, prediction: Predicting | Prediction | None = None) -> Compared:
        """A prediction (the one that was clicked) against the live network. Raises NotBuilt before the build."""
        found: list[Compared] = []
        self.do(lambda: found.append(self._compare(prediction)))
        return found[0]

    def card(self, id: str) -> Card:
        """The card of an exercise. Raises DnetlabError for an id that the type does not have."""
        if id not in self._cards:
            self._cards[id] = Card(self.type.exercise(id), self)
        return self._cards[id]

    def fresh(self) -> None:
        """For an exercise: a lab in which no other one was begun. It is built anew where one was."""
        lab = self.standing()
        if self._worked_on is lab:
            self._announce("Building the lab anew, without what the last exercise left ...")
            self._lab = None  # until it stands again
            self._state = lab.build(self._step)
            self._lab = lab
        self._worked_on = lab

    def cards(self) -> Cards:
        """All exercises of the type."""
        return Cards(self)

    def take_over(self, before: Panel) -> None:
        """Take the place of another panel: its lab is removed, its engine is used again."""
        before.cancel()
        before.remove()
        before.message.value = html.notice("This panel was replaced: its cell was run again.")
        if self._engine is None and self._wanted == before._wanted:
            self._engine = before._engine

    def cancel(self) -> None:
        """Stop what is running at its next step. A build that is stopped removes what it had made."""
        self.worker.cancel()
        if self.worker.busy:
            self.doing.value = "<p>Cancelling at the next step ...</p>"
        self._refresh()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until nothing runs; False where something still does after that time."""
        return self.worker.wait(seconds)

    # --- running --------------------------------------------------------------------------------------------

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
        finally:
            self.working.layout.display = "none"

    def _standing(self) -> str:
        return " The lab still stands." if self._lab is not None else " Nothing is left of it."

    def _step(self, step: Step) -> None:
        self.worker.check()
        self.progress.max, self.progress.value = max(step.total, 1), step.done
        self.doing.value = f"<p>{step.done} of {step.total}: {escape(step.text)}</p>"

    def _announce(self, text: str, total: int = 1) -> None:
        self.progress.max, self.progress.value = max(total, 1), 0
        self.doing.value = f"<p>{escape(text)}</p>"
        self.working.layout.display = ""

    def _show_line(self, line: str) -> None:
        self.line.value = html.in_python(line)

    def _show_done(self, line: str) -> None:
        self._show_line(line)
        self.commands.note(line)

    # --- the jobs -------------------------------------------------------------------------------------------

    def _preview(self) -> None:
        lab = self._planned()
        self._show_done(f"{lab!r}.draw()")
        self._show(lab, None)
        self.tabs.selected_index = 0
        if self._lab is not None:
            self.message.value = html.notice("This is a plan. The lab that was built stands as it was.")

    def _show(self, lab: Lab, state: State | None) -> None:
        for part in (self.drawing, self.addresses, self.commands):
            part.show(lab, state)

    def _build(self) -> None:
        lab = self._planned()
        line = f"lab = {lab!r}; lab.build()"
        self._show_line(line)
        if self._lab is not None:
            self._announce("Removing the lab that stands ...")
            self._take_down()
        self._announce("Looking for an engine ...")
        engine = lab.engine
        reaper.watch(engine)
        self._announce(f"Building on the {engine.description} ...", 2 + len(lab.plan.containers))
        state = lab.build(self._step)
        # From here on the lab stands: whatever fails below, the panel knows of it and can remove it.
        self._engine, self._lab, self._state = engine, lab, state
        self._heed_late_cancel()
        self._show_done(line)
        self.message.value = html.notice(f"Built on the {engine.description}: {engine.why}.")
        self.probing.show(lab)
        self.claiming.ready()
        self._show(lab, state)
        self.tabs.selected_index = 0

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
        self._show_done("lab.state()")
        self._show(self.standing(), self._state)
        self.message.value = html.notice("It stands already, with these values.")

    def standing(self) -> Lab:
        if self._lab is None:
            raise NotBuilt(
                "Nothing is built.",
                "There is no network to ask.",
                "Press Build in the panel, or run lab.build().",
            )
        return self._lab

    def _take_down(self) -> None:
        lab, self._lab, self._state = self._lab, None, None
        try:
            if lab is not None:
                lab.remove()
        except BaseException:
            self._lab = lab
            raise
        self.probing.clear()
        self.claiming.clear()

    def _remove(self) -> None:
        stood = self._lab is not None
        self._announce("Removing ...")
        self._take_down()
        for part in (self.drawing, self.addresses, self.commands):
            part.clear()
        if stood:
            self._show_done("lab.remove()")
        self.message.value = html.notice("Removed." if stood else "There was nothing to remove.")

    def _probe_chosen(self) -> None:
        kind, source, target, port = self.probing.chosen
        self._probe(kind.name, source, target, port)

    def _probe(self, name: str, source: str, target: str, port: int) -> Any:
        lab, kind = self.standing(), BY[name]
        line = kind.line(source, target, port)
        self._announce(f"Asking: {kind.label} ...")
        self._show_line(line)
        try:
            found = kind.ask(lab, source, target, port)
        except Exception as wrong:
            self.probing.answer(line, html.error(wrong))
            raise
        self._show_done(line)
        self.probing.answer(line, html.result(found))
        return found

    def _try(self, *ids: str) -> Verdicts:
        lab = self.standing()
        chosen = [self.type.claim(id) for id in ids] or list(self.type.claims)
        self._show_line(
            f"lab.claims({', '.join(repr(c.id) for c in chosen) if ids else ''})".replace("'", '"')
        )
        verdicts = Verdicts()
        try:
            for number, claim in enumerate(chosen):
                self._try_one(lab, claim, number, len(chosen), verdicts)
        finally:
            # Also where it was cancelled: those that were tried were tried.
            if verdicts:
                self.claiming.sum_up(list(verdicts))
        self.worker.check()
        return verdicts

    def _try_one(self, lab: Lab, claim: Claim, number: int, total: int, verdicts: Verdicts) -> None:
        self.worker.check()
        self._announce(f"{number + 1} of {total}: {claim.text}", total)
        self.progress.value = number
        row = self.claiming.rows[claim.id]
        row.trying()
        try:
            verdict = claim_module.attempt(claim, lab)
        except BaseException:
            row.clear()
            raise
        verdicts.append(verdict)
        self.claiming.show(verdict)

    def _compare(self, prediction: Predicting | Prediction | None = None) -> Compared:
        lab = self.standing()
        shown = prediction if isinstance(prediction, Predicting) else self._predicting
        said = (
            prediction if isinstance(prediction, Prediction) else shown.prediction if shown else lab.predict()
        )
        self._announce("Comparing the prediction with the network ...")
        found = lab.compare(said)
        self._show_done("lab.compare(prediction)")
        if shown is not None:
            shown.show(found)
        return Compared(found)

    # --- which buttons can be pressed -----------------------------------------------------------------------

    def _refresh(self) -> None:
        if self.form is None or not hasattr(self, "view"):
            return  # still being made
        busy, valid = self.worker.busy, self.form.valid
        self.build_button.disabled = busy or not valid
        self.preview_button.disabled = busy or not valid
        self.remove_button.disabled = busy or self._lab is None
        self.cancel_button.layout.display = "" if busy else "none"
        self.cancel_button.disabled = self.worker.cancelling
        self.build_button.description = "Build" if self._lab is None else "Build anew"
        self.form.freeze(busy)
        self.probing.freeze(busy)
        self.claiming.freeze(busy or self._lab is None)


def panel(type: str, engine: str | Engine | None = None, **parameters: Any) -> Panel:
    """The control panel of a network type; see :class:`Panel`.

    A notebook's cell that is run again replaces its panel: the lab of the one before is removed.

    >>> import dnetlab
    >>> dnetlab.panel("macvlan_bridge", containers=3)    # doctest: +SKIP
    """
    made = Panel(type, engine, **parameters)
    before = cells.replaced(made)
    if before is not None:
        made.take_over(before)
    return made
