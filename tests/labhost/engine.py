"""Which test engine, and how to get it: one that is named, a native one, or one in User-Mode Linux."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from urllib.parse import urlsplit

from tests.labhost import api, build, host, machine, native, recipes, uml
from tests.labhost.cache import Say, tell
from tests.labhost.shell import BuildFailed

GIVEN = "DNETLAB_TEST_ENGINE"


def kind_here(say: Say = tell) -> str:
    """``native`` if this machine's own kernel can run all seven types, else ``uml``."""
    lacking = host.link_kinds_missing()
    if lacking:
        say(f"this kernel cannot run all seven types ({lacking.splitlines()[0]}): User-Mode Linux")
        return "uml"
    return "native"


def prepare(version: str = "28.5", kind: str = "auto", say: Say = tell) -> tuple[str, Path, Path]:
    """Build what an engine needs and the cache has not.

    Returns:
        ``native``, the lab image's archive and the root's disk; or ``uml``, the kernel and the disk with the image.

    Raises:
        Unavailable: This machine cannot have one.
        BuildFailed: A build failed.
    """
    host.check()
    suite = recipes.suite_of(version)
    host.install(recipes.RUN_NEEDS, say)
    chosen = kind_here(say) if kind == "auto" else kind
    if chosen == "native":
        return chosen, build.image(say), build.root(suite, say)
    return chosen, build.kernel(say), build.disk(suite, say)


def up(
    name: str, *, version: str = "28.5", kind: str = "auto", owner: int = 0, say: Say = tell
) -> machine.Running:
    """Start a test engine, or take the one of this name that runs already.

    Args:
        name: Letters, digits, dashes; one machine a name.
        version: Engine version (``28.5``, ``26.1``, ``20.10``) or the Debian release that has it.
        kind: ``auto``, ``uml`` or ``native``.
        owner: Process id of the run that it ends with; 0 for none.
        say: Progress.

    Raises:
        Unavailable: This machine cannot have one.
        BuildFailed, NoAnswer: It was tried and failed.
    """
    for one in machine.running():
        if one.name == name and one.wait(10):
            say(f"{name} runs already")
            return one
    chosen, part, disk = prepare(version, kind, say)
    if chosen == "native":
        try:
            return native.start(name, disk, part, owner=owner, say=say)
        except native.NoStart as error:
            if kind == "native":
                raise
            say(f"{error}; User-Mode Linux then")
            chosen, part, disk = prepare(version, "uml", say)
    say(f"booting {name}")
    running = uml.boot(name, part, lambda: disk, owner=owner, say=say)
    say(f"{name} answers: Docker Engine {api.version(running.socket)} in User-Mode Linux")
    return running


def url(name: str, *, owner: int, say: Say = tell) -> str:
    """The URL of the engine to test on: the one that ``DNETLAB_TEST_ENGINE`` names, else one of our own.

    Raises:
        Unavailable: There is none, or the named one does not answer; what to do is in the text.
    """
    named = os.environ.get(GIVEN)
    if named:
        parts = urlsplit(named)
        if parts.scheme == "unix" and not api.answers(Path(parts.path), timeout=10):
            raise host.Unavailable(
                f"{GIVEN} is {named}, and no engine answers there", f"Start it, or unset {GIVEN}."
            )
        return named
    try:
        return up(name, owner=owner, say=say).url
    except (BuildFailed, uml.NoAnswer, OSError) as error:
        raise host.Unavailable(str(error)) from error


def down(name: str) -> bool:
    """End a test engine. Whether there was one."""
    for one in machine.running():
        if one.name == name:
            one.stop()
            return True
    shutil.rmtree(machine.folder_of(name), ignore_errors=True)
    return False
