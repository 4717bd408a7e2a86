"""macvlan and ipvlan networks: parents, gateways, modes, what is refused (goldens macvlan-*/ and
ipvlan-*/).
"""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Lab, refused

LAN: dict[str, Any] = {
    "Subnet": "192.168.50.0/24",
    "IPRange": "192.168.50.192/27",
    "Gateway": "192.168.50.1",
    "AuxiliaryAddresses": {"host": "192.168.50.2"},
}
FAILED = "failed to set up container networking: "


@pytest.fixture
def wired(lab: Lab) -> Lab:
    """An engine whose host has the NIC lan0."""
    lab.lan()
    return lab


def default_route(lab: Lab, ref: str) -> tuple[str | None, str | None] | None:
    found = [route for route in lab.namespace(ref).routes(4) if route.dst == "default"]
    return (found[0].via, found[0].scope) if found else None


def test_macvlan_containers(wired: Lab) -> None:
    """Goldens macvlan-bridge/create.txt, containers.txt, reach.txt, host-to-own-container.txt."""
    wired.network("mv", "macvlan", LAN, options={"parent": "lan0"})
    view = wired.engine.networks.inspect("mv")
    assert view["IPAM"]["Config"] == [LAN]
    assert view["Options"] == {"parent": "lan0"}
    for name in ("m1", "m2"):
        wired.run(name, "mv")
    assert [wired.address(name, "mv") for name in ("m1", "m2")] == ["192.168.50.192", "192.168.50.193"]
    assert wired.settings("m1", "mv")["Gateway"] == "192.168.50.1"
    assert (
        default_route(wired, "m1") == ("192.168.50.1", None)
        or default_route(wired, "m1")[0] == "192.168.50.1"
    )
    device = wired.namespace("m1").device("eth0")
    assert (device.kind, device.mac) == ("macvlan", wired.settings("m1", "mv")["MacAddress"])
    assert device.ifindex > 3
    assert wired.host.device("lan0").promiscuity == 1
    assert wired.reaches("m1", "192.168.50.193")
    assert wired.reaches("m1", "192.168.50.100")
    assert not wired.reaches("host", "192.168.50.192")
    assert not wired.reaches("m1", "192.168.50.2")


def test_reserved_and_used_addresses_are_refused(wired: Lab) -> None:
    """Golden macvlan-bridge/static-ip-and-mac.txt."""
    wired.network("mv", "macvlan", LAN, options={"parent": "lan0"})
    taken = (403, FAILED + "Address already in use")
    assert refused(wired.run, "r1", "mv", endpoint={"IPAMConfig": {"IPv4Address": "192.168.50.2"}}) == taken
    wired.run(
        "s1",
        "mv",
        endpoint={"IPAMConfig": {"IPv4Address": "192.168.50.200"}, "MacAddress": "02:00:00:00:00:c8"},
    )
    assert wired.namespace("s1").device("eth0").mac == "02:00:00:00:00:c8"
    # The PC's address is out of the range but in the subnet: the engine does not know who is on the LAN.
    wired.run("pc-too", "mv", endpoint={"IPAMConfig": {"IPv4Address": "192.168.50.100"}})


@pytest.mark.parametrize("driver", ["macvlan", "ipvlan"])
def test_without_gateway_and_range_the_first_container_gets_the_hosts_address(
    wired: Lab, driver: str
) -> None:
    """Goldens no-gateway-no-range.txt: .1 becomes the gateway all the same."""
    wired.network("mv", driver, {"Subnet": "192.168.50.0/24"}, options={"parent": "lan0"})
    for name in ("m1", "m2"):
        wired.run(name, "mv")
    assert [wired.address(name, "mv") for name in ("m1", "m2")] == ["192.168.50.2", "192.168.50.3"]
    route = default_route(wired, "m1")
    assert route is not None
    assert route[0] == "192.168.50.1"
    assert wired.engine.networks.inspect("mv")["IPAM"]["Config"] == [{"Subnet": "192.168.50.0/24"}]


@pytest.mark.parametrize(("driver", "prefix"), [("macvlan", "dm-"), ("ipvlan", "di-")])
def test_without_parent_a_dummy_is_made_and_no_gateway(wired: Lab, driver: str, prefix: str) -> None:
    """Goldens misuse.txt, "dummyparent"."""
    identifier = wired.network("dummyparent", driver, {"Subnet": "192.168.54.0/24"})
    dummy = wired.host.device(prefix + identifier[:12])
    assert (dummy.kind, dummy.up) == ("dummy", True)
    for name in ("dx", "dx2"):
        wired.run(name, "dummyparent")
    assert [wired.address(name, "dummyparent") for name in ("dx", "dx2")] == ["192.168.54.1", "192.168.54.2"]
    assert default_route(wired, "dx") is None
    assert wired.reaches("dx", "192.168.54.2")
    for name in ("dx", "dx2"):
        wired.engine.containers.remove(name, force=True)
    wired.engine.networks.remove("dummyparent")
    assert prefix + identifier[:12] not in wired.host.devices


