"""Cleaning up: by label, dead labs only, again and again, with the LAN or without."""

from __future__ import annotations

import os

from dnetlab import attach, cleanup, labels
from tests.fakes import FakeClient

DEAD = f"{os.uname().nodename}:1:999999999999"
"""A session of process 1 that started at a time when it did not."""


def stand(client: FakeClient, lab: str, session: str, *, lan: bool = True) -> None:
    own = labels.of(lab, "user_bridge", {"containers": 2}) | {labels.SESSION: session}
    names = ["web", "db", *([f"dnetlab-lan-{lab}"] if lan else [])]
    for name in names:
        client.api.create_container("x", name=f"{name}", labels=own)
        client.api.start(name)
        if name in {"web", "db"}:  # names are free again for the next lab
            client.api.held[client.api._find(name)]["Names"] = [f"/{name}-{lab}"]
    client.api.create_network(f"net-{lab}", labels=own)


def labs(client: FakeClient) -> set[str]:
    return {lab.lab for lab in cleanup.leftovers(client)}


def test_a_dead_session_is_recognised() -> None:
    assert not labels.alive(DEAD)


def test_only_labs_of_ended_processes_are_removed() -> None:
    client = FakeClient()
    stand(client, "aaa111", DEAD)
    stand(client, "bbb222", labels.session())
    stand(client, "ccc333", labels.KEPT)
    client.api.create_container("x", name="the-learners-own")
    client.api.create_network("the-learners-own")
    (removed,) = cleanup.clean(client)
    assert removed.lab == "aaa111"
    assert len(removed.containers) == 3
    assert labs(client) == {"bbb222", "ccc333"}
    assert client.api._find("the-learners-own")


def test_all_takes_the_others_too_but_nothing_without_a_label() -> None:
    client = FakeClient()
    stand(client, "bbb222", labels.session())
    stand(client, "ccc333", labels.KEPT)
    client.api.create_container("x", name="the-learners-own")
    client.api.create_network("the-learners-own")
    cleanup.clean(client, all=True)
    assert labs(client) == set()
    assert [c["Names"] for c in client.api.held.values()] == [["/the-learners-own"]]
    assert [n["Name"] for n in client.api.nets.values()] == ["the-learners-own"]


def test_cleaning_twice_finds_nothing_the_second_time() -> None:
    client = FakeClient()
    stand(client, "aaa111", DEAD)
    assert len(cleanup.clean(client)) == 1
    assert cleanup.clean(client) == []


def test_a_lab_whose_lan_was_killed_goes_too() -> None:
    client = FakeClient()
    stand(client, "aaa111", DEAD, lan=False)
    cleanup.clean(client)
    assert not client.api.held and not client.api.nets


def test_a_leftover_says_what_it_is_and_whose() -> None:
    client = FakeClient()
    stand(client, "aaa111", DEAD)
    stand(client, "ccc333", labels.KEPT)
    first, second = map(str, cleanup.leftovers(client))
    assert first == "aaa111: user_bridge, 3 containers, 1 network (its program has ended)"
    assert second == "ccc333: user_bridge, 3 containers, 1 network (left standing on purpose)"


def test_a_standing_lab_is_found_with_its_parameters() -> None:
    client = FakeClient()
    stand(client, "ccc333", labels.KEPT)
    found = attach.choose(client)
    assert (found.id, found.type, found.parameters, found.running) == (
        "ccc333",
        "user_bridge",
        {"containers": 2},
        True,
    )
