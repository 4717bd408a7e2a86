"""Routing: the longest prefix, metrics, next hops, sources, and ip's order."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from labs import Lan, up

from dnetlab.embedded.kernel import Kernel, KernelError, Namespace, Reason


def host(devices: int = 3) -> Namespace:
    namespace = up(Kernel(), "host")
    for index in range(devices):
        device = namespace.add_dummy(f"d{index}")
        device.set_up()
        device.add_address(f"10.0.{index}.1/24")
    return namespace


PREFIXES = st.lists(
    st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 30), st.integers(0, 2)), min_size=1, max_size=25
)


@settings(max_examples=60, deadline=None)
@given(PREFIXES, st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=10))
def test_the_longest_prefix_decides(routes: list[tuple[int, int, int]], targets: list[int]) -> None:
    namespace = host()
    known: dict[ipaddress.IPv4Network, str] = {}
    for value, length, index in routes:
        network = ipaddress.ip_network((value, length), strict=False)
        connected = {ipaddress.ip_network(f"10.0.{i}.0/24") for i in range(3)}
        if network not in known and network not in connected:
            assert isinstance(network, ipaddress.IPv4Network)
            known[network] = f"d{index}"
            namespace.add_route(str(network), dev=f"d{index}", replace=True)
    for index in range(3):
        known[ipaddress.IPv4Network(f"10.0.{index}.0/24")] = f"d{index}"
    for target in [*targets, *(v for v, _, _ in routes)]:
        address = ipaddress.IPv4Address(target)
        if address.is_multicast or address.is_loopback or str(address) in namespace.stack.broadcasts:
            continue
        if namespace.stack.owns(str(address)) or str(address) == "255.255.255.255":
            continue
        fits = [n for n in known if address in n]
        if not fits:
            with pytest.raises(KernelError):
                namespace.route_get(str(address))
        else:
            best = max(fits, key=lambda n: n.prefixlen)
            assert namespace.route_get(str(address)).dev.name == known[best]


def test_an_appended_route_waits_behind_the_first_one() -> None:
    """As Linux does with ip route append: refused only where it is the same route (seen under Engine 28.5)."""
    namespace = host()
    namespace.add_route("9.9.9.0/24", via="10.0.0.9")
    with pytest.raises(KernelError, match="EEXIST"):
        namespace.add_route("9.9.9.0/24", via="10.0.1.9")
    namespace.add_route("9.9.9.0/24", via="10.0.1.9", append=True)
    with pytest.raises(KernelError, match="EEXIST"):
        namespace.add_route("9.9.9.0/24", via="10.0.1.9", append=True)
    assert [r.via for r in namespace.routes() if r.dst == "9.9.9.0/24"] == ["10.0.0.9", "10.0.1.9"]
    assert namespace.route_get("9.9.9.1").dev.name == "d0"
    namespace.remove_route("9.9.9.0/24")
    assert namespace.route_get("9.9.9.1").dev.name == "d1"


def test_among_equal_prefixes_the_lower_metric_decides() -> None:
    namespace = host()
    namespace.add_route("172.16.0.0/12", dev="d0", metric=200)
    namespace.add_route("172.16.0.0/12", dev="d1", metric=100)
    assert namespace.route_get("172.16.0.1").dev.name == "d1"
    namespace.device("d1").set_down()
    assert namespace.route_get("172.16.0.1").dev.name == "d0"


def test_routes_are_listed_in_the_order_of_ip(lan: Lan) -> None:
    """golden user-bridge/misuse.txt: two networks with the LAN's subnet."""
    lan.bridge("br-c29df3a6f06a", "192.168.50.1/24")
    assert [(str(r), r.linkdown) for r in lan.host.routes()] == [
        ("default via 10.0.2.2 dev eth0", False),
        ("10.0.2.0/24 dev eth0", False),
        ("172.17.0.0/16 dev docker0", True),
        ("192.168.50.0/24 dev lan0", False),
        ("192.168.50.0/24 dev br-c29df3a6f06a", True),
    ]
    assert lan.host.route_get("192.168.50.100").dev.name == "lan0"


def test_ipv6_lists_the_default_route_last() -> None:
    namespace = host(1)
    namespace.device("d0").add_address("fd00:50::2/64", nodad=True)
    namespace.add_route("default", via="fd00:50::1")
    assert [(r.dst, r.metric) for r in namespace.routes(6)] == [
        ("fd00:50::/64", 256),
        ("fe80::/64", 256),
        ("default", 1024),
    ]


def test_a_next_hop_must_be_on_a_link() -> None:
    namespace = host()
    with pytest.raises(KernelError) as refused:
        namespace.add_route("default", via="192.0.2.1")
    assert refused.value.text == "Network is unreachable"
    namespace.add_route("default", via="192.0.2.1", dev="d0", onlink=True)
    assert namespace.route_get("8.8.8.8").via == "192.0.2.1"


