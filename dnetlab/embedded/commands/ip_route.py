"""``ip route``: show, get, add, change, delete, flush."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

from dnetlab.embedded.kernel import KernelError

from .ip import Call
from .ip_common import (
    Refused,
    address,
    dump,
    duplicate,
    find_device,
    matches,
    need,
    need_flush,
    network,
    number,
    prefix,
    wrong,
)
from .usage import IP_ROUTE_USAGE

if TYPE_CHECKING:
    from dnetlab.embedded.kernel import Route

TYPES = ("unicast", "local", "broadcast", "multicast", "throw", "unreachable", "prohibit", "blackhole")
PROTOCOLS = ("kernel", "boot", "static", "dhcp", "ra", "redirect")
TABLES = {
    "local": "local",
    "255": "local",
    "main": "main",
    "254": "main",
    "all": "all",
    "default": "default",
    "253": "default",
}


def main(call: Call) -> int:
    """ip route COMMAND."""
    words = call.words
    if not words:
        return show(call)
    word = words.take()
    if matches(word, "list", "lst", "show"):
        return show(call)
    if matches(word, "get"):
        return get(call)
    if matches(word, "add"):
        return modify(call, "add")
    if word == "chg" or matches(word, "change"):
        return modify(call, "change")
    if matches(word, "replace"):
        return modify(call, "replace")
    if matches(word, "prepend"):
        return modify(call, "prepend")
    if matches(word, "append"):
        return modify(call, "append")
    if matches(word, "delete"):
        return delete(call)
    if matches(word, "flush"):
        if not words:
            raise Refused('"ip route flush" requires arguments.', 1)
        return flush(call)
    if matches(word, "help"):
        wrong(IP_ROUTE_USAGE)
    raise Refused(f'Command "{word}" is unknown, try "ip route help".', 255)


class Filter:
    """Which routes ``show`` and ``flush`` mean."""

    def __init__(self, call: Call) -> None:
        self.table, self.proto, self.scope, self.dev, self.via, self.src, self.kind = (
            "main",
            None,
            None,
            None,
            None,
            None,
            None,
        )
        self.root: str | None = None
        self.match: str | None = None
        self.exact: str | None = None
        words = call.words
        while words:
            word = words.take()
            if matches(word, "table"):
                given = words.value()
                if given not in TABLES and not given.isdigit():
                    wrong(f'Error: argument "{given}" is wrong: table id value is invalid\n')
                self.table = TABLES.get(given, given)
            elif matches(word, "protocol"):
                self.proto = words.value()
            elif matches(word, "scope"):
                self.scope = words.value()
            elif word in ("dev", "oif", "iif"):
                self.dev = find_device(call.ns, words.value()).name
            elif word == "via":
                self.via = address(words.value(), None)
            elif word == "src":
                self.src = address(words.value(), None)
            elif matches(word, "type"):
                self.kind = words.value()
            elif word in ("metric", "realms", "tos", "vrf"):
                words.value()
            elif matches(word, "cache", "cloned"):
                self.table = "cache"
            else:
                self._prefix(call, word)

    def _prefix(self, call: Call, word: str) -> None:
        words = call.words
        if word == "to":
            word = words.value()
        if matches(word, "root") and word != "r":
            self.root = network(words.value(), call.options.family)
        elif matches(word, "match") and word != "m":
            self.match = prefix(words.value(), call.options.family)
        else:
            if matches(word, "exact") and word != "e":
                word = words.value()
            self.exact = "default" if word in ("default", "all", "any") else prefix(word, call.options.family)

    def takes(self, route: Route) -> bool:
        if self.dev is not None and (route.dev is None or route.dev.name != self.dev):
            return False
        if (self.via is not None and route.via != self.via) or (
            self.src is not None and route.src != self.src
        ):
            return False
        if self.proto not in (None, "all") and route.proto != self.proto:
            return False
        if self.scope not in (None, "all") and route.scope != self.scope:
            return False
        if self.kind is not None and route.kind != self.kind:
            return False
        if self.exact is not None and normal(route.dst) != normal(self.exact):
            return False
        if self.match is None and self.root is None:
            return True
        version = ip_network(normal(self.match or self.root or ""), strict=False).version
        whole = ip_network(
            normal(route.dst) if route.dst != "default" else ("::/0" if version == 6 else "0.0.0.0/0"),
            strict=False,
        )
        if whole.version != version:
            return False
        if self.match is not None:
            return ip_network(self.match, strict=False).subnet_of(whole)  # type: ignore[arg-type]
        return whole.subnet_of(ip_network(normal(self.root or ""), strict=False))  # type: ignore[arg-type]


def normal(dst: str) -> str:
    """A destination with its prefix length always written."""
    if dst == "default" or "/" in dst:
        return dst
    return f"{dst}/{128 if ':' in dst else 32}"


def shown_destination(dst: str) -> str:
    """A destination as ip prints it: a single host without its length."""
    whole = "/128" if ":" in dst else "/32"
    return dst.removesuffix(whole)


def selected(call: Call, chosen: Filter) -> list[tuple[str, Route]]:
    """(table, route) of what a filter takes."""
    family = call.options.family
    if chosen.table == "cache":
        return []
    families = [family] if family is not None else ([4, 6] if chosen.table == "all" else [4])
    if family is None and (chosen.exact or chosen.match or chosen.root or ""):
        wanted = chosen.exact or chosen.match or chosen.root or ""
        families = [6] if ":" in wanted else families
    found = []
    for version in families:
        if chosen.table not in ("main", "local", "all", "default"):
            raise Refused(f"Error: ipv{version}: FIB table does not exist.\nDump terminated", 2)
        for table in ("main", "local") if chosen.table == "all" else (chosen.table,):
            if table == "default":
                continue
            found += [(table, r) for r in call.ns.routes(version, table) if chosen.takes(r)]
    return found


def show(call: Call) -> int:
    chosen = Filter(call)
    found = selected(call, chosen)
    if call.options.json:
        call.out(
            dump([as_json(r, table, chosen, call.options.details) for table, r in found], call.options.pretty)
        )
        return 0
    for table, route in found:
        call.out(as_text(route, table, chosen, call.options.details) + "\n")
    return 0


def as_text(route: Route, table: str, chosen: Filter, details: bool) -> str:
    """A route's line; what the filter fixes is not repeated."""
    v6 = _is_v6(route)
    shown = ""
    if route.kind != "unicast" or details:
        shown += f"{route.kind} "
    shown += f"{shown_destination(route.dst)} "
    if route.via and chosen.via is None:
        shown += f"via {route.via} "
    if route.dev is not None and chosen.dev is None:
        shown += f"dev {route.dev.name} "
    if chosen.table == "all" and table != "main":
        shown += f"table {table} "
    if chosen.proto is None and (route.proto != "boot" or details):
        shown += f"proto {route.proto} "
    if chosen.scope is None and not v6 and (route.scope != "global" or details):
        shown += f"scope {route.scope} "
    if route.src:
        shown += f"src {route.src} "
    if route.metric or (v6 and table == "local"):
        shown += f"metric {route.metric or 0} "
    if route.linkdown:
        shown += "linkdown "
    if route.onlink:
        shown += "onlink "
    return shown + ("pref medium" if v6 else "")


