"""``ethtool DEVICE`` and ``ethtool -i``."""

from __future__ import annotations

from .process import Process
from .registry import command

DRIVERS = {"veth": ("veth", "1.0"), "bridge": ("bridge", "2.3"), "vlan": ("802.1Q VLAN Support", "1.8"), "macvlan": ("macvlan", "0.1"), "ipvlan": ("ipvlan", "0.1"), "dummy": ("dummy", "1.0"), "nic": ("virtio_net", "1.0.0")}  # fmt: skip


@command("ethtool")
def ethtool(p: Process) -> int:
    """ethtool [-i|-S|-k] DEVICE."""
    words = p.argv[1:]
    option = words[0] if words and words[0].startswith("-") else None
    names = [w for w in words if not w.startswith("-")]
    if not names:
        p.err("ethtool: bad command line argument(s)\nFor more information run ethtool -h\n")
        return 1
    device = p.ns.devices.get(names[0])
    if device is None:
        if option in ("-i", "--driver"):
            p.err("Cannot get driver information: No such device\n")
            return 71
        p.err("netlink error: No such device\n")
        return 1
    if option in ("-i", "--driver"):
        driver, version = DRIVERS.get(device.kind, ("", ""))
        if not driver:
            p.err("Cannot get driver information: Operation not supported\n")
            return 71
        yes = "yes" if device.kind == "veth" else "no"
        p.out(
            f"driver: {driver}\nversion: {version}\nfirmware-version: \nexpansion-rom-version: \nbus-info: \n"
            f"supports-statistics: {yes}\nsupports-test: no\nsupports-eeprom-access: no\n"
            "supports-register-dump: no\nsupports-priv-flags: no\n"
        )
        return 0
    if option in ("-S", "--statistics"):
        if device.kind != "veth" or device.link is None:
            p.err("no stats available\n")
            return 94
        p.out(f"NIC statistics:\n     peer_ifindex: {device.link.ifindex}\n")
        return 0
    if option is not None:
        p.err(f"ethtool: the embedded engine knows -i and -S, not {option}\n")
        return 1
    p.out(
        f"Settings for {device.name}:\n\tSpeed: 10000Mb/s\n\tDuplex: Full\n\tAuto-negotiation: off\n"
        "\tPort: Twisted Pair\n\tPHYAD: 0\n\tTransceiver: internal\n\tMDI-X: Unknown\n"
        if device.kind in ("veth", "vlan", "macvlan", "ipvlan")
        else f"Settings for {device.name}:\n"
    )
    p.out(f"\tLink detected: {'yes' if device.carrier and device.up else 'no'}\n")
    return 0
