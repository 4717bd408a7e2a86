"""Devices as ``ip link`` and ``ip address`` print them (iproute2 6.15): text, one line, brief, JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .ip_common import Options

if TYPE_CHECKING:
    from dnetlab.embedded.kernel import Address, Bridge, Device, Namespace

    from .process import Process

FOREVER = 4294967295
GSO = 65536
TSO_HARDWARE = 524280
"""tso_max_size of veth and loopback (drivers/net/veth.c: GSO_MAX_SIZE = 8 * GSO_LEGACY_MAX_SIZE - ...)."""

ADDRESS_MODES = ("eui64", "none", "stable_secret", "random")
"""By the number in the sysctl addr_gen_mode."""

NO_QUEUE_KINDS = {"nic": "fq_codel"}
STATES = {"disabled": 0, "forwarding": 3}
SCOPE_ORDER = ("host", "global", "site", "link")

BRIDGE_TAIL = (
    ("vlan_stats_enabled", 0), ("vlan_stats_per_port", 0), ("group_fwd_mask", 0),
    ("group_address", "01:80:c2:00:00:00"), ("mcast_snooping", 1), ("no_linklocal_learn", 0),
    ("mcast_vlan_snooping", 0), ("mst_enabled", 0), ("mcast_router", 1), ("mcast_query_use_ifaddr", 0),
    ("mcast_querier", 0), ("mcast_hash_elasticity", 16), ("mcast_hash_max", 4096),
    ("mcast_last_member_count", 2), ("mcast_startup_query_count", 2), ("mcast_last_member_interval", 100),
    ("mcast_membership_interval", 26000), ("mcast_querier_interval", 25500), ("mcast_query_interval", 12500),
    ("mcast_query_response_interval", 1000), ("mcast_startup_query_interval", 3125),
    ("mcast_stats_enabled", 0), ("mcast_igmp_version", 2), ("mcast_mld_version", 1), ("nf_call_iptables", 0),
    ("nf_call_ip6tables", 0), ("nf_call_arptables", 0),
)  # fmt: skip
"""Bridge options that the model does not have; values of a new bridge (golden user-bridge/names.txt)."""


def state_words(device: Device, options: Options) -> str:
    """The operational state, with a blank at the end."""
    state = device.operstate
    return options.paint(state, f"{state} ")


def flags(device: Device) -> list[str]:
    """The flags between the angle brackets; M-DOWN where the device below is in sight and down."""
    shown = list(device.flags)
    if device.kind == "ipvlan" and not device.up and "NOARP" in shown:
        # Set when it is opened only (drivers/net/ipvlan/ipvlan_main.c).
        shown.remove("NOARP")
    link = device.link
    if link is not None and link.namespace is device.namespace and not link.up:
        shown.append("M-DOWN")
    return shown


def qdisc(device: Device) -> str:
    if not (device.up or getattr(device, "ever_up", False)):
        return "noop"
    return NO_QUEUE_KINDS.get(device.kind, "noqueue")


def full_name(device: Device) -> str:
    """NAME, NAME@LOWER where the lower device is in the same namespace, else NAME@ifINDEX."""
    link = device.link
    if link is None:
        return device.name
    return f"{device.name}@{link.name if link.namespace is device.namespace else f'if{link.ifindex}'}"


def group_name(number: int) -> str:
    """The name of a device group (/etc/iproute2/group)."""
    return "default" if number == 0 else str(number)


def queue_length(device: Device) -> str:
    return f"qlen {device.txqueuelen}" if device.txqueuelen else ""


def link_type(device: Device) -> str:
    return "loopback" if device.kind == "loopback" else "ether"


def broadcast(device: Device) -> str:
    return "00:00:00:00:00:00" if device.kind == "loopback" else "ff:ff:ff:ff:ff:ff"


def all_multicast(device: Device) -> int:
    """How many want all multicast; a bridge is one of them for its ports (net/bridge/br_if.c)."""
    return device.allmulti or int(device.master is not None)


def netns_id(device: Device) -> int | None:
    """The id of the namespace that the device below is in, None where it is the same one."""
    link = device.link
    if link is None or link.namespace is device.namespace:
        return None
    return device.namespace.nsid(link.namespace)


def netns_words(process: Process, device: Device) -> str:
    number = netns_id(device)
    if number is None or device.link is None:
        return ""
    name = netns_name(process, device.link.namespace)
    return f" link-netns {name}" if name else f" link-netnsid {number}"


def netns_name(process: Process, namespace: Namespace) -> str | None:
    """The name that ``ip netns`` of this container knows a namespace by."""
    return next((name for name, known in process.context.netns.items() if known is namespace), None)


def head(device: Device, options: Options, mode: bool) -> str:
    """The first line of a device, without a newline."""
    master = f"master {device.master.name} " if device.master is not None else ""
    name = f"{device.ifindex}: {options.paint('ifname', f'{full_name(device)}: ')}"
    state = state_words(device, options)
    if options.family == 6 and not mode:
        # The IPv6 half of the kernel answers this dump and knows no qdisc and no group.
        return (
            f"{name}<{','.join(flags(device))}> mtu {device.mtu} {master}state {state}{queue_length(device)}"
        )
    return (
        f"{name}<{','.join(flags(device))}> mtu {device.mtu}"
        f" qdisc {qdisc(device)} {master}state {state}{'mode DEFAULT ' if mode else ''}"
        f"group {group_name(device.group)} {queue_length(device)}"
    )


def text(process: Process, device: Device, options: Options, mode: bool = True) -> str:
    """A device with its hardware address and, as the options ask, details and counters."""
    new = "\\" if options.oneline else "\n"
    shown = head(device, options, mode)
    if options.family in (None, 0) or mode:
        mac, brd = options.paint("mac", device.mac), options.paint("mac", broadcast(device))
        shown += f"{new}    link/{link_type(device)} {mac} brd {brd}"
    if options.family != 6 or mode:
        shown += netns_words(process, device)
    if options.details and (options.family in (None, 0) or mode):
        shown += _details(device, new, mode)
    alias = getattr(device, "alias", "")
    if alias:
        shown += f"{new}    alias {alias}"
    if options.stats and mode:
        shown += counters(device, options, new)
    return shown + "\n"


def tso_size(device: Device) -> int:
    """tso_max_size: what the device below can do; software devices without one have the old limit."""
    if device.kind == "dummy":
        return GSO
    if device.kind == "bridge":
        ports = getattr(device, "ports", {})
        # What the last port could do stays when it has gone (net/bridge/br_if.c: br_set_gso_limits).
        left = TSO_HARDWARE if getattr(device, "had_ports", False) else GSO
        return min((tso_size(port.device) for port in ports.values()), default=left)
    if device.kind in ("vlan", "macvlan", "ipvlan") and device.link is not None:
        return tso_size(device.link)
    return TSO_HARDWARE


def _details(device: Device, new: str, mode: bool) -> str:
    low, high = device.mtu_limits
    shown = f" promiscuity {device.promiscuity} allmulti {all_multicast(device)} minmtu {low} maxmtu {high} "
    kind = kind_words(device)
    if kind:
        shown += f"{new}    {kind}"
    if device.master is not None:
        shown += f"{new}    bridge_slave {slave_words(device)}"
    tail = f"numtxqueues 1 gso_max_size {GSO} gso_max_segs 65535 tso_max_size {tso_size(device)} tso_max_segs 65535"
    tail += f" gro_max_size {GSO} gso_ipv4_max_size {GSO} gro_ipv4_max_size {GSO} "
    return shown + (f"addrgenmode {address_mode(device)} " if mode else "") + tail


def address_mode(device: Device) -> str:
    """How IPv6 makes the device's link-local address."""
    return ADDRESS_MODES[device.namespace.sysctl.conf(6, device.name, "addr_gen_mode")]


