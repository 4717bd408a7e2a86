"""Bridge, user-defined: questions to predict, exercises to solve; judged by the live network."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING, Any

from dnetlab.check import Exercise, Question, Values
from dnetlab.claims import Seen
from dnetlab.exercises import on_bridge
from dnetlab.exercises.places import addresses, drawn, name, two
from dnetlab.plan import Attachment, Container
from dnetlab.types.user_bridge import network_of

if TYPE_CHECKING:
    from dnetlab.lab import Lab


def _newcomer(rng: random.Random, lab: Lab) -> dict[str, Any]:
    return {"name": name(lab, rng, "api", "queue", "search")}


def _second_name(rng: random.Random, lab: Lab) -> dict[str, Any]:
    subnet = network_of(lab).pools[0].subnet
    assert isinstance(subnet, IPv4Network)
    return {
        "name": name(lab, rng, "billing", "stock", "mailer"),
        "alias": name(lab, rng, "backend", "upstream"),
        "ip": drawn(lab, rng, subnet, 70, 200),
    }


def _found_by_name(lab: Lab, v: Values) -> Iterator[Seen]:
    first = lab.plan.containers[0].name
    ping = lab.ping(first, v["name"], by="name")
    yield Seen.that(
        f"{first} reaches {v['name']} by name", ping.ok, ping,
        hint=f"Is the container on the network {network_of(lab).name}? docker run takes --network.",
    )  # fmt: skip


def _alias_and_address(lab: Lab, v: Values) -> Iterator[Seen]:
    first = lab.plan.containers[0].name
    named = lab.lookup(first, v["name"])
    yield Seen.that(
        f"{first} finds the name {v['name']}", named.ok, named,
        hint=f"Is there a container --name {v['name']} in the network {network_of(lab).name}?",
    )  # fmt: skip
    lookup = lab.lookup(first, v["alias"])
    yield Seen.that(
        f"{first} finds the name {v['alias']}", lookup.ok, lookup,
        hint="A second name in a network is an alias: --network-alias.",
    )  # fmt: skip
    yield Seen.that(
        f"it stands for {v['ip']}",
        lookup.addresses == (v["ip"],),
        lookup,
        hint=f"docker run takes --ip {v['ip']}.",
    )
    ping = lab.ping(first, v["ip"])
    yield Seen.that("and that address answers", ping.ok, ping)


def _second_network(rng: random.Random, lab: Lab) -> dict[str, Any]:
    own = network_of(lab)
    subnets = [IPv4Network(f"172.{n}.{rng.randint(1, 250)}.0/24") for n in (30, 31)]
    subnet = next(
        s for s in subnets if not any(s.overlaps(p.subnet) for p in own.pools if p.subnet.version == 4)
    )
    return {
        "name": name(lab, rng, "vault", "safe", "archive"),
        "second": name(lab, rng, "backend", "store"),
        "subnet": str(subnet),
    }


def _on_both(lab: Lab, v: Values) -> Iterator[Seen]:
    first, other = two(lab)
    vault, subnet = v["name"], IPv4Network(v["subnet"])
    yield Seen.that(
        f"{vault} runs, and has an address of {subnet}",
        any(IPv4Address(address) in subnet for address in addresses(lab, vault)), lab.docker("ps"),
        hint=f"The new network is made with --subnet {subnet}, and {vault} is run in it with --network.",
    )  # fmt: skip
    ping = lab.ping(first, vault, by="name")
    yield Seen.that(
        f"{first} reaches {vault} by name", ping.ok, ping,
        hint=f"{first} must be in the network of {vault} as well: docker network connect.",
    )  # fmt: skip
    for by in ("name", "address"):
        kept_out = lab.ping(other, vault, by=by)
        yield Seen.that(
            f"{other} does not reach it by {by}", not kept_out.ok, kept_out,
            hint=f"{other} and {vault} are in one network. {vault} belongs into a network of its own, where {first} joins it.",
        )  # fmt: skip
    way_out = lab.ping(vault, "pc1")
    yield Seen.that(
        f"{vault} has no way out to the LAN", not way_out.ok, way_out,
        hint="Which option of docker network create makes a network without a way out?",
    )  # fmt: skip


def _make_vault(lab: Lab, v: Values, internal: str = "--internal ") -> None:
    lab.docker(f"network create {internal}--subnet {v['subnet']} {v['second']}")
    lab.docker(f"run -d --name {v['name']} --network {v['second']} dnetlab/lab:1")
    lab.docker(f"network connect {v['second']} {v['first']}")


@contextmanager
def _db_left(lab: Lab, v: Values) -> Iterator[None]:
    _, other = two(lab)
    lab.docker(f"network disconnect {v['network']} {other}")
    yield
    if v["network"] not in lab.client.api.inspect_container(other)["NetworkSettings"]["Networks"]:
        lab.docker(f"network connect {v['network']} {other}")


def _db_is_back(lab: Lab, v: Values) -> Iterator[Seen]:
    first, other = two(lab)
    ping = lab.ping(first, other, by="name")
    yield Seen.that(
        f"{first} reaches {other} by name again", ping.ok, ping,
        hint=f"In which networks is {other}, and in which is {first}? lab.docker('ps')",
    )  # fmt: skip


def _another_bridge_reaches(lab: Lab) -> Seen:
    with lab.temporary(Container("stranger", (Attachment("bridge"),))):
        ping = lab.ping("stranger", lab.plan.containers[0].name)
    return Seen.that("a container of the default bridge reaches it", ping.ok, ping)


QUESTIONS = (
    Question(
        "names",
        "Do the containers find each other by name?",
        on_bridge.name_resolves,
        "User-defined networks have Docker's DNS at 127.0.0.11; it knows every container of the network.",
    ),
    Question(
        "other-bridge",
        "Does a container on another bridge of this host reach one of these, by address?",
        _another_bridge_reaches,
        "The host could route between its bridges, but Docker's rules keep them apart.",
    ),
    Question(
        "lan-by-address",
        "Does the LAN PC reach a container by its address, if nothing is published?",
        on_bridge.lan_reaches,
        "The network is private: the LAN's router does not know it, and the host drops what comes directly.",
    ),
)

EXERCISES = (
    Exercise(
        "newcomer",
        "A newcomer",
        "Run a container named {name}, so that {first} reaches it by its name.",
        _found_by_name,
        lambda lab, v: lab.docker(
            f"run -d --name {v['name']} --network {network_of(lab).name} dnetlab/lab:1"
        ),
        lambda lab, v: lab.docker(f"run -d --name {v['name']} dnetlab/lab:1"),
        (
            "A container without --network lands on the default bridge.",
            "Put it into the same network as {first}: --network {network}.",
            "lab.docker('run -d --name {name} --network {network} dnetlab/lab:1')",
        ),
        "docker run -d --name {name} --network {network} dnetlab/lab:1",
        _newcomer,
    ),
    Exercise(
        "alias",
        "A second name and a chosen address",
        "Run a container named {name} in the network {network} that is also found as {alias} and has the address {ip}.",
        _alias_and_address,
        lambda lab, v: lab.docker(
            f"run -d --name {v['name']} --network {network_of(lab).name} --ip {v['ip']}"
            f" --network-alias {v['alias']} dnetlab/lab:1"
        ),
        lambda lab, v: lab.docker(
            f"run -d --name {v['name']} --network {network_of(lab).name} --network-alias {v['alias']} dnetlab/lab:1"
        ),
        (
            "In a network a container can have more names than its own: aliases. And its address need not be left to Docker.",
            "docker run has --ip and --network-alias. Both count for the network that --network names.",
            "lab.docker('run -d --name {name} --network {network} --ip {ip} --network-alias {alias} dnetlab/lab:1')",
        ),
        "docker run -d --name {name} --network {network} --ip {ip} --network-alias {alias} dnetlab/lab:1",
        _second_name,
        level=2,
    ),
    Exercise(
        "repair",
        "The database left",
        "Somebody disconnected {last}. Bring it back, so that {first} reaches it by name.",
        _db_is_back,
        lambda lab, v: lab.docker(f"network connect {network_of(lab).name} {lab.plan.containers[-1].name}"),
        lambda lab, v: lab.docker(f"network connect bridge {lab.plan.containers[-1].name}"),
        (
            "See which interfaces {last} has: lab.links('{last}').",
            "It runs, but it is in no network. Which docker command puts a running container into one?",
            "lab.docker('network connect {network} {last}')",
        ),
        "docker network connect {network} {last}",
        start=_db_left,
        level=2,
    ),
    Exercise(
        "vault",
        "A vault behind the web server",
        "Run a container named {name} in a new network {second} ({subnet}). {first} must reach it by name; {last} must not;"
        " and {name} itself must have no way out to the LAN.",
        _on_both,
        _make_vault,
        lambda lab, v: _make_vault(lab, v, internal=""),
        (
            "A container can be in two networks. Which of the three belongs into both?",
            "docker network create --internal makes a network without a way out.",
            "Create {second} with --internal and --subnet {subnet}, run {name} in it, connect {first} to it.",
        ),
        "docker network create --internal --subnet {subnet} {second}\n"
        "docker run -d --name {name} --network {second} dnetlab/lab:1\n"
        "docker network connect {second} {first}",
        _second_network,
        level=3,
    ),
)
