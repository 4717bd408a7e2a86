"""IPVLAN L3: questions to predict, exercises to solve; judged by the live network."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any

from dnetlab.check import Exercise, Question, Values
from dnetlab.claims import Seen
from dnetlab.exercises import places
from dnetlab.exercises.places import drawn, serves
from dnetlab.types.ipvlan_l3 import first_two

if TYPE_CHECKING:
    from dnetlab.lab import Lab


def _subnets(lab: Lab) -> tuple[str, str]:
    one, two = (str(pool.subnet) for pool in lab.plan.networks[0].pools)
    return one, two


@contextmanager
def _routes_forgotten(lab: Lab, v: Values) -> Iterator[None]:
    yield
    for machine in ("pc1", "laptop", "router"):
        for subnet in (*_subnets(lab), "10.50.0.0/16"):
            lab.run(machine, ["ip", "route", "del", subnet])
    for subnet in (*_subnets(lab), "10.50.0.0/16"):
        rule = f"-s {subnet} -o wan0 -j MASQUERADE"
        lab.run("router", f"iptables -t nat -D POSTROUTING {rule} 2>/dev/null; true")
    # A rule that was tried on the Docker host would outlive the lab.
    for line in lab.run("host", "iptables -t nat -S POSTROUTING").output.splitlines():
        if any(subnet in line for subnet in (*_subnets(lab), "10.50.0.0/16")):
            lab.run("host", line.replace("-A", "iptables -t nat -D", 1))


def _way_back(lab: Lab, v: Values) -> Iterator[Seen]:
    pc = v["pc"]
    for name in first_two(lab):
        ping = lab.ping(pc, name)
        yield Seen.that(
            f"{pc} reaches {name}", ping.ok, ping,
            hint=f"Which subnet has {name}, and who knows a way there? The next hop is the Docker host, {v['host']}.",
        )  # fmt: skip
        back = lab.ping(name, pc)
        yield Seen.that(f"and {name} reaches {pc}", back.ok, back)


def _add_routes(lab: Lab, machine: str, subnets: tuple[str, ...], via: str) -> None:
    for subnet in subnets:
        lab.run(machine, ["ip", "route", "add", subnet, "via", via])


def _one_for_all(lab: Lab, v: Values) -> Iterator[Seen]:
    routes = lab.routes("pc1")
    own = [e for e in routes.entries if e.via and (e.destination, e.via) != ("default", v["router"])]
    yield Seen.that(
        "pc1 has its default route to the router and no other", not own, routes,
        hint="A hundred PCs would each need that route. Which one machine do all of them ask?",
    )  # fmt: skip
    yield from _way_back(lab, v)


def _out_to_the_world(lab: Lab, v: Values) -> Iterator[Seen]:
    first = v["who"]
    back = lab.ping("router", first)
    yield Seen.that(
        f"the router reaches {first}", back.ok, back,
        hint=f"Whatever answers, the answer comes to the router, and must go on to {first}: a route to its subnet, via"
        f" {v['host']}.",
    )  # fmt: skip
    ping = lab.ping(first, "internet")
    yield Seen.that(
        f"{first} reaches the Internet host", ping.ok, ping,
        hint="Look at the Internet side: which source address arrives there, and can it be answered? The router"
        " translates the LAN's addresses (iptables -t nat -S), not yet these.",
    )  # fmt: skip


def _route_and_nat(lab: Lab, v: Values) -> None:
    _add_routes(lab, "router", _subnets(lab), lab.address("host"))
    lab.run("router", f"iptables -t nat -A POSTROUTING -s {v['its']} -o wan0 -j MASQUERADE")


def _both(_: random.Random, lab: Lab) -> dict[str, Any]:
    one, two = _subnets(lab)
    return {"one": one, "two": two, "pc": "pc1"}


def _one_pc(rng: random.Random, lab: Lab) -> dict[str, Any]:
    return {**_both(rng, lab), "pc": rng.choice(["pc1", "laptop"])}


def _one_container(rng: random.Random, lab: Lab) -> dict[str, Any]:
    who, subnet = rng.choice(list(zip(first_two(lab), _subnets(lab), strict=True)))
    return {**_both(rng, lab), "who": who, "its": subnet}


def _sibling(rng: random.Random, lab: Lab) -> dict[str, Any]:
    return {
        "name": places.name(lab, rng, "api", "queue", "search"),
        "ip": drawn(lab, rng, IPv4Network(_subnets(lab)[1]), 70, 200),
    }


def _sibling_found(lab: Lab, v: Values) -> Iterator[Seen]:
    first, _ = first_two(lab)
    page = lab.http(first, v["ip"])
    yield Seen.that(
        f"{first} gets the page of {v['name']} at {v['ip']}", serves(page, v["name"], lab), page,
        hint=f"It needs --network {v['network']} and --ip {v['ip']}, and no second network: its answers would take the"
        " default route of that one.",
    )  # fmt: skip


def _pc_answers(lab: Lab) -> Seen:
    ping = lab.ping(first_two(lab)[0], "pc1")
    return Seen.that("the PC's answer comes back", ping.ok, ping)


def _subnets_talk(lab: Lab) -> Seen:
    ping = lab.ping(*first_two(lab))
    return Seen.that("they reach each other", ping.ok, ping)


def _has_gateway(lab: Lab) -> Seen:
    routes = lab.routes(first_two(lab)[0])
    return Seen.that("its default route names a gateway", any(e.via for e in routes.entries), routes)


QUESTIONS = (
    Question(
        "answer",
        "A container pings the LAN PC. Does the answer come back?",
        _pc_answers,
        "The request arrives, but the PC sends its answer to its default gateway, and that knows no way.",
    ),
    Question(
        "gateway",
        "Has a container a default gateway, an address to which it sends all that goes elsewhere?",
        _has_gateway,
        "Its default route names the device alone; the host's own table moves the packet on.",
    ),
    Question(
        "subnets",
        "Do containers in two different subnets of this network reach each other?",
        _subnets_talk,
        "The host routes between the subnets of one L3 network by itself.",
    ),
)

EXERCISES = (
    Exercise(
        "sibling",
        "A neighbour in the other subnet",
        "Run a container named {name} with the address {ip} in this network, so that {first} gets its page.",
        _sibling_found,
        lambda lab, v: lab.docker(
            f"run -d --name {v['name']} --network {lab.plan.networks[0].name} --ip {v['ip']} dnetlab/lab:1"
        ),
        lambda lab, v: lab.docker(f"run -d --name {v['name']} dnetlab/lab:1"),
        (
            "One network holds both subnets. The address says which subnet it is.",
            "docker run takes --network and --ip.",
            "lab.docker('run -d --name {name} --network {network} --ip {ip} dnetlab/lab:1')",
        ),
        "docker run -d --name {name} --network {network} --ip {ip} dnetlab/lab:1",
        _sibling,
    ),
    Exercise(
        "way-back",
        "The way back",
        "{pc} and the containers do not reach each other. Make them, in both directions, for both subnets.",
        _way_back,
        lambda lab, v: _add_routes(lab, v["pc"], _subnets(lab), lab.address("host")),
        lambda lab, v: _add_routes(lab, v["pc"], _subnets(lab)[:1], lab.address("host")),
        (
            "Packets of the containers arrive at {pc} (capture them!). Where do its answers go? lab.routes('{pc}')",
            "Somebody must know: {one} and {two} are behind {host}.",
            "lab.run('{pc}', 'ip route add {one} via {host}'), and the same for the other subnet",
        ),
        "# on {pc} (or on the router):\nip route add {one} via {host}\nip route add {two} via {host}",
        _one_pc,
        start=_routes_forgotten,
        level=2,
    ),
    Exercise(
        "for-all",
        "For every PC at once",
        "Make pc1 and the containers reach each other without touching pc1: every other PC shall profit as well.",
        _one_for_all,
        lambda lab, v: _add_routes(lab, "router", _subnets(lab), lab.address("host")),
        lambda lab, v: _add_routes(lab, "pc1", _subnets(lab), lab.address("host")),
        (
            "Where does every PC of the LAN send what it has no route for?",
            "The router must know where {one} and {two} are: behind the Docker host.",
            "lab.run('router', 'ip route add {one} via {host}'), and the same for the other subnet",
        ),
        "# on the router:\nip route add {one} via {host}\nip route add {two} via {host}",
        _both,
        start=_routes_forgotten,
        level=2,
    ),
    Exercise(
        "world",
        "Out into the world",
        "Make {who} reach the Internet host 203.0.113.10.",
        _out_to_the_world,
        _route_and_nat,
        lambda lab, v: _add_routes(lab, "router", _subnets(lab), lab.address("host")),
        (
            "Two things are missing: a way back to the LAN, and an address that the Internet can answer.",
            "The router needs routes to the subnets, and must translate their addresses as it does the LAN's.",
            "iptables -t nat -A POSTROUTING -s {its} -o wan0 -j MASQUERADE",
        ),
        "# on the router:\nip route add {one} via {host}\nip route add {two} via {host}\n"
        "iptables -t nat -A POSTROUTING -s {its} -o wan0 -j MASQUERADE",
        _one_container,
        start=_routes_forgotten,
        level=3,
    ),
)
