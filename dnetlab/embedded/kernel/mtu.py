"""The MTU of a device: its limits, and who follows when it changes.

Linux net/core/dev.c (dev_validate_mtu); children follow as their drivers say: vlan_device_event,
macvlan_device_event, ipvlan_adjust_mtu, br_mtu_auto_adjust.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import KernelError

if TYPE_CHECKING:
    from .device import Device

IPV6_MINIMUM = 1280
"""Below this a link carries no IPv6 (RFC 8200, section 5)."""


def check_mtu(device: Device, mtu: int) -> None:
    """Refuse an MTU outside of the device's limits (EINVAL); an upper limit of 0 is none."""
    low, high = device.mtu_limits
    if mtu < low:
        raise KernelError("EINVAL", f"mtu {mtu}", "mtu less than device minimum")
    if high and mtu > high:
        raise KernelError("EINVAL", f"mtu {mtu}", "mtu greater than device maximum")


def take_mtu(device: Device, mtu: int) -> None:
    """Give a device an MTU, and those that depend on it theirs."""
    if mtu == device.mtu:
        return
    before, device.mtu = device.mtu, mtu
    device.namespace.stack.mtu_changed(device, before)
    for child in (*device.vlans.values(), *(device.macvlan_port.children if device.macvlan_port else ())):
        take_mtu(child, min(child.mtu, mtu))
    for child in device.ipvlan_port.children if device.ipvlan_port else ():
        take_mtu(child, mtu)
    if device.port is not None:
        device.port.bridge.port_mtu_changed()
