"""Tellers of packets that no route leads on, and who could help them."""

from __future__ import annotations

from dnetlab.embedded.kernel import Device, Namespace, Veth
from dnetlab.embedded.kernel.addresses import within
from dnetlab.explain.case import Case, Told
from dnetlab.explain.scene import Scene
from dnetlab.explain.wiring import sleeping_member

REFUSALS = {
    "blackhole": "is silently dropped",
    "unreachable": "is refused: host unreachable",
    "prohibit": "is forbidden",
}
"""Kinds of route that end a way, and what becomes of a packet (ip-route(8))."""


def cures(scene: Scene, namespace: Namespace, address: str) -> list[str]:
    """What a machine without a (right) way to an address needs."""
    machine = scene.name(namespace)
    if machine in scene.containers and all(d.kind == "loopback" for d in namespace.devices.values()):
        return [f"docker network connect {scene.network(machine) or 'NETWORK'} {machine}"]
    helped = masks(scene, namespace)
    if ":" in address:
        return helped
    default = next((route for route in namespace.routes() if route.dst == "default"), None)
    gateway = scene.gateway(machine)
    if default is None and gateway is not None:
        return [*helped, scene.on(machine, f"ip route add default via {gateway}")]
    if default is not None and gateway is not None and default.via != gateway:
        return [*helped, scene.on(machine, f"ip route replace default via {gateway}")]
    if default is None and machine in scene.containers and _on_a_bridge(namespace):
        return [
            *helped,
            "its network has no way out: docker network create --internal makes such a one. Connect the container to a "
            f"network that has: docker network connect NETWORK {machine}",
        ]
    relay = _relay(scene, namespace, address)
    if relay is None:
        return helped
    via, name = relay
    if bridge_of(scene, address) is not None:
        return [
            *helped,
            f"publish a port of the container (-p HOST_PORT:PORT) and use {via}, the address of {name}; a route alone "
            "does not help, because Docker lets nobody but the bridge itself send to a container's address.",
        ]
    return [
        *helped,
        scene.on(machine, f"ip route add {_prefix_of(scene, address)} via {via}   ({via} is {name})"),
    ]


def masks(scene: Scene, namespace: Namespace) -> list[str]:
    """Addresses of a machine whose prefix is not the planned one."""
    found = []
    for device in namespace.devices.values():
        for held in device.addresses:
            planned = scene.planned(held.address)
            if planned is not None and planned[2] != held.cidr and planned[0] == scene.name(namespace):
                change = f"ip address add {planned[2]} dev {device.name}; ip address del {held.cidr} dev {device.name}"
                found.append(scene.on(planned[0], change))
    return found


def _on_a_bridge(namespace: Namespace) -> bool:
    return any(isinstance(d, Veth) and d.peer.master is not None for d in namespace.devices.values())


def bridge_of(scene: Scene, address: str) -> Device | None:
    """The Docker bridge behind which a container has an address."""
    owner = scene.owner(address)
    device = owner[1] if owner is not None else None
    if not isinstance(device, Veth) or device.peer.namespace is not scene.machines.get("host"):
        return None
    return device.peer.master


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


def down(scene: Scene, device: Device) -> Told:
    """A device that is switched off."""
    machine = scene.name(device.namespace)
    return f"{machine}'s {device.name} is down", [scene.on(machine, f"ip link set {device.name} up")]


def outside(case: Case) -> Told:
    """It left the lab by the host's way out."""
    scene, towards = case.scene, case.towards
    host = scene.machines["host"]
    result = host.stack.routing.lookup(towards)
    dev = "its default route" if result is None else f"its default route, out of {result.dev.name},"
    back = "the request arrives, but the answer is lost: " if case.verdict.leg == "reply" else ""
    sleeping = sleeping_member(host, towards)
    if sleeping is not None:
        why, helps = down(scene, sleeping)
        return f"{back}{why}, so the Docker host has no route to {towards}.", helps
    told = f"{back}the Docker host has no route to {towards}; {dev} leads away from the LAN."
    lost = _lost_address(scene)
    if lost is not None:
        return f"{back}the Docker host has no route to {towards}: {lost[0]}.", lost[1]
    owner = scene.owner(towards)
    if owner is not None and owner[1].kind == "ipvlan":
        return (
            told
            + " A route would not help: the host's own stack and its ipvlan children in L3 mode do not exchange "
            "packets, nobody answers for the address on the parent's wire.",
            ["reach it from another machine, or connect the container to a bridge network too."],
        )
    if owner is None:
        return told, missing(scene, towards)[1]
    return told, cures(scene, host, towards)


