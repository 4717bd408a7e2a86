"""DHCP: a server with a pool and a client, over frames that cross the LAN (RFC 2131)."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from . import addresses as ip
from .device import Device
from .frames import ETH_IPV4, UDP, Frame, IpPacket, Udp, packet
from .kerneltimer import Timer
from .raw import PacketSocket
from .udp import UdpSocket

if TYPE_CHECKING:
    from .namespace import Namespace

DISCOVER, OFFER, REQUEST, DECLINE, ACK, NAK, RELEASE = range(1, 8)
COOKIE: Final = b"\x63\x82\x53\x63"
BROADCAST_FLAG = 0x8000


@dataclass(frozen=True, slots=True)
class DhcpMessage:
    """A DHCP message; ``options`` by number, as bytes."""

    op: int
    xid: int
    client_mac: str
    kind: int
    client_ip: str = "0.0.0.0"
    your_ip: str = "0.0.0.0"
    server_ip: str = "0.0.0.0"
    flags: int = 0
    options: dict[int, bytes] = field(default_factory=dict)

    def encode(self) -> bytes:
        """The bytes on the wire, padded to the 300 of BOOTP."""
        mac = bytes(int(part, 16) for part in self.client_mac.split(":"))
        head = struct.pack("!BBBBIHH", self.op, 1, 6, 0, self.xid, 0, self.flags)
        numbers = [
            ip.number(a).to_bytes(4, "big") for a in (self.client_ip, self.your_ip, self.server_ip, "0.0.0.0")
        ]
        body = head + b"".join(numbers) + mac.ljust(16, b"\0") + bytes(192) + COOKIE
        for number, value in {53: bytes([self.kind]), **self.options}.items():
            body += bytes([number, len(value)]) + value
        return (body + b"\xff").ljust(300, b"\0")

    @classmethod
    def decode(cls, data: bytes) -> DhcpMessage | None:
        """The message of some bytes, None where they are none."""
        if len(data) < 241 or data[236:240] != COOKIE:
            return None
        op, _, _, _, xid, _, flags = struct.unpack("!BBBBIHH", data[:12])
        client, your, server = (ip.text(int.from_bytes(data[i : i + 4], "big"), 4) for i in (12, 16, 20))
        mac = ":".join(f"{byte:02x}" for byte in data[28:34])
        options: dict[int, bytes] = {}
        at = 240
        while at < len(data) and data[at] != 255:
            if data[at] == 0:
                at += 1
                continue
            if at + 1 >= len(data):
                return None
            length = data[at + 1]
            options[data[at]] = data[at + 2 : at + 2 + length]
            at += 2 + length
        kind = options.pop(53, b"\0")
        return cls(op, xid, mac, kind[0] if kind else 0, client, your, server, flags, options)


CLASSLESS_ROUTES: Final = 121


def packed_routes(routes: tuple[tuple[str, str], ...]) -> bytes:
    """Routes (prefix, gateway) as option 121 carries them (RFC 3442): prefix length, its significant bytes, gateway."""
    data = b""
    for destination, gateway in routes:
        address, _, length = destination.partition("/")
        significant = (int(length) + 7) // 8
        data += bytes([int(length)]) + _packed(address)[:significant] + _packed(gateway)
    return data


def unpacked_routes(data: bytes) -> tuple[tuple[str, str], ...]:
    """The routes of option 121; what is cut off at its end is left out."""
    routes, at = [], 0
    while at < len(data):
        length = data[at]
        significant = (length + 7) // 8
        part = data[at + 1 : at + 1 + significant + 4]
        if length > 32 or len(part) < significant + 4:
            break
        address = ip.text(int.from_bytes(part[:significant].ljust(4, b"\0"), "big"), 4)
        routes.append((f"{address}/{length}", ip.text(int.from_bytes(part[significant:], "big"), 4)))
        at += 1 + significant + 4
    return tuple(routes)


def _packed(*addresses: str) -> bytes:
    return b"".join(ip.number(a).to_bytes(4, "big") for a in addresses)


@dataclass(frozen=True, slots=True)
class Lease:
    """What a client was given; times in seconds."""

    address: str
    prefixlen: int
    server: str
    router: str | None
    dns: tuple[str, ...]
    lease_time: float
    obtained: float
    routes: tuple[tuple[str, str], ...] = ()

    def apply(self, dev: Device) -> None:
        """Configure a device as udhcpc's script does: the address, and the default route."""
        dev.flush_addresses(4)
        dev.add_address(f"{self.address}/{self.prefixlen}", broadcast="+")
        if self.router is not None:
            dev.namespace.add_route("default", via=self.router, dev=dev, replace=True)


