"""A lab: a plan made real on an engine, read back, probed, explained and removed.

Everything goes through docker-py; nothing here knows which engine answers.
"""

from __future__ import annotations

import dataclasses
import shlex
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from docker.errors import APIError

from dnetlab import check, execute, labels, objects, progress, types
from dnetlab import claims as claim_module
from dnetlab import state as state_module
from dnetlab.engine import Engine, find
from dnetlab.errors import DnetlabError, NotBuilt
from dnetlab.lan import Lan
from dnetlab.plan import Container, Network, Plan, export
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
    import networkx

    from dnetlab.draw import Picture
    from dnetlab.explain import Explanation
    from dnetlab.state import State

Progress = Callable[["Step"], None]


@dataclass(frozen=True, slots=True)
class Step:
    """Progress of a build or removal: ``done`` of ``total`` steps, and what was just done."""

    done: int
    total: int
    text: str


class Lab:
    """A lab of one network type.

    Args:
        type: name of the network type, such as ``macvlan_bridge``.
        engine: ``embedded``, ``docker``, a URL, an :class:`~dnetlab.engine.Engine`, or None for the usual choice.
        **parameters: the type's parameters; ``dnetlab.types.get(type).parameters`` lists them.

    Raises:
        InvalidPlan: at once, before anything is touched, with every problem of the parameters.

    Used as a context manager it removes everything on any exit.
    """

    def __init__(self, type: str, engine: str | Engine | None = None, **parameters: Any) -> None:
        self.type = types.get(type)
        self.plan: Plan = self.type.plan(**parameters)
        self.parameters = parameters
        self.id = labels.new_id()
        self._wanted = engine
        self._engine: Engine | None = engine if isinstance(engine, Engine) else None
        self._lan: Lan | None = None
        self._labels = labels.of(self.id, self.type.name, parameters)
        self._addresses: dict[str, dict[str, str]] = {}

    # --- life ----------------------------------------------------------------------------------------------

    @classmethod
    def attach(cls, engine: str | Engine | None = None, id: str | None = None) -> Lab:
        """A lab that stands already, found by its labels: by id, or the one that ``dnetlab up`` left.

        Raises DnetlabError where there is none, or where its LAN does not run any more.
        """
        from dnetlab.attach import choose

        chosen = engine if isinstance(engine, Engine) else find(engine)
        standing = choose(chosen.client, id)
        if not standing.running:
            raise NotBuilt(
                f"The lab {standing.id} stands no more: its LAN was stopped.",
                "With the LAN went every cable, and lan0.",
                f"Remove the rest with: dnetlab down {standing.id}.",
            )
        lab = cls(standing.type, chosen, **standing.parameters)
        lab.id = standing.id
        lab._labels = {**lab._labels, labels.LAB: standing.id, labels.SESSION: standing.session}
        lab._lan = Lan(lab.client, lab.plan, lab.id, lab._labels)
        return lab

    def keep(self) -> Lab:
        """Say before the build that the lab is to outlive this process: ``dnetlab clean`` then leaves it alone.

        ``dnetlab down`` removes it, ``Lab.attach`` finds it again.
        """
        self._labels = labels.of(self.id, self.type.name, self.parameters, kept=True)
        return self

    @property
    def engine(self) -> Engine:
        """The engine of this lab, found when it is first needed. Raises EngineError where none can be used."""
        if self._engine is None:
            self._engine = find(self._wanted if isinstance(self._wanted, str) else None)
        return self._engine

    @property
    def client(self) -> Any:
        """The docker-py client."""
        return self.engine.client

    @property
    def built(self) -> bool:
        """Whether the lab stands."""
        return self._lan is not None

    @property
    def lan(self) -> Lan:
        """The LAN. Raises NotBuilt before the build."""
        if self._lan is None:
            raise NotBuilt(
                "This lab is not built.", "Nothing can be asked of it yet.", "Run lab.build() first."
            )
        return self._lan

    def __enter__(self) -> Lab:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()

    def build(self, progress: Progress | None = None) -> State:
        """Make the engine equal to the plan; gives the state that was read back.

        Interrupted or refused at any point it removes what it had made, then raises:
        InUse, EngineError, ImageError, BuildFailed, or KeyboardInterrupt.
        """
        if self.built:
            self.remove()
        total = 2 + sum(not n.builtin for n in self.plan.networks) + len(self.plan.containers)
        report = _Reporter(progress, total)
        try:
            self._build(report)
            found = self.state()
            report(self.engine.description)
        except BaseException:
            # Whatever it was, Ctrl-C too: nothing of a half-made lab stays behind.
            self.remove()
            raise
        return found

    def _build(self, report: _Reporter) -> None:
        lan = Lan(self.client, self.plan, self.id, self._labels)
        try:
            lan.build(self.type.needs)
        except APIError as error:
            raise objects.refusal(error, "Starting the LAN") from error
        self._lan = lan
        report("LAN: switch, router and PCs")

        self._make_networks(report)
        self._make_containers(report)

    def _make_networks(self, report: Callable[[str], None] = lambda _: None) -> None:
        # In order: VLAN sub-interfaces of one parent are made by the engine one after the other anyway.
        for network in self.plan.networks:
            if network.builtin:
                continue
            try:
                objects.create_network(self.client, network, self._labels)
            except APIError as error:
                raise objects.refusal(error, f"Creating the network {network.name}") from error
            report(f"network {network.name}")

    def _make_containers(self, report: Callable[[str], None] = lambda _: None) -> None:
        def make(container: Container) -> None:
            try:
                made = objects.create_container(self.client, container, self._labels)
                objects.start_container(self.client, made)
            except APIError as error:
                raise objects.refusal(error, f"Starting the container {container.name}") from error
            report(f"container {container.name}")

        # On the default bridge Docker gives the addresses, in the order of the starts: there the plan's order counts.
        ordered = any(a.network == "bridge" for c in self.plan.containers for a in c.attachments)
        objects.each(1 if ordered else self.engine.parallel, make, self.plan.containers)

    def remove(self, progress: Progress | None = None) -> None:
        """Remove everything that this lab made, and nothing else. Removing it twice is no error."""
        self._lan = None
        self._addresses = {}
        if self._engine is None:
            return
        report = _Reporter(progress, 1)
        objects.remove_all(self.client, self.id, self.engine.parallel)
        report("removed")

    # --- reading back --------------------------------------------------------------------------------------

    def state(self) -> State:
        """What is really there, read from the engine and the LAN, and where it differs from the plan."""
        lan = self.lan
        client, parallel = self.client, self.engine.parallel
        made = {c.name for c in self.plan.containers}
        containers, networks = objects.find(client, self.id)
        ids = {c["Names"][0].lstrip("/"): c["Id"] for c in containers if c["State"] == "running"}
        present = [name for name in made if name in ids]
        inspected = objects.each(parallel, lambda name: client.api.inspect_container(ids[name]), present)
        network_ids = {n["Name"]: n["Id"] for n in networks}
        wanted = [n.name for n in self.plan.networks if n.builtin or n.name in network_ids]
        nets = objects.each(
            parallel, lambda name: client.api.inspect_network(network_ids.get(name, name)), wanted
        )
        dump = lan.shell(state_module.dump_script(self.plan), limit=30)
        topology = state_module.topology(
            self.plan,
            dict(zip(present, inspected, strict=True)),
            dict(zip(wanted, nets, strict=True)),
            state_module.read_dump(dump.output),
        )
        self._addresses = {
            m.name: {
                i.network or i.name: str(a.ip) for i in m.interfaces for a in i.addresses if a.version == 4
            }
            for m in topology.machines
        }
        return state_module.State(topology, state_module.differences(self.plan, topology))

    def address(self, machine: str, network: str | None = None) -> str:
        """A machine's IPv4 address (on that network), as read back from the engine.

        The Docker host's is its NIC's on the LAN. Raises DnetlabError where it has none.
        """
        if machine not in self._addresses:
            if not self.built:
                raise NotBuilt(
                    "This lab is not built.", "Its addresses are not known.", "Run lab.build() first."
                )
            self.state()
        own = self._addresses.get(machine)
        if own is None:
            raise DnetlabError(
                f"There is no machine {machine!r}.", f"There are {', '.join(self._addresses)}."
            )
        if network is not None and network in own:
            return own[network]
        if not own or network is not None:
            shares = self.plan.topology.machine(machine).shares
            if shares and network is None:
                return self.address(shares)
            raise DnetlabError(f"{machine} has no IPv4 address{f' on {network}' if network else ''}.")
        return next(iter(own.values()))

    def graph(self) -> networkx.MultiGraph:
        """The topology as a networkx graph: of the state where the lab is built, else of the plan."""
        from dnetlab import draw

        return draw.graph(self._topology())

    def draw(self, theme: str = "light") -> Picture:
        """The drawing, with its text form: of the state where the lab is built, else of the plan."""
        from dnetlab import draw

        if not self.built:
            return draw.show(self.plan.topology, theme)
        merged = draw.difference(self.plan.topology, self.state().topology)
        return draw.show(merged.topology, theme, **merged.marks)

    def _topology(self) -> Any:
        return self.state().topology if self.built else self.plan.topology

    def commands(self, form: str = "cli") -> str:
        """What the lab builds, as ``cli``, ``compose`` or ``python`` text to copy."""
        forms = {"cli": export.cli, "compose": export.compose, "python": export.docker_py}
        if form not in forms:
            raise DnetlabError(f"There is no form {form!r}.", f"There are {', '.join(forms)}.")
        return forms[form](self.plan)

    # --- running commands and probes -----------------------------------------------------------------------

    def run(self, machine: str, argv: Sequence[str] | str, limit: float = execute.LIMIT) -> Ran:
        """Run a command on any machine: container, PC, router, switch, internet or ``host``.

        A text with shell signs runs under ``sh -c``. ``limit`` is in seconds.
        """
        lan = self.lan
        shown = ""
        if isinstance(argv, str):
            shown, argv = argv, _words(argv)
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

    _temporary: frozenset[str] = frozenset()

    def target(self, name: str) -> str:
        """What a name of a machine means as an address; anything else is given back as it is."""
        known = {m.name for m in self.plan.topology.machines} | set(self._temporary)
        return self.address(name) if name in known else name

    def ping(self, source: str, target: str, *, by: str = "address", **options: Any) -> Ping:
        """Ping from a machine to another (or to an address). ``by="name"`` lets the source resolve the name.

        Options as :func:`dnetlab.probe.run.ping`: count, wait, size, do_not_fragment, version. The result's ``why``
        tells its way, and where and why it died.
        """
        to = target if by == "name" else self.target(target)
        found = probes.ping(self.run, source, to, **options)
        return dataclasses.replace(found, ask=partial(self.explain, source, target))

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
        """A TCP connect to a machine's (or an address's) port."""
        return probes.connect(self.run, source, self.target(target), port, **options)

    def http(self, source: str, target: str, port: int = 80, *, by: str = "address", **options: Any) -> Http:
        """An HTTP GET from a machine to another's web server."""
        host = target if by == "name" else self.target(target)
        return probes.http(self.run, source, f"http://{host}" + (f":{port}" if port != 80 else ""), **options)

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

    def docker(self, command: str) -> Ran:
        """Carry out a docker command of the course, such as ``docker run -d --name x --network shop dnetlab/lab:1``.

        What it makes carries the lab's labels and goes with the lab. See :mod:`dnetlab.docker_words`.
        """
        from dnetlab import docker_words

        _ = self.lan
        ran = docker_words.run(self.client, command, self._labels)
        self._look_again()
        return ran

    def _look_again(self) -> None:
        """Learn the names and addresses of what was made or changed beside the plan."""
        planned = {m.name for m in self.plan.topology.machines}
        containers, _ = objects.find(self.client, self.id)
        names = {c["Names"][0].lstrip("/") for c in containers if c["State"] == "running"}
        self._temporary = frozenset(n for n in names - planned if not n.startswith("dnetlab-lan-"))
        self.state()
        for name in self._temporary:
            endpoints = self.client.api.inspect_container(name)["NetworkSettings"]["Networks"]
            self._addresses[name] = {n: e["IPAddress"] for n, e in endpoints.items() if e.get("IPAddress")}

    # --- temporary objects, for experiments ----------------------------------------------------------------

    @contextmanager
    def temporary(self, *things: Network | Container) -> Iterator[None]:
        """Make more networks and containers, in order; they are gone at the end of the with-block.

        Raises DnetlabError (see :func:`dnetlab.objects.refusal`) where the engine refuses one.
        """
        before = self._temporary, dict(self._addresses)
        made: list[tuple[Network | Container, str]] = []
        try:
            for thing in things:
                made.append((thing, self._make(thing)))
            yield
        finally:
            for thing, identity in reversed(made):
                self._unmake(thing, identity)
            self._temporary, self._addresses = before

    @contextmanager
    def instead(self, *things: Network | Container) -> Iterator[None]:
        """Like :meth:`temporary`, with the lab's own networks and containers away meanwhile; they are made again.

        For experiments that need the subnet or the parent for themselves.
        """
        client, parallel = self.client, self.engine.parallel
        own = [n for n in self.plan.networks if not n.builtin]
        objects.each(parallel, lambda c: objects.remove_container(client, c.name), self.plan.containers)
        objects.each(1, lambda n: objects.remove_network(client, n.name), own)
        try:
            with self.temporary(*things):
                yield
        finally:
            self._make_networks()
            self._make_containers()
            self.state()

    def _make(self, thing: Network | Container) -> str:
        client = self.client
        if isinstance(thing, Network):
            try:
                return objects.create_network(client, thing, self._labels)
            except APIError as error:
                raise objects.refusal(error, f"Creating the network {thing.name}") from error
        made = ""
        try:
            made = objects.create_container(client, thing, self._labels)
            objects.start_container(client, made)
        except APIError as error:
            if made:
                objects.remove_container(client, made)
            raise objects.refusal(error, f"Starting the container {thing.name}") from error
        self._temporary |= {thing.name}
        endpoints = client.api.inspect_container(made)["NetworkSettings"]["Networks"]
        self._addresses[thing.name] = {n: e["IPAddress"] for n, e in endpoints.items() if e.get("IPAddress")}
        return made

    def _unmake(self, thing: Network | Container, identity: str) -> None:
        if isinstance(thing, Network):
            objects.remove_network(self.client, identity)
        else:
            objects.remove_container(self.client, identity)

    def attempt(self, thing: Network | Container) -> Ran:
        """Ask the engine for one more object and take it away again: was it accepted, what did the engine say?

        The result's command is the equal docker CLI command, its exit status 0 where the engine accepted.
        """
        if isinstance(thing, Network):
            shown = shlex.join(export.network_create(thing))
        else:
            shown = shlex.join(export.container_run(thing, self.plan.networks))
        client, made = self.client, ""
        try:
            if isinstance(thing, Network):
                made = objects.create_network(client, thing, self._labels)
            else:
                made = objects.create_container(client, thing, self._labels)
                objects.start_container(client, made)
        except APIError as error:
            status = error.response.status_code if error.response is not None else 1
            return Ran(where="engine", command=shown, output=execute.explanation(error), exit_code=status)
        finally:
            if made:
                self._unmake(thing, made)
        return Ran(where="engine", command=shown, output=made[:12], exit_code=0)

    def inspect_network(self, name: str) -> Ran:
        """What the engine says of a network, as evidence: subnets, driver options, who is on it."""
        found = self.client.api.inspect_network(name)
        lines = [f"driver: {found['Driver']}", f"options: {found.get('Options')}"]
        lines += [f"pool: {config}" for config in (found["IPAM"].get("Config") or [])]
        for entry in found.get("Containers", {}).values():
            lines.append(
                f"endpoint: {entry['Name']} {entry['IPv4Address']} MAC {entry['MacAddress'] or '(empty)'}"
            )
        return Ran(
            where="engine", command=f"docker network inspect {name}", output="\n".join(lines), exit_code=0
        )

    def published(self, container: str) -> Ran:
        """The ports that the engine published for a container, as evidence; ``{}`` where there are none."""
        import json

        ports = self.client.api.inspect_container(container)["NetworkSettings"]["Ports"]
        bound = {port: bindings for port, bindings in (ports or {}).items() if bindings}
        command = f"docker inspect -f '{{{{json .NetworkSettings.Ports}}}}' {container}"
        return Ran(where="engine", command=command, output=json.dumps(bound), exit_code=0)

    def ended(self, container: str, within: float = 5.0) -> Ran:
        """How a container's process ended, and what it printed, as evidence; waits ``within`` seconds for the end."""
        deadline = time.monotonic() + within
        while True:
            state = self.client.api.inspect_container(container)["State"]
            if state["Status"] != "running" or time.monotonic() > deadline:
                break
            time.sleep(0.1)
        logs = self.client.api.logs(container).decode(errors="replace").strip()
        output = f"{state['Status']}, exit status {state['ExitCode']}\n{logs}"
        command = f"docker inspect -f '{{{{.State.Status}}}}' {container}; docker logs {container}"
        return Ran(where="engine", command=command, output=output, exit_code=0)

    def try_connect(self, network: str, container: str) -> Ran:
        """Ask the engine to connect a container to one more network, and undo it where it was accepted."""
        command = f"docker network connect {network} {container}"
        try:
            self.client.api.connect_container_to_network(container, network)
        except APIError as error:
            status = error.response.status_code if error.response is not None else 1
            return Ran(where="engine", command=command, output=execute.explanation(error), exit_code=status)
        self.client.api.disconnect_container_from_network(container, network)
        return Ran(where="engine", command=command, output="", exit_code=0)

    def create_with_discarded_port(self, name: str) -> Ran:
        """Create (not start) a host-mode container with a published port, as the docker CLI sends it.

        docker-py refuses that combination itself; the engine answers with a warning, which is the output.
        """
        config = {"NetworkMode": "host", "PortBindings": {"80/tcp": [{"HostPort": "8099"}]}}
        made = self.client.api.create_container(
            export.IMAGE, ["web", "8099"], name=name, labels=self._labels, host_config=config
        )
        objects.remove_container(self.client, made["Id"])
        command = f"docker create --network host -p 8099:80 --name {name} {export.IMAGE}"
        return Ran(where="engine", command=command, output="\n".join(made.get("Warnings") or []), exit_code=0)

    # --- teaching ------------------------------------------------------------------------------------------

    def claims(self, *ids: str, each: Callable[[claim_module.Verdict], None] | None = None) -> list[Any]:
        """Try the type's claims (all, or those named) on the live lab; gives a verdict each.

        ``each`` is called with a verdict as soon as it is there.
        """
        _ = self.lan
        chosen = [self.type.claim(i) for i in ids] or list(self.type.claims)
        verdicts = Verdicts()
        for claim in chosen:
            verdict = claim_module.attempt(claim, self)
            verdicts.append(verdict)
            if each:
                each(verdict)
        return verdicts

    def predict(self, *machines: str) -> check.Prediction:
        """An empty prediction, to be filled with ``guess`` and ``answer`` before the build."""
        return check.prediction(self, machines or None)

    def compare(self, guess: check.Prediction) -> check.Comparison:
        """A prediction against the live network, each wrong cell explained; it is noted in the progress file."""
        _ = self.lan
        return check.compare(guess, self, progress.load())

    def exercise(self, id: str) -> check.Task:
        """An exercise of this type on this lab, with the learner's own values."""
        return check.Task(self.type.exercise(id), self, progress.load())

    def walk(self, source: str, target: str) -> Any:
        """The way of a packet from device to device; see :mod:`dnetlab.explain`."""
        from dnetlab import explain

        return explain.walk(self, source, target)

    def explain(self, source: str, target: str) -> Explanation:
        """Why a packet arrives, or where it dies, as sentences with the cure; see :mod:`dnetlab.explain`."""
        from dnetlab import explain

        return explain.explain(self, source, target)

    def __repr__(self) -> str:
        given = "".join(f", {k}={v!r}" for k, v in self.parameters.items())
        return f'dnetlab.Lab("{self.type.name}"{given})'


