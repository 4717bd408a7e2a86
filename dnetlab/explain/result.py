"""What an explanation is: it prints as text and as HTML."""

from __future__ import annotations

import html
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dnetlab.probe.results import Connect, Ping


@dataclass(frozen=True, slots=True)
class WalkStep:
    """One step of a way: simulated seconds since its begin, machine, device, what happened, what decided."""

    time: float
    machine: str
    device: str
    action: str
    entry: str
    text: str


@dataclass(frozen=True, slots=True, repr=False)
class Walk:
    """The way of a packet and its answer: ``steps`` one by one, ``hops`` one line a machine."""

    steps: tuple[WalkStep, ...]
    hops: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n".join(f"{number:2}. {hop}" for number, hop in enumerate(self.hops, 1))

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return "<ol>" + "".join(f"<li>{html.escape(hop)}</li>" for hop in self.hops) + "</ol>"

    @property
    def devices(self) -> list[tuple[str, str]]:
        """The devices that the packet and its answer passed, in order, as (machine, device)."""
        passed: list[tuple[str, str]] = []
        for step in self.steps:
            if step.action in ("transmit", "receive") and (
                not passed or passed[-1] != (step.machine, step.device)
            ):
                passed.append((step.machine, step.device))
        return passed


@dataclass(frozen=True, slots=True, repr=False)
class Explanation:
    """Why a packet arrives or dies.

    Attributes:
        source, target, address: who asked, for whom, and what that meant.
        ok: whether an answer comes, as the model says.
        reason: code such as "macvlan-parent-isolation", None where it arrives.
        where: machine and device of the end.
        sentence: what happens, in a sentence or two.
        cures: what would help, as commands or steps.
        walk: the way.
        mirrored: the model's explanation of a real engine.
        seen: what the real engine's ping (or connect) showed, where there is one.
        notes: what of the real lab the model leaves out.
    """

    source: str
    target: str
    address: str
    ok: bool
    reason: str | None
    where: str
    sentence: str
    cures: tuple[str, ...]
    walk: Walk
    mirrored: bool
    seen: Ping | Connect | None = None
    notes: tuple[str, ...] = ()

    def compared(self, seen: Ping | Connect) -> Explanation:
        """With what the real engine showed."""
        return replace(self, seen=seen)

    @property
    def agrees(self) -> bool:
        """Whether the engine showed what the model says (True where no engine was asked)."""
        return self.seen is None or self.seen.ok == self.ok

    def lines(self) -> list[str]:
        """The explanation line by line: a disagreement first, then what happens, why, and what helps."""
        lines = []
        if not self.agrees and self.seen is not None:
            said = "an answer comes" if self.ok else "no answer comes"
            lines.append(
                f"Model and engine disagree: the model says that {said}; the engine shows: {self.seen.verdict}"
            )
        lines.append(self.sentence)
        lines += [f"What helps: {cure}" for cure in self.cures]
        if self.walk.hops:
            lines += ["The way:", *str(self.walk).splitlines()]
        if self.mirrored:
            lines.append("(The model's explanation, from the state that was read from the engine.)")
        lines += [f"(Not in the model: {note}.)" for note in self.notes]
        return lines

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        parts = []
        if not self.agrees:
            parts.append(f"<p><b>{html.escape(self.lines()[0])}</b></p>")
        parts.append(f"<p>{'✓' if self.ok else '✗'} {html.escape(self.sentence)}</p>")
        if self.cures:
            parts.append("<p>What helps:</p><ul>")
            parts += [f"<li>{html.escape(cure)}</li>" for cure in self.cures]
            parts.append("</ul>")
        if self.walk.hops:
            parts.append(
                f"<details><summary>The way of the packet</summary>{self.walk._repr_html_()}</details>"
            )
        if self.mirrored:
            parts.append(
                "<p><i>The model's explanation, from the state that was read from the engine.</i></p>"
            )
        return "".join(parts)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "source": self.source,
            "target": self.target,
            "address": self.address,
            "ok": self.ok,
            "reason": self.reason,
            "where": self.where,
            "sentence": self.sentence,
            "cures": list(self.cures),
            "way": list(self.walk.hops),
            "mirrored": self.mirrored,
            "agrees": self.agrees,
        }
