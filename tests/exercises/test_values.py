"""What is drawn for a learner fits the lab that it is drawn for, whichever learner and whichever lab."""

from __future__ import annotations

import re
from ipaddress import IPv4Address
from typing import Any

import pytest

from dnetlab import types
from dnetlab.check import Task
from dnetlab.lab import Lab
from dnetlab.progress import Progress

LABS: list[tuple[str, dict[str, Any]]] = [
    *((kind.name, {}) for kind in types.all_types()),
    ("default_bridge", {"names": "shop,news,kiosk", "containers": 3}),
    ("user_bridge", {"names": "api,queue,vault", "containers": 3, "network": "store"}),
    ("host", {"names": "api", "port": 9500}),
    ("macvlan_bridge", {"names": "backup,camera,mirror", "containers": 3}),
    ("macvlan_8021q", {"vlans": "30,31,32"}),
    ("macvlan_8021q", {"lan": "10.10.0.0/16", "subnets": "172.31.0.0/24,10.60.1.0/24"}),
    ("ipvlan_l2", {"subnet": "10.60.0.0/16", "gateway": "10.60.0.1", "ip_range": "10.60.9.0/27"}),
    ("ipvlan_l2", {"names": "mail,sync,index", "containers": 3}),
    ("ipvlan_l3", {"subnet": "10.7.1.0/24", "subnet2": "10.7.2.0/24"}),
]
SEEDS = 20
NEW_NAMES = ("name", "twin", "holder", "a", "b", "c", "alias")
NEW_ADDRESSES = ("ip", "spare", "there", "gate")
LEFT_OPEN = re.compile(r"\{|\}")


@pytest.mark.parametrize(("kind", "parameters"), LABS, ids=lambda value: str(value))
def test_names_and_addresses_of_a_task_are_free_in_its_lab(kind: str, parameters: dict[str, Any]) -> None:
    lab = Lab(kind, "embedded", **parameters)
    topology = lab.plan.topology
    names = {m.name for m in topology.machines} | {n.name for n in lab.plan.networks}
    held = {str(a.ip) for m in topology.machines for a in m.addresses}
    pools = [m.dhcp_pool for m in topology.machines if m.dhcp_pool]
    for seed in range(SEEDS):
        for exercise in lab.type.exercises:
            task = Task(exercise, lab, Progress("learner", seed))
            given = task.values
            made = [given[word] for word in NEW_NAMES if word in given]
            assert len(made) == len(set(made)) and names.isdisjoint(made), (exercise.id, seed, made)
            for word in NEW_ADDRESSES:
                if word in given:
                    address = IPv4Address(given[word])
                    assert str(address) not in held, (exercise.id, seed, word)
                    assert not any(pool.first <= address <= pool.last for pool in pools), (exercise.id, seed)
            for text in (task.text, task.solution(), *(task.hint() for _ in exercise.hints)):
                assert text.strip() and not LEFT_OPEN.search(text), (exercise.id, text)


@pytest.mark.parametrize("kind", types.all_types(), ids=lambda kind: kind.name)
def test_neighbours_in_a_class_have_different_values(kind: types.NetworkType) -> None:
    lab = Lab(kind.name, "embedded")
    drawn = {
        exercise.id: {Task(exercise, lab, Progress("learner", seed)).text for seed in range(SEEDS)}
        for exercise in kind.exercises
    }
    assert sum(len(texts) > 1 for texts in drawn.values()) * 2 >= len(drawn), {
        k: len(v) for k, v in drawn.items()
    }
    assert max(len(texts) for texts in drawn.values()) > 2


@pytest.mark.parametrize("kind", types.all_types(), ids=lambda kind: kind.name)
def test_the_exercises_of_a_lesson_grow_harder(kind: types.NetworkType) -> None:
    levels = [exercise.level for exercise in kind.exercises]
    assert 3 <= len(levels) <= 5 and levels == sorted(levels) and levels[0] < levels[-1]


def test_no_two_lessons_share_more_than_a_task() -> None:
    """A lesson's exercises are its own: what two types have in common is asked once."""
    seen: dict[str, list[str]] = {}
    for kind in types.all_types():
        for exercise in kind.exercises:
            seen.setdefault(exercise.title, []).append(kind.name)
    assert {title: kinds for title, kinds in seen.items() if len(kinds) > 1} == {}
