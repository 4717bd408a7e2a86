"""Tellers of packets that died on a link: cables, switches, VLANs, neighbours, parents and their children."""

from __future__ import annotations

import ipaddress
import re

from dnetlab.embedded.kernel import Device, Reason
from dnetlab.explain import routes
from dnetlab.explain.case import Case, Told
from dnetlab.explain.scene import Scene
from dnetlab.explain.wiring import Plug, asleep, plug


def parent(case: Case) -> Told:
    """A parent's own stack and a child."""
    kind = "macvlan" if case.verdict.reason is Reason.PARENT_ISOLATION else "ipvlan"
    child, base, address = _child_and_parent(case)
    mode = "mode bridge" if kind == "macvlan" else "mode l2"
    article = "a" if kind == "macvlan" else "an"
    return (
        f"{child} sits on the {kind} child of the host's {base}, and a parent's own stack and its {kind} children "
        "do not exchange frames: the question who has the address leaves by the wire, and the other side never hears it.",
        [
            f"give the host {article} {kind} child of its own (a shim) with a free address: ip link add shim0 link {base} "
            f"type {kind} {mode}; ip address add {_free(case.scene, address)}/32 dev shim0; ip link set shim0 up; "
            f"ip route add {address}/32 dev shim0",
            "or let the two talk by another network: connect the container to a bridge network too.",
        ],
    )


def _free(scene: Scene, address: str) -> str:
    """An address of the same subnet, from its end, that nobody in the lab has and no DHCP server hands out."""
    owner = scene.owner(address)
    held = next((a for a in owner[1].addresses if a.address == address), None) if owner is not None else None
    if held is None:
        return "ADDRESS"
    machines = scene.plan.topology.machines if scene.plan is not None else ()
    pools = [m.dhcp_pool for m in machines if m.dhcp_pool is not None]
    network = ipaddress.IPv4Network(held.network)
    for number in range(int(network.broadcast_address) - 1, int(network.network_address), -1):
        free = ipaddress.IPv4Address(number)
        if scene.owner(str(free)) is None and not any(p.first <= free <= p.last for p in pools):
            return str(free)
    return "ADDRESS"


def _child_and_parent(case: Case) -> tuple[str, str, str]:
    """The container on the child, the parent's name, and the container's address."""
    for name in (case.source, case.target):
        namespace = case.scene.machines.get(name)
        for device in namespace.devices.values() if namespace is not None else ():
            if device.kind in ("macvlan", "ipvlan") and device.link is not None:
                own = next((a.address for a in device.addresses if a.family == 4), case.address)
                return name, device.link.name, own
    return case.target, "parent", case.address


def nobody(case: Case) -> Told:
    """Nobody on the link answers the question for a MAC."""
    scene, towards = case.scene, case.towards
    namespace, device = case.place
    result = namespace.stack.routing.lookup(towards)
    via = None if result is None else result.via
    if via is not None and via != towards:
        return _no_gateway(case, via)
    owner = scene.owner(towards)
    if owner is None:
        text, helps = routes.missing(scene, towards)
        return (
            f"{case.back}{case.machine} asks on {device} who has {towards}, and nobody answers: {text}.",
            helps or ["look at the addresses that there are: lab.state(), or ip -br address on the machine."],
        )
    name = scene.name(owner[0])
    off = asleep(owner[1])
    if off is not None:
        why, helps = routes.down(scene, off)
        return (
            f"{case.back}{case.machine} asks on {device} who has {towards}, and {name} does not hear it: {why}.",
            helps,
        )
    parted = None if result is None else _parted(scene, result.dev, owner[1])
    if parted is not None:
        return f"{case.back}{parted[0]}", parted[1]
    return (
        f"{case.back}{case.machine} takes {towards} for a neighbour on {device} and asks there; {name} has the address, "
        "but it is not on that link.",
        routes.masks(scene, namespace)
        or [
            f"{name} must be reached by a router: give it an address of its own subnet, or put both into one VLAN "
            "or one network.",
        ],
    )


def _no_gateway(case: Case, via: str) -> Told:
    """The next hop is a router that does not answer."""
    scene, (namespace, device) = case.scene, case.place
    begin = f"{case.back}{case.machine} sends what is for {case.towards} to its gateway {via}, and nobody on {device} answers for {via}"
    owner = scene.owner(via)
    off = None if owner is None else asleep(owner[1])
    if off is not None:
        why, helps = routes.down(scene, off)
        return f"{begin}: {why}.", helps
    result = namespace.stack.routing.lookup(via)
    parted = None if owner is None or result is None else _parted(scene, result.dev, owner[1])
    if parted is not None:
        return f"{begin}: {parted[0]}", parted[1]
    helps = routes.cures(scene, namespace, case.towards)
    return f"{begin}.", helps or [f"give {case.machine} a gateway that exists on its link."]


