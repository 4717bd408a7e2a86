"""Bridge networks with the engine's own rules, as in golden default-bridge/ and user-bridge/."""

from __future__ import annotations

import pytest
from labs import Lan, bridge_rules, container_rule, docker_rules, iptables

from dnetlab.embedded.kernel import Bridge, KernelError, Namespace, Reason, tcp_proxy


@pytest.fixture
def docker(lan: Lan) -> Lan:
    docker_rules(lan)
    return lan


def on_docker0(lan: Lan, name: str, address: str) -> Namespace:
    made = lan.bridged(name, f"{address}/16", lan.docker0, "172.17.0.1")
    container_rule(lan, address, "docker0")
    return made


def network(lan: Lan, name: str, subnet: str, gateway: str) -> Bridge:
    bridge = lan.bridge(name, gateway)
    bridge_rules(lan, name, subnet)
    return bridge


def test_containers_of_the_default_bridge_reach_each_other_and_the_host(docker: Lan) -> None:
    b1, _ = on_docker0(docker, "b1", "172.17.0.2"), on_docker0(docker, "b2", "172.17.0.3")
    for source, target in ((b1, "172.17.0.3"), (b1, "172.17.0.1"), (docker.host, "172.17.0.2")):
        result = docker.ping(source, target)
        assert result.reply is not None and result.reply.ttl == 64
    assert [n.state for n in b1.neighbours() if n.address == "172.17.0.3"] == ["REACHABLE"]


def test_docker0_has_a_carrier_only_while_a_container_runs(docker: Lan) -> None:
    assert docker.docker0.operstate == "DOWN"
    assert docker.docker0.flags == ("NO-CARRIER", "BROADCAST", "MULTICAST", "UP")
    [route] = [r for r in docker.host.routes() if r.dst == "172.17.0.0/16"]
    assert route.linkdown
    b1 = on_docker0(docker, "b1", "172.17.0.2")
    assert docker.docker0.operstate == "UP"
    assert not route.linkdown
    b1.delete()
    assert docker.docker0.operstate == "DOWN"
    assert docker.docker0.ports == {}


def test_a_container_is_masqueraded_towards_the_lan(docker: Lan) -> None:
    b1 = on_docker0(docker, "b1", "172.17.0.2")
    capture = docker.pc.capture("eth0")
    result = docker.ping(b1, "192.168.50.100")
    assert result.reply is not None and result.reply.ttl == 63
    seen = [(c.frame.payload.src, c.frame.payload.dst) for c in capture.frames if c.frame.ethertype == 0x0800]
    assert seen == [("192.168.50.2", "192.168.50.100"), ("192.168.50.100", "192.168.50.2")]


def test_two_masqueraded_pings_with_the_same_identifier_are_told_apart(docker: Lan) -> None:
    containers = [on_docker0(docker, f"b{i}", f"172.17.0.{i}") for i in (2, 3)]
    sockets = [c.echo_socket() for c in containers]
    sockets[1].close()
    sockets[1].ident = sockets[0].ident
    containers[1].stack.echo._sockets[(4, sockets[1].ident)] = sockets[1]
    probes = [s.send("192.168.50.100") for s in sockets]
    docker.kernel.advance(1.0)
    assert [len(p.replies) for p in probes] == [1, 1]


def test_the_pc_has_no_route_into_the_bridge(docker: Lan) -> None:
    on_docker0(docker, "b1", "172.17.0.2")
    result = docker.ping(docker.pc, "172.17.0.2")
    assert result.notice is not None
    assert (result.notice.source, result.notice.text) == ("192.168.50.1", "Destination Net Unreachable")


def test_with_a_route_the_raw_table_drops_the_pc(docker: Lan) -> None:
    on_docker0(docker, "b1", "172.17.0.2")
    docker.pc.add_route("172.17.0.0/16", via="192.168.50.2")
    result = docker.ping(docker.pc, "172.17.0.2")
    assert not result.ok and result.notice is None
    assert result.verdict.reason is Reason.FILTER_DROP
    assert "raw PREROUTING: -d 172.17.0.2/32 ! -i docker0 -j DROP" in result.verdict.text


