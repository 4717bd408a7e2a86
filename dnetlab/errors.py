"""Errors written for the person who reads them: what is wrong, why, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class DnetlabError(Exception):
    """One paragraph: what is wrong, why, what to do. Nothing was created, or what was is removed again."""

    def __init__(self, what: str, why: str = "", fix: str = "") -> None:
        self.what, self.why, self.fix = what, why, fix
        super().__init__(" ".join(part for part in (what, why, fix) if part))


class EngineError(DnetlabError):
    """No engine answers, it refuses us, is too old, or cannot do what the type needs."""


class ImageError(DnetlabError):
    """The lab image is missing or cannot be made."""


class InUse(DnetlabError):
    """A name, subnet, port or interface that the plan needs is taken."""


class BuildFailed(DnetlabError):
    """The engine refused a step of the build. What had been made was removed."""


class NotBuilt(DnetlabError):
    """The lab is asked something before it was built, or after it was removed."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with the parameters: where, what, and a value that would work."""

    field: str
    text: str
    instead: str = ""

    def __str__(self) -> str:
        return f"{self.field}: {self.text}" + (f" Try {self.instead}." if self.instead else "")


class InvalidPlan(DnetlabError):
    """The parameters do not make a plan. ``problems`` holds every reason, not only the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = "One value does" if len(self.problems) == 1 else f"{len(self.problems)} values do"
        super().__init__(f"{count} not make a network. " + " ".join(str(p) for p in self.problems))
