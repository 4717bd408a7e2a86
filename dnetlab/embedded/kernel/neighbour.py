"""Neighbours: the question who has an address (ARP, NDP), the answers, and how they age.

States and times as in Linux net/core/neighbour.c: a question is asked three times, a second apart; an answer
holds for 15 to 45 seconds (RFC 4861 section 6.3.2); a stale one is used and confirmed five seconds later.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import addresses as ip
from .errors import KernelError
from .frames import ETH_ARP, ETH_IPV4, ETH_IPV6, ICMPV6, Arp, Frame, IpPacket, Ndp, packet
from .reasons import Reason
from .trace import Action, Trace

if TYPE_CHECKING:
    from .device import Device
    from .stack import Stack

RETRANS = 1.0
PROBES = 3
REACHABLE_BASE = 30.0
DELAY = 5.0
LOCKTIME = 1.0
QUEUE = 101
VALID = ("REACHABLE", "STALE", "DELAY", "PROBE", "PERMANENT", "NOARP")


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A line of the neighbour table; times are those of the last update and the last use."""

    address: str
    dev: Device
    mac: str | None
    state: str
    updated: float
    used: float
    router: bool = False


class Entry:
    """What is known of one neighbour."""

    __slots__ = (
        "address", "dev", "mac", "probes", "question", "queue", "reachable_until", "router", "state", "timing", "updated", "used",
    )  # fmt: skip

    def __init__(self, address: str, dev: Device) -> None:
        self.address = address
        self.dev = dev
        self.mac: str | None = None
        self.state = "NONE"
        self.probes = 0
        self.question: Trace | None = None
        self.queue: deque[tuple[IpPacket, Trace]] | None = None
        self.reachable_until = 0.0
        self.updated = -LOCKTIME
        self.used = 0.0
        self.router = False
        # Counts up with each timer, so that an old one knows that it is void.
        self.timing = 0


