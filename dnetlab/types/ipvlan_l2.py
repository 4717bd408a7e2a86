"""IPVLAN L2: containers on the LAN with addresses of their own, but with the host's MAC."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING, Any

from dnetlab.claims import ClaimList, Seen
from dnetlab.plan import Attachment, Container, Network, Plan, Pool
from dnetlab.types import attached, evidence
from dnetlab.types.base import NetworkType, Text

if TYPE_CHECKING:
    from dnetlab.lab import Lab

TEXT = Text(
    description="What directly attached containers get from macvlan, but sharing the host's MAC address:"
    " no promiscuous-mode problem.",
    functionality="IP addresses of their own, one MAC.",
    use_case="Containers directly on the LAN where the switch, the hypervisor or the cloud allows one MAC a port.",
    drawbacks="One MAC for all can itself be a problem (security, architecture).",
    docs="https://docs.docker.com/engine/network/drivers/ipvlan/",
)

PARAMETERS = attached.parameters("ivlan2")


def make(values: Mapping[str, Any]) -> Plan:
    """The plan: an ipvlan network in L2 mode on the Docker host's NIC, containers with addresses of the LAN."""
    return attached.make(
        "ipvlan_l2",
        "IPVLAN L2",
        "ipvlan",
        "l2",
        values,
        note="All containers have the MAC of the host's NIC.",
    )


claim = ClaimList()


@claim("one-mac", "description", "All containers share the MAC address of the host's NIC.")
def _one_mac(lab: Lab) -> Iterator[Seen]:
    host = lab.links("host")
    nic = host.of(lab.plan.nic)
    yield Seen.that("the host's NIC has a MAC", nic is not None and bool(nic.mac), host)
    for container in lab.plan.containers:
        links = lab.links(container.name)
        eth0 = links.of("eth0")
        yield Seen.that(
            f"{container.name}'s eth0 is an ipvlan device in mode l2 with the very same MAC",
            eth0 is not None
            and nic is not None
            and eth0.kind == "ipvlan"
            and eth0.mode == "l2"
            and eth0.mac == nic.mac,
            links,
        )
    shown = evidence.network(lab, lab.plan.networks[0].name)
    yield Seen.that("the engine shows no MAC for them at all", shown.output.count("MAC (empty)") >= 1, shown)


@claim(
    "no-promiscuous",
    "description",
    "No promiscuous mode is needed: the NIC takes frames for its own MAC only, and that is enough.",
)
def _no_promiscuous(lab: Lab) -> Iterator[Seen]:
    first = lab.plan.containers[0].name
    nic = lab.links("host").of(lab.plan.nic)
    shown = lab.run("host", f"ip -d link show {lab.plan.nic} | grep -o 'promiscuity [0-9]*'")
    yield Seen.that(
        f"nobody asked {lab.plan.nic} for promiscuous mode", nic is not None and nic.promiscuity == 0, shown
    )
    ping = lab.ping("pc1", first)
    yield Seen.that("and the LAN PC reaches the container", ping.ok, ping)


@claim(
    "port-security",
    "description",
    "A switch port that accepts one MAC only, which kills macvlan, leaves ipvlan alive.",
)
def _port_security(lab: Lab) -> Iterator[Seen]:
    first = lab.plan.containers[0].name
    with lab.lan.one_mac_only(lab.mac("host", lab.plan.nic)) as locked:
        lab.run("pc1", "ip neigh flush all")
        alive = lab.ping("pc1", first)
        yield Seen.that("the container is reached through the locked port", alive.ok, locked, alive)
        host = lab.ping("pc1", "host")
        yield Seen.that("and so is the host", host.ok, host)


@claim("own-ip", "functionality", "Each container has an IP address of its own on the LAN.")
def _own_ip(lab: Lab) -> Iterator[Seen]:
    subnet = lab.plan.networks[0].pools[0].subnet
    shown = evidence.network(lab, lab.plan.networks[0].name)
    addresses = [lab.address(c.name) for c in lab.plan.containers]
    yield Seen.that(
        f"{len(addresses)} containers, {len(set(addresses))} addresses, all in {subnet}",
        len(set(addresses)) == len(addresses) and all(IPv4Address(a) in subnet for a in addresses),
        shown,
    )
    first = lab.plan.containers[0].name
    page = lab.http("pc1", first)
    yield Seen.that("the LAN PC gets the container's page on that address", first in page.body, page)


