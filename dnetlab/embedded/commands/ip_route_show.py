"""Which routes ``ip route`` means, and how it prints them: text and JSON."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

from .ip import Call
from .ip_common import Options, Refused, address, find_device, matches, network, prefix, wrong

if TYPE_CHECKING:
    from dnetlab.embedded.kernel import Route

TABLES = {
    "local": "local", "255": "local", "main": "main", "254": "main", "all": "all", "default": "default",
    "253": "default",
}  # fmt: skip


PROTOCOLS = ("kernel", "boot", "static", "dhcp", "ra", "redirect")


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
                if self.proto not in PROTOCOLS and not self.proto.isdigit() and self.proto != "all":
                    wrong(f'Error: argument "{self.proto}" is wrong: invalid "protocol"\n')
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


def as_text(route: Route, table: str, chosen: Filter, options: Options) -> str:
    """A route's line; what the filter fixes is not repeated."""
    v6, details = is_v6(route), options.details
    family = "inet6" if v6 else "inet"
    shown = ""
    if route.kind != "unicast" or details:
        shown += f"{route.kind} "
    target = f"{shown_destination(route.dst)} "
    shown += target if route.dst == "default" else options.paint(family, target)
    if route.via and chosen.via is None:
        shown += "via " + options.paint(family, f"{route.via} ")
    # A refusal of IPv6 hangs on the loopback.
    dev = "lo" if v6 and route.dev is None else route.dev.name if route.dev is not None else ""
    if dev and chosen.dev is None:
        shown += "dev " + options.paint("ifname", f"{dev} ")
    if chosen.table == "all" and table != "main":
        shown += f"table {table} "
    if chosen.proto is None and (route.proto != "boot" or details):
        shown += f"proto {route.proto} "
    if chosen.scope is None and not v6 and (route.scope != "global" or details):
        shown += f"scope {route.scope} "
    if route.src and chosen.src is None:
        shown += "src " + options.paint(family, f"{route.src} ")
    if route.metric or (v6 and table == "local"):
        shown += f"metric {route.metric or 0} "
    if route.linkdown:
        shown += "linkdown "
    if route.onlink:
        shown += "onlink "
    return shown + ("pref medium" if v6 else "")


def as_json(route: Route, table: str, chosen: Filter, details: bool) -> dict[str, Any]:
    v6 = is_v6(route)
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


def is_v6(route: Route) -> bool:
    """Whether a route is one of IPv6, the default route too."""
    if route.dst != "default":
        return ":" in route.dst
    if getattr(route, "family", None) is not None:
        return bool(route.family == 6)
    return ":" in (route.via or "") or bool(route.metric == 1024 and not route.scope)
