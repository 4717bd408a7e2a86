"""``ip neighbour``: show, add, delete, flush, get."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

from dnetlab.embedded.kernel import KernelError

from .ip import Call
from .ip_common import (
    Refused,
    address,
    dump,
    find_device,
    mac_address,
    matches,
    need,
    need_flush,
    prefix,
    wrong,
)
from .usage import IP_NEIGH_USAGE

if TYPE_CHECKING:
    from dnetlab.embedded.kernel import Device, Neighbour

STATES = ("permanent", "reachable", "noarp", "none", "stale", "incomplete", "delay", "probe", "failed")


def main(call: Call) -> int:
    """ip neigh COMMAND."""
    words = call.words
    if not words:
        return show(call)
    word = words.take()
    if matches(word, "add"):
        return modify(call, "add")
    if matches(word, "change") or word == "chg":
        return modify(call, "change")
    if matches(word, "replace"):
        return modify(call, "replace")
    if matches(word, "delete"):
        return delete(call)
    if matches(word, "get"):
        return get(call)
    if matches(word, "show", "lst", "list"):
        return show(call)
    if matches(word, "flush"):
        if not words:
            raise Refused("Flush requires arguments.", 1)
        return flush(call)
    if matches(word, "help"):
        wrong(IP_NEIGH_USAGE)
    raise Refused(f'Command "{word}" is unknown, try "ip neigh help".', 255)


class Filter:
    """Which entries ``show`` and ``flush`` mean."""

    def __init__(self, call: Call) -> None:
        self.dev: Device | None = None
        self.to: str | None = None
        self.states: set[str] = set()
        self.everything = False
        words = call.words
        while words:
            word = words.take()
            if word == "dev":
                self.dev = find_device(call.ns, words.value())
            elif word == "nud":
                state = words.value()
                if state != "all" and state not in STATES:
                    wrong(f'Error: argument "{state}" is wrong: nud state is bad')
                if state == "all":
                    self.everything = True
                else:
                    self.states.add(state.upper())
            elif word == "unused" or word == "proxy":
                continue
            elif word in ("vrf", "master", "protocol"):
                words.value()
            else:
                if word == "to":
                    word = words.value()
                if word != "all":
                    self.to = prefix(word, call.options.family)

    def chosen(self, call: Call) -> list[Neighbour]:
        found = call.ns.neighbours(family=call.options.family, dev=self.dev)
        return [n for n in found if self._takes(n)]

    def _takes(self, entry: Neighbour) -> bool:
        if self.states:
            if entry.state not in self.states:
                return False
        elif entry.state in ("NOARP", "NONE") and not self.everything:
            return False
        if self.to is None:
            return True
        wide = ip_network(self.to, strict=False)
        here = ip_address(entry.address)
        return here.version == wide.version and here in wide


def show(call: Call) -> int:
    chosen = Filter(call)
    found = chosen.chosen(call)
    if call.options.json:
        call.out(dump([_json(call, n, chosen) for n in found], call.options.pretty))
        return 0
    for entry in found:
        if call.options.brief:
            call.out(f"{entry.address:<39} {entry.dev.name:<16} {entry.mac or ''}\n")
        else:
            call.out(line(call, entry, chosen.dev is None) + "\n")
    return 0


def line(call: Call, entry: Neighbour, with_device: bool) -> str:
    """An entry as ip prints it, with the blank at its end."""
    paint = call.options.paint
    shown = paint("inet6" if ":" in entry.address else "inet", f"{entry.address} ")
    if with_device:
        shown += "dev " + paint("ifname", f"{entry.dev.name} ")
    if entry.mac:
        shown += "lladdr " + paint("mac", f"{entry.mac} ")
    if getattr(entry, "router", False):
        shown += "router "
    if call.options.stats:
        used, updated = _ages(call, entry)
        probes = 6 if entry.state == "FAILED" else 1
        shown += f" used {used}/{updated}/{updated}probes {probes} "
    return shown + f"{entry.state} "


def _ages(call: Call, entry: Neighbour) -> tuple[int, int]:
    now = call.process.context.kernel.now
    return max(0, round(now - entry.used)), max(0, round(now - entry.updated))


def _json(call: Call, entry: Neighbour, chosen: Filter) -> dict[str, Any]:
    shown: dict[str, Any] = {"dst": entry.address}
    if chosen.dev is None:
        shown["dev"] = entry.dev.name
    if entry.mac:
        shown["lladdr"] = entry.mac
    if getattr(entry, "router", False):
        shown["router"] = None
    if call.options.stats:
        used, updated = _ages(call, entry)
        shown.update(
            used=used, confirmed=updated, updated=updated, probes=6 if entry.state == "FAILED" else 1
        )
    shown["state"] = [entry.state]
    return shown


def _entry_words(call: Call) -> tuple[str | None, str | None, str, str | None]:
    """Address, MAC, state and device of add, delete and get."""
    words, target, mac, state, dev = call.words, None, None, "PERMANENT", None
    while words:
        word = words.take()
        if word == "lladdr":
            mac = words.value()
        elif word == "nud":
            given = words.value()
            if given not in STATES:
                wrong(f'Error: argument "{given}" is wrong: nud state is bad')
            state = given.upper()
        elif word == "dev":
            dev = words.value()
        elif word in ("proxy", "router", "extern_learn", "managed", "use"):
            continue
        elif word == "protocol":
            words.value()
        else:
            if word == "to":
                word = words.value()
            if target is not None:
                wrong(f'Error: either "to" is duplicate, or "{word}" is garbage.')
            target = address(word, call.options.family)
    return target, mac, state, dev


def modify(call: Call, how: str) -> int:
    target, mac, state, name = _entry_words(call)
    if name is None or target is None:
        raise Refused("Device and destination are required arguments.", 255)
    dev = find_device(call.ns, name)
    need(call.process)
    known = {n.address for n in call.ns.neighbours(dev=dev)}
    if how == "change" and target not in known:
        raise KernelError("ENOENT")
    if how == "add" and target in known:
        raise KernelError("EEXIST")
    if mac is None and state in ("PERMANENT", "REACHABLE", "STALE"):
        raise KernelError("EINVAL", "no address", "No link layer address given")
    try:
        lladdr = "" if mac is None else mac_address(mac)
    except Refused:
        raise KernelError("EINVAL", "no MAC address", "Invalid link address") from None
    call.ns.set_neighbour(target, dev, lladdr, state=state, replace=how != "add")
    return 0


def delete(call: Call) -> int:
    target, _, _, name = _entry_words(call)
    if name is None or target is None:
        raise Refused("Device and destination are required arguments.", 255)
    dev = find_device(call.ns, name)
    need(call.process)
    call.ns.remove_neighbour(target, dev)
    return 0


def get(call: Call) -> int:
    target, _, _, name = _entry_words(call)
    if name is None or target is None:
        raise Refused("Device and address are required arguments.", 255)
    dev = find_device(call.ns, name)
    for entry in call.ns.neighbours(dev=dev):
        if entry.address == target:
            call.out(line(call, entry, True) + "\n")
            return 0
    raise Refused("Error: Neighbour entry not found.", 2)


def flush(call: Call) -> int:
    """ip neigh flush: all but permanent entries that the filter takes."""
    chosen = Filter(call)
    found = [n for n in chosen.chosen(call) if n.state != "PERMANENT" or "PERMANENT" in chosen.states]
    if not found:
        if call.options.stats:
            call.out("Nothing to flush.\n")
        return 0
    need_flush(call.process)
    for entry in found:
        call.ns.remove_neighbour(entry.address, entry.dev)
    if call.options.stats:
        rows = f"{len(found)} entr{'y' if len(found) == 1 else 'ies'}"
        call.out(
            f"\n*** Round 1, deleting {len(found)} entries ***\n*** Flush is complete after 1 round ***\n"
            if rows
            else ""
        )
    return 0
