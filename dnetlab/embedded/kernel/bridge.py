"""The bridge: learning, ageing, flooding, VLAN filtering and what can be set on a port.

Behaviour as in Linux net/bridge (br_input.c, br_forward.c, br_fdb.c, br_vlan.c).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from . import addresses as ip
from .device import Device
from .errors import KernelError
from .fdb import BridgeVlan, FdbEntry, ForwardingTable, Slot, Vlans
from .flooding import Flooding
from .frames import Arp, Frame, IpPacket
from .mtu import take_mtu
from .reasons import Reason
from .stp import SpanningTree, path_cost
from .trace import Action

if TYPE_CHECKING:
    from .namespace import Namespace


class BridgePort:
    """A device that belongs to a bridge, with the settings of ``bridge link set``."""

    def __init__(self, bridge: Bridge, device: Device) -> None:
        self.bridge = bridge
        self.device = device
        self.learning = True
        self.flood = True
        self.mcast_flood = True
        self.bcast_flood = True
        self.hairpin = False
        self.isolated = False
        self.locked = False
        self.priority = 32
        self.cost = path_cost(device.kind)
        # The state that was set by hand and is not "forwarding"; empty where it follows the device.
        self.stopped = ""
        self.vlans = Vlans(bridge.default_pvid)

    def __setattr__(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)
        self.bridge.kernel.wiring += 1

    @property
    def state(self) -> str:
        """ "forwarding", or "disabled" while the device is down or has no carrier, or what was set by hand."""
        works = self.bridge.up and self.device.up and self.device.carrier
        return "disabled" if not works else self.stopped or "forwarding"

    def receive(self, frame: Frame) -> Frame | None:
        """The port's device saw a frame; the bridge takes all of them."""
        self.bridge.port_receive(self, frame)
        return None


