"""IPVLAN L2: questions to predict, exercises to solve; judged by the live network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dnetlab.check import Exercise, Question
from dnetlab.exercises import on_lan

if TYPE_CHECKING:
    pass


QUESTIONS = (
    Question(
        "macs-differ",
        "Do two containers have different MAC addresses?",
        on_lan.macs_differ,
        "With ipvlan all share the MAC of the host's NIC.",
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
            "lab.docker('run -d --name {name} --network ivlan2 --ip {ip} dnetlab/lab:1')",
        ),
        "docker run -d --name {name} --network ivlan2 --ip {ip} dnetlab/lab:1",
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
        "shim",
        "Let the host in",
        "The Docker host itself shall reach web (and pc1 still must). You may use the free address 192.168.50.254.",
        on_lan.host_reaches,
        lambda lab, v: on_lan.add_shim(lab, "ipvlan mode l2"),
        lambda lab, v: on_lan.add_shim(lab, "macvlan mode bridge"),
        (
            "A route alone does not help: parent and child never exchange frames.",
            "A sibling helps, of the same kind as the containers: macvlan and ipvlan cannot share a parent.",
            "ip link add shim0 link lan0 type ipvlan mode l2, an address, up, and a route to web through it.",
        ),
        "# on the Docker host:\n"
        "ip link add shim0 link lan0 type ipvlan mode l2\nip addr add 192.168.50.254/32 dev shim0\n"
        "ip link set shim0 up\nip route add 192.168.50.192/32 dev shim0",
        start=on_lan.without_shim,
        level=3,
    ),
)
