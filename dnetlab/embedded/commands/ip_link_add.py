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
    mac_address,
    matches,
    need,
    number,
    wrong,
)

if TYPE_CHECKING:
    from dnetlab.embedded.kernel import Device, Namespace

KINDS = ("bridge", "dummy", "ipvlan", "macvlan", "veth", "vlan")
MACVLAN_MODES = ("private", "vepa", "bridge", "passthru", "source")
IPVLAN_MODES = ("l2", "l3", "l3s")
MAX_VLAN = 4094


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


def add(call: Call) -> int:
    """ip link add [link DEV] [name] NAME ... type KIND ...; refused as the kernel would."""
    request = read(call, call.words, peer=False)
    if request.kind is None:
        raise Refused('Not enough information: "type" argument is required', 255)
    need(call.process)
    if request.kind not in KINDS:
        raise Refused("Error: Unknown device type.", 2)
    device = _create(call, request)
    finish(call, device, request)
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
            request.qlen = number("txqueuelen", words.value())
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
        elif word in ("numtxqueues", "numrxqueues", "group", "addrgenmode", "alias", "arp", "multicast"):
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
        if words and words.peek() == "peer":
            words.take()
            request.peer = read(call, words, peer=True)
        return
    request.settings = words.rest()
    words.at = len(words.words)


def _free_name(namespace: Namespace, base: str) -> str:
    count = 0
    while f"{base}{count}" in namespace.devices:
        count += 1
    return f"{base}{count}"


def _create(call: Call, request: Request) -> Device:
    home = request.namespace or call.ns
    name = request.name or _free_name(home, str(request.kind))
    words = Words(request.settings)
    if request.kind == "veth":
        return _veth(call, home, name, request)
    if request.kind == "bridge":
        from .ip_link import bridge_settings

        made: Device = home.add_bridge(name, mac=request.mac)
        bridge_settings(made, words)
        return made
    if request.kind == "dummy":
        return home.add_dummy(name, mac=request.mac)
    if request.link is None:
        if request.kind == "vlan":
            raise Refused(
                "Error: 8021q: VLAN properties not specified."
                if not words
                else "RTNETLINK answers: Invalid argument",
                2,
            )
        raise Refused("RTNETLINK answers: Invalid argument", 2)
    lower = find_device(call.ns, request.link)
    if request.kind == "vlan":
        return _vlan(call.ns, home, name, lower, words)
    if request.kind == "macvlan":
        mode = _choice(words, "vepa", MACVLAN_MODES)
        return call.ns.add_macvlan(name, lower, mode=mode, mac=request.mac, namespace=home)
    return _ipvlan(call.ns, home, name, lower, words)


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
    vid: int | None = None
    while words:
        word = words.take()
        if word == "id":
            value = words.value()
            vid = int(value) if value.isdigit() else -1
            if vid < 0:
                wrong(f'Error: argument "{value}" is wrong: id is invalid\n')
        elif word in ("protocol", "reorder_hdr", "gvrp", "mvrp", "loose_binding", "bridge_binding"):
            words.value()
        else:
            wrong(f'vlan: unknown command "{word}"?', 255)
    if vid is None:
        raise Refused("Error: 8021q: VLAN properties not specified.", 2)
    if vid > MAX_VLAN:
        raise Refused("Error: 8021q: Invalid VLAN id.", 2)
    try:
        return here.add_vlan(name, lower, vid, namespace=home)
    except KernelError as error:
        if error.errno == "EEXIST" and name not in home.devices:
            raise Refused("Error: 8021q: VLAN device already exists.", 2) from None
        raise


def _choice(words: Words, default: str, modes: tuple[str, ...]) -> str:
    mode = default
    while words:
        word = words.take()
        if word == "mode":
            mode = words.value()
            if mode not in modes:
                listed = ", ".join(f'"{m}"' for m in modes[:-1])
                wrong(f'Error: argument of "mode" must be {listed} or "{modes[-1]}", not "{mode}"', 1)
        elif word in ("bcqueuelen", "flag"):
            words.value()
        elif word in ("nopromisc",):
            continue
        else:
            wrong(f'macvlan: unknown command "{word}"?', 255)
    return mode


def _ipvlan(here: Namespace, home: Namespace, name: str, lower: Device, words: Words) -> Device:
    mode, flag = "l3", "bridge"
    while words:
        word = words.take()
        if word == "mode":
            mode = words.value()
            if mode not in IPVLAN_MODES:
                wrong('Error: argument of "mode" must be either "l2", "l3" or "l3s"', 1)
        elif word in ("bridge", "private", "vepa"):
            flag = word
        else:
            wrong(f'ipvlan: unknown option "{word}"?', 255)
    return here.add_ipvlan(name, lower, mode=mode, flag=flag, namespace=home)


def finish(call: Call, device: Device, request: Request) -> None:
    """Settings that every kind of device takes, after it is made."""
    if request.mtu is not None:
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
