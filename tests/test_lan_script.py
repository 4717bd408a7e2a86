"""The LAN's script: text made of a plan, the same commands as the goldens' LAN."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from dnetlab import lan_script, types
from dnetlab.plan import Plan


def script(name: str, needs: tuple[str, ...] = (), subnets: tuple[str, ...] = (), **given: object) -> str:
    return lan_script.script(types.get(name).plan(**given), needs, subnets)


def batches(text: str) -> dict[str, list[str]]:
    """Command line → lines of its here-document."""
    return {
        m[1]: m[2].splitlines() for m in re.finditer(r"^(\S[^\n]*) <<'EOF'\n(.*?)\nEOF$", text, re.M | re.S)
    }


def test_the_docker_hosts_nic_is_the_outer_end_of_a_cable_to_the_switch() -> None:
    found = batches(script("macvlan_bridge"))["ip -batch -"]
    assert "link add lan0 type veth peer name p-host netns switch" in found
    assert "address add 192.168.50.2/24 dev lan0" in found
    assert "link add eth0 netns pc1 type veth peer name p-pc1 netns switch" in found


def test_each_namespace_is_configured_by_one_process() -> None:
    text = script("macvlan_bridge", pcs=100)
    for number in range(1, 101):
        assert text.count(f"ip -n pc{number} -batch") == 1
    assert text.count("ip netns exec pc") == 0


def test_a_lan_without_vlans_has_a_plain_switch() -> None:
    text = script("ipvlan_l2")
    assert "vlan_filtering" not in text
    assert "bridge -n switch" not in text


def test_trunks_carry_tags_and_access_ports_lose_them() -> None:
    found = batches(script("macvlan_8021q"))
    switch = found["bridge -n switch -batch -"]
    for line in (
        "vlan add dev p-host vid 10",
        "vlan add dev p-host vid 20",
        "vlan del dev p-pc10 vid 1",
        "vlan add dev p-pc10 vid 10 pvid untagged",
    ):
        assert line in switch
    assert "link add br0 type bridge vlan_filtering 1" in found["ip -n switch -batch -"]
    assert "link add link eth0 name eth0.10 type vlan id 10" in found["ip -n router -batch -"]


def test_a_host_address_in_a_subnet_ends_the_script_before_anything_is_made() -> None:
    text = script("macvlan_bridge", subnets=("192.168.50.0/24",))
    assert text.index(f"exit {lan_script.CLASH}") < text.index("ip netns add")
    assert "show to 192.168.50.0/24" in text


def test_a_link_kind_is_tried_in_a_namespace_and_taken_away() -> None:
    text = script("ipvlan_l2", needs=("ipvlan",))
    assert "ip -n router link add trial0 link eth0 type ipvlan" in text
    assert "ip -n router link del trial0" in text
    assert f"exit {lan_script.NO_LINK}" in text


def test_the_dhcp_server_stays_inside_the_plans_pool() -> None:
    text = script("macvlan_bridge", subnet="10.7.0.0/24", gateway="10.7.0.1", ip_range="10.7.0.192/27")
    assert "--dhcp-range=10.7.0.3,10.7.0.99,255.255.255.0,1h" in text
    assert "--dhcp-option=3,10.7.0.1" in text
    assert "192.168.50" not in text


def test_the_laptop_asks_for_its_address_after_the_server_has_started() -> None:
    text = script("macvlan_bridge")
    assert text.index("dnsmasq") < text.index("udhcpc")
    assert "address add" not in "\n".join(batches(text)["ip -n laptop -batch -"])


@pytest.mark.parametrize("kind", types.all_types(), ids=lambda kind: kind.name)
def test_nothing_of_the_host_but_lan0_is_named(kind: types.NetworkType) -> None:
    own = batches(lan_script.script(kind.plan(), kind.needs))["ip -batch -"]
    for line in own:
        assert "lan0" in line or " netns " in line, line


@pytest.mark.parametrize("kind", types.all_types(), ids=lambda kind: kind.name)
@pytest.mark.skipif(shutil.which("sh") is None, reason="no shell")
def test_a_shell_takes_the_script(kind: types.NetworkType) -> None:
    plan: Plan = kind.plan()
    text = lan_script.script(plan, kind.needs, ("192.168.50.0/24",))
    assert subprocess.run(["sh", "-n"], input=text, text=True, capture_output=True).stderr == ""
