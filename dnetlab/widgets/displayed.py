"""Things that a notebook shows: a widget where there are widgets, a sentence where there are none."""

from __future__ import annotations

from typing import Any


class Displayed:
    """Has a ``view``, the widget, and a ``repr`` that stands for it where widgets cannot be shown."""

    view: Any

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        found = self.view._repr_mimebundle_(**kwargs)
        data, rest = (found[0], found[1:]) if isinstance(found, tuple) else (found, ())
        data = {**data, "text/plain": repr(self)}
        return (data, *rest) if rest else data
