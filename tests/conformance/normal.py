"""What differs from run to run is given a name, so that the rest can be compared letter by letter.

Random are: ids, MAC addresses and what is made from them, device indexes, times, process ids, the port of the
embedded DNS server. A MAC or an id whose owner is known becomes its owner's name: an output that shows the wrong
machine's MAC stays a difference.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import IPv6Address

MAC = re.compile(r"(?<![0-9a-f:])(?:[0-9a-f]{2}:){5}[0-9a-f]{2}(?![0-9a-f:])")
BRIDGE_ID = re.compile(r"(?<=8000\.)[0-9a-f]{1,2}(?::[0-9a-f]{1,2}){5}")
"""As ip prints the MAC inside a bridge's id: without leading zeros."""
LOUD = re.compile(r"(?<![0-9A-F:])(?:[0-9A-F]{2}:){5}[0-9A-F]{2}(?![0-9A-F:])")
"""As arping prints it."""
FULL = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
SHORT = re.compile(r"(?<![0-9a-f])[0-9a-f]{12}(?![0-9a-f])")
LINK_LOCAL = re.compile(r"fe80::[0-9a-f:]+")

LISTENING = re.compile(r"^(?:LISTEN|UNCONN) .*(?:\n(?:LISTEN|UNCONN) .*)+", re.MULTILINE)
"""Lines of ss, whose order is that of a hash table."""

Substitute = str | Callable[[re.Match[str]], str]

RULES: tuple[tuple[re.Pattern[str], Substitute], ...] = tuple(
    (re.compile(pattern, re.MULTILINE), by)
    for pattern, by in (
        (r"\bveth[0-9a-f]{7}\b", "veth<x>"),
        (r"^\d+: ", "N: "),  # ip link
        (r"(@if\d+) +", "@ifN "),  # a column in ip -br
        (r"@if\d+", "@ifN"),
        (r'"(ifindex|link_index|link_netnsid)":\d+', r'"\1":N'),
        (r"gc_timer +\d+\.\d+", "gc_timer T"),
        # A kernel's own talk on a link, whenever it comes.
        (r"^<fe80[^>]*> dev \S+ lladdr .*\n?", ""),
        # Two threads of the engine say these.
        (r"^(container stop .*)\n(container die .*)$", r"\2\n\1"),
        # Of two streams, whichever comes first: what curl -w prints, before or within the error.
        (r"^(?:curl: )?\n(\d{3})(?:curl: )?(\(\d+\) .*)\n", r"curl: \2\n\n\1"),
        (r'"execDuration", "\d+"', '"execDuration", "T"'),  # in seconds
        # In the order of a hash table, or the first in it.
        (r"(?<=failed to allocate secondary ip address \()\w+(?=:)", "<any>"),
        (r"(?<=volume is in use - \[)[^]]+", lambda m: ", ".join(sorted(m[0].split(", ")))),
        # The lab image of the real engine says of what it was made.
        (r'\["dnetlab\.image", "<id12>"\], ', ""),
        # The sentences that the model adds for a learner.
        (r'"Bind mounts are of the model\'s own host[^"]*"', ""),
        (r"^The embedded engine runs no programs .*\n?", ""),
        (r"mcast_n_groups \d+", "mcast_n_groups N"),  # who has reported a group so far
        (r"33:33:ff:[0-9a-f:]{8}", "33:33:ff:<x>"),  # the group of a random address
        # The machine of the test engine: its neighbour on its own network, and the port on which it offers its API.
        (r"^10\.0\.2\.2 dev eth0 .*\n?", ""),
        (r"^LISTEN .* \*:2375 .*\n?", ""),
        (r"\bif\d+(?=[:@])", "ifN"),
        # bridge(8) looks the peer's index up in its own namespace: the name it finds is chance.
        (r"^(N: p-\w+)@[^:]+:", r"\1@<peer>:"),
        (r"link-netnsid \d+", "link-netnsid N"),
        (r"net:\[\d+\]", "net:[N]"),
        (r"pid=\d+,fd=\d+", "pid=N,fd=N"),
        (r"^rtt min/avg/max/mdev = .*", "rtt T"),
        (r"^round-trip min/avg/max = .*", "rtt T"),
        (r", time \d+ms$", ", time T"),
        (r"\b\d+(\.\d+)? ?ms\b", "T ms"),
        (r"\b\d+(\.\d+)? ?usec\b", "T usec"),
        (r"\b\d+ msec\b", "T msec"),
        (r"\bafter \d+ (ms|milliseconds)\b", r"after T \1"),  # curl
        (r"^(?:\d\d:){2}\d\d\.\d{6}\b", "T"),  # tcpdump
        (r", id \d+, seq", ", id N, seq"),
        (r", id: \d+$", ", id: N"),  # dig
        (r"^;; WHEN: .*", ";; WHEN: T"),
        (r"(_lft) \d+sec", r"\1 Nsec"),
        # What a router said counts for 300 or 600 seconds from then on.
        (r'(\bexpires |"expires":)(\d+)', lambda m: f"{m[1]}<{-(-int(m[2]) // 100)}00"),
        (r"^# (Generated|Completed).*\n?", ""),
        (r"\[\d+:\d+\]", "[n:n]"),  # counters of iptables-save
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", "<time>"),
        # Which of the two addresses of a taken port is named, changes from try to try.
        (r"Bind for (0\.0\.0\.0|::):(\d+) failed", r"Bind for <any>:\2 failed"),
        # The port from which docker-proxy speaks to a container, in tcpdump and in ss.
        (r"(?<=\b172\.17\.0\.1[.:])\d{5}(?=:? )", "<port>"),
        (r"127\.0\.0\.11:(?!53\b)\d{4,5}", "127.0.0.11:<port>"),
        (r"127\.0\.0\.11/32 (.*)--(sport|dport) \d{4,5}", r"127.0.0.11/32 \1--\2 <port>"),
        # A neighbour that was resolved ages with time; one that was not, differs.
        (r"\b(REACHABLE|STALE|DELAY|PROBE)\b", "RESOLVED"),
        (r"\bused \d+(/\d+)*\b", "used N"),
    )
)


