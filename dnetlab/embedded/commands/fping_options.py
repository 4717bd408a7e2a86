"""The options of ``fping`` (5.1), and the targets of ``-g``."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import NoReturn

from .options import OptionError, parse
from .process import Exit, Process
from .usage import FPING_USAGE

TICK = 0.01
"""Seconds between requests (fping's -i), and how often answers are looked at."""
MAX_GENERATED = 131072


@dataclass(slots=True)
class Settings:
    count: int | None = None
    vcount: bool = False
    retries: int = 3
    timeout: float | None = None
    period: float = 1.0
    quiet: bool = False
    show_alive: bool = False
    show_unreachable: bool = False
    elapsed: bool = False
    stats: bool = False
    generate: bool = False
    family: int | None = None
    size: int = 56
    ttl: int = 64
    interval: float = TICK
    backoff: float = 1.5
    file: str | None = None
    addresses: bool = False
    names: bool = False
    stamps: bool = False

    def stamp(self, p: Process) -> str:
        """The time before a line of a single ping (-D)."""
        return f"[{p.context.clock():.5f}] " if self.stamps else ""


LARGEST = 65488
"""Bytes of data that no echo request can carry (MAX_PING_DATA of fping 5)."""


def read_options(p: Process) -> tuple[Settings, list[str]]:
    try:
        found, rest = parse(p.argv[1:], "46aAb:B:c:C:dDef:gH:hi:I:lmMnNoO:p:qQ:r:RsS:t:T:uvx:")
    except OptionError as error:
        p.fail(f"fping: {error.text}\nsee 'fping -h' for usage information", 1)
    s = Settings()
    period = None
    for name, value in found:
        if name in "cCrtpbiHB":
            number = _number(p, name, value)
            if name in "cC":
                s.count, s.vcount = int(number), name == "C"
            elif name == "r":
                s.retries = int(number)
            elif name == "t":
                s.timeout = number / 1000
            elif name == "p":
                period = number / 1000
            elif name == "i":
                s.interval = max(number / 1000, 0.001)
            elif name == "b":
                s.size = int(number)
                if s.size >= LARGEST:
                    p.fail(f"fping: data size {s.size} not valid, must be lower than {LARGEST}", 1)
            elif name == "H":
                s.ttl = int(number)
            else:
                s.backoff = max(1.0, number)
        elif name in "46":
            s.family = int(name)
        elif name == "v":
            p.out("fping: Version 5.1\n")
            _leave()
        elif name == "h":
            p.out(FPING_USAGE + "\n")
            _leave()
        elif name in "aques":
            setattr(
                s,
                {"a": "show_alive", "q": "quiet", "u": "show_unreachable", "e": "elapsed", "s": "stats"}[
                    name
                ],
                True,
            )
        elif name == "g":
            s.generate = True
        elif name == "f":
            s.file = value
        elif name == "A":
            s.addresses = True
        elif name in "dn":
            s.names = True
        elif name == "D":
            s.stamps = True
        elif name == "I" and value not in p.ns.devices:
            p.fail("binding to specific interface (SO_BINTODEVICE): No such device", 1)
    if period is not None:
        s.period = period
    if s.timeout is None:
        # With -c the timeout is the period, up to two seconds (fping 5: "-t 500" else).
        s.timeout = min(s.period, 2.0) if s.count is not None else 0.5
    return s, rest


def _leave() -> NoReturn:
    raise Exit(0)


def _number(p: Process, name: str, word: str) -> float:
    try:
        value = float(word)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e9 or (name in "cC" and value < 1):
        p.fail(FPING_USAGE, 1)
    return value


def generate(p: Process, words: list[str]) -> list[str]:
    """The targets of -g: a network's hosts, or from an address to another."""
    try:
        if len(words) == 1:
            network = ip_network(words[0], strict=False)
            if network.num_addresses > MAX_GENERATED:
                p.fail("fping: -g parameter generates too many addresses", 1)
            hosts = list(network) if network.prefixlen >= network.max_prefixlen - 1 else list(network.hosts())
            return [str(a) for a in hosts]
        if len(words) == 2:
            low, high = int(ip_address(words[0])), int(ip_address(words[1]))
            if high - low >= MAX_GENERATED:
                p.fail("fping: -g parameter generates too many addresses", 1)
            return [str(ip_address(value)) for value in range(low, high + 1)]
    except ValueError:
        _, slash, length = words[0].partition("/")
        if slash and length.isdigit() and not 1 <= int(length) <= 32:
            p.fail(f"fping: netmask must be between 1 and 32 (is: {length})", 1)
        p.fail(f"fping: can't parse address {words[0]}: Invalid argument", 1)
    p.fail(FPING_USAGE, 3)
