"""``dnetlab tour``: every claim tried, with its evidence."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dnetlab.cli.common import EngineOption, find_engine, on_terminal, paragraph, say, step, tell, width

if TYPE_CHECKING:
    from dnetlab.claims import Verdict
    from dnetlab.tour import Stop


class Evidence(StrEnum):
    """How much of it is printed."""

    short = "short"
    full = "full"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("tour")(tour)


def tour(
    types: Annotated[
        list[str] | None, typer.Argument(metavar="[TYPE]...", help="The types to try; else all of them.")
    ] = None,
    engine: EngineOption = None,
    amount: Annotated[
        Evidence,
        typer.Option(
            "--evidence",
            metavar="short|full",
            help="One telling command a claim, or every command with all that it printed.",
        ),
    ] = Evidence.short,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON with all the evidence.")] = False,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the pictures go.")] = Path("out"),
) -> None:
    """Build each type, try every claim, print the evidence, save the picture, remove.

    Exit status: 0 every claim holds, 1 one does not, 2 something could not be tried.
    """
    from dnetlab import tour as touring
    from dnetlab import types as all_types
    from dnetlab.cli import evidence

    asked = [all_types.get(name) for name in types] if types else list(all_types.all_types())
    chosen = list({kind.name: kind for kind in asked}.values())
    found = find_engine(engine)
    touring.folder(out)
    if not as_json:
        say(found.description)

    def each(verdict: Verdict) -> None:
        # As soon as it is known. Where the screen shows the claim itself, the progress needs no second line.
        if as_json or not on_terminal():
            tell(f"  {'✓' if verdict.holds else '✗'} {verdict.claim.id}")
        if not as_json:
            form = evidence.full if amount is Evidence.full else evidence.short
            say(form(verdict, width()))

    stops = []
    for kind in chosen:
        tell(f"{kind.name}: {len(kind.claims)} claims")
        if not as_json:
            say(f"\n{kind.title}\n{'=' * len(kind.title)}")
        stop = touring.visit(kind, found, out, progress=step, each=each)
        stops.append(stop)
        if stop.error:
            tell(paragraph(f"{kind.name}: {stop.error}"))
        elif not as_json:
            say(f"{len(stop.verdicts)} claims in {stop.seconds:.1f} s. Picture: {stop.picture}")
    if as_json:
        report = {"engine": touring.engine_as_dict(found), "types": [stop.as_dict() for stop in stops]}
        say(json.dumps(report, indent=2))
    else:
        say("\n" + _summary(stops, found.description))
        if amount is Evidence.short:
            say("One command a claim was shown. All of them, with all that they printed: --evidence full")
    raise typer.Exit(touring.status(stops))


def _summary(stops: list[Stop], engine: str) -> str:
    lines = [f"On {engine}:"]
    for stop in stops:
        held = sum(v.holds for v in stop.verdicts)
        if stop.error:
            lines.append(f"✗ {stop.type.name}: could not be tried")
        else:
            mark = "✓" if stop.holds else "✗"
            lines.append(f"{mark} {stop.type.name}: {held} of {len(stop.verdicts)} claims hold")
    return "\n".join(lines)
