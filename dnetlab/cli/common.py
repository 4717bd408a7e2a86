"""What the commands share: options, output, and errors as one paragraph."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from dnetlab.errors import DnetlabError

if TYPE_CHECKING:
    from dnetlab.engine import Engine
    from dnetlab.lab import Step

COULD_NOT = 2
"""Exit status: it could not be tried."""

EngineOption = Annotated[
    str | None,
    typer.Option(
        "--engine",
        metavar="ENGINE",
        help="embedded, docker, or a URL such as unix:///var/run/docker.sock; else DNETLAB_ENGINE, else the"
        " Docker that the docker CLI would use, else embedded.",
    ),
]
LabOption = Annotated[
    str | None, typer.Option("--lab", metavar="ID", help="Which lab, where more than one stands.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def say(text: str = "") -> None:
    """A line of the result, on stdout."""
    typer.echo(text)


def tell(text: str) -> None:
    """A line of progress, on stderr."""
    typer.echo(text, err=True)


def step(done: Step) -> None:
    """A step of a build, on stderr."""
    tell(f"  {done.done}/{done.total} {done.text}")


def paragraph(text: str) -> str:
    """An error as one paragraph; as wide as the terminal, 100 columns at most."""
    import shutil

    wide = min(shutil.get_terminal_size((100, 24)).columns, 100)
    # Words stay whole: a URL or a command must be copied in one piece.
    return textwrap.fill(f"dnetlab: {text}", wide, break_long_words=False, break_on_hyphens=False)


def find_engine(wanted: str | None, *, quiet: bool = False) -> Engine:
    """The engine, and a line on stderr that says which and why. Raises EngineError where there is none."""
    from dnetlab.engine import find

    engine = find(wanted)
    if not quiet:
        tell(f"Engine: {engine.description}, because {engine.why}.")
    return engine


class Group(TyperGroup):
    """Errors of dnetlab and of the engine become one paragraph on stderr and exit status 2; Ctrl-C is 130."""

    def invoke(self, ctx: Any) -> Any:
        from docker.errors import DockerException
        from requests.exceptions import RequestException

        try:
            return super().invoke(ctx)
        except DnetlabError as error:
            tell(paragraph(str(error)))
        except (DockerException, RequestException) as error:
            from dnetlab.execute import explanation

            tell(
                paragraph(
                    f"The engine failed in the middle. It says: {explanation(error)}. Look whether it still runs "
                    "(dnetlab doctor); what may be left of a lab goes with: dnetlab clean."
                )
            )
        except KeyboardInterrupt:
            tell(paragraph("Interrupted. What had been made is removed."))
            raise typer.Exit(130) from None
        raise typer.Exit(COULD_NOT) from None


def assignments(words: Sequence[str]) -> dict[str, str]:
    """``NAME=VALUE`` words as a dictionary. Raises DnetlabError for a word of another form."""
    found = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise DnetlabError(
                f"{word!r} is no parameter.", "Parameters are written NAME=VALUE.", "Such as: containers=3."
            )
        found[name.strip().replace("-", "_")] = value
    return found
