"""The time as somebody at a terminal sees it: what was simulated, and what passed outside meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .kernel import Kernel


class WallClock:
    """For what counts seconds between one command and the next (limits of errors, what was learned for minutes).

    Packets and their timers go by the simulated time alone: nobody waits for them, and they are the same each time.
    """

    def __init__(self, kernel: Kernel, outside: Callable[[], float] = monotonic) -> None:
        self._kernel = kernel
        self._outside = outside

    @property
    def now(self) -> float:
        """Seconds since some moment."""
        return self._kernel.ahead + self._outside()