class Names:
    """Who is behind the random values of one engine, and texts with names in their place."""

    def __init__(self) -> None:
        self._macs: dict[str, str] = {}
        self._ids: dict[str, str] = {}
        self._words: dict[str, str] = {}

    def mac(self, mac: str, owner: str) -> None:
        """From now on ``mac`` reads as its owner's; the first owner keeps it (ipvlan shares the parent's)."""
        if mac and not constant(mac):
            self._macs.setdefault(mac, owner)

    def id(self, full: str, owner: str) -> None:
        """From now on the id, or its first twelve digits, reads as its owner's."""
        self._ids[full] = owner
        self._ids[full[:12]] = owner

    def word(self, word: str, name: str) -> None:
        """From now on ``word`` reads as ``name``."""
        self._words[word] = name

    def text(self, text: str) -> str:
        """``text`` with everything random named."""
        for word, name in self._words.items():
            text = text.replace(word, name)
        text = LINK_LOCAL.sub(self._link_local, text)
        text = BRIDGE_ID.sub(lambda m: ":".join(part.zfill(2) for part in m[0].split(":")), text)
        text = MAC.sub(lambda m: self._mac(m[0]), text)
        text = LOUD.sub(lambda m: self._mac(m[0].lower()).replace("<mac", "<MAC"), text)
        text = FULL.sub(lambda m: f"<id {self._ids[m[0]]}>" if m[0] in self._ids else "<id>", text)
        text = SHORT.sub(lambda m: f"<id12 {self._ids[m[0]]}>" if m[0] in self._ids else "<id12>", text)
        for pattern, by in RULES:
            text = pattern.sub(by, text)
        return LISTENING.sub(lambda m: "\n".join(sorted(m[0].split("\n"))), text)

    def _mac(self, mac: str) -> str:
        if constant(mac):
            return mac
        return f"<mac {self._macs[mac]}>" if mac in self._macs else "<mac>"

    def _link_local(self, match: re.Match[str]) -> str:
        mac = from_link_local(match[0])
        if mac is None or constant(mac):
            return match[0]
        packed = IPv6Address(match[0]).packed
        shared = "" if packed[11:13] == b"\xff\xfe" else f" {packed[11:13].hex()}"
        return f"<fe80{shared} {self._macs[mac]}>" if mac in self._macs else f"<fe80{shared}>"


def constant(mac: str) -> bool:
    """Whether a MAC is no random one: broadcast, multicast, zero, or one that a scenario chose (02:00:00:...)."""
    return mac.startswith(("33:33:", "01:00:5e:", "01:80:c2:", "02:00:00:")) or mac in (
        "ff:ff:ff:ff:ff:ff",
        "00:00:00:00:00:00",
    )


def from_link_local(address: str) -> str | None:
    """The MAC inside an EUI-64 link-local address (RFC 4291, appendix A), or None.

    Devices that share a MAC (ipvlan) have a number in the place of ff:fe, and the MAC as it is.
    """
    try:
        b = bytearray(IPv6Address(address).packed[8:])
    except ValueError:
        return None
    if b[3] not in (0, 0xFF) or (b[3] == 0xFF and b[4] != 0xFE):
        return None
    if b[3] == 0xFF:
        b[0] ^= 2
    return ":".join(f"{x:02x}" for x in (*b[:3], *b[5:]))
