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

UNUSED = 30 * 86400
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
    result.parent.mkdir(parents=True, exist_ok=True)
    lock = result.with_name(result.name + ".lock")
    lock.touch()  # when the result was last asked for; its own time must stay, a running machine's layer remembers it
    if result.exists():
        return result
    with _lock(lock, lambda: say(f"another run builds the {recipe.kind}; waiting")):
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
        prune(recipe.kind)
        say(f"{recipe.kind} ready after {time.monotonic() - started:.0f} s, kept as {result}")
    return result


def prune(kind: str) -> None:
    """Remove results of a kind that nobody has asked for in :data:`UNUSED` seconds."""
    for lock in folder().glob(f"{kind}-*.lock"):
        if time.time() - lock.stat().st_mtime > UNUSED:
            lock.with_suffix("").unlink(missing_ok=True)
            lock.unlink()


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
