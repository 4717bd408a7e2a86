"""API versions: how they compare, and what the engine says to a client that is too old or too new."""

from __future__ import annotations

from typing import Final

PLAIN_TEXT_BELOW: Final = "1.24"
"""Clients older than this are answered in plain text: they would print JSON as it is."""


def parts(version: str) -> tuple[int, ...]:
    """``"1.51"`` as ``(1, 51)``; what is not a number counts as 0, trailing zeros do not count."""
    numbers = [int(part) if part.isdigit() and len(part) < 10 else 0 for part in version.split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def below(version: str, other: str) -> bool:
    """Whether ``version`` is older than ``other``."""
    return parts(version) < parts(other)


def problem(version: str, lowest: str, highest: str) -> str:
    """What is wrong with the version that the client asked for; empty when nothing is."""
    if below(version, lowest):
        return (
            f"client version {version} is too old. Minimum supported API version is {lowest}, "
            "please upgrade your client to a newer version"
        )
    if below(highest, version):
        return f"client version {version} is too new. Maximum supported API version is {highest}"
    return ""
