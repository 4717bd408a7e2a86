"""The old net-tools in busybox's form: arp, ifconfig, netstat, route."""

from __future__ import annotations

from ipaddress import IPv4Network

from .process import Process
from .registry import command, what_exists
from .ss import select
from .ss_filter import Filter


def _only_busybox(p: Process) -> bool:
    """The image has these names in busybox only."""
    if p.busybox:
        return True
    p.err(f'sh: 1: {p.name}: not found\n{what_exists()}\nTry "busybox {p.name}".\n')
    return False


@command("arp")
def arp(p: Process) -> int:
    """busybox arp -n."""
    if not _only_busybox(p):
        return 127
    for entry in p.ns.neighbours(family=4):
        if entry.state == "NOARP":
            continue
        mac = f"{entry.mac} [ether] " if entry.mac and entry.state != "FAILED" else "<incomplete> "
        p.out(f"? ({entry.address}) at {mac} on {entry.dev.name}\n")
    return 0


@command("route")
def route(p: Process) -> int:
    """busybox route -n."""
    if not _only_busybox(p):
        return 127
    p.out(
        "Kernel IP routing table\nDestination     Gateway         Genmask         Flags Metric Ref    Use Iface\n"
    )
    for entry in p.ns.routes(4):
        network = IPv4Network("0.0.0.0/0" if entry.dst == "default" else entry.dst)
        flags = "U" + ("G" if entry.via else "") + ("H" if network.prefixlen == 32 else "")
        name = entry.dev.name if entry.dev is not None else "*"
        ends = f"{network.network_address!s:<15} {entry.via or '0.0.0.0':<15} {network.netmask!s:<15}"
        p.out(f"{ends} {flags:<5} {entry.metric or 0:<6} 0        0 {name}\n")
    return 0


@command("ifconfig")
def ifconfig(p: Process) -> int:
    """busybox ifconfig: devices with their addresses and counters."""
    if not _only_busybox(p):
        return 127
    wanted = [w for w in p.argv[1:] if not w.startswith("-")]
    if wanted and wanted[0] not in p.ns.devices:
        p.err(f"ifconfig: {wanted[0]}: error fetching interface information: Device not found\n")
        return 1
    for device in sorted(p.ns.devices.values(), key=lambda d: d.name):
        if (wanted and device.name != wanted[0]) or (not device.up and not p.argv[1:]):
            continue
        lo = device.kind == "loopback"
        kind = "Local Loopback  " if lo else f"Ethernet  HWaddr {device.mac.upper()}  "
        p.out(f"{device.name:<9} Link encap:{kind}\n")
        for a in device.addresses:
            if a.family == 4:
                mask = IPv4Network(f"0.0.0.0/{a.prefixlen}").netmask
                cast = f"  Bcast:{a.broadcast}" if a.broadcast else "" if lo else "  Bcast:0.0.0.0"
                p.out(f"          inet addr:{a.address}{cast}  Mask:{mask}\n")
            else:
                p.out(f"          inet6 addr: {a.cidr} Scope:{a.scope.capitalize()}\n")
        names = [
            n
            for n in ("UP", "BROADCAST", "LOOPBACK", "RUNNING", "NOARP", "PROMISC", "MULTICAST")
            if n in device.flags or (n == "RUNNING" and device.carrier)
        ]
        s = device.stats
        p.out(
            f"          {' '.join(names)}  MTU:{device.mtu}  Metric:1\n"
            f"          RX packets:{s.rx_packets} errors:0 dropped:0 overruns:0 frame:0\n"
            f"          TX packets:{s.tx_packets} errors:0 dropped:0 overruns:0 carrier:0\n"
            f"          collisions:0 txqueuelen:{device.txqueuelen} \n"
            f"          RX bytes:{s.rx_bytes} ({s.rx_bytes / 1024:.1f} KiB)  TX bytes:{s.tx_bytes} ({s.tx_bytes / 1024:.1f} KiB)\n\n"
        )
    return 0


@command("netstat")
def netstat(p: Process) -> int:
    """busybox netstat -ltun."""
    if not _only_busybox(p):
        return 127
    options = {letter for w in p.argv[1:] if w.startswith("-") for letter in w[1:]}
    if "r" in options:
        return route(p)  # type: ignore[return-value]
    kind = (
        "only servers"
        if "l" in options
        else "w/o servers"
        if "a" not in options
        else "servers and established"
    )
    p.out(
        f"Active Internet connections ({kind})\nProto Recv-Q Send-Q Local Address           Foreign Address         State       \n"
    )
    for s in sorted(select(p.ns.sockets(), options, Filter([])), key=lambda s: s.proto):
        state = "" if s.state == "UNCONN" else s.state
        local, peer = (
            f"{s.local}:{s.local_port}",
            f"{s.peer or ('0.0.0.0' if s.family == 4 else '::')}:{s.peer_port or '*'}",
        )
        p.out(f"{s.proto:<5}      0      0 {local:<23} {peer:<23} {state:<12}\n")
    return 0
