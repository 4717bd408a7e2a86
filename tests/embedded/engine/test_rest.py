"""Events, images, volumes, version and info."""

from __future__ import annotations

import io
import json
import tarfile

import pytest

from dnetlab.embedded.engine import Engine
from dnetlab.embedded.engine.clock import EngineClock, human_duration, parse_time, rfc3339
from dnetlab.embedded.engine.ids import Identifiers
from dnetlab.embedded.engine.signals import signal_number

from .conftest import Lab, refused


def actions(lab: Lab, **filters: list[str]) -> list[tuple[str, str]]:
    found = lab.engine.events.stream(since=0.0, until=lab.engine.now(), filters=filters)
    return [(event["Type"], event["Action"]) for event in found if event is not None]


def test_events_of_a_containers_life(lab: Lab) -> None:
    """Measured on 28.5.2."""
    lab.network("app")
    lab.run("u1", "app")
    lab.engine.containers.stop("u1")
    lab.engine.containers.remove("u1")
    lab.engine.networks.remove("app")
    assert actions(lab) == [
        ("network", "create"),
        ("container", "create"),
        ("network", "connect"),
        ("container", "start"),
        ("container", "kill"),
        ("network", "disconnect"),
        ("container", "die"),
        ("container", "stop"),
        ("container", "destroy"),
        ("network", "destroy"),
    ]


def test_event_filters(lab: Lab) -> None:
    lab.network("app")
    identifier = lab.run("u1", "app", Labels={"x": "1"})
    lab.run("u2")
    assert actions(lab, type=["container"], container=["u1"]) == [
        ("container", "create"),
        ("container", "start"),
    ]
    assert actions(lab, container=[identifier[:12]]) == actions(lab, container=["u1"])
    assert actions(lab, event=["start"]) == [("container", "start")] * 2
    assert actions(lab, label=["x=1"]) == [("container", "create"), ("container", "start")]
    assert actions(lab, network=["app"]) == [("network", "create"), ("network", "connect")]
    assert actions(lab, image=["dnetlab/lab"]) == actions(lab, type=["container"])
    assert actions(lab, bogus=["x"]) == actions(lab)


def test_events_come_as_they_happen(lab: Lab) -> None:
    stream = lab.engine.events.stream(filters={"type": ["network"]})
    assert next(stream) is None
    lab.network("a")
    lab.network("b")
    seen = [
        event["Actor"]["Attributes"]["name"] for event in (next(stream), next(stream)) if event is not None
    ]
    assert seen == ["a", "b"]
    assert next(stream) is None


def test_event_shape(lab: Lab) -> None:
    lab.create("u1", Labels={"x": "1"})
    event = next(lab.engine.events.stream(since=0.0))
    assert event is not None
    assert event["status"] == event["Action"] == "create"
    assert event["from"] == "dnetlab/lab:1"
    assert event["Actor"]["Attributes"] == {"x": "1", "image": "dnetlab/lab:1", "name": "u1"}
    assert event["time"] == event["timeNano"] // 10**9


def test_only_the_lab_image_is_there(lab: Lab) -> None:
    assert [image["RepoTags"] for image in lab.engine.images.list()] == [["dnetlab/lab:1"]]
    assert lab.engine.images.inspect("dnetlab/lab:1")["Config"]["Cmd"] == ["web", "80"]


def test_known_images_can_be_pulled_and_say_what_they_are(lab: Lab) -> None:
    assert refused(lab.create, "a1", Image="alpine") == (404, "No such image: alpine:latest")
    progress = [step for step in lab.engine.images.pull("alpine") if step is not None]
    assert any("embedded" in str(step["status"]).lower() for step in progress)
    lab.run("a1", Image="alpine", Cmd=["sleep", "infinity"])
    assert lab.engine.images.inspect("docker.io/library/alpine:latest")["RepoTags"] == ["alpine:latest"]
    assert progress[-1]["status"] == "Status: Downloaded newer image for alpine:latest"


