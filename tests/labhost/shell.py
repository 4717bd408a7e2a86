"""Commands of the machine, with an error that ends with what they said."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


class BuildFailed(Exception):
    """A step of a build failed; the text ends with what it said."""


def tail(text: str, characters: int = 600) -> str:
    """The end of a command's output, on one line."""
    return " / ".join(line.strip() for line in text[-characters:].splitlines() if line.strip())


def run(
    command: Sequence[str],
    what: str,
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    good: Sequence[int] = (0,),
) -> str:
    """Run a command and return what it printed.

    Raises:
        BuildFailed: Its exit status is not one of ``good``; the text begins with ``what``.
    """
    done = subprocess.run(
        command, capture_output=True, text=True, stdin=subprocess.DEVNULL, env=environment, cwd=folder
    )
    if done.returncode not in good:
        raise BuildFailed(
            f"{what} failed: {tail(done.stdout + done.stderr) or f'exit status {done.returncode}'}"
        )
    return done.stdout
