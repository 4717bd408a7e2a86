"""The control panel of a network type: choose, preview, build, look, ask, try, copy, remove.

Everything that a button does is a method of :class:`Panel` too, and the panel shows the line of Python that does
the same. It is made in layers: what runs (:mod:`~dnetlab.widgets.running`), the lab that stands
(:mod:`~dnetlab.widgets.standing`), the lesson's part (:mod:`~dnetlab.widgets.learning`), and here the whole.
"""

from __future__ import annotations

from typing import Any

import ipywidgets as w

from dnetlab import draw, types
from dnetlab.engine import Engine
from dnetlab.lab import Lab
from dnetlab.widgets import cells, html, style, work
from dnetlab.widgets.learning import Learning
from dnetlab.widgets.live import LiveLab
from dnetlab.widgets.probing import BY, Probing


class Panel(Learning):
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
        self.lab = LiveLab(self)
        self.probing = Probing(lambda: self.begin(self._probe_chosen))
        super().__init__(types.get(type), engine, parameters)
        assert self.form is not None
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
        work.ahead(draw.prepare)

    def _preview(self) -> None:
        super()._preview()
        self.tabs.selected_index = 0

    def _build(self) -> None:
        super()._build()
        self.tabs.selected_index = 0

    def _built(self, lab: Lab) -> None:
        super()._built(lab)
        self.probing.show(lab)

    def _gone(self) -> None:
        super()._gone()
        self.probing.clear()

    # --- questions to the live network ----------------------------------------------------------------------

    def probe(self, kind: str, source: str = "", target: str = "", port: int = 80) -> Any:
        """Ask the live network, as the Probe tab does; gives the typed result.

        ``kind`` is one of ``dnetlab.widgets.probing.BY``. Raises NotBuilt before the build.
        """
        found: list[Any] = []
        self.do(lambda: found.append(self._probe(kind, source, target, port)))
        return found[0]

    def _probe_chosen(self) -> None:
        kind, source, target, port = self.probing.chosen
        self._probe(kind.name, source, target, port)

    def _probe(self, name: str, source: str, target: str, port: int) -> Any:
        lab, kind = self.standing(), BY[name]
        line = kind.line(source, target, port)
        self.announce(f"Asking: {kind.label} ...")
        self.show_line(line)
        try:
            found = kind.ask(lab, source, target, port)
        except Exception as wrong:
            self.probing.answer(line, html.error(wrong))
            raise
        self.show_done(line)
        self.probing.answer(line, html.result(found))
        return found

    # --- which buttons can be pressed -----------------------------------------------------------------------

    def _refresh(self) -> None:
        if not hasattr(self, "view") or self.form is None:
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