@pytest.mark.parametrize(
    ("arguments", "errno"),
    [
        ({"dst": "10.9.0.5/24", "dev": "d0"}, "EINVAL"),
        ({"dst": "10.9.0.0/24"}, "ENODEV"),
        ({"dst": "10.9.0.0/24", "dev": "d9"}, "ENODEV"),
        ({"dst": "10.9.0.0/24", "via": "10.0.0.255"}, "EINVAL"),
        ({"dst": "10.0.0.0/24", "dev": "d1"}, "EEXIST"),
        ({"dst": "10.9.0.0/24", "via": "fd00::1"}, "EINVAL"),
        ({"dst": "10.9.0.0/24", "dev": "d0", "src": "10.0.7.7"}, "EINVAL"),
    ],
)
def test_routes_that_are_refused(arguments: dict[str, str], errno: str) -> None:
    with pytest.raises(KernelError) as refused:
        host().add_route(**arguments)  # type: ignore[arg-type]
    assert refused.value.errno == errno


def test_routes_through_a_device_go_when_it_goes_down_and_connected_ones_come_back() -> None:
    namespace = host(1)
    namespace.add_route("default", via="10.0.0.9")
    namespace.device("d0").set_down()
    assert namespace.routes() == []
    with pytest.raises(KernelError, match="ENETDOWN"):
        namespace.add_route("default", dev="d0")
    namespace.device("d0").set_up()
    assert [str(r) for r in namespace.routes()] == ["10.0.0.0/24 dev d0"]


def test_removing_an_address_removes_its_routes() -> None:
    namespace = host(1)
    namespace.device("d0").remove_address("10.0.0.1/24")
    assert namespace.routes() == []
    with pytest.raises(KernelError, match="ESRCH"):
        namespace.remove_route("10.0.0.0/24")


def test_secondary_addresses_go_with_the_primary_one() -> None:
    namespace = host(1)
    d0 = namespace.device("d0")
    d0.add_address("10.0.0.2/24")
    assert [a.secondary for a in d0.addresses if a.family == 4] == [False, True]
    d0.remove_address("10.0.0.1/24")
    assert [a for a in d0.addresses if a.family == 4] == []


@pytest.mark.parametrize(
    ("kind", "errno"), [("unreachable", "EHOSTUNREACH"), ("prohibit", "EACCES"), ("blackhole", "EINVAL")]
)
def test_routes_that_refuse(kind: str, errno: str) -> None:
    namespace = host(1)
    namespace.add_route("172.16.0.0/12", kind=kind)
    with pytest.raises(KernelError) as refused:
        namespace.route_get("172.16.0.1")
    assert refused.value.errno == errno


def test_the_source_is_the_address_of_the_next_hops_subnet() -> None:
    namespace = host(1)
    namespace.device("d0").add_address("10.0.9.1/24")
    namespace.add_route("default", via="10.0.9.254")
    assert namespace.route_get("8.8.8.8").src == "10.0.9.1"
    assert namespace.route_get("10.0.0.7").src == "10.0.0.1"
    with pytest.raises(KernelError, match="ENETUNREACH"):
        namespace.route_get("8.8.8.8", src="1.2.3.4")


def test_own_addresses_are_local_and_loop_back() -> None:
    namespace = host(1)
    result = namespace.route_get("10.0.0.1")
    assert (result.kind, result.dev.name) == ("local", "lo")
    for address in ("10.0.0.1", "127.0.0.1", "127.9.9.9", "::1"):
        reply = namespace.kernel.ping(namespace, address).reply
        assert reply is not None and reply.ttl == 64


def test_the_local_table_has_addresses_and_broadcasts() -> None:
    listed = [str(r) for r in host(1).routes(table="local")]
    assert listed == [
        "local 127.0.0.0/8 dev lo",
        "local 127.0.0.1 dev lo",
        "broadcast 127.255.255.255 dev lo",
        "local 10.0.0.1 dev d0",
        "broadcast 10.0.0.255 dev d0",
    ]


def test_asymmetric_paths_pass_without_and_die_with_strict_reverse_path_filter(lan: Lan) -> None:
    lan.pc10.add_route("default", via="10.10.10.1")
    assert lan.reaches(lan.pc10, "192.168.50.100")
    lan.router.add_route("10.10.10.100/32", via="192.168.50.2")
    lan.host.add_route("10.10.10.0/24", via="192.168.50.1")
    assert lan.ping(lan.pc10, "192.168.50.100").verdict.leg == "reply"
    lan.router.sysctl.set("net.ipv4.conf.all.rp_filter", 1)
    result = lan.ping(lan.pc10, "192.168.50.100")
    assert (result.verdict.reason, result.verdict.leg) == (Reason.REVERSE_PATH, "request")


def test_the_last_ipv4_address_takes_every_ipv4_route_of_the_device_with_it() -> None:
    namespace = host(2)
    namespace.add_route("default", via="10.0.0.9")
    namespace.add_route("172.16.0.0/12", dev="d0")
    namespace.device("d0").add_address("fd00::1/64", nodad=True)
    namespace.device("d0").flush_addresses(4)
    assert [str(r) for r in namespace.routes()] == ["10.0.1.0/24 dev d1"]
    assert "fd00::/64" in [r.dst for r in namespace.routes(6)]


def test_the_local_ipv6_table_has_the_multicast_prefix_of_each_device() -> None:
    listed = [(r.dst, r.kind, r.metric) for r in host(1).routes(6, "local") if r.kind == "multicast"]
    assert listed == [("ff00::/8", "multicast", 256)]
