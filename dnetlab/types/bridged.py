"""What the two bridge types share: claims about a bridge on the Docker host, veth pairs and NAT."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dnetlab.claims import Seen

if TYPE_CHECKING:
    from dnetlab.lab import Lab


def ports_on_bridge(lab: Lab, bridge: str, containers: int) -> Iterator[Seen]:
    """The bridge device exists and has a port (veth end) for each container."""
    device = lab.links("host").of(bridge)
    shown = lab.run("host", "bridge link")
    ports = [line for line in shown.output.splitlines() if f"master {bridge} " in line]
    yield Seen.that(
        f"{bridge} is a bridge on the host", device is not None and device.kind == "bridge", shown
    )
    yield Seen.that(f"it has a port for each of the {containers} containers", len(ports) >= containers, shown)


def talk(lab: Lab, *, by_name: bool) -> Iterator[Seen]:
    """Containers reach each other; the host reaches them."""
    names = [c.name for c in lab.plan.containers]
    for source, target in itertools.pairwise(names):
        ping = lab.ping(source, target, by="name" if by_name else "address")
        yield Seen.that(ping.verdict, ping.ok, ping)
    host = lab.ping("host", names[0])
    yield Seen.that(f"the Docker host reaches {names[0]}", host.ok, host)
    routes = lab.routes(names[0])
    default = routes.default
    gateway = lab.ping(names[0], str(default.via if default else ""))
    yield Seen.that(f"{names[0]} reaches the bridge's own address, its gateway", gateway.ok, routes, gateway)


def outgoing_is_translated(lab: Lab) -> Iterator[Seen]:
    """The LAN sees the host's address; the answer comes back with one hop less in its TTL."""
    first = lab.plan.containers[0].name
    capture = lab.capture("pc1", "eth0", lambda: lab.ping(first, "pc1"), only="icmp")
    requests = capture.matching("echo request")
    yield Seen.that(
        "the PC sees the Docker host's address as the sender",
        bool(requests) and all(f.text.startswith(f"{lab.address('host')} >") for f in requests),
        capture,
    )
    ping = lab.ping(first, "pc1")
    yield Seen.that(
        "the container gets the PC's answer with TTL 63: the host routed it", ping.ttl == 63, ping
    )
    outside = lab.ping(first, "internet")
    yield Seen.that("the Internet answers too", outside.ok, outside)
