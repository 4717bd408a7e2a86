"""The driver "macvlan": containers with MAC addresses of their own on the parent's wire.

Sources: the Docker documentation's macvlan page, goldens macvlan-bridge/ and macvlan-8021q/, and for the
order of checks moby's libnetwork/drivers/macvlan.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Final, cast

from ..errors import failed
from ..model import Endpoint, Network
from .child import ChildConfig, ChildDriver
from .parent import dummy_name

if TYPE_CHECKING:
    from ...kernel import Device

_MODES: Final = ("bridge", "private", "passthru", "vepa")


class MacvlanConfig(ChildConfig):
    """Options of a macvlan network."""


class MacvlanDriver(ChildDriver):
    """Networks of macvlan children."""

    name: ClassVar[str] = "macvlan"
    prefix: ClassVar[str] = "dm-"

    def modes(self, options: Mapping[str, str]) -> tuple[str, str]:
        """The option ``macvlan_mode``."""
        mode = options.get("macvlan_mode") or "bridge"
        if mode not in _MODES:
            raise failed(
                f"requested macvlan mode '{mode}' is not valid, 'bridge' mode is the macvlan driver default"
            )
        return mode, ""

    def check_shared(self, network: Network, other: Network) -> None:
        """Engine 27 and later let macvlan networks share a parent, but for mode passthru."""
        config, taken = cast(ChildConfig, network.config), cast(ChildConfig, other.config)
        if not self.core.version.parents_shared:
            name = dummy_name(self.prefix, other.id)
            raise failed(f"network {name} is already using parent interface {config.parent}")
        if config.mode == "passthru":
            raise failed(
                f"cannot use mode passthru, macvlan network {other.id} is already using parent interface"
                f" {config.parent}"
            )
        if taken.mode == "passthru":
            raise failed(
                f"macvlan network {other.id} is already using parent interface {config.parent} in mode passthru"
            )

    def new_child(self, name: str, link: Device, config: ChildConfig, endpoint: Endpoint) -> Device:
        """A macvlan interface with the endpoint's MAC address."""
        passthru = config.mode == "passthru"
        mac = None if passthru else endpoint.mac
        child = self.core.host.add_macvlan(name, link, mode=config.mode, mac=mac, txqueuelen=0)
        if passthru and endpoint.mac is not None:
            # The one child starts with the parent's address and then gives it its own (macvlan_sync_address).
            child.set_mac(endpoint.mac)
        return child
