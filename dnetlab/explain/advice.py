"""From a reason to a sentence in the learner's words, and to what would help."""

from __future__ import annotations

from collections.abc import Callable

from dnetlab.embedded.kernel import KernelError, Reason, Verdict
from dnetlab.explain import firewall, links, routes, services
from dnetlab.explain.case import Case, Told
from dnetlab.explain.scene import Scene
from dnetlab.explain.wiring import asleep, sleeping_member


def death(
    scene: Scene, source: str, address: str, verdict: Verdict, goal: str = ""
) -> tuple[str | None, str, list[str]]:
    """Why a packet died: a reason code, a sentence, and what would help. ``goal`` says what failed by it."""
    case = Case(scene, source, address, verdict)
    begin = f"{goal or f'{source} does not reach {address}'}: "
    if verdict.reason is None:
        return None, begin + scene.words(verdict.text) + ".", []
    if verdict.reason in _BY_MAC:
        wrong = links.misled(case)
        if wrong is not None:
            return Reason.NOT_FOR_US.code, begin + wrong[0], wrong[1]
    if _left_the_lab(case):
        sentence, cures = routes.outside(case)
        return Reason.WIRE_TO_NOWHERE.code, begin + sentence, cures
    teller = _TELLERS.get(verdict.reason)
    sentence, cures = (_plain(case), []) if teller is None else teller(case)
    return verdict.reason.code, begin + sentence, cures


def _left_the_lab(case: Case) -> bool:
    if not case.verdict.where:
        return False
    namespace, _ = case.place
    if namespace not in case.scene.machines.values():
        return True
    device = case.device
    return device is not None and device.kind == "nic" and case.verdict.reason in (
        Reason.NEIGHBOUR_FAILED, Reason.WIRE_TO_NOWHERE,
    )  # fmt: skip


def refused(
    scene: Scene, source: str, address: str, error: KernelError, goal: str = ""
) -> tuple[str, str, list[str]]:
    """The same for a packet that could not even be sent: (reason code, sentence, cures)."""
    begin = f"{goal or f'{source} does not reach {address}'}: "
    code, (sentence, cures) = _refusal(scene, source, address, error)
    return code, begin + sentence, cures


def _refusal(scene: Scene, source: str, address: str, error: KernelError) -> tuple[str, Told]:
    namespace = scene.namespace(source)
    result = namespace.stack.routing.lookup(address)
    kind = "" if result is None else result.kind
    if kind in routes.REFUSALS:
        return Reason.ROUTE_REFUSED.code, routes.refusing_route(scene, namespace, address)
    if error.errno == "EPERM":
        return Reason.FILTER_DROP.code, firewall.own_output(scene, source)
    if kind == "broadcast":
        helps = routes.masks(scene, namespace)
        why = "its own mask says so" if helps else "it is that of its own subnet, and no machine has it"
        return error.errno, (f"{source} takes it for a broadcast address: {why}.", helps)
    if error.errno == "EMSGSIZE":
        told = f"the packet is larger than the way allows ({error.text}), and it may not be fragmented."
        return Reason.MTU_EXCEEDED.code, (told, ["send smaller packets, or let them be fragmented."])
    if error.errno != "ENETUNREACH":
        return error.errno, (f"{source} cannot send: {error.text}.", [])
    off = sleeping_member(namespace, address) or next(
        (found for d in namespace.devices.values() if d.kind != "loopback" and (found := asleep(d))), None
    )
    if off is not None:
        why, helps = routes.down(scene, off)
        return Reason.NO_ROUTE.code, (f"{why}, so {source} has no route to it.", helps)
    cures = routes.cures(scene, namespace, address)
    if all(d.kind == "loopback" for d in namespace.devices.values()):
        return Reason.NO_ROUTE.code, (f"{source} is in no network; it has lo alone.", cures)
    if not any(
        a.family == 4 for d in namespace.devices.values() if d.kind != "loopback" for a in d.addresses
    ):
        told = f"{source} has no address to send from: it moves frames and is no partner for IP."
        return Reason.NO_ROUTE.code, (told, ["ask a machine that has an address."])
    if any(r.dst == "default" for r in namespace.routes()):
        return Reason.NO_ROUTE.code, (f"{source} has no route to {address}.", cures)
    if not cures and scene.role(source) == "internet":
        cures = [
            "nobody on the Internet has a route to private addresses (RFC 1918): let the inside begin, or let the router "
            "forward a port."
        ]
    if not cures and source in scene.containers:
        cures = [
            "give the network a gateway that leads out, or connect the container to a network that has one."
        ]
    return Reason.NO_ROUTE.code, (f"{source} has no route to {address}, and no default route.", cures)