def test_engine_26_takes_a_gateway_also_without_parent() -> None:
    """Golden witness-26.1.5 macvlan-bridge/misuse.txt: the first container gets .2, and still no default
    route.
    """
    lab = Lab("26.1")
    lab.network("dummyparent", "macvlan", {"Subnet": "192.168.54.0/24"})
    lab.run("dx", "dummyparent")
    assert lab.address("dx", "dummyparent") == "192.168.54.2"
    assert default_route(lab, "dx") is None


NAMES = [
    ("nosuch0", "invalid subinterface vlan name nosuch0, example formatting is eth0.10"),
    ("lan0.0", "vlan id must be between 1-4094, received: 0"),
    ("lan0.4095", "vlan id must be between 1-4094, received: 4095"),
    ("lan0.abc", "unable to parse a valid vlan id from: abc (ex. eth0.10 for vlan 10)"),
    ("nosuch0.10", "-o parent interface was not found on the host: nosuch0"),
    (
        "lan0.10.30",
        "required interface name format is: name.vlan_id, ex. eth0.10 for vlan 10, instead received lan0.10.30",
    ),
    ("lan0.", "unable to parse a valid vlan id from:  (ex. eth0.10 for vlan 10)"),
]


@pytest.mark.parametrize("driver", ["macvlan", "ipvlan"])
@pytest.mark.parametrize(("parent", "message"), NAMES)
def test_parents_that_cannot_be(wired: Lab, driver: str, parent: str, message: str) -> None:
    """Goldens macvlan-bridge/misuse.txt and macvlan-8021q/misuse.txt."""
    before = wired.snapshot()
    assert refused(wired.network, "bad", driver, {"Subnet": "10.10.99.0/24"}, options={"parent": parent}) == (
        500,
        message,
    )
    assert wired.snapshot() == before
    wired.network("good", driver, {"Subnet": "10.10.99.0/24"}, options={"parent": "lan0"})


@pytest.mark.parametrize("driver", ["macvlan", "ipvlan"])
def test_loopback_is_no_parent_and_modes_must_exist(wired: Lab, driver: str) -> None:
    message = f"loopback interface is not a valid {driver} parent link"
    assert refused(wired.network, "x", driver, options={"parent": "lo"}) == (500, message)
    default = "'bridge' mode is the macvlan" if driver == "macvlan" else "'l2' mode is the ipvlan"
    message = f"requested {driver} mode 'wrong' is not valid, {default} driver default"
    options = {"parent": "docker0", f"{driver}_mode": "wrong"}
    assert refused(wired.network, "x", driver, options=options) == (500, message)
    wired.network("badopt", driver, options={"parent": "docker0", "nosuchoption": "1"})


def test_macvlan_networks_share_a_parent_since_27(wired: Lab) -> None:
    """Goldens macvlan-bridge/two-networks-one-parent.txt and misuse.txt; witness-26.1.5 misuse.txt."""
    wired.network("mva", "macvlan", {"Subnet": "192.168.60.0/24"}, options={"parent": "lan0"})
    wired.network("mvb", "macvlan", {"Subnet": "192.168.61.0/24"}, options={"parent": "lan0"})
    same = {"Subnet": "192.168.60.0/24"}
    message = "invalid pool request: Pool overlaps with other one on this address space"
    assert refused(wired.network, "mvc", "macvlan", same, options={"parent": "lan0"}) == (403, message)
    old = Lab("26.1")
    old.lan()
    first = old.network("mva", "macvlan", {"Subnet": "192.168.60.0/24"}, options={"parent": "lan0"})
    message = f"network dm-{first[:12]} is already using parent interface lan0"
    assert refused(
        old.network, "mvb", "macvlan", {"Subnet": "192.168.61.0/24"}, options={"parent": "lan0"}
    ) == (
        500,
        message,
    )


def test_passthru_is_alone_and_has_one_container(wired: Lab) -> None:
    """Golden macvlan-bridge/modes.txt."""
    options = {"parent": "lan0", "macvlan_mode": "passthru"}
    first = wired.network("mv", "macvlan", LAN, options=options)
    wired.run("m1", "mv")
    message = FAILED + "failed to create the macvlan port: invalid argument"
    assert refused(wired.run, "m2", "mv") == (500, message)
    message = f"macvlan network {first} is already using parent interface lan0 in mode passthru"
    assert refused(wired.network, "other", "macvlan", options={"parent": "lan0"}) == (500, message)


