"""``ip link add``: devices of the kinds that the model has."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dnetlab.embedded.kernel import KernelError

from .ip import Call
from .ip_common import (
    Refused,
    Words,
    device_name,
    duplicate,
    find_device,
    find_namespace,
    group_number,
    mac_address,
    matches,
    need,
    number,
    wrong,
)
from .ip_link_kinds import KINDS, bridge_settings, ipvlan_mode, macvlan_mode, vlan_id
from .usage import IP_VETH_USAGE

if TYPE_CHECKING:
    from dnetlab.embedded.kernel import Device, Namespace


@dataclass(slots=True)
class Request:
    """What a new device shall be."""

    name: str | None = None
    link: str | None = None
    kind: str | None = None
    mac: str | None = None
    mtu: int | None = None
    qlen: int | None = None
    up: bool = False
    master: str | None = None
    namespace: Namespace | None = None
    peer: Request | None = None
    settings: list[str] = field(default_factory=list)
    index: int | None = None
    group: int = 0


def add(call: Call) -> int:
    """ip link add [link DEV] [name] NAME ... type KIND ...; refused as the kernel would."""
    request = read(call, call.words, peer=False)
    if request.kind is None:
        raise Refused('Not enough information: "type" argument is required', 1)
    need(call.process)
    if request.kind not in KINDS:
        raise Refused("Error: Unknown device type.", 2)
    if request.kind == "dummy" and request.settings:
        raise Refused(f'Garbage instead of arguments "{request.settings[0]} ...". Try "ip link help".', 1)
    device = _create(call, request)
    try:
        finish(call, device, request)
    except (KernelError, Refused):
        device.destroy()
        raise
    return 0


def read(call: Call, words: Words, peer: bool) -> Request:
    """The words of an add, or of a veth's ``peer``."""
    request = Request()
    while words:
        word = words.take()
        if word == "name":
            request.name = device_name(words.value())
        elif word == "link":
            request.link = words.value()
        elif word == "type" and not peer:
            request.kind = words.value()
            _settings(call, request, words)
        elif matches(word, "address"):
            request.mac = mac_address(words.value())
        elif word in ("broadcast", "brd"):
            mac_address(words.value())
        elif word == "mtu":
            request.mtu = number("mtu", words.value(), 0, 2**31 - 1)
        elif matches(word, "txqueuelen", "qlen", "txqlen") and len(word) > 1:
            request.qlen = number("txqueuelen", words.value(), text='Invalid "{}" value\n')
        elif word == "index":
            request.index = number("index", words.value())
        elif word == "netns":
            request.namespace = find_namespace(call.process, words.value())
        elif word == "master":
            request.master = words.value()
        elif word == "up":
            request.up = True
        elif word == "down":
            request.up = False
        elif word == "group":
            request.group = group_number(words.value())
        elif word in ("numtxqueues", "numrxqueues", "addrgenmode", "alias", "arp", "multicast"):
            words.value()
        else:
            if word == "dev":
                word = words.value()
            if request.name is not None:
                duplicate("dev", word)
            request.name = device_name(word)
    return request


def _settings(call: Call, request: Request, words: Words) -> None:
    """The words after ``type KIND``."""
    if request.kind == "veth":
        if words:
            if words.take() != "peer":
                call.out(IP_VETH_USAGE)
                raise Refused("", 1)
            request.peer = read(call, words, peer=True)
        return
    request.settings = words.rest()
    words.at = len(words.words)


def _free_name(namespace: Namespace, base: str) -> str:
    """The first name that is free: "dummy" gives dummy0, dummy1 ..."""
    count = 0
    while f"{base}{count}" in namespace.devices:
        count += 1
    return f"{base}{count}"


def _create(call: Call, request: Request) -> Device:
    home = request.namespace or call.ns
    name = request.name or _free_name(home, str(request.kind))
    if name.endswith("%d"):
        name = _free_name(home, name.removesuffix("%d"))
    words = Words(request.settings)
    if request.kind == "veth":
        return _veth(call, home, name, request)
    if request.kind == "bridge":
        made: Device = home.add_bridge(name, mac=request.mac)
        try:
            bridge_settings(made, words)
        except (KernelError, Refused):
            made.destroy()
            raise
        return made
    if request.kind == "dummy":
        return home.add_dummy(name, mac=request.mac)
    if request.link is None:
        missing = "link" if words else "VLAN properties"
        raise KernelError("EINVAL", said=f"8021q: {missing} not specified" if request.kind == "vlan" else "")
    lower = find_device(call.ns, request.link)
    if request.kind == "vlan":
        return _vlan(call.ns, home, name, lower, words)
    if request.kind == "macvlan":
        mode = macvlan_mode(words, "vepa")
        return call.ns.add_macvlan(name, lower, mode=mode, mac=request.mac, namespace=home)
    mode, flag = ipvlan_mode(words, "l3", "bridge")
    return call.ns.add_ipvlan(name, lower, mode=mode, flag=flag, namespace=home)


def _veth(call: Call, home: Namespace, name: str, request: Request) -> Device:
    peer = request.peer or Request()
    there = peer.namespace or call.ns
    peer_name = peer.name or _free_name(there, "veth")
    if request.name is None and peer.name is None and there is home:
        # Both unnamed: the peer is made first and takes the first free name.
        peer_name = _free_name(home, "veth")
        number = int(peer_name.removeprefix("veth")) + 1
        while f"veth{number}" in home.devices:
            number += 1
        name = f"veth{number}"
    device, other = home.add_veth(name, peer_name, peer_namespace=there, mac=request.mac, peer_mac=peer.mac)
    finish(call, other, peer)
    return device


def _vlan(here: Namespace, home: Namespace, name: str, lower: Device, words: Words) -> Device:
    vid = vlan_id(words)
    if vid is None:
        raise KernelError("EINVAL", said="8021q: VLAN properties not specified")
    home.check_name(name)
    return here.add_vlan(name, lower, vid, namespace=home)


def finish(call: Call, device: Device, request: Request) -> None:
    """Settings that every kind of device takes, after it is made."""
    device.group = request.group
    if request.mtu is not None:
        if request.kind == "vlan" and device.link is not None and request.mtu > device.link.mtu:
            raise KernelError("EINVAL", f"{device.link.name} has a smaller MTU")
        device.set_mtu(request.mtu)
    if request.qlen is not None:
        device.txqueuelen = request.qlen
    if request.master is not None:
        master = device.namespace.devices.get(request.master)
        if master is None or master.kind != "bridge":
            wrong(f'Error: argument "{request.master}" is wrong: Device does not exist\n')
        device.set_master(master)  # type: ignore[arg-type]
    if request.up:
        device.set_up()
