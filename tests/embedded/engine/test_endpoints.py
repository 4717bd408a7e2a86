"""Containers in networks: settings, connect, disconnect, gateway choice (goldens default-bridge/,
user-bridge/, host/).
"""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Lab, refused

IP = "user specified IP address is supported on user defined networks only"
SUBNET = (
    "user specified IP address is supported only when connecting to networks with user configured subnets"
)
ALIAS = "network-scoped alias is supported only for containers in user defined networks"
SHARED = "container sharing network namespace with another container or host cannot be connected to any other network"


def static(address: str) -> dict[str, Any]:
    return {"IPAMConfig": {"IPv4Address": address}}


def routes(lab: Lab, ref: str) -> list[tuple[str, str | None, str]]:
    return [(route.dst, route.via, route.dev.name) for route in lab.namespace(ref).routes(4)]


@pytest.fixture
def app(lab: Lab) -> Lab:
    """An engine with the network app, 172.28.0.0/24."""
    lab.network("app", "bridge", {"Subnet": "172.28.0.0/24", "Gateway": "172.28.0.1"})
    return lab


def test_network_settings_on_the_default_bridge(lab: Lab) -> None:
    """Golden default-bridge/two-containers.txt."""
    lab.run("b1")
    view = lab.inspect("b1")["NetworkSettings"]
    bridge = view["Networks"]["bridge"]
    assert view["IPAddress"] == bridge["IPAddress"] == "172.17.0.2"
    assert view["Gateway"] == "172.17.0.1"
    assert view["SandboxKey"] == f"/var/run/docker/netns/{view['SandboxID'][:12]}"
    assert list(bridge) == [
        *(
            "IPAMConfig",
            "Links",
            "Aliases",
            "MacAddress",
            "DriverOpts",
            "GwPriority",
            "NetworkID",
            "EndpointID",
        ),
        *(
            "Gateway",
            "IPAddress",
            "IPPrefixLen",
            "IPv6Gateway",
            "GlobalIPv6Address",
            "GlobalIPv6PrefixLen",
            "DNSNames",
        ),
    ]
    assert bridge["DNSNames"] is None
    assert bridge["IPPrefixLen"] == 16
    assert view["Ports"] == {}


def test_network_settings_on_a_user_network(app: Lab) -> None:
    """Golden user-bridge/two-containers.txt."""
    identifier = app.run("u1", "app", Hostname="u1")
    view = app.inspect("u1")["NetworkSettings"]
    assert view["IPAddress"] == view["EndpointID"] == view["MacAddress"] == ""
    assert view["Networks"]["app"]["DNSNames"] == ["u1", identifier[:12]]
    assert routes(app, "u1") == [("default", "172.28.0.1", "eth0"), ("172.28.0.0/24", None, "eth0")]
    device = app.namespace("u1").device("eth0")
    assert (device.ifindex, device.link.namespace.name) == (2, "host")


def test_mac_addresses_are_random_and_change_at_every_start(lab: Lab) -> None:
    lab.run("b1")
    first = lab.settings("b1", "bridge")["MacAddress"]
    lab.engine.containers.restart("b1")
    second = lab.settings("b1", "bridge")["MacAddress"]
    assert first != second
    assert all(int(mac[:2], 16) & 3 == 2 for mac in (first, second))
    assert lab.address("b1") == "172.17.0.2"


def test_mac_addresses_follow_the_ip_address_up_to_27() -> None:
    lab = Lab("26.1")
    lab.run("b1")
    assert lab.settings("b1", "bridge")["MacAddress"] == "02:42:ac:11:00:02"
    assert lab.host.device("docker0").mac.startswith("02:42:")
    assert "GwPriority" not in lab.settings("b1", "bridge")


def test_engine_20_lists_the_short_id_among_the_aliases() -> None:
    """Golden witness-native-20.10 user-bridge/two-containers.txt."""
    lab = Lab("20.10")
    lab.network("app")
    identifier = lab.run("u1", "app", Hostname="u1")
    view = lab.settings("u1", "app")
    assert view["Aliases"] == [identifier[:12], "u1"]
    assert "DNSNames" not in view


