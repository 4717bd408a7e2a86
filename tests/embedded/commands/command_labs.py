"""Small labs made on the kernel alone, and the comparison with what a real engine printed.

The files in ``data/`` were recorded on Docker Engine 28.5.2 with the lab image: a line ``[who]$ command``, what it
printed on standard output, ``(stderr)`` and what it printed there, and ``(rc=N)``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from dnetlab.embedded.commands import Context, Result, run, start
from dnetlab.embedded.commands.dnswire import Message, Record, address_of, decode, encode
from dnetlab.embedded.kernel import Kernel, KernelError, Namespace, UdpSocket

DATA = Path(__file__).parent / "data"
HOSTS = b"""127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::\tip6-localnet
ff00::\tip6-mcastprefix
ff02::1\tip6-allnodes
ff02::2\tip6-allrouters
"""
RESOLV_CONF = b"nameserver 127.0.0.11\noptions ndots:0\n"


@dataclass(frozen=True)
class Recorded:
    """One command line and what a real one printed."""

    machine: str
    command: str
    stdout: str
    stderr: str
    exit_code: int


def recorded(name: str) -> list[Recorded]:
    """The command lines of a file in ``data/``."""
    text = (DATA / name).read_bytes().decode()
    found = []
    for block in re.split(r"(?m)^(?=\[\w+\]\$ )", text)[1:]:
        line, _, rest = block.partition("\n")
        machine, _, command = line.removeprefix("[").partition("]$ ")
        body, code = re.split(r"(?m)^\(rc=(\d+)\)$", rest)[:2]
        stdout, _, stderr = body.partition("(stderr)\n")
        found.append(Recorded(machine, command, stdout, stderr, int(code)))
    return found


ONE_RUN = (
    (r"([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}", "MAC"),
    (r"8000(\.|:)([0-9a-f]{1,2}:){5}[0-9a-f]{1,2}|8000\.MAC", "BRIDGE-ID"),
    (r"fe80::[0-9a-f:]+", "fe80::X"),
    (r"ff02::1:ff[0-9a-f:]+", "ff02::1:ffX"),
    (r"33:33:ff:MAC|33:33:ff(:[0-9a-f]{2}){3}", "SOLICITED"),
    (r"time=[\d.]+", "time=T"),
    (r"mdev = .*ms", "mdev = T"),
    (r"time \d+ms", "time T"),
    (r"\b\d+\.\d+ ?ms", "T ms"),
    (r"\([\d.]+ avg", "(T avg"),
    (r"(?<= : )[\d.]+ [\d.]+$", "T T"),
    (r"max = [\d./]+", "max = T"),
    (r"\bid:? \d+", "id N"),
    (r"\bif\d+ *", "ifN "),
    (r"link-netnsid \d+", "link-netnsid N"),
    (r'"link_netnsid":\d+', '"link_netnsid":N'),
    (r'"link_index":\d+', '"link_index":N'),
    (r'"ifindex":\d+', '"ifindex":N'),
    (r"(?m)^\d+: ", "N: "),
    (r"\d\d:\d\d:\d\d(\.\d+)?", "HH"),
    (r"\w{3},? \d* ?\w{3} \d\d? ?(20\d\d)? HH (GMT|UTC)( 20\d\d)?", "DATE"),
    (r"20\d\d-\d\d-\d\d", "DATE"),
    (r"pid=\d+", "pid=P"),
    (r"127\.0\.0\.11:\d{4,}", "127.0.0.11:P"),
    (r"after \d+ m", "after N m"),
    (r"ETag: .*", "ETag: E"),
    (r"MSG SIZE  rcvd: \d+", "MSG SIZE  rcvd: N"),
    (r"gc_timer +[\d.]+", "gc_timer T"),
    (r"forward_delay_timer +[\d.]+", "forward_delay_timer T"),
    (r"(bytes|packets)\":\d+", r'\1":N'),
    (r"(?m)^( +)\d+ +\d+( +0){4} $", "COUNTERS"),
    (r"used \d+/\d+/\d+probes \d+", "used T"),
    (r"used \d+/\d+", "used T"),
    (r"net:\[\d+\]", "net:[N]"),
    (r"[\d.]+[KM](?==0s)|[\d.]+(?= [KM]B/s)", "RATE"),
    (r"\d+ +0 --:--:-- --:--:-- --:--:-- +\d+", "SPEED"),
    (r"TS val \d+ ecr \d+", "TS"),
    (r"seq \d{6,}", "seq N"),
    (r"ack \d{6,}", "ack N"),
    (r"\.\d{5} >", ".P >"),
    (r"> ([\d.]+)\.\d{5}:", r"> \1.P:"),
    (r"/tmp/web\.\w+", "/tmp/web.X"),
)
"""What differs from run to run on a real engine too."""


def normal(text: str) -> str:
    """Text without what one run has by chance, and without the embedded engine's list of commands."""
    text = re.sub(r"(?m)^The embedded engine runs no programs.*\n", "", text)
    for pattern, replacement in ONE_RUN:
        text = re.sub(pattern, replacement, text)
    return text.rstrip("\n")


