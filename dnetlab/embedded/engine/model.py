"""The engine's objects as plain data: networks, pools, endpoints, sandboxes, containers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from .ids import short
from .ipam.pool import Address
from .ipam.space import Lease

if TYPE_CHECKING:
    from ..commands import Context, Files, Job
    from ..kernel import Device, Namespace
    from .drivers.base import DriverConfig

Json = dict[str, Any]
JsonList = list[Json]

PREDEFINED = ("bridge", "host", "none")
"""Networks that exist from the start and cannot be made or removed."""


@dataclass(slots=True)
class Pool:
    """A subnet of a network, with the address that is its gateway (if any)."""

    lease: Lease
    gateway: Address | None
    asked: Json
    """The pool as it stood in the request; empty for an automatic one."""

    @property
    def static(self) -> bool:
        """Whether the subnet was asked for; only then may a container ask for an address."""
        return bool(self.asked)


@dataclass(slots=True)
class Network:
    """A network of the engine."""

    id: str
    name: str
    driver: str
    created: float
    options: dict[str, str]
    labels: dict[str, str]
    config: DriverConfig
    pools4: list[Pool] = field(default_factory=list)
    pools6: list[Pool] = field(default_factory=list)
    ipv4: bool = True
    ipv6: bool = False
    internal: bool = False
    attachable: bool = False
    ingress: bool = False
    config_only: bool = False
    config_from: str = ""
    scope: str = "local"
    ipam_driver: str = "default"
    ipam_options: dict[str, str] | None = None
    asked_pools: list[Json] = field(default_factory=list)
    endpoints: dict[str, Endpoint] = field(default_factory=dict)
    former_macs: dict[str, str] = field(default_factory=dict)
    """Which MAC address last used an IP address here; a new user announces itself (gratuitous ARP)."""

    @property
    def predefined(self) -> bool:
        """Whether it is one of the networks that exist from the start."""
        return self.name in PREDEFINED

    @property
    def pools(self) -> Iterator[Pool]:
        """All subnets, IPv4 first."""
        yield from self.pools4
        yield from self.pools6


@dataclass(slots=True)
class Endpoint:
    """A container's (running) place in a network: addresses, interface, names, published ports."""

    id: str
    name: str
    network: Network
    container: Container
    settings: EndpointSettings
    ip4: Address | None = None
    ip6: Address | None = None
    pool4: Pool | None = None
    pool6: Pool | None = None
    mac: str = ""
    gateway4: Address | None = None
    gateway6: Address | None = None
    device_routes: bool = False
    """Default routes lead to the interface itself, without a gateway (ipvlan L3)."""
    device: Device | None = None
    host_device: Device | None = None
    interface: str = ""
    bindings: list[Json] = field(default_factory=list)
    """Published ports in effect (see ports.py)."""
    cleanups: list[Any] = field(default_factory=list)
    """What undoes the endpoint's rules and listeners, last first."""

    @property
    def has4(self) -> bool:
        """Whether it can be the sandbox's way out in IPv4."""
        return self.gateway4 is not None or (self.device_routes and self.ip4 is not None)

    @property
    def has6(self) -> bool:
        """Whether it can be the sandbox's way out in IPv6."""
        return self.gateway6 is not None or (self.device_routes and self.ip6 is not None)


ENDPOINT_SYSCTLS = "com.docker.network.endpoint.sysctls"
"""The driver option for kernel parameters of an interface: ``net.ipv4.conf.IFNAME.log_martians=1,...``."""


@dataclass(slots=True)
class EndpointSettings:
    """What a container wants of a network; stays when it stops."""

    ipam: Json | None = None
    links: list[str] | None = None
    aliases: list[str] | None = None
    driver_opts: dict[str, str] | None = None
    gw_priority: int = 0
    wanted_mac: str = ""
    shown_mac: str = ""
    """What inspection shows before the first start: also an address that a connection asks for in vain."""
    network_id: str = ""
    dns_names: list[str] | None = None
    endpoint: Endpoint | None = None
    failed: Endpoint | None = None
    """An endpoint that could not be put into the running container: inspection goes on showing its addresses."""

    def sysctls(self, interface: str) -> list[tuple[str, str]]:
        """The kernel parameters that its interface is to have."""
        text = (self.driver_opts or {}).get(ENDPOINT_SYSCTLS, "")
        named = re.sub(r"\.(IFNAME|ifname)\.", f".{interface}.", text)
        return [(name, value) for name, _, value in (one.partition("=") for one in named.split(",")) if name]


