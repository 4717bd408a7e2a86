"""Comparisons of header fields in capture filters: ``icmp[icmptype] = icmp-echo``, ``tcp[tcpflags] & tcp-syn != 0``."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable

from dnetlab.embedded.kernel import Echo, Frame, IcmpError, IpPacket, Tcp, icmp_numbers

Test = Callable[[Frame], bool]

COMPARISON = re.compile(
    r"\b(icmp6?|tcp|ip)\[\s*([\w-]+)\s*\]\s*(?:&\s*(\([^()]*\)|[\w-]+)\s*)?(!=|==|>=|<=|=|<|>)\s*(\([^()]*\)|[\w-]+)"
)
OPERATORS: dict[str, Callable[[int, int], bool]] = {
    "!=": operator.ne, "==": operator.eq, "=": operator.eq, ">=": operator.ge, "<=": operator.le,
    "<": operator.lt, ">": operator.gt,
}  # fmt: skip
NUMBERS = {
    "icmp-echoreply": 0, "icmp-unreach": 3, "icmp-redirect": 5, "icmp-echo": 8, "icmp-timxceed": 11,
    "icmp6-echo": 128, "icmp6-echoreply": 129, "tcp-fin": 1, "tcp-syn": 2, "tcp-rst": 4, "tcp-push": 8, "tcp-ack": 16,
}  # fmt: skip
"""Names of values (pcap-filter(7))."""
FLAGS = {"F": 1, "S": 2, "R": 4, "P": 8, "A": 16}


def _icmp(p: IpPacket, code: bool) -> int | None:
    load = p.payload
    if isinstance(load, Echo):
        return 0 if code else 129 - load.request if p.v6 else 8 * load.request
    if isinstance(load, IcmpError):
        return icmp_numbers(load.kind, p.v6)[code]
    return None


def _tcp_flags(p: IpPacket) -> int | None:
    load = p.payload
    return sum(FLAGS[letter] for letter in load.flags) if isinstance(load, Tcp) else None


FIELDS: dict[tuple[str, str], Callable[[IpPacket], int | None]] = {
    ("icmp", "icmptype"): lambda p: None if p.v6 else _icmp(p, False),
    ("icmp", "icmpcode"): lambda p: None if p.v6 else _icmp(p, True),
    ("icmp6", "icmp6type"): lambda p: _icmp(p, False) if p.v6 else None,
    ("icmp6", "icmp6code"): lambda p: _icmp(p, True) if p.v6 else None,
    ("tcp", "tcpflags"): _tcp_flags,
    ("ip", "8"): lambda p: None if p.v6 else p.ttl,
}
OFFSETS = {("icmp", "0"): "icmptype", ("icmp", "1"): "icmpcode", ("icmp6", "0"): "icmp6type",
           ("icmp6", "1"): "icmp6code", ("tcp", "13"): "tcpflags"}  # fmt: skip


def _number(text: str) -> int:
    """A number, a name, or several of them joined by "|"; ValueError for anything else."""
    total = 0
    for word in text.strip("() ").split("|"):
        name = word.strip()
        total |= NUMBERS[name] if name in NUMBERS else int(name, 0)
    return total


def take_out(text: str) -> tuple[str, list[Test]]:
    """An expression with its comparisons as the words @0, @1 ..., and their tests. ValueError where one is none."""
    tests: list[Test] = []

    def replace(match: re.Match[str]) -> str:
        proto, field, mask, sign, value = match.groups()
        read = FIELDS.get((proto, OFFSETS.get((proto, field), field)))
        if read is None:
            raise ValueError(f"no field {proto}[{field}]")
        tests.append(_test(read, _number(mask) if mask else ~0, OPERATORS[sign], _number(value)))
        return f" @{len(tests) - 1} "

    return COMPARISON.sub(replace, text), tests


def _test(
    read: Callable[[IpPacket], int | None], mask: int, compare: Callable[[int, int], bool], value: int
) -> Test:
    def test(frame: Frame) -> bool:
        found = read(frame.payload) if isinstance(frame.payload, IpPacket) else None
        return found is not None and compare(found & mask, value)

    return test
