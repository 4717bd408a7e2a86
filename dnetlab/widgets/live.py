"""The lab of a panel, under one name that stays right when the panel builds anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dnetlab.check import Prediction
    from dnetlab.state import State
    from dnetlab.widgets.exercising import Card, Cards
    from dnetlab.widgets.panel import Panel
    from dnetlab.widgets.predicting import Compared, Predicting


class LiveLab:
    """Stands for the panel's lab: everything a :class:`dnetlab.Lab` can do, done with the one that stands now.

    ``build`` and ``remove`` go through the panel, so that what it shows stays true. Before the build it is a lab
    that was only planned, from the values in the panel's fields.
    """

    def __init__(self, panel: Panel) -> None:
        self._panel = panel

    @property
    def panel(self) -> Panel:
        """The panel, to be shown."""
        return self._panel

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._panel.current(), name)

    def build(self) -> State:
        """Build what the fields say, unless it stands already; gives the state that was read back."""
        return self._panel.build()

    def remove(self) -> None:
        """Remove everything that the panel's lab made."""
        self._panel.remove()

    def predict(self) -> Predicting:
        """A matrix to click a prediction into, or to fill with ``guess`` and ``answer``."""
        return self._panel.predict()

    def compare(self, prediction: Predicting | Prediction | None = None) -> Compared:
        """A prediction against the live network, each wrong cell explained."""
        return self._panel.compare(prediction)

    def exercise(self, id: str) -> Card:
        """An exercise of this type, as a card with buttons; the same by calls: start, check, hint, solution."""
        return self._panel.card(id)

    def exercises(self) -> Cards:
        """All exercises of this type."""
        return self._panel.cards()

    def __enter__(self) -> LiveLab:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()

    def __repr__(self) -> str:
        return repr(self._panel.current())
