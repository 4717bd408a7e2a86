"""Published ports: which host port is whose, and what stands in the container's inspection."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from .errors import failed, invalid
from .ipam.pool import Address
from .model import Json
from .strconv import parse_uint16

FIRST_DYNAMIC: Final = 32768
LAST_DYNAMIC: Final = 60999
"""Where host ports come from that nobody asked for (net.ipv4.ip_local_port_range)."""

PROTOCOLS: Final = ("tcp", "udp", "sctp")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A port to publish: container port, and the host's address ("" for any) and port range (0 for any)."""

    proto: str
    port: int
    host_ip: str = ""
    first: int = 0
    last: int = 0


class PortAllocator:
    """Which host ports are taken, by protocol and address; an unspecified address takes the port on all of
    them.
    """

    def __init__(self) -> None:
        self._taken: dict[tuple[str, Address], set[int]] = {}
        self._last: dict[tuple[str, Address, int, int], int] = {}

    def request(self, addresses: list[Address], proto: str, first: int, last: int) -> int:
        """Takes one port on all the addresses: the one, one of a range, or (0, 0) a dynamic one.

        Dynamic ports and those of a range are given in turn, not lowest first.

        Raises:
            EngineError: 500, the port is taken, or the whole range is.
        """
        related = self._related(addresses, proto)
        if first and first == last:
            for key in related:
                if first in self._taken.get(key, ()):
                    raise failed(f"Bind for {key[1]}:{first} failed: port is already allocated")
            self._mark(addresses, proto, first)
            return first
        low, high = (first, last) if first else (FIRST_DYNAMIC, LAST_DYNAMIC)
        turn = (proto, addresses[0], low, high)
        port = self._last.get(turn, high)
        for _ in range(low, high + 1):
            port = port + 1 if port < high else low
            if not any(port in self._taken.get(key, ()) for key in related):
                self._mark(addresses, proto, port)
                for address in addresses:
                    self._last[proto, address, low, high] = port
                return port
        raise failed("all ports are allocated")

    def release(self, address: Address, proto: str, port: int) -> None:
        """Gives a port back."""
        self._taken.get((proto, address), set()).discard(port)

    def _mark(self, addresses: list[Address], proto: str, port: int) -> None:
        for address in addresses:
            self._taken.setdefault((proto, address), set()).add(port)

    def _related(self, addresses: list[Address], proto: str) -> list[tuple[str, Address]]:
        keys = {(proto, address): None for address in addresses}
        for version, anywhere in ((4, "0.0.0.0"), (6, "::")):
            if not any(address.version == version for address in addresses):
                continue
            unspecified = ipaddress.ip_address(anywhere)
            if unspecified in addresses:
                keys.update(
                    ((proto, other), None)
                    for known, other in self._taken
                    if known == proto and other.version == version
                )
            else:
                keys[proto, unspecified] = None
        return list(keys)


def split_port(text: str) -> tuple[int, str]:
    """Reads "80/tcp" (or "80").

    Raises:
        EngineError: 400, it is no port.
    """
    number, _, proto = text.partition("/")
    proto = (proto or "tcp").lower()
    if not number.isdecimal() or not int(number) <= 65535:
        raise invalid(f'invalid port specification: "{number}"')
    return int(number), proto


def port_range(text: str) -> list[tuple[int, str]]:
    """Reads "80", "80/tcp" or "80-90/udp", as a filter has it (go-connections: nat.ParsePortRange).

    Raises:
        ValueError: it is no port and no range of ports; with Go's message.
    """
    numbers, _, proto = text.partition("/")
    if not numbers:
        raise ValueError("Empty string specified for ports.")
    ends = [parse_uint16(part) for part in numbers.split("-")[:2]]
    low, high = ends[0], ends[-1]
    if high < low:
        raise ValueError(f"Invalid range specified for the Port: {numbers}")
    return [(port, (proto or "tcp").lower()) for port in range(low, high + 1)]


