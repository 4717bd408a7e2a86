"""What the commands share: options, output, and errors as one paragraph."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from dnetlab.errors import DnetlabError

if TYPE_CHECKING:
    from dnetlab.engine import Engine
    from dnetlab.lab import Step

# Typer names only a subclass of the errors for wrong command lines.
UsageError: type[Any] = typer.BadParameter.__mro__[1]

COULD_NOT = 2
"""Exit status: it could not be tried."""

READER_LEFT = 141
"""Exit status that a shell shows of a program whose reader has gone (128 + SIGPIPE)."""

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


def width() -> int:
    """Columns for text: as wide as the terminal, 100 at most; 100 where there is none."""
    return max(40, min(shutil.get_terminal_size((100, 24)).columns, 100))


def on_terminal() -> bool:
    """Whether results go to a screen, not to a file or another program."""
    return sys.stdout.isatty()


def paragraph(text: str) -> str:
    """An error as one paragraph; as wide as the terminal, 100 columns at most."""
    # Words stay whole: a URL or a command must be copied in one piece.
    return textwrap.fill(f"dnetlab: {text}", width(), break_long_words=False, break_on_hyphens=False)


def find_engine(wanted: str | None, *, quiet: bool = False) -> Engine:
    """The engine, and a line on stderr that says which and why. Raises EngineError where there is none."""
    from dnetlab.engine import find

    engine = find(wanted)
    if not quiet:
        tell(f"Engine: {engine.description}, because {engine.why}.")
    return engine


def _where(error: OSError) -> str:
    return f" ({error.filename})" if error.filename else ""


def _wrong_words(error: Any) -> typer.Exit:
    """A wrong command line, said in the one form that all errors have."""
    words = error.format_message().rstrip(".")
    if not words or words.startswith("Usage:"):
        # Called without any word: the help text is the answer, line by line.
        tell(error.ctx.get_help())
        return typer.Exit(COULD_NOT)
    program = error.ctx.command_path if error.ctx else "dnetlab"
    stop = "" if words.endswith(("?", "!")) else "."
    tell(paragraph(f"{words}{stop} What can be written is told by: {program} --help"))
    return typer.Exit(COULD_NOT)


class Group(TyperGroup):
    """Errors of dnetlab and of the engine become one paragraph on stderr and exit status 2; Ctrl-C is 130."""

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().make_context(*args, **kwargs)
        except UsageError as error:
            raise _wrong_words(error) from None

    def invoke(self, ctx: Any) -> Any:
        from docker.errors import DockerException
        from requests.exceptions import RequestException

        try:
            return super().invoke(ctx)
        except UsageError as error:
            raise _wrong_words(error) from None
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
        except BrokenPipeError:
            # Who reads has seen enough (`| head`): an end, and no error. What is still buffered goes nowhere.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(READER_LEFT) from None
        except OSError as error:
            # A full disk, a folder that vanished: no fault of dnetlab, and nothing that a traceback explains.
            tell(paragraph(f"The system refused: {error.strerror or error}{_where(error)}."))
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