def test_ipvlan_networks_do_not_share_a_parent(wired: Lab) -> None:
    """Goldens ipvlan-l2/misuse.txt, ipvlan-l3/misuse.txt."""
    first = wired.network(
        "iv", "ipvlan", {"Subnet": "10.50.1.0/24"}, options={"parent": "lan0", "ipvlan_mode": "l3"}
    )
    message = f"network di-{first[:12]} is already using parent interface lan0"
    for mode in ("l2", "l3"):
        options = {"parent": "lan0", "ipvlan_mode": mode}
        assert refused(wired.network, "ivb", "ipvlan", {"Subnet": "10.60.1.0/24"}, options=options) == (
            500,
            message,
        )


@pytest.mark.parametrize(("first", "second"), [("macvlan", "ipvlan"), ("ipvlan", "macvlan")])
def test_macvlan_and_ipvlan_on_one_parent_fail_at_the_start(wired: Lab, first: str, second: str) -> None:
    """Goldens misuse.txt, "cross-parent": both networks can be made, the container's start fails."""
    wired.network("one", first, {"Subnet": "192.168.51.0/24"}, options={"parent": "lan0"})
    wired.network("two", second, {"Subnet": "192.168.52.0/24"}, options={"parent": "lan0"})
    wired.run("ok", "one")
    before = wired.snapshot()
    message = FAILED + f"failed to create the {second} port: device or resource busy"
    assert refused(wired.run, "cx", "two") == (500, message)
    assert wired.snapshot() == before
    state = wired.state("cx")
    assert (state["Status"], state["ExitCode"], state["Error"]) == ("created", 128, message)
    assert wired.engine.networks.inspect("two")["Containers"] == {}


def test_vlan_interfaces_are_made_and_removed_with_the_last_network(wired: Lab) -> None:
    """Goldens macvlan-8021q/create.txt and removal.txt."""
    wired.network("vlan10", "macvlan", {"Subnet": "10.10.10.0/24"}, options={"parent": "lan0.10"})
    device = wired.host.device("lan0.10")
    assert (device.kind, device.vid, device.mac, device.up) == (
        "vlan",
        10,
        wired.host.device("lan0").mac,
        True,
    )
    wired.network("again", "macvlan", {"Subnet": "10.10.98.0/24"}, options={"parent": "lan0.10"})
    wired.engine.networks.remove("vlan10")
    assert "lan0.10" in wired.host.devices
    wired.engine.networks.remove("again")
    assert "lan0.10" not in wired.host.devices


def test_vlan_interface_made_by_hand_stays(wired: Lab) -> None:
    """Golden macvlan-8021q/removal.txt."""
    for name, vid in (("lan0.40", 40), ("vl50", 50)):
        wired.host.add_vlan(name, "lan0", vid).set_up()
        wired.network(name, "macvlan", {"Subnet": f"10.10.{vid}.0/24"}, options={"parent": name})
        wired.engine.networks.remove(name)
        assert name in wired.host.devices


def test_vlan_name_must_fit(wired: Lab) -> None:
    wired.host.add_dummy("enx024200000001")
    status, message = refused(wired.network, "x", "macvlan", options={"parent": "enx024200000001.11"})
    assert (status, message) == (
        500,
        "failed to create enx024200000001.11 vlan link: numerical result out of range",
    )


def test_ipvlan_l2_shares_the_parents_mac_address(wired: Lab) -> None:
    """Golden ipvlan-l2/containers.txt."""
    wired.network("iv2", "ipvlan", LAN, options={"parent": "lan0", "ipvlan_mode": "l2"})
    for name in ("m1", "m2"):
        wired.run(name, "iv2")
    assert {wired.namespace(name).device("eth0").mac for name in ("m1", "m2")} == {
        wired.host.device("lan0").mac
    }
    assert wired.settings("m1", "iv2")["MacAddress"] == ""
    assert {entry["MacAddress"] for entry in wired.engine.networks.inspect("iv2")["Containers"].values()} == {
        ""
    }
    assert wired.settings("m1", "iv2")["Gateway"] == "192.168.50.1"
    assert wired.reaches("m1", "192.168.50.100")
    assert not wired.reaches("host", "192.168.50.192")


def test_ipvlan_refuses_a_mac_address_at_the_start(wired: Lab) -> None:
    """Golden ipvlan-l2/static-ip-and-mac.txt."""
    wired.network("iv2", "ipvlan", LAN, options={"parent": "lan0"})
    endpoint = {"IPAMConfig": {"IPv4Address": "192.168.50.200"}, "MacAddress": "02:00:00:00:00:c8"}
    assert refused(wired.run, "s1", "iv2", endpoint=endpoint) == (
        500,
        FAILED
        + "failed to create endpoint s1 on network iv2: ipvlan interfaces do not support custom mac address assignment",
    )
    wired.run("s2", "iv2", endpoint={"IPAMConfig": {"IPv4Address": "192.168.50.200"}})


