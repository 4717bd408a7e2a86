"""Parameters of a network type: what a learner may choose, how it is read, what is wrong with it.

A value arrives as text from a widget or as a Python object from a call; :func:`read` turns all of them into
typed values and names every problem at once, each with a value that would work.
"""

from __future__ import annotations

import difflib
import ipaddress
import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Interface, IPv6Network
from typing import Any

from dnetlab.errors import InvalidPlan, Problem
from dnetlab.plan.lan import NIC, SUBNET

MAX_CONTAINERS = 60
RESERVED_NAMES = frozenset({"host", "switch", "router", "internet", "laptop", "localhost", "none", "bridge"})
RESERVED_NICS = frozenset({"lo", "docker0", "shim0"})
_NIC = re.compile(r"[a-z][a-z0-9]{0,9}")
_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*")


class _Wrong(Exception):
    def __init__(self, text: str, instead: str = "") -> None:
        self.text, self.instead = text, instead


@dataclass(frozen=True, slots=True)
class Parameter:
    """One choice: its name in Python, its label and help in the panel, its default and its reader.

    ``optional`` parameters take None or empty text. ``kind`` tells the panel which widget fits: ``text``,
    ``count`` or ``switch``. ``example`` is a value that works, for a parameter whose default is empty.
    ``rare`` ones stand apart from the others: few learners need them.
    """

    name: str
    label: str
    default: Any
    reader: Callable[[Any, Parameter], Any]
    help: str
    kind: str = "text"
    optional: bool = False
    low: int = 0
    high: int = 0
    example: str = ""
    rare: bool = False

    def read(self, value: Any) -> Any:
        """The typed value. Raises InvalidPlan with one problem."""
        values, problems = _read_all((self,), {self.name: value})
        if problems:
            raise InvalidPlan(problems)
        return values[self.name]


def read(parameters: Sequence[Parameter], given: Mapping[str, Any]) -> dict[str, Any]:
    """Typed values for all parameters, defaults filled in.

    Raises:
        InvalidPlan: with every unknown name and every value that cannot be read.
    """
    values, problems = _read_all(parameters, given)
    if problems:
        raise InvalidPlan(problems)
    return values


def _read_all(
    parameters: Sequence[Parameter], given: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Problem]]:
    names = [p.name for p in parameters]
    problems = []
    for name in given:
        if name not in names:
            close = difflib.get_close_matches(name, names, 1)
            problems.append(
                Problem(
                    name,
                    f"there is no such parameter; there are {', '.join(names)}.",
                    close[0] if close else "",
                )
            )
    values: dict[str, Any] = {}
    for parameter in parameters:
        value = given.get(parameter.name, parameter.default)
        if isinstance(value, str):
            value = value.strip()
        if parameter.optional and (value is None or value == "" or value == ()):
            values[parameter.name] = None
            continue
        try:
            values[parameter.name] = parameter.reader(value, parameter)
        except _Wrong as wrong:
            instead = wrong.instead or show(parameter.default) or parameter.example
            problems.append(Problem(parameter.name, wrong.text, instead))
    return values, problems


def show(value: Any) -> str:
    """A value as a learner would type it."""
    if value is None:
        return ""
    if isinstance(value, tuple | list):
        return ", ".join(str(v) for v in value)
    return str(value)


# --- readers -----------------------------------------------------------------------------------------------


def _subnet4(value: Any, parameter: Parameter) -> IPv4Network:
    network = _network(value, 4)
    assert isinstance(network, IPv4Network)
    if network.prefixlen > 30:
        bigger = network.supernet(new_prefix=29)
        raise _Wrong(f"{network} has no room for a gateway and containers.", str(bigger))
    if network.prefixlen < 8:
        raise _Wrong(f"{network} is larger than any private range.")
    if not _for_hosts(network):
        raise _Wrong(f"{network} is not a range for hosts (loopback, link-local, multicast or reserved).")
    return network


def _subnet6(value: Any, parameter: Parameter) -> IPv6Network:
    network = _network(value, 6)
    assert isinstance(network, IPv6Network)
    if not _for_hosts(network):
        raise _Wrong(f"{network} is not a range for hosts (loopback, link-local, multicast or reserved).")
    if network.prefixlen > 112:
        raise _Wrong(
            f"{network} is too small; a LAN has a /64 (RFC 4291).", str(network.supernet(new_prefix=64))
        )
    if network.prefixlen < 32:
        raise _Wrong(f"{network} is larger than what a provider gets; a LAN has a /64 (RFC 4291).")
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
        raise _Wrong(
            f"{text!r} has no prefix length; a subnet is written address/prefix.",
            str(inside.network) if inside else "",
        )
    try:
        found = ipaddress.ip_network(text)
    except ValueError:
        masked = _interface(text, version)
        if masked is None:
            raise _Wrong(f"{text!r} is not a subnet; a subnet is written address/prefix.") from None
        raise _Wrong(
            f"{text} has host bits set: the subnet is {masked.network}.", str(masked.network)
        ) from None
    if found.version != version:
        raise _Wrong(f"{text} is an IPv{found.version} subnet; this field takes an IPv{version} subnet.")
    return found