def as_json(route: Route, table: str, chosen: Filter, details: bool) -> dict[str, Any]:
    v6 = _is_v6(route)
    shown: dict[str, Any] = {}
    if route.kind != "unicast" or details:
        shown["type"] = route.kind
    shown["dst"] = shown_destination(route.dst)
    if route.via and chosen.via is None:
        shown["gateway"] = route.via
    if route.dev is not None and chosen.dev is None:
        shown["dev"] = route.dev.name
    if chosen.table == "all" and table != "main":
        shown["table"] = table
    if chosen.proto is None and (route.proto != "boot" or details):
        shown["protocol"] = route.proto
    if chosen.scope is None and not v6 and (route.scope != "global" or details):
        shown["scope"] = route.scope
    if route.src:
        shown["prefsrc"] = route.src
    if route.metric:
        shown["metric"] = route.metric
    shown["flags"] = [name for name in ("linkdown", "onlink") if getattr(route, name)]
    if v6:
        shown["pref"] = "medium"
    return shown


def _is_v6(route: Route) -> bool:
    if route.dst != "default":
        return ":" in route.dst
    if getattr(route, "family", None) is not None:
        return bool(route.family == 6)
    return ":" in (route.via or "") or bool(route.metric == 1024 and not route.scope)


def get(call: Call) -> int:
    """ip route get ADDRESS: the way a packet would take."""
    words, target, source, dev = call.words, None, None, None
    while words:
        word = words.take()
        if word == "from":
            source = address(words.value())
        elif word in ("oif", "dev"):
            dev = find_device(call.ns, words.value())
        elif word in ("iif", "tos", "mark", "uid", "ipproto", "sport", "dport", "vrf"):
            words.value()
        elif matches(word, "connected", "fibmatch", "notify"):
            continue
        else:
            if word == "to":
                word = words.value()
            if target is not None:
                duplicate("to", word)
            target = prefix(word, call.options.family).split("/")[0]
    if target is None:
        raise Refused("need at least a destination address", 1)
    found = call.ns.route_get(target, src=source, dev=dev)
    v6 = ":" in target
    lo = call.ns.lo
    if found.kind == "local":
        name = lo.name
    elif found.kind in ("unreachable", "prohibit", "blackhole"):
        code = {"unreachable": "EHOSTUNREACH", "prohibit": "EACCES", "blackhole": "EINVAL"}[found.kind]
        raise KernelError(code)
    else:
        name = found.dev.name if found.dev is not None else lo.name
    source_shown = found.src or (target if found.kind == "local" else None)
    if call.options.json:
        entry: dict[str, Any] = {"type": found.kind} if found.kind != "unicast" else {}
        entry["dst"] = target
        if source or v6:
            entry["from"] = source or "::"
        if found.via:
            entry["gateway"] = found.via
        entry["dev"] = name
        if source_shown and not source:
            entry["prefsrc"] = source_shown
        entry.update(flags=[], uid=0, cache=["local"] if found.kind == "local" else [])
        call.out(dump([entry], call.options.pretty))
        return 0
    shown = "" if found.kind == "unicast" else f"{found.kind} "
    shown += f"{target} "
    if source or v6:
        shown += f"from {source or '::'} "
    if found.via:
        shown += f"via {found.via} "
    shown += f"dev {name} "
    if v6:
        route = found.route
        if found.kind == "local":
            shown += "table local proto kernel "
        elif route is not None and route.proto != "boot":
            shown += f"proto {route.proto} "
        metric = 0 if found.kind == "local" or route is None else route.metric or 0
        call.out(f"{shown}src {source_shown} metric {metric} pref medium\n")
        return 0
    if source_shown and not source:
        shown += f"src {source_shown} "
    cache = "<local> " if found.kind == "local" else ""
    call.out(f"{shown}uid 0 \n    cache {cache}\n")
    return 0


