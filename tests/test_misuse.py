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


NONSENSE = [None, -1, 10**30, "", "a b", 1.5, [], {}, ("web",), b"web", object(), "192.168.1.300", "x" * 300]
ASKED: dict[str, Callable[[dnetlab.Lab, Any], Any]] = {
    "the source of a ping": lambda lab, x: lab.ping(x, "db"),
    "its target": lambda lab, x: lab.ping("web", x),
    "its time": lambda lab, x: lab.ping("web", "db", wait=x),
    "a page's machine": lambda lab, x: lab.http("web", x),
    "a page's port": lambda lab, x: lab.http("web", "db", x),
    "a page's time": lambda lab, x: lab.http("web", "db", wait=x),
    "a connection's target": lambda lab, x: lab.connect("web", x, 80),
    "a name": lambda lab, x: lab.lookup("web", x),
    "an explanation's source": lambda lab, x: lab.explain(x, "db"),
    "an explanation's target": lambda lab, x: lab.explain("web", x),
    "a machine of the matrix": lambda lab, x: lab.reach("web", x),
    "an address's machine": lambda lab, x: lab.address(x),
    "an address's network": lambda lab, x: lab.address("web", x),
    "a device": lambda lab, x: lab.mac("web", x),
    "who answers": lambda lab, x: lab.arp_replies("router", x),
    "a command's machine": lambda lab, x: lab.run(x, "true"),
    "a command": lambda lab, x: lab.run("web", x),
    "a docker command": lambda lab, x: lab.docker(x),
    "an action": lambda lab, x: lab.capture("web", "eth0", x),
    "a captured machine": lambda lab, x: lab.capture(x, "eth0", list),
    "a claim": lambda lab, x: lab.claims(x),
    "an exercise": lambda lab, x: lab.exercise(x),
    "a prediction's machine": lambda lab, x: lab.predict(x),
    "a guess": lambda lab, x: lab.predict().guess(x, "db", True),
    "a question": lambda lab, x: lab.predict().answer(x, True),
    "a prediction": lambda lab, x: lab.compare(x),
    "a form of commands": lambda lab, x: lab.commands(x),
    "a theme": lambda lab, x: lab.draw(x),
    "a route's machine": lambda lab, x: lab.lan.route(x, "10.0.0.0/8", "192.168.50.2").__enter__(),
    "a shim": lambda lab, x: lab.lan.shim(x, "192.168.50.254", [], "lan0").__enter__(),
    "the one MAC": lambda lab, x: lab.lan.one_mac_only(x).__enter__(),
    "who forwards": lambda lab, x: lab.lan.forwarding_off(x).__enter__(),
    "a type": lambda lab, x: dnetlab.Lab(x),
    "a number of containers": lambda lab, x: dnetlab.Lab("user_bridge", containers=x),
    "an engine": lambda lab, x: dnetlab.Lab("host", engine=x or "embedded").engine,
}


@pytest.mark.parametrize("what", ASKED)
def test_nonsense_is_answered_or_refused_in_a_sentence_of_the_course(lab: dnetlab.Lab, what: str) -> None:
    """Any other exception is a traceback into the course's own code."""
    for nonsense in NONSENSE:
        try:
            ASKED[what](lab, nonsense)
        except DnetlabError as refused:
            assert str(refused).strip()


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda lab: lab.reach("web", "bd"), "no machine 'bd'. There are"),
        (lambda lab: lab.predict("bd"), "no machine 'bd'. There are"),
        (lambda lab: lab.predict().answer("nmaes", True), "no question 'nmaes'. There are names"),
        (lambda lab: lab.predict().guess("web", "web", True), "always reaches itself"),
        (lambda lab: lab.compare(None), "lab.predict"),
        (lambda lab: lab.capture("pc1", "eth0", lab.ping("web", "pc1")), "Write lambda before it"),
        (lambda lab: lab.ping("web", "db", wait="long"), "a number from 0.1 to 60"),
        (
            lambda lab: lab.lan.shim("bridge", "192.168.50.254", [], "lan0").__enter__(),
            '"macvlan" and "ipvlan"',
        ),
    ],
)
def test_a_slip_is_told_with_what_would_work(
    lab: dnetlab.Lab, ask: Callable[[dnetlab.Lab], Any], said: str
) -> None:
    with pytest.raises(DnetlabError, match=said):
        ask(lab)


def test_an_empty_prediction_says_what_can_be_predicted_and_how() -> None:
    text = str(dnetlab.Lab("user_bridge", engine="embedded").predict())
    assert "machines: web, db, pc1, host" in text and "names: Do the containers" in text
    assert 'prediction.guess("web", "host", True)' in text
