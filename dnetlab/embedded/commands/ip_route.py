"""``ip route``: show, get, add, change, delete, flush."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

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
    wrong,
)
from .ip_route_cache import flush_cache, show_cache
from .ip_route_get import get
from .ip_route_show import PROTOCOLS, TABLES, Filter, as_json, as_text, is_v6, normal, selected
from .usage import IP_ROUTE_USAGE

if TYPE_CHECKING:
    from dnetlab.embedded.kernel import Route

TYPES = ("unicast", "local", "broadcast", "multicast", "throw", "unreachable", "prohibit", "blackhole")


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


def show(call: Call) -> int:
    chosen = Filter(call)
    if chosen.table == "cache":
        return show_cache(call, chosen)
    found = selected(call, chosen)
    if call.options.json:
        call.out(
            dump([as_json(r, table, chosen, call.options.details) for table, r in found], call.options.pretty)
        )
        return 0
    for table, route in found:
        call.out(as_text(route, table, chosen, call.options) + "\n")
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
            of_target = None if request.dst in (None, "default") else 6 if ":" in request.dst else 4
            request.via = address(gateway, family or of_target)
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


def _send(call: Call, request: _Request, how: str) -> None:
    dst = request.dst or "default"
    if request.table != "main":
        raise Refused("Error: the embedded engine has the main table only.", 2)
    if dst == "default" and request.via is None and call.options.family == 6:
        dst = "::/0"
    dev = find_device(call.ns, request.dev) if request.dev is not None else None
    need(call.process)
    call.ns.add_route(
        dst, via=request.via, dev=dev, metric=request.metric, scope=request.scope, proto=request.proto,
        src=request.src, onlink=request.onlink, kind=request.kind,
        replace=how in ("replace", "change"), append=how == "append",
    )  # fmt: skip


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
    if how == "prepend":
        raise Refused('Error: the embedded engine has no "prepend"; delete and add.', 2)
    _send(call, request, how)
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
    if chosen.table == "cache":
        return flush_cache(call)
    found = selected(call, chosen)
    if found:
        need_flush(call.process)
    for table, route in found:
        if table == "main":
            dst = "::/0" if route.dst == "default" and is_v6(route) else route.dst
            call.ns.remove_route(dst, via=route.via, dev=route.dev, metric=route.metric)
    return 0