@dataclass(slots=True)
class _Request:
    dst: str | None = None
    via: str | None = None
    dev: str | None = None
    metric: int | None = None
    scope: str | None = None
    proto: str = "boot"
    src: str | None = None
    onlink: bool = False
    kind: str = "unicast"
    table: str = "main"


def _read(call: Call) -> _Request:
    request, words, family = _Request(), call.words, call.options.family
    while words:
        word = words.take()
        if word == "via":
            gateway = words.value()
            if gateway in ("inet", "inet6"):
                gateway = words.value()
            request.via = address(gateway, family)
        elif word in ("dev", "oif"):
            request.dev = words.value()
        elif word in ("metric", "preference", "priority"):
            request.metric = number("metric", words.value())
        elif word == "scope":
            request.scope = words.value()
            if request.scope not in ("global", "link", "host", "nowhere", "site"):
                wrong(f'Error: argument "{request.scope}" is wrong: invalid "scope" value\n')
        elif matches(word, "protocol") and len(word) > 2:
            request.proto = words.value()
            if request.proto not in PROTOCOLS and not request.proto.isdigit():
                wrong(f'Error: argument "{request.proto}" is wrong: "protocol" value is invalid\n')
        elif word == "src":
            request.src = address(words.value(), family)
        elif word == "onlink":
            request.onlink = True
        elif word == "table":
            given = words.value()
            request.table = TABLES.get(given, given)
        elif word in (
            "mtu",
            "advmss",
            "rtt",
            "window",
            "initcwnd",
            "pref",
            "tos",
            "weight",
            "expires",
            "realms",
        ):
            words.value()
        elif word in ("nexthop", "encap", "nhid"):
            raise Refused(f'Error: the embedded engine has no "{word}" routes.', 2)
        else:
            if word == "to":
                word = words.value()
            if word in TYPES and request.kind == "unicast" and request.dst is None and words:
                request.kind = word
                word = words.take()
            if request.dst is not None:
                duplicate("to", word)
            request.dst = network(word, family)
    return request


