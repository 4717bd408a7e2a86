"""An engine to play with, and short ways to use it."""

from __future__ import annotations

from typing import Any

import pytest

from dnetlab.embedded.engine import Engine, EngineError
from dnetlab.embedded.kernel import Namespace


class Lab:
    """An engine with the calls that tests make all the time."""

    def __init__(self, version: str = "28.5") -> None:
        self.engine = Engine(version=version)
        self.host = self.engine.host

    def network(self, name: str, driver: str = "bridge", *subnets: dict[str, Any], **body: Any) -> str:
        """Creates a network; its id."""
        options = body.pop("options", None)
        request = {"Name": name, "Driver": driver, "Options": options, **body}
        if subnets:
            request["IPAM"] = {"Config": list(subnets)}
        return str(self.engine.networks.create(request)["Id"])

    def create(self, name: str | None = None, network: str = "bridge", **body: Any) -> str:
        """Creates a container that sleeps; its id. Keys that begin with ``Host_`` go to HostConfig."""
        host = {key.removeprefix("Host_"): body.pop(key) for key in list(body) if key.startswith("Host_")}
        host.setdefault("NetworkMode", network)
        endpoint = body.pop("endpoint", None)
        if endpoint is not None:
            body["NetworkingConfig"] = {"EndpointsConfig": {network: endpoint}}
        request = {"Image": "dnetlab/lab:1", "Cmd": ["sleep", "infinity"], "HostConfig": host, **body}
        return str(self.engine.containers.create(request, name)["Id"])

    def run(self, name: str | None = None, network: str = "bridge", **body: Any) -> str:
        """Creates and starts a container; its id."""
        identifier = self.create(name, network, **body)
        self.engine.containers.start(identifier)
        return identifier

    def inspect(self, ref: str) -> dict[str, Any]:
        """A container's inspection."""
        return self.engine.containers.inspect(ref)

    def state(self, ref: str) -> dict[str, Any]:
        """A container's State."""
        found: dict[str, Any] = self.inspect(ref)["State"]
        return found

    def settings(self, ref: str, network: str) -> dict[str, Any]:
        """What inspection says of a container in a network."""
        found: dict[str, Any] = self.inspect(ref)["NetworkSettings"]["Networks"][network]
        return found

    def address(self, ref: str, network: str = "bridge") -> str:
        """A container's IPv4 address."""
        return str(self.settings(ref, network)["IPAddress"])

    def namespace(self, ref: str) -> Namespace:
        """A running container's network namespace ("host": the engine host's)."""
        if ref == "host":
            return self.host
        for namespace in self.engine.kernel.namespaces.values():
            if namespace.name.startswith(f"container/{self.inspect(ref)['Id'][:12]}"):
                return namespace
        raise AssertionError(f"{ref} has no namespace of its own")

    def reaches(self, source: str, address: str) -> bool:
        """Whether a ping from a container (or "host") is answered."""
        return self.engine.kernel.ping(self.namespace(source), address).reply is not None

    def rules(self, table: str, family: int = 4, source: str = "host") -> list[str]:
        """The lines of ``iptables -t TABLE -S``."""
        return self.namespace(source).netfilter(family).table(table).spec_lines()

    def exec(self, ref: str, *command: str) -> tuple[int | None, str]:
        """Runs a command in a container: exit code and output."""
        made = self.engine.execs.create(
            ref, {"Cmd": list(command), "AttachStdout": True, "AttachStderr": True}
        )
        chunks = [chunk[1] for chunk in self.engine.execs.start(made["Id"], {}) if chunk is not None]
        return self.engine.execs.inspect(made["Id"])["ExitCode"], b"".join(chunks).decode()

    def lan(self) -> None:
        """A wire to a PC: the host's NIC lan0 with 192.168.50.2, and a namespace "pc" with .100."""
        pc = self.engine.kernel.namespace("pc")
        inner, outer = pc.add_veth("eth0", "lan0", self.host)
        for device, address in ((outer, "192.168.50.2/24"), (inner, "192.168.50.100/24")):
            device.add_address(address, broadcast="+")
            device.set_up()
        pc.lo.set_up()

    def snapshot(self) -> dict[str, Any]:
        """All that a network or container could leave behind on the host."""
        return {
            "devices": sorted((name, device.kind) for name, device in self.host.devices.items()),
            # docker0 keeps the link-local address that it gets with its first container.
            "routes": [
                str(route)
                for family in (4, 6)
                for route in self.host.routes(family)
                if route.dst != "fe80::/64"
            ],
            "rules": [self.rules(table, family) for family in (4, 6) for table in ("raw", "filter", "nat")],
            "sockets": sorted((info.proto, info.local, info.local_port) for info in self.host.sockets()),
            "namespaces": sorted(self.engine.kernel.namespaces),
        }


def refused(call: Any, *args: Any, **kwargs: Any) -> tuple[int, str]:
    """Status and message with which the engine refuses a call."""
    with pytest.raises(EngineError) as caught:
        call(*args, **kwargs)
    return caught.value.status, caught.value.message


@pytest.fixture
def lab() -> Lab:
    """A fresh engine of version 28.5."""
    return Lab()
