"""Cases from the field, each under the number that the field log gives it (FC-..): what was asked, what happens."""

from __future__ import annotations

from typing import Any

from tests.conformance.scenarios.children import RANGE, address
from tests.conformance.stage import HOST, Stage, outcome
from tests.conformance.suite import group

WEB = ("web", "80")


def _pools(s: Stage, name: str) -> None:
    answer = s.request("GET", f"/networks/{name}")
    if answer.ok:
        seen = answer.json()
        for key in ("IPAM", "EnableIPv4", "EnableIPv6", "Internal", "Options"):
            s.leaves(f"{name} {key}", seen[key])


def _fill(s: Stage, network: str, count: int, prefix: str) -> None:
    for number in range(count):
        name = f"{prefix}{number}"
        s.run(name, network)
        s.fact(f"address of {name}", s.address(name, network))


@group("cases-addresses", order=40)
def addresses(s: Stage) -> None:
    """Pools, ranges, gateways: what is accepted and which addresses are given."""
    s.lan()
    s.scenario("FC-01 one subnet on two NICs")
    s.x(
        HOST, "ip link add lan0.11 link lan0 type vlan id 11", "ip link add lan0.12 link lan0 type vlan id 12"
    )
    s.network("one", "macvlan", {"Subnet": "10.0.10.0/24"}, opts={"parent": "lan0.11"})
    s.network("two", "macvlan", {"Subnet": "10.0.10.0/24"}, opts={"parent": "lan0.12"})
    s.network("three", "bridge", {"Subnet": "10.0.10.128/25"})
    s.remove("one", "two", "three")
    s.network(
        "one", "macvlan", {"Subnet": "10.0.10.0/24", "IPRange": "10.0.10.0/25"}, opts={"parent": "lan0.11"}
    )
    s.network(
        "two", "macvlan", {"Subnet": "10.0.10.0/24", "IPRange": "10.0.10.128/25"}, opts={"parent": "lan0.12"}
    )
    s.run("a1", "one")
    s.run("a2", "two")
    s.x("a1", "ip -br addr", "ping -c 1 -W 1 a2", "getent hosts a2")
    s.x("a2", "ip -br addr")
    s.remove("a1", "a2", "one", "two")
    s.scenario("FC-03 host bits in the subnet")
    for subnet, gateway in (
        ("10.100.50.0/22", "10.100.48.1"),
        ("10.10.10.0/8", ""),
        ("10.100.48.0/22", "10.100.48.1"),
    ):
        s.network("hb", "bridge", {"Subnet": subnet, **({"Gateway": gateway} if gateway else {})})
        _pools(s, "hb")
        s.remove("hb")
    s.scenario("FC-04 gateway outside, no gateway")
    s.network(
        "g1", "macvlan", {"Subnet": "172.30.30.0/23", "Gateway": "192.168.0.1"}, opts={"parent": "lan0"}
    )
    s.network("g2", "macvlan", {"Subnet": "172.30.30.0/23"}, opts={"parent": "lan0"})
    s.run("c1", "g2")
    s.x("c1", "ip -br addr", "ip route", "ping -c 1 -W 1 1.1.1.1")
    s.remove("c1", "g2")
    for driver, opts in (
        ("bridge", {}),
        ("macvlan", {"parent": "lan0"}),
        ("macvlan", {}),
        ("ipvlan", {"parent": "lan0", "ipvlan_mode": "l3"}),
    ):
        s.scenario("FC-05 a /31")
        name = f"p31{driver}{len(opts)}"
        s.network(name, driver, {"Subnet": "10.255.1.0/31"}, opts=opts)
        _pools(s, name)
        _fill(s, name, 3, f"x{driver}{len(opts)}-")
        s.clean_containers()
        s.clean_networks()
        s.scenario("FC-05 a /30")
        s.network(name, driver, {"Subnet": "10.255.1.0/30"}, opts=opts)
        _fill(s, name, 3, f"y{driver}{len(opts)}-")
        s.clean_containers()
        s.clean_networks()
    s.scenario("FC-06 a /32 for a container")
    for driver, opts in (
        ("ipvlan", {"parent": "lan0", "ipvlan_mode": "l3"}),
        ("ipvlan", {"parent": "lan0"}),
        ("macvlan", {"parent": "lan0"}),
        ("bridge", {}),
    ):
        name = f"p32{driver}{len(opts)}"
        s.network(name, driver, {"Subnet": "10.32.82.2/32"}, opts=opts)
        _fill(s, name, 2, f"z{driver}{len(opts)}-")
        s.x(f"z{driver}{len(opts)}-0", "ip -br addr", "ip route")
        s.clean_containers()
        s.clean_networks()
    s.scenario("FC-08 a /29 takes five")
    s.network("p29", "bridge", {"Subnet": "192.168.255.136/29"})
    _fill(s, "p29", 6, "f")
    s.clean_containers()
    s.clean_networks()
    s.scenario("FC-08 range and auxiliary addresses")
    s.network(
        "rg",
        "bridge",
        {
            "Subnet": "10.77.0.0/24",
            "IPRange": "10.77.0.8/30",
            "Gateway": "10.77.0.1",
            "AuxiliaryAddresses": {"a": "10.77.0.9", "b": "10.77.0.77"},
        },
    )
    _fill(s, "rg", 4, "g")
    s.clean_containers()
    s.clean_networks()
    s.scenario("FC-09 IPv6 subnet without IPv6")
    for driver, opts in (
        ("bridge", {}),
        ("macvlan", {"parent": "lan0"}),
        ("ipvlan", {"parent": "lan0", "ipvlan_mode": "l3"}),
    ):
        name = f"no6{driver}"
        s.network(
            name,
            driver,
            {"Subnet": "10.78.0.0/24"},
            {"Subnet": "2001:db8:9::/64", "Gateway": "2001:db8:9::1"},
            opts=opts,
        )
        _pools(s, name)
        s.run(f"n{driver}", name)
        s.x(
            f"n{driver}",
            "ip -6 addr",
            "ip -6 route",
            "ip -br addr",
            "cat /proc/sys/net/ipv6/conf/eth0/disable_ipv6",
        )
        s.clean_containers()
        s.clean_networks()
    s.scenario("FC-11 IPv6 only")
    s.network(
        "six1",
        "macvlan",
        {"Subnet": "2001:db8:8::/64", "Gateway": "2001:db8:8::1"},
        opts={"parent": "lan0"},
        EnableIPv6=True,
    )
    _pools(s, "six1")
    s.remove("six1")
    s.network(
        "six2",
        "macvlan",
        {"Subnet": "2001:db8:8::/64", "Gateway": "2001:db8:8::1"},
        opts={"parent": "lan0"},
        EnableIPv6=True,
        EnableIPv4=False,
    )
    _pools(s, "six2")
    s.run("s1", "six2")
    s.wait(2.5)
    s.x("s1", "ip -br addr", "ip route", "ip -6 route", "cat /etc/hosts")
    s.inspect("s1", "NetworkSettings")
    s.remove("s1", "six2")
    s.scenario("FC-19 one pool in three entries, the parent as a label")
    s.network(
        "split",
        "macvlan",
        {"Subnet": "10.79.0.0/24"},
        {"Gateway": "10.79.0.1"},
        {"IPRange": "10.79.0.128/25"},
        opts={"parent": "lan0"},
    )
    s.network("label", "macvlan", {"Subnet": "10.79.0.0/24"}, Labels={"parent": "lan0"})
    _pools(s, "label")
    s.x(HOST, "ip -br link")
    s.remove("label")
    s.scenario("FC-47 static in the dynamic range")
    s.network("st", "bridge", {"Subnet": "10.80.0.0/24"})
    s.create("sa", s.body("st", address("10.80.0.2")))
    s.create("sb", s.body("st"))
    s.start("sb")
    s.fact("sb has", s.address("sb", "st"))
    s.start("sa")
    s.ask("stop sb", "POST", "/containers/sb/stop")
    s.start("sa")
    s.start("sb")
    s.fact("sb has then", s.address("sb", "st"))
    s.remove("sa", "sb", "st")
    s.network("st2", "bridge", {"Subnet": "10.80.0.0/24", "IPRange": "10.80.0.128/25"})
    s.run("sc", "st2")
    s.run("sd", "st2", address("10.80.0.5"))
    s.fact("outside the range", [s.address("sc", "st2"), s.address("sd", "st2")])
    s.remove("sc", "sd", "st2")
    s.scenario("FC-49 static address, written wrongly")
    s.network("sw", "bridge", {"Subnet": "10.81.0.0/24"})
    s.run("w1", "sw", address("10.81.0.9/24"))
    s.run("w2", "sw", address("10.81.0.9"))
    s.x("w2", "ip -br addr", "ip route")
    s.remove("w1", "w2")
    s.create("w3", s.body("bridge"))
    s.ask(
        "connect w3",
        "POST",
        "/networks/sw/connect",
        {"Container": "w3", "EndpointConfig": address("10.81.0.10")},
    )
    s.start("w3")
    s.x("w3", "ip -br addr", "ip route")
    s.remove("w3", "sw")


