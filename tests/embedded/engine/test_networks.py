"""Creating, listing, inspecting, removing networks (goldens user-bridge/misuse.txt and others, measured on
28.5.2).
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnetlab.embedded.engine import Engine, EngineError

from .conftest import Lab, refused

PREFIX = "com.docker.network.bridge."


def test_predefined_bridge_is_inspected_as_in_the_golden(lab: Lab) -> None:
    """Golden default-bridge/host-before.txt."""
    view = lab.engine.networks.inspect("bridge")
    del view["Id"], view["Created"]
    assert view == {
        "Name": "bridge",
        "Scope": "local",
        "Driver": "bridge",
        "EnableIPv4": True,
        "EnableIPv6": False,
        "IPAM": {
            "Driver": "default",
            "Options": None,
            "Config": [{"Subnet": "172.17.0.0/16", "Gateway": "172.17.0.1"}],
        },
        "Internal": False,
        "Attachable": False,
        "Ingress": False,
        "ConfigFrom": {"Network": ""},
        "ConfigOnly": False,
        "Containers": {},
        "Options": {
            PREFIX + "default_bridge": "true",
            PREFIX + "enable_icc": "true",
            PREFIX + "enable_ip_masquerade": "true",
            PREFIX + "host_binding_ipv4": "0.0.0.0",
            PREFIX + "name": "docker0",
            "com.docker.network.driver.mtu": "1500",
        },
        "Labels": {},
    }


def test_host_network_has_no_subnets(lab: Lab) -> None:
    """Golden host/view.txt."""
    view = lab.engine.networks.inspect("host")
    assert view["IPAM"] == {"Driver": "default", "Options": None, "Config": None}
    assert view["Driver"] == "host"


def test_host_before_any_container(lab: Lab) -> None:
    """Golden default-bridge/host-before.txt."""
    devices = {name: device.operstate for name, device in lab.host.devices.items()}
    assert devices == {"lo": "UNKNOWN", "eth0": "UNKNOWN", "docker0": "DOWN"}
    assert [(route.dst, route.src, route.linkdown) for route in lab.host.routes(4)] == [
        ("default", None, False),
        ("10.0.2.0/24", "10.0.2.15", False),
        ("172.17.0.0/16", "172.17.0.1", True),
    ]
    assert lab.host.sysctl.get("net.ipv4.ip_forward") == "1"
    assert lab.reaches("host", "10.0.2.2")
    assert not lab.reaches("host", "8.8.8.8")


def test_automatic_subnets_are_the_lowest_free(lab: Lab) -> None:
    for name in ("a", "b"):
        lab.network(name)
    config = [lab.engine.networks.inspect(name)["IPAM"]["Config"] for name in ("a", "b")]
    assert config == [
        [{"Subnet": "172.18.0.0/16", "Gateway": "172.18.0.1"}],
        [{"Subnet": "172.19.0.0/16", "Gateway": "172.19.0.1"}],
    ]


def test_thirty_automatic_networks_fit(lab: Lab) -> None:
    for number in range(30):
        lab.network(f"n{number}")
    assert refused(lab.network, "one-more") == (400, "all predefined address pools have been fully subnetted")
    assert refused(Lab_26_with_30_networks().network, "one-more")[0] == 404


def Lab_26_with_30_networks() -> Lab:
    lab = Lab("26.1")
    for number in range(30):
        lab.network(f"n{number}")
    return lab


def test_ipv6_network_gets_a_unique_local_prefix(lab: Lab) -> None:
    """Golden user-bridge/ipv6.txt, "sixauto"."""
    lab.network("sixauto", EnableIPv6=True)
    four, six = lab.engine.networks.inspect("sixauto")["IPAM"]["Config"]
    assert four == {"Subnet": "172.18.0.0/16", "Gateway": "172.18.0.1"}
    assert six["Subnet"].startswith("fd")
    assert six["Gateway"] == six["Subnet"].removesuffix("/64") + "1"


def test_inspection_shows_pools_as_they_were_asked_for(lab: Lab) -> None:
    """Golden user-bridge/ipv6.txt, "six": no gateway, since none was given."""
    lab.network("six", "bridge", {"Subnet": "172.31.6.0/24"}, {"Subnet": "fd00:6::/64"}, EnableIPv6=True)
    assert lab.engine.networks.inspect("six")["IPAM"]["Config"] == [
        {"Subnet": "172.31.6.0/24"},
        {"Subnet": "fd00:6::/64"},
    ]
    bridge = lab.host.device(f"br-{lab.engine.networks.inspect('six')['Id'][:12]}")
    assert [address.cidr for address in bridge.addresses if address.scope == "global"] == [
        "172.31.6.1/24",
        "fd00:6::1/64",
    ]


def test_ipv6_pool_without_the_flag_vanishes_but_stays_visible(lab: Lab) -> None:
    lab.network("v6off", "bridge", {"Subnet": "10.95.0.0/24"}, {"Subnet": "fd00:95::/64"})
    view = lab.engine.networks.inspect("v6off")
    assert view["EnableIPv6"] is False
    assert view["IPAM"]["Config"] == [{"Subnet": "10.95.0.0/24"}, {"Subnet": "fd00:95::/64"}]
    lab.run("c1", "v6off")
    assert lab.settings("c1", "v6off")["GlobalIPv6Address"] == ""


REFUSALS: list[tuple[dict[str, Any], int, str]] = [
    ({"Name": "bridge"}, 403, "operation is not permitted on predefined bridge network "),
    ({"Name": ""}, 400, "invalid name: name is empty"),
    ({"Name": "x", "Driver": "nosuchdriver"}, 404, 'plugin "nosuchdriver" not found'),
    ({"Name": "x", "Driver": "host"}, 403, 'only one instance of "host" network is allowed'),
    ({"Name": "x", "Driver": "null"}, 403, 'only one instance of "null" network is allowed'),
    (
        {"Name": "x", "Driver": "overlay"},
        403,
        'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm'
        " and try again.",
    ),
    ({"Name": "x", "Scope": "swarm"}, 403, "cannot create a swarm scoped network when swarm is not active"),
    ({"Name": "x", "Ingress": True}, 403, "Ingress network can only be global scope network"),
    ({"Name": "x", "IPAM": {"Driver": "nosuch"}}, 404, 'plugin "nosuch" not found'),
    ({"Name": "x", "IPAM": {"Driver": "null"}}, 400, "ipv4 pool is empty"),
    ({"Name": "x", "EnableIPv4": False}, 400, "IPv4 or IPv6 must be enabled"),
    (
        {"Name": "x", "ConfigFrom": {"Network": "nosuch"}},
        404,
        'configuration network "nosuch" does not exist',
    ),
    (
        {"Name": "x", "IPAM": {"Config": [{"Subnet": "10.94.0.0/30"}, {"Subnet": "10.93.0.0/24"}]}},
        403,
        "bridge driver doesn't support multiple subnets",
    ),
    (
        {"Name": "x", "IPAM": {"Config": [{"Subnet": "172.17.128.0/24"}]}},
        403,
        "invalid pool request: Pool overlaps with other one on this address space",
    ),
    (
        {"Name": "x", "IPAM": {"Config": [{"Subnet": "172.29.0.0/24", "Gateway": "10.0.0.1"}]}},
        400,
        "invalid network config:\ninvalid gateway 10.0.0.1: parent subnet 172.29.0.0/24 doesn't contain this address",
    ),
    (
        {"Name": "x", "IPAM": {"Config": [{"Subnet": "10.90.0.0/24", "Gateway": "10.90.0.0"}]}},
        500,
        "failed to allocate gateway (10.90.0.0): Address already in use",
    ),
    (
        {
            "Name": "x",
            "IPAM": {
                "Config": [
                    {
                        "Subnet": "10.91.0.0/24",
                        "Gateway": "10.91.0.1",
                        "AuxiliaryAddresses": {"a": "10.91.0.1"},
                    }
                ]
            },
        },
        500,
        "failed to allocate secondary ip address (a:10.91.0.1): Address already in use",
    ),
    (
        {"Name": "x", "EnableIPv6": True, "IPAM": {"Config": [{"Subnet": "fe80::/80"}]}},
        400,
        "'fe80::1/80' clashes with the Link-Local prefix 'fe80::/64'",
    ),
    (
        {"Name": "x", "EnableIPv6": True, "IPAM": {"Config": [{"Subnet": "ff00::/64"}]}},
        400,
        "multicast subnet 'ff00::1/64' is not allowed",
    ),
    (
        {"Name": "x", "Options": {PREFIX + "enable_icc": "maybe"}},
        400,
        f'failed to parse {PREFIX}enable_icc value: maybe (strconv.ParseBool: parsing "maybe": invalid syntax)',
    ),
    (
        {"Name": "x", "Options": {"com.docker.network.driver.mtu": "x"}},
        400,
        'failed to parse com.docker.network.driver.mtu value: x (strconv.Atoi: parsing "x": invalid syntax)',
    ),
    ({"Name": "x", "Options": {"com.docker.network.driver.mtu": "-1"}}, 400, "invalid MTU number: -1"),
    ({"Name": "x", "Options": {"com.docker.network.driver.mtu": "67"}}, 500, "invalid argument"),
    (
        {"Name": "x", "Options": {PREFIX + "host_binding_ipv4": "x"}},
        400,
        f"failed to parse {PREFIX}host_binding_ipv4 value: x (nil ip)",
    ),
    (
        {"Name": "x", "Options": {PREFIX + "gateway_mode_ipv4": "x"}},
        400,
        f"failed to parse {PREFIX}gateway_mode_ipv4 value: x (unknown gateway mode x)",
    ),
    ({"Name": "x", "Options": {PREFIX + "name": "abcdefghijklmnop"}}, 500, "numerical result out of range"),
    ({"Name": "x", "Options": {PREFIX + "name": "eth0"}}, 500, "existing interface eth0 is not a bridge"),
]


@pytest.mark.parametrize(
    ("body", "status", "message"), REFUSALS, ids=[str(case[0])[:60] for case in REFUSALS]
)
def test_refused_request_leaves_nothing(lab: Lab, body: dict[str, Any], status: int, message: str) -> None:
    before = lab.snapshot()
    assert refused(lab.engine.networks.create, body) == (status, message)
    assert lab.snapshot() == before
    assert len(lab.engine.networks.list()) == 3
    lab.network("after")
    assert lab.engine.networks.inspect("after")["IPAM"]["Config"][0]["Subnet"] == "172.18.0.0/16"


def test_second_network_of_a_name_is_refused(lab: Lab) -> None:
    lab.network("app")
    assert refused(lab.network, "app") == (409, "network with name app already exists")


def test_engine_20_makes_a_second_network_of_a_name_unless_asked_to_check() -> None:
    """Golden witness-native-20.10 user-bridge/misuse.txt."""
    lab = Lab("20.10")
    lab.network("app")
    lab.network("app")
    assert refused(lab.network, "app", CheckDuplicate=True) == (409, "network with name app already exists")
    assert refused(lab.engine.networks.inspect, "app") == (
        400,
        "network app is ambiguous (2 matches found based on name)",
    )


@pytest.mark.parametrize(
    ("pool", "status", "message"),
    [
        (
            {"Subnet": "172.29.0.0/24", "Gateway": "10.0.0.1"},
            500,
            "failed to allocate gateway (10.0.0.1): Requested address is out of range",
        ),
        ({"Subnet": "172.29.0.0"}, 500, "Invalid subnet 172.29.0.0 : invalid CIDR address: 172.29.0.0"),
        ({"Subnet": "172.17.0.128/25"}, 403, "Pool overlaps with other one on this address space"),
    ],
)
def test_engine_20_says_one_thing_at_a_time(pool: dict[str, Any], status: int, message: str) -> None:
    assert refused(Lab("20.10").network, "x", "bridge", pool) == (status, message)


def test_engine_20_cuts_host_bits_off() -> None:
    lab = Lab("20.10")
    lab.network("badnet", "bridge", {"Subnet": "172.29.0.5/24"})
    lab.run("c1", "badnet")
    assert lab.address("c1", "badnet") == "172.29.0.2"


def test_any_name_is_taken(lab: Lab) -> None:
    for name in ("bad name!", "../../etc/passwd", "a" * 300, "\u00e9\u4e2d\n", "'; drop table"):
        lab.network(name)
        assert lab.engine.networks.inspect(name)["Name"] == name
        lab.engine.networks.remove(name)


def test_subnet_equal_to_the_hosts_lan_is_taken(lab: Lab) -> None:
    lab.lan()
    lab.network("lanclash", "bridge", {"Subnet": "192.168.50.0/24"})
    routes = [
        (route.dst, route.dev.name[:3]) for route in lab.host.routes(4) if route.dst == "192.168.50.0/24"
    ]
    assert routes == [("192.168.50.0/24", "lan"), ("192.168.50.0/24", "br-")]


def test_same_bridge_name_twice_is_refused(lab: Lab) -> None:
    first = lab.network("one", options={PREFIX + "name": "xbr0"})
    status, message = refused(lab.network, "two", options={PREFIX + "name": "xbr0"})
    assert status == 403
    assert message.endswith(f"conflicts with network {first} (xbr0): networks have same bridge name")


def test_mtu_reaches_bridge_and_containers(lab: Lab) -> None:
    """Golden user-bridge/mtu.txt."""
    identifier = lab.network("mtu1400", options={"com.docker.network.driver.mtu": "1400"})
    lab.run("q1", "mtu1400")
    assert lab.namespace("q1").device("eth0").mtu == 1400
    assert lab.host.device(f"br-{identifier[:12]}").mtu == 1400


def test_configuration_network_is_copied(lab: Lab) -> None:
    lab.network("co", "bridge", {"Subnet": "10.96.0.0/24"}, ConfigOnly=True)
    view = lab.engine.networks.inspect("co")
    assert (view["Driver"], view["ConfigOnly"]) == ("null", True)
    lab.network("cf", ConfigFrom={"Network": "co"})
    assert lab.engine.networks.inspect("cf")["IPAM"]["Config"] == [{"Subnet": "10.96.0.0/24"}]
    in_use = (403, 'error while removing network: configuration network "co" is in use')
    assert refused(lab.engine.networks.remove, "co") == in_use
    lab.run("c1")
    assert refused(lab.engine.networks.connect, "co", {"Container": "c1"}) == (
        403,
        "cannot create endpoint on configuration-only network",
    )
    lab.engine.networks.remove("cf")
    lab.engine.networks.remove("co")


def test_predefined_networks_cannot_be_removed(lab: Lab) -> None:
    for name in ("bridge", "host", "none"):
        message = f"{name} is a pre-defined network and cannot be removed"
        assert refused(lab.engine.networks.remove, name) == (403, message)


def test_unknown_network(lab: Lab) -> None:
    for call in (lab.engine.networks.inspect, lab.engine.networks.remove):
        assert refused(call, "nosuchnet") == (404, "network nosuchnet not found")


def test_network_in_use_cannot_be_removed(lab: Lab) -> None:
    lab.network("app")
    for name in ("u1", "u2"):
        lab.run(name, "app")
    ids = [lab.settings(name, "app")["EndpointID"][:12] for name in ("u1", "u2")]
    assert refused(lab.engine.networks.remove, "app") == (
        403,
        "error while removing network: network app has active endpoints"
        f' (name:"u1" id:"{ids[0]}", name:"u2" id:"{ids[1]}")',
    )
    for name in ("u1", "u2"):
        lab.engine.containers.stop(name)
    # Stopped containers hold no endpoint: the network can go, and their next start fails.
    identifier = lab.engine.networks.inspect("app")["Id"]
    lab.engine.networks.remove("app")
    assert refused(lab.engine.containers.start, "u1") == (
        404,
        f"failed to set up container networking: network {identifier} not found",
    )


def test_engine_26_does_not_list_the_endpoints() -> None:
    lab = Lab("26.1")
    identifier = lab.network("app")
    lab.run("u1", "app")
    message = f"error while removing network: network app id {identifier} has active endpoints"
    assert refused(lab.engine.networks.remove, "app") == (403, message)


def test_networks_are_found_by_name_id_and_prefix(lab: Lab) -> None:
    first = lab.network("app")
    # A name that looks like the beginning of another network's id: the name wins, the full id wins over all.
    second = lab.network(first[:12])
    assert lab.engine.networks.inspect(first)["Id"] == first
    assert lab.engine.networks.inspect(first[:12])["Id"] == second
    assert lab.engine.networks.inspect(first[:13])["Id"] == first


def test_filters(lab: Lab) -> None:
    lab.network("app", Labels={"dnetlab.lab": "7", "x": ""})
    lab.network("application", "macvlan")

    def names(**filters: list[str]) -> list[str]:
        return [network["Name"] for network in lab.engine.networks.list(filters)]

    assert names(name=["app"]) == ["app", "application"]
    assert names(name=["^app$"]) == ["app"]
    assert names(label=["dnetlab.lab=7"]) == ["app"]
    assert names(label=["dnetlab.lab=8"]) == []
    assert names(label=["x"]) == ["app"]
    assert names(driver=["macvlan"]) == ["application"]
    assert names(type=["builtin"]) == ["bridge", "host", "none"]
    assert names(dangling=["true"]) == ["app", "application"]
    lab.run("u1", "app")
    # Measured on 28.5.2: the list does not know yet which networks have containers.
    assert names(dangling=["true"]) == ["app", "application"]
    assert names(dangling=["false"]) == ["bridge", "host", "none"]
    assert names(name=["["]) == []
    assert refused(names, bogus=["x"]) == (400, "invalid filter 'bogus'")
    assert refused(names, type=["x"]) == (500, "invalid filter: 'type'='x'")
    assert refused(names, dangling=["x"])[0] == 400


def test_list_shows_no_containers_and_inspection_only_running_ones(lab: Lab) -> None:
    lab.network("app")
    lab.run("u1", "app")
    lab.create("u2", "app")
    assert all(network["Containers"] == {} for network in lab.engine.networks.list())
    shown = lab.engine.networks.inspect("app")["Containers"]
    assert [entry["Name"] for entry in shown.values()] == ["u1"]
    assert next(iter(shown)) == lab.inspect("u1")["Id"]
    assert next(iter(shown.values()))["IPv4Address"] == "172.18.0.2/16"


def test_prune_removes_unused_networks_only(lab: Lab) -> None:
    for name in ("used", "unused", "kept"):
        lab.network(name, Labels={"keep": "yes"} if name == "kept" else {})
    lab.run("c1", "used")
    assert lab.engine.networks.prune({"label!": ["keep"]}) == {"NetworksDeleted": ["unused"]}
    assert lab.engine.networks.prune() == {"NetworksDeleted": ["kept"]}
    assert lab.engine.networks.prune() == {"NetworksDeleted": None}
    assert refused(lab.engine.networks.prune, {"bogus": ["x"]}) == (400, "invalid filter 'bogus'")


def test_two_hundred_networks(lab: Lab) -> None:
    for number in range(200):
        lab.network(f"n{number}", "bridge", {"Subnet": f"10.{number}.0.0/24"})
    assert len(lab.engine.networks.list()) == 203


values = st.one_of(
    st.text(max_size=20), st.sampled_from(["true", "0", "1500", "nat", "lo", "docker0", "eth0.5", "l3"])
)


@settings(max_examples=60, deadline=None)
@given(
    driver=st.sampled_from(["bridge", "macvlan", "ipvlan", "overlay", "host", "null", "x"]),
    options=st.dictionaries(
        st.sampled_from(
            [
                "parent",
                "macvlan_mode",
                "ipvlan_mode",
                "ipvlan_flag",
                "com.docker.network.driver.mtu",
                PREFIX + "name",
            ]
        ),
        values,
        max_size=3,
    ),
    pool=st.fixed_dictionaries({}, optional={"Subnet": values, "IPRange": values, "Gateway": values}),
    flags=st.fixed_dictionaries({"Internal": st.booleans(), "EnableIPv6": st.booleans()}),
)
def test_any_request_is_answered_and_never_half_done(
    driver: str, options: dict[str, str], pool: dict[str, str], flags: dict[str, bool]
) -> None:
    lab = Lab()
    # The first IPv6 network turns forwarding on, for good.
    lab.network("six", EnableIPv6=True)
    lab.engine.networks.remove("six")
    before = lab.snapshot()
    body = {
        "Name": "x",
        "Driver": driver,
        "Options": options,
        "IPAM": {"Config": [pool] if pool else []},
        **flags,
    }
    try:
        lab.engine.networks.create(body)
    except EngineError as error:
        assert 400 <= error.status < 600
    else:
        lab.engine.networks.remove("x")
    assert lab.snapshot() == before


def test_same_seed_gives_the_same_ids() -> None:
    first, second = (Engine(seed=3).networks.create({"Name": "x"})["Id"] for _ in range(2))
    assert first == second
    assert Engine(seed=4).networks.create({"Name": "x"})["Id"] != first


@pytest.mark.parametrize(
    ("pools", "shown"),
    [
        (["2001:db8:8::/64"], ["2001:db8:8::/64", "172.18.0.0/16"]),
        (["2001:db8:8::/64", "10.9.0.0/24"], ["10.9.0.0/24", "2001:db8:8::/64"]),
    ],
)
def test_pools_that_were_asked_for_stand_before_automatic_ones(
    lab: Lab, pools: list[str], shown: list[str]
) -> None:
    """Recorded: cases-addresses/FC-11 of tests/conformance."""
    body = {"Name": "six", "EnableIPv6": True, "IPAM": {"Config": [{"Subnet": pool} for pool in pools]}}
    lab.engine.networks.create(body)
    config = lab.engine.networks.inspect("six")["IPAM"]["Config"]
    assert [pool["Subnet"] for pool in config] == shown
