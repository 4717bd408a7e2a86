"""Routing tables and the choice of a route, next hop and source address (Linux net/ipv4/fib_*.c)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from . import addresses as ip
from .errors import KernelError
from .fib import REFUSALS, Route, RouteResult, Table
from .route_exceptions import RouteExceptions

if TYPE_CHECKING:
    from .device import Device
    from .inet import Address
    from .stack import Stack


class Routing:
    """The routes of a namespace."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._tables = {4: Table(4), 6: Table(6)}
        self._cache: dict[object, RouteResult | None] = {}
        self.exceptions = RouteExceptions(stack.clock)

    def forget(self) -> None:
        """Something changed that look-ups depend on."""
        self._cache.clear()

    # look up ---------------------------------------------------------------------------------------------

    def lookup(self, dst: str, dev: Device | None = None) -> RouteResult | None:
        """Where a packet goes that leaves (or passes) here; None where no route fits."""
        key: object = dst if dev is None else (dst, dev)
        try:
            return self._cache[key]
        except KeyError:
            result = self._find(dst, dev)
            if result is None or result.exception is None:
                self._cache[key] = result
            return result

    def _find(self, dst: str, dev: Device | None) -> RouteResult | None:
        stack = self._stack
        lo = stack.namespace.lo
        if stack.owns(dst) and (dev is None or not ip.is_link_local(dst) or dev in stack.local[dst]):
            return RouteResult("local", lo, None, "127.0.0.1" if dst.startswith("127.") else dst, None)
        if dst == ip.LIMITED_BROADCAST:
            if dev is None:
                default = self._tables[4].find(dst, None)
                dev = None if default is None else default.dev
            return None if dev is None else RouteResult("broadcast", dev, None, self.source(dev, dst), None)
        if dst in stack.broadcasts and (dev is None or stack.broadcasts[dst] is dev):
            out = stack.broadcasts[dst]
            return RouteResult("broadcast", out, None, self.source(out, dst), None)
        group = ip.is_multicast(dst)
        route = self._tables[ip.family(dst)].find(dst, dev)
        if group and (dev is not None or ":" in dst):
            out6 = dev or self._first_up()
            return (
                None if out6 is None else RouteResult("multicast", out6, None, self.source(out6, dst), None)
            )
        if route is None:
            # With a device given, Linux takes an address without a route for one on the link.
            return None if dev is None else RouteResult("unicast", dev, None, self.source(dev, dst), None)
        if route.kind in REFUSALS:
            return RouteResult(route.kind, lo, None, None, route)
        assert route.dev is not None
        kind = "multicast" if group else "unicast"
        exception = self.exceptions.use(route, dst) if self.exceptions else None
        via = exception.via if exception is not None and exception.via is not None else route.via
        source = route.src or self.source(route.dev, route.via or dst)
        return RouteResult(kind, route.dev, via, source, route, exception)

    def _first_up(self) -> Device | None:
        devices = self._stack.namespace.devices.values()
        return next((d for d in devices if d.up and d.kind != "loopback"), None)

    def get(self, dst: str, src: str | None = None, dev: Device | None = None) -> RouteResult:
        """Like lookup, but refusals are errors (ENETUNREACH, EHOSTUNREACH, EACCES, EINVAL)."""
        dst = ip.canonical(dst)
        if src is not None and not self._stack.owns(ip.canonical(src)):
            raise KernelError("ENETUNREACH", f"{src} is not an address of {self._stack.namespace.name}")
        result = self.lookup(dst, dev)
        if result is None:
            raise KernelError("ENETUNREACH", f"no route to {dst}")
        if result.kind in REFUSALS:
            raise KernelError(REFUSALS[result.kind], f"{result.route}")
        if src is not None:
            return RouteResult(
                result.kind, result.dev, result.via, ip.canonical(src), result.route, result.exception
            )
        return result

    def source(self, dev: Device, towards: str) -> str | None:
        """The source address for packets out of a device (inet_select_addr; RFC 6724 in short)."""
        if ":" in towards:
            return self._source6(dev, towards)
        owners: list[Device] = [dev, *self._stack.namespace.devices.values()]
        for owner in owners:
            usable = [a for a in owner.addresses if a.family == 4 and (owner is dev or a.scope == "global")]
            for address in usable:
                if ip.within(towards, address.network):
                    return address.address
            if usable:
                return usable[0].address
        return None

    def _source6(self, dev: Device, towards: str) -> str | None:
        wanted = "link" if ip.is_link_local(towards) or ip.is_multicast(towards) else "global"
        target = ip.number(towards)

        def common(address: Address) -> int:
            return 128 - (ip.number(address.address) ^ target).bit_length()

        for owner in (dev, *self._stack.namespace.devices.values()):
            fit = [
                a for a in owner.addresses
                if a.family == 6 and a.scope == wanted and not (a.tentative and not a.nodad)
            ]  # fmt: skip
            if fit:
                return max(fit, key=common).address
            if wanted == "link":
                break
        rest = [a for a in dev.addresses if a.family == 6 and not a.tentative]
        return rest[0].address if rest else None

    # change ----------------------------------------------------------------------------------------------

    def add(
        self,
        dst: str,
        via: str | None,
        dev: Device | None,
        metric: int | None,
        scope: str | None,
        proto: str,
        src: str | None,
        onlink: bool,
        kind: str,
        replace: bool,
        append: bool = False,
    ) -> Route:
        """Add a route that somebody asked for (see Namespace.add_route)."""
        family = self._family(dst, via, dev)
        dst = _prefix(dst, family)
        via = None if via is None else ip.canonical(via)
        if kind in REFUSALS:
            dev, via = None, None
        else:
            dev = self._next_hop(via, dev, onlink, family)
        if src is not None and not self._stack.owns(ip.canonical(src)):
            raise KernelError("EINVAL", f"{src} is not an address here", "Invalid prefsrc address")
        if scope is None:
            scope = "link" if via is None and kind == "unicast" and family == 4 else "global"
        if metric is None:
            metric = 0 if family == 4 else 1024
        route = Route(dst, via, dev, family, metric, scope, proto, src, kind, onlink)
        table = self._tables[family]
        existing = table.same(dst, metric)
        hop = (via, dev)
        if any((old.via, old.dev) == hop for old in existing) if append else existing and not replace:
            raise KernelError("EEXIST", f"route to {dst}")
        for old in () if append else existing[:1]:
            self._drop(old)
        table.insert(route)
        self.forget()
        return route

    def _drop(self, route: Route) -> None:
        self._tables[route.family].remove(route)
        self.exceptions.forget(route)

    def _family(self, dst: str, via: str | None, dev: Device | None) -> int:
        if dst in ("default", "any", "all"):
            return 4 if via is None else ip.family(via)
        return ip.family(dst)

    def _next_hop(self, via: str | None, dev: Device | None, onlink: bool, family: int) -> Device:
        if dev is not None and not dev.up:
            raise KernelError("ENETDOWN", f"{dev.name} is down", "Device for nexthop is not up")
        if via is None:
            if dev is None:
                raise KernelError("ENODEV", "a route needs a device or a next hop")
            return dev
        if ip.family(via) != family:
            raise KernelError("EINVAL", f"next hop {via} is of another family")
        if onlink:
            if dev is None:
                raise KernelError("ENODEV", "onlink needs a device", "Nexthop device required for onlink")
            return dev
        if ip.is_link_local(via) and dev is None:
            raise KernelError("EINVAL", "a link-local next hop needs a device", "Egress device not specified")
        wrong = "Nexthop has invalid gateway" if family == 4 else ""
        if via in self._stack.broadcasts or (family == 6 and self._stack.owns(via)):
            raise KernelError("EINVAL", f"next hop {via} is nobody else", wrong)
        found = self._tables[family].find(via, dev)
        if found is None or found.dev is None or found.via is not None:
            errno = "ENETUNREACH" if family == 4 else "EHOSTUNREACH"
            raise KernelError(errno, f"no link to next hop {via}", wrong)
        return found.dev

    def remove(self, dst: str, via: str | None, dev: Device | None, metric: int | None) -> None:
        """Remove the first route that fits (ESRCH)."""
        families = [6] if via is not None and ":" in via else [4, 6] if dst in ("default", "any") else None
        for family in families or [ip.family(dst)]:
            prefix = _prefix(dst, family)
            for route in self._tables[family].routes:
                if (
                    route.dst == prefix
                    and (via is None or route.via == ip.canonical(via))
                    and (dev is None or route.dev is dev)
                    and (metric is None or route.metric == metric)
                ):
                    self._drop(route)
                    self.forget()
                    return
        raise KernelError("ESRCH", f"no route to {dst}")

    def connect(self, dev: Device, address: Address) -> None:
        """Add the route of an address's own prefix, once."""
        family = address.family
        if address.prefixlen == ip.ALL_BITS[family] or address.noprefixroute or address.secondary:
            return
        route = Route(
            address.network,
            None,
            dev,
            family,
            0 if family == 4 else 256,
            "link" if family == 4 else "global",
            "kernel",
            address.address if family == 4 else None,
        )
        if not any(
            r.dst == route.dst and r.dev is dev and r.proto == "kernel" for r in self._tables[family].routes
        ):
            self._tables[family].insert(route)
            self.forget()

    def disconnect(self, dev: Device, address: Address) -> None:
        """Remove what only an address that goes away made possible."""
        table = self._tables[address.family]
        keep = {a.network for a in dev.addresses if a.family == address.family and a is not address}
        for route in table.of(dev):
            if (route.proto == "kernel" and route.dst == address.network and route.dst not in keep) or (
                route.src == address.address and route.proto != "kernel"
            ):
                self._drop(route)
        self.forget()

    def drop_device(self, dev: Device, family: int | None = None) -> None:
        """Remove all routes through a device."""
        for table in self._tables.values():
            if family in (None, table.family):
                for route in table.of(dev):
                    self._drop(route)
        self.forget()

    # what routers say ------------------------------------------------------------------------------------

    def redirect(self, route: Route, dst: str, via: str) -> None:
        """A router named another next hop for a destination of a route."""
        self.exceptions.redirect(route, dst, via)
        self.forget()

    def flush_exceptions(self, family: int) -> None:
        """Forget what routers said."""
        self.exceptions.clear(family)
        self.forget()

    def too_big(self, dst: str, mtu: int) -> None:
        """A router named the size of packets that reach a destination."""
        result = self.lookup(dst)
        if result is not None and result.route is not None and result.kind == "unicast":
            self.exceptions.path_mtu(result.route, dst, mtu, mtu_of(result))
            self.forget()

    # show ------------------------------------------------------------------------------------------------

    def listing(self, family: int, table: str) -> list[Route]:
        """The routes in the order of ``ip route show``."""
        if table == "local":
            return list(self._local(family))
        if table != "main":
            raise KernelError("ENOENT", f"routing table {table}")
        default_last = family == 6

        def key(item: tuple[int, Route]) -> tuple[bool, int, int, int, int]:
            position, route = item
            value, length = route.prefix
            return (default_last and route.dst == "default", value, -length, route.metric, position)

        return [route for _, route in sorted(enumerate(self._tables[family].routes), key=key)]

    def _local(self, family: int) -> Iterator[Route]:
        yield from self._addresses(family)
        if family == 6:
            for device in self._stack.namespace.devices.values():
                if device.up and device.ipv6 and device.kind != "loopback":
                    yield Route("ff00::/8", None, device, 6, 256, "global", "kernel", None, "multicast")

    def _addresses(self, family: int) -> Iterator[Route]:
        for device in self._stack.namespace.devices.values():
            if not device.up:
                continue
            for a in device.addresses:
                if a.family != family:
                    continue
                if ip.is_loopback(a.address) and family == 4:
                    yield Route(a.network, None, device, 4, 0, "host", "kernel", a.address, "local")
                yield Route(f"{a.address}/{ip.ALL_BITS[family]}", None, device, family, 0, "host", "kernel",
                            a.address if family == 4 else None, "local")  # fmt: skip
                if family == 4 and a.prefixlen < 31:
                    last = ip.broadcast(a.address, a.prefixlen)
                    yield Route(f"{last}/32", None, device, 4, 0, "link", "kernel", a.address, "broadcast")


def mtu_of(result: RouteResult) -> int:
    """The size of packets that a machine sends along a route: the device's MTU, or less where a router said so."""
    learned = None if result.exception is None else result.exception.mtu
    return result.dev.mtu if learned is None else min(result.dev.mtu, learned)


def _prefix(dst: str, family: int) -> str:
    if dst in ("default", "any", "all", "0.0.0.0/0", "::/0"):
        return "default"
    address, length = ip.split_cidr(dst)
    network = ip.network(address, length)
    if "/" in dst and network != f"{address}/{length}":
        raise KernelError("EINVAL", f"{dst} has bits set beyond its prefix")
    return network
