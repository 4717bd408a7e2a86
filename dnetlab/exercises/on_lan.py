"""Exercises that MACVLAN bridge and IPVLAN L2 share: containers on the LAN itself."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dnetlab.check import Values
from dnetlab.claims import Seen

if TYPE_CHECKING:
    from dnetlab.lab import Lab


def newcomer(rng: random.Random) -> dict[str, Any]:
    """A container to add, with an address outside the DHCP pool."""
    return {"name": rng.choice(("printer", "camera", "scanner")), "ip": f"192.168.50.{rng.randint(225, 250)}"}


def on_the_lan(lab: Lab, v: Values) -> Iterator[Seen]:
    """The PC gets the newcomer's page at the wanted address, and nobody else has that address."""
    network = lab.plan.networks[0].name
    page = lab.http("pc1", v["ip"])
    yield Seen.that(
        f"pc1 gets the page of {v['name']} at {v['ip']}", v["name"] in page.body, page,
        hint=f"It must be in the network {network}, with the address {v['ip']}: --network and --ip.",
    )  # fmt: skip
    arp = lab.arp_replies("router", v["ip"])
    yield Seen.that(
        "exactly one machine answers for that address", len(arp.macs) == 1, arp,
        hint="Two machines have it. Who was there before?",
    )  # fmt: skip


def run_newcomer(lab: Lab, v: Values) -> None:
    """The reference solution."""
    network = lab.plan.networks[0].name
    lab.docker(f"run -d --name {v['name']} --network {network} --ip {v['ip']} dnetlab/lab:1")


@contextmanager
def twin(lab: Lab, v: Values) -> Iterator[None]:
    """A container that has the PC's address."""
    network = lab.plan.networks[0].name
    lab.docker(f"run -d --name twin --network {network} --ip {lab.address('pc1')} dnetlab/lab:1")
    yield
    lab.run("router", "ip neigh flush all")


def one_owner(lab: Lab, v: Values) -> Iterator[Seen]:
    """Only the PC answers for its address."""
    arp = lab.arp_replies("router", lab.address("pc1"))
    own = lab.mac("pc1")
    yield Seen.that(
        "only pc1 answers for its address", arp.macs == (own,), arp,
        hint="Flushing tables does not help while two machines answer. lab.docker('ps') shows who runs.",
    )  # fmt: skip


def host_reaches(lab: Lab, v: Values) -> Iterator[Seen]:
    """The Docker host reaches its own container, and the LAN still does."""
    first = lab.plan.containers[0].name
    ping = lab.ping("host", first)
    yield Seen.that(
        f"the Docker host reaches {first}", ping.ok, ping,
        hint="Parent and child exchange no frames, however you route. The host needs an interface that is a sibling"
        " of the container, and a route to the container through it.",
    )  # fmt: skip
    others = lab.ping("pc1", first)
    yield Seen.that("pc1 still does too", others.ok, others)


def add_shim(lab: Lab, kind: str) -> None:
    """The reference solution: a sibling on the host, with an address and a route."""
    address = lab.address(lab.plan.containers[0].name)
    lab.run("host", f"ip link add shim0 link lan0 type {kind}")
    lab.run("host", "ip addr add 192.168.50.254/32 dev shim0")
    lab.run("host", "ip link set shim0 up")
    lab.run("host", f"ip route add {address}/32 dev shim0")


@contextmanager
def without_shim(lab: Lab, v: Values) -> Iterator[None]:
    """Whatever shim the learner makes is gone at the end."""
    yield
    lab.run("host", "ip link del shim0 2>/dev/null; true")


def macs_differ(lab: Lab) -> Seen:
    """Whether the first two containers have different MACs."""
    links = [lab.links(c.name) for c in lab.plan.containers[:2]]
    macs = [eth0.mac for found in links if (eth0 := found.of("eth0"))]
    return Seen.that("their MACs differ", len(macs) > 1 and len(set(macs)) == len(macs), *links)


def host_reaches_child(lab: Lab) -> Seen:
    """Whether the host reaches the first container."""
    ping = lab.ping("host", lab.plan.containers[0].name)
    return Seen.that("the host reaches it", ping.ok, ping)
