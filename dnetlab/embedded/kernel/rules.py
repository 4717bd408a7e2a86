"""Firewall rules as data: read from and printed in the language of iptables(8)."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from . import addresses as ip
from .errors import KernelError
from .frames import ICMP, ICMPV6, TCP, UDP

PROTOCOLS: Final = {"tcp": TCP, "udp": UDP, "icmp": ICMP, "ipv6-icmp": ICMPV6, "icmpv6": ICMPV6}
NAMES: Final = {TCP: "tcp", UDP: "udp", ICMP: "icmp", ICMPV6: "ipv6-icmp"}
VERDICTS: Final = ("ACCEPT", "DROP", "RETURN", "REJECT", "MASQUERADE", "SNAT", "DNAT", "LOG", "NOTRACK")
REJECT_DEFAULT: Final = {4: "icmp-port-unreachable", 6: "icmp6-port-unreachable"}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. A field that is None matches everything; ``not_...`` turns a match round.

    Attributes:
        src, dst: prefix such as "172.17.0.0/16".
        in_dev, out_dev: interface name; a trailing "+" matches any rest.
        proto: "tcp", "udp", "icmp", "ipv6-icmp".
        sport, dport: first and last port.
        src_type, dst_type: addrtype such as "LOCAL".
        states: conntrack states.
        target: a verdict, or the name of the chain to jump to; None only counts.
        to: address and port of SNAT and DNAT, such as "172.17.0.4:80" or ":53".
        reject_with: type of the ICMP error of REJECT.
        comment: free text.
    """

    src: str | None = None
    not_src: bool = False
    dst: str | None = None
    not_dst: bool = False
    in_dev: str | None = None
    not_in: bool = False
    out_dev: str | None = None
    not_out: bool = False
    proto: str | None = None
    not_proto: bool = False
    sport: tuple[int, int] | None = None
    not_sport: bool = False
    dport: tuple[int, int] | None = None
    not_dport: bool = False
    icmp_type: str | None = None
    src_type: str | None = None
    not_src_type: bool = False
    dst_type: str | None = None
    not_dst_type: bool = False
    states: tuple[str, ...] = ()
    not_states: bool = False
    comment: str | None = None
    target: str | None = None
    to: str | None = None
    reject_with: str | None = None
    goto: bool = False

    @classmethod
    def parse(cls, spec: str | Sequence[str]) -> Rule:
        """The rule of a text or argument vector such as "-i docker0 ! -o docker0 -j DROP".

        Raises:
            KernelError: EINVAL for an option or value that is unknown.
        """
        return _Parser(shlex.split(spec) if isinstance(spec, str) else list(spec)).rule()

    def text(self) -> str:
        """The rule as ``iptables -S`` prints it, without "-A CHAIN"."""
        return " ".join(self.words())

    def words(self) -> list[str]:
        """The rule as an argument vector in the order in which iptables prints it."""
        words: list[str] = []

        def option(flag: str, value: str | None, negated: bool = False) -> None:
            if value is not None:
                words.extend((["!"] if negated else []) + [flag, value])

        option("-s", self.src, self.not_src)
        option("-d", self.dst, self.not_dst)
        option("-i", self.in_dev, self.not_in)
        option("-o", self.out_dev, self.not_out)
        option("-p", self.proto, self.not_proto)
        if self.sport or self.dport:
            words += ["-m", self.proto or "tcp"]
            option("--sport", _ports(self.sport), self.not_sport)
            option("--dport", _ports(self.dport), self.not_dport)
        if self.icmp_type:
            words += ["-m", "icmp6" if self.proto == "ipv6-icmp" else "icmp"]
            words += ["--icmpv6-type" if self.proto == "ipv6-icmp" else "--icmp-type", self.icmp_type]
        if self.src_type or self.dst_type:
            words += ["-m", "addrtype"]
            option("--src-type", self.src_type, self.not_src_type)
            option("--dst-type", self.dst_type, self.not_dst_type)
        if self.states:
            words += ["-m", "conntrack"]
            option("--ctstate", ",".join(self.states), self.not_states)
        if self.comment is not None:
            words += ["-m", "comment", "--comment", _quoted(self.comment)]
        if self.target is not None:
            words += ["-g" if self.goto else "-j", self.target]
            if self.to:
                words += ["--to-destination" if self.target == "DNAT" else "--to-source", self.to]
            if self.target == "REJECT":
                words += ["--reject-with", self.reject_with or REJECT_DEFAULT[4]]
        return words

    def __str__(self) -> str:
        return self.text()


def _ports(ports: tuple[int, int] | None) -> str | None:
    if ports is None:
        return None
    return str(ports[0]) if ports[0] == ports[1] else f"{ports[0]}:{ports[1]}"


def _quoted(text: str) -> str:
    return text if re.fullmatch(r"[\w.:/-]+", text) else '"' + text.replace('"', '\\"') + '"'


