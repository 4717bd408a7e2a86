"""From a reason to a sentence in the learner's words, and to what would help."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass

from dnetlab.embedded.kernel import Device, KernelError, Namespace, Reason, Verdict
from dnetlab.explain.scene import Scene


@dataclass(frozen=True, slots=True)
class Case:
    """A packet that died: who asked for whom, and the verdict."""

    scene: Scene
    source: str
    address: str
    verdict: Verdict

    @property
    def place(self) -> tuple[Namespace, str]:
        """Where it died: namespace and device."""
        label, _, device = self.verdict.where.rpartition(":")
        if not label:
            label, device = self.verdict.where, ""
        return self.scene.kernel.namespaces[label], device

    @property
    def machine(self) -> str:
        """The machine where it died."""
        return self.scene.name(self.place[0])

    @property
    def towards(self) -> str:
        """The address that the packet that died was for: the target, or the source on the way back."""
        if self.verdict.leg == "request":
            return self.address
        return self.asker

    @property
    def asker(self) -> str:
        """The address that the request came from."""
        result = self.scene.namespace(self.source).stack.routing.lookup(self.address)
        return (result.src if result is not None else None) or self.source

    @property
    def target(self) -> str:
        """The name of the machine with the target's address."""
        found = self.scene.owner(self.address)
        return self.address if found is None else self.scene.name(found[0])


def death(scene: Scene, source: str, address: str, verdict: Verdict) -> tuple[str | None, str, list[str]]:
    """Why a packet died: a reason code, a sentence, and what would help."""
    case = Case(scene, source, address, verdict)
    begin = f"{source} does not reach {address}: "
    if verdict.reason is None:
        return None, begin + scene.words(verdict.text) + ".", []
    if _left_the_lab(case):
        sentence, cures = _outside(case)
        return Reason.WIRE_TO_NOWHERE.code, begin + sentence, cures
    teller = _TELLERS.get(verdict.reason)
    if teller is None:
        return verdict.reason.code, begin + _plain(case), []
    sentence, cures = teller(case)
    return verdict.reason.code, begin + sentence, cures


def _left_the_lab(case: Case) -> bool:
    if not case.verdict.where:
        return False
    namespace, name = case.place
    if namespace not in case.scene.machines.values():
        return True
    device = namespace.devices.get(name)
    return device is not None and device.kind == "nic" and case.verdict.reason in (
        Reason.NEIGHBOUR_FAILED, Reason.WIRE_TO_NOWHERE,
    )  # fmt: skip


def refused(scene: Scene, source: str, address: str, error: KernelError) -> tuple[str, str, list[str]]:
    """The same for a packet that could not even be sent: (reason code, sentence, cures)."""
    if error.errno == "ENETUNREACH":
        namespace = scene.namespace(source)
        cures = _route_cures(scene, namespace, address)
        if not any(r.dst == "default" for r in namespace.routes()):
            reason = f"{source} has no route to {address}, and no default route."
            cures = cures or [
                "give the network a gateway that leads out, or connect the container to a network that has one."
            ]
        else:
            reason = f"{source} has no route to {address}."
        return Reason.NO_ROUTE.code, f"{source} does not reach {address}: {reason}", cures
    return error.errno, f"{source} cannot send to {address}: {error.text}.", []


def _plain(case: Case) -> str:
    reason = case.verdict.reason
    assert reason is not None
    return f"at {case.scene.place(case.verdict.where)}: {reason.sentence}"


# who could help ------------------------------------------------------------------------------------------


def _relay(scene: Scene, namespace: Namespace, address: str) -> tuple[str, str] | None:
    """A neighbour that knows the way to an address: (its address on our link, its name)."""
    for device in namespace.devices.values():
        for own in device.addresses:
            if own.family != 4 or device.kind == "loopback":
                continue
            for other in scene.kernel.namespaces.values():
                found = _knows(other, own.network, address) if other is not namespace else None
                if found is not None:
                    return found, scene.name(other)
    return None


def _knows(other: Namespace, link: str, address: str) -> str | None:
    """The address on a link of a machine that can pass packets to an address on."""
    from dnetlab.embedded.kernel.addresses import within

    for device in other.devices.values():
        here = next((a.address for a in device.addresses if a.family == 4 and within(a.address, link)), None)
        if here is None:
            continue
        port = device.ipvlan_port
        if port is not None and port.mode != "l2" and address in port.by_address:
            return here
        result = other.stack.routing.lookup(address)
        if (
            result is not None
            and result.kind == "unicast"
            and result.via is None
            and result.dev is not device
        ):
            route = result.route
            if route is not None and route.proto == "kernel":
                return here
    return None


def _prefix_of(scene: Scene, address: str) -> str:
    """The subnet that an address lies in, as its owner has it."""
    found = scene.owner(address)
    if found is not None:
        for held in found[1].addresses:
            if held.address == address:
                return held.network
    return f"{address}/32"


