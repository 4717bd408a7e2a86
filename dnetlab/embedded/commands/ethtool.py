"""``ethtool DEVICE`` and ``ethtool -i``."""

from __future__ import annotations

from .process import Process
from .registry import command

DRIVERS = {
    "veth": ("veth", "1.0"),
    "bridge": ("bridge", "2.3"),
    "vlan": ("802.1Q VLAN Support", "1.8"),
    "macvlan": ("macvlan", "0.1"),
    "ipvlan": ("ipvlan", "0.1"),
    "dummy": ("dummy", "1.0"),
    "nic": ("virtio_net", "1.0.0"),
}


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
        p.out(f"Settings for {names[0]}:\nNo data available\n")
        what = ("device settings", "wake-on-lan settings", "message level", "link status")
        p.err("".join(f"Cannot get {w}: No such device\n" for w in what))
        return 75
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
    p.out(f"Settings for {device.name}:\n")
    if device.kind in ("veth", "bridge", "vlan", "macvlan", "ipvlan"):
        none = (
            "Supported FEC modes",
            "Advertised pause frame use",
            "Advertised auto-negotiation",
            "Advertised FEC modes",
        )
        rows = ["Supported ports: [ ]", "Supported link modes:   Not reported", "Supported pause frame use: No",
                "Supports auto-negotiation: No", f"{none[0]}: Not reported", "Advertised link modes:  Not reported",
                f"{none[1]}: No", f"{none[2]}: No", f"{none[3]}: Not reported", "Speed: 10000Mb/s", "Duplex: Full",
                "Port: Twisted Pair", "PHYAD: 0", "Transceiver: internal", "Auto-negotiation: off",
                "MDI-X: Unknown"]  # fmt: skip
        p.out("".join(f"\t{row}\n" for row in rows))
    p.out(f"\tLink detected: {'yes' if device.carrier and device.up else 'no'}\n")
    return 0
