"""The LAN as one shell script: namespaces, veth pairs, the switch's VLANs, addresses, routes, NAT, DHCP.

Pure: a plan goes in, text comes out. ``ip -batch`` does the work, one process a namespace, so that a LAN of
100 PCs costs about as much as the bare batch files would.
"""

from __future__ import annotations

from collections.abc import Iterable

from dnetlab.plan import Interface, Link, Machine, Plan

CLASH = 9
"""Exit status: an address of the engine host lies in one of the subnets that the plan needs."""

NO_LINK = 8
"""Exit status: the engine's kernel cannot make a link kind that the type needs."""

LAN_ROLES = ("internet", "router", "switch", "pc")

TRIALS = {
    "macvlan": "type macvlan mode bridge",
    "ipvlan": "type ipvlan mode l2",
    "vlan": "type vlan id 4000",
}
"""How a link kind is tried; a create call of the engine proves nothing (it accepts ipvlan on any kernel)."""


def script(plan: Plan, needs: Iterable[str] = (), host_subnets: Iterable[str] = ()) -> str:
    """The script that makes the plan's LAN, to be run in a container on the engine's host network.

    ``needs`` are link kinds to try first; ``host_subnets`` are the subnets in which the engine's host may have
    no address yet. The script ends with status CLASH or NO_LINK and one line of text where it cannot go on.
    """
    machines = [m for m in plan.topology.machines if m.role in LAN_ROLES]
    cables = [link for link in plan.topology.links if link.kind == "cable"]
    lines = ["set -e"]
    # A bridge of the plan's own may be there already: Docker makes it while the LAN is built.
    own = [device.name for device in plan.host.interfaces if device.kind == "bridge"]
    lines += [line for subnet in host_subnets for line in _clash(subnet, own)]
    lines += [f"ip netns add {m.name}" for m in machines]
    lines += _batch("ip", None, [*(_veth(cable) for cable in cables), *_host(plan)])
    for machine in machines:
        lines += _switch(machine) if machine.role == "switch" else _station(machine)
    lines += [line for kind in needs for line in _trial(kind)]
    lines += [line for machine in machines for line in _services(machine)]
    return "\n".join(lines) + "\n"


def _clash(subnet: str, own: Iterable[str]) -> list[str]:
    others = f"ip -o -4 address show to {subnet}" + "".join(f" | grep -vF ' {device} '" for device in own)
    return [f'there=$({others} || :); [ -z "$there" ] || {{ echo {subnet}; echo "$there"; exit {CLASH}; }}']


def _trial(kind: str) -> list[str]:
    # On the router's leg: it lies in a namespace of its own, so nothing of the host is touched.
    add = f"ip -n router link add trial0 link eth0 {TRIALS[kind]}"
    return [f"{add} 2>/dev/null && ip -n router link del trial0 || {{ echo {kind}; exit {NO_LINK}; }}"]


def _batch(tool: str, namespace: str | None, lines: list[str]) -> list[str]:
    if not lines:
        return []
    where = f" -n {namespace}" if namespace else ""
    return [f"{tool}{where} -batch - <<'EOF'", *lines, "EOF"]


def _veth(cable: Link) -> str:
    ends = sorted((cable.a, cable.b), key=lambda end: end.machine != "host")
    first, second = ends
    home = "" if first.machine == "host" else f" netns {first.machine}"
    return f"link add {first.interface}{home} type veth peer name {second.interface} netns {second.machine}"


def _host(plan: Plan) -> list[str]:
    card = plan.host.interfaces[0]
    return [
        f"link set {card.name} up",
        *(f"address add {a} dev {card.name}" for a in card.addresses),
        *(f"route append {r.destination} via {r.via} dev {card.name}" for r in plan.host.routes),
    ]


