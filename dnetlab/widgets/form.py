"""The fields of a panel, made from a type's parameters, checked at every key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from html import escape
from typing import Any

import ipywidgets as w

from dnetlab.errors import InvalidPlan, Problem
from dnetlab.plan.parameters import Parameter
from dnetlab.plan.readers import show
from dnetlab.types import NetworkType
from dnetlab.widgets import html


class Field:
    """One parameter: its widget, its help, what is wrong with it, and a button that takes the suggested value.

    ipywidgets gives no way to set ``aria-invalid`` or ``aria-describedby``. So what is wrong stands in the field's
    label too, hidden from the eye: a screen reader says it whenever it comes to the field.
    """

    def __init__(self, parameter: Parameter, value: Any, changed: Callable[[], None]) -> None:
        self.parameter = parameter
        self.widget = _widget(parameter, value)
        self.widget.observe(lambda _: changed(), names="value")
        self.help = w.HTML(f"<div class='dnl-help'>{escape(parameter.help)}</div>")
        self.problem = w.HTML()
        self.use = w.Button(layout=w.Layout(width="max-content", margin="2px 0 2px 114px", display="none"))
        self.use.on_click(lambda _: self.take())
        self._instead: Any = None
        self.view = w.VBox([self.widget, self.problem, self.use, self.help])
        self.view.add_class("dnl-field")

    @property
    def value(self) -> Any:
        """What stands in the field, as a call would give it: None for an empty field that may be empty."""
        return _given(self.parameter, self.widget.value)

    @property
    def changed(self) -> bool:
        """Whether it differs from the parameter's default."""
        default = _for_widget(self.parameter, self.parameter.default)
        return bool(self.value != _given(self.parameter, default))

    def take(self) -> None:
        """Take the value that was suggested."""
        if self._instead is not None:
            self.widget.value = _for_widget(self.parameter, self._instead)

    def tell(self, problems: list[Problem], instead: Any = None) -> None:
        """Show what is wrong; nothing where the list is empty. ``instead`` is a value that works."""
        self._instead = instead
        if instead is not None and problems:
            problems = [replace(problems[0], instead=str(instead)), *problems[1:]]
        self.problem.value = "".join(html.problem(p) for p in problems)
        (self.widget.add_class if problems else self.widget.remove_class)("dnl-field-wrong")
        said = " ".join(html.sentence(p) for p in problems)
        hidden = f"<span class='dnl-spoken'> wrong: {escape(said)}</span>" if said else ""
        self.widget.description = escape(self.parameter.label) + hidden
        self.use.description = "" if instead is None else f"Use {instead}"
        self.use.tooltip = f"Take {instead} for: {self.parameter.label}"
        self.use.layout.display = "none" if instead is None else ""


def _widget(parameter: Parameter, value: Any) -> Any:
    common = {
        "value": _for_widget(parameter, value),
        "description": escape(parameter.label),
        "description_allow_html": True,
        "tooltip": parameter.help,
        "style": {"description_width": "104px"},
        "layout": w.Layout(width="auto"),
    }
    if parameter.kind == "switch":
        # Indented, so that the box stands below the other fields' boxes.
        return w.Checkbox(**common, indent=True)
    # Text for numbers too: a field for numbers swallows without a word what is none.
    return w.Text(**common, continuous_update=True, placeholder="(empty)" if parameter.optional else "")


def _for_widget(parameter: Parameter, value: Any) -> Any:
    if parameter.kind == "switch":
        return bool(value)
    return show(value)


def _given(parameter: Parameter, shown: Any) -> Any:
    if parameter.kind == "switch":
        return shown
    if parameter.optional and not shown.strip():
        return None
    if parameter.kind == "count":
        with suppress(ValueError):
            return int(shown)
    return shown


def _grid(views: list[Any]) -> Any:
    columns = "repeat(auto-fit, minmax(300px, 1fr))"
    return w.GridBox(views, layout=w.Layout(grid_template_columns=columns, width="auto"))


