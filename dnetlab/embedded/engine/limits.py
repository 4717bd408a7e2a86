"""Limits, restart policies, health checks: which ones a container can be given. Limits have no other effect in the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from .errors import invalid
from .model import Json

PROCESSORS: Final = 1

_MIN_MEMORY: Final = 6 * 1024 * 1024
_WEIGHTS: Final = range(10, 1001)
_PERIODS: Final = range(1000, 1_000_001)
_BRIEF: Final = 1_000_000
"""Nanoseconds that a health check's times last at least."""
_POLICIES: Final = ("", "no", "always", "on-failure", "unless-stopped")


def check_resources(host: Mapping[str, Any]) -> None:
    """Refuses limits that cannot be (moby: validateQoS, verifyPlatformContainerResources).

    Raises:
        EngineError: 400.
    """
    if 0 < (host.get("Memory") or 0) < _MIN_MEMORY:
        raise invalid("Minimum memory limit allowed is 6MB")
    if 0 < (host.get("MemoryReservation") or 0) < _MIN_MEMORY:
        raise invalid("Minimum memory reservation allowed is 6MB")
    if not 0 <= (host.get("NanoCpus") or 0) <= PROCESSORS * 10**9:
        raise invalid(
            f"range of CPUs is from 0.01 to {PROCESSORS}.00, as there are only {PROCESSORS} CPUs available"
        )
    if host.get("BlkioWeight") and host["BlkioWeight"] not in _WEIGHTS:
        raise invalid("Range of blkio weight is from 10 to 1000")
    if host.get("CpuPeriod") and host["CpuPeriod"] not in _PERIODS:
        raise invalid("CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)")
    if host.get("IOMaximumBandwidth") or host.get("IOMaximumIOps"):
        raise invalid("Invalid QoS settings: linux does not support Maximum IO Bandwidth or Maximum IO IOps")


def check_policy(policy: Json) -> None:
    """Refuses a restart policy that cannot be.

    Raises:
        EngineError: 400.
    """
    name, retries = policy.get("Name") or "", policy.get("MaximumRetryCount") or 0
    if name not in _POLICIES:
        raise invalid(
            f"invalid restart policy: unknown policy '{name}'; use one of 'no', 'always', 'on-failure', or"
            " 'unless-stopped'"
        )
    if name != "on-failure" and retries:
        text = "invalid restart policy: maximum retry count can only be used with 'on-failure'"
        raise invalid(text + (" and cannot be negative" if retries < 0 else ""))
    if retries < 0:
        raise invalid("invalid restart policy: maximum retry count cannot be negative")


def check_health_check(wanted: Mapping[str, Any]) -> None:
    """Refuses times that are too short (moby: validateHealthCheck).

    Raises:
        EngineError: 400.
    """
    for name in ("Interval", "Timeout", "Retries", "StartPeriod", "StartInterval"):
        value = wanted.get(name) or 0
        if name == "Retries" and value < 0:
            raise invalid("Retries in Healthcheck cannot be negative")
        if name != "Retries" and value != 0 and value < _BRIEF:
            raise invalid(f"{name} in Healthcheck cannot be less than 1ms")
