"""``getent hosts`` and ``getent ahosts``: names as the C library finds them."""

from __future__ import annotations

from .process import Process, Program
from .registry import command
from .resolve import ResolveError, canonical, from_hosts, hosts, resolve, reverse
from .virtual import read_file

NOT_FOUND = 2
TABLES = ("group", "networks", "passwd", "protocols", "services")
DATABASES = (
    "ahosts",
    "ahostsv4",
    "ahostsv6",
    "hosts",
    "group",
    "networks",
    "passwd",
    "protocols",
    "services",
)


@command("getent")
def getent(p: Process) -> Program:
    """getent hosts|ahosts|ahostsv4|ahostsv6 NAME...: 2 where a name is not found."""
    words = [w for w in p.argv[1:] if not w.startswith("-")]
    if not words:
        p.err("getent: wrong number of arguments\n")
        p.out("Try `getent --help' or `getent --usage' for more information.\n")
        return 1
    database, keys = words[0], words[1:]
    if database not in DATABASES:
        p.err(f"Unknown database: {database}\n")
        p.out("Try `getent --help' or `getent --usage' for more information.\n")
        return 1
    if database in TABLES:
        return _table(p, database, keys)
    if not keys:
        for address, names in hosts(p):
            # The list is one of IPv4 addresses, to which the loopback's is turned (nss_files).
            if ":" not in address or address == "::1":
                p.out(f"{address.replace('::1', '127.0.0.1'):<15} {' '.join(names)}\n")
        return 0
    code = 0
    for key in keys:
        found = (yield from _hosts(p, key)) if database == "hosts" else (yield from _ahosts(p, key, database))
        code = code or found or 0
    return code


def _table(p: Process, database: str, keys: list[str]) -> int:
    """Lines of a file in /etc: all of them, or those of the keys."""
    data = read_file(p, f"/etc/{database}")
    lines = data.decode("utf-8", "replace").split("\n") if isinstance(data, bytes) else []
    lines = [line for line in lines if line and not line.startswith("#")]
    code = 0
    for key in keys or ("",):
        found = [line for line in lines if not key or _means(database, line, key)]
        code = code if found else NOT_FOUND
        for line in found if not key else found[:1]:
            p.out(_shown(database, line) + "\n")
    return code


def _means(database: str, line: str, key: str) -> bool:
    if database in ("passwd", "group"):
        fields = line.split(":")
        return key in (fields[0], fields[2])
    name, number, *aliases = line.split()
    wanted, _, proto = key.partition("/")
    if database == "services" and proto and not number.endswith(f"/{proto}"):
        return False
    return wanted in (name, number.split("/")[0], *aliases)


def _shown(database: str, line: str) -> str:
    if database in ("passwd", "group"):
        return line
    name, number, *aliases = line.split()
    return " ".join((f"{name:<21}", number, *aliases))


def _hosts(p: Process, key: str) -> Program:
    """As gethostbyname2: IPv6 first, then IPv4; an address gives its name."""
    address = canonical(key)
    if address is not None:
        name = yield from reverse(p, address)
        if name is None:
            return NOT_FOUND
        p.out(f"{address:<15} {name}\n")
        return 0
    for family in (6, 4):
        local = from_hosts(p, key, family)
        for known in local:
            aliases = next(names for a, names in hosts(p) if a == known and key in names)
            p.out(f"{known:<15} {' '.join(aliases)}\n")
        if local:
            return 0
        if from_hosts(p, key):
            continue
        try:
            found = yield from resolve(p, key, family)
        except ResolveError:
            continue
        for known in found:
            p.out(f"{known:<15} {key}\n")
        return 0
    return NOT_FOUND


def _ahosts(p: Process, key: str, database: str) -> Program:
    family = {"ahosts": None, "ahostsv4": 4, "ahostsv6": 6}[database]
    try:
        found = yield from resolve(p, key, family)
    except ResolveError:
        return NOT_FOUND
    outside = any(a.family == 6 and a.scope == "global" for d in p.ns.devices.values() for a in d.addresses)
    if family is None and not outside:
        # AI_ADDRCONFIG: without an IPv6 address of its own the loopback's counts as IPv4 (golden: localhost).
        found = ["127.0.0.1" if a == "::1" else a for a in found]
    first = True
    for address in found:
        for kind in ("STREAM", "DGRAM", "RAW"):
            p.out(f"{address:<15} {kind:<6} {key if first else ''}\n")
            first = False
    return 0
