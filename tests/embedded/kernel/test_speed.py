"""Cost: linear in pairs and containers, within the numbers of the bench with room for a busy machine."""

from __future__ import annotations

import time

from labs import Lan, bridge_rules, container_rule, docker_rules


def crowd(count: int) -> tuple[Lan, list[str]]:
    lan = Lan()
    docker_rules(lan)
    bridge = lan.bridge("br-app", "172.28.0.1/16")
    bridge_rules(lan, "br-app", "172.28.0.0/16")
    addresses = [f"172.28.{(i + 2) // 256}.{(i + 2) % 256}" for i in range(count)]
    for index, address in enumerate(addresses):
        lan.bridged(f"c{index}", f"{address}/16", bridge, "172.28.0.1")
        container_rule(lan, address, "br-app")
    return lan, addresses


def test_a_flood_to_a_thousand_ports_costs_no_event_for_bystanders() -> None:
    lan, addresses = crowd(300)
    before = lan.kernel.events
    assert lan.reaches(lan.kernel.namespaces["c0"], addresses[-1])
    assert lan.kernel.events - before < 20


def test_a_ping_between_neighbours_is_cheap() -> None:
    lan, addresses = crowd(2)
    source = lan.kernel.namespaces["c0"]
    lan.ping(source, addresses[1])
    best = 1.0
    for _ in range(5):
        start = time.process_time()
        for _ in range(50):
            lan.ping(source, addresses[1])
        best = min(best, (time.process_time() - start) / 50)
    assert best < 0.001
