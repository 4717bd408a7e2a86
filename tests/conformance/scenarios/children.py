"""macvlan and ipvlan on the host's NIC: goldens macvlan-bridge/, ipvlan-l2/, macvlan-8021q/, ipvlan-l3/."""

from __future__ import annotations

from typing import Any

from tests.conformance import fabric
from tests.conformance.scenarios.bridges import VIEW
from tests.conformance.stage import HOST, Stage
from tests.conformance.suite import group

SUBNET = {"Subnet": "192.168.50.0/24"}
RANGE = {**SUBNET, "Gateway": "192.168.50.1", "IPRange": "192.168.50.192/27"}
LAN = {**RANGE, "AuxiliaryAddresses": {"host": "192.168.50.2"}}
PORTS: dict[str, Any] = {"ExposedPorts": {"80/tcp": {}}}


def address(ip: str, **more: object) -> dict[str, object]:
    """Endpoint settings with a fixed address."""
    return {"IPAMConfig": {"IPv4Address": ip}, **more}


def on_the_lan(s: Stage, driver: str, opts: dict[str, str], net: str) -> None:
    """What macvlan bridge and ipvlan l2 have in common, in the order of the goldens."""
    s.lan()
    s.scenario("create")
    s.x(HOST, "ip -d link show lan0")
    s.network(net, driver, LAN, opts=opts)
    s.inspect_network(net)
    s.x(HOST, "ip -br link")

    s.scenario("containers")
    s.run("m1", net, Hostname="m1")
    s.run("m2", net, Hostname="m2")
    i1, i2 = s.address("m1", net), s.address("m2", net)
    s.x("m1", *VIEW, "ip -d link show eth0", "ip -br addr", "ip -j route")
    s.x("m2", "ip -d link show eth0", "ip -br addr")
    s.x(HOST, "ip -d link show lan0", "ip -br link")
    s.inspect("m1", "NetworkSettings")
    s.inspect_network(net)
    macs = [
        s.out(w, f"cat /sys/class/net/{d}/address").strip()
        for w, d in (("m1", "eth0"), ("m2", "eth0"), (HOST, "lan0"))
    ]
    s.fact("different MACs of m1, m2 and lan0", len(set(macs)))

    s.scenario("reach")
    s.x("m1", f"ping -c 2 -W 2 {i2}", "ping -c 1 -W 2 m2", "nslookup m2", "ping -c 2 -W 2 192.168.50.100")
    s.x("pc1", f"ping -c 2 -W 2 {i1}")
    s.x("m1", "ping -c 1 -W 2 192.168.50.1", "ping -c 1 -W 2 10.10.10.1", "dig +short m2", "getent hosts m2")
    s.sorted("pc1", "ip neigh")
    s.sorted("m1", "ip neigh")
    s.sorted("switch", "bridge fdb show br br0 | grep -v permanent")
    s.x(
        "pc1",
        f"arping -c 1 -w 2 -I eth0 {i1}",
        f"arping -c 1 -w 2 -I eth0 {i2}",
        f"traceroute -n -q 1 -w 1 {i1}",
    )
    s.x("pc1", f"fping -r 0 -t 400 {i1} {i2} 192.168.50.1 192.168.50.2 192.168.50.77")
    with s.capture("pc1", "eth0", "icmp"):
        s.x("m1", "ping -c 1 -W 2 192.168.50.100")
    with s.capture("switch", "p-host", "icmp"):
        s.x("m1", f"ping -c 1 -W 2 {i2}")

    s.scenario("host-to-own-container")
    s.x(HOST, f"ping -c 2 -W 1 {i1}", "iptables-save | grep -c 192.168.50")
    s.sorted(HOST, "ip -4 neigh show dev lan0")
    s.x("m1", "ping -c 1 -W 1 192.168.50.2")

    s.scenario("shim")
    kind = "macvlan mode bridge" if driver == "macvlan" else "ipvlan mode l2"
    s.x(
        HOST,
        f"ip link add shim0 link lan0 type {kind}",
        "ip addr add 192.168.50.3/32 dev shim0",
        "ip link set shim0 up",
        "ip route add 192.168.50.192/27 dev shim0",
        "ip -d link show shim0",
        "ip route",
        f"ping -c 2 -W 2 {i1}",
    )
    s.x("m1", "ping -c 1 -W 2 192.168.50.3")
    s.sorted("m1", "ip neigh")
    s.x(HOST, "ip link del shim0")
    s.scenario("wrong-shim")
    other = "ipvlan mode l2" if driver == "macvlan" else "macvlan mode bridge"
    s.x(HOST, f"ip link add shim0 link lan0 type {other}", "ip link del shim0")
    if driver == "ipvlan":
        s.x(
            HOST,
            "ip link add shim0 link lan0 type ipvlan mode l3",
            "ip -d link show shim0",
            "ip link del shim0",
        )

    s.scenario("publish-ignored")
    s.run(
        "mp", net, command=("web", "80"), **PORTS, host={"PortBindings": {"80/tcp": [{"HostPort": "8080"}]}}
    )
    mp = s.address("mp", net)
    s.leaves("ports", s.get("/containers/mp/json")["NetworkSettings"]["Ports"])
    s.wait_for("pc1", f"nc -z -w 1 {mp} 80")
    s.x("pc1", f"curl -s -m 4 http://{mp}; echo $?", "curl -s -m 2 http://192.168.50.2:8080; echo $?")
    s.x(HOST, "ss -ltn", f"curl -s -m 1 http://{mp}; echo $?")
    s.remove("mp")

    s.scenario("static-ip-and-mac")
    s.run("s1", net, address("192.168.50.200", MacAddress="02:00:00:00:00:c8"))
    s.x("s1", "ip addr show eth0", "ip -br link")
    s.x("pc1", "ping -c 1 -W 2 192.168.50.200")
    s.sorted("pc1", "ip neigh")
    s.inspect("s1", "NetworkSettings")
    s.remove("s1")
    s.scenario("address-of-a-lan-pc")
    s.run("s2", net, address("192.168.50.100"))
    s.x("router", "ip neigh flush all", "ping -c 1 -W 2 192.168.50.100")
    s.fact(
        "answers to arping from",
        sorted(
            set(s.names.text(s.out("router", "arping -c 2 -w 3 -I eth0 192.168.50.100")).split())
            & {"[<mac s2@" + net + ">]", "[<mac pc1:eth0>]"}
        ),
    )
    s.remove("s2")
    s.scenario("reserved-addresses")
    s.run("s3", net, address("192.168.50.2"))
    s.run("s4", net, address("192.168.50.1"))
    s.run("s5", net, address("192.168.51.7"))
    s.run("s6", net, address(i1))
    s.remove("s3", "s4", "s5", "s6")

    s.scenario("misuse")
    other_driver, other_opts = (
        ("ipvlan", {"parent": "lan0", "ipvlan_mode": "l2"})
        if driver == "macvlan"
        else ("macvlan", {"parent": "lan0"})
    )
    s.network("same-parent", driver, {"Subnet": "192.168.51.0/24"}, opts=opts)
    s.remove("same-parent")
    s.network("cross-parent", other_driver, {"Subnet": "192.168.52.0/24"}, opts=other_opts)
    s.run("cx", "cross-parent")
    s.remove("cx", "cross-parent")
    s.network("overlap", driver, SUBNET, opts={**opts, "parent": "eth0"})
    s.remove("overlap")
    for parent in ("nosuch0", "lo", "docker0", "", "lan0:1", "a-parent-name-too-long", "veth*"):
        s.network("np", driver, {"Subnet": "192.168.53.0/24"}, opts={**opts, "parent": parent})
        s.run("px", "np")
        s.x(HOST, "ip -br link")
        s.remove("px", "np")
    for key, value in (
        (f"{driver}_mode", "wrong"),
        (f"{driver}_mode", ""),
        (f"{driver}_mode", "L2"),
        (f"{driver}_mode", "BRIDGE"),
        ("nosuchoption", "1"),
        ("internal", "x"),
    ):
        s.network("bo", driver, {"Subnet": "192.168.55.0/24"}, opts={"parent": "docker0", key: value})
        s.remove("bo")

    s.scenario("no-parent")
    s.network(
        "dummy",
        driver,
        {"Subnet": "192.168.54.0/24", "Gateway": "192.168.54.1"},
        opts={k: v for k, v in opts.items() if k != "parent"},
    )
    s.x(HOST, "ip -d link show type dummy")
    s.inspect_network("dummy")
    s.run("dx", "dummy")
    s.run("dx2", "dummy")
    s.x(
        "dx",
        "ip -br addr",
        "ip route",
        "ping -c 1 -W 2 dx2",
        "ping -c 1 -W 2 192.168.50.100",
        "nslookup example.com",
    )
    s.remove("dx", "dx2", "dummy")
    s.x(HOST, "ip -d link show type dummy")

    s.scenario("no-gateway-no-range")
    s.remove("m1", "m2", net)
    s.network(net, driver, SUBNET, opts=opts)
    s.inspect_network(net)
    s.run("m1", net)
    s.run("m2", net)
    s.x("m1", "ip -br addr", "ip route", "ping -c 1 -W 1 10.10.10.1")
    s.x("m2", "ip -br addr", "ip route", "ping -c 1 -W 2 192.168.50.100")
    s.x("pc1", "ping -c 1 -W 2 192.168.50.1")
    s.remove("m1", "m2", net)
    s.scenario("no-subnet")
    s.network(net, driver, opts=opts)
    s.inspect_network(net)
    s.run("m1", net)
    s.x("m1", "ip -br addr", "ip route")
    s.remove("m1", net)
    s.scenario("internal")
    s.network(net, driver, RANGE, opts=opts, Internal=True)
    s.inspect_network(net)
    s.run("m1", net)
    s.x("m1", "ip -br addr", "ip route", "ping -c 1 -W 1 192.168.50.100")
    s.remove("m1", net)

    s.scenario("ipv6-and-two-networks")
    s.network(
        net, driver, RANGE, {"Subnet": "fd00:50::/64", "Gateway": "fd00:50::1"}, opts=opts, EnableIPv6=True
    )
    s.run("m1", net)
    s.run("m2", net)
    s.wait(2.5)
    s.x("m1", "ip addr show eth0", "ip -6 route", "ping -6 -c 1 -W 2 m2", "getent ahosts m2")
    s.sorted("m1", "ip -6 neigh")
    s.network("ub")
    s.ask("connect m1 to ub", "POST", "/networks/ub/connect", {"Container": "m1"})
    s.learn("m1")
    s.x("m1", "ip -br addr", "ip route", "ip -6 route")
    s.run("ubx", "ub")
    s.x("m1", "ping -c 1 -W 2 ubx", "ping -c 1 -W 2 192.168.50.100", "ping -c 1 -W 2 10.10.10.1")
    s.inspect("m1", "NetworkSettings")
    s.remove("m1", "m2", "ubx", "ub", net)
    s.scenario("mtu")
    s.network(
        net,
        driver,
        {**SUBNET, "IPRange": "192.168.50.192/27"},
        opts={**opts, "com.docker.network.driver.mtu": "1400"},
    )
    s.run("m1", net)
    s.x("m1", "ip link show eth0")
    s.remove("m1", net)

    s.scenario("not-promiscuous")
    s.network(net, driver, RANGE, opts=opts)
    s.run("m1", net)
    i1 = s.address("m1", net)
    s.x(HOST, "ip link set lan0 promisc off", "ip -d link show lan0")
    s.x("pc1", f"ping -c 2 -W 2 {i1}")
    s.scenario("parent-down")
    s.x(HOST, "ip link set lan0 down", "ip -br link show lan0")
    s.x("m1", "ip -br link", "ping -c 1 -W 1 192.168.50.100", "ip route")
    s.x(HOST, "ip link set lan0 up")
    s.wait(1)
    s.x("m1", "ping -c 1 -W 2 192.168.50.100", "ip route", "ip -br link")
    s.scenario("port-security")
    mac = s.out(HOST, "cat /sys/class/net/lan0/address").strip()
    s.x(
        "switch",
        "bridge link set dev p-host learning off flood off",
        "ip link set dev p-host type bridge_slave fdb_flush",
        f"bridge fdb replace {mac} dev p-host master static vlan 1",
        "bridge -d link show dev p-host",
    )
    s.sorted("switch", "bridge fdb show br br0 | grep p-host | grep -v permanent")
    s.x("pc1", "ip neigh flush all", f"ping -c 1 -W 1 {i1}", "ping -c 1 -W 2 192.168.50.2")
    s.x(
        "switch",
        "bridge link set dev p-host learning on flood on",
        f"bridge fdb del {mac} dev p-host master static vlan 1",
    )
    s.x("pc1", f"ping -c 1 -W 2 {i1}")
    s.scenario("parent-vanishes")
    s.x(HOST, "ip link add par0 type dummy", "ip link set par0 up")
    s.network("pv", driver, {"Subnet": "192.168.77.0/24"}, opts={**opts, "parent": "par0"})
    s.run("v1", "pv")
    s.x(HOST, "ip link del par0")
    s.x("v1", "ip -br link", "ip route", "ping -c 1 -W 1 192.168.77.9")
    s.ask("restart v1", "POST", "/containers/v1/restart")
    s.remove("v1", "pv")