def differences(expected: Recorded, got: Result) -> list[str]:
    """What of a run is not as recorded; empty where all is."""
    found = []
    if got.exit_code != expected.exit_code:
        found.append(f"exit status {got.exit_code}, recorded {expected.exit_code}")
    for name, wanted, seen in (
        ("stdout", expected.stdout, got.stdout.decode()),
        ("stderr", expected.stderr, got.stderr.decode()),
    ):
        if normal(wanted) != normal(seen):
            found.append(f"{name}:\n{normal(seen)}\nrecorded:\n{normal(wanted)}")
    return found


class NameServer:
    """A name server for one namespace, as far as the embedded one of an engine answers."""

    def __init__(self, namespace: Namespace, names: dict[str, str], domain: str) -> None:
        self.names = names
        self.domain = domain
        self.asked: list[tuple[str, str]] = []
        socket = namespace.udp_socket()
        socket.bind("127.0.0.11", 53)
        socket.on_datagram = self._answer

    def _answer(self, socket: UdpSocket, data: bytes, source: tuple[str, int]) -> None:
        socket.sendto(encode(self.reply(decode(data))), *source)

    def reply(self, query: Message) -> Message:
        assert query.question is not None
        name, kind = query.question.name, query.question.type
        self.asked.append((name, kind))
        if kind == "PTR":
            address = address_of(name)
            known = [n for n, a in self.names.items() if a == address]
            if known:
                return query.reply(answers=(Record(name, "PTR", 600, f"{known[0]}.{self.domain}"),))
        elif name in self.names:
            v6 = ":" in self.names[name]
            fits = kind == ("AAAA" if v6 else "A")
            return query.reply(answers=(Record(name, kind, 600, self.names[name]),) if fits else ())
        return query.reply("NXDOMAIN")


class Pair:
    """Two containers u1 and u2 on one bridge 172.28.0.0/24, each with a web server and a name server."""

    def __init__(self) -> None:
        self.kernel = Kernel(seed=3)
        self.host = self.kernel.namespace("host")
        self.host.lo.set_up()
        self.host.sysctl.set("net.ipv4.ip_forward", "1")
        bridge = self.host.add_bridge("br-app")
        bridge.set_up()
        bridge.add_address("172.28.0.1/24", broadcast="172.28.0.255")
        names = {"u1": "172.28.0.2", "u2": "172.28.0.3"}
        self.contexts: dict[str, Context] = {}
        for name, address in names.items():
            namespace = self.kernel.namespace(name)
            namespace.lo.set_up()
            inside, outside = namespace.add_veth(
                "eth0", f"veth{name}", peer_namespace=self.host, txqueuelen=0
            )
            outside.set_master(bridge)
            outside.set_up()
            _no_ipv6(namespace)
            inside.set_up()
            inside.add_address(f"{address}/24", broadcast="172.28.0.255")
            namespace.add_route("default", via="172.28.0.1")
            NameServer(namespace, names, "app")
            context = Context(self.kernel, namespace, name)
            context.files.write("/etc/hosts", HOSTS + f"{address}\t{name}\n".encode())
            context.files.write("/etc/resolv.conf", RESOLV_CONF)
            start(["web", "80"], context)
            self.contexts[name] = context
        self.kernel.advance(1)

    def sh(self, command: str, who: str = "u1") -> Result:
        # Errors are limited to one a second: a program after the other is not all at once.
        self.kernel.advance(1)
        return run(["sh", "-c", command], self.contexts[who])


