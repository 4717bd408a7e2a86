"""Timers of the simulated clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Timer:
    """Something that will happen; ``cancel`` it and it does not."""

    __slots__ = ("_args", "_call", "when")

    def __init__(self, when: float, call: Callable[..., object], args: tuple[Any, ...]) -> None:
        self.when = when
        self._call: Callable[..., object] | None = call
        self._args = args

    @property
    def active(self) -> bool:
        """Whether it still waits."""
        return self._call is not None

    def cancel(self) -> None:
        """Forget it."""
        self._call = None

    def fire(self, _: None) -> None:
        """Called by the kernel's loop."""
        call, self._call = self._call, None
        if call is not None:
            call(*self._args)
