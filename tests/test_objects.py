"""Engine objects from plan data: what the engine is asked for, what is removed, what its refusals become."""

from __future__ import annotations

import threading
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from dnetlab import errors, objects
from dnetlab.plan import Attachment, Container, Network, Pool, Publish
from tests.fakes import FakeApi, FakeClient, refused


class Recording(FakeApi):
    """Keeps the keyword arguments of create calls."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[dict[str, Any]] = []

    def create_network(self, name: str, **options: Any) -> dict[str, Any]:
        self.asked.append({"name": name, **options})
        return super().create_network(name, **options)

    def create_container(self, image: str, command: Any = None, **options: Any) -> dict[str, Any]:
        self.asked.append({"image": image, "command": command, **options})
        return super().create_container(image, command, **options)


LABELS = {"dnetlab.lab": "abc123"}


def test_a_network_is_asked_for_with_parent_mode_and_pools() -> None:
    api = Recording()
    pool = Pool(
        ip_network("10.0.0.0/24"),
        ip_address("10.0.0.1"),
        ip_network("10.0.0.64/26"),
        (("x", ip_address("10.0.0.9")),),
    )
    objects.create_network(FakeClient(api), Network("n", "ipvlan", (pool,), parent="lan0", mode="l3"), LABELS)
    (asked,) = api.asked
    assert asked["options"] == {"parent": "lan0", "ipvlan_mode": "l3"}
    assert asked["labels"] == LABELS
    assert asked["ipam"]["Config"] == [
        {"Subnet": "10.0.0.0/24", "IPRange": "10.0.0.64/26", "Gateway": "10.0.0.1", "AuxiliaryAddresses": {"x": "10.0.0.9"}}
    ]  # fmt: skip


def test_a_mac_address_is_given_to_the_endpoint_never_to_the_container() -> None:
    api = Recording()
    container = Container("web", (Attachment("n", ip_address("10.0.0.2"), mac="02:42:0a:00:00:02"),))
    objects.create_container(FakeClient(api), container, LABELS)
    (asked,) = api.asked
    assert "mac_address" not in asked
    assert asked["networking_config"]["n"]["mac_address"] == "02:42:0a:00:00:02"
    assert asked["networking_config"]["n"]["ipv4_address"] == "10.0.0.2"


def test_ports_are_published_on_the_address_that_was_asked_for() -> None:
    api = Recording()
    container = Container("web", (Attachment("bridge"),), (Publish(80, 8080), Publish(81, 8081, "127.0.0.1")))
    objects.create_container(FakeClient(api), container, LABELS)
    bindings = api.asked[0]["host_config"]["PortBindings"]
    assert bindings == {
        "80/tcp": [{"HostIp": "", "HostPort": "8080"}],
        "81/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8081"}],
    }


def test_two_ports_of_the_host_may_lead_to_one_of_the_container() -> None:
    api = Recording()
    container = Container("web", (Attachment("bridge"),), (Publish(80, 8080), Publish(80, 8081)))
    objects.create_container(FakeClient(api), container, LABELS)
    bindings = api.asked[0]["host_config"]["PortBindings"]["80/tcp"]
    assert [b["HostPort"] for b in bindings] == ["8080", "8081"]


def test_the_lan_is_removed_last_while_docker_can_still_take_its_sub_interfaces_away() -> None:
    client = FakeClient()
    for name in ("dnetlab-lan-abc123", "web", "db"):
        client.api.create_container("x", name=name, labels=LABELS)
    client.api.create_network("n", labels=LABELS)
    client.api.calls.clear()
    assert objects.remove_all(client, "abc123", 2) == (3, 1)
    removals = [call for call in client.api.calls if call.startswith("remove")]
    assert removals == ["remove_container", "remove_container", "remove_network", "remove_container"]
    assert not client.api.held and not client.api.nets


def test_one_removal_that_fails_keeps_nobody_from_removing_the_rest() -> None:
    from requests.exceptions import ConnectionError

    failures = [ConnectionError("Resource temporarily unavailable")]
    api = FakeApi({"remove_container": lambda ref: failures.pop() if failures else None})
    for name in ("dnetlab-lan-abc123", "web", "db"):
        api.create_container("x", name=name, labels=LABELS)
    api.create_network("n", labels=LABELS)
    objects.remove_all(FakeClient(api), "abc123", 2)
    assert not api.held and not api.nets


def test_what_can_never_be_removed_is_said_after_the_rest_is_gone() -> None:
    api = FakeApi({"remove_network": lambda ref: refused(403, "network n has active endpoints")})
    api.create_container("x", name="web", labels=LABELS)
    api.create_network("n", labels=LABELS)
    with pytest.raises(Exception, match="active endpoints"):
        objects.remove_all(FakeClient(api), "abc123")
    assert not api.held


def test_what_has_no_label_of_the_lab_stays() -> None:
    client = FakeClient()
    client.api.create_container("x", name="mine")
    client.api.create_container("x", name="other", labels={"dnetlab.lab": "fff000"})
    client.api.create_network("mine")
    objects.remove_all(client, "abc123")
    assert len(client.api.held) == 2
    assert len(client.api.nets) == 1


def test_removing_what_is_gone_or_going_is_no_error() -> None:
    client = FakeClient(
        FakeApi({"remove_container": lambda ref: refused(409, "removal is already in progress")})
    )
    objects.remove_container(client, "web")
    objects.remove_container(FakeClient(), "web")
    objects.remove_network(FakeClient(), "n")


def test_a_removal_that_fails_otherwise_is_an_error() -> None:
    client = FakeClient(FakeApi({"remove_container": lambda ref: refused(500, "device busy")}))
    with pytest.raises(Exception, match="device busy"):
        objects.remove_container(client, "web")


def test_the_first_error_of_many_is_raised_after_those_under_way_have_ended() -> None:
    begun, ended = threading.Event(), []

    def work(number: int) -> None:
        if number == 0:
            begun.wait(5)
            raise errors.BuildFailed("no")
        begun.set()
        threading.Event().wait(0.05)
        ended.append(number)

    with pytest.raises(errors.BuildFailed):
        objects.each(2, work, [0, 1])
    assert ended == [1]


def test_a_call_under_way_is_waited_for_when_ctrl_c_comes() -> None:
    begun, free, done = threading.Event(), threading.Event(), []

    def call() -> None:
        begun.set()
        free.wait(5)
        done.append(True)

    def interrupt() -> None:
        import _thread

        begun.wait(5)
        _thread.interrupt_main()
        free.set()

    helper = threading.Thread(target=interrupt)
    helper.start()
    with pytest.raises(KeyboardInterrupt):
        objects.to_the_end(call)
        helper.join()
        threading.Event().wait(1)  # where the interrupt arrives, if the call ended first
    helper.join()
    assert done == [True]


@pytest.mark.parametrize(
    "status,said,kind",
    [
        (404, "No such image: dnetlab/lab:1", errors.ImageError),
        (403, "invalid pool request: Pool overlaps with other one on this address space", errors.InUse),
        (409, 'Conflict. The container name "/web" is already in use by container "4ac3"', errors.InUse),
        (409, "network with name shop already exists", errors.InUse),
        (500, "Bind for 0.0.0.0:8080 failed: port is already allocated", errors.InUse),
        (500, "network di-1 is already using parent interface lan0", errors.InUse),
        (500, "failed to create the macvlan port: device or resource busy", errors.InUse),
        (500, "failed to create the ipvlan port: operation not supported", errors.EngineError),
        (500, "something else", errors.BuildFailed),
    ],
)
def test_a_refusal_becomes_an_error_that_keeps_the_engines_sentence(
    status: int, said: str, kind: type
) -> None:
    error = objects.refusal(refused(status, said), "Starting the container web")
    assert type(error) is kind
    if kind is not errors.ImageError:
        assert said in str(error)
