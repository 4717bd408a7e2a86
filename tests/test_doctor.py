"""The doctor: what it finds, what it says to do, that it trusts trials only and leaves nothing."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from dnetlab import doctor, labels, types
from tests.fakes import FakeApi, FakeClient, engine


def answers(**failures: str) -> FakeApi:
    """An engine in whose throw-away container everything works but the trials named."""
    lines = [
        f"{name} failed {failures[name]}" if name in failures else f"{name} ok" for name in doctor.TRIALS
    ]
    return FakeApi(outputs=lambda argv: (0, "\n".join(lines)))


def test_an_engine_that_can_do_everything_is_healthy() -> None:
    report = doctor.examine(engine(FakeClient(answers())))
    assert report.healthy
    assert set(report.types) == {kind.name for kind in types.all_types()}
    assert not any(report.types.values())


def test_a_kernel_without_ipvlan_cannot_run_the_ipvlan_types_and_only_those() -> None:
    report = doctor.examine(engine(FakeClient(answers(ipvlan="Error: Unknown device type."))))
    assert {name for name, why in report.types.items() if why} == {
        kind.name for kind in types.all_types() if "ipvlan" in kind.needs
    }
    assert not report.healthy
    (finding,) = (f for f in report.findings if f.mark == "problem")
    assert "Unknown device type" in finding.text
    assert "modprobe ipvlan" in finding.cure


def test_the_module_of_vlans_is_named_by_its_own_name() -> None:
    report = doctor.examine(engine(FakeClient(answers(vlan="Operation not supported"))))
    assert any("modprobe 8021q" in finding.cure for finding in report.findings)


def test_without_the_image_nothing_is_tried_and_it_says_how_to_make_it() -> None:
    client = FakeClient(answers(), image=False)
    report = doctor.examine(engine(client))
    assert report.tried is None
    assert all(why == "not tried: the lab image is missing" for why in report.types.values())
    assert any("dnetlab image build" in finding.cure for finding in report.findings)
    assert "create_container" not in client.api.calls


def test_the_throw_away_container_is_removed_also_when_it_cannot_start() -> None:
    from tests.fakes import refused

    api = FakeApi({"start": lambda ref: refused(500, "no space left on device")})
    with pytest.raises(Exception, match="no space left"):
        doctor.examine(engine(FakeClient(api)))
    assert not api.held


def test_the_throw_away_container_has_no_network_and_the_labels_of_a_lab() -> None:
    seen = {}

    class Watching(FakeApi):
        def create_container(self, image, command=None, **options):  # type: ignore[no-untyped-def]
            seen.update(options)
            return super().create_container(image, command, **options)

    api = Watching(outputs=answers().outputs)
    doctor.examine(engine(FakeClient(api)))
    assert seen["host_config"]["network_mode"] == "none"
    assert labels.LAB in seen["labels"]
    assert not api.held


@pytest.mark.parametrize(
    "info,word",
    [
        ({"OperatingSystem": "Docker Desktop"}, "Docker Desktop"),
        ({"OperatingSystem": "Debian", "SecurityOptions": ["name=seccomp", "name=rootless"]}, "rootless"),
    ],
)
def test_where_the_docker_host_is_not_this_computer_it_says_so(info: dict[str, object], word: str) -> None:
    report = doctor.examine(engine(FakeClient(answers(), info=info)))
    assert any(word in finding.text and finding.mark == "note" for finding in report.findings)
    assert report.healthy


def test_leftovers_are_a_problem_and_kept_labs_are_not() -> None:
    from tests.test_cleanup import DEAD, stand

    client = FakeClient(answers())
    stand(client, "ccc333", labels.KEPT)
    assert doctor.examine(engine(client)).healthy
    stand(client, "aaa111", DEAD)
    report = doctor.examine(engine(client))
    assert not report.healthy
    assert any("aaa111" in f.text and f.cure == "Remove it: dnetlab clean" for f in report.findings)


def test_an_answer_that_is_missing_is_a_failure() -> None:
    tried = doctor.read("veth ok\nmacvlan failed RTNETLINK answers: Not supported\nsome noise\n")
    assert tried["veth"] == ""
    assert tried["macvlan"] == "RTNETLINK answers: Not supported"
    assert tried["ipvlan"] == "it gave no answer."


@pytest.mark.skipif(shutil.which("sh") is None, reason="no shell")
def test_a_shell_takes_the_script_of_trials() -> None:
    assert subprocess.run(["sh", "-n"], input=doctor.script(), text=True, capture_output=True).stderr == ""


def test_every_type_needs_only_what_is_tried() -> None:
    for kind in types.all_types():
        assert set(kind.needs) <= set(doctor.TRIALS)
    assert set(doctor.TRIALS) == set(doctor.WORDS)


def test_the_test_engine_is_healthy_and_left_as_it_was(untouched: object, test_engine: str) -> None:
    from dnetlab.engine import find

    report = doctor.examine(find(test_engine))
    assert report.tried == dict.fromkeys(doctor.TRIALS, "")
    assert not any(report.types.values())
