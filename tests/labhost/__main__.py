"""``python -m tests.labhost``: start, list and end test engines."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from tests.labhost import build, cache, engine, host, machine, recipes, uml
from tests.labhost.cache import tell
from tests.labhost.shell import BuildFailed


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(
        prog="python -m tests.labhost", description="A real Docker Engine for the tests."
    )
    commands = top.add_subparsers(dest="command", required=True)

    def add(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=text)

    version = {"default": "28.5", "help": f"engine version: {', '.join(recipes.SUITES)} (default: the first)"}
    kind = {"choices": ("auto", "uml", "native"), "default": "auto", "help": "this kernel or User-Mode Linux"}
    for one in (
        add("up", "start an engine and print its DOCKER_HOST"),
        add("build", "build what an engine starts from, and start none"),
    ):
        one.add_argument("--version", **version)  # type: ignore[arg-type]
        one.add_argument("--kind", **kind)  # type: ignore[arg-type]
        if one.prog.endswith("up"):
            one.add_argument("name", nargs="?", default="labhost")
            one.add_argument(
                "--owner", type=int, default=0, metavar="PID", help="process that the engine ends with"
            )
    down = add("down", "end an engine")
    down.add_argument("name", nargs="?", default="labhost")
    down.add_argument("--all", action="store_true", help="every engine of this user")
    run = add(
        "run", "start an engine, run a command with it as DOCKER_HOST and DNETLAB_TEST_ENGINE, and end it"
    )
    run.add_argument(
        "--or-without", action="store_true", help="run the command also where no engine can be had"
    )
    run.add_argument("words", nargs=argparse.REMAINDER, metavar="-- COMMAND ...")
    needs = add("needs", "install what the tests want besides an engine: Chromium, docker, docker-compose")
    needs.add_argument("--bin", type=Path, metavar="DIR", help="where to put the programs that there are not")
    add("status", "list the engines that run and what is in the cache")
    env = add("env", "print a running engine's address as shell commands, for eval")
    env.add_argument("name", nargs="?", default="labhost")
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 0 done, 1 no such engine, 2 no engine can be had."""
    chosen = parser().parse_args(arguments)
    # So that a run that is told to stop ends what it has started: a compiler, an engine.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        return int(globals()[f"_{chosen.command}"](chosen))
    except (host.Unavailable, BuildFailed, uml.NoAnswer, ValueError, OSError) as error:
        tell(str(error))
        return 2


def _up(chosen: argparse.Namespace) -> int:
    running = engine.up(chosen.name, version=chosen.version, kind=chosen.kind, owner=chosen.owner)
    print(f"DOCKER_HOST={running.url}")
    life = f"with process {chosen.owner}" if chosen.owner else f"after {machine.FORGOTTEN // 3600} hours"
    tell(f"it ends {life}, or by: python -m tests.labhost down {chosen.name}")
    return 0


def _build(chosen: argparse.Namespace) -> int:
    engine.prepare(chosen.version, chosen.kind)
    return 0


def _run(chosen: argparse.Namespace) -> int:
    words = chosen.words[1:] if chosen.words[:1] == ["--"] else chosen.words
    if not words:
        raise ValueError("run what? python -m tests.labhost run -- COMMAND ...")
    name = f"run-{os.getpid()}"
    environment = dict(os.environ)
    try:
        url = engine.url(name, owner=os.getpid())
        environment |= {"DOCKER_HOST": url, engine.GIVEN: url}
    except host.Unavailable as error:
        if not chosen.or_without:
            raise
        tell(str(error))
    try:
        return subprocess.run(words, env=environment).returncode
    finally:
        engine.down(name)


def _needs(chosen: argparse.Namespace) -> int:
    """A want that cannot be met is said, and the tests that need it say so again; the others run."""
    programs = {f"the program {name}": partial(_program, name, chosen.bin) for name in recipes.PROGRAMS}
    for what, meet in {"Chromium": _chromium, **programs}.items():
        try:
            meet()
        except (host.Unavailable, BuildFailed) as error:
            tell(f"without {what}: {error}")
    return 0


def _chromium() -> None:
    if not any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))):
        host.check()
        host.install(("chromium", "fonts-dejavu-core"))


def _program(name: str, folder: Path | None) -> None:
    if folder is None or shutil.which(name):
        return
    host.check()
    made = build.program(name)
    folder.mkdir(parents=True, exist_ok=True)
    link = folder / name
    link.unlink(missing_ok=True)
    link.symlink_to(made)


def _down(chosen: argparse.Namespace) -> int:
    names = [one.name for one in machine.running()] if chosen.all else [chosen.name]
    ended = [name for name in names if engine.down(name)]
    tell(f"ended {', '.join(ended)}" if ended else f"no engine {chosen.name} runs")
    return 0 if ended or chosen.all else 1


def _status(chosen: argparse.Namespace) -> int:
    for one in machine.running():
        state = "answers" if one.wait(2) else "does not answer"
        print(f"{one.name}\t{one.kind}\t{state}\tDOCKER_HOST={one.url}")
    print(f"cache: {cache.folder()}")
    for recipe in (
        recipes.kernel(),
        recipes.image(),
        *(recipes.disk(suite) for suite in recipes.SUITES.values()),
    ):
        print(f"  {recipe.name}\t{'ready' if cache.path_of(recipe).exists() else 'not built'}")
    return 0


def _env(chosen: argparse.Namespace) -> int:
    for one in machine.running():
        if one.name == chosen.name:
            print(f"export DOCKER_HOST={one.url} {engine.GIVEN}={one.url}")
            return 0
    tell(f"no engine {chosen.name} runs; start it: python -m tests.labhost up {chosen.name}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
