"""What time it is for the engine, and how it writes it."""

from __future__ import annotations

import time as _time
from collections.abc import Callable
from datetime import UTC, datetime

ZERO_TIME = "0001-01-01T00:00:00Z"
"""How the engine writes "never"."""


class EngineClock:
    """The time of the outer world plus the time that went by inside the model.

    Inside, a lost ping takes its seconds without anybody waiting; so the engine's clock runs ahead of the
    world's by what was simulated, and never backwards. Every reading is later than the one before.
    """

    def __init__(self, simulated: Callable[[], float], world: Callable[[], float] = _time.time) -> None:
        self._simulated = simulated
        self._world = world
        self._last = 0.0

    def now(self) -> float:
        """Seconds since 1970."""
        self._last = max(self._last + 1e-6, self._world() + self._simulated())
        return self._last


def rfc3339(seconds: float) -> str:
    """The time as the engine prints it: UTC with nanoseconds, or year 1 for 0."""
    if not seconds:
        return ZERO_TIME
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f") + "000Z"


def parse_time(text: str, now: float) -> float:
    """Reads the ``since`` and ``until`` of the API: seconds, RFC 3339, or a duration before now ("10m").

    Raises:
        ValueError: it is none of these.
    """
    text = text.strip()
    try:
        return float(text)
    except ValueError:
        pass
    units = {"s": 1.0, "m": 60.0, "h": 3600.0, "ms": 0.001, "us": 1e-6, "ns": 1e-9}
    total, number, rest = 0.0, "", text
    while rest:
        if rest[0].isdigit() or rest[0] == ".":
            number += rest[0]
            rest = rest[1:]
            continue
        unit = next((name for name in ("ms", "us", "ns", "h", "m", "s") if rest.startswith(name)), "")
        if not unit or not number:
            break
        total += float(number) * units[unit]
        number, rest = "", rest[len(unit) :]
    if not rest and not number and text:
        return now - total
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def human_duration(seconds: float) -> str:
    """A span as ``docker ps`` words it ("About a minute")."""
    whole = int(seconds)
    if whole < 1:
        return "Less than a second"
    if whole == 1:
        return "1 second"
    if whole < 60:
        return f"{whole} seconds"
    minutes = whole // 60
    if minutes == 1:
        return "About a minute"
    if minutes < 60:
        return f"{minutes} minutes"
    hours = int(seconds / 3600 + 0.5)
    if hours == 1:
        return "About an hour"
    if hours < 48:
        return f"{hours} hours"
    if hours < 24 * 7 * 2:
        return f"{hours // 24} days"
    if hours < 24 * 30 * 2:
        return f"{hours // 24 // 7} weeks"
    if hours < 24 * 365 * 2:
        return f"{hours // 24 // 30} months"
    return f"{int(seconds / 3600) // 24 // 365} years"
