"""Which cell of a notebook is running: a cell that is run again replaces the panel that it made before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dnetlab.widgets.panel import Panel

_made: dict[tuple[str, str], Panel] = {}


def current() -> str:
    """The running cell: its id where the front end tells it, else its text; empty outside a notebook."""
    try:
        from IPython import get_ipython
    except ImportError:
        return ""
    shell = get_ipython()
    parent: dict[str, Any] = getattr(shell, "get_parent", dict)() if shell is not None else {}
    metadata, content = parent.get("metadata") or {}, parent.get("content") or {}
    return str(metadata.get("cellId") or content.get("code") or "")


def replaced(panel: Panel) -> Panel | None:
    """Note that the running cell made this panel; gives the one of that type that it made before, if any."""
    cell = current()
    if not cell:
        return None
    before = _made.get((cell, panel.type.name))
    _made[cell, panel.type.name] = panel
    return before
