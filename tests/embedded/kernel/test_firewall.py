"""Rules as text, chains, and NAT that undoes itself on the way back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from labs import Lan, iptables, up

from dnetlab.embedded.kernel import Kernel, KernelError, Namespace, Rule
from dnetlab.embedded.kernel.conntrack import Connection, inverse

# Lines as Engine 28.5.2 leaves them (golden default-bridge/ and user-bridge/, v4 and v6).
ENGINE_LINES = [
    "-d 172.17.0.2/32 ! -i docker0 -j DROP",
    "-o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
    "-i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2",
    "-d 172.17.0.4/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT",
    "! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.4:80",
    "! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER",
    "-s 172.17.0.0/16 ! -o docker0 -j MASQUERADE",
    "-s 127.0.0.11/32 -p udp -m udp --sport 43069 -j SNAT --to-source :53",
    "-d fd00:6::2/128 ! -i br-9887264c28fb -j DROP",
    "! -d ::1/128 -m addrtype --dst-type LOCAL -j DOCKER",
    "-j REJECT --reject-with icmp-port-unreachable",
]


@pytest.mark.parametrize("line", ENGINE_LINES)
def test_rules_print_as_they_were_read(line: str) -> None:
    assert Rule.parse(line).text() == line


def test_long_options_and_hosts_are_normalised() -> None:
    rule = Rule.parse(
        "--protocol 6 --source 10.0.0.1 --destination 10.1.2.3/255.255.0.0 --dport 80:90 --jump ACCEPT"
    )
    assert rule.text() == "-s 10.0.0.1/32 -d 10.1.0.0/16 -p tcp -m tcp --dport 80:90 -j ACCEPT"


@pytest.mark.parametrize(
    "line", ["--nonsense", "-p", "-p nosuch", "--dport x", "-m nosuch", "-d 1.2.3", "--ctstate ODD", "!"]
)
def test_rules_that_are_refused(line: str) -> None:
    with pytest.raises(KernelError):
        Rule.parse(line)


def table_of(namespace: Namespace, name: str = "filter") -> object:
    return namespace.netfilter(4).table(name)


def test_chains_can_be_made_used_and_removed_in_that_order_only() -> None:
    table = up(Kernel(), "a").netfilter().table("filter")
    table.new_chain("MINE")
    with pytest.raises(KernelError, match="EEXIST"):
        table.new_chain("MINE")
    table.append("INPUT", "-j MINE")
    for call in (lambda: table.delete_chain("MINE"), lambda: table.append("INPUT", "-j NOSUCH")):
        with pytest.raises(KernelError):
            call()
    table.delete("INPUT", "-j MINE")
    table.delete_chain("MINE")
    with pytest.raises(KernelError, match="EINVAL"):
        table.delete_chain("INPUT")


def test_insert_replace_and_delete_count_from_one() -> None:
    table = up(Kernel(), "a").netfilter().table("filter")
    for port in (1, 2, 3):
        table.append("INPUT", f"-p tcp -m tcp --dport {port} -j DROP")
    table.insert("INPUT", "-j ACCEPT", 2)
    table.replace("INPUT", 1, "-j DROP")
    table.delete("INPUT", 4)
    assert [r.text() for r in table.chains["INPUT"].rules] == [
        "-j DROP",
        "-j ACCEPT",
        "-p tcp -m tcp --dport 2 -j DROP",
    ]
    assert table.check("INPUT", "-j ACCEPT") and not table.check("INPUT", "-j RETURN")
    for call in (lambda: table.delete("INPUT", 9), lambda: table.insert("INPUT", "-j DROP", 9)):
        with pytest.raises(KernelError):
            call()


def test_chains_that_jump_in_a_circle_do_not_hang() -> None:
    namespace = up(Kernel(), "a")
    iptables(namespace, "filter", "-N A\n-N B\n-A A -j B\n-A B -j A\n-A INPUT -j A")
    with pytest.raises(KernelError, match="ELOOP"):
        namespace.kernel.ping(namespace, "127.0.0.1")


def test_return_goes_on_behind_the_jump(lan: Lan) -> None:
    iptables(
        lan.host,
        "filter",
        "-N MINE\n-A MINE -s 192.168.50.100 -j RETURN\n-A MINE -j ACCEPT\n-A INPUT -j MINE\n-A INPUT -j DROP",
    )
    assert not lan.reaches(lan.pc, "192.168.50.2")
    assert lan.reaches(lan.router, "192.168.50.2")


def test_states_let_answers_in_and_strangers_not(lan: Lan) -> None:
    iptables(
        lan.host, "filter", "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n-A INPUT -j DROP"
    )
    assert lan.reaches(lan.host, "192.168.50.100")
    assert not lan.reaches(lan.pc, "192.168.50.2")


def test_an_error_about_a_masqueraded_packet_finds_its_sender(lan: Lan) -> None:
    b1 = lan.bridged("b1", "172.17.0.2/16", lan.docker0, "172.17.0.1")
    iptables(lan.host, "nat", "-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE")
    lan.host.add_route("203.0.113.0/24", via="192.168.50.1")
    result = lan.ping(b1, "203.0.113.9")
    assert result.notice is not None
    assert (result.notice.source, result.notice.text) == ("192.168.50.1", "Destination Net Unreachable")
    assert (result.notice.about.src, result.notice.about.dst) == ("172.17.0.2", "203.0.113.9")


ADDRESS = st.integers(1, 2**32 - 2).map(lambda v: ".".join(str(b) for b in v.to_bytes(4, "big")))
PORT = st.integers(1, 65535)


@given(
    st.tuples(ADDRESS, ADDRESS, st.just(6), PORT, PORT), st.tuples(ADDRESS, ADDRESS, st.just(6), PORT, PORT)
)
def test_a_translation_read_backwards_is_the_original(
    original: tuple[str, str, int, int, int], new: tuple[str, str, int, int, int]
) -> None:
    connection = Connection(original, 0.0)
    assert connection.translated() == original
    connection.reply = inverse(new)
    assert connection.translated() == new
    assert inverse(inverse(original)) == original


@settings(max_examples=25, deadline=None)
@given(st.integers(1024, 60000), st.integers(1024, 60000), st.binary(min_size=1, max_size=30), st.booleans())
def test_nat_is_invisible_to_both_ends(outside: int, inside: int, data: bytes, masquerade: bool) -> None:
    lan = Lan()
    server = lan.bridged("s", "172.17.0.2/16", lan.docker0, "172.17.0.1")
    iptables(
        lan.host,
        "nat",
        f"-A PREROUTING -p udp -m udp --dport {outside} -j DNAT --to-destination 172.17.0.2:{inside}"
        + ("\n-A POSTROUTING -o docker0 -j MASQUERADE" if masquerade else ""),
    )
    there = server.udp_socket()
    there.bind(port=inside)
    there.on_datagram = lambda s, d, who: s.sendto(d[::-1], *who)
    here = lan.pc.udp_socket()
    here.sendto(data, "192.168.50.2", outside)
    assert lan.kernel.run_until(lambda: here.received, 2.0)
    assert (here.received[0].data, here.received[0].source, here.received[0].port) == (
        data[::-1],
        "192.168.50.2",
        outside,
    )
    assert there.received[0].source == ("172.17.0.1" if masquerade else "192.168.50.100")
