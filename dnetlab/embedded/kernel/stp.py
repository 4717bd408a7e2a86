"""Settings of a bridge's spanning tree. The model shows them; its switches make no loops and elect no root.

Linux net/bridge/br_stp.c, br_stp_if.c; times in hundredths of a second, as ip(8) has them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from .errors import KernelError

LIMITS: Final = {"forward_delay": (200, 3000), "hello_time": (100, 1000), "max_age": (600, 4000)}
"""br_set_forward_delay (while STP runs), br_set_hello_time, br_set_max_age; IEEE 802.1D-1998, table 8-3."""

PATH_COST: Final = {"dummy": 100, "nic": 100}
"""Cost of a port whose driver tells no speed (br_if.c: port_cost); the others say 10 Gbit/s, which costs 2."""


@dataclass(slots=True)
class SpanningTree:
    """What ``ip link set BRIDGE type bridge`` can say of it."""

    forward_delay: int = 1500
    hello_time: int = 200
    max_age: int = 2000
    stp_state: int = 0
    priority: int = 0x8000

    def set(self, name: str, value: int) -> None:
        """Change one setting (ERANGE outside of the standard's limits)."""
        low, high = LIMITS.get(name, (0, 0xFFFF))
        if not low <= value <= high and (name != "forward_delay" or self.stp_state):
            raise KernelError("ERANGE", f"{name} {value}")
        setattr(self, name, value)


def path_cost(kind: str) -> int:
    """The cost of a port of a kind of device."""
    return PATH_COST.get(kind, 2)
