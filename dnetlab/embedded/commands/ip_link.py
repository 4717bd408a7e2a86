"""``ip link``: show, add, set, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import ip_json
from .ip import Call
from .ip_common import (
    Refused,
    Words,
    device_name,
    dump,
    duplicate,
    find_device,
    find_namespace,
    invalid,
    mac_address,
    matches,
    need,
    number,
    wrong,
)
from .ip_link_add import add
from .ip_link_show import brief, flags, text
from .usage import IP_LINK_USAGE

if TYPE_CHECKING:
    from dnetlab.embedded.kernel import Device

PORT_SWITCHES = {
    "learning": "learning", "flood": "flood", "hairpin": "hairpin", "mcast_flood": "mcast_flood",
    "bcast_flood": "bcast_flood", "isolated": "isolated", "locked": "locked",
}  # fmt: skip


def main(call: Call) -> int:
    """ip link COMMAND."""
    words = call.words
    if not words:
        return show(call)
    word = words.take()
    if matches(word, "add"):
        return add(call)
    if matches(word, "set", "change"):
        return change(call)
    if matches(word, "replace"):
        return add(call)
    if matches(word, "delete"):
        return delete(call)
    if matches(word, "show", "lst", "list"):
        return show(call)
    if matches(word, "property", "afstats", "xstats"):
        return 0
    if matches(word, "help"):
        wrong(IP_LINK_USAGE)
    raise Refused(f'Command "{word}" is unknown, try "ip link help".', 255)


def show(call: Call) -> int:
    """Print devices; a device that does not exist is refused."""
    chosen = select(call)
    options = call.options
    if options.json:
        made = [ip_json.brief_link(d) if options.brief else ip_json.link(d, options, True) for d in chosen]
        call.out(dump(made, options.pretty))
        return 0
    for device in chosen:
        if options.brief:
            call.out(f"{brief(device)}{device.mac} <{','.join(flags(device))}> \n")
        else:
            call.out(text(call.process, device, options))
    return 0


def select(call: Call) -> list[Device]:
    """The devices that ``show``'s words choose."""
    name, up, master, kind, nomaster = None, None, None, None, False
    words = call.words
    while words:
        word = words.take()
        if word == "up":
            up = True
        elif word == "down":
            up = False
        elif matches(word, "master") and word != "m":
            master = find_device(
                call.ns, words.value(), 'Error: argument "{}" is wrong: Device does not exist\n', 255
            )
        elif word == "nomaster":
            nomaster = True
        elif word == "type":
            kind = words.value()
        elif word in ("group", "vrf"):
            words.value()
        else:
            if word == "dev":
                word = words.value()
            if word == "help":
                wrong(IP_LINK_USAGE)
            if name is not None:
                duplicate("dev", word)
            name = word
    missing = 'Device "{}" does not exist.'
    chosen = [find_device(call.ns, name, missing)] if name is not None else list(call.ns.devices.values())
    return [
        d
        for d in chosen
        if (up is None or d.up == up)
        and (master is None or d.master is master)
        and (not nomaster or d.master is None)
        and (kind is None or d.kind == kind or (kind == "bridge_slave" and d.master is not None))
    ]


def delete(call: Call) -> int:
    name, words = None, call.words
    while words:
        word = words.take()
        if word == "dev":
            word = words.value()
        elif word in ("type", "group"):
            words.value()
            continue
        if name is not None:
            duplicate("dev", word)
        name = word
    if name is None:
        raise Refused('Not enough information: "dev" argument is required.', 255)
    device = find_device(call.ns, name)
    need(call.process)
    if device.kind == "loopback":
        raise Refused("RTNETLINK answers: Operation not supported", 2)
    device.delete()
    return 0


class _Change:
    """What ``ip link set`` is asked to do, gathered before anything is done, as one netlink message would."""

    def __init__(self) -> None:
        self.name: str | None = None
        self.actions: list[tuple[int, str, object]] = []

    def do(self, order: int, what: str, value: object = None) -> None:
        self.actions.append((order, what, value))


def change(call: Call) -> int:
    """ip link set DEVICE ...: all words are read before the device is touched."""
    plan = _read_change(call)
    if plan.name is None:
        raise Refused('Not enough information: "dev" argument is required.', 255)
    device = find_device(call.ns, plan.name)
    need(call.process)
    for _, what, value in sorted(plan.actions, key=lambda a: a[0]):
        _apply(call, device, what, value)
    return 0


