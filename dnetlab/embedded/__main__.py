"""``python -m dnetlab.embedded --socket PATH``: the embedded engine for the docker CLI."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path


def main(argv: Sequence[str] | None = None) -> int:
    """Serves an engine until it is told to stop. Returns the exit status: 0, or 1 if the socket cannot be made."""
    parser = argparse.ArgumentParser(
        prog="python -m dnetlab.embedded",
        description="A model of Docker's networking behind the Docker Engine API, on a unix socket.",
    )
    parser.add_argument(
        "--socket", required=True, metavar="PATH", help="where to listen (made with mode 0600)"
    )
    parser.add_argument(
        "--version", default="28.5", metavar="V", help="the engine to be like: 28.5, 26.1 or 20.10"
    )
    parser.add_argument("--seed", type=int, default=0, help="makes ids and addresses come out the same (0)")
    options = parser.parse_args(argv)

    from dnetlab.embedded.engine import Engine

    try:
        engine = Engine(seed=options.seed, version=options.version)
    except (KeyError, ValueError) as error:
        parser.error(str(error))
    try:
        from dnetlab.embedded.api.server import serve

        serve(engine, options.socket, ready=_announce)
    except OSError as error:
        sys.stderr.write(f"dnetlab: {error}\n")
        return 1
    return 0


def _announce(path: Path) -> None:
    sys.stderr.write(
        "The embedded engine (a model of Docker's networking; it runs nothing) is listening. In another terminal:\n"
        f"  export DOCKER_HOST=unix://{path}\n"
        "Stop it with Ctrl-C.\n"
    )
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