@group("macvlan-bridge", order=30)
def macvlan_bridge(s: Stage) -> None:
    on_the_lan(s, "macvlan", {"parent": "lan0"}, "mv")


@group("macvlan-modes", order=31)
def macvlan_modes(s: Stage) -> None:
    s.lan()
    for mode in ("private", "vepa", "passthru"):
        s.scenario(mode)
        s.network("mv", "macvlan", RANGE, opts={"parent": "lan0", "macvlan_mode": mode})
        s.run("m1", "mv")
        s.run("m2", "mv")
        other = s.address("m2", "mv") or "192.168.50.100"
        s.x("m1", "ip -d link show eth0", f"ping -c 1 -W 1 {other}", "ping -c 1 -W 1 192.168.50.100")
        s.x("pc1", f"ping -c 1 -W 1 {s.address('m1', 'mv')}")
        s.x(HOST, "ip -d link show lan0", "ping -c 1 -W 1 192.168.50.100")
        s.network("mv2", "macvlan", {"Subnet": "192.168.56.0/24"}, opts={"parent": "lan0"})
        s.remove("m1", "m2", "mv2", "mv")
    s.scenario("passthru-second")
    s.network("mv", "macvlan", RANGE, opts={"parent": "lan0"})
    s.network(
        "mv2", "macvlan", {"Subnet": "192.168.56.0/24"}, opts={"parent": "lan0", "macvlan_mode": "passthru"}
    )
    s.remove("mv", "mv2")


