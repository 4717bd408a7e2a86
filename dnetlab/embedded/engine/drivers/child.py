"""What macvlan and ipvlan have in common: children of one of the host's interfaces."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from ...kernel import KernelError
from ..errors import failed
from ..model import Endpoint, Network, Sandbox
from . import parent as parents
from .base import Driver, DriverConfig

if TYPE_CHECKING:
    from ...kernel import Device
    from ..core import Core


@dataclass(frozen=True, slots=True)
class ChildConfig(DriverConfig):
    """Options of a network of children.

    Attributes:
        parent: the host's interface; the dummy's name where none was given.
        mode: the kernel's mode ("bridge", "l2" ...).
        flag: ipvlan's flag.
    """

    parent: str = ""
    mode: str = ""
    flag: str = "bridge"


class ChildDriver(Driver):
    """Networks whose containers hang on a parent interface."""

    prefix: ClassVar[str]

    def __init__(self, core: Core) -> None:
        super().__init__(core)
        self._networks: dict[str, Network] = {}
        self._made: set[str] = set()

    @abstractmethod
    def modes(self, options: Mapping[str, str]) -> tuple[str, str]:
        """Mode and flag of a network's options.

        Raises:
            EngineError: 500, one of them does not exist.
        """

    @abstractmethod
    def check_shared(self, network: Network, other: Network) -> None:
        """Refuses a second network on a parent.

        Raises:
            EngineError: 500, the two cannot share it.
        """

    @abstractmethod
    def new_child(self, name: str, link: Device, config: ChildConfig, endpoint: Endpoint) -> Device:
        """Makes the child in the host's namespace."""

    def configure(self, network_id: str, options: Mapping[str, str], internal: bool) -> ChildConfig:
        """Reads parent, mode and flag; options of other names are ignored.

        Raises:
            EngineError: 500, a mode or flag that does not exist, or the loopback as parent.
        """
        mode, flag = self.modes(options)
        parent = options.get("parent") or ""
        if parent == "lo":
            raise failed(f"loopback interface is not a valid {self.name} parent link")
        dummy = parents.dummy_name(self.prefix, network_id)
        return ChildConfig(internal=internal or not parent, parent=parent or dummy, mode=mode, flag=flag)

    def needs_gateway(self, config: DriverConfig) -> bool:
        """Not where the network has no way out (Engine 28)."""
        return not (config.internal and self.core.version.gateway_optional)

    def create(self, network: Network) -> None:
        """Checks the parent, or makes it.

        Raises:
            EngineError: 500, the parent is taken, does not exist, or cannot be made.
        """
        config = cast(ChildConfig, network.config)
        for other in self._networks.values():
            if cast(ChildConfig, other.config).parent == config.parent:
                self.check_shared(network, other)
        if parents.find(self.core.host, config.parent) is None:
            parents.make(
                self.core.host, config.parent, parents.dummy_name(self.prefix, network.id), self.name
            )
            self._made.add(config.parent)
        self._networks[network.id] = network

    def delete(self, network: Network) -> None:
        """Removes the parent, if the engine made it and no other network of this driver uses it."""
        config = cast(ChildConfig, network.config)
        del self._networks[network.id]
        users = (cast(ChildConfig, other.config).parent for other in self._networks.values())
        if config.parent in self._made and config.parent not in users:
            self._made.discard(config.parent)
            parents.remove(self.core.host, config.parent)

    def attach(self, endpoint: Endpoint, sandbox: Sandbox, interface: str) -> None:
        """Makes the child on the parent and moves it into the sandbox.

        Raises:
            EngineError: 500, the parent is gone, or the kernel refuses ("device or resource busy" where
            children
                of the other kind hang on it).
        """
        config = cast(ChildConfig, endpoint.network.config)
        host = self.core.host
        link = parents.find(host, config.parent)
        if link is None:
            raise failed(f"the requested parent interface {config.parent} was not found on the Docker host")
        name = self.core.ids.interface(host.devices)
        try:
            device = self.new_child(name, link, config, endpoint)
        except KernelError as error:
            raise failed(f"failed to create the {self.name} port: {error.message}") from error
        device.move(sandbox.namespace, interface)
        endpoint.device = device
        if not config.internal:
            self.gateways(endpoint)

    def detach(self, endpoint: Endpoint) -> None:
        """Deletes the child, unless it went with its parent or namespace."""
        device, endpoint.device = endpoint.device, None
        if device is not None and device.namespace.devices.get(device.name) is device:
            device.delete()