@pytest.mark.parametrize(
    ("name", "tag", "status", "message"),
    [
        (
            "nosuch",
            "1",
            500,
            'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 10.0.2.15:53: no such host',
        ),
        (
            "nosuch.invalid/x",
            "1",
            500,
            'Get "https://nosuch.invalid/v2/": dial tcp: lookup nosuch.invalid on 10.0.2.15:53: no such host',
        ),
        ("UPPER", "1", 400, "invalid reference format: repository name (library/UPPER) must be lowercase"),
        ("scratch", "1", 403, "'scratch' is a reserved name"),
        ("a b", "", 400, "invalid reference format"),
    ],
)
def test_pulls_that_fail(lab: Lab, name: str, tag: str, status: int, message: str) -> None:
    """Golden user-bridge/misuse.txt, and measured on 28.5.2."""
    assert refused(lab.engine.images.pull, name, tag) == (status, message)


def test_tag_and_remove_images(lab: Lab) -> None:
    images = lab.engine.images
    images.tag("dnetlab/lab:1", "mine", "2")
    assert images.inspect("mine:2")["Id"] == images.inspect("dnetlab/lab:1")["Id"]
    assert images.remove("mine:2") == [{"Untagged": "mine:2"}]
    assert refused(images.remove, "mine:2") == (404, "No such image: mine:2")
    lab.run("u1")
    assert refused(images.remove, "dnetlab/lab:1")[0] == 409


def test_image_archives_give_names(lab: Lab) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        data = json.dumps([{"RepoTags": ["dnetlab/lab:9"]}]).encode()
        info = tarfile.TarInfo("manifest.json")
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    assert list(lab.engine.images.load(out.getvalue())) == [{"stream": "Loaded image: dnetlab/lab:9\n"}]
    lab.run("u1", Image="dnetlab/lab:9")
    assert refused(lab.engine.images.load, b"garbage") == (500, "unexpected EOF")


def test_volumes(lab: Lab) -> None:
    """Measured on 28.5.2."""
    volumes = lab.engine.volumes
    assert volumes.list() == {"Volumes": [], "Warnings": None}
    assert refused(volumes.inspect, "nosuch") == (404, "get nosuch: no such volume")
    anonymous = volumes.create({})
    assert anonymous["Labels"] == {"com.docker.volume.anonymous": ""}
    volumes.create({"Name": "data"})
    lab.create("u1", Host_Binds=["data:/data"])
    assert refused(volumes.remove, "data")[0] == 409
    assert volumes.prune() == {"VolumesDeleted": [anonymous["Name"]], "SpaceReclaimed": 0}
    lab.engine.containers.remove("u1")
    volumes.remove("data")


def test_version_and_info_say_that_it_is_a_model(lab: Lab) -> None:
    version, info = lab.engine.version(), lab.engine.info()
    assert version["Version"] == info["ServerVersion"] == "28.5.2"
    assert version["ApiVersion"] == lab.engine.api_version == "1.51"
    assert version["Platform"]["Name"] == "embedded engine (model of Docker Engine) 28.5.2"
    assert "embedded engine" in info["OperatingSystem"]
    lab.run("u1")
    lab.create("u2")
    info = lab.engine.info()
    assert [info[key] for key in ("Containers", "ContainersRunning", "ContainersStopped")] == [2, 1, 1]
    assert lab.engine.ping()["Api-Version"] == "1.51"
    assert len(lab.engine.disk_usage()["Containers"]) == 2


def test_other_versions() -> None:
    assert Engine(version="26.1").api_version == "1.45"
    assert Engine(version="20.10.24").api_version == "1.41"
    with pytest.raises(ValueError, match=r"it knows 28\.5, 26\.1, 20\.10"):
        Engine(version="19")


def test_clock_never_goes_back() -> None:
    simulated, world = [0.0], [100.0]
    clock = EngineClock(lambda: simulated[0], lambda: world[0])
    first = clock.now()
    simulated[0] = 5.0
    assert clock.now() == 105.0
    world[0] = 90.0
    assert clock.now() > 105.0 > first


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1700000000", 1.7e9), ("10m", 1000.0 - 600), ("1h30m", 1000.0 - 5400), ("1970-01-01T00:01:00Z", 60.0)],
)
def test_times_are_read(text: str, expected: float) -> None:
    assert parse_time(text, 1000.0) == expected


