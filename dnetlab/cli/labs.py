"""Commands on labs: types, up, down, reach, ping, explain, draw."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dnetlab.cli.common import EngineOption, JsonOption, LabOption, assignments, find_engine, say, step, tell
from dnetlab.errors import DnetlabError

if TYPE_CHECKING:
    from dnetlab.lab import Lab
    from dnetlab.types import NetworkType

Parameters = Annotated[
    list[str] | None,
    typer.Argument(metavar="[NAME=VALUE]...", help="Parameters, such as containers=3; dnetlab types TYPE."),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("types")(list_types)
    app.command("up")(up)
    app.command("down")(down)
    app.command("reach")(reach)
    app.command("ping")(ping)
    app.command("explain")(explain)
    app.command("draw")(draw)


def list_types(
    type: Annotated[str | None, typer.Argument(metavar="[TYPE]", help="Tell all about one type.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the network types, or tell all about one: its text, parameters and claims."""
    from dnetlab import types

    chosen = [types.get(type)] if type else list(types.all_types())
    if as_json:
        say(json.dumps([_as_dict(kind) for kind in chosen], indent=2))
    elif type:
        say(_about(chosen[0]))
    else:
        wide = max(len(kind.name) for kind in chosen)
        for kind in chosen:
            say(f"{kind.name:{wide}}  {kind.text.description}")


def _about(kind: NetworkType) -> str:
    from dnetlab.plan.readers import show

    text = kind.text
    lines = [f"{kind.title} ({kind.name})", "", text.description, text.functionality, text.use_case]
    lines += [text.drawbacks] if text.drawbacks else []
    lines += ["", f"Docker's page: {text.docs}", "", "Parameters:"]
    wide = max(len(p.name) for p in kind.parameters)
    for parameter in kind.parameters:
        lines.append(f"  {parameter.name:{wide}}  {parameter.help} [{show(parameter.default) or 'none'}]")
    lines += ["", "Claims, each tried by `dnetlab tour`:"]
    lines += [f"  {claim.id}: {claim.text}" for claim in kind.claims]
    return "\n".join(lines)


def _as_dict(kind: NetworkType) -> dict[str, Any]:
    from dnetlab.plan.readers import show

    return {
        "type": kind.name,
        "title": kind.title,
        "description": kind.text.description,
        "functionality": kind.text.functionality,
        "use_case": kind.text.use_case,
        "drawbacks": kind.text.drawbacks,
        "docs": kind.text.docs,
        "needs": list(kind.needs),
        "parameters": [{"name": p.name, "default": show(p.default), "help": p.help} for p in kind.parameters],
        "claims": [{"id": c.id, "clause": c.clause, "text": c.text} for c in kind.claims],
    }


def up(
    type: Annotated[str, typer.Argument(help="A network type; dnetlab types lists them.")],
    parameters: Parameters = None,
    engine: EngineOption = None,
) -> None:
    """Build a lab and leave it standing: for ping, reach, draw and your own docker commands. See: dnetlab down."""
    from dnetlab.lab import Lab

    # The plan first: a wrong parameter is said before an engine is looked for.
    lab = Lab(type, engine, **assignments(parameters or [])).keep()
    found = find_engine(engine)
    if found.kind == "embedded" and found.url == "embedded":
        raise DnetlabError(
            "The embedded engine would end with this command, and the lab with it.",
            "It lives inside the program that uses it.",
            "Let it stand on its own: run `dnetlab engine --socket /tmp/dnetlab.sock` in another terminal, then give "
            "every command `--engine unix:///tmp/dnetlab.sock`, or set DNETLAB_ENGINE to that.",
        )
    lab = Lab(type, found, **lab.parameters).keep()
    state = lab.build(step)
    say(lab.draw().text)
    if state.differences:
        say(str(state))
    first = lab.plan.containers[0].name
    pc = next((m.name for m in lab.plan.topology.of_role("pc")), "router")
    tell(
        f"The lab {lab.id} stands. Try: dnetlab ping {pc} {first}; dnetlab reach; dnetlab draw. Remove: dnetlab down"
    )