def test_static_address_and_alias_on_the_default_bridge(lab: Lab) -> None:
    """Golden default-bridge/misuse.txt, whose second line comes in an engine's first start only."""
    message = f"invalid config for network bridge: invalid endpoint settings:\n{IP}"
    assert refused(lab.create, "x1", endpoint=static("172.17.0.77")) == (400, message)
    message = f"invalid config for network bridge: invalid endpoint settings:\n{ALIAS}"
    assert refused(lab.create, "x1", endpoint={"Aliases": ["db"]}) == (400, message)


def test_static_addresses_that_cannot_be(app: Lab) -> None:
    """Golden user-bridge/misuse.txt."""
    app.run("u3", "app", endpoint=static("172.28.0.50"))
    taken = (403, "failed to set up container networking: Address already in use")
    assert refused(app.run, "u4", "app", endpoint=static("172.28.0.50")) == taken
    head = "invalid config for network {}: invalid endpoint settings:\n"
    message = head.format("app") + "no configured subnet or ip-range contain the IP address 10.1.2.3"
    assert refused(app.create, "x1", "app", endpoint=static("10.1.2.3")) == (400, message)
    app.network("other")
    assert refused(app.create, "x1", "other", endpoint=static("172.18.0.9")) == (
        400,
        head.format("other") + SUBNET,
    )
    status, message = refused(app.create, "x1", "app", endpoint=static("172.28.0.0/24"))
    assert (status, "invalid IPv4 address: 172.28.0.0/24" in message) == (400, True)
    assert refused(app.create, "x1", "app", endpoint={"MacAddress": "zz"}) == (
        400,
        "invalid config for network app: invalid MAC address zz",
    )


def test_engine_20_learns_of_a_wrong_address_at_the_start() -> None:
    """Golden witness-native-20.10 user-bridge/misuse.txt."""
    lab = Lab("20.10")
    lab.network("app", "bridge", {"Subnet": "172.28.0.0/24"})
    lab.network("other")
    message = "Invalid address 10.1.2.3: It does not belong to any of this network's subnets"
    assert refused(lab.run, "x1", "app", endpoint=static("10.1.2.3")) == (500, message)
    assert refused(lab.run, "x2", "other", endpoint=static("172.18.0.9")) == (400, SUBNET)


def test_unknown_network_is_noticed_at_the_start(lab: Lab) -> None:
    message = "failed to set up container networking: network nosuchnet not found"
    assert refused(lab.run, "nonet", "nosuchnet") == (404, message)
    assert lab.state("nonet")["ExitCode"] == 128
    lab.network("nosuchnet")
    lab.engine.containers.start("nonet")
    assert lab.address("nonet", "nosuchnet") == "172.18.0.2"


def test_static_address_is_kept_over_a_restart_and_free_while_stopped(app: Lab) -> None:
    """A stopped container holds no address (FC-47)."""
    app.run("s1", "app", endpoint=static("172.28.0.2"))
    app.engine.containers.stop("s1")
    app.run("dynamic", "app")
    assert app.address("dynamic", "app") == "172.28.0.2"
    message = "failed to set up container networking: Address already in use"
    assert refused(app.engine.containers.start, "s1") == (403, message)
    app.engine.containers.stop("dynamic")
    app.engine.containers.start("s1")
    assert app.address("s1", "app") == "172.28.0.2"


