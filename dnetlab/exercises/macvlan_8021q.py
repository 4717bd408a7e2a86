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
from dnetlab.exercises.places import addresses, drawn, name, serves, unused
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
        hint=f"Each VLAN has its own Docker network; the one of VLAN {vlan} is vlan{vlan}."
        f" And the address is {address}: --network and --ip.",
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
    plain = lab.ping("pc1", "host")
    yield Seen.that(
        "the LAN without a tag still works: pc1 reaches the Docker host", plain.ok, plain,
        hint="Untagged frames of the host belong to VLAN 1 (PVID, Egress Untagged), as on the other ports. Was that changed?",
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


def _fault(rng: random.Random, lab: Lab) -> dict[str, Any]:
    """What is wrong with the router, by lot: it does not forward, or one of its legs is down."""
    leg = f"eth0.{rng.choice(vlans_of(lab))}"
    repair = rng.choice(["sysctl -w net.ipv4.ip_forward=1", f"ip link set {leg} up"])
    return {"repair": repair, "leg": leg}


@contextmanager
def _router_broken(lab: Lab, v: Values) -> Iterator[None]:
    if v["repair"].startswith("sysctl"):
        with lab.lan.forwarding_off("router"):
            yield
    else:
        lab.run("router", f"ip link set {v['leg']} down")
        yield
        lab.run("router", f"ip link set {v['leg']} up")


def _vlans_talk(lab: Lab, v: Values) -> Iterator[Seen]:
    one, two = _two_vlans(lab)
    a, b = first_in(lab, one), first_in(lab, two)
    for vlan, container in ((one, a), (two, b)):
        leg = lab.ping(container, str(lab.plan.topology.network(f"vlan{vlan}").pools[0].gateway))
        yield Seen.that(
            f"{container} reaches its gateway, the router's leg in VLAN {vlan}", leg.ok, leg,
            hint=f"That leg is eth0.{vlan} on the router. Is it up? lab.run('router', 'ip -br address')",
        )  # fmt: skip
    ping = lab.ping(a, b)
    yield Seen.that(
        f"{a} reaches {b}", ping.ok, ping,
        hint="The router has a leg in each VLAN, and both answer. Does it forward? sysctl net.ipv4.ip_forward",
    )  # fmt: skip
    yield Seen.that(
        "by way of the router (TTL 63)", ping.ttl == 63, ping,
        hint=f"They talk past the router: one of the two is in both VLANs now. It is open to both, and all others are as"
        f" cut off as before. Take it out again (lab.docker('network disconnect vlan{two} {a}')), and mend the router.",
    )  # fmt: skip


def _mend(lab: Lab, v: Values) -> None:
    lab.run("router", v["repair"])


def _third_vlan(rng: random.Random, lab: Lab) -> dict[str, Any]:
    vlan = rng.choice([number for number in range(30, 100) if number not in vlans_of(lab)])
    subnet = unused(lab, vlan, "10.10")
    return {
        "name": name(lab, rng, "cam", "door", "lift"), "vlan": vlan, "subnet": str(subnet), "gate": str(subnet[1]),
        "ip": str(subnet[rng.randint(50, 200)]), "pc": f"pc{vlans_of(lab)[0]}", "prefix": subnet.prefixlen,
    }  # fmt: skip


@contextmanager
def _without_leg(lab: Lab, v: Values) -> Iterator[None]:
    """Whatever the learner made on the LAN's side is gone at the end."""
    yield
    lab.run("router", f"ip link del eth0.{v['vlan']} 2>/dev/null; true")
    for port in ("p-host", "p-router"):
        lab.run("switch", f"bridge vlan del dev {port} vid {v['vlan']} 2>/dev/null; true")


def _from_nothing(lab: Lab, v: Values) -> Iterator[Seen]:
    runs = lab.docker("ps")
    yield Seen.that(
        f"{v['name']} has the address {v['ip']}", v["ip"] in addresses(lab, v["name"]), runs,
        hint=f"A VLAN has a Docker network of its own: -d macvlan, --subnet, --gateway and -o parent={v['nic']}.{v['vlan']}."
        f" Run {v['name']} in it, with --ip.",
    )  # fmt: skip
    vlans = lab.run("switch", "bridge vlan show")
    leg = lab.ping("router", v["ip"])
    yield Seen.that(
        f"the router reaches {v['name']}", leg.ok, vlans, leg,
        hint=f"The frames must pass the switch: both trunks, p-host and p-router, carry VLAN {v['vlan']} (bridge vlan add)?"
        f" And the router needs a leg in it: an interface eth0.{v['vlan']} of type vlan, with {v['gate']}/{v['prefix']}, up.",
    )  # fmt: skip
    page = lab.http(v["pc"], v["ip"])
    yield Seen.that(
        f"{v['pc']} gets the page of {v['name']}", serves(page, v["name"], lab), page,
        hint=f"{v['name']} must find the way back: is {v['gate']}, the router's leg, its gateway?"
        f" lab.routes('{v['name']}')",
    )  # fmt: skip


def _docker_side(lab: Lab, v: Values) -> None:
    lab.docker(
        f"network create -d macvlan --subnet {v['subnet']} --gateway {v['gate']} -o parent={v['nic']}.{v['vlan']} third"
    )
    lab.docker(f"run -d --name {v['name']} --network third --ip {v['ip']} dnetlab/lab:1")


def _whole_vlan(lab: Lab, v: Values) -> None:
    _docker_side(lab, v)
    for port in ("p-host", "p-router"):
        lab.run("switch", f"bridge vlan add dev {port} vid {v['vlan']}")
    leg = f"eth0.{v['vlan']}"
    lab.run("router", f"ip link add link eth0 name {leg} type vlan id {v['vlan']}")
    lab.run("router", f"ip addr add {v['gate']}/{v['prefix']} dev {leg}")
    lab.run("router", f"ip link set {leg} up")


def _same_vlan_only(lab: Lab) -> Seen:
    one, two = _two_vlans(lab)
    ping = lab.ping(first_in(lab, one), first_in(lab, two))
    return Seen.that("the answer comes with TTL 64", ping.ttl == 64, ping)


def _sub_address(lab: Lab) -> Seen:
    links = lab.links("host")
    sub = links.of(f"{lab.plan.nic}.{vlans_of(lab)[0]}")
    held = [a for a in sub.addresses if ":" not in a] if sub else []
    return Seen.that("the sub-interface has an IPv4 address", bool(held), links)


QUESTIONS = (
    Question(
        "sub-address",
        "Has a VLAN's sub-interface an IPv4 address on the Docker host?",
        _sub_address,
        "It has none, and needs none: it only tags and untags frames.",
    ),
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
        _mend,
        lambda lab, v: lab.run("switch", "bridge vlan show"),
        (
            "Only a router connects VLANs. Does a container of each VLAN reach its gateway? lab.routes('{first}') names one.",
            "If one gateway is silent, see the router's legs: lab.run('router', 'ip -br address'). If both answer, does the"
            " router pass packets on? lab.run('router', 'sysctl net.ipv4.ip_forward')",
            "lab.run('router', '{repair}')",
        ),
        "# on the router:\n{repair}",
        _fault,
        start=_router_broken,
        level=2,
    ),
    Exercise(
        "third",
        "A VLAN from nothing",
        "Build VLAN {vlan} with the subnet {subnet}: a container named {name} in it, at {ip}; the switch carries it; the router"
        " is its gateway, at {gate}. At the end {pc} gets the page of {name}.",
        _from_nothing,
        _whole_vlan,
        _docker_side,
        (
            "Three places: a Docker network on {nic}.{vlan}, the VLAN on two ports of the switch, a leg of the router.",
            "Look how VLAN 10 does it: lab.run('switch', 'bridge vlan show'), lab.run('router', 'ip -d -br link').",
            "On the switch: bridge vlan add dev p-host vid {vlan}, and p-router too. On the router: ip link add link eth0 name"
            " eth0.{vlan} type vlan id {vlan}, then the address {gate}/{prefix}, then up.",
        ),
        "docker network create -d macvlan --subnet {subnet} --gateway {gate} -o parent={nic}.{vlan} third\n"
        "docker run -d --name {name} --network third --ip {ip} dnetlab/lab:1\n"
        "# on the switch:\nbridge vlan add dev p-host vid {vlan}\nbridge vlan add dev p-router vid {vlan}\n"
        "# on the router:\nip link add link eth0 name eth0.{vlan} type vlan id {vlan}\n"
        "ip addr add {gate}/{prefix} dev eth0.{vlan}\nip link set eth0.{vlan} up",
        _third_vlan,
        start=_without_leg,
        level=3,
    ),
)
