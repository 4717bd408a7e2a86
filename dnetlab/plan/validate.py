"""Checks between values: does the gateway lie in the subnet, is there room, does it clash with the LAN?

Each function returns the problems it found, as a list, so that a type can collect all of them at once.
Sources: the engine's own validation (Engine API 1.44 changelog: invalid IPAM is a 400 that lists every
problem) and, where we are stricter than the engine, the reason is in the sentence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Network
from itertools import islice

from dnetlab.errors import Problem
from dnetlab.plan.lan import INTERNET, SUBNET
from dnetlab.plan.model import DhcpPool

MAX_INTERFACE_NAME = 15
"""Linux: IFNAMSIZ is 16 with the closing zero (include/uapi/linux/if.h)."""


def addresses_of(pool: IPv4Network) -> range:
    """The numbers of the addresses that IPAM may give: not the network's own and not the broadcast."""
    first, last = int(pool.network_address), int(pool.broadcast_address)
    return range(first + 1, last)


def gateway_in_subnet(
    subnet: IPv4Network, gateway: IPv4Address | None, field: str = "gateway"
) -> list[Problem]:
    """The gateway must be a host address of its subnet."""
    if gateway is None:
        return []
    first = str(subnet.network_address + 1)
    if gateway not in subnet:
        return [Problem(field, f"{gateway} lies outside the subnet {subnet}.", first)]
    if gateway in (subnet.network_address, subnet.broadcast_address):
        kind = "network" if gateway == subnet.network_address else "broadcast"
        return [Problem(field, f"{gateway} is the {kind} address of {subnet}, no host can have it.", first)]
    return []


def range_in_subnet(
    subnet: IPv4Network, ip_range: IPv4Network | None, field: str = "ip_range"
) -> list[Problem]:
    """The IP range must be a part of its subnet."""
    if ip_range is None or ip_range.subnet_of(subnet):
        return []
    if subnet.subnet_of(ip_range):
        return [Problem(field, f"{ip_range} is larger than the subnet {subnet}.", _upper_part(subnet))]
    return [Problem(field, f"{ip_range} lies outside the subnet {subnet}.", _upper_part(subnet))]


def free_addresses(
    subnet: IPv4Network, ip_range: IPv4Network | None, taken: Sequence[IPv4Address | None]
) -> Iterator[IPv4Address]:
    """Addresses in the order in which Docker's IPAM gives them: the lowest free of the range first.

    The first and the last address of the *subnet* are never given; those of a smaller range are
    (golden macvlan-bridge/containers: 192.168.50.192 from the range 192.168.50.192/27).
    """
    used = {int(address) for address in taken if address is not None}
    usable = addresses_of(subnet)
    pool = ip_range or subnet
    for number in range(int(pool.network_address), int(pool.broadcast_address) + 1):
        if number in usable and number not in used:
            yield IPv4Address(number)


def room(
    subnet: IPv4Network,
    ip_range: IPv4Network | None,
    taken: Sequence[IPv4Address | None],
    containers: int,
    field: str = "subnet",
) -> list[Problem]:
    """There must be an address for each container. ``field`` is the subnet's, for the case that it has none at all.

    Where some containers fit, their number is suggested; else a larger range or subnet.
    """
    free = sum(1 for _ in islice(free_addresses(subnet, ip_range, taken), containers))
    if free >= containers:
        return []
    where = f"the range {ip_range}" if ip_range else f"the subnet {subnet}"
    text = f"{containers} containers do not fit: {where} has {free or 'no'} addresses left for them."
    if free:
        return [Problem("containers", text, str(free))]
    if ip_range:
        return [Problem("ip_range", text, _upper_part(subnet))]
    return [Problem(field, text, str(subnet.supernet(new_prefix=max(8, subnet.prefixlen - 2))))]


def _upper_part(subnet: IPv4Network) -> str:
    """A range that is likely to be free: the last eighth but one, above the DHCP server's pool; or the whole subnet."""
    if subnet.prefixlen > 24:
        return str(subnet)
    return str(list(subnet.subnets(new_prefix=subnet.prefixlen + 3))[-2])


