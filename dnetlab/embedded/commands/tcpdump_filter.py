"""Capture filters in pcap's language, as far as frames of the model have the fields (pcap-filter(7))."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import ip_address, ip_network

from dnetlab.embedded.kernel import (
    Arp,
    Echo,
    Fragment,
    Frame,
    IcmpError,
    IpPacket,
    Mld,
    Ndp,
    Tcp,
    Udp,
    opened,
)

from .netdb import service_port
from .tcpdump_fields import take_out

Test = Callable[[Frame], bool]

TOKEN = re.compile(r"\s*(\(|\)|!(?!=)|&&|\|\||[^\s()!&|]+)")
MAX_DEPTH = 60
MAC = re.compile(r"([0-9a-fA-F]{1,2}:){5}[0-9a-fA-F]{1,2}\Z")


class FilterError(Exception):
    """The expression is none; the text is pcap's."""


def compile_filter(text: str) -> Test:
    """A test of frames for an expression; an empty one takes all. Raises FilterError."""
    tokens, at = [], 0
    try:
        text, comparisons = take_out(text.strip())
    except ValueError:
        raise FilterError("syntax error") from None
    text = text.strip()
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            raise FilterError("syntax error")
        tokens.append(match.group(1))
        at = match.end()
    if not tokens:
        return lambda frame: True
    parser = _Parser(tokens, comparisons)
    test = parser.either(0)
    if parser.at < len(tokens):
        raise FilterError("syntax error")
    return test


def _ip(frame: Frame) -> IpPacket | None:
    return frame.payload if isinstance(frame.payload, IpPacket) else None


def _has(kind: type | tuple[type, ...], v6: bool | None = None) -> Test:
    def test(frame: Frame) -> bool:
        p = _ip(frame)
        if p is None or (v6 is not None and p.v6 != v6):
            return False
        # A piece of a packet says in its IP header what it is of.
        load = p.payload.whole.payload if isinstance(p.payload, Fragment) else p.payload
        return isinstance(load, kind)

    return test


ICMP_TYPES = (Echo, IcmpError)
SIMPLE: dict[str, Test] = {
    "arp": lambda f: isinstance(f.payload, Arp),
    "rarp": lambda f: False,
    "ip": lambda f: isinstance(f.payload, IpPacket) and not f.payload.v6,
    "ip6": lambda f: isinstance(f.payload, IpPacket) and f.payload.v6,
    "icmp": _has(ICMP_TYPES, False),
    "icmp6": _has((*ICMP_TYPES, Ndp, Mld), True),
    "tcp": _has(Tcp),
    "udp": _has(Udp),
    "broadcast": lambda f: f.dst == "ff:ff:ff:ff:ff:ff",
    "multicast": lambda f: bool(int(f.dst[:2], 16) & 1),
}


