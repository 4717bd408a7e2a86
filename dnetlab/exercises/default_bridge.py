"""Bridge (default): questions to predict, exercises to solve; judged by the live network."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from dnetlab.check import Exercise, Question, Values
from dnetlab.claims import Seen
from dnetlab.exercises import on_bridge
from dnetlab.exercises.places import box, name, serves, two

if TYPE_CHECKING:
    from dnetlab.lab import Lab


def _shop_port(rng: random.Random, lab: Lab) -> dict[str, Any]:
    return {"port": rng.randint(8100, 8999), "name": name(lab, rng, "kiosk", "shop", "news")}


def _own_port(rng: random.Random, lab: Lab) -> dict[str, Any]:
    return {"port": rng.randint(8100, 8999), "name": name(lab, rng, "diary", "notes", "draft")}


def _published_page(lab: Lab, v: Values) -> Iterator[Seen]:
    page = lab.http("pc1", "host", v["port"])
    yield Seen.that(
        f"pc1 gets the page of {v['name']} at the host's address, port {v['port']}",
        serves(page, v["name"], lab),
        page,
        hint=f"-p HOSTPORT:PORT publishes a port; the web server in the container listens on 80. Is it -p {v['port']}:80?",
    )
    yield box(
        lab,
        v["name"],
        "It shares the host's network, so nothing is published. Leave --network host away; use -p.",
    )


def _only_local(lab: Lab, v: Values) -> Iterator[Seen]:
    inside = lab.http("host", "127.0.0.1", v["port"])
    yield Seen.that(
        f"the host itself gets the page at 127.0.0.1:{v['port']}", serves(inside, v["name"], lab), inside,
        hint=f"Publish the port {v['port']} for the container's port 80, with an address of the host before it:"
        " -p ADDRESS:HOSTPORT:PORT.",
    )  # fmt: skip
    outside = lab.http("pc1", "host", v["port"], wait=2)
    yield Seen.that(
        "pc1 does not", not outside.ok, outside,
        hint="The LAN reaches the port at the host's address. Publish it (-p) at the one address that only the host itself"
        " has: -p ADDRESS:HOSTPORT:PORT.",
    )  # fmt: skip


def _know_names(lab: Lab, v: Values) -> Iterator[Seen]:
    first, last = two(lab)
    for source, target in ((first, last), (last, first)):
        ping = lab.ping(source, target, by="name")
        yield Seen.that(
            f"{source} reaches {target} by name", ping.ok, ping,
            hint="The default bridge has no DNS. A network of your own has; a running container can join it, and both must be"
            " in the same one.",
        )  # fmt: skip


def _join(lab: Lab, v: Values, only: int | None = None) -> None:
    lab.docker(f"network create {v['network']}")
    for container in lab.plan.containers[:only]:
        lab.docker(f"network connect {v['network']} {container.name}")


QUESTIONS = (
    Question(
        "names",
        "Do the containers find each other by name?",
        on_bridge.name_resolves,
        "The default bridge has no DNS for containers; its resolver is a copy of the host's.",
    ),
    Question(
        "own-mac",
        "Do two containers have different MAC addresses?",
        on_bridge.different_macs,
        "Each container has the end of a veth pair of its own, with a MAC of its own.",
    ),
)

EXERCISES = (
    Exercise(
        "publish",
        "Open a shop",
        "Run a container named {name} on the default bridge, so that the LAN PC gets its page at the Docker host's"
        " address ({host}), port {port}.",
        _published_page,
        lambda lab, v: lab.docker(f"run -d --name {v['name']} -p {v['port']}:80 dnetlab/lab:1"),
        lambda lab, v: lab.docker(f"run -d --name {v['name']} -p 80:{v['port']} dnetlab/lab:1"),
        (
            "From the LAN a container is reached by a published port only.",
            "docker run has the option -p HOSTPORT:CONTAINERPORT.",
            "lab.docker('run -d --name {name} -p {port}:80 dnetlab/lab:1')",
        ),
        "docker run -d --name {name} -p {port}:80 dnetlab/lab:1",
        _shop_port,
    ),
    Exercise(
        "loopback",
        "For the host alone",
        "Run a container named {name} whose page the Docker host gets at 127.0.0.1:{port}, while the LAN finds no such"
        " port open.",
        _only_local,
        lambda lab, v: lab.docker(f"run -d --name {v['name']} -p 127.0.0.1:{v['port']}:80 dnetlab/lab:1"),
        lambda lab, v: lab.docker(f"run -d --name {v['name']} -p {v['port']}:80 dnetlab/lab:1"),
        (
            "A published port is opened at every address of the host, unless you name one.",
            "Which address of the host can only be reached from the host?",
            "-p 127.0.0.1:{port}:80",
        ),
        "docker run -d --name {name} -p 127.0.0.1:{port}:80 dnetlab/lab:1",
        _own_port,
        level=2,
    ),
    Exercise(
        "names",
        "Give them names",
        "{first} and {last} run on the default bridge and do not know each other's names. Without stopping them: make"
        " them reach each other by name.",
        _know_names,
        _join,
        lambda lab, v: _join(lab, v, only=1),
        (
            "Names are given by Docker's DNS, and that serves user-defined networks only.",
            "docker network create makes one; docker network connect lets a running container join.",
            "lab.docker('network create {network}'), then lab.docker('network connect {network} {first}'), and the other",
        ),
        "docker network create {network}\ndocker network connect {network} {first}\ndocker network connect {network} {last}",
        lambda rng, lab: {"network": name(lab, rng, "friends", "team", "backstage")},
        level=3,
    ),
)
