"""Names: what containers can look up (goldens user-bridge/, default-bridge/, macvlan-8021q/)."""

from __future__ import annotations

import pytest

from dnetlab.embedded.commands import dnswire
from dnetlab.embedded.engine.dns import candidates

from .conftest import Lab


def ask(lab: Lab, ref: str, name: str, kind: str = "A", server: str = "127.0.0.11") -> tuple[str, list[str]]:
    """Answer code and data of a question that a container asks its name server."""
    namespace = lab.namespace(ref)
    socket = namespace.udp_socket(4)
    query = dnswire.Message(id=7, response=False, rcode="NOERROR", question=dnswire.Question(name, kind))
    socket.sendto(dnswire.encode(query), server, 53)
    assert lab.engine.kernel.run_until(lambda: bool(socket.received), 5.0)
    answer = dnswire.decode(socket.received[0].data)
    socket.close()
    return answer.rcode, [record.data for record in answer.answers]


@pytest.fixture
def named(lab: Lab) -> Lab:
    """Two containers on app, one on other."""
    lab.network("app", "bridge", {"Subnet": "172.28.0.0/24"})
    lab.network("other")
    lab.run("u1", "app")
    lab.run("u2", "app", Hostname="second", endpoint={"Aliases": ["db", "Cache"]})
    lab.run("o1", "other")
    return lab


def test_names_aliases_ids_and_hostnames_are_known(named: Lab) -> None:
    short = named.inspect("u2")["Id"][:12]
    for name in ("u2", "U2", "db", "cache", "second", short, "u2.app", "db.app", "u2."):
        assert ask(named, "u1", name) == ("NOERROR", ["172.28.0.3"]), name


def test_names_of_other_networks_are_not(named: Lab) -> None:
    for name in ("o1", "o1.other", "u2.other", "nosuch", "example.com"):
        assert ask(named, "u1", name) == ("NXDOMAIN", []), name


def test_address_leads_back_to_the_name(named: Lab) -> None:
    assert ask(named, "u1", "3.0.28.172.in-addr.arpa", "PTR") == ("NOERROR", ["u2.app"])
    assert ask(named, "u1", "1.0.28.172.in-addr.arpa", "PTR")[0] == "NXDOMAIN"


def test_a_name_without_an_ipv6_address_is_an_empty_answer(named: Lab) -> None:
    assert ask(named, "u1", "u2", "AAAA") == ("NOERROR", [])
    assert ask(named, "u1", "u2", "MX") == ("NOERROR", [])
    assert ask(named, "u1", "u2", "TXT") == ("NXDOMAIN", [])


def test_ipv6_addresses(lab: Lab) -> None:
    """Golden user-bridge/ipv6.txt."""
    lab.network("six", "bridge", {"Subnet": "172.31.6.0/24"}, {"Subnet": "fd00:6::/64"}, EnableIPv6=True)
    for name in ("q1", "q2"):
        lab.run(name, "six")
    assert ask(lab, "q1", "q2", "AAAA") == ("NOERROR", ["fd00:6::3"])
    assert lab.exec("q1", "dig", "+short", "q2", "AAAA") == (0, "fd00:6::3\n")


def test_shared_alias_gives_all_addresses_in_turn(lab: Lab) -> None:
    """Golden user-bridge/aliases-and-ip.txt."""
    lab.network("app")
    lab.run("u1", "app")
    for name in ("p1", "p2"):
        lab.run(name, "app", endpoint={"Aliases": ["pool"]})
    answers = [tuple(ask(lab, "u1", "pool")[1]) for _ in range(12)]
    assert {frozenset(answer) for answer in answers} == {frozenset({"172.18.0.3", "172.18.0.4"})}
    assert len(set(answers)) == 2


def test_stopped_and_disconnected_containers_are_forgotten(named: Lab) -> None:
    named.engine.containers.stop("u2")
    assert ask(named, "u1", "u2")[0] == "NXDOMAIN"
    named.engine.containers.start("u2")
    assert ask(named, "u1", "u2")[0] == "NOERROR"
    named.engine.networks.disconnect("app", {"Container": "u2"})
    assert ask(named, "u1", "u2")[0] == "NXDOMAIN"


def test_renamed_container_has_its_new_name(named: Lab) -> None:
    named.engine.containers.rename("u2", "renamed")
    assert ask(named, "u1", "renamed") == ("NOERROR", ["172.28.0.3"])
    assert ask(named, "u1", "u2")[0] == "NXDOMAIN"
    assert ask(named, "u1", "3.0.28.172.in-addr.arpa", "PTR")[1] == ["renamed.app"]


def test_links_are_aliases_for_one_container_only(named: Lab) -> None:
    named.run("u3", "app", endpoint={"Links": ["u2:store"]})
    assert ask(named, "u3", "store") == ("NOERROR", ["172.28.0.3"])
    assert ask(named, "u1", "store")[0] == "NXDOMAIN"


def test_no_way_out_is_a_server_failure(lab: Lab) -> None:
    """Internal networks and those without a parent ask nobody outside."""
    lab.network("inside", Internal=True)
    lab.network("alone", "macvlan")
    for name, network in (("q1", "inside"), ("m1", "alone")):
        lab.run(name, network)
        assert ask(lab, name, "example.com")[0] == "SERVFAIL"
        assert ask(lab, name, name)[0] == "NOERROR"


