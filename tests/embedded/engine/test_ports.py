"""Published ports (golden default-bridge/publish.txt, and measured on 28.5.2)."""

from __future__ import annotations

from typing import Any

import pytest

from dnetlab.embedded.kernel import Namespace

from .conftest import Lab, refused

EXPOSED: dict[str, Any] = {"80/tcp": {}}


def publish(*bindings: dict[str, str], **more: Any) -> dict[str, Any]:
    return {
        "ExposedPorts": EXPOSED,
        "Host_PortBindings": {"80/tcp": list(bindings)},
        "Cmd": ["web", "80"],
        **more,
    }


def ports(lab: Lab, ref: str) -> Any:
    return lab.inspect(ref)["NetworkSettings"]["Ports"]


def get(lab: Lab, source: Namespace, address: str, port: int) -> str:
    """What an HTTP request is answered with, or the error's name."""
    connection = source.tcp_connect(address, port)
    kernel = lab.engine.kernel
    kernel.run_until(lambda: connection.state == "ESTABLISHED" or connection.error is not None, 10.0)
    if connection.error or connection.state != "ESTABLISHED":
        return str(connection.error)
    connection.send(b"GET / HTTP/1.0\r\n\r\n")
    kernel.run_until(lambda: connection.peer_closed or connection.error is not None, 10.0)
    return str(connection.error or connection.received.decode().rpartition("\r\n\r\n")[2].strip())


def test_published_port_is_reached_from_everywhere(lab: Lab) -> None:
    lab.lan()
    lab.network("app")
    lab.run("web", Hostname="web", **publish({"HostPort": "8080"}))
    lab.run("u1", "app")
    pc = lab.engine.kernel.namespaces["pc"]
    assert ports(lab, "web") == {
        "80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}, {"HostIp": "::", "HostPort": "8080"}]
    }
    assert get(lab, lab.host, "127.0.0.1", 8080) == "hello from web"
    assert get(lab, lab.host, "192.168.50.2", 8080) == "hello from web"
    assert get(lab, pc, "192.168.50.2", 8080) == "hello from web"
    # Golden user-bridge/isolation.txt: by a host address from another bridge, but not by the container's own.
    assert get(lab, lab.namespace("u1"), "172.18.0.1", 8080) == "hello from web"
    assert get(lab, lab.namespace("u1"), "172.17.0.2", 80) == "None"


def test_taken_port_leaves_the_container_created(lab: Lab) -> None:
    lab.run("web", **publish({"HostPort": "8080"}))
    before = lab.snapshot()
    status, message = refused(lab.run, "web2", **publish({"HostPort": "8080"}))
    state = lab.state("web2")
    assert status == 500
    assert message.startswith(
        "failed to set up container networking: driver failed programming external connectivity on endpoint web2 ("
    )
    assert message.endswith("): Bind for 0.0.0.0:8080 failed: port is already allocated")
    assert (state["Status"], state["ExitCode"], state["Error"]) == ("created", 128, message)
    assert lab.snapshot() == before
    lab.engine.containers.remove("web", force=True)
    lab.engine.containers.start("web2")


def test_taken_port_at_a_restart_frees_everything(lab: Lab) -> None:
    lab.run("web", **publish({"HostPort": "8080"}, {"HostPort": "9090"}))
    lab.engine.containers.stop("web")
    lab.run("other", **publish({"HostPort": "9090"}))
    assert refused(lab.engine.containers.start, "web")[0] == 500
    lab.run("third", **publish({"HostPort": "8080"}))
    assert lab.state("third")["Running"]


def test_random_ports_begin_at_32768_and_go_on(lab: Lab) -> None:
    lab.run("web3", **publish({"HostPort": ""}))
    assert ports(lab, "web3")["80/tcp"][0] == {"HostIp": "0.0.0.0", "HostPort": "32768"}
    lab.engine.containers.restart("web3")
    assert ports(lab, "web3")["80/tcp"][0]["HostPort"] == "32769"
    lab.run("all", ExposedPorts=EXPOSED, Host_PublishAllPorts=True)
    assert ports(lab, "all")["80/tcp"][0]["HostPort"] == "32770"