@group("cases-parents", order=41)
def parents(s: Stage) -> None:
    """Parents: which exist, which may be shared, what a name may be."""
    s.lan()
    s.scenario("FC-12 missing parent")
    for driver in ("macvlan", "ipvlan"):
        for parent in ("en0", "vmenet3", "eth1.30", "eth9", "wlan0"):
            s.network("mp", driver, {"Subnet": "10.82.0.0/24"}, opts={"parent": parent})
            s.clean_networks()
    s.scenario("FC-14 name too long")
    s.x(
        HOST,
        "ip link add enx024200000001 type dummy",
        "ip link set enx024200000001 up",
        "ip link add lan000000012 type dummy",
    )
    for parent in ("enx024200000001.11", "lan000000012.1002", "lan000000012.10", "enx024200000001"):
        s.network("tl", "macvlan", {"Subnet": "10.82.0.0/24"}, opts={"parent": parent})
        s.x(HOST, "ip -br link show type vlan")
        s.clean_networks()
    s.x(HOST, "ip link del enx024200000001", "ip link del lan000000012")
    s.scenario("FC-15 second network on a parent")
    for first, second in (
        ("macvlan", "macvlan"),
        ("ipvlan", "ipvlan"),
        ("macvlan", "ipvlan"),
        ("ipvlan", "macvlan"),
    ):
        s.network("p1", first, {"Subnet": "10.83.1.0/24"}, opts={"parent": "lan0"})
        s.network("p2", second, {"Subnet": "10.83.2.0/24"}, opts={"parent": "lan0"})
        s.run(f"{first}-{second}-1", "p1")
        s.run(f"{first}-{second}-2", "p2")
        s.x(f"{first}-{second}-1", "ip -br addr", "ping -c 1 -W 1 10.83.2.1")
        s.clean_containers()
        s.clean_networks()
    s.scenario("FC-15 one network with two subnets")
    for driver, opts in (
        ("macvlan", {"parent": "lan0"}),
        ("ipvlan", {"parent": "lan0"}),
        ("ipvlan", {"parent": "lan0", "ipvlan_mode": "l3"}),
    ):
        s.network("multi", driver, {"Subnet": "10.84.1.0/24"}, {"Subnet": "10.84.2.0/24"}, opts=opts)
        s.run("mu1", "multi")
        s.run("mu2", "multi", address("10.84.2.9"))
        s.x("mu1", "ip -br addr", "ip route", "ping -c 1 -W 1 10.84.2.9")
        s.x("mu2", "ip -br addr", "ip route")
        s.clean_containers()
        s.clean_networks()
    s.scenario("FC-17 MAC on ipvlan")
    s.network("iv", "ipvlan", RANGE, opts={"parent": "lan0"})
    s.run("im1", "iv", {"MacAddress": "02:00:00:00:17:01"})
    s.run("im2", "iv", MacAddress="02:00:00:00:17:02")
    s.run("im3", "iv")
    s.run("im4", "iv")
    same = {s.out(c, "cat /sys/class/net/eth0/address").strip() for c in ("im3", "im4")}
    s.fact("MACs of im3, im4 and lan0", len(same | {s.out(HOST, "cat /sys/class/net/lan0/address").strip()}))
    s.inspect("im3", "NetworkSettings")
    s.x("im3", "busybox udhcpc -i eth0 -q -n -t 1 -T 1")
    s.clean_containers()
    s.clean_networks()
    s.scenario("FC-20 bridge over the host's LAN")
    s.network("over", "bridge", {"Subnet": "192.168.0.0/16"})
    s.x(HOST, "ip route", "ip route get 192.168.50.100", "ping -c 1 -W 1 192.168.50.100")
    s.run("ov1", "over")
    s.x("ov1", "ip -br addr", "ip route", "ping -c 1 -W 1 192.168.50.100", "ping -c 1 -W 1 192.168.50.2")
    s.x("pc1", "ping -c 1 -W 1 192.168.50.2")
    s.clean_containers()
    s.clean_networks()
    s.scenario("FC-27 return route and NAT")
    s.network("l3", "ipvlan", {"Subnet": "192.168.200.0/24"}, opts={"parent": "lan0", "ipvlan_mode": "l3"})
    s.run("r1", "l3", address("192.168.200.10"))
    s.x("r1", "ip route", "ping -c 1 -W 1 192.168.50.100", "ping -c 1 -W 1 192.168.50.1")
    s.x("router", "ip route add 192.168.200.0/24 via 192.168.50.2")
    s.x("r1", "ping -c 1 -W 1 192.168.50.100", "ping -c 1 -W 1 192.168.50.1")
    s.x("pc1", "ping -c 1 -W 1 192.168.200.10", "traceroute -n -m 4 -q 1 -w 1 192.168.200.10")
    s.x("router", "ip route del 192.168.200.0/24")
    s.clean_containers()
    s.clean_networks()
    s.scenario("FC-38 MTU of the parent")
    s.x(HOST, "ip link set lan0 mtu 1400")
    s.network("mv", "macvlan", RANGE, opts={"parent": "lan0"})
    s.run("mt1", "mv")
    s.x(
        "mt1",
        "ip link show eth0",
        "ping -c 1 -W 1 -M do -s 1372 192.168.50.100",
        "ping -c 1 -W 1 -M do -s 1373 192.168.50.100",
    )
    s.x(HOST, "ip link set lan0 mtu 1500", "ip link show lan0")
    s.x("mt1", "ip link show eth0")
    s.clean_containers()
    s.clean_networks()
    s.scenario("FC-41 same address, new MAC")
    s.network("mv", "macvlan", RANGE, opts={"parent": "lan0"})
    s.run("k1", "mv", address("192.168.50.210"))
    s.x("pc1", "ping -c 1 -W 1 192.168.50.210")
    before = s.out("k1", "cat /sys/class/net/eth0/address")
    s.ask("restart k1", "POST", "/containers/k1/restart")
    s.learn("k1")
    s.fact("the same MAC after a restart", s.out("k1", "cat /sys/class/net/eth0/address") == before)
    s.x("pc1", "ping -c 1 -W 1 192.168.50.210")
    s.run("k2", "mv", address("192.168.50.211", MacAddress="02:00:00:00:41:01"))
    s.ask("restart k2", "POST", "/containers/k2/restart")
    s.x("k2", "cat /sys/class/net/eth0/address")
    s.x("k1", "cat /sys/class/net/eth0/addr_assign_type")
    s.clean_containers()
    s.clean_networks()


