"""``python -m bench [--engine URL]``: the table. A part that cannot be run is named in it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from bench import model, real, start
from bench.rows import NotRun, Row, table
from dnetlab.engine import find
from dnetlab.errors import DnetlabError


def main() -> int:
    """0 when the table is printed, be the numbers good or bad."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--engine", default="docker", help="the real engine: docker (default) or a URL")
    parser.add_argument(
        "--rounds", type=int, default=3, help="rounds of each comparison (3); the median counts"
    )
    parser.add_argument("--only", choices=("real", "embedded", "import"), help="one part")
    chosen = parser.parse_args()
    found: list[Row | NotRun] = []
    for row in _rows(chosen):
        found.append(row)
        sys.stderr.write(f"  {row.what}\n")
    sys.stdout.write(table(found) + "\n")
    return 0


def _rows(chosen: argparse.Namespace) -> Iterator[Row | NotRun]:
    if chosen.only in (None, "import"):
        yield from start.rows()
    if chosen.only in (None, "embedded"):
        yield from model.rows()
    if chosen.only in (None, "real"):
        try:
            engine = find(chosen.engine)
        except DnetlabError as error:
            yield NotRun("everything on a real engine", str(error))
            return
        try:
            yield from real.rows(engine, chosen.rounds)
        finally:
            real.sweep(engine)


if __name__ == "__main__":
    sys.exit(main())
