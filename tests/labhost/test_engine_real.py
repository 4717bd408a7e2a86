"""The test engine itself: it answers, and its kernel has every link kind of the seven types."""

import json
from typing import Any

import pytest

from dnetlab import image
from tests.labhost.host import LINK_TRIAL


def test_the_engine_is_new_enough_for_the_course(engine_client: Any) -> None:
    version = engine_client.version()
    assert tuple(map(int, version["ApiVersion"].split("."))) >= (1, 41)


def test_the_engines_kernel_can_make_every_link_kind(untouched: Any) -> None:
    container = untouched.containers.run(
        image.REF,
        ["sleep", "infinity"],
        detach=True,
        network_mode="none",
        cap_add=["NET_ADMIN"],
    )
    try:
        answer = container.exec_run(["sh", "-ec", LINK_TRIAL])
        assert answer.exit_code == 0, answer.output
        links = json.loads(container.exec_run(["ip", "-d", "-j", "link"]).output)
        kinds = {link["linkinfo"]["info_kind"] for link in links if "linkinfo" in link}
        assert kinds == {"dummy", "veth", "bridge", "vlan", "macvlan", "ipvlan"}
    finally:
        container.remove(force=True)


@pytest.mark.parametrize(
    ("driver", "options"),
    [
        ("bridge", {}),
        ("macvlan", {"macvlan_mode": "bridge"}),
        ("ipvlan", {"ipvlan_mode": "l2"}),
        ("ipvlan", {"ipvlan_mode": "l3"}),
    ],
)
def test_a_container_runs_in_a_network_of_each_driver(
    untouched: Any, driver: str, options: dict[str, str]
) -> None:
    network = untouched.networks.create(f"labhost-{driver}", driver=driver, options=options)
    try:
        output = untouched.containers.run(
            image.REF, ["ip", "-4", "-br", "address", "show", "eth0"], network=network.name, remove=True
        )
        assert b"eth0" in output
        assert b"/16" in output
    finally:
        network.remove()


def test_the_engines_machine_has_no_stray_interfaces(untouched: Any) -> None:
    output = untouched.containers.run(image.REF, ["ip", "-j", "link"], network_mode="host", remove=True)
    assert [link["ifname"] for link in json.loads(output)] == ["lo", "eth0", "docker0"]
