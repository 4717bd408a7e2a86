"""Commands that send packets: what they print, what they end with, how much simulated time they take."""

from __future__ import annotations

import json
import re

import pytest

from dnetlab.embedded.commands import Context, run, start
from tests.embedded.commands.command_labs import Lan, Pair


@pytest.fixture
def lan() -> Lan:
    made = Lan()
    assert made.built.exit_code == 0, made.built
    made.kernel.advance(2)
    return made


@pytest.fixture
def pair() -> Pair:
    return Pair()


# --- ping -------------------------------------------------------------------------------------------------


def test_a_ping_by_name_says_both_names(pair: Pair) -> None:
    lines = pair.sh("ping -c 1 -W 2 u2").stdout.decode().splitlines()
    assert lines[0] == "PING u2 (172.28.0.3) 56(84) bytes of data."
    assert re.fullmatch(
        r"64 bytes from u2\.app \(172\.28\.0\.3\): icmp_seq=1 ttl=64 time=0\.\d{3} ms", lines[1]
    )
    assert lines[2:5] == [
        "",
        "--- u2 ping statistics ---",
        "1 packets transmitted, 1 received, 0% packet loss, time 0ms",
    ]
    assert re.fullmatch(r"rtt min/avg/max/mdev = (0\.\d{3})/\1/\1/0\.000 ms", lines[5])


def test_the_same_lab_shows_the_same_times() -> None:
    assert Pair().sh("ping -c 3 u2").stdout == Pair().sh("ping -c 3 u2").stdout


def test_a_lost_ping_takes_its_timeout(lan: Lan) -> None:
    before = lan.kernel.now
    result = lan.on("pc1", "ping", "-c", "1", "-W", "2", "192.168.50.77")
    assert result.exit_code == 1
    assert lan.kernel.now - before == pytest.approx(2, abs=0.01)


@pytest.fixture
def twins(lan: Lan) -> Lan:
    """A second machine on the LAN has pc1's address."""
    lan.sh("ip -n pc1 link add twin0 link eth0 type macvlan mode bridge; ip netns add twin; "
           "ip -n pc1 link set twin0 netns twin; ip -n twin link set twin0 up; "
           "ip -n twin address add 192.168.50.100/24 dev twin0")  # fmt: skip
    return lan


@pytest.mark.parametrize(
    ("options", "sent", "received", "status"),
    [
        ("-c 2 -w 3", 1, 2, 0),  # golden macvlan/duplicate: with a time limit, the count is one of answers
        ("-b -c 3 -w 4", 2, 3, 0),
        ("-c 2", 2, 3, 0),  # without one, of requests; the second goes to who answered last
        ("-f -c 2 -w 3", 1, 1, 0),
        ("-b -c 9 -w 2", 2, 4, 1),  # fewer than the count
    ],
)
def test_arping_counts_answers_where_it_has_a_time_limit(
    twins: Lan, options: str, sent: int, received: int, status: int
) -> None:
    result = twins.on("router", "arping", *options.split(), "-I", "eth0", "192.168.50.100")
    assert f"Sent {sent} probes" in result.stdout.decode()
    assert f"Received {received} response(s)" in result.stdout.decode()
    assert result.stdout.count(b"reply from 192.168.50.100 [") == received
    assert result.exit_code == status


def test_a_ping_ends_with_the_error_that_answers_it(lan: Lan) -> None:
    before = lan.kernel.now
    result = lan.on("pc1", "ping", "-c", "1", "8.8.8.8")
    assert b"From 192.168.50.1 icmp_seq=1 Destination Net Unreachable\n" in result.stdout
    assert lan.kernel.now - before < 0.1


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        ("b2", 2, "ping: b2: Name or service not known\n"),
        ("fd00::5", 2, "ping: connect: Network is unreachable\n"),
        ("-6 u2", 2, "ping: u2: Address family for hostname not supported\n"),
        ("-I nosuch0 u2", 2, "ping: SO_BINDTODEVICE nosuch0: No such device\n"),
        ("172.28.0.255", 2, "ping: Do you want to ping broadcast? Then -b."),
        ("-M do -s 1473 u2", 1, "ping: sendmsg: Message too long\n"),
    ],
)
def test_a_ping_says_why_it_cannot(pair: Pair, words: str, code: int, complaint: str) -> None:
    result = pair.sh(f"ping -c 1 -W 1 {words}")
    assert result.exit_code == code
    assert result.stderr.decode().startswith(complaint)