def _parted(scene: Scene, one: Device, other: Device) -> Told | None:
    """Two interfaces on one switch whose ports are in different VLANs."""
    a, b = plug(one), plug(other)
    if a is None or b is None or a.bridge is not b.bridge or not a.bridge.vlan_filtering or a.port is b.port:
        return None
    switch = scene.name(a.bridge.namespace)
    mine, yours = scene.name(one.namespace), scene.name(other.namespace)
    vlan = a.vlan
    if vlan is not None and b.hears(vlan):
        return None
    if vlan is None:
        tag = "without a tag" if a.tag is None else f"of VLAN {a.tag}"
        text = f"{switch}'s port {a.port.name}, where {mine} is plugged in, takes no frames {tag}."
    elif b.tag is None and b.vlan is not None:
        text = f"{mine}'s frames are in VLAN {vlan} on {switch}, but {yours}'s port {b.port.name} is in VLAN {b.vlan}."
    elif b.vlan is not None and b.tag == vlan:
        text = f"{switch} sends VLAN {vlan} out of port {b.port.name} without its tag, but {yours} is in VLAN {vlan} by its tag."
    elif any(held.vid == vlan for held in b.bridge.vlans_of(b.port)):
        text = f"{mine}'s frames are in VLAN {vlan} on {switch}, but {yours} is in VLAN {b.tag}."
    else:
        text = (
            f"{mine}'s frames are in VLAN {vlan} on {switch}, and its port {b.port.name}, behind which {yours} is, does not "
            f"carry VLAN {vlan}."
        )
    helps = [*_as_planned(scene, a), *_as_planned(scene, b)]
    if not helps:
        wanted, at = (vlan, b) if vlan is not None else (a.tag or 1, a)
        how = " pvid untagged" if at.tag is None else ""
        helps = [scene.on(switch, f"bridge vlan add dev {at.port.name} vid {wanted}{how}")]
    return text, helps


def _as_planned(scene: Scene, at: Plug) -> list[str]:
    """Commands that give a switch port the VLANs of the plan again."""
    switch = scene.name(at.bridge.namespace)
    port = scene.port(switch, at.port.name)
    if port is None:
        return []
    wanted = dict.fromkeys(port.tagged, False) | ({} if port.untagged is None else {port.untagged: True})
    there = {held.vid: held.untagged for held in at.bridge.vlans_of(at.port)}
    dev = at.port.name
    made = [
        f"bridge vlan add dev {dev} vid {vid}{' pvid untagged' if untagged else ''}"
        for vid, untagged in sorted(wanted.items())
        if there.get(vid) is not untagged
    ]
    made += [f"bridge vlan del dev {dev} vid {vid}" for vid in sorted(set(there) - set(wanted))]
    pvid = next((held.vid for held in at.bridge.vlans_of(at.port) if held.pvid), None)
    if port.untagged is not None and pvid != port.untagged and there.get(port.untagged):
        made.append(f"bridge vlan add dev {dev} vid {port.untagged} pvid untagged")
    return [scene.on(switch, "; ".join(made))] if made else []


def silent_l3(case: Case) -> Told:
    """ARP for an ipvlan child in L3 mode."""
    scene, towards = case.scene, case.towards
    via = _parent_address(scene, towards)
    told = (
        f"{case.back}{case.sender} asks on the wire who has {towards}; it belongs to an ipvlan child in L3 mode, and "
        "such children neither hear nor answer ARP."
    )
    if not via:
        return told, ["give the network a subnet of its own and a route to it by the Docker host's address."]
    return told, [scene.on(case.sender, f"ip route add {towards}/32 via {via}   (the Docker host)")]


def _parent_address(scene: Scene, address: str) -> str:
    owner = scene.owner(address)
    base: Device | None = None if owner is None else owner[1].link
    if base is None:
        return ""
    return next((a.address for a in base.addresses if a.family == 4), "")


def vlan(case: Case) -> Told:
    """A switch port, or a machine, that has no part in a frame's VLAN."""
    scene, device = case.scene, case.device
    number = re.search(r"VLAN (\d+)", case.verdict.text.rsplit("(", 1)[-1])
    which = f"VLAN {number[1]}" if number else "its VLAN"
    name = "" if device is None else device.name
    sender = scene.namespace(case.sender)
    result = sender.stack.routing.lookup(case.towards)
    plugs = [plug(result.dev)] if result is not None else []
    if device is not None and device.master is not None:
        plugs.append(Plug(device, device.master, None))
    helps = list(dict.fromkeys(cure for at in plugs if at is not None for cure in _as_planned(scene, at)))
    take = number[1] if number else "NUMBER"
    return (
        f"{case.back}the frame comes to {case.machine}'s port {name}, which is not a member of {which}.",
        helps
        or [f"let the port carry it, {scene.on(case.machine, f'bridge vlan add dev {name} vid {take}')}; "
            "or use a VLAN that the trunk carries."],
    )  # fmt: skip


