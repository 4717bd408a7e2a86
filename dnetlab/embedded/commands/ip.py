"""``ip``: the options before the object, which object it is, batches."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

from dnetlab.embedded.kernel import KernelError

from .ip_common import USAGE, Options, Refused, Words, first_match, rtnetlink, wrong
from .process import Process, Program
from .registry import command
from .virtual import read_file

if TYPE_CHECKING:
    from dnetlab.embedded.kernel import Namespace

VERSION = "ip utility, iproute2-6.15.0, libbpf 1.5.0\n"

USAGE_TEXT = """Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }
       ip [ -force ] -batch FILE
where  OBJECT := { address | link | maddress | neighbour | netns | route | rule }
       OPTIONS := { -V[ersion] | -s[tatistics] | -d[etails] | -j[son] | -p[retty] |
                    -f[amily] { inet | inet6 | link } | -4 | -6 | -0 | -br[ief] |
                    -o[neline] | -b[atch] [FILE] | -n[etns] NAME | -c[olor] }"""

OBJECTS = (
    "address", "addrlabel", "maddress", "route", "rule", "neighbor", "neighbour", "ntable", "ntbl", "link",
    "l2tp", "fou", "ila", "macsec", "tunnel", "tunl", "tuntap", "tap", "token", "tcpmetrics", "monitor", "xfrm",
    "mroute", "mrule", "netns", "netconf", "vrf", "sr", "nexthop", "mptcp", "ioam", "help", "stats",
)  # fmt: skip
"""In the order of iproute2's ip.c: a shortened word is the first that begins with it."""

MODULES = {
    "address": "ip_addr",
    "link": "ip_link",
    "maddress": "ip_misc",
    "neighbor": "ip_neigh",
    "neighbour": "ip_neigh",
    "netns": "ip_netns",
    "route": "ip_route",
    "rule": "ip_misc",
}
NONE_THERE = ("tunnel", "tunl", "tuntap", "tap", "vrf", "nexthop", "macsec", "mroute", "mrule")
"""Objects of which the model has none: a list of them is empty."""
FAMILIES = {"inet": 4, "inet6": 6, "link": 0, "bridge": None, "mpls": None}
FAMILY_LETTERS = {"4": 4, "6": 6, "0": 0, "B": None, "M": None}
"""0 is the family of devices alone (AF_PACKET)."""

Handler = Callable[["Call"], "Program | int | None"]


class Call:
    """One command of ip or bridge: where it runs, its options and words."""

    def __init__(
        self, process: Process, namespace: Namespace, options: Options, obj: str, words: list[str]
    ) -> None:
        self.process = process
        self.ns = namespace
        self.options = options
        self.object = obj
        self.words = Words(words)

    def out(self, text: str) -> None:
        self.process.out(text)


@command("ip")
def ip(p: Process) -> Program | int:
    """ip [OPTIONS] OBJECT COMMAND (iproute2)."""
    try:
        options, namespace, batch, rest = _options(p)
        if batch is not None:
            return _batch(p, namespace, options, batch)
        if not rest:
            raise Refused(USAGE_TEXT, USAGE)
        return run(p, namespace, options, rest)
    except Refused as refused:
        return tell(p, refused)


def tell(p: Process, refused: Refused) -> int:
    """Print why a command was refused; its exit status."""
    if refused.text:
        p.err(refused.text + "\n")
    return refused.code