class Verdicts(list[Any]):
    """Verdicts of claims; print as text and as HTML."""

    @property
    def hold(self) -> bool:
        """Whether all hold."""
        return all(v.holds for v in self)

    def __str__(self) -> str:
        return "\n".join(str(v) for v in self)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        import html

        rows = []
        for v in self:
            seen = "".join(
                f"<li>{'✓' if s.holds else '✗'} {html.escape(s.what)}"
                f"<pre style='margin:0 0 .4em'>{html.escape(chr(10).join(r.short() for r in s.evidence))}</pre></li>"
                for s in v.seen
            )
            error = f"<p>Could not be tried to its end: {html.escape(v.error)}</p>" if v.error else ""
            rows.append(
                f"<details><summary>{'✓' if v.holds else '✗'} {html.escape(v.claim.text)}</summary>"
                f"<ul style='list-style:none;padding-left:1em'>{seen}</ul>{error}</details>"
            )
        return "".join(rows)


class _Reporter:
    def __init__(self, progress: Progress | None, total: int) -> None:
        self.progress, self.total, self.done = progress, total, 0

    def __call__(self, text: str) -> None:
        self.done += 1
        if self.progress:
            self.progress(Step(min(self.done, self.total), self.total, text))


_SHELL_SIGNS = set("|&;<>()$`*?~")


def _words(text: str) -> list[str]:
    if _SHELL_SIGNS & set(text):
        return ["sh", "-c", text]
    return shlex.split(text)


def _shown(ran: Ran, shown: str) -> Ran:
    return dataclasses.replace(ran, command=shown) if shown else ran