@claim(
    "same-neighbour",
    "functionality",
    "To the LAN they are several IP addresses behind one MAC.",
)
def _same_neighbour(lab: Lab) -> Iterator[Seen]:
    names = [c.name for c in lab.plan.containers][:3]
    pings = [lab.ping("pc1", name) for name in (*names, "host")]
    table = lab.neighbours("pc1")
    entries = [table.of(lab.address(name)) for name in (*names, "host")]
    macs = {entry.mac for entry in entries if entry}
    yield Seen.that(
        "the PC's neighbour table has one MAC for the host and for every container",
        len(macs) == 1 and None not in macs and all(entries),
        *pings,
        table,
    )
    nic = lab.mac("host", lab.plan.nic)
    switch = lab.run("switch", "bridge fdb show br br0 | grep p-host | grep -v permanent")
    learned = {line.split()[0] for line in switch.output.splitlines() if line.strip()}
    yield Seen.that(
        "the switch has learned that one MAC on the host's port, no other", learned == {nic}, switch
    )


@claim("use", "use case", "Like with macvlan, LAN, siblings and Internet are reached directly.")
def _use(lab: Lab) -> Iterator[Seen]:
    names = [c.name for c in lab.plan.containers]
    first = names[0]
    for ping in (
        lab.ping("pc1", first),
        lab.ping(first, "pc1"),
        lab.ping(first, "router"),
        lab.ping(first, "internet"),
    ):
        yield Seen.that(ping.verdict, ping.ok, ping)
    if len(names) > 1:
        by_name = lab.ping(first, names[1], by="name")
        yield Seen.that("siblings reach each other, by name too", by_name.ok, by_name)


@claim(
    "who-was-it",
    "drawback",
    "By MAC nobody can tell the containers and the host apart: filters, logs and port security see one station.",
)
def _who_was_it(lab: Lab) -> Iterator[Seen]:
    first = lab.plan.containers[0].name
    nic = lab.mac("host", lab.plan.nic)

    def all_speak() -> None:
        lab.ping("host", "pc1")
        lab.ping(first, "pc1")

    capture = lab.capture("pc1", "eth0", all_speak, only="icmp")
    requests = capture.matching("echo request")
    senders = {frame.source for frame in requests}
    addresses = {frame.text.split()[0] for frame in requests}
    yield Seen.that(
        "two machines spoke (two IP addresses), one MAC was seen",
        senders == {nic} and addresses == {lab.address("host"), lab.address(first)},
        capture,
    )


@claim(
    "no-own-mac",
    "drawback",
    "A container cannot have a MAC of its own: what tells clients apart by MAC (DHCP, licences) takes them all for one.",
)
def _no_own_mac(lab: Lab) -> Iterator[Seen]:
    network = lab.plan.networks[0].name
    refused = lab.attempt(Container("custom", (Attachment(network, mac="02:00:00:00:00:c8"),)))
    yield Seen.that(
        "the engine refuses a MAC address at the container's start",
        "custom mac address" in refused.output.lower(),
        refused,
    )
    names = [c.name for c in lab.plan.containers[:2]]
    direct = lab.run(names[0], "busybox udhcpc -i eth0 -n -q -t 1 -T 1 -s /bin/true")
    yield Seen.that(
        "a DHCP client gets no answer: it is sent to the one MAC, for an address that no container has",
        "no lease" in direct.output,
        direct,
    )
    to_all = [lab.run(name, "busybox udhcpc -B -i eth0 -n -q -t 2 -T 1 -s /bin/true") for name in names]
    leases = [re.findall(r"lease of (\S+) obtained", ran.output) for ran in to_all]
    yield Seen.that(
        f"asked to answer to all (-B), the server offers one address: {' and '.join(names)} are one client to it",
        all(leases) and len({lease[0] for lease in leases}) == 1,
        *to_all,
    )


@claim(
    "one-network",
    "drawback",
    "One ipvlan network a parent: a second one is refused; use one network with several subnets, or VLANs.",
)
def _one_network(lab: Lab) -> Iterator[Seen]:
    second = Network(
        "second", "ipvlan", (Pool(IPv4Network("192.168.77.0/24")),), parent=lab.plan.nic, mode="l2"
    )
    refused = lab.attempt(second)
    yield Seen.that(
        f"a second ipvlan network on {lab.plan.nic} is refused",
        "already using parent interface" in refused.output,
        refused,
    )


@claim(
    "host",
    "surprise",
    "As with macvlan, the Docker host cannot reach its own containers, nor they it.",
)
def _host(lab: Lab) -> Iterator[Seen]:
    yield from attached.host_is_apart(lab)


@claim(
    "shim",
    "surprise",
    "The cure is a sibling of the same kind: an ipvlan interface on the host, with a route.",
)
def _shim(lab: Lab) -> Iterator[Seen]:
    yield from attached.shim_cures(lab, "ipvlan")


@claim("no-publish", "surprise", "Publishing a port does nothing here either.")
def _no_publish(lab: Lab) -> Iterator[Seen]:
    yield from attached.nothing_published(lab)


TYPE = NetworkType("ipvlan_l2", "IPVLAN L2", 60, TEXT, PARAMETERS, make, tuple(claim), needs=("ipvlan",))
