"""MACVLAN bridge: questions to predict, exercises to solve; judged by the live network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dnetlab.check import Exercise, Values
from dnetlab.claims import Seen
from dnetlab.exercises import on_lan

if TYPE_CHECKING:
    from dnetlab.lab import Lab


@contextmanager
def _locked_port(lab: Lab, v: Values) -> Iterator[None]:
    with lab.lan.one_mac_only(lab.mac("host", v["nic"])):
        lab.run("pc1", "ip neigh flush all")
        yield
    lab.run("pc1", "ip neigh flush all")


def _unlocked(lab: Lab, v: Values) -> Iterator[Seen]:
    lab.run("pc1", "ip neigh flush all")
    ping = lab.ping("pc1", v["first"])
    yield Seen.that(
        f"pc1 reaches {v['first']}", ping.ok, ping,
        hint="The Docker host does what it can. Look at the switch: bridge -d link show dev p-host, bridge fdb show.",
    )  # fmt: skip


def _unlock(lab: Lab, v: Values) -> None:
    lab.run("switch", "bridge link set dev p-host learning on flood on")


def _route_alone(lab: Lab, v: Values) -> None:
    lab.run("host", f"ip route add {lab.address(v['first'])}/32 via {v['router']}")


QUESTIONS = (
    on_lan.macs_differ("With macvlan each container has a MAC of its own, like a machine of its own."),
    on_lan.HOST_REACHES,
)

EXERCISES = (
    on_lan.NEWCOMER,
    on_lan.TWIN,
    Exercise(
        "port-security",
        "The silent port",
        "Since this morning pc1 does not reach {first} any more. The Docker host and its containers have not been touched."
        " Mend it.",
        _unlocked,
        _unlock,
        lambda lab, v: lab.run("host", f"ip link set {v['nic']} promisc on"),
        (
            "Does pc1 reach the Docker host itself? Then the cable is good. What is different about {first}'s frames?",
            "A switch port may accept one MAC only. lab.run('switch', 'bridge -d link show dev p-host')",
            "Turn learning and flooding of the port on again: bridge link set dev p-host learning on flood on",
        ),
        "# on the switch:\nbridge link set dev p-host learning on flood on",
        start=_locked_port,
        level=3,
    ),
    on_lan.shim(
        "macvlan mode bridge",
        _route_alone,
        (
            "A route alone does not help: parent and child never exchange frames.",
            "Siblings do. Make the host a sibling: an interface of type macvlan on {nic}.",
            "It needs an address of its own and a route to {first} through it: ip route add ADDRESS/32 dev shim0",
        ),
    ),
)
