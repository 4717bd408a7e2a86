"""On a real engine: all seven types hold, and whatever happens the engine's host is left as it was."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dnetlab import cleanup, image, labels, types
from dnetlab.engine import find
from dnetlab.errors import DnetlabError, InUse
from dnetlab.lab import Lab

ROOT = Path(__file__).parent.parent
SEVEN = (
    "default_bridge", "user_bridge", "host", "macvlan_bridge", "macvlan_8021q", "ipvlan_l2", "ipvlan_l3",
)  # fmt: skip

LOOK = """
ip -o link | sed 's/^[0-9]*: //; s/ *link\\/.*//; s/@[^:]*//; s/state [A-Z]*//; s/NO-CARRIER,//; s/,LOWER_UP//'
ip -o address | sed 's/^[0-9]*: //' | grep -v fe80 | awk '{print $1, $2, $3}'
ip route | sed 's/ linkdown//'
ip netns
sysctl net.ipv4.ip_forward net.ipv4.conf.all.rp_filter net.ipv4.conf.all.proxy_arp
iptables-save | grep '^-' | sort
"""


def host_of(client: Any) -> list[str]:
    """The engine host's devices, addresses, routes, namespaces, some sysctls and firewall rules, as lines."""
    out = client.containers.run(
        image.REF, ["sh", "-c", LOOK], network_mode="host", cap_add=["NET_ADMIN"], remove=True, stderr=True
    )
    return sorted(out.decode().splitlines())


@pytest.fixture
def as_before(engine_client: Any) -> Iterator[Any]:
    """The client; afterwards `docker ps -a`, `docker network ls` and the host's own network must be as before."""

    def everything() -> dict[str, Any]:
        return {
            "docker ps -a": sorted(c.name for c in engine_client.containers.list(all=True)),
            "docker network ls": sorted((n.name, n.id) for n in engine_client.networks.list()),
            "host": host_of(engine_client),
        }

    before = everything()
    yield engine_client
    assert everything() == before


def dnetlab(engine: str, *words: str, **options: Any) -> subprocess.Popen[str]:
    """A command of dnetlab in a process of its own, as a learner starts it."""
    environment = {**os.environ, "DNETLAB_ENGINE": engine, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "dnetlab.cli", *words],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A process that was started in the background ignores Ctrl-C; a learner's does not.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        **options,
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=240)
    return process.returncode, out, err


@pytest.mark.parametrize("name", SEVEN)
def test_every_claim_of_the_type_holds_on_a_real_engine(
    name: str, test_engine: str, as_before: Any, tmp_path: Path
) -> None:
    status, out, err = finish(dnetlab(test_engine, "tour", name, "--json", "--out", str(tmp_path)))
    assert status in {0, 1}, err
    (stop,) = json.loads(out)["types"]
    failed = [f"{c['id']}: {c['error'] or c['evidence']}" for c in stop["claims"] if not c["holds"]]
    assert not failed, "\n".join(failed)
    assert [c["id"] for c in stop["claims"]] == [c.id for c in types.get(name).claims]
    assert Path(stop["picture"]).read_bytes().startswith(b"\x89PNG")
    assert status == 0


def read_until(process: subprocess.Popen[str], pattern: str) -> str:
    """Progress lines up to one that fits."""
    assert process.stderr is not None
    seen = ""
    for line in process.stderr:
        seen += line
        if re.search(pattern, line):
            return seen
    raise AssertionError(f"{pattern} never came: {seen}")


def kill(process: subprocess.Popen[str]) -> None:
    """kill -9, and a second for the engine to end the calls that were under way."""
    process.kill()
    process.communicate()
    time.sleep(1)


@pytest.mark.parametrize("moment", ["LAN", "network", "container", r"✓"])
def test_a_tour_that_is_killed_leaves_what_clean_removes_and_nothing_else(
    moment: str, test_engine: str, as_before: Any, tmp_path: Path
) -> None:
    process = dnetlab(test_engine, "tour", "macvlan_8021q", "--out", str(tmp_path))
    read_until(process, moment)
    kill(process)
    left = cleanup.leftovers(as_before)
    assert [lab.type for lab in left] == ["macvlan_8021q"]
    assert all(lab.dead for lab in left)
    status, out, _ = finish(dnetlab(test_engine, "clean"))
    assert status == 0
    assert f"Removed {left[0].lab}" in out
    assert cleanup.leftovers(as_before) == []
    assert "Nothing was left behind" in finish(dnetlab(test_engine, "clean"))[1]


def test_what_a_killed_tour_left_is_removed_also_when_its_lan_was_killed_too(
    test_engine: str, as_before: Any, tmp_path: Path
) -> None:
    process = dnetlab(test_engine, "tour", "macvlan_8021q", "--out", str(tmp_path))
    read_until(process, "✓")
    kill(process)
    (lab,) = cleanup.leftovers(as_before)
    as_before.api.remove_container(f"dnetlab-lan-{lab.lab}", force=True)
    assert [gone.lab for gone in cleanup.clean(as_before)] == [lab.lab]


