"""``bridge``: the options before the object, and which object it is (iproute2 6.15)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from dnetlab.embedded.kernel import KernelError

from .ip import Call, named, run_batch, tell, wants_color
from .ip_common import (
    USAGE,
    Options,
    Refused,
    Words,
    first_match,
    rtnetlink,
    wrong,
)
from .process import Process, Program
from .registry import command
from .usage import BRIDGE_USAGE

if TYPE_CHECKING:
    from dnetlab.embedded.kernel import Device, Namespace

OBJECTS = ("link", "fdb", "mdb", "mst", "vlan", "vni", "monitor", "help")
INVALID = 234
"""Exit status where an argument is none of those that exist: -EINVAL, as a byte."""
NO_BRIDGE = 'Cannot find bridge device "{}"'


@command("bridge")
def bridge(p: Process) -> Program | int:
    """bridge [OPTIONS] OBJECT COMMAND (iproute2)."""
    try:
        options, namespace, batch, compress, rest = _options(p)
        if batch is not None:
            return run_batch(
                p, batch, options.force, lambda words: run(p, namespace, options, words, compress)
            )
        if not rest:
            raise Refused(BRIDGE_USAGE, USAGE)
        return run(p, namespace, options, rest, compress)
    except Refused as refused:
        # Whatever the kernel or the words say, bridge ends with -1.
        code = tell(p, refused)
        return code if code in (0, INVALID) else USAGE


def _options(p: Process) -> tuple[Options, Namespace, str | None, bool, list[str]]:
    options, namespace, batch, compress = Options(), p.ns, None, False
    words = Words(p.argv[1:])
    while words and words.peek().startswith("-") and len(words.peek()) > 1:
        word = words.take()
        name = word.lstrip("-")
        if "details".startswith(name):
            options = replace(options, details=True)
        elif "statistics".startswith(name):
            options = replace(options, stats=options.stats + 1)
        elif "json".startswith(name):
            options = replace(options, json=True)
        elif "pretty".startswith(name):
            options = replace(options, pretty=True)
        elif "oneline".startswith(name):
            options = replace(options, oneline=True)
        elif "force".startswith(name):
            options = replace(options, force=True)
        elif "netns".startswith(name):
            namespace = named(p, words.take() if words else "(null)")
        elif "batch".startswith(name):
            batch = words.value()
        elif len(name) > 2 and "compressvlans".startswith(name):
            compress = True
        elif "timestamp".startswith(name) or name in ("0", "4", "6"):
            continue
        elif (color := wants_color(name)) is not None:
            options = replace(options, color=color)
        elif "Version".startswith(name):
            p.out("bridge utility, 6.15.0\n")
            raise Refused("", 0)
        elif "help".startswith(name):
            raise Refused(BRIDGE_USAGE, USAGE)
        else:
            wrong(f'Option "{word}" is unknown, try "bridge help".')
    return options, namespace, batch, compress, words.rest()


def run(p: Process, namespace: Namespace, options: Options, words: list[str], compress: bool = False) -> int:
    """One command; raises Refused."""
    name = first_match(words[0], OBJECTS)
    if name is None:
        raise Refused(f'Object "{words[0]}" is unknown, try "bridge help".', 255)
    call = Call(p, namespace, options, name, words[1:])
    try:
        if name == "link":
            from .bridge_link import link

            return link(call)
        if name == "vlan":
            from .bridge_vlan import vlan

            return vlan(call, compress)
        if name == "fdb":
            from .bridge_fdb import fdb

            return fdb(call)
    except KernelError as error:
        raise rtnetlink(error) from None
    if name == "help":
        raise Refused(BRIDGE_USAGE, USAGE)
    if name in ("mdb", "mst", "vni"):
        return 0
    raise Refused(f'"bridge {name}" is not part of the embedded engine.', 1)


def bridge_device(namespace: Namespace, name: str, text: str = NO_BRIDGE, code: int = 1) -> Device:
    device = namespace.devices.get(name)
    if device is None:
        raise Refused(text.format(name), code)
    return device


def leading(word: str) -> int:
    """The number that a word begins with, 0 where it begins with none (atoi(3))."""
    digits = re.match(r"\d+", word)
    return int(digits[0]) if digits else 0
