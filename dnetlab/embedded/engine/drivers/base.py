"""What a network driver does for the engine."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, ClassVar, Final

from ..ids import mac_from_ip
from ..model import Endpoint, Network, Sandbox
from ..ports import Wanted

if TYPE_CHECKING:
    from ..core import Core

LONGEST: Final = 15
"""How long the name of an interface may be (IFNAMSIZ - 1)."""


@dataclass(frozen=True, slots=True)
class DriverConfig:
    """A network's driver options, read. ``internal`` says that the driver gives no way out."""

    internal: bool = False


class Driver(ABC):
    """A kind of network.

    Methods that change something undo what they did before they raise ``EngineError``.
    """

    name: ClassVar[str]
    addresses: ClassVar[bool] = True
    """Whether its networks have subnets."""

    def __init__(self, core: Core) -> None:
        self.core = core

    @abstractmethod
    def configure(self, network_id: str, options: Mapping[str, str], internal: bool) -> DriverConfig:
        """Reads and checks driver options.

        Raises:
            EngineError: an option has a value that it cannot have.
        """

    def needs_gateway(self, config: DriverConfig) -> bool:
        """Whether an address is taken for a gateway where none was asked for."""
        return True

    @abstractmethod
    def create(self, network: Network) -> None:
        """Makes what the network needs on the host (a bridge, a VLAN interface)."""

    @abstractmethod
    def delete(self, network: Network) -> None:
        """Removes what ``create`` made."""

    def admit(self, endpoint: Endpoint) -> None:
        """Gives the endpoint a MAC address, or refuses it, before an interface exists."""
        endpoint.mac = endpoint.settings.wanted_mac or self.new_mac(endpoint)

    @abstractmethod
    def attach(self, endpoint: Endpoint, sandbox: Sandbox, interface: str) -> None:
        """Makes the endpoint's interface in the sandbox and says which gateway it has."""

    @abstractmethod
    def detach(self, endpoint: Endpoint) -> None:
        """Removes the endpoint's interface."""

    def publish(self, endpoint: Endpoint, wanted: list[Wanted]) -> None:
        """Publishes ports. By default nothing: a driver that cannot says no word to the caller."""
        return None

    def unpublish(self, endpoint: Endpoint) -> None:
        """Takes published ports back."""
        return None

    def new_mac(self, endpoint: Endpoint) -> str:
        """A MAC address for an endpoint that asks for none."""
        if self.core.version.random_macs or not isinstance(endpoint.ip4, IPv4Address):
            return self.core.ids.mac()
        return mac_from_ip(endpoint.ip4)

    def gateways(self, endpoint: Endpoint) -> None:
        """Copies the gateways of the endpoint's pools to it."""
        endpoint.gateway4 = endpoint.pool4.gateway if endpoint.pool4 else None
        endpoint.gateway6 = endpoint.pool6.gateway if endpoint.pool6 else None
