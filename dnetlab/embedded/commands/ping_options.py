"""The options of ``ping`` (iputils 20240905)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .options import OptionError, parse
from .process import Exit, Process
from .usage import PING_USAGE

MAX_PACKET = 65507
MIN_INTERVAL = 0.002
LONG_MAX = 2**63 - 1


@dataclass(slots=True)
class Settings:
    """The options of a ping."""

    count: int | None = None
    interval: float = 1.0
    timeout: float | None = None
    deadline: float | None = None
    size: int = 56
    ttl: int = 64
    interface: str | None = None
    pmtu: str | None = None
    family: int | None = None
    broadcast: bool = False
    numeric: bool = False
    quiet: bool = False
    stamps: bool = False
    adaptive: bool = False
    outstanding: bool = False
    verbose: bool = False
    zone: str | None = None
    pattern: str = ""


def _number(p: Process, word: str, low: int, high: int) -> int:
    try:
        value = int(word, 10)
    except ValueError:
        p.fail(f"ping: invalid argument: '{word}'", 1)
    if abs(value) > LONG_MAX:
        p.fail(f"ping: invalid argument: '{word}': Numerical result out of range", 1)
    if not low <= value <= high:
        p.fail(f"ping: invalid argument: '{word}': out of range: {low} <= value <= {high}", 1)
    return value


def _seconds(p: Process, word: str) -> float:
    try:
        value = float(word)
    except ValueError:
        p.fail("ping: bad timing interval: " + word, 2)
    if not 0 <= value < 2**31 / 1000:
        p.fail("ping: bad timing interval: " + word, 2)
    return value


def read_options(p: Process) -> tuple[Settings, list[str]]:
    """The options of a ping and the words that are none; a usage error ends it."""
    try:
        found, rest = parse(p.argv[1:], "3aABbCc:dDe:fF:h46I:i:l:Lm:M:nN:Op:qQ:rRs:S:t:T:UvVw:W:H")
    except OptionError as error:
        p.fail(f"ping: {error.text}\n{PING_USAGE}", 2)
    s = Settings(family=6 if p.name == "ping6" else None)
    for name, value in found:
        if name == "c":
            s.count = _number(p, value, 1, LONG_MAX)
        elif name == "W":
            if value.startswith("-"):
                p.fail(f"ping: bad linger time: {value}", 2)
            s.timeout = _seconds(p, value) or None
        elif name == "w":
            s.deadline = float(_number(p, value, 0, 2**31 - 1)) or None
        elif name == "i":
            s.interval = max(MIN_INTERVAL, _seconds(p, value))
        elif name == "s":
            s.size = _number(p, value, 0, 2**31 - 1)
            if s.size > MAX_PACKET:
                p.fail(f"ping: packet size {s.size} is too large. Maximum is {MAX_PACKET}", 2)
        elif name == "t":
            s.ttl = _number(p, value, 0, 255) or 64
        elif name == "I":
            s.interface = value
        elif name == "M":
            if value not in ("do", "dont", "want", "probe"):
                p.fail(f"ping: invalid -M argument: {value}", 2)
            s.pmtu = value
        elif name == "V":
            p.out(
                "ping from iputils 20240905\nlibcap: yes, IDN: yes, NLS: no, error.h: yes, getrandom(): yes, __fpending(): yes\n"
            )
            raise Exit(0)
        elif name in "46":
            s.family = int(name)
        elif name == "p":
            if not re.fullmatch(r"[0-9a-fA-F]+", value):
                p.fail(f"ping: patterns must be specified as hex digits: {value}", 2)
            s.pattern = value
        elif name == "h":
            p.fail(PING_USAGE, 2)
        else:
            flags = {
                "b": "broadcast",
                "n": "numeric",
                "q": "quiet",
                "D": "stamps",
                "A": "adaptive",
                "O": "outstanding",
                "v": "verbose",
            }
            if name in flags:
                setattr(s, flags[name], True)
            elif name == "f":
                s.adaptive = s.quiet = True
    return s, rest
