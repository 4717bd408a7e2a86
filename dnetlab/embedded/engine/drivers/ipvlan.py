"""The driver "ipvlan": containers that share the parent's MAC address.

Sources: the Docker documentation's ipvlan page, goldens ipvlan-l2/ and ipvlan-l3/, and for the order of
checks moby's libnetwork/drivers/ipvlan.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Final, cast

from ..errors import failed
from ..model import Endpoint, Network, Sandbox
from .base import DriverConfig
from .child import ChildConfig, ChildDriver
from .parent import dummy_name

if TYPE_CHECKING:
    from ...kernel import Device

_MODES: Final = ("l2", "l3", "l3s")
_FLAGS: Final = ("bridge", "private", "vepa")


class IpvlanConfig(ChildConfig):
    """Options of an ipvlan network."""


class IpvlanDriver(ChildDriver):
    """Networks of ipvlan children; one network a parent."""

    name: ClassVar[str] = "ipvlan"
    prefix: ClassVar[str] = "di-"

    def modes(self, options: Mapping[str, str]) -> tuple[str, str]:
        """The options ``ipvlan_mode`` and ``ipvlan_flag``."""
        mode = options.get("ipvlan_mode") or "l2"
        if mode not in _MODES:
            raise failed(
                f"requested ipvlan mode '{mode}' is not valid, 'l2' mode is the ipvlan driver default"
            )
        flag = options.get("ipvlan_flag") or "bridge"
        if flag not in _FLAGS:
            raise failed(
                f"requested ipvlan flag '{flag}' is not valid, 'bridge' is the ipvlan driver default"
            )
        return mode, flag

    def needs_gateway(self, config: DriverConfig) -> bool:
        """Not in L3, where the default route leads to the interface itself (Engine 28)."""
        layer3 = cast(ChildConfig, config).mode in ("l3", "l3s")
        return not (layer3 and self.core.version.gateway_optional) and super().needs_gateway(config)

    def check_shared(self, network: Network, other: Network) -> None:
        """No two ipvlan networks share a parent."""
        parent = cast(ChildConfig, network.config).parent
        raise failed(
            f"network {dummy_name(self.prefix, other.id)} is already using parent interface {parent}"
        )

    def admit(self, endpoint: Endpoint) -> None:
        """Refuses a MAC address: all children have the parent's.

        Raises:
            EngineError: 500, one was asked for.
        """
        if endpoint.settings.wanted_mac:
            raise failed(
                f"failed to create endpoint {endpoint.name} on network {endpoint.network.name}:"
                " ipvlan interfaces do not support custom mac address assignment"
            )

    def new_child(self, name: str, link: Device, config: ChildConfig, endpoint: Endpoint) -> Device:
        """An ipvlan interface."""
        return self.core.host.add_ipvlan(name, link, mode=config.mode, flag=config.flag, txqueuelen=0)

    def attach(self, endpoint: Endpoint, sandbox: Sandbox, interface: str) -> None:
        """As for every child; in L3 a gateway, also a configured one, is not used."""
        super().attach(endpoint, sandbox, interface)
        config = cast(ChildConfig, endpoint.network.config)
        if config.mode in ("l3", "l3s"):
            endpoint.gateway4 = endpoint.gateway6 = None
            endpoint.device_routes = not config.internal
