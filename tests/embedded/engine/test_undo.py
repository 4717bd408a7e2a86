"""Whatever is done in whatever order, what is undone leaves the host as it was."""

from __future__ import annotations

from time import process_time
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from dnetlab.embedded.engine import EngineError

from .conftest import Lab

NETWORKS: dict[str, dict[str, Any]] = {
    "app": {"driver": "bridge"},
    "tight": {"driver": "bridge", "pool": {"Subnet": "10.1.0.0/30"}},
    "inside": {"driver": "bridge", "Internal": True},
    "mv": {"driver": "macvlan", "options": {"parent": "lan0"}, "pool": {"Subnet": "192.168.50.0/24"}},
    "iv": {"driver": "ipvlan", "options": {"parent": "lan0"}, "pool": {"Subnet": "10.2.0.0/29"}},
    "vl": {"driver": "macvlan", "options": {"parent": "lan0.10"}, "pool": {"Subnet": "10.3.0.0/24"}},
    "alone": {"driver": "ipvlan", "options": {"ipvlan_mode": "l3"}, "pool": {"Subnet": "10.4.0.0/24"}},
}
NAMES = [f"c{number}" for number in range(4)]
names = st.sampled_from(NAMES)
networks = st.sampled_from([*NETWORKS, "bridge", "host", "none"])


class EngineMachine(RuleBasedStateMachine):
    """Networks and containers come and go; refusals are fine, contradictions are not."""

    def __init__(self) -> None:
        super().__init__()
        self.lab = Lab()
        self.lab.lan()
        # What stays for good after the first use: docker0's link-local address.
        self.lab.run("c0")
        self.lab.engine.containers.remove("c0", force=True)
        self.before = self.lab.snapshot()

    def attempt(self, call: Any, *args: Any, **kwargs: Any) -> None:
        try:
            call(*args, **kwargs)
        except EngineError as error:
            assert 400 <= error.status < 600
            assert error.message

    @rule(name=st.sampled_from(sorted(NETWORKS)))
    def make_network(self, name: str) -> None:
        body = dict(NETWORKS[name])
        pools = [body.pop("pool")] if "pool" in body else []
        self.attempt(self.lab.network, name, body.pop("driver"), *pools, **body)

    @rule(name=st.sampled_from(sorted(NETWORKS)))
    def remove_network(self, name: str) -> None:
        self.attempt(self.lab.engine.networks.remove, name)

    @rule(name=names, network=networks, published=st.booleans(), address=st.integers(1, 6))
    def run_container(self, name: str, network: str, published: bool, address: int) -> None:
        body: dict[str, Any] = {}
        if published:
            body = {"ExposedPorts": {"80/tcp": {}}, "Host_PortBindings": {"80/tcp": [{"HostPort": "8080"}]}}
        if network == "iv":
            body["endpoint"] = {"IPAMConfig": {"IPv4Address": f"10.2.0.{address}"}}
        self.attempt(self.lab.run, name, network, **body)

    @rule(name=names, network=networks)
    def connect(self, name: str, network: str) -> None:
        self.attempt(self.lab.engine.networks.connect, network, {"Container": name})

    @rule(name=names, network=networks)
    def disconnect(self, name: str, network: str) -> None:
        self.attempt(self.lab.engine.networks.disconnect, network, {"Container": name})

    @rule(name=names, action=st.sampled_from(["start", "stop", "restart", "kill"]))
    def act(self, name: str, action: str) -> None:
        self.attempt(getattr(self.lab.engine.containers, action), name)

    @rule(name=names, force=st.booleans())
    def remove_container(self, name: str, force: bool) -> None:
        self.attempt(self.lab.engine.containers.remove, name, force=force)

    @invariant()
    def no_address_has_two_users(self) -> None:
        for network in self.lab.engine.networks.list():
            shown = self.lab.engine.networks.inspect(network["Id"])["Containers"]
            used = [entry["IPv4Address"] for entry in shown.values() if entry["IPv4Address"]]
            assert len(used) == len(set(used))
            for identifier in shown:
                assert self.lab.state(identifier)["Running"]

    @invariant()
    def interfaces_are_those_of_the_endpoints(self) -> None:
        for entry in self.lab.engine.containers.list():
            if entry["HostConfig"]["NetworkMode"] == "host":
                continue
            joined = [view for view in entry["NetworkSettings"]["Networks"].values() if view["IPAddress"]]
            assert len(self.lab.namespace(entry["Id"]).devices) == len(joined) + 1

    @precondition(lambda self: True)
    @rule()
    def sweep(self) -> None:
        self.teardown()

    def teardown(self) -> None:
        for entry in self.lab.engine.containers.list(all=True):
            self.lab.engine.containers.remove(entry["Id"], force=True)
        for network in self.lab.engine.networks.list({"type": ["custom"]}):
            self.lab.engine.networks.remove(network["Id"])
        assert self.lab.snapshot() == self.before


TestEngine = EngineMachine.TestCase
TestEngine.settings = settings(max_examples=25, stateful_step_count=40, deadline=None)


def test_thousand_containers_on_one_network_start_in_seconds() -> None:
    lab = Lab()
    lab.network("app")
    spent = []
    for count in (100, 900):
        started = process_time()
        for _ in range(count):
            lab.run(None, "app")
        spent.append((process_time() - started) / count)
    assert sum(cost * count for cost, count in zip(spent, (100, 900), strict=True)) < 5.0
    assert len(lab.engine.networks.inspect("app")["Containers"]) == 1000
    assert lab.reaches(lab.engine.containers.list(limit=1)[0]["Id"], "172.18.0.2")


def test_ten_thousand_endpoints_are_refused_where_the_subnet_ends() -> None:
    lab = Lab()
    lab.network("app", "bridge", {"Subnet": "10.0.0.0/24"})
    for _ in range(253):
        lab.run(None, "app")
    try:
        lab.run(None, "app")
    except EngineError as error:
        assert "no available IPv4 addresses on this network's address pools: app" in error.message
    else:
        raise AssertionError("a 254th container was given an address")