@group("ipvlan-l2", order=32)
def ipvlan_l2(s: Stage) -> None:
    on_the_lan(s, "ipvlan", {"parent": "lan0", "ipvlan_mode": "l2"}, "iv2")


@group("macvlan-8021q", order=33)
def macvlan_8021q(s: Stage) -> None:
    s.lan()
    v10 = {"Subnet": "10.10.10.0/24", "Gateway": "10.10.10.1"}
    v20 = {"Subnet": "10.10.20.0/24", "Gateway": "10.10.20.1"}
    s.scenario("create")
    s.x(HOST, "ip -br link")
    s.network("vlan10", "macvlan", v10, opts={"parent": "lan0.10"})
    s.network("vlan20", "macvlan", v20, opts={"parent": "lan0.20"})
    s.x(
        HOST,
        "ip -d link show lan0.10",
        "ip -d link show lan0.20",
        "cat /proc/net/vlan/config",
        "ip -br link",
        "ip -br addr",
    )
    s.inspect_network("vlan10")

    s.scenario("containers")
    s.run("v10a", "vlan10", Hostname="v10a")
    s.run("v10b", "vlan10", Hostname="v10b")
    s.run("v20a", "vlan20", Hostname="v20a")
    i10, i20 = s.address("v10a", "vlan10"), s.address("v20a", "vlan20")
    s.x("v10a", *VIEW, "ip -d link show eth0")
    s.x("v20a", *VIEW)
    s.inspect("v10a", "NetworkSettings")
    s.x(HOST, "ip -d link show lan0.10", "ip -br link")

    s.scenario("reach")
    s.x(
        "v10a",
        "ping -c 1 -W 2 v10b",
        "ping -c 1 -W 2 10.10.10.100",
        "ping -c 1 -W 2 10.10.10.1",
        "getent hosts v20a",
    )
    s.x("pc10", f"ping -c 1 -W 2 {i10}")
    s.x("pc20", f"ping -c 1 -W 2 {i20}")
    s.scenario("router-between")
    s.x(
        "v10a",
        f"ping -c 2 -W 2 {i20}",
        "ping -c 1 -W 2 v20a",
        f"traceroute -n -m 4 -q 1 -w 1 {i20}",
        f"ping -c 1 -W 1 -t 1 {i20}",
    )
    s.sorted("v10a", "ip neigh")
    s.x("router", fabric.sysctl("net.ipv4.ip_forward=0"), "sysctl net.ipv4.ip_forward")
    s.x("v10a", f"ping -c 2 -W 1 {i20}")
    s.x("router", fabric.sysctl("net.ipv4.ip_forward=1"))
    s.x("v10a", f"ping -c 1 -W 2 {i20}")
    s.x("router", "ip link set eth0.20 down")
    s.x("v10a", f"ping -c 1 -W 1 {i20}")
    s.x("router", "ip link set eth0.20 up", "ip route")
    s.x("pc1", f"ping -c 1 -W 2 {i10}")

    s.scenario("tagged-frames")
    s.x("v10a", "ping -c 1 -W 2 10.10.10.100", f"ping -c 1 -W 2 {i20}", named=False)
    with s.capture("switch", "p-host", "vlan and icmp"):
        s.x("v10a", "ping -c 1 -W 2 10.10.10.100", f"ping -c 1 -W 2 {i20}")
        s.x("v20a", "ping -c 1 -W 2 10.10.20.100")
    with s.capture("switch", "p-pc10", "icmp"):
        s.x("v10a", "ping -c 1 -W 2 10.10.10.100")
    with s.capture("pc10", "eth0", "icmp"):
        s.x("v10a", "ping -c 1 -W 2 10.10.10.100")
    with s.capture("v10a", "eth0", "icmp"):
        s.x("v10a", "ping -c 1 -W 2 10.10.10.100")
    with s.capture(HOST, "lan0", "vlan and icmp"):
        s.x("v10a", "ping -c 1 -W 2 10.10.10.100")
    s.sorted("switch", "bridge fdb show br br0 | grep -v permanent")
    s.x("switch", "bridge vlan", "bridge link", "bridge -c=never vlan show dev p-host")

    s.scenario("vlan-not-on-the-trunk")
    s.network(
        "vlan30", "macvlan", {"Subnet": "10.10.30.0/24", "Gateway": "10.10.30.1"}, opts={"parent": "lan0.30"}
    )
    s.run("v30", "vlan30")
    s.run("v30b", "vlan30")
    s.x("v30", "ping -c 1 -W 2 v30b", "ping -c 1 -W 1 10.10.30.1")
    s.remove("v30", "v30b", "vlan30")

    s.scenario("misuse")
    for parent in (
        "lan0.0",
        "lan0.1",
        "lan0.4094",
        "lan0.4095",
        "lan0.-1",
        "lan0.abc",
        "nosuch0.10",
        "lan0.10.30",
        "lan0.",
        ".10",
        "lan0.010",
        "lan0.99999",
        "lan0. 5",
    ):
        s.network("bad", "macvlan", {"Subnet": "10.10.99.0/24"}, opts={"parent": parent})
        s.x(HOST, "ip -d link show | grep -A2 'vlan0\\|lan0[.]' | grep -v brd", "ip -br link")
        s.remove("bad")
    s.network("again", "macvlan", {"Subnet": "10.10.98.0/24"}, opts={"parent": "lan0.10"})
    s.remove("again")
    s.scenario("untagged-beside")
    s.network("untagged", "macvlan", RANGE, opts={"parent": "lan0"})
    s.run("qq", "untagged")
    s.x("qq", "ping -c 1 -W 2 192.168.50.100")
    s.remove("qq", "untagged")
    s.scenario("ipvlan-on-a-vlan")
    s.remove("v20a", "vlan20")
    s.network("iv20", "ipvlan", v20, opts={"parent": "lan0.20"})
    s.run("qq", "iv20")
    s.x("qq", "ip -d link show eth0", "ping -c 1 -W 2 10.10.20.100")
    s.remove("qq", "iv20")

    s.scenario("removal")
    s.x(HOST, "ip -br link")
    s.remove("v10a", "v10b", "vlan10")
    s.x(HOST, "ip -br link")
    s.scenario("hand-made-subinterface")
    s.x(HOST, "ip link add link lan0 name lan0.40 type vlan id 40", "ip link set lan0.40 up")
    s.network("vlan40", "macvlan", {"Subnet": "10.10.40.0/24"}, opts={"parent": "lan0.40"})
    s.remove("vlan40")
    s.x(HOST, "ip -br link", "ip link del lan0.40")
    s.x(HOST, "ip link add link lan0 name vl50 type vlan id 50", "ip link set vl50 up")
    s.network("vlan50", "macvlan", {"Subnet": "10.10.50.0/24"}, opts={"parent": "vl50"})
    s.remove("vlan50")
    s.x(HOST, "ip -br link", "ip link del vl50")


