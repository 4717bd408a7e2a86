"""The docker commands of the course: those that learners type, on the embedded engine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dnetlab.errors import DnetlabError
from dnetlab.lab import Lab

IMAGE = "dnetlab/lab:1"


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab("user_bridge", "embedded") as made:
        made.build()
        yield made


def test_a_port_next_to_host_networking_is_discarded_with_the_engines_warning(lab: Lab) -> None:
    ran = lab.docker(f"run -d --name metrics --network host -p 9000:80 {IMAGE} web 9100")
    assert ran.exit_code == 0
    assert ran.output.splitlines()[0] == "WARNING: Published ports are discarded when using host network mode"
    assert not lab.http("pc1", "host", 9000).ok
    assert lab.http("pc1", "host", 9100).ok


def test_the_long_form_of_network_takes_addresses_and_aliases(lab: Lab) -> None:
    lab.docker(f"run -d --name long --network name=shop,ip=172.28.0.77,alias=one,alias=two {IMAGE}")
    assert lab.lookup("web", "one").addresses == ("172.28.0.77",)
    assert lab.lookup("web", "two").addresses == ("172.28.0.77",)
    refused = lab.docker(f"run -d --network name=shop,colour=red {IMAGE}")
    assert refused.exit_code == 125 and "'colour'" in refused.output


def test_a_container_may_start_in_two_networks(lab: Lab) -> None:
    lab.docker("network create second")
    lab.docker(f"run -d --name both --network shop --network second {IMAGE}")
    assert len([e for e in lab.links("both").entries if e.name != "lo"]) == 2


def test_a_host_name_is_the_beginning_of_the_id_unless_it_is_given(lab: Lab) -> None:
    made = lab.docker(f"run -d --name plain --network shop {IMAGE}").output.strip()
    assert lab.docker("exec plain hostname").output.strip() == made[:12]
    lab.docker(f"run -d --name given --hostname shop-1 --network shop {IMAGE}")
    assert lab.docker("exec given hostname").output.strip() == "shop-1"


def test_exec_runs_a_command_in_a_container_and_gives_its_exit_status(lab: Lab) -> None:
    assert lab.docker("exec web hostname").output.strip() == "web"
    assert lab.docker("container exec -it web ping -c 1 db").exit_code == 0
    assert lab.docker("exec web false").exit_code == 1
    assert "No such container" in lab.docker("exec nobody true").output


def test_kill_and_restart(lab: Lab) -> None:
    lab.docker(f"run -d --name app --network shop {IMAGE}")
    lab.docker("kill app")
    assert "app" not in lab.docker("container ls").output
    assert lab.docker("restart app").exit_code == 0
    assert lab.ping("web", "app", by="name").ok


def test_what_is_none_of_the_courses_commands_is_refused_with_the_list(lab: Lab) -> None:
    with pytest.raises(DnetlabError, match="There are: run -d, rm, start, stop, restart, kill, exec"):
        lab.docker("swarm init")


def test_what_learners_mistype_is_answered_in_a_sentence(lab: Lab) -> None:
    with pytest.raises(DnetlabError, match="No closing quotation"):
        lab.docker("run -d '")
    assert "add -d" in lab.docker(f"run -it {IMAGE} sh").output


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("run -d --link db dnetlab/lab:1", "Unrecognized arguments: --link. Here it has -d, .*--network.*-p"),
        ("logs -f web", "Here it has no options"),
        ("docker ps && docker network ls", "more than one command"),
        ("ps; network ls", "more than one command"),
        ("ps | grep web", "more than one command"),
    ],
)
def test_a_command_that_goes_too_far_is_told_what_there_is(lab: Lab, typed: str, said: str) -> None:
    with pytest.raises(DnetlabError, match=said):
        lab.docker(typed)


def test_short_forms_of_every_day_are_understood(lab: Lab) -> None:
    made = lab.docker(f"sudo docker run -dp 8765:80 --name=daily {IMAGE}")
    assert made.ok
    assert made.output[:12] in lab.docker("ps -aq").output.splitlines()
    assert lab.docker("exec daily sh -c 'true; echo \"\" | cat'").ok
    assert lab.docker("rm -vf daily").ok
