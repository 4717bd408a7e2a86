"""MACVLAN bridge: containers as devices of their own on the LAN, each with its own MAC."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING, Any

from dnetlab.claims import ClaimList, Seen
from dnetlab.plan import Attachment, Container, Network, Plan, Pool
from dnetlab.types import attached, evidence
from dnetlab.types.base import NetworkType, Text

if TYPE_CHECKING:
    from dnetlab.lab import Lab

TEXT = Text(
    description="A unique MAC address for each container, so that it appears as a physical device on the network,"
    " like a virtual machine on a server.",
    functionality="Direct network access with individual IP addresses.",
    use_case="Containers that must be directly reachable on the physical network.",
    drawbacks="No DHCP: the address must be set, or two address authorities (Docker's and the LAN's DHCP server)"
    " hand out the same one. Promiscuous mode is needed along the way.",
    docs="https://docs.docker.com/engine/network/drivers/macvlan/",
)

PARAMETERS = attached.parameters("mvlan")


def make(values: Mapping[str, Any]) -> Plan:
    """The plan: a macvlan network on the Docker host's NIC, containers with addresses of the LAN."""
    return attached.make(
        "macvlan_bridge",
        "MACVLAN bridge",
        "macvlan",
        None,
        values,
        note="The host itself cannot reach its own macvlan containers.",
    )


claim = ClaimList()


@claim(
    "own-mac",
    "description",
    "Each container has a MAC address of its own; the LAN sees a device of its own for each.",
)
def _own_mac(lab: Lab) -> Iterator[Seen]:
    host = lab.links("host")
    parent = host.of(lab.plan.nic)
    macs = {}
    for container in lab.plan.containers:
        links = lab.links(container.name)
        eth0 = links.of("eth0")
        macs[container.name] = eth0.mac if eth0 else ""
        yield Seen.that(
            f"{container.name}'s eth0 is a macvlan device in bridge mode",
            eth0 is not None and eth0.kind == "macvlan" and eth0.mode == "bridge",
            links,
        )
    everyone = [*macs.values(), parent.mac if parent else ""]
    yield Seen.that(
        "no two of them, nor the host's NIC, have the same MAC", len(set(everyone)) == len(everyone), host
    )
    pings = [lab.ping("pc1", name) for name in macs]
    table = lab.neighbours("pc1")
    seen = {name: (table.of(lab.address(name))) for name in macs}
    yield Seen.that(
        "the PC's neighbour table holds each container's own MAC",
        all(entry is not None and entry.mac == macs[name] for name, entry in seen.items()),
        *pings,
        table,
    )


@claim(
    "own-device",
    "description",
    "To the switch a container looks like one more machine plugged in: its MAC is learned on the Docker host's port.",
)
def _own_device(lab: Lab) -> Iterator[Seen]:
    first = lab.plan.containers[0].name
    ping = lab.ping("pc1", first)
    table = lab.run("switch", "bridge fdb show br br0 | grep p-host | grep -v permanent")
    mac, nic = lab.mac(first), lab.mac("host", lab.plan.nic)
    yield Seen.that(
        "the port to the Docker host has learned the container's MAC", mac in table.output, ping, table
    )
    yield Seen.that("next to the MAC of the host's own NIC", _learned_or_silent(lab, nic), table)


def _learned_or_silent(lab: Lab, nic: str) -> bool:
    # The host's own MAC is learned as soon as it speaks; make it speak.
    lab.ping("host", "pc1")
    return nic in lab.run("switch", "bridge fdb show br br0 | grep p-host").output


@claim(
    "direct",
    "functionality",
    "A container has an address of the LAN and is reached directly: no port mapping, no address translation.",
)
def _direct(lab: Lab) -> Iterator[Seen]:
    first = lab.plan.containers[0].name
    page = lab.http("pc1", first)
    yield Seen.that(
        "the LAN PC gets the container's page on its own address, port 80", first in page.body, page
    )
    capture = lab.capture("pc1", "eth0", lambda: lab.ping(first, "pc1"), only="icmp")
    source = lab.address(first)
    requests = capture.matching("echo request")
    yield Seen.that(
        "the PC sees the container's own address as the source, and TTL 64: nothing in between",
        bool(requests) and all(f.text.startswith(f"{source} >") for f in requests),
        capture,
    )
    back = lab.ping(first, "pc1")
    yield Seen.that("the PC's answer arrives with TTL 64: no router in between", back.ttl == 64, back)