class _Parser:
    def __init__(self, tokens: list[str], comparisons: list[Test]) -> None:
        self.tokens = tokens
        self.comparisons = comparisons
        self.at = 0
        self.last: tuple[str, str, str] | None = None

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        if self.at >= len(self.tokens):
            raise FilterError("syntax error")
        self.at += 1
        return self.tokens[self.at - 1]

    def either(self, depth: int) -> Test:
        if depth > MAX_DEPTH:
            raise FilterError("expression too complex")
        test = self.both(depth)
        # pcap gives "and" and "or" the same precedence, from left to right.
        while self.peek() in ("or", "||", "and", "&&"):
            operator = self.take()
            other = self.both(depth)
            test = _join(test, other, operator in ("and", "&&"))
        return test

    def both(self, depth: int) -> Test:
        if self.peek() in ("not", "!"):
            self.take()
            if depth > MAX_DEPTH:
                raise FilterError("expression too complex")
            inner = self.both(depth + 1)
            return lambda frame: not inner(frame)
        if self.peek() == "(":
            self.take()
            test = self.either(depth + 1)
            if self.take() != ")":
                raise FilterError("syntax error")
            return test
        return self.primitive()

    def primitive(self) -> Test:
        word = self.take()
        if word == "vlan":
            return self._vlan()
        if word.startswith("@") and word[1:].isdigit() and int(word[1:]) < len(self.comparisons):
            return self.comparisons[int(word[1:])]
        if word in SIMPLE:
            return self._protocol(word)
        if word == "ether":
            return self._ether()
        if word in ("host", "src", "dst", "net", "port", "portrange"):
            return self._address(word, None)
        if word in ("less", "greater"):
            size = self._number()
            return (lambda f: f.length <= size) if word == "less" else (lambda f: f.length >= size)
        if self.last is not None and word not in ("and", "or", ")", "("):
            # "port 80 or 443": the qualifiers before are meant again.
            return self._value(self.last[0], self.last[1], word)
        raise FilterError("syntax error")

    def _protocol(self, word: str) -> Test:
        test = SIMPLE[word]
        if self.peek() in ("host", "src", "dst", "net", "port", "portrange") and word not in (
            "broadcast",
            "multicast",
        ):
            return _join(test, self._address(self.take(), word), True)
        if word in ("ip", "ip6") and self.peek() == "proto":
            self.take()
            name = self.take().lstrip("\\")
            if name not in SIMPLE:
                raise FilterError(f"unknown ip proto '{name}'")
            return _join(test, SIMPLE[name], True)
        return test

    def _vlan(self) -> Test:
        if self.peek().isdigit():
            vid = self._number()
            if vid > 4095:
                raise FilterError(f"VLAN tag {vid} greater than maximum 4095")
            return lambda f: f.vlan == vid
        return lambda f: f.vlan is not None

    def _number(self) -> int:
        word = self.take()
        if not word.isdigit() or len(word) > 9:
            raise FilterError("syntax error")
        return int(word)

    def _ether(self) -> Test:
        word = self.take()
        if word == "proto":
            name = self.take().lstrip("\\")
            kinds = {"ip": 0x0800, "arp": 0x0806, "ip6": 0x86DD}
            number = kinds.get(name) or (int(name, 0) if re.fullmatch(r"0x[0-9a-fA-F]+|\d+", name) else None)
            if number is None:
                raise FilterError(f"unknown ether proto '{name}'")
            return lambda f: f.ethertype == number
        if word in ("broadcast", "multicast"):
            return SIMPLE[word]
        direction = "either"
        if word in ("src", "dst"):
            direction = word
            word = self.take() if self.peek() == "host" else "host"
        if word != "host":
            raise FilterError("syntax error")
        value = self.take()
        if not MAC.match(value):
            raise FilterError(
                f"bogus ethernet address {value}" if ":" in value else f"unknown ether host '{value}'"
            )
        mac = ":".join(part.lower().zfill(2) for part in value.split(":"))
        return lambda f: (direction != "dst" and f.src == mac) or (direction != "src" and f.dst == mac)

    def _address(self, word: str, proto: str | None) -> Test:
        direction, kind = "either", word
        if word in ("src", "dst"):
            direction = word
            if (
                self.peek() in ("or", "and")
                and self.at + 1 < len(self.tokens)
                and self.tokens[self.at + 1] in ("src", "dst")
            ):
                direction = "either"
                self.at += 2
            kind = self.take() if self.peek() in ("host", "net", "port", "portrange") else "host"
        return self._value(direction, kind, self.take())

    def _value(self, direction: str, kind: str, value: str) -> Test:
        self.last = (direction, kind, value)
        if kind == "host":
            return _host(direction, value)
        if kind == "net":
            return _net(direction, value)
        low, _, high = value.partition("-")
        if kind == "port":
            named = service_port(value) or service_port(value, "udp")
            if named is not None:
                low = str(named)
            elif not value.isdigit():
                raise FilterError(
                    f"port '{value}' is invalid" if not value[:1].isalpha() else f"unknown port '{value}'"
                )
            high = low
        if not low.isdigit() or not (high or low).isdigit() or int(low) > 65535 or len(low) > 6:
            raise FilterError(f"illegal port number {value} > 65535" if low.isdigit() else "syntax error")
        first, last = int(low), int(high or low)
        return _port(direction, first, last)


def _join(a: Test, b: Test, both: bool) -> Test:
    if both:
        return lambda frame: a(frame) and b(frame)
    return lambda frame: a(frame) or b(frame)


def _ends(frame: Frame) -> tuple[str, str] | None:
    """Source and destination address, of ARP too."""
    if isinstance(frame.payload, Arp):
        return frame.payload.sender_ip, frame.payload.target_ip
    if isinstance(frame.payload, IpPacket):
        return frame.payload.src, frame.payload.dst
    return None


def _host(direction: str, value: str) -> Test:
    try:
        address = str(ip_address(value))
    except ValueError:
        raise FilterError(f"unknown host '{value}'") from None

    def test(frame: Frame) -> bool:
        ends = _ends(frame)
        if ends is None:
            return False
        return (direction != "dst" and ends[0] == address) or (direction != "src" and ends[1] == address)

    return test


def _net(direction: str, value: str) -> Test:
    if re.fullmatch(r"\d+(\.\d+){0,2}", value):
        count = value.count(".") + 1
        value = f"{value}{'.0' * (4 - count)}/{8 * count}"
    try:
        network = ip_network(value)
    except ValueError:
        raise FilterError(
            f'non-network bits set in "{value}"' if "/" in value else f"unknown network '{value}'"
        ) from None

    def test(frame: Frame) -> bool:
        ends = _ends(frame)
        if ends is None:
            return False
        inside = [ip_address(a).version == network.version and ip_address(a) in network for a in ends]
        return (direction != "dst" and inside[0]) or (direction != "src" and inside[1])

    return test


def _port(direction: str, first: int, last: int) -> Test:
    def test(frame: Frame) -> bool:
        p = _ip(frame)
        if p is None or (isinstance(p.payload, Fragment) and p.payload.offset):
            return False
        load = opened(p).payload
        if not isinstance(load, (Tcp, Udp)):
            return False
        source, target = load.sport, load.dport
        return (direction != "dst" and first <= source <= last) or (
            direction != "src" and first <= target <= last
        )

    return test
