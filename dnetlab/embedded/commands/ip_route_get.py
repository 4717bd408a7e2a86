"""``ip route get``: the way a packet would take, and what was learned of it."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from dnetlab.embedded.kernel import KernelError

from .ip import Call
from .ip_common import Refused, address, dump, find_device, matches, number, prefix
from .ip_route_cache import exception_json, exception_text
from .ip_route_show import Filter, as_text

if TYPE_CHECKING:
    from dnetlab.embedded.kernel import Device, RouteResult

REFUSED = {"unreachable": "EHOSTUNREACH", "prohibit": "EACCES", "blackhole": "EINVAL"}
CACHED = {"local": ["local"], "broadcast": ["local", "brd"], "multicast": ["local", "mc"]}
"""What IPv4 notes of a way (rt_flags)."""


class Question:
    """The words of ``ip route get``."""

    def __init__(self, call: Call) -> None:
        self.target: str = ""
        self.source: str | None = None
        self.oif: Device | None = None
        self.iif: Device | None = None
        self.mark = 0
        self.route_only = False
        words, family = call.words, call.options.family
        while words:
            word = words.take()
            if word == "from":
                self.source = address(words.value())
            elif word in ("oif", "dev"):
                self.oif = find_device(call.ns, words.value())
            elif word == "iif":
                self.iif = find_device(call.ns, words.value())
            elif word == "mark":
                self.mark = number("mark", words.value(), text="invalid {} value")
            elif word in ("tos", "uid", "ipproto", "sport", "dport", "vrf"):
                words.value()
            elif matches(word, "fibmatch"):
                self.route_only = True
            elif not matches(word, "connected", "notify"):
                given = prefix(words.value() if word == "to" else word, family)
                self.target, _, length = given.partition("/")
                family = 6 if ":" in given else 4
                whole = "128" if family == 6 else "32"
                if length != whole:
                    text = f"Warning: /{length} as prefix is invalid, only /{whole} (or none) is supported.\n"
                    call.process.err(text)


def get(call: Call) -> int:
    """ip route get ADDRESS: the way a packet would take."""
    asked = Question(call)
    target, options = asked.target, call.options
    if not target:
        raise Refused("need at least a destination address", 1)
    if asked.iif is not None and asked.source is None:
        raise KernelError("EINVAL", "a packet that came in has a source")
    source = None if asked.iif is not None else asked.source
    found = call.ns.route_get(target, src=source, dev=asked.oif)
    if found.kind in REFUSED:
        raise KernelError(REFUSED[found.kind])
    kind = "multicast" if ip_address(target).is_multicast else found.kind
    name = call.ns.lo.name if kind == "local" or found.dev is None else found.dev.name
    if asked.route_only and found.route is not None:
        chosen = Filter(Call(call.process, call.ns, options, "route", []))
        call.out(as_text(found.route, "main", chosen, options) + "\n")
        return 0
    if ":" in target:
        return _got6(call, found, target, name)
    via = None if kind == "multicast" else found.via
    shown_source = None if asked.source else found.src or (target if kind == "local" else None)
    if options.json:
        entry: dict[str, Any] = {"type": kind} if kind != "unicast" else {}
        entry["dst"] = target
        if asked.source:
            entry["from"] = asked.source
        if via:
            entry["gateway"] = via
        entry["dev"] = name
        if shown_source:
            entry["prefsrc"] = shown_source
        entry.update(flags=[], uid=0, cache=CACHED.get(kind, []))
        if found.exception is not None:
            entry.update(exception_json(call.ns, found.exception))
        call.out(dump([entry], options.pretty))
        return 0

    def inet(text: str) -> str:
        return options.paint("inet", f"{text} ")

    shown = f"{kind} " if kind != "unicast" or options.details else ""
    shown += inet(target)
    if asked.source:
        shown += f"from {inet(asked.source)}"
    if via:
        shown += f"via {inet(via)}"
    shown += "dev " + options.paint("ifname", f"{name} ")
    if options.details and kind == "unicast":
        shown += "table main "
    if shown_source:
        shown += f"src {inet(shown_source)}"
    if asked.mark:
        shown += f"mark {asked.mark:#x} " if asked.mark >= 16 else f"mark {asked.mark} "
    notes = list(CACHED.get(kind, []))
    if asked.iif is not None and asked.iif is found.dev:
        notes.append("redirect")
    cache = f"<{','.join(notes)}> " if notes else ""
    if found.exception is not None:
        cache = exception_text(call.ns, found.exception)
    cache += f"iif {asked.iif.name} " if asked.iif is not None else ""
    uid = "" if asked.iif is not None else "uid 0 "
    call.out(f"{shown}{uid}{chr(92) if options.oneline else chr(10)}    cache {cache}\n")
    return 0


def _got6(call: Call, found: RouteResult, target: str, name: str) -> int:
    """What ``ip -6 route get`` found: the route itself, with the source that would be used."""
    local, route = found.kind == "local", found.route
    proto = "kernel" if local else "boot" if route is None else route.proto
    metric = 0 if local or route is None else route.metric
    source = found.src or target
    if call.options.json:
        entry: dict[str, Any] = {"type": found.kind} if found.kind != "unicast" else {}
        entry["dst"] = target
        if found.via:
            entry["gateway"] = found.via
        entry["dev"] = name
        if local:
            entry["table"] = "local"
        if proto != "boot":
            entry["protocol"] = proto
        entry.update(prefsrc=source, metric=metric, flags=[])
        if found.exception is not None:
            entry.update(exception_json(call.ns, found.exception))
        call.out(dump([{**entry, "pref": "medium"}], call.options.pretty))
        return 0
    shown = "" if found.kind == "unicast" else f"{found.kind} "
    shown += f"{target} " + (f"via {found.via} " if found.via else "") + f"dev {name} "
    shown += ("table local " if local else "") + (f"proto {proto} " if proto != "boot" else "")
    learned = "" if found.exception is None else exception_text(call.ns, found.exception)
    call.out(f"{shown}src {source} metric {metric} {learned}pref medium\n")
    return 0
