"""Nonsense gives a usage error and an exit status, never a traceback and never a defect."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dnetlab.embedded.commands import Result, names, run
from dnetlab.embedded.commands.program import DEFECT
from tests.embedded.commands.command_labs import Lan, Pair

TEXT = (
    "-c -W 1 -i eth0 -n -nn -e -v -q -s -t -p 80 http://172.28.0.3 172.28.0.3 172.28.0.77 u2 nosuch fd00::1 300.1.1.1"
    " 10.0.0.0/8 1.2.3.4/33 default via dev add del set show up down master type veth bridge vlan macvlan ipvlan dummy"
    " peer name link addr address route neigh netns exec list flush get replace -4 -6 -j -d -br -o -batch - lo br0 id"
    " mode l2 flood on off fdb 02:00:00:00:00:01 vid 10 pvid untagged icmp arp and or not ( ) host port tcp udp net"
    " ether src dst -A -D FORWARD -j DROP -t nat --dport -S -L -F A -x +short @127.0.0.11 -type=A = x=1 net.ipv4.ip_forward"
    " -w -1 99999999999999999999 é \x00 '' -- --help --version -V -h / /etc/hosts /nosuch . .. % ~ * [ ] { } $x `a`"
)
WORDS = TEXT.split(" ")

words = st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=6)), max_size=7)

# Their job is to go on for ever; the others must end by themselves in a simulated minute.
ENDLESS = {
    "cat",
    "dnsmasq",
    "httpd",
    "nc",
    "ping",
    "sleep",
    "tcpdump",
    "top",
    "web",
    "yes",
    "busybox",
    "env",
    "timeout",
    "arping",
}
ENDLESS |= {
    "xargs",
    "ip",
    "nsenter",
    "sh",
    "dash",
    "bash",
    "fping",
    "traceroute",
    "wget",
    "curl",
    "dig",
    "nslookup",
    "host",
}


def decent(result: Result) -> None:
    """No defect of the model may show."""
    assert result.exit_code != DEFECT
    assert b"defect" not in result.stderr
    assert b"Traceback" not in result.stderr


@pytest.fixture(scope="module")
def worn() -> Pair:
    """For invented input, which leaves files and routes behind."""
    return Pair()


@pytest.fixture
def pair() -> Pair:
    return Pair()


@pytest.fixture(scope="module")
def lan() -> Lan:
    return Lan()


quick = settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.parametrize("name", names())
@quick
@given(arguments=words)
def test_takes_any_arguments(worn: Pair, name: str, arguments: list[str]) -> None:
    result = run([name, *arguments], worn.contexts["u1"], timeout=60.0)
    decent(result)
    assert result.exit_code is not None or name in ENDLESS
    for process in list(worn.contexts["u1"].processes.values()):
        if process.pid != 1:
            process.end(137)


NAMING = (
    "fping -n", "fping -d -A", "fping -c 1", "getent hosts", "getent ahosts", "host", "nslookup", "dig", "dig -x", "ping -c 1 -W 1",
    "traceroute -m 1 -w 1 -q 1", "arping -c 1 -w 1", "nc -z -w 1 -v", "curl -s -m 1", "wget -q -T 1 -t 1 -O -", "ip route get",
)  # fmt: skip
"""Commands that turn a name into an address, or an address into a name."""


@pytest.mark.parametrize("command", NAMING)
@pytest.mark.parametrize(
    "written", ["10", "127.1", "0", "4294967295", "1.2.3", "::", "::1", "0x7f.1", "1.2.3.4.5", "fe80::1%eth0"]
)
def test_an_address_may_be_written_in_any_way(worn: Pair, command: str, written: str) -> None:
    tail = " 80" if command.startswith("nc") else ""
    decent(run(["sh", "-c", f"{command} {written}{tail}"], worn.contexts["u1"], timeout=60.0))


@settings(quick, max_examples=100)
@given(
    arguments=words, object_=st.sampled_from(["link", "addr", "route", "neigh", "netns", "rule", "maddress"])
)
def test_ip_takes_any_arguments(lan: Lan, object_: str, arguments: list[str]) -> None:
    decent(run(["ip", "-n", "pc1", object_, *arguments], lan.context, timeout=60.0))


@settings(quick, max_examples=60)
@given(arguments=words, object_=st.sampled_from(["link", "vlan", "fdb"]))
def test_bridge_takes_any_arguments(lan: Lan, object_: str, arguments: list[str]) -> None:
    decent(run(["bridge", "-n", "switch", object_, *arguments], lan.context, timeout=60.0))


@settings(quick, max_examples=60)
@given(text=st.text(max_size=60))
def test_ip_batch_takes_any_text(lan: Lan, text: str) -> None:
    decent(run(["ip", "-batch", "-"], lan.context, text.encode(), timeout=60.0))


@settings(quick, max_examples=100)
@given(
    text=st.text(
        alphabet="echo ab;&|<>()'\"$`\\{}#\n*?[]=1if then fi for do done while case esac in !~", max_size=40
    )
)
def test_sh_takes_any_script(worn: Pair, text: str) -> None:
    result = run(["sh", "-c", text], worn.contexts["u1"], timeout=5.0)
    decent(result)
    for process in list(worn.contexts["u1"].processes.values()):
        if process.pid != 1:
            process.end(137)


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        (["ping"], 2, "Destination address required"),
        (["ping", "-c", "x", "u2"], 1, "invalid argument: 'x'"),
        (["ip", "foo"], 1, 'Object "foo" is unknown'),
        (["ip", "route", "add", "10.0.0.1/8", "dev", "eth0"], 2, "Invalid prefix for given prefix length"),
        (["tcpdump", "-i", "nosuch0"], 1, "No such device exists"),
        (["tcpdump", "-i", "eth0", "foo bar"], 1, "syntax error"),
        (["curl", "-z"], 2, "curl"),
        (["timeout", "x", "true"], 125, "invalid time interval"),
        (["sysctl", "net.ipv4.nosuch"], 1, "cannot stat /proc/sys/net/ipv4/nosuch"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_says_what_is_wrong(pair: Pair, argv: list[str], code: int, words: str) -> None:
    result = run(argv, pair.contexts["u1"])
    assert result.exit_code == code
    assert words in result.stderr.decode()


@pytest.mark.parametrize(
    "name,code,why",
    [
        ("nosuch", 127, "executable file not found in $PATH"),
        ("", 127, "executable file not found in $PATH"),
        ("/nosuch", 127, "stat /nosuch: no such file or directory"),
        ("./x", 127, "stat ./x: no such file or directory"),
        ("/etc/passwd", 126, "permission denied"),
        ("/etc", 126, "is a directory: permission denied"),
    ],
)
def test_a_program_that_cannot_be_started_is_refused_as_runc_does(
    pair: Pair, name: str, code: int, why: str
) -> None:
    """As Engine 28.5 answered: on standard output."""
    result = run([name], pair.contexts["u1"])
    said = (
        f'OCI runtime exec failed: exec failed: unable to start container process: exec: "{name}": {why}\r\n'
    )
    assert (result.exit_code, result.stdout.decode()) == (code, said)


def test_an_unknown_command_lists_what_exists(pair: Pair) -> None:
    result = run(["foo"], pair.contexts["u1"])
    for name in ("ping", "ip", "tcpdump", "nslookup"):
        assert f" {name}," in result.stderr.decode()