class Bridge(Device):
    """A software switch with an interface of its own in its namespace."""

    kind = "bridge"

    def __init__(
        self,
        namespace: Namespace,
        name: str,
        mac: str | None,
        mtu: int,
        txqueuelen: int,
        vlan_filtering: bool,
        ageing_time: float,
    ) -> None:
        super().__init__(namespace, name, mac, mtu, txqueuelen)
        self.ports: dict[str, BridgePort] = {}
        self.had_ports = False
        self.ageing_time = ageing_time
        self.vlan_filtering = vlan_filtering
        self.default_pvid = 1
        self.own_vlans = Vlans()
        self.stp = SpanningTree()
        # Other settings that were made, by the names of ip(8); the model keeps them and does not act on them.
        self.settings: dict[str, str] = {}
        # The address in the bridge's id: none before it is given one or has ports (br_stp_recalculate_bridge_id).
        self.id_mac = ip.ZERO_MAC if mac is None else self.mac
        # Whether it has looked at its ports yet, which then decide on the carrier (br_port_state_selection).
        self._looked = self._watched = self._mac_set = mac is not None
        self._mtu_set = False
        self._table = ForwardingTable(self)
        self._flooding = Flooding(self)
        self._port_macs: dict[str, int] = {}

    # ports -----------------------------------------------------------------------------------------------

    def enslave(self, device: Device) -> BridgePort:
        """Take a device as a port (EBUSY, ELOOP, EINVAL)."""
        if device.kind == "loopback":
            raise KernelError("EINVAL", f"{device.name} cannot be a port")
        if device.kind == "bridge":
            raise KernelError("ELOOP", "no port of a bridge", "Can not enslave a bridge to a bridge")
        if device.namespace is not self.namespace:
            raise KernelError("ENODEV", f"{device.name} is in another namespace")
        port = BridgePort(self, device)
        device.take_receiver(port.receive)
        device.port = port
        device.promiscuity += 1
        self.ports[device.name] = port
        self.had_ports = True
        self._port_macs[device.mac] = self._port_macs.get(device.mac, 0) + 1
        self._recompute()
        self.namespace.stack.forget_routes()
        return port

    def release(self, device: Device) -> None:
        """Let a port go; what was learned on it is forgotten."""
        port = self.ports.pop(device.name)
        self._table.release(port)
        device.release_receiver()
        device.port = None
        device.promiscuity -= 1
        self._forget_mac(device.mac)
        self._recompute()

    def port_renamed(self, old: str, device: Device) -> None:
        """Keep the ports' names in step with their devices'."""
        self.ports[device.name] = self.ports.pop(old)

    def port_mac_changed(self, old: str, new: str) -> None:
        """A port has another MAC address now."""
        self._forget_mac(old)
        self._port_macs[new] = self._port_macs.get(new, 0) + 1
        self._recompute()

    def _forget_mac(self, mac: str) -> None:
        left = self._port_macs[mac] - 1
        if left:
            self._port_macs[mac] = left
        else:
            del self._port_macs[mac]

    def _recompute(self) -> None:
        # Without an address of its own a bridge has the lowest of its ports' (br_stp_recalculate_bridge_id),
        # and the smallest MTU of its ports (br_mtu_auto_adjust).
        if not self._mac_set:
            self._take_mac(min(self._port_macs, default=ip.ZERO_MAC))
        self.port_mtu_changed()
        self._looked = self._watched = True
        self._changed()

    def port_mtu_changed(self) -> None:
        """Follow the ports' MTU, unless somebody has set another."""
        if not self._mtu_set and 0 < len(self.ports) < 64:
            take_mtu(self, min(port.device.mtu for port in self.ports.values()))

    def _take_mac(self, mac: str) -> None:
        if mac != self.mac:
            super()._replace_mac(mac)
        self.id_mac = mac

    def _replace_mac(self, mac: str) -> None:
        self._looked = self._watched = self._mac_set = True
        super()._replace_mac(mac)
        self.id_mac = mac
        self._changed()

    def set_mtu(self, mtu: int) -> None:
        super().set_mtu(mtu)
        self._mtu_set = True

    def compute_carrier(self) -> bool:
        if not self._looked:
            return self.up
        return self.up and any(port.device.carrier and port.device.up for port in self.ports.values())

    def _detach(self) -> None:
        for port in list(self.ports.values()):
            port.device.set_master(None)

    # frames ----------------------------------------------------------------------------------------------

    def port_receive(self, port: BridgePort, frame: Frame) -> None:
        """A frame came in at a port: learn, then forward, flood or take it."""
        device = port.device
        if not self.up:
            device.drop(frame, Reason.DEVICE_DOWN, f"bridge {self.name} is down")
            return
        if port.stopped:
            device.drop(frame, Reason.PORT_STOPPED, f"{device.name} is {port.stopped}")
            return
        vid = 0
        if self.vlan_filtering:
            found = self._ingress(port.vlans, frame)
            if found is None:
                device.drop(frame, Reason.VLAN_NOT_ALLOWED, _vlan_text(frame, device))
                return
            vid = found
        now = self.kernel.now
        src = frame.src
        slot = self._table.slots.get((src, vid))
        if port.locked and (slot is None or slot.port is not port):
            device.drop(frame, Reason.PORT_LOCKED, f"{src} at {device.name}")
            return
        if slot is not None:
            if slot.port is port:
                slot.updated = now
            elif port.learning and not slot.permanent:
                # A static line moves too: static only means that it does not age (br_fdb_update).
                slot.port = port
                slot.updated = now
        elif port.learning and src not in self._port_macs and src != self.mac:
            self._table.slots[(src, vid)] = Slot(port, now, False, False)

        dst = frame.dst
        if dst[1] in "13579bdf":
            payload = frame.payload
            if type(payload) is not Arp and self.namespace.stack.bridge_filter:
                filtered = self._filter(frame)
                if filtered is None:
                    return
                frame = filtered
            self._flooding.flood(frame, vid, port, dst == ip.BROADCAST_MAC)
            self._pass_up(frame, vid)
            return
        if dst == self.mac or dst in self._port_macs:
            self._pass_up(frame, vid)
            return
        if type(frame.payload) is not Arp and self.namespace.stack.bridge_filter:
            filtered = self._filter(frame)
            if filtered is None:
                return
            frame = filtered
        if self.promiscuity:
            self._pass_up(frame, vid)
        self._unicast_to(frame, vid, port)

    def _send(self, frame: Frame) -> None:
        vid = 0
        if self.vlan_filtering:
            found = self._ingress(self.own_vlans, frame)
            if found is None:
                self.drop(frame, Reason.VLAN_NOT_ALLOWED, _vlan_text(frame, self))
                return
            vid = found
        dst = frame.dst
        if dst[1] in "13579bdf":
            self._flooding.flood(frame, vid, None, dst == ip.BROADCAST_MAC)
        else:
            self._unicast_to(frame, vid, None)

    def _unicast_to(self, frame: Frame, vid: int, source: BridgePort | None) -> None:
        slot = self._table.find(frame.dst, vid)
        if slot is None or slot.port is None:
            self._flooding.flood(frame, vid, source, None)
            return
        port = slot.port
        if slot.permanent and source is not None:
            self._pass_up(frame, vid)
            return
        if port is source and not port.hairpin:
            port.device.drop(frame, Reason.SAME_PORT, f"{frame.dst} is behind {port.device.name} itself")
            return
        why = self._refusal(port, vid, source)
        if why is not None:
            port.device.drop(frame, why, _egress_text(why, vid, port))
            return
        entry = FdbEntry(
            frame.dst, port.device, vid if self.vlan_filtering else None, slot.static, False, slot.updated
        )
        frame.trace.add((self.kernel.now, self.namespace, self, Action.FORWARD_PORT, port.device, entry))
        port.device.transmit(self.egress(frame, vid, port.vlans))

    def _refusal(self, port: BridgePort, vid: int, source: BridgePort | None) -> Reason | None:
        if not port.device.carrier:  # a device that is down has none
            return Reason.NO_CARRIER
        if port.stopped:
            return Reason.PORT_STOPPED
        if self.vlan_filtering and vid not in port.vlans.untagged:
            return Reason.VLAN_NOT_ALLOWED
        if source is not None and source.isolated and port.isolated:
            return Reason.PORT_ISOLATED
        return None

    def _pass_up(self, frame: Frame, vid: int) -> None:
        if self.vlan_filtering:
            if vid not in self.own_vlans.untagged:
                if not ip.is_group_mac(frame.dst):
                    self.drop(frame, Reason.VLAN_NOT_ALLOWED, f"{self.name} is not in VLAN {vid}")
                return
            frame = self.egress(frame, vid, self.own_vlans)
        self.receive(frame)

    def _ingress(self, vlans: Vlans, frame: Frame) -> int | None:
        """The VLAN that a frame belongs to as it comes in, None where it may not come in."""
        vid = frame.vlan
        if vid is None or vid == 0:
            return vlans.pvid
        return vid if vid in vlans.untagged else None

    def egress(self, frame: Frame, vid: int, vlans: Vlans) -> Frame:
        """A frame as it leaves by a member of its VLAN: with the tag, or without."""
        if not self.vlan_filtering:
            return frame
        tag = None if vlans.untagged[vid] else vid
        if tag == frame.vlan:
            return frame
        frame.trace.add(
            (self.kernel.now, self.namespace, self, Action.UNTAG if tag is None else Action.TAG, vid, None)
        )
        return Frame(frame.src, frame.dst, frame.ethertype, frame.payload, frame.trace, tag)

    def _filter(self, frame: Frame) -> Frame | None:
        """Bridged IP packets pass the firewall of the bridge's namespace (br_netfilter)."""
        packet = cast(IpPacket, frame.payload)
        passed = self.namespace.stack.filter_bridged(self, packet, frame.trace)
        if passed is None:
            return None
        if passed is packet:
            return frame
        return Frame(frame.src, frame.dst, frame.ethertype, passed, frame.trace, frame.vlan)

    # tables ----------------------------------------------------------------------------------------------

    def fdb(self) -> list[FdbEntry]:
        """The forwarding table: the bridge's own and its ports' addresses, then what was learned or set."""
        return self._table.lines()

    def fdb_add(
        self, mac: str, device: Device, vid: int | None = None, static: bool = True, permanent: bool = False
    ) -> None:
        """Set a line of the table; without a VLAN on a filtering bridge: in every VLAN of the port, and without.

        What is for a permanent line's address the bridge keeps for itself. EINVAL for an address of nobody and
        for a VLAN that the port is not in.
        """
        mac = ip.canonical_mac(mac)
        if mac == ip.ZERO_MAC or (
            vid is not None and self.vlan_filtering and vid not in self.members(device).untagged
        ):
            raise KernelError("EINVAL", f"{mac} in VLAN {vid} on {device.name}")
        vids = [0 if vid is None else vid]
        if vid is None and self.vlan_filtering:
            vids += self.members(device).untagged
        self._table.add(mac, self._port(device), vids, static, permanent)

    def fdb_delete(self, mac: str, device: Device, vid: int | None = None) -> None:
        """Remove a line (all VLANs' lines, where none is given); ENOENT where there is none."""
        if not self._table.delete(ip.canonical_mac(mac), self._port(device), vid):
            raise KernelError("ENOENT", f"{mac} on {device.name}")

    def flush_fdb(self, device: Device | None = None) -> None:
        """Forget what was learned (on one port)."""
        self._table.flush(None if device is None else self._port(device))

    def set_default_pvid(self, vid: int) -> None:
        """Change the VLAN of ports for which no other is chosen; 0 for none (br_vlan_set_default_pvid)."""
        for vlans in (self.own_vlans, *(port.vlans for port in self.ports.values())):
            vlans.replace_default(self.default_pvid, vid)
        self.default_pvid = vid
        self.kernel.wiring += 1

    def vlan_add(self, device: Device, vid: int, pvid: bool = False, untagged: bool = False) -> None:
        """Make a port, or the bridge itself, a member of a VLAN."""
        self.members(device).add(vid, pvid, untagged)
        self.kernel.wiring += 1

    def vlan_delete(self, device: Device, vid: int) -> None:
        """Take a port, or the bridge itself, out of a VLAN (ENOENT)."""
        self.members(device).delete(vid)
        self.kernel.wiring += 1
        self._table.leave(self._port(device), vid)

    def vlans_of(self, device: Device) -> list[BridgeVlan]:
        """The VLANs of a port or of the bridge itself, in order."""
        return self.members(device).listing()

    def members(self, device: Device) -> Vlans:
        """The VLAN membership of a port or of the bridge itself."""
        port = self._port(device)
        return self.own_vlans if port is None else port.vlans

    def _port(self, device: Device) -> BridgePort | None:
        """The port of a device, None for the bridge itself."""
        if device is self:
            return None
        if device.port is None or device.port.bridge is not self:
            raise KernelError("EOPNOTSUPP", f"{device.name} is no port of {self.name}")
        return device.port


def _vlan_text(frame: Frame, device: Device) -> str:
    if frame.vlan is None:
        return f"{device.name} takes no untagged frames (it has no PVID)"
    return f"{device.name} is not a member of VLAN {frame.vlan}"


def _egress_text(reason: Reason, vid: int, port: BridgePort) -> str:
    return f"{port.device.name} is not a member of VLAN {vid}" if reason is Reason.VLAN_NOT_ALLOWED else ""
