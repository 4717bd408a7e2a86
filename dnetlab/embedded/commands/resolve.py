"""Names and addresses as glibc looks them up: /etc/hosts, then the name servers of /etc/resolv.conf."""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, ip_address
from typing import TYPE_CHECKING

from dnetlab.embedded.kernel import KernelError

from .dnswire import Message, Question, decode, encode, illegal, reverse_name
from .process import Wait
from .streams import Condition, unix_lines

if TYPE_CHECKING:
    from .process import Process

NO_NAME = 10
"""Exit status of dig and nslookup for a name that cannot be one."""

NAME_UNKNOWN = "Name or service not known"
TEMPORARY = "Temporary failure in name resolution"
WRONG_FAMILY = "Address family for hostname not supported"


class ResolveError(Exception):
    """A name without an address; the text is gai_strerror's."""


@dataclass(frozen=True, slots=True)
class Config:
    """/etc/resolv.conf: servers, search list, options (resolv.conf(5))."""

    servers: tuple[str, ...]
    search: tuple[str, ...] = ()
    ndots: int = 1
    timeout: float = 5.0
    attempts: int = 2


def config(process: Process) -> Config:
    """What /etc/resolv.conf says; without it, a server on this machine."""
    try:
        text = process.context.files.read("/etc/resolv.conf").decode("utf-8", "replace")
    except KeyError:
        text = ""
    servers: list[str] = []
    search: tuple[str, ...] = ()
    numbers = {"ndots": 1, "timeout": 5, "attempts": 2}
    for line in unix_lines(text):
        words = line.split("#")[0].split(";")[0].split()
        if len(words) < 2:
            continue
        if words[0] == "nameserver" and canonical(words[1]) is not None:
            servers.append(words[1])
        elif words[0] in ("search", "domain"):
            search = tuple(words[1:])
        elif words[0] == "options":
            for word in words[1:]:
                name, _, value = word.partition(":")
                if name in numbers and value.isdigit():
                    numbers[name] = int(value)
    return Config(
        tuple(servers[:3]) or ("127.0.0.1",), search, numbers["ndots"], float(numbers["timeout"] or 1),
        max(1, numbers["attempts"]),
    )  # fmt: skip


@lru_cache(4096)
def canonical(word: str) -> str | None:
    """An address in canonical form, None where the word is none."""
    try:
        return str(ip_address(word.split("%")[0]))
    except ValueError:
        return _short_form(word)


SHORT_FORM = re.compile(r"\d{1,10}(\.\d{1,10}){0,2}", re.ASCII)


def _short_form(word: str) -> str | None:
    """An IPv4 address of fewer than four numbers: the last one fills the rest ("127.1", inet_aton(3))."""
    if not SHORT_FORM.fullmatch(word):
        return None
    *firsts, last = (int(number) for number in word.split("."))
    bits = 8 * (4 - len(firsts))
    if last >= 1 << bits or any(number > 255 for number in firsts):
        return None
    value = last + sum(number << 24 - 8 * at for at, number in enumerate(firsts))
    return str(IPv4Address(value))


def hosts(process: Process) -> list[tuple[str, list[str]]]:
    """/etc/hosts: (address, names) by line."""
    try:
        text = process.context.files.read("/etc/hosts").decode("utf-8", "replace")
    except KeyError:
        text = "127.0.0.1\tlocalhost\n"
    found = []
    for line in unix_lines(text):
        words = line.split("#")[0].split()
        if len(words) > 1 and canonical(words[0]) is not None:
            found.append((canonical(words[0]) or "", words[1:]))
    return found


def from_hosts(process: Process, name: str, family: int | None = None) -> list[str]:
    """Addresses of a name in /etc/hosts."""
    found = []
    for address, names in hosts(process):
        if name.lower() in (n.lower() for n in names) and family in (None, _family(address)):
            found.append(address)
    return list(dict.fromkeys(found))


def _family(address: str) -> int:
    return 6 if ":" in address else 4


