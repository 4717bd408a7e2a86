"""A real engine: what dnetlab adds to the engine's own bare calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from bench.rows import NotRun, Row, in_turn, timed
from dnetlab import draw, image, labels, objects
from dnetlab.engine import Engine
from dnetlab.errors import DnetlabError
from dnetlab.lab import Lab
from dnetlab.lan import Lan
from dnetlab.plan import Container, Network, Plan


def rows(engine: Engine, rounds: int = 3) -> Iterator[Row | NotRun]:
    """The parts for a real engine. Each leaves the engine as it was."""
    parts: dict[str, Callable[[], Iterator[Row]]] = {
        "build": lambda: _build(engine, rounds),
        "LAN of 100 PCs": lambda: _lan(engine, rounds),
        "reach matrix": lambda: _reach(engine),
        "click to drawing": lambda: _drawing(engine, rounds),
    }
    for name, part in parts.items():
        try:
            yield from part()
        except DnetlabError as error:
            yield NotRun(name, str(error))


# --- build against the same objects by bare calls -------------------------------------------------------------


class Bare:
    """The same objects by docker-py and a thread pool alone: no labels but one, no checks, nothing read back."""

    def __init__(self, engine: Engine, plan: Plan, script: str, in_order: bool = False) -> None:
        self.in_order = in_order
        self.api: Any = engine.client.api  # docker-py's types are partly missing, partly wrong
        self.plan, self.script = plan, script
        self.made: list[str] = []
        self.networks: list[str] = []

    def build(self) -> None:
        """LAN first, as its NIC is the parent of the networks; then networks; then all containers at once.

        ``in_order`` starts them one after the other, which gives them the addresses of the plan on the default bridge.
        """
        self.lan()
        for network in self.plan.networks:
            if not network.builtin:
                self.networks.append(self._network(network))
        with ThreadPoolExecutor(16) as pool:
            made = list(pool.map(self._container, self.plan.containers))
        if self.in_order:
            for one in made:
                self.api.start(one)

    def lan(self) -> None:
        """One container on the engine's host network, and the script in it."""
        config = self.api.create_host_config(
            network_mode="host",
            cap_add=["NET_ADMIN", "NET_RAW", "SYS_ADMIN"],
            security_opt=["seccomp=unconfined", "apparmor=unconfined"],
        )
        made = self.api.create_container(
            image.REF, ["sleep", "infinity"], name="bench-lan", host_config=config, labels={"dnetlab.bench": "1"}
        )["Id"]  # fmt: skip
        self.made.append(made)
        self.api.start(made)
        execution = self.api.exec_create(made, ["sh", "-c", self.script])["Id"]
        output = self.api.exec_start(execution)
        if self.api.exec_inspect(execution)["ExitCode"] != 0:
            raise DnetlabError("The bare LAN could not be built.", output.decode(errors="replace"))

    def _network(self, network: Network) -> str:
        from docker.types import IPAMConfig, IPAMPool

        pools = [
            IPAMPool(
                subnet=str(p.subnet),
                gateway=str(p.gateway) if p.gateway else None,
                iprange=str(p.ip_range) if p.ip_range else None,
                aux_addresses={k: str(v) for k, v in p.reserved} or None,
            )
            for p in network.pools
        ]
        made = self.api.create_network(
            network.name,
            driver=network.driver,
            options=network.driver_options,
            ipam=IPAMConfig(pool_configs=pools),
        )
        return str(made["Id"])

    def _container(self, container: Container) -> str:
        first = container.attachments[0]
        endpoint = self.api.create_endpoint_config(ipv4_address=str(first.ipv4)) if first.ipv4 else None
        made = self.api.create_container(
            image.REF,
            ["web", str(container.port)],
            name=container.name,
            hostname=container.name,
            labels={"dnetlab.bench": "1"},
            host_config=self.api.create_host_config(network_mode=first.network),
            networking_config=self.api.create_networking_config({first.network: endpoint})
            if endpoint
            else None,
        )["Id"]
        self.made.append(made)
        if not self.in_order:
            self.api.start(made)
        return str(made)

    def remove(self) -> None:
        """Everything that was made, the LAN last."""
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(lambda i: self.api.remove_container(i, force=True, v=True), self.made[1:]))
        for network in self.networks:
            self.api.remove_network(network)
        for identity in self.made[:1]:
            self.api.remove_container(identity, force=True, v=True)


