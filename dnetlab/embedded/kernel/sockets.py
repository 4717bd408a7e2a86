"""What all kinds of sockets share: how they are listed, which addresses exclude each other, free ports."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import addresses as ip
from .errors import KernelError
from .fib import RouteResult
from .frames import IpPacket
from .routes import mtu_of

if TYPE_CHECKING:
    from .stack import Stack


HEADER = 20
"""Bytes of an IPv4 header; IPv6 has no DF flag, and what is too large for it is cut by its sender alone."""


@dataclass(frozen=True, slots=True)
class SocketInfo:
    """A socket as ss(8) lists it; ``peer`` is None for one that is not connected."""

    proto: str
    state: str
    family: int
    local: str
    local_port: int
    peer: str | None
    peer_port: int | None
    owner: str
    backlog: int = 0
    v6only: bool = False


def may_not_be_cut(df: bool | None, size: int, result: RouteResult) -> bool:
    """Whether a packet around ``size`` bytes gets the DF flag; None: where it fits (ip_dont_fragment, IP_PMTUDISC_WANT)."""
    if df is not None:
        return df
    if result.src is not None and ":" in result.src:
        return False
    if result.exception is not None:
        return not result.exception.locked and size + HEADER <= mtu_of(result)
    return size + HEADER <= result.dev.mtu


def check_size(p: IpPacket, result: RouteResult) -> None:
    """Refuse a packet that may not be fragmented and is larger than the way allows (EMSGSIZE)."""
    if not p.df:
        return
    mtu = mtu_of(result)
    if p.length > mtu:
        raise KernelError("EMSGSIZE", f"{p.length} bytes, mtu is {mtu}")


def overlap(one: str, other: str) -> bool:
    """Whether two bind addresses of a port exclude each other ("::" also stands for all of IPv4)."""
    if one == other or "::" in (one, other):
        return True
    return "0.0.0.0" in (one, other) and ip.family(one) == ip.family(other)


def accepts(bound: str, family: int, dst: str, v6: bool) -> bool:
    """Whether a socket bound to an address takes a packet to another."""
    if bound == dst:
        return True
    return bound == "::" or (bound == "0.0.0.0" and not v6 and family == 4)


def free_port(stack: Stack, used: Container[int]) -> int:
    """A port of the local range that nobody uses (EADDRINUSE when all are taken)."""
    first, last = (int(part) for part in stack.namespace.sysctl.get("net.ipv4.ip_local_port_range").split())
    start = stack.kernel.random.randint(first, last)
    for step in range(last - first + 1):
        port = first + (start - first + step) % (last - first + 1)
        if port not in used:
            return port
    raise KernelError("EADDRINUSE", "all local ports are in use")
