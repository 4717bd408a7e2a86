"""The tab with the type's claims: each can be tried on the live lab, and shows what was seen."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets as w

from dnetlab.claims import Claim, Verdict, in_html
from dnetlab.types import NetworkType
from dnetlab.widgets import html


class Row:
    """One claim: its sentence, a button, and the verdict with its evidence."""

    def __init__(self, claim: Claim, attempt: Callable[[str], None]) -> None:
        self.claim = claim
        self.button = w.Button(
            description="Try", tooltip=f"Try it: {claim.text}", layout=w.Layout(width="64px", flex="0 0 auto")
        )
        self.button.on_click(lambda _: attempt(claim.id))
        self.text = w.HTML(layout=w.Layout(flex="1 1 auto", min_width="0"))
        self.evidence = w.HTML()
        self.view = w.VBox([w.HBox([self.button, self.text]), self.evidence])
        self.view.add_class("dnl-claim")
        self.clear()

    def clear(self) -> None:
        """Not tried."""
        self._say("")
        self.evidence.value = ""

    def trying(self) -> None:
        """Being tried just now."""
        self._say("being tried ...")
        self.evidence.value = ""

    def show(self, verdict: Verdict) -> None:
        """What came out."""
        self._say("")
        self.evidence.value = html.verdict(verdict)

    def _say(self, extra: str) -> None:
        note = f" <span class='dnl-muted'>{extra}</span>" if extra else ""
        self.text.value = (
            f"<p>{in_html(self.claim.text)} <span class='dnl-muted'>({self.claim.clause})</span>{note}</p>"
        )


class Claiming:
    """The Claims tab. ``attempt`` is called with the ids to try; none means all."""

    title = "Claims"

    def __init__(self, type: NetworkType, attempt: Callable[..., None]) -> None:
        self.all = w.Button(
            description=f"Try all {len(type.claims)}",
            button_style="primary",
            tooltip="Try every sentence on the live network",
        )
        self.all.on_click(lambda _: attempt())
        self.summary = w.HTML()
        self.rows = {claim.id: Row(claim, attempt) for claim in type.claims}
        self.before = w.HTML(
            "<p class='dnl-muted'>What this lesson says. Build first; then try each sentence on the live network.</p>"
        )
        self.view = w.VBox(
            [
                self.before,
                w.HBox([self.all, self.summary], layout=w.Layout(align_items="center")),
                *(r.view for r in self.rows.values()),
            ]
        )
        self.clear()

    def clear(self) -> None:
        """No lab: nothing can be tried."""
        self.before.layout.display = ""
        self.summary.value = ""
        for row in self.rows.values():
            row.clear()
        self.freeze(True)

    def ready(self) -> None:
        """A lab stands; no claim was tried on it."""
        self.clear()
        self.before.layout.display = "none"
        self.freeze(False)

    def freeze(self, frozen: bool) -> None:
        """Whether trying is impossible just now."""
        self.all.disabled = frozen
        for row in self.rows.values():
            row.button.disabled = frozen

    def show(self, verdict: Verdict) -> None:
        """One verdict."""
        self.rows[verdict.claim.id].show(verdict)

    def sum_up(self, verdicts: list[Verdict]) -> None:
        """How many of those that were tried hold."""
        good = sum(v.holds for v in verdicts)
        seconds = sum(v.seconds for v in verdicts)
        word = f"{good} of {len(verdicts)} hold ({seconds:.1f} s)."
        self.summary.value = f"<p>{html.mark(good == len(verdicts))} {word}</p>"
