"""Firewall rules that were typed on the Docker host go with the lab, and no others."""

from __future__ import annotations

import pytest

import dnetlab
from dnetlab.engine import find
from dnetlab.lab.typed import Typed


@pytest.mark.parametrize(
    ("lines", "back"),
    [
        (["iptables -I INPUT -p tcp --dport 80 -j DROP"], ["iptables -t filter -D INPUT -p tcp --dport 80 -j DROP"]),
        (["iptables -I FORWARD 2 -j DROP"], ["iptables -t filter -D FORWARD -j DROP"]),
        (["iptables -t nat -A POSTROUTING -j MASQUERADE"], ["iptables -t nat -D POSTROUTING -j MASQUERADE"]),
        (["ip6tables -A INPUT -j DROP; ip route"], ["ip6tables -t filter -D INPUT -j DROP"]),
        (["sh -c 'iptables -A INPUT -j DROP && true'"], ["iptables -t filter -D INPUT -j DROP"]),
        (["iptables -A INPUT -j DROP", "iptables -D INPUT -j DROP"], []),
        (["iptables -I INPUT -j DROP", "iptables -D INPUT 1"], []),
        (["iptables -A INPUT -j DROP", "iptables -F"], []),
        (["iptables -A INPUT -j DROP", "iptables -t nat -F", "iptables -F FORWARD"], ["iptables -t filter -D INPUT -j DROP"]),
        (["iptables -D INPUT -j DROP", "iptables -L", "iptables -P FORWARD ACCEPT", "echo iptables -A", "iptables -A"], []),
        (["iptables -A INPUT -j A", "iptables -A INPUT -j B"],
         ["iptables -t filter -D INPUT -j B", "iptables -t filter -D INPUT -j A"]),
    ],
)  # fmt: skip
def test_a_rule_is_remembered_with_what_takes_it_back(lines: list[str], back: list[str]) -> None:
    typed = Typed()
    for line in lines:
        typed.note(line)
    assert bool(typed) is bool(back)
    assert typed.taken_back() == back
    assert typed.taken_back() == []


def test_words_and_half_a_quotation() -> None:
    typed = Typed()
    typed.note(["iptables", "-A", "INPUT", "-j", "DROP"])
    typed.note("iptables -A INPUT -m comment --comment 'half")
    assert typed.taken_back() == ["iptables -t filter -D INPUT -j DROP"]


def test_the_host_s_firewall_is_as_before_when_the_lab_is_removed() -> None:
    engine = find("embedded")

    def rules(lab: dnetlab.Lab) -> str:
        return lab.run(
            "host", "iptables -S INPUT; iptables -t nat -S POSTROUTING; iptables -S DOCKER-USER"
        ).output

    with dnetlab.Lab("host", engine) as lab:
        lab.build()
        lab.run("host", "iptables -A INPUT -p udp -j ACCEPT")
        own = lab._typed.taken_back()  # somebody else's rule: not of this lab
        before = rules(lab)
        lab.run("host", "iptables -I INPUT -p tcp --dport 8080 -j DROP")
        lab.run(
            "host",
            "iptables -I INPUT -p tcp --dport 8081 -j DROP; iptables -t nat -A POSTROUTING -j MASQUERADE",
        )
        lab.run("host", ["iptables", "-A", "INPUT", "-p", "udp", "-j", "ACCEPT"])
        lab.run("host", ["iptables", "-D", "INPUT", "-p", "udp", "-j", "ACCEPT"])
        assert rules(lab) != before
    with dnetlab.Lab("host", engine) as lab:
        lab.build()
        assert rules(lab) == before
        assert not lab.run("host", f"{own[0]}; iptables -S INPUT | grep udp").output
