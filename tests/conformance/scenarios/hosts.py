"""Host networking, none, and another container's network: golden host/."""

from __future__ import annotations

from tests.conformance.scenarios.bridges import VIEW
from tests.conformance.stage import HOST, Stage
from tests.conformance.suite import group


@group("host", order=20)
def host(s: Stage) -> None:
    s.lan()
    s.scenario("view")
    s.run("h1", "host")
    s.x("h1", "ip -br addr", "ip route", "hostname", "cat /etc/resolv.conf", "cat /etc/hosts", "ss -ltn")
    ours, theirs = s.out("h1", "readlink /proc/self/ns/net"), s.out(HOST, "readlink /proc/self/ns/net")
    s.fact("the host's own network namespace", ours == theirs)
    s.fact("PID 1's too", s.out("h1", "readlink /proc/1/ns/net") == theirs)
    s.inspect_network("host")
    s.inspect("h1", "NetworkSettings")
    s.x("h1", "ping -c 1 -W 2 192.168.50.100", "ping -c 1 -W 1 172.17.0.1", "ip link add dummy7 type dummy")

    s.scenario("port-collision")
    s.run("h2", "host")
    s.background("h1", "nc -l -k -p 8088")
    s.wait_for("h1", "ss -ltn | grep -q 8088")
    s.x("h2", "ss -ltn | grep 8088", "timeout 3 nc -l -p 8088", "timeout 3 busybox httpd -f -p 8088")
    s.x("pc1", "nc -z -v -w 2 192.168.50.2 8088", "nc -z -v -w 2 192.168.50.2 8089")
    s.run("h3", "host", command=("busybox", "httpd", "-f", "-p", "8088"))
    s.wait(1.5)
    s.inspect("h3", "State", skip=("StartedAt", "FinishedAt"))
    s.fact("logs", s.client.api.logs("h3").decode())
    s.run("h4", "host", command=("web", "8089"))
    s.wait_for(HOST, "nc -z 127.0.0.1 8089")
    s.x("pc1", "curl -s -m 2 http://192.168.50.2:8089", "nc -z -v -w 2 192.168.50.2 8089")

    s.scenario("misuse")
    ports = {"PortBindings": {"80/tcp": [{"HostPort": "8080"}]}}
    s.run("m1", "host", host=ports, ExposedPorts={"80/tcp": {}})
    s.leaves("ports", s.get("/containers/m1/json")["NetworkSettings"]["Ports"])
    s.network("un")
    s.run("b9")
    s.ask("connect a host container", "POST", "/networks/un/connect", {"Container": "h1"})
    s.ask("disconnect it from host", "POST", "/networks/host/disconnect", {"Container": "h1"})
    s.ask("connect to host", "POST", "/networks/host/connect", {"Container": "b9"})
    s.ask("connect to none", "POST", "/networks/none/connect", {"Container": "b9"})
    s.network("host2", "host")
    s.network("null2", "null")
    s.network("host")
    s.network("none")
    s.ask("remove host", "DELETE", "/networks/host")
    s.ask("remove none", "DELETE", "/networks/none")
    s.run("m2", "host", {"IPAMConfig": {"IPv4Address": "10.0.2.77"}})
    s.run("m3", "host", {"Aliases": ["x"]})
    s.run("m4", "host", {"MacAddress": "02:00:00:00:00:09"})
    s.x("h1", "getent hosts b9", f"ping -c 1 -W 2 {s.address('b9', 'bridge')}")
    s.x("b9", "ping -c 1 -W 2 192.168.50.2", "nc -z -v -w 1 172.17.0.1 8088")
    s.remove("m1", "m2", "m3", "m4")
    s.scenario("hostname")
    s.run("m5", "host", Hostname="other")
    s.x("m5", "hostname", "grep other /etc/hosts")
    s.scenario("dns-options")
    s.run("m6", "host", host={"Dns": ["9.9.9.9"], "DnsSearch": ["lab.test"], "DnsOptions": ["ndots:3"]})
    s.x("m6", "cat /etc/resolv.conf")
    s.scenario("extra-hosts")
    s.run("m7", "host", host={"ExtraHosts": ["srv:10.1.1.1", "gw:host-gateway"]})
    s.x("m7", "cat /etc/hosts", "getent hosts srv", "getent hosts gw")


@group("none-and-shared", order=21)
def none_and_shared(s: Stage) -> None:
    s.scenario("none")
    s.run("n1", "none")
    s.x("n1", *VIEW, "ip -br addr", "ping -c 1 -W 1 127.0.0.1", "ping -c 1 -W 1 172.17.0.1", "ss -ltn")
    s.inspect("n1", "NetworkSettings")
    s.inspect_network("none")
    s.network("un")
    s.ask("connect a none container", "POST", "/networks/un/connect", {"Container": "n1"})
    s.ask("disconnect it from none", "POST", "/networks/none/disconnect", {"Container": "n1"})
    s.ask("and connect", "POST", "/networks/un/connect", {"Container": "n1"})
    s.learn("n1")
    s.x("n1", "ip -br addr", "ip route", "cat /etc/resolv.conf")
    s.scenario("shared")
    s.run("c1", "un", command=("web", "80"), Hostname="c1")
    s.run("c2", "container:c1")
    s.x(
        "c2",
        "ip -br addr",
        "hostname",
        "cat /etc/hosts",
        "cat /etc/resolv.conf",
        "curl -s -m 2 http://127.0.0.1:80",
        "ss -ltn",
    )
    same = s.out("c1", "readlink /proc/self/ns/net") == s.out("c2", "readlink /proc/self/ns/net")
    s.fact("one network namespace", same)
    s.inspect("c2", "NetworkSettings")
    s.fact("network mode", s.get("/containers/c2/json")["HostConfig"]["NetworkMode"])
    s.scenario("shared-misuse")
    s.ask("connect it", "POST", "/networks/bridge/connect", {"Container": "c2"})
    s.run("c3", "container:nosuch")
    s.run("c4", "container:c1", host={"PortBindings": {"80/tcp": [{"HostPort": "8080"}]}})
    s.run("c5", "container:c1", Hostname="other")
    s.run("c6", "container:c1", MacAddress="02:00:00:00:00:07")
    s.run("c7", "container:c1", host={"Dns": ["9.9.9.9"]})
    s.run("c8", "container:c1", host={"ExtraHosts": ["a:1.2.3.4"]})
    s.run("c9", "container:c1", host={"Links": ["n1:n1"]})
    s.run("c10", "container:")
    s.create("c11", s.body("container:c11"))
    s.scenario("owner-stops")
    s.ask("stop c1", "POST", "/containers/c1/stop")
    s.x("c2", "ip -br addr", "ping -c 1 -W 1 127.0.0.1")
    s.ask("restart c2", "POST", "/containers/c2/restart")
    s.ask("start c1", "POST", "/containers/c1/start")
    s.run("c12", "container:n1")
    s.x("c12", "ip -br addr")
    s.scenario("modes")
    for mode in ("default", "", "nosuch", "container", "service:x", "ns:/x", "bridge:x", "Host", "NONE"):
        s.run("m1", mode)
        s.fact(
            f"mode {mode!r}",
            (s.request("GET", "/containers/m1/json").json().get("HostConfig") or {}).get("NetworkMode"),
        )
        s.remove("m1")