@group("ipvlan-l3", order=34)
def ipvlan_l3(s: Stage) -> None:
    l3 = {"parent": "lan0", "ipvlan_mode": "l3"}
    s.lan()
    s.scenario("create")
    s.network("iv3", "ipvlan", {"Subnet": "10.50.1.0/24"}, {"Subnet": "10.50.2.0/24"}, opts=l3)
    s.inspect_network("iv3")
    s.scenario("containers")
    s.run("l3a", "iv3", address("10.50.1.10"), Hostname="l3a")
    s.run("l3b", "iv3", address("10.50.2.10"), Hostname="l3b")
    s.run("l3d", "iv3")
    s.x("l3a", *VIEW, "ip -d link show eth0")
    s.x("l3b", *VIEW, "ip link show eth0")
    s.x("l3d", "ip -br addr", "ip route")
    s.x(HOST, "ip -d link show lan0", "ip route")
    s.inspect("l3a", "NetworkSettings")
    s.scenario("reach")
    s.x(
        "l3a",
        "ping -c 2 -W 2 10.50.2.10",
        "ping -c 1 -W 2 l3b",
        "nslookup l3b",
        "ip neigh",
        "cat /proc/net/arp",
        "ping -c 1 -W 1 10.50.1.1",
    )
    s.x(
        "l3a",
        "ping -c 1 -W 1 192.168.50.2",
        "arping -c 1 -w 1 -I eth0 10.50.2.10",
        "ping -b -c 1 -W 1 10.50.1.255",
        "traceroute -n -m 3 -q 1 -w 1 10.50.2.10",
    )
    s.x(HOST, "ping -c 1 -W 1 10.50.1.10")
    s.scenario("lan-without-route")
    s.x("pc1", "ip route", "ping -c 1 -W 1 10.50.1.10")
    s.x("l3a", "ping -c 1 -W 1 192.168.50.100", "ping -c 1 -W 1 192.168.50.1")
    with s.capture("pc1", "eth0", "icmp"):
        s.x("l3a", "ping -c 1 -W 1 192.168.50.100")
    s.scenario("lan-with-route")
    s.x(
        "pc1",
        "ip route add 10.50.0.0/16 via 192.168.50.2",
        "ip route",
        "ping -c 2 -W 2 10.50.1.10",
        "ping -c 1 -W 2 10.50.2.10",
        "traceroute -n -m 4 -q 1 -w 1 10.50.1.10",
    )
    s.x("l3a", "ping -c 2 -W 2 192.168.50.100", "ip neigh")
    s.sorted("pc1", "ip neigh")
    with s.capture("pc1", "eth0", "icmp"):
        s.x("l3a", "ping -c 1 -W 2 192.168.50.100")
    s.scenario("without-forwarding")
    s.x(HOST, fabric.sysctl("net.ipv4.ip_forward=0"), "iptables -S FORWARD")
    s.x("pc1", "ping -c 1 -W 1 10.50.1.10")
    s.x("l3a", "ping -c 1 -W 1 192.168.50.100")
    s.x(
        HOST,
        f"ip netns exec router true; {fabric.sysctl('net.ipv4.ip_forward=1')}",
        "sysctl net.ipv4.ip_forward",
    )
    s.scenario("beyond-the-router")
    s.x("l3a", "ping -c 1 -W 1 10.10.10.100")
    s.x(HOST, "ip route add 10.10.0.0/16 via 192.168.50.1")
    s.x("pc10", "ip route add default via 10.10.10.1")
    s.x("l3a", "ping -c 1 -W 1 10.10.10.100")
    s.x("router", "ip route add 10.50.0.0/16 via 192.168.50.2", "ip route")
    s.x("l3a", "ping -c 2 -W 2 10.10.10.100", "traceroute -n -m 4 -q 1 -w 1 10.10.10.100")
    s.x("pc10", "ping -c 1 -W 2 10.50.2.10")
    s.x(HOST, "ip route del 10.10.0.0/16 via 192.168.50.1")
    s.x("router", "ip route del 10.50.0.0/16")
    s.x("pc10", "ip route del default")
    s.x("pc1", "ip route del 10.50.0.0/16")

    s.scenario("misuse")
    s.network("iv3b", "ipvlan", {"Subnet": "10.60.1.0/24"}, opts=l3)
    s.network("iv2b", "ipvlan", SUBNET, opts={"parent": "lan0", "ipvlan_mode": "l2"})
    s.network("mvb", "macvlan", {**SUBNET, "IPRange": "192.168.50.192/27"}, opts={"parent": "lan0"})
    s.run("cx", "mvb")
    s.remove("cx", "mvb")
    s.network(
        "badmode", "ipvlan", {"Subnet": "10.60.1.0/24"}, opts={"parent": "docker0", "ipvlan_mode": "l4"}
    )
    s.network("badflag", "ipvlan", {"Subnet": "10.60.1.0/24"}, opts={"parent": "docker0", "ipvlan_flag": "x"})
    s.remove("l3a", "l3b", "l3d", "iv3", "badmode", "badflag")
    s.scenario("gateway-given")
    s.network("iv3g", "ipvlan", {"Subnet": "10.50.1.0/24", "Gateway": "10.50.1.1"}, opts=l3)
    s.inspect_network("iv3g")
    s.run("qq", "iv3g")
    s.x("qq", "ip addr show eth0", "ip route")
    s.remove("qq", "iv3g")
    s.scenario("subnet-of-the-lan")
    s.network("iv3s", "ipvlan", {**SUBNET, "IPRange": "192.168.50.192/27"}, opts=l3)
    s.run("qq", "iv3s")
    s.x("qq", "ip route", "ping -c 1 -W 1 192.168.50.100")
    s.x("pc1", f"ping -c 1 -W 1 {s.address('qq', 'iv3s')}")
    s.remove("qq", "iv3s")
    s.scenario("l3s")
    s.network("iv3ss", "ipvlan", {"Subnet": "10.50.1.0/24"}, opts={"parent": "lan0", "ipvlan_mode": "l3s"})
    s.run("qq", "iv3ss")
    s.run("q2", "iv3ss")
    s.x("qq", "ip -d link show eth0", "ip route", "ping -c 1 -W 1 q2")
    s.x(
        "pc1",
        "ip route add 10.50.0.0/16 via 192.168.50.2",
        f"ping -c 1 -W 1 {s.address('qq', 'iv3ss')}",
        "ip route del 10.50.0.0/16",
    )
    s.remove("qq", "q2", "iv3ss")
    for flag in ("bridge", "private", "vepa"):
        s.scenario(f"flag-{flag}")
        s.network("ivf", "ipvlan", RANGE, opts={"parent": "lan0", "ipvlan_mode": "l2", "ipvlan_flag": flag})
        s.run("qq", "ivf")
        s.run("q2", "ivf")
        s.x("qq", "ip -d link show eth0 | grep ipvlan", "ping -c 1 -W 1 q2", "ping -c 1 -W 1 192.168.50.100")
        s.remove("qq", "q2", "ivf")
    s.scenario("ipv6")
    s.network(
        "iv36", "ipvlan", {"Subnet": "10.50.1.0/24"}, {"Subnet": "fd00:50:1::/64"}, opts=l3, EnableIPv6=True
    )
    s.run("qq", "iv36")
    s.run("q2", "iv36")
    s.wait(2.5)
    s.x("qq", "ip addr show eth0", "ip -6 route", "ping -6 -c 1 -W 2 q2", "ping -4 -c 1 -W 2 q2")
    s.remove("qq", "q2", "iv36")
