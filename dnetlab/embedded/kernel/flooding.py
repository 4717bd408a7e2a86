"""Flooding: whom a bridge's broadcasts and unknown addresses reach, and who of them listens.

Every port gets a copy (Linux net/bridge/br_forward.c, br_flood), but most machines drop a question that is
not for them. A bridge knows which of its ports lead straight to a plain interface of a machine; such a machine
is only handed what it would act on, the rest is counted on its devices and costs no event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .frames import Arp, Frame, IpPacket
from .links import Veth
from .reasons import Reason
from .trace import Action

if TYPE_CHECKING:
    from .bridge import Bridge, BridgePort
    from .device import Device
    from .neighbour import Entry

# A frame that was recorded at this many places runs in circles.
LOOP_STEPS = 50_000


class Member:
    """A port that gets a copy; ``peer`` is the plain interface of a machine behind it, None for anything else."""

    __slots__ = (
        "device",
        "local",
        "neighbours",
        "peer",
        "port",
        "position",
        "spared_bytes",
        "spared_packets",
    )

    def __init__(self, position: int, port: BridgePort) -> None:
        self.position = position
        self.port = port
        self.device = port.device
        self.peer = plain_peer(port.device)
        self.local: dict[str, list[Device]] = {}
        self.neighbours: dict[str, Entry] = {}
        if self.peer is not None:
            self.local = self.peer.namespace.stack.local
            self.neighbours = self.peer.neighbours
        # Copies that were not among the quiet ones, since the counters were settled last.
        self.spared_packets = 0
        self.spared_bytes = 0


class Audience:
    """Whom the copies of one kind and VLAN reach, as long as nothing is rewired."""

    def __init__(self, bridge: Bridge, vid: int, flag: str) -> None:
        self.wiring = bridge.kernel.wiring
        self.filtering = bridge.vlan_filtering
        self.members: list[Member] = []
        self.blocked: list[BridgePort] = []
        self.outside: list[BridgePort] = []
        for port in bridge.ports.values():
            if not port.device.carrier or not port.device.up or port.stopped:
                continue
            if not getattr(port, flag):
                self.blocked.append(port)
            elif self.filtering and vid not in port.vlans.untagged:
                self.outside.append(port)
            else:
                self.members.append(Member(len(self.members), port))
        self.of = {member.port: member for member in self.members}
        self.quiet = [member for member in self.members if member.peer is not None]
        self.loud = [member for member in self.members if member.peer is None]
        self._ears = [(member, member.local, member.neighbours) for member in self.quiet]
        self._packets = 0
        self._bytes = 0

    def listeners(self, frame: Frame, is_broadcast: bool | None, now: float) -> list[Member]:
        """Those of the members that a copy would make a difference to, in the order of the ports."""
        payload = frame.payload
        if type(payload) is Arp:
            if not is_broadcast:
                return self.members
            sender, mac, target = payload.sender_ip, payload.sender_mac, payload.target_ip
            if target.startswith("127."):
                return self.members
            # A question makes a difference to whoever has the address, and to whoever knows its sender otherwise
            # (Neighbours.receive_arp); those with proxy_arp are no plain peers.
            found = [
                m
                for m, local, neighbours in self._ears
                if target in local
                or (
                    (known := neighbours.get(sender)) is not None
                    and (known.mac != mac or (known.state == "REACHABLE" and now > known.reachable_until))
                )
            ]
        elif is_broadcast is False and type(payload) is IpPacket and payload.v6:
            found = [
                m
                for m in self.quiet
                if m.peer is not None and m.peer.namespace.stack.wants_multicast(m.peer, payload)
            ]
        else:
            return self.members
        return sorted(found + self.loud, key=_position) if self.loud else found

    def count(self, size: int, heard: list[Member], barred: list[Member]) -> None:
        """Count a copy at all quiet members but those that really got it and those that may not have it."""
        self._packets += 1
        self._bytes += size
        for member in heard:
            member.spared_packets += 1
            member.spared_bytes += size
        for member in barred:
            if member not in heard:
                member.spared_packets += 1
                member.spared_bytes += size

    def settle(self) -> None:
        """Write what was counted to the devices."""
        for member in self.quiet:
            packets, size = self._packets - member.spared_packets, self._bytes - member.spared_bytes
            member.spared_packets = member.spared_bytes = 0
            if packets and member.peer is not None:
                out, into = member.device.counters, member.peer.counters
                out.tx_packets += packets
                out.tx_bytes += size
                into.rx_packets += packets
                into.rx_bytes += size
        self._packets = self._bytes = 0


class Flooding:
    """The flooding of one bridge."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._audiences: dict[tuple[bool | None, int], Audience] = {}

    def _audience(self, is_broadcast: bool | None, vid: int) -> Audience:
        key = (is_broadcast, vid)
        found = self._audiences.get(key)
        kernel = self._bridge.kernel
        if (
            found is None
            or found.wiring != kernel.wiring
            or found.filtering is not self._bridge.vlan_filtering
        ):
            if found is not None and kernel.unsettled.pop(found, found) is None:
                found.settle()
            flag = "flood" if is_broadcast is None else "bcast_flood" if is_broadcast else "mcast_flood"
            found = self._audiences[key] = Audience(self._bridge, vid, flag)
        return found

    def flood(self, frame: Frame, vid: int, source: BridgePort | None, is_broadcast: bool | None) -> None:
        """Send a copy to every port that wants one; is_broadcast None means an unknown unicast address."""
        bridge = self._bridge
        trace = frame.trace
        if len(trace) > LOOP_STEPS:
            bridge.drop(frame, Reason.LOOP)
            return
        kernel = bridge.kernel
        audience = self._audience(is_broadcast, vid)
        barred = self._barred(audience, source)
        sent = len(audience.members) - len(barred)
        trace.add((kernel.now, bridge.namespace, bridge, Action.FLOOD, sent, None))
        if type(frame.payload) is Arp and is_broadcast and (audience.outside or len(barred) > 1):
            self._note_missed(frame, vid, frame.payload.target_ip, audience, source)
        listeners = audience.listeners(frame, is_broadcast, kernel.now)
        if listeners is not audience.members:
            kernel.unsettled[audience] = None
            audience.count(frame.payload.length + 14, listeners, barred)
        filtering = audience.filtering
        for member in listeners:
            if member not in barred:
                member.device.transmit(bridge.egress(frame, vid, member.port.vlans) if filtering else frame)
        blocked = [port for port in audience.blocked if port is not source or port.hairpin]
        if blocked and is_broadcast is None:
            device = blocked[-1].device
            device.drop(frame, Reason.FDB_NO_FLOOD, f"{frame.dst} is unknown and {device.name} has flood off")
        elif not sent:
            bridge.drop(frame, Reason.NO_PORT)

    def _barred(self, audience: Audience, source: BridgePort | None) -> list[Member]:
        """Members that get no copy of what came in at a port: itself, and isolated ones where it is isolated."""
        if source is None:
            return []
        if source.isolated:
            return [member for member in audience.members if member.port.isolated]
        own = audience.of.get(source)
        return [] if own is None or source.hairpin else [own]

    def _note_missed(
        self, frame: Frame, vid: int, address: str, audience: Audience, source: BridgePort | None
    ) -> None:
        """Say where a question ends that is for somebody whose port may not have it."""
        for port in audience.outside:
            if (port is not source or port.hairpin) and _leads_to(port, address):
                text = f"{port.device.name} is not a member of VLAN {vid}"
                port.device.drop(frame, Reason.VLAN_NOT_ALLOWED, text)
        if source is not None and source.isolated:
            for member in audience.members:
                port = member.port
                if port.isolated and port is not source and _leads_to(port, address):
                    port.device.drop(frame, Reason.PORT_ISOLATED)


def plain_peer(device: Device) -> Veth | None:
    """The other end of a veth, where nobody but its machine's own stack sees what passes."""
    if not isinstance(device, Veth) or device.taps:
        return None
    peer = device.peer
    watched = peer.rx_handler is not None or peer.taps or peer.vlans or peer.namespace.stack.proxy_arp
    return None if watched or not peer.up else peer


def _position(member: Member) -> int:
    return member.position


def _leads_to(port: BridgePort, address: str) -> bool:
    other = port.device.link
    return other is not None and other.namespace.stack.owns(address)
