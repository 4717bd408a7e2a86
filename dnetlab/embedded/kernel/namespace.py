"""A network namespace: its devices, and the doors to its stack, firewall, sysctls and sockets."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from .addresses import BROADCAST_MAC
from .bridge import Bridge
from .device import Device
from .echo import EchoSocket
from .errors import KernelError
from .ipvlan import Ipvlan
from .links import Dummy, Loopback, Nic, Veth, Vlan
from .listeners import Listener
from .macvlan import Macvlan
from .netfilter import Netfilter
from .raw import ArpProbe, Capture, Captured, PacketSocket
from .sockets import SocketInfo
from .stack import Stack
from .sysctl import Sysctls
from .tcp import TcpConnection
from .udp import UdpSocket

if TYPE_CHECKING:
    from .fib import Route, RouteResult
    from .kernel import Kernel
    from .neighbour import Neighbour
    from .route_exceptions import RouteException

NAME = re.compile(r"[^\s/:]{1,15}\Z")


class Namespace:
    """One network namespace of a kernel; made by ``Kernel.namespace``."""

    def __init__(self, kernel: Kernel, name: str, inode: int) -> None:
        self.kernel = kernel
        self.name = name
        self.inode = inode
        self.devices: dict[str, Device] = {}
        self._by_index: dict[int, Device] = {}
        self._next_index = 1
        # The numbers by which this namespace knows others.
        self.nsids: dict[Namespace, int] = {}
        self._netfilter: dict[int, Netfilter] = {}
        self.sysctl = Sysctls(self, self._sysctl_changed)
        self.stack = Stack(self)
        self.lo = Loopback(self)
        self.adopt(self.lo, "lo")

    def _sysctl_changed(self, name: str, value: str) -> None:
        self.stack.sysctl_changed(name, value)

    # devices ---------------------------------------------------------------------------------------------

    def device(self, name: str) -> Device:
        """The device of a name (ENODEV)."""
        try:
            return self.devices[name]
        except KeyError:
            raise KernelError("ENODEV", name) from None

    def find_index(self, index: int) -> Device | None:
        """The device with an ifindex, None where there is none."""
        return self._by_index.get(index)

    def by_index(self, index: int) -> Device:
        """The device with an ifindex (ENODEV)."""
        found = self._by_index.get(index)
        if found is None:
            raise KernelError("ENODEV", f"ifindex {index}")
        return found

    def nsid(self, other: Namespace) -> int:
        """The number that this namespace knows another by (``link-netnsid``); given when first needed."""
        if other not in self.nsids:
            used = set(self.nsids.values())
            self.nsids[other] = next(i for i in range(len(used) + 1) if i not in used)
        return self.nsids[other]

    def forget(self, other: Namespace) -> None:
        """Another namespace is gone: its number is free again."""
        self.nsids.pop(other, None)

    def check_name(self, name: str, device: Device | None = None) -> None:
        """Refuse a device name (EINVAL, EEXIST)."""
        if len(name) > 15:
            raise KernelError("ERANGE", f"device name {name!r}")
        if not NAME.match(name) or name in (".", "..", "all", "default"):
            raise KernelError("EINVAL", f"device name {name!r}")
        if name in self.devices and self.devices[name] is not device:
            raise KernelError("EEXIST", f"device {name}")

    def adopt(self, device: Device, name: str) -> None:
        """Take a device in; it keeps its ifindex where that is free here."""
        if device.ifindex == 0 or device.ifindex in self._by_index:
            while self._next_index in self._by_index:
                self._next_index += 1
            device.ifindex = self._next_index
            self._next_index += 1
        device.namespace = self
        device.name = name
        last = next(reversed(self.devices.values()), device)
        self._by_index[device.ifindex] = device
        self.devices[name] = device
        if device.ifindex < last.ifindex:
            self.devices = dict(sorted(self.devices.items(), key=lambda item: item[1].ifindex))
        self.sysctl.add_device(name)
        self.stack.device_added(device)

    def remove(self, device: Device) -> None:
        """Let a device go that moves away or dies."""
        del self.devices[device.name]
        del self._by_index[device.ifindex]
        self.sysctl.remove_device(device.name)
        self.stack.device_removed(device)

    def rename(self, device: Device, name: str) -> None:
        """Give a device another name."""
        if name == device.name:
            return
        self.check_name(name)
        if device.kind == "loopback":
            raise KernelError("EINVAL", "loopback cannot be renamed")
        old = device.name
        self.devices = {name if key == old else key: value for key, value in self.devices.items()}
        device.name = name
        self.sysctl.remove_device(old)
        self.sysctl.add_device(name)
        if device.port is not None:
            device.port.bridge.port_renamed(old, device)

    def _link(self, link: Device | str) -> Device:
        return self.device(link) if isinstance(link, str) else link

    def add_dummy(self, name: str, mac: str | None = None, mtu: int = 1500, txqueuelen: int = 1000) -> Dummy:
        """Create a dummy interface (EEXIST, EINVAL)."""
        self.check_name(name)
        device = Dummy(self, name, mac, mtu, txqueuelen)
        self.adopt(device, name)
        return device

    def add_nic(self, name: str, mac: str | None = None, mtu: int = 1500, txqueuelen: int = 1000) -> Nic:
        """Create a NIC on a network that is not modelled (EEXIST, EINVAL)."""
        self.check_name(name)
        device = Nic(self, name, mac, mtu, txqueuelen)
        self.adopt(device, name)
        return device

    def add_veth(
        self,
        name: str,
        peer_name: str,
        peer_namespace: Namespace | None = None,
        mac: str | None = None,
        peer_mac: str | None = None,
        mtu: int = 1500,
        txqueuelen: int = 1000,
    ) -> tuple[Veth, Veth]:
        """Create a veth pair: ``name`` here, ``peer_name`` here or in another namespace (EEXIST, EINVAL)."""
        there = peer_namespace or self
        self.check_name(name)
        there.check_name(peer_name)
        if there is self and name == peer_name:
            raise KernelError("EEXIST", f"device {name}")
        peer = Veth(there, peer_name, peer_mac, mtu, txqueuelen)
        device = Veth(self, name, mac, mtu, txqueuelen)
        device.peer, peer.peer = peer, device
        # The kernel registers the peer first, which decides who gets the lower index.
        there.adopt(peer, peer_name)
        self.adopt(device, name)
        self._know(there)
        return device, peer

    def _know(self, other: Namespace) -> None:
        if other is not self:
            self.nsid(other)
            other.nsid(self)

    def add_bridge(
        self,
        name: str,
        vlan_filtering: bool = False,
        ageing_time: float = 300.0,
        mac: str | None = None,
        mtu: int = 1500,
        txqueuelen: int = 1000,
    ) -> Bridge:
        """Create a bridge; ageing_time in seconds (EEXIST, EINVAL)."""
        self.check_name(name)
        device = Bridge(self, name, mac, mtu, txqueuelen, vlan_filtering, ageing_time)
        self.adopt(device, name)
        return device

    def add_vlan(
        self,
        name: str,
        link: Device | str,
        vid: int,
        mac: str | None = None,
        namespace: Namespace | None = None,
        txqueuelen: int = 1000,
    ) -> Vlan:
        """Create an 802.1Q sub-interface of a device (EEXIST, ERANGE, EOPNOTSUPP)."""
        there = namespace or self
        there.check_name(name)
        device = Vlan(there, name, self._link(link), vid, mac, txqueuelen)
        there.adopt(device, name)
        self._know(there)
        return device

    def add_macvlan(
        self,
        name: str,
        link: Device | str,
        mode: str = "bridge",
        mac: str | None = None,
        namespace: Namespace | None = None,
        txqueuelen: int = 1000,
    ) -> Macvlan:
        """Create a macvlan child of a device (EBUSY, EINVAL, EEXIST)."""
        there = namespace or self
        there.check_name(name)
        device = Macvlan(there, name, self._link(link), mode, mac, txqueuelen)
        there.adopt(device, name)
        self._know(there)
        return device

    def add_ipvlan(
        self,
        name: str,
        link: Device | str,
        mode: str = "l2",
        flag: str = "bridge",
        namespace: Namespace | None = None,
        txqueuelen: int = 1000,
    ) -> Ipvlan:
        """Create an ipvlan child of a device (EBUSY, EINVAL, EEXIST)."""
        there = namespace or self
        there.check_name(name)
        device = Ipvlan(there, name, self._link(link), mode, flag, txqueuelen)
        there.adopt(device, name)
        self._know(there)
        return device

    def delete(self) -> None:
        """Remove this namespace and all that is in it."""
        self.kernel.delete_namespace(self)

    def dissolve(self) -> None:
        """Destroy sockets and devices; called by the kernel when the namespace goes."""
        self.stack.close_all()
        for device in list(self.devices.values()):
            if self.devices.get(device.name) is device:
                device.destroy()

    # doors -----------------------------------------------------------------------------------------------

    def netfilter(self, family: int = 4) -> Netfilter:
        """The firewall of a family: tables raw, mangle, nat and filter."""
        found = self._netfilter.get(family)
        if found is None:
            found = self._netfilter[family] = Netfilter(family)
            self.stack.attach_netfilter(family, found)
        return found

    def add_route(
        self,
        dst: str,
        via: str | None = None,
        dev: Device | str | None = None,
        metric: int | None = None,
        scope: str | None = None,
        proto: str = "boot",
        src: str | None = None,
        onlink: bool = False,
        kind: str = "unicast",
        replace: bool = False,
        append: bool = False,
    ) -> Route:
        """Add a route (EEXIST, ENETUNREACH, EINVAL, ENODEV, ENETDOWN).

        With ``append`` it stands behind those to the same prefix with the same metric, and is used when they are gone.
        """
        device = self.device(dev) if isinstance(dev, str) else dev
        return self.stack.routing.add(
            dst, via, device, metric, scope, proto, src, onlink, kind, replace, append
        )

    def remove_route(
        self,
        dst: str,
        via: str | None = None,
        dev: Device | str | None = None,
        metric: int | None = None,
    ) -> None:
        """Remove the first route that fits (ESRCH)."""
        device = self.device(dev) if isinstance(dev, str) else dev
        self.stack.routing.remove(dst, via, device, metric)

    def routes(self, family: int = 4, table: str = "main") -> list[Route]:
        """The routes of a table, "main" or "local", in the order of ``ip route``."""
        return self.stack.routing.listing(family, table)

    def route_get(self, dst: str, src: str | None = None, dev: Device | str | None = None) -> RouteResult:
        """Where a packet to an address would go (ENETUNREACH, EHOSTUNREACH, EACCES, EINVAL)."""
        device = self.device(dev) if isinstance(dev, str) else dev
        return self.stack.routing.get(dst, src, device)

    def route_exceptions(self, family: int = 4) -> list[tuple[Route, RouteException]]:
        """What routers said of single destinations, with the routes it hangs on."""
        return list(self.stack.routing.exceptions.listing(family))

    def left(self, exception: RouteException) -> float:
        """Seconds for which an exception still counts."""
        return exception.expires - self.stack.clock.now

    def flush_route_exceptions(self, family: int = 4) -> None:
        """Forget what routers said (``ip route flush cache``)."""
        self.stack.routing.flush_exceptions(family)

    def neighbours(self, family: int | None = None, dev: Device | str | None = None) -> list[Neighbour]:
        """The neighbour table, device by device."""
        device = self.device(dev) if isinstance(dev, str) else dev
        return self.stack.neighbours.listing(family, device)

    def set_neighbour(
        self, address: str, dev: Device | str, mac: str, state: str = "PERMANENT", replace: bool = True
    ) -> None:
        """Set an entry by hand (EEXIST without replace)."""
        self.stack.neighbours.set(address, self._link(dev), mac, state, replace)

    def remove_neighbour(self, address: str, dev: Device | str) -> None:
        """Remove an entry (ENOENT)."""
        self.stack.neighbours.remove(address, self._link(dev))

    def flush_neighbours(self, dev: Device | str | None = None, family: int | None = None) -> None:
        """Remove all entries but permanent ones."""
        device = self.device(dev) if isinstance(dev, str) else dev
        self.stack.neighbours.flush(device, family)

    def echo_socket(self, family: int = 4) -> EchoSocket:
        """A socket for ICMP echo requests."""
        return self.stack.echo.open(family)

    def udp_socket(self, family: int = 4) -> UdpSocket:
        """A UDP socket, not bound."""
        return self.stack.udp.open(family)

    def tcp_listen(
        self,
        address: str,
        port: int,
        on_accept: Callable[[TcpConnection], object] | None = None,
        handler: Callable[[bytes], bytes | None] | None = None,
        v6only: bool = False,
        backlog: int = 128,
        owner: str = "",
    ) -> Listener:
        """Listen for TCP connections (EADDRINUSE, EADDRNOTAVAIL).

        Args:
            handler: gets all bytes of a request so far; returns the response, or None to wait for more.
                After the response the connection is closed.
            on_accept: gets each connection instead, for anything else.
            owner: the program's name for ss, such as "docker-proxy".
        """
        return self.stack.tcp.listen(address, port, on_accept, handler, v6only, backlog, owner)

    def tcp_connect(
        self, address: str, port: int, src: str | None = None, src_port: int | None = None, ttl: int = 64
    ) -> TcpConnection:
        """Begin to connect (ENETUNREACH, EHOSTUNREACH, EADDRNOTAVAIL, EADDRINUSE)."""
        return self.stack.tcp.connect(address, port, src, src_port, ttl)

    def sockets(self) -> list[SocketInfo]:
        """All UDP and TCP sockets, for ss."""
        return self.stack.udp.infos() + self.stack.tcp.infos()

    def packet_socket(self, dev: Device | str, ethertype: int | None = None) -> PacketSocket:
        """A socket for whole frames of a device."""
        return PacketSocket(self._link(dev), ethertype)

    def arping(
        self, dev: Device | str, address: str, src: str | None = None, to: str = BROADCAST_MAC
    ) -> ArpProbe:
        """Ask everybody on a link, or one MAC, who has an address (EOPNOTSUPP without ARP, ENETDOWN)."""
        return ArpProbe(self, self._link(dev), address, src, to)

    def capture(
        self,
        dev: Device | str | None = None,
        on_frame: Callable[[Captured], object] | None = None,
        limit: int | None = None,
    ) -> Capture:
        """Look at the frames of a device, or of all that the namespace has now."""
        devices = list(self.devices.values()) if dev is None else [self._link(dev)]
        return Capture(devices, on_frame, limit)

    def __repr__(self) -> str:
        return f"<Namespace {self.name}>"
