"""``ip link set``: what is asked for is read as a whole, then done, as one netlink message would do it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .ip import Call
from .ip_common import (
    Refused,
    Words,
    device_name,
    duplicate,
    find_device,
    find_namespace,
    group_number,
    invalid,
    mac_address,
    matches,
    need,
    number,
    wrong,
)
from .ip_link_kinds import KINDS, bridge_settings, ipvlan_mode, macvlan_mode, vlan_id
from .ip_link_show import ADDRESS_MODES

if TYPE_CHECKING:
    from dnetlab.embedded.kernel import Device

PORT_SWITCHES = {
    "learning": "learning", "flood": "flood", "hairpin": "hairpin", "mcast_flood": "mcast_flood",
    "bcast_flood": "bcast_flood", "isolated": "isolated", "locked": "locked",
}  # fmt: skip


class _Change:
    """What ``ip link set`` is asked to do, gathered before anything is done, as one netlink message would."""

    def __init__(self) -> None:
        self.name: str | None = None
        # Of a device that is named it is its new group; without a name all of the group are meant.
        self.group: int | None = None
        self.actions: list[tuple[int, str, object]] = []

    def do(self, order: int, what: str, value: object = None) -> None:
        self.actions.append((order, what, value))


def change(call: Call) -> int:
    """ip link set DEVICE ...: all words are read before the device is touched."""
    plan = _read_change(call)
    if plan.name is None and plan.group is None:
        raise Refused('Not enough information: "dev" argument is required.', 255)
    devices = call.ns.devices.values()
    chosen = (
        [d for d in devices if d.group == plan.group]
        if plan.name is None
        else [find_device(call.ns, plan.name)]
    )
    need(call.process)
    for device in chosen:
        if plan.name is not None and plan.group is not None:
            device.group = plan.group
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
            plan.do(3, "qlen", number("txqueuelen", words.value(), text='Invalid "{}" value\n'))
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
        elif word == "group":
            plan.group = group_number(words.value())
        elif word == "addrgenmode":
            plan.do(3, word, _address_mode(words.value()))
        elif word in ("numtxqueues", "numrxqueues", "link-netnsid", "state", "mode"):
            words.value()
        elif word == "vf":
            raise Refused("RTNETLINK answers: Operation not supported", 2)
        else:
            if word == "dev":
                word = words.value()
            if plan.name is not None:
                duplicate("dev", word)
            plan.name = word
    return plan


def _address_mode(word: str) -> int:
    if word not in ADDRESS_MODES:
        invalid(word, "Invalid address generation mode")
    return ADDRESS_MODES.index(word)


def _on_off(name: str, word: str) -> bool:
    if word not in ("on", "off"):
        wrong(f'Error: argument of "{name}" must be "on" or "off", not "{word}"', 1)
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
    elif what == "multicast":
        device.set_multicast(bool(value))
    elif what == "allmulticast":
        device.set_allmulticast(bool(value))
    elif what == "carrier":
        device.set_carrier(bool(value))
    elif what == "addrgenmode":
        device.namespace.sysctl.set(
            f"net.ipv6.conf.{device.name.replace('.', '/')}.addr_gen_mode", str(value)
        )
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
    elif isinstance(value, list):
        _kind(device, what, Words(value))


def _kind(device: Any, kind: str, words: Words) -> None:
    """``type KIND ...``; a kind that does not exist has nothing to set."""
    if kind == "bridge_slave":
        _slave(device, words)
    elif kind in KINDS and device.kind != kind:
        raise Refused("RTNETLINK answers: Operation not supported", 2)
    elif kind == "bridge":
        bridge_settings(device, words)
    elif kind == "macvlan":
        device.set_mode(macvlan_mode(words, device.mode))
    elif kind == "ipvlan":
        device.port_of_parent.set_mode(*ipvlan_mode(words, device.mode, device.flag))
    elif kind == "vlan":
        vlan_id(words)


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
            setattr(port, word, number(word, words.value()))
        elif word in ("guard", "root_block", "fastleave", "mcast_router", "mcast_fast_leave", "proxy_arp",
                      "proxy_arp_wifi", "neigh_suppress", "vlan_tunnel", "mab", "group_fwd_mask",
                      "mcast_to_unicast", "state", "backup_port", "backup_nhid"):  # fmt: skip
            words.value()
        else:
            wrong(f'bridge_slave: unknown option "{word}"?', 255)