@claim("individual", "functionality", "Every container has an address of its own in the LAN's subnet.")
def _individual(lab: Lab) -> Iterator[Seen]:
    subnet = lab.plan.networks[0].pools[0].subnet
    seen = evidence.network(lab, lab.plan.networks[0].name)
    addresses = [lab.address(c.name) for c in lab.plan.containers]
    yield Seen.that(
        f"{len(addresses)} containers, {len(set(addresses))} addresses, all in {subnet}",
        len(set(addresses)) == len(addresses) and all(IPv4Address(a) in subnet for a in addresses),
        seen,
    )
    gateway = lab.plan.networks[0].pools[0].gateway
    for container in lab.plan.containers[:2]:
        routes = lab.routes(container.name)
        default = routes.default
        wanted = str(gateway) if gateway else None
        yield Seen.that(
            f"{container.name}'s default gateway is the LAN's router",
            default is not None and (wanted is None or default.via == wanted),
            routes,
        )


@claim("use", "use case", "Every machine of the LAN reaches the containers directly, and they reach it.")
def _use(lab: Lab) -> Iterator[Seen]:
    names = [c.name for c in lab.plan.containers]
    for name in names[:3]:
        for ping in (lab.ping("pc1", name), lab.ping(name, "pc1"), lab.ping("router", name)):
            yield Seen.that(ping.verdict, ping.ok, ping)
    if len(names) > 1:
        ping = lab.ping(names[0], names[1], by="name")
        yield Seen.that("siblings reach each other, by name too", ping.ok, ping)
    outside = lab.ping(names[0], "internet")
    yield Seen.that("through the LAN's router they reach the Internet", outside.ok, outside)


@claim(
    "host",
    "surprise",
    "The Docker host cannot reach its own macvlan containers, nor they it: parent and child exchange no frames.",
)
def _host(lab: Lab) -> Iterator[Seen]:
    yield from attached.host_is_apart(lab)


@claim(
    "shim",
    "surprise",
    "A sibling on the host cures it: a macvlan interface of the host's own, with a route to the containers.",
)
def _shim(lab: Lab) -> Iterator[Seen]:
    yield from attached.shim_cures(lab, "macvlan")


@claim(
    "reflected",
    "surprise",
    "It is the way back from the switch that is missing: a switch that sends frames back lets host and container meet.",
)
def _reflected(lab: Lab) -> Iterator[Seen]:
    yield from attached.reflected(lab)


@claim(
    "several-networks",
    "surprise",
    "One parent may carry several macvlan networks in Docker Engine 28; 20.10 and 26.1 refuse the second one.",
)
def _several_networks(lab: Lab) -> Iterator[Seen]:
    second = Network("second", "macvlan", (Pool(IPv4Network("192.168.77.0/24")),), parent=lab.plan.nic)
    made = lab.attempt(second)
    if not made.ok:
        refused = "already using parent interface" in made.output
        yield Seen.that(
            f"this engine is an older one: a second network on {lab.plan.nic} is refused",
            refused and int(lab.engine.version.split(".")[0]) < 28,
            made,
        )
    else:
        yield Seen.that(f"a second macvlan network on {lab.plan.nic} is made", made.ok, made)


@claim(
    "no-dhcp",
    "drawback",
    "Docker does not ask the LAN's DHCP server: without an IP range both give the same address away.",
)
def _no_dhcp(lab: Lab) -> Iterator[Seen]:
    leased = lab.address("laptop")
    laptop = lab.links("laptop")
    yield Seen.that(f"the LAN's DHCP server gave {leased} to the laptop", bool(leased), laptop)
    lab.ping("laptop", "pc1")
    careless = _without_range(lab)
    with lab.instead(careless, Container("guest", (Attachment(careless.name),))):
        shown = evidence.network(lab, careless.name)
        yield Seen.that(
            f"Docker's IPAM gave {leased} to a container too", lab.address("guest") == leased, shown
        )
        arp = lab.arp_replies("router", leased)
        yield Seen.that(f"two machines answer for {leased}, with two MACs", len(arp.macs) == 2, arp)
        yield from _both_suffer(lab, leased)
    lab.run("pc1", "ip neigh flush all")
    pool = lab.plan.networks[0].pools[0]
    own = evidence.network(lab, lab.plan.networks[0].name)
    alone = lab.arp_replies("router", leased)
    yield Seen.that(
        f"the lab's own network takes its addresses from {pool.ip_range or 'above the pool'}, outside the DHCP pool:"
        f" only the laptop answers for {leased}",
        len(alone.macs) == 1,
        own,
        alone,
    )
    healed = lab.ping("laptop", "pc1")
    yield Seen.that("and the laptop works again", healed.ok, healed)


