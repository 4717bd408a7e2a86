"""What is asked of a standing lab in a wrong way is refused in a sentence, not with a traceback of somebody else's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import dnetlab
from dnetlab.errors import DnetlabError


@pytest.fixture(scope="module")
def lab() -> Iterator[dnetlab.Lab]:
    with dnetlab.Lab("user_bridge", engine="embedded") as made:
        made.build()
        yield made


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda lab: lab.ping("web", "db", by="ip"), "not reached by 'ip'"),
        (lambda lab: lab.explain("web", "db", by="ip"), "not reached by 'ip'"),
        (lambda lab: lab.http("web", "db", 99999), "99999 is no port"),
        (lambda lab: lab.http("web", "db", "x"), "'x' is no port"),
        (lambda lab: lab.connect("web", "db", 0), "0 is no port"),
        (lambda lab: lab.explain("web", "db", port=-1), "-1 is no port"),
        (lambda lab: lab.run("web", ""), "There is no command"),
        (lambda lab: lab.run("web", []), "There is no command"),
        (lambda lab: lab.run("web", "echo 'half"), "No closing quotation"),
        (lambda lab: lab.docker("run"), "The following arguments are required: image"),
        (lambda lab: lab.docker("rubbish"), "There are: run -d"),
    ],
)
def test_a_wrong_question_is_refused(lab: dnetlab.Lab, ask: Callable[[dnetlab.Lab], Any], said: str) -> None:
    with pytest.raises(DnetlabError, match=said):
        ask(lab)


def test_a_port_may_be_written_as_text(lab: dnetlab.Lab) -> None:
    assert lab.http("web", "db", "80").ok
    assert lab.explain("web", "db", port="80").ok  # type: ignore[arg-type]


def test_an_unknown_command_is_called_so(lab: dnetlab.Lab) -> None:
    """Commands run under ``timeout``, of which the learner knows nothing."""
    ran = lab.run("web", "ifconfig eth0")
    assert (ran.exit_code, ran.output) == (127, "ifconfig: command not found\n")


def test_a_container_s_network_is_changed_by_a_privileged_exec_alone(lab: dnetlab.Lab) -> None:
    assert not lab.run("web", "ip route del default").ok
    assert lab.docker("exec --privileged web ip route del default").ok
    assert lab.docker("exec --privileged web ip route add default via 172.28.0.1").ok