@pytest.mark.parametrize("moment", ["LAN", "network", "container", r"✓"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "terminate"])
def test_a_tour_that_is_interrupted_removes_what_it_made(
    moment: str, number: signal.Signals, test_engine: str, as_before: Any, tmp_path: Path
) -> None:
    process = dnetlab(test_engine, "tour", "macvlan_8021q", "--out", str(tmp_path))
    read_until(process, moment)
    process.send_signal(number)
    status, _, err = finish(process)
    assert status == (130 if number == signal.SIGINT else 143), err
    assert "Traceback" not in err
    assert cleanup.leftovers(as_before) == []


def test_a_container_that_cannot_be_made_in_the_middle_leaves_nothing(
    test_engine: str, as_before: Any
) -> None:
    own = as_before.containers.run(
        image.REF, ["sleep", "infinity"], name="db20", network_mode="none", detach=True
    )
    try:
        with (
            pytest.raises(InUse, match="a container has that name"),
            Lab("macvlan_8021q", test_engine) as lab,
        ):
            lab.build()
        assert cleanup.leftovers(as_before) == []
        own.reload()
        assert own.status == "running"
    finally:
        own.remove(force=True)


def test_a_subnet_that_a_network_has_is_said_with_that_reason(test_engine: str, as_before: Any) -> None:
    from docker.types import IPAMConfig, IPAMPool

    pool = IPAMConfig(pool_configs=[IPAMPool(subnet="10.50.1.0/24")])
    other = as_before.networks.create("the-learners-own", driver="bridge", ipam=pool)
    try:
        with (
            pytest.raises(DnetlabError, match=r"10\.50\.1\.0/24|has the subnet"),
            Lab("ipvlan_l3", test_engine) as lab,
        ):
            lab.build()
    finally:
        other.remove()


def test_a_lan_subnet_of_the_hosts_own_is_refused_before_anything_is_made(
    test_engine: str, as_before: Any
) -> None:
    given = {"subnet": "172.17.0.0/16", "gateway": "172.17.0.1", "ip_range": "172.17.128.0/24"}
    with (
        pytest.raises(InUse, match="is in use on the engine's host"),
        Lab("macvlan_bridge", test_engine, **given) as lab,
    ):
        lab.build()


def test_a_second_lab_is_refused_and_the_first_one_goes_on(test_engine: str, as_before: Any) -> None:
    with Lab("user_bridge", test_engine) as first:
        first.build()
        with pytest.raises(InUse) as refused, Lab("macvlan_bridge", test_engine) as second:
            second.build()
        assert "dnetlab clean" in str(refused.value) or "dnetlab down" in str(refused.value)
        assert first.ping("web", "db").ok
        assert [lab.lab for lab in cleanup.leftovers(as_before)] == [first.id]


def test_a_lab_that_is_left_standing_is_used_from_other_processes(
    test_engine: str, as_before: Any, tmp_path: Path
) -> None:
    status, out, err = finish(dnetlab(test_engine, "up", "ipvlan_l2", "containers=3"))
    try:
        assert status == 0, err
        assert "192.168.50.194" in out
        assert "Nothing was left behind" in finish(dnetlab(test_engine, "clean"))[1]
        assert finish(dnetlab(test_engine, "ping", "pc1", "app"))[0] == 0
        status, out, _ = finish(dnetlab(test_engine, "ping", "host", "app"))
        assert status == 1
        assert "host does not reach" in out
        matrix = json.loads(finish(dnetlab(test_engine, "reach", "web", "app", "host", "--json"))[1])
        assert matrix["web"] == {"app": True, "host": False}
        file = tmp_path / "lab.svg"
        assert finish(dnetlab(test_engine, "draw", "--out", str(file)))[0] == 0
        assert "svg" in file.read_text()[:300]
    finally:
        status, out, err = finish(dnetlab(test_engine, "down"))
    assert status == 0, err


def test_a_running_programs_lab_is_never_cleaned_away(test_engine: str, as_before: Any) -> None:
    with Lab("host", test_engine) as lab:
        lab.build()
        assert finish(dnetlab(test_engine, "clean"))[0] == 0
        assert lab.ping("pc1", "host").ok
        assert labels.alive(cleanup.leftovers(as_before)[0].session)


def test_a_container_that_is_removed_from_outside_is_shown_as_a_difference(
    test_engine: str, as_before: Any
) -> None:
    with Lab("user_bridge", test_engine) as lab:
        assert lab.build().differences == ()
        as_before.api.remove_container("db", force=True)
        (difference,) = lab.state().differences
        assert (difference.where, difference.found) == ("db", "")
        with pytest.raises(DnetlabError, match="db cannot run"):
            lab.run("db", "true")


def test_a_reach_matrix_asks_each_machine_once(test_engine: str, as_before: Any) -> None:
    with Lab("user_bridge", find(test_engine), containers=12) as lab:
        lab.build()
        names = [c.name for c in lab.plan.containers]
        matrix = lab.reach(*names)
        assert len(matrix.ran) == len(names)
        assert all(matrix[a, b] for a in names for b in names if a != b)
