"""The drivers "host" and "null": networks without interfaces of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ..errors import forbidden
from ..model import Endpoint, Network, Sandbox
from .base import Driver, DriverConfig


class NullDriver(Driver):
    """The network "none": a namespace with nothing but lo. There is one, made at the engine's start."""

    name: ClassVar[str] = "null"
    addresses: ClassVar[bool] = False

    def configure(self, network_id: str, options: Mapping[str, str], internal: bool) -> DriverConfig:
        """There is nothing to configure."""
        return DriverConfig()

    def needs_gateway(self, config: DriverConfig) -> bool:
        """It has no addresses."""
        return False

    def create(self, network: Network) -> None:
        """Refuses a second one.

        Raises:
            EngineError: 403, always but at the engine's start.
        """
        if not network.predefined:
            raise forbidden(f'only one instance of "{self.name}" network is allowed')

    def delete(self, network: Network) -> None:
        """Never asked for: predefined networks cannot be removed."""

    def admit(self, endpoint: Endpoint) -> None:
        """An endpoint without a MAC address."""

    def attach(self, endpoint: Endpoint, sandbox: Sandbox, interface: str) -> None:
        """Makes no interface."""

    def detach(self, endpoint: Endpoint) -> None:
        """There is no interface to remove."""


class HostDriver(NullDriver):
    """The network "host": the container uses the engine host's namespace. There is one, made at the start."""

    name: ClassVar[str] = "host"
