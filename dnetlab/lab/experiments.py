"""Changing a lab for a while: more networks and containers, others instead of its own, requests that may be refused."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from docker.errors import APIError

from dnetlab import execute, objects
from dnetlab.lab.probing import Probing
from dnetlab.plan import Container, Network, export
from dnetlab.probe.results import Ran


class Experiments(Probing):
    """Experiments on a lab that stands; each leaves it as it was."""

    def docker(self, command: str | Sequence[str]) -> Ran:
        """Carry out a docker command of the course, such as ``docker run -d --name x --network shop dnetlab/lab:1``.

        What it makes carries the lab's labels and goes with the lab. See :mod:`dnetlab.docker_words`.
        """
        from dnetlab import docker_words

        _ = self.lan
        ran = docker_words.run(self.client, command, self.labels)
        self.look_again()
        return ran

    def look_again(self) -> None:
        """Learn the names and addresses of what was made or changed beside the plan."""
        planned = {m.name for m in self.plan.topology.machines}
        containers, _ = objects.find(self.client, self.id)
        names = {c["Names"][0].lstrip("/") for c in containers if c["State"] == "running"}
        self._temporary = frozenset(n for n in names - planned if not n.startswith("dnetlab-lan-"))
        self.state()
        for name in self._temporary:
            endpoints = self.client.api.inspect_container(name)["NetworkSettings"]["Networks"]
            self._addresses[name] = {n: e["IPAddress"] for n, e in endpoints.items() if e.get("IPAddress")}

    @contextmanager
    def temporary(self, *things: Network | Container) -> Iterator[None]:
        """Make more networks and containers, in order; they are gone at the end of the with-block.

        Raises DnetlabError (see :func:`dnetlab.objects.refusal`) where the engine refuses one.
        """
        _ = self.lan
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
        _ = self.lan
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
                return objects.create_network(client, thing, self.labels)
            except APIError as error:
                raise objects.refusal(error, f"Creating the network {thing.name}") from error
        made = ""
        try:
            made = objects.create_container(client, thing, self.labels)
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
        _ = self.lan
        client, made = self.client, ""
        try:
            if isinstance(thing, Network):
                made = objects.create_network(client, thing, self.labels)
            else:
                made = objects.create_container(client, thing, self.labels)
                objects.start_container(client, made)
        except APIError as error:
            status = error.response.status_code if error.response is not None else 1
            return Ran(where="engine", command=shown, output=execute.explanation(error), exit_code=status)
        finally:
            if made:
                self._unmake(thing, made)
        return Ran(where="engine", command=shown, output=made[:12], exit_code=0)
