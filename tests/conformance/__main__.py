"""``python -m tests.conformance``: the embedded engine against a real one.

The real engine is ``--engine URL``, else DNETLAB_TEST_ENGINE, else a test engine that is started and ended.
"""

from __future__ import annotations

import argparse
import os
import sys
import time

import docker

from dnetlab import embedded
from tests.conformance import record
from tests.conformance.known import KNOWN
from tests.conformance.suite import Difference, Facts, compare, count, groups, judge, play

NAME = f"conf-{os.getpid()}"


def main() -> int:
    """Run, print, and give the exit status: 0 where nothing unknown differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("groups", nargs="*", help="names or patterns of groups (all)")
    parser.add_argument("--engine", help="URL of the real engine")
    parser.add_argument("--record", action="store_true", help="keep what the real engine answers")
    parser.add_argument(
        "--recorded", action="store_true", help="compare with what was recorded; no real engine"
    )
    parser.add_argument("--list", action="store_true", help="list the groups")
    arguments = parser.parse_args()
    chosen = groups(*arguments.groups)
    if arguments.list:
        print("\n".join(g.name for g in chosen))
        return 0
    kept = record.load()
    if arguments.recorded:
        return _run(chosen, kept, None, False)
    url = arguments.engine or os.environ.get("DNETLAB_TEST_ENGINE")
    if url:
        return _run(chosen, kept, url, arguments.record)
    from tests.labhost import down
    from tests.labhost.engine import url as start

    try:
        return _run(chosen, kept, start(NAME, owner=os.getpid()), arguments.record)
    finally:
        down(NAME)


def _run(chosen: list, kept: Facts, url: str | None, keep: bool) -> int:  # type: ignore[type-arg]
    ours: Facts = {}
    theirs: Facts = {}
    stale: list[Difference] = []
    unknown: list[Difference] = []
    known = 0
    client = docker.DockerClient(base_url=url, timeout=120) if url else None
    for group in chosen:
        began = time.monotonic()
        mine = play(group, embedded.client())
        middle = time.monotonic()
        recorded = {k: v for k, v in kept.items() if k.startswith(f"{group.name}/")}
        real = play(group, client) if client else recorded
        found, _ = judge(differences := compare(mine, real), KNOWN, mine)
        known += len(differences) - len(found)
        if client and not keep:
            stale += compare(recorded, real)
        if client and keep:
            kept = {**{k: v for k, v in kept.items() if k not in recorded}, **real}
            record.save(kept, client)
        ours, theirs, unknown = {**ours, **mine}, {**theirs, **real}, unknown + found
        times = f"{middle - began:5.1f} s + {time.monotonic() - middle:5.1f} s"
        print(
            f"{group.name:24} {count(mine)[0]:4} scenarios {count(mine)[1]:5} facts {len(found):4} differ   {times}",
            file=sys.stderr,
            flush=True,
        )
    for difference in unknown:
        print(difference)
    _, idle = judge(compare(ours, theirs), KNOWN, ours)
    for entry in idle:
        print(f"known.py: {entry.scenario}: {entry.fact} differs no more; take the entry out")
    for difference in stale:
        print(
            f"the recording is not true any more (--record makes a new one): {difference.scenario}: {difference.fact}"
        )
        print(f"    recorded: {difference.embedded}\n    now:      {difference.real}")
    scenarios, facts = count(theirs)
    print(f"{scenarios} scenarios, {facts} facts, {len(unknown)} differences, {known} known ones")
    return 1 if unknown or idle or stale else 0


if __name__ == "__main__":
    sys.exit(main())
