"""Parameters of a network type: what a learner may choose, how it is read, what is wrong with it.

A value arrives as text from a widget or as a Python object from a call; :func:`read` turns all of them into
typed values and names every problem at once, each with a value that would work.
"""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dnetlab.errors import InvalidPlan, Problem
from dnetlab.plan import readers
from dnetlab.plan.lan import NIC, SUBNET
from dnetlab.plan.readers import Reader, show

MAX_CONTAINERS = 60


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
    reader: Reader
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
            values[parameter.name] = parameter.reader(value)
        except readers.Wrong as wrong:
            instead = wrong.instead or show(parameter.default) or parameter.example
            problems.append(Problem(parameter.name, wrong.text, instead))
    return values, problems


# --- the parameters that several types share ---------------------------------------------------------------


def subnet(default: str, help: str, name: str = "subnet", label: str = "Subnet") -> Parameter:
    """An IPv4 subnet."""
    return Parameter(name, label, default, readers.subnet4, help)


def subnets(help: str) -> Parameter:
    """IPv4 subnets, one for each VLAN; empty: 10.10.<VLAN id>.0/24."""
    return Parameter(
        "subnets",
        "Subnets",
        None,
        readers.subnets4,
        help,
        optional=True,
        example="10.10.10.0/24, 10.10.20.0/24",
    )


def subnet6(default: str | None, help: str) -> Parameter:
    """An IPv6 subnet; empty: no IPv6."""
    return Parameter(
        "ipv6_subnet", "IPv6 subnet", default, readers.subnet6, help, optional=True, example="fd00:50::/64"
    )


def gateway(default: str | None, help: str) -> Parameter:
    """An IPv4 gateway address inside the subnet."""
    return Parameter(
        "gateway", "Gateway", default, readers.address4, help, optional=True, example="192.168.50.1"
    )


def ip_range(default: str | None, help: str) -> Parameter:
    """The part of the subnet from which Docker may give addresses."""
    return Parameter(
        "ip_range", "IP range", default, readers.range4, help, optional=True, example="192.168.50.192/27"
    )


def containers(default: int = 2, low: int = 1, high: int = MAX_CONTAINERS, help: str = "") -> Parameter:
    """How many containers."""
    return Parameter(
        "containers", "Containers", default, readers.count(low, high), help or f"How many containers ({low} to {high}).",
        kind="count", low=low, high=high,
    )  # fmt: skip


def names(help: str = "Names, separated by commas; empty: web, db, app, ...") -> Parameter:
    """Names of the containers, in order."""
    return Parameter("names", "Names", None, readers.names, help, optional=True, example="web, db")


def network_name(default: str, help: str = "The Docker network's name.", longest: int = 40) -> Parameter:
    """The name of the Docker network."""
    return Parameter("network", "Network name", default, readers.name(longest), help)


def vlans(default: tuple[int, ...], low: int = 1, high: int = 4) -> Parameter:
    """802.1Q ids, one network each."""
    return Parameter(
        "vlans",
        "VLAN ids",
        default,
        readers.vlans(low, high),
        "802.1Q ids from 2 to 4094, separated by commas.",
    )


def port(default: int, help: str, name: str = "port", label: str = "Port") -> Parameter:
    """A TCP port."""
    return Parameter(name, label, default, readers.count(1, 65535), help, kind="count", low=1, high=65535)


def switch(name: str, label: str, default: bool, help: str) -> Parameter:
    """Yes or no."""
    return Parameter(name, label, default, readers.yes_or_no, help, kind="switch")


def pcs(default: int = 1) -> Parameter:
    """How many PCs with fixed addresses stand on the LAN."""
    return Parameter(
        "pcs",
        "LAN PCs",
        default,
        readers.count(1, 100),
        "PCs with a fixed address on the LAN (1 to 100).",
        kind="count",
        low=1,
        high=100,
    )


def lan() -> Parameter:
    """The LAN's subnet, where the type itself does not ask for it."""
    help = "The subnet of the LAN around the Docker host; another one where your own network has it."
    return Parameter("lan", "LAN subnet", str(SUBNET), readers.subnet4, help, rare=True)


def nic() -> Parameter:
    """The name of the Docker host's NIC on the LAN."""
    help = "The name of the Docker host's NIC; a second lab on the same engine needs another one."
    return Parameter("nic", "NIC", NIC, readers.nic, help, rare=True, example="lan1")


DEFAULT_NAMES = ("web", "db", "app", "cache", "mail", "log")


def container_names(count: int, chosen: tuple[str, ...] | None, prefix: str = "c") -> tuple[str, ...]:
    """``count`` names: the chosen ones first, then web, db, app, cache, mail, log, c7, c8, ..."""
    names = list(chosen or ())[:count]
    taken = {name.lower() for name in names}
    numbered = (f"{prefix}{number}" for number in itertools.count(len(DEFAULT_NAMES) + 1))
    spare = (name for name in itertools.chain(DEFAULT_NAMES, numbered) if name not in taken)
    return (*names, *itertools.islice(spare, count - len(names)))
