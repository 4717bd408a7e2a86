"""``dnetlab course``: JupyterLab on the first notebook."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from dnetlab.cli.common import EngineOption, find_engine, tell
from dnetlab.errors import DnetlabError

FIRST = "00_start_here.ipynb"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("course")(course)


def course(
    engine: EngineOption = None,
    browser: Annotated[bool, typer.Option(help="Open a browser.")] = True,
    port: Annotated[int | None, typer.Option(metavar="PORT", help="JupyterLab's port.")] = None,
) -> None:
    """Open the course in JupyterLab."""
    first = notebooks() / FIRST
    found = find_engine(engine)
    environment = dict(os.environ)
    if engine:
        environment["DNETLAB_ENGINE"] = engine
    tell(
        f"Opening {first.name}. If no browser opens, open the address that JupyterLab prints. Ctrl-C ends it."
    )
    found.client.close()
    raise typer.Exit(subprocess.call(command(first, browser, port), env=environment))


def notebooks() -> Path:
    """The folder of the notebooks: beside the package in a checkout, else where we are.

    Raises DnetlabError where there are none.
    """
    places = [Path(__file__).parents[2] / "notebooks", Path.cwd() / "notebooks", Path.cwd()]
    for place in places:
        if (place / FIRST).is_file():
            return place
    raise DnetlabError(
        f"The notebook {FIRST} is not here.",
        "The notebooks come with the source of dnetlab, not with the installed package.",
        "Run `make course` in a clone, or `dnetlab course` in the folder that holds notebooks/.",
    )


def command(first: Path, browser: bool = True, port: int | None = None) -> list[str]:
    """The command line that opens a notebook in JupyterLab."""
    words = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={first.parent}"]
    # Also in the address that is printed, for those whose browser is elsewhere.
    words += [f"--LabApp.default_url=/lab/tree/{first.name}"]
    words += [] if browser else ["--no-browser"]
    words += [f"--port={port}"] if port else []
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        words.append("--allow-root")  # Jupyter refuses root otherwise; labs on a server are often root's
    return words
