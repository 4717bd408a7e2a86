"""``ip rule`` and ``ip maddress``, which the model has in their initial state only."""

from __future__ import annotations

from ipaddress import ip_address

from .ip import Call
from .ip_common import Refused, dump, find_device, matches

RULES = ((0, "local"), (32766, "main"), (32767, "default"))
"""Those that a new namespace has; IPv6 has no table for "default"."""


def main(call: Call) -> int:
    """ip rule, ip maddress: show."""
    word = call.words.take() if call.words else "show"
    if not matches(word, "show", "list", "lst"):
        raise Refused(f'"ip {call.object} {word}" is not part of the embedded engine.', 1)
    if call.object == "rule":
        rules = [(number, name) for number, name in RULES if call.options.family != 6 or name != "default"]
        if call.options.json:
            made = [{"priority": number, "src": "all", "table": name} for number, name in rules]
            call.out(dump(made, call.options.pretty))
            return 0
        call.out("".join(f"{number}:\tfrom all lookup {name}\n" for number, name in rules))
        return 0
    name = None
    while call.words:
        word = call.words.take()
        name = call.words.value() if word == "dev" else word
    devices = [find_device(call.ns, name)] if name else list(call.ns.devices.values())
    for device in devices:
        call.out(f"{device.ifindex}:\t{device.name}\n")
        v4 = any(a.family == 4 for a in device.addresses) or device.kind == "loopback"
        groups6: list[str] = []
        if device.kind != "loopback":
            groups6 = sorted({solicited(a.address) for a in device.addresses if a.family == 6})
            # A child hands its parent's groups on and is a user of its own.
            users = " users 2" if device.kind in ("macvlan", "ipvlan") else ""
            links = [
                f"33:33:00:00:00:01{users}",
                f"01:00:5e:00:00:01{users}",
                *(group_mac(g) for g in groups6),
            ]
            call.out("".join(f"\tlink  {mac}\n" for mac in links))
        if v4:
            call.out("\tinet  224.0.0.1\n")
        call.out("".join(f"\tinet6 {g}\n" for g in (*groups6, "ff02::1", "ff01::1")))
    return 0


def solicited(address: str) -> str:
    """The solicited-node multicast address (RFC 4291, 2.7.1)."""
    low = int(ip_address(address)) & 0xFFFFFF
    return str(ip_address((0xFF02 << 112) | (1 << 32) | (0xFF << 24) | low))


def group_mac(group: str) -> str:
    """The Ethernet address of an IPv6 multicast group (RFC 2464, 7)."""
    low = int(ip_address(group)) & 0xFFFFFFFF
    return "33:33:" + ":".join(f"{low >> shift & 255:02x}" for shift in (24, 16, 8, 0))
