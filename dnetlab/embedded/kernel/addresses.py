"""Addresses as plain strings in canonical form, and the arithmetic on them.

Strings are compared and hashed without Python code, which is what a table look-up per frame needs;
their numbers are remembered once they were computed.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache

from .errors import KernelError

BROADCAST_MAC = "ff:ff:ff:ff:ff:ff"
ZERO_MAC = "00:00:00:00:00:00"
ALL_BITS = {4: 32, 6: 128}
ANY = {4: "0.0.0.0", 6: "::"}
LIMITED_BROADCAST = "255.255.255.255"


@lru_cache(maxsize=65536)
def canonical(address: str) -> str:
    """The one spelling of an address; KernelError EINVAL where it is none."""
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        raise KernelError("EINVAL", f"{address!r} is no IP address") from None


def family(address: str) -> int:
    """4 or 6."""
    return 6 if ":" in address else 4


@lru_cache(maxsize=262144)
def number(address: str) -> int:
    """The address as an integer."""
    return int(ipaddress.ip_address(address))


@lru_cache(maxsize=65536)
def text(value: int, fam: int) -> str:
    """The canonical address of an integer in a family."""
    return str(ipaddress.IPv6Address(value) if fam == 6 else ipaddress.IPv4Address(value))


def split_cidr(cidr: str) -> tuple[str, int]:
    """``("192.168.50.2", 24)`` of ``"192.168.50.2/24"``; without a length: a host."""
    address, slash, length = cidr.partition("/")
    address = canonical(address)
    bits = ALL_BITS[family(address)]
    if not slash:
        return address, bits
    if not length.isascii() or not length.isdigit() or int(length) > bits:
        raise KernelError("EINVAL", f"{cidr!r} has no valid prefix length")
    return address, int(length)


@lru_cache(maxsize=65536)
def mask(length: int, fam: int) -> int:
    """The network mask of a prefix length as an integer."""
    bits = ALL_BITS[fam]
    return ((1 << length) - 1) << (bits - length)


@lru_cache(maxsize=65536)
def network_number(address: str, length: int) -> int:
    """The integer of the network that an address is in."""
    return number(address) & mask(length, family(address))


def network(address: str, length: int) -> str:
    """``"192.168.50.0/24"`` of ``("192.168.50.2", 24)``."""
    fam = family(address)
    return f"{text(network_number(address, length), fam)}/{length}"


def broadcast(address: str, length: int) -> str:
    """The highest address of an IPv4 network."""
    return text(number(address) | (~mask(length, 4) & 0xFFFFFFFF), 4)


@lru_cache(maxsize=65536)
def within(address: str, cidr: str) -> bool:
    """Whether an address lies in a prefix of its own family."""
    base, length = split_cidr(cidr)
    fam = family(base)
    return fam == family(address) and number(address) & mask(length, fam) == network_number(base, length)


@lru_cache(maxsize=65536)
def is_multicast(address: str) -> bool:
    """Whether an IP address is a group address."""
    if ":" in address:
        return number(address) >> 120 == 0xFF
    return number(address) >> 28 == 0xE


def is_link_local(address: str) -> bool:
    """Whether an IPv6 address is in fe80::/10."""
    return ":" in address and number(address) >> 118 == 0x3FA


def is_loopback(address: str) -> bool:
    """Whether an address is in 127.0.0.0/8 or is ::1."""
    return address.startswith("127.") or address == "::1"


def canonical_mac(mac: str) -> str:
    """Lower case, colons, two digits a byte; KernelError EINVAL where it is no MAC address."""
    parts = mac.replace("-", ":").lower().split(":")
    try:
        values = [int(part, 16) for part in parts]
    except ValueError:
        values = []
    if len(values) != 6 or any(not 0 <= value <= 255 for value in values):
        raise KernelError("EINVAL", f"{mac!r} is no MAC address")
    return ":".join(f"{value:02x}" for value in values)


def is_group_mac(mac: str) -> bool:
    """Whether a frame to this MAC is for many: the lowest bit of the first byte (IEEE 802)."""
    return mac[1] in "13579bdf"


@lru_cache(maxsize=65536)
def multicast_mac(address: str) -> str:
    """The group MAC of a group address (RFC 1112 section 6.4, RFC 2464 section 7)."""
    value = number(address)
    low = f"{value & 0xFFFFFFFF:08x}"
    if ":" in address:
        return "33:33:" + ":".join(low[i : i + 2] for i in range(0, 8, 2))
    low = f"{value & 0x7FFFFF:06x}"
    return "01:00:5e:" + ":".join(low[i : i + 2] for i in range(0, 6, 2))


@lru_cache(maxsize=65536)
def solicited_node(address: str) -> str:
    """The group that owners of an IPv6 address listen on (RFC 4291 section 2.7.1)."""
    return text((0xFF02 << 112) | (1 << 32) | (0xFF << 24) | (number(address) & 0xFFFFFF), 6)


def link_local(mac: str, dev_id: int = 0) -> str:
    """The link-local address that eui64 makes of a MAC.

    Interfaces that share a MAC carry a device id; it then replaces ff:fe and the universal bit stays as
    it is (Linux net/ipv6/addrconf.c, addrconf_ifid_eui48; golden ipvlan-l2/ipv6-mtu-two-nets.txt).
    """
    octets = [int(part, 16) for part in mac.split(":")]
    middle = [dev_id >> 8, dev_id & 0xFF] if dev_id else [0xFF, 0xFE]
    if not dev_id:
        octets[0] ^= 2
    value = int.from_bytes(bytes(octets[:3] + middle + octets[3:]), "big")
    return text((0xFE80 << 112) | value, 6)
