"""A lab as it stands: its plan, its engine, and what is read back from it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from dnetlab import labels, objects, types
from dnetlab import state as state_module
from dnetlab.engine import Engine, find
from dnetlab.errors import DnetlabError, NotBuilt
from dnetlab.lab.typed import Typed
from dnetlab.lan import Lan
from dnetlab.plan import Plan, Topology, export

if TYPE_CHECKING:
    import networkx

    from dnetlab.draw import Picture
    from dnetlab.state import State


class Standing:
    """The plan of a lab and the engine that it stands on; the state is always read from there."""

    def __init__(self, type: str, engine: str | Engine | None = None, **parameters: Any) -> None:
        self.type = types.get(type)
        self.plan: Plan = self.type.plan(**parameters)
        self.parameters = parameters
        self.id = labels.new_id()
        self._wanted = engine
        self._engine: Engine | None = engine if isinstance(engine, Engine) else None
        self._lan: Lan | None = None
        self.labels = labels.of(self.id, self.type.name, parameters)
        """On everything that the lab makes."""
        self._addresses: dict[str, dict[str, str]] = {}
        self._temporary: frozenset[str] = frozenset()
        self._typed = Typed()

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

    # --- reading back --------------------------------------------------------------------------------------

    def state(self) -> State:
        """What is really there, read from the engine and the LAN, and where it differs from the plan."""
        lan, client = self.lan, self.client
        builtin = [n.name for n in self.plan.networks if n.builtin]
        ask: list[Callable[[], Any]] = [
            lambda: objects.find(client, self.id),
            lambda: lan.shell(state_module.dump_script(self.plan), limit=30).output,
            *(partial(client.api.inspect_network, name) for name in builtin),
        ]
        # The engine's lists have all that is compared; asking for each container again would only cost time.
        (containers, networks), dump, *known = objects.each(self.engine.parallel, lambda one: one(), ask)
        running = {c["Names"][0].lstrip("/"): c for c in containers if c["State"] == "running"}
        topology = state_module.topology(
            self.plan,
            {c.name: running[c.name] for c in self.plan.containers if c.name in running},
            {n["Name"]: n for n in (*networks, *known)},
            state_module.read_dump(dump),
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
        if not isinstance(machine, str) or machine not in self._addresses:
            if not self.built:
                raise NotBuilt(
                    "This lab is not built.", "Its addresses are not known.", "Run lab.build() first."
                )
            self.state()
        own = self._addresses.get(machine) if isinstance(machine, str) else None
        if own is None:
            raise DnetlabError(
                f"There is no machine {machine!r}.", f"There are {', '.join(self._addresses)}."
            )
        if isinstance(network, str) and network in own:
            return own[network]
        if not own or network is not None:
            shares = self.plan.topology.machine(machine).shares
            if shares and network is None:
                return self.address(shares)
            where = f" on {network}" if network else ""
            raise DnetlabError(f"{machine} has no IPv4 address{where}.", *self._homeless(machine, network))
        return next(iter(own.values()))

    def _homeless(self, machine: str, network: str | None) -> tuple[str, ...]:
        """Why a container may have no address, and what to do."""
        if machine not in {c.name for c in self.plan.containers}:
            return ()
        home = network or next((n.name for n in self.plan.networks), "NETWORK")
        return "It does not run, or is not in that network.", (
            f'lab.docker("ps -a") shows it; lab.docker("network connect {home} {machine}") connects it.'
        )

    def graph(self) -> networkx.MultiGraph:
        """The topology as a networkx graph: of the state where the lab is built, else of the plan."""
        from dnetlab import draw

        return draw.graph(self._topology())

    def draw(self, theme: str = "page") -> Picture:
        """The drawing, with its text form: of the state where the lab is built, else of the plan."""
        from dnetlab import draw

        looks = ("page", "light", "dark")
        if theme not in looks:
            raise DnetlabError(f"There is no theme {theme!r}.", f"There are {', '.join(looks)}.")
        if not self.built:
            return draw.show(self.plan.topology, theme)
        merged = draw.difference(self.plan.topology, self.state().topology)
        return draw.show(merged.topology, theme, **merged.marks)

    def _topology(self) -> Topology:
        return self.state().topology if self.built else self.plan.topology

    def commands(self, form: str = "cli") -> str:
        """What the lab builds, as ``cli``, ``compose`` or ``python`` text to copy."""
        forms = {"cli": export.cli, "compose": export.compose, "python": export.docker_py}
        if not isinstance(form, str) or form not in forms:
            raise DnetlabError(f"There is no form {form!r}.", f"There are {', '.join(forms)}.")
        return forms[form](self.plan)

    def __repr__(self) -> str:
        given = "".join(f", {k}={v!r}" for k, v in self.parameters.items())
        return f'dnetlab.Lab("{self.type.name}"{given})'
