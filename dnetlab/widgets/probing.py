"""The tab that asks the live network: choose what, from where, to where; each answer with the line of Python."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import ipywidgets as w

from dnetlab.lab import Lab
from dnetlab.widgets import html

KEEP = 12
"""Answers that stay in the list; older ones make room."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A question to the network: its label, which fields it needs, how it is asked and the line of Python."""

    name: str
    label: str
    needs: frozenset[str]
    ask: Callable[[Lab, str, str, int], Any]
    line: Callable[[str, str, int], str]


def _pair(name: str, label: str, method: str, extra: str = "", *, port: bool = False) -> Kind:
    options: dict[str, Any] = {"by": "name"} if extra else {}

    def ask(lab: Lab, source: str, target: str, number: int) -> Any:
        return getattr(lab, method)(source, target, *([number] if port else []), **options)

    def line(source: str, target: str, number: int) -> str:
        return f'lab.{method}("{source}", "{target}"{f", {number}" if port else ""}{extra})'

    return Kind(name, label, frozenset({"source", "target"} | ({"port"} if port else set())), ask, line)


def _one(name: str, label: str, method: str) -> Kind:
    return Kind(
        name,
        label,
        frozenset({"source"}),
        lambda lab, source, target, port: getattr(lab, method)(source),
        lambda source, target, port: f'lab.{method}("{source}")',
    )


BY_NAME = ', by="name"'
KINDS = (
    _pair("ping", "Ping by address", "ping"),
    _pair("ping_name", "Ping by name", "ping", BY_NAME),
    _pair("http", "Web page (HTTP) by address", "http", port=True),
    _pair("http_name", "Web page (HTTP) by name", "http", BY_NAME, port=True),
    _pair("connect", "TCP port open?", "connect", port=True),
    _pair("lookup", "Look up a name", "lookup"),
    Kind(
        "reach",
        "Reach matrix: who reaches whom",
        frozenset(),
        lambda lab, *_: lab.reach(),
        lambda *_: "lab.reach()",
    ),
    _one("neighbours", "Neighbour table (ARP)", "neighbours"),
    _one("routes", "Routing table", "routes"),
    _one("links", "Interfaces and MACs", "links"),
    *([_pair("explain", "Why? The way of a packet", "explain")] if find_spec("dnetlab.explain") else []),
)
BY = {kind.name: kind for kind in KINDS}


class Probing:
    """The Probe tab. ``ask`` is called when the button is pressed; the panel does the work."""

    title = "Probe"

    def __init__(self, ask: Callable[[], None]) -> None:
        style = {"description_width": "60px"}

        def wide() -> Any:
            return w.Layout(width="auto", max_width="420px")

        self.kind = w.Dropdown(
            options=[(k.label, k.name) for k in KINDS], description="Ask", style=style, layout=wide()
        )
        self.source = w.Dropdown(description="From", style=style, layout=wide())
        self.target = w.Dropdown(description="To", style=style, layout=wide())
        self.other = w.Text(
            description="or",
            placeholder="an address or a name",
            style=style,
            layout=wide(),
            tooltip="any address or name instead of the machine chosen above",
        )
        self.port = w.IntText(80, description="Port", style=style, layout=w.Layout(width="160px"))
        self.button = w.Button(
            description="Ask", button_style="primary", tooltip="Try it on the live network"
        )
        self.clear_button = w.Button(description="Clear answers")
        self.answers = w.HTML()
        self._answers: list[str] = []
        self.kind.observe(lambda _: self._fit(), names="value")
        self.button.on_click(lambda _: ask())
        self.clear_button.on_click(lambda _: self.forget())
        fields = w.GridBox(
            [self.kind, self.source, self.target, self.other, self.port],
            layout=w.Layout(grid_template_columns="repeat(auto-fit, minmax(260px, 1fr))", width="auto"),
        )
        self.before = w.HTML("<p class='dnl-muted'>Build first: there is nobody to ask yet.</p>")
        self.form = w.VBox([fields, w.HBox([self.button, self.clear_button])])
        self.view = w.VBox([self.before, self.form, self.answers])
        self.clear()

    def _fit(self) -> None:
        needs = BY[self.kind.value].needs
        for widget, need in (
            (self.source, "source"),
            (self.target, "target"),
            (self.other, "target"),
            (self.port, "port"),
        ):
            widget.layout.display = "" if need in needs else "none"

    def clear(self) -> None:
        """No lab: nobody to ask."""
        self.before.layout.display = ""
        self.form.layout.display = "none"
        self.forget()

    def show(self, lab: Lab) -> None:
        """Offer the machines of this lab."""
        machines = [m.name for role in ("container", "pc", "host", "router", "internet")
                    for m in lab.plan.topology.of_role(role)]  # fmt: skip
        self.source.options = machines
        self.target.options = machines
        self.source.value = machines[0]
        self.target.value = machines[min(1, len(machines) - 1)]
        self.other.value = ""
        self.port.value = lab.plan.containers[0].port
        self.before.layout.display = "none"
        self.form.layout.display = ""
        self._fit()

    def freeze(self, frozen: bool) -> None:
        """While something runs nothing can be asked."""
        self.button.disabled = frozen

    @property
    def chosen(self) -> tuple[Kind, str, str, int]:
        """Kind, source, target and port as they stand in the fields."""
        target = self.other.value.strip() or self.target.value
        return BY[self.kind.value], self.source.value or "", target or "", int(self.port.value)

    def answer(self, line: str, shown: str) -> None:
        """Put an answer on top of the list."""
        self._answers.insert(0, f"<div class='dnl-result'>{html.in_python(line)}{shown}</div>")
        del self._answers[KEEP:]
        self.answers.value = "".join(self._answers)

    def forget(self) -> None:
        """Empty the list."""
        self._answers = []
        self.answers.value = ""
