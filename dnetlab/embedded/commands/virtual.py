"""The files of a container as its processes see them: its own, and what the model says in /proc and /sys."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dnetlab.embedded.kernel import KernelError

from .devfs import DEVICES, NAMES
from .streams import NULL, FileSink, Source, Stream

if TYPE_CHECKING:
    from dnetlab.embedded.kernel import Device

    from .process import Process

SYS_NET = "/sys/class/net"
PROC_SYS = "/proc/sys"
ARPHRD = {"loopback": 772}
FLAG_BITS = {
    "UP": 0x1,
    "BROADCAST": 0x2,
    "LOOPBACK": 0x8,
    "NOARP": 0x80,
    "PROMISC": 0x100,
    "ALLMULTI": 0x200,
    "MULTICAST": 0x1000,
}
PROC_NET = ("arp", "dev", "if_inet6", "route", "vlan")


def read_file(process: Process, path: str) -> bytes | str:
    """The bytes of a file; a string instead is why it cannot be read."""
    full = process.context.files.normal(path, process.cwd)
    try:
        made = _virtual(process, full)
    except KernelError as error:
        return error.text
    if made is not None:
        return made
    try:
        return process.context.files.read(full)
    except KeyError:
        if is_directory(process, full):
            return "Is a directory"
        parent = full.rsplit("/", 1)[0]
        return "Not a directory" if process.context.files.is_file(parent) else "No such file or directory"


def open_for_reading(process: Process, path: str) -> Source | Stream | str:
    """A stream over a file's bytes; a string instead is the shell's word for why not."""
    full = process.context.files.normal(path, process.cwd)
    if full in ("/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"):
        return process.fds.get(0, NULL)
    data = read_file(process, full)
    if isinstance(data, bytes):
        return Source(data)
    return "No such file" if data == "No such file or directory" else data


def _virtual(process: Process, path: str) -> bytes | None:
    if path.startswith(SYS_NET + "/"):
        return _sys_net(process, path[len(SYS_NET) + 1 :])
    if path.startswith(PROC_SYS + "/"):
        return _proc_sys(process, path[len(PROC_SYS) + 1 :])
    if path.startswith("/proc/"):
        from .procfs import content

        for prefix in ("/proc/self/net/", "/proc/thread-self/net/"):
            if path.startswith(prefix):
                path = "/proc/net/" + path[len(prefix) :]
        return content(process, path)
    if path in DEVICES:
        return DEVICES[path](process)
    if path.startswith("/run/netns/") and path[len("/run/netns/") :] in process.context.netns:
        return b""
    return None


def _sys_net(process: Process, rest: str) -> bytes | None:
    name, _, leaf = rest.partition("/")
    device = process.ns.devices.get(name)
    value = attribute(device, leaf) if device is not None else None
    return None if value is None else f"{value}\n".encode()


def speed(device: Device) -> str:
    """Mbit/s: what the driver says, a bridge's and a child's is that of the device below (EINVAL: none says it)."""
    if device.kind in ("loopback", "dummy", "nic"):
        return _refuse("EINVAL")
    if device.kind == "bridge" and not device.carrier:
        return "-1"
    return "10000"


def _refuse(errno: str) -> str:
    raise KernelError(errno)


ATTRIBUTES: dict[str, Callable[[Device], str]] = {
    "addr_len": lambda d: "6",
    "addr_assign_type": lambda d: str(d.mac_origin),
    "address": lambda d: d.mac,
    "broadcast": lambda d: "00:00:00:00:00:00" if d.kind == "loopback" else "ff:ff:ff:ff:ff:ff",
    "carrier": lambda d: str(int(d.carrier)) if d.up else _refuse("EINVAL"),
    "flags": lambda d: hex(sum(FLAG_BITS.get(f, 0) for f in d.flags)),
    "ifalias": lambda d: d.alias,
    "dev_id": lambda d: f"{d.dev_id:#x}",
    "dormant": lambda d: "0" if d.up else _refuse("EINVAL"),
    "duplex": lambda d: "full" if d.up else _refuse("EINVAL"),
    "ifindex": lambda d: str(d.ifindex),
    "iflink": lambda d: str(d.link.ifindex if d.link is not None else d.ifindex),
    "mtu": lambda d: str(d.mtu),
    "operstate": lambda d: d.operstate.lower(),
    "speed": speed,
    "statistics/rx_bytes": lambda d: str(d.stats.rx_bytes),
    "statistics/rx_packets": lambda d: str(d.stats.rx_packets),
    "statistics/tx_bytes": lambda d: str(d.stats.tx_bytes),
    "statistics/tx_packets": lambda d: str(d.stats.tx_packets),
    "tx_queue_len": lambda d: str(d.txqueuelen),
    "type": lambda d: str(ARPHRD.get(d.kind, 1)),
}
"""Files of /sys/class/net/DEVICE (kernel Documentation/ABI/testing/sysfs-class-net)."""


def attribute(device: Device, leaf: str) -> str | None:
    """The value of a file below /sys/class/net/DEVICE, None where there is none."""
    make = ATTRIBUTES.get(leaf)
    return None if make is None else make(device)


def sysctl_name(path: str) -> str:
    """net/ipv4/conf/eth0.10/forwarding as sysctl writes it: dots between, "/" for a dot within a name."""
    return path.translate(str.maketrans("./", "/."))


def _proc_sys(process: Process, rest: str) -> bytes | None:
    name = sysctl_name(rest)
    if name == "kernel.hostname":
        return f"{process.context.hostname}\n".encode()
    if name == "kernel.osrelease":
        return b"6.12.48\n"
    try:
        return f"{process.ns.sysctl.get(name)}\n".encode()
    except KernelError as error:
        if error.errno == "ENOENT":
            return None
        raise


def can_create(process: Process, path: str) -> str:
    """Why a file cannot be written, in the shell's words; empty where it can."""
    if path.startswith(PROC_SYS + "/"):
        if _virtual(process, path) is None:
            return "Directory nonexistent"
        return "" if process.mounts.sys_writable else "Read-only file system"
    if path in DEVICES:
        return ""
    if path.startswith(("/proc/", "/sys/")):
        return "Permission denied"
    if is_directory(process, path):
        return "Is a directory"
    if not is_directory(process, path.rsplit("/", 1)[0] or "/"):
        return "Directory nonexistent"
    return process.context.files.may_write(path, process.context.account.root)


