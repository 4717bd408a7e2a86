"""The record of a packet's way: each step with the table entry that decided, and the end with its reason.

A step is stored as a bare tuple and becomes a ``Step`` with a text only when somebody reads it: recording
is on for every packet, reading is rare.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from .reasons import QUIET, Reason

if TYPE_CHECKING:
    from .device import Device
    from .frames import Arp, IpPacket
    from .namespace import Namespace


class Action(Enum):
    """What happened to a packet at a step; the value is the word shown."""

    SEND = "send"
    ROUTE = "route"
    RESOLVE = "resolve"
    TRANSMIT = "transmit"
    RECEIVE = "receive"
    FORWARD_PORT = "bridge"
    FLOOD = "flood"
    TAG = "tag"
    UNTAG = "untag"
    MACVLAN = "macvlan"
    IPVLAN = "ipvlan"
    ROUTE_FOR = "route-for"
    FORWARD = "forward"
    NAT = "nat"
    FILTER = "filter"
    LOCAL = "local"
    FRAGMENT = "fragment"
    DELIVER = "deliver"
    DROP = "drop"


RawStep = tuple[float, "Namespace", "Device | None", Action, Any, Any]
FIELDS: Final = 6


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a way.

    Attributes:
        time: simulated seconds.
        namespace: name of the network namespace.
        device: name of the interface, or "" inside the IP stack.
        action: what happened.
        entry: the table entry that decided, as text ("" where none did): a route, an fdb line, a rule.
        text: the step as a sentence fragment.
    """

    time: float
    namespace: str
    device: str
    action: Action
    entry: str
    text: str

    def __str__(self) -> str:
        place = f"{self.namespace}:{self.device}" if self.device else self.namespace
        return f"{place}: {self.text}"


@dataclass(frozen=True, slots=True)
class End:
    """How a way ended: outcome is "delivered", "dropped" or "pending"."""

    outcome: str
    namespace: str
    device: str
    reason: Reason | None
    text: str


class Trace:
    """The way of one packet (with all its copies, where it was flooded)."""

    # The cause is held by its number: a reference both ways would leave the whole family to the garbage
    # collector, which then costs more than the packets themselves.
    __slots__ = ("_cause", "_caused", "_registry", "_steps", "add", "id", "packet")

    def __init__(
        self, ident: int, packet: IpPacket | Arp, cause: Trace | None, registry: dict[int, Trace]
    ) -> None:
        self.id = ident
        self.packet = packet
        self._registry = registry
        self._cause = 0 if cause is None else cause.id
        self._caused: list[Trace] | None = None
        # One flat list, six items a step: a tuple each would be one more thing for the collector to visit.
        self._steps: list[Any] = []
        self.add: Callable[[RawStep], None] = self._steps.extend
        if cause is not None:
            if cause._caused is None:
                cause._caused = [self]
            else:
                cause._caused.append(self)

    @property
    def cause(self) -> Trace | None:
        """The packet because of which this one exists, None for none or where it is forgotten."""
        return self._registry.get(self._cause)

    @property
    def caused(self) -> list[Trace]:
        """Packets that exist because of this one: replies, ICMP errors, ARP questions."""
        return list(self._caused or ())

    def adopt(self, other: Trace) -> None:
        """Count a packet that exists already among those that this one waits for."""
        if self._caused is None:
            self._caused = [other]
        elif other not in self._caused:
            self._caused.append(other)

    @property
    def raw(self) -> list[RawStep]:
        """The steps as recorded: (time, namespace, device, action, detail, more)."""
        return list(zip(*[iter(self._steps)] * FIELDS, strict=True))

    def __len__(self) -> int:
        """How many steps were recorded."""
        return len(self._steps) // FIELDS

    def __bool__(self) -> bool:
        return True

    @property
    def steps(self) -> list[Step]:
        """The steps in order of time."""
        return [render(step) for step in self.raw]

    @property
    def delivered(self) -> bool:
        """Whether a program or the kernel's own service took the packet."""
        return Action.DELIVER in self._steps[3::FIELDS]

    def drops(self) -> list[tuple[Reason, Namespace, Device | None, str]]:
        """Where copies died, news first: reasons that every bystander has come last."""
        found = [(s[4], s[1], s[2], s[5] or "") for s in self.raw if s[3] is Action.DROP]
        return sorted(found, key=lambda drop: drop[0] in QUIET)

    @property
    def end(self) -> End:
        """Delivered if any copy was; else the most telling drop; else still on its way."""
        steps = self.raw
        for step in steps:
            if step[3] is Action.DELIVER:
                return End("delivered", step[1].name, _name(step[2]), None, render(step).text)
        for reason, namespace, device, detail in self.drops():
            return End("dropped", namespace.name, _name(device), reason, detail or reason.sentence)
        last = steps[-1] if steps else None
        if last is None:
            return End("pending", "", "", None, "not sent yet")
        return End("pending", last[1].name, _name(last[2]), None, render(last).text)

    def family(self) -> Iterator[Trace]:
        """This trace and everything it caused, depth first."""
        yield self
        for child in self._caused or ():
            yield from child.family()

    def __repr__(self) -> str:
        return f"<Trace {self.id} {self.packet} {self.end.outcome}>"


def _name(device: Device | None) -> str:
    return "" if device is None else device.name


_TEXTS = {
    Action.SEND: "sends {detail}",
    Action.ROUTE: "route {detail}",
    Action.RESOLVE: "asks for the MAC of {detail}",
    Action.TRANSMIT: "out of {device}",
    Action.RECEIVE: "in at {device}",
    Action.FORWARD_PORT: "bridge {device} sends it to {detail}",
    Action.FLOOD: "bridge {device} floods it to {detail} ports",
    Action.TAG: "gets the tag of VLAN {detail}",
    Action.UNTAG: "loses the tag of VLAN {detail}",
    Action.MACVLAN: "macvlan hands it to {detail}",
    Action.IPVLAN: "ipvlan hands it to {detail}",
    Action.ROUTE_FOR: "routes it for the ipvlan child of {device}, route {detail}",
    Action.FORWARD: "is forwarded, TTL now {detail}",
    Action.NAT: "is rewritten to {detail}",
    Action.FILTER: "passes {detail}",
    Action.LOCAL: "goes up to the machine's own stack",
    Action.FRAGMENT: "is cut into {detail} fragments",
    Action.DELIVER: "reaches {detail}",
}


def render(step: RawStep) -> Step:
    """The readable step of a stored one."""
    time, namespace, device, action, detail, more = step
    if action is Action.DROP:
        entry = more or ""
        text = f"dropped: {detail.sentence}" + (f" ({more})" if more else "")
    else:
        entry = "" if more is None else str(more)
        shown = detail.name if hasattr(detail, "name") else detail
        text = _TEXTS[action].format(device=_name(device), detail=shown)
        if entry and action in (Action.FORWARD_PORT, Action.NAT, Action.FILTER):
            text += f" ({entry})"
    return Step(time, namespace.name, _name(device), action, str(entry), text)
