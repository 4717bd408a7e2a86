"""What is random gets a name; everything else stays as it is."""

from __future__ import annotations

import pytest

from tests.conformance.normal import Names, from_link_local
from tests.conformance.suite import Difference, Known, compare, judge

MAC = "7e:75:33:da:18:65"
ID = "0c825ed297bbd9725f3023f29258677b8a2e04b52ac347fe166ec16a4b238450"


@pytest.fixture
def names() -> Names:
    names = Names()
    names.mac(MAC, "m1@mv")
    names.id(ID, "app")
    return names


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"link/ether {MAC} brd ff:ff:ff:ff:ff:ff", "link/ether <mac m1@mv> brd ff:ff:ff:ff:ff:ff"),
        (f"reply from 10.0.0.1 [{MAC.upper()}]", "reply from 10.0.0.1 [<MAC m1@mv>]"),
        ("lladdr 0a:0b:0c:0d:0e:0f", "lladdr <mac>"),
        ("chosen 02:00:00:00:00:c8", "chosen 02:00:00:00:00:c8"),
        ("inet6 fe80::7c75:33ff:feda:1865/64", "inet6 <fe80 m1@mv>/64"),
        ("inet6 fe80::7e75:3300:1da:1865/64", "inet6 <fe80 0001 m1@mv>/64"),
        (f"br-{ID[:12]} and {ID}", "br-<id12 app> and <id app>"),
        ("12: eth0@if13: <UP> mtu 1500", "N: eth0@ifN: <UP> mtu 1500"),
        (
            "64 bytes from 10.0.0.1: icmp_seq=1 ttl=63 time=0.135 ms",
            "64 bytes from 10.0.0.1: icmp_seq=1 ttl=63 time=T ms",
        ),
        ("10.0.0.9 dev eth0 FAILED", "10.0.0.9 dev eth0 FAILED"),
        (
            "10.0.0.9 dev eth0 lladdr 02:00:00:00:00:01 STALE",
            "10.0.0.9 dev eth0 lladdr 02:00:00:00:00:01 RESOLVED",
        ),
        ("12:10:41.123456 02:00:00:00:00:01 > ff", "T 02:00:00:00:00:01 > ff"),
        ("--to-destination 127.0.0.11:43211", "--to-destination 127.0.0.11:<port>"),
        ("--to-destination 172.17.0.2:80", "--to-destination 172.17.0.2:80"),
        ("mtu 1500 qdisc noqueue state UP", "mtu 1500 qdisc noqueue state UP"),
    ],
)
def test_random_values_are_named(names: Names, text: str, shown: str) -> None:
    assert names.text(text) == shown


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("UNCONN 0 0 [::]:53\nUNCONN 0 0 0.0.0.0:53\n", "UNCONN 0 0 0.0.0.0:53\nUNCONN 0 0 [::]:53\n"),
        ("LISTEN 0 1 [::]:80\nLISTEN 0 1 0.0.0.0:80\n", "LISTEN 0 1 0.0.0.0:80\nLISTEN 0 1 [::]:80\n"),
        ("container stop x\ncontainer die x\n", "container die x\ncontainer stop x\n"),
        (f"fe80::7c75:33ff:feda:1865 dev lan0 lladdr {MAC} STALE\n", ""),
        ("\n000curl: (28) Timed out\n\n(rc=28)", "curl: (28) Timed out\n\n000\n(rc=28)"),
        ("curl: \n000(28) Timed out\n\n(rc=28)", "curl: (28) Timed out\n\n000\n(rc=28)"),
        ("volume is in use - [<id b>, <id a>]", "volume is in use - [<id a>, <id b>]"),
        (
            "500 failed to allocate secondary ip address (a:10.0.0.9)",
            "500 failed to allocate secondary ip address (b:10.0.0.9)",
        ),
        ('["execDuration", "0"]', '["execDuration", "1"]'),
    ],
)
def test_what_is_chance_is_no_difference(names: Names, one: str, other: str) -> None:
    assert names.text(one) == names.text(other)


def test_a_parents_mac_stays_the_parents() -> None:
    names = Names()
    names.mac(MAC, "host:lan0")
    names.mac(MAC, "ipvlan child")
    assert names.text(MAC) == "<mac host:lan0>"


def test_the_mac_in_a_link_local_address() -> None:
    assert from_link_local("fe80::7c75:33ff:feda:1865") == MAC
    assert from_link_local("fe80::1") is None or from_link_local("fe80::1") == "00:00:00:00:00:01"


def test_differences_are_found_in_both_directions() -> None:
    found = compare({"s": {"a": "1", "b": "2"}}, {"s": {"a": "1", "c": "3"}, "t": {"x": "y"}})
    assert {(d.scenario, d.fact) for d in found} == {("s", "b"), ("s", "c"), ("t", "x")}


def test_known_differences_are_no_surprise_until_they_are_gone() -> None:
    entry = Known("g/*", "ps[0].Created", "a clock of its own")
    difference = Difference("g/s", "ps[0].Created", "1", "2")
    other = Difference("g/s", "ps[1].Created", "1", "2")
    assert judge([difference, other], [entry], ["g/s"]) == ([other], [])
    assert judge([], [entry], ["g/s"]) == ([], [entry])
    assert judge([], [entry], ["h/s"]) == ([], [])
