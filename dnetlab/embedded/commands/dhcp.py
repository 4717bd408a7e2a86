"""``dnsmasq`` as a DHCP server, and ``udhcpc``, busybox's client."""

from __future__ import annotations

from ipaddress import IPv4Address

from dnetlab.embedded.kernel import Device, DhcpClient, DhcpServer, KernelError, Lease

from .options import OptionError, parse
from .process import Process, Program, Wait
from .registry import command

FLAGS = {
    "bind-interfaces",
    "dhcp-sequential-ip",
    "no-ping",
    "dhcp-authoritative",
    "leasefile-ro",
    "no-daemon",
    "keep-in-foreground",
    "log-dhcp",
    "no-resolv",
    "no-hosts",
    "no-poll",
    "bind-dynamic",
    "log-queries",
    "test",
}
VALUES = {
    "port",
    "interface",
    "dhcp-range",
    "dhcp-option",
    "dhcp-option-force",
    "user",
    "group",
    "pid-file",
    "conf-file",
    "dhcp-leasefile",
    "except-interface",
    "listen-address",
    "domain",
    "server",
    "address",
    "log-facility",
    "dhcp-host",
}
LETTERS = {
    "d": "no-daemon",
    "k": "keep-in-foreground",
    "p": "port",
    "i": "interface",
    "F": "dhcp-range",
    "O": "dhcp-option",
    "u": "user",
    "x": "pid-file",
    "C": "conf-file",
    "z": "bind-interfaces",
    "K": "dhcp-authoritative",
    "5": "no-ping",
}
SCRIPT = "/usr/share/dnetlab/udhcpc"
"""The image's script for udhcpc: it sets what the server gives."""

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@command("dnsmasq")
def dnsmasq(p: Process) -> Program | int:
    """dnsmasq --interface=DEV --dhcp-range=FIRST,LAST[,MASK][,LEASE] [--dhcp-option=3,ROUTER] ..."""
    options: dict[str, list[str]] = {}
    for word in p.argv[1:]:
        name, _, value = word.lstrip("-").partition("=")
        if not word.startswith("--"):
            name, value = LETTERS.get(word[1:2], ""), word[2:]
        if name == "version":
            p.out("Dnsmasq version 2.91  (dnetlab embedded engine)\n")
            return 0
        if name not in FLAGS | VALUES:
            p.err("\ndnsmasq: bad command line options: try --help\n")
            return 1
        options.setdefault(name, []).append(value)
    name = (options.get("interface") or [""])[0]
    if name and name not in p.ns.devices:
        p.err(f"\ndnsmasq: unknown interface {name}\n")
        return 2
    if not options.get("dhcp-range") or not name:
        p.err("\ndnsmasq: the embedded engine serves DHCP only: --interface and --dhcp-range are needed\n")
        return 1
    settings = _range(options["dhcp-range"][0])
    if settings is None:
        p.err("\ndnsmasq: bad dhcp-range at command line\n")
        return 1
    first, last, mask, lease = settings
    router: str | None = None
    servers: tuple[str, ...] = ()
    routes: tuple[tuple[str, str], ...] = ()
    for value in (*options.get("dhcp-option", []), *options.get("dhcp-option-force", [])):
        number, *values = value.removeprefix("option:").split(",")
        if number in ("3", "router") and values:
            router = values[0]
        elif number in ("6", "dns-server"):
            servers = tuple(values)
        elif number in ("121", "classless-static-route"):
            routes = tuple(zip(values[::2], values[1::2], strict=False))
    if not p.context.can("NET_ADMIN"):
        p.err("\ndnsmasq: process is missing required capability NET_ADMIN\n")
        return 5
    try:
        server = DhcpServer(
            p.ns,
            p.ns.devices[name],
            first,
            last,
            mask,
            router=router,
            dns=servers,
            lease_time=lease,
            routes=routes,
        )
    except KernelError as error:
        p.err(f"\ndnsmasq: failed to bind DHCP server socket: {error.text}\n")
        return 2
    if set(options) & {"no-daemon", "keep-in-foreground"}:
        return _serve(p, server)
    child = p.spawn(p.argv, main=lambda q: _serve(q, server))
    child.restore_fds({})
    path = (options.get("pid-file") or ["/run/dnsmasq.pid"])[0]
    if path:
        p.context.files.write(path, f"{child.pid}\n".encode())
    return 0


