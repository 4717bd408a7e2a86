"""Running commands on the machines of a lab, and the probes made of them."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from dnetlab import execute
from dnetlab.errors import DnetlabError, NotBuilt
from dnetlab.lab.building import Building
from dnetlab.probe import capture as capture_module
from dnetlab.probe import run as probes
from dnetlab.probe.results import (
    ArpReplies,
    Capture,
    Connect,
    Http,
    Links,
    Lookup,
    Neighbours,
    Ping,
    Ran,
    ReachMatrix,
    Routes,
)

if TYPE_CHECKING:
    from dnetlab.explain import Explanation


class Probing(Building):
    """What can be asked of a lab that stands; each answer carries the command and what it printed."""

    def run(self, machine: str, argv: Sequence[str] | str, limit: float = execute.LIMIT) -> Ran:
        """Run a command on any machine: container, PC, router, switch, internet or ``host``.

        A text with shell signs runs under ``sh -c``. ``limit`` is in seconds. Firewall rules that are added on the host
        like this are taken back when the lab is removed.
        """
        lan = self.lan
        if machine == "host":
            self._typed.note(argv)
        shown = ""
        if isinstance(argv, str):
            shown, argv = argv, _words(argv)
        if not argv:
            raise DnetlabError(
                f"What shall {machine} run?", "There is no command.", 'Such as: lab.run("pc1", "ip route").'
            )
        if lan.has(machine):
            ran = lan.run(machine, argv, limit)
            return _shown(ran, shown)
        return execute.run(
            self.client, self._container_id(machine), argv, where=machine, shown=shown, limit=limit
        )

    def _container_id(self, machine: str) -> str:
        topology = self.plan.topology
        known = {m.name for m in topology.machines}
        if machine not in known and machine not in self._temporary:
            there = ", ".join(m.name for m in topology.machines)
            raise DnetlabError(f"There is no machine {machine!r}.", f"There are {there}.")
        return machine

    def target(self, name: str) -> str:
        """What a name of a machine means as an address; anything else is given back as it is."""
        known = {m.name for m in self.plan.topology.machines} | set(self._temporary)
        return self.address(name) if name in known else name

    def ping(self, source: str, target: str, *, by: str = "address", **options: Any) -> Ping:
        """Ping from a machine to another (or to an address). ``by="name"`` lets the source resolve the name.

        Options as :func:`dnetlab.probe.run.ping`: count, wait, size, do_not_fragment, version. The result's ``why``
        tells its way, and where and why it died.
        """
        to = self._meant(target, by)
        found = probes.ping(self.run, source, to, **options)
        size, uncut = options.get("size"), options.get("do_not_fragment", False)
        return dataclasses.replace(
            found, ask=partial(self.explain, source, target, by=by, size=size, do_not_fragment=uncut)
        )

    def _meant(self, target: str, by: str) -> str:
        return target if _by(by) == "name" else self.target(target)

    def reach(self, *machines: str) -> ReachMatrix:
        """Who reaches whom by address: one exec a source, in parallel. All containers, PCs, router and host."""
        roles = ("container", "host", "pc", "router")
        chosen = machines or tuple(m.name for role in roles for m in self.plan.topology.of_role(role))  # type: ignore[arg-type]
        addresses = {}
        for name in chosen:
            try:
                addresses[name] = self.address(name)
            except NotBuilt:
                raise
            except DnetlabError:
                addresses[name] = ""
        return probes.reach(self.run, addresses, list(chosen), parallel=self.engine.parallel)

    def lookup(self, source: str, name: str) -> Lookup:
        """The addresses that a name has for programs on that machine."""
        return probes.lookup(self.run, source, name)

    def connect(self, source: str, target: str, port: int, **options: Any) -> Connect:
        """A TCP connect to a machine's (or an address's) port. The result's ``why`` tells what became of it."""
        port = a_port(port)
        found = probes.connect(self.run, source, self.target(target), port, **options)
        return dataclasses.replace(found, ask=partial(self.explain, source, target, port=port))

    def http(self, source: str, target: str, port: int = 80, *, by: str = "address", **options: Any) -> Http:
        """An HTTP GET from a machine to another's web server. The result's ``why`` tells what became of it."""
        host = self._meant(target, by)
        port = a_port(port)
        found = probes.http(
            self.run, source, f"http://{host}" + (f":{port}" if port != 80 else ""), **options
        )
        return dataclasses.replace(found, ask=partial(self.explain, source, target, port=port, by=by))

    def neighbours(self, machine: str) -> Neighbours:
        """The machine's neighbour (ARP, NDP) table."""
        return probes.neighbours(self.run, machine)

    def routes(self, machine: str, version: int = 4) -> Routes:
        """The machine's routing table."""
        return probes.routes(self.run, machine, version)

    def links(self, machine: str) -> Links:
        """The machine's devices: kinds, MACs, addresses, parents."""
        return probes.links(self.run, machine)

    def arp_replies(self, source: str, address: str, device: str = "eth0") -> ArpReplies:
        """Everybody who answers an ARP request for the address."""
        return probes.arp_replies(self.run, source, address, device)

    def capture(self, machine: str, device: str, during: Callable[[], object], **options: Any) -> Capture:
        """The frames on a device of a LAN machine, of the host or of a container, while ``during`` runs."""
        lan = self.lan
        if lan.has(machine):
            prefix = "" if machine == "host" else f"ip netns exec {machine}"
            container = lan.container
        else:
            prefix, container = "", self._container_id(machine)

        def shell(script: str) -> Ran:
            return execute.run(self.client, container, ["sh", "-c", script], where=machine, limit=15)

        def detach(script: str) -> None:
            execute.detach(self.client, container, ["sh", "-c", script])

        return capture_module.capture(shell, detach, prefix, machine, device, during, **options)

    def mac(self, machine: str, device: str = "eth0") -> str:
        """A device's MAC address, as its own machine sees it."""
        found = self.links(machine).of(device)
        if found is None:
            raise DnetlabError(f"{machine} has no interface {device}.")
        return found.mac

    def walk(self, source: str, target: str) -> Any:
        """The way of a packet from device to device; see :mod:`dnetlab.explain`."""
        from dnetlab import explain

        return explain.walk(self, source, target)

    def explain(
        self, source: str, target: str, *, port: int | None = None, by: str = "address", **options: Any
    ) -> Explanation:
        """Why a packet arrives, or where it dies, as sentences with the cure; see :mod:`dnetlab.explain`.

        ``target`` is a machine, an address or a name; options as :func:`dnetlab.explain.explain`: port, by, size,
        do_not_fragment.
        """
        from dnetlab import explain

        _by(by)
        port = None if port is None else a_port(port)
        return explain.explain(self, source, str(target), port=port, by=by, **options)


_SHELL_SIGNS = set("|&;<>()$`*?~")


def _words(text: str) -> list[str]:
    if _SHELL_SIGNS & set(text):
        return ["sh", "-c", text]
    try:
        return shlex.split(text)
    except ValueError as wrong:
        raise DnetlabError(
            f"{text!r} is no command.", f"{wrong}.", "A quotation mark opens and closes."
        ) from None


def _by(how: str) -> str:
    """By what a target is named. Raises DnetlabError for anything but an address or a name."""
    if how in ("address", "name"):
        return how
    raise DnetlabError(f"A machine is not reached by {how!r}.", "", 'Write by="address" or by="name".')


def a_port(port: int | str) -> int:
    """A TCP port as a number. Raises DnetlabError where it is none."""
    if str(port).isdigit() and 1 <= int(port) <= 65535:
        return int(port)
    raise DnetlabError(
        f"{port!r} is no port.", "A port is a number from 1 to 65535.", "Web servers listen on 80."
    )


def _shown(ran: Ran, shown: str) -> Ran:
    return dataclasses.replace(ran, command=shown) if shown else ran
