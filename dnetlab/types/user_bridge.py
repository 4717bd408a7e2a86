"""Bridge, user-defined: the bridge to be preferred, with names and isolation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any

from dnetlab.claims import ClaimList, Seen
from dnetlab.errors import InvalidPlan
from dnetlab.plan import Attachment, Container, Network, Plan, Pool, Publish, build, parameters, validate
from dnetlab.plan.lan import INTERNET, lan
from dnetlab.types import bridged, evidence
from dnetlab.types.base import NetworkType, Text

if TYPE_CHECKING:
    from dnetlab.lab import Lab

TEXT = Text(
    description="The same as the default bridge, but made by the user; to be preferred to the default.",
    functionality="A private network on the host, plus network isolation and DNS: containers ping each other by name.",
    use_case="Applications on a single host, each in a network of its own.",
    docs="https://docs.docker.com/engine/network/drivers/bridge/",
)

PARAMETERS = (
    parameters.subnet("172.28.0.0/24", "The network's own private subnet."),
    parameters.gateway("172.28.0.1", "The bridge's address on the host; the containers' default gateway."),
    parameters.ip_range(None, "The part of the subnet from which Docker gives addresses; empty: all of it."),
    parameters.containers(),
    parameters.names(),
    parameters.network_name(
        "shop", "The network's name; its bridge on the host is called br-<name>.", longest=12
    ),
    parameters.subnet6(None, "An IPv6 subnet, such as fd00:28::/64; empty: IPv4 only."),
    parameters.switch("internal", "Internal", False, "Without a way out: no default route, no NAT."),
    parameters.pcs(),
    parameters.lan(),
    parameters.nic(),
)


def make(values: Mapping[str, Any]) -> Plan:
    """The plan: a bridge network of the learner's own, with fixed addresses in it."""
    subnet, gateway, ip_range = values["subnet"], values["gateway"], values["ip_range"]
    around = lan(subnet=values["lan"], pcs=values["pcs"], nic=values["nic"])
    gateway = gateway or subnet.network_address + 1
    problems = [
        *validate.lan(values["lan"]),
        *validate.apart(
            subnet,
            {
                "the LAN: packets for its PCs would go to the bridge": values["lan"],
                "the lab's Internet": INTERNET,
                "the default bridge's subnet": IPv4Network("172.17.0.0/16"),
            },
            instead="172.28.0.0/24",
        ),
        *validate.gateway_in_subnet(subnet, gateway),
        *validate.range_in_subnet(subnet, ip_range),
    ]
    if not problems:
        problems = validate.room(subnet, ip_range, [gateway], values["containers"])
    if problems:
        raise InvalidPlan(problems)
    six = values["ipv6_subnet"]
    network = Network(
        values["network"],
        "bridge",
        (Pool(subnet, gateway, ip_range), *build.pool6(six)),
        internal=values["internal"],
        ipv6=six is not None,
        options=(("com.docker.network.bridge.name", f"br-{values['network']}"),),
    )
    names = parameters.container_names(values["containers"], values["names"])
    free, free6 = validate.free_addresses(subnet, ip_range, [gateway]), build.addresses6(six)
    containers = [build.addressed(n, network.name, next(free), next(free6, None)) for n in names]
    way_out = None if network.internal else gateway
    machines = [build.container_machine(c, network, "veth", gateway=way_out) for c in containers]
    device = build.bridge_device(network, gateway, subnet)
    if six:
        device = replace(device, addresses=(*device.addresses, *build.bridge_address6(six)))
    return build.plan(
        "user_bridge", "Bridge, user-defined", around,
        networks=[network], containers=containers, machines=machines, devices=[device], values=dict(values),
        note="Names work here: Docker's DNS answers at 127.0.0.11.",
    )  # fmt: skip


claim = ClaimList()

OTHER = Network(
    "other",
    "bridge",
    (Pool(IPv4Network("172.29.0.0/24"), IPv4Network("172.29.0.0/24").network_address + 1),),
    options=(("com.docker.network.bridge.name", "br-other"),),
)
"""A second user-defined bridge, for the experiments about isolation."""


def network_of(lab: Lab) -> Network:
    return lab.plan.networks[0]


@claim(
    "own-bridge",
    "description",
    "The same thing as the default bridge, made by the user: a bridge of its own on the host.",
)
def _own_bridge(lab: Lab) -> Iterator[Seen]:
    network = network_of(lab)
    yield from bridged.ports_on_bridge(lab, f"br-{network.name}", len(lab.plan.containers))
    shown = evidence.network(lab, network.name)
    yield Seen.that(
        "with the subnet that the user chose", str(network.pools[0].subnet) in shown.output, shown
    )


@claim(
    "preferred",
    "description",
    "To be preferred to the default: there, the same two containers do not find each other's names.",
)
def _preferred(lab: Lab) -> Iterator[Seen]:
    names = [c.name for c in lab.plan.containers]
    here = lab.lookup(names[0], names[-1])
    yield Seen.that(f"on this network {names[0]} finds the name {names[-1]}", here.ok, here)
    with lab.temporary(
        Container("old1", (Attachment("bridge"),)), Container("old2", (Attachment("bridge"),))
    ):
        there = lab.lookup("old1", "old2")
        yield Seen.that("on the default bridge old1 does not find the name old2", not there.ok, there)


@claim("names", "functionality", "DNS: containers ping each other by name.")
def _names(lab: Lab) -> Iterator[Seen]:
    yield from bridged.talk(lab, by_name=True)
    first = lab.plan.containers[0].name
    resolver = lab.run(first, "cat /etc/resolv.conf")
    yield Seen.that(
        "the resolver is Docker's own, at 127.0.0.11", "nameserver 127.0.0.11" in resolver.output, resolver
    )


