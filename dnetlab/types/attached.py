"""What MACVLAN bridge and IPVLAN L2 share: containers attached to the LAN itself, on the Docker host's NIC."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from dnetlab.claims import Seen, undisturbed
from dnetlab.errors import InvalidPlan
from dnetlab.plan import Attachment, Container, Network, Plan, Pool, Publish, build, validate
from dnetlab.plan import parameters as p
from dnetlab.plan.lan import SUBNET, lan
from dnetlab.types import evidence

if TYPE_CHECKING:
    from dnetlab.lab import Lab
    from dnetlab.probe.results import Neighbours, Ping


def parameters(network: str) -> tuple[p.Parameter, ...]:
    """The parameters of a network on the LAN."""
    return (
        p.subnet(str(SUBNET), "The subnet of the physical LAN; the containers are hosts of it."),
        p.gateway("192.168.50.1", "The LAN's router: the containers' default gateway."),
        p.ip_range(
            "192.168.50.192/27",
            "The addresses Docker may give; keep it outside the DHCP server's pool (.3 to .99).",
        ),
        p.containers(),
        p.names(),
        p.network_name(network),
        p.subnet6(None, "An IPv6 subnet of the LAN, such as fd00:50::/64; empty: IPv4 only."),
        p.pcs(),
        p.nic(),
    )


def make(
    type_name: str, title: str, driver: Any, mode: str | None, values: Mapping[str, Any], note: str
) -> Plan:
    """The plan: one network on the Docker host's NIC, containers with addresses of the LAN.

    Raises InvalidPlan with every problem.
    """
    subnet, gateway, ip_range = values["subnet"], values["gateway"], values["ip_range"]
    around = lan(
        subnet=subnet, pcs=values["pcs"], laptop=True, subnet6=values["ipv6_subnet"], nic=values["nic"]
    )
    # Without a range the addresses are set by hand, and a careful hand leaves the DHCP pool alone.
    taken = [*around.taken.values(), gateway, *(around.dhcp_addresses if ip_range is None else ())]
    problems = [
        *validate.lan(subnet, field="subnet"),
        *validate.gateway_in_subnet(subnet, gateway),
        *validate.range_in_subnet(subnet, ip_range),
    ]
    if not problems:
        problems = validate.gateway_is_router(gateway, around.taken) + validate.outside_dhcp(
            ip_range, around.dhcp
        )
    if not problems:
        problems = validate.room(subnet, ip_range, taken, values["containers"])
    if problems:
        raise InvalidPlan(problems)
    six = values["ipv6_subnet"]
    network = Network(
        values["network"],
        driver,
        (Pool(subnet, gateway, ip_range, (("host", around.host),)), *build.pool6(six)),
        parent=around.nic.name,
        mode=mode,
        ipv6=six is not None,
    )
    names = p.container_names(values["containers"], values["names"])
    addresses = validate.free_addresses(subnet, ip_range, taken)
    addresses6 = build.addresses6(six)
    containers = [build.addressed(n, network.name, next(addresses), next(addresses6, None)) for n in names]
    machines = [
        build.container_machine(c, network, driver, parent=around.nic.name, gateway=gateway)
        for c in containers
    ]
    return build.plan(
        type_name, title, around,
        networks=[network], containers=containers, machines=machines, note=note, values=dict(values),
    )  # fmt: skip


def host_is_apart(lab: Lab) -> Iterator[Seen]:
    """The Docker host and its own children exchange no frames."""
    first = lab.plan.containers[0].name
    address = lab.address(first)

    def forget() -> None:
        """The host knows nothing that it learned while it had a sibling of the containers (a shim)."""
        lab.run("host", f"ip neigh flush dev {lab.plan.nic}")

    def unresolved(tried: tuple[Ping, Neighbours]) -> bool:
        entry = tried[1].of(address)
        return entry is not None and entry.mac is None and entry.state in {"FAILED", "INCOMPLETE"}

    # A container that still looks for such a sibling asks, with ipvlan, a MAC that is also the host's: the host hears
    # the question and learns from it. It asks three times, a second apart.
    forget()
    down, table = undisturbed(
        lambda: (lab.ping("host", first), lab.neighbours("host")), unresolved, between=forget, tries=4
    )
    yield Seen.that("the host gets no answer from the container", not down.ok, down)
    yield Seen.that(
        "its ARP question stays unanswered: the neighbour is not resolved",
        unresolved((down, table)),
        table,
    )
    up = lab.ping(first, "host")
    yield Seen.that("nor does the container reach the host", not up.ok, up)
    others = lab.ping("pc1", first)
    yield Seen.that("while the PC on the same LAN does", others.ok, others)


def shim_cures(lab: Lab, kind: str) -> Iterator[Seen]:
    """An interface of the host's own on the same parent, with a route, makes them siblings."""
    first = lab.plan.containers[0].name
    pool = lab.plan.networks[0].pools[0]
    address = str(pool.subnet.broadcast_address - 1)
    routes = [str(pool.ip_range or f"{lab.address(first)}/32")]
    with lab.lan.shim(kind, address, routes, lab.plan.nic) as made:
        yield Seen.that(
            f"a {kind} interface shim0 on {lab.plan.nic}, with an address and a route", made.ok, made
        )
        ping = lab.ping("host", first)
        yield Seen.that("now the host reaches the container, through its sibling", ping.ok, ping)
    again = lab.ping("host", first)
    yield Seen.that("without it, no more", not again.ok, again)


def reflected(lab: Lab) -> Iterator[Seen]:
    """What the host sends to a child goes out on the cable: a switch that sends it back brings it there."""
    first = lab.plan.containers[0].name
    with lab.lan.hairpin() as told:
        there, back = lab.ping("host", first), lab.ping(first, "host")
        yield Seen.that(
            "sent back by the switch, the host's question reaches the container", there.ok, told, there
        )
        yield Seen.that("and the container's reaches the host", back.ok, back)
    again = lab.ping("host", first)
    yield Seen.that("an ordinary port sends nothing back", not again.ok, again)


def nothing_published(lab: Lab) -> Iterator[Seen]:
    """``-p`` is accepted and has no effect; the container's own address has the port."""
    network = lab.plan.networks[0].name
    shop = Container("shop", (Attachment(network),), (Publish(80, 8080),))
    with lab.temporary(shop):
        ports = evidence.published(lab, "shop")
        yield Seen.that("the engine accepts -p 8080:80 and publishes nothing", ports.output == "{}", ports)
        page = lab.http("pc1", "shop")
        yield Seen.that("the page is on the container's own address, port 80", page.ok, page)
        closed = lab.connect("pc1", "host", 8080)
        yield Seen.that("port 8080 of the Docker host is closed", closed.outcome == "refused", closed)
