"""Exercises that MACVLAN bridge and IPVLAN L2 share: containers on the LAN itself."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
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


def _spare(rng: random.Random, lab: Lab) -> dict[str, Any]:
    """An address of the LAN that nobody has."""
    return {"spare": drawn(lab, rng, lab.plan.lan_subnet, 225, 254)}


def _impostor(rng: random.Random, lab: Lab) -> dict[str, Any]:
    return {"twin": name(lab, rng, "backup", "report", "mirror"), **_spare(rng, lab)}


@contextmanager
def _twin(lab: Lab, v: Values) -> Iterator[None]:
    """A container that has the PC's address."""
    lab.docker(f"run -d --name {v['twin']} --network {v['network']} --ip {v['pc1']} dnetlab/lab:1")
    yield
    lab.run("router", "ip neigh flush all")


def _one_owner(lab: Lab, v: Values) -> Iterator[Seen]:
    arp = lab.arp_replies("router", v["pc1"])
    yield Seen.that(
        "only pc1 answers for its address", arp.macs == (lab.mac("pc1"),), arp,
        hint="Flushing tables does not help while two machines answer. lab.docker('ps') shows who runs.",
    )  # fmt: skip


TWIN = Exercise(
    "twin",
    "Two with one address",
    "Something is wrong with pc1: connections to it break. Find out why, and mend it so that only pc1 has its address.",
    _one_owner,
    lambda lab, v: lab.docker(f"rm -f {v['twin']}"),
    lambda lab, v: lab.run("router", "ip neigh flush all"),
    (
        "Ask who answers for the address: lab.arp_replies('router', '{pc1}').",
        "Two MACs answer. One is pc1's; whose is the other? lab.docker('ps')",
        "Remove the container {twin}.",
    ),
    "docker rm -f {twin}",
    _impostor,
    start=_twin,
    level=2,
)


def _host_reaches(lab: Lab, v: Values) -> Iterator[Seen]:
    # Every address counts: a second network that host and container share is a cure as well.
    own = lab.links(v["first"]).entries
    addresses = [
        a.partition("/")[0] for one in own if one.name != "lo" for a in one.addresses if ":" not in a
    ]
    pings = [lab.ping("host", address) for address in addresses]
    yield Seen.that(
        f"the Docker host reaches {v['first']}", any(ping.ok for ping in pings), *pings,
        hint="Parent and child exchange no frames, however you route. The host needs an interface that is a sibling"
        " of the container, and a route to the container through it.",
    )  # fmt: skip
    others = lab.ping("pc1", lab.address(v["first"], v["network"]))
    yield Seen.that(
        "pc1 still does too", others.ok, others,
        hint=f"pc1 reached it before, at its address of the LAN. Is {v['first']} still in the network {v['network']}?",
    )  # fmt: skip


def _add_shim(lab: Lab, v: Values, kind: str) -> None:
    lab.run("host", f"ip link add shim0 link {v['nic']} type {kind}")
    lab.run("host", f"ip addr add {v['spare']}/32 dev shim0")
    lab.run("host", "ip link set shim0 up")
    lab.run("host", f"ip route add {lab.address(v['first'])}/32 dev shim0")


@contextmanager
def _without_shim(lab: Lab, v: Values) -> Iterator[None]:
    """Whatever shim the learner makes is gone at the end."""
    yield
    lab.run("host", "ip link del shim0 2>/dev/null; true")


def shim(kind: str, wrong: Callable[[Lab, Values], object], hints: tuple[str, ...]) -> Exercise:
    """The host as a sibling of its containers. ``kind`` is what ``ip link add ... type`` takes."""
    return Exercise(
        "shim",
        "Let the host in",
        "The Docker host itself shall reach {first} (and pc1 still must). You may use the free address {spare}.",
        _host_reaches,
        lambda lab, v: _add_shim(lab, v, kind),
        wrong,
        hints,
        "# on the Docker host; ADDRESS is that of {first}\n"
        f"ip link add shim0 link {{nic}} type {kind}\n"
        "ip addr add {spare}/32 dev shim0\nip link set shim0 up\nip route add ADDRESS/32 dev shim0",
        _spare,
        start=_without_shim,
        level=3,
    )


def wrong_shim(kind: str) -> Callable[[Lab, Values], object]:
    """A shim of another kind than the containers'."""
    return lambda lab, v: _add_shim(lab, v, kind)


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
