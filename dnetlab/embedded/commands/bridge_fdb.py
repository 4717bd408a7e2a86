"""``bridge fdb``: the forwarding database of bridges, and the addresses that devices listen on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dnetlab.embedded.kernel import Bridge

from .bridge import bridge_device
from .ip import Call
from .ip_common import Options, Refused, dump, duplicate, mac_address, matches, need, number
from .ip_misc import group_mac, solicited

if TYPE_CHECKING:
    from dnetlab.embedded.kernel import Device, FdbEntry


@dataclass(frozen=True, slots=True)
class Line:
    """One line of ``bridge fdb``: ``master`` is None for an address the device itself listens on."""

    mac: str
    device: Device
    vid: int | None
    master: Device | None
    state: str
    age: int | None = None


def fdb(call: Call) -> int:
    """bridge fdb COMMAND."""
    words = call.words
    word = words.take() if words else "show"
    if matches(word, "add"):
        return _modify(call, "add")
    if matches(word, "append"):
        return _modify(call, "append")
    if matches(word, "replace"):
        return _modify(call, "replace")
    if matches(word, "delete"):
        return _modify(call, "delete")
    if matches(word, "show", "lst", "list"):
        return _show(call)
    if matches(word, "get"):
        return _get(call)
    if matches(word, "flush"):
        return _flush(call)
    raise Refused(f'Command "{word}" is unknown, try "bridge fdb help".', 255)


def lines(call: Call, only: Device | None, bridge: Device | None) -> list[Line]:
    """The entries by device in the kernel's order: of the port's bridge first, then the device's own."""
    found = []
    now = call.process.context.kernel.now
    for device in call.ns.devices.values():
        if only is not None and device is not only:
            continue
        owner = device if isinstance(device, Bridge) else device.master
        if bridge is not None and owner is not bridge:
            continue
        own = [Line(mac, device, None, None, "permanent") for mac in own_addresses(device)]
        if owner is None:
            found += own
            continue
        entries = owner.fdb()
        ports = {(e.mac, e.vid) for e in entries if e.permanent and e.device is not owner}
        # New entries are put in front (hlist_add_head_rcu in net/bridge/br_fdb.c), and a bridge has no entry
        # of its own for an address that a port has.
        mine = [e for e in reversed(entries) if e.device is device]
        inside = [_line(e, owner, now) for e in mine if e.device is not owner or (e.mac, e.vid) not in ports]
        found += own + inside if device is owner else inside + own
    return found


def _line(entry: FdbEntry, owner: Device, now: float) -> Line:
    state = "permanent" if entry.permanent else "static" if entry.static else ""
    return Line(entry.mac, entry.device, entry.vid, owner, state, max(0, round(now - entry.updated)))


def own_addresses(device: Device) -> list[str]:
    """Multicast addresses that a device listens on: all nodes of both families, its solicited nodes."""
    if device.kind == "loopback" or not (device.up or getattr(device, "ever_up", False)):
        return list(getattr(device, "self_fdb", []))
    groups = [group_mac(g) for g in sorted({solicited(a.address) for a in device.addresses if a.family == 6})]
    if isinstance(device, Bridge):
        # 224.0.0.106 and ff02::6a: a snooping bridge listens for other snoopers (RFC 4286).
        base = ["33:33:00:00:00:01", "01:00:5e:00:00:6a", "33:33:00:00:00:6a", "01:00:5e:00:00:01"]
    else:
        base = ["33:33:00:00:00:01", "01:00:5e:00:00:01"]
    return [*getattr(device, "self_fdb", []), *device.also_for, *base, *groups]


def _show(call: Call) -> int:
    only, bridge, vid, state, dynamic, words = None, None, None, None, False, call.words
    while words:
        word = words.take()
        if word == "brport" or word == "dev":
            only = bridge_device(call.ns, words.value(), 'Cannot find device "{}"')
        elif word == "br":
            bridge = bridge_device(call.ns, words.value())
        elif word == "vlan":
            vid = number("vlan", words.value(), 0, 4095)
        elif word == "state":
            state = words.value()
        elif word == "dynamic":
            dynamic = True
        # Other words are passed over, as bridge(8) does.
    found = [
        entry
        for entry in lines(call, only, bridge)
        if (vid is None or entry.vid == vid)
        and (state is None or entry.state == state or state == "all")
        and (not dynamic or not entry.state)
    ]
    if call.options.json:
        call.out(dump([_json(entry, only is not None) for entry in found], call.options.pretty))
        return 0
    for entry in found:
        call.out(_text(entry, only is not None, call.options) + "\n")
    return 0


def _text(entry: Line, without_device: bool, options: Options) -> str:
    shown = options.paint("mac", f"{entry.mac} ")
    if not without_device:
        shown += "dev " + options.paint("ifname", f"{entry.device.name} ")
    if entry.vid is not None:
        shown += f"vlan {entry.vid} "
    if options.stats and entry.age is not None:
        shown += f"used {entry.age}/{entry.age} "
    shown += f"master {entry.master.name} " if entry.master is not None else "self "
    return shown + entry.state