class More:
    """Fields behind a button. Not an accordion: the Tab key does not stop at the head of one."""

    def __init__(self, fields: Any) -> None:
        self.fields = fields
        self.button = w.Button(layout=w.Layout(width="max-content", margin="2px 2px 6px"))
        self.button.on_click(lambda _: self.open(not self.opened))
        self.view = w.VBox([self.button, self.fields])
        self.open(False)

    @property
    def opened(self) -> bool:
        """Whether the fields can be seen."""
        return bool(self.fields.layout.display != "none")

    def open(self, opened: bool) -> None:
        """Show the fields, or hide them."""
        self.fields.layout.display = "" if opened else "none"
        self.button.description = "▾ Fewer settings" if opened else "▸ More settings"


class Form:
    """All fields of a type. ``changed`` is called after every change, when the problems are known."""

    def __init__(self, type: NetworkType, given: Mapping[str, Any], changed: Callable[[], None]) -> None:
        self.type = type
        self._changed = changed
        self.problems: tuple[Problem, ...] = ()
        unknown = [name for name in given if name not in {p.name for p in type.parameters}]
        if unknown:
            type.plan(**given)  # raises InvalidPlan, which names it and the ones there are
        self.fields = {p.name: Field(p, given.get(p.name, p.default), self.check) for p in type.parameters}
        self.rest = w.HTML()
        usual, rare = ([f.view for f in self.fields.values() if f.parameter.rare is r] for r in (False, True))
        self.more = More(_grid(rare))
        self.view = w.VBox([_grid(usual), *([self.more.view] if rare else []), self.rest])
        self.check()

    @property
    def valid(self) -> bool:
        """Whether the values make a plan."""
        return not self.problems

    def values(self) -> dict[str, Any]:
        """The values that differ from the defaults, as they stand in the fields."""
        return {name: field.value for name, field in self.fields.items() if field.changed}

    def set(self, **values: Any) -> None:
        """Fill fields in. Raises InvalidPlan for a name that is no parameter."""
        for name, value in values.items():
            if name not in self.fields:
                self.type.plan(**{name: value})
            self.fields[name].widget.value = _for_widget(self.fields[name].parameter, value)

    def freeze(self, frozen: bool) -> None:
        """While something runs the fields cannot be changed."""
        for field in self.fields.values():
            field.widget.disabled = frozen
            field.use.disabled = frozen

    def check(self) -> None:
        """Find what is wrong and say it at the fields."""
        values = self.values()
        wrong = self.type.problems(**values)
        self.problems = wrong.problems if wrong else ()
        for name, field in self.fields.items():
            mine = [p for p in self.problems if p.field == name]
            field.tell(mine, self._working(field, mine, values))
            if mine and field.parameter.rare:
                self.more.open(True)
        others = [p for p in self.problems if p.field not in self.fields]
        self.rest.value = "".join(html.problem(p) for p in others)
        self._changed()

    def _working(self, field: Field, problems: list[Problem], values: Mapping[str, Any]) -> Any:
        """A value that leaves no problem at this field: the suggested one, or what is suggested in its place."""
        seen: set[Any] = set()
        while problems:
            candidates = [c for p in problems for c in _suggested(field.parameter, p) if c not in seen]
            problems = []
            for candidate in candidates:
                seen.add(candidate)
                left = self.type.problems(**{**values, field.parameter.name: candidate})
                mine = [p for p in left.problems if p.field == field.parameter.name] if left else []
                if not mine:
                    return candidate
                problems += mine
        return None


def _suggested(parameter: Parameter, wrong: Problem) -> list[Any]:
    """The suggestion as values for the field: the whole text, and its first part ("31, or a /26")."""
    found = []
    for text in dict.fromkeys((wrong.instead, wrong.instead.split(",")[0])):
        value = _given(parameter, _for_widget(parameter, text))
        with suppress(InvalidPlan):
            parameter.read(value)
            if text:
                found.append(value)
    return found