def test_times_are_written() -> None:
    assert rfc3339(0) == "0001-01-01T00:00:00Z"
    assert rfc3339(1.5) == "1970-01-01T00:00:01.500000000Z"
    spans = [human_duration(seconds) for seconds in (0.2, 1, 59, 60, 3599, 3600, 86400, 86400 * 20)]
    assert spans == [
        *("Less than a second", "1 second", "59 seconds", "About a minute", "59 minutes"),
        *("About an hour", "24 hours", "2 weeks"),
    ]


def test_identifiers_look_like_the_engines() -> None:
    ids = Identifiers(1)
    for _ in range(200):
        identifier = ids.new_id()
        assert len(identifier) == 64
        assert not identifier[:12].isdecimal()
        assert int(ids.mac()[:2], 16) & 3 == 2


def test_signals() -> None:
    assert [signal_number(text) for text in ("KILL", "SIGTERM", "int", "9", "RTMIN+3")] == [9, 15, 2, 9, 37]
    for text in ("BOGUS", "0", "", "1.5"):
        assert refused(signal_number, text) == (400, f"invalid signal: {text}")
    for text in ("65", "-1"):
        assert refused(signal_number, text) == (400, f"the linux daemon does not support signal {text}")


def test_failed_start_is_told_as_a_disconnection(lab: Lab) -> None:
    """Measured on 28.5.2."""
    lab.run("web", ExposedPorts={"80/tcp": {}}, Host_PortBindings={"80/tcp": [{"HostPort": "8080"}]})
    body = {"ExposedPorts": {"80/tcp": {}}, "Host_PortBindings": {"80/tcp": [{"HostPort": "8080"}]}}
    refused(lab.run, "web2", **body)
    assert actions(lab)[-2:] == [("container", "create"), ("network", "disconnect")]


def test_a_signal_that_is_none_is_told_of_only_where_one_would_be_sent(lab: Lab) -> None:
    """Measured on 28.5.2."""
    lab.create("web")
    assert not lab.engine.containers.stop("web", signal="BOGUS")
    lab.engine.containers.start("web")
    assert refused(lab.engine.containers.stop, "web", signal="BOGUS") == (
        500,
        "cannot stop container: web: invalid signal: BOGUS",
    )
    assert lab.state("web")["Running"]


def test_disk_usage_is_of_the_kinds_that_were_asked_for(lab: Lab) -> None:
    """Null is what was not (real 28.5.2)."""
    lab.run("web")
    everything = lab.engine.disk_usage()
    assert [len(everything[kind]) for kind in ("Images", "Containers", "Volumes", "BuildCache")] == [
        1,
        1,
        0,
        0,
    ]
    assert everything["Images"][0]["Containers"] == 1
    assert (
        everything["LayersSize"]
        == everything["Images"][0]["Size"]
        == everything["Containers"][0]["SizeRootFs"]
    )
    assert lab.engine.disk_usage(["volume"]) == {
        "LayersSize": 0,
        "Images": None,
        "Containers": None,
        "Volumes": [],
        "BuildCache": None,
    }


def test_a_list_keeps_quiet_about_dns_names(lab: Lab) -> None:
    """Measured on 28.5.2."""
    lab.network("n")
    lab.run("web", "n")
    assert lab.settings("web", "n")["DNSNames"][0] == "web"
    listed = lab.engine.containers.list()[0]["NetworkSettings"]["Networks"]["n"]
    assert listed["DNSNames"] is None
    assert listed["IPAddress"] == lab.address("web", "n")


def test_an_images_config_has_what_an_image_can_say(lab: Lab) -> None:
    """Measured on 28.5.2, where an image says nothing of terminals and host names."""
    assert sorted(lab.engine.images.inspect("dnetlab/lab:1")["Config"]) == [
        *("Cmd", "Entrypoint", "Env", "Labels", "OnBuild", "StopSignal", "User", "Volumes", "WorkingDir"),
    ]