def _plain(case: Case) -> str:
    reason = case.verdict.reason
    assert reason is not None
    return f"{case.back}at {case.scene.place(case.verdict.where)}: {reason.sentence}"


def _forwarding(case: Case) -> Told:
    return (
        f"{case.back}{case.machine} gets the packet and does not forward it.",
        [case.scene.on(case.machine, "sysctl -w net.ipv4.ip_forward=1")],
    )


def _twin(case: Case) -> Told:
    """It arrives at a machine that has the sender's own address."""
    told = f"{case.back}{case.machine} has the sender's address itself, and takes no packet from its own address."
    device = case.device
    namespace = case.place[0]
    for held_by in namespace.devices.values() if device is not None else ():
        for held in held_by.addresses:
            planned = case.scene.planned(held.address)
            if planned is not None and planned[0] != case.machine:
                return told, [case.scene.on(case.machine, f"ip address del {held.cidr} dev {held_by.name}")]
    return told, ["give one of the two another address."]


def _elsewhere(case: Case) -> Told:
    """The answer comes to a machine that did not ask."""
    return (
        f"{case.back}the answer goes to {case.machine}, which asked for nothing: it has the address {case.asker} too.",
        ["give one of the two another address."],
    )


def _ignored(case: Case) -> Told:
    name = "net.ipv4.icmp_echo_ignore_all"
    if case.place[0].sysctl.get(name) != "1":
        return _plain(case), []
    return (
        f"{case.back}{case.machine} gets the question and is told not to answer pings ({name}); other traffic may pass.",
        [case.scene.on(case.machine, f"sysctl -w {name}=0")],
    )


def hung_up(scene: Scene, address: str, port: int) -> Told:
    """Docker's proxy took the connection and found nobody behind it."""
    return services.behind_proxy(scene, address, port)


# Ends that a wrong line in a neighbour table can have.
_BY_MAC = frozenset({Reason.NOT_FOR_US, Reason.NOT_LOCAL, Reason.FILTER_DROP, Reason.FORWARDING_OFF})

_TELLERS: dict[Reason, Callable[[Case], Told]] = {
    Reason.NO_ROUTE: routes.no_route,
    Reason.ROUTE_REFUSED: routes.refused_by_route,
    Reason.PARENT_ISOLATION: links.parent,
    Reason.IPVLAN_PARENT_ISOLATION: links.parent,
    Reason.NEIGHBOUR_FAILED: links.nobody,
    Reason.NOT_FOR_US: links.not_for_us,
    Reason.ARP_SUPPRESSED: links.silent_l3,
    Reason.VLAN_NOT_ALLOWED: links.vlan,
    Reason.VLAN_UNKNOWN: links.vlan_unknown,
    Reason.FDB_NO_FLOOD: links.port_security,
    Reason.PORT_LOCKED: links.locked,
    Reason.PORT_ISOLATED: links.isolated,
    Reason.FILTER_DROP: firewall.stopped,
    Reason.FILTER_REJECT: firewall.stopped,
    Reason.FORWARDING_OFF: _forwarding,
    Reason.MACVLAN_PRIVATE: links.siblings,
    Reason.MACVLAN_VEPA: links.siblings,
    Reason.IPVLAN_PRIVATE: links.siblings,
    Reason.DEVICE_DOWN: links.down,
    Reason.NO_CARRIER: links.down,
    Reason.SAME_PORT: links.same_port,
    Reason.MARTIAN: _twin,
    Reason.NO_RECEIVER: _elsewhere,
    Reason.IGNORED: _ignored,
    Reason.MTU_EXCEEDED: links.too_large,
    Reason.NO_LISTENER: services.nobody_listens,
}