def down(
    lab: Annotated[str | None, typer.Argument(metavar="[ID]", help="Which lab; else the only one.")] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Every lab that was left standing on purpose.")
    ] = False,
    named: LabOption = None,
    engine: EngineOption = None,
) -> None:
    """Remove a lab that `dnetlab up` left standing."""
    from dnetlab import attach, cleanup, objects
    from dnetlab.draw.words import counted

    lab = lab or named

    client = find_engine(engine).client
    if every:
        chosen = [found.lab for found in cleanup.leftovers(client) if found.kept]
    else:
        # By what is left of it, not by its LAN: that may have been killed.
        known = {found.lab for found in cleanup.leftovers(client)}
        how = "dnetlab down {id}; all: dnetlab down --all"
        chosen = [lab] if lab in known else [attach.choose(client, lab, how).id]
    for one in chosen:
        containers, networks = objects.remove_all(client, one, cleanup.PARALLEL)
        say(f"Removed lab {one}: {counted(containers, 'container')}, {counted(networks, 'network')}.")
    if not chosen:
        say("No lab was left standing.")


def _attach(engine: str | None, lab: str | None) -> Lab:
    from dnetlab.lab import Lab

    return Lab.attach(find_engine(engine), lab)


def reach(
    machines: Annotated[list[str] | None, typer.Argument(metavar="[MACHINE]...", help="Else all.")] = None,
    lab: LabOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print who reaches whom, in the lab that stands."""
    matrix = _attach(engine, lab).reach(*(machines or ()))
    say(json.dumps(matrix.as_dict(), indent=2) if as_json else str(matrix))


def ping(
    source: Annotated[str, typer.Argument(help="A machine: container, PC, router or host.")],
    target: Annotated[str, typer.Argument(help="A machine, or any address.")],
    lab: LabOption = None,
    engine: EngineOption = None,
    by_name: Annotated[bool, typer.Option("--by-name", help="Let the source resolve the name.")] = False,
) -> None:
    """Ping between two machines of the lab that stands; exit status 1 where no answer comes."""
    found = _attach(engine, lab).ping(source, target, by="name" if by_name else "address")
    say(str(found))
    say(found.verdict)
    raise typer.Exit(0 if found.ok else 1)


def explain(
    source: Annotated[str, typer.Argument(help="A machine of the lab.")],
    target: Annotated[str, typer.Argument(help="A machine, a name, or any address.")],
    port: Annotated[
        int | None, typer.Option("--port", "-p", min=1, max=65535, help="A TCP connection to that port.")
    ] = None,
    lab: LabOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say why a packet arrives, or where and why it dies."""
    found = _attach(engine, lab).explain(source, target, port=port)
    say(json.dumps(found.as_dict(), indent=2) if as_json else str(found))


def draw(
    type: Annotated[
        str | None, typer.Argument(metavar="[TYPE]", help="Draw this type's plan; else the lab that stands.")
    ] = None,
    parameters: Parameters = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write a picture: .png, .svg or .pdf.")
    ] = None,
    dark: Annotated[bool, typer.Option("--dark", help="The picture for dark pages.")] = False,
    lab: LabOption = None,
    engine: EngineOption = None,
) -> None:
    """Draw the lab that stands, or a type's plan: in words, and with --out as a picture."""
    from dnetlab import draw as drawing
    from dnetlab.lab import Lab

    marks: dict[str, Any] = {}
    if type:
        topology = Lab(type, **assignments(parameters or [])).plan.topology
    else:
        standing = _attach(engine, lab)
        difference = drawing.difference(standing.plan.topology, standing.state().topology)
        topology, marks = difference.topology, {**difference.marks}
    picture = drawing.show(topology, "dark" if dark else "light", macs=not type, **marks)
    if out is None:
        say(picture.text)
        return
    try:
        picture.save(out)
    except (OSError, ValueError) as error:
        raise DnetlabError(
            f"The picture {out} cannot be written.", f"{error}.", "Name another file."
        ) from error
    say(f"{out}")