def _serve(p: Process, server: DhcpServer) -> Program:
    p.socket = ("udp", 67)
    try:
        while True:
            yield Wait()
    finally:
        server.close()


def _range(text: str) -> tuple[str, str, str | None, float] | None:
    """First and last address, mask and lease time of FIRST,LAST[,MASK][,LEASE]."""
    parts = text.split(",")
    try:
        first, last = str(IPv4Address(parts[0])), str(IPv4Address(parts[1]))
    except (ValueError, IndexError):
        return None
    if int(IPv4Address(first)) > int(IPv4Address(last)):
        return None
    mask, lease = None, 3600.0
    for part in parts[2:]:
        if part.count(".") == 3:
            mask = part
        elif part == "infinite":
            lease = 1e9
        elif part[:-1].isdigit() and part[-1:] in UNITS:
            lease = float(part[:-1]) * UNITS[part[-1]]
        elif part.isdigit():
            lease = float(part)
        else:
            return None
    return first, last, mask, lease


def configure(device: Device, lease: Lease) -> None:
    """What the image's script does with a lease: the address without a broadcast, and the default route."""
    device.add_address(f"{lease.address}/{lease.prefixlen}", replace=True)
    if lease.router is not None:
        device.namespace.add_route("default", via=lease.router, dev=device, replace=True)
    for destination, gateway in lease.routes:
        device.namespace.add_route(
            "default" if destination == "0.0.0.0/0" else destination, via=gateway, dev=device, replace=True
        )


@command("udhcpc")
def udhcpc(p: Process) -> Program:
    """udhcpc -i DEVICE [-q] [-n] [-t TRIES] [-T SECONDS] [-s SCRIPT]: the script sets address and route."""
    try:
        found, _ = parse(
            p.argv[1:],
            "i:qnfbRt:T:A:s:p:H:h:F:x:r:O:oaBSvV:C",
            ("interface=", "quit", "now", "retries=", "timeout=", "script="),
        )
    except OptionError as error:
        p.fail(f"udhcpc: {error.text}\nUsage: udhcpc [-fbqvRB] [-t N] [-T SEC] [-i IFACE] [-s PROG]", 1)
    names = {"interface": "i", "quit": "q", "now": "n", "retries": "t", "timeout": "T", "script": "s"}
    options = {names.get(n, n): v for n, v in found}
    name = options.get("i", "eth0")
    for letter in "tT":
        if not options.get(letter, "1").isdigit():
            p.fail(f"udhcpc: invalid number '{options[letter]}'", 1)
    tries, pause = int(options.get("t", "3")) or 3, float(options.get("T", "3")) or 3.0
    device = p.ns.devices.get(name)
    if device is None:
        p.fail("udhcpc: SIOCGIFINDEX: No such device", 1)
    p.err("udhcpc: started, v1.37.0\n")
    # Without -s there is no script in the image that would set anything, and no other than its own sets anything.
    admin, scripted = p.context.can("NET_ADMIN"), options.get("s") == SCRIPT
    if admin and scripted:
        device.flush_addresses(4)
        device.set_up()
    elif scripted:
        p.err(
            "Failed to send flush request: Operation not permitted\nRTNETLINK answers: Operation not permitted\n"
        )
    return (yield from _obtain(p, options, name, tries, pause, admin and scripted))


def _obtain(p: Process, options: dict[str, str], name: str, tries: int, pause: float, admin: bool) -> Program:
    kernel = p.context.kernel
    device = p.ns.devices[name]
    client = DhcpClient(p.ns, device, hostname=p.context.hostname, broadcast="B" in options)
    client.retry, client.tries = pause, tries
    seen = 0
    try:
        client.start()
        end = kernel.now + tries * pause
        while True:
            for _, text in client.events[seen:]:
                seen += 1
                p.err(f"udhcpc: {text}\n")
            if client.lease is not None or client.failed or kernel.now >= end + pause:
                break
            known = seen

            def news(known: int = known) -> bool:
                return len(client.events) > known or client.lease is not None or client.failed

            yield Wait(until=end + pause, ready=news)
    finally:
        close = getattr(client, "close", None)
        if close is not None:
            close()
    lease = client.lease
    if lease is None:
        return 1
    if admin:
        configure(device, lease)
    if "q" in options:
        return 0
    # Without -q the client stays to renew the lease.
    while True:
        yield Wait()