def _route_cures(scene: Scene, namespace: Namespace, address: str) -> list[str]:
    relay = _relay(scene, namespace, address)
    if relay is None:
        return []
    via, name = relay
    who = scene.name(namespace)
    owner = scene.owner(address)
    peer = owner[1].link if owner is not None and owner[1].kind == "veth" else None
    if peer is not None and peer.master is not None and peer.namespace is scene.machines.get("host"):
        return [
            f"publish a port of the container (-p HOST_PORT:PORT) and use {via}, the address of {name}; a route alone "
            "does not help, because Docker lets nobody but the bridge itself send to a container's address."
        ]
    return [f"on {who}: ip route add {_prefix_of(scene, address)} via {via}   ({via} is {name})"]


# one for each reason -------------------------------------------------------------------------------------

Told = tuple[str, list[str]]


def _outside(case: Case) -> Told:
    """It left the lab by the host's way out."""
    towards = case.towards
    host = case.scene.machines["host"]
    result = host.stack.routing.lookup(towards)
    dev = "its default route" if result is None else f"its default route, out of {result.dev.name},"
    back = "the request arrives, but the answer is lost: " if case.verdict.leg == "reply" else ""
    told = f"{back}the Docker host has no route to {towards}; {dev} leads away from the LAN."
    owner = case.scene.owner(towards)
    if owner is not None and owner[1].kind == "ipvlan":
        return (
            told
            + " A route would not help: the host's own stack and its ipvlan children in L3 mode do not exchange "
            "packets, nobody answers for the address on the parent's wire.",
            ["reach it from another machine, or connect the container to a bridge network too."],
        )
    return told, _route_cures(case.scene, host, towards)


def _no_route(case: Case) -> Told:
    where, towards = case.machine, case.towards
    cures = _route_cures(case.scene, case.place[0], towards)
    if case.verdict.leg == "request":
        first = case.scene.namespace(case.source)
        if case.place[0] is first:
            return f"{case.source} has no route to {towards}.", cures
        return f"{where} has no route to {towards}, and answers net unreachable.", cures
    answerer = case.scene.owner(case.address)
    if answerer is None or answerer[0] is case.place[0]:
        return f"the request arrives, but {where} has no route back to {towards}.", cures
    name = case.scene.name(answerer[0])
    cures = _route_cures(case.scene, answerer[0], towards) or cures
    result = answerer[0].stack.routing.lookup(towards)
    via = (
        "" if result is None or result.via is None else f": its default route goes to {result.via} ({where})"
    )
    return (
        f"the request arrives, but {name} has no route back to {towards}{via}, which answers net unreachable.",
        cures,
    )


def _parent(case: Case) -> Told:
    kind = "macvlan" if case.verdict.reason is Reason.PARENT_ISOLATION else "ipvlan"
    child, parent, address = _child_and_parent(case)
    mode = "mode bridge" if kind == "macvlan" else "mode l2"
    return (
        f"{child} sits on the {kind} child of the host's {parent}, and a parent's own stack and its {kind} children "
        "do not exchange frames: the question who has the address leaves by the wire, and the other side never hears it.",
        [
            f"give the host a {kind} child of its own (a shim) with a free address: ip link add shim0 link {parent} "
            f"type {kind} {mode}; ip address add {_free(case.scene, address)}/32 dev shim0; ip link set shim0 up; "
            f"ip route add {address}/32 dev shim0",
            "or let the two talk by another network: connect the container to a bridge network too.",
        ],
    )


def _free(scene: Scene, address: str) -> str:
    """An address of the same subnet that nobody in the lab has."""
    network = ipaddress.ip_network(_prefix_of(scene, address), strict=False)
    return next((str(host) for host in network.hosts() if scene.owner(str(host)) is None), address)


def _child_and_parent(case: Case) -> tuple[str, str, str]:
    """The container on the child, the parent's name, and the container's address."""
    for name in (case.source, case.target):
        namespace = case.scene.machines.get(name)
        for device in namespace.devices.values() if namespace is not None else ():
            if device.kind in ("macvlan", "ipvlan") and device.link is not None:
                own = next((a.address for a in device.addresses if a.family == 4), case.address)
                return name, device.link.name, own
    return case.target, "parent", case.address


def _nobody(case: Case) -> Told:
    towards = case.towards
    owner = case.scene.owner(towards)
    namespace, device = case.place
    back = "the request arrives, but " if case.verdict.leg == "reply" else ""
    if owner is None:
        return (
            f"{back}{case.machine} asks on {device} who has the next hop's address, and nobody answers: "
            f"no machine of this lab has {towards}.",
            ["look at the addresses that there are: lab.state(), or ip -br address on the machine."],
        )
    name = case.scene.name(owner[0])
    next_hop = namespace.stack.routing.lookup(towards)
    via = None if next_hop is None else next_hop.via
    if via is not None and via != towards:
        return (
            f"{back}{case.machine} sends what is for {towards} to its gateway {via}, and nobody on {device} answers "
            f"for {via}.",
            [
                f"give {case.machine} a gateway that exists on its link.",
                *_route_cures(case.scene, namespace, towards),
            ],
        )
    return (
        f"{back}{case.machine} takes {towards} for a neighbour on {device} and asks there; {name} has the address, "
        "but it is not on that link.",
        [
            f"{name} must be reached by a router: give it an address of its own subnet, or put both into one VLAN "
            "or one network.",
        ],
    )


