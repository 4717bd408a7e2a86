"""The LAN around the Docker host, as data: router, switch, PCs, DHCP, an Internet host, the host's NIC.

The same for every type, so that a learner knows where they are; a type says which VLANs, how many PCs and
whether a laptop takes its address from the DHCP server.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Interface, IPv6Network

from dnetlab.plan.model import DhcpPool, End, Interface, Link, Machine, Route

SUBNET = IPv4Network("192.168.50.0/24")
NIC = "lan0"
INTERNET = IPv4Network("203.0.113.0/24")
"""TEST-NET-3 (RFC 5737): an address that exists nowhere, for the Internet host of the lab."""


@dataclass(frozen=True, slots=True)
class Lan:
    """The LAN's machines and cables, and the addresses that others need."""

    subnet: IPv4Network
    router: IPv4Address
    host: IPv4Address
    dhcp: DhcpPool | None
    machines: tuple[Machine, ...]
    links: tuple[Link, ...]
    nic: Interface

    @property
    def dhcp_addresses(self) -> tuple[IPv4Address, ...]:
        """Every address that the DHCP server may hand out."""
        if self.dhcp is None:
            return ()
        return tuple(IPv4Address(n) for n in range(int(self.dhcp.first), int(self.dhcp.last) + 1))

    @property
    def taken(self) -> dict[str, IPv4Address]:
        """Fixed addresses on the untagged LAN, by machine: not to be given to a container."""
        fixed = {"router": self.router, "host": self.host}
        for machine in self.machines:
            for address in machine.addresses:
                if machine.role == "pc" and address.version == 4 and address.ip in self.subnet:
                    fixed[machine.name] = address.ip
        return fixed


def _at(subnet: IPv4Network, number: int) -> IPv4Address:
    return IPv4Address(int(subnet.network_address) + number)


def _interface(subnet: IPv4Network, number: int) -> IPv4Interface:
    return IPv4Interface((_at(subnet, number), subnet.prefixlen))


def vlan_subnet(vlan: int) -> IPv4Network:
    """The LAN's subnet of a VLAN: 10.10.<vlan>.0/24, for ids above 255 spread over 10.<11...>.x.0/24."""
    return IPv4Network((0x0A0A0000 + (vlan << 8), 24))


def lan(
    *,
    subnet: IPv4Network = SUBNET,
    subnet6: IPv6Network | None = None,
    pcs: int = 1,
    laptop: bool = False,
    vlans: Sequence[tuple[int, IPv4Network]] = (),
    nic: str = NIC,
) -> Lan:
    """Router .1, Docker host .2, ``pcs`` PCs from .100 on, optionally a laptop that asks the DHCP server.

    Each of ``vlans`` (id, subnet) gets a leg of the router (.1) and one PC (.100) on an access port; the
    cables to the router and to the Docker host are trunks. With ``subnet6`` router, host and PCs have IPv6 too.
    The DHCP server of the router hands out .3 to .99
    in order, as home routers do.
    """

    def both(number: int) -> tuple[IPv4Interface | IPv6Interface, ...]:
        six = (IPv6Interface((subnet6.network_address + number, subnet6.prefixlen)),) if subnet6 else ()
        return (_interface(subnet, number), *six)

    ids = tuple(vlan for vlan, _ in vlans)
    router_address, host_address = _at(subnet, 1), _at(subnet, 2)
    pool = DhcpPool(_at(subnet, 3), _at(subnet, 99), router_address, subnet) if laptop else None
    router = Machine(
        "router",
        "router",
        (
            Interface("eth0", addresses=both(1)),
            *(
                Interface(f"eth0.{vlan}", "vlan", (_interface(net, 1),), parent="eth0", vlan=vlan)
                for vlan, net in vlans
            ),
            Interface("wan0", addresses=(_interface(INTERNET, 1),)),
        ),
        forwards=True,
        dhcp_pool=pool,
    )
    internet = Machine("internet", "internet", (Interface("eth0", addresses=(_interface(INTERNET, 10),)),))
    end_stations = [
        Machine(
            f"pc{n + 1}",
            "pc",
            (Interface("eth0", addresses=both(100 + n)),),
            gateway=router_address,
        )
        for n in range(pcs)
    ]
    if laptop:
        end_stations.append(
            Machine("laptop", "pc", (Interface("eth0"),), gateway=router_address, dhcp_client="eth0")
        )
    for vlan, net in vlans:
        pc = Machine(
            f"pc{vlan}", "pc", (Interface("eth0", addresses=(_interface(net, 100),)),), gateway=_at(net, 1)
        )
        end_stations.append(pc)
    access = {f"pc{vlan}": vlan for vlan, _ in vlans}
    ports = [
        Interface("p-router", master="br0", untagged=1, tagged=ids),
        Interface("p-host", master="br0", untagged=1, tagged=ids),
        *(Interface(f"p-{pc.name}", master="br0", untagged=access.get(pc.name, 1)) for pc in end_stations),
    ]
    switch = Machine("switch", "switch", tuple(ports))
    card = Interface(nic, addresses=both(2))
    links = [
        Link(End("internet", "eth0"), End("router", "wan0"), untagged=None),
        Link(End("router", "eth0"), End("switch", "p-router"), vlans=ids),
        *(
            Link(End(pc.name, "eth0"), End("switch", f"p-{pc.name}"), untagged=access.get(pc.name, 1))
            for pc in end_stations
        ),
        Link(End("switch", "p-host"), End("host", nic), vlans=ids),
    ]
    machines = (internet, router, switch, *end_stations)
    return Lan(subnet, router_address, host_address, pool, machines, tuple(links), card)


def host(around: Lan, *devices: Interface) -> Machine:
    """The Docker host: its NIC on the LAN and the bridges and sub-interfaces that Docker puts on it.

    It reaches the lab's Internet through the LAN's router; its own default route is never touched.
    """
    routes = (Route(INTERNET, around.router),)
    return Machine("host", "host", (around.nic, *devices), routes=routes, forwards=True, note="Docker host")