def test_port_on_the_loopback_is_not_reached_from_the_lan(lab: Lab) -> None:
    lab.lan()
    lab.run("web4", **publish({"HostIp": "127.0.0.1", "HostPort": "8081"}))
    assert ports(lab, "web4") == {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8081"}]}
    assert get(lab, lab.engine.kernel.namespaces["pc"], "192.168.50.2", 8081) == "ECONNREFUSED"
    assert get(lab, lab.host, "127.0.0.1", 8081).startswith("hello from ")
    _, message = refused(lab.run, "web5", **publish({"HostIp": "127.0.0.1", "HostPort": "8081"}))
    assert message.endswith("Bind for 127.0.0.1:8081 failed: port is already allocated")


def test_port_ranges_and_order(lab: Lab) -> None:
    """Measured on 28.5.2: exact ports before ranges."""
    lab.run("r1", **publish({"HostPort": "9000-9002"}, {"HostIp": "127.0.0.1", "HostPort": "9500"}))
    assert ports(lab, "r1")["80/tcp"] == [
        {"HostIp": "127.0.0.1", "HostPort": "9500"},
        {"HostIp": "0.0.0.0", "HostPort": "9000"},
        {"HostIp": "::", "HostPort": "9000"},
    ]
    lab.run("r2", **publish({"HostPort": "9000-9002"}))
    assert ports(lab, "r2")["80/tcp"][0]["HostPort"] == "9001"


def test_only_exposed_ports_are_published(lab: Lab) -> None:
    """Measured on 28.5.2: a binding of a port that is not exposed has no effect."""
    lab.run("x1", Host_PortBindings={"80/tcp": [{"HostPort": "8080"}]})
    assert ports(lab, "x1") == {}
    lab.run("x2", ExposedPorts={"81/tcp": {}, "82/udp": {}})
    assert ports(lab, "x2") == {"81/tcp": None, "82/udp": None}
    shown = next(entry["Ports"] for entry in lab.engine.containers.list() if entry["Names"] == ["/x2"])
    assert shown == [{"PrivatePort": 81, "Type": "tcp"}, {"PrivatePort": 82, "Type": "udp"}]


def test_port_of_a_process_on_the_host(lab: Lab) -> None:
    lab.run("hl", "host", Cmd=["web", "8200"])
    status, message = refused(lab.run, "cl", **publish({"HostPort": "8200"}))
    assert status == 500
    assert message.endswith(
        "failed to bind host port for 0.0.0.0:8200:172.17.0.2:80/tcp: address already in use"
    )


def test_second_server_on_the_hosts_port_dies(lab: Lab) -> None:
    """Golden host/port-collision.txt: the run succeeds, the process ends."""
    lab.run("h2", "host", Cmd=["web", "8088"])
    lab.run("h3", "host", Cmd=["web", "8088"])
    state = lab.state("h3")
    assert (state["Status"], state["ExitCode"], state["Error"]) == ("exited", 1, "")
    assert list(lab.engine.containers.logs("h3")) == [(2, b"httpd: bind: Address already in use\n")]


def test_ports_are_discarded_with_a_warning_in_host_mode(lab: Lab) -> None:
    """Golden host/misuse.txt."""
    body = {
        "Image": "dnetlab/lab:1",
        "ExposedPorts": EXPOSED,
        "HostConfig": {"NetworkMode": "host", "PortBindings": {"80/tcp": [{"HostPort": "8080"}]}},
    }
    answer = lab.engine.containers.create(body, "raw")
    assert answer["Warnings"] == ["Published ports are discarded when using host network mode"]
    lab.engine.containers.start("raw")
    assert ports(lab, "raw") == {}


def test_ports_that_cannot_be_read(lab: Lab) -> None:
    message = 'invalid port specification: "{}"'
    assert refused(lab.create, "p1", Host_PortBindings={"x/tcp": []}) == (400, message.format("x"))
    for text in ("x", "70000", "9-3"):
        bad = {"80/tcp": [{"HostPort": text}]}
        assert refused(lab.create, "p1", Host_PortBindings=bad) == (400, message.format(text))


def test_ports_follow_the_gateway_endpoint(lab: Lab) -> None:
    """A container in two bridges publishes on the one that leads out; after a disconnection on the other."""
    for name in ("aa", "zz"):
        lab.network(name)
    lab.run("web", "zz", **publish({"HostPort": "8080"}))
    dnat = [rule for rule in lab.rules("nat") if "DNAT" in rule]
    assert dnat[0].endswith("172.19.0.2:80")
    lab.engine.networks.connect("aa", {"Container": "web"})
    dnat = [rule for rule in lab.rules("nat") if "DNAT" in rule]
    assert [rule.rpartition(" ")[2] for rule in dnat] == ["172.18.0.2:80"]
    lab.engine.networks.disconnect("aa", {"Container": "web"})
    dnat = [rule for rule in lab.rules("nat") if "DNAT" in rule]
    assert [rule.rpartition(" ")[2] for rule in dnat] == ["172.19.0.2:80"]
    assert ports(lab, "web")["80/tcp"][0]["HostPort"] == "8080"


def test_routed_mode_publishes_without_translation(lab: Lab) -> None:
    lab.lan()
    lab.network("routed", options={"com.docker.network.bridge.gateway_mode_ipv4": "routed"})
    lab.run("web", "routed", **publish({"HostPort": "8080"}))
    pc = lab.engine.kernel.namespaces["pc"]
    pc.add_route("172.18.0.0/16", via="192.168.50.2")
    assert lab.engine.kernel.ping(pc, "172.18.0.2").reply is not None
    assert get(lab, pc, "172.18.0.2", 80).startswith("hello from ")
    assert not [rule for rule in lab.rules("nat") if "DNAT" in rule]


def test_unprotected_mode_opens_all_ports(lab: Lab) -> None:
    lab.lan()
    lab.network("open", options={"com.docker.network.bridge.gateway_mode_ipv4": "nat-unprotected"})
    lab.run("web", "open", Cmd=["web", "81"])
    pc = lab.engine.kernel.namespaces["pc"]
    pc.add_route("172.18.0.0/16", via="192.168.50.2")
    assert get(lab, pc, "172.18.0.2", 81).startswith("hello from ")


def test_udp_ports(lab: Lab) -> None:
    lab.run("d1", ExposedPorts={"53/udp": {}}, Host_PortBindings={"53/udp": [{"HostPort": "5353"}]})
    assert ports(lab, "d1") == {
        "53/udp": [{"HostIp": "0.0.0.0", "HostPort": "5353"}, {"HostIp": "::", "HostPort": "5353"}]
    }
    assert (
        "-A DOCKER ! -i docker0 -p udp -m udp --dport 5353 -j DNAT --to-destination 172.17.0.2:53"
        in lab.rules("nat")
    )
    assert (
        refused(
            lab.run, "d2", ExposedPorts={"53/udp": {}}, Host_PortBindings={"53/udp": [{"HostPort": "5353"}]}
        )[0]
        == 500
    )


def test_a_published_udp_port_answers_at_every_address_of_the_host(lab: Lab) -> None:
    """Recorded on 28.5.2 (scenarios published-udp): the loopback's and the bridge's own by docker-proxy."""
    lab.run("d1", ExposedPorts={"53/udp": {}}, Host_PortBindings={"53/udp": [{"HostPort": "5353"}]})
    lab.run("d2")
    server = lab.namespace("d1").udp_socket()
    server.bind(None, 53)
    server.on_datagram = lambda socket, data, source: socket.sendto(data, *source)
    for source, address in (
        (lab.host, "127.0.0.1"),
        (lab.host, "::1"),
        (lab.host, "10.0.2.15"),
        (lab.namespace("d2"), "172.17.0.1"),
        (lab.namespace("d2"), "10.0.2.15"),
    ):
        client = source.udp_socket(6 if ":" in address else 4)
        client.sendto(b"x", address, 5353)
        lab.engine.kernel.advance(0.1)
        assert [one.source for one in client.received] == [address]
    lab.engine.containers.remove("d1", force=True)
    assert [one for one in lab.host.sockets() if one.proto == "udp" and "docker-proxy" in one.owner] == []


@pytest.mark.parametrize(
    ("exposed", "shown"),
    [("abc/tcp", "0/tcp"), ("80-82/tcp", "0/tcp"), ("99999/tcp", "0/tcp"), ("80/xyz", "80/0"), ("", "0/0")],
)
def test_exposed_port_that_is_none_counts_as_zero(lab: Lab, exposed: str, shown: str) -> None:
    """Measured on 28.5.2, where neither create nor start refuses one."""
    lab.run("x1", ExposedPorts={exposed: {}})
    assert ports(lab, "x1") == {shown: None}
    assert lab.inspect("x1")["Config"]["ExposedPorts"] == {exposed: {}}
