"""The rules that ``iptables -S`` prints, as the goldens have them."""

from __future__ import annotations

from .conftest import Lab

CHAINS = [
    "-P INPUT ACCEPT",
    "-P FORWARD DROP",
    "-P OUTPUT ACCEPT",
    *(
        f"-N DOCKER{tail}"
        for tail in ("", "-BRIDGE", "-CT", "-FORWARD", "-ISOLATION-STAGE-1", "-ISOLATION-STAGE-2")
    ),
    "-N DOCKER-USER",
    "-A FORWARD -j DOCKER-USER",
    "-A FORWARD -j DOCKER-FORWARD",
]


def bridge(identifier: str) -> str:
    return f"br-{identifier[:12]}"


def test_filter_table_of_a_fresh_engine(lab: Lab) -> None:
    """Golden default-bridge/host-before.txt."""
    assert lab.rules("filter") == [
        *CHAINS,
        "-A DOCKER ! -i docker0 -o docker0 -j DROP",
        "-A DOCKER-BRIDGE -o docker0 -j DOCKER",
        "-A DOCKER-CT -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
        "-A DOCKER-FORWARD -j DOCKER-CT",
        "-A DOCKER-FORWARD -j DOCKER-ISOLATION-STAGE-1",
        "-A DOCKER-FORWARD -j DOCKER-BRIDGE",
        "-A DOCKER-FORWARD -i docker0 -j ACCEPT",
        "-A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2",
        "-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP",
    ]


def test_filter_table_with_two_user_bridges(lab: Lab) -> None:
    """Golden user-bridge/isolation.txt."""
    first, second = (bridge(lab.network(name)) for name in ("app", "other"))
    names = ("docker0", first, second)
    assert lab.rules("filter") == [
        *CHAINS,
        *(f"-A DOCKER ! -i {name} -o {name} -j DROP" for name in names),
        *(f"-A DOCKER-BRIDGE -o {name} -j DOCKER" for name in names),
        *(f"-A DOCKER-CT -o {name} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT" for name in names),
        "-A DOCKER-FORWARD -j DOCKER-CT",
        "-A DOCKER-FORWARD -j DOCKER-ISOLATION-STAGE-1",
        "-A DOCKER-FORWARD -j DOCKER-BRIDGE",
        *(f"-A DOCKER-FORWARD -i {name} -j ACCEPT" for name in names),
        *(f"-A DOCKER-ISOLATION-STAGE-1 -i {name} ! -o {name} -j DOCKER-ISOLATION-STAGE-2" for name in names),
        *(f"-A DOCKER-ISOLATION-STAGE-2 -o {name} -j DROP" for name in reversed(names)),
    ]


def test_nat_and_raw_tables_with_containers(lab: Lab) -> None:
    """Golden user-bridge/two-containers.txt."""
    name = bridge(lab.network("app", "bridge", {"Subnet": "172.28.0.0/24", "Gateway": "172.28.0.1"}))
    lab.run("u1", "app")
    lab.run("u2", "app")
    assert lab.rules("nat")[5:] == [
        "-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER",
        "-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER",
        f"-A POSTROUTING -s 172.28.0.0/24 ! -o {name} -j MASQUERADE",
        "-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE",
        f"-A DOCKER -i {name} -j RETURN",
        "-A DOCKER -i docker0 -j RETURN",
    ]
    assert lab.rules("raw")[2:] == [
        f"-A PREROUTING -d 172.28.0.2/32 ! -i {name} -j DROP",
        f"-A PREROUTING -d 172.28.0.3/32 ! -i {name} -j DROP",
    ]


def test_rules_of_a_published_port(lab: Lab) -> None:
    """Golden default-bridge/publish.txt."""
    lab.run("b1")
    lab.run("b2")
    lab.run(
        "web",
        ExposedPorts={"80/tcp": {}},
        Host_PortBindings={"80/tcp": [{"HostPort": "8080"}, {"HostIp": "127.0.0.1", "HostPort": "8081"}]},
    )
    assert (
        "-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.4:80"
        in lab.rules("nat")
    )
    accept = "-A DOCKER -d 172.17.0.4/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT"
    rules = lab.rules("filter")
    assert rules.index(accept) < rules.index("-A DOCKER ! -i docker0 -o docker0 -j DROP")
    assert "-A PREROUTING -d 127.0.0.1/32 ! -i lo -p tcp -m tcp --dport 8081 -j DROP" in lab.rules("raw")