@group("cases-bridges", order=42)
def bridges(s: Stage) -> None:
    """Names, isolation, published ports, ICC, pools."""
    s.lan()
    s.scenario("FC-21 which pool an automatic network takes")
    for number in range(3):
        s.network(f"auto{number}")
        _pools(s, f"auto{number}")
    s.remove("auto1")
    s.network("auto3")
    _pools(s, "auto3")
    s.clean_networks()
    s.network("x18", "bridge", {"Subnet": "172.18.0.0/16"})
    s.x(HOST, "ip route add 172.19.0.0/16 dev lan0", "ip route add 172.20.0.0/16 via 192.168.50.1")
    s.network("auto4")
    _pools(s, "auto4")
    s.x(HOST, "ip route del 172.19.0.0/16 dev lan0", "ip route del 172.20.0.0/16")
    s.clean_networks()
    s.scenario("FC-45 all pools taken")
    taken = []
    for number in range(31):
        answer = s.request("POST", "/networks/create", {"Name": f"many{number}"})
        if answer.ok:
            s._networks.append(answer.json()["Id"])
            taken.append(s.get(f"/networks/many{number}")["IPAM"]["Config"][0]["Subnet"])
        else:
            s.answered(f"network {number}", answer)
    s.fact("subnets", taken)
    s.network("explicit", "bridge", {"Subnet": "10.200.0.0/24"})
    s.clean_networks()
    s.scenario("FC-45 two routes that cover everything")
    s.x(HOST, "ip route add 0.0.0.0/1 dev lan0", "ip route add 128.0.0.0/1 dev lan0")
    s.network("covered")
    s.x(HOST, "ip route del 0.0.0.0/1 dev lan0", "ip route del 128.0.0.0/1 dev lan0")
    s.clean_networks()
    s.scenario("FC-29 FC-30 which names are known")
    s.network("app", "bridge", {"Subnet": "172.28.0.0/24"})
    s.run("nm1", "app", {"Aliases": ["al"]}, Hostname="hn")
    answer = s.request("POST", "/containers/create", s.body("app"))
    made = answer.json()["Id"]
    s._containers.append(made)
    s.request("POST", f"/containers/{made}/start")
    generated = s.get(f"/containers/{made}/json")["Name"].lstrip("/")
    s.names.word(generated, "<generated>")
    s.names.id(made, "generated")
    short = s.get("/containers/nm1/json")["Id"][:12]
    s.x(
        made,
        "getent hosts nm1",
        "getent hosts al",
        "getent hosts hn",
        f"getent hosts {short}",
        "getent hosts nm1.app",
        "getent hosts al.app",
    )
    s.x(
        "nm1",
        f"getent hosts {generated}",
        f"getent hosts {made[:12]}",
        f"ping -c 1 -W 1 {generated}",
        "dig +short -x 172.28.0.3",
        "dig +short -x 172.28.0.2",
    )
    s.leaves("names", s.get("/containers/nm1/json")["NetworkSettings"]["Networks"]["app"]["DNSNames"])
    s.ask("rename", "POST", "/containers/nm1/rename?name=nm2")
    s.x(made, "getent hosts nm1", "getent hosts nm2", "getent hosts al")
    s.run("deflt")
    s.x("deflt", "getent hosts nm2", "cat /etc/resolv.conf", "getent hosts deflt")
    s.clean_containers()
    s.scenario("FC-36 ICC off and internal")
    s.network("ii", opts={"com.docker.network.bridge.enable_icc": "false"}, Internal=True)
    s.run("i1", "ii")
    s.run("i2", "ii", command=WEB)
    s.x("i1", "ping -c 1 -W 1 i2", "nc -z -w 1 i2 80", "ip route")
    s.x(HOST, "iptables -S")
    s.clean_containers()
    s.clean_networks()
    s.scenario("FC-35 published, from everywhere")
    s.network("na")
    s.network("nb")
    s.run(
        "srv",
        "na",
        command=WEB,
        Hostname="srv",
        ExposedPorts={"80/tcp": {}},
        host={"PortBindings": {"80/tcp": [{"HostPort": "8085"}]}},
    )
    s.run("cli", "nb")
    inner = s.address("srv", "na")
    s.wait_for(HOST, f"nc -z {inner} 80")
    for where in ("cli", "srv", "pc1", "router"):
        s.x(
            where,
            "curl -s -m 1 http://192.168.50.2:8085",
            f"curl -s -m 1 http://{inner}:80",
            "curl -s -m 1 http://172.17.0.1:8085",
        )
    s.x(
        HOST,
        "curl -s -m 1 http://localhost:8085",
        "curl -s -m 1 http://[::1]:8085",
        f"curl -s -m 1 http://{inner}",
    )
    s.x("cli", f"ping -c 1 -W 1 {inner}", f"traceroute -n -m 2 -q 1 -w 1 {inner}")
    s.clean_containers()
    s.clean_networks()
    s.scenario("FC-40 the LAN's static route")
    for mode in ("nat", "routed", "nat-unprotected"):
        s.network(
            "dr",
            "bridge",
            {"Subnet": "172.25.0.0/24"},
            opts={"com.docker.network.bridge.gateway_mode_ipv4": mode},
        )
        s.run(
            f"d-{mode}",
            "dr",
            command=WEB,
            Hostname="d",
            ExposedPorts={"80/tcp": {}},
            host={"PortBindings": {"80/tcp": [{"HostPort": "8086"}]}},
        )
        s.run(f"u-{mode}", "dr", command=WEB, Hostname="u")
        s.wait_for(HOST, "nc -z 172.25.0.2 80 && nc -z 172.25.0.3 80")
        s.x(
            "pc1",
            "ip route add 172.25.0.0/24 via 192.168.50.2",
            "curl -s -m 1 http://172.25.0.2",
            "curl -s -m 1 http://172.25.0.3",
            "ping -c 1 -W 1 172.25.0.2",
            "curl -s -m 1 http://192.168.50.2:8086",
            "ip route del 172.25.0.0/24",
        )
        s.clean_containers()
        s.clean_networks()