def bare_script(plan: Plan) -> str:
    """The bare ``ip -batch`` script of a LAN without VLANs: what one would write by hand."""
    from dnetlab import lan_script

    machines = [m for m in plan.topology.machines if m.role in lan_script.LAN_ROLES]
    ends = [(link.a, link.b) for link in plan.topology.links if link.kind == "cable"]
    host = plan.host.interfaces[0]
    lines = ["set -e", *(f"ip netns add {m.name}" for m in machines), "ip -batch - <<'EOF'"]
    for pair in ends:
        a, b = sorted(pair, key=lambda end: end.machine != "host")
        home = "" if a.machine == "host" else f" netns {a.machine}"
        lines.append(f"link add {a.interface}{home} type veth peer name {b.interface} netns {b.machine}")
    lines += [
        f"link set {host.name} up",
        *(f"address add {a} dev {host.name}" for a in host.addresses),
        "EOF",
    ]
    for machine in machines:
        lines.append(f"ip -n {machine.name} -batch - <<'EOF'")
        lines.append("link set lo up")
        if machine.role == "switch":
            lines += ["link add br0 type bridge", "link set br0 up"]
        for interface in machine.interfaces:
            lines += [f"link set {interface.name} master br0"] if interface.master else []
            lines += [f"link set {interface.name} up"]
            lines += [f"address add {address} dev {interface.name}" for address in interface.addresses]
        lines += [f"route add default via {machine.gateway}"] if machine.gateway else []
        lines.append("EOF")
    return "\n".join(lines)


def _build(engine: Engine, rounds: int) -> Iterator[Row]:
    for type, given in (("user_bridge", {}), ("default_bridge", {}), ("user_bridge", {"containers": 16})):
        lab = Lab(type, engine=engine, **given)
        script = bare_script(lab.plan)

        def ours(lab: Lab = lab) -> float:
            try:
                return timed(lab.build)
            finally:
                lab.remove()

        def theirs(in_order: bool, plan: Plan = lab.plan, script: str = script) -> float:
            bare = Bare(engine, plan, script, in_order)
            try:
                return timed(bare.build)
            finally:
                bare.remove()

        what = f"build and read back {type}, {len(lab.plan.containers)} containers"
        mine, bare = in_turn(rounds, ours, partial(theirs, lab.plan.in_order))
        order = ", started in order" if lab.plan.in_order else ""
        yield Row(what, mine, f"bare docker-py thread pool{order}", bare, 1.2)
        if lab.plan.in_order:
            mine, bare = in_turn(rounds, ours, partial(theirs, False))
            yield Row("the same", mine, "the pool starts them at once, whoever gets which address", bare)


# --- LAN of 100 PCs ---------------------------------------------------------------------------------------------


def _lan(engine: Engine, rounds: int) -> Iterator[Row]:
    lab = Lab("user_bridge", engine=engine, pcs=100)
    script = bare_script(lab.plan)

    def ours() -> float:
        identity = labels.new_id()
        lan = Lan(engine.client, lab.plan, identity, labels.of(identity, "bench"))
        try:
            return timed(lan.build)
        finally:
            lan.remove()

    def theirs() -> float:
        bare = Bare(engine, lab.plan, script)
        try:
            return timed(bare.lan)
        finally:
            bare.remove()

    mine, bare = in_turn(rounds, ours, theirs)
    yield Row("LAN of 100 PCs", mine, "bare ip -batch script in the same container", bare, 1.2)


# --- reach matrix -----------------------------------------------------------------------------------------------

PAIRS = 12
"""So many pairs are pinged one by one; the rest is calculated."""


def _reach(engine: Engine) -> Iterator[Row]:
    with Lab("user_bridge", engine=engine, containers=16) as lab:
        lab.build()
        names = [c.name for c in lab.plan.containers]
        seconds = timed(lambda: lab.reach(*names))
        yield Row("reach matrix of 16 containers (240 pairs)", seconds, most=2.0)
        pairs = [(a, b) for a in names for b in names if a != b][:PAIRS]
        one_by_one = timed(lambda: [lab.ping(a, b) for a, b in pairs]) / PAIRS * 240
        note = f"calculated from {PAIRS} pairs"
        yield Row("the same matrix", seconds, "pair by pair, one exec each", one_by_one, 0.125, note)


# --- click to drawing -------------------------------------------------------------------------------------------


def _drawing(engine: Engine, rounds: int) -> Iterator[Row]:
    def once(type: str) -> float:
        lab = Lab(type, engine=engine)

        def click() -> Any:
            state = lab.build()
            return draw.show(state.topology).png

        try:
            return timed(click)
        finally:
            lab.remove()

    for type in ("user_bridge", "macvlan_bridge"):
        (seconds,) = in_turn(rounds, lambda type=type: once(type))  # type: ignore[misc]
        yield Row(f"click to drawing, {type}", seconds, most=3.0)


def sweep(engine: Engine) -> None:
    """Remove what an interrupted run left."""
    client = engine.client
    for container in client.api.containers(all=True, filters={"label": "dnetlab.bench"}):
        objects.remove_container(client, container["Id"])