def test_ipv6_rules(lab: Lab) -> None:
    """Golden user-bridge/ipv6.txt."""
    pools = ({"Subnet": "172.31.6.0/24"}, {"Subnet": "fd00:6::/64"})
    name = bridge(lab.network("six", "bridge", *pools, EnableIPv6=True))
    lab.run("q1", "six")
    assert lab.rules("filter", 6) == [
        *CHAINS,
        f"-A DOCKER ! -i {name} -o {name} -j DROP",
        f"-A DOCKER-BRIDGE -o {name} -j DOCKER",
        f"-A DOCKER-CT -o {name} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
        "-A DOCKER-FORWARD -j DOCKER-CT",
        "-A DOCKER-FORWARD -j DOCKER-ISOLATION-STAGE-1",
        "-A DOCKER-FORWARD -j DOCKER-BRIDGE",
        f"-A DOCKER-FORWARD -i {name} -j ACCEPT",
        f"-A DOCKER-ISOLATION-STAGE-1 -i {name} ! -o {name} -j DOCKER-ISOLATION-STAGE-2",
        f"-A DOCKER-ISOLATION-STAGE-2 -o {name} -j DROP",
    ]
    assert f"-A POSTROUTING -s fd00:6::/64 ! -o {name} -j MASQUERADE" in lab.rules("nat", 6)
    assert f"-A PREROUTING -d fd00:6::2/128 ! -i {name} -j DROP" in lab.rules("raw", 6)


def test_nat_rules_of_the_embedded_dns(lab: Lab) -> None:
    """Golden user-bridge/two-containers.txt."""
    lab.network("app")
    lab.run("u1", "app")
    rules = lab.rules("nat", source="u1")
    ports = {rule.rpartition(":")[2] for rule in rules if "DNAT" in rule}
    tcp, udp = (
        next(rule.rpartition(":")[2] for rule in rules if f"-p {proto} " in rule) for proto in ("tcp", "udp")
    )
    assert len(ports) == 2
    assert rules[4:] == [
        "-N DOCKER_OUTPUT",
        "-N DOCKER_POSTROUTING",
        "-A OUTPUT -d 127.0.0.11/32 -j DOCKER_OUTPUT",
        "-A POSTROUTING -d 127.0.0.11/32 -j DOCKER_POSTROUTING",
        f"-A DOCKER_OUTPUT -d 127.0.0.11/32 -p tcp -m tcp --dport 53 -j DNAT --to-destination 127.0.0.11:{tcp}",
        f"-A DOCKER_OUTPUT -d 127.0.0.11/32 -p udp -m udp --dport 53 -j DNAT --to-destination 127.0.0.11:{udp}",
        f"-A DOCKER_POSTROUTING -s 127.0.0.11/32 -p tcp -m tcp --sport {tcp} -j SNAT --to-source :53",
        f"-A DOCKER_POSTROUTING -s 127.0.0.11/32 -p udp -m udp --sport {udp} -j SNAT --to-source :53",
    ]


def test_engine_26_has_its_rules_in_forward() -> None:
    """Golden witness-26.1.5 default-bridge/publish.txt."""
    lab = Lab("26.1")
    lab.run("b1")
    lab.run("b2")
    lab.run("web", ExposedPorts={"80/tcp": {}}, Host_PortBindings={"80/tcp": [{"HostPort": "8080"}]})
    assert lab.rules("filter")[3:] == [
        "-N DOCKER",
        "-N DOCKER-ISOLATION-STAGE-1",
        "-N DOCKER-ISOLATION-STAGE-2",
        "-N DOCKER-USER",
        "-A FORWARD -j DOCKER-USER",
        "-A FORWARD -j DOCKER-ISOLATION-STAGE-1",
        "-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
        "-A FORWARD -o docker0 -j DOCKER",
        "-A FORWARD -i docker0 ! -o docker0 -j ACCEPT",
        "-A FORWARD -i docker0 -o docker0 -j ACCEPT",
        "-A DOCKER -d 172.17.0.4/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT",
        "-A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2",
        "-A DOCKER-ISOLATION-STAGE-1 -j RETURN",
        "-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP",
        "-A DOCKER-ISOLATION-STAGE-2 -j RETURN",
        "-A DOCKER-USER -j RETURN",
    ]
    assert lab.rules("nat")[7:] == [
        "-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE",
        "-A POSTROUTING -s 172.17.0.4/32 -d 172.17.0.4/32 -p tcp -m tcp --dport 80 -j MASQUERADE",
        "-A DOCKER -i docker0 -j RETURN",
        "-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.4:80",
    ]
    assert lab.rules("raw") == ["-P PREROUTING ACCEPT", "-P OUTPUT ACCEPT"]


def test_rules_flushed_by_the_learner_do_not_stop_a_removal(lab: Lab) -> None:
    lab.network("app")
    lab.run("u1", "app")
    for table in ("raw", "nat", "filter"):
        lab.host.netfilter(4).table(table).flush()
    lab.engine.containers.remove("u1", force=True)
    lab.engine.networks.remove("app")
    assert [network["Name"] for network in lab.engine.networks.list()] == ["bridge", "host", "none"]
