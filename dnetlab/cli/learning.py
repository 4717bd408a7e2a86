"""Commands for learners, teachers and the course itself: progress, solve."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dnetlab.cli.common import EngineOption, JsonOption, find_engine, say, tell
from dnetlab.errors import DnetlabError

if TYPE_CHECKING:
    from dnetlab.solve import Finding


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("progress")(progress)
    app.command("solve")(solve)


def progress(
    place: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="A file, or a folder with the files of a class; else your own."),
    ] = None,
    csv: Annotated[bool, typer.Option("--csv", help="The class as a table: a line a learner.")] = False,
) -> None:
    """Print what is solved: your own progress, or that of a class."""
    from dnetlab import progress as kept

    place = place or kept.default_path()
    if not place.exists():
        raise DnetlabError(
            f"There is no {place}.",
            "Progress is kept beside the notebooks once something is solved.",
            "Name a file or folder.",
        )
    members, odd = kept.collect(place) if place.is_dir() else ([kept.read(place)], [])
    for path in odd:
        tell(f"Left out, it holds no progress of dnetlab: {path}")
    if not members:
        raise DnetlabError(
            f"No progress of dnetlab lies in {place}.",
            "",
            "Collect your learners' progress.json files there.",
        )
    if csv:
        typer.echo(kept.class_table(members, place if place.is_dir() else None), nl=False)
    elif place.is_dir():
        say("\n\n".join(f"{member.path}\n{member}" for member in members))
    else:
        say(str(members[0]))


def solve(
    types: Annotated[
        list[str] | None, typer.Argument(metavar="[TYPE]...", help="The types to try; else all of them.")
    ] = None,
    engine: EngineOption = None,
    seed: Annotated[int, typer.Option(help="Whose values the exercises have.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Let the course try itself: every exercise's solution and typical mistake, every prediction.

    Exit status: 0 all as it must be, 1 something is not, 2 it could not be tried.
    """
    from dnetlab import solve as solving
    from dnetlab import types as all_types

    chosen = [all_types.get(name) for name in types] if types else list(all_types.all_types())
    found = find_engine(engine)
    findings: list[Finding] = []

    def each(finding: Finding) -> None:
        findings.append(finding)
        if as_json:
            tell(f"  {'✓' if finding.good else '✗'} {finding.name}")
            return
        say(f"{'✓' if finding.good else '✗'} {finding.name}: {finding.title}")
        for fault in finding.faults:
            say(f"    {fault}")

    for kind in chosen:
        solving.replay(kind, found, each, seed)
    if as_json:
        say(json.dumps([finding.as_dict() for finding in findings], indent=2))
    else:
        good = sum(finding.good for finding in findings)
        say(f"{good} of {len(findings)} as they must be, on {found.description}.")
    raise typer.Exit(0 if all(finding.good for finding in findings) else 1)
