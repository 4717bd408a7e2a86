"""Subnets and addresses: the values of moby's and our own measurements (Engine 28.5.2)."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from time import process_time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from dnetlab.embedded.engine.ipam import (
    AddressPool,
    AddressSpace,
    AddressTaken,
    NoAddress,
    NoPool,
    OutOfRange,
    PoolOverlap,
)


def take(pool: AddressPool, count: int) -> list[str]:
    return [str(pool.take_any()) for _ in range(count)]


def test_lowest_free_address_comes_first_and_a_released_one_again() -> None:
    pool = AddressPool(IPv4Network("172.28.0.0/24"))
    assert take(pool, 3) == ["172.28.0.1", "172.28.0.2", "172.28.0.3"]
    pool.release(ip_address("172.28.0.2"))
    assert take(pool, 2) == ["172.28.0.2", "172.28.0.4"]


def test_slash_29_holds_six_addresses() -> None:
    pool = AddressPool(IPv4Network("192.168.255.136/29"))
    assert take(pool, 6)[-1] == "192.168.255.142"
    with pytest.raises(NoAddress):
        pool.take_any()


def test_slash_31_has_two_addresses_and_none_on_engine_20() -> None:
    assert take(AddressPool(IPv4Network("10.98.0.0/31")), 2) == ["10.98.0.0", "10.98.0.1"]
    with pytest.raises(NoAddress):
        AddressPool(IPv4Network("10.98.0.0/31"), slash31=False).take_any()


def test_slash_32_has_one_address() -> None:
    assert take(AddressPool(IPv4Network("10.97.0.7/32")), 1) == ["10.97.0.7"]


def test_first_address_of_a_range_is_used() -> None:
    pool = AddressPool(IPv4Network("192.168.50.0/24"))
    assert str(pool.take_any(IPv4Network("192.168.50.192/27"))) == "192.168.50.192"


def test_ranges_of_one_pool_do_not_give_one_address_twice() -> None:
    pool = AddressPool(IPv4Network("10.0.0.0/24"))
    wide, narrow = IPv4Network("10.0.0.0/28"), IPv4Network("10.0.0.0/29")
    got = [str(pool.take_any(span)) for span in (wide, narrow, wide, narrow)]
    assert len(set(got)) == 4


def test_ipv6_pool_keeps_the_anycast_address() -> None:
    assert str(AddressPool(IPv6Network("fd00:6::/64")).take_any()) == "fd00:6::1"


def test_wanted_addresses_are_checked() -> None:
    pool = AddressPool(IPv4Network("172.28.0.0/24"))
    pool.take(ip_address("172.28.0.50"))
    with pytest.raises(AddressTaken):
        pool.take(ip_address("172.28.0.50"))
    with pytest.raises(AddressTaken):
        pool.take(ip_address("172.28.0.255"))
    with pytest.raises(OutOfRange):
        pool.take(ip_address("10.1.2.3"))


def test_size_of_a_subnet_does_not_matter() -> None:
    started = process_time()
    pool = AddressPool(IPv4Network("11.0.0.0/8"))
    addresses = take(pool, 10_000)
    assert addresses[-1] == "11.0.39.16"
    assert process_time() - started < 1.0


def test_automatic_subnets_are_fifteen_slash_16_then_sixteen_slash_20() -> None:
    space = AddressSpace()
    subnets = [str(space.request_any().subnet) for _ in range(31)]
    assert subnets[0] == "172.17.0.0/16"
    assert subnets[14:16] == ["172.31.0.0/16", "192.168.0.0/20"]
    assert subnets[-1] == "192.168.240.0/20"
    with pytest.raises(NoPool):
        space.request_any()


def test_lowest_free_subnet_is_given_and_older_engines_go_on_from_the_last() -> None:
    for lowest, expected in ((True, "172.17.0.0/16"), (False, "172.18.0.0/16")):
        space = AddressSpace(lowest_first=lowest)
        space.release(space.request_any())
        assert str(space.request_any().subnet) == expected


def test_old_engines_walk_into_192_168_by_making_and_removing_networks() -> None:
    space = AddressSpace(lowest_first=False)
    for _ in range(15):
        space.release(space.request_any())
    assert str(space.request_any().subnet) == "192.168.0.0/20"


def test_automatic_subnets_avoid_routes_of_the_host() -> None:
    space = AddressSpace()
    assert (
        str(space.request_any([IPv4Network("172.17.5.0/24"), IPv4Network("172.18.0.0/15")]).subnet)
        == "172.20.0.0/16"
    )


@pytest.mark.parametrize("second", ["172.28.0.0/24", "172.28.0.128/25", "172.28.0.0/16", "0.0.0.0/0"])
def test_overlapping_subnets_are_refused(second: str) -> None:
    space = AddressSpace()
    space.request(IPv4Network("172.28.0.0/24"))
    with pytest.raises(PoolOverlap):
        space.request(IPv4Network(second))


def test_one_subnet_with_two_ranges_is_one_pool() -> None:
    # Measured on 28.5.2: range .192/27 with gateway .1 and a reserved .2, then range .0/28: gateway .3,
    # container .4.
    space, subnet = AddressSpace(), IPv4Network("192.168.50.0/24")
    first = space.request(subnet, IPv4Network("192.168.50.192/27"))
    first.pool.take(ip_address("192.168.50.1"))
    first.pool.take(ip_address("192.168.50.2"))
    second = space.request(subnet, IPv4Network("192.168.50.0/28"))
    assert [str(second.pool.take_any(second.within)) for _ in range(2)] == ["192.168.50.3", "192.168.50.4"]
    with pytest.raises(PoolOverlap):
        space.request(subnet)
    space.release(first)
    with pytest.raises(PoolOverlap):
        space.request(subnet)
    space.release(second)
    space.request(subnet)


subnets = st.builds(
    lambda address, bits: ip_network((address, bits), strict=False),
    st.integers(0x0A000000, 0x0A0000FF),
    st.integers(24, 32),
)


class AddressMachine(RuleBasedStateMachine):
    """Whatever is asked in whatever order: no address has two users, a released one is free, subnets never
    overlap.
    """

    def __init__(self) -> None:
        super().__init__()
        self.space = AddressSpace()
        self.leases: list = []
        self.held: dict[str, list] = {}

    @rule(subnet=subnets)
    def ask_for_subnet(self, subnet: IPv4Network) -> None:
        clash = any(subnet.overlaps(lease.subnet) for lease in self.leases)
        try:
            lease = self.space.request(subnet)
        except PoolOverlap:
            assert clash
            return
        assert not clash
        self.leases.append(lease)
        self.held[str(lease.subnet)] = []

    @precondition(lambda self: len(self.leases) < 40)
    @rule()
    def ask_for_any(self) -> None:
        try:
            lease = self.space.request_any()
        except NoPool:
            return
        assert not any(lease.subnet.overlaps(other.subnet) for other in self.leases)
        self.leases.append(lease)
        self.held[str(lease.subnet)] = []

    @precondition(lambda self: self.leases)
    @rule(data=st.data())
    def take_address(self, data: st.DataObject) -> None:
        lease = data.draw(st.sampled_from(self.leases))
        held = self.held[str(lease.subnet)]
        try:
            address = lease.pool.take_any()
        except NoAddress:
            usable = lease.subnet.num_addresses - (2 if lease.subnet.prefixlen < 31 else 0)
            assert len(held) == usable
            return
        assert address in lease.subnet
        assert address not in held
        held.append(address)

    @precondition(lambda self: any(self.held.values()))
    @rule(data=st.data())
    def release_address(self, data: st.DataObject) -> None:
        lease = data.draw(st.sampled_from([lease for lease in self.leases if self.held[str(lease.subnet)]]))
        address = data.draw(st.sampled_from(self.held[str(lease.subnet)]))
        lease.pool.release(address)
        self.held[str(lease.subnet)].remove(address)
        assert lease.pool.take(address) == address
        lease.pool.release(address)

    @precondition(lambda self: self.leases)
    @rule(data=st.data())
    def release_subnet(self, data: st.DataObject) -> None:
        lease = data.draw(st.sampled_from(self.leases))
        self.leases.remove(lease)
        del self.held[str(lease.subnet)]
        self.space.release(lease)

    @invariant()
    def holds_what_was_given(self) -> None:
        assert set(self.space) == {lease.subnet for lease in self.leases}


TestAddresses = AddressMachine.TestCase
TestAddresses.settings = settings(max_examples=20, stateful_step_count=30, deadline=None)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers(0, 40), max_size=60))
def test_pool_agrees_with_a_simple_list(steps: list[int]) -> None:
    pool = AddressPool(IPv4Network("10.0.0.0/27"))
    free = [ip_address(f"10.0.0.{last}") for last in range(1, 31)]
    for step in steps:
        if step % 3:
            if not free:
                continue
            assert pool.take_any() == free.pop(0)
        else:
            address = ip_address(f"10.0.0.{1 + step % 30}")
            pool.release(address)
            if address not in free:
                free = sorted([*free, address])
