"""What is wrong with a request's pools, in the engine's words (golden user-bridge/misuse.txt, and measured on 28.5.2)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dnetlab.embedded import Engine
from dnetlab.embedded.engine.ipam import check_pools, parse_pools
from dnetlab.embedded.engine.ipam.config import joined

from .conftest import Lab, refused

CASES: list[tuple[dict[str, Any], str]] = [
    (
        {"Subnet": "172.29.0.0/24", "Gateway": "10.0.0.1"},
        "invalid gateway 10.0.0.1: parent subnet 172.29.0.0/24 doesn't contain this address",
    ),
    ({"Subnet": "172.29.0.5/24"}, "invalid subnet 172.29.0.5/24: it should be 172.29.0.0/24"),
    ({"Subnet": "172.29.0.0"}, "invalid subnet 172.29.0.0: invalid CIDR block notation"),
    (
        {"Subnet": "172.29.1.0/24", "IPRange": "172.30.0.0/28"},
        "invalid ip-range 172.30.0.0/28: parent subnet 172.29.1.0/24 doesn't contain ip-range",
    ),
    ({"Gateway": "172.29.0.1"}, "invalid subnet : invalid CIDR block notation"),
    (
        {"Subnet": "172.29.0.0/24", "Gateway": "fd00::1"},
        "invalid gateway fd00::1: parent subnet is an IPv4 block",
    ),
    ({"Subnet": "172.29.0.0/24", "Gateway": "x"}, "invalid gateway x: invalid address"),
    (
        {"Subnet": "172.29.0.0/24", "IPRange": "172.29.0.0/16"},
        "invalid ip-range 172.29.0.0/16: CIDR block is bigger than its parent subnet 172.29.0.0/24",
    ),
    (
        {"Subnet": "172.29.0.0/24", "IPRange": "172.29.0.9/28"},
        "invalid ip-range 172.29.0.9/28: it should be 172.29.0.0/28",
    ),
    (
        {"Subnet": "172.29.0.0/24", "AuxiliaryAddresses": {"nas": "10.0.0.1"}},
        "invalid auxiliary address nas: parent subnet 172.29.0.0/24 doesn't contain this address",
    ),
]


@pytest.mark.parametrize(("pool", "message"), CASES)
def test_problem_is_named_in_the_engines_words(pool: dict[str, Any], message: str) -> None:
    assert check_pools([pool], ipv6=False) == [message]


def test_all_problems_are_listed_at_once() -> None:
    pools = [
        {
            "Subnet": "10.92.0.5/24",
            "IPRange": "10.0.0.0/8",
            "Gateway": "1.1.1.1",
            "AuxiliaryAddresses": {"a": "x", "b": "2.2.2.2"},
        },
        {"Subnet": "bad"},
    ]
    assert joined(check_pools(pools, ipv6=False)) == (
        "* invalid subnet 10.92.0.5/24: it should be 10.92.0.0/24\n"
        "* invalid ip-range 10.0.0.0/8: CIDR block is bigger than its parent subnet 10.92.0.5/24\n"
        "* invalid gateway 1.1.1.1: parent subnet 10.92.0.5/24 doesn't contain this address\n"
        "* invalid auxiliary address a: invalid address\n"
        "* invalid auxiliary address b: parent subnet 10.92.0.5/24 doesn't contain this address\n"
        "* invalid subnet bad: invalid CIDR block notation"
    )


def test_ipv6_pool_is_not_looked_at_while_ipv6_is_off() -> None:
    pool = {"Subnet": "fd00:95::5/64"}
    assert check_pools([pool], ipv6=False) == []
    assert check_pools([pool], ipv6=True) == ["invalid subnet fd00:95::5/64: it should be fd00:95::/64"]


def test_host_bits_are_cut_off_where_they_are_accepted() -> None:
    assert str(parse_pools([{"Subnet": "10.100.50.0/22"}], False)[0].subnet) == "10.100.48.0/22"


@example("::/0")
@given(st.text(max_size=30))
def test_any_text_is_answered(text: str) -> None:
    pool = {"Subnet": text, "IPRange": text, "Gateway": text, "AuxiliaryAddresses": {text: text}}
    for ipv6 in (False, True):
        if not check_pools([pool], ipv6):
            parse_pools([pool], ipv6)


@pytest.mark.parametrize(
    "pool",
    [{"Subnet": "::/0", "AuxiliaryAddresses": {"a": "nonsense"}}, {"Subnet": "fd00::/64", "IPRange": "zz"}],
)
def test_an_ipv6_pool_is_kept_unread_while_ipv6_is_off(pool: dict[str, Any]) -> None:
    # Engine 28.5.2: 201, and the network shows the pool as it was asked for beside an automatic IPv4 one.
    engine = Engine()
    engine.networks.create({"Name": "x1", "IPAM": {"Config": [pool]}})
    shown = engine.networks.inspect("x1")["IPAM"]["Config"]
    assert shown == [pool, {"Subnet": "172.18.0.0/16", "Gateway": "172.18.0.1"}]


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({}, 400, "non parsable secondary ip address (x:) passed for network n9"),
        ({"Name": "taken"}, 409, "network with name taken already exists"),
        ({"Driver": "nosuch"}, 404, 'plugin "nosuch" not found'),
        ({"Ingress": True}, 403, "Ingress network can only be global scope network"),
        (
            {"Options": {"com.docker.network.driver.mtu": "x"}},
            400,
            "failed to parse com.docker.network.driver.mtu value: x"
            ' (strconv.Atoi: parsing "x": invalid syntax)',
        ),
        (
            {"IPAM": {"Driver": "null"}},
            400,
            "null ipam driver does not handle specific address pool requests",
        ),
    ],
)
def test_an_auxiliary_address_that_cannot_be_read_is_found_last(
    lab: Lab, body: dict[str, Any], status: int, message: str
) -> None:
    """Measured on 28.5.2: what else is wrong with the network is told before."""
    lab.network("taken")
    before = lab.snapshot()
    pool = {"Subnet": "172.20.0.0/16", "AuxiliaryAddresses": {"y": "172.20.0.9", "x": ""}}
    request = {"Name": "n9", **body, "IPAM": {**body.get("IPAM", {}), "Config": [pool]}}
    assert refused(lab.engine.networks.create, request) == (status, message)
    assert lab.snapshot() == before
    lab.network("n9", "bridge", {**pool, "AuxiliaryAddresses": {"y": "172.20.0.9"}})


def test_a_configuration_keeps_an_address_that_cannot_be_read(lab: Lab) -> None:
    pool = {"Subnet": "172.20.0.0/16", "AuxiliaryAddresses": {"x": ""}}
    lab.network("config", "bridge", pool, ConfigOnly=True)
    assert lab.engine.networks.inspect("config")["IPAM"]["Config"] == [pool]