def kind_words(device: Device) -> str:
    """The kind of a device and its settings, with a blank at the end."""
    if device.kind in ("loopback", "nic"):
        return ""
    if device.kind == "vlan":
        return f"vlan protocol 802.1Q id {_get(device, 'vid')} <REORDER_HDR> "
    if device.kind == "macvlan":
        return f"macvlan mode {_get(device, 'mode')} bcqueuelen 1000 usedbcqueuelen 1000 "
    if device.kind == "ipvlan":
        return f"ipvlan  mode {_get(device, 'mode')} {_get(device, 'flag')} "
    if device.kind == "bridge":
        values = [f"{key} {value}" for key, value in bridge_values(device)]
        return f"bridge {' '.join(values)} "
    return f"{device.kind} "


def _get(device: Device, name: str) -> Any:
    return getattr(device, name)


def bridge_id(bridge: Bridge) -> str:
    """Priority and address; iproute2 prints its bytes without leading zeros."""
    return f"{bridge.stp.priority:04x}." + ":".join(f"{int(byte, 16):x}" for byte in bridge.id_mac.split(":"))


def _learned(bridge: Any) -> int:
    return sum(1 for entry in bridge.fdb() if not entry.static and not entry.permanent)


def bridge_values(bridge: Any) -> list[tuple[str, object]]:
    """The settings of a bridge in iproute2's order, as text form has them."""
    own, stp = bridge_id(bridge), bridge.stp
    now = bridge.namespace.kernel.now
    return [
        ("forward_delay", stp.forward_delay), ("hello_time", stp.hello_time), ("max_age", stp.max_age),
        ("ageing_time", round(bridge.ageing_time * 100)), ("stp_state", stp.stp_state), ("priority", stp.priority),
        ("vlan_filtering", int(bridge.vlan_filtering)), ("vlan_protocol", "802.1Q"), ("bridge_id", own),
        ("designated_root", own), ("root_port", 0), ("root_path_cost", 0), ("topology_change", 0),
        ("topology_change_detected", 0), ("hello_timer", "   0.00"), ("tcn_timer", "   0.00"),
        ("topology_change_timer", "   0.00"), ("gc_timer", f"{300 - now % 300:7.2f}"),
        ("fdb_n_learned", _learned(bridge)), ("fdb_max_learned", 0),
        ("vlan_default_pvid", bridge.default_pvid), *((k, _as_set(bridge, k, v)) for k, v in BRIDGE_TAIL),
    ]  # fmt: skip


