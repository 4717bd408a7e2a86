"""Why a packet can die, each with a plain sentence."""

from __future__ import annotations

from enum import Enum


class Reason(Enum):
    """The reason code of a dropped packet; ``sentence`` says it in words."""

    def __init__(self, code: str, sentence: str) -> None:
        self.code = code
        self.sentence = sentence

    DEVICE_DOWN = ("device-down", "The interface is administratively down.")
    NO_CARRIER = ("no-carrier", "The other end of the wire is down, so the interface has no carrier.")
    NO_ROUTE = ("no-route", "The routing table has no entry for the destination.")
    ROUTE_REFUSED = ("route-refused", "A route of kind unreachable, prohibit or blackhole ends the way here.")
    NEIGHBOUR_FAILED = ("neighbour-failed", "Nobody on the link answered the question who has this address.")
    PARENT_ISOLATION = (
        "macvlan-parent-isolation",
        "The stack of a parent interface and its macvlan children do not exchange frames.",
    )
    IPVLAN_PARENT_ISOLATION = (
        "ipvlan-parent-isolation",
        "The stack of a parent interface and its ipvlan children do not exchange broadcasts.",
    )
    MACVLAN_PRIVATE = ("macvlan-private", "In private mode macvlan siblings do not exchange frames.")
    MACVLAN_VEPA = (
        "macvlan-vepa",
        "In vepa mode frames for a sibling go to the switch, which does not send them back.",
    )
    IPVLAN_PRIVATE = ("ipvlan-private", "With the flag private ipvlan siblings do not exchange packets.")
    IPVLAN_L3_NO_BROADCAST = (
        "ipvlan-l3-no-broadcast",
        "ipvlan in L3 mode carries no broadcast or multicast.",
    )
    VLAN_NOT_ALLOWED = ("vlan-not-allowed", "The switch port is not a member of this VLAN.")
    VLAN_UNKNOWN = ("vlan-unknown", "The frame carries a VLAN tag for which no interface exists here.")
    FDB_NO_FLOOD = (
        "fdb-no-flood",
        "The switch does not know this MAC and does not flood to the port (port security).",
    )
    PORT_LOCKED = ("port-locked", "The switch port is locked and the sender's MAC is not in its table.")
    PORT_STOPPED = (
        "port-stopped",
        "The switch port is not in the state forwarding, so it carries no frames.",
    )
    PORT_ISOLATED = ("port-isolated", "Isolated switch ports do not exchange frames with each other.")
    SAME_PORT = ("same-port", "A switch does not send a frame out of the port on which it came in.")
    NO_PORT = ("no-port", "The bridge has no other port to send the frame to.")
    LOOP = ("loop", "The frame went round in a loop of bridges.")
    NOT_FOR_US = ("not-for-us", "The destination MAC is not the interface's own, so its stack ignores it.")
    NOT_LOCAL = ("not-local", "The address is not one of this machine, and it does not forward packets.")
    ARP_SUPPRESSED = ("arp-suppressed", "The interface does not take part in ARP (NOARP).")
    ARP_NOT_OURS = ("arp-not-ours", "The address asked for is not one of this machine.")
    FORWARDING_OFF = ("forwarding-off", "This machine does not forward packets (ip_forward=0).")
    REVERSE_PATH = ("reverse-path", "The source address fails the reverse path filter (rp_filter).")
    MARTIAN = ("martian", "The source address cannot be right on this interface.")
    TTL_EXPIRED = ("ttl-expired", "The time to live reached zero at a router.")
    MTU_EXCEEDED = ("mtu-exceeded", "The packet is larger than the MTU and must not be fragmented.")
    FILTER_DROP = ("filter-drop", "A firewall rule drops the packet.")
    FILTER_REJECT = ("filter-reject", "A firewall rule rejects the packet.")
    NO_LISTENER = ("no-listener", "No program listens on this port.")
    NO_RECEIVER = ("no-receiver", "No program here waits for this packet.")
    IGNORED = ("ignored", "The machine is told not to answer this.")
    IPV6_DISABLED = ("ipv6-disabled", "IPv6 is disabled on the interface.")
    WIRE_TO_NOWHERE = ("wire-to-nowhere", "The network behind this interface is not part of the model.")
    DEVICE_GONE = ("device-gone", "The interface was removed while the frame was on its way.")


# Ends that are no news: every machine that sees a broadcast and is not meant drops it for one of these.
QUIET = frozenset({Reason.NOT_FOR_US, Reason.ARP_NOT_OURS, Reason.NO_PORT, Reason.IPV6_DISABLED})