class DhcpServer:
    """Gives out the addresses of a pool in order; a client gets the one it had, or asks for, where free."""

    def __init__(
        self,
        namespace: Namespace,
        dev: Device,
        first: str,
        last: str,
        netmask: str | None = None,
        router: str | None = None,
        dns: tuple[str, ...] = (),
        lease_time: float = 3600.0,
        owner: str = "dnsmasq",
        routes: tuple[tuple[str, str], ...] = (),
    ) -> None:
        self.namespace = namespace
        self.dev = dev
        self.first, self.last = ip.number(ip.canonical(first)), ip.number(ip.canonical(last))
        own = next((a for a in dev.addresses if a.family == 4 and ip.within(first, a.network)), None)
        self.netmask = netmask or ip.text(ip.mask(own.prefixlen if own else 24, 4), 4)
        self.router = router
        self.dns = dns
        self.routes = routes
        self.lease_time = lease_time
        self.leases: dict[str, tuple[str, float]] = {}
        self._socket = namespace.udp_socket()
        self._socket.owner = owner
        self._socket.broadcast = True
        self._socket.bind("0.0.0.0", 67, dev, reuse=True)
        self._socket.on_datagram = self._received

    def close(self) -> None:
        """Stop serving."""
        self._socket.close()

    def _received(self, _: UdpSocket, data: bytes, source: tuple[str, int]) -> None:
        message = DhcpMessage.decode(data)
        if message is None or message.op != 1:
            return
        if message.kind == DISCOVER:
            address = self._choose(message)
            if address is not None:
                self._answer(message, OFFER, address)
        elif message.kind == REQUEST:
            self._request(message)
        elif message.kind == RELEASE:
            self.leases.pop(message.client_mac, None)

    def _request(self, message: DhcpMessage) -> None:
        asked = message.options.get(54)
        if asked is not None and asked != _packed(self.address):
            return
        wanted = message.options.get(50)
        address = ip.text(int.from_bytes(wanted, "big"), 4) if wanted else message.client_ip
        if not self._free(address, message.client_mac):
            self._answer(message, NAK, "0.0.0.0")
            return
        self.leases[message.client_mac] = (address, self.namespace.kernel.now + self.lease_time)
        self._answer(message, ACK, address)

    @property
    def address(self) -> str:
        """The server's own address."""
        return self.namespace.stack.routing.source(self.dev, ip.text(self.first, 4)) or "0.0.0.0"

    def _free(self, address: str, mac: str) -> bool:
        if not self.first <= ip.number(address) <= self.last or address == self.address:
            return False
        now = self.namespace.kernel.now
        return not any(
            held == address and owner != mac and until > now for owner, (held, until) in self.leases.items()
        )

    def _choose(self, message: DhcpMessage) -> str | None:
        held = self.leases.get(message.client_mac)
        wanted = message.options.get(50)
        candidates = [held[0]] if held else []
        if wanted:
            candidates.append(ip.text(int.from_bytes(wanted, "big"), 4))
        for candidate in candidates:
            if self._free(candidate, message.client_mac):
                return candidate
        for value in range(self.first, self.last + 1):
            candidate = ip.text(value, 4)
            if self._free(candidate, message.client_mac):
                # An offer is held for a while, so that two clients do not get the same.
                self.leases.setdefault(message.client_mac, (candidate, self.namespace.kernel.now + 60.0))
                return candidate
        return None

    def _answer(self, message: DhcpMessage, kind: int, address: str) -> None:
        options = {54: _packed(self.address)}
        if kind != NAK:
            options |= {51: int(self.lease_time).to_bytes(4, "big"), 1: _packed(self.netmask)}
            options[28] = _packed(ip.text(ip.number(address) | ~ip.number(self.netmask) & 0xFFFFFFFF, 4))
            if self.router is not None:
                options[3] = _packed(self.router)
            if self.dns:
                options[6] = _packed(*self.dns)
            if self.routes:
                options[CLASSLESS_ROUTES] = packed_routes(self.routes)
        reply = DhcpMessage(
            2, message.xid, message.client_mac, kind, "0.0.0.0", address, self.address, message.flags, options
        )
        to_all = kind == NAK or bool(message.flags & BROADCAST_FLAG)
        # A client without an address cannot answer ARP: the frame goes to its MAC straight.
        dst, mac = (ip.LIMITED_BROADCAST, ip.BROADCAST_MAC) if to_all else (address, message.client_mac)
        p = packet(self.address, dst, UDP, Udp(67, 68, reply.encode()))
        kernel = self.namespace.kernel
        trace = kernel.new_trace(p, self.namespace.stack.udp.current)
        self.dev.transmit(Frame(self.dev.mac, mac, ETH_IPV4, p, trace))