def test_two_user_bridges_are_isolated(docker: Lan) -> None:
    app = network(docker, "br-417593eab140", "172.28.0.0/24", "172.28.0.1/24")
    other = network(docker, "br-a2a76263bff6", "172.18.0.0/16", "172.18.0.1/16")
    u1 = docker.bridged("u1", "172.28.0.2/24", app, "172.28.0.1")
    docker.bridged("o1", "172.18.0.2/16", other, "172.18.0.1")
    result = docker.ping(u1, "172.18.0.2", timeout=2)
    assert not result.ok
    assert result.verdict.reason is Reason.FILTER_DROP
    assert result.verdict.where == "host:br-a2a76263bff6"
    assert docker.reaches(docker.host, "172.18.0.2")
    gateway = docker.ping(u1, "172.18.0.1")
    assert gateway.reply is not None and gateway.reply.ttl == 64


def test_without_icc_bridged_frames_are_filtered(docker: Lan) -> None:
    quiet = network(docker, "br-noicc", "172.20.0.0/16", "172.20.0.1/16")
    iptables(docker.host, "filter", "-I DOCKER-FORWARD -i br-noicc -o br-noicc -j DROP")
    q1 = docker.bridged("q1", "172.20.0.2/16", quiet, "172.20.0.1")
    docker.bridged("q2", "172.20.0.3/16", quiet, "172.20.0.1")
    result = docker.ping(q1, "172.20.0.3", timeout=2)
    assert not result.ok
    assert result.verdict.reason is Reason.FILTER_DROP
    assert [n.state for n in q1.neighbours()] == ["REACHABLE"]
    docker.host.sysctl.set("net.bridge.bridge-nf-call-iptables", 0)
    assert docker.reaches(q1, "172.20.0.3")


def test_an_internal_network_has_no_way_out(docker: Lan) -> None:
    inside = docker.bridge("br-inside", "172.20.0.1/16")
    q1 = docker.bridged("q1", "172.20.0.2/16", inside)
    with pytest.raises(KernelError) as refused:
        docker.ping(q1, "192.168.50.100")
    assert refused.value.errno == "ENETUNREACH"
    assert docker.reaches(docker.host, "172.20.0.2")


def published(lan: Lan) -> Namespace:
    """golden default-bridge/publish.txt: port 8080 of the host is port 80 of the container."""
    web = on_docker0(lan, "web", "172.17.0.4")
    iptables(
        lan.host,
        "nat",
        "-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.4:80",
    )
    iptables(
        lan.host,
        "filter",
        "-I DOCKER -d 172.17.0.4/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT",
    )
    for address in ("0.0.0.0", "::"):
        lan.host.tcp_listen(
            address,
            8080,
            on_accept=tcp_proxy(lan.host, "172.17.0.4", 80),
            owner="docker-proxy",
            v6only=address == "::",
        )
    web.tcp_listen(
        "0.0.0.0", 80, handler=lambda request: b"hello from web\n" if b"\r\n\r\n" in request else None
    )
    return web


def get(
    lan: Lan, source: Namespace, address: str, port: int, timeout: float = 5.0
) -> tuple[bytes, str | None]:
    connection = source.tcp_connect(address, port)
    connection.on_connect = lambda c: c.send(b"GET / HTTP/1.0\r\n\r\n")
    lan.kernel.run_until(lambda: connection.peer_closed or connection.state == "CLOSED", timeout)
    error = connection.error
    connection.close()
    return bytes(connection.received), error


@pytest.mark.parametrize(
    ("who", "address"), [("host", "127.0.0.1"), ("host", "192.168.50.2"), ("pc", "192.168.50.2")]
)
def test_a_published_port_answers(docker: Lan, who: str, address: str) -> None:
    published(docker)
    assert get(docker, docker.kernel.namespaces[who], address, 8080) == (b"hello from web\n", None)


def test_a_published_port_is_not_to_be_had_at_the_bridge_address_from_outside(docker: Lan) -> None:
    published(docker)
    assert get(docker, docker.pc, "172.17.0.1", 8080) == (b"", "ENETUNREACH")


def test_a_container_of_the_same_bridge_uses_the_proxy(docker: Lan) -> None:
    published(docker)
    b1 = on_docker0(docker, "b1", "172.17.0.2")
    assert get(docker, b1, "172.17.0.1", 8080) == (b"hello from web\n", None)


