"""Signals by name or number, as the API takes them."""

from __future__ import annotations

import signal as _signal
from typing import Final

from .errors import invalid
from .strconv import parse_int

SIGKILL: Final = 9

_NAMES: Final = {
    **{each.name.removeprefix("SIG"): each.value for each in _signal.Signals},
    "CLD": 17,
    "POLL": 29,
    **{f"RTMIN+{offset}": 34 + offset for offset in range(1, 16)},
    **{f"RTMAX-{offset}": 64 - offset for offset in range(1, 15)},
}


def parse_signal(text: str) -> int:
    """The number of "SIGTERM", "term" or "15"; a number need not be one that there is.

    Raises:
        EngineError: 400, there is no such signal.
    """
    try:
        number = parse_int(text)
    except ValueError:
        number = _NAMES.get(text.upper().removeprefix("SIG"), 0)
    if not number:
        raise invalid(f"invalid signal: {text}")
    return number


def signal_number(text: str) -> int:
    """As ``parse_signal``, of a signal that can be sent.

    Raises:
        EngineError: 400, there is no such signal.
    """
    number = parse_signal(text)
    if not 1 <= number <= 64:
        raise invalid(f"the linux daemon does not support signal {number}")
    return number
