"""Giving subnets to networks and addresses to endpoints, or saying why not."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Any

from .core import Core
from .errors import EngineError, failed, forbidden, invalid
from .ipam import AddressTaken, NoAddress, NoPool, OutOfRange, PoolConfig, PoolOverlap
from .ipam.config import read_address
from .ipam.pool import Address
from .ipam.space import Lease, unique_local
from .model import Endpoint, Json, Network, Pool


class Allocation:
    """Addresses and subnets of one engine's networks."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def pools(self, network: Network, asked: Sequence[PoolConfig], needs_gateway: bool) -> None:
        """Gives a network its subnets: the asked ones, else an automatic one a family.

        Raises:
            EngineError: a subnet overlaps (403), none is left (400), a gateway or auxiliary address cannot be
            had
                (500); then nothing is taken.
        """
        try:
            for family, enabled, pools in (
                (4, network.ipv4, network.pools4),
                (6, network.ipv6, network.pools6),
            ):
                if not enabled:
                    continue
                wanted: list[PoolConfig | None] = [
                    config for config in asked if config.subnet.version == family
                ]
                for config in wanted or [None]:
                    self._pool(network, family, config, needs_gateway, pools)
        except EngineError:
            self.release_pools(network)
            raise

    def _pool(
        self,
        network: Network,
        family: int,
        config: PoolConfig | None,
        needs_gateway: bool,
        pools: list[Pool],
    ) -> None:
        lease = self._lease(family, config)
        pool = Pool(lease, None, dict(config.raw) if config else {})
        pools.append(pool)
        wanted = config.gateway if config else None
        old = not self._core.version.ipam_validated
        if wanted is not None or needs_gateway:
            shown = "" if wanted is None else wanted
            try:
                pool.gateway = lease.pool.take(wanted) if wanted else lease.pool.take_any(lease.within)
            except AddressTaken as error:
                raise failed(f"failed to allocate gateway ({shown}): Address already in use") from error
            except NoAddress as error:
                text = "No available addresses on this pool" if old else "no available addresses on this pool"
                raise failed(f"failed to allocate gateway ({shown}): {text}") from error
            except OutOfRange as error:
                text = "Requested address is out of range" if old else "requested address is out of range"
                raise failed(f"failed to allocate gateway ({shown}): {text}") from error
        for name, address in config.reserved.items() if config else ():
            if address is None:
                text = f"{name}:{pool.asked['AuxiliaryAddresses'][name]}"
                problem = f"non parsable secondary ip address ({text}) passed for network {network.name}"
                raise failed(problem) if old else invalid(problem)
            if address not in lease.subnet:
                raise forbidden(
                    f"auxiliary address: ({name}:{address}) must belong to the master pool: {lease.subnet}"
                )
            try:
                lease.pool.take(address)
            except AddressTaken as error:
                raise failed(
                    f"failed to allocate secondary ip address ({name}:{address}): Address already in use"
                ) from error

    def _lease(self, family: int, config: PoolConfig | None) -> Lease:
        space, version = self._core.space, self._core.version
        if config is not None:
            try:
                return space.request(config.subnet, config.within)
            except PoolOverlap as error:
                text = "Pool overlaps with other one on this address space"
                raise forbidden(f"{version.pool_prefix}{text}") from error
        if family == 6:
            return space.request(unique_local(self._core.ids.prefix48()))
        try:
            return space.request_any(self._core.reserved_subnets())
        except NoPool as error:
            raise EngineError(*version.no_pool) from error

    def release_pools(self, network: Network) -> None:
        """Gives all subnets of a network back, with what was reserved in them for it."""
        for pool in network.pools:
            if pool.gateway is not None:
                pool.lease.pool.release(pool.gateway)
            for text in (pool.asked.get("AuxiliaryAddresses") or {}).values():
                if (address := read_address(text)) is not None:
                    pool.lease.pool.release(address)
            self._core.space.release(pool.lease)
        network.pools4.clear()
        network.pools6.clear()

    def addresses(self, endpoint: Endpoint) -> None:
        """Gives an endpoint its addresses: the asked ones, else the lowest free ones.

        Raises:
            EngineError: 403, an address is taken; 400, it is in none of the subnets; 500, no address is left.
        """
        ipam: Json = endpoint.settings.ipam or {}
        network = endpoint.network
        try:
            if network.pools4:
                wanted = _parse(ipam.get("IPv4Address"))
                endpoint.ip4, endpoint.pool4 = self._address(network, 4, network.pools4, wanted)
            if network.pools6:
                wanted = _parse(ipam.get("IPv6Address"))
                endpoint.ip6, endpoint.pool6 = self._address(network, 6, network.pools6, wanted)
        except EngineError:
            self.release(endpoint)
            raise

    def _address(
        self, network: Network, family: int, pools: list[Pool], wanted: Address | None
    ) -> tuple[Address, Pool]:
        for pool in pools:
            if wanted is not None:
                if wanted not in pool.lease.subnet:
                    continue
                try:
                    return pool.lease.pool.take(wanted), pool
                except AddressTaken as error:
                    raise forbidden("Address already in use") from error
            try:
                return pool.lease.pool.take_any(pool.lease.within), pool
            except NoAddress:
                continue
        if wanted is not None:
            text = f"nvalid address {wanted}: It does not belong to any of this network's subnets"
            raise invalid(f"i{text}") if self._core.version.endpoint_validated else failed(f"I{text}")
        raise failed(
            f"no available IPv{family} addresses on this network's address pools: {network.name} ({network.id})"
        )

    def release(self, endpoint: Endpoint) -> None:
        """Gives an endpoint's addresses back."""
        for address, pool in ((endpoint.ip4, endpoint.pool4), (endpoint.ip6, endpoint.pool6)):
            if address is not None and pool is not None:
                pool.lease.pool.release(address)
        endpoint.ip4 = endpoint.ip6 = None
        endpoint.pool4 = endpoint.pool6 = None


def _parse(text: Any) -> Address | None:
    return ipaddress.ip_address(text) if text else None
