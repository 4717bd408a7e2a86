"""A model of the Linux network stack in pure Python: frames really travel, time is simulated.

Every step of a packet is recorded, so that it can be asked for its way and for the reason it died.

Example:
    >>> kernel = Kernel(seed=1)
    >>> a, b = kernel.namespace("a"), kernel.namespace("b")
    >>> left, right = a.add_veth("eth0", "eth0", peer_namespace=b)
    >>> for device, address in ((left, "10.0.0.1/24"), (right, "10.0.0.2/24")):
    ...     device.set_up()
    ...     _ = device.add_address(address)
    >>> kernel.ping(a, "10.0.0.2").reply.ttl
    64
"""

from .bridge import Bridge, BridgePort
from .device import Device
from .dhcp import DhcpClient, DhcpServer, Lease
from .echo import EchoReply, EchoSocket, Probe
from .errors import KernelError
from .explain import PingResult, Verdict
from .fdb import BridgeVlan, FdbEntry
from .fib import Route, RouteResult
from .fragments import opened
from .frames import (
    ETH_ARP,
    ETH_IPV4,
    ETH_IPV6,
    ICMP,
    ICMPV6,
    TCP,
    UDP,
    Arp,
    Echo,
    Fragment,
    Frame,
    IcmpError,
    IpPacket,
    Mld,
    Ndp,
    Tcp,
    Udp,
    packet,
)  # fmt: skip
from .icmp import IcmpNotice, icmp_numbers
from .inet import Address
from .ipvlan import Ipvlan
from .kernel import Kernel
from .kerneltimer import Timer
from .links import Dummy, Loopback, Nic, Veth, Vlan
from .listeners import Listener
from .macvlan import Macvlan
from .namespace import Namespace
from .neighbour import Neighbour
from .netfilter import Chain, Netfilter, Table
from .proxies import UdpProxy, tcp_proxy
from .raw import ArpProbe, ArpReply, Capture, Captured, PacketSocket
from .reasons import Reason
from .route_exceptions import RouteException
from .rules import Rule
from .sockets import SocketInfo
from .tcp import TcpConnection
from .trace import Action, End, Step, Trace
from .udp import Datagram, UdpSocket

__all__ = [
    "ETH_ARP", "ETH_IPV4", "ETH_IPV6", "ICMP", "ICMPV6", "TCP", "UDP", "Action", "Address", "Arp", "ArpProbe",
    "ArpReply", "Bridge", "BridgePort", "BridgeVlan", "Capture", "Captured", "Chain", "Datagram", "Device",
    "DhcpClient", "DhcpServer", "Dummy",
    "Echo", "EchoReply", "EchoSocket", "End", "FdbEntry", "Fragment", "Frame", "IcmpError", "IcmpNotice", "IpPacket", "Ipvlan",
    "Kernel", "KernelError", "Lease", "Listener", "Loopback", "Macvlan", "Mld", "Namespace", "Ndp", "Neighbour", "Netfilter",
    "Nic", "PacketSocket", "PingResult", "Probe", "Reason", "Route", "RouteException", "RouteResult", "Rule", "SocketInfo",
    "Step", "Table", "Tcp", "TcpConnection", "Timer", "Trace", "Udp", "UdpProxy", "UdpSocket", "Verdict", "Veth", "Vlan",
    "icmp_numbers", "opened", "packet", "tcp_proxy",
]  # fmt: skip
