"""``ip link``: show, add, set, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import ip_json
from .ip import Call
from .ip_common import (
    Refused,
    dump,
    duplicate,
    find_device,
    group_number,
    matches,
    need,
    wrong,
)
from .ip_link_add import add
from .ip_link_set import change
from .ip_link_show import brief, flags, text
from .usage import IP_LINK_USAGE, KIND_USAGE

if TYPE_CHECKING:
    from dnetlab.embedded.kernel import Device


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
    if matches(word, "afstats", "xstats"):
        return 0
    if matches(word, "help"):
        kind = words.take() if words else ""
        if kind in KIND_USAGE:
            call.out(KIND_USAGE[kind])
            return 0
    if matches(word, "help", "property"):
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
            mac = options.paint("mac", f"{device.mac} ")
            call.out(f"{brief(device, options)}{mac}<{','.join(flags(device))}> \n")
        else:
            call.out(text(call.process, device, options))
    return 0


def select(call: Call) -> list[Device]:
    """The devices that ``show``'s words choose."""
    name, up, master, kind, group, nomaster = None, None, None, None, None, False
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
        elif word == "group":
            group = group_number(words.value())
        elif word == "vrf":
            wrong(f'Error: argument "{words.value()}" is wrong: Not a valid VRF name\n')
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
        and (group is None or d.group == group)
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
