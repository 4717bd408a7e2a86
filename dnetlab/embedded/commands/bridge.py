"""``bridge``: the options before the object, ``bridge link`` and ``bridge vlan`` (iproute2 6.15)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dnetlab.embedded.kernel import Bridge, KernelError

from .ip import Call, named, run_batch, tell, wants_color
from .ip_common import (
    USAGE,
    Options,
    Refused,
    Words,
    dump,
    first_match,
    matches,
    need,
    rtnetlink,
    wrong,
)
from .ip_link_set import PORT_SWITCHES
from .ip_link_show import flags
from .process import Process, Program
from .registry import command
from .usage import BRIDGE_USAGE

if TYPE_CHECKING:
    from dnetlab.embedded.kernel import Device, Namespace

OBJECTS = ("link", "fdb", "mdb", "mst", "vlan", "vni", "monitor", "help")
MAX_VLAN = 4096
INVALID = 234
"""Exit status where an argument is none of those that exist: -EINVAL, as a byte."""
STATE_NAMES = {"0": "disabled", "1": "listening", "2": "learning", "3": "forwarding", "4": "blocking"}
NO_BRIDGE = 'Cannot find bridge device "{}"'


@command("bridge")
def bridge(p: Process) -> Program | int:
    """bridge [OPTIONS] OBJECT COMMAND (iproute2)."""
    try:
        options, namespace, batch, compress, rest = _options(p)
        if batch is not None:
            return run_batch(
                p, batch, options.force, lambda words: run(p, namespace, options, words, compress)
            )
        if not rest:
            raise Refused(BRIDGE_USAGE, USAGE)
        return run(p, namespace, options, rest, compress)
    except Refused as refused:
        # Whatever the kernel or the words say, bridge ends with -1.
        code = tell(p, refused)
        return code if code in (0, INVALID) else USAGE


def _options(p: Process) -> tuple[Options, Namespace, str | None, bool, list[str]]:
    options, namespace, batch, compress = Options(), p.ns, None, False
    words = Words(p.argv[1:])
    while words and words.peek().startswith("-") and len(words.peek()) > 1:
        word = words.take()
        name = word.lstrip("-")
        if "details".startswith(name):
            options = replace(options, details=True)
        elif "statistics".startswith(name):
            options = replace(options, stats=options.stats + 1)
        elif "json".startswith(name):
            options = replace(options, json=True)
        elif "pretty".startswith(name):
            options = replace(options, pretty=True)
        elif "oneline".startswith(name):
            options = replace(options, oneline=True)
        elif "force".startswith(name):
            options = replace(options, force=True)
        elif "netns".startswith(name):
            namespace = named(p, words.take() if words else "(null)")
        elif "batch".startswith(name):
            batch = words.value()
        elif len(name) > 2 and "compressvlans".startswith(name):
            compress = True
        elif "timestamp".startswith(name) or name in ("0", "4", "6"):
            continue
        elif (color := wants_color(name)) is not None:
            options = replace(options, color=color)
        elif "Version".startswith(name):
            p.out("bridge utility, 6.15.0\n")
            raise Refused("", 0)
        elif "help".startswith(name):
            raise Refused(BRIDGE_USAGE, USAGE)
        else:
            wrong(f'Option "{word}" is unknown, try "bridge help".')
    return options, namespace, batch, compress, words.rest()


def run(p: Process, namespace: Namespace, options: Options, words: list[str], compress: bool = False) -> int:
    """One command; raises Refused."""
    name = first_match(words[0], OBJECTS)
    if name is None:
        raise Refused(f'Object "{words[0]}" is unknown, try "bridge help".', 255)
    call = Call(p, namespace, options, name, words[1:])
    try:
        if name == "link":
            return _link(call)
        if name == "vlan":
            return _vlan(call, compress)
        if name == "fdb":
            from .bridge_fdb import fdb

            return fdb(call)
    except KernelError as error:
        raise rtnetlink(error) from None
    if name == "help":
        raise Refused(BRIDGE_USAGE, USAGE)
    if name in ("mdb", "mst", "vni"):
        return 0
    raise Refused(f'"bridge {name}" is not part of the embedded engine.', 1)


def bridge_device(namespace: Namespace, name: str, text: str = NO_BRIDGE, code: int = 1) -> Device:
    device = namespace.devices.get(name)
    if device is None:
        raise Refused(text.format(name), code)
    return device


# --- link -------------------------------------------------------------------------------------------------


def _link(call: Call) -> int:
    words = call.words
    word = words.take() if words else "show"
    if matches(word, "set", "change"):
        return _link_set(call)
    if matches(word, "show", "lst", "list"):
        return _link_show(call)
    raise Refused(f'Command "{word}" is unknown, try "bridge link help".', 255)


def link_name(device: Device) -> str:
    """As ``bridge`` writes the device below: by its number, looked up among the devices at hand.

    It does so for a device of another namespace too and then finds a wrong one (golden
    fabric/check.txt: p-pc@p-host).
    """
    lower = device.link
    if lower is None:
        return ""
    found = device.namespace.find_index(lower.ifindex)
    return found.name if found is not None else f"if{lower.ifindex}"


def _link_show(call: Call) -> int:
    wanted, master, words = None, None, call.words
    while words:
        word = words.take()
        if word == "master":
            master = bridge_device(call.ns, words.value(), 'Cannot find device "{}"')
        elif word == "dev":
            wanted = bridge_device(call.ns, words.value(), 'Cannot find device "{}"')
        # Other words are passed over, as bridge(8) does: "bridge link show p-pc1" shows all.
    made = []
    for device in call.ns.devices.values():
        if device.master is None or (wanted is not None and device is not wanted):
            continue
        if master is not None and device.master is not master:
            continue
        if call.options.json:
            made.append(_link_json(device, call.options.details))
        else:
            call.out(_link_text(device, call.options))
    if call.options.json:
        call.out(dump(made, call.options.pretty))
    return 0


def _link_text(device: Device, options: Options) -> str:
    master = device.master
    assert master is not None
    port = master.ports[device.name]
    lower = link_name(device)
    name = f"{device.name}@{lower}" if lower else device.name
    shown = (
        f"{device.ifindex}: {options.paint('ifname', f'{name}: ')}<{','.join(flags(device))}> mtu {device.mtu} master {master.name}"
        f" state {port.state} priority {port.priority} cost {port.cost} "
    )
    if options.details:

        def on(value: bool) -> str:
            return "on" if value else "off"

        shown += "\\" if options.oneline else "\n"
        shown += (
            f"    hairpin {on(port.hairpin)} guard off root_block off fastleave off learning {on(port.learning)}"
            f" flood {on(port.flood)} mcast_flood {on(port.mcast_flood)} bcast_flood {on(port.bcast_flood)}"
            " mcast_router 1 mcast_to_unicast off neigh_suppress off neigh_vlan_suppress off vlan_tunnel off"
            f" isolated {on(port.isolated)} locked {on(port.locked)} mab off mcast_n_groups 1 mcast_max_groups 0 "
        )
    return shown + "\n"


def _link_json(device: Device, details: bool) -> dict[str, Any]:
    master = device.master
    assert master is not None
    port = master.ports[device.name]
    shown: dict[str, Any] = {"ifindex": device.ifindex}
    lower = link_name(device)
    if lower:
        shown["link"] = lower
    shown.update(
        ifname=device.name, flags=flags(device), mtu=device.mtu, master=master.name, state=port.state,
        priority=port.priority, cost=port.cost,
    )  # fmt: skip
    if details:
        shown.update(
            hairpin=port.hairpin, guard=False, root_block=False, fastleave=False, learning=port.learning,
            flood=port.flood, mcast_flood=port.mcast_flood, bcast_flood=port.bcast_flood, mcast_router=1,
            mcast_to_unicast=False, neigh_suppress=False, neigh_vlan_suppress=False, vlan_tunnel=False,
            isolated=port.isolated, locked=port.locked, mab=False, mcast_n_groups=1, mcast_max_groups=0,
        )  # fmt: skip
    return shown


HIGHEST_PRIORITY = 63
"""BR_MAX_PORTS leaves six bits of a port's id for its priority (net/bridge/br_private.h)."""

