"""Host: the container uses the Docker host's own network stack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dnetlab.claims import ClaimList, Seen, undisturbed
from dnetlab.errors import InvalidPlan, Problem
from dnetlab.plan import Attachment, Container, Machine, Network, Plan, build, parameters, validate
from dnetlab.plan.lan import lan
from dnetlab.types import evidence
from dnetlab.types.base import NetworkType, Text

if TYPE_CHECKING:
    from dnetlab.lab import Lab
    from dnetlab.probe.results import Ran, Routes

TEXT = Text(
    description="The container shares the Docker host's network stack.",
    functionality="Uses the host's interfaces directly, without network isolation.",
    use_case="High network performance, or listening on the host's own ports.",
    docs="https://docs.docker.com/engine/network/drivers/host/",
)

PARAMETERS = (
    parameters.containers(1, high=10, help="How many containers, each on a port of its own (1 to 10)."),
    parameters.names(),
    parameters.port(8080, "The port of the first container's web server; the next ones follow it."),
    parameters.pcs(),
    parameters.lan(),
    parameters.nic(),
)


def make(values: Mapping[str, Any]) -> Plan:
    """The plan: containers without a network namespace of their own, listening on ports of the host."""
    count, port = values["containers"], values["port"]
    if port + count - 1 > 65535:
        text = f"{count} containers from port {port} on would need ports above 65535."
        raise InvalidPlan([Problem("port", text, str(65535 - count + 1))])
    if problems := validate.lan(values["lan"]):
        raise InvalidPlan(problems)
    around = lan(subnet=values["lan"], pcs=values["pcs"], nic=values["nic"])
    network = Network("host", "host", builtin=True)
    names = parameters.container_names(count, values["names"])
    containers = [replace(build.addressed(n, "host"), port=port + i) for i, n in enumerate(names)]
    machines = [
        Machine(c.name, "container", shares="host", note=f"listens on port {c.port}") for c in containers
    ]
    return build.plan(
        "host", "Host", around,
        networks=[network], containers=containers, machines=machines, values=dict(values),
        note="No namespace, no isolation: what the container opens, the host has open.",
    )  # fmt: skip


claim = ClaimList()


@claim(
    "same-stack",
    "description",
    "The container has the host's network stack: the same interfaces, addresses and routes.",
)
def _same_stack(lab: Lab) -> Iterator[Seen]:
    first = lab.plan.containers[0].name

    def both() -> tuple[Ran, Ran, Routes, Routes]:
        addresses, host_addresses = lab.run(first, "ip -br address"), lab.run("host", "ip -br address")
        return addresses, host_addresses, lab.routes(first), lab.routes("host")

    def same(said: tuple[Ran, Ran, Routes, Routes]) -> bool:
        return same_text(said[0].output, said[1].output) and said[2].entries == said[3].entries

    # When the last container of a bridge has gone, up to a second passes before the bridge is DOWN
    # (net/core/link_watch.c): it may happen between the two questions.
    said = undisturbed(both, same, between=lambda: lab.run("host", "sleep 1.5"), tries=2)
    inside, outside, routes, host_routes = said
    yield Seen.that(
        "`ip address` prints the same in the container and on the host",
        same_text(inside.output, outside.output),
        inside,
        outside,
    )
    yield Seen.that("and so does `ip route`", routes.entries == host_routes.entries, routes, host_routes)


def same_text(one: str, two: str) -> bool:
    """Whether two outputs say the same, in any order."""
    return sorted(one.split()) == sorted(two.split()) and bool(one.strip())


@claim("no-namespace", "description", "It has no network namespace of its own.")
def _no_namespace(lab: Lab) -> Iterator[Seen]:
    first = lab.plan.containers[0].name
    inside, outside = (lab.run(m, ["readlink", "/proc/self/ns/net"]) for m in (first, "host"))
    yield Seen.that(
        "both are in one and the same namespace",
        inside.ok and inside.output == outside.output,
        inside,
        outside,
    )
    with lab.temporary(Container("boxed", (Attachment("bridge"),))):
        other = lab.run("boxed", ["readlink", "/proc/self/ns/net"])
        yield Seen.that("a container on a bridge is in another one", other.output != outside.output, other)


@claim(
    "direct",
    "functionality",
    "It uses the host's interfaces directly: the LAN reaches it at the host's own address.",
)
def _direct(lab: Lab) -> Iterator[Seen]:
    container = lab.plan.containers[0]
    page = lab.http("pc1", "host", container.port)
    yield Seen.that(
        f"the LAN PC gets its page at the host's address, port {container.port}",
        container.name in page.body,
        page,
    )
    ports = evidence.published(lab, container.name)
    yield Seen.that("although no port is published", ports.output == "{}", ports)
    capture = lab.capture("pc1", "eth0", lambda: lab.ping(container.name, "pc1"), only="icmp")
    requests = capture.matching("echo request")
    yield Seen.that(
        "what it sends carries the address and the MAC of the host's NIC",
        bool(requests)
        and all(
            f.text.startswith(f"{lab.address('host')} >") and f.source == lab.mac("host", lab.plan.nic)
            for f in requests
        ),
        capture,
    )


@claim(
    "no-isolation",
    "functionality",
    "Without network isolation: it sees every interface and every open port of the host.",
)
def _no_isolation(lab: Lab) -> Iterator[Seen]:
    first = lab.plan.containers[0].name
    links = lab.links(first)
    yield Seen.that(
        "it sees docker0 and the host's NIC",
        links.of("docker0") is not None and links.of(lab.plan.nic) is not None,
        links,
    )
    inside, outside = lab.run(first, "ss -ltn"), lab.run("host", "ss -ltn")
    yield Seen.that(
        "and the same listening sockets as the host",
        same_text(inside.output, outside.output),
        inside,
        outside,
    )
    with lab.temporary(Container("boxed", (Attachment("bridge"),))):
        ping = lab.ping(first, "boxed")
        yield Seen.that("it reaches containers on the bridges, as the host does", ping.ok, ping)


@claim(
    "nothing-between",
    "use case",
    "High performance: no bridge, no veth pair, no address translation stands in the way.",
)
def _nothing_between(lab: Lab) -> Iterator[Seen]:
    first = lab.plan.containers[0].name
    direct = lab.ping(first, "pc1")
    yield Seen.that("the PC's answer arrives with TTL 64: nobody routed it", direct.ttl == 64, direct)
    with lab.temporary(Container("boxed", (Attachment("bridge"),))):
        routed = lab.ping("boxed", "pc1")
        yield Seen.that(
            "for a container on a bridge it is 63: veth, bridge, routing and NAT lie between",
            routed.ttl == 63,
            routed,
        )


@claim(
    "own-ports", "use case", "It listens on the host's own ports, at every address of the host, loopback too."
)
def _own_ports(lab: Lab) -> Iterator[Seen]:
    container = lab.plan.containers[0]
    sockets = lab.run("host", "ss -ltn")
    yield Seen.that(
        f"the host has port {container.port} open", f":{container.port} " in sockets.output, sockets
    )
    local = lab.http("host", "127.0.0.1", container.port)
    yield Seen.that("the page is at the host's localhost too", container.name in local.body, local)


@claim(
    "one-port-once",
    "drawback",
    "A port of the host exists once: a second container that wants it starts and dies.",
)
def _one_port_once(lab: Lab) -> Iterator[Seen]:
    container = lab.plan.containers[0]
    with lab.temporary(Container("second", (Attachment("host"),), port=container.port)):
        ended = evidence.ended(lab, "second")
        yield Seen.that(
            "its process ends with an error: the address is in use",
            "exited" in ended.output and "in use" in ended.output.lower(),
            ended,
        )
        page = lab.http("pc1", "host", container.port)
        yield Seen.that("while the first one still answers", container.name in page.body, page)


@claim(
    "no-publish", "surprise", "Publishing ports has no meaning here: the engine discards it with a warning."
)
def _no_publish(lab: Lab) -> Iterator[Seen]:
    created = evidence.discarded_port(lab, "mapped")
    yield Seen.that(
        "the engine warns that published ports are discarded", "discarded" in created.output.lower(), created
    )


@claim("no-names", "surprise", "Docker's DNS is not there: the container resolves names as the host does.")
def _no_names(lab: Lab) -> Iterator[Seen]:
    first = lab.plan.containers[0].name
    resolver = lab.run(first, "cat /etc/resolv.conf")
    yield Seen.that(
        "its resolver is the host's, not 127.0.0.11", "127.0.0.11" not in resolver.output, resolver
    )
    with lab.temporary(Container("boxed", (Attachment("bridge"),))):
        lookup = lab.lookup(first, "boxed")
        yield Seen.that("names of other containers do not resolve", not lookup.ok, lookup)


@claim("no-second-network", "drawback", "It cannot be in another Docker network as well.")
def _no_second_network(lab: Lab) -> Iterator[Seen]:
    refused = evidence.connected(lab, "bridge", lab.plan.containers[0].name)
    yield Seen.that("the engine refuses to connect it to a bridge network", not refused.ok, refused)


TYPE = NetworkType("host", "Host", 30, TEXT, PARAMETERS, make, tuple(claim))
