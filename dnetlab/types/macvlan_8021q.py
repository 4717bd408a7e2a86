"""MACVLAN 802.1q: one trunk cable, a sub-interface a VLAN, a macvlan network on each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any

from dnetlab.claims import ClaimList, Seen
from dnetlab.errors import InvalidPlan, Problem
from dnetlab.plan import Attachment, Container, Interface, Network, Plan, Pool, build, parameters, validate
from dnetlab.plan.lan import INTERNET, lan, vlan_subnet
from dnetlab.types import evidence
from dnetlab.types.base import NetworkType, Text

if TYPE_CHECKING:
    from dnetlab.lab import Lab

TEXT = Text(
    description="As MACVLAN bridge, plus trunked VLANs.",
    functionality="A sub-interface for each VLAN on one trunk NIC.",
    use_case="Several isolated segments over one cable.",
    docs="https://docs.docker.com/engine/network/drivers/macvlan/#8021q-trunk-bridge-mode",
)

PARAMETERS = (
    parameters.vlans((10, 20)),
    parameters.subnets("One subnet for each VLAN, separated by commas; empty: 10.10.<VLAN id>.0/24."),
    parameters.containers(2, high=12, help="Containers in each VLAN (1 to 12)."),
    parameters.names(
        "Names, separated by commas; each VLAN's containers get its id at the end: web10, web20, ..."
    ),
    parameters.pcs(),
    parameters.lan(),
    parameters.nic(),
)


def make(values: Mapping[str, Any]) -> Plan:
    """The plan: a sub-interface and a macvlan network for each VLAN; switch ports and router legs to match."""
    vlans: tuple[int, ...] = values["vlans"]
    subnets: tuple[IPv4Network, ...] = values["subnets"] or tuple(vlan_subnet(v) for v in vlans)
    if len(subnets) != len(vlans):
        text = f"{len(subnets)} subnets for {len(vlans)} VLANs; each VLAN needs one of its own."
        raise InvalidPlan([Problem("subnets", text, ", ".join(str(vlan_subnet(v)) for v in vlans))])
    nic = values["nic"]
    problems = [*validate.lan(values["lan"])]
    instead = validate.spare([vlan_subnet(v) for v in vlans], [values["lan"], INTERNET])
    for number, (vlan, subnet) in enumerate(zip(vlans, subnets, strict=True)):
        others = {"the LAN": values["lan"], "the lab's Internet": INTERNET}
        others |= {
            f"the subnet of VLAN {v}": s for v, s in zip(vlans[:number], subnets[:number], strict=True)
        }
        problems += validate.apart(subnet, others, "subnets", instead)
        problems += validate.lan_size(subnet, "subnets")
        problems += validate.interface_name(f"{nic}.{vlan}", "vlans")
    if values["pcs"] >= min(vlans):
        text = f"with VLAN {min(vlans)} the lab has a pc{min(vlans)} of its own; fewer fixed PCs, please."
        problems.append(Problem("pcs", text, str(min(vlans) - 1)))
    if problems:
        raise InvalidPlan(problems)
    around = lan(
        subnet=values["lan"], vlans=tuple(zip(vlans, subnets, strict=True)), pcs=values["pcs"], nic=nic
    )
    names = parameters.container_names(values["containers"], values["names"])
    taken = [*(m.name for m in around.machines), *(f"{name}{vlan}" for vlan in vlans for name in names)]
    doubles = [name for name in dict.fromkeys(taken) if taken.count(name) > 1]
    if doubles:
        raise InvalidPlan(
            [Problem("names", f"with the VLAN's id at the end two would be {doubles[0]}.", "web, db")]
        )
    networks, containers, machines, devices = [], [], [], []
    for vlan, subnet in zip(vlans, subnets, strict=True):
        router, pc = subnet.network_address + 1, subnet.network_address + 100
        network = Network(
            f"vlan{vlan}", "macvlan", (Pool(subnet, router),), parent=f"{nic}.{vlan}", vlan=vlan
        )
        free = validate.free_addresses(subnet, None, [router, pc])
        own = [build.addressed(f"{name}{vlan}", network.name, next(free)) for name in names]
        networks.append(network)
        containers += own
        machines += [
            build.container_machine(c, network, "macvlan", parent=network.parent, gateway=router) for c in own
        ]
        devices.append(Interface(f"{nic}.{vlan}", "vlan", parent=nic, vlan=vlan))
    return build.plan(
        "macvlan_8021q", "MACVLAN 802.1q", around,
        networks=networks, containers=containers, machines=machines, devices=devices, values=dict(values),
        note="One cable, several VLANs: frames carry a tag on the trunk.",
    )  # fmt: skip


claim = ClaimList()


def vlans_of(lab: Lab) -> tuple[int, ...]:
    return tuple(n.vlan for n in lab.plan.networks if n.vlan is not None)


def first_in(lab: Lab, vlan: int) -> str:
    return next(c.name for c in lab.plan.containers if c.attachments[0].network == f"vlan{vlan}")


@claim(
    "own-mac",
    "description",
    "As with MACVLAN bridge, each container has a MAC address and an IP address of its own.",
)
def _own_mac(lab: Lab) -> Iterator[Seen]:
    macs = []
    for container in lab.plan.containers:
        links = lab.links(container.name)
        eth0 = links.of("eth0")
        macs.append(eth0.mac if eth0 else "")
        yield Seen.that(
            f"{container.name} has a macvlan device with an address of its VLAN",
            eth0 is not None
            and eth0.kind == "macvlan"
            and lab.address(container.name) in str(eth0.addresses),
            links,
        )
    shown = evidence.network(lab, lab.plan.networks[0].name)
    yield Seen.that("no two have the same MAC", len(set(macs)) == len(macs), shown)


@claim(
    "trunk",
    "description",
    "On the cable to the switch the frames of all VLANs travel together, each with its tag.",
)
def _trunk(lab: Lab) -> Iterator[Seen]:
    for vlan in vlans_of(lab):
        name, pc = first_in(lab, vlan), f"pc{vlan}"
        capture = lab.capture("switch", "p-host", partial(lab.ping, name, pc), only=f"vlan {vlan} and icmp")
        frames = capture.matching(lab.address(pc))
        yield Seen.that(
            f"{name}'s packets to {pc} carry the 802.1Q tag {vlan} on the trunk",
            len(frames) >= 2 and all(f.vlan == vlan for f in frames),
            capture,
        )


@claim(
    "access-port",
    "description",
    "At an access port the switch takes the tag off: a PC needs to know nothing of VLANs.",
)
def _access_port(lab: Lab) -> Iterator[Seen]:
    vlan = vlans_of(lab)[0]
    name, pc = first_in(lab, vlan), f"pc{vlan}"
    capture = lab.capture("switch", f"p-{pc}", lambda: lab.ping(name, pc), only="icmp")
    frames = capture.matching(lab.address(pc))
    yield Seen.that(
        f"on the port to {pc} the same packets have no tag",
        len(frames) >= 2 and all(f.vlan is None for f in frames),
        capture,
    )
    table = lab.run("switch", "bridge vlan show")
    yield Seen.that(
        f"that port belongs to VLAN {vlan} alone, untagged",
        f"{vlan} PVID Egress Untagged" in table.output,
        table,
    )


@claim(
    "sub-interface",
    "functionality",
    "For each network Docker makes a VLAN sub-interface on the one NIC; it needs no IP address.",
)
def _sub_interface(lab: Lab) -> Iterator[Seen]:
    host, nic = lab.links("host"), lab.plan.nic
    shown = lab.run("host", f"ip -br addr | grep {nic}")
    for vlan in vlans_of(lab):
        device = host.of(f"{nic}.{vlan}")
        yield Seen.that(
            f"{nic}.{vlan} is a VLAN device on {nic} with id {vlan} and without an IPv4 address",
            device is not None
            and device.kind == "vlan"
            and device.vlan == vlan
            and device.parent == nic
            and not [a for a in device.addresses if ":" not in a],
            host,
            shown,
        )


@claim(
    "one-cable",
    "use case",
    "Several segments over one cable: the switch learns the containers in different VLANs on one port.",
)
def _one_cable(lab: Lab) -> Iterator[Seen]:
    pings = [lab.ping(first_in(lab, vlan), f"pc{vlan}") for vlan in vlans_of(lab)]
    table = lab.run("switch", "bridge fdb show br br0 | grep p-host | grep -v permanent")
    for vlan in vlans_of(lab):
        mac = lab.mac(first_in(lab, vlan))
        yield Seen.that(
            f"{first_in(lab, vlan)}'s MAC is learned on the host's port in VLAN {vlan}",
            f"{mac} dev p-host vlan {vlan}" in table.output,
            *pings,
            table,
        )


@claim(
    "neighbours", "use case", "In its VLAN a container is a neighbour of everybody: PCs, router, siblings."
)
def _neighbours(lab: Lab) -> Iterator[Seen]:
    for vlan in vlans_of(lab):
        name, pc = first_in(lab, vlan), f"pc{vlan}"
        for ping in (lab.ping(name, pc), lab.ping(pc, name)):
            yield Seen.that(f"{ping.verdict[:-1]}: the same VLAN", ping.ok and ping.ttl == 64, ping)
        siblings = [c.name for c in lab.plan.containers if c.attachments[0].network == f"vlan{vlan}"]
        if len(siblings) > 1:
            ping = lab.ping(siblings[0], siblings[1], by="name")
            yield Seen.that(f"{siblings[0]} reaches {siblings[1]} by name", ping.ok, ping)


@claim(
    "isolated",
    "use case",
    "The segments are isolated: without a router nothing crosses, not even between containers of one host.",
)
def _isolated(lab: Lab) -> Iterator[Seen]:
    one, two = vlans_of(lab)[:2]
    a, b = first_in(lab, one), first_in(lab, two)
    with lab.lan.forwarding_off("router") as off:
        ping = lab.ping(a, b)
        yield Seen.that(f"with the router's forwarding off {a} does not reach {b}", not ping.ok, off, ping)
    capture = lab.capture(
        f"pc{two}", "eth0", lambda: lab.run(f"pc{one}", ["arping", "-c", "1", "-w", "2", "-I", "eth0", lab.address(a)]),
        only=f"arp and host {lab.address(a)}",
    )  # fmt: skip
    yield Seen.that(f"an ARP broadcast in VLAN {one} is not heard in VLAN {two}", not capture.frames, capture)
    name = lab.lookup(a, b)
    yield Seen.that("names do not cross either: each network has its own", not name.ok, name)


@claim(
    "router",
    "functionality",
    "Between VLANs a router is needed, with a leg in each: it lowers the TTL by one.",
)
def _router(lab: Lab) -> Iterator[Seen]:
    one, two = vlans_of(lab)[:2]
    a, b = first_in(lab, one), first_in(lab, two)
    ping = lab.ping(a, b)
    yield Seen.that(f"{a} reaches {b} with TTL 63: through the router", ping.ok and ping.ttl == 63, ping)
    trace = lab.run(a, f"busybox traceroute -n -w 1 -q 1 -m 4 {lab.address(b)}")
    hops = [line.split()[1] for line in trace.output.splitlines() if line.strip()[:1].isdigit()]
    gateway = str(lab.plan.topology.network(f"vlan{one}").pools[0].gateway)
    yield Seen.that(f"traceroute: first {gateway}, then {b}", hops == [gateway, lab.address(b)], trace)


@claim(
    "not-allowed",
    "drawback",
    "The switch port must carry the VLAN too: a network in a VLAN that the trunk does not allow is an island.",
)
def _not_allowed(lab: Lab) -> Iterator[Seen]:
    vlan = next(v for v in range(30, 100) if v not in vlans_of(lab))
    subnet = IPv4Network("10.99.30.0/24")
    network = Network(
        f"vlan{vlan}",
        "macvlan",
        (Pool(subnet, subnet.network_address + 1),),
        parent=f"{lab.plan.nic}.{vlan}",
    )
    island = [Container(name, (Attachment(network.name),)) for name in ("lone", "lone2")]
    with lab.temporary(network, *island):
        ping = lab.ping("lone", "lone2")
        yield Seen.that(f"two containers in VLAN {vlan} reach each other, on the host", ping.ok, ping)
        capture = lab.capture(
            "switch",
            "p-router",
            lambda: lab.ping("lone", str(subnet.network_address + 1)),
            only=f"vlan {vlan}",
        )
        table = lab.run("switch", "bridge vlan show dev p-host")
        yield Seen.that(
            f"but nothing of it passes the switch: VLAN {vlan} is not allowed on the trunk",
            not capture.frames and f" {vlan}" not in table.output,
            capture,
            table,
        )


@claim(
    "who-removes",
    "surprise",
    "Docker removes the sub-interface with its network, but one that you made by hand stays.",
)
def _who_removes(lab: Lab) -> Iterator[Seen]:
    nic = lab.plan.nic
    made, mine = [v for v in range(40, 100) if v not in vlans_of(lab)][:2]
    network = Network("vlanx", "macvlan", (Pool(IPv4Network("10.99.40.0/24")),), parent=f"{nic}.{made}")
    with lab.temporary(network):
        there = lab.run("host", f"ip -br link | grep {nic}")
        yield Seen.that(f"{nic}.{made} appears with the network", f"{nic}.{made}@" in there.output, there)
    gone = lab.run("host", f"ip -br link | grep {nic}")
    yield Seen.that("and disappears with it", f"{nic}.{made}@" not in gone.output, gone)
    with _by_hand(lab, mine):
        hand = Network("vlanx", "macvlan", (Pool(IPv4Network("10.99.40.0/24")),), parent=f"{nic}.{mine}")
        with lab.temporary(hand):
            pass
        stays = lab.run("host", f"ip -br link | grep {nic}")
        yield Seen.that(
            f"{nic}.{mine}, made by hand, stays after its network is gone",
            f"{nic}.{mine}@" in stays.output,
            stays,
        )


@contextmanager
def _by_hand(lab: Lab, vlan: int) -> Iterator[None]:
    nic = lab.plan.nic
    lab.run(
        "host", f"ip link add link {nic} name {nic}.{vlan} type vlan id {vlan} && ip link set {nic}.{vlan} up"
    )
    try:
        yield
    finally:
        lab.run("host", f"ip link del {nic}.{vlan}")


TYPE = NetworkType(
    "macvlan_8021q", "MACVLAN 802.1q", 50, TEXT, PARAMETERS, make, tuple(claim), needs=("macvlan", "vlan")
)
