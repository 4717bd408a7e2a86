"""MACVLAN 802.1q: questions to predict, exercises to solve; judged by the live network."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any

from dnetlab.check import Exercise, Question, Values
from dnetlab.claims import Seen
from dnetlab.errors import DnetlabError
from dnetlab.exercises.places import drawn, name, serves
from dnetlab.types.macvlan_8021q import first_in, vlans_of

if TYPE_CHECKING:
    from dnetlab.lab import Lab


def _last(_: random.Random, lab: Lab) -> dict[str, Any]:
    return {"vlan": vlans_of(lab)[-1]}


def _one_of_two(rng: random.Random, lab: Lab) -> dict[str, Any]:
    return {"vlan": rng.choice(vlans_of(lab))}


def _two_vlans(lab: Lab) -> tuple[int, int]:
    vlans = vlans_of(lab)
    if len(vlans) < 2:
        raise DnetlabError(
            "This exercise needs two VLANs.", "The lab has one.", "Set VLAN ids to 10, 20 and build again."
        )
    return vlans[0], vlans[-1]


def _camera(rng: random.Random, lab: Lab) -> dict[str, Any]:
    return {
        "name": name(lab, rng, "camera", "sensor", "phone"),
        "ip": drawn(lab, rng, _subnet(lab, vlans_of(lab)[-1]), 50, 90),
        **_last(rng, lab),
    }


def _subnet(lab: Lab, vlan: int) -> IPv4Network:
    subnet = lab.plan.topology.network(f"vlan{vlan}").pools[0].subnet
    assert isinstance(subnet, IPv4Network)
    return subnet


def _in_last_vlan(lab: Lab, v: Values) -> Iterator[Seen]:
    vlan, address = v["vlan"], v["ip"]
    page = lab.http(f"pc{vlan}", address)
    yield Seen.that(
        f"pc{vlan} gets the page of {v['name']} at {address}", serves(page, v["name"], lab), page,
        hint=f"Each VLAN has its own Docker network; the one of VLAN {vlan} is vlan{vlan}.",
    )  # fmt: skip
    trace = lab.ping(f"pc{vlan}", address)
    yield Seen.that("without a router in between (TTL 64)", trace.ttl == 64, trace)


def _run_in(lab: Lab, v: Values, network: str) -> None:
    lab.docker(f"run -d --name {v['name']} --network {network} --ip {v['ip']} dnetlab/lab:1")


@contextmanager
def _vlan_lost(lab: Lab, v: Values) -> Iterator[None]:
    lab.run("switch", f"bridge vlan del dev p-host vid {v['vlan']}")
    yield
    lab.run("switch", f"bridge vlan add dev p-host vid {v['vlan']}")


def _vlan_back(lab: Lab, v: Values) -> Iterator[Seen]:
    name, pc = first_in(lab, v["vlan"]), f"pc{v['vlan']}"
    ping = lab.ping(pc, name)
    yield Seen.that(
        f"{pc} reaches {name}", ping.ok, ping,
        hint="Both ends of the cable to the Docker host must carry the VLAN, each frame with its tag. What does the switch's port carry?"
        " lab.run('switch', 'bridge vlan show')",
    )  # fmt: skip
    one = next(vlan for vlan in _two_vlans(lab) if vlan != v["vlan"])
    other = lab.ping(f"pc{one}", first_in(lab, one))
    yield Seen.that(
        f"and VLAN {one} still works",
        other.ok,
        other,
        hint="The port must carry both VLANs, each tagged: a trunk.",
    )


def _carry(lab: Lab, v: Values, how: str = "") -> None:
    lab.run("switch", f"bridge vlan add dev p-host vid {v['vlan']}{how}")


@contextmanager
def _router_stopped(lab: Lab, v: Values) -> Iterator[None]:
    with lab.lan.forwarding_off("router"):
        yield


def _vlans_talk(lab: Lab, v: Values) -> Iterator[Seen]:
    one, two = _two_vlans(lab)
    a, b = first_in(lab, one), first_in(lab, two)
    ping = lab.ping(a, b)
    yield Seen.that(
        f"{a} reaches {b}", ping.ok, ping,
        hint="Only a router connects VLANs. It has a leg in each; does it forward? sysctl net.ipv4.ip_forward",
    )  # fmt: skip
    yield Seen.that(
        "by way of the router (TTL 63)", ping.ttl == 63, ping,
        hint=f"They talk past the router: one of the two is in both VLANs now. It is open to both, and all others are as"
        f" cut off as before. Take it out again (lab.docker('network disconnect vlan{two} {a}')), and mend the router.",
    )  # fmt: skip


def _forward(lab: Lab, v: Values) -> None:
    lab.run("router", "sysctl -w net.ipv4.ip_forward=1")


def _same_vlan_only(lab: Lab) -> Seen:
    one, two = _two_vlans(lab)
    ping = lab.ping(first_in(lab, one), first_in(lab, two))
    return Seen.that("the answer comes with TTL 64", ping.ttl == 64, ping)


QUESTIONS = (
    Question(
        "direct-across",
        "Do containers of two VLANs on this one host talk directly, without a router?",
        _same_vlan_only,
        "VLANs are separate networks even inside one host; the router on the LAN connects them (TTL 63).",
    ),
)

EXERCISES = (
    Exercise(
        "second-vlan",
        "Into the right VLAN",
        "Run a container named {name} in VLAN {vlan}, with the address {ip}, so that the PC of that VLAN gets its page"
        " directly.",
        _in_last_vlan,
        lambda lab, v: _run_in(lab, v, f"vlan{v['vlan']}"),
        lambda lab, v: lab.docker(
            f"run -d --name {v['name']} --network vlan{vlans_of(lab)[0]} dnetlab/lab:1"
        ),
        (
            "Which Docker network belongs to VLAN {vlan}? lab.docker('network ls')",
            "docker run takes --network and --ip.",
            "docker run --network vlan{vlan} --ip {ip} ...",
        ),
        "docker run -d --name {name} --network vlan{vlan} --ip {ip} dnetlab/lab:1",
        _camera,
    ),
    Exercise(
        "trunk",
        "The VLAN that got lost",
        "The PC of VLAN {vlan} does not reach the containers of its VLAN any more. The Docker host has not been touched. Mend it"
        " (and break nothing else).",
        _vlan_back,
        _carry,
        lambda lab, v: _carry(lab, v, " pvid untagged"),
        (
            "Do the containers of that VLAN still reach each other? Then look beyond the host.",
            "lab.run('switch', 'bridge vlan show') lists what each port carries.",
            "The trunk to the host must carry the VLAN tagged: bridge vlan add dev p-host vid {vlan}",
        ),
        "# on the switch:\nbridge vlan add dev p-host vid {vlan}",
        _one_of_two,
        start=_vlan_lost,
        level=2,
    ),
    Exercise(
        "router",
        "From VLAN to VLAN",
        "The containers of the two VLANs do not reach each other. Find what is missing, and mend it.",
        _vlans_talk,
        _forward,
        lambda lab, v: lab.run("switch", "bridge vlan show"),
        (
            "Does each container reach its default gateway? Then the VLANs are good.",
            "The gateway is the router. Does it pass packets on? lab.run('router', 'sysctl net.ipv4.ip_forward')",
            "lab.run('router', 'sysctl -w net.ipv4.ip_forward=1') turns its forwarding on.",
        ),
        "# on the router:\nsysctl -w net.ipv4.ip_forward=1",
        start=_router_stopped,
        level=2,
    ),
)