class DhcpClient:
    """Asks for an address; it configures nothing, ``lease.apply(dev)`` does."""

    RETRY = 3.0

    def __init__(
        self, namespace: Namespace, dev: Device, hostname: str = "", tries: int = 3, broadcast: bool = False
    ) -> None:
        self.namespace = namespace
        self.dev = dev
        self.hostname = hostname
        self.tries = tries
        # Whether the server shall answer to everybody, not to the client's MAC (RFC 2131 section 4.1).
        self.broadcast = broadcast
        self.retry = self.RETRY
        self.lease: Lease | None = None
        self.events: list[tuple[float, str]] = []
        self._xid = namespace.kernel.random.getrandbits(32)
        self._socket: PacketSocket | None = None
        self._timer: Timer | None = None
        self._left = tries
        self._selected: DhcpMessage | None = None

    @property
    def failed(self) -> bool:
        """Whether it gave up."""
        return self.lease is None and self._socket is None and bool(self.events)

    def start(self) -> None:
        """Begin to ask (ENETDOWN); ``lease`` is set, or ``failed`` true, after some simulated time."""
        self._socket = PacketSocket(self.dev, ETH_IPV4)
        self._socket.on_frame = self._frame
        self._left = self.tries
        self._discover()

    def close(self) -> None:
        """Stop."""
        if self._timer is not None:
            self._timer.cancel()
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _event(self, text: str) -> None:
        self.events.append((self.namespace.kernel.now, text))

    def _discover(self) -> None:
        if self._left == 0:
            self._event("no lease, failing")
            self.close()
            return
        self._left -= 1
        self._selected = None
        self._event("broadcasting discover")
        self._send(DISCOVER, {})
        self._timer = self.namespace.kernel.call_later(self.retry, self._discover)

    def _send(self, kind: int, options: dict[int, bytes]) -> None:
        options = {61: b"\x01" + bytes(int(x, 16) for x in self.dev.mac.split(":")), **options}
        options[55] = bytes([1, 3, 6, 12, 15, 28, 42])
        if self.hostname:
            options[12] = self.hostname.encode()
        flags = BROADCAST_FLAG if self.broadcast else 0
        message = DhcpMessage(1, self._xid, self.dev.mac, kind, flags=flags, options=options)
        p = packet("0.0.0.0", ip.LIMITED_BROADCAST, UDP, Udp(68, 67, message.encode()))
        trace = self.namespace.kernel.new_trace(p)
        assert self._socket is not None
        self._socket.send(Frame(self.dev.mac, ip.BROADCAST_MAC, ETH_IPV4, p, trace))

    def _frame(self, frame: Frame) -> None:
        p = frame.payload
        if not isinstance(p, IpPacket) or not isinstance(p.payload, Udp) or p.payload.dport != 68:
            return
        if frame.dst not in (self.dev.mac, ip.BROADCAST_MAC):
            return
        message = DhcpMessage.decode(p.payload.data)
        if (
            message is None
            or message.op != 2
            or message.xid != self._xid
            or message.client_mac != self.dev.mac
        ):
            return
        if message.kind == OFFER and self._selected is None:
            self._selected = message
            server = message.options.get(54, b"")
            where = ip.text(int.from_bytes(server, "big"), 4)
            self._event(f"broadcasting select for {message.your_ip}, server {where}")
            self._send(REQUEST, {50: _packed(message.your_ip), 54: server})
        elif message.kind == ACK and self._selected is not None:
            self.lease = _lease(message, self.namespace.kernel.now)
            self._event(
                f"lease of {self.lease.address} obtained from {self.lease.server}, "
                f"lease time {int(self.lease.lease_time)}"
            )
            self.close()
        elif message.kind == NAK and self._selected is not None:
            self._event("received DHCP NAK")
            self._selected = None


def _lease(message: DhcpMessage, now: float) -> Lease:
    def addresses(option: int) -> tuple[str, ...]:
        value = message.options.get(option, b"")
        return tuple(ip.text(int.from_bytes(value[i : i + 4], "big"), 4) for i in range(0, len(value) - 3, 4))

    mask = addresses(1)
    return Lease(
        message.your_ip,
        bin(ip.number(mask[0])).count("1") if mask else 24,
        (addresses(54) or (message.server_ip,))[0],
        (addresses(3) or (None,))[0],
        addresses(6),
        float(int.from_bytes(message.options.get(51, b"\0"), "big")),
        now,
        unpacked_routes(message.options.get(CLASSLESS_ROUTES, b"")),
    )
