"""What the objects of ``ip`` and ``bridge`` share: options, words, refusals, JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_interface, ip_network
from typing import TYPE_CHECKING, Any, NoReturn

from dnetlab.embedded.kernel import KernelError

if TYPE_CHECKING:
    from dnetlab.embedded.kernel import Device, Namespace

    from .process import Process


@dataclass(frozen=True, slots=True)
class Options:
    """The options before the object: what to show, how, and in which namespace."""

    family: int | None = None
    json: bool = False
    pretty: bool = False
    brief: bool = False
    details: bool = False
    stats: int = 0
    oneline: bool = False
    force: bool = False
    color: bool = False
    human: int = 0
    """Base of shortened numbers: 1000 with ``-h``, 1024 with ``-iec``, 0 for whole ones."""

    def paint(self, what: str, text: str) -> str:
        """A text in the colour that iproute2 gives to what it is (lib/color.c), where ``-c`` asks for colours."""
        code = COLORS.get(what) if self.color else None
        return f"\x1b[{code}m{text}\x1b[0m" if code else text

    def count(self, value: int) -> str:
        """A number of bytes or packets, as print_num of iproute2 shortens it."""
        base = self.human
        if not base or value < base:
            return str(value)
        power, unit = base, 0
        while value // base >= power and unit < len(UNITS) - 1:
            power, unit = power * base, unit + 1
        digits = max(0, 3 - len(str(value // power)))
        return f"{value / power:.{digits}f}{UNITS[unit]}{'i' if base == 1024 else ''}"


UNITS = "kMGTPE"
COLORS = {"ifname": 36, "mac": 33, "inet": 35, "inet6": 34, "UP": 32, "DOWN": 31}


class Refused(Exception):
    """The command cannot be done: what is printed on standard error, and the exit status.

    ``hard`` refusals end a batch at once, without its "Command failed" line (iproute2 calls exit there).
    """

    def __init__(self, text: str, code: int = 1, hard: bool = False) -> None:
        super().__init__(text)
        self.text = text
        self.code = code
        self.hard = hard


USAGE = 255


def wrong(text: str, code: int = USAGE) -> NoReturn:
    """A usage error of iproute2: prints and exits."""
    raise Refused(text, code, hard=True)


def invalid(argument: str, why: str) -> NoReturn:
    wrong(f'Error: argument "{argument}" is wrong: {why}\n')


def duplicate(name: str, word: str) -> NoReturn:
    wrong(f'Error: either "{name}" is duplicate, or "{word}" is garbage.')


def rtnetlink(error: KernelError) -> Refused:
    """How iproute2 tells what the kernel answered: its sentence, or its errno."""
    return Refused(f"Error: {error.said}." if error.said else f"RTNETLINK answers: {error.text}", 2)


NOT_PERMITTED = "RTNETLINK answers: Operation not permitted"


class Words:
    """The arguments of a command, taken one by one."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = list(words)
        self.at = 0

    def __bool__(self) -> bool:
        return self.at < len(self.words)

    def peek(self) -> str:
        return self.words[self.at] if self else ""

    def take(self) -> str:
        self.at += 1
        return self.words[self.at - 1]

    def value(self) -> str:
        """The argument that must follow."""
        if not self:
            wrong('Command line is not complete. Try option "help"')
        return self.take()

    def rest(self) -> list[str]:
        return self.words[self.at :]


def matches(word: str, *names: str) -> bool:
    """Whether a word is one of the names or the beginning of one, as iproute2 takes it."""
    return bool(word) and any(name.startswith(word) for name in names)


def first_match(word: str, names: Sequence[str]) -> str | None:
    """The first name that begins with a word."""
    return next((name for name in names if name.startswith(word)), None) if word else None


def need(process: Process, capability: str = "NET_ADMIN") -> None:
    """Refuse what the container has no capability for."""
    if not process.context.can(capability):
        raise Refused(NOT_PERMITTED, 2)


def need_flush(process: Process) -> None:
    """As ``need``, in the words of ``flush``."""
    if not process.context.can("NET_ADMIN"):
        raise Refused("Failed to send flush request: Operation not permitted", 1)


def find_device(
    namespace: Namespace, name: str, text: str = 'Cannot find device "{}"', code: int = 1
) -> Device:
    device = namespace.devices.get(name.split("@")[0]) or namespace.devices.get(name)
    if device is None:
        raise Refused(text.format(name), code)
    return device


def find_namespace(process: Process, name: str) -> Namespace:
    """A network namespace by the name ``ip netns`` gave it, or by PID."""
    found = process.context.netns.get(name)
    if found is None and name.isdigit():
        found = namespace_by_pid(process, int(name))
    if found is None:
        invalid(name, 'Invalid "netns" value')
    return found


