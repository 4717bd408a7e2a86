"""Running commands on the machines of a lab, and the probes made of them."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from docker.errors import NotFound

from dnetlab import execute
from dnetlab.errors import DnetlabError, NotBuilt
from dnetlab.lab import asked
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
        self._known(machine)
        argv, shown = asked.a_command(machine, argv)
        if machine == "host":
            self._typed.note(argv)
        if lan.has(machine):
            ran = lan.run(machine, argv, limit)
            return _shown(ran, shown)
        return execute.run(self.client, machine, argv, where=machine, shown=shown, limit=limit)

    def _known(self, machine: str) -> None:
        """Raises DnetlabError where there is no such machine."""
        names = [m.name for m in self.plan.topology.machines]
        if isinstance(machine, str) and (
            machine in names or machine in self._temporary or self._met(machine)
        ):
            return
        raise DnetlabError(f"There is no machine {machine!r}.", f"There are {', '.join(names)}.")

    def _met(self, name: str) -> bool:
        """Whether a container of that name runs that was made past the lab: with the docker CLI, with docker-py."""
        if self._lan is None or not _NAME.fullmatch(name) or asked.is_address(name):
            return False
        try:
            found = self.client.api.inspect_container(name)
        except NotFound:
            return False
        if not found["State"]["Running"] or found["Name"] != f"/{name}":
            return False
        endpoints = found["NetworkSettings"]["Networks"]
        self._addresses[name] = {n: e["IPAddress"] for n, e in endpoints.items() if e.get("IPAddress")}
        self._temporary |= {name}
        return True

    def _meet(self, name: str) -> None:
        """Learn of a container that was made past the lab, if that is what the name means; a stopped one is nobody's."""
        if name not in {m.name for m in self.plan.topology.machines}:
            self._met(name)

    def guests(self) -> set[str]:
        """The containers beside the plan that were asked for, as far as they run."""
        return {name for name in self._temporary if self._met(name)}

    def target(self, name: str) -> str:
        """What a name of a machine means as an address; anything else is given back as it is."""
        known = {m.name for m in self.plan.topology.machines} | set(self._temporary)
        return self.address(name) if name in known or self._met(name) else name

    def ping(self, source: str, target: str, *, by: str = "address", **options: Any) -> Ping:
        """Ping from a machine to another (or to an address). ``by="name"`` lets the source resolve the name.

        Options as :func:`dnetlab.probe.run.ping`: count, wait, size, do_not_fragment, version. The result's ``why``
        tells its way, and where and why it died.
        """
        to = self._meant(target, by)
        options = asked.options(options)
        found = probes.ping(self.run, source, to, **options)
        size, uncut = options.get("size"), options.get("do_not_fragment", False)
        return dataclasses.replace(
            found, ask=partial(self.explain, source, target, by=by, size=size, do_not_fragment=uncut)
        )

    def _meant(self, target: str, by: str) -> str:
        target = asked.a_target(target)
        return target if asked.a_way(by) == "name" else self.target(target)

    def reach(self, *machines: str) -> ReachMatrix:
        """Who reaches whom by address: one exec a source, in parallel. All containers, PCs, router and host."""
        roles = ("container", "host", "pc", "router")
        chosen = machines or tuple(m.name for role in roles for m in self.plan.topology.of_role(role))  # type: ignore[arg-type]
        addresses = {}
        for name in chosen:
            self._known(name)
            try:
                addresses[name] = self.address(name)
            except NotBuilt:
                raise
            except DnetlabError:
                addresses[name] = ""
        return probes.reach(self.run, addresses, list(chosen), parallel=self.engine.parallel)

    def lookup(self, source: str, name: str) -> Lookup:
        """The addresses that a name has for programs on that machine."""
        return probes.lookup(self.run, source, asked.a_target(name))

    def connect(self, source: str, target: str, port: int, **options: Any) -> Connect:
        """A TCP connect to a machine's (or an address's) port. The result's ``why`` tells what became of it."""
        port, target = asked.a_port(port), asked.a_target(target)
        found = probes.connect(self.run, source, self.target(target), port, **asked.options(options))
        return dataclasses.replace(found, ask=partial(self.explain, source, target, port=port))

    def http(self, source: str, target: str, port: int = 80, *, by: str = "address", **options: Any) -> Http:
        """An HTTP GET from a machine to another's web server. The result's ``why`` tells what became of it."""
        host = self._meant(target, by)
        port = asked.a_port(port)
        url = f"http://{host}" + (f":{port}" if port != 80 else "")
        found = probes.http(self.run, source, url, **asked.options(options))
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
        return probes.arp_replies(self.run, source, asked.an_address(address), device)

    def capture(self, machine: str, device: str, during: Callable[[], object], **options: Any) -> Capture:
        """The frames on a device of a LAN machine, of the host or of a container, while ``during`` runs."""
        lan, during = self.lan, asked.an_action(during)
        self._known(machine)
        if lan.has(machine):
            prefix = "" if machine == "host" else f"ip netns exec {machine}"
            container = lan.container
        else:
            prefix, container = "", machine

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

        asked.a_way(by)
        port = None if port is None else asked.a_port(port)
        target = asked.a_target(target)
        self._known(source)
        self._meet(target)
        return explain.explain(self, source, target, port=port, by=by, **options)


_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_-]*")
"""A container's name that is no address."""


def _shown(ran: Ran, shown: str) -> Ran:
    return dataclasses.replace(ran, command=shown) if shown else ran