@claim("alias", "functionality", "A container can have more names in a network: aliases.")
def _alias(lab: Lab) -> Iterator[Seen]:
    network, first = network_of(lab).name, lab.plan.containers[0].name
    helper = Container("postgres", (Attachment(network, aliases=("database",)),))
    with lab.temporary(helper):
        lookup = lab.lookup(first, "database")
        yield Seen.that(
            "the alias leads to the container", lookup.addresses == (lab.address("postgres"),), lookup
        )
    gone = lab.lookup(first, "database")
    yield Seen.that("with the container the name is gone", not gone.ok, gone)


@claim(
    "private",
    "functionality",
    "The network is private: nobody on the LAN reaches the containers by their addresses.",
)
def _private(lab: Lab) -> Iterator[Seen]:
    first = lab.plan.containers[0].name
    ping = lab.ping("pc1", first)
    yield Seen.that(f"the LAN PC does not reach {first}", not ping.ok, ping)


@claim(
    "isolation",
    "functionality",
    "Network isolation: containers of other bridges, the default one too, are kept out.",
)
def _isolation(lab: Lab) -> Iterator[Seen]:
    first = lab.plan.containers[0].name
    outsider, stranger = (
        Container("outsider", (Attachment("other"),)),
        Container("stranger", (Attachment("bridge"),)),
    )
    with lab.temporary(OTHER, outsider, stranger):
        for source, target in (("outsider", first), (first, "outsider"), ("stranger", first)):
            ping = lab.ping(source, target)
            yield Seen.that(f"{source} does not reach {target}", not ping.ok, ping)
        name = lab.lookup("outsider", first)
        yield Seen.that(f"the name {first} is unknown there", not name.ok, name)


@claim(
    "detour",
    "surprise",
    "Isolation is between containers: the other bridge's gateway answers, and so does a port published there.",
)
def _detour(lab: Lab) -> Iterator[Seen]:
    first = lab.plan.containers[0].name
    gateway = str(OTHER.pools[0].gateway)
    shop = Container("kiosk", (Attachment("other"),), (Publish(80, 8090),))
    with lab.temporary(OTHER, shop):
        ping = lab.ping(first, gateway)
        yield Seen.that(f"{first} reaches {gateway}: the host itself has that address", ping.ok, ping)
        page = lab.http(first, gateway, 8090)
        yield Seen.that("the published port is reached through the host", page.ok, page)
        direct = lab.http(first, "kiosk", wait=2)
        yield Seen.that("the container's own address is not", not direct.ok, direct)


@claim(
    "connect", "surprise", "A running container can join a second network; it gets a second interface there."
)
def _connect(lab: Lab) -> Iterator[Seen]:
    first = lab.plan.containers[0].name
    with lab.temporary(OTHER, Container("outsider", (Attachment("other"),))):
        lab.client.api.connect_container_to_network(first, "other")
        try:
            links = lab.links(first)
            yield Seen.that("it has eth1 now", links.of("eth1") is not None, links)
            ping = lab.ping(first, "outsider", by="name")
            yield Seen.that("and reaches the other network by name", ping.ok, ping)
        finally:
            lab.client.api.disconnect_container_from_network(first, "other")
    links = lab.links(first)
    yield Seen.that("disconnected, eth1 is gone", links.of("eth1") is None, links)


@claim(
    "fixed-address",
    "functionality",
    "An address can be chosen, inside the subnet; one that is taken is refused.",
)
def _fixed_address(lab: Lab) -> Iterator[Seen]:
    network, pool = network_of(lab).name, network_of(lab).pools[0]
    assert isinstance(pool.subnet, IPv4Network)
    wanted = pool.subnet.broadcast_address - 1
    with lab.temporary(Container("fixed", (Attachment(network, wanted),))):
        shown = evidence.network(lab, network)
        yield Seen.that(f"a container gets {wanted}", lab.address("fixed") == str(wanted), shown)
        again = lab.attempt(Container("second", (Attachment(network, wanted),)))
        yield Seen.that(
            "the same address a second time is refused", "Address already in use" in again.output, again
        )


@claim(
    "single-host", "use case", "Single host: out to the LAN by NAT, in from the LAN only by published ports."
)
def _single_host(lab: Lab) -> Iterator[Seen]:
    network = network_of(lab)
    if network.internal:
        first = lab.plan.containers[0].name
        ping = lab.ping(first, "pc1")
        yield Seen.that("an internal network has no way out at all", not ping.ok and not ping.received, ping)
    else:
        yield from bridged.outgoing_is_translated(lab)
    if not network.internal:
        with lab.temporary(Container("kiosk", (Attachment(network.name),), (Publish(80, 8090),))):
            page = lab.http("pc1", "host", 8090)
            yield Seen.that("the LAN PC gets a published page at the host's address", page.ok, page)


@claim(
    "internal",
    "surprise",
    "An internal network has no way out, yet the host itself still reaches its containers.",
)
def _internal(lab: Lab) -> Iterator[Seen]:
    inside = Network("inside", "bridge", (Pool(IPv4Network("172.27.0.0/24")),), internal=True)
    with lab.temporary(inside, Container("monk", (Attachment("inside"),))):
        routes = lab.routes("monk")
        yield Seen.that("its container has no default route", routes.default is None, routes)
        out = lab.ping("monk", "pc1")
        yield Seen.that("so the LAN is unreachable for it", not out.ok, out)
        host = lab.ping("host", "monk")
        yield Seen.that("but the host reaches it", host.ok, host)


TYPE = NetworkType("user_bridge", "Bridge, user-defined", 20, TEXT, PARAMETERS, make, tuple(claim))
