"""IPVLAN L3: the host routes between the LAN and its containers; nothing below IP is shared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any, TypeVar

from dnetlab.claims import ClaimList, Seen, undisturbed
from dnetlab.errors import InvalidPlan
from dnetlab.plan import Attachment, Container, Network, Plan, Pool, build, parameters, validate
from dnetlab.plan.lan import INTERNET, lan
from dnetlab.types import evidence
from dnetlab.types.base import NetworkType, Text

if TYPE_CHECKING:
    from dnetlab.lab import Lab

T = TypeVar("T")

TEXT = Text(
    description="The host acts as a router between the switch and the containers.",
    functionality="Routed, no broadcast.",
    use_case="Many containers, or whole subnets of them, behind a host in a routed network.",
    drawbacks="Routes are needed, static or dynamic; in exchange the best isolation.",
    docs="https://docs.docker.com/engine/network/drivers/ipvlan/",
)

PARAMETERS = (
    parameters.subnet(
        "10.50.1.0/24", "The first subnet of the containers; not the LAN's, the host routes to it."
    ),
    parameters.subnet(
        "10.50.2.0/24", "The second subnet, on the same network.", name="subnet2", label="Second subnet"
    ),
    parameters.containers(2, low=2, help="How many containers, in turn on the first and the second subnet."),
    parameters.names(),
    parameters.network_name("ivlan3"),
    parameters.pcs(),
    parameters.lan(),
    parameters.nic(),
)


def make(values: Mapping[str, Any]) -> Plan:
    """The plan: an ipvlan network in L3 mode with two subnets, containers in turn on both."""
    subnets: tuple[IPv4Network, IPv4Network] = values["subnet"], values["subnet2"]
    around = lan(subnet=values["lan"], pcs=values["pcs"], laptop=True, nic=values["nic"])
    reserved = {"the LAN": values["lan"], "the lab's Internet": INTERNET}
    spare = next(s for s in map(IPv4Network, ("10.50.2.0/24", "172.30.2.0/24")) if not s.overlaps(subnets[0]))
    problems = [
        *validate.lan(values["lan"]),
        *validate.apart(subnets[0], {**reserved}, instead="10.50.1.0/24"),
        *validate.apart(subnets[1], {**reserved, "the first subnet": subnets[0]}, "subnet2", str(spare)),
    ]
    if not problems:
        half = (values["containers"] + 1) // 2
        for subnet, field in zip(subnets, ("subnet", "subnet2"), strict=True):
            problems += validate.room(subnet, None, [subnet.network_address + 1], half, field)
    if problems:
        raise InvalidPlan(problems)
    network = Network(
        values["network"], "ipvlan", tuple(Pool(s) for s in subnets), parent=around.nic.name, mode="l3"
    )
    names = parameters.container_names(values["containers"], values["names"])
    free = [validate.free_addresses(s, None, [s.network_address + 1]) for s in subnets]
    containers = [build.addressed(name, network.name, next(free[i % 2])) for i, name in enumerate(names)]
    machines = [build.container_machine(c, network, "ipvlan", parent=around.nic.name) for c in containers]
    return build.plan(
        "ipvlan_l3", "IPVLAN L3", around,
        networks=[network], containers=containers, machines=machines, values=dict(values),
        note="The LAN knows no way back to the containers until it gets a route.",
    )  # fmt: skip


claim = ClaimList()


def first_two(lab: Lab) -> tuple[str, str]:
    return lab.plan.containers[0].name, lab.plan.containers[1].name


@claim(
    "routed",
    "description",
    "The host routes: containers of different subnets reach each other without any router on the LAN.",
)
def _routed(lab: Lab) -> Iterator[Seen]:
    first, second = first_two(lab)
    one, two = (pool.subnet for pool in lab.plan.networks[0].pools)
    shown = evidence.network(lab, lab.plan.networks[0].name)
    yield Seen.that(f"{first} lives in {one}, {second} in {two}: two subnets", one != two, shown)
    ping = lab.ping(first, second)
    yield Seen.that(f"{first} reaches {second} in the other subnet", ping.ok, ping)
    by_name = lab.ping(first, second, by="name")
    yield Seen.that("by name too", by_name.ok, by_name)


@claim(
    "host-table",
    "description",
    "Towards the LAN the host's routing table decides: the container itself has only `default dev eth0`.",
)
def _host_table(lab: Lab) -> Iterator[Seen]:
    first, _ = first_two(lab)
    routes = lab.routes(first)
    default = routes.default
    yield Seen.that(
        "the container's default route names no gateway, only its device",
        default is not None and default.via is None and default.device == "eth0",
        routes,
    )
    capture = lab.capture("pc1", "eth0", lambda: lab.ping(first, "pc1"), only="icmp")
    request = next(iter(capture.matching("echo request")), None)
    yield Seen.that(
        "its packet reaches the PC in a frame with the MAC of the host's NIC, straight, as the host's table says",
        request is not None and request.source == lab.mac("host", lab.plan.nic),
        capture,
    )


@claim(
    "one-hop",
    "surprise",
    "The picture of a router has a limit: in mode L3 the TTL is not lowered and traceroute shows no hop for the host.",
)
def _one_hop(lab: Lab) -> Iterator[Seen]:
    first, _ = first_two(lab)
    subnet = str(lab.plan.networks[0].pools[0].subnet)
    with lab.lan.route("pc1", subnet, lab.address("host")):
        ping = lab.ping("pc1", first)
        yield Seen.that("the answer has TTL 64, as if there were no router", ping.ok and ping.ttl == 64, ping)
        trace = lab.run("pc1", f"busybox traceroute -n -w 1 -q 1 -m 4 {lab.address(first)}")
        hops = [line for line in trace.output.splitlines() if line.strip()[:1].isdigit()]
        yield Seen.that(
            "traceroute reaches it in one hop", len(hops) == 1 and lab.address(first) in hops[0], trace
        )


@claim(
    "no-broadcast",
    "functionality",
    "No broadcast, no ARP: the containers' interfaces ask nobody and answer nobody.",
)
def _no_broadcast(lab: Lab) -> Iterator[Seen]:
    first, second = first_two(lab)
    links = lab.links(first)
    eth0 = links.of("eth0")
    flags = lab.run(first, "ip link show eth0")
    yield Seen.that(
        "eth0 is an ipvlan device in mode l3 with the flag NOARP",
        eth0 is not None and eth0.mode == "l3" and "NOARP" in eth0.flags,
        flags,
    )
    lab.ping(first, second)
    table = lab.neighbours(first)
    yield Seen.that(
        "after talking to its sibling its neighbour table is still empty", not table.entries, table
    )
    broadcast = str(lab.plan.networks[0].pools[0].subnet.broadcast_address)
    shout = lab.ping(first, broadcast, broadcast=True)
    yield Seen.that("nobody hears a ping to the subnet's broadcast address", not shout.ok, shout)


@claim(
    "no-arp-on-lan",
    "functionality",
    "The LAN hears no ARP for the containers: a PC that believed them to be on its own subnet would ask in vain.",
)
def _no_arp_on_lan(lab: Lab) -> Iterator[Seen]:
    first, _ = first_two(lab)
    arp = lab.arp_replies("pc1", lab.address(first))
    yield Seen.that("nobody answers an ARP request for the container's address", not arp.macs, arp)


@claim(
    "use", "use case", "One route on the LAN leads to a whole subnet of containers, however many there are."
)
def _use(lab: Lab) -> Iterator[Seen]:
    first, second = first_two(lab)
    one, two = (str(pool.subnet) for pool in lab.plan.networks[0].pools)
    host = lab.address("host")
    with lab.lan.route("router", one, host), lab.lan.route("router", two, host):
        shown = lab.routes("router")
        known = {entry.destination for entry in shown.entries if entry.via == host}
        yield Seen.that(
            "the LAN's router has a route to each subnet, via the Docker host", {one, two} <= known, shown
        )
        for name in (first, second):
            ping = lab.ping("pc1", name)
            yield Seen.that(
                f"a PC that knows nothing of it reaches {name}, through its default gateway", ping.ok, ping
            )


def _until_told(lab: Lab, trial: Callable[[], T], told: Callable[[T], bool]) -> T:
    """What a trial shows in which a router says that it has no route.

    Linux says so twice in quick succession and then rests for two seconds (net/ipv4/route.c, ip_error, and
    net/ipv4/icmp.c spend the same savings).
    """
    return undisturbed(trial, told, between=lambda: lab.run("router", "sleep 3"), tries=2)


@claim(
    "no-way-back",
    "drawback",
    "Routes are needed: without one the container's packets arrive at the LAN PC, and the answers get lost.",
)
def _no_way_back(lab: Lab) -> Iterator[Seen]:
    first, _ = first_two(lab)
    capture = _until_told(
        lab,
        lambda: lab.capture("pc1", "eth0", lambda: lab.ping(first, "pc1"), only="icmp"),
        lambda seen: bool(seen.matching("unreachable")),
    )
    ping = lab.ping(first, "pc1")
    yield Seen.that("the container gets no answer from the PC", not ping.ok, ping)
    came = capture.matching("echo request")
    went = capture.matching("echo reply")
    yield Seen.that("its request did arrive at the PC", bool(came), capture)
    router = lab.mac("router")
    yield Seen.that(
        "the PC answered, but to its default gateway, the router, which knows no way either",
        bool(went)
        and all(frame.target == router for frame in went)
        and bool(capture.matching("unreachable")),
        capture,
    )


@claim("static-route", "drawback", "A static route on the PC cures it, in both directions.")
def _static_route(lab: Lab) -> Iterator[Seen]:
    first, _ = first_two(lab)
    subnet = str(lab.plan.networks[0].pools[0].subnet)
    before = _until_told(lab, lambda: lab.ping("pc1", first), lambda seen: bool(seen.unreachable))
    yield Seen.that(
        "without a route the router says: net unreachable",
        not before.ok and "Unreachable" in before.unreachable,
        before,
    )
    with lab.lan.route("pc1", subnet, lab.address("host")) as added:
        there = lab.ping("pc1", first)
        yield Seen.that("with the route the PC reaches the container", added.ok and there.ok, added, there)
        back = lab.ping(first, "pc1")
        yield Seen.that("and the container the PC", back.ok, back)
    after = _until_told(lab, lambda: lab.ping("pc1", first), lambda seen: bool(seen.unreachable))
    yield Seen.that("without it, no more", not after.ok, after)


@claim(
    "dynamic-route",
    "drawback",
    "Or a dynamic one: the LAN's DHCP server hands the route out, and nobody types it on each machine.",
)
def _dynamic_route(lab: Lab) -> Iterator[Seen]:
    first, _ = first_two(lab)
    subnet = str(lab.plan.networks[0].pools[0].subnet)
    before = lab.ping("laptop", first)
    yield Seen.that(f"the laptop does not reach {first} yet", not before.ok, before)
    with lab.lan.routes_by_dhcp([(subnet, lab.address("host"))]) as asked:
        routes = lab.routes("laptop")
        got = [e for e in routes.entries if e.destination == subnet and e.via == lab.address("host")]
        yield Seen.that(
            "asked anew, the DHCP server gives it the route with its address", bool(got), asked, routes
        )
        there = lab.ping("laptop", first)
        yield Seen.that(f"now it reaches {first}", there.ok, there)
    after = lab.ping("laptop", first)
    yield Seen.that("without the route, no more", not after.ok, after)


@claim(
    "internet",
    "drawback",
    "The Internet needs more: no NAT is made for these subnets, so even a routed container gets no answer from there.",
)
def _internet(lab: Lab) -> Iterator[Seen]:
    first, _ = first_two(lab)
    subnet = str(lab.plan.networks[0].pools[0].subnet)
    with lab.lan.route("router", subnet, lab.address("host")):
        capture = lab.capture("internet", "eth0", lambda: lab.ping(first, "internet"), only="icmp")
        sources = {frame.text.split()[0] for frame in capture.matching("echo request")}
        yield Seen.that(
            "its request arrives on the Internet with its private address: nobody there has a route back",
            sources == {lab.address(first)},
            capture,
        )
        ping = lab.ping(first, "internet")
        yield Seen.that("so no answer comes", not ping.ok, ping)


@claim(
    "isolation",
    "drawback",
    "The best isolation: LAN and host do not reach the containers, and no frame of theirs is heard on the LAN.",
)
def _isolation(lab: Lab) -> Iterator[Seen]:
    first, second = first_two(lab)
    for source in ("pc1", "host"):
        ping = lab.ping(source, first)
        yield Seen.that(f"{source} does not reach {first}", not ping.ok, ping)
    up = lab.ping(first, "host")
    yield Seen.that("nor does the container reach the host", not up.ok, up)
    capture = lab.capture("switch", "p-host", lambda: lab.ping(first, second), only="icmp or arp")
    addresses = [lab.address(first), lab.address(second)]
    heard = [f for f in capture.frames if any(a in f.text for a in addresses)]
    yield Seen.that("when two containers talk, the switch hears nothing of it", not heard, capture)


@claim(
    "not-the-lan",
    "surprise",
    "The subnet must differ from the LAN's: put into the LAN's subnet, an L3 container is not found by anybody.",
)
def _not_the_lan(lab: Lab) -> Iterator[Seen]:
    subnet = lab.plan.lan_subnet
    upper = list(subnet.subnets(new_prefix=subnet.prefixlen + 3))[-2]
    wrong = Network("wrong", "ipvlan", (Pool(subnet, None, upper),), parent=lab.plan.nic, mode="l3")
    with lab.instead(wrong, Container("lost", (Attachment("wrong"),))):
        shown = evidence.network(lab, "wrong")
        accepted = str(subnet) in shown.output and "lost" in shown.output
        yield Seen.that(
            "the engine accepts the LAN's subnet in mode l3, and runs a container there", accepted, shown
        )
        ping = lab.ping("pc1", "lost")
        yield Seen.that("the PC asks by ARP and nobody answers", not ping.ok, ping)
        back = lab.ping("lost", "pc1")
        yield Seen.that("nor does the container get an answer", not back.ok, back)


TYPE = NetworkType("ipvlan_l3", "IPVLAN L3", 70, TEXT, PARAMETERS, make, tuple(claim), needs=("ipvlan",))
