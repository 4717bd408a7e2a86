"""What a learner typed or passed, read: typed values, or what is wrong with it and a value that would work."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Interface, IPv6Network
from typing import Any, TypeVar

RESERVED_NAMES = frozenset({"host", "switch", "router", "internet", "laptop", "localhost", "none", "bridge"})
RESERVED_NICS = frozenset({"lo", "docker0", "shim0"})
LONGEST_NAME = 40
_NIC = re.compile(r"[a-z][a-z0-9]{0,9}")
_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*")

Reader = Callable[[Any], Any]
Network = TypeVar("Network", IPv4Network, IPv6Network)


class Wrong(Exception):
    """A value that cannot be taken: ``text`` says why, ``instead`` is a value that would work."""

    def __init__(self, text: str, instead: str = "") -> None:
        self.text, self.instead = text, instead


def show(value: Any) -> str:
    """A value as a learner would type it."""
    if value is None:
        return ""
    if isinstance(value, tuple | list):
        return ", ".join(str(v) for v in value)
    return str(value)


def _helpful(read: Callable[[Any], Network]) -> Callable[[Any], Network]:
    """A reader that proposes nothing that it would refuse itself."""

    @wraps(read)
    def checked(value: Any) -> Network:
        try:
            return read(value)
        except Wrong as wrong:
            try:
                if wrong.instead:
                    read(wrong.instead)
            except Wrong:
                raise Wrong(wrong.text) from None
            raise

    return checked


@_helpful
def subnet4(value: Any) -> IPv4Network:
    """An IPv4 subnet with room for a gateway and containers."""
    network = _network(value, 4)
    assert isinstance(network, IPv4Network)
    if network.prefixlen > 30:
        bigger = network.supernet(new_prefix=29)
        raise Wrong(f"{network} has no room for a gateway and containers.", str(bigger))
    if network.prefixlen < 8:
        raise Wrong(f"{network} is larger than any private range.")
    if not _for_hosts(network):
        raise Wrong(f"{network} is not a range for hosts (loopback, link-local, multicast or reserved).")
    return network


@_helpful
def subnet6(value: Any) -> IPv6Network:
    """An IPv6 subnet of a LAN."""
    network = _network(value, 6)
    assert isinstance(network, IPv6Network)
    if not _for_hosts(network):
        raise Wrong(f"{network} is not a range for hosts (loopback, link-local, multicast or reserved).")
    if network.prefixlen > 112:
        raise Wrong(
            f"{network} is too small; a LAN has a /64 (RFC 4291).", str(network.supernet(new_prefix=64))
        )
    if network.prefixlen < 32:
        raise Wrong(f"{network} is larger than what a provider gets; a LAN has a /64 (RFC 4291).")
    return network


def _for_hosts(network: IPv4Network | IPv6Network) -> bool:
    return not (
        network.is_multicast
        or network.is_loopback
        or network.is_link_local
        or network.is_unspecified
        or network.is_reserved
    )


def _network(value: Any, version: int) -> IPv4Network | IPv6Network:
    text = str(value)
    if "/" not in text:
        prefix = {4: 24, 6: 64}[version]
        inside = _interface(f"{text}/{prefix}", version)
        raise Wrong(
            f"{text!r} has no prefix length; a subnet is written address/prefix.",
            str(inside.network) if inside else "",
        )
    try:
        found = ipaddress.ip_network(text)
    except ValueError:
        masked = _interface(text, version)
        if masked is None:
            raise Wrong(f"{text!r} is not a subnet; a subnet is written address/prefix.") from None
        raise Wrong(
            f"{text} has host bits set: the subnet is {masked.network}.", str(masked.network)
        ) from None
    if found.version != version:
        raise Wrong(f"{text} is an IPv{found.version} subnet; this field takes an IPv{version} subnet.")
    return found


def _interface(text: str, version: int) -> IPv4Interface | IPv6Interface | None:
    try:
        found = ipaddress.ip_interface(text)
    except ValueError:
        return None
    return found if found.version == version else None


def subnets4(value: Any) -> tuple[IPv4Network, ...]:
    """IPv4 subnets, separated by commas."""
    return tuple(_each(_items(value), subnet4))


def _each(items: Sequence[Any], reader: Reader) -> Iterator[Any]:
    """Every item read; what is suggested where one is wrong is the whole list with each repaired, or left out."""
    for item in items:
        try:
            yield reader(item)
        except Wrong as wrong:
            raise Wrong(wrong.text, show(list(_repaired(items, reader)))) from None


def _repaired(items: Sequence[Any], reader: Reader) -> Iterator[str]:
    for item in items:
        try:
            reader(item)
        except Wrong as wrong:
            if wrong.instead:
                yield wrong.instead
        else:
            yield str(item)


def address4(value: Any) -> IPv4Address:
    """One IPv4 address."""
    if isinstance(value, IPv4Address):
        return value
    text = str(value)
    if "/" in text:
        inside = _interface(text, 4)
        raise Wrong(f"{text} is a subnet; this field takes one address.", str(inside.ip) if inside else "")
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        raise Wrong(f"{text!r} is not an address.") from None
    if not isinstance(address, IPv4Address):
        raise Wrong(f"{text} is an IPv6 address; this field takes an IPv4 address.")
    return address


def range4(value: Any) -> IPv4Network:
    """A part of an IPv4 subnet."""
    network = _network(value, 4)
    assert isinstance(network, IPv4Network)
    return network


def _whole(value: Any) -> int:
    if isinstance(value, bool):
        raise Wrong(f"{value} is not a number.")
    try:
        return int(str(value))
    except ValueError:
        raise Wrong(f"{str(value)!r} is not a whole number.") from None


def count(low: int, high: int) -> Reader:
    """A whole number from ``low`` to ``high``."""

    def reader(value: Any) -> int:
        number = _whole(value)
        if not low <= number <= high:
            raise Wrong(f"{number} is not between {low} and {high}.", str(min(max(number, low), high)))
        return number

    return reader


def yes_or_no(value: Any) -> bool:
    """Yes or no."""
    if isinstance(value, bool):
        return value
    text = str(value).lower()
    if text in {"true", "yes", "on", "1"}:
        return True
    if text in {"false", "no", "off", "0", ""}:
        return False
    raise Wrong(f"{str(value)!r} is neither yes nor no.")


def _items(value: Any) -> list[Any]:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    if isinstance(value, Sequence):
        return list(value)
    return [value]


def vlans(low: int, high: int) -> Reader:
    """From ``low`` to ``high`` ids of tagged VLANs."""

    def reader(value: Any) -> tuple[int, ...]:
        ids = tuple(_whole(item) for item in _items(value))
        for number in ids:
            if not 1 <= number <= 4094:
                raise Wrong(f"{number} is not a VLAN id: 802.1Q has 1 to 4094.", "10, 20")
            if number == 1:
                raise Wrong(
                    "VLAN 1 is the untagged (native) VLAN of the switch; it has no sub-interface.", "10, 20"
                )
        if len(set(ids)) != len(ids):
            raise Wrong("a VLAN id stands twice.", show(tuple(dict.fromkeys(ids))))
        if not low <= len(ids) <= high:
            raise Wrong(f"{len(ids)} VLANs; this lesson takes {low} to {high}.", "10, 20")
        return ids

    return reader


def nic(value: Any) -> str:
    """The name of a NIC."""
    # Room for the id of a VLAN behind it: Linux takes 15 characters, ".4094" are five.
    if not isinstance(value, str) or not _NIC.fullmatch(value):
        raise Wrong(
            f"{value!r} is no name for a NIC: small letters and digits, a letter first, 10 at most.", "lan1"
        )
    if value in RESERVED_NICS:
        raise Wrong(f"{value} exists on every Docker host.", "lan1")
    return value


def names(value: Any) -> tuple[str, ...]:
    """Names, separated by commas."""
    texts = [str(item) for item in _items(value)]
    for text in texts:
        try:
            _check_name(text)
        except Wrong as wrong:
            # Every name is mended at once: who takes the suggestion over is not asked again.
            raise Wrong(wrong.text, show(tuple(dict.fromkeys(_mended(texts))))) from None
    # Docker would take web and Web for two; whoever asks a DNS server for one may get the other (RFC 4343).
    first = {text.lower(): text for text in reversed(texts)}
    for text in texts:
        if texts.count(text) > 1:
            raise Wrong(f"the name {text} stands twice.", show(tuple(dict.fromkeys(texts))))
        if first[text.lower()] != text:
            kept = tuple(dict.fromkeys(first[t.lower()] for t in texts))
            raise Wrong(f"the names {first[text.lower()]} and {text} differ in capitals only.", show(kept))
    return tuple(texts)


def _mended(texts: Sequence[str]) -> Iterator[str]:
    # A comma in a name would be read as two names when it is typed in.
    for text in (part.strip() for whole in texts for part in whole.split(",")):
        name = text
        while True:
            try:
                _check_name(name)
            except Wrong as wrong:
                name = wrong.instead
            else:
                break
        yield name


def name(longest: int = LONGEST_NAME) -> Reader:
    """One name of at most ``longest`` characters."""

    def reader(value: Any) -> str:
        _check_name(str(value), longest)
        return str(value)

    return reader


def _check_name(name: str, longest: int = LONGEST_NAME) -> None:
    """Refuse a container or network name that Docker would refuse or that the lab needs itself."""
    if not _NAME.fullmatch(name) or len(name) < 2:
        cleaned = re.sub(r"[^a-zA-Z0-9_.-]+", "-", name).strip("-._") or "web"
        cleaned = cleaned if len(cleaned) > 1 else f"{cleaned}1"
        raise Wrong(
            f"{name!r} cannot be a name: two or more letters, digits, '-', '_' or '.', a letter or digit first.",
            cleaned[:longest],
        )
    if len(name) > longest:
        raise Wrong(f"{name!r} has {len(name)} characters; at most {longest} are taken.", name[:longest])
    if name.lower() in RESERVED_NAMES or re.fullmatch(r"pc\d+", name):
        raise Wrong(f"{name!r} is the name of a machine of the LAN or of a built-in network.", f"{name}-c")