def _lost_address(scene: Scene) -> Told | None:
    """An address that the Docker host has in the plan and does not have."""
    machines = scene.plan.topology.machines if scene.plan is not None else ()
    for machine in machines:
        for interface in machine.interfaces if machine.role == "host" else ():
            for held in interface.addresses:
                if interface.name in scene.machines["host"].devices and scene.owner(str(held.ip)) is None:
                    return (
                        f"its {interface.name} has lost the address {held.ip}",
                        [scene.on("host", f"ip address add {held} dev {interface.name}")],
                    )
    return None


def missing(scene: Scene, address: str) -> Told:
    """An address that nobody has: who should, by the plan."""
    planned = scene.planned(address)
    if planned is None:
        return f"no machine of this lab has {address}", []
    machine, device, held = planned
    if machine not in scene.machines:
        return f"it is the address of {machine}, which does not run", [f"docker start {machine}"]
    if device not in scene.machines[machine].devices:
        return f"it is the address of {machine}, which is not connected to that network", [
            f"docker network connect {scene.network(machine) or 'NETWORK'} {machine}"
        ]
    return f"it should be the address of {machine}'s {device}, which has lost it", [
        scene.on(machine, f"ip address add {held} dev {device}")
    ]


def no_route(case: Case) -> Told:
    """A machine's table has no entry."""
    scene, where, towards = case.scene, case.machine, case.towards
    sleeping = sleeping_member(case.place[0], towards)
    if sleeping is not None:
        why, helps = down(scene, sleeping)
        return f"{case.back}{why}, so {where} has no route to {towards}.", helps
    helps = cures(scene, case.place[0], towards)
    if case.verdict.leg == "request":
        if case.place[0] is scene.namespace(case.source):
            return f"{case.source} has no route to {towards}.", helps
        return f"{where} has no route to {towards}, and answers net unreachable.", helps
    answerer = scene.owner(case.address)
    if answerer is None:
        return f"the request arrives, but {where} has no route back to {towards}.", helps
    name = scene.name(answerer[0])
    bare = _untranslated(case, name)
    if bare is not None:
        return bare
    if answerer[0] is case.place[0]:
        return f"the request arrives, but {where} has no route back to {towards}.", helps
    helps = cures(scene, answerer[0], towards) or helps
    result = answerer[0].stack.routing.lookup(towards)
    via = (
        "" if result is None or result.via is None else f": its default route goes to {result.via} ({where})"
    )
    return (
        f"the request arrives, but {name} has no route back to {towards}{via}, which answers net unreachable.",
        helps,
    )


def _untranslated(case: Case, answerer: str) -> Told | None:
    """The request arrived with a private address that somebody on the way should have translated."""
    scene, asker = case.scene, case.asker
    told = f"the request arrives with the private address {asker}, and {answerer} knows no way back to it: "
    bridge = bridge_of(scene, asker)
    if bridge is not None:
        network = next((a for a in bridge.addresses if a.family == 4), None)
        if network is None:
            return None
        source = scene.namespace(case.source)
        result = source.stack.routing.lookup(case.address)
        if result is not None and result.via is not None and result.via != network.address:
            return (
                f"{told}{case.source} sends it to {result.via}, not to the bridge {bridge.name} ({network.address}), and so the "
                "Docker host does not put its own address on it.",
                [scene.on(case.source, f"ip route replace default via {network.address}")],
            )
        command = f"iptables -t nat -A POSTROUTING -s {network.network} ! -o {bridge.name} -j MASQUERADE"
        return f"{told}the Docker host does not put its own address on it (NAT).", [scene.on("host", command)]
    for machine, namespace in scene.machines.items():
        for rule in namespace.netfilter(4).table("nat").chain("POSTROUTING").rules:
            way_out = namespace.devices.get(rule.out_dev or "")
            if rule.target != "MASQUERADE" or rule.not_out or way_out is None:
                continue
            if any(a.family == 4 and within(case.address, a.network) for a in way_out.addresses):
                made = f"iptables -t nat -A POSTROUTING -s {_prefix_of(scene, asker)} -o {way_out.name} -j MASQUERADE"
                return f"{told}{machine} translates the LAN's addresses only (NAT).", [
                    scene.on(machine, made)
                ]
    return None


def refused_by_route(case: Case) -> Told:
    """A route of kind blackhole, unreachable or prohibit."""
    return refusing_route(case.scene, case.place[0], case.towards, case.back)


def refusing_route(scene: Scene, namespace: Namespace, address: str, back: str = "") -> Told:
    """The route of a machine that refuses an address."""
    machine = scene.name(namespace)
    result = namespace.stack.routing.lookup(address)
    kind = "" if result is None else result.kind
    route = "" if result is None or result.route is None else str(result.route)
    return (
        f"{back}a route of {machine} says so: what is for {address} {REFUSALS.get(kind, 'ends there')} ({route}).",
        [scene.on(machine, f"ip route del {route}")],
    )