def test_connect_and_disconnect_at_run_time(app: Lab) -> None:
    """Golden user-bridge/two-networks.txt."""
    app.network("other")
    app.run("o1", "other")
    identifier = app.run("u1", "app")
    networks = app.engine.networks
    networks.connect("other", {"Container": "u1"})
    assert app.address("u1", "other") == "172.18.0.3"
    assert routes(app, "u1") == [
        ("default", "172.28.0.1", "eth0"),
        ("172.18.0.0/16", None, "eth1"),
        ("172.28.0.0/24", None, "eth0"),
    ]
    assert app.reaches("u1", "172.18.0.2")
    message = "endpoint with name u1 already exists in network other"
    assert refused(networks.connect, "other", {"Container": "u1"}) == (403, message)
    networks.disconnect("other", {"Container": "u1"})
    assert routes(app, "u1") == [("default", "172.28.0.1", "eth0"), ("172.28.0.0/24", None, "eth0")]
    message = f"container {identifier} is not connected to network other"
    assert refused(networks.disconnect, "other", {"Container": "u1"}) == (500, message)
    networks.disconnect("app", {"Container": "u1"})
    assert list(app.namespace("u1").devices) == ["lo"]
    assert b"nameserver 127.0.0.11" in app.engine.containers.archive_get("u1", "/etc/resolv.conf")[1]
    networks.connect("app", {"Container": "u1"})
    assert list(app.namespace("u1").devices) == ["lo", "eth0"]


def test_engine_26_goes_on_counting_interfaces() -> None:
    """Golden witness-26.1.5 user-bridge/two-networks.txt."""
    lab = Lab("26.1")
    lab.network("app")
    lab.run("u2", "app")
    lab.engine.networks.disconnect("app", {"Container": "u2"})
    lab.engine.networks.connect("app", {"Container": "u2"})
    assert list(lab.namespace("u2").devices) == ["lo", "eth1"]


def test_connect_to_the_default_bridge_twice(lab: Lab) -> None:
    lab.run("b1")
    message = "endpoint with name b1 already exists in network bridge"
    assert refused(lab.engine.networks.connect, "bridge", {"Container": "b1"}) == (403, message)


def test_connect_before_the_start(app: Lab) -> None:
    app.network("other")
    app.create("u1", "app")
    app.engine.networks.connect("other", {"Container": "u1", "EndpointConfig": {"Aliases": ["db"]}})
    assert app.settings("u1", "other")["IPAddress"] == ""
    app.engine.containers.start("u1")
    assert app.address("u1", "other") == "172.18.0.2"
    assert app.settings("u1", "other")["DNSNames"][:2] == ["u1", "db"]
    app.engine.containers.stop("u1")
    app.engine.networks.disconnect("other", {"Container": "u1"})
    message = f"container {app.inspect('u1')['Id']} is not connected to the network other"
    assert refused(app.engine.networks.disconnect, "other", {"Container": "u1"}) == (500, message)


def test_mac_address_is_not_taken_at_a_connection(app: Lab) -> None:
    app.run("b1")
    app.engine.networks.connect(
        "app", {"Container": "b1", "EndpointConfig": {"MacAddress": "02:00:00:00:00:07"}}
    )
    assert app.settings("b1", "app")["MacAddress"] != "02:00:00:00:00:07"


def test_host_and_none_do_not_mix(app: Lab) -> None:
    """Golden host/misuse.txt."""
    app.run("h1", "host")
    app.run("b1")
    networks = app.engine.networks
    assert refused(networks.connect, "app", {"Container": "h1"}) == (400, SHARED)
    message = "cannot disconnect container from host network - container was created in host network mode"
    assert refused(networks.disconnect, "host", {"Container": "h1"}) == (400, message)
    message = "cannot connect container to host network - container must be created in host network mode"
    assert refused(networks.connect, "host", {"Container": "b1"}) == (400, message)
    message = (
        "container cannot be connected to multiple networks with one of the networks in private (none) mode"
    )
    assert refused(networks.connect, "none", {"Container": "b1"}) == (400, message)
    app.run("n1", "none")
    assert refused(networks.connect, "app", {"Container": "n1"}) == (400, message)
    assert list(app.namespace("n1").devices) == ["lo"]


