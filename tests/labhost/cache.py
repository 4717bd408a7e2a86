"""A folder of finished results. A result appears whole or not at all, and two runs never build the same one at once."""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.labhost.recipes import Recipe

Say = Callable[[str], None]


def tell(line: str) -> None:
    """Progress on standard error, with the time."""
    print(f"{time.strftime('%H:%M:%S')} test engine: {line}", file=sys.stderr, flush=True)


def folder() -> Path:
    """Where results are kept: ``DNETLAB_CACHE``, else ``~/.cache/dnetlab`` (``XDG_CACHE_HOME`` is honoured)."""
    chosen = os.environ.get("DNETLAB_CACHE")
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(chosen).expanduser().absolute() if chosen else Path(base).expanduser() / "dnetlab"


def path_of(recipe: Recipe) -> Path:
    """Where the result of a recipe is, once it is built."""
    return folder() / recipe.name


def get(recipe: Recipe, build: Callable[[Path, Path], None], say: Say = tell) -> Path:
    """The result of a recipe, built now if it is not there.

    Args:
        recipe: What to build.
        build: Called with the file to write and a scratch folder that is removed afterwards.
        say: Progress.

    Returns:
        The finished file. An interrupted or failed build leaves nothing.
    """
    result = path_of(recipe)
    if result.exists():
        return result
    result.parent.mkdir(parents=True, exist_ok=True)
    with _lock(
        result.with_name(result.name + ".lock"), lambda: say(f"another run builds the {recipe.kind}; waiting")
    ):
        if result.exists():
            return result
        scratch = result.with_name(result.name + ".tmp")
        shutil.rmtree(
            scratch, ignore_errors=True
        )  # of a build that was killed: the lock says nobody is at it
        scratch.mkdir()
        started = time.monotonic()
        try:
            unfinished = scratch / "result"
            build(unfinished, scratch)
            unfinished.rename(result)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        say(f"{recipe.kind} ready after {time.monotonic() - started:.0f} s, kept as {result}")
    return result


@contextmanager
def _lock(path: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold an exclusive lock on a file; the kernel drops it if we die."""
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
