"""What learners type in labs: each line was recorded on a real engine, and is played again on the embedded one.

The files in ``data/typed/`` begin with the lab that they were recorded in. MAC addresses and ids in them have the
names of their owners, as in the scenarios of ``tests/conformance``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache

import pytest

import dnetlab
from dnetlab.embedded.commands import Result
from tests.conformance.normal import Names
from tests.embedded.commands.command_labs import DATA, Recorded, differences, recorded

FILES = sorted(path.name for path in (DATA / "typed").iterdir())


def _lines(name: str) -> list[Recorded]:
    return recorded(f"typed/{name}")


class Typed:
    """A lab on the embedded engine in which commands are typed, and the names of its MAC addresses."""

    def __init__(self, name: str) -> None:
        first = (DATA / "typed" / name).read_text().split("\n", 1)[0]
        kind, *settings = first.removeprefix("# lab ").split()
        self.lab = dnetlab.Lab(kind, engine="embedded", **dict(s.split("=") for s in settings))
        self.lab.build()
        self.names = Names()
        self._lines = _lines(name)
        self._said: list[Result] = []
        for machine in self.lab.plan.topology.machines:
            for link in json.loads(self.run(machine.name, "ip -j link").stdout):
                self.names.mac(link["address"], f"{machine.name}.{link['ifname']}")

    def run(self, machine: str, command: str) -> Result:
        client, lan = self.lab.client, self.lab.lan
        argv = ["timeout", "25", "sh", "-c", command]
        if lan.has(machine):
            container = lan.container
            argv = argv if machine == "host" else ["ip", "netns", "exec", machine, *argv]
        else:
            container = machine
        made = client.api.exec_create(container, argv)["Id"]
        out, err = client.api.exec_start(made, demux=True)
        return Result(client.api.exec_inspect(made)["ExitCode"], out or b"", err or b"")

    def said(self, number: int) -> Result:
        """What the file's line of this number printed. The lines depend on those before them: these are played first."""
        while len(self._said) <= number:
            line = self._lines[len(self._said)]
            self._said.append(self.named(self.run(line.machine, line.command)))
        return self._said[number]

    def named(self, result: Result) -> Result:
        """A result with names for what is random."""
        out, err = (self.names.text(text.decode()).encode() for text in (result.stdout, result.stderr))
        return Result(result.exit_code, out, err)


@cache
def _typed(name: str) -> Typed:
    return Typed(name)


@pytest.fixture(scope="module", autouse=True)
def labs() -> Iterator[None]:
    yield
    for name in FILES:
        _typed(name).lab.remove()
    _typed.cache_clear()


@pytest.mark.parametrize(
    ("name", "number", "line"),
    [
        pytest.param(name, number, line, id=f"{name}:{line.command[:70]}")
        for name in FILES
        for number, line in enumerate(_lines(name))
    ],
)
def test_a_typed_command_says_what_a_real_one_said(name: str, number: int, line: Recorded) -> None:
    assert not differences(line, _typed(name).said(number))
