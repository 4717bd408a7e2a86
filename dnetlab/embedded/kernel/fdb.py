"""The tables of a bridge: VLAN membership and forwarding entries (Linux net/bridge/br_fdb.c, br_vlan.c)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .errors import KernelError

if TYPE_CHECKING:
    from .bridge import BridgePort
    from .device import Device


@dataclass(frozen=True, slots=True)
class BridgeVlan:
    """A VLAN that a port (or the bridge itself) is a member of."""

    vid: int
    pvid: bool
    untagged: bool


@dataclass(frozen=True, slots=True)
class FdbEntry:
    """A line of the forwarding table; ``vid`` is None where the bridge does not filter VLANs."""

    mac: str
    device: Device
    vid: int | None
    static: bool
    permanent: bool
    updated: float

    def __str__(self) -> str:
        vlan = "" if self.vid is None else f" vlan {self.vid}"
        kind = " permanent" if self.permanent else " static" if self.static else ""
        return f"{self.mac} dev {self.device.name}{vlan}{kind}"


class Vlans:
    """VLAN membership: the ids with their untagged flag, and the id of untagged frames."""

    __slots__ = ("pvid", "untagged")

    def __init__(self) -> None:
        self.untagged: dict[int, bool] = {1: True}
        self.pvid: int | None = 1

    def add(self, vid: int, pvid: bool, untagged: bool) -> None:
        if not 1 <= vid <= 4094:
            raise KernelError("EINVAL", f"VLAN id {vid}")
        self.untagged[vid] = untagged
        if pvid:
            self.pvid = vid
        elif self.pvid == vid:
            self.pvid = None

    def delete(self, vid: int) -> None:
        if vid not in self.untagged:
            raise KernelError("ENOENT", f"VLAN {vid}")
        del self.untagged[vid]
        if self.pvid == vid:
            self.pvid = None

    def listing(self) -> list[BridgeVlan]:
        return [BridgeVlan(vid, vid == self.pvid, self.untagged[vid]) for vid in sorted(self.untagged)]


class Slot:
    """What the table knows about a MAC in a VLAN: the port (None: the bridge itself) and since when."""

    __slots__ = ("permanent", "port", "static", "updated")

    def __init__(self, port: BridgePort | None, updated: float, static: bool, permanent: bool) -> None:
        self.port = port
        self.updated = updated
        self.static = static
        self.permanent = permanent