def vlan_unknown(case: Case) -> Told:
    """A tag that no interface of the machine takes off."""
    number = re.search(r"VLAN (\d+)", case.verdict.text.rsplit("(", 1)[-1])
    device = case.device
    name, vid = ("eth0" if device is None else device.name), (number[1] if number else "NUMBER")
    return (
        f"{case.back}the frame comes to {case.machine}'s {name} with the tag of VLAN {vid}, and {case.machine} has no "
        "interface for that VLAN.",
        [case.scene.on(case.machine, f"ip link add link {name} name {name}.{vid} type vlan id {vid}; ip link set {name}.{vid} up")
         + ", and the address that it had."],
    )  # fmt: skip


def port_security(case: Case) -> Told:
    """A switch port that knows its MACs and floods nothing."""
    _, device = case.place
    return (
        f"{case.machine} does not know the MAC address behind its port {device} and does not flood to it: "
        "the port accepts known MACs only (port security, as in clouds and on WLAN).",
        [
            "use ipvlan: its children share the MAC of the parent, which the port knows.",
            f"or let the port learn: bridge link set dev {device} learning on flood on (on {case.machine}).",
        ],
    )


def locked(case: Case) -> Told:
    """A locked switch port, and a sender that it does not know."""
    _, device = case.place
    return (
        f"{case.back}{case.machine}'s port {device} is locked: it takes frames of the MACs in its table only, and the "
        "sender's is not there.",
        [case.scene.on(case.machine, f"bridge link set dev {device} locked off learning on")],
    )


def isolated(case: Case) -> Told:
    """Two isolated ports of one switch."""
    _, device = case.place
    return (
        f"{case.back}both ports of {case.machine} are isolated, and isolated ports exchange no frames.",
        [case.scene.on(case.machine, f"bridge link set dev {device} isolated off")],
    )


def siblings(case: Case) -> Told:
    """Children of one parent that are kept apart."""
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


def down(case: Case) -> Told:
    """A device that is switched off, or whose cable's other end is."""
    device = case.device
    if device is None:
        return f"{case.back}{case.machine} is not connected.", []
    off = device if not device.up else asleep(device) or device
    if off.up and device.master is not None:
        off = device.master
    why, helps = routes.down(case.scene, off)
    return f"{case.back}{why}.", helps


def too_large(case: Case) -> Told:
    """A packet that does not fit, and that nobody here may or can cut."""
    device = case.device
    told = f"{case.back}the packet is larger than what {case.scene.place(case.verdict.where)} takes"
    if device is None:
        return f"{told}, and it may not be fragmented.", ["send smaller packets."]
    other = device.link if device.kind == "veth" else None
    small, large = sorted((device, other or device), key=lambda one: one.mtu)
    machine = case.scene.name(small.namespace)
    return (
        f"{told} (MTU {small.mtu} of {machine}'s {small.name}), and nobody there may cut it.",
        [
            case.scene.on(machine, f"ip link set {small.name} mtu {max(large.mtu, 1500)}")
            + "; both ends of a cable need the same MTU."
        ],
    )


def same_port(case: Case) -> Told:
    """Back out of the port it came in by."""
    return (
        f"{case.back}{case.machine} does not send a frame out of the port on which it came in.",
        ["in vepa mode the switch port must send frames back: bridge link set dev PORT hairpin on."],
    )


def misled(case: Case) -> Told | None:
    """A neighbour table with a MAC that is not that of the address."""
    scene = case.scene
    passed = {step.namespace for step in case.verdict.way}
    for machine, namespace in scene.machines.items():
        if namespace.name not in passed:
            continue
        for entry in namespace.neighbours(4):
            owners = [device for _, device in scene.owners(entry.address)]
            if entry.mac is None or not owners or any(device.mac == entry.mac for device in owners):
                continue
            return (
                f"{case.back}{machine} sends it to the wrong MAC address: its neighbour table says that {entry.address} has "
                f"{entry.mac}, but {scene.name(owners[0].namespace)} has {owners[0].mac}.",
                [scene.on(machine, f"ip neigh del {entry.address} dev {entry.dev.name}")],
            )
    return None


def not_for_us(case: Case) -> Told:
    """Nobody has the MAC that the frame is for."""
    owner = case.scene.owner(case.towards)
    result = case.scene.namespace(case.sender).stack.routing.lookup(case.towards)
    if owner is not None and result is not None:
        parted = _parted(case.scene, result.dev, owner[1]) or _parted(case.scene, owner[1], result.dev)
        if parted is not None:
            return f"{case.back}{parted[0]}", parted[1]
    return (
        f"{case.back}the frame comes to {case.machine}, but it is for another MAC address, so nobody takes it.",
        [],
    )
