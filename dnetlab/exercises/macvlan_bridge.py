"""MACVLAN bridge: questions to predict, exercises to solve; judged by the live network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dnetlab.check import Exercise, Question, Values
from dnetlab.claims import Seen
from dnetlab.exercises import on_lan

if TYPE_CHECKING:
    from dnetlab.lab import Lab


@contextmanager
def _locked_port(lab: Lab, v: Values) -> Iterator[None]:
    with lab.lan.one_mac_only(lab.mac("host", "lan0")):
        lab.run("pc1", "ip neigh flush all")
        yield
    lab.run("pc1", "ip neigh flush all")


def _unlocked(lab: Lab, v: Values) -> Iterator[Seen]:
    first = lab.plan.containers[0].name
    lab.run("pc1", "ip neigh flush all")
    ping = lab.ping("pc1", first)
    yield Seen.that(
        f"pc1 reaches {first}", ping.ok, ping,
        hint="The Docker host does what it can. Look at the switch: bridge -d link show dev p-host, bridge fdb show.",
    )  # fmt: skip


def _unlock(lab: Lab, v: Values) -> None:
    lab.run("switch", "bridge link set dev p-host learning on flood on")


QUESTIONS = (
    Question(
        "macs-differ",
        "Do two containers have different MAC addresses?",
        on_lan.macs_differ,
        "With macvlan each container has a MAC of its own, like a machine of its own.",
    ),
    Question(
        "host-reaches",
        "Does the Docker host reach its own containers?",
        on_lan.host_reaches_child,
        "The parent's own stack and its children exchange no frames; the kernel does it so by design.",
    ),
)

EXERCISES = (
    Exercise(
        "newcomer",
        "One more device on the LAN",
        "Run a container named {name} that the LAN PC finds at the address {ip}.",
        on_lan.on_the_lan,
        on_lan.run_newcomer,
        lambda lab, v: lab.docker(f"run -d --name {v['name']} -p 80:80 dnetlab/lab:1"),
        (
            "The container must be in the network of this lesson, not on the default bridge.",
            "docker run takes --network and --ip.",
            "lab.docker('run -d --name {name} --network mvlan --ip {ip} dnetlab/lab:1')",
        ),
        "docker run -d --name {name} --network mvlan --ip {ip} dnetlab/lab:1",
        on_lan.newcomer,
    ),
    Exercise(
        "twin",
        "Two with one address",
        "Something is wrong with pc1: connections to it break. Find out why, and mend it so that only pc1 has its address.",
        on_lan.one_owner,
        lambda lab, v: lab.docker("rm -f twin"),
        lambda lab, v: lab.run("router", "ip neigh flush all"),
        (
            "Ask who answers for the address: lab.arp_replies('router', '192.168.50.100').",
            "Two MACs answer. One is pc1's; whose is the other? lab.docker('ps')",
            "Remove the container twin.",
        ),
        "docker rm -f twin",
        start=on_lan.twin,
        level=2,
    ),
    Exercise(
        "port-security",
        "The silent port",
        "Since this morning pc1 does not reach web any more. The Docker host and its containers have not been touched."
        " Mend it.",
        _unlocked,
        _unlock,
        lambda lab, v: lab.run("host", "ip link set lan0 promisc on"),
        (
            "Does pc1 reach the Docker host itself? Then the cable is good. What is different about web's frames?",
            "A switch port may accept one MAC only. lab.run('switch', 'bridge -d link show dev p-host')",
            "Turn learning and flooding of the port on again: bridge link set dev p-host learning on flood on",
        ),
        "# on the switch:\nbridge link set dev p-host learning on flood on",
        start=_locked_port,
        level=3,
    ),
    Exercise(
        "shim",
        "Let the host in",
        "The Docker host itself shall reach web (and pc1 still must). You may use the free address 192.168.50.254.",
        on_lan.host_reaches,
        lambda lab, v: on_lan.add_shim(lab, "macvlan mode bridge"),
        lambda lab, v: lab.run(
            "host", f"ip route add {lab.address(lab.plan.containers[0].name)}/32 via 192.168.50.1"
        ),
        (
            "A route alone does not help: parent and child never exchange frames.",
            "Siblings do. Make the host a sibling: an interface of type macvlan on lan0.",
            "It needs an address of its own and a route to web through it: ip route add WEB/32 dev shim0",
        ),
        "# on the Docker host:\n"
        "ip link add shim0 link lan0 type macvlan mode bridge\nip addr add 192.168.50.254/32 dev shim0\n"
        "ip link set shim0 up\nip route add 192.168.50.192/32 dev shim0",
        start=on_lan.without_shim,
        level=3,
    ),
)