STATES: Final = ("INVALID", "NEW", "RELATED", "ESTABLISHED", "UNTRACKED", "SNAT", "DNAT")


class _Parser:
    """Reads the options of one rule."""

    def __init__(self, words: list[str]) -> None:
        self.words = words
        self.values: dict[str, object] = {}

    def rule(self) -> Rule:
        words = self.words
        while words:
            negated = words[0] == "!"
            if negated:
                words.pop(0)
            if not words:
                raise KernelError("EINVAL", "nothing follows '!'")
            self.option(words.pop(0), negated)
        return Rule(**self.values)  # type: ignore[arg-type]

    def argument(self, option: str) -> str:
        if not self.words:
            raise KernelError("EINVAL", f'option "{option}" requires an argument')
        return self.words.pop(0)

    def option(self, name: str, negated: bool) -> None:
        simple = _OPTIONS.get(name)
        if simple is not None:
            field, convert = simple
            self.values[field] = convert(self.argument(name))
            if negated:
                self.values["not_" + field.removesuffix("_dev")] = True
            return
        if name in ("-m", "--match"):
            module = self.argument(name)
            if module not in _MODULES:
                raise KernelError("ENOENT", f"Couldn't load match `{module}'")
            return
        if name in ("-j", "--jump", "-g", "--goto"):
            self.values["target"] = self.argument(name)
            if name in ("-g", "--goto"):
                self.values["goto"] = True
            if self.values["target"] == "REJECT":
                self.values.setdefault("reject_with", REJECT_DEFAULT[4])
            return
        if name in _IGNORED_WITH_ARGUMENT:
            self.argument(name)
            return
        if name in ("--random", "--random-fully", "--persistent"):
            return
        raise KernelError("EINVAL", f'unknown option "{name}"')


def _prefix(value: str) -> str:
    if "/" not in value:
        address, length = ip.split_cidr(value)
        return f"{address}/{length}"
    address, mask = value.split("/", 1)
    if "." in mask:
        bits = bin(ip.number(ip.canonical(mask))).count("1")
        return ip.network(ip.canonical(address), bits)
    address, length = ip.split_cidr(value)
    return ip.network(address, length)


def _protocol(value: str) -> str:
    value = value.lower()
    if value.isdigit():
        value = NAMES.get(int(value), value)
    if value == "icmpv6":
        value = "ipv6-icmp"
    if value not in PROTOCOLS:
        raise KernelError("EINVAL", f'unknown protocol "{value}" specified')
    return value


def _port_range(value: str) -> tuple[int, int]:
    first, colon, last = value.partition(":")
    try:
        low = int(first or "0")
        high = int(last or "65535") if colon else low
    except ValueError:
        raise KernelError("EINVAL", f"invalid port/service `{value}' specified") from None
    if not 0 <= low <= high <= 65535:
        raise KernelError("EINVAL", f"invalid port/service `{value}' specified")
    return low, high


def _states(value: str) -> tuple[str, ...]:
    names = [name.upper() for name in value.split(",")]
    if any(name not in STATES for name in names):
        raise KernelError("EINVAL", f'Bad ctstate "{value}"')
    # iptables prints them in this order whatever the order given.
    order = ("INVALID", "NEW", "RELATED", "ESTABLISHED", "UNTRACKED", "SNAT", "DNAT")
    return tuple(name for name in order if name in names)


def _word(value: str) -> str:
    return value


_OPTIONS: Final = {
    "-s": ("src", _prefix), "--source": ("src", _prefix), "--src": ("src", _prefix),
    "-d": ("dst", _prefix), "--destination": ("dst", _prefix), "--dst": ("dst", _prefix),
    "-i": ("in_dev", _word), "--in-interface": ("in_dev", _word),
    "-o": ("out_dev", _word), "--out-interface": ("out_dev", _word),
    "-p": ("proto", _protocol), "--protocol": ("proto", _protocol), "--proto": ("proto", _protocol),
    "--sport": ("sport", _port_range), "--source-port": ("sport", _port_range),
    "--dport": ("dport", _port_range), "--destination-port": ("dport", _port_range),
    "--icmp-type": ("icmp_type", _word), "--icmpv6-type": ("icmp_type", _word),
    "--src-type": ("src_type", str.upper), "--dst-type": ("dst_type", str.upper),
    "--ctstate": ("states", _states), "--state": ("states", _states),
    "--comment": ("comment", _word),
    "--to-destination": ("to", _word), "--to-source": ("to", _word),
    "--reject-with": ("reject_with", _word),
}  # fmt: skip
_MODULES: Final = (
    "tcp",
    "udp",
    "icmp",
    "icmp6",
    "icmpv6",
    "addrtype",
    "conntrack",
    "state",
    "comment",
    "limit",
)
_IGNORED_WITH_ARGUMENT: Final = ("--limit", "--limit-burst", "--log-prefix", "--log-level", "--to-ports")