def _no_ipv6(namespace: Namespace) -> None:
    try:
        namespace.sysctl.set("net.ipv6.conf.eth0.disable_ipv6", "1")
    except KernelError:
        namespace.sysctl.set("net.ipv6.conf.all.disable_ipv6", "1")


LAN_SCRIPT = """
set -e
if [ -n "$(ip -o -4 address show to 192.168.50.0/24)" ]; then echo "clash"; exit 9; fi
for n in switch router pc1 pc10; do ip netns add $n; done
ip -batch - <<'EOF'
link add zan0 type veth peer name p-host netns switch
link add p-pc1 netns switch type veth peer name eth0 netns pc1
link add p-pc10 netns switch type veth peer name eth0 netns pc10
link add p-router netns switch type veth peer name eth0 netns router
link set zan0 up
address add 192.168.50.2/24 dev zan0
EOF
ip -n switch -batch - <<'EOF'
link set lo up
link add br0 type bridge vlan_filtering 1
link set br0 up
link set p-host master br0
link set p-host up
link set p-pc1 master br0
link set p-pc1 up
link set p-pc10 master br0 up
link set p-router master br0 up
EOF
bridge -n switch -batch - <<'EOF'
vlan add dev p-host vid 10
vlan add dev p-router vid 10
vlan del dev p-pc10 vid 1
vlan add dev p-pc10 vid 10 pvid untagged
EOF
ip -n pc1 -batch - <<'EOF'
link set lo up
link set eth0 up
address add 192.168.50.100/24 dev eth0
route add default via 192.168.50.1
EOF
ip -n pc10 -batch - <<'EOF'
link set lo up
link set eth0 up
address add 10.10.10.100/24 dev eth0
route add default via 10.10.10.1
EOF
ip -n router -batch - <<'EOF'
link set lo up
link set eth0 up
address add 192.168.50.1/24 dev eth0
link add link eth0 name eth0.10 type vlan id 10
link set eth0.10 up
address add 10.10.10.1/24 dev eth0.10
EOF
for kind in "macvlan mode bridge" "ipvlan mode l2" "vlan id 4000"; do
  ip -n router link add t0 link eth0 type $kind 2>/dev/null && ip -n router link del t0 || { echo $kind; exit 8; }
done
"""
"""A LAN as dnetlab builds it: one container on the host's network, one script."""


class Lan:
    """The LAN of :data:`LAN_SCRIPT` in one container with the capabilities that it has on an engine."""

    def __init__(self) -> None:
        self.kernel = Kernel(seed=5)
        self.host = self.kernel.namespace("host")
        self.host.lo.set_up()
        self.host.sysctl.set("net.ipv4.ip_forward", "1")
        for number in range(10):
            # An engine's host has had devices before: lan0's index is none that the switch has.
            self.host.add_dummy(f"old{number}").delete()
        self.context = Context(
            self.kernel, self.host, "lan", capabilities={"NET_ADMIN", "NET_RAW", "SYS_ADMIN"}
        )
        start(["sleep", "infinity"], self.context)
        self.built = self.sh(LAN_SCRIPT)

    def sh(self, command: str) -> Result:
        return run(["sh", "-c", command], self.context)

    def on(self, machine: str, *argv: str) -> Result:
        """A command on a machine of the LAN."""
        return run(["ip", "netns", "exec", machine, *argv], self.context)