def test_gateway_is_that_of_the_first_network_by_name(lab: Lab) -> None:
    """Measured on 28.5.2: eth0 is the network mode's, the default route the first name's."""
    for name in ("zz", "aa"):
        lab.network(name)
    both = {"NetworkingConfig": {"EndpointsConfig": {"zz": {}, "aa": {}}}}
    lab.run("mn", "zz", **both)
    assert routes(lab, "mn") == [
        ("default", "172.19.0.1", "eth1"),
        ("172.18.0.0/16", None, "eth0"),
        ("172.19.0.0/16", None, "eth1"),
    ]
    lab.run("mn2", "zz", NetworkingConfig={"EndpointsConfig": {"zz": {"GwPriority": 5}, "aa": {}}})
    assert routes(lab, "mn2")[0] == ("default", "172.18.0.1", "eth0")


def test_internal_network_has_no_default_route(lab: Lab) -> None:
    """Golden user-bridge/internal.txt."""
    lab.network("inside", Internal=True)
    lab.run("q1", "inside")
    lab.run("q2", "inside")
    assert routes(lab, "q1") == [("172.18.0.0/16", None, "eth0")]
    assert lab.settings("q1", "inside")["Gateway"] == ""
    assert lab.reaches("q1", "172.18.0.3")
    assert lab.reaches("host", "172.18.0.2")
    lab.network("outside")
    lab.engine.networks.connect("outside", {"Container": "q1"})
    assert routes(lab, "q1")[0] == ("default", "172.19.0.1", "eth1")


def test_isolation_between_bridges(app: Lab) -> None:
    """Golden user-bridge/isolation.txt."""
    app.network("other")
    for name, network in (("u1", "app"), ("o1", "other"), ("b1", "bridge")):
        app.run(name, network)
    assert not app.reaches("u1", "172.18.0.2")
    assert not app.reaches("b1", "172.28.0.2")
    assert app.reaches("u1", "172.18.0.1")
    assert app.reaches("host", "172.18.0.2")


def test_icc_off(lab: Lab) -> None:
    """Golden user-bridge/icc-false.txt."""
    lab.network("noicc", options={"com.docker.network.bridge.enable_icc": "false"})
    for name in ("q1", "q2"):
        lab.run(name, "noicc")
    assert not lab.reaches("q1", "172.18.0.3")
    assert lab.reaches("q1", "172.18.0.1")


def test_lan_pc_with_a_route_reaches_no_container(lab: Lab) -> None:
    """Golden default-bridge/two-containers.txt: dropped in the raw table by Engine 28; open or not by policy
    before.
    """
    lab.lan()
    lab.run("b1")
    pc = lab.engine.kernel.namespaces["pc"]
    pc.add_route("172.17.0.0/16", via="192.168.50.2")
    assert lab.engine.kernel.ping(pc, "172.17.0.2").reply is None
    assert lab.reaches("b1", "192.168.50.100")


def test_container_network_mode_shares_everything(lab: Lab) -> None:
    lab.run("b1", Hostname="first")
    lab.run("cm", "container:b1")
    view = lab.inspect("cm")
    assert view["Config"]["Hostname"] == "first"
    assert view["NetworkSettings"]["Networks"] == {}
    assert lab.exec("cm", "hostname") == (0, "first\n")
    assert "172.17.0.2" in lab.exec("cm", "ip", "-br", "addr")[1]
    lab.network("x1")
    assert refused(lab.engine.networks.connect, "x1", {"Container": "cm"}) == (400, SHARED)
    message = "joining network namespace of container: No such container: nosuch"
    assert refused(lab.run, "c2", "container:nosuch") == (500, message)
    assert refused(lab.run, "c3", "container:c3") == (500, "cannot join own network namespace")
    lab.create("still")
    message = "cannot join network namespace of a non running container: container still is created"
    assert refused(lab.run, "c4", "container:still") == (409, message)
    assert lab.state("c4")["ExitCode"] == 128
    message = "conflicting options: hostname and the network mode"
    assert refused(lab.create, "c5", "container:b1", Hostname="x") == (400, message)


