"""Claims: the sentences that a lesson teaches, each with the way to try it and what must be seen.

A claim's ``attempt`` is a generator over the live lab. It yields :class:`Seen` objects: one expectation each, with
the commands that were run and what they printed. The claim holds if it yielded at least one and all of them hold.
"""

from __future__ import annotations

import html
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeVar

from dnetlab.errors import DnetlabError

if TYPE_CHECKING:
    from dnetlab.lab import Lab
    from dnetlab.probe.results import Ran

Clause = Literal["description", "functionality", "use case", "drawback", "surprise"]
Attempt = Callable[["Lab"], "Iterator[Seen]"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Seen:
    """One expectation: what must be seen, whether it was, and the evidence."""

    what: str
    holds: bool
    evidence: tuple[Ran, ...]
    hint: str = ""

    @staticmethod
    def that(what: str, holds: bool, *evidence: Ran, hint: str = "") -> Seen:
        """The expectation ``what``; ``evidence`` are the results it was read from.

        ``hint`` helps a learner whose exercise fails at this expectation.
        """
        return Seen(what, bool(holds), evidence, hint)


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence that is taught. ``clause`` is the part of the author's table that it belongs to."""

    id: str
    clause: Clause
    text: str
    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came out when a claim was tried: its sentence, whether it holds, what was seen, seconds taken.

    ``error`` is the reason where it could not be tried to its end; then it does not hold.
    """

    claim: Claim
    holds: bool
    seen: tuple[Seen, ...]
    seconds: float
    error: str = ""

    @property
    def evidence(self) -> tuple[Ran, ...]:
        """Every command that was run for it, in order."""
        return tuple(ran for seen in self.seen for ran in seen.evidence)

    def __str__(self) -> str:
        lines = [f"{'✓' if self.holds else '✗'} {self.claim.text}"]
        for seen in self.seen:
            lines.append(f"    {'✓' if seen.holds else '✗'} {seen.what}")
            lines.extend(f"        {line}" for ran in seen.evidence for line in ran.short().splitlines())
        if self.error:
            lines.append(f"    could not be tried to its end: {self.error}")
        return "\n".join(lines)

    def as_dict(self) -> dict[str, object]:
        """For JSON: id, clause, text, holds, evidence (expectation, result, commands with output), error, seconds."""
        return {
            "id": self.claim.id,
            "clause": self.claim.clause,
            "text": self.claim.text,
            "holds": self.holds,
            "evidence": [
                {"expected": s.what, "seen": s.holds, "commands": [ran.as_dict() for ran in s.evidence]}
                for s in self.seen
            ],
            "error": self.error,
            "seconds": round(self.seconds, 3),
        }


def undisturbed(
    trial: Callable[[], T], shown: Callable[[T], bool], *, between: Callable[[], object], tries: int
) -> T:
    """What a trial gives that earlier ones may disturb: the first of ``tries`` that shows it, else the last.

    ``between`` is done before each new try: what was left behind has to be gone by then.
    """
    seen = trial()
    for _ in range(tries - 1):
        if shown(seen):
            break
        between()
        seen = trial()
    return seen


def in_html(sentence: str) -> str:
    """A sentence of a claim as HTML: escaped, and what stands between backticks is code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(sentence))


class Verdicts(list[Verdict]):
    """Verdicts of claims; print as text and as HTML."""

    @property
    def hold(self) -> bool:
        """Whether all hold."""
        return all(v.holds for v in self)

    def __str__(self) -> str:
        return "\n".join(str(v) for v in self)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        rows = []
        # One or two are asked for because of what they show; of a whole list the sentences come first.
        shown = " open" if len(self) <= 2 else ""
        for v in self:
            seen = "".join(
                f"<li>{'✓' if s.holds else '✗'} {in_html(s.what)}"
                f"<pre style='margin:0 0 .4em'>{html.escape(chr(10).join(r.short() for r in s.evidence))}</pre></li>"
                for s in v.seen
            )
            error = f"<p>Could not be tried to its end: {html.escape(v.error)}</p>" if v.error else ""
            rows.append(
                f"<details{shown}><summary style='padding-left:1.2em;text-indent:-1.2em'>"
                f"{'✓' if v.holds else '✗'} {in_html(v.claim.text)}</summary>"
                f"<ul style='list-style:none;padding-left:1em'>{seen}</ul>{error}</details>"
            )
        return "".join(rows)


def attempt(claim: Claim, lab: Lab) -> Verdict:
    """Try one claim on a lab that is built. An error makes it not hold; it is never swallowed, and ends no tour."""
    start = time.monotonic()
    seen: list[Seen] = []
    error = ""
    trial = claim.attempt(lab)
    try:
        seen.extend(trial)
    except DnetlabError as problem:
        error = str(problem)
    except Exception as problem:
        # The engine's refusal of a step, or a fault in the claim: the other claims are tried all the same.
        error = f"{type(problem).__name__}: {problem}"
    finally:
        close = getattr(trial, "close", None)
        if close:
            close()
    holds = bool(seen) and not error and all(s.holds for s in seen)
    return Verdict(claim, holds, tuple(seen), time.monotonic() - start, error)


@dataclass
class ClaimList:
    """Collects a type's claims in the order in which they are written: used as a decorator in a type's module."""

    claims: list[Claim] = field(default_factory=list)

    def __call__(self, id: str, clause: Clause, text: str) -> Callable[[Attempt], Attempt]:
        """Register the decorated generator as the claim ``id``. Raises ValueError where the id is taken."""
        if any(c.id == id for c in self.claims):
            raise ValueError(f"two claims have the id {id}")

        def register(function: Attempt) -> Attempt:
            self.claims.append(Claim(id, clause, text, function))
            return function

        return register

    def __iter__(self) -> Iterator[Claim]:
        return iter(self.claims)