def test_a_background_ping_goes_on_while_others_run(lan: Lan) -> None:
    job = start(["ip", "netns", "exec", "pc1", "ping", "192.168.50.1"], lan.context)
    lan.sh("sleep 3.5")
    assert sum(b"icmp_seq" in data for _, data in job.chunks) == 4


# --- reach, ARP, ways -------------------------------------------------------------------------------------


def test_fping_lists_the_living_as_they_answer_and_the_dead_at_the_end(lan: Lan) -> None:
    targets = ["192.168.50.77", "192.168.50.1", "10.10.10.100"]
    result = lan.on("pc1", "fping", "-r", "1", "-t", "400", "-p", "50", *targets)
    assert result.exit_code == 1
    assert result.stdout.decode().splitlines() == [
        "192.168.50.1 is alive",
        "10.10.10.100 is alive",
        "192.168.50.77 is unreachable",
    ]


def test_arping_finds_everybody_who_claims_an_address(lan: Lan) -> None:
    lan.sh("ip -n router addr add 192.168.50.2/24 dev eth0")
    lines = lan.on("pc1", "arping", "-c", "2", "-w", "3", "-I", "eth0", "192.168.50.2").stdout.decode()
    macs = set(re.findall(r"Unicast reply from 192\.168\.50\.2 \[([0-9A-F:]{17})\]  \d\.\d{3}ms", lines))
    assert len(macs) == 2


def test_arping_on_an_interface_without_arp_says_so(lan: Lan) -> None:
    result = lan.on("pc1", "arping", "-c", "1", "-I", "lo", "192.168.50.1")
    assert (result.exit_code, result.stdout) == (2, b'Interface "lo" is not ARPable\n')


@pytest.mark.parametrize("option", [[], ["-I"]])
def test_traceroute_shows_the_router_and_the_target(lan: Lan, option: list[str]) -> None:
    lines = lan.on("pc1", "traceroute", "-n", *option, "10.10.10.100").stdout.decode().splitlines()
    assert [line.split()[:2] for line in lines[1:]] == [["1", "192.168.50.1"], ["2", "10.10.10.100"]]


# --- names ------------------------------------------------------------------------------------------------


def test_names_come_from_the_hosts_file_before_the_name_server(pair: Pair) -> None:
    context = pair.contexts["u1"]
    context.files.append("/etc/hosts", b"172.28.0.3\tother\n")
    assert pair.sh("getent hosts other").stdout == b"172.28.0.3      other\n"
    assert pair.sh("ping -c 1 other | grep -c 'from other (172.28.0.3)'").stdout == b"1\n"


def test_a_dead_name_server_is_a_temporary_failure(pair: Pair) -> None:
    pair.contexts["u1"].files.write(
        "/etc/resolv.conf", b"nameserver 172.28.0.77\noptions timeout:1 attempts:1\n"
    )
    result = pair.sh("ping -c 1 u2")
    assert (result.exit_code, result.stderr) == (2, b"ping: u2: Temporary failure in name resolution\n")
    assert pair.sh("dig +time=1 +tries=1 +short u2").exit_code == 9


# --- TCP, HTTP --------------------------------------------------------------------------------------------


def test_a_page_names_the_machine_that_served_it(pair: Pair) -> None:
    assert pair.sh("curl -s http://u2").stdout == b"hello from u2\n"
    assert pair.sh("wget -q -O- http://172.28.0.3").stdout == b"hello from u2\n"
    assert pair.sh("curl -s http://u2", who="u2").stdout == b"hello from u2\n"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("-s -m 4 http://u2:81", 7),
        ("-s -m 4 http://172.28.0.77", 28),
        ("-s -m 4 http://nosuch", 6),
        ("-sf http://u2/nosuch", 22),
        ("-s gopherx://u2", 1),
    ],
)
def test_curl_s_exit_status_says_what_was_wrong(pair: Pair, words: str, code: int) -> None:
    # A time limit shorter than the three seconds that ARP takes to give up.
    assert pair.sh(f"curl {words.replace('-m 4', '-m 1')}").exit_code == code


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("-m 1 http://172.28.0.99", "curl: (28) Connection timed out"),
        ("http://u2:81", "curl: (7) Failed to connect to u2 port 81"),
        ("-f http://u2/nosuch", "curl: (22) The requested URL returned error: 404"),
    ],
)
def test_curl_complains_before_it_writes_out(pair: Pair, words: str, said: str) -> None:
    """As recorded: ``claims-user_bridge/detour`` of tests/conformance."""
    result = pair.sh(f"curl -s -S -w '%{{http_code}}' {words}")
    stream, last = result.chunks[-1]
    assert (stream, len(last)) == ("stdout", 3)
    assert result.stderr.decode().startswith(said)