def exposed_port(text: str) -> tuple[int, str]:
    """Reads a port that an image or a container exposes. The engine refuses none: what it cannot read counts as 0."""
    number, _, proto = text.partition("/")
    if not number:
        return 0, "0"
    proto = (proto or "tcp").lower()
    port = int(number) if number.isdecimal() and int(number) <= 65535 else 0
    return port, proto if proto in PROTOCOLS else "0"


def _host_range(text: str) -> tuple[int, int] | None:
    if not text:
        return 0, 0
    first, dash, last = text.partition("/")[0].partition("-")
    if not first.isdecimal() or (dash and not last.isdecimal()):
        return None
    low = int(first)
    high = int(last) if dash else low
    if low > high or high > 65535:
        return None
    return low, high


def check_bindings(bindings: Mapping[str, Any]) -> None:
    """Refuses port bindings that cannot be read.

    Raises:
        EngineError: 400 with the engine's message.
    """
    for text, hosts in bindings.items():
        split_port(text)
        for host in hosts or ():
            if _host_range(host.get("HostPort") or "") is None:
                raise invalid(f'invalid port specification: "{host.get("HostPort")}"')


def wanted_ports(host_config: Json, config: Json) -> tuple[list[Wanted], list[tuple[int, str]]]:
    """The ports that a container wants published, and those that it exposes.

    A port that is published is exposed as well. ``PublishAllPorts`` publishes each exposed port that has no
    binding.
    """
    bindings: Mapping[str, Any] = host_config.get("PortBindings") or {}
    exposed = dict.fromkeys(exposed_port(text) for text in config.get("ExposedPorts") or {})
    result = []
    bound = set()
    for text, hosts in bindings.items():
        port, proto = split_port(text)
        for host in hosts or () if (port, proto) in exposed and proto in PROTOCOLS else ():
            span = _host_range(host.get("HostPort") or "") or (0, 0)
            bound.add((port, proto))
            result.append(Wanted(proto, port, host.get("HostIp") or "", *span))
    if host_config.get("PublishAllPorts"):
        result += [
            Wanted(proto, port)
            for port, proto in exposed
            if (port, proto) not in bound and proto in PROTOCOLS
        ]
    result.sort(key=_order)
    return result, sorted(exposed)


def _order(wanted: Wanted) -> tuple[bool, int, int, int, int, str]:
    # Exact host ports before ranges: a range can step aside, an exact port cannot.
    flexible = wanted.first == 0 or wanted.first != wanted.last
    proto = PROTOCOLS.index(wanted.proto) if wanted.proto in PROTOCOLS else len(PROTOCOLS)
    return flexible, wanted.port, proto, wanted.first, wanted.last, wanted.host_ip


def host_addresses(wanted: Wanted, default: str) -> list[Address]:
    """On which host addresses a port is to be bound: 0.0.0.0 and :: where none was named."""
    if wanted.host_ip:
        try:
            return [ipaddress.ip_address(wanted.host_ip)]
        except ValueError:
            # Go's ParseIP gives nil, which stands for any address.
            return host_addresses(replace(wanted, host_ip=""), default)
    first = ipaddress.ip_address(default or "0.0.0.0")
    if first == ipaddress.ip_address("0.0.0.0"):
        return [first, ipaddress.ip_address("::")]
    return [first]


def port_map(exposed: Iterable[tuple[int, str]], bindings: Iterable[Json]) -> dict[str, list[Json] | None]:
    """NetworkSettings.Ports: every exposed port, with its host addresses or null."""
    result: dict[str, list[Json] | None] = {f"{port}/{proto}": None for port, proto in exposed}
    for binding in bindings:
        key = f"{binding['port']}/{binding['proto']}"
        entry = {"HostIp": binding["host_ip"], "HostPort": str(binding["host_port"] or "")}
        result[key] = [*(result.get(key) or []), entry]
    return result
