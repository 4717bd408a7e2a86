"""The lab of a panel, under one name that stays right when the panel builds anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dnetlab.state import State
    from dnetlab.widgets.panel import Panel


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

    def __enter__(self) -> LiveLab:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()

    def __repr__(self) -> str:
        return repr(self._panel.current())