@group("cases-life", order=43)
def life(s: Stage) -> None:
    """Lifecycle, docker-py's calls, events, listing."""
    s.scenario("FC-43 active endpoints")
    s.network("ae", "bridge", {"Subnet": "10.90.0.0/24"})
    s.run("e1", "ae")
    s.ask("remove while it runs", "DELETE", "/networks/ae")
    s.ask("stop e1", "POST", "/containers/e1/stop")
    s.fact("endpoints", s.get("/networks/ae")["Containers"])
    s.ask("remove while it is stopped", "DELETE", "/networks/ae")
    s.start("e1")
    s.inspect("e1", "State", skip=("StartedAt", "FinishedAt"))
    s.network("ae", "bridge", {"Subnet": "10.90.0.0/24"})
    s.start("e1")
    s.fact("and then", s.address("e1", "ae"))
    s.ask("disconnect by force", "POST", "/networks/ae/disconnect", {"Container": "e1", "Force": True})
    s.ask("remove", "DELETE", "/networks/ae")
    s.x("e1", "ip -br addr")
    s.ask(
        "disconnect the unknown",
        "POST",
        "/networks/bridge/disconnect",
        {"Container": "nosuch", "Force": True},
    )
    s.ask(
        "disconnect the unconnected",
        "POST",
        "/networks/bridge/disconnect",
        {"Container": "e1", "Force": True},
    )
    s.clean_containers()
    s.scenario("FC-44 one name twice")
    s.network("dup")
    s.network("dup", CheckDuplicate=True)
    s.network("dup", CheckDuplicate=False)
    made = s.get("/networks/dup")["Id"]
    s.network(made[:12])
    s.fact("found by the name that is an id's start", s.get(f"/networks/{made[:12]}")["Name"] == made[:12])
    s.fact("found by id", s.get(f"/networks/{made}")["Name"])
    s.fact("found by a shorter start", s.get(f"/networks/{made[:8]}")["Name"] in ("dup", made[:12]))
    s.clean_networks()
    s.scenario("FC-51 MAC addresses")
    s.network("mac", "bridge", {"Subnet": "10.91.0.0/24"})
    s.run("m1", "mac", MacAddress="02:00:00:00:51:01")
    s.run("m2", "mac", {"MacAddress": "02:00:00:00:51:02"})
    s.run("m3", "mac", {"MacAddress": "02:00:00:00:51:03"}, MacAddress="02:00:00:00:51:04")
    s.run("m4", "mac", {"MacAddress": "02:00:00:00:51:02"})
    for name in ("m1", "m2", "m4"):
        s.x(name, "cat /sys/class/net/eth0/address")
    s.run("m5")
    s.ask(
        "connect with a MAC",
        "POST",
        "/networks/mac/connect",
        {"Container": "m5", "EndpointConfig": {"MacAddress": "02:00:00:00:51:05"}},
    )
    s.x("m5", "ip -br link | grep eth1 | grep -c 02:00:00:00:51:05")
    s.fact(
        "in inspect",
        s.get("/containers/m5/json")["NetworkSettings"]["Networks"]["mac"]["MacAddress"]
        == "02:00:00:00:51:05",
    )
    s.clean_containers()
    s.scenario("gateway priority")
    s.network("gp", "bridge", {"Subnet": "10.92.0.0/24"})
    s.run("g1", "mac")
    for network, priority in (("gp", 0), ("bridge", 0)):
        s.ask(
            f"connect {network}",
            "POST",
            f"/networks/{network}/connect",
            {"Container": "g1", "EndpointConfig": {"GwPriority": priority}},
        )
        s.x("g1", "ip route", "ip -br addr")
    s.ask("disconnect bridge", "POST", "/networks/bridge/disconnect", {"Container": "g1"})
    s.ask(
        "connect bridge, priority 10",
        "POST",
        "/networks/bridge/connect",
        {"Container": "g1", "EndpointConfig": {"GwPriority": 10}},
    )
    s.x("g1", "ip route")
    s.ask("disconnect bridge again", "POST", "/networks/bridge/disconnect", {"Container": "g1"})
    s.x("g1", "ip route")
    s.ask("disconnect mac", "POST", "/networks/mac/disconnect", {"Container": "g1"})
    s.x("g1", "ip route", "ip -br addr")
    s.clean_containers()
    s.scenario("FC-52 lists and filters")
    s.run("l1", "gp", Labels={"k": "v"})
    s.create("l2", s.body("gp"))
    s.fact("list has no containers", [n.get("Containers") for n in s.get("/networks") if n["Name"] == "gp"])
    for text in (
        '{"name":["g"]}',
        '{"name":["gp"]}',
        '{"driver":["bridge"]}',
        '{"type":["custom"]}',
        '{"type":["builtin"]}',
        '{"dangling":["true"]}',
        '{"scope":["local"]}',
        '{"label":["x"]}',
    ):
        s.fact(f"networks {text}", sorted(n["Name"] for n in s.get("/networks", filters=text)))
    for text in (
        '{"network":["gp"]}',
        '{"name":["l"]}',
        '{"label":["k=v"]}',
        '{"status":["created"]}',
        '{"status":["running"]}',
        '{"health":["none"]}',
        '{"ancestor":["dnetlab/lab:1"]}',
    ):
        s.fact(
            f"containers {text}",
            sorted(c["Names"][0] for c in s.get("/containers/json", all="1", filters=text)),
        )
    s.clean_containers()
    s.clean_networks()
    s.scenario("events of a container's life")
    with s.events("events"):
        s.network("ev", "bridge", {"Subnet": "10.93.0.0/24"})
        s.run("e1", "ev")
        s.ask("stop", "POST", "/containers/e1/stop")
        s.start("e1")
        s.ask("rename", "POST", "/containers/e1/rename?name=e2")
        s.ask("kill", "POST", "/containers/e2/kill")
        s.ask("wait", "POST", "/containers/e2/wait")
        s.remove("e2", "ev")
    s.scenario("events of connecting")
    s.network("ev1", "bridge", {"Subnet": "10.94.0.0/24"})
    s.run("e3", "ev1")
    with s.events("events", only="network"):
        s.network("ev2", "bridge", {"Subnet": "10.95.0.0/24"})
        s.ask("connect", "POST", "/networks/ev2/connect", {"Container": "e3"})
        s.ask("disconnect", "POST", "/networks/ev2/disconnect", {"Container": "e3"})
        s.ask("remove", "DELETE", "/networks/ev2")
    s.clean_containers()
    s.clean_networks()
    s.scenario("FC-55 what each API version shows")
    s.run("v1")
    for version in ("1.24", "1.41", "1.43", "1.44", "1.45", "1.47", "1.48", "1.51"):
        shown = _at(s, version, "/containers/v1/json")
        settings = shown.get("NetworkSettings", {})
        s.fact(f"{version}: keys", sorted(settings))
        s.fact(f"{version}: endpoint", sorted(settings.get("Networks", {}).get("bridge", {})))
        s.fact(f"{version}: network", sorted(_at(s, version, "/networks/bridge")))
    for version in ("1.12", "1.23", "1.52", "2.0", "abc"):
        answer = s.client.api.get(f"{s.client.api.base_url}/v{version}/networks/bridge")
        s.fact(f"version {version}", outcome(answer) if not answer.ok else "an answer")
    s.scenario("prune")
    s.network("pr1")
    s.network("pr2")
    s.run("p1", "pr2")
    s.ask("prune networks", "POST", "/networks/prune")
    s.clean_containers()
    s.clean_networks()


def _at(s: Stage, version: str, path: str) -> Any:
    return s.client.api.get(f"{s.client.api.base_url}/v{version}{path}").json()