@dataclass(slots=True)
class Sandbox:
    """A container's network namespace with what the engine put into it."""

    id: str
    key: str
    namespace: Namespace
    owned: bool
    """False for the host's namespace: nothing of it is changed or removed."""
    endpoints: list[Endpoint] = field(default_factory=list)
    resolver: bool = False
    sockets: list[Any] = field(default_factory=list)
    interfaces: int = 0
    """How many interfaces it ever got; engines up to 27 number them by that."""


@dataclass(slots=True)
class State:
    """Where a container is in its life. Times are seconds since the epoch; 0 says never."""

    running: bool = False
    paused: bool = False
    restarting: bool = False
    dead: bool = False
    pid: int = 0
    exit_code: int = 0
    error: str = ""
    started: float = 0.0
    finished: float = 0.0

    @property
    def status(self) -> str:
        """created, running, paused, restarting, exited or dead."""
        if self.running:
            return "paused" if self.paused else "restarting" if self.restarting else "running"
        if self.dead:
            return "dead"
        return "exited" if self.started else "created"


@dataclass(slots=True)
class Health:
    """How a container with a health check is: its last results, and how many of them failed in a row."""

    status: str = "starting"
    """starting, healthy or unhealthy."""
    failing: int = 0
    log: JsonList = field(default_factory=list)
    """As the API shows them, the oldest first."""


@dataclass(slots=True)
class LogEntry:
    """A piece of what the main process printed, and when (seconds since the epoch)."""

    time: float
    stream: int
    data: bytes


@dataclass(frozen=True, slots=True)
class MountPoint:
    """Where a container has a volume, a directory of the engine host, or a tmpfs."""

    kind: str
    """volume, bind or tmpfs."""
    target: str
    source: str = ""
    """Its directory on the engine host."""
    name: str = ""
    mode: str = ""
    writable: bool = True
    propagation: str = ""
    subpath: str = ""
    anonymous: bool = False
    """Made without a name, for this container."""

    def of_volume(self, name: str, source: str, *, anonymous: bool) -> MountPoint:
        """The same place with the volume that stands there."""
        return replace(self, name=name, source=source, anonymous=anonymous)


@dataclass(slots=True)
class Container:
    """A container: its configuration as the API keeps it, and its present state."""

    id: str
    name: str
    created: float
    image_id: str
    config: Json
    host_config: Json
    files: Files
    path: str = ""
    args: list[str] = field(default_factory=list)
    networks: dict[str, EndpointSettings] = field(default_factory=dict)
    state: State = field(default_factory=State)
    health: Health | None = None
    sandbox: Sandbox | None = None
    context: Context | None = None
    job: Job | None = None
    logs: list[LogEntry] = field(default_factory=list)
    execs: list[str] = field(default_factory=list)
    restart_count: int = 0
    exits: int = 0
    """How often its main process has ended."""
    last_exit: int = 0
    """The exit code of the last end."""
    ports: dict[str, list[Json] | None] = field(default_factory=dict)
    links: dict[str, Container] = field(default_factory=dict)
    """Legacy links: alias to container."""
    mounts: list[MountPoint] = field(default_factory=list)
    stopped_by_hand: bool = False

    @property
    def short_id(self) -> str:
        """The first twelve digits of the id."""
        return short(self.id)

    @property
    def network_mode(self) -> str:
        """HostConfig.NetworkMode."""
        return str(self.host_config.get("NetworkMode") or "bridge")

    @property
    def hostname(self) -> str:
        """Config.Hostname."""
        return str(self.config.get("Hostname") or "")