def test_nc_carries_bytes_both_ways(pair: Pair) -> None:
    server = start(["nc", "-l", "-p", "7000"], pair.contexts["u2"], b"from the server\n")
    result = run(["nc", "-N", "172.28.0.3", "7000"], pair.contexts["u1"], b"from the client\n")
    assert result.stdout == b"from the server\n"
    assert server.chunks == [("stdout", b"from the client\n")]
    assert server.wait(5) == 0


def test_ss_shows_who_listens(pair: Pair) -> None:
    lines = pair.sh("ss -ltnp").stdout.decode().splitlines()
    assert any(
        re.fullmatch(r'LISTEN 0      9 +\*:80 +\*:\*    users:\(\("busybox",pid=1,fd=3\)\)', x) for x in lines
    )


# --- captures ---------------------------------------------------------------------------------------------

CAPTURE = "timeout 10 ip netns exec switch tcpdump -i p-router -e -nn -l -c 20 'icmp or arp' >/tmp/cap.1 2>&1"


def test_a_detached_capture_collects_what_other_commands_send(lan: Lan) -> None:
    job = start(["sh", "-c", CAPTURE], lan.context)
    assert b"listening on p-router" in lan.sh("cat /tmp/cap.1").stdout
    lan.on("pc1", "ping", "-c", "1", "10.10.10.100")
    frames = [line for line in lan.sh("cat /tmp/cap.1").stdout.decode().splitlines() if "echo" in line]
    assert len(frames) == 4
    assert [("vlan 10, p 0" in f, "802.1Q" in f) for f in frames] == [
        (False, False),
        (True, True),
        (True, True),
        (False, False),
    ]
    assert lan.sh("pkill tcpdump").exit_code == 0
    lan.kernel.advance(0.01)
    assert job.exit_code == 0
    assert b"packets captured\n" in lan.sh("cat /tmp/cap.1").stdout


def test_a_capture_ends_with_its_count_or_its_time(lan: Lan) -> None:
    job = start(["sh", "-c", CAPTURE], lan.context)
    lan.sh("sleep 11")
    assert job.exit_code == 124


# --- DHCP, port security ----------------------------------------------------------------------------------

DNSMASQ = (
    "ip netns exec router dnsmasq --port=0 --interface=eth0 --bind-interfaces"
    " --dhcp-range=192.168.50.3,192.168.50.99,255.255.255.0,1h --dhcp-option=3,192.168.50.1 --dhcp-sequential-ip"
    " --no-ping --dhcp-authoritative --leasefile-ro --user=root --pid-file=/run/dnsmasq.pid --conf-file=/dev/null"
)
UDHCPC = "ip netns exec pc1 busybox udhcpc -i eth0 -q -n -t 5 -T 1 -s /usr/share/dnetlab/udhcpc"


def test_a_pc_gets_address_and_route_by_dhcp(lan: Lan) -> None:
    lan.sh("ip -n pc1 addr flush dev eth0; ip -n pc1 route flush default")
    assert lan.sh(DNSMASQ).exit_code == 0
    result = lan.sh(UDHCPC)
    assert result.exit_code == 0, result.stderr
    assert result.stderr.decode().splitlines()[-1] == (
        "udhcpc: lease of 192.168.50.3 obtained from 192.168.50.1, lease time 3600"
    )
    assert b"inet 192.168.50.3/24 scope global eth0" in lan.sh("ip -n pc1 addr").stdout
    assert b"default via 192.168.50.1 dev eth0" in lan.sh("ip -n pc1 route").stdout


def test_a_client_with_another_script_only_asks(lan: Lan) -> None:
    """As on the test engine: with -s /bin/true the lease is printed and nothing is set."""
    assert lan.sh(DNSMASQ).exit_code == 0
    result = lan.sh("ip netns exec pc1 busybox udhcpc -B -i eth0 -q -n -t 2 -T 1 -s /bin/true")
    assert result.stderr.decode().splitlines() == [
        "udhcpc: started, v1.37.0",
        "udhcpc: broadcasting discover",
        "udhcpc: broadcasting select for 192.168.50.3, server 192.168.50.1",
        "udhcpc: lease of 192.168.50.3 obtained from 192.168.50.1, lease time 3600",
    ]
    assert b"inet 192.168.50.100/24" in lan.sh("ip -n pc1 addr").stdout