def test_the_published_connection_keeps_the_clients_address(docker: Lan) -> None:
    web = published(docker)
    capture = web.capture("eth0")
    get(docker, docker.pc, "192.168.50.2", 8080)
    clients = {
        c.frame.payload.src for c in capture.frames if c.direction == "in" and c.frame.ethertype == 0x0800
    }
    assert clients == {"192.168.50.100"}


def test_the_container_port_of_another_bridge_times_out(docker: Lan) -> None:
    app = network(docker, "br-app", "172.28.0.0/24", "172.28.0.1/24")
    other = network(docker, "br-other", "172.18.0.0/16", "172.18.0.1/16")
    u1 = docker.bridged("u1", "172.28.0.2/24", app, "172.28.0.1")
    o2 = docker.bridged("o2", "172.18.0.3/16", other, "172.18.0.1")
    container_rule(docker, "172.18.0.3", "br-other")
    o2.tcp_listen("0.0.0.0", 80, handler=lambda _: b"x")
    body, error = get(docker, u1, "172.18.0.3", 80, timeout=4)
    assert (body, error) == (b"", None)


def test_a_port_that_is_taken_cannot_be_listened_on(docker: Lan) -> None:
    published(docker)
    with pytest.raises(KernelError) as refused:
        docker.host.tcp_listen("127.0.0.1", 8080)
    assert refused.value.text == "Address already in use"


def test_the_tables_print_as_the_engine_left_them(docker: Lan) -> None:
    """golden default-bridge/host-before.txt."""
    assert docker.host.netfilter().table("nat").spec_lines() == [
        "-P PREROUTING ACCEPT",
        "-P INPUT ACCEPT",
        "-P OUTPUT ACCEPT",
        "-P POSTROUTING ACCEPT",
        "-N DOCKER",
        "-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER",
        "-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER",
        "-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE",
        "-A DOCKER -i docker0 -j RETURN",
    ]
    saved = docker.host.netfilter().table("filter").save_lines()
    assert saved[0] == "*filter" and saved[-1] == "COMMIT"
    assert [line for line in saved if line.startswith("-A DOCKER-CT")] == [
        "-A DOCKER-CT -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"
    ]


def test_the_embedded_resolver_is_reached_by_its_rewritten_port(lan: Lan) -> None:
    """golden user-bridge/two-containers.txt: 127.0.0.11:53 is another port of the container itself."""
    u1 = lan.sandbox("u1")
    server = u1.udp_socket()
    server.bind("127.0.0.11", 43069)
    server.on_datagram = lambda s, data, who: s.sendto(b"answer to " + data, *who)
    iptables(
        u1,
        "nat",
        """
-N DOCKER_OUTPUT
-N DOCKER_POSTROUTING
-A OUTPUT -d 127.0.0.11/32 -j DOCKER_OUTPUT
-A POSTROUTING -d 127.0.0.11/32 -j DOCKER_POSTROUTING
-A DOCKER_OUTPUT -d 127.0.0.11/32 -p udp -m udp --dport 53 -j DNAT --to-destination 127.0.0.11:43069
-A DOCKER_POSTROUTING -s 127.0.0.11/32 -p udp -m udp --sport 43069 -j SNAT --to-source :53
""",
    )
    client = u1.udp_socket()
    client.sendto(b"question", "127.0.0.11", 53)
    assert lan.kernel.run_until(lambda: client.received, 1.0)
    datagram = client.received[0]
    assert (datagram.data, datagram.source, datagram.port) == (b"answer to question", "127.0.0.11", 53)


def test_an_mtu_of_1400_is_enforced_on_both_sides(docker: Lan) -> None:
    bridge = network(docker, "br-mtu", "172.20.0.0/16", "172.20.0.1/16")
    bridge.set_mtu(1400)
    for i in (2, 3):
        docker.bridged(f"q{i}", f"172.20.0.{i}/16", bridge)
        docker.host.device(f"vethq{i}").set_mtu(1400)
        docker.kernel.namespaces[f"q{i}"].device("eth0").set_mtu(1400)
    q1 = docker.kernel.namespaces["q2"]
    assert docker.kernel.ping(q1, "172.20.0.3", size=1372, df=True).ok
    with pytest.raises(KernelError) as refused:
        docker.kernel.ping(q1, "172.20.0.3", size=1373, df=True)
    assert refused.value.text == "Message too long"
    assert docker.kernel.ping(q1, "172.20.0.3", size=1373).ok
