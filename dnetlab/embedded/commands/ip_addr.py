"""``ip address``: show, add, delete, replace, flush."""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from dnetlab.embedded.kernel import KernelError

from . import ip_json
from .ip import Call
from .ip_common import (
    DEVICE_NAME_MAX,
    Refused,
    address,
    device_name,
    dump,
    duplicate,
    find_device,
    matches,
    need,
    need_flush,
    prefix,
    wrong,
)
from .ip_link_show import (
    address_words,
    brief,
    counters,
    lifetime,
    prefix_words,
    sorted_addresses,
    text,
)
from .usage import IP_ADDR_USAGE

if TYPE_CHECKING:
    from dnetlab.embedded.kernel import Address, Device

SCOPES = ("global", "host", "link", "site", "nowhere")

WILDCARD = """Warning: Executing wildcard deletion to stay compatible with old scripts.
         Explicitly specify the prefix length ({}) to avoid this warning.
         This special behaviour is likely to disappear in further releases,
         fix your scripts!
"""


def main(call: Call) -> int:
    """ip address COMMAND."""
    words = call.words
    if not words:
        return show(call)
    word = words.take()
    if matches(word, "add"):
        return modify(call, replace=False)
    if matches(word, "change", "chg", "replace"):
        return modify(call, replace=True)
    if matches(word, "delete"):
        return delete(call)
    if matches(word, "show", "lst", "list"):
        return show(call)
    if matches(word, "flush"):
        if not words:
            raise Refused("Flush requires arguments.", 1)
        return flush(call)
    if matches(word, "help"):
        wrong(IP_ADDR_USAGE)
    raise Refused(f'Command "{word}" is unknown, try "ip address help".', 255)


class Filter:
    """Which devices and addresses ``show`` and ``flush`` mean."""

    def __init__(self, call: Call) -> None:
        self.name: str | None = None
        self.up: bool | None = None
        self.scope: str | None = None
        self.to: str | None = None
        self.kind: str | None = None
        self.master: str | None = None
        self.label: str | None = None
        self.flags: list[str] = []
        words = call.words
        while words:
            word = words.take()
            if word == "to":
                self.to = prefix(words.value(), None)
            elif word == "scope":
                self.scope = self._scope(words.value())
            elif word in ("up", "down"):
                self.up = word == "up"
            elif word in ("label",):
                self.label = words.value()
            elif word == "type":
                self.kind = words.value()
            elif word == "master":
                missing = 'Error: argument "{}" is wrong: Device does not exist\n'
                self.master = find_device(call.ns, words.value(), missing, 255).name
            elif word in ("group", "vrf", "proto"):
                words.value()
            elif word.lstrip("-") in (
                "dynamic",
                "permanent",
                "secondary",
                "primary",
                "tentative",
                "deprecated",
                "dadfailed",
                "temporary",
                "noprefixroute",
            ):
                self.flags.append(word)
            else:
                if word == "dev":
                    word = words.value()
                if word == "help":
                    wrong(IP_ADDR_USAGE)
                if self.name is not None:
                    duplicate("dev", word)
                self.name = word

    @staticmethod
    def _scope(word: str) -> str:
        if word not in SCOPES and word != "all":
            wrong(f'Error: argument "{word}" is wrong: invalid "scope"\n')
        return word

    @property
    def selects(self) -> bool:
        """Whether devices without a chosen address are left out."""
        return bool(self.scope or self.to or self.label or self.flags)

    def devices(self, call: Call) -> list[Device]:
        if self.name is not None:
            found = [find_device(call.ns, self.name, 'Device "{}" does not exist.')]
        else:
            found = list(call.ns.devices.values())
        return [
            d
            for d in found
            if (self.up is None or d.up == self.up)
            and (
                self.kind is None
                or d.kind == self.kind
                or (self.kind == "bridge_slave" and d.master is not None)
            )
            and (self.master is None or (d.master is not None and d.master.name == self.master))
        ]

    def addresses(self, device: Device, family: int | None) -> list[Address]:
        return [a for a in sorted_addresses(device, family) if self._takes(a, device)]

    def _takes(self, entry: Address, device: Device) -> bool:
        if self.scope not in (None, "all") and entry.scope != self.scope:
            return False
        if self.to is not None:
            wide = ip_network(self.to, strict=False)
            if wide.version != entry.family or ip_address(entry.address) not in wide:
                return False
        if self.label is not None and not fnmatchcase(entry.label or device.name, self.label):
            return False
        for flag in self.flags:
            name, wanted = flag.lstrip("-"), not flag.startswith("-")
            if name in ("dynamic", "temporary", "deprecated", "noprefixroute"):
                has = bool(getattr(entry, name, False))
            elif name == "permanent":
                has = True
            elif name == "primary":
                has = not entry.secondary
            else:
                has = bool(getattr(entry, name, False))
            if has != wanted:
                return False
        return True