def _send(call: Call, request: _Request, replace: bool) -> None:
    dst = request.dst or "default"
    if request.table != "main":
        raise Refused("Error: the embedded engine has the main table only.", 2)
    if dst == "default" and request.via is None and call.options.family == 6:
        dst = "::/0"
    dev = find_device(call.ns, request.dev) if request.dev is not None else None
    need(call.process)
    try:
        call.ns.add_route(
            dst, via=request.via, dev=dev, metric=request.metric, scope=request.scope, proto=request.proto,
            src=request.src, onlink=request.onlink, kind=request.kind, replace=replace,
        )  # fmt: skip
    except KernelError as error:
        if error.errno == "ENETUNREACH" and request.via and ":" not in request.via:
            raise Refused("Error: Nexthop has invalid gateway.", 2) from None
        if error.errno == "ENETDOWN":
            raise Refused("Error: Device for nexthop is not up.", 2) from None
        raise


def modify(call: Call, how: str) -> int:
    """ip route add|replace|change|append|prepend."""
    if not call.words:
        wrong(IP_ROUTE_USAGE)
    request = _read(call)
    if request.dst is None:
        wrong(IP_ROUTE_USAGE)
    if how == "change":
        same = [r for r in _routes(call, request) if normal(r.dst) == normal(request.dst or "default")]
        if not same:
            need(call.process)
            raise KernelError("ENOENT")
    _send(call, request, replace=how in ("replace", "change"))
    return 0


def _routes(call: Call, request: _Request) -> list[Route]:
    v6 = ":" in (request.dst or "") or ":" in (request.via or "") or call.options.family == 6
    return list(call.ns.routes(6 if v6 else 4))


def delete(call: Call) -> int:
    if not call.words:
        wrong(IP_ROUTE_USAGE)
    request = _read(call)
    dev = find_device(call.ns, request.dev) if request.dev is not None else None
    need(call.process)
    dst = request.dst or "default"
    if dst == "default" and call.options.family == 6:
        dst = "::/0"
    call.ns.remove_route(dst, via=request.via, dev=dev, metric=request.metric)
    return 0


def flush(call: Call) -> int:
    chosen = Filter(call)
    found = selected(call, chosen)
    if found:
        need_flush(call.process)
    for table, route in found:
        if table == "main":
            dst = "::/0" if route.dst == "default" and _is_v6(route) else route.dst
            call.ns.remove_route(dst, via=route.via, dev=route.dev, metric=route.metric)
    return 0


def inside(host: str, dst: str) -> bool:
    """Whether a destination covers an address."""
    return dst == "default" or ip_address(host) in ip_network(normal(dst), strict=False)