def test_links_on_the_default_bridge(lab: Lab) -> None:
    """Golden default-bridge/misuse.txt, and measured on 28.5.2."""
    lab.run("b1", Hostname="b1", ExposedPorts={"80/tcp": {}})
    lab.run("mi3", Hostname="mi3", Host_Links=["b1:b1alias"])
    assert lab.exec("mi3", "cat", "/etc/hosts")[1].splitlines()[-2:] == [
        "172.17.0.2\tb1alias b1 b1",
        "172.17.0.3\tmi3",
    ]
    assert lab.inspect("mi3")["HostConfig"]["Links"] == ["/b1:/mi3/b1alias"]
    assert "B1ALIAS_PORT_80_TCP=tcp://172.17.0.2:80" in lab.exec("mi3", "env")[1]
    names = {tuple(entry["Names"]) for entry in lab.engine.containers.list()}
    assert names == {("/mi3",), ("/b1", "/mi3/b1alias")}
    assert (
        "-A DOCKER -s 172.17.0.3/32 -d 172.17.0.2/32 -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT"
        in (lab.rules("filter"))
    )
    message = "could not get container for nosuch: No such container: nosuch"
    assert refused(lab.create, "x1", Host_Links=["nosuch:a"])[1] == message
    lab.create("nc")
    lab.create("x2", Host_Links=["nc:a"])
    message = "Cannot link to a non running container: /nc AS /x2/a"
    assert refused(lab.engine.containers.start, "x2") == (500, message)


def test_refused_connection_leaves_only_its_settings(app: Lab) -> None:
    """Measured on 28.5.2: the container goes on naming the network, without an endpoint, until it is connected."""
    app.run("u1", "app")
    app.run("b1")
    before, view = app.snapshot(), app.inspect("b1")["NetworkSettings"]
    endpoint = {"IPAMConfig": {"IPv4Address": "172.28.0.2"}}
    body = {"Container": "b1", "EndpointConfig": endpoint}
    assert refused(app.engine.networks.connect, "app", body) == (403, "Address already in use")
    assert app.snapshot() == before
    after = app.inspect("b1")["NetworkSettings"]
    left = after["Networks"].pop("app")
    assert after == view
    assert (left["IPAMConfig"], left["IPAddress"], left["EndpointID"]) == (endpoint["IPAMConfig"], "", "")
    assert refused(app.engine.networks.disconnect, "app", {"Container": "b1"})[0] == 500
    app.engine.networks.connect("app", {"Container": "b1"})
    assert app.settings("b1", "app")["IPAddress"] == "172.28.0.3"


def test_what_a_refused_connection_left_is_tried_again_at_the_next_start(app: Lab) -> None:
    """Measured on 28.5.2."""
    app.run("u1", "app")
    app.run("b1")
    body = {"Container": "b1", "EndpointConfig": {"IPAMConfig": {"IPv4Address": "172.28.0.2"}}}
    refused(app.engine.networks.connect, "app", body)
    app.engine.containers.kill("b1")
    message = "failed to set up container networking: Address already in use"
    assert refused(app.engine.containers.start, "b1") == (403, message)
    app.engine.networks.disconnect("app", {"Container": "b1"})
    app.engine.containers.start("b1")


def test_connection_that_the_kernel_refuses_leaves_its_addresses_to_be_seen(lab: Lab) -> None:
    """Measured on 28.5.2: ipvlan on a parent that macvlan has."""
    lab.lan()
    lab.network("mv", "macvlan", {"Subnet": "10.77.1.0/24"}, options={"parent": "lan0"})
    lab.network("iv", "ipvlan", {"Subnet": "10.77.2.0/24"}, options={"parent": "lan0"})
    lab.run("m1", "mv")
    lab.run("b1")
    for _ in range(2):
        message = "failed to create the ipvlan port: device or resource busy"
        assert refused(lab.engine.networks.connect, "iv", {"Container": "b1"}) == (500, message)
        left = lab.settings("b1", "iv")
        assert (left["IPAddress"], left["IPPrefixLen"], left["Gateway"], left["MacAddress"]) == (
            "10.77.2.2",
            24,
            "",
            "",
        )
        assert left["EndpointID"] != ""
    assert refused(lab.engine.networks.disconnect, "iv", {"Container": "b1"})[0] == 500
    assert lab.engine.networks.inspect("iv")["Containers"] == {}


