"""What a lab is asked, read: each reader gives the value, or says in a DnetlabError which value would work."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from dnetlab.errors import DnetlabError

_SHELL_SIGNS = set("|&;<>()$`*?~")


def a_command(machine: str, asked: Any) -> tuple[list[str], str]:
    """A command as its words, and as it was typed where it was a text; one with shell signs runs under ``sh -c``."""
    if isinstance(asked, str):
        words, typed = ["sh", "-c", asked] if _SHELL_SIGNS & set(asked) else _split(asked), asked
    elif isinstance(asked, Sequence) and not isinstance(asked, bytes):
        words, typed = [str(word) for word in asked], ""
    else:
        words, typed = [], ""
    if not words or not words[0].strip() or "\0" in "".join(words):
        raise DnetlabError(
            f"What shall {machine} run?", "There is no command.", 'Such as: lab.run("pc1", "ip route").'
        )
    return words, typed


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as wrong:
        raise DnetlabError(
            f"{text!r} is no command.", f"{wrong}.", "A quotation mark opens and closes."
        ) from None


def a_target(asked: Any) -> str:
    """A machine, an address or a name, as text."""
    if isinstance(asked, IPv4Address | IPv6Address):
        return str(asked)
    if isinstance(asked, str) and asked.strip() and "\0" not in asked:
        return asked.strip()
    raise DnetlabError(
        f"{asked!r} is no machine, no address and no name.",
        "",
        'Write it as a text: "web" or "192.168.50.1".',
    )


def an_address(asked: Any) -> str:
    """An IPv4 address."""
    try:
        if isinstance(asked, str | IPv4Address):
            return str(IPv4Address(str(asked).strip()))
    except ValueError:
        pass
    raise DnetlabError(f"{asked!r} is no IPv4 address.", "", 'Write it as a text, such as "192.168.50.1".')


def a_way(how: Any) -> str:
    """By what a target is named: address or name."""
    if how in ("address", "name"):
        return str(how)
    raise DnetlabError(f"A machine is not reached by {how!r}.", "", 'Write by="address" or by="name".')


def a_port(port: Any) -> int:
    """A TCP port as a number."""
    if str(port).isdecimal() and 1 <= int(port) <= 65535:
        return int(port)
    raise DnetlabError(
        f"{port!r} is no port.", "A port is a number from 1 to 65535.", "Web servers listen on 80."
    )


LONGEST = 60
"""Seconds that a probe may wait."""


def options(given: dict[str, Any]) -> dict[str, Any]:
    """The options of a probe that are numbers: seconds to wait, packets to send, bytes to carry."""
    limits = {"wait": (0.1, LONGEST), "count": (1, 100), "size": (0, 65507)}
    for name, (least, most) in limits.items():
        value = given.get(name)
        if value is None:
            given.pop(name, None)
        elif isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise DnetlabError(
                f"{name}={value!r} is not possible.", f"It is a number from {least:g} to {most:g}."
            )
    return given


def an_action(during: Any) -> Callable[[], object]:
    """What is done while a capture runs: a function."""
    if callable(during):
        return during  # type: ignore[no-any-return]
    raise DnetlabError(
        "What is done during the capture is done too early.",
        "It must be a function, which the capture calls when it is ready.",
        'Write lambda before it: lab.capture("pc1", "eth0", lambda: lab.ping("web", "pc1")).',
    )


def is_address(text: str) -> bool:
    """Whether a text is an IP address, not a name."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