def test_ipvlan_l3_has_a_route_to_the_interface_and_no_gateway(wired: Lab) -> None:
    """Goldens ipvlan-l3/containers.txt and reach.txt."""
    pools = ({"Subnet": "10.50.1.0/24"}, {"Subnet": "10.50.2.0/24"})
    wired.network("iv3", "ipvlan", *pools, options={"parent": "lan0", "ipvlan_mode": "l3"})
    wired.run("l3a", "iv3", endpoint={"IPAMConfig": {"IPv4Address": "10.50.1.10"}})
    wired.run("l3b", "iv3", endpoint={"IPAMConfig": {"IPv4Address": "10.50.2.10"}})
    wired.run("l3d", "iv3")
    assert wired.address("l3d", "iv3") == "10.50.1.1"
    assert default_route(wired, "l3a") == (None, "link")
    assert wired.settings("l3a", "iv3")["Gateway"] == ""
    assert wired.settings("l3a", "iv3")["IPAMConfig"] == {"IPv4Address": "10.50.1.10"}
    assert "NOARP" in wired.namespace("l3a").device("eth0").flags
    assert wired.reaches("l3a", "10.50.2.10")
    assert not wired.reaches("host", "10.50.1.10")
    assert not wired.reaches("l3a", "192.168.50.2")


def test_ipvlan_l3_keeps_a_given_gateways_address_free(wired: Lab) -> None:
    """Golden ipvlan-l3/misuse.txt: it is reserved, and not used."""
    pool = {"Subnet": "10.50.1.0/24", "Gateway": "10.50.1.1"}
    wired.network("iv3g", "ipvlan", pool, options={"parent": "lan0", "ipvlan_mode": "l3"})
    wired.run("qq", "iv3g")
    assert wired.address("qq", "iv3g") == "10.50.1.2"
    assert default_route(wired, "qq") == (None, "link")


def test_one_container_fits_a_slash_32_in_l3(lab: Lab) -> None:
    lab.network("p32", "ipvlan", {"Subnet": "10.32.82.2/32"}, options={"ipvlan_mode": "l3"})
    lab.run("one", "p32")
    assert lab.address("one", "p32") == "10.32.82.2"
    assert refused(lab.run, "two", "p32")[0] == 500


def test_two_containers_fit_a_slash_31_without_parent(lab: Lab) -> None:
    lab.network("p2p", "macvlan", {"Subnet": "10.98.0.0/31"})
    for name in ("one", "two"):
        lab.run(name, "p2p")
    assert lab.reaches("one", lab.address("two", "p2p"))
    assert (
        "no available IPv4 addresses on this network's address pools: p2p"
        in refused(lab.run, "three", "p2p")[1]
    )


@pytest.mark.parametrize("driver", ["macvlan", "ipvlan"])
def test_published_ports_are_ignored(wired: Lab, driver: str) -> None:
    """Goldens publish-ignored.txt."""
    wired.network("mv", driver, LAN, options={"parent": "lan0"})
    wired.run("mp", "mv", ExposedPorts={"80/tcp": {}}, Host_PortBindings={"80/tcp": [{"HostPort": "8080"}]})
    assert wired.inspect("mp")["NetworkSettings"]["Ports"] == {}
    assert not any(info.local_port == 8080 for info in wired.host.sockets())


@pytest.mark.parametrize("driver", ["macvlan", "ipvlan"])
def test_ipv6(wired: Lab, driver: str) -> None:
    """Goldens ipv6-mtu-two-nets.txt."""
    pools = (LAN, {"Subnet": "fd00:50::/64", "Gateway": "fd00:50::1"})
    wired.network("mv", driver, *pools, options={"parent": "lan0"}, EnableIPv6=True)
    wired.run("m1", "mv")
    assert wired.settings("m1", "mv")["GlobalIPv6Address"] == "fd00:50::2"
    six = [
        (route.dst, route.via)
        for route in wired.namespace("m1").routes(6)
        if route.dst in ("default", "::/0")
    ]
    assert six == [("default", "fd00:50::1")]


def test_a_removed_parent_is_noticed_at_the_start(wired: Lab) -> None:
    wired.network("mv", "macvlan", LAN, options={"parent": "lan0"})
    wired.host.device("lan0").delete()
    status, message = refused(wired.run, "m1", "mv")
    assert status == 500
    assert "the requested parent interface lan0 was not found on the Docker host" in message