def test_lan_without_internet_differs_between_engines() -> None:
    """Goldens macvlan-8021q/reach.txt: 28 asks from the host, 26 from the container, which does not get there."""
    for version, code in (("28.5", "NXDOMAIN"), ("26.1", "SERVFAIL")):
        lab = Lab(version)
        lab.lan()
        lab.network("mv", "macvlan", {"Subnet": "192.168.50.0/24"}, options={"parent": "lan0"})
        lab.run("m1", "mv")
        assert ask(lab, "m1", "v20a")[0] == code


def test_default_bridge_asks_the_hosts_name_server(lab: Lab) -> None:
    """Golden default-bridge/two-containers.txt."""
    for name in ("b1", "b2"):
        lab.run(name, Hostname=name)
    assert ask(lab, "b1", "b2", server="10.0.2.15") == ("NXDOMAIN", [])
    assert lab.exec("b1", "ping", "-c", "1", "-W", "2", "b2") == (2, "ping: b2: Name or service not known\n")
    assert lab.exec("b1", "getent", "hosts", "b1") == (0, "172.17.0.2      b1\n")


def test_ping_by_name_shows_the_reverse_name(named: Lab) -> None:
    """Golden user-bridge/two-containers.txt."""
    code, text = named.exec("u1", "ping", "-c", "1", "-W", "2", "u2")
    assert code == 0
    assert "64 bytes from u2.app (172.28.0.3): icmp_seq=1 ttl=64" in text


def test_broken_questions_are_not_answered(named: Lab) -> None:
    namespace = named.namespace("u1")
    socket = namespace.udp_socket(4)
    for data in (b"", b"\x00" * 5, b"\xff" * 40):
        socket.sendto(data, "127.0.0.11", 53)
    named.engine.kernel.advance(1.0)
    assert socket.received == []


def test_candidates_of_a_dotted_name() -> None:
    assert list(candidates("a.b.c")) == [("a.b.c", ""), ("a.b", "c"), ("a", "b.c")]
    assert list(candidates("a")) == [("a", "")]


RESOLV = """# Generated by Docker Engine.
# This file can be edited; Docker Engine will not make further changes once it
# has been modified.

nameserver {server}
{options}
# Based on host file: '/etc/resolv.conf'{transform}
{servers}# Overrides: []
{ndots}"""


def test_resolv_conf_of_the_three_kinds(named: Lab) -> None:
    """Goldens user-bridge/two-containers.txt, default-bridge/two-containers.txt, host/view.txt."""
    named.run("b1")
    named.run("h1", "host")
    internal = RESOLV.format(
        server="127.0.0.11",
        options="options ndots:0\n",
        transform=" (internal resolver)",
        servers="# ExtServers: [host(10.0.2.15)]\n",
        ndots="# Option ndots from: internal\n",
    )
    legacy = RESOLV.format(server="10.0.2.15", options="", transform=" (legacy)", servers="", ndots="")
    host = RESOLV.format(server="10.0.2.15", options="", transform="", servers="", ndots="")
    for name, text in (("u1", internal), ("b1", legacy), ("h1", host)):
        assert named.exec(name, "cat", "/etc/resolv.conf")[1] == text


def test_resolv_conf_of_older_engines() -> None:
    for version, expected in (
        ("26.1", "# ExtServers: [10.0.2.15]\n"),
        ("20.10", "nameserver 127.0.0.11\noptions ndots:0\n"),
    ):
        lab = Lab(version)
        lab.network("app")
        lab.run("u1", "app")
        assert expected in lab.exec("u1", "cat", "/etc/resolv.conf")[1]


def test_resolv_conf_with_the_containers_own_servers(lab: Lab) -> None:
    lab.network("app")
    lab.run("u1", "app", Host_Dns=["8.8.8.8"], Host_DnsSearch=["lab.test"], Host_DnsOptions=["ndots:2"])
    text = lab.exec("u1", "cat", "/etc/resolv.conf")[1]
    assert "nameserver 127.0.0.11\nsearch lab.test\noptions ndots:2\n" in text
    assert (
        "# ExtServers: [8.8.8.8]\n# Overrides: [nameservers search options]\n# Option ndots from: override\n"
        in text
    )


def test_hosts_files(named: Lab) -> None:
    """Goldens two-containers.txt, and measured on 28.5.2."""
    named.run("x1", "app", Hostname="x1", Host_ExtraHosts=["nas:192.168.50.9", "gate:host-gateway"])
    named.engine.networks.connect("other", {"Container": "x1"})
    assert named.exec("x1", "cat", "/etc/hosts")[1] == (
        "127.0.0.1\tlocalhost\n"
        "::1\tlocalhost ip6-localhost ip6-loopback\n"
        "fe00::\tip6-localnet\n"
        "ff00::\tip6-mcastprefix\n"
        "ff02::1\tip6-allnodes\n"
        "ff02::2\tip6-allrouters\n"
        "192.168.50.9\tnas\n"
        "172.17.0.1\tgate\n"
        "172.28.0.4\tx1\n"
        "172.18.0.3\tx1\n"
    )
    named.run("h1", "host")
    assert "::1\t\tlocalhost ip6-localhost ip6-loopback\n" in named.exec("h1", "cat", "/etc/hosts")[1]
