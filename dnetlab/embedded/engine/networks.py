"""The networks API: create, list, inspect, remove, prune, connect, disconnect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from .allocation import Allocation
from .core import Core
from .drivers import Driver
from .endpoints import Endpoints
from .errors import EngineError, conflict, forbidden, invalid, not_found
from .filters import Filters, prune_until
from .ids import short
from .ipam import PoolConfig, check_pools, parse_pools
from .ipam.config import joined
from .lookup import ContainerStore, find_network
from .model import PREDEFINED, Json, JsonList, Network
from .network_views import network_view
from .strconv import quoted

_LIST_FILTERS: Final = ("dangling", "driver", "id", "idOrName", "label", "name", "scope", "type")
_PRUNE_FILTERS: Final = ("label", "label!", "until")
_NOT_MANAGER: Final = (
    'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm'
    " and try again."
)


class Networks:
    """All networks of an engine."""

    def __init__(
        self,
        core: Core,
        drivers: dict[str, Driver],
        allocation: Allocation,
        endpoints: Endpoints,
        containers: ContainerStore,
        table: dict[str, Network],
    ) -> None:
        self._core = core
        self._drivers = drivers
        self._allocation = allocation
        self._endpoints = endpoints
        self._containers = containers
        self._table = table

    def __iter__(self) -> Any:
        return iter(self._table.values())

    def start(self) -> None:
        """Makes the predefined networks bridge, host and none."""
        prefix = "com.docker.network.bridge."
        options = {
            prefix + "default_bridge": "true",
            prefix + "enable_icc": "true",
            prefix + "enable_ip_masquerade": "true",
            prefix + "host_binding_ipv4": "0.0.0.0",
            prefix + "name": "docker0",
            "com.docker.network.driver.mtu": "1500",
        }
        subnet: Json = {"Subnet": "172.17.0.0/16", "Gateway": "172.17.0.1"}
        self._create({"Name": "bridge", "Driver": "bridge", "Options": options, "IPAM": {"Config": [subnet]}})
        # An engine that finds the subnet of an earlier start counts it as asked for; only in the first start of its
        # life it is an automatic one (golden default-bridge/misuse.txt: one more line in the refusal).
        find_network(self._table, "bridge").asked_pools = []
        self._create({"Name": "host", "Driver": "host"})
        self._create({"Name": "none", "Driver": "null"})

    def create(self, body: Mapping[str, Any]) -> Json:
        """Creates a network from ``{"Name", "Driver", "Options", "IPAM", "Internal", "EnableIPv6", "Labels"
        ...}``.

        Returns:
            ``{"Id", "Warning"}``.

        Raises:
            EngineError: with the engine's status and message; then nothing has changed.
        """
        name = str(body.get("Name") or "")
        if name in PREDEFINED or name == "default":
            raise forbidden(f"operation is not permitted on predefined {name} network ")
        network = self._create(body)
        self._core.events.network(network, "create")
        return {"Id": network.id, "Warning": ""}

    def _create(self, body: Mapping[str, Any]) -> Network:
        version = self._core.version
        name, driver_name = str(body.get("Name") or ""), str(body.get("Driver") or "bridge")
        if driver_name == "overlay":
            raise forbidden(_NOT_MANAGER)
        ipv6 = bool(body.get("EnableIPv6"))
        ipv4 = body.get("EnableIPv4") is not False or not version.enable_ipv4
        ipam = body.get("IPAM") or {}
        asked = self._asked_pools(ipam.get("Config") or [], ipv6)
        if not name.strip():
            raise EngineError(400 if version.ipam_validated else 500, version.empty_name)
        self._check_name(name, bool(body.get("CheckDuplicate")))
        scope = str(body.get("Scope") or "local")
        network = Network(
            id=self._core.ids.new_id(),
            name=name,
            driver=driver_name,
            created=self._core.clock.now(),
            options=dict(body.get("Options") or {}),
            labels=dict(body.get("Labels") or {}),
            config=self._drivers["null"].configure("", {}, False),
            ipv4=ipv4,
            ipv6=ipv6,
            internal=bool(body.get("Internal")),
            attachable=bool(body.get("Attachable")),
            ingress=bool(body.get("Ingress")),
            config_only=bool(body.get("ConfigOnly")),
            scope=scope,
            config_from=str((body.get("ConfigFrom") or {}).get("Network") or ""),
            ipam_driver=str(ipam.get("Driver") or "default"),
            ipam_options=None if ipam.get("Options") is None else dict(ipam["Options"]),
            asked_pools=[dict(config.raw) for config in asked],
        )
        self._check_configuration(network, body, scope)
        if network.config_only:
            network.driver = "null"
            self._table[network.id] = network
            return network
        driver = self._driver(driver_name)
        if network.ingress:
            raise forbidden("Ingress network can only be global scope network")
        if network.config_from:
            asked = self._copy_configuration(network)
        self._check_single(driver_name)
        if scope == "swarm":
            raise forbidden("cannot create a swarm scoped network when swarm is not active")
        if network.ipam_driver == "null":
            wanted = "null ipam driver does not handle specific address pool requests"
            raise invalid(wanted if asked else "ipv4 pool is empty")
        if network.ipam_driver != "default":
            raise not_found(f"plugin {quoted(network.ipam_driver)} not found")
        self._build(network, driver, asked)
        self._table[network.id] = network
        return network

    def _build(self, network: Network, driver: Driver, asked: Sequence[PoolConfig]) -> None:
        network.config = driver.configure(network.id, network.options, network.internal)
        if driver.addresses:
            self._allocation.pools(network, asked, driver.needs_gateway(network.config))
        try:
            if driver.addresses and network.driver in ("macvlan", "ipvlan"):
                for pool in network.pools:
                    if pool.lease.subnet.prefixlen == 0:
                        raise invalid(f"ipv{pool.lease.subnet.version} pool is empty")
            driver.create(network)
        except EngineError:
            self._allocation.release_pools(network)
            raise

    def _asked_pools(self, pools: Sequence[Mapping[str, Any]], ipv6: bool) -> list[PoolConfig]:
        if self._core.version.ipam_validated:
            problems = check_pools(pools, ipv6)
            if problems:
                raise invalid("invalid network config:\n" + joined(problems))
        try:
            return parse_pools(pools, ipv6)
        except ValueError as error:
            raise EngineError(500, str(error)) from error

    def _check_name(self, name: str, asked: bool) -> None:
        taken = any(network.name == name for network in self._table.values())
        if taken and (asked or self._core.version.unique_names):
            raise conflict(f"network with name {name} already exists")

    def _check_configuration(self, network: Network, body: Mapping[str, Any], scope: str) -> None:
        if network.config_only:
            if network.ingress or network.internal or network.attachable or body.get("Scope"):
                raise forbidden(
                    "configuration network can only contain network specific fields. Network operator fields like"
                    " [ ingress | internal | attachable | scope ] are not supported."
                )
            if network.config_from:
                raise forbidden("a configuration network cannot depend on another configuration network")
        elif network.config_from:
            given = network.ipv6 or not network.ipv4 or network.labels or network.ipam_options
            if given or network.asked_pools:
                raise forbidden(
                    "user specified configurations are not supported if the network depends on a configuration network"
                )
            if network.options:
                raise forbidden(
                    "network driver options are not supported if the network depends on a configuration network"
                )

    def _copy_configuration(self, network: Network) -> list[PoolConfig]:
        name = network.config_from
        source = next(
            (other for other in self._table.values() if other.name == name and other.config_only), None
        )
        if source is None:
            raise not_found(f"configuration network {quoted(name)} does not exist")
        network.ipv4, network.ipv6 = source.ipv4, source.ipv6
        network.options, network.labels = dict(source.options), dict(source.labels)
        network.asked_pools = [dict(pool) for pool in source.asked_pools]
        return parse_pools(network.asked_pools, network.ipv6)

    def _driver(self, name: str) -> Driver:
        driver = self._drivers.get(name)
        if driver is None:
            raise not_found(f"plugin {quoted(name)} not found")
        return driver

    def _check_single(self, driver: str) -> None:
        if driver in ("host", "null") and any(network.driver == driver for network in self._table.values()):
            raise forbidden(f'only one instance of "{driver}" network is allowed')

    def list(self, filters: Mapping[str, Any] | None = None) -> JsonList:
        """All networks, or those that pass the filters (without their containers), newest last.

        Raises:
            EngineError: 400, a filter that does not exist.
        """
        return [
            network_view(network, self._core.version, containers=False) for network in self._select(filters)
        ]

    def _select(self, raw: Mapping[str, Any] | None) -> Sequence[Network]:
        filters = Filters(raw, _LIST_FILTERS)
        found = [
            network
            for network in self._table.values()
            if filters.exact("driver", network.driver)
            and filters.match("name", network.name)
            and filters.match("id", network.id)
            and filters.labels("label", network.labels)
            and filters.exact("scope", network.scope)
        ]
        if values := filters.get("dangling"):
            if len(values) > 1:
                raise invalid('got more than one value for filter key "dangling"')
            if values[0] not in ("0", "1", "true", "false"):
                raise invalid(
                    'invalid value for filter \'dangling\', must be "true" (or "1"), or "false" (or "0")'
                )
            unused = values[0] in ("1", "true")
            # A list is filtered before its networks are looked into: one in use counts as unused (real 28.5).
            found = [network for network in found if network.predefined != unused]
        if kinds := filters.get("type"):
            for kind in kinds:
                if kind not in ("builtin", "custom"):
                    raise EngineError(500, f"invalid filter: 'type'='{kind}'")
            found = [network for network in found if ("builtin" if network.predefined else "custom") in kinds]
        return found

    def inspect(self, ref: str, verbose: bool = False, scope: str = "") -> Json:
        """A network with its running containers.

        Raises:
            EngineError: 404, there is none; 400, the reference fits several.
        """
        network = self._find(ref)
        if scope and scope != network.scope:
            raise not_found(f"network {ref} not found")
        view = network_view(network, self._core.version, containers=True)
        return view

    def _find(self, ref: str) -> Network:
        return find_network(self._table, ref)

    def remove(self, ref: str) -> None:
        """Removes a network that no running container uses.

        Raises:
            EngineError: 404, there is none; 403, it is predefined or in use.
        """
        network = self._find(ref)
        if network.predefined:
            raise forbidden(f"{network.name} is a pre-defined network and cannot be removed")
        if network.config_only:
            if any(other.config_from == network.name for other in self._table.values()):
                text = f'configuration network "{network.name}" is in use'
                raise forbidden(f"error while removing network: {text}")
            del self._table[network.id]
            return
        if network.endpoints:
            raise forbidden(f"error while removing network: {self._in_use(network)}")
        self._remove(network)

    def _in_use(self, network: Network) -> str:
        if not self._core.version.active_endpoints_listed:
            return f"network {network.name} id {network.id} has active endpoints"
        used = ", ".join(
            f'name:"{endpoint.name}" id:"{short(endpoint.id)}"' for endpoint in network.endpoints.values()
        )
        return f"network {network.name} has active endpoints ({used})"

    def _remove(self, network: Network) -> None:
        self._drivers[network.driver].delete(network)
        self._allocation.release_pools(network)
        del self._table[network.id]
        self._core.events.network(network, "destroy")

    def prune(self, filters: Mapping[str, Any] | None = None) -> Json:
        """Removes networks that nobody uses.

        Returns:
            ``{"NetworksDeleted": names or None}``.
        """
        wanted = Filters(filters, _PRUNE_FILTERS)
        before = prune_until(wanted, self._core.clock.now())
        deleted = []
        for network in list(self._table.values()):
            if network.predefined or network.config_only or network.endpoints:
                continue
            if network.created > before or not wanted.prune_labels(network.labels):
                continue
            self._remove(network)
            deleted.append(network.name)
        self._core.events.log("network", "prune", "", {"reclaimed": "0"})
        return {"NetworksDeleted": deleted or None}

    def connect(self, ref: str, body: Mapping[str, Any]) -> None:
        """Connects ``{"Container", "EndpointConfig"}`` to a network, at once if the container runs.

        Raises:
            EngineError: with the engine's status and message; then nothing has changed.
        """
        container = self._containers.find(str(body.get("Container") or ""))
        self._endpoints.connect(container, ref, body.get("EndpointConfig"))

    def disconnect(self, ref: str, body: Mapping[str, Any]) -> None:
        """Disconnects ``{"Container", "Force"}`` from a network.

        Raises:
            EngineError: 500, the container is not connected to it; 404, there is no such network or
            container.
        """
        name, force = str(body.get("Container") or ""), bool(body.get("Force"))
        try:
            container = self._containers.find(name)
        except EngineError as error:
            if force and error.status == 404:
                self._find(ref)
                raise not_found(f"endpoint {name} not found") from error
            raise
        self._endpoints.disconnect(container, ref, force)
