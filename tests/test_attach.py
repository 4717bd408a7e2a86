"""Finding a lab that stands: the only one, by id, by type; and what is said where that is not clear."""

from __future__ import annotations

import pytest

from dnetlab import attach, labels
from dnetlab.errors import DnetlabError
from dnetlab.lab import Lab
from tests.fakes import FakeClient, engine


def stand(client: FakeClient, lab: str, type: str, session: str = labels.KEPT, running: bool = True) -> None:
    name = f"dnetlab-lan-{lab}"
    client.api.create_container("x", name=name, labels=labels.of(lab, type) | {labels.SESSION: session})
    if running:
        client.api.start(name)


def test_the_only_lab_that_was_left_standing_is_meant() -> None:
    client = FakeClient()
    stand(client, "aaa111", "host")
    stand(client, "bbb222", "host", labels.session())
    assert attach.choose(client).id == "aaa111"


def test_a_lab_is_named_by_its_id_or_its_type() -> None:
    client = FakeClient()
    stand(client, "aaa111", "host")
    stand(client, "bbb222", "user_bridge")
    assert attach.choose(client, "bbb222").type == "user_bridge"
    assert attach.choose(client, "host").id == "aaa111"


def test_two_labs_are_listed_with_the_way_to_name_one() -> None:
    client = FakeClient()
    stand(client, "aaa111", "host")
    stand(client, "bbb222", "user_bridge")
    with pytest.raises(DnetlabError, match=r"aaa111: host.*--lab (aaa111|bbb222)"):
        attach.choose(client)
    with pytest.raises(
        DnetlabError, match=r"by its id: --lab \w+ \(in Python: Lab.attach\(id=\"(aaa111|bbb222)\"\)\)"
    ):
        Lab.attach(engine(client))


def test_an_engine_without_labs_says_how_to_get_one() -> None:
    with pytest.raises(DnetlabError, match="dnetlab up TYPE"):
        attach.choose(FakeClient())
    with pytest.raises(DnetlabError, match="No lab 'ccc333' stands"):
        attach.choose(FakeClient(), "ccc333")


def test_a_lab_of_a_running_program_is_not_taken_without_being_named() -> None:
    client = FakeClient()
    stand(client, "bbb222", "host", labels.session())
    with pytest.raises(DnetlabError, match="In use by a running program: bbb222"):
        attach.choose(client)


def test_a_lab_whose_lan_was_stopped_cannot_be_used_any_more() -> None:
    client = FakeClient()
    stand(client, "aaa111", "host", running=False)
    with pytest.raises(DnetlabError, match="its LAN was stopped"):
        Lab.attach(engine(client))


def test_an_attached_lab_has_the_plan_and_removes_the_same_objects() -> None:
    client = FakeClient()
    made = Lab("user_bridge", engine=engine(client), containers=3).keep()
    client.api.create_container("x", name=f"dnetlab-lan-{made.id}", labels=made.labels)
    client.api.start(f"dnetlab-lan-{made.id}")
    found = Lab.attach(engine(client))
    assert found.id == made.id
    assert found.plan.topology == made.plan.topology
    assert found.built
    found.remove()
    assert not client.api.held
