"""Network drivers: one module each, found by name in ``DRIVERS``."""

from __future__ import annotations

from typing import Final

from .base import Driver, DriverConfig
from .bridge import BridgeConfig, BridgeDriver
from .ipvlan import IpvlanConfig, IpvlanDriver
from .macvlan import MacvlanConfig, MacvlanDriver
from .special import HostDriver, NullDriver

DRIVERS: Final[tuple[type[Driver], ...]] = (BridgeDriver, HostDriver, NullDriver, MacvlanDriver, IpvlanDriver)

__all__ = [
    "DRIVERS",
    "BridgeConfig",
    "BridgeDriver",
    "Driver",
    "DriverConfig",
    "HostDriver",
    "IpvlanConfig",
    "IpvlanDriver",
    "MacvlanConfig",
    "MacvlanDriver",
    "NullDriver",
]