@pytest.mark.parametrize(
    ("link", "status", "message"),
    [
        ("a:b:c", 500, "bad format for links: a:b:c"),
        ("", 500, "empty string specified for links"),
        (":x", 400, 'could not get container for : invalid name or ID supplied: ""'),
        ("/x1:/x2/foo", 400, "could not get container for x1: No such container: x1"),
        ("x1", 400, "could not get container for x1: No such container: x1"),
    ],
)
def test_links_that_lead_nowhere(lab: Lab, link: str, status: int, message: str) -> None:
    """Measured on 28.5.2."""
    assert refused(lab.create, "x2", Host_Links=[link]) == (status, message)


def test_mac_address_of_a_connection_is_shown_until_the_start(app: Lab) -> None:
    """Measured by docker-py's own tests: shown at once, and not used."""
    app.create("u1")
    body = {"Container": "u1", "EndpointConfig": {"MacAddress": "02:42:ac:11:65:43"}}
    app.engine.networks.connect("app", body)
    assert app.settings("u1", "app")["MacAddress"] == "02:42:ac:11:65:43"
    app.engine.containers.start("u1")
    assert app.settings("u1", "app")["MacAddress"] not in ("", "02:42:ac:11:65:43")


def test_link_is_removed_alone(lab: Lab) -> None:
    lab.run("b1", Env=["FOO=1"])
    lab.run("b2", Host_Links=["b1:first"])
    assert "FIRST_ENV_FOO=1" in lab.exec("b2", "env")[1]
    lab.engine.containers.remove("b2/first", link=True)
    assert lab.inspect("b2")["HostConfig"]["Links"] is None
    assert refused(lab.engine.containers.remove, "b2/first", link=True)[0] == 404


@pytest.mark.parametrize("version", ["26.1", "20.10"])
def test_older_engines_refuse_the_host_network_in_one_sentence(version: str) -> None:
    lab = Lab(version)
    lab.network("app")
    lab.run("h1", network="host")
    lab.run("b1")
    networks = lab.engine.networks
    message = "container cannot be disconnected from host network or connected to host network"
    assert refused(networks.disconnect, "host", {"Container": "h1"}) == (400, message)
    assert refused(networks.connect, "host", {"Container": "b1"}) == (400, message)
    assert refused(networks.connect, "app", {"Container": "h1"}) == (400, SHARED)


def test_a_network_that_is_not_there_is_missed_when_the_container_starts(lab: Lab) -> None:
    """Measured on 28.5.2: while the container does not run, its settings may name any network."""
    lab.create("web")
    lab.engine.networks.connect("nosuch", {"Container": "web"})
    assert sorted(lab.inspect("web")["NetworkSettings"]["Networks"]) == ["bridge", "nosuch"]
    assert refused(lab.engine.containers.start, "web") == (
        404,
        "failed to set up container networking: network nosuch not found",
    )
    lab.engine.networks.disconnect("nosuch", {"Container": "web"})
    lab.engine.containers.start("web")
    assert list(lab.inspect("web")["NetworkSettings"]["Networks"]) == ["bridge"]


def test_a_running_container_is_connected_to_networks_that_are_there(lab: Lab) -> None:
    identifier = lab.run("web")
    missing = (404, "network nosuch not found")
    assert refused(lab.engine.networks.connect, "nosuch", {"Container": "web"}) == missing
    assert refused(lab.engine.networks.disconnect, "nosuch", {"Container": "web"}) == missing
    assert refused(lab.engine.networks.disconnect, "nosuch", {"Container": "web", "Force": True}) == (
        500,
        f"container {identifier} is not connected to the network nosuch",
    )