def _options(p: Process) -> tuple[Options, Namespace, str | None, list[str]]:
    options, namespace, batch = Options(), p.ns, None
    words = Words(p.argv[1:])
    while words and words.peek().startswith("-"):
        word = words.take()
        if word == "--":
            break
        name = word.lstrip("-")
        if not name:
            break
        if name in FAMILY_LETTERS:
            options = replace(options, family=FAMILY_LETTERS[name])
        elif "family".startswith(name):
            family = words.value()
            if family not in FAMILIES:
                wrong(f'Error: argument "{family}" is wrong: invalid protocol family')
            options = replace(options, family=FAMILIES[family])
        elif "statistics".startswith(name) or "stats".startswith(name):
            options = replace(options, stats=options.stats + 1)
        elif name == "ss":
            options = replace(options, stats=options.stats + 2)
        elif "details".startswith(name):
            options = replace(options, details=True)
        elif len(name) >= 2 and "brief".startswith(name):
            options = replace(options, brief=True)
        elif "oneline".startswith(name):
            options = replace(options, oneline=True)
        elif "json".startswith(name):
            options = replace(options, json=True)
        elif "pretty".startswith(name):
            options = replace(options, pretty=True)
        elif "force".startswith(name):
            options = replace(options, force=True)
        elif "batch".startswith(name):
            if not words:
                wrong('Error: argument "batch file" is required')
            batch = words.take()
        elif "netns".startswith(name):
            namespace = named(p, words.take() if words else "(null)")
        elif "Version".startswith(name):
            p.out(VERSION)
            raise Refused("", 0)
        elif len(name) >= 2 and "help".startswith(name):
            raise Refused(USAGE_TEXT, USAGE)
        elif "human-readable".startswith(name):
            options = replace(options, human=1000)
        elif "iec".startswith(name):
            options = replace(options, human=1024)
        elif (color := wants_color(name)) is not None:
            options = replace(options, color=color)
        elif any(
            full.startswith(name) for full in ("resolve", "echo", "timestamp", "tshort", "Numeric", "all")
        ):
            continue
        elif any(full.startswith(name) for full in ("loops", "rcvbuf")):
            words.value()
        else:
            wrong(f'Option "{word}" is unknown, try "ip -help".')
    return options, namespace, batch, words.rest()


def wants_color(name: str) -> bool | None:
    """What ``-c[olor][=WHEN]`` asks for; None for any other option. Nothing here writes to a terminal."""
    word, equals, when = name.partition("=")
    if not word or not "color".startswith(word) or (equals and when not in ("always", "auto", "never")):
        return None
    return not equals or when == "always"


def named(p: Process, name: str) -> Namespace:
    """The namespace of ``-n NAME``."""
    found = p.context.netns.get(name)
    if found is None:
        raise Refused(f'Cannot open network namespace "{name}": No such file or directory', USAGE, hard=True)
    return found


def run(p: Process, namespace: Namespace, options: Options, words: list[str]) -> Program | int:
    """One command; raises Refused."""
    name = first_match(words[0], OBJECTS)
    if name is None:
        raise Refused(f'Object "{words[0]}" is unknown, try "ip help".', 1)
    if name == "help":
        raise Refused(USAGE_TEXT, USAGE)
    if name not in MODULES:
        if name in NONE_THERE and words[1:2] in ([], ["show"], ["list"]):
            return 0
        raise Refused(f'"ip {name}" is not part of the embedded engine.', 1)
    handler: Handler = import_module(f".{MODULES[name]}", __package__).main
    try:
        return handler(Call(p, namespace, options, name, words[1:])) or 0
    except KernelError as error:
        raise rtnetlink(error) from None


def batch_lines(p: Process, name: str) -> Program:
    """The lines of a batch file as lists of words, with their numbers. The result is in ``p.batch``."""
    if name in ("-", "/dev/stdin"):
        data = yield from p.read_all()
    else:
        found = read_file(p, name)
        if isinstance(found, str):
            p.err(f'Cannot open file "{name}" for reading: {found}\n')
            return 1
        data = found
    lines = []
    number, pending = 0, ""
    for raw in data.decode("utf-8", "replace").split("\n"):
        number += 1
        if raw.endswith("\\"):
            pending += raw[:-1]
            continue
        words = split_line(pending + raw)
        pending = ""
        if words:
            lines.append((number, words))
    p.batch = lines  # type: ignore[attr-defined]
    return 0


def split_line(text: str) -> list[str]:
    """The words of a batch line: quotes keep blanks together, # begins a comment."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars=False)
    lexer.whitespace_split = True
    lexer.escape = ""
    try:
        return list(lexer)
    except ValueError:
        return text.split()


def _batch(p: Process, namespace: Namespace, options: Options, name: str) -> Program:
    return run_batch(p, name, options.force, lambda words: run(p, namespace, options, words))


def run_batch(p: Process, name: str, force: bool, one: Callable[[list[str]], Program | int]) -> Program:
    """Run the lines of a batch file; the first that fails ends it, unless ``force``."""
    failed = yield from batch_lines(p, name)
    if failed:
        return 1
    result = 0
    for number, words in p.batch:  # type: ignore[attr-defined]
        try:
            code = one(words)
            if not isinstance(code, int):
                code = (yield from code) or 0
        except Refused as refused:
            code = tell(p, refused)
            if refused.hard:
                return code
        if code:
            shown = "-" if name == "-" else name
            p.err(f"Command failed {shown}:{number}\n")
            result = 1
            if not force:
                return 1
    return result