def apart(
    subnet: IPv4Network | IPv6Network,
    others: Mapping[str, IPv4Network | IPv6Network],
    field: str = "subnet",
    instead: str = "",
) -> list[Problem]:
    """The subnet may not overlap any of the others (name: subnet). ``instead`` is proposed, or one that is free."""
    if instead and subnet.version == 4 and "," not in instead:
        instead = spare([IPv4Network(instead)], list(others.values()))
    return [
        Problem(field, f"{subnet} overlaps {other}, which is {name}.", instead)
        for name, other in others.items()
        if subnet.version == other.version and subnet.overlaps(other)
    ]


SPARES = tuple(
    IPv4Network(spare)
    for n in range(30)
    for spare in (f"10.{77 + n}.0.0/24", f"172.30.{n}.0/24", f"192.168.{130 + n}.0/24")
)
"""Subnets to propose where the ones that are proposed first are taken: some of each private range (RFC 1918)."""


def spare(wanted: Sequence[IPv4Network], taken: Sequence[IPv4Network | IPv6Network]) -> str:
    """The wanted subnets as a field takes them, those that overlap taken ones replaced by free ones."""
    found: list[IPv4Network] = []
    for subnet in wanted:
        apart_from = [*(t for t in taken if t.version == 4), *found]
        free = (s for s in (subnet, *SPARES) if not any(s.overlaps(t) for t in apart_from))
        found.append(next(free, subnet))
    return ", ".join(map(str, found))


def interface_name(name: str, field: str, instead: str = "") -> list[Problem]:
    """Linux takes 15 characters at most for an interface."""
    if len(name) <= MAX_INTERFACE_NAME:
        return []
    text = f"the interface {name} would have {len(name)} characters; Linux takes {MAX_INTERFACE_NAME}."
    return [Problem(field, text, instead)]


def lan(
    subnet: IPv4Network, others: Mapping[str, IPv4Network | IPv6Network] | None = None, field: str = "lan"
) -> list[Problem]:
    """The LAN's own subnet: large enough, and apart from the lab's Internet and from ``others`` (name: subnet)."""
    others = {"the lab's Internet": INTERNET, **(others or {})}
    return lan_size(subnet, field) + apart(subnet, others, field, str(SUBNET))


def lan_size(subnet: IPv4Network, field: str = "subnet") -> list[Problem]:
    """The lab's LAN has its router at .1, its DHCP pool at .3 to .99 and its PCs from .100 on: a /24 or larger."""
    if subnet.prefixlen <= 24:
        return []
    text = f"{subnet} is too small for this LAN: its PCs have the addresses .100 and up."
    return [Problem(field, text, str(subnet.supernet(new_prefix=24)))]


def outside_dhcp(
    ip_range: IPv4Network | None, pool: DhcpPool | None, field: str = "ip_range"
) -> list[Problem]:
    """Docker's range may not meet the DHCP server's pool: both would give the same address away."""
    if ip_range is None or pool is None:
        return []
    if ip_range.broadcast_address < pool.first or ip_range.network_address > pool.last:
        return []
    text = (
        f"{ip_range} meets the pool of the LAN's DHCP server ({pool.first} to {pool.last}):"
        " both would give the same address away."
    )
    return [Problem(field, text, _upper_part(pool.subnet))]


def gateway_is_router(
    gateway: IPv4Address | None, taken: dict[str, IPv4Address], field: str = "gateway"
) -> list[Problem]:
    """On the LAN the gateway is the router; Docker assigns it to nobody, so a wrong one leads nowhere."""
    if gateway is None or gateway == taken["router"]:
        return []
    owner = next((name for name, address in taken.items() if address == gateway), None)
    whose = f"is {owner}'s address" if owner else "belongs to nobody on this LAN"
    return [
        Problem(field, f"{gateway} {whose}; the LAN's router is {taken['router']}.", str(taken["router"]))
    ]
