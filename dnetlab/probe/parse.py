"""Readers of what the real commands print: iputils ping, fping, iproute2 JSON, tcpdump -e, dig, curl, arping.

Pure functions of text. The forms are those of Debian trixie (iproute2 6.15, iputils 20240905), as in the goldens.
"""

from __future__ import annotations

import json
import re
from typing import Any

from dnetlab.probe.results import Frame, LinkLine, Neighbour, RouteLine

_STATS = re.compile(r"(\d+) packets transmitted, (\d+) received")
_ANSWER = re.compile(r"bytes from (?:(\S+) \()?([0-9a-fA-F.:]+?)\)?: icmp_seq=\d+ ttl=(\d+)")
_ERROR = re.compile(r"^From (?:(\S+) \()?([0-9a-fA-F.:]+)\)? icmp_seq=\d+ (.+)$", re.M)
_TARGET = re.compile(r"^PING \S+ \(([0-9a-fA-F.:]+)\)", re.M)
_LOCAL = re.compile(r"^ping: (?:connect: |sendmsg: |[^:]+: )?(.+)$", re.M)


def ping(text: str) -> dict[str, Any]:
    """Fields of :class:`~dnetlab.probe.results.Ping` from what ``ping`` printed."""
    found: dict[str, Any] = {"sent": 0, "received": 0}
    if match := _STATS.search(text):
        found["sent"], found["received"] = int(match[1]), int(match[2])
    if match := _ANSWER.search(text):
        found["ttl"] = int(match[3])
        found["answered_as"] = match[1] or ""
    if match := _TARGET.search(text):
        found["address"] = match[1]
    if match := _ERROR.search(text):
        found["reporter"], found["unreachable"] = match[2], match[3].strip()
    elif not found["received"] and (match := _LOCAL.search(text)):
        found["unreachable"] = match[1].strip()
    return found


def fping(text: str) -> dict[str, bool]:
    """Address → alive."""
    alive: dict[str, bool] = {}
    for line in text.splitlines():
        if match := re.match(r"^(\S+) is (alive|unreachable)", line.strip()):
            alive[match[1]] = match[2] == "alive"
    return alive


def ip_json(text: str) -> list[dict[str, Any]]:
    """The list that ``ip -j`` printed; empty output is an empty list."""
    text = text.strip()
    if not text:
        return []
    found: list[dict[str, Any]] = json.loads(text)
    return [entry for entry in found if entry]


def neighbours(text: str) -> tuple[Neighbour, ...]:
    """The entries of ``ip -j neigh``."""
    return tuple(
        Neighbour(e["dst"], e.get("dev", ""), e.get("lladdr"), (e.get("state") or ["NONE"])[0])
        for e in ip_json(text)
    )


def routes(text: str) -> tuple[RouteLine, ...]:
    """The entries of ``ip -j route``."""
    return tuple(RouteLine(e["dst"], e.get("gateway"), e.get("dev", "")) for e in ip_json(text))


def links(text: str) -> tuple[LinkLine, ...]:
    """The devices of ``ip -d -j addr`` (or ``link``).

    ``parent`` is the lower device: its name where it lies in the same namespace, else ``if<index>``.
    """
    found = []
    for entry in ip_json(text):
        info = entry.get("linkinfo", {})
        data = info.get("info_data", {})
        kind = info.get("info_kind", "loopback" if "LOOPBACK" in entry.get("flags", ()) else "ethernet")
        parent = entry.get("link")
        if parent is None and "link_index" in entry and entry["link_index"]:
            parent = f"if{entry['link_index']}"
        found.append(
            LinkLine(
                name=entry["ifname"],
                kind=kind,
                mac=entry.get("address", ""),
                flags=tuple(entry.get("flags", ())),
                parent=parent,
                mode=data.get("mode"),
                vlan=data.get("id") if kind == "vlan" else None,
                promiscuity=entry.get("promiscuity", 0),
                mtu=entry.get("mtu", 0),
                state=entry.get("operstate", "UNKNOWN"),
                addresses=tuple(
                    f"{a['local']}/{a['prefixlen']}" for a in entry.get("addr_info", ()) if "local" in a
                ),
            )
        )
    return tuple(found)


_FRAME = re.compile(
    r"^\S+ (?P<source>[0-9a-f:]{17}) (?:\(\S+\) )?> (?P<target>[0-9a-f:]{17})(?: \(\S+\))?,"
    r" ethertype (?P<type>\S+) \(0x[0-9a-f]+\), length \d+: (?P<rest>.*)$"
)
_TAG = re.compile(r"^vlan (\d+), p \d+(?:, DEI)?, (?:ethertype (\S+) \(0x[0-9a-f]+\), )?(.*)$")


def frames(text: str) -> tuple[Frame, ...]:
    """The frames of ``tcpdump -e -nn``."""
    found = []
    for line in text.splitlines():
        match = _FRAME.match(line.strip())
        if not match:
            continue
        protocol, rest, vlan = match["type"].rstrip(","), match["rest"], None
        if protocol == "802.1Q" and (tag := _TAG.match(rest)):
            vlan, protocol, rest = int(tag[1]), tag[2] or "?", tag[3]
        found.append(Frame(match["source"], match["target"], vlan, protocol, rest))
    return tuple(found)


def arping(text: str) -> tuple[str, ...]:
    """The MACs that answered, in order, each once, lower case."""
    macs = re.findall(r"reply from \S+ \[([0-9A-Fa-f:]{17})\]", text)
    return tuple(dict.fromkeys(mac.lower() for mac in macs))


def getent(text: str) -> tuple[str, ...]:
    """The addresses that ``getent ahosts`` or ``getent hosts`` printed, each once."""
    return tuple(dict.fromkeys(line.split()[0] for line in text.splitlines() if line.split()))


CURL = {
    0: "answered",
    6: "the name does not resolve",
    7: "refused or unreachable",
    28: "no answer in time",
    52: "connected, but an empty answer",
    56: "connected, and then cut off",
}
"""Exit codes of curl (its manual page), in our words."""
