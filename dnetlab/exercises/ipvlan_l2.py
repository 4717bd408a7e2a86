"""IPVLAN L2: questions to predict, exercises to solve; judged by the live network."""

from __future__ import annotations

import dataclasses
import random
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING, Any

from dnetlab.check import Exercise, Question, Values
from dnetlab.claims import Seen
from dnetlab.exercises import on_lan
from dnetlab.exercises.places import drawn, runs, serves, two, unused
from dnetlab.plan import Attachment, Container, Network, Pool, export

if TYPE_CHECKING:
    from dnetlab.lab import Lab


def _instead(lab: Lab, network: Network, containers: tuple[Container, ...]) -> None:
    """The lab's own network and containers are gone, these are there."""
    lab.docker(["rm", "-f", *(c.name for c in lab.plan.containers)])
    lab.docker(["network", "rm", lab.plan.networks[0].name])
    lab.docker(export.network_create(network))
    for container in containers:
        lab.docker(export.container_run(container, (network,)))


# --- who is loud


def _three(rng: random.Random, lab: Lab) -> dict[str, Any]:
    taken = {m.name for m in lab.plan.topology.machines}
    known = [n for n in ("backup", "report", "mirror", "stats", "sync", "index", "mail") if n not in taken]
    a, b, c = names = rng.sample(known, 3)
    return {"a": a, "b": b, "c": c, "loud": rng.choice(names)}


@contextmanager
def _pinging(lab: Lab, v: Values) -> Iterator[None]:
    for name in (v["a"], v["b"], v["c"]):
        does = f"ping -q -i 0.2 {v['pc1']}" if name == v["loud"] else "web 80"
        lab.docker(f"run -d --name {name} --network {v['network']} dnetlab/lab:1 {does}")
    yield


def _silence(lab: Lab, v: Values) -> Iterator[Seen]:
    seen = lab.capture("pc1", "eth0", lambda: lab.run("pc1", "sleep 0.8"), only="icmp")
    yield Seen.that(
        "nobody pings pc1", not any("echo request" in line for line in seen.output.splitlines()), seen,
        hint="Somebody does. Capture at pc1: the sender's MAC is the same for all, so read the sender's IP address.",
    )  # fmt: skip
    for name in sorted({v["a"], v["b"], v["c"], *(c.name for c in lab.plan.containers)} - {v["loud"]}):
        yield Seen.that(
            f"{name} still runs", runs(lab, name),
            hint=f"{name} did nothing wrong. lab.docker('start {name}'), or begin again with Start.",
        )  # fmt: skip


def _stop_the_next(lab: Lab, v: Values) -> None:
    """One of the two that did nothing."""
    lab.docker(f"rm -f {next(v[word] for word in 'abc' if v[word] != v['loud'])}")


# --- from macvlan to ipvlan


@contextmanager
def _on_macvlan(lab: Lab, v: Values) -> Iterator[None]:
    mine = lab.plan.networks[0]
    _instead(lab, dataclasses.replace(mine, driver="macvlan", mode="bridge"), lab.plan.containers)
    with on_lan.locked_port(lab, v):
        yield


def _address_of_first(_: random.Random, lab: Lab) -> dict[str, Any]:
    return {"at": str(lab.plan.containers[0].attachments[0].ipv4)}


def _moved(lab: Lab, v: Values) -> Iterator[Seen]:
    port = lab.run("switch", "bridge -d link show dev p-host")
    yield Seen.that(
        "the switch port is as it was", "learning off" in port.output, port,
        hint="The switch is not yours: whoever owns it locks it again. Press Start, and change Docker's side only.",
    )  # fmt: skip
    lab.run("pc1", "ip neigh flush all")
    page = lab.http("pc1", v["at"], wait=2)
    eth0 = lab.links(v["first"]).of("eth0") if runs(lab, v["first"]) else None
    if eth0 and eth0.kind == "ipvlan":
        hint = f"It is ipvlan now. Has {v['first']} the address {v['at']}, and is the mode l2? In l3 nobody answers ARP for it."
    else:
        hint = (
            f"With macvlan {v['first']} has a MAC of its own, and the port takes the host's only. Which driver gives"
            " an address, but no MAC? A subnet and a parent are free again when the old network is removed."
        )
    yield Seen.that(
        f"pc1 gets the page of {v['first']} at {v['at']}", serves(page, v["first"], lab), page,
        hint=hint,
    )  # fmt: skip


def _move(lab: Lab, v: Values) -> None:
    _instead(lab, lab.plan.networks[0], lab.plan.containers[:1])


def _beside(lab: Lab, v: Values) -> None:
    """An ipvlan network beside the macvlan one."""
    other = dataclasses.replace(lab.plan.networks[0], name="second")
    lab.docker(export.network_create(other))
    lab.docker(f"network connect second {v['first']}")


MOVE = (
    "docker rm -f {all}\ndocker network rm {network}\n"
    "docker network create -d ipvlan --subnet {lan} --gateway {router} -o parent={nic} -o ipvlan_mode=l2 {network}\n"
    "docker run -d --name {first} --network {network} --ip {at} dnetlab/lab:1"
)


