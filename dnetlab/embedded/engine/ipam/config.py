"""Reading the pools of a network request, and saying all that is wrong with them at once."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .pool import Address, Network


@dataclass(frozen=True, slots=True)
class PoolConfig:
    """One pool as it was asked for; the texts are kept because inspection shows them as they came."""

    subnet: Network
    within: Network | None = None
    gateway: Address | None = None
    reserved: Mapping[str, Address | None] = field(default_factory=dict)
    """Auxiliary addresses by name; None is one that cannot be read."""
    raw: Mapping[str, Any] = field(default_factory=dict)


Interface = ipaddress.IPv4Interface | ipaddress.IPv6Interface
"""An address with a prefix length: how a subnet was written, host bits and all."""


def _prefix(text: str) -> Interface | None:
    if "/" not in text or "%" in text:
        return None
    address, _, bits = text.partition("/")
    if not bits.isdecimal() or (len(bits) > 1 and bits[0] == "0"):
        return None
    try:
        return ipaddress.ip_interface(f"{address}/{bits}")
    except ValueError:
        return None


def read_address(text: str) -> Address | None:
    """An address, None of what is none."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _address_problem(text: str, shown: Interface) -> str | None:
    if not text:
        return None
    address, subnet = read_address(text), shown.network
    if address is None:
        return "invalid address"
    if address.version != subnet.version:
        return f"parent subnet is an IPv{subnet.version} block"
    if address not in subnet:
        return f"parent subnet {shown} doesn't contain this address"
    return None


def _range_problems(text: str, shown: Interface) -> list[str]:
    if not text:
        return []
    subnet = shown.network
    interface = _prefix(text)
    if interface is None:
        return [f"invalid ip-range {text}: invalid CIDR block notation"]
    network = interface.network
    if network.version != subnet.version:
        return [f"invalid ip-range {text}: parent subnet is an IPv{subnet.version} block"]
    problems = []
    if network.prefixlen < subnet.prefixlen:
        problems.append(f"invalid ip-range {text}: CIDR block is bigger than its parent subnet {shown}")
    if interface.ip != network.network_address:
        problems.append(f"invalid ip-range {interface}: it should be {network}")
    if not subnet.overlaps(network):
        problems.append(f"invalid ip-range {text}: parent subnet {shown} doesn't contain ip-range")
    return problems


def check_pools(pools: Sequence[Mapping[str, Any]], ipv6: bool) -> list[str]:
    """Everything that is wrong with the pools of a request, in the engine's words; empty if nothing is.

    IPv6 pools are not looked at while IPv6 is off (they will be dropped in silence: moby#47202).
    """
    problems: list[str] = []
    for pool in pools:
        text = pool.get("Subnet") or ""
        interface = _prefix(text)
        if interface is None:
            problems.append(f"invalid subnet {text}: invalid CIDR block notation")
            continue
        subnet = interface.network
        if subnet.version == 6 and not ipv6:
            continue
        if interface.ip != subnet.network_address:
            problems.append(f"invalid subnet {interface}: it should be {subnet}")
        problems += _range_problems(pool.get("IPRange") or "", interface)
        gateway = pool.get("Gateway") or ""
        if problem := _address_problem(gateway, interface):
            problems.append(f"invalid gateway {gateway}: {problem}")
        for name, text in (pool.get("AuxiliaryAddresses") or {}).items():
            if problem := _address_problem(text, interface):
                problems.append(f"invalid auxiliary address {name}: {problem}")
    return problems


def joined(problems: Sequence[str]) -> str:
    """Several problems as the engine prints them: one alone as it is, more as a list with stars."""
    if len(problems) == 1:
        return problems[0]
    return "\n".join("* " + problem.replace("\n", "\n\t") for problem in problems)


def parse_pools(pools: Sequence[Mapping[str, Any]], ipv6: bool) -> list[PoolConfig]:
    """The pools as values. Host bits in a subnet or range are cut off (engines up to 24 accept them).

    What an IPv6 pool reserves is not read while IPv6 is off.

    Raises:
        ValueError: a subnet cannot be read; the message is the engine's.
    """
    result = []
    for pool in pools:
        text = pool.get("Subnet") or ""
        interface = _prefix(text)
        if interface is None:
            raise ValueError(f"Invalid subnet {text} : invalid CIDR address: {text}")
        within = _prefix(pool.get("IPRange") or "")
        gateway = read_address(pool.get("Gateway") or "")
        wanted = (pool.get("AuxiliaryAddresses") or {}) if ipv6 or interface.version == 4 else {}
        reserved = {name: read_address(value) for name, value in wanted.items()}
        result.append(
            PoolConfig(interface.network, within.network if within else None, gateway, reserved, dict(pool))
        )
    return result