def _interface(text: str, version: int) -> IPv4Interface | IPv6Interface | None:
    try:
        found = ipaddress.ip_interface(text)
    except ValueError:
        return None
    return found if found.version == version else None


def _subnets4(value: Any, parameter: Parameter) -> tuple[IPv4Network, ...]:
    return tuple(_each(_items(value), lambda item: _subnet4(item, parameter)))


def _each(items: Sequence[Any], reader: Callable[[Any], Any]) -> Iterator[Any]:
    """Every item read; what is suggested for a wrong one is the whole list with that one repaired, or left out."""
    for number, item in enumerate(items):
        try:
            yield reader(item)
        except _Wrong as wrong:
            repaired = [
                *map(str, items[:number]),
                *filter(None, [wrong.instead]),
                *map(str, items[number + 1 :]),
            ]
            raise _Wrong(wrong.text, show(repaired)) from None


def _address4(value: Any, parameter: Parameter) -> IPv4Address:
    if isinstance(value, IPv4Address):
        return value
    text = str(value)
    if "/" in text:
        raise _Wrong(f"{text} is a subnet; this field takes one address.", text.split("/")[0])
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        raise _Wrong(f"{text!r} is not an address.") from None
    if not isinstance(address, IPv4Address):
        raise _Wrong(f"{text} is an IPv6 address; this field takes an IPv4 address.")
    return address


def _range4(value: Any, parameter: Parameter) -> IPv4Network:
    network = _network(value, 4)
    assert isinstance(network, IPv4Network)
    return network


def _whole(value: Any) -> int:
    if isinstance(value, bool):
        raise _Wrong(f"{value} is not a number.")
    try:
        return int(str(value))
    except ValueError:
        raise _Wrong(f"{str(value)!r} is not a whole number.") from None


def _count(value: Any, parameter: Parameter) -> int:
    number = _whole(value)
    if not parameter.low <= number <= parameter.high:
        nearest = min(max(number, parameter.low), parameter.high)
        raise _Wrong(f"{number} is not between {parameter.low} and {parameter.high}.", str(nearest))
    return number


def _switch(value: Any, parameter: Parameter) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).lower()
    if text in {"true", "yes", "on", "1"}:
        return True
    if text in {"false", "no", "off", "0", ""}:
        return False
    raise _Wrong(f"{str(value)!r} is neither yes nor no.")


def _items(value: Any) -> list[Any]:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    if isinstance(value, Sequence):
        return list(value)
    return [value]


def _vlans(value: Any, parameter: Parameter) -> tuple[int, ...]:
    ids = tuple(_whole(item) for item in _items(value))
    for number in ids:
        if not 1 <= number <= 4094:
            raise _Wrong(f"{number} is not a VLAN id: 802.1Q has 1 to 4094.", "10, 20")
        if number == 1:
            raise _Wrong(
                "VLAN 1 is the untagged (native) VLAN of the switch; it has no sub-interface.", "10, 20"
            )
    if len(set(ids)) != len(ids):
        raise _Wrong("a VLAN id stands twice.", show(tuple(dict.fromkeys(ids))))
    if not parameter.low <= len(ids) <= parameter.high:
        raise _Wrong(f"{len(ids)} VLANs; this lesson takes {parameter.low} to {parameter.high}.", "10, 20")
    return ids


def _nic(value: Any, parameter: Parameter) -> str:
    # Room for the id of a VLAN behind it: Linux takes 15 characters, ".4094" are five.
    if not isinstance(value, str) or not _NIC.fullmatch(value):
        raise _Wrong(
            f"{value!r} is no name for a NIC: small letters and digits, a letter first, 10 at most.", "lan1"
        )
    if value in RESERVED_NICS:
        raise _Wrong(f"{value} exists on every Docker host.", "lan1")
    return value


def _names(value: Any, parameter: Parameter) -> tuple[str, ...]:
    texts = [str(item) for item in _items(value)]
    for text in texts:
        try:
            check_name(text)
        except _Wrong as wrong:
            # Every name is mended at once: who takes the suggestion over is not asked again.
            raise _Wrong(wrong.text, show(tuple(dict.fromkeys(_mended(texts))))) from None
    # Docker would take web and Web for two; whoever asks a DNS server for one may get the other (RFC 4343).
    first = {text.lower(): text for text in reversed(texts)}
    for text in texts:
        if texts.count(text) > 1:
            raise _Wrong(f"the name {text} stands twice.", show(tuple(dict.fromkeys(texts))))
        if first[text.lower()] != text:
            kept = tuple(dict.fromkeys(first[t.lower()] for t in texts))
            raise _Wrong(f"the names {first[text.lower()]} and {text} differ in capitals only.", show(kept))
    return tuple(texts)


def _mended(texts: Sequence[str]) -> Iterator[str]:
    # A comma in a name would be read as two names when it is typed in.
    for text in (part.strip() for whole in texts for part in whole.split(",")):
        name = text
        while True:
            try:
                check_name(name)
            except _Wrong as wrong:
                name = wrong.instead
            else:
                break
        yield name


def _name(value: Any, parameter: Parameter) -> str:
    check_name(str(value), parameter.high or 40)
    return str(value)