def _silent_l3(case: Case) -> Told:
    """ARP for an ipvlan child in L3 mode."""
    towards = case.towards
    parent = _parent_address(case.scene, towards)
    return (
        f"{case.machine} asks on the wire who has {towards}; it belongs to an ipvlan child in L3 mode, and such "
        "children neither hear nor answer ARP.",
        [f"route to it instead: ip route add {towards}/32 via {parent} (the Docker host)."]
        if parent
        else ["give the network a subnet of its own and a route to it by the Docker host's address."],
    )


def _parent_address(scene: Scene, address: str) -> str:
    owner = scene.owner(address)
    parent: Device | None = None if owner is None else owner[1].link
    if parent is None:
        return ""
    return next((a.address for a in parent.addresses if a.family == 4), "")


def _vlan(case: Case) -> Told:
    _, device = case.place
    return (
        f"the frame comes to {case.machine}'s port {device}, which is not a member of its VLAN.",
        [
            f"let the port carry it: bridge vlan add dev {device} vid NUMBER (on {case.machine}), or use a VLAN that "
            "the trunk carries.",
        ],
    )


def _port_security(case: Case) -> Told:
    _, device = case.place
    return (
        f"{case.machine} does not know the MAC address behind its port {device} and does not flood to it: "
        "the port accepts known MACs only (port security, as in clouds and on WLAN).",
        [
            "use ipvlan: its children share the MAC of the parent, which the port knows.",
            f"or let the port learn: bridge link set dev {device} learning on flood on (on {case.machine}).",
        ],
    )


def _firewall(case: Case) -> Told:
    detail = case.verdict.text.rsplit("(", 1)[-1].rstrip(")")
    text = case.verdict.text
    rule = text[text.find("(") + 1 : -1] if "(" in text else detail
    told = f"a firewall rule of {case.machine} drops it ({rule})."
    if "raw PREROUTING" in text:
        return (
            told + " Docker lets nobody but the bridge itself send to a container's address.",
            ["publish a port of the container (-p HOST:CONTAINER) and use the host's address."],
        )
    if "ISOLATION" in text or "! -i" in text:
        return (
            told + " Docker keeps its bridge networks apart.",
            [
                "connect one of the containers to the other's network too: docker network connect NETWORK CONTAINER."
            ],
        )
    return told, [f"look at the rules: iptables-save (on {case.machine})."]


def _forwarding(case: Case) -> Told:
    return (
        f"{case.machine} gets the packet and does not forward it.",
        [f"on {case.machine}: sysctl -w net.ipv4.ip_forward=1"],
    )


def _siblings(case: Case) -> Told:
    reason = case.verdict.reason
    kind = "ipvlan" if reason is Reason.IPVLAN_PRIVATE else "macvlan"
    mode = "private" if reason in (Reason.IPVLAN_PRIVATE, Reason.MACVLAN_PRIVATE) else "vepa"
    option = "ipvlan_flag" if kind == "ipvlan" else "macvlan_mode"
    why = (
        "keeps siblings apart"
        if mode == "private"
        else "sends frames for siblings to the switch, which does not return them"
    )
    return (
        f"both are {kind} children of one parent in {mode} mode, which {why}.",
        [f"create the network with -o {option}=bridge."],
    )


def _down(case: Case) -> Told:
    _, device = case.place
    return (
        f"{case.machine}'s {device} is down or has no carrier.",
        [f"on {case.machine}: ip link set {device} up, and the same for the other end of its cable."],
    )


def _same_port(case: Case) -> Told:
    told = _plain(case)
    return told, ["in vepa mode the switch port must send frames back: bridge link set dev PORT hairpin on."]


_TELLERS: dict[Reason, Callable[[Case], Told]] = {
    Reason.NO_ROUTE: _no_route,
    Reason.PARENT_ISOLATION: _parent,
    Reason.IPVLAN_PARENT_ISOLATION: _parent,
    Reason.NEIGHBOUR_FAILED: _nobody,
    Reason.ARP_SUPPRESSED: _silent_l3,
    Reason.VLAN_NOT_ALLOWED: _vlan,
    Reason.FDB_NO_FLOOD: _port_security,
    Reason.PORT_LOCKED: _port_security,
    Reason.FILTER_DROP: _firewall,
    Reason.FILTER_REJECT: _firewall,
    Reason.FORWARDING_OFF: _forwarding,
    Reason.MACVLAN_PRIVATE: _siblings,
    Reason.MACVLAN_VEPA: _siblings,
    Reason.IPVLAN_PRIVATE: _siblings,
    Reason.DEVICE_DOWN: _down,
    Reason.NO_CARRIER: _down,
    Reason.SAME_PORT: _same_port,
}
