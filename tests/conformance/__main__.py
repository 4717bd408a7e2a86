"""``python -m tests.conformance``: the embedded engine against a real one.

The real engine is ``--engine URL``, else DNETLAB_TEST_ENGINE, else a test engine that is started and ended. Without
``--engine`` a second one is started beside it where there are processors for two, and the groups are shared out.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import queue
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import docker

from dnetlab import embedded
from tests.conformance import record
from tests.conformance.known import KNOWN
from tests.conformance.suite import ABSENT, Facts, Group, belonging, compare, count, groups, judge, play
from tests.labhost import Unavailable, down
from tests.labhost.engine import up
from tests.labhost.engine import url as find

NAME = f"conf-{os.getpid()}"


def main() -> int:
    """Run, print, and give the exit status: 0 where nothing unknown differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("groups", nargs="*", help="names or patterns of groups (all)")
    parser.add_argument("--engine", help="URL of the real engine")
    parser.add_argument("--record", action="store_true", help="keep what the real engine answers")
    parser.add_argument("--recorded", action="store_true", help="compare with the recording; no real engine")
    parser.add_argument("--list", action="store_true", help="list the groups")
    arguments = parser.parse_args()
    chosen = groups(*arguments.groups)
    if arguments.list:
        print("\n".join(g.name for g in chosen))
        return 0
    if arguments.recorded:
        return _run(chosen, [], False)
    with _engines(arguments.engine) as urls:
        return _run(chosen, [docker.DockerClient(base_url=u, timeout=120) for u in urls], arguments.record)


@contextlib.contextmanager
def _engines(given: str | None) -> Iterator[list[str]]:
    if given:
        yield [given]
        return
    try:
        urls = [find(NAME, owner=os.getpid())]
        if (os.cpu_count() or 1) > 1:
            with contextlib.suppress(Unavailable):
                urls.append(up(f"{NAME}-2", owner=os.getpid()).url)
        yield urls
    finally:
        down(NAME)
        down(f"{NAME}-2")


def _run(chosen: list[Group], clients: list[docker.DockerClient], keep: bool) -> int:
    kept = record.load()
    free: queue.SimpleQueue[docker.DockerClient] = queue.SimpleQueue()
    for client in clients:
        free.put(client)

    def on_a_real_one(group: Group) -> tuple[Facts, float]:
        client = free.get()
        began = time.monotonic()
        try:
            return play(group, client), time.monotonic() - began
        finally:
            free.put(client)

    ours: Facts = {}
    theirs: Facts = {}
    with ThreadPoolExecutor(max(1, len(clients))) as pool:
        answers: dict[str, Future[tuple[Facts, float]]] = {}
        if clients:
            answers = {g.name: pool.submit(on_a_real_one, g) for g in chosen}
        for group in chosen:
            began = time.monotonic()
            mine = play(group, embedded.client())
            seconds = time.monotonic() - began
            real, real_seconds = answers[group.name].result() if answers else (belonging(kept, group), 0.0)
            if clients and keep:
                kept = {**{k: v for k, v in kept.items() if k not in belonging(kept, group)}, **real}
                record.save(kept, clients[0])
            ours, theirs = {**ours, **mine}, {**theirs, **real}
            unknown, _ = judge(compare(mine, real), KNOWN, mine)
            scenarios, facts = count(mine)
            print(
                f"{group.name:22} {scenarios:3} scenarios {facts:5} facts {len(unknown):3} differ"
                f"  {seconds:5.1f} s, real {real_seconds:5.1f} s",
                file=sys.stderr,
                flush=True,
            )
    recorded = {k: v for k, v in kept.items() if any(k.startswith(f"{g.name}/") for g in chosen)}
    fresh = compare(recorded, theirs)
    new = sum(d.embedded == ABSENT for d in fresh)
    if new:
        print(f"{new} facts are not recorded yet (--record)")
    return _report(ours, theirs, [f"{d.scenario}: {d.fact}" for d in fresh if d.embedded != ABSENT])


def _report(ours: Facts, theirs: Facts, stale: list[str]) -> int:
    differences = compare(ours, theirs)
    unknown, idle = judge(differences, KNOWN, ours)
    for difference in unknown:
        print(difference)
    for entry in idle:
        print(f"known.py: {entry.scenario}: {entry.fact} differs no more; take the entry out")
    for name in stale:
        print(f"the recording is not true any more (--record makes a new one): {name}")
    scenarios, facts = count(theirs)
    known = len(differences) - len(unknown)
    print(f"{scenarios} scenarios, {facts} facts, {len(unknown)} differences, {known} known ones")
    return 1 if unknown or idle or stale else 0


if __name__ == "__main__":
    sys.exit(main())