class Neighbours:
    """The neighbour tables of a namespace (each device holds its own part)."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._kernel = stack.kernel

    # sending ---------------------------------------------------------------------------------------------

    def send(self, dev: Device, address: str, p: IpPacket, trace: Trace) -> None:
        """Send a packet to a neighbour, asking for its MAC first where it is not known."""
        now = self._kernel.now
        entry = dev.neighbours.get(address)
        if entry is None:
            entry = dev.neighbours[address] = Entry(address, dev)
        entry.used = now
        state = entry.state
        if state == "REACHABLE":
            if now > entry.reachable_until:
                state = "STALE"
            else:
                self._transmit(entry, p, trace)
                return
        if state == "STALE":
            entry.state = "DELAY"
            self._later(entry, DELAY, self._delayed)
        elif state in ("NONE", "FAILED"):
            self._begin(entry).append((p, trace))
            trace.add((now, self._stack.namespace, dev, Action.RESOLVE, address, None))
            self._ask(entry, trace)
            return
        elif state == "INCOMPLETE":
            assert entry.queue is not None
            entry.queue.append((p, trace))
            if entry.question is not None:
                trace.adopt(entry.question)
            trace.add((now, self._stack.namespace, dev, Action.RESOLVE, address, None))
            return
        self._transmit(entry, p, trace)

    def known(self, dev: Device, address: str) -> bool:
        """Whether a neighbour's MAC is known, be it old."""
        entry = dev.neighbours.get(address)
        return entry is not None and entry.state in VALID

    def ask(self, dev: Device, address: str) -> None:
        """Ask for a neighbour's MAC without a packet that waits for it."""
        entry = dev.neighbours.get(address)
        if entry is None:
            entry = dev.neighbours[address] = Entry(address, dev)
        if entry.state in ("NONE", "FAILED"):
            self._begin(entry)
            self._ask(entry, None)

    def _begin(self, entry: Entry) -> deque[tuple[IpPacket, Trace]]:
        """Nothing is known of a neighbour: packets wait for the answer."""
        entry.state = "INCOMPLETE"
        entry.mac = None
        entry.probes = 0
        queue = entry.queue = deque(maxlen=QUEUE)
        return queue

    def _transmit(self, entry: Entry, p: IpPacket, trace: Trace) -> None:
        dev = entry.dev
        assert entry.mac is not None
        dev.transmit(Frame(dev.mac, entry.mac, ETH_IPV6 if p.v6 else ETH_IPV4, p, trace))

    def _later(self, entry: Entry, delay: float, call: object) -> None:
        entry.timing += 1
        self._kernel.schedule(delay, self._timer, (entry, entry.timing, call))

    def _timer(self, what: tuple[Entry, int, object]) -> None:
        entry, timing, call = what
        if entry.timing == timing and entry.dev.neighbours.get(entry.address) is entry:
            call(entry)  # type: ignore[operator]

    def _delayed(self, entry: Entry) -> None:
        if entry.state == "DELAY":
            entry.state = "PROBE"
            entry.probes = 0
            self._ask(entry, None)

    def _retry(self, entry: Entry) -> None:
        if entry.state not in ("INCOMPLETE", "PROBE"):
            return
        if entry.probes < PROBES:
            self._ask(entry, entry.queue[0][1] if entry.queue else None)
            return
        self._fail(entry)

    def _fail(self, entry: Entry) -> None:
        entry.state = "FAILED"
        entry.mac = None
        entry.updated = self._kernel.now
        queue, entry.queue = entry.queue, None
        for p, trace in queue or ():
            self._stack.neighbour_failed(entry.dev, entry.address, p, trace)

    def _ask(self, entry: Entry, cause: Trace | None) -> None:
        """Ask once: everybody, or the MAC that is to be confirmed."""
        entry.probes += 1
        self._later(entry, RETRANS, self._retry)
        if ":" in entry.address:
            self._solicit(entry, cause)
        else:
            self._ask_arp(entry, cause)

    def _ask_arp(self, entry: Entry, cause: Trace | None) -> None:
        dev = entry.dev
        source = self._stack.routing.source(dev, entry.address)
        if cause is not None and isinstance(cause.packet, IpPacket) and self._stack.owns(cause.packet.src):
            source = cause.packet.src
        arp = Arp(1, dev.mac, source or "0.0.0.0", ip.ZERO_MAC, entry.address)
        trace = entry.question = self._kernel.new_trace(arp, cause)
        self.transmit_arp(dev, entry.mac or ip.BROADCAST_MAC, arp, trace)

    def transmit_arp(self, dev: Device, mac: str, arp: Arp, trace: Trace) -> None:
        """Send an ARP message."""
        frame = Frame(dev.mac, mac, ETH_ARP, arp, trace)
        self._put(frame, dev, arp.target_ip if mac == ip.BROADCAST_MAC and arp.op == 1 else None)

    def _put(self, frame: Frame, dev: Device, address: str | None) -> None:
        """Send a message; where it asks everybody for an address, note who by design does not hear it."""
        dev.transmit(frame)
        if address is not None:
            if dev.macvlan_port is not None:
                dev.macvlan_port.note_parent_question(frame, address)
            if dev.ipvlan_port is not None:
                dev.ipvlan_port.note_parent_question(frame, address)

    def announce(self, dev: Device, address: str, asked: str = ip.ZERO_MAC) -> int:
        """Say unasked who has an address: those who know the address learn the MAC (RFC 5227 section 3)."""
        if ":" in address:
            raise KernelError("EINVAL", f"{address} is no IPv4 address")
        if not dev.up:
            raise KernelError("ENETDOWN", dev.name)
        if dev.noarp or dev.kind == "loopback":
            raise KernelError("EOPNOTSUPP", f"{dev.name} is not ARPable")
        arp = Arp(1, dev.mac, address, asked, address)
        trace = self._kernel.new_trace(arp)
        self.transmit_arp(dev, ip.BROADCAST_MAC, arp, trace)
        return trace.id

    def _solicit(self, entry: Entry, cause: Trace | None) -> None:
        dev = entry.dev
        source = self._stack.routing.source(dev, entry.address)
        if source is None:
            return
        group = ip.solicited_node(entry.address)
        dst, mac = (entry.address, entry.mac) if entry.mac else (group, ip.multicast_mac(group))
        p = packet(source, dst, ICMPV6, Ndp("ns", entry.address, dev.mac), 255)
        trace = entry.question = self._kernel.new_trace(p, cause)
        frame = Frame(dev.mac, mac, ETH_IPV6, p, trace)
        self._put(frame, dev, None if entry.mac else entry.address)

    # learning --------------------------------------------------------------------------------------------

    def update(self, entry: Entry, mac: str, state: str, override: bool) -> None:
        """Take in what a message says of a neighbour (neigh_update)."""
        if entry.state in ("PERMANENT", "NOARP"):
            return
        now = self._kernel.now
        old = entry.state
        if old == "REACHABLE" and now > entry.reachable_until:
            old = entry.state = "STALE"
        if old in VALID and entry.mac != mac and not override:
            return
        if state == "STALE" and old in VALID and entry.mac == mac:
            return
        entry.mac = mac
        entry.updated = now
        entry.state = state
        entry.timing += 1
        entry.question = None
        if state == "REACHABLE":
            entry.reachable_until = now + REACHABLE_BASE * (0.5 + self._kernel.random.random())
        queue, entry.queue = entry.queue, None
        for p, trace in queue or ():
            self.send(entry.dev, entry.address, p, trace)

    def receive_arp(self, dev: Device, frame: Frame, arp: Arp) -> None:
        """Answer an ARP question for an address of ours, and learn from what is said (arp_process)."""
        kernel = self._kernel
        stack = self._stack
        trace = frame.trace
        if dev.noarp:
            dev.drop(frame, Reason.ARP_SUPPRESSED)
            return
        ours = stack.owns(arp.target_ip) and not ip.is_loopback(arp.target_ip)
        if arp.op == 1 and stack.owns(arp.sender_ip):
            # Somebody else uses our address; the stack takes it for a martian and stays silent.
            dev.drop(frame, Reason.MARTIAN, f"{arp.sender_ip} is an address of this machine")
            return
        if arp.op == 1 and (ours or stack.proxies(dev, arp.target_ip)):
            trace.add((kernel.now, stack.namespace, dev, Action.DELIVER, "ARP", None))
            reply = Arp(2, dev.mac, arp.target_ip, arp.sender_mac, arp.sender_ip)
            if arp.sender_ip != "0.0.0.0":
                self._learn(dev, arp.sender_ip, arp.sender_mac)
            self.transmit_arp(dev, arp.sender_mac, reply, kernel.new_trace(reply, trace))
            return
        entry = dev.neighbours.get(arp.sender_ip)
        if entry is not None:
            fresh = kernel.now - entry.updated < LOCKTIME
            gratuitous = arp.sender_ip == arp.target_ip
            reply_to_us = arp.op == 2 and frame.dst == dev.mac
            self.update(
                entry, arp.sender_mac, "REACHABLE" if reply_to_us else "STALE", gratuitous or not fresh
            )
        if arp.op == 2:
            if entry is None:
                dev.drop(frame, Reason.NO_RECEIVER)
            else:
                trace.add((kernel.now, stack.namespace, dev, Action.DELIVER, "the neighbour table", None))
        else:
            trace.add((kernel.now, stack.namespace, dev, Action.DROP, Reason.ARP_NOT_OURS, None))

    def _learn(self, dev: Device, address: str, mac: str) -> None:
        entry = dev.neighbours.get(address)
        if entry is None:
            entry = dev.neighbours[address] = Entry(address, dev)
        self.update(entry, mac, "STALE", override=True)

    def receive_ndp(self, dev: Device, frame: Frame, p: IpPacket, ndp: Ndp) -> None:
        """Answer a solicitation, and learn from an advertisement (RFC 4861 section 7.2)."""
        kernel = self._kernel
        stack = self._stack
        trace = frame.trace
        if ndp.kind == "na":
            entry = dev.neighbours.get(ndp.target)
            if stack.duplicate(dev, ndp.target) or entry is None:
                trace.add((kernel.now, stack.namespace, dev, Action.DROP, Reason.NO_RECEIVER, None))
                return
            trace.add((kernel.now, stack.namespace, dev, Action.DELIVER, "the neighbour table", None))
            entry.router = ndp.router
            self.update(entry, ndp.mac or frame.src, "REACHABLE" if ndp.solicited else "STALE", ndp.override)
            return
        if ndp.kind != "ns":
            trace.add((kernel.now, stack.namespace, dev, Action.DROP, Reason.NO_RECEIVER, None))
            return
        if p.src == "::" and stack.duplicate(dev, ndp.target):
            return
        if not stack.owns_on(dev, ndp.target):
            trace.add((kernel.now, stack.namespace, dev, Action.DROP, Reason.ARP_NOT_OURS, None))
            return
        trace.add((kernel.now, stack.namespace, dev, Action.DELIVER, "neighbour discovery", None))
        probing = p.src == "::"
        if not probing and ndp.mac is not None:
            self._learn(dev, p.src, ndp.mac)
        dst = "ff02::1" if probing else p.src
        mac = ip.multicast_mac(dst) if probing else ndp.mac or frame.src
        routes = stack.forwards(dev, True)
        advertisement = Ndp("na", ndp.target, dev.mac, not probing, True, routes)
        answer = packet(ndp.target, dst, ICMPV6, advertisement, 255)
        dev.transmit(Frame(dev.mac, mac, ETH_IPV6, answer, kernel.new_trace(answer, trace)))

    def confirm(self, dev: Device, address: str) -> None:
        """A higher layer (TCP) heard from a neighbour: no need to ask."""
        entry = dev.neighbours.get(address)
        if entry is not None and entry.state in ("DELAY", "STALE", "PROBE"):
            entry.state = "REACHABLE"
            entry.timing += 1
            entry.reachable_until = self._kernel.now + REACHABLE_BASE * (0.5 + self._kernel.random.random())

    # by hand ---------------------------------------------------------------------------------------------

    def listing(self, family: int | None, dev: Device | None) -> list[Neighbour]:
        """The table as ``ip neigh`` shows it."""
        now = self._kernel.now
        found = []
        for device in self._stack.namespace.devices.values() if dev is None else [dev]:
            for e in device.neighbours.values():
                if e.state == "NONE" or (family is not None and ip.family(e.address) != family):
                    continue
                stale = e.state == "REACHABLE" and now > e.reachable_until
                found.append(
                    Neighbour(
                        e.address, device, e.mac, "STALE" if stale else e.state, e.updated, e.used, e.router
                    )
                )
        return found

    def set(self, address: str, dev: Device, mac: str, state: str, replace: bool) -> None:
        """Set an entry (EEXIST without replace, EINVAL)."""
        address = ip.canonical(address)
        if state not in VALID:
            raise KernelError("EINVAL", f"neighbour state {state}")
        entry = dev.neighbours.get(address)
        if entry is not None and entry.state in VALID and not replace:
            raise KernelError("EEXIST", f"neighbour {address}")
        entry = dev.neighbours[address] = Entry(address, dev)
        entry.mac = ip.canonical_mac(mac)
        entry.state = state
        entry.updated = self._kernel.now
        if state == "REACHABLE":
            entry.reachable_until = self._kernel.now + REACHABLE_BASE

    def remove(self, address: str, dev: Device) -> None:
        """Remove an entry (ENOENT)."""
        if dev.neighbours.pop(ip.canonical(address), None) is None:
            raise KernelError("ENOENT", f"neighbour {address} on {dev.name}")

    def flush(self, dev: Device | None, family: int | None) -> None:
        """Remove all entries but permanent ones."""
        for device in self._stack.namespace.devices.values() if dev is None else [dev]:
            for address, entry in list(device.neighbours.items()):
                if entry.state != "PERMANENT" and family in (None, ip.family(address)):
                    del device.neighbours[address]