def _without_range(lab: Lab) -> Network:
    """The lab's network as many create it: no IP range, so that Docker's IPAM begins at the lowest address."""
    network = lab.plan.networks[0]
    return replace(network, name="careless", pools=(replace(network.pools[0], ip_range=None),), ipv6=False)


def _both_suffer(lab: Lab, leased: str) -> Iterator[Seen]:
    # Linux keeps an ARP entry for a second before another answer may overwrite it (net/ipv4/arp.c, locktime).
    # And a laptop that has not heard of pc1 for a while asks it again, seconds after its next packet: pc1 would take the
    # address for the laptop's again, in the middle of this. So the laptop is told that it has just heard of it.
    known = f"{lab.address('pc1')} lladdr {lab.mac('pc1')} dev eth0 nud reachable"
    lab.run("laptop", f"ip neigh replace {known}")
    lab.run("pc1", "sleep 1.1")
    speaks = lab.ping("guest", "pc1")
    table = lab.neighbours("pc1")
    entry = table.of(leased)
    guest = lab.mac("guest")
    yield Seen.that(
        f"as soon as the container speaks, the PC takes {leased} for the container",
        speaks.ok and entry is not None and entry.mac == guest,
        speaks,
        table,
    )
    lost = lab.ping("laptop", "pc1")
    yield Seen.that(
        "the laptop's next ping is lost: the PC's answer goes to the container", not lost.ok, lost
    )
    page = lab.http("pc1", leased)
    yield Seen.that("and who asks for the laptop gets the container", "guest" in page.body, page)


@claim(
    "nobody-checks",
    "drawback",
    "An address set by hand is not checked against the LAN: Docker gives a container the address of a PC.",
)
def _nobody_checks(lab: Lab) -> Iterator[Seen]:
    network, address = lab.plan.networks[0].name, lab.address("pc1")
    twin = Container("twin", (Attachment(network, IPv4Address(address)),))
    before = lab.arp_replies("router", address)
    yield Seen.that("only the PC answers for its address", len(before.macs) == 1, before)
    with lab.temporary(twin):
        shown = evidence.network(lab, network)
        yield Seen.that(f"Docker accepts a container with {address}", lab.address("twin") == address, shown)
        both = lab.arp_replies("router", address)
        yield Seen.that("now two MACs answer for it", len(both.macs) == 2, both)
    # The container has told everybody its MAC; now the PC does, or its packets would go to nobody for a while.
    lab.run("pc1", f"arping -q -U -c 1 -I eth0 {address}")


@claim(
    "promiscuous",
    "drawback",
    "The host's NIC must take frames for MACs that are not its own: one that keeps no list of them is made promiscuous.",
)
def _promiscuous(lab: Lab) -> Iterator[Seen]:
    nic = lab.plan.nic
    before = lab.links("host").of(nic)
    shown = lab.run("host", f"ip -d link show {nic} | grep -o 'promiscuity [0-9]*'")
    yield Seen.that(
        f"{nic} counts somebody who wants promiscuous mode",
        before is not None and before.promiscuity > 0,
        shown,
    )
    lab.run("host", f"ip link set {nic} promisc off")
    still = lab.ping("pc1", lab.plan.containers[0].name)
    counted = lab.run("host", f"ip -d link show {nic} | grep -o 'promiscuity [0-9]*'")
    yield Seen.that(
        "`promisc off` by hand changes nothing: macvlan holds a count of its own", still.ok, counted, still
    )


@claim(
    "port-security",
    "drawback",
    "And along the way: a switch port that accepts one MAC only (as hypervisors and clouds have it) kills macvlan.",
)
def _port_security(lab: Lab) -> Iterator[Seen]:
    first = lab.plan.containers[0].name
    with lab.lan.one_mac_only(lab.mac("host", lab.plan.nic)) as locked:
        lab.run("pc1", "ip neigh flush all")
        dead = lab.ping("pc1", first)
        yield Seen.that("the container is not reached any more", not dead.ok, locked, dead)
        host = lab.ping("pc1", "host")
        yield Seen.that("while the host, with the one allowed MAC, is", host.ok, host)
    lab.run("pc1", "ip neigh flush all")
    alive = lab.ping("pc1", first)
    yield Seen.that("without port security the container is reached again", alive.ok, alive)


@claim(
    "no-publish",
    "surprise",
    "Publishing a port does nothing: there is nothing to map, the container has its own address.",
)
def _no_publish(lab: Lab) -> Iterator[Seen]:
    yield from attached.nothing_published(lab)


TYPE = NetworkType(
    "macvlan_bridge", "MACVLAN bridge", 40, TEXT, PARAMETERS, make, tuple(claim), needs=("macvlan",)
)
