"""The physical LAN around the Docker host, held by one container as network namespaces.

The container sits on the engine's host network with the least capabilities that work; the outer end of one veth
pair, ``lan0``, is the Docker host's NIC. Nothing else of the host is touched. Removing the container removes every
namespace, every cable and ``lan0``: the kernel cleans up, also after a crash.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from docker.errors import APIError, NotFound

from dnetlab import execute, lan_script, objects
from dnetlab.errors import BuildFailed, DnetlabError, EngineError, InUse
from dnetlab.plan import Plan
from dnetlab.plan.export import IMAGE
from dnetlab.probe.results import Ran

if TYPE_CHECKING:
    import docker

BUILD_LIMIT = 60.0
"""Seconds for the script; a LAN of 100 PCs takes about two on the test engine."""


MAC = re.compile(r"([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}")

SETS_SYSCTL = re.compile(r"sysctl .*\bnet[./]\S*=|>\s*/proc/sys/net/")
"""A command that sets a sysctl of a network namespace; on a LAN machine it may. On the Docker host it may not."""


class Lan:
    """The LAN of one lab. ``build`` makes it, ``run`` runs a command on one of its machines, ``remove`` ends it."""

    def __init__(self, client: docker.DockerClient, plan: Plan, lab: str, labels: dict[str, str]) -> None:
        self.client, self.plan, self.labels = client, plan, labels
        self.container = f"dnetlab-lan-{lab}"
        self._local = {m.name for m in plan.topology.machines if m.role in lan_script.LAN_ROLES}

    def build(self, needs: Sequence[str] = ()) -> None:
        """Start the container and run the LAN's script in it.

        Raises:
            InUse: an address of the engine's host lies in a subnet of the plan, or ``lan0`` exists already.
            EngineError: the engine's kernel cannot make a link kind of ``needs``.
            BuildFailed: anything else; what the script printed is in the message.
        """
        self._start()
        subnets = [str(i.network) for i in self.plan.host.interfaces[0].addresses]
        subnets += [
            str(pool.subnet)
            for network in self.plan.networks
            for pool in network.pools
            if network.driver == "bridge" and not network.builtin and pool.subnet.version == 4
        ]
        text = lan_script.script(self.plan, needs, dict.fromkeys(subnets))
        done = self.shell(text, limit=BUILD_LIMIT)
        if not done.ok:
            self.remove()
            raise self._refusal(done)

    def _start(self) -> None:
        # The least that `ip netns` needs. Not privileged: some hosts cannot give that, and no learner should.
        config = self.client.api.create_host_config(
            network_mode="host",
            cap_add=["NET_ADMIN", "NET_RAW", "SYS_ADMIN"],
            security_opt=["seccomp=unconfined", "apparmor=unconfined"],
        )
        made = objects.to_the_end(
            lambda: self.client.api.create_container(
                IMAGE,
                ["sleep", "infinity"],
                name=self.container,
                labels=self.labels,
                host_config=config,
                stop_signal="SIGKILL",
            )
        )
        objects.to_the_end(lambda: self.client.api.start(made["Id"]))

    def _refusal(self, done: Ran) -> Exception:
        text = done.output.strip()
        nic = self.plan.host.interfaces[0].name
        if done.exit_code == lan_script.CLASH:
            subnet, _, lines = text.partition("\n")
            # Lines of `ip -o -4 address`: number, device, "inet", address.
            words = [line.split() for line in lines.splitlines()]
            there = ", ".join(f"{w[3]} on {w[1]}" for w in words if len(w) > 3)
            return InUse(
                f"The subnet {subnet} is in use on the engine's host.",
                f"It has an address there already: {there or lines}.",
                "Give the lab another subnet, or remove what has it: a lab that still stands (dnetlab doctor lists them, "
                "dnetlab down and dnetlab clean remove them), or a network (docker network ls).",
            )
        if done.exit_code == lan_script.NO_LINK:
            kind = text.splitlines()[-1] if text else "?"
            module = "8021q" if kind == "vlan" else kind
            # The engine makes a VLAN sub-interface when the network is created, the others when a container starts.
            late = "" if kind == "vlan" else f", although `docker network create -d {kind}` would succeed"
            return EngineError(
                f"The engine's kernel cannot make {kind} links.",
                f"A trial in a throw-away namespace failed{late}.",
                f"Load the module on the engine's host (modprobe {module}), or use the embedded engine: --engine embedded.",
            )
        if "File exists" in text:
            other = "lan2" if nic == "lan1" else "lan1"
            return InUse(
                f"The engine's host has an interface {nic} already.",
                "Another lab, or one that was killed, holds it.",
                "Remove that lab first: lab.remove(), dnetlab down, or dnetlab clean for one that was killed."
                f' For a second lab beside it choose another NIC and LAN: nic="{other}", and a subnet of its own.',
            )
        return BuildFailed(
            "The LAN could not be built.",
            f"Its script ended with: {text[-400:].rstrip('.') or done.exit_code}.",
            "Look what this engine can do (dnetlab doctor), or use the embedded engine: --engine embedded.",
        )

    def shell(self, script: str, limit: float = execute.LIMIT, shown: str = "", where: str = "LAN") -> Ran:
        """Run a shell script in the LAN container, which shares the Docker host's network namespace."""
        return execute.run(
            self.client, self.container, ["sh", "-c", script], where=where, shown=shown or script, limit=limit
        )

    def has(self, machine: str) -> bool:
        """Whether the machine is one of the LAN's, or the Docker host."""
        return machine in self._local or machine == "host"

    def _there(self, machine: str) -> str:
        """The machine. Raises DnetlabError where it is none of the LAN's."""
        if isinstance(machine, str) and self.has(machine):
            return machine
        raise DnetlabError(
            f"The LAN has no machine {machine!r}.", f"It has {', '.join(sorted(self._local | {'host'}))}."
        )

    def argv(self, machine: str, argv: Sequence[str]) -> list[str]:
        """The command line that runs ``argv`` on a LAN machine, inside the container."""
        if machine == "host":
            return list(argv)
        line = shlex.join(argv)
        if SETS_SYSCTL.search(line):
            argv = ["sh", "-c", f"{lan_script.WRITABLE} && {line}"]
        return ["ip", "netns", "exec", machine, *argv]

    def run(self, machine: str, argv: Sequence[str], limit: float = execute.LIMIT) -> Ran:
        """Run a command on a LAN machine or on the Docker host."""
        return execute.run(
            self.client,
            self.container,
            self.argv(machine, argv),
            where=machine,
            shown=shlex.join(argv),
            limit=limit,
        )

    # --- changes for experiments; each is undone at the end of its with-block -------------------------------

    def forward(self, machine: str, on: bool) -> Ran:
        """Turn a LAN machine's forwarding of packets for others on or off."""
        shown = f"sysctl -w net.ipv4.ip_forward={int(on)}"
        return self.shell(lan_script.forwarding(machine, on), shown=shown, where=machine)

    @contextmanager
    def forwarding_off(self, machine: str = "router") -> Iterator[Ran]:
        """The router stops routing."""
        self._there(machine)
        try:
            yield self.forward(machine, False)
        finally:
            self.forward(machine, True)

    @contextmanager
    def route(self, machine: str, destination: str, via: str) -> Iterator[Ran]:
        """A static route on a LAN machine."""
        added = self.run(self._there(machine), ["ip", "route", "add", str(destination), "via", str(via)])
        try:
            yield added
        finally:
            self.run(machine, ["ip", "route", "del", str(destination), "via", str(via)])

    @contextmanager
    def routes_by_dhcp(self, routes: Sequence[tuple[str, str]], client: str = "laptop") -> Iterator[Ran]:
        """The LAN's DHCP server hands out routes as well (destination, gateway); the client asks it anew."""
        server = next(m for m in self.plan.lan if m.dhcp_pool)
        pid = lan_script.DHCP_PID.format(machine=server.name)
        device = self.plan.topology.machine(client).dhcp_client or "eth0"
        ask = f"ip netns exec {client} {lan_script.DHCP_CLIENT.format(device=device)}"

        def restart(handed: Sequence[tuple[str, str]]) -> Ran:
            command = lan_script.dhcp_server(server, handed)
            shown = command.removeprefix(f"ip netns exec {server.name} ")
            self.shell(f"kill $(cat {pid}); sleep 0.2; {command}", where=server.name, shown=shown)
            return self.shell(ask, where=client, shown=ask.split(maxsplit=4)[-1])

        try:
            yield restart(routes)
        finally:
            for destination, gateway in routes:
                self.run(client, ["ip", "route", "del", destination, "via", gateway])
            restart(())

    @contextmanager
    def one_mac_only(self, mac: str) -> Iterator[Ran]:
        """The Docker host's switch port accepts one MAC: port security, as hypervisors and clouds have it.

        No learning, no flooding, one static entry and no learned one left (golden macvlan-bridge/not-promiscuous).
        """
        if not MAC.fullmatch(str(mac)):
            raise DnetlabError(f"{mac!r} is no MAC address.", "", 'Such as lab.mac("host", "lan0").')
        port = "p-host"
        lines = [
            f"bridge -n switch link set dev {port} learning off flood off",
            f"ip -n switch link set dev {port} type bridge_slave fdb_flush",
            f"bridge -n switch fdb replace {mac} dev {port} master static vlan 1"
            if self._filtering
            else f"bridge -n switch fdb replace {mac} dev {port} master static",
        ]
        locked = self.shell(
            "; ".join(lines),
            where="switch",
            shown="; ".join(line.replace(" -n switch", "") for line in lines),
        )
        try:
            yield locked
        finally:
            vlan = " vlan 1" if self._filtering else ""
            self.shell(
                f"bridge -n switch link set dev {port} learning on flood on; "
                f"bridge -n switch fdb del {mac} dev {port} master static{vlan}"
            )

    @contextmanager
    def shim(self, kind: str, address: str, routes: Sequence[str], nic: str) -> Iterator[Ran]:
        """A host-side sibling of the containers on the same parent, with a route to them through it."""
        modes = {"macvlan": "macvlan mode bridge", "ipvlan": "ipvlan mode l2"}
        if kind not in ("macvlan", "ipvlan"):
            raise DnetlabError(f"There is no shim {kind!r}.", 'There are "macvlan" and "ipvlan".')
        steps = [
            f"ip link add shim0 link {nic} type {modes[kind]}",
            f"ip addr add {address}/32 dev shim0",
            "ip link set shim0 up",
            *(f"ip route add {route} dev shim0" for route in routes),
        ]
        made = self.shell(" && ".join(steps), where="host")
        try:
            yield made
        finally:
            # What the host learned about its containers through the shim would outlive it.
            self.shell(f"ip link del shim0 2>/dev/null; ip neigh flush dev {nic}", where="host")

    @contextmanager
    def hairpin(self) -> Iterator[Ran]:
        """The switch sends frames back to the Docker host's port they came from (reflective relay, IEEE 802.1Qbg)."""
        nic = self.plan.nic
        line = "bridge -n switch link set dev p-host hairpin"
        try:
            # Forget the questions that nobody answered before.
            yield self.shell(
                f"{line} on; ip neigh flush dev {nic}",
                where="switch",
                shown="bridge link set dev p-host hairpin on",
            )
        finally:
            self.shell(f"{line} off; ip neigh flush dev {nic}", where="switch")

    @property
    def _filtering(self) -> bool:
        switch = self.plan.topology.machine("switch")
        return any(p.tagged or p.untagged != 1 for p in switch.interfaces)

    def remove(self) -> None:
        """Remove the container and with it the whole LAN. Removing it twice is no error."""
        try:
            self.client.api.remove_container(self.container, force=True, v=True)
        except NotFound:
            pass
        except APIError as error:
            if "already in progress" not in str(error):
                raise