def show(call: Call) -> int:
    """Print devices with their addresses."""
    chosen = Filter(call)
    options = call.options
    if chosen.to is not None:
        options = replace(options, family=6 if ":" in chosen.to else 4)
    made = []
    # Of a device that is asked for by name the kernel tells all; only its dump for IPv6 is shorter.
    named = replace(options, family=4) if options.family == 6 and chosen.name is not None else options
    for device in chosen.devices(call):
        entries = chosen.addresses(device, options.family)
        if not entries and (chosen.selects or options.family in (4, 6)):
            continue
        if options.json:
            if options.brief:
                made.append(ip_json.brief_address(device, entries))
            else:
                infos = [ip_json.address(a, device) for a in entries]
                made.append({**ip_json.link(device, named, False), "addr_info": infos})
        elif options.brief:
            call.out(brief(device, options) + "".join(f"{prefix_words(a, options)} " for a in entries) + "\n")
        elif options.oneline:
            for a in entries:
                words = address_words(a, device, options)
                call.out(f"{device.ifindex}: {device.name}    {_family(a)} {words}{lifetime(chr(92))}")
        else:
            if chosen.label is None:
                call.out(text(call.process, device, named, mode=False))
            for a in entries:
                call.out(f"    {_family(a)} {address_words(a, device, options)}{lifetime(chr(10))}")
            if options.stats:
                call.out(counters(device, options, "\n").removeprefix("\n") + "\n")
    if options.json:
        call.out(dump(made, options.pretty))
    return 0


def _family(entry: Address) -> str:
    return "inet" if entry.family == 4 else "inet6"


def modify(call: Call, replace: bool) -> int:
    """ip address add|replace PREFIX dev DEVICE."""
    words, cidr, name = call.words, None, None
    settings: dict[str, object] = {}
    while words:
        word = words.take()
        if word in ("broadcast", "brd"):
            value = words.value()
            settings["broadcast"] = value if value in ("+", "-") else address(value, 4)
        elif word == "scope":
            settings["scope"] = Filter._scope(words.value())
        elif word == "label":
            settings["label"] = words.value()
        elif word in ("nodad", "noprefixroute"):
            settings[word] = True
        elif word == "dev":
            name = words.value()
        elif word in ("valid_lft", "preferred_lft", "metric", "proto", "anycast"):
            words.value()
        elif word in ("home", "mngtmpaddr", "autojoin", "optimistic"):
            continue
        elif word == "peer":
            raise Refused("Error: the embedded engine has no peer addresses.", 2)
        else:
            if word == "local":
                word = words.value()
            if cidr is not None:
                duplicate("local", word)
            cidr = prefix(word, call.options.family)
    if name is None:
        raise Refused('Not enough information: "dev" argument is required.', 1)
    if cidr is None:
        raise KernelError("EOPNOTSUPP", "no address")
    if len(str(settings.get("label", ""))) > DEVICE_NAME_MAX:
        raise KernelError("ERANGE", "a label is as long as a name", "Attribute failed policy validation")
    device = find_device(call.ns, name)
    need(call.process)
    if settings.get("broadcast") == "-":
        settings.pop("broadcast")
    device.add_address(cidr, replace=replace, **settings)  # type: ignore[arg-type]
    return 0


def delete(call: Call) -> int:
    """ip address del PREFIX dev DEVICE."""
    words, given, name = call.words, None, None
    while words:
        word = words.take()
        if word == "dev":
            name = words.value()
        elif word in ("label", "scope", "broadcast", "brd", "peer"):
            words.value()
        else:
            if word == "local":
                word = words.value()
            if given is not None:
                duplicate("local", word)
            given = word
    if name is None:
        raise Refused('Not enough information: "dev" argument is required.', 1)
    if given is None:
        raise KernelError("EOPNOTSUPP", "no address")
    cidr = prefix(given, call.options.family)
    device = find_device(call.ns, device_name(name))
    if "/" not in given and ":" not in given:
        call.process.err(WILDCARD.format(cidr))
        same = [a for a in device.addresses if a.address == cidr.split("/")[0]]
        cidr = same[0].cidr if same else cidr
    need(call.process)
    device.remove_address(cidr)
    return 0


def flush(call: Call) -> int:
    """ip address flush: remove what the filter chooses; nothing chosen is no failure."""
    chosen = Filter(call)
    family = call.options.family
    todo = [(d, a) for d in chosen.devices(call) for a in chosen.addresses(d, family)]
    if todo:
        need_flush(call.process)
    if chosen.name is not None and not chosen.selects:
        for device in chosen.devices(call):
            device.flush_addresses(family)
        return 0
    for device, entry in todo:
        if entry in device.addresses:
            device.remove_address(entry.cidr)
    return 0
