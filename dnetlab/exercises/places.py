"""What an exercise's text says of the lab it is solved on: names and addresses as its parameters made them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING, Any

from docker.errors import NotFound

from dnetlab.claims import Seen
from dnetlab.errors import DnetlabError, InUse
from dnetlab.plan.export import IMAGE

if TYPE_CHECKING:
    from dnetlab.lab import Lab
    from dnetlab.probe.results import Http


def places(lab: Lab) -> dict[str, Any]:
    """The words that every exercise's texts may use in braces.

    ``first`` and ``last`` container, ``network``, the Docker host's ``nic`` and address ``host`` on the LAN, the
    addresses of ``pc1`` and ``router``, and ``spare``, an address of the LAN that nobody has.
    """
    plan = lab.plan
    words: dict[str, Any] = {
        "first": plan.containers[0].name,
        "last": plan.containers[-1].name,
        "network": plan.networks[0].name if plan.networks else "",
        "nic": plan.nic,
        "spare": free(lab, plan.lan_subnet, reversed(range(2, 255))),
    }
    for word, machine in (("host", plan.host.name), ("pc1", "pc1"), ("router", "router")):
        words[word] = next(str(a.ip) for a in plan.topology.machine(machine).addresses if a.version == 4)
    return words


def two(lab: Lab) -> tuple[str, str]:
    """The first and the last container. Raises DnetlabError where there is only one."""
    first, last = lab.plan.containers[0].name, lab.plan.containers[-1].name
    if first == last:
        raise DnetlabError(
            "This exercise needs two containers.", "The lab has one.", "Set Containers to 2 and build again."
        )
    return first, last


def name(lab: Lab, rng: random.Random, *choices: str) -> str:
    """One of the names, drawn from those that no machine of the lab has."""
    taken = {m.name for m in lab.plan.topology.machines} | {n.name for n in lab.plan.networks}
    return rng.choice([one for one in choices if one not in taken] or [f"{choices[0]}-2"])


def missing(lab: Lab, values: Mapping[str, Any], seen: Sequence[Seen]) -> str:
    """What to say of the first thing that is not as it must be: of the container to be made, where it does not run."""
    hint = seen[-1].hint if seen else ""
    if not (name := values.get("name")):
        return hint
    try:
        state = lab.client.api.inspect_container(name)["State"]["Status"]
    except NotFound:
        return f"No container is named {name} yet. lab.docker('ps -a') shows those there are."
    if state == "running":
        return hint
    if state == "created":
        return f"{name} was made, but could not be started: docker run said why. Remove it first (docker rm {name}). {hint}"
    return f"{name} does not run (lab.docker('logs {name}')). {hint}"


def addresses(lab: Lab, container: str) -> list[str]:
    """The IPv4 addresses that a container has, in the order of its networks; none where there is no such container."""
    try:
        found = lab.client.api.inspect_container(container)
    except NotFound:
        return []
    return [e["IPAddress"] for e in found["NetworkSettings"]["Networks"].values() if e.get("IPAddress")]


def runs(lab: Lab, container: str) -> bool:
    """Whether a container of that name runs."""
    try:
        return bool(lab.client.api.inspect_container(container)["State"]["Running"])
    except NotFound:
        return False


def serves(page: Http, container: str, lab: Lab) -> bool:
    """Whether a page is the container's own. The lab image's web server says its host name, which need not be the name."""
    try:
        found = lab.client.api.inspect_container(container)
    except NotFound:
        return False
    known = found["Config"]["Image"] == IMAGE
    told = page.body.split()[-1:] == [found["Config"]["Hostname"]]
    return bool(found["State"]["Running"] and page.ok and (told or not known))


MADE = ("name", "twin", "holder", "loud")
"""The words that name containers of a task which do not exist at its start, or which its start makes."""


def unclaimed(lab: Lab, values: Mapping[str, Any]) -> None:
    """Raises InUse where a container has one of the task's names already: it was made past the lab, and would be in the way."""
    for name in (values[word] for word in MADE if word in values):
        try:
            lab.client.api.inspect_container(name)
        except NotFound:
            continue
        raise InUse(
            f"There is a container named {name} already.",
            "It is not the lab's, so the lab leaves it alone.",
            f"Remove it (docker rm -f {name}) and start again.",
        )


def box(lab: Lab, container: str, hint: str) -> Seen:
    """Whether a container has a network namespace of its own."""
    inside, outside = (lab.run(m, ["readlink", "/proc/self/ns/net"]) for m in (container, "host"))
    return Seen.that(
        f"{container} has a network of its own, not the host's",
        inside.output != outside.output,
        inside,
        outside,
        hint=hint,
    )


def free(lab: Lab, subnet: IPv4Network, numbers: Iterable[int]) -> str:
    """The first address with one of these host numbers that nobody in the plan has."""
    taken = {a.ip for m in lab.plan.topology.machines for a in m.addresses}
    taken |= {pool.gateway for n in lab.plan.networks for pool in n.pools if pool.gateway}
    pools = [m.dhcp_pool for m in lab.plan.topology.machines if m.dhcp_pool]
    last = int(subnet.broadcast_address)
    for number in numbers:
        address = IPv4Address(int(subnet.network_address) + number)
        given = any(pool.first <= address <= pool.last for pool in pools)
        if int(address) < last and address not in taken and not given:
            return str(address)
    raise DnetlabError(f"No address of {subnet} is free.", "Choose fewer containers or a larger subnet.")


def unused(lab: Lab, number: int, start: str = "10.60") -> IPv4Network:
    """A subnet of 256 addresses that nothing in the plan overlaps; ``number`` is its third byte."""
    taken = [pool.subnet for network in lab.plan.networks for pool in network.pools] + [lab.plan.lan_subnet]
    choices = [IPv4Network(f"{start}.{number}.0/24") for start in (start, "172.31", "192.168")]
    return next(s for s in choices if not any(s.overlaps(t) for t in taken if t.version == 4))


def drawn(lab: Lab, rng: random.Random, subnet: IPv4Network, low: int, high: int) -> str:
    """A free address, drawn from the host numbers ``low`` to ``high``; in a small subnet from all there are."""
    numbers = list(range(low, high + 1))
    rng.shuffle(numbers)
    return free(lab, subnet, [*numbers, *range(2, min(subnet.num_addresses, 255))])