def _as_set(bridge: Bridge, key: str, default: object) -> object:
    value = bridge.settings.get(key)
    return default if value is None else int(value) if value.isdigit() else value


def port_number(device: Device) -> int:
    ports = getattr(device.master, "ports", {})
    return list(ports).index(device.name) + 1 if device.name in ports else 1


def _on(value: bool) -> str:
    return "on" if value else "off"


def slave_words(device: Device) -> str:
    """The settings of a bridge port, with a blank at the end."""
    master = device.master
    assert master is not None
    port = master.ports[device.name]
    number = port_number(device)
    designated = (port.priority << 10 & 0xFC00) | number
    own = bridge_id(master)
    return (
        f"state {port.state} priority {port.priority} cost {port.cost} hairpin {_on(port.hairpin)} guard off root_block off"
        f" fastleave off learning {_on(port.learning)} flood {_on(port.flood)} port_id {designated:#x}"
        f" port_no {number:#x} designated_port {designated} designated_cost 0 designated_bridge {own}"
        f" designated_root {own} hold_timer    0.00 message_age_timer    0.00 forward_delay_timer    0.00"
        " topology_change_ack 0 config_pending 0 proxy_arp off proxy_arp_wifi off mcast_router 1"
        f" mcast_fast_leave off mcast_flood {_on(port.mcast_flood)} bcast_flood {_on(port.bcast_flood)}"
        " mcast_to_unicast off neigh_suppress off neigh_vlan_suppress off group_fwd_mask 0"
        f" group_fwd_mask_str 0x0 vlan_tunnel off isolated {_on(port.isolated)} locked {_on(port.locked)} mab off "
    )


