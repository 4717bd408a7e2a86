"""Files of /proc: addresses, routes and devices as the kernel prints them (proc(5), proc_pid_net(5))."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .process import Process

VERSION = b"Linux version 6.12.48 (dnetlab embedded engine, a model) #1\n"

ARP_HEADER = "IP address       HW type     Flags       HW address            Mask     Device\n"
ROUTE_HEADER = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT"
DEV_HEADER = (
    "Inter-|   Receive                                                |  Transmit\n"
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls"
    " carrier compressed\n"
)


def content(process: Process, path: str) -> bytes | None:
    """The bytes of a file below /proc; None where the model has none."""
    makers = {
        "/proc/net/arp": arp,
        "/proc/net/dev": dev,
        "/proc/net/if_inet6": if_inet6,
        "/proc/net/route": route,
        "/proc/net/vlan/config": vlan_config,
    }
    if path in makers:
        return makers[path](process).encode()
    if path == "/proc/version":
        return VERSION
    if path == "/proc/uptime":
        now = process.context.kernel.now
        return f"{now + 100:.2f} {now + 90:.2f}\n".encode()
    if path == "/proc/cpuinfo":
        return b"processor\t: 0\n"
    if path.startswith("/proc/net/vlan/"):
        return vlan_device(process, path.removeprefix("/proc/net/vlan/"))
    pid, _, leaf = path.removeprefix("/proc/").partition("/")
    target = process.context.processes.get(int(pid)) if pid.isdigit() else process if pid == "self" else None
    if target is None:
        return None
    if leaf == "cmdline":
        return b"".join(word.encode() + b"\0" for word in target.command_line)
    return f"{target.comm}\n".encode() if leaf == "comm" else None


def arp(process: Process) -> str:
    """/proc/net/arp: IPv4 neighbours that are or were being asked for."""
    lines = [ARP_HEADER]
    for entry in process.ns.neighbours(family=4):
        if entry.state == "NOARP":
            continue
        flags = (
            "0x6" if entry.state == "PERMANENT" else "0x2" if entry.mac and entry.state != "FAILED" else "0x0"
        )
        mac = entry.mac or "00:00:00:00:00:00"
        lines.append(f"{entry.address:<17}0x1         {flags}         {mac}     *        {entry.dev.name}\n")
    return "".join(lines)


def vlan_config(process: Process) -> str:
    """/proc/net/vlan/config (net/8021q/vlanproc.c)."""
    lines = ["VLAN Dev name\t | VLAN ID\nName-Type: VLAN_NAME_TYPE_RAW_PLUS_VID_NO_PAD\n"]
    for device in process.ns.devices.values():
        if device.kind == "vlan" and device.link is not None:
            lines.append(f"{device.name:<15}| {getattr(device, 'vid', 0)}  | {device.link.name}\n")
    return "".join(lines)


def vlan_device(process: Process, name: str) -> bytes | None:
    """/proc/net/vlan/NAME (vlanproc.c: vlandev_seq_show); None where there is no such sub-interface."""
    device = process.ns.devices.get(name)
    if device is None or device.kind != "vlan" or device.link is None:
        return None
    s, zeros = device.stats, "  ".join(f"{priority}:0" for priority in range(7))
    counts = (
        ("total frames received", s.rx_packets), ("total bytes received", s.rx_bytes),
        ("Broadcast/Multicast Rcvd", 0), None, ("total frames transmitted", s.tx_packets),
        ("total bytes transmitted", s.tx_bytes),
    )  # fmt: skip
    lines = [f"{name}  VID: {getattr(device, 'vid', 0)}\t REORDER_HDR: 1  dev->priv_flags: 81021"]
    lines += ["" if count is None else f"{count[0]:>30} {count[1]:>12}" for count in counts]
    lines += [
        f"Device: {device.link.name}",
        f"INGRESS priority mappings: {zeros} 7:0",
        " EGRESS priority mappings: ",
    ]
    return "".join(f"{line}\n" for line in lines).encode()


def _little_endian(address: str) -> str:
    return "".join(f"{byte:02X}" for byte in reversed(IPv4Address(address).packed))


def route(process: Process) -> str:
    """/proc/net/route: addresses as hexadecimal words of a little-endian machine."""
    lines = [ROUTE_HEADER.ljust(127) + "\n"]
    for entry in process.ns.routes(4):
        if entry.dev is None:
            continue
        network = IPv4Network("0.0.0.0/0" if entry.dst == "default" else entry.dst)
        flags = 1 | (2 if entry.via else 0) | (4 if network.prefixlen == 32 else 0)
        gateway = _little_endian(entry.via) if entry.via else "00000000"
        text = (
            f"{entry.dev.name}\t{_little_endian(str(network.network_address))}\t{gateway}\t{flags:04X}\t0\t0\t"
            f"{entry.metric or 0}\t{_little_endian(str(network.netmask))}\t0\t0\t0"
        )
        lines.append(text.ljust(127) + "\n")
    return "".join(lines)


def dev(process: Process) -> str:
    """/proc/net/dev: counters by device."""
    lines = [DEV_HEADER]
    for device in process.ns.devices.values():
        s = device.stats
        lines.append(
            f"{device.name:>6}: {s.rx_bytes:>7} {s.rx_packets:>7}    0    0    0     0          0         0"
            f" {s.tx_bytes:>8} {s.tx_packets:>7}    0    0    0     0       0          0\n"
        )
    return "".join(lines)


def if_inet6(process: Process) -> str:
    """/proc/net/if_inet6: IPv6 addresses, index, prefix length, scope, flags, device."""
    scopes = {"host": 0x10, "link": 0x20, "global": 0, "site": 0x40}
    lines = []
    for device in process.ns.devices.values():
        for a in device.addresses:
            if a.family == 6:
                digits = ip_address(a.address).exploded.replace(":", "")
                flags = 0x80 | (0x40 if a.tentative else 0) | (0x02 if a.nodad else 0)
                lines.append(
                    f"{digits} {device.ifindex:02x} {a.prefixlen:02x} {scopes.get(a.scope, 0):02x}"
                    f" {flags:02x} {device.name:>8}\n"
                )
    return "".join(lines)