def test_without_a_server_the_client_gives_up(lan: Lan) -> None:
    result = lan.sh(UDHCPC)
    assert (result.exit_code, result.stderr.decode().splitlines()[-1]) == (1, "udhcpc: no lease, failing")


def test_a_port_that_knows_one_address_only_drops_others(lan: Lan) -> None:
    mac = json.loads(lan.sh("ip -n pc1 -j link show eth0").stdout)[0]["address"]
    lan.sh(
        "bridge -n switch link set dev p-pc1 learning off flood off; ip -n switch link set dev p-pc1 type"
        f" bridge_slave fdb_flush; bridge -n switch fdb replace {mac} dev p-pc1 master static vlan 1"
    )
    assert (
        f"{mac} dev p-pc1 vlan 1 master br0 static\n"
        in lan.sh("bridge -n switch fdb show br br0").stdout.decode()
    )
    ping = ("ping", "-c", "1", "-W", "1", "192.168.50.1")
    assert lan.on("pc1", *ping).exit_code == 0
    lan.sh("ip -n pc1 link set eth0 down; ip -n pc1 link set eth0 address 02:00:00:00:00:99 up")
    lan.sh("ip -n router neigh flush all")
    assert lan.on("pc1", *ping).exit_code == 1


# --- ip's JSON --------------------------------------------------------------------------------------------


def test_json_names_the_kind_and_the_device_below(lan: Lan) -> None:
    rows = {row["ifname"]: row for row in json.loads(lan.sh("ip -n router -d -j address").stdout)}
    assert rows["eth0.10"]["link"] == "eth0"
    assert rows["eth0.10"]["linkinfo"]["info_data"]["id"] == 10
    assert rows["eth0"]["link_netnsid"] == 0
    assert [a["local"] for a in rows["eth0"]["addr_info"]][:1] == ["192.168.50.1"]
    vlans = {row["ifname"]: row["vlans"] for row in json.loads(lan.sh("bridge -n switch -j vlan").stdout)}
    assert vlans["p-pc10"] == [{"vlan": 10, "flags": ["PVID", "Egress Untagged"]}]


def test_pretty_json_is_the_same_json(lan: Lan) -> None:
    for what in ("address", "route", "neigh", "link"):
        plain, pretty = lan.sh(f"ip -n pc1 -j {what}"), lan.sh(f"ip -n pc1 -j -p {what}")
        assert json.loads(plain.stdout) == json.loads(pretty.stdout)


def test_another_container_has_its_own_namespaces_of_the_same_name(lan: Lan) -> None:
    other = Context(lan.kernel, lan.kernel.namespace("other"), "other", privileged=True)
    assert run(["ip", "netns", "add", "pc1"], other).exit_code == 0
    assert run(["ip", "netns", "exec", "pc1", "ip", "-br", "link"], other).stdout.decode().splitlines() == [
        "lo               DOWN           00:00:00:00:00:00 <LOOPBACK> "
    ]


LONG_LABEL = "a" * 70
LONG_NAME = "abcdefghi." * 30


@pytest.mark.parametrize(
    ("name", "why"),
    [
        (".0", "empty label"),
        ("a..b", "empty label"),
        ("..", "empty label"),
        (LONG_LABEL, "label too long"),
        (LONG_NAME, "ran out of space"),
    ],
)
@pytest.mark.parametrize(("tool", "status"), [("dig", 10), ("dig +short", 10), ("nslookup", 10), ("host", 1)])
def test_a_name_that_cannot_be_one_is_not_asked_for(
    pair: Pair, tool: str, status: int, name: str, why: str
) -> None:
    done = pair.sh(f"{tool} {name}")
    assert (done.exit_code, done.stderr.decode()) == (
        status, f"{tool.split()[0]}: '{name}' is not a legal name ({why})\n"
    )  # fmt: skip
    assert pair.sh(f"getent hosts {name}").exit_code == 2
    assert pair.sh(f"ping -c 1 {name}").stderr.decode() == f"ping: {name}: Name or service not known\n"


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("10", "10.in-addr.arpa."),
        ("127.1", "1.127.in-addr.arpa."),
        ("fe80::1%eth0", "fe80::1%eth0.in-addr.arpa."),
    ],
)
def test_dig_asks_backwards_for_whatever_it_is_given(pair: Pair, written: str, asked: str) -> None:
    assert f"\n;{asked}" in pair.sh(f"dig -x {written}").stdout.decode()
