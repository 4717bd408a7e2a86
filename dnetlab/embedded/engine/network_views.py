"""Networks as the API shows them."""

from __future__ import annotations

from typing import Any

from .clock import rfc3339
from .model import Json, JsonList, Network
from .versions import EngineVersion


def network_view(network: Network, version: EngineVersion, *, containers: bool) -> Json:
    """A network as the API shows it, with or without its running containers."""
    view: Json = {
        "Name": network.name,
        "Id": network.id,
        "Created": rfc3339(network.created),
        "Scope": network.scope,
        "Driver": network.driver,
        "EnableIPv4": network.ipv4,
        "EnableIPv6": network.ipv6,
        "IPAM": {
            "Driver": network.ipam_driver,
            "Options": network.ipam_options,
            "Config": _pool_views(network),
        },
        "Internal": network.internal,
        "Attachable": network.attachable,
        "Ingress": network.ingress,
        "ConfigFrom": {"Network": network.config_from},
        "ConfigOnly": network.config_only,
        "Containers": {},
        "Options": dict(sorted(network.options.items())),
        "Labels": dict(sorted(network.labels.items())),
    }
    if not version.enable_ipv4:
        del view["EnableIPv4"]
    if containers:
        view["Containers"] = {
            endpoint.container.id: {
                "Name": endpoint.name,
                "EndpointID": endpoint.id,
                "MacAddress": endpoint.mac,
                "IPv4Address": _cidr(endpoint.ip4, endpoint.pool4),
                "IPv6Address": _cidr(endpoint.ip6, endpoint.pool6),
            }
            for endpoint in network.endpoints.values()
        }
    return view


def _pool_views(network: Network) -> JsonList | None:
    result: JsonList = []
    if network.config_only:
        return [{key: value for key, value in pool.items() if value} for pool in network.asked_pools] or None
    families = [(network.pools4, 4), (network.pools6, 6)]
    # Pools that were asked for stand before those that the engine chose.
    families.sort(key=lambda family: not any(pool.static for pool in family[0]))
    for pools, version in families:
        for pool in pools:
            view: Json = {"Subnet": str(pool.asked.get("Subnet") or pool.lease.subnet)}
            if not pool.static:
                if pool.gateway is not None:
                    view["Gateway"] = str(pool.gateway)
            else:
                for key in ("IPRange", "Gateway", "AuxiliaryAddresses"):
                    if pool.asked.get(key):
                        view[key] = pool.asked[key]
            result.append(view)
        if not pools and version == 6:
            # Pools of a family that is off stay visible, as they were asked for.
            result += [
                {key: value for key, value in pool.items() if value}
                for pool in network.asked_pools
                if ":" in pool["Subnet"]
            ]
    if network.driver in ("host", "null"):
        return None
    return result or None


def _cidr(address: Any, pool: Any) -> str:
    return f"{address}/{pool.lease.subnet.prefixlen}" if address is not None and pool is not None else ""