def _columns(values: list[str]) -> list[int]:
    widths = [10, 7, 6, 7, 7, 7, 10]
    return [max(width, len(value)) for width, value in zip(widths, values, strict=False)] + widths[
        len(values) :
    ]


def counters(device: Device, options: Options, new: str) -> str:
    """What a device received and sent, each line after ``new``."""
    s = device.stats
    received = [options.count(n) for n in (s.rx_bytes, s.rx_packets, 0, 0, 0, 0)]
    sent = [options.count(n) for n in (s.tx_bytes, s.tx_packets, 0, 0, 0, 0)]
    w = [max(a, b) for a, b in zip(_columns(received), _columns(sent), strict=True)]

    def row(words: tuple[str, ...]) -> str:
        return " ".join(f"{word:>{width}}" for word, width in zip(words, w, strict=False))

    def title(label: str, words: tuple[str, ...]) -> str:
        cells = " ".join(f"{word:>{width}}" for word, width in zip(words[1:], w[1:], strict=False))
        return f"{new}    {label}{words[0]:>{w[0] - len(label)}} {cells} {'':>{w[6]}}"

    def values(numbers: list[str]) -> str:
        return f"{new}    {row(tuple(numbers))} "

    shown = title("RX:", ("bytes", "packets", "errors", "dropped", "missed", "mcast")) + values(received)
    if options.stats > 1:
        shown += _errors(new, w, "RX errors:", ("length", "crc", "frame", "fifo", "overrun"))
    shown += title("TX:", ("bytes", "packets", "errors", "dropped", "carrier", "collsns")) + values(sent)
    if options.stats > 1:
        shown += _errors(new, w, "TX errors:", ("aborted", "fifo", "window", "heartbt", "transns"))
    return shown


def _errors(new: str, w: list[int], label: str, words: tuple[str, ...]) -> str:
    cells = " ".join(f"{word:>{width}}" for word, width in zip(words, w[1:], strict=False))
    zeros = " ".join(f"{0:>{width}}" for _, width in zip(words, w[1:], strict=False))
    return f"{new}    {label:>{w[0]}} {cells}{new}    {'':>{w[0]}} {zeros} "


def brief(device: Device, options: Options) -> str:
    """The beginning of a brief line: name and state in columns."""
    name = options.paint("ifname", f"{full_name(device):<16} ")
    return name + options.paint(device.operstate, f"{device.operstate:<14} ")


def prefix_words(address: Address, options: Options) -> str:
    """An address with its prefix length."""
    family = "inet" if address.family == 4 else "inet6"
    return f"{options.paint(family, address.address)}/{address.prefixlen}"


def address_words(address: Address, device: Device, options: Options) -> str:
    """An address after "inet " or "inet6 ": prefix, broadcast, scope, flags, label."""
    shown = prefix_words(address, options)
    if address.broadcast:
        shown += f" brd {options.paint('inet', address.broadcast)}"
    shown += f" scope {address.scope} "
    shown += "".join(f"{flag} " for flag in address_flags(address))
    if address.proto:
        shown += f"proto {address.proto} "
    if address.family == 4:
        shown += address.label or device.name
    return shown


def address_flags(address: Address) -> list[str]:
    names = ("secondary", "nodad", "dadfailed", "tentative", "noprefixroute")
    return [name for name in names if getattr(address, name, False)]


def sorted_addresses(device: Device, family: int | None) -> list[Address]:
    """The addresses of a device as the kernel lists them.

    IPv4 first, secondary ones after all primary ones; IPv6 by scope, the newest first (net/ipv4/devinet.c,
    net/ipv6/addrconf.c).
    """
    v4 = [a for a in device.addresses if a.family == 4 and family in (None, 4)]
    v6 = [a for a in reversed(device.addresses) if a.family == 6 and family in (None, 6)]
    v6.sort(key=lambda a: SCOPE_ORDER.index(a.scope) if a.scope in SCOPE_ORDER else 9)
    return [a for a in v4 if not a.secondary] + [a for a in v4 if a.secondary] + v6


def lifetime(new: str) -> str:
    return f"{new}       valid_lft forever preferred_lft forever\n"
