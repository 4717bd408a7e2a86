"""The data of a lab: machines, interfaces, links and networks. No I/O, nothing that changes.

A :class:`Topology` is what is drawn, printed and compared. A :class:`Plan` is a topology that is wanted,
with what the Docker Engine must be asked for; a lab's *state* is a topology that was read back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from typing import Literal, NamedTuple

Role = Literal["internet", "router", "switch", "pc", "host", "container"]
Kind = Literal["loopback", "ethernet", "veth", "bridge", "vlan", "macvlan", "ipvlan", "dummy"]
Driver = Literal["bridge", "host", "none", "macvlan", "ipvlan", "overlay"]
IPInterface = IPv4Interface | IPv6Interface
IPNetwork = IPv4Network | IPv6Network
IPAddress = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Interface:
    """One network device of a machine, as ``ip link`` and ``ip addr`` show it.

    ``parent`` is the device below a VLAN sub-interface, macvlan or ipvlan child: in the same machine, or in
    the Docker host for a container's. ``master`` is the bridge that a port belongs to. ``untagged`` and
    ``tagged`` are the 802.1Q memberships of a switch port (access port: one untagged; trunk: several tagged).
    """

    name: str
    kind: Kind = "ethernet"
    addresses: tuple[IPInterface, ...] = ()
    mac: str | None = None
    parent: str | None = None
    master: str | None = None
    mode: str | None = None
    vlan: int | None = None
    untagged: int | None = None
    tagged: tuple[int, ...] = ()
    network: str | None = None
    mtu: int = 1500

    @property
    def trunk(self) -> bool:
        """True for a switch port that carries tagged frames."""
        return bool(self.tagged)


@dataclass(frozen=True, slots=True)
class Route:
    """A static route: ``destination`` via the neighbour ``via``."""

    destination: IPNetwork
    via: IPAddress


@dataclass(frozen=True, slots=True)
class DhcpPool:
    """The addresses that the LAN's DHCP server hands out, first to last."""

    first: IPv4Address
    last: IPv4Address
    gateway: IPv4Address
    subnet: IPv4Network


@dataclass(frozen=True, slots=True)
class Publish:
    """A published port: ``host_port`` of the Docker host leads to ``port`` of the container (TCP)."""

    port: int
    host_port: int
    host_ip: str = ""


@dataclass(frozen=True, slots=True)
class Machine:
    """A thing with a network stack of its own: Docker host, switch, router, PC or container.

    ``dhcp_client`` names the interface whose address comes from the LAN's DHCP server. ``shares`` names the
    machine whose network namespace a container uses (host networking), else None. ``forwards`` is true where
    IP packets for others are passed on.
    """

    name: str
    role: Role
    interfaces: tuple[Interface, ...] = ()
    gateway: IPAddress | None = None
    routes: tuple[Route, ...] = ()
    forwards: bool = False
    dhcp_pool: DhcpPool | None = None
    dhcp_client: str | None = None
    shares: str | None = None
    published: tuple[Publish, ...] = ()
    note: str = ""

    def interface(self, name: str) -> Interface:
        """The interface of that name. Raises KeyError where there is none."""
        for interface in self.interfaces:
            if interface.name == name:
                return interface
        raise KeyError(f"{self.name} has no interface {name}")

    @property
    def addresses(self) -> tuple[IPInterface, ...]:
        """Every address of the machine, loopback left out."""
        return tuple(a for i in self.interfaces if i.kind != "loopback" for a in i.addresses)


class End(NamedTuple):
    """One end of a link."""

    machine: str
    interface: str


@dataclass(frozen=True, slots=True)
class Link:
    """A cable, veth pair or parent-child relation between two interfaces.

    ``vlans`` are the 802.1Q ids that travel on it tagged; ``untagged`` is the one that travels untagged
    (1 where VLANs play no part). ``kind`` says what it is: a ``cable`` of the LAN, a ``veth`` pair to a
    bridge, or a ``child`` (VLAN sub-interface, macvlan, ipvlan) on its parent, or ``uplink``: routed by the
    host between a bridge and its NIC.
    """

    a: End
    b: End
    kind: Literal["cable", "veth", "child", "uplink"] = "cable"
    vlans: tuple[int, ...] = ()
    untagged: int | None = 1


