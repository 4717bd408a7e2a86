"""What is read of a real machine for the mirror: a script of ``ip``, ``bridge``, ``ss`` and ``iptables-save``, and its output."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

MARK = "@@ "
MACHINE = "@@@ "
SETTINGS = (
    "net.ipv4.ip_forward",
    "net.ipv4.conf.all.rp_filter",
    "net.ipv4.icmp_echo_ignore_all",
    "net.ipv6.conf.all.forwarding",
    "net.bridge.bridge-nf-call-iptables",
)


@dataclass(frozen=True, slots=True)
class Dump:
    """What was read of one machine: JSON of ip and bridge, lines of iptables-save, settings."""

    links: list[dict[str, Any]] = field(default_factory=list)
    routes: list[dict[str, Any]] = field(default_factory=list)
    routes6: list[dict[str, Any]] = field(default_factory=list)
    vlans: list[dict[str, Any]] = field(default_factory=list)
    ports: list[dict[str, Any]] = field(default_factory=list)
    fdb: list[dict[str, Any]] = field(default_factory=list)
    rules: str = ""
    sockets: list[str] = field(default_factory=list)
    neighbours: list[dict[str, Any]] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)


def machine_script(netns: str | None, *, bridges: bool = False, firewall: bool = False) -> str:
    """The script whose output :func:`parse` reads, for a namespace of the LAN container or for "here".

    Few processes: each costs tens of milliseconds on a busy engine.
    """
    inside = "" if netns is None else f" -n {netns}"
    run = "" if netns is None else f"ip netns exec {netns} "
    paths = " ".join("/proc/sys/" + name.replace(".", "/") for name in SETTINGS)
    lines = [
        f"echo '{MARK}links'; ip{inside} -d -j address",
        f"echo '{MARK}routes'; ip{inside} -j route",
        f"echo '{MARK}routes6'; ip{inside} -6 -j route",
        f"echo '{MARK}neighbours'; ip{inside} -j neigh show nud permanent",
        f"echo '{MARK}sockets'; {run}ss -ltn 2>/dev/null",
        f"echo '{MARK}settings'; {run}grep . {paths} 2>/dev/null",
    ]
    if bridges:
        lines += [
            f"echo '{MARK}vlans'; bridge{inside} -j vlan 2>/dev/null",
            f"echo '{MARK}ports'; bridge{inside} -d -j link 2>/dev/null",
            f"echo '{MARK}fdb'; bridge{inside} -j fdb 2>/dev/null",
        ]
    if firewall:
        lines.append(f"echo '{MARK}rules'; {run}iptables-save 2>/dev/null")
    return "\n".join([*lines, "true"])


def parse(text: str) -> Dump:
    """The dump of what :func:`machine_script` printed; what is missing or no JSON counts as empty."""
    parts: dict[str, list[str]] = {}
    name = ""
    for line in text.splitlines():
        if line.startswith(MARK):
            name = line[len(MARK) :].strip()
        else:
            parts.setdefault(name, []).append(line)

    def table(key: str) -> list[dict[str, Any]]:
        try:
            found = json.loads("\n".join(parts.get(key, ())) or "[]")
        except ValueError:
            return []
        return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []

    settings = {}
    for line in parts.get("settings", ()):
        path, colon, value = line.partition(":")
        name = path.removeprefix("/proc/sys/").replace("/", ".")
        if colon and name in SETTINGS:
            settings[name] = value.strip()
    return Dump(
        table("links"), table("routes"), table("routes6"), table("vlans"), table("ports"), table("fdb"),
        "\n".join(parts.get("rules", ())), parts.get("sockets", []), table("neighbours"), settings,
    )  # fmt: skip


def split(text: str) -> dict[str, Dump]:
    """The dumps of several machines, each after a line with its name."""
    return {
        part.split("\n", 1)[0].strip(): parse(part.split("\n", 1)[-1])
        for part in text.split(MACHINE)
        if part.strip()
    }
