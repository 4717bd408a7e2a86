"""The command line: the same jobs as the notebooks, from a terminal.

Results go to stdout, progress and errors to stderr. Exit status 2: something could not be tried; the reason is one
paragraph on stderr.
"""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import Annotated

import typer

from dnetlab.cli import course, engines, labs, learning, tour
from dnetlab.cli.common import Group, say
from dnetlab.cli.spelling import spell_out

MODULES = (course, labs, tour, learning, engines)
"""Each adds its commands with ``register(app)``. A new command is a new module in this list."""

app = typer.Typer(
    cls=Group,
    help="Docker's network types as a course that you run. Begin with: dnetlab course",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        import dnetlab

        say(f"dnetlab {dnetlab.__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Docker's network types as a course that you run. Begin with: dnetlab course"""


for _module in MODULES:
    _module.register(app)


def main() -> None:
    """The program ``dnetlab``."""

    def end(number: int, _frame: FrameType | None) -> None:
        # Told to stop, it ends like Ctrl-C: what was made is removed on the way out.
        sys.exit(128 + number)

    spell_out(sys.stdout, sys.stderr)
    signal.signal(signal.SIGTERM, end)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, end)
    app(prog_name="dnetlab")
