"""The embedded engine: lessons, many containers, pings, and whether cost grows linearly.

Times are processor time: nothing waits here, so it is the time on a machine that does nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from bench.rows import NotRun, Row, processor
from dnetlab import execute, image, tour, types
from dnetlab.engine import Engine, find
from dnetlab.errors import DnetlabError
from dnetlab.probe import run as probes
from dnetlab.probe.results import Ran


def rows(engine: Engine | None = None) -> Iterator[Row | NotRun]:
    """The parts for the embedded engine, each on a fresh one in this process."""
    for name, part in (("lesson", _lessons), ("containers", _containers), ("ping", _ping), ("reach", _reach)):
        try:
            yield from part()
        except DnetlabError as error:
            yield NotRun(name, str(error))


def _lessons() -> Iterator[Row | NotRun]:
    for kind in types.all_types():
        stops: list[tour.Stop] = []
        engine = find("embedded")
        seconds = processor(partial(_visit, kind, engine, stops))
        (stop,) = stops
        name = f"{kind.name}: built, read back, {len(kind.claims)} claims tried"
        if stop.error:
            yield NotRun(name, stop.error)
        else:
            yield Row(name, seconds, most=0.3)


def _visit(kind: types.NetworkType, engine: Engine, stops: list[tour.Stop]) -> None:
    stops.append(tour.visit(kind, engine))


def _network(count: int) -> tuple[Any, list[str], float]:
    """A fresh engine with so many containers on one network; their names and the seconds it took."""
    client = find("embedded").client
    client.networks.create("big", driver="bridge", ipam=_ipam())
    names = [f"c{n}" for n in range(count)]

    def make() -> None:
        for name in names:
            made = client.api.create_container(
                image.REF,
                ["web", "80"],
                name=name,
                host_config=client.api.create_host_config(network_mode="big"),
            )
            client.api.start(made["Id"])

    return client, names, processor(make)


def _ipam() -> Any:
    from docker.types import IPAMConfig, IPAMPool

    return IPAMConfig(pool_configs=[IPAMPool(subnet="10.60.0.0/16")])


def _containers() -> Iterator[Row]:
    taken = {count: _network(count)[2] for count in (10, 100, 1000)}
    yield Row("1,000 containers on one network", taken[1000], most=5.0)
    for small, large in ((10, 100), (100, 1000)):
        yield Row(
            f"each of {large} containers", taken[large] / large, f"each of {small}", taken[small] / small, 1.5
        )


def _runner(client: Any) -> probes.Run:
    def run(machine: str, argv: Any, limit: float = 10.0) -> Ran:
        return execute.run(client, machine, argv, where=machine, limit=limit)

    return run


def _addresses(client: Any) -> dict[str, str]:
    found = client.api.inspect_network("big")["Containers"].values()
    return {entry["Name"]: entry["IPv4Address"].split("/")[0] for entry in found}


def _neighbours() -> tuple[Any, Any, str]:
    """Two machines on a bridge, in the model of the kernel alone; steps are recorded as always."""
    from dnetlab.embedded.kernel import Kernel

    kernel = Kernel()
    switch = kernel.namespace("switch")
    bridge = switch.add_bridge("br0")
    bridge.set_up()
    machines = []
    for number in (1, 2):
        machine = kernel.namespace(f"m{number}")
        device, port = machine.add_veth("eth0", f"p{number}", switch)
        port.set_master(bridge)
        device.add_address(f"10.0.0.{number}/24")
        for end in (device, port):
            end.set_up()
        machines.append(machine)
    return kernel, machines[0], "10.0.0.2"


def _ping() -> Iterator[Row]:
    count = 500
    kernel, source, address = _neighbours()
    kernel.ping(source, address)  # ARP is done before the clock starts

    def pings() -> None:
        if not all(kernel.ping(source, address).ok for _ in range(count)):
            raise DnetlabError("The pings were not answered.")

    yield Row("a ping between neighbours", processor(pings) / count, most=0.0003)
    client, names, _ = _network(2)
    target = _addresses(client)[names[1]]
    run = _runner(client)
    probes.ping(run, names[0], target)

    def work() -> None:
        ran = run(names[0], ["ping", "-c", str(count), "-i", "0.01", target], 3600)
        if f"{count} received" not in ran.output:
            raise DnetlabError("The pings were not answered.", ran.output[-200:])

    yield Row("each of the pings of `ping -c 500`", processor(work) / count)
    yield Row("an exec of ping -c 1 through docker-py", processor(lambda: probes.ping(run, names[0], target)))


def _reach() -> Iterator[Row]:
    each: dict[int, float] = {}
    for count in (10, 32, 100):
        client, names, _ = _network(count)
        run, addresses = _runner(client), _addresses(client)
        seconds = processor(partial(probes.reach, run, addresses, names))
        each[count] = seconds / (count * (count - 1))
        if count == 100:
            yield Row("reach matrix of 100 containers (9,900 pairs)", seconds, most=3.0)
    yield Row("each pair of 100 containers", each[100], "each pair of 10", each[10], 1.5)