def open_for_writing(process: Process, path: str, append: bool = False) -> Stream | str:
    """A stream into a file; a string instead is why not, in the shell's words."""
    full = process.context.files.normal(path, process.cwd)
    if full in ("/dev/stdout", "/dev/stderr", "/dev/fd/1", "/dev/fd/2"):
        return process.fds.get(2 if full.endswith(("stderr", "2")) else 1, NULL)
    if full in DEVICES:
        return NULL
    why = can_create(process, full)
    return why or FileSink(process.context.files, full, append, write_hook(process, full))


def write_hook(process: Process, path: str) -> Callable[[bytes], None] | None:
    """What a write to a file of /proc/sys does; None for an ordinary file."""
    if not path.startswith(PROC_SYS + "/"):
        return None
    name = sysctl_name(path[len(PROC_SYS) + 1 :])

    def write(data: bytes) -> None:
        process.ns.sysctl.set(name, data.decode("ascii", "replace").strip())

    return write


def listdir(process: Process, path: str) -> list[str] | None:
    """The names in a directory, sorted; None where there is none."""
    full = process.context.files.normal(path, process.cwd)
    if full == SYS_NET:
        return sorted(process.ns.devices)
    if full.startswith(SYS_NET + "/"):
        rest = full[len(SYS_NET) + 1 :]
        name, _, below = rest.partition("/")
        if name in process.ns.devices and below in ("", "statistics"):
            prefix = below + "/" if below else ""
            return sorted({a[len(prefix) :].split("/")[0] for a in ATTRIBUTES if a.startswith(prefix)})
        return None
    if full == "/dev":
        return list(NAMES)
    if full == "/proc/net":
        return list(PROC_NET)
    if full == PROC_SYS or full.startswith(PROC_SYS + "/"):
        below = full[len(PROC_SYS) + 1 :]
        prefix = sysctl_name(below) + "." if below else ""
        names = {n[len(prefix) :].split(".")[0] for n in process.ns.sysctl.names() if n.startswith(prefix)}
        return sorted(n.replace("/", ".") for n in names) or None
    if full == "/run/netns" and process.context.netns:
        return sorted(process.context.netns)
    if full == "/sys/class":
        return ["net"]
    try:
        return process.context.files.listdir(full)
    except KeyError:
        return None


def is_directory(process: Process, path: str) -> bool:
    return listdir(process, path) is not None


def exists(process: Process, path: str) -> bool:
    """Whether a path is there at all."""
    full = process.context.files.normal(path, process.cwd)
    return (
        full.startswith("/dev/std")
        or is_directory(process, full)
        or read_file(process, full) not in ("No such file or directory", "Not a directory")
    )
