"""What a network type is: its text, parameters, plan and claims. One module a type; see CONTRIBUTING."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dnetlab.claims import Claim
from dnetlab.errors import DnetlabError, InvalidPlan
from dnetlab.plan import Plan
from dnetlab.plan.parameters import Parameter, read

if TYPE_CHECKING:
    from dnetlab.check import Exercise, Question

Planner = Callable[[Mapping[str, Any]], Plan]


@dataclass(frozen=True, slots=True)
class Text:
    """The author's words for a type, and the page of Docker's documentation that describes it."""

    description: str
    functionality: str
    use_case: str
    drawbacks: str = ""
    docs: str = ""


@dataclass(frozen=True, slots=True)
class NetworkType:
    """A Docker network type of the course.

    ``needs`` are the link kinds that the engine's kernel must have (``macvlan``, ``ipvlan``, ``vlan``);
    ``make`` turns typed values into a plan and raises InvalidPlan with all problems at once.
    """

    name: str
    title: str
    order: int
    text: Text
    parameters: tuple[Parameter, ...]
    make: Planner
    claims: tuple[Claim, ...]
    needs: tuple[str, ...] = ()

    def plan(self, **given: Any) -> Plan:
        """A complete, valid plan from what the learner gave; everything else takes its default.

        Raises:
            InvalidPlan: every problem at once, each with a value that would work.
        """
        return self.make(read(self.parameters, given))

    def problems(self, **given: Any) -> InvalidPlan | None:
        """What is wrong with these parameters, or None."""
        try:
            self.plan(**given)
        except InvalidPlan as wrong:
            return wrong
        return None

    @property
    def exercises(self) -> tuple[Exercise, ...]:
        """The type's exercises, in rising difficulty."""
        from dnetlab import exercises

        return exercises.of(self.name)[0]

    @property
    def questions(self) -> tuple[Question, ...]:
        """Yes-or-no questions to answer before the build."""
        from dnetlab import exercises

        return exercises.of(self.name)[1]

    def exercise(self, id: str) -> Exercise:
        """The exercise of that id. Raises DnetlabError that lists the ids there are."""
        for exercise in self.exercises:
            if exercise.id == id:
                return exercise
        there = ", ".join(e.id for e in self.exercises) or "none"
        raise DnetlabError(f"{self.name} has no exercise {id!r}.", f"It has {there}.")

    def claim(self, id: str) -> Claim:
        """The claim of that id. Raises DnetlabError that lists the ids there are."""
        for claim in self.claims:
            if claim.id == id:
                return claim
        raise DnetlabError(
            f"{self.name} has no claim {id!r}.", f"It has {', '.join(c.id for c in self.claims)}."
        )
