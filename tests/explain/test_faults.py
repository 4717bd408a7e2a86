"""Faults that no exercise makes: the explanation names the place and the reason, and what it says helps."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

import dnetlab
from dnetlab.errors import DnetlabError
from dnetlab.explain import scene
from tests.explain.faults import FAULTS, Fault, cure, type_in, works


@pytest.mark.parametrize("fault", FAULTS, ids=[f"{fault.kind}: {fault.id}" for fault in FAULTS])
def test_a_fault_is_named_and_what_helps_does_help(fault: Fault) -> None:
    with dnetlab.Lab(fault.kind, engine="embedded") as lab:
        lab.build()
        for command in fault.breaks:
            type_in(lab, command)
        found = lab.explain(*fault.ask, port=fault.port)
        assert not found.ok
        assert fault.says in found.sentence
        assert found.reason == fault.reason
        assert found.cures
        if fault.cured:
            assert cure(lab, fault).ok
            assert works(lab, fault)


@pytest.mark.parametrize("fault", FAULTS, ids=[f"{fault.kind}: {fault.id}" for fault in FAULTS])
def test_a_mirror_of_the_fault_says_the_same(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read with the commands that are used on a real engine, and compared with what the engine shows."""
    with dnetlab.Lab(fault.kind, engine="embedded") as lab:
        lab.build()
        for command in fault.breaks:
            type_in(lab, command)
        monkeypatch.setattr(scene, "of_embedded", lambda lab: None)
        found = lab.explain(*fault.ask, port=fault.port)
        assert found.mirrored and found.agrees and not found.ok and not found.notes
        assert fault.says in found.sentence
        assert found.reason == fault.reason


def test_a_ping_by_name_is_explained_by_name() -> None:
    with dnetlab.Lab("default_bridge", engine="embedded") as lab:
        lab.build()
        lost = lab.ping("web", "db", by="name")
        assert not lost.ok
        assert "web finds no address for the name db" in lost.why
        assert "user-defined networks only" in lost.why


def test_a_large_ping_is_explained_with_its_size() -> None:
    with dnetlab.Lab("macvlan_bridge", engine="embedded") as lab:
        lab.build()
        assert lab.run("pc1", "ip link set eth0 mtu 800").ok
        lost = lab.ping("web", "pc1", size=1000, do_not_fragment=True)
        assert not lost.ok
        assert "MTU 800 of pc1's eth0" in lost.why
        assert lab.explain("web", "pc1").ok
        type_in(lab, lab.explain("web", "pc1", size=1000, do_not_fragment=True).cures[0].split("; both")[0])
        assert lab.ping("web", "pc1", size=1000, do_not_fragment=True).ok


def test_a_page_and_a_connection_say_why_they_failed() -> None:
    with dnetlab.Lab("default_bridge", engine="embedded") as lab:
        lab.build()
        assert "db listens on 80" in lab.http("web", "db", 81).why
        refused = lab.connect("web", "db", 81)
        assert refused.verdict == f"web does not open port 81 of {lab.address('db')}: refused."
        assert "db listens on 80" in refused.why
        assert lab.connect("web", "db", 80).why.startswith(f"web opens port 80 of {lab.address('db')}.")


def test_docker_s_proxy_that_finds_nobody_is_no_open_port() -> None:
    """From the host itself a published port is taken by docker-proxy, which learns too late that nobody listens."""
    with dnetlab.Lab("default_bridge", engine="embedded") as lab:
        lab.build()
        type_in(lab, "docker run -d --name off -p 8126:81 dnetlab/lab:1")
        found = lab.explain("host", "127.0.0.1", port=8126)
        assert not found.ok and found.reason == "no-listener"
        assert "Docker's proxy" in found.sentence
        assert not lab.http("host", "127.0.0.1", 8126).ok


def test_a_container_that_is_in_no_network_is_named_with_what_connects_it() -> None:
    with dnetlab.Lab("user_bridge", engine="embedded") as lab:
        lab.build()
        type_in(lab, "docker network disconnect shop db")
        with pytest.raises(DnetlabError, match="network connect shop db"):
            lab.explain("web", "db")


# What a real engine is asked in each run: one of each family, for a fault costs it some seconds there.
ON_A_REAL_ENGINE = (
    "no default route", "own interface down", "bridge down", "DOCKER-USER, on the way back", "NAT rule gone",
    "wrong neighbour entry", "stopped", "VLAN off the trunk, from the PC", "PC in the wrong VLAN",
)  # fmt: skip


@pytest.mark.real
@pytest.mark.parametrize("kind", ["user_bridge", "macvlan_8021q"])
def test_on_a_real_engine_faults_are_named_and_cured_too(kind: str, test_engine: str) -> None:
    """One after the other on one lab: each is cured again. DNETLAB_ALL_FAULTS=1 tries all that there are."""
    chosen = [f for f in FAULTS if f.kind == kind and f.cured]
    if "DNETLAB_ALL_FAULTS" not in os.environ:
        chosen = [f for f in chosen if f.id in ON_A_REAL_ENGINE]
    assert chosen
    with dnetlab.Lab(kind, engine=test_engine) as lab:
        lab.build()
        first, last = (lab.plan.containers[n].name for n in (0, -1))
        again = [(first, "pc1"), (first, last), (last, first), ("pc1", "internet")]
        if "DNETLAB_ALL_FAULTS" not in os.environ:
            again = again[:1]
        for fault in chosen:
            for command in fault.breaks:
                type_in(lab, command)
            found = lab.explain(*fault.ask, port=fault.port)
            assert found.agrees and not found.ok, f"{fault.id}: {found}"
            assert fault.says in found.sentence, f"{fault.id}: {found}"
            assert cure(lab, fault).ok, f"{fault.id}: {lab.explain(*fault.ask)}"
            assert works(lab, fault), fault.id
            # A link that was down has lost its routes: the next fault is to stand alone.
            for ask in again:
                assert cure(lab, replace(fault, ask=ask, port=None)).ok, f"{fault.id}, afterwards: {ask}"


@pytest.mark.parametrize(
    ("source", "target", "says"),
    [
        ("switch", "web", "switch has no address to send from"),
        ("router", "192.168.50.255", "it is that of its own subnet, and no machine has it"),
        ("internet", "web", "internet has no route to 172.28.0.2, and no default route"),
    ],
)
def test_what_cannot_even_be_sent_is_told_without_a_fault(source: str, target: str, says: str) -> None:
    with dnetlab.Lab("user_bridge", engine="embedded") as lab:
        lab.build()
        found = lab.explain(source, target)
        assert not found.ok and says in found.sentence
        assert bool(found.cures) is (source != "router")