def check_name(name: str, longest: int = 40) -> None:
    """Refuse a container or network name that Docker would refuse or that the lab needs itself."""
    if not _NAME.fullmatch(name) or len(name) < 2:
        cleaned = re.sub(r"[^a-zA-Z0-9_.-]+", "-", name).strip("-._") or "web"
        cleaned = cleaned if len(cleaned) > 1 else f"{cleaned}1"
        raise _Wrong(
            f"{name!r} cannot be a name: two or more letters, digits, '-', '_' or '.', a letter or digit first.",
            cleaned[:longest],
        )
    if len(name) > longest:
        raise _Wrong(f"{name!r} has {len(name)} characters; at most {longest} are taken.", name[:longest])
    if name.lower() in RESERVED_NAMES or re.fullmatch(r"pc\d+", name):
        raise _Wrong(f"{name!r} is the name of a machine of the LAN or of a built-in network.", f"{name}-c")


# --- the parameters that several types share ---------------------------------------------------------------


def subnet(default: str, help: str, name: str = "subnet", label: str = "Subnet") -> Parameter:
    """An IPv4 subnet."""
    return Parameter(name, label, default, _subnet4, help)


def subnets(help: str) -> Parameter:
    """IPv4 subnets, one for each VLAN; empty: 10.10.<VLAN id>.0/24."""
    return Parameter(
        "subnets", "Subnets", None, _subnets4, help, optional=True, example="10.10.10.0/24, 10.10.20.0/24"
    )


def subnet6(default: str | None, help: str) -> Parameter:
    """An IPv6 subnet; empty: no IPv6."""
    return Parameter(
        "ipv6_subnet", "IPv6 subnet", default, _subnet6, help, optional=True, example="fd00:50::/64"
    )


def gateway(default: str | None, help: str) -> Parameter:
    """An IPv4 gateway address inside the subnet."""
    return Parameter("gateway", "Gateway", default, _address4, help, optional=True, example="192.168.50.1")


def ip_range(default: str | None, help: str) -> Parameter:
    """The part of the subnet from which Docker may give addresses."""
    return Parameter(
        "ip_range", "IP range", default, _range4, help, optional=True, example="192.168.50.192/27"
    )


def containers(default: int = 2, low: int = 1, high: int = MAX_CONTAINERS, help: str = "") -> Parameter:
    """How many containers."""
    return Parameter(
        "containers", "Containers", default, _count, help or f"How many containers ({low} to {high}).",
        kind="count", low=low, high=high,
    )  # fmt: skip


def names(help: str = "Names, separated by commas; empty: web, db, app, ...") -> Parameter:
    """Names of the containers, in order."""
    return Parameter("names", "Names", None, _names, help, optional=True, example="web, db")


def network_name(default: str, help: str = "The Docker network's name.", longest: int = 40) -> Parameter:
    """The name of the Docker network."""
    return Parameter("network", "Network name", default, _name, help, high=longest)


def vlans(default: tuple[int, ...], low: int = 1, high: int = 4) -> Parameter:
    """802.1Q ids, one network each."""
    return Parameter(
        "vlans",
        "VLAN ids",
        default,
        _vlans,
        "802.1Q ids from 2 to 4094, separated by commas.",
        low=low,
        high=high,
    )


def port(default: int, help: str, name: str = "port", label: str = "Port") -> Parameter:
    """A TCP port."""
    return Parameter(name, label, default, _count, help, kind="count", low=1, high=65535)


def switch(name: str, label: str, default: bool, help: str) -> Parameter:
    """Yes or no."""
    return Parameter(name, label, default, _switch, help, kind="switch")


def pcs(default: int = 1) -> Parameter:
    """How many PCs with fixed addresses stand on the LAN."""
    return Parameter(
        "pcs",
        "LAN PCs",
        default,
        _count,
        "PCs with a fixed address on the LAN (1 to 100).",
        kind="count",
        low=1,
        high=100,
    )


def lan() -> Parameter:
    """The LAN's subnet, where the type itself does not ask for it."""
    help = "The subnet of the LAN around the Docker host; another one where your own network has it."
    return Parameter("lan", "LAN subnet", str(SUBNET), _subnet4, help, rare=True)


def nic() -> Parameter:
    """The name of the Docker host's NIC on the LAN."""
    help = "The name of the Docker host's NIC; a second lab on the same engine needs another one."
    return Parameter("nic", "NIC", NIC, _nic, help, rare=True, example="lan1")


DEFAULT_NAMES = ("web", "db", "app", "cache", "mail", "log")


def container_names(count: int, chosen: tuple[str, ...] | None, prefix: str = "c") -> tuple[str, ...]:
    """``count`` names: the chosen ones first, then web, db, app, cache, mail, log, c7, c8, ..."""
    names = list(chosen or ())[:count]
    taken = {name.lower() for name in names}
    numbered = (f"{prefix}{number}" for number in itertools.count(len(DEFAULT_NAMES) + 1))
    spare = (name for name in itertools.chain(DEFAULT_NAMES, numbered) if name not in taken)
    return (*names, *itertools.islice(spare, count - len(names)))
