"""The list of groups, how one is run, how two runs are compared."""

from __future__ import annotations

import importlib
import pkgutil
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

import docker

from tests.conformance import scenarios
from tests.conformance.stage import Facts as Facts
from tests.conformance.stage import Stage

Play = Callable[[Stage], None]

ABSENT = "(no such fact)"


@dataclass(frozen=True, slots=True)
class Group:
    """Scenarios that share a stage: what one leaves standing, the next ones use."""

    name: str
    play: Play
    order: int


_groups: list[Group] = []


def group(name: str, order: int = 50) -> Callable[[Play], Play]:
    """Register a group of scenarios."""

    def register(play: Play) -> Play:
        if any(g.name == name for g in _groups):
            raise ValueError(f"two groups are called {name}")
        _groups.append(Group(name, play, order))
        return play

    return register


def groups(*patterns: str) -> list[Group]:
    """Every group, or those whose names match."""
    for module in pkgutil.iter_modules(scenarios.__path__):
        importlib.import_module(f"{scenarios.__name__}.{module.name}")
    found = sorted(_groups, key=lambda g: (g.order, g.name))
    return [g for g in found if not patterns or any(fnmatchcase(g.name, p) for p in patterns)]


def play(chosen: Group, client: docker.DockerClient) -> Facts:
    """The facts of a group on one engine. An exception ends the group and is a fact of the scenario it came from."""
    stage = Stage(client)
    try:
        warm(client)
        chosen.play(stage)
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        stage.scenario(stage._scenario or "start")
        stage.fact("broken off", f"{type(error).__name__}: {error} ({where.name}: {where.line})")
    finally:
        stage.clean()
    return {f"{chosen.name}/{name}": facts for name, facts in stage.facts.items()}


UNTIL_QUIET = "for i in $(seq 50); do ip link show docker0 | grep -q NO-CARRIER && break; sleep 0.1; done"


def warm(client: docker.DockerClient) -> None:
    """Bring the default bridge into the state of an engine that had a container before (docker0 was up once, for longer than
    an address stays tentative, and a port was published)."""
    client.containers.run("dnetlab/lab:1", ["sleep", "3"], remove=True, ports={"80/tcp": 8099})
    # The link watcher needs up to a second to see that the last port is gone (net/core/link_watch.c).
    client.containers.run("dnetlab/lab:1", ["sh", "-c", UNTIL_QUIET], remove=True, network_mode="host")


@dataclass(frozen=True, slots=True)
class Difference:
    """A fact that is not the same on both engines."""

    scenario: str
    fact: str
    embedded: str
    real: str

    def __str__(self) -> str:
        if self.embedded == ABSENT or self.real == ABSENT or "\n" not in self.embedded + self.real:
            return f"{self.scenario}: {self.fact}\n    embedded: {self.embedded}\n    real:     {self.real}"
        return f"{self.scenario}: {self.fact}\n{_lines(self.embedded, self.real)}"


def _lines(embedded: str, real: str) -> str:
    import difflib

    ours, theirs = embedded.splitlines(), real.splitlines()
    marked = {"- ": "    embedded: ", "+ ": "    real:     ", "  ": "              "}
    rows = [row for row in difflib.ndiff(ours, theirs) if not row.startswith("? ")]
    if len(rows) > 30:
        rows = [row for row in rows if not row.startswith("  ")]
    return "\n".join(marked[row[:2]] + row[2:] for row in rows)


def compare(embedded: Facts, real: Facts) -> list[Difference]:
    """Every fact that differs, or that only one of the two has."""
    found = []
    for scenario in dict.fromkeys([*real, *embedded]):
        ours, theirs = embedded.get(scenario, {}), real.get(scenario, {})
        for fact in dict.fromkeys([*theirs, *ours]):
            a, b = ours.get(fact, ABSENT), theirs.get(fact, ABSENT)
            if a != b:
                found.append(Difference(scenario, fact, a, b))
    return found


@dataclass(frozen=True, slots=True)
class Known:
    """Facts that are known to differ, and why they may. ``scenario`` and ``fact`` are patterns with ``*``."""

    scenario: str
    fact: str
    reason: str

    def covers(self, difference: Difference) -> bool:
        """Whether this entry is about that difference."""
        return fnmatchcase(difference.scenario, self.scenario) and fnmatchcase(
            difference.fact, self.fact.replace("[", "[[]")
        )


def judge(
    differences: Iterable[Difference], known: Iterable[Known], played: Iterable[str]
) -> tuple[list[Difference], list[Known]]:
    """The unknown differences, and the known ones that differ no more though their scenario was played."""
    differences, entries, played = list(differences), list(known), list(played)
    unknown = [d for d in differences if not any(k.covers(d) for k in entries)]
    idle = [
        k
        for k in entries
        if any(fnmatchcase(s, k.scenario) for s in played) and not any(k.covers(d) for d in differences)
    ]
    return unknown, idle


def count(facts: Facts) -> tuple[int, int]:
    """How many scenarios and facts."""
    return len(facts), sum(map(len, facts.values()))


def belonging(facts: Facts, chosen: Group) -> Facts:
    """The facts of one group."""
    return {name: values for name, values in facts.items() if name.startswith(f"{chosen.name}/")}


def all_names(chosen: Iterable[Group]) -> Iterator[str]:
    """The names of groups."""
    return (g.name for g in chosen)