def _to_move(rng: random.Random, lab: Lab) -> dict[str, Any]:
    everybody = shlex.join(c.name for c in lab.plan.containers)
    return {"all": everybody, "lan": str(lab.plan.lan_subnet), **_address_of_first(rng, lab)}


# --- two subnets on one cable


def _second_subnet(rng: random.Random, lab: Lab) -> dict[str, Any]:
    subnet = unused(lab, rng.randint(1, 250))
    there = drawn(lab, rng, subnet, 20, 200)
    return {"subnet": str(subnet), "gate": str(subnet[1]), "there": there, **_address_of_first(rng, lab)}


@contextmanager
def _two_subnets(lab: Lab, v: Values) -> Iterator[None]:
    two(lab)
    mine, first, last = lab.plan.networks[0], lab.plan.containers[0], lab.plan.containers[-1]
    subnet = IPv4Network(v["subnet"])
    network = dataclasses.replace(mine, pools=(*mine.pools[:1], Pool(subnet, subnet[1])))
    away = dataclasses.replace(last, attachments=(Attachment(mine.name, IPv4Address(v["there"])),))
    _instead(lab, network, (first, away))
    yield
    lab.run("router", f"ip addr del {v['gate']}/{subnet.prefixlen} dev eth0 2>/dev/null; true")


def _subnets_meet(lab: Lab, v: Values) -> Iterator[Seen]:
    two(lab)
    for source, target in ((v["first"], v["there"]), (v["last"], v["at"])):
        ping = lab.ping(source, target)
        yield Seen.that(
            f"{source} reaches {target}", ping.ok, ping,
            hint=f"Two subnets meet in a router. Each container asks its gateway: does one at {v['gate']} answer"
            f" (lab.arp_replies('router', '{v['gate']}')), and which machine could be it?",
        )  # fmt: skip


def _own_mac(lab: Lab) -> Seen:
    network = lab.plan.networks[0].name
    asked = lab.attempt(Container("custom", (Attachment(network, mac="02:00:00:00:00:c8"),)))
    return Seen.that("the engine starts such a container", asked.ok, asked)


QUESTIONS = (
    on_lan.macs_differ("With ipvlan all share the MAC of the host's NIC."),
    on_lan.HOST_REACHES,
    Question(
        "own-mac",
        "May a container ask for a MAC address of its own (--mac-address)?",
        _own_mac,
        "The driver refuses it when the container starts: an ipvlan device has the MAC of its parent.",
    ),
)

EXERCISES = (
    dataclasses.replace(
        on_lan.NEWCOMER,
        title="One more behind the lock",
        task="The switch port to the Docker host takes one MAC only. Run a container named {name} that the LAN PC finds at"
        " the address {ip} all the same.",
        start=on_lan.locked_port,
    ),
    Exercise(
        "loud",
        "Who is it?",
        "One of the containers {a}, {b} and {c} pings pc1 without end. Find out which one and stop it; all others must run on.",
        _silence,
        lambda lab, v: lab.docker(f"rm -f {v['loud']}"),
        _stop_the_next,
        (
            "pc1 sees every packet: lab.capture('pc1', 'eth0', lambda: lab.run('pc1', 'sleep 1'), only='icmp')",
            "The sender's MAC is that of the host and of every container. What else does a packet say of its sender?",
            "Whose is that IP address? lab.address('{a}'), lab.address('{b}'), lab.address('{c}')",
        ),
        "docker rm -f {loud}",
        _three,
        start=_pinging,
        level=2,
    ),
    Exercise(
        "moved",
        "From macvlan to ipvlan",
        "Somebody made the network {network} with macvlan, and now the switch takes one MAC only: pc1 does not reach {first}."
        " Leave the switch alone; make pc1 get the page of {first} at {at} again.",
        _moved,
        _move,
        _beside,
        (
            "Which MAC does {first} have, and which one does the port take? lab.mac('{first}'), lab.mac('host', '{nic}')",
            "The driver of a network cannot be changed. Remove the containers and the network, and make it again with ipvlan.",
            "lab.docker('network create -d ipvlan --subnet {lan} --gateway {router} -o parent={nic} {network}'), then run"
            " {first} with --network {network} --ip {at}.",
        ),
        MOVE,
        _to_move,
        start=_on_macvlan,
        level=2,
    ),
    Exercise(
        "subnets",
        "Two subnets, one cable",
        "One network has two subnets now: {first} is at {at}, {last} at {there}, in {subnet} with the gateway {gate}. They"
        " do not reach each other. Find what is missing, and mend it.",
        _subnets_meet,
        lambda lab, v: lab.run("router", f"ip addr add {v['gate']}/24 dev eth0"),
        lambda lab, v: lab.run("host", f"ip addr add {v['gate']}/24 dev {v['nic']}"),
        (
            "Which way does {last} send what is not for its own subnet? lab.routes('{last}')",
            "Nobody has the address {gate}. On which machine does it belong, so that packets can pass between the subnets?",
            "lab.run('router', 'ip addr add {gate}/24 dev eth0')",
        ),
        "# on the router:\nip addr add {gate}/24 dev eth0",
        _second_subnet,
        start=_two_subnets,
        level=3,
    ),
)