IGNORED_SWITCHES = {
    "guard",
    "root_block",
    "fastleave",
    "mcast_fast_leave",
    "neigh_suppress",
    "neigh_vlan_suppress",
    "vlan_tunnel",
    "mab",
    "learning_sync",
    "mcast_to_unicast",
}


def _link_set(call: Call) -> int:
    words, name = call.words, None
    changes: list[tuple[str, object]] = []
    while words:
        word = words.take()
        if word == "dev":
            name = words.value()
        elif word in PORT_SWITCHES or word in IGNORED_SWITCHES:
            value = words.value()
            if value not in ("on", "off"):
                wrong(f'Error: argument of "{word}" must be one of "off", "on", not "{value}"', INVALID)
            changes.append((word, value == "on"))
        elif word == "state":
            value = words.value()
            state = STATE_NAMES.get(value, value)
            if state not in STATE_NAMES.values():
                raise Refused("Error: invalid STP port state", 255)
            # Without STP a bridge lets a port that is blocked forward again at once (br_port_state_selection).
            changes.append(("stopped", "" if state in ("forwarding", "blocking") else state))
        elif word == "priority":
            priority = _leading(words.value())
            if priority > HIGHEST_PRIORITY:
                raise Refused("RTNETLINK answers: Numerical result out of range", 255)
            changes.append((word, priority))
        elif word == "cost":
            cost = _leading(words.value())
            if cost:
                changes.append((word, cost))
        elif word in ("self", "hwmode"):
            raise Refused("RTNETLINK answers: Operation not supported", 255)
        elif word in ("mcast_router", "backup_port", "mcast_max_groups"):
            words.value()
        elif word != "master":
            wrong(BRIDGE_USAGE)
    if name is None:
        raise Refused("Device is a required argument.", 255)
    device = bridge_device(call.ns, name)
    need(call.process)
    if device.master is None:
        raise Refused("RTNETLINK answers: Operation not supported", 2)
    port = device.master.ports[device.name]
    for what, new in changes:
        if what in PORT_SWITCHES:
            setattr(port, PORT_SWITCHES[what], new)
        elif what in ("stopped", "priority", "cost"):
            setattr(port, what, new)
    return 0


