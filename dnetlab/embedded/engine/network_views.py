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
    """Pools as they were asked for, IPv4 first, and after them those that the engine chose."""
    if network.config_only:
        return [_asked_view(pool) for pool in network.asked_pools] or None
    if network.driver in ("host", "null"):
        return None
    result = [_asked_view(pool.asked) for pool in network.pools if pool.static]
    if not network.pools6:
        # Pools of a family that is off stay visible.
        result += [_asked_view(pool) for pool in network.asked_pools if ":" in pool["Subnet"]]
    for pool in network.pools:
        if not pool.static:
            gateway = {"Gateway": str(pool.gateway)} if pool.gateway is not None else {}
            result.append({"Subnet": str(pool.lease.subnet), **gateway})
    return result or None


def _asked_view(pool: Json) -> Json:
    order = ("Subnet", "IPRange", "Gateway", "AuxiliaryAddresses")
    return {key: pool[key] for key in order if pool.get(key)}


def _cidr(address: Any, pool: Any) -> str:
    return f"{address}/{pool.lease.subnet.prefixlen}" if address is not None and pool is not None else ""
