"""What a lab gives to copy is run by the programs it is for, and makes the very topology that the lab builds."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dnetlab import state, types
from dnetlab.embedded import Engine
from dnetlab.lab import Lab
from dnetlab.plan import export
from tests.served import need, served

PROGRAMS = {"cli": "docker", "compose": "docker-compose", "python": sys.executable}
"""Form of an export → the program that it takes."""

LABS = {
    "default_bridge": {"containers": 3},
    "user_bridge": {"ip_range": "172.28.0.128/25", "ipv6_subnet": "fd00:28::/64", "internal": True},
    "host": {},
    "macvlan_bridge": {"ipv6_subnet": "fd00:50::/64"},
    "macvlan_8021q": {"vlans": (10, 20, 30)},
    "ipvlan_l2": {"names": ("shop", "till")},
    "ipvlan_l3": {"containers": 4},
}
"""Each type, with parameters that fill the corners of an export."""

ON_A_REAL_ENGINE = ("user_bridge",)
"""A sample for each run; all seven with DNETLAB_ALL_EXPORTS=1 (three minutes)."""


@pytest.fixture
def socket(tmp_path: Path) -> Iterator[str]:
    """URL of the embedded engine, served as ``dnetlab engine`` does."""
    with served(Engine(), tmp_path / "docker.sock") as path:
        yield f"unix://{path}"


class Shell:
    """Runs exported text as a learner does: in a folder of its own, with the engine in ``DOCKER_HOST``."""

    def __init__(self, url: str, folder: Path) -> None:
        self.folder = folder
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        self.environment = {**kept, "DOCKER_HOST": url, "HOME": str(folder), "DOCKER_CONFIG": str(folder)}

    def run(self, *words: str) -> None:
        done = subprocess.run(
            words,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout}{done.stderr}"

    def make(self, form: str, text: str) -> None:
        """Bring up what the text describes."""
        if form == "compose":
            (self.folder / "compose.yaml").write_text(text)
            self.run(PROGRAMS[form], "up", "-d")
        elif form == "cli":
            self.run("sh", "-ec", text)
        else:
            self.run(PROGRAMS[form], "-c", text)


def found(lab: Lab) -> state.State:
    """What has the plan's names on the engine, whoever made it."""
    api, plan = lab.client.api, lab.plan
    containers = {c.name: api.containers(filters={"name": f"^/{c.name}$"})[0] for c in plan.containers}
    networks = {n.name: api.inspect_network(n.name) for n in plan.networks}
    devices = state.read_dump(lab.lan.shell(state.dump_script(plan), limit=30).output)
    topology = state.topology(plan, containers, networks, devices)
    return state.State(topology, state.differences(plan, topology))


def differences_by_form(name: str, url: str, folder: Path) -> dict[str, tuple[state.Difference, ...]]:
    """Build the lab, take its containers and networks away, and make them again from each form of its export.

    Returns:
        Form → how what it made differs from the plan, and from what the lab itself had built.
    """
    need(*PROGRAMS.values())
    shell = Shell(url, folder)
    differ = {}
    with Lab(name, engine=url, **LABS[name]) as lab:
        lab.build()
        built, remove = lab.reach().as_dict(), export.cli_remove(lab.plan)
        for form in PROGRAMS:
            shell.run("sh", "-ec", remove)
            shell.make(form, lab.commands(form))
            differ[form] = found(lab).differences
            assert lab.reach().as_dict() == built, form
        shell.run("sh", "-ec", remove)
    return differ


@pytest.mark.parametrize("name", [kind.name for kind in types.all_types()])
def test_every_form_of_an_export_makes_what_the_lab_builds(name: str, socket: str, tmp_path: Path) -> None:
    assert differences_by_form(name, socket, tmp_path) == dict.fromkeys(PROGRAMS, ())


@pytest.mark.parametrize("name", LABS if os.environ.get("DNETLAB_ALL_EXPORTS") else ON_A_REAL_ENGINE)
def test_every_form_of_an_export_makes_it_on_a_real_engine(
    name: str, test_engine: str, tmp_path: Path
) -> None:
    assert differences_by_form(name, test_engine, tmp_path) == dict.fromkeys(PROGRAMS, ())
