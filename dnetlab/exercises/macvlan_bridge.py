"""MACVLAN bridge: questions to predict, exercises to solve; judged by the live network."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dnetlab.check import Exercise, Values
from dnetlab.claims import Seen
from dnetlab.exercises import on_lan
from dnetlab.exercises.places import drawn, name

if TYPE_CHECKING:
    from dnetlab.lab import Lab


def _unlocked(lab: Lab, v: Values) -> Iterator[Seen]:
    lab.run("pc1", "ip neigh flush all")
    ping = lab.ping("pc1", v["first"])
    yield Seen.that(
        f"pc1 reaches {v['first']}", ping.ok, ping,
        hint="The Docker host does what it can. Look at the switch: bridge -d link show dev p-host, bridge fdb show.",
    )  # fmt: skip


def _unlock(lab: Lab, v: Values) -> None:
    lab.run("switch", "bridge link set dev p-host learning on flood on")


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
        "pc1 still answers for its address", lab.mac("pc1") in arp.macs, arp,
        hint=f"pc1 must keep {v['pc1']}; the other one must give it up.",
    )  # fmt: skip
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


def _add_shim(lab: Lab, v: Values) -> None:
    lab.run("host", f"ip link add shim0 link {v['nic']} type macvlan mode bridge")
    lab.run("host", f"ip addr add {v['spare']}/32 dev shim0")
    lab.run("host", "ip link set shim0 up")
    lab.run("host", f"ip route add {lab.address(v['first'])}/32 dev shim0")


@contextmanager
def _without_shim(lab: Lab, v: Values) -> Iterator[None]:
    """Whatever shim the learner makes is gone at the end."""
    yield
    lab.run("host", "ip link del shim0 2>/dev/null; true")


def _route_alone(lab: Lab, v: Values) -> None:
    lab.run("host", f"ip route add {lab.address(v['first'])}/32 via {v['router']}")


SHIM = Exercise(
    "shim",
    "Let the host in",
    "The Docker host itself shall reach {first} (and pc1 still must). You may use the free address {spare}.",
    _host_reaches,
    _add_shim,
    _route_alone,
    (
        "A route alone does not help: parent and child never exchange frames.",
        "Siblings do. Make the host a sibling: an interface of type macvlan on {nic}.",
        "It needs an address of its own and a route to {first} through it: ip route add ADDRESS/32 dev shim0",
    ),
    "# on the Docker host; ADDRESS is that of {first}\n"
    "ip link add shim0 link {nic} type macvlan mode bridge\n"
    "ip addr add {spare}/32 dev shim0\nip link set shim0 up\nip route add ADDRESS/32 dev shim0",
    _spare,
    start=_without_shim,
    level=3,
)


QUESTIONS = (
    on_lan.macs_differ("With macvlan each container has a MAC of its own, like a machine of its own."),
    on_lan.HOST_REACHES,
)

EXERCISES = (
    on_lan.NEWCOMER,
    TWIN,
    Exercise(
        "port-security",
        "The silent port",
        "Since this morning pc1 does not reach {first} any more. The Docker host and its containers have not been touched."
        " Mend it.",
        _unlocked,
        _unlock,
        lambda lab, v: lab.run("host", f"ip link set {v['nic']} promisc on"),
        (
            "Does pc1 reach the Docker host itself? Then the cable is good. What is different about {first}'s frames?",
            "A switch port may accept one MAC only. lab.run('switch', 'bridge -d link show dev p-host')",
            "Turn learning and flooding of the port on again: bridge link set dev p-host learning on flood on",
        ),
        "# on the switch:\nbridge link set dev p-host learning on flood on",
        start=on_lan.locked_port,
        level=3,
    ),
    SHIM,
)
