"""Explanations on the embedded engine: the reason, the sentence, and a cure that really cures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

import dnetlab
from dnetlab.errors import DnetlabError
from dnetlab.explain import mirror, scene
from dnetlab.explain.result import Explanation

TYPES = ("default_bridge", "user_bridge", "host", "macvlan_bridge", "macvlan_8021q", "ipvlan_l2", "ipvlan_l3")


@contextmanager
def built(kind: str) -> Iterator[dnetlab.Lab]:
    with dnetlab.Lab(kind, engine="embedded") as lab:
        lab.build()
        yield lab


def cure(lab: dnetlab.Lab, explanation: Explanation) -> str:
    """The first cure that is a command, as (machine's) shell text."""
    return next(c for c in explanation.cures if "ip route add" in c or "ip link add" in c)


@pytest.mark.parametrize("kind", TYPES)
def test_the_explanation_says_what_the_reach_matrix_shows(kind: str) -> None:
    with built(kind) as lab:
        reach = lab.reach()
        for source in reach.machines:
            for target in reach.machines:
                if source != target:
                    found = lab.explain(source, target)
                    assert found.ok == bool(reach[source, target])
                    assert found.ok == (found.reason is None)
                    assert str(found) and "/" not in found.where
                    if not found.ok:
                        assert found.sentence.startswith(f"{source} does not reach {found.address}: ")
                        assert found.cures


@pytest.mark.parametrize("kind", TYPES)
def test_a_mirrored_lab_explains_as_the_lab_itself(kind: str) -> None:
    """The mirror reads with the commands that it uses on a real engine."""
    from dnetlab.explain import _model

    with built(kind) as lab:
        direct, mirrored = scene.of_embedded(lab), mirror.read(lab)
        assert direct is not None and mirrored.mirrored and mirrored.notes == ()
        machines = lab.reach().machines
        for source in machines:
            for target in machines:
                if source != target:
                    address = lab.target(target)
                    here, there = (
                        _model(direct, source, target, address),
                        _model(mirrored, source, target, address),
                    )
                    assert (here.ok, here.reason, here.sentence) == (there.ok, there.reason, there.sentence)


def test_the_host_and_its_macvlan_child_and_the_shim_that_helps() -> None:
    with built("macvlan_bridge") as lab:
        found = lab.explain("host", "web")
        assert found.reason == "macvlan-parent-isolation"
        assert "web sits on the macvlan child of the host's lan0" in found.sentence
        script = cure(lab, found).split(": ", 1)[1]
        assert lab.run("host", f"sh -c '{script}'").ok
        assert lab.explain("host", "web").ok


def test_the_lan_has_no_route_back_to_an_l3_container_and_the_route_that_helps() -> None:
    with built("ipvlan_l3") as lab:
        found = lab.explain("web", "pc1")
        assert found.reason == "no-route"
        assert found.sentence == (
            f"web does not reach 192.168.50.100: the request arrives, but pc1 has no route back to {lab.address('web')}: "
            "its default route goes to 192.168.50.1 (router), which answers net unreachable."
        )
        machine, command = cure(lab, found).removeprefix("on ").split(": ", 1)
        assert machine == "pc1"
        assert lab.run("pc1", command.split("   ")[0]).ok
        assert lab.explain("web", "pc1").ok
        assert lab.explain("pc1", "web").ok


def test_a_packet_of_the_host_that_leaves_the_lab() -> None:
    with built("macvlan_8021q") as lab:
        found = lab.explain("host", "pc10")
        assert found.reason == "wire-to-nowhere"
        assert "default route, out of eth0, leads away from the LAN" in found.sentence
        assert lab.run("host", cure(lab, found).split(": ", 1)[1].split("   ")[0]).ok
        assert lab.explain("host", "pc10").reason != "wire-to-nowhere"


def test_a_container_of_a_bridge_is_reached_by_a_published_port() -> None:
    with built("default_bridge") as lab:
        found = lab.explain("pc1", "web")
        assert found.reason == "no-route"
        assert found.cures[0].startswith("publish a port of the container")
        lab.run("pc1", f"ip route add {lab.address('web')}/32 via 192.168.50.2")
        dropped = lab.explain("pc1", "web")
        assert dropped.reason == "filter-drop"
        assert "raw PREROUTING" in dropped.sentence and "publish a port" in dropped.cures[0]


def test_the_way_names_devices_in_order() -> None:
    with built("macvlan_8021q") as lab:
        walk = lab.walk("web10", "pc10")
        assert walk.devices[:6] == [
            ("web10", "eth0"),
            ("host", "lan0.10"),
            ("host", "lan0"),
            ("switch", "p-host"),
            ("switch", "p-pc10"),
            ("pc10", "eth0"),
        ]
        assert any("gets the tag of VLAN 10" in hop for hop in walk.hops)
        assert walk.steps[0].time == 0.0
        assert "<ol>" in walk._repr_html_()


def test_texts_are_the_same_from_build_to_build() -> None:
    texts = []
    for _ in range(2):
        with built("macvlan_bridge") as lab:
            texts.append((str(lab.explain("web", "pc1")), str(lab.explain("host", "web"))))
    assert texts[0] == texts[1]


def test_an_address_nobody_has_and_a_machine_that_does_not_exist() -> None:
    with built("macvlan_bridge") as lab:
        found = lab.explain("pc1", "192.168.50.77")
        assert found.reason == "neighbour-failed"
        assert "no machine of this lab has 192.168.50.77" in found.sentence
        with pytest.raises(DnetlabError):
            lab.explain("nobody", "pc1")


def test_a_firewall_rule_is_quoted() -> None:
    with built("macvlan_bridge") as lab:
        lab.run("pc1", "iptables -A INPUT -s 192.168.50.192 -j DROP")
        found = lab.explain("web", "pc1")
        assert found.reason == "filter-drop"
        assert "filter INPUT: -s 192.168.50.192/32 -j DROP" in found.sentence


def test_a_disagreement_comes_first() -> None:
    with built("macvlan_bridge") as lab:
        found = lab.explain("web", "pc1")
        seen = lab.ping("web", "192.168.50.77", count=1, wait=1)
        compared = found.compared(seen)
        assert not compared.agrees
        assert compared.lines()[0].startswith(
            "Model and engine disagree: the model says that an answer comes"
        )
        assert "disagree" in compared._repr_html_()
        assert found.agrees and found.as_dict()["ok"] is True


def test_a_question_that_died_in_a_container_that_is_gone_is_asked_anew() -> None:
    """The Docker host still waits for the answer when its container is made again under the same address."""
    with built("ipvlan_l2") as lab:
        lab.claims("host")
        first, network = lab.plan.containers[0].name, lab.plan.networks[0].name
        lab.docker(f"rm -f {first}")
        lab.docker(f"run -d --name {first} --network {network} --ip 192.168.50.192 dnetlab/lab:1")
        found = lab.explain("host", first)
        assert not found.ok and "do not exchange frames" in found.sentence
