"""``ip route show cache`` and what ``ip route get`` says of it: redirects and path MTUs that were learned."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

from .ip import Call
from .ip_common import Refused, dump
from .ip_route_show import Filter

if TYPE_CHECKING:
    from dnetlab.embedded.kernel import Namespace, RouteException

FLUSH = {4: "/proc/sys/net/ipv4/route/flush", 6: "/proc/sys/net/ipv6/route/flush"}


def left(ns: Namespace, exception: RouteException) -> int:
    """Whole seconds until it ends; a moment has always passed."""
    return ceil(ns.left(exception)) - 1


def exception_text(ns: Namespace, exception: RouteException) -> str:
    """What stands behind "cache"."""
    text = "<redirected> " if exception.via is not None else ""
    text += f"expires {left(ns, exception)}sec "
    if exception.mtu is not None:
        text += f"mtu {'lock ' if exception.locked else ''}{exception.mtu} "
    return text


def exception_json(ns: Namespace, exception: RouteException) -> dict[str, Any]:
    """The same as keys of a route's entry."""
    shown: dict[str, Any] = {}
    if ":" not in exception.dst:
        shown["cache"] = [] if exception.via is None else ["redirected"]
    shown["expires"] = left(ns, exception)
    if exception.mtu is not None:
        shown["metrics"] = [{"mtu": exception.mtu, **({"locked": True} if exception.locked else {})}]
    return shown


def show_cache(call: Call, chosen: Filter) -> int:
    """The routes that were learned from other machines."""
    entries, lines = [], []
    for route, exception in call.ns.route_exceptions(call.options.family or 4):
        if not chosen.takes(route) or route.dev is None:
            continue
        via, v6 = exception.via or route.via, ":" in exception.dst
        entry: dict[str, Any] = {"type": "unicast"} if call.options.details else {}
        entry["dst"] = exception.dst
        if via:
            entry["gateway"] = via
        entry["dev"] = route.dev.name
        if v6:
            entry["metric"] = route.metric
        entries.append(
            {**entry, "flags": [], **exception_json(call.ns, exception), **({"pref": "medium"} if v6 else {})}
        )
        line = "unicast " if call.options.details else ""
        line += f"{exception.dst} " + (f"via {via} " if via else "") + f"dev {route.dev.name} "
        learned = exception_text(call.ns, exception)
        lines.append(
            f"{line}metric {route.metric} {learned}pref medium" if v6 else f"{line}\n    cache {learned}"
        )
    if call.options.json:
        call.out(dump(entries, call.options.pretty))
    else:
        call.out("".join(f"{line}\n" for line in lines))
    return 0


def flush_cache(call: Call) -> int:
    """Forget all of it, where /proc/sys can be written."""
    family = call.options.family or 4
    if not call.process.mounts.sys_writable:
        raise Refused(f'Cannot open "{FLUSH[family]}": Read-only file system', 1)
    call.ns.flush_route_exceptions(family)
    return 0
