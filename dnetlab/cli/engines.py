"""Commands on engines: doctor, clean, image build, engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from dnetlab.cli.common import COULD_NOT, EngineOption, JsonOption, find_engine, say, tell
from dnetlab.errors import DnetlabError

image_app = typer.Typer(
    help="The image that every container of the course is made from.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("doctor")(doctor)
    app.command("clean")(clean)
    app.command("engine")(engine_server)
    app.add_typer(image_app, name="image")


def doctor(engine: EngineOption = None, as_json: JsonOption = False) -> None:
    """Say which engine is used and why, what it can run, and what to do about the rest.

    Exit status: 0 everything runs, 1 something cannot, 2 no engine.
    """
    from dnetlab import doctor as examiner

    found = find_engine(engine, quiet=True)
    report = examiner.examine(found)
    if as_json:
        say(json.dumps(report.as_dict(), indent=2))
        raise typer.Exit(0 if report.healthy else 1)
    say(f"Engine: {found.description}")
    say(f"  because {found.why}")
    for finding in report.findings:
        sign = {"ok": "✓", "note": "-", "problem": "✗"}[finding.mark]
        say(f"{sign} {finding.text}")
        if finding.cure:
            say(f"    {finding.cure}")
    say("Types that run here (each link kind was tried in a throw-away container):")
    wide = max(map(len, report.types))
    for name, why in report.types.items():
        say(f"  {'✗' if why else '✓'} {name:{wide}}  {why}".rstrip())
    raise typer.Exit(0 if report.healthy else 1)


def clean(
    every: Annotated[
        bool, typer.Option("--all", help="Also labs in use, and those that `dnetlab up` left standing.")
    ] = False,
    engine: EngineOption = None,
) -> None:
    """Remove what labs of programs that have ended left behind, and nothing else."""
    from dnetlab import cleanup

    client = find_engine(engine).client
    removed = cleanup.clean(client, all=every)
    for lab in removed:
        say(f"Removed {lab}.")
    if not removed:
        say("Nothing was left behind.")
    for lab in cleanup.leftovers(client):
        say(f"Stays: {lab}. Remove it too: dnetlab clean --all")


@image_app.command("build")
def image_build(
    engine: EngineOption = None,
    again: Annotated[bool, typer.Option("--again", help="Make it anew, even if it is there.")] = False,
) -> None:
    """Make the lab image on the engine: from its Dockerfile, or where there is no registry from a Debian root."""
    from dnetlab import image

    client = find_engine(engine).client
    if image.present(client) and not image.outdated(client) and not again:
        say(f"The image {image.REF} is there.")
        return
    say(f"{image.REF} {image.build(client, tell)}")


def engine_server(
    socket: Annotated[Path, typer.Option("--socket", metavar="PATH", help="Where to listen.")],
    like: Annotated[str, typer.Option("--like", metavar="VERSION", help="28.5, 26.1 or 20.10.")] = "28.5",
    seed: Annotated[int, typer.Option(help="Makes ids and addresses come out the same.")] = 0,
) -> None:
    """Run the embedded engine on a unix socket, for the docker CLI and for every other client. Ctrl-C ends it."""
    from dnetlab.embedded import main
    from dnetlab.embedded.engine.versions import engine_version

    try:
        engine_version(like)
    except ValueError as wrong:
        raise DnetlabError(f"{str(wrong)[:1].upper()}{str(wrong)[1:]}.") from None
    if not socket.parent.is_dir():
        raise DnetlabError(
            f"{socket.parent} is no folder.", "The socket is made in it.", "Name another path."
        )
    status = main(["--socket", str(socket), "--version", like, "--seed", str(seed)])
    raise typer.Exit(COULD_NOT if status else 0)
