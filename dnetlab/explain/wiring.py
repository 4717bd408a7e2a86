"""What lies below an interface: the parent, the cable, the port at its other end; and which of them sleeps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dnetlab.embedded.kernel import Bridge, Device, Namespace, Veth, Vlan
from dnetlab.embedded.kernel.addresses import within


@dataclass(frozen=True, slots=True)
class Plug:
    """Where an interface is plugged in: the port of a bridge, and the tag its frames have there (None: none)."""

    port: Device
    bridge: Bridge
    tag: int | None

    @property
    def vlan(self) -> int | None:
        """The VLAN that the bridge puts its frames into, None where the port does not take them."""
        held = self.bridge.vlans_of(self.port)
        if self.tag is None:
            return next((one.vid for one in held if one.pvid), None)
        return self.tag if any(one.vid == self.tag for one in held) else None

    def hears(self, vlan: int) -> bool:
        """Whether frames of a VLAN come out here, with the tag that the interface knows."""
        held = next((one for one in self.bridge.vlans_of(self.port) if one.vid == vlan), None)
        if held is None:
            return False
        return held.untagged if self.tag is None else not held.untagged and self.tag == vlan


def below(device: Device) -> Iterator[Device]:
    """A device, what it stands on, and the other end of the cable with its bridge."""
    while True:
        yield device
        if isinstance(device, Veth):
            break
        if isinstance(device, Bridge) or device.link is None:
            return
        device = device.link
    if device.peer is not device:
        yield device.peer
        if device.peer.master is not None:
            yield device.peer.master


def plug(device: Device) -> Plug | None:
    """The port that an interface is plugged into; None where its cable ends elsewhere."""
    tag = None
    for one in below(device):
        if isinstance(one, Vlan):
            tag = one.vid
        if one.master is not None and one is not device:
            return Plug(one, one.master, tag)
    return None


def asleep(device: Device) -> Device | None:
    """The first device below an interface (or itself) that is switched off."""
    return next((one for one in below(device) if not one.up), None)


def sleeping_member(namespace: Namespace, address: str) -> Device | None:
    """A device whose subnet an address lies in, and that is switched off or without its cable's other end."""
    for device in namespace.devices.values():
        if any(held.family == 4 and within(address, held.network) for held in device.addresses):
            found = asleep(device)
            if found is not None:
                return found
    return None
