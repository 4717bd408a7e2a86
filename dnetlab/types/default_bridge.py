"""Bridge (default): the network that every container gets which asks for none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING, Any

from dnetlab.claims import ClaimList, Seen
from dnetlab.errors import InvalidPlan
from dnetlab.plan import Attachment, Container, Network, Plan, Pool, Publish, build, parameters, validate
from dnetlab.plan.lan import lan
from dnetlab.types import bridged, evidence
from dnetlab.types.base import NetworkType, Text

if TYPE_CHECKING:
    from dnetlab.lab import Lab

TEXT = Text(
    description="The default network type of containers.",
    functionality="An internal, private network on the Docker host through which containers communicate.",
    use_case="Applications on a single host that talk to one another.",
    docs="https://docs.docker.com/engine/network/drivers/bridge/",
)

DOCKER0 = IPv4Network("172.17.0.0/16")
"""Where docker0 is unless the daemon was told otherwise (golden default-bridge/host-before)."""

PARAMETERS = (
    parameters.containers(),
    parameters.names(),
    parameters.port(
        8080, "The port of the Docker host that leads to the first container.", "host_port", "Host port"
    ),
    parameters.pcs(),
    parameters.lan(),
    parameters.nic(),
)


def make(values: Mapping[str, Any]) -> Plan:
    """The plan: containers on docker0. Their addresses are left to Docker: the default bridge takes no others."""
    if problems := validate.lan(values["lan"], {"the default bridge's subnet": DOCKER0}):
        raise InvalidPlan(problems)
    around = lan(subnet=values["lan"], pcs=values["pcs"], nic=values["nic"])
    gateway = DOCKER0.network_address + 1
    network = Network("bridge", "bridge", (Pool(DOCKER0, gateway),), builtin=True)
    names = parameters.container_names(values["containers"], values["names"])
    containers = [build.addressed(n, "bridge") for n in names]
    containers[0] = replace(containers[0], published=(Publish(80, values["host_port"]),))
    machines = [build.container_machine(c, network, "veth", gateway=gateway) for c in containers]
    return build.plan(
        "default_bridge", "Bridge (default)", around,
        networks=[network], containers=containers, machines=machines,
        devices=[build.bridge_device(network, gateway, DOCKER0)], values=dict(values),
        note="No names here: containers know each other by address only.",
    )  # fmt: skip


claim = ClaimList()


@claim("default", "description", "A container that asks for no network gets this one.")
def _default(lab: Lab) -> Iterator[Seen]:
    plain = Container("plain", (Attachment("bridge"),))
    with lab.temporary(plain):
        shown = evidence.network(lab, "bridge")
        yield Seen.that(
            "docker run without --network: the container is on `bridge`", "plain" in shown.output, shown
        )
        links = lab.links("plain")
        yield Seen.that("it has one interface besides lo", len(links.entries) == 2, links)


@claim(
    "private", "functionality", "The network is private: an address range that only the Docker host knows."
)
def _private(lab: Lab) -> Iterator[Seen]:
    first = lab.plan.containers[0].name
    links = lab.links(first)
    yield Seen.that(
        f"{first} has a private address ({lab.address(first)})",
        IPv4Address(lab.address(first)).is_private,
        links,
    )
    ping = lab.ping("pc1", first)
    yield Seen.that("the LAN PC cannot reach it: its router knows no such network", not ping.ok, ping)


@claim(
    "internal",
    "functionality",
    "It lives on the Docker host: the bridge docker0, with one port for each container.",
)
def _internal(lab: Lab) -> Iterator[Seen]:
    yield from bridged.ports_on_bridge(lab, "docker0", len(lab.plan.containers))
    first = lab.plan.containers[0].name
    routes = lab.routes(first)
    bridge = lab.links("host").of("docker0")
    default = routes.default
    yield Seen.that(
        "the container's default gateway is docker0's address",
        default is not None
        and bridge is not None
        and any(a.startswith(f"{default.via}/") for a in bridge.addresses),
        routes,
    )


@claim("communicate", "functionality", "Through it the containers communicate, and the host with them.")
def _communicate(lab: Lab) -> Iterator[Seen]:
    yield from bridged.talk(lab, by_name=False)


@claim(
    "single-host",
    "use case",
    "Applications on one host talk to one another: one container gets the other's web page.",
)
def _single_host(lab: Lab) -> Iterator[Seen]:
    names = [c.name for c in lab.plan.containers]
    page = lab.http(names[0], names[-1])
    yield Seen.that(
        f"{names[0]} gets the page of {names[-1]}, no port published", names[-1] in page.body, page
    )


@claim(
    "no-names", "drawback", "There is no DNS for containers here: names do not resolve, only addresses work."
)
def _no_names(lab: Lab) -> Iterator[Seen]:
    names = [c.name for c in lab.plan.containers]
    other = names[-1] if len(names) > 1 else "plain"
    lookup = lab.lookup(names[0], other)
    yield Seen.that(f"{names[0]} finds no address for the name {other}", not lookup.ok, lookup)
    resolver = lab.run(names[0], "cat /etc/resolv.conf")
    yield Seen.that(
        "its resolver is the host's own, not Docker's 127.0.0.11",
        "127.0.0.11" not in resolver.output and "nameserver" in resolver.output,
        resolver,
    )


@claim(
    "nat",
    "surprise",
    "On the way out the host puts its own address on the packets (NAT): the LAN never sees the container's.",
)
def _nat(lab: Lab) -> Iterator[Seen]:
    yield from bridged.outgoing_is_translated(lab)


@claim(
    "publish",
    "surprise",
    "From outside a container is reached by a published port of the Docker host, and only so.",
)
def _publish(lab: Lab) -> Iterator[Seen]:
    container = lab.plan.containers[0]
    port = container.published[0].host_port
    shown = evidence.published(lab, container.name)
    page = lab.http("pc1", "host", port)
    yield Seen.that(
        f"the LAN PC gets {container.name}'s page at the host's address, port {port}",
        container.name in page.body,
        shown,
        page,
    )
    subnet = str(DOCKER0)
    with lab.lan.route("pc1", subnet, lab.address("host")) as added:
        ping = lab.ping("pc1", container.name)
        yield Seen.that(
            "even with a route to the bridge's subnet the PC does not reach the container itself",
            not ping.ok,
            added,
            ping,
        )


@claim(
    "port-taken",
    "drawback",
    "A port of the host can be given once: the second container that wants it does not start.",
)
def _port_taken(lab: Lab) -> Iterator[Seen]:
    port = lab.plan.containers[0].published[0].host_port
    refused = lab.attempt(Container("second", (Attachment("bridge"),), (Publish(80, port),)))
    yield Seen.that(
        "the engine refuses to start it",
        not refused.ok and "port is already allocated" in refused.output,
        refused,
    )


@claim(
    "no-fixed-address",
    "drawback",
    "You cannot choose an address here: Docker gives them in the order of the starts.",
)
def _no_fixed_address(lab: Lab) -> Iterator[Seen]:
    wanted = Container("fixed", (Attachment("bridge", DOCKER0.network_address + 77),))
    refused = lab.attempt(wanted)
    yield Seen.that(
        "the engine refuses a fixed address on the default bridge",
        not refused.ok
        and "user defined networks only" in refused.output.replace("user-defined", "user defined"),
        refused,
    )


@claim(
    "no-isolation",
    "drawback",
    "Everybody is in it: any container started without --network can talk to yours.",
)
def _no_isolation(lab: Lab) -> Iterator[Seen]:
    first = lab.plan.containers[0].name
    with lab.temporary(Container("stranger", (Attachment("bridge"),))):
        ping = lab.ping("stranger", first)
        yield Seen.that(f"a stranger reaches {first}", ping.ok, ping)
        page = lab.http("stranger", first)
        yield Seen.that("and its web server, published or not", page.ok, page)


TYPE = NetworkType("default_bridge", "Bridge (default)", 10, TEXT, PARAMETERS, make, tuple(claim))
