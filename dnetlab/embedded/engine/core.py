"""What all parts of an engine share: the model kernel, the host's namespace, the version, ids, address
space.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Final

from .clock import EngineClock
from .events import Events
from .firewall import Firewall
from .ids import Identifiers
from .ipam.pool import Network as Subnet
from .ipam.space import AddressSpace
from .ports import PortAllocator
from .versions import EngineVersion

if TYPE_CHECKING:
    from ..kernel import Kernel, Namespace

HOST_NAME: Final = "lab"
HOST_ADDRESS: Final = "10.0.2.15"
HOST_PREFIX: Final = 24
HOST_GATEWAY: Final = "10.0.2.2"
RESOLVER: Final = HOST_ADDRESS
"""The engine host: its name, its address on eth0, its router and its name server, as in the goldens."""


@dataclass(slots=True)
class Core:
    """The shared parts of one engine."""

    kernel: Kernel
    host: Namespace
    version: EngineVersion
    ids: Identifiers
    clock: EngineClock
    events: Events
    firewall: Firewall
    space: AddressSpace
    ports: PortAllocator = field(default_factory=PortAllocator)

    def reserved_subnets(self) -> list[Subnet]:
        """What automatic subnets must not touch: the host's on-link routes and its name server (moby:
        netutils).
        """
        found: list[Subnet] = [IPv4Network(f"{RESOLVER}/32")]
        for route in self.host.routes(4):
            if route.scope == "link" and route.dst != "default":
                found.append(IPv4Network(route.dst))
        return found
