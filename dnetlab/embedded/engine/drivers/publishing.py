"""Publishing ports on the host: allocation, translation rules, and the userland proxy's listeners."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ...kernel import KernelError, UdpProxy, tcp_proxy
from ..errors import EngineError, failed
from ..firewall import BridgeRules, PortRule
from ..ipam.pool import Address
from ..model import Endpoint, Json, Network
from ..ports import Wanted, host_addresses

if TYPE_CHECKING:
    from ..core import Core

RulesOf = Callable[[Network, int], BridgeRules | None]


class Publisher:
    """Publishes an endpoint's ports, all or none."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._undo: dict[str, list[Callable[[], None]]] = {}

    def publish(self, endpoint: Endpoint, wanted: list[Wanted], default: str, rules_of: RulesOf) -> None:
        """Takes the host ports, writes the rules, starts the listeners; fills ``endpoint.bindings``.

        Raises:
            EngineError: 500, a port is allocated already or a process of the host listens on it.
        """
        undo = self._undo[endpoint.id] = []
        try:
            for port in wanted:
                self._one(endpoint, port, default, rules_of, undo)
        except EngineError as error:
            self.unpublish(endpoint)
            raise failed(
                f"driver failed programming external connectivity on endpoint {endpoint.name}"
                f" ({endpoint.id}): {error.message}"
            ) from error

    def unpublish(self, endpoint: Endpoint) -> None:
        """Undoes ``publish``."""
        for step in reversed(self._undo.pop(endpoint.id, [])):
            step()
        endpoint.bindings.clear()

    def _one(
        self,
        endpoint: Endpoint,
        wanted: Wanted,
        default: str,
        rules_of: RulesOf,
        undo: list[Callable[[], None]],
    ) -> None:
        pairs: list[tuple[Address, Address]] = []
        for host in host_addresses(wanted, default):
            # Host IPv6 leads to a container without IPv6 by way of the proxy.
            inner = endpoint.ip4 if host.version == 4 else endpoint.ip6 or endpoint.ip4
            if inner is not None:
                pairs.append((host, inner))
        if not pairs:
            return
        rules = {family: rules_of(endpoint.network, family) for family in (4, 6)}
        # Routed is what reaches the container without translation; a proxied host IPv6 address is not.
        routed = {
            host
            for host, inner in pairs
            if host.version == inner.version and (found := rules[inner.version]) and found.routed
        }
        translated = [host for host, _ in pairs if host not in routed]
        port = 0
        if translated:
            port = self._core.ports.request(translated, wanted.proto, wanted.first, wanted.last)
            undo.append(lambda: self._release(translated, wanted.proto, port))
            if wanted.proto == "sctp":
                # The kernel of the model has none, as that of the test engine.
                where = _place(translated[0])
                problem = f"failed to listen on {where}:{port}: protocol not supported"
                raise failed(f"error starting userland proxy: {problem}")
        for host, inner in pairs:
            host_port = 0 if host in routed else port
            found = rules[inner.version]
            if found is not None:
                rule = PortRule(wanted.proto, host, host_port, inner, wanted.port)
                undo.append(self._core.firewall.port(found, rule))
            if host_port:
                undo.append(self._listen(host, host_port, inner, wanted))
            shown: Json = {
                "proto": wanted.proto,
                "port": wanted.port,
                "host_ip": str(host),
                "host_port": host_port,
            }
            endpoint.bindings.append(shown)

    def _release(self, hosts: list[Address], proto: str, port: int) -> None:
        for host in hosts:
            self._core.ports.release(host, proto, port)

    def _listen(self, host: Address, port: int, inner: Address, wanted: Wanted) -> Callable[[], None]:
        namespace = self._core.host
        owner = f'("docker-proxy",pid={self._core.ids.pid()},fd=7)'
        try:
            if wanted.proto == "tcp":
                listener = namespace.tcp_listen(
                    str(host),
                    port,
                    on_accept=tcp_proxy(namespace, str(inner), wanted.port),
                    v6only=host.version == 6,
                    backlog=4096,
                    owner=owner,
                )
                return listener.close
            if wanted.proto == "udp":
                socket = namespace.udp_socket(host.version)
                socket.owner, socket.v6only = owner, host.version == 6
                try:
                    # 0.0.0.0 and :: are two sockets of one proxy; with others the allocator has settled it.
                    socket.bind(str(host), port, reuse=True)
                except KernelError:
                    socket.close()
                    raise
                return UdpProxy(socket, namespace, str(inner), wanted.port).close
        except KernelError as error:
            raise self._taken(host, port, inner, wanted, error) from error
        return lambda: None

    def _taken(
        self, host: Address, port: int, inner: Address, wanted: Wanted, error: KernelError
    ) -> EngineError:
        where = _place(host)
        if self._core.version.firewall >= 28:
            mapping = f"{where}:{port}:{_place(inner)}:{wanted.port}/{wanted.proto}"
            return failed(f"failed to bind host port for {mapping}: {error.message}")
        family = wanted.proto + ("6" if host.version == 6 else "4")
        return failed(f"Error starting userland proxy: listen {family} {where}:{port}: bind: {error.message}")


def _place(address: Address) -> str:
    return f"[{address}]" if address.version == 6 else f"{address}"
