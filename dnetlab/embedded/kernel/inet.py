"""Addresses of devices."""

from __future__ import annotations

from dataclasses import dataclass, replace

from . import addresses as ip


@dataclass(frozen=True, slots=True)
class Address:
    """An address of a device as ``ip addr`` shows it.

    Attributes:
        address, prefixlen, family: such as "192.168.50.2", 24, 4.
        scope: "global", "link" or "host".
        broadcast: the broadcast address, None where none was given.
        label: the label of an IPv4 address (the device's name unless given), None for IPv6.
        proto: "kernel_lo", "kernel_ll" or None.
        tentative: duplicate address detection still runs; dadfailed: it found somebody.
        nodad: detection was not wanted.
        secondary: another IPv4 address of the same prefix was there first.
    """

    address: str
    prefixlen: int
    family: int
    scope: str = "global"
    broadcast: str | None = None
    label: str | None = None
    proto: str | None = None
    tentative: bool = False
    nodad: bool = False
    dadfailed: bool = False
    secondary: bool = False
    noprefixroute: bool = False

    @property
    def cidr(self) -> str:
        """ "192.168.50.2/24"."""
        return f"{self.address}/{self.prefixlen}"

    @property
    def network(self) -> str:
        """ "192.168.50.0/24"."""
        return ip.network(self.address, self.prefixlen)

    def but(self, **changes: object) -> Address:
        """The same address with some fields changed."""
        return replace(self, **changes)  # type: ignore[arg-type]
