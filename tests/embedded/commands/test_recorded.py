"""Command lines whose output was recorded on a real engine, played again on the model."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.embedded.commands.command_labs import Lan, Pair, Recorded, differences, recorded

CONTAINER = recorded("container.txt")
LAN = recorded("lan.txt")


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    yield Pair()


@pytest.fixture(scope="module")
def lan() -> Iterator[Lan]:
    made = Lan()
    assert made.built.exit_code == 0, made.built
    made.kernel.advance(2)
    yield made


# The command lines depend on those before them (neighbours, routes), as they did when they were recorded.
@pytest.mark.parametrize("line", CONTAINER, ids=lambda line: line.command[:60])
def test_prints_in_a_container_what_a_real_one_printed(pair: Pair, line: Recorded) -> None:
    assert not differences(line, pair.sh(line.command))


@pytest.mark.parametrize("line", LAN, ids=lambda line: line.command[:60])
def test_prints_on_the_lan_what_a_real_one_printed(lan: Lan, line: Recorded) -> None:
    assert not differences(line, lan.sh(line.command))