def _read_change(call: Call) -> _Change:
    plan, words = _Change(), call.words
    while words:
        word = words.take()
        if word == "up":
            plan.do(9, "up")
        elif word == "down":
            plan.do(0, "down")
        elif word == "name":
            plan.do(4, "name", device_name(words.value()))
        elif matches(word, "address"):
            plan.do(2, "address", mac_address(words.value()))
        elif word in ("broadcast", "brd"):
            mac_address(words.value())
        elif word == "mtu":
            value = words.value()
            plan.do(3, "mtu", number("mtu", value, 0, 2**31 - 1))
        elif matches(word, "txqueuelen", "qlen", "txqlen") and len(word) > 1:
            plan.do(3, "qlen", number("txqueuelen", words.value()))
        elif word == "master":
            plan.do(5, "master", words.value())
        elif word == "nomaster":
            plan.do(5, "nomaster")
        elif word == "netns":
            plan.do(1, "netns", find_namespace(call.process, words.value()))
        elif word in (
            "promisc",
            "arp",
            "multicast",
            "allmulticast",
            "dynamic",
            "trailers",
            "carrier",
            "protodown",
        ):
            plan.do(3, word, _on_off(word, words.value()))
        elif word in ("alias", "ifalias"):
            plan.do(3, "alias", words.value())
        elif word == "type":
            kind = words.value()
            plan.do(6, kind, words.rest())
            words.at = len(words.words)
        elif word in ("group", "addrgenmode", "numtxqueues", "numrxqueues", "link-netnsid", "state", "mode"):
            words.value()
        else:
            if word == "dev":
                word = words.value()
            if plan.name is not None:
                duplicate("dev", word)
            plan.name = word
    return plan


def _on_off(name: str, word: str) -> bool:
    if word not in ("on", "off"):
        wrong(f'Error: argument of "{name}" must be "on" or "off", not "{word}"')
    return word == "on"


def _apply(call: Call, device: Device, what: str, value: object) -> None:
    if what == "up":
        device.set_up()
    elif what == "down":
        device.set_down()
    elif what == "name":
        device.rename(str(value))
    elif what == "address":
        device.set_mac(str(value))
    elif what == "mtu":
        device.set_mtu(int(str(value)))
    elif what == "qlen":
        device.txqueuelen = int(str(value))
    elif what == "alias":
        device.alias = str(value)
    elif what == "promisc":
        device.set_promisc(bool(value))
    elif what == "arp":
        device.set_arp(bool(value))
    elif what == "master":
        name = str(value)
        if name not in call.ns.devices:
            invalid(name, "Device does not exist")
        master = call.ns.devices[name]
        if master.kind != "bridge":
            raise Refused("RTNETLINK answers: Operation not supported", 2)
        device.set_master(master)  # type: ignore[arg-type]
    elif what == "nomaster":
        device.set_master(None)
    elif what == "netns":
        device.move(value)  # type: ignore[arg-type]
    elif what == "bridge_slave":
        _slave(device, Words(value))  # type: ignore[arg-type]
    elif what == "bridge":
        bridge_settings(device, Words(value))  # type: ignore[arg-type]
    elif what in ("macvlan", "ipvlan", "vlan") and value:
        raise Refused("RTNETLINK answers: Operation not supported", 2)


def _slave(device: Device, words: Words) -> None:
    master = device.master
    if master is None:
        raise Refused("RTNETLINK answers: Operation not supported", 2)
    port = master.ports[device.name]
    while words:
        word = words.take()
        if word == "fdb_flush":
            master.flush_fdb(device)
        elif word in PORT_SWITCHES:
            setattr(port, PORT_SWITCHES[word], _on_off(word, words.value()))
        elif word in ("priority", "cost"):
            value = number(word, words.value())
            setattr(device, "port_priority" if word == "priority" else "port_path_cost", value)
        elif word in ("guard", "root_block", "fastleave", "mcast_router", "mcast_fast_leave", "proxy_arp",
                      "proxy_arp_wifi", "neigh_suppress", "vlan_tunnel", "mab", "group_fwd_mask",
                      "mcast_to_unicast", "state", "backup_port", "backup_nhid"):  # fmt: skip
            words.value()
        else:
            wrong(f'bridge_slave: unknown option "{word}"?', 255)


def bridge_settings(device: Device, words: Words) -> None:
    """Settings of a bridge: ``type bridge vlan_filtering 1 ageing_time 30000``."""
    while words:
        word = words.take()
        if word == "vlan_filtering":
            device.vlan_filtering = bool(number(word, words.value(), 0, 1))  # type: ignore[attr-defined]
        elif word == "ageing_time":
            device.ageing_time = number(word, words.value()) / 100  # type: ignore[attr-defined]
        elif word == "fdb_flush":
            device.flush_fdb()  # type: ignore[attr-defined]
        elif word in BRIDGE_OPTIONS:
            words.value()
        else:
            wrong(
                f'bridge: unknown command "{word}"?\nUsage: ... bridge [ fdb_flush ] [ OPTION VALUE ]...', 1
            )


BRIDGE_OPTIONS = {
    "forward_delay", "hello_time", "max_age", "stp_state", "mst_enabled", "priority", "group_fwd_mask",
    "group_address", "no_linklocal_learn", "fdb_max_learned", "vlan_protocol", "vlan_default_pvid",
    "vlan_stats_enabled", "vlan_stats_per_port", "mcast_snooping", "mcast_vlan_snooping", "mcast_router",
    "mcast_query_use_ifaddr", "mcast_querier", "mcast_hash_elasticity", "mcast_hash_max",
    "mcast_last_member_count", "mcast_startup_query_count", "mcast_last_member_interval",
    "mcast_membership_interval", "mcast_querier_interval", "mcast_query_interval",
    "mcast_query_response_interval", "mcast_startup_query_interval", "mcast_stats_enabled",
    "mcast_igmp_version", "mcast_mld_version", "nf_call_iptables", "nf_call_ip6tables", "nf_call_arptables",
}  # fmt: skip
"""Options of a bridge that are taken and have no effect in the model."""