def _switch(machine: Machine) -> list[str]:
    ports = [p for p in machine.interfaces if p.master]
    filtering = any(p.tagged or p.untagged != 1 for p in ports)
    bridge = "link add br0 type bridge" + (" vlan_filtering 1" if filtering else "")
    devices = ["link set lo up", bridge, "link set br0 up"]
    for port in ports:
        devices += [f"link set {port.name} master br0", f"link set {port.name} up"]
    vlans = [line for port in ports for line in _membership(port)] if filtering else []
    return _batch("ip", machine.name, devices) + _batch("bridge", machine.name, vlans)


def _membership(port: Interface) -> list[str]:
    lines = [f"vlan add dev {port.name} vid {vlan}" for vlan in port.tagged]
    if port.untagged != 1:
        lines.append(f"vlan del dev {port.name} vid 1")
        if port.untagged is not None:
            lines.append(f"vlan add dev {port.name} vid {port.untagged} pvid untagged")
    return lines


def _station(machine: Machine) -> list[str]:
    lines = ["link set lo up"]
    for interface in machine.interfaces:
        if interface.kind == "vlan":
            lines.append(
                f"link add link {interface.parent} name {interface.name} type vlan id {interface.vlan}"
            )
        lines.append(f"link set {interface.name} up")
        lines += [f"address add {address} dev {interface.name}" for address in interface.addresses]
    if machine.gateway and not machine.dhcp_client:
        lines.append(f"route add default via {machine.gateway}")
    lines += [f"route add {route.destination} via {route.via}" for route in machine.routes]
    return _batch("ip", machine.name, lines)


WRITABLE = "busybox mount -o remount,rw,bind /proc/sys"
"""Before a command that sets a sysctl on a LAN machine: the container's /proc/sys is read-only. ``ip netns exec`` has a
mount namespace of its own, so the remount is seen by that one command only."""


def forwarding(namespace: str, on: bool) -> str:
    """Turn a LAN machine's IPv4 forwarding on or off.

    See :data:`WRITABLE`.
    """
    return f"ip netns exec {namespace} sh -c '{WRITABLE} && sysctl -q -w net.ipv4.ip_forward={int(on)}'"


def _services(machine: Machine) -> list[str]:
    lines = []
    if machine.role == "router":
        lines.append(forwarding(machine.name, True))
        for interface in machine.interfaces:
            if interface.name != "wan0":
                lines += [
                    f"ip netns exec {machine.name} iptables -t nat -A POSTROUTING"
                    f" -s {address.network} -o wan0 -j MASQUERADE"
                    for address in interface.addresses
                    if address.version == 4
                ]
    if machine.dhcp_pool:
        lines.append(dhcp_server(machine))
    if machine.dhcp_client:
        lines.append(f"ip netns exec {machine.name} {DHCP_CLIENT.format(device=machine.dhcp_client)}")
    return lines


def dhcp_server(machine: Machine, routes: Iterable[tuple[str, str]] = ()) -> str:
    """The command that starts the machine's DHCP server; ``routes`` are handed out too (option 121, RFC 3442)."""
    pool = machine.dhcp_pool
    assert pool is not None
    words = ",".join(word for route in (*routes, ("0.0.0.0/0", str(pool.gateway))) for word in route)
    return (
        f"ip netns exec {machine.name} dnsmasq --port=0 --interface=eth0 --bind-interfaces"
        f" --dhcp-range={pool.first},{pool.last},{pool.subnet.netmask},1h --dhcp-option=3,{pool.gateway}"
        + (f" --dhcp-option-force=121,{words}" if routes else "")
        + " --dhcp-sequential-ip --no-ping --dhcp-authoritative --leasefile-ro --user=root"
        f" --pid-file={DHCP_PID.format(machine=machine.name)} --conf-file=/dev/null"
    )


DHCP_PID = "/run/dnsmasq-{machine}.pid"

DHCP_CLIENT = "busybox udhcpc -i {device} -q -n -t 5 -T 1 -s /usr/share/dnetlab/udhcpc"
"""How a PC asks for an address: five tries of one second; its hook sets address and default route."""
