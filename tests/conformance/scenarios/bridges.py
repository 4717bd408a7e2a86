"""The default bridge and user bridges: goldens default-bridge/ and user-bridge/."""

from __future__ import annotations

import re

from tests.conformance.stage import HOST, Stage
from tests.conformance.suite import group

VIEW = (
    "ip addr",
    "ip route",
    "ip -6 route",
    "ip neigh",
    "cat /etc/resolv.conf",
    "cat /etc/hosts",
)
"""What a container sees of its network."""

WEB = ("web", "80")


@group("default-bridge", order=10)
def default_bridge(s: Stage) -> None:
    s.scenario("host-before")
    s.lan()
    s.x(HOST, "ip addr show docker0", "ip route", "sysctl net.ipv4.ip_forward", "ip -d link show docker0")
    s.x(HOST, "iptables -t nat -S", "iptables -S", "iptables -t raw -S", "iptables-save", "ip6tables-save")
    s.inspect_network("bridge")
    s.inspect_network("host")
    s.inspect_network("none")

    s.scenario("two-containers")
    s.run("b1", Hostname="b1")
    s.run("b2", Hostname="b2")
    i1, i2 = s.address("b1", "bridge"), s.address("b2", "bridge")
    s.x("b1", *VIEW, "hostname", "ip -d link show eth0", "ip -br link", "ip -br addr", "ip -j addr show eth0")
    s.x("b1", f"ping -c 2 -W 2 {i2}", "ip neigh", "ping -c 1 -W 2 172.17.0.1", f"ip route get {i2}")
    s.x(HOST, f"ping -c 1 -W 2 {i1}", "bridge link", "ip -br link", "ip route get 172.17.0.9")
    s.sorted(HOST, "bridge fdb show br docker0", "ip neigh show dev docker0")
    s.inspect_network("bridge")
    s.inspect("b1", "NetworkSettings", "Config", "HostConfig", "State", skip=(r"\.Labels",))

    s.scenario("names")
    s.x(
        "b1",
        "ping -c 1 -W 2 b2",
        "nslookup -timeout=2 -retry=0 b2",
        "getent hosts b2",
        "getent hosts b1",
        "getent ahosts b1",
        "getent hosts localhost",
        "ping -c 1 localhost",
    )

    s.scenario("lan")
    s.x("b1", "ping -c 1 -W 2 192.168.50.100", "ping -c 1 -W 2 192.168.50.1", "ping -c 1 -W 2 192.168.50.2")
    s.x("b1", "traceroute -n -m 3 -w 1 -q 1 192.168.50.100", "ping -c 1 -W 1 -t 1 192.168.50.100")
    s.x("pc1", f"ping -c 1 -W 2 {i1}")
    s.sorted("pc1", "ip neigh")
    s.scenario("lan-pc-with-a-route")
    s.x(
        "pc1",
        "ip route add 172.17.0.0/16 via 192.168.50.2",
        "ip route get 172.17.0.2",
        f"ping -c 1 -W 2 {i1}",
        "curl -s -m 2 http://172.17.0.2:80; echo $?",
        "ip route del 172.17.0.0/16",
    )
    s.scenario("outgoing-nat")
    with s.capture("pc1", "eth0", "icmp"):
        s.x("b1", "ping -c 1 -W 2 192.168.50.100")

    s.scenario("misuse")
    s.run("mi1", endpoint={"IPAMConfig": {"IPv4Address": "172.17.0.77"}})
    s.run("mi2", endpoint={"Aliases": ["web"]})
    s.x("mi2", "cat /etc/hosts", "getent hosts web")
    s.ask("remove bridge", "DELETE", "/networks/bridge")
    s.network("bridge")
    s.ask("connect b1 again", "POST", "/networks/bridge/connect", {"Container": "b1"})
    s.remove("mi1", "mi2")
    s.scenario("links")
    s.run("mi3", host={"Links": ["b1:b1alias"]})
    s.x("mi3", "cat /etc/hosts", "ping -c 1 -W 2 b1alias", "getent hosts b1", "env | sort | grep -i b1alias")
    s.run("mi4", host={"Links": ["nosuch:x"]})
    s.remove("mi3", "mi4")

    s.scenario("publish")
    s.run(
        "web",
        command=WEB,
        ExposedPorts={"80/tcp": {}},
        host={"PortBindings": {"80/tcp": [{"HostPort": "8080"}]}},
    )
    address = s.address("web", "bridge")
    s.wait_for(HOST, f"nc -z {address} 80")
    s.x(HOST, "curl -s -m 5 http://127.0.0.1:8080", "curl -s -m 5 http://192.168.50.2:8080", "ss -ltn")
    s.x(
        "pc1",
        "curl -s -m 5 http://192.168.50.2:8080",
        "curl -s -m 2 http://172.17.0.1:8080",
        "nc -z -w 1 192.168.50.2 8081",
    )
    s.x(
        "b1",
        f"curl -s -m 5 http://{address}",
        "curl -s -m 5 http://172.17.0.1:8080",
        "nc -z -v -w 1 172.17.0.1 8081",
    )
    s.x("web", "curl -s -m 5 http://172.17.0.1:8080", "ss -ltn")
    s.x(HOST, "iptables -t nat -S", "iptables -S", "iptables -t raw -S")
    s.inspect("web", "NetworkSettings")
    s.leaves(
        "ps",
        [c for c in s.get("/containers/json") if c["Names"] == ["/web"]],
        skip=("Created", "Status", "Labels"),
    )
    s.scenario("publish-taken")
    s.run("web2", ExposedPorts={"80/tcp": {}}, host={"PortBindings": {"80/tcp": [{"HostPort": "8080"}]}})
    s.inspect("web2", "State", skip=("StartedAt", "FinishedAt"))
    s.remove("web2")
    s.scenario("publish-any-port")
    s.run("web3", ExposedPorts={"80/tcp": {}}, host={"PortBindings": {"80/tcp": [{"HostPort": ""}]}})
    s.inspect("web3", "NetworkSettings", skip=("Networks",))
    s.remove("web3")
    s.scenario("publish-on-loopback")
    s.run(
        "web4",
        command=WEB,
        ExposedPorts={"80/tcp": {}},
        host={"PortBindings": {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8081"}]}},
    )
    s.inspect("web4", "NetworkSettings", skip=("Networks",))
    s.x("pc1", "curl -s -m 2 http://192.168.50.2:8081; echo $?")
    s.x(HOST, "curl -s -m 2 http://127.0.0.1:8081", "iptables -t nat -S DOCKER", "iptables -t raw -S")
    s.remove("web4")
    s.scenario("publish-udp-and-range")
    s.run(
        "web5",
        ExposedPorts={"53/udp": {}, "81/tcp": {}},
        host={"PortBindings": {"53/udp": [{"HostPort": "5353"}], "81/tcp": [{"HostPort": "9000-9002"}]}},
    )
    s.inspect("web5", "NetworkSettings", skip=("Networks",))
    s.x(HOST, "ss -lun", "iptables -t nat -S DOCKER")
    s.remove("web5")
    s.scenario("publish-all")
    s.run("web6", ExposedPorts={"80/tcp": {}, "443/tcp": {}}, host={"PublishAllPorts": True})
    s.inspect("web6", "HostConfig", skip=("^(?!.*Port)",))
    s.fact("published", sorted(s.get("/containers/web6/json")["NetworkSettings"]["Ports"]))
    s.remove("web6", "web")
    s.scenario("after-removal")
    s.x(HOST, "iptables -t nat -S", "iptables -S", "iptables -t raw -S", "ss -ltn")


@group("user-bridge", order=11)
def user_bridge(s: Stage) -> None:
    s.scenario("two-containers")
    s.lan()
    s.network("app", "bridge", {"Subnet": "172.28.0.0/24", "Gateway": "172.28.0.1"})
    s.run("u1", "app", Hostname="u1")
    s.run("u2", "app", Hostname="u2")
    i2 = s.address("u2", "app")
    s.x("u1", *VIEW, "hostname", "ip -d link show eth0")
    s.x(
        "u1",
        "ping -c 2 -W 2 u2",
        f"ping -c 1 {i2}",
        "ip neigh",
        "ping -c 1 -W 1 172.28.0.1",
        "ip route get 1.1.1.1",
    )
    s.x(
        HOST, "ip -br link", "ip -br addr", "ip route", "bridge link", f"ping -c 1 -W 2 {i2}", "iptables-save"
    )
    s.inspect_network("app")
    s.inspect("u1", "NetworkSettings")

    s.scenario("dns")
    s.x(
        "u1",
        "nslookup u2",
        "nslookup nosuch",
        "getent hosts u2",
        "getent hosts u1",
        "getent hosts nosuch",
        "getent ahostsv4 u2",
        "dig +short u2",
        "dig u2 | grep -v -e '^;; Query' -e COOKIE -e '^; <<>>'",
        "dig nosuch | grep -e status -e flags",
        "dig +short U2",
        "dig +short u2.app",
        "dig u2 AAAA | grep -e status -e flags",
        "dig u2 MX | grep -e status -e flags",
        f"dig -x {i2} +short",
        f"dig -x {i2} | grep -A1 ANSWER.SECTION",
        "dig -x 172.28.0.99 | grep -e status -e flags",
        f"getent hosts {i2}",
        "dig @127.0.0.11 +tcp +short u2",
        "ping -c 1 -W 1 nosuch",
        "curl -s http://nosuch; echo $?",
        "wget -q -O - http://nosuch; echo $?",
        "nc -z -w 1 nosuch 80",
        "fping -r 0 -t 300 u2 nosuch",
        "traceroute -n -m 2 -q 1 -w 1 u2",
        "ss -lun",
        "ss -ltn",
    )
    s.argv("u1", "iptables-save", privileged=True)

    s.scenario("aliases-and-ip")
    s.run("u3", "app", {"Aliases": ["db", "cache"], "IPAMConfig": {"IPv4Address": "172.28.0.50"}})
    s.x("u1", "ping -c 1 -W 2 db", "getent hosts cache", "dig +short db", "dig -x 172.28.0.50 +short")
    s.x("u3", "ip -br addr", "cat /etc/hosts")
    s.inspect("u3", "NetworkSettings")
    s.scenario("one-alias-twice")
    s.run("ua", "app", {"Aliases": ["db"]})
    s.x("u1", "dig +short db | sort", "getent ahostsv4 db | cut -c1-22 | sort")
    s.remove("ua")
    s.x("u1", "dig +short db")

    s.scenario("isolation")
    s.network("other")
    s.leaves("other", s.get("/networks/other")["IPAM"])
    s.run("o1", "other")
    io = s.address("o1", "other")
    s.x("u1", f"ping -c 1 -W 1 {io}", "ping -c 1 -W 1 o1", f"curl -s -m 1 http://{io}; echo $?")
    s.x(HOST, f"ping -c 1 -W 2 {io}", "iptables -S")
    s.run("b1")
    s.x("b1", f"ping -c 1 -W 1 {i2}")
    s.x("u1", f"ping -c 1 -W 1 {s.get('/networks/other')['IPAM']['Config'][0]['Gateway']}")
    s.scenario("published-detour")
    s.run(
        "o2",
        "other",
        command=WEB,
        Hostname="o2",
        ExposedPorts={"80/tcp": {}},
        host={"PortBindings": {"80/tcp": [{"HostPort": "8090"}]}},
    )
    o2 = s.address("o2", "other")
    s.wait_for(HOST, f"nc -z {o2} 80")
    s.x("u1", "curl -s -m 4 http://172.28.0.1:8090; echo $?", f"curl -s -m 1 http://{o2}:80; echo $?")
    s.x(
        "u1",
        "curl -s -m 4 http://192.168.50.2:8090; echo $?",
        "wget -q -O - -T 2 http://172.28.0.1:8090; echo $?",
    )
    s.x("pc1", "curl -s -m 4 http://192.168.50.2:8090; echo $?")
    s.x("o2", "curl -s -m 4 http://192.168.50.2:8090; echo $?")
    s.remove("o2", "b1")

    s.scenario("two-networks")
    s.ask("connect u1 to other", "POST", "/networks/other/connect", {"Container": "u1"})
    s.learn("u1")
    s.x(
        "u1",
        "ip -br addr",
        "ip route",
        "ping -c 1 -W 2 o1",
        "ping -c 1 -W 2 u2",
        "cat /etc/resolv.conf",
        "cat /etc/hosts",
    )
    s.inspect("u1", "NetworkSettings")
    s.ask("connect u1 again", "POST", "/networks/other/connect", {"Container": "u1"})
    s.ask("disconnect u1", "POST", "/networks/other/disconnect", {"Container": "u1"})
    s.x("u1", "ip -br addr", "ip route", "cat /etc/hosts", "getent hosts o1")
    s.ask("disconnect u1 again", "POST", "/networks/other/disconnect", {"Container": "u1"})
    s.scenario("last-network")
    s.ask("disconnect u2", "POST", "/networks/app/disconnect", {"Container": "u2"})
    s.x("u2", "ip -br addr", "ip route", "cat /etc/resolv.conf", "cat /etc/hosts", "ping -c 1 -W 1 u1")
    s.x("u1", "getent hosts u2", f"ping -c 1 -W 1 {i2}")
    s.inspect("u2", "NetworkSettings")
    s.ask("connect u2 back", "POST", "/networks/app/connect", {"Container": "u2"})
    s.learn("u2")
    s.x("u2", "ip -br addr", "ip route", "ping -c 1 -W 1 u1", "cat /etc/resolv.conf")
    s.x("u1", "getent hosts u2", "ping -c 1 -W 1 u2")

    s.scenario("misuse")
    s.network("app")
    s.network("app", CheckDuplicate=True)
    s.network("lanclash", "bridge", {"Subnet": "192.168.50.0/24"})
    s.x(HOST, "ip route", "ip -br addr", "ping -c 1 -W 1 192.168.50.100")
    s.remove("lanclash")
    answer = s.request("DELETE", "/networks/app")
    s.fact("remove app", answer.status_code)
    text = answer.json()["message"]  # the endpoints come in no order
    s.fact("remove app says", [text.partition("(")[0], *sorted(re.findall(r'name:"\w+" id:"\w+"', text))])
    s.run("nonet", "nosuchnet")
    s.run("u1", "app")
    s.run("mi1", "app", {"IPAMConfig": {"IPv4Address": "172.28.0.50"}})
    s.run("mi2", "app", {"IPAMConfig": {"IPv4Address": "10.1.2.3"}})
    s.run("mi3", "other", {"IPAMConfig": {"IPv4Address": "172.18.0.99"}})
    s.run("mi4", "app", {"IPAMConfig": {"IPv4Address": "172.28.0.1"}})
    s.run("mi5", "app", {"IPAMConfig": {"IPv4Address": "172.28.0.255"}})
    s.run("mi6", "app", {"IPAMConfig": {"IPv4Address": "172.28.0.0"}})
    s.remove("nonet", "mi1", "mi2", "mi3", "mi4", "mi5", "mi6")
    s.ask("kill u2", "POST", "/containers/u2/kill")
    s.ask("wait u2", "POST", "/containers/u2/wait")
    s.argv("u2", "true")
    s.x("u1", "getent hosts u2", "ping -c 1 -W 1 172.28.0.3")


@group("user-bridge-options", order=12)
def user_bridge_options(s: Stage) -> None:
    s.lan()
    s.scenario("internal")
    s.network("inside", Internal=True)
    s.inspect_network("inside")
    s.run(
        "q1", "inside", ExposedPorts={"80/tcp": {}}, host={"PortBindings": {"80/tcp": [{"HostPort": "8070"}]}}
    )
    q1 = s.address("q1", "inside")
    s.run("q2", "inside")
    s.x(
        "q1",
        "ip route",
        "ping -c 1 -W 1 192.168.50.100",
        "ping -c 1 -W 1 q2",
        "nslookup example.com",
        "cat /etc/resolv.conf",
    )
    s.x("q1", "ping -c 1 -W 1 172.17.0.1", "ip route get 192.168.50.100")
    s.x(
        HOST, f"ping -c 1 -W 1 {q1}", "ip -br addr", "iptables -S", "iptables -t nat -S", "iptables -t raw -S"
    )
    s.inspect("q1", "NetworkSettings")
    s.remove("q1", "q2", "inside")

    s.scenario("icc-off")
    s.network("noicc", opts={"com.docker.network.bridge.enable_icc": "false"})
    s.run("q1", "noicc")
    s.run("q2", "noicc", command=WEB)
    q2 = s.address("q2", "noicc")
    s.x(
        "q1",
        "ping -c 1 -W 1 q2",
        "getent hosts q2",
        f"curl -s -m 1 http://{q2}; echo $?",
        "ip neigh",
        "ping -c 1 -W 1 172.18.0.1",
    )
    s.x(HOST, "iptables -S", f"curl -s -m 2 http://{q2}; echo $?")
    s.remove("q1", "q2", "noicc")

    s.scenario("mtu")
    s.network("mtu1400", opts={"com.docker.network.driver.mtu": "1400"})
    s.run("q1", "mtu1400")
    s.run("q2", "mtu1400")
    s.x(
        "q1",
        "ip link show eth0",
        "ping -c 1 -W 2 -M do -s 1372 q2",
        "ping -c 1 -W 2 -M do -s 1373 q2",
        "ping -c 1 -W 1 -s 3000 q2",
    )
    s.x(HOST, "ip link | grep -A1 br-", "cat /sys/class/net/docker0/mtu")
    s.remove("q1", "q2", "mtu1400")

    s.scenario("ipv6")
    s.network("six", "bridge", {"Subnet": "172.31.6.0/24"}, {"Subnet": "fd00:6::/64"}, EnableIPv6=True)
    s.run("q1", "six")
    s.run("q2", "six")
    s.wait(2.5)  # no address is tentative any more
    s.x(
        "q1",
        *VIEW,
        "ping -6 -c 1 -W 2 q2",
        "ping -4 -c 1 -W 2 q2",
        "ping -c 1 -W 2 fd00:6::1",
        "ping -c 1 -W 2 fd00:6::3",
    )
    s.x(
        "q1",
        "dig +short q2 AAAA",
        "getent ahosts q2",
        "getent hosts q2",
        "dig -x fd00:6::3 +short",
        "ip -6 addr",
    )
    s.sorted("q1", "ip -6 neigh")
    s.x(
        HOST,
        "ip6tables -S",
        "ip6tables -t nat -S",
        "ip6tables -t raw -S",
        "ip -6 route",
        "ping -c 1 -W 2 fd00:6::2",
    )
    s.inspect_network("six")
    s.inspect("q1", "NetworkSettings")
    s.remove("q1", "q2", "six")
    s.scenario("ipv6-only")
    s.network("only6", "bridge", {"Subnet": "fd00:7::/64"}, EnableIPv4=False, EnableIPv6=True)
    s.inspect_network("only6")
    s.run("q1", "only6")
    s.wait(2.5)
    s.x("q1", "ip -br addr", "ip route", "ip -6 route", "cat /etc/hosts", "ping -c 1 -W 1 fd00:7::1")
    s.remove("q1", "only6")
    s.scenario("no-ip-at-all")
    s.network("none46", EnableIPv4=False, EnableIPv6=False)

    s.scenario("bridge-name")
    s.network("named", opts={"com.docker.network.bridge.name": "labbr0"})
    s.x(HOST, "ip -d link show labbr0", "ip -br addr show labbr0")
    s.network("named2", opts={"com.docker.network.bridge.name": "labbr0"})
    s.network("named3", opts={"com.docker.network.bridge.name": "a-very-long-bridge-name"})
    s.network("named4", opts={"com.docker.network.bridge.name": "lan0"})
    s.network("named5", opts={"com.docker.network.bridge.name": "docker0"})
    s.remove("named", "named2", "named3", "named4", "named5")

    s.scenario("gateway-mode")
    for mode in ("routed", "isolated", "nat-unprotected", "wrong"):
        s.network(
            "gm", opts={"com.docker.network.bridge.gateway_mode_ipv4": mode}, Internal=mode == "isolated"
        )
        s.x(HOST, "iptables -t nat -S", "iptables -S", "ip -br addr", "iptables -t raw -S")
        s.run(
            "q1",
            "gm",
            command=WEB,
            ExposedPorts={"80/tcp": {}},
            host={"PortBindings": {"80/tcp": [{"HostPort": "8071"}]}},
        )
        s.x("q1", "ip -br addr", "ip route", "ping -c 1 -W 1 192.168.50.100")
        s.x(
            HOST,
            "iptables -t nat -S",
            "iptables -S",
            "ss -ltn",
            "curl -s -m 1 http://127.0.0.1:8071; echo $?",
        )
        s.x(
            "pc1",
            "ip route add 172.18.0.0/16 via 192.168.50.2",
            "curl -s -m 1 http://172.18.0.2:80; echo $?",
            "curl -s -m 1 http://192.168.50.2:8071; echo $?",
            "ping -c 1 -W 1 172.18.0.2",
            "ip route del 172.18.0.0/16",
        )
        s.leaves(
            f"ports {mode}",
            s.request("GET", "/containers/q1/json").json().get("NetworkSettings", {}).get("Ports"),
        )
        s.remove("q1", "gm")

    s.scenario("masquerade-off")
    s.network("nomasq", opts={"com.docker.network.bridge.enable_ip_masquerade": "false"})
    s.run("q1", "nomasq")
    s.x("q1", "ping -c 1 -W 1 192.168.50.100")
    s.x(HOST, "iptables -t nat -S")
    with s.capture("pc1", "eth0", "icmp"):
        s.x("q1", "ping -c 1 -W 1 192.168.50.100")
    s.remove("q1", "nomasq")

    s.scenario("container-prefix")
    s.network("eths", opts={"com.docker.network.container_iface_prefix": "lan"})
    s.run("q1", "eths")
    s.x("q1", "ip -br addr", "ip route")
    s.remove("q1", "eths")
    s.scenario("interface-name")
    s.network("ifn")
    s.run("q1", "ifn", {"DriverOpts": {"com.docker.network.endpoint.ifname": "uplink0"}})
    s.x("q1", "ip -br addr", "ip route")
    s.run("q2", "ifn", {"DriverOpts": {"com.docker.network.endpoint.ifname": "a-name-that-is-too-long"}})
    s.remove("q1", "q2", "ifn")
