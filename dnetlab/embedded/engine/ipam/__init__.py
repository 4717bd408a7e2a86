"""IP address management: pools of subnets and of addresses, as Docker's default IPAM driver keeps them."""

from __future__ import annotations

from .config import PoolConfig, check_pools, parse_pools
from .pool import AddressPool, AddressTaken, NoAddress, OutOfRange
from .space import AddressSpace, NoPool, PoolOverlap

__all__ = [
    "AddressPool",
    "AddressSpace",
    "AddressTaken",
    "NoAddress",
    "NoPool",
    "OutOfRange",
    "PoolConfig",
    "PoolOverlap",
    "check_pools",
    "parse_pools",
]
