"""Devices and addresses as ``ip -j`` gives them: the keys and their order of iproute2 6.15."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .ip_common import Options
from .ip_link_show import (
    FOREVER,
    GSO,
    address_flags,
    address_mode,
    all_multicast,
    bridge_values,
    broadcast,
    flags,
    group_name,
    link_type,
    netns_id,
    port_number,
    qdisc,
    sorted_addresses,
    tso_size,
)

if TYPE_CHECKING:
    from dnetlab.embedded.kernel import Address, Device

RENAMED = {"designated_root": "root_id", "group_address": "group_addr"}
SHORTER = (("_interval", "_intvl"), ("_count", "_cnt"))


def json_name(key: str) -> str:
    """The name that a setting of a bridge has in JSON, where iproute2 shortens some."""
    for long, short in SHORTER:
        if key.startswith("mcast_") and key.endswith(long):
            return key.removesuffix(long) + short
    return RENAMED.get(key, key)


def link(device: Device, options: Options, mode: bool) -> dict[str, Any]:
    """A device without its addresses."""
    shown: dict[str, Any] = {"ifindex": device.ifindex}
    shown.update(name_fields(device))
    shown["flags"] = flags(device)
    shown["mtu"] = device.mtu
    six = options.family == 6 and not mode
    if not six:
        shown["qdisc"] = qdisc(device)
    if device.master is not None:
        shown["master"] = device.master.name
    shown["operstate"] = device.operstate
    if mode:
        shown["linkmode"] = "DEFAULT"
    if not six:
        shown["group"] = group_name(device.group)
    if device.txqueuelen:
        shown["txqlen"] = device.txqueuelen
    if mode or options.family in (None, 0):
        shown.update(link_type=link_type(device), address=device.mac, broadcast=broadcast(device))
    number = netns_id(device)
    if number is not None:
        shown["link_netnsid"] = number
    if options.details and (mode or options.family in (None, 0)):
        shown.update(_details(device, mode))
    alias = getattr(device, "alias", "")
    if alias:
        shown["ifalias"] = alias
    if options.stats:
        shown["stats64"] = _stats(device)
    return shown


def name_fields(device: Device) -> dict[str, Any]:
    """ "link" names the device below where it is in sight, "link_index" where it is not."""
    lower = device.link
    if lower is None:
        return {"ifname": device.name}
    if lower.namespace is device.namespace:
        return {"link": lower.name, "ifname": device.name}
    return {"link_index": lower.ifindex, "ifname": device.name}


def _details(device: Device, mode: bool) -> dict[str, Any]:
    low, high = device.mtu_limits
    shown: dict[str, Any] = {
        "promiscuity": device.promiscuity,
        "allmulti": all_multicast(device),
        "min_mtu": low,
        "max_mtu": high,
    }
    info = _linkinfo(device)
    if info:
        shown["linkinfo"] = info
    if mode:
        shown["inet6_addr_gen_mode"] = address_mode(device)
    shown.update(
        num_tx_queues=1, gso_max_size=GSO, gso_max_segs=65535, tso_max_size=tso_size(device),
        tso_max_segs=65535, gro_max_size=GSO, gso_ipv4_max_size=GSO, gro_ipv4_max_size=GSO,
    )  # fmt: skip
    return shown


def _linkinfo(device: Device) -> dict[str, Any]:
    if device.kind in ("loopback", "nic"):
        return {}
    shown: dict[str, Any] = {"info_kind": device.kind}
    data = kind_data(device)
    if data:
        shown["info_data"] = data
    if device.master is not None:
        shown["info_slave_kind"] = "bridge"
        shown["info_slave_data"] = _slave(device)
    return shown


def kind_data(device: Any) -> dict[str, Any]:
    """The settings of a device's kind."""
    if device.kind == "vlan":
        return {"protocol": "802.1Q", "id": device.vid, "flags": ["REORDER_HDR"]}
    if device.kind == "macvlan":
        return {"mode": device.mode, "bcqueuelen": 1000, "usedbcqueuelen": 1000}
    if device.kind == "ipvlan":
        return {"mode": device.mode, "flags": device.flag}
    if device.kind == "bridge":
        return {json_name(key): _json_value(key, value) for key, value in bridge_values(device)}
    return {}


def _json_value(key: str, value: object) -> object:
    if key.endswith("_timer"):
        return float(str(value))
    return str(value) if key == "group_fwd_mask" else value


def _slave(device: Device) -> dict[str, Any]:
    master = device.master
    assert master is not None
    port = master.ports[device.name]
    number = port_number(device)
    designated = (port.priority << 10 & 0xFC00) | number
    own = dict(bridge_values(master))["bridge_id"]
    return {
        "state": port.state, "priority": port.priority, "cost": port.cost, "hairpin": port.hairpin, "guard": False,
        "root_block": False, "fastleave": False, "learning": port.learning, "flood": port.flood,
        "id": f"{designated:#x}", "no": f"{number:#x}", "designated_port": designated, "designated_cost": 0,
        "bridge_id": own, "root_id": own, "hold_timer": 0.0, "message_age_timer": 0.0,
        "forward_delay_timer": 0.0, "topology_change_ack": 0, "config_pending": 0, "proxy_arp": False,
        "proxy_arp_wifi": False, "multicast_router": 1, "mcast_flood": port.mcast_flood,
        "bcast_flood": port.bcast_flood, "mcast_to_unicast": False, "neigh_suppress": False,
        "neigh_vlan_suppress": False, "group_fwd_mask": "0", "group_fwd_mask_str": "0x0", "vlan_tunnel": False,
        "isolated": port.isolated, "locked": port.locked, "mab": False,
    }  # fmt: skip


def _stats(device: Device) -> dict[str, Any]:
    s = device.stats
    return {
        "rx": {"bytes": s.rx_bytes, "packets": s.rx_packets, "errors": 0, "dropped": 0, "over_errors": 0, "multicast": 0},
        "tx": {"bytes": s.tx_bytes, "packets": s.tx_packets, "errors": 0, "dropped": 0, "carrier_errors": 0, "collisions": 0},
    }  # fmt: skip


def brief_link(device: Device) -> dict[str, Any]:
    return {
        **name_fields(device),
        "operstate": device.operstate,
        "address": device.mac,
        "flags": flags(device),
    }


def brief_address(device: Device, addresses: list[Address]) -> dict[str, Any]:
    shown = [{"local": a.address, "prefixlen": a.prefixlen} for a in addresses]
    return {**name_fields(device), "operstate": device.operstate, "addr_info": shown}


def address(entry: Address, device: Device) -> dict[str, Any]:
    """One element of addr_info."""
    shown: dict[str, Any] = {
        "family": "inet" if entry.family == 4 else "inet6",
        "local": entry.address,
        "prefixlen": entry.prefixlen,
    }
    if entry.broadcast:
        shown["broadcast"] = entry.broadcast
    shown["scope"] = entry.scope
    shown.update(dict.fromkeys(address_flags(entry), True))
    if entry.proto:
        shown["protocol"] = entry.proto
    if entry.family == 4:
        shown["label"] = entry.label or device.name
    shown.update(valid_life_time=FOREVER, preferred_life_time=FOREVER)
    return shown


def addresses(device: Device, options: Options) -> list[dict[str, Any]]:
    return [address(a, device) for a in sorted_addresses(device, options.family)]
