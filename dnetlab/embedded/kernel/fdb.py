"""The tables of a bridge: VLAN membership and forwarding entries (Linux net/bridge/br_fdb.c, br_vlan.c)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .errors import KernelError

if TYPE_CHECKING:
    from .bridge import Bridge, BridgePort
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

    def __init__(self, default: int = 1) -> None:
        self.untagged: dict[int, bool] = {default: True} if default else {}
        self.pvid: int | None = default or None

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

    def replace_default(self, old: int, new: int) -> None:
        """Leave the bridge's old default VLAN for the new one (0: none), unless somebody has chosen otherwise."""
        if old and (self.pvid != old or not self.untagged.get(old)):
            return
        if old:
            self.delete(old)
        if new:
            self.add(new, True, True)

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


class ForwardingTable:
    """What a bridge learned or was told: the port of each MAC in each VLAN (VLAN 0 where it does not filter)."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self.slots: dict[tuple[str, int], Slot] = {}

    def find(self, mac: str, vid: int) -> Slot | None:
        """The line for a MAC; one that was not heard of for the ageing time is forgotten."""
        slot = self.slots.get((mac, vid))
        if slot is None or slot.static:
            return slot
        bridge = self._bridge
        if bridge.kernel.now - slot.updated > bridge.ageing_time:
            del self.slots[(mac, vid)]
            return None
        return slot

    def lines(self) -> list[FdbEntry]:
        """The bridge's own and its ports' addresses, then what was learned or set."""
        bridge = self._bridge
        now = bridge.kernel.now
        own: list[Device] = [bridge, *(port.device for port in bridge.ports.values())]
        entries = [FdbEntry(d.mac, d, None, True, True, now) for d in own]
        # The default VLAN has its entries also where VLANs are not filtered (net/bridge/br_vlan.c).
        entries += [
            FdbEntry(d.mac, d, vid, True, True, now) for d in own for vid in bridge.members(d).untagged
        ]
        for (mac, vid), slot in self.slots.items():
            if not slot.static and now - slot.updated > bridge.ageing_time:
                continue
            device = bridge if slot.port is None else slot.port.device
            entries.append(FdbEntry(mac, device, vid or None, slot.static, slot.permanent, slot.updated))
        return entries

    def add(self, mac: str, port: BridgePort | None, vids: list[int], static: bool, permanent: bool) -> None:
        """Set a line in each of the VLANs; port None is the bridge itself."""
        for vid in vids:
            self.slots[(mac, vid)] = Slot(port, self._bridge.kernel.now, static or permanent, permanent)

    def delete(self, mac: str, port: BridgePort | None, vid: int | None) -> bool:
        """Remove a line (in all VLANs where none is given); whether there was one."""
        return self._drop(lambda key, slot: key[0] == mac and slot.port is port and vid in (None, key[1]))

    def leave(self, port: BridgePort | None, vid: int) -> None:
        """A port is no member of a VLAN any more."""
        self._drop(lambda key, slot: key[1] == vid and slot.port is port)

    def release(self, port: BridgePort) -> None:
        """A port is gone."""
        self._drop(lambda _, slot: slot.port is port)

    def flush(self, port: BridgePort | None) -> None:
        """Forget what was learned and what was set, but for permanent lines (on one port)."""
        self._drop(lambda _, slot: not slot.permanent and (port is None or slot.port is port))

    def _drop(self, goes: Callable[[tuple[str, int], Slot], bool]) -> bool:
        keys = [key for key, slot in self.slots.items() if goes(key, slot)]
        for key in keys:
            del self.slots[key]
        return bool(keys)
