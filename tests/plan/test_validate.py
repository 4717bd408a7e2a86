"""Checks between values."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnetlab.plan import validate
from dnetlab.plan.model import DhcpPool

NET = IPv4Network("192.168.50.0/24")
POOL = DhcpPool(IPv4Address("192.168.50.3"), IPv4Address("192.168.50.99"), IPv4Address("192.168.50.1"), NET)


def networks(low: int = 8, high: int = 30) -> st.SearchStrategy[IPv4Network]:
    def make(number: int, prefix: int) -> IPv4Network:
        return IPv4Network((number >> (32 - prefix) << (32 - prefix), prefix))

    return st.builds(make, st.integers(0, 2**32 - 1), st.integers(low, high))


def test_a_gateway_is_a_host_address_of_its_subnet() -> None:
    assert validate.gateway_in_subnet(NET, IPv4Address("192.168.50.254")) == []
    assert validate.gateway_in_subnet(NET, None) == []
    for wrong in ("192.168.50.0", "192.168.50.255", "10.0.0.1"):
        (problem,) = validate.gateway_in_subnet(NET, IPv4Address(wrong))
        assert problem.instead == "192.168.50.1"


def test_ipam_gives_the_first_address_of_a_range_and_the_last_of_it_but_not_of_the_subnet() -> None:
    found = list(validate.free_addresses(NET, IPv4Network("192.168.50.192/27"), []))
    assert str(found[0]) == "192.168.50.192"  # golden macvlan-bridge/containers
    assert str(found[-1]) == "192.168.50.223"
    assert str(list(validate.free_addresses(NET, None, []))[-1]) == "192.168.50.254"


@given(subnet=networks(20, 30), data=st.data())
@settings(max_examples=60, deadline=None)
def test_free_addresses_are_inside_not_taken_and_ascending(subnet: IPv4Network, data: st.DataObject) -> None:
    size = subnet.num_addresses
    taken = [subnet[n] for n in data.draw(st.sets(st.integers(0, min(size - 1, 50)), max_size=5))]
    found = list(validate.free_addresses(subnet, None, taken))
    assert found == sorted(set(found))
    assert all(a in subnet and a not in taken for a in found)
    assert subnet.network_address not in found
    assert subnet.broadcast_address not in found
    assert len(found) == size - 2 - len([t for t in taken if t not in (subnet[0], subnet[-1])])


@given(subnet=networks(20, 30), wanted=st.integers(1, 60))
@settings(max_examples=60, deadline=None)
def test_room_has_no_problem_exactly_where_there_are_enough_addresses(
    subnet: IPv4Network, wanted: int
) -> None:
    gateway = subnet.network_address + 1
    free = len(list(validate.free_addresses(subnet, None, [gateway])))
    problems = validate.room(subnet, None, [gateway], wanted)
    assert (problems == []) == (free >= wanted)
    if problems and free:
        assert problems[0].field == "containers"
        assert validate.room(subnet, None, [gateway], int(problems[0].instead)) == []


def test_a_range_without_a_free_address_is_the_ranges_problem() -> None:
    (problem,) = validate.room(NET, IPv4Network("192.168.50.1/32"), [IPv4Address("192.168.50.1")], 1)
    assert (problem.field, problem.instead) == ("ip_range", "192.168.50.192/27")


@given(subnet=networks(8, 24))
@settings(max_examples=60, deadline=None)
def test_a_suggested_range_is_outside_the_dhcp_pool(subnet: IPv4Network) -> None:
    pool = DhcpPool(subnet[3], subnet[99], subnet[1], subnet)
    (problem,) = validate.outside_dhcp(subnet, pool)
    assert validate.outside_dhcp(IPv4Network(problem.instead), pool) == []
    assert validate.range_in_subnet(subnet, IPv4Network(problem.instead)) == []


def test_a_range_that_meets_the_dhcp_pool_says_that_both_would_give_the_same_address() -> None:
    (problem,) = validate.outside_dhcp(IPv4Network("192.168.50.64/26"), POOL)
    assert "both would give the same address away" in problem.text
    assert validate.outside_dhcp(IPv4Network("192.168.50.128/25"), POOL) == []
    assert validate.outside_dhcp(None, POOL) == []


def test_overlapping_subnets_name_each_other() -> None:
    (problem,) = validate.apart(IPv4Network("192.168.0.0/16"), {"the LAN": NET}, instead="10.0.0.0/24")
    assert (
        str(problem) == "subnet: 192.168.0.0/16 overlaps 192.168.50.0/24, which is the LAN. Try 10.0.0.0/24."
    )
    assert validate.apart(IPv4Network("10.0.0.0/8"), {"the LAN": NET}) == []


def test_an_interface_name_has_15_characters_at_most() -> None:
    assert validate.interface_name("a" * 15, "network") == []
    assert validate.interface_name("a" * 16, "network")[0].field == "network"


def test_the_gateway_of_the_lan_is_its_router() -> None:
    taken = {"router": IPv4Address("192.168.50.1"), "pc1": IPv4Address("192.168.50.100")}
    assert validate.gateway_is_router(IPv4Address("192.168.50.1"), taken) == []
    assert "is pc1's address" in validate.gateway_is_router(IPv4Address("192.168.50.100"), taken)[0].text
    assert "belongs to nobody" in validate.gateway_is_router(IPv4Address("192.168.50.9"), taken)[0].text


@pytest.mark.parametrize(
    ("taken", "found"),
    [
        ([], "10.50.1.0/24, 10.50.2.0/24"),
        (["10.50.1.0/25"], "10.77.0.0/24, 10.50.2.0/24"),
        (["10.0.0.0/8", "172.30.0.0/24"], "192.168.130.0/24, 172.30.1.0/24"),
        (["10.0.0.0/8", "172.16.0.0/12", "fd00::/64"], "192.168.130.0/24, 192.168.131.0/24"),
    ],
)
def test_spare_subnets_overlap_nothing(taken: list[str], found: str) -> None:
    wanted = [IPv4Network("10.50.1.0/24"), IPv4Network("10.50.2.0/24")]
    assert validate.spare(wanted, [ip_network(other) for other in taken]) == found