# --- vlan -------------------------------------------------------------------------------------------------


def _vlan(call: Call, compress: bool) -> int:
    words = call.words
    word = words.take() if words else "show"
    if matches(word, "add"):
        return _vlan_change(call, add=True)
    if matches(word, "delete"):
        return _vlan_change(call, add=False)
    if matches(word, "show", "lst", "list"):
        return _vlan_show(call, compress)
    if matches(word, "tunnelshow", "global", "set"):
        return 0
    raise Refused(f'Command "{word}" is unknown, try "bridge vlan help".', 255)


def _vlan_change(call: Call, add: bool) -> int:
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


def _leading(word: str) -> int:
    """The number that a word begins with, 0 where it begins with none (atoi(3))."""
    digits = re.match(r"\d+", word)
    return int(digits[0]) if digits else 0


def _vids(word: str) -> tuple[int, int]:
    first, dash, last = word.partition("-")
    low = _leading(first)
    high = _leading(last) if dash else low
    if low >= MAX_VLAN or high >= MAX_VLAN:
        raise Refused(f'Invalid VLAN ID "{word}"', 255)
    if low > high:
        raise Refused(f'Invalid VLAN range "{low}-{high}"', 255)
    return low, high


def _vlan_show(call: Call, compress: bool) -> int:
    wanted, only, words = None, None, call.words
    while words:
        word = words.take()
        if word == "vid":
            only = _leading(words.value().partition("-")[0])
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
            made.append({"ifname": name, "vlans": [_vlan_json(v, last) for v, last in entries]})
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


def _vlan_json(v: Any, last: int) -> dict[str, Any]:
    shown: dict[str, Any] = {"vlan": v.vid}
    if last != v.vid:
        shown["vlanEnd"] = last
    names = (["PVID"] if v.pvid else []) + (["Egress Untagged"] if v.untagged else [])
    if names:
        shown["flags"] = names
    return shown
