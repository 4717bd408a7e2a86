"""``dnetlab tour``: every claim tried, with its evidence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dnetlab.cli.common import EngineOption, find_engine, paragraph, say, step, tell

if TYPE_CHECKING:
    from rich.table import Table

    from dnetlab.claims import Verdict
    from dnetlab.tour import Stop

LINES = 4
"""Lines of evidence a command in the table; --json has all of them."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("tour")(tour)


def tour(
    types: Annotated[
        list[str] | None, typer.Argument(metavar="[TYPE]...", help="The types to try; else all of them.")
    ] = None,
    engine: EngineOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON with all the evidence.")] = False,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the pictures go.")] = Path("out"),
) -> None:
    """Build each type, try every claim, print the evidence, save the picture, remove.

    Exit status: 0 every claim holds, 1 one does not, 2 something could not be tried.
    """
    from dnetlab import tour as touring
    from dnetlab import types as all_types

    chosen = [all_types.get(name) for name in types] if types else list(all_types.all_types())
    found = find_engine(engine)
    if not as_json:
        say(found.description)
    stops = []
    for kind in chosen:
        tell(f"{kind.name}: {len(kind.claims)} claims")
        stop = touring.visit(
            kind, found, out, progress=step, each=lambda v: tell(f"  {_mark(v)} {v.claim.id}")
        )
        stops.append(stop)
        if stop.error:
            tell(paragraph(f"{kind.name}: {stop.error}"))
        elif not as_json:
            _show(stop)
    if as_json:
        report = {"engine": touring.engine_as_dict(found), "types": [stop.as_dict() for stop in stops]}
        say(json.dumps(report, indent=2))
    else:
        say(_summary(stops))
    raise typer.Exit(touring.status(stops))


def _mark(verdict: Verdict) -> str:
    return "✓" if verdict.holds else "✗"


def _show(stop: Stop) -> None:
    import sys

    from rich.console import Console

    # A file or a pipe has no width of its own.
    console = Console(width=None if sys.stdout.isatty() else 140, highlight=False, markup=False, emoji=False)
    console.print(table(stop))
    console.print(f"{stop.type.title}: {stop.seconds:.1f} s, picture: {stop.picture}\n")


def table(stop: Stop) -> Table:
    """The claims of one type with what was seen and the commands that showed it."""
    from rich.table import Table
    from rich.text import Text

    made = Table(title=stop.type.title, title_justify="left", show_lines=True, expand=True)
    made.add_column("", width=1)
    made.add_column("Claim", ratio=2)
    made.add_column("Evidence", ratio=3, overflow="fold")
    for verdict in stop.verdicts:
        lines = []
        for seen in verdict.seen:
            lines.append(f"{'✓' if seen.holds else '✗'} {seen.what}")
            lines += [f"  {line}" for ran in seen.evidence for line in ran.short(LINES).splitlines()]
        if verdict.error:
            lines.append(f"✗ could not be tried to its end: {verdict.error}")
        made.add_row(_mark(verdict), Text(verdict.claim.text), Text("\n".join(lines)))
    return made


def _summary(stops: list[Stop]) -> str:
    lines = []
    for stop in stops:
        held = sum(v.holds for v in stop.verdicts)
        if stop.error:
            lines.append(f"✗ {stop.type.name}: could not be tried")
        else:
            mark = "✓" if stop.holds else "✗"
            lines.append(f"{mark} {stop.type.name}: {held} of {len(stop.verdicts)} claims hold")
    return "\n".join(lines)