def _json(entry: Line, without_device: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {"mac": entry.mac}
    if not without_device:
        shown["ifname"] = entry.device.name
    if entry.vid is not None:
        shown["vlan"] = entry.vid
    shown["flags"] = [] if entry.master is not None else ["self"]
    if entry.master is not None:
        shown["master"] = entry.master.name
    shown["state"] = entry.state
    return shown


def _modify(call: Call, how: str) -> int:
    words, mac, name, vid, master, own = call.words, None, None, None, False, False
    state = "permanent"
    while words:
        word = words.take()
        if word == "dev":
            name = words.value()
        elif word == "vlan":
            vid = number("vlan", words.value(), 0, 4095)
        elif word == "master":
            master = True
        elif word == "self":
            own = True
        elif matches(word, "static", "temp") and len(word) > 1:
            state = "static"
        elif matches(word, "dynamic") and len(word) > 1:
            state = "dynamic"
        elif matches(word, "local", "permanent") and len(word) > 1:
            state = "permanent"
        elif word in ("extern_learn", "sticky", "router", "use"):
            continue
        elif word in ("dst", "port", "vni", "via", "src_vni", "nhid"):
            words.value()
        else:
            if word == "to":
                word = words.value()
            if mac is not None:
                duplicate("to", word)
            mac = word
    if name is None or mac is None:
        raise Refused("Device and address are required arguments.", 255)
    try:
        mac = mac_address(mac)
    except Refused:
        raise Refused(f"Invalid mac address {mac}", 255) from None
    device = bridge_device(call.ns, name, 'Cannot find device "{}"')
    need(call.process)
    if not master or own:
        return _own(device, mac, how)
    owner = device.master
    if owner is None:
        raise Refused("RTNETLINK answers: Operation not supported", 2)
    return _in_bridge(owner, device, mac, vid, how, state)


def _own(device: Device, mac: str, how: str) -> int:
    known: list[str] = list(getattr(device, "self_fdb", []))
    if how == "delete":
        if mac not in known:
            raise Refused("RTNETLINK answers: No such file or directory", 2)
        known.remove(mac)
    elif mac in known and how == "add":
        raise Refused("RTNETLINK answers: File exists", 2)
    elif mac not in known:
        known.append(mac)
    device.self_fdb = known  # type: ignore[attr-defined]
    return 0


def _in_bridge(owner: Any, device: Device, mac: str, vid: int | None, how: str, state: str) -> int:
    """Without a VLAN the entry is made for no VLAN and for each that the port is in (net/bridge/br_fdb.c)."""
    vids: list[int | None] = [vid]
    if vid is None:
        vids = [None, *(v.vid for v in owner.vlans_of(device))]
    there = {(e.vid, e.device.name) for e in owner.fdb() if e.mac == mac}
    anywhere = {v for v, _ in there}
    done = False
    for each in vids:
        if how == "delete":
            if (each, device.name) in there:
                owner.fdb_delete(mac, device, vid=each)
                done = True
            continue
        if how == "add" and each in anywhere:
            raise Refused("RTNETLINK answers: File exists", 2)
        owner.fdb_add(mac, device, vid=each, static=state == "static", permanent=state == "permanent")
    if how == "delete" and not done:
        raise Refused("RTNETLINK answers: No such file or directory", 2)
    return 0


def _get(call: Call) -> int:
    words, mac, vid, bridge, only = call.words, None, None, None, None
    while words:
        word = words.take()
        if word in ("br", "brport"):
            bridge = bridge_device(call.ns, words.value())
        elif word == "dev":
            only = bridge_device(call.ns, words.value(), 'Cannot find device "{}"')
        elif word == "vlan":
            vid = number("vlan", words.value(), 0, 4095)
        elif word in ("self", "master", "dynamic"):
            continue
        else:
            mac = words.value() if word == "to" else word
    if mac is None or (bridge is None and only is None):
        raise Refused("Device or master and address are required arguments.", 255)
    vid = 0 if vid is None and bridge is not None else vid
    for entry in lines(call, only, bridge):
        if entry.mac == mac and vid in (None, entry.vid or 0) and entry.master is not None:
            call.out(_text(entry, False, call.options) + "\n")
            return 0
    raise Refused("Error: Fdb entry not found.", 2)


def _flush(call: Call) -> int:
    words, name, master = call.words, None, False
    while words:
        word = words.take()
        if word == "dev":
            name = words.value()
        elif word == "master":
            master = True
    if name is None:
        raise Refused("Device is a required argument.", 255)
    device = bridge_device(call.ns, name, 'Cannot find device "{}"')
    need(call.process)
    if isinstance(device, Bridge):
        device.flush_fdb()
    elif master and device.master is not None:
        device.master.flush_fdb(device)
    else:
        # Only a device with a forwarding database of its own can be flushed so (golden: "not supported").
        raise Refused("RTNETLINK answers: Operation not supported", 2)
    return 0
