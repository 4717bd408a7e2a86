"""``bridge link``: the ports of bridges and their settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .bridge import INVALID, bridge_device, leading
from .ip import Call
from .ip_common import Options, Refused, dump, matches, need, wrong
from .ip_link_set import PORT_SWITCHES
from .ip_link_show import flags
from .usage import BRIDGE_USAGE

if TYPE_CHECKING:
    from dnetlab.embedded.kernel import Device

STATE_NAMES = {"0": "disabled", "1": "listening", "2": "learning", "3": "forwarding", "4": "blocking"}


def link(call: Call) -> int:
    words = call.words
    word = words.take() if words else "show"
    if matches(word, "set", "change"):
        return _set(call)
    if matches(word, "show", "lst", "list"):
        return _show(call)
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


def _show(call: Call) -> int:
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
            made.append(_json(device, call.options.details))
        else:
            call.out(_text(device, call.options))
    if call.options.json:
        call.out(dump(made, call.options.pretty))
    return 0


def _text(device: Device, options: Options) -> str:
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


def _json(device: Device, details: bool) -> dict[str, Any]:
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


def _set(call: Call) -> int:
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
            priority = leading(words.value())
            if priority > HIGHEST_PRIORITY:
                raise Refused("RTNETLINK answers: Numerical result out of range", 255)
            changes.append((word, priority))
        elif word == "cost":
            cost = leading(words.value())
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
