"""``bridge vlan``: which VLANs the ports of a bridge are members of."""

from __future__ import annotations

from typing import Any

from dnetlab.embedded.kernel import Bridge, KernelError

from .bridge import bridge_device, leading
from .ip import Call
from .ip_common import Refused, dump, matches, need

MAX_VLAN = 4096


def vlan(call: Call, compress: bool) -> int:
    words = call.words
    word = words.take() if words else "show"
    if matches(word, "add"):
        return _change(call, add=True)
    if matches(word, "delete"):
        return _change(call, add=False)
    if matches(word, "show", "lst", "list"):
        return _show(call, compress)
    if matches(word, "tunnelshow", "global", "set"):
        return 0
    raise Refused(f'Command "{word}" is unknown, try "bridge vlan help".', 255)


def _change(call: Call, add: bool) -> int:
    words, name, vids, pvid, untagged, own = call.words, None, None, False, False, False
    while words:
        word = words.take()
        if word == "dev":
            name = words.value()
        elif word == "vid":
            vids = _vids(words.value())
        elif matches(word, "pvid"):
            pvid = True
        elif matches(word, "untagged"):
            untagged = True
        elif word == "self":
            own = True
        elif word == "tunnel_info":
            words.value()
            words.value()
        # Other words are passed over, as bridge(8) does.
    if name is None or vids is None:
        raise Refused("Device and VLAN ID are required arguments.", 255)
    if pvid and vids[0] != vids[1]:
        raise Refused("pvid cannot be configured for a vlan range", 255)
    device = bridge_device(call.ns, name)
    need(call.process)
    is_bridge = isinstance(device, Bridge)
    target = device if is_bridge and own else device.master
    if target is None:
        raise Refused("RTNETLINK answers: Operation not supported", 2)
    for vid in range(vids[0], vids[1] + 1):
        if not 0 < vid < MAX_VLAN - 1:
            raise KernelError("EINVAL", f"VLAN {vid}", "bridge: Vlan id is invalid")
        try:
            if add:
                target.vlan_add(device, vid, pvid=pvid, untagged=untagged)  # type: ignore[attr-defined]
            else:
                target.vlan_delete(device, vid)  # type: ignore[attr-defined]
        except KernelError as error:
            # The kernel does not complain about a VLAN that the port is not in.
            if add or error.errno != "ENOENT":
                raise
    return 0


def _vids(word: str) -> tuple[int, int]:
    first, dash, last = word.partition("-")
    low = leading(first)
    high = leading(last) if dash else low
    if low >= MAX_VLAN or high >= MAX_VLAN:
        raise Refused(f'Invalid VLAN ID "{word}"', 255)
    if low > high:
        raise Refused(f'Invalid VLAN range "{low}-{high}"', 255)
    return low, high


def _show(call: Call, compress: bool) -> int:
    wanted, only, words = None, None, call.words
    while words:
        word = words.take()
        if word == "vid":
            only = leading(words.value().partition("-")[0])
        elif word == "dev":
            wanted = bridge_device(call.ns, words.value(), 'Cannot find device "{}"')
    rows = []
    for device in call.ns.devices.values():
        owner = device if isinstance(device, Bridge) else device.master
        if owner is None or (wanted is not None and device is not wanted):
            continue
        vlans = [v for v in owner.vlans_of(device) if only is None or v.vid == only]
        if vlans:
            rows.append((device.name, _ranges(vlans) if compress else [(v, v.vid) for v in vlans]))
    if call.options.json:
        made = []
        for name, entries in rows:
            made.append({"ifname": name, "vlans": [_json(v, last) for v, last in entries]})
        call.out(dump(made, call.options.pretty))
        return 0
    call.out("port              vlan-id  \n")
    for name, entries in rows:
        for number_, (v, last) in enumerate(entries):
            label = call.options.paint("ifname", f"{name:<17} ") if number_ == 0 else " " * 18
            vid = f"{v.vid}-{last}" if last != v.vid else str(v.vid)
            call.out(f"{label}{vid}{' PVID' if v.pvid else ''}{' Egress Untagged' if v.untagged else ''}\n")
            if call.options.details:
                call.out(" " * 20 + "state forwarding mcast_router 1 neigh_suppress off \n")
    return 0


def _ranges(vlans: list[Any]) -> list[tuple[Any, int]]:
    merged: list[tuple[Any, int]] = []
    for v in vlans:
        if (
            merged
            and merged[-1][1] == v.vid - 1
            and not v.pvid
            and not merged[-1][0].pvid
            and merged[-1][0].untagged == v.untagged
        ):
            merged[-1] = (merged[-1][0], v.vid)
        else:
            merged.append((v, v.vid))
    return merged


def _json(v: Any, last: int) -> dict[str, Any]:
    shown: dict[str, Any] = {"vlan": v.vid}
    if last != v.vid:
        shown["vlanEnd"] = last
    names = (["PVID"] if v.pvid else []) + (["Egress Untagged"] if v.untagged else [])
    if names:
        shown["flags"] = names
    return shown