def namespace_by_pid(process: Process, pid: int) -> Namespace | None:
    local = process.context.processes.get(pid)
    if local is not None:
        return local.ns
    ask = process.context.namespace_of_pid
    return None if ask is None else ask(pid)


def prefix(word: str, family: int | None) -> str:
    """An address with its prefix length in canonical form ("10.0.0.1" gets /32); host bits are kept."""
    try:
        made = ip_interface(_whole(word))
    except ValueError:
        made = None
    if made is None or (family in (4, 6) and made.version != family):
        raise Refused(f'Error: {family_name(family)} prefix is expected rather than "{word}".', 1, hard=True)
    return str(made)


def _whole(word: str) -> str:
    """IPv4 addresses may end early: "10.6/16" is 10.6.0.0/16 (get_addr_ipv4 of iproute2)."""
    numbers, slash, length = word.partition("/")
    if not set(numbers) <= set("0123456789.") or not numbers or numbers.count(".") > 2:
        return word
    return ".".join([*numbers.split("."), "0", "0", "0"][:4]) + slash + length


def network(word: str, family: int | None) -> str:
    """A destination in canonical form: "default", or a prefix whose host bits are zero."""
    if word in ("default", "any", "all"):
        return "default"
    try:
        made = ip_network(prefix(word, family))
    except ValueError:
        raise Refused("Error: Invalid prefix for given prefix length.", 2) from None
    return "default" if made.prefixlen == 0 else str(made)


def address(word: str, family: int | None = None) -> str:
    """An address in canonical form."""
    try:
        made = ip_address(word)
    except ValueError:
        made = None
    if made is None or (family in (4, 6) and made.version != family):
        raise Refused(f'Error: {family_name(family)} address is expected rather than "{word}".', 1, hard=True)
    return str(made)


def family_name(family: int | None) -> str:
    return {4: "inet", 6: "inet6"}.get(family or 0, "any valid")


def number(name: str, word: str, low: int = 0, high: int = 2**32 - 1, text: str = "") -> int:
    """A number argument; a usage error where it is none or out of range."""
    try:
        value = int(word, 0) if word.lower().startswith("0x") else int(word)
    except ValueError:
        value = -1
    if not low <= value <= high:
        text = text or ('Invalid "{}" value\n' if name == "mtu" else "invalid {}")
        wrong(f'Error: argument "{word}" is wrong: {text.format(name)}')
    return value


def dump(value: list[Any], pretty: bool) -> str:
    """JSON as iproute2 writes it: compact, or with ``-p`` in its own layout."""
    if not pretty:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False) + "\n"
    return _pretty(value, 0) + "\n"


def _pretty(value: Any, depth: int) -> str:
    pad = "\n" + " " * 4 * (depth + 1)
    if isinstance(value, dict):
        if not value:
            return "{}"
        inner = f",{pad}".join(f"{json.dumps(k)}: {_pretty(v, depth + 1)}" for k, v in value.items())
        return "{" + pad + inner + pad[:-4] + "}"
    if isinstance(value, list):
        if not value:
            return "[ ]"
        # A list goes one step in, as an object does, but its items stay on the line.
        return "[ " + ",".join(_pretty(item, depth + 1) for item in value) + " ]"
    return json.dumps(value, ensure_ascii=False)


def group_number(word: str) -> int:
    """The number of a device group; "default" is the one that has a name (/etc/iproute2/group)."""
    if word == "default":
        return 0
    return number("group", word, text='Invalid "{}" value\n')


LEADING_BYTE = re.compile(r"(0[xX])?[0-9a-fA-F]+")


def mac_address(word: str, length_matters: bool = True) -> str:
    """A MAC address in canonical form, read as ll_addr_a2n of iproute2 reads it; refused where it is none."""
    parts = [LEADING_BYTE.match(part) for part in word.split(":")]
    if not all(part is not None and int(part[0], 16) < 256 for part in parts):
        raise Refused(f'"{word}" is invalid lladdr.', 1)
    if length_matters and len(parts) != 6:
        raise Refused(f"Invalid address length {len(parts)} - must be 6 bytes", 1)
    return ":".join(f"{int(part[0], 16):02x}" for part in parts if part is not None)


DEVICE_NAME_MAX = 15
"""IFNAMSIZ - 1 (linux/if.h)."""


def device_name(word: str) -> str:
    """A name that a new device may have."""
    if (
        not 0 < len(word) <= DEVICE_NAME_MAX
        or "/" in word
        or word in (".", "..")
        or any(c.isspace() for c in word)
    ):
        wrong(f'Error: argument "{word}" is wrong: "name" not a valid ifname')
    return word
