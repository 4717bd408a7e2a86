"""Host: questions to predict, exercises to solve; judged by the live network."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dnetlab.check import Exercise, Question, Values
from dnetlab.claims import Seen
from dnetlab.exercises.places import box, name, serves
from dnetlab.types.host import same_text

if TYPE_CHECKING:
    from dnetlab.lab import Lab


def _drawn(*names: str) -> Callable[[random.Random, Lab], dict[str, Any]]:
    def values(rng: random.Random, lab: Lab) -> dict[str, Any]:
        taken = {c.port for c in lab.plan.containers}
        ports = [port for port in range(9000, 9900) if port not in taken]
        return {"port": rng.choice(ports), "name": name(lab, rng, *names)}

    return values


def _shares_and_answers(lab: Lab, v: Values) -> Iterator[Seen]:
    page = lab.http("pc1", "host", v["port"])
    yield Seen.that(
        f"pc1 gets the page of {v['name']} at the host's address, port {v['port']}", serves(page, v["name"], lab), page,
        hint=f"The web server takes its port as an argument: ... dnetlab/lab:1 web {v['port']}.",
    )  # fmt: skip
    yield _on_the_host(lab, v["name"])


def _on_the_host(lab: Lab, container: str) -> Seen:
    inside, outside = (lab.run(m, ["readlink", "/proc/self/ns/net"]) for m in (container, "host"))
    return Seen.that(
        "it has no network namespace of its own", inside.output == outside.output, inside, outside,
        hint="A published port is not it: the container must share the host's stack, --network host.",
    )  # fmt: skip


@contextmanager
def _squatter(lab: Lab, v: Values) -> Iterator[None]:
    lab.docker(f"run -d --name squatter --network host dnetlab/lab:1 web {v['port']}")
    yield


def _port_is_ours(lab: Lab, v: Values) -> Iterator[Seen]:
    page = lab.http("pc1", "host", v["port"])
    yield Seen.that(
        f"port {v['port']} answers with the page of {v['name']}", serves(page, v["name"], lab), page,
        hint="Somebody else holds the port. lab.docker('ps') shows who runs; the second listener on a port dies.",
    )  # fmt: skip
    yield _on_the_host(lab, v["name"])


def _evict(lab: Lab, v: Values) -> None:
    lab.docker("rm -f squatter")
    lab.docker(f"run -d --name {v['name']} --network host dnetlab/lab:1 web {v['port']}")


def _boxed_page(lab: Lab, v: Values) -> Iterator[Seen]:
    page = lab.http("pc1", "host", v["port"])
    yield Seen.that(
        f"pc1 gets the page of {v['name']} at the host's port {v['port']}", serves(page, v["name"], lab), page,
        hint=f"On a bridge a port must be published, at an address that the LAN reaches: -p {v['port']}:PORT, where PORT is"
        " the one on which the program listens (80, unless you run web PORT).",
    )  # fmt: skip
    yield box(lab, v["name"], "It still shares the host's stack. Leave --network host away.")


def _own_address(lab: Lab) -> Seen:
    inside, outside = (lab.run(m, "ip -br address") for m in (lab.plan.containers[0].name, "host"))
    return Seen.that(
        "it has an address that the host has not",
        not same_text(inside.output, outside.output),
        inside,
        outside,
    )


def _page_comes(lab: Lab) -> Seen:
    page = lab.http("pc1", "host", lab.plan.containers[0].port)
    return Seen.that("the page comes", page.ok, page)


QUESTIONS = (
    Question(
        "own-address",
        "Has the container an IP address of its own?",
        _own_address,
        "It has no network namespace, so its addresses are the host's.",
    ),
    Question(
        "lan-without-publish",
        "Does the LAN PC get the container's page although no port is published?",
        _page_comes,
        "What listens in the container listens on the host.",
    ),
)

EXERCISES = (
    Exercise(
        "listen",
        "Listen on the host",
        "Run a container named {name} that shares the host's network and answers on port {port} of the host.",
        _shares_and_answers,
        lambda lab, v: lab.docker(f"run -d --name {v['name']} --network host dnetlab/lab:1 web {v['port']}"),
        lambda lab, v: lab.docker(f"run -d --name {v['name']} -p {v['port']}:80 dnetlab/lab:1"),
        (
            "--network host gives a container the host's stack.",
            "The port is chosen by the program: web {port}.",
            "lab.docker('run -d --name {name} --network host dnetlab/lab:1 web {port}')",
        ),
        "docker run -d --name {name} --network host dnetlab/lab:1 web {port}",
        _drawn("api", "metrics", "probe"),
    ),
    Exercise(
        "squatter",
        "The port is taken",
        "{name} shall answer on port {port} of the host, in host mode. Somebody is there already.",
        _port_is_ours,
        _evict,
        lambda lab, v: lab.docker(f"run -d --name {v['name']} --network host dnetlab/lab:1 web {v['port']}"),
        (
            "A port exists once on a host, and docker run tells you nothing when the program inside dies.",
            "lab.docker('ps') and lab.docker('logs {name}') tell who lives and why the other died.",
            "Remove the container that holds the port first.",
        ),
        "docker rm -f squatter\ndocker run -d --name {name} --network host dnetlab/lab:1 web {port}",
        lambda rng, lab: {**_drawn("proxy", "gate", "relay")(rng, lab), "holder": "squatter"},
        _squatter,
        level=2,
    ),
    Exercise(
        "boxed",
        "Into a box",
        "{name} shall answer at port {port} of the host for the LAN, but must not see the host's interfaces.",
        _boxed_page,
        lambda lab, v: lab.docker(f"run -d --name {v['name']} -p {v['port']}:80 dnetlab/lab:1"),
        lambda lab, v: lab.docker(f"run -d --name {v['name']} --network host dnetlab/lab:1 web {v['port']}"),
        (
            "What does a bridge give that host mode does not?",
            "On a bridge the container has a network of its own. From outside a port leads in only if it is published.",
            "lab.docker('run -d --name {name} -p {port}:80 dnetlab/lab:1')",
        ),
        "docker run -d --name {name} -p {port}:80 dnetlab/lab:1",
        _drawn("blog", "wiki", "forum"),
        level=2,
    ),
)
