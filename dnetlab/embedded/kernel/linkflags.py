"""The flags of a device, and the switches of ``ip link set`` that change them."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from .errors import KernelError

if TYPE_CHECKING:
    from .device import Device
    from .namespace import Namespace


class LinkFlags:
    """What stands between the angle brackets of ip(8); the part of a device that says so."""

    base_flags: tuple[str, ...] = ("BROADCAST", "MULTICAST")
    namespace: Namespace
    name: str
    up: bool
    carrier: bool

    def __init__(self) -> None:
        self.noarp = False
        self.promiscuity = 0
        self.allmulti = 0
        self.promisc_flag = False
        self.allmulti_flag = False

    @property
    def flags(self) -> tuple[str, ...]:
        """The flags in the order in which ip(8) prints them."""
        shown = ["NO-CARRIER"] if self.up and not self.carrier else []
        shown += self.base_flags
        if self.noarp:
            shown.append("NOARP")
        if self.allmulti_flag:
            shown.append("ALLMULTI")
        if self.promisc_flag:
            shown.append("PROMISC")
        if self.up:
            shown.append("UP")
            if self.carrier:
                shown.append("LOWER_UP")
        return tuple(shown)

    def set_promisc(self, on: bool) -> None:
        """``ip link set DEV promisc on|off``."""
        if on != self.promisc_flag:
            self.promisc_flag = on
            self.promiscuity += 1 if on else -1

    def set_arp(self, on: bool) -> None:
        """``ip link set DEV arp on|off``: neighbours that were known are forgotten (arp_netdev_event)."""
        if self.noarp == on:
            self.noarp = not on
            self.namespace.stack.neighbours.flush(cast("Device", self), None)

    def set_multicast(self, on: bool) -> None:
        """``ip link set DEV multicast on|off``."""
        others = tuple(flag for flag in self.base_flags if flag != "MULTICAST")
        self.base_flags = (*others, "MULTICAST") if on else others

    def set_allmulticast(self, on: bool) -> None:
        """``ip link set DEV allmulticast on|off``."""
        if on != self.allmulti_flag:
            self.allmulti_flag = on
            self.allmulti += 1 if on else -1

    def set_carrier(self, on: bool) -> None:
        """``ip link set DEV carrier on|off``, for drivers that let it be set (EOPNOTSUPP)."""
        raise KernelError("EOPNOTSUPP", f"the carrier of {self.name} cannot be set")