@dataclass(frozen=True, slots=True)
class Pool:
    """One IPAM pool of a Docker network."""

    subnet: IPNetwork
    gateway: IPAddress | None = None
    ip_range: IPNetwork | None = None
    reserved: tuple[tuple[str, IPAddress], ...] = ()

    def __str__(self) -> str:
        """Such as ``10.0.0.0/24 (gateway 10.0.0.1, range 10.0.0.128/25, router 10.0.0.2 kept free)``."""
        said = [f"gateway {self.gateway}"] if self.gateway else []
        said += [f"range {self.ip_range}"] if self.ip_range else []
        said += [f"{name} {address} kept free" for name, address in self.reserved]
        return f"{self.subnet} ({', '.join(said)})" if said else str(self.subnet)


@dataclass(frozen=True, slots=True)
class Network:
    """A Docker network, as ``docker network create`` takes it.

    ``builtin`` is true for those that every engine has (``bridge``, ``host``, ``none``): they are used, never
    created nor removed.
    """

    name: str
    driver: Driver
    pools: tuple[Pool, ...] = ()
    parent: str | None = None
    mode: str | None = None
    vlan: int | None = None
    internal: bool = False
    ipv6: bool = False
    builtin: bool = False
    options: tuple[tuple[str, str], ...] = ()

    @property
    def driver_options(self) -> dict[str, str]:
        """What goes to ``docker network create -o``."""
        options = dict(self.options)
        if self.parent:
            options["parent"] = self.parent
        if self.mode:
            options[f"{self.driver}_mode"] = self.mode
        return options


@dataclass(frozen=True, slots=True)
class Attachment:
    """A container's endpoint on a Docker network; an address of None is left to Docker's IPAM."""

    network: str
    ipv4: IPv4Address | None = None
    ipv6: IPv6Address | None = None
    mac: str | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Container:
    """A container to be run: its networks and what listens in it.

    Every lab container answers HTTP on ``port`` with its own name, so that there is something to reach.
    """

    name: str
    attachments: tuple[Attachment, ...] = ()
    published: tuple[Publish, ...] = ()
    port: int = 80


@dataclass(frozen=True, slots=True)
class Topology:
    """Machines, the links between them and the Docker networks: what is drawn and compared."""

    title: str
    machines: tuple[Machine, ...] = ()
    links: tuple[Link, ...] = ()
    networks: tuple[Network, ...] = ()
    note: str = ""

    def machine(self, name: str) -> Machine:
        """The machine of that name. Raises KeyError that lists the names there are."""
        for machine in self.machines:
            if machine.name == name:
                return machine
        raise KeyError(f"no machine {name!r} here; there are {', '.join(m.name for m in self.machines)}")

    def network(self, name: str) -> Network:
        """The Docker network of that name. Raises KeyError that lists the names there are."""
        for network in self.networks:
            if network.name == name:
                return network
        raise KeyError(f"no network {name!r} here; there are {', '.join(n.name for n in self.networks)}")

    def of_role(self, *roles: Role) -> Iterator[Machine]:
        """The machines of these roles, in their order."""
        return (m for m in self.machines if m.role in roles)


@dataclass(frozen=True, slots=True)
class Plan:
    """A lab that is wanted: complete and valid before anything is touched.

    ``topology`` holds the LAN (router, switch, PCs, the Docker host with its NIC) and the containers as
    machines; ``networks`` and ``containers`` are what the engine will be asked for.
    """

    type: str
    topology: Topology
    networks: tuple[Network, ...]
    containers: tuple[Container, ...]
    values: tuple[tuple[str, object], ...] = field(default=())

    @property
    def lan(self) -> tuple[Machine, ...]:
        """Router, switch and PCs: what the LAN container holds."""
        return tuple(self.topology.of_role("router", "switch", "pc"))

    @property
    def host(self) -> Machine:
        """The Docker host with its NIC on the LAN."""
        return next(self.topology.of_role("host"))

    @property
    def nic(self) -> str:
        """The name of the Docker host's NIC on the LAN."""
        return self.host.interfaces[0].name

    @property
    def lan_subnet(self) -> IPv4Network:
        """The untagged LAN's IPv4 subnet."""
        return next(a.network for a in self.host.interfaces[0].addresses if a.version == 4)

    @property
    def in_order(self) -> bool:
        """Whether the containers must be started one after the other.

        On the default bridge nobody chooses an address; Docker gives them in the order of the starts.
        """
        return any(network.builtin and network.driver == "bridge" for network in self.networks)

    def container(self, name: str) -> Container:
        """The container of that name. Raises KeyError that lists the names there are."""
        for container in self.containers:
            if container.name == name:
                return container
        raise KeyError(f"no container {name!r}; there are {', '.join(c.name for c in self.containers)}")
