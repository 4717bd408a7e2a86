"""Exercises that MACVLAN bridge and IPVLAN L2 share: containers on the LAN itself."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dnetlab.check import Exercise, Question, Values
from dnetlab.claims import Seen
from dnetlab.exercises.places import drawn, name, serves

if TYPE_CHECKING:
    from dnetlab.lab import Lab


def _newcomer(rng: random.Random, lab: Lab) -> dict[str, Any]:
    """A container to add, with an address outside the DHCP pool."""
    return {
        "name": name(lab, rng, "printer", "camera", "scanner"),
        "ip": drawn(lab, rng, lab.plan.lan_subnet, 225, 250),
    }


def _on_the_lan(lab: Lab, v: Values) -> Iterator[Seen]:
    page = lab.http("pc1", v["ip"])
    yield Seen.that(
        f"pc1 gets the page of {v['name']} at {v['ip']}", serves(page, v["name"], lab), page,
        hint=f"It must be in the network {v['network']}, with the address {v['ip']}: --network and --ip.",
    )  # fmt: skip
    arp = lab.arp_replies("router", v["ip"])
    yield Seen.that(
        "exactly one machine answers for that address", len(arp.macs) == 1, arp,
        hint="Two machines have it. Who was there before?",
    )  # fmt: skip


NEWCOMER = Exercise(
    "newcomer",
    "One more device on the LAN",
    "Run a container named {name} that the LAN PC finds at the address {ip}.",
    _on_the_lan,
    lambda lab, v: lab.docker(
        f"run -d --name {v['name']} --network {v['network']} --ip {v['ip']} dnetlab/lab:1"
    ),
    lambda lab, v: lab.docker(f"run -d --name {v['name']} -p 80:80 dnetlab/lab:1"),
    (
        "The container must be in the network of this lesson, not on the default bridge.",
        "docker run takes --network and --ip.",
        "lab.docker('run -d --name {name} --network {network} --ip {ip} dnetlab/lab:1')",
    ),
    "docker run -d --name {name} --network {network} --ip {ip} dnetlab/lab:1",
    _newcomer,
)


@contextmanager
def locked_port(lab: Lab, v: Values) -> Iterator[None]:
    """The switch's port to the Docker host takes the host's MAC only."""
    with lab.lan.one_mac_only(lab.mac("host", v["nic"])):
        lab.run("pc1", "ip neigh flush all")
        yield
    lab.run("pc1", "ip neigh flush all")


def _macs_differ(lab: Lab) -> Seen:
    links = [lab.links(c.name) for c in lab.plan.containers[:2]]
    macs = [eth0.mac for found in links if (eth0 := found.of("eth0"))]
    return Seen.that("their MACs differ", len(macs) > 1 and len(set(macs)) == len(macs), *links)


def _host_reaches_child(lab: Lab) -> Seen:
    ping = lab.ping("host", lab.plan.containers[0].name)
    return Seen.that("the host reaches it", ping.ok, ping)


def macs_differ(why: str) -> Question:
    """Whether the first two containers have different MACs."""
    return Question("macs-differ", "Do two containers have different MAC addresses?", _macs_differ, why)


HOST_REACHES = Question(
    "host-reaches",
    "Does the Docker host reach its own containers?",
    _host_reaches_child,
    "The parent's own stack and its children exchange no frames; the kernel does it so by design.",
)
