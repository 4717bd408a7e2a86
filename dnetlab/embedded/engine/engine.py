"""The engine as one object: what the API's routes call."""

from __future__ import annotations

from collections.abc import Collection

from ..commands import Files, pass_time
from ..kernel import Kernel
from .allocation import Allocation
from .clock import EngineClock
from .containers import Containers
from .core import HOST_ADDRESS, HOST_GATEWAY, HOST_PREFIX, Core
from .creation import Creator
from .dns import NameServer
from .drivers import DRIVERS, Driver
from .endpoints import Endpoints
from .events import Events
from .execs import Execs
from .firewall import Firewall
from .health import HealthChecks
from .ids import Identifiers
from .images import Images
from .ipam import AddressSpace
from .lifecycle import Lifecycle
from .lookup import ContainerStore
from .model import Json, Network
from .networks import Networks
from .sandbox import Sandboxes
from .system import USAGE, System
from .versions import engine_version
from .volumes import Volumes


class Engine:
    """A model of a Docker Engine with its host, in memory.

    Nothing is executed on this machine, none of its files is read, there is no thread and no socket. An
    engine is not thread-safe: a server takes one lock for each call and for each step of an iterator.

    Args:
        seed: decides ids, MAC addresses and names; the same seed and the same calls give the same.
        version: which engine it plays: "28.5", "26.1" or "20.10".
        record: of how many packets the model kernel keeps the way.

    Attributes:
        kernel: the model kernel.
        host: the engine host's network namespace.
        networks, containers, execs, images, volumes, events: the parts of the API.
    """

    def __init__(self, seed: int = 0, version: str = "28.5", *, record: int = 5000) -> None:
        behaviour = engine_version(version)
        self.kernel = Kernel(seed, record)
        self.host = self.kernel.namespace("host")
        ids = Identifiers(seed)
        clock = EngineClock(lambda: self.kernel.ahead)
        self.events = Events(clock)
        firewall = Firewall(self.host, behaviour.firewall)
        space = AddressSpace(lowest_first=behaviour.lowest_pool, slash31=behaviour.slash31)
        core = Core(self.kernel, self.host, behaviour, ids, clock, self.events, firewall, space)
        self._core = core
        self._start_host()
        firewall.start()
        drivers: dict[str, Driver] = {driver.name: driver(core) for driver in DRIVERS}
        names = NameServer(core)
        names.serve_host()
        table: dict[str, Network] = {}
        store = ContainerStore()
        allocation = Allocation(core)
        sandboxes = Sandboxes(core, drivers, names, store.by_id.values)
        endpoints = Endpoints(core, drivers, allocation, sandboxes, table)
        self.images = Images(clock, self.events, store.by_id)
        self.volumes = Volumes(clock, self.events, ids, store.by_id, Files())
        self.networks = Networks(core, drivers, allocation, endpoints, store, table)
        self.networks.start()
        creator = Creator(core, self.images, self.volumes, store, table)
        self.execs = Execs(core, store)
        health = HealthChecks(core, self.execs)
        lifecycle = Lifecycle(core, store, endpoints, sandboxes, self.volumes, health)
        self.containers = Containers(
            core, store, creator, lifecycle, endpoints, self.images, self.volumes, health
        )
        self._system = System(core, store, self.images, self.volumes, lambda: len(table))

    def _start_host(self) -> None:
        """The engine host of the goldens: lo, eth0 with a router and a name server, forwarding on."""
        host = self.host
        host.lo.set_up()
        nic = host.add_nic("eth0")
        nic.set_up()
        nic.add_address(f"{HOST_ADDRESS}/{HOST_PREFIX}")
        host.add_route("default", via=HOST_GATEWAY, dev=nic)
        # The router answers for itself; what is beyond it is not modelled, packets there are lost without a
        # word.
        router = self.kernel.namespace("router of the engine host")
        router.lo.set_up()
        port = router.add_nic("eth0")
        port.set_up()
        port.add_address(f"{HOST_GATEWAY}/{HOST_PREFIX}")
        nic.on_transmit, port.on_transmit = port.receive, nic.receive
        host.sysctl.set("net.ipv4.ip_forward", "1")
        for family in ("ip", "ip6"):
            host.sysctl.set(f"net.bridge.bridge-nf-call-{family}tables", "1")

    @property
    def api_version(self) -> str:
        """The newest API version that it speaks."""
        return self._core.version.api

    @property
    def min_api_version(self) -> str:
        """The oldest API version that it speaks."""
        return self._core.version.min_api

    def now(self) -> float:
        """The engine's time in seconds since 1970: the world's clock plus what was simulated."""
        return self._core.clock.now()

    def advance(self, seconds: float) -> None:
        """Lets so much time pass at once: containers end or start again, health is checked, addresses age.

        In a program that calls the engine itself, time passes by this and while something is waited for, not by itself, so
        that the same calls give the same.
        """
        pass_time(self.kernel, seconds)

    def follow(self, seconds: float) -> None:
        """Lets the time pass that has passed outside; for whoever serves the engine to others, again and again."""
        pass_time(self.kernel, seconds)
        self.kernel.followed += seconds

    def ping(self) -> dict[str, str]:
        """Headers of the answer to ``/_ping``."""
        return self._system.ping()

    def version(self) -> Json:
        """The answer to ``/version``."""
        return self._system.version()

    def info(self) -> Json:
        """The answer to ``/info``."""
        return self._system.info()

    def disk_usage(self, kinds: Collection[str] = USAGE) -> Json:
        """The answer to ``/system/df``, for these kinds of things."""
        return self._system.disk_usage(kinds)