def query(
    process: Process,
    server: str,
    name: str,
    kind: str,
    timeout: float = 5.0,
    attempts: int = 1,
    port: int = 53,
    edns: int | None = None,
) -> Generator[Wait, None, Message | str | None]:
    """Ask one server; the answer, None where none came in time, a text where the network says no."""
    kernel = process.context.kernel
    try:
        question = encode(Message(kernel.random.getrandbits(16), question=Question(name, kind), edns=edns))
    except ValueError:
        return Message(0, True, "FORMERR", Question(name, kind))
    ident = int.from_bytes(question[:2], "big")
    socket = process.ns.udp_socket(_family(server))
    socket.owner = process.name
    arrived = Condition()
    socket.on_datagram = arrived.notify
    socket.on_error = arrived.notify
    seen = 0
    try:
        for _ in range(attempts):
            try:
                socket.sendto(question, server, port)
            except KernelError as error:
                return error.text.lower()
            end = kernel.now + timeout
            while kernel.now < end - 1e-9:
                yield Wait(until=end, conditions=(arrived,))
                for datagram in socket.received[seen:]:
                    seen += 1
                    try:
                        answer = decode(datagram.data)
                    except ValueError:
                        continue
                    if answer.id == ident and answer.response:
                        return answer
                if socket.errors:
                    text = socket.errors[-1].text.lower()
                    return "connection refused" if "port" in text else "host unreachable"
        return None
    finally:
        socket.close()


def check_legal(process: Process, name: str, status: int) -> None:
    """End a tool of BIND's whose name to ask for cannot be one, as it ends itself."""
    if why := illegal(name):
        process.fail(f"{process.name}: '{name}' is not a legal name ({why})\n", status)


def ask(process: Process, name: str, kind: str) -> Generator[Wait, None, Message | None]:
    """Ask the configured servers for a name as it is; None where none of them answers."""
    settings = config(process)
    for _ in range(settings.attempts):
        for server in settings.servers:
            answer = yield from query(process, server, name, kind, settings.timeout)
            if isinstance(answer, Message) and answer.rcode in ("NOERROR", "NXDOMAIN"):
                return answer
    return None


def candidates(settings: Config, name: str) -> list[str]:
    """The names to try for a name: itself and with the search list, in resolv.conf's order."""
    if name.endswith("."):
        return [name.rstrip(".")]
    searched = [f"{name}.{domain}".rstrip(".") for domain in settings.search]
    return [name, *searched] if name.count(".") >= settings.ndots else [*searched, name]


def resolve(process: Process, name: str, family: int | None = None) -> Generator[Wait, None, list[str]]:
    """Addresses of a name or an address, as getaddrinfo gives them; raises ResolveError."""
    address = canonical(name)
    if address is not None:
        if family not in (None, _family(address)):
            raise ResolveError(WRONG_FAMILY)
        return [address]
    if not name or illegal(name) or any(c in name for c in " \t\n\0"):
        raise ResolveError(NAME_UNKNOWN)
    local = from_hosts(process, name)
    if local:
        chosen = [a for a in local if family in (None, _family(a))]
        if not chosen:
            raise ResolveError(WRONG_FAMILY)
        return sort_addresses(process, chosen)
    found: list[str] = []
    other = failed = False
    for candidate in candidates(config(process), name):
        for kind in ("A", "AAAA"):
            if family is not None and (kind == "AAAA") != (family == 6):
                continue
            answer = yield from ask(process, candidate, kind)
            if answer is None:
                failed = True
                break
            found += [r.data for r in answer.answers if r.type == kind]
            other = other or answer.rcode == "NOERROR"
        if found:
            break
    if found:
        return sort_addresses(process, found)
    if failed:
        raise ResolveError(TEMPORARY)
    raise ResolveError(WRONG_FAMILY if other and family is not None else NAME_UNKNOWN)


def sort_addresses(process: Process, found: list[str]) -> list[str]:
    """Addresses that can be reached first, IPv6 before IPv4 among them (RFC 6724, simplified)."""

    def rank(address: str) -> tuple[int, int]:
        return (0 if reachable(process, address) else 1, 0 if ":" in address else 1)

    return sorted(dict.fromkeys(found), key=rank)


def reachable(process: Process, address: str) -> bool:
    """Whether there is a route to an address and a source for it."""
    try:
        return process.ns.route_get(address).src is not None
    except KernelError:
        return False


def reverse(process: Process, address: str) -> Generator[Wait, None, str | None]:
    """The name of an address: /etc/hosts first, then PTR; None where it has none."""
    for known, names in hosts(process):
        if known == address:
            return names[0]
    answer = yield from ask(process, reverse_name(address), "PTR")
    if answer is None:
        return None
    return next((r.data.rstrip(".") for r in answer.answers if r.type == "PTR"), None)
