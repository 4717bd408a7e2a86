"""Containers: create, start, stop, kill, restart, remove, list, wait, logs, attach (goldens, and measured on
28.5.2).
"""

from __future__ import annotations

from typing import Any

import pytest

from dnetlab.embedded.engine import EngineError

from .conftest import Lab, refused


def output(stream: Any) -> bytes:
    """All that a stream gives until it ends or has nothing more."""
    result = b""
    for chunk in stream:
        if chunk is None:
            break
        result += chunk[1]
    return result


REFUSALS: list[tuple[dict[str, Any], str]] = [
    ({"Host_CapAdd": ["BOGUS"]}, 'invalid CapAdd: unknown capability: "CAP_BOGUS"'),
    (
        {"Host_RestartPolicy": {"Name": "sometimes"}},
        "invalid restart policy: unknown policy 'sometimes'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'",
    ),
    (
        {"Host_RestartPolicy": {"Name": "always", "MaximumRetryCount": 3}},
        "invalid restart policy: maximum retry count can only be used with 'on-failure'",
    ),
    (
        {"Host_RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": -1}},
        "invalid restart policy: maximum retry count cannot be negative",
    ),
    (
        {"Host_AutoRemove": True, "Host_RestartPolicy": {"Name": "always"}},
        "can't create 'AutoRemove' container with restart policy",
    ),
    ({"Host_ExtraHosts": ["x"]}, 'bad format for add-host: "x"'),
    ({"Host_ExtraHosts": ["x:y"]}, 'invalid IP address in add-host: "y"'),
    ({"Env": ["=x"]}, "invalid environment variable: =x"),
    ({"WorkingDir": "x"}, "the working directory 'x' is invalid, it needs to be an absolute path"),
    ({"StopSignal": "BOGUS"}, "invalid signal: BOGUS"),
    ({"Host_Memory": 5}, "Minimum memory limit allowed is 6MB"),
    (
        {"NetworkingConfig": {"EndpointsConfig": {"bridge": None}}},
        "invalid config for network bridge: EndpointsConfig is nil",
    ),
]


@pytest.mark.parametrize(("body", "message"), REFUSALS, ids=[case[1][:40] for case in REFUSALS])
def test_refused_creation_leaves_nothing(lab: Lab, body: dict[str, Any], message: str) -> None:
    assert refused(lab.create, "x1", **body) == (400, message)
    assert lab.engine.containers.list(all=True) == []
    lab.create("x1")


def test_names(lab: Lab) -> None:
    for name in ("bad/name", "x", "-x", "a b", "\u00e9t\u00e9"):
        message = f"Invalid container name ({name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed"
        assert refused(lab.create, name) == (400, message)
    identifier = lab.create("u1")
    assert refused(lab.create, "u1") == (
        409,
        f'Conflict. The container name "/u1" is already in use by container "{identifier}". You have to remove'
        " (or rename) that container to be able to reuse that name.",
    )
    unnamed = [lab.inspect(lab.create())["Name"] for _ in range(30)]
    assert len(set(unnamed)) == 30


def test_unknown_image(lab: Lab) -> None:
    assert refused(lab.create, "x1", Image="nosuch") == (404, "No such image: nosuch:latest")


def test_inspection_of_a_created_container(lab: Lab) -> None:
    identifier = lab.create("u1", Labels={"dnetlab.lab": "7"}, Cmd=None)
    view = lab.inspect("u1")
    assert view["Name"] == "/u1"
    assert (view["Path"], view["Args"]) == ("web", ["80"])
    assert view["State"]["StartedAt"] == view["State"]["FinishedAt"] == "0001-01-01T00:00:00Z"
    assert view["Config"]["Hostname"] == identifier[:12]
    assert view["Config"]["StopSignal"] == "SIGKILL"
    assert view["Config"]["Labels"] == {"dnetlab.lab": "7"}
    assert view["HostConfig"]["NetworkMode"] == "bridge"
    assert view["NetworkSettings"]["Networks"]["bridge"]["NetworkID"] == ""


def test_life_of_a_container(lab: Lab) -> None:
    lab.create("u1")
    containers = lab.engine.containers
    assert lab.state("u1")["Status"] == "created"
    assert containers.start("u1") is True
    assert containers.start("u1") is False
    state = lab.state("u1")
    assert (state["Status"], state["Running"], state["Pid"] > 0) == ("running", True, True)
    assert containers.stop("u1") is True
    assert containers.stop("u1") is False
    state = lab.state("u1")
    assert (state["Status"], state["ExitCode"], state["Pid"]) == ("exited", 137, 0)
    assert state["FinishedAt"] > state["StartedAt"]
    assert lab.settings("u1", "bridge")["IPAddress"] == ""
    containers.remove("u1")
    assert refused(containers.inspect, "u1") == (404, "No such container: u1")


def test_stop_waits_in_simulated_time_only(lab: Lab) -> None:
    """PID 1 without a handler does not hear SIGTERM: ten seconds, then SIGKILL."""
    lab.run("u1", StopSignal="SIGTERM")
    before = lab.engine.kernel.now
    lab.engine.containers.stop("u1")
    assert lab.state("u1")["ExitCode"] == 137
    assert 10.0 <= lab.engine.kernel.now - before < 10.5


def test_main_process_that_ends(lab: Lab) -> None:
    lab.run("w1", Cmd=["sh", "-c", "echo a; echo b >&2; sleep 1; exit 4"])
    assert lab.state("w1")["Running"]
    assert [step for step in lab.engine.containers.wait("w1") if step is not None] == [{"StatusCode": 4}]
    assert lab.state("w1")["ExitCode"] == 4
    assert list(lab.engine.containers.logs("w1")) == [(1, b"a\n"), (2, b"b\n")]
    assert lab.engine.containers.list(all=True)[0]["Status"].startswith("Exited (4)")


def test_wait_does_not_wait_for_a_server(lab: Lab) -> None:
    lab.run("u1")
    steps = lab.engine.containers.wait("u1")
    # What is on its way at first (duplicate address detection of the host's end) arrives; then time stands
    # still.
    assert {next(steps) for _ in range(50)} == {None}
    before = lab.engine.kernel.now
    assert before < 30.0
    assert {next(steps) for _ in range(50)} == {None}
    assert lab.engine.kernel.now == before
    lab.engine.containers.kill("u1")
    assert next(steps) == {"StatusCode": 137}
    assert refused(lab.engine.containers.wait, "u1", "never") == (400, 'invalid condition: "never"')
    removed = lab.engine.containers.wait("u1", "removed")
    assert next(removed) is None
    lab.engine.containers.remove("u1")
    assert next(removed) == {"StatusCode": 137}


def test_unknown_command_is_named_at_the_start(lab: Lab) -> None:
    """Measured on 28.5.2; what there is stands in the logs."""
    head = (
        "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed:"
        " unable to start container process: error during container init: "
    )
    before = lab.snapshot()
    status, message = refused(lab.run, "nc", Cmd=["nosuchcmd"])
    assert (status, message) == (400, head + 'exec: "nosuchcmd": executable file not found in $PATH')
    message = head + 'exec: "/bin/nosuchcmd": stat /bin/nosuchcmd: no such file or directory'
    assert refused(lab.run, "nc2", Cmd=["/bin/nosuchcmd"]) == (400, message)
    assert (lab.state("nc")["Status"], lab.state("nc")["ExitCode"]) == ("created", 127)
    assert lab.snapshot() == before
    assert b"ping" in output(lab.engine.containers.logs("nc"))


def test_sysctls(lab: Lab) -> None:
    lab.run("s1", Host_Sysctls={"net.ipv4.ip_forward": "0"})
    assert lab.namespace("s1").sysctl.get("net.ipv4.ip_forward") == "0"
    assert lab.namespace("s1").sysctl.get("net.ipv4.ping_group_range") == "0\t2147483647"
    assert lab.namespace("s1").sysctl.get("net.ipv4.ip_unprivileged_port_start") == "0"
    before = lab.snapshot()
    status, message = refused(lab.run, "s2", Host_Sysctls={"net.ipv4.nosuch": "1"})
    assert (status, "open sysctl net.ipv4.nosuch file" in message) == (400, True)
    status, message = refused(lab.run, "s3", Host_Sysctls={"kernel.foo": "1"})
    assert message.endswith('sysctl "kernel.foo" is not in a separate kernel namespace')
    assert lab.snapshot() == before


def test_remove_asks_for_force(lab: Lab) -> None:
    lab.run("u1")
    message = 'cannot remove container "u1": container is running: stop the container before removing or force remove'
    assert refused(lab.engine.containers.remove, "u1") == (409, message)
    lab.engine.containers.remove("u1", force=True)
    assert "u1" not in str(lab.engine.containers.list(all=True))


def test_auto_remove(lab: Lab) -> None:
    lab.run("once", Cmd=["true"], Host_AutoRemove=True)
    assert refused(lab.engine.containers.inspect, "once")[0] == 404
    # Also after a start that failed.
    lab.network("app", "bridge", {"Subnet": "10.9.0.0/30"})
    lab.run("first", "app")
    assert refused(lab.run, "second", "app", Host_AutoRemove=True)[0] == 500
    assert refused(lab.engine.containers.inspect, "second")[0] == 404


def test_restart_policies(lab: Lab) -> None:
    lab.run("always", Cmd=["sh", "-c", "sleep 1; exit 3"], Host_RestartPolicy={"Name": "always"})
    lab.run("thrice", Cmd=["false"], Host_RestartPolicy={"Name": "on-failure", "MaximumRetryCount": 3})
    lab.engine.kernel.advance(30.0)
    assert lab.inspect("always")["RestartCount"] >= 3
    assert (lab.state("thrice")["Status"], lab.inspect("thrice")["RestartCount"]) == ("exited", 3)
    lab.engine.containers.stop("always")
    lab.engine.kernel.advance(120.0)
    assert not lab.state("always")["Running"]


def test_kill(lab: Lab) -> None:
    lab.run("u1")
    lab.engine.containers.kill("u1", "SIGTERM")
    assert lab.state("u1")["Running"]
    lab.engine.containers.kill("u1")
    assert lab.state("u1")["ExitCode"] == 137
    identifier = lab.inspect("u1")["Id"]
    assert refused(lab.engine.containers.kill, "u1") == (
        409,
        f"cannot kill container: u1: container {identifier} is not running",
    )
    assert refused(lab.engine.containers.kill, "u1", "BOGUS") == (
        400,
        "cannot kill container: u1: invalid signal: BOGUS",
    )
    message = "cannot kill container: nosuch: No such container: nosuch"
    assert refused(lab.engine.containers.kill, "nosuch") == (404, message)


def test_pause(lab: Lab) -> None:
    identifier = lab.run("b1")
    lab.engine.containers.pause("b1")
    assert refused(lab.engine.containers.pause, "b1") == (409, f"Container {identifier} is already paused")
    message = "Container b1 is paused, unpause the container before exec"
    assert refused(lab.engine.execs.create, "b1", {"Cmd": ["ls"]}) == (409, message)
    message = "cannot start a paused container, try unpause instead"
    assert refused(lab.engine.containers.start, "b1") == (409, message)
    message = 'cannot remove container "b1": container is paused and must be unpaused first'
    assert refused(lab.engine.containers.remove, "b1") == (409, message)
    lab.engine.containers.unpause("b1")
    assert refused(lab.engine.containers.unpause, "b1") == (500, f"Container {identifier} is not paused")


def test_rename(lab: Lab) -> None:
    lab.create("b1")
    lab.create("b2")
    containers = lab.engine.containers
    message = "Renaming a container with the same name as its current name"
    assert refused(containers.rename, "b1", "b1") == (400, message)
    status, message = refused(containers.rename, "b1", "b2")
    assert (status, message[:60]) == (409, "Error when allocating new name: Conflict. The container name")
    assert refused(containers.rename, "b1", "b/1") == (
        400,
        "Error when allocating new name: Invalid container name (/b/1), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed",
    )
    assert refused(containers.rename, "b1", "") == (400, "Neither old nor new names may be empty")
    containers.rename("b1", "b3")
    assert refused(containers.inspect, "b1")[0] == 404
    lab.create("b1")


def test_references(lab: Lab) -> None:
    ids = [lab.create(f"c{number}") for number in range(40)]
    assert lab.inspect(ids[0][:12])["Id"] == lab.inspect("/c0")["Id"] == ids[0]
    first = max("0123456789abcdef", key=lambda digit: sum(identifier.startswith(digit) for identifier in ids))
    assert refused(lab.engine.containers.inspect, first) == (
        400,
        f"multiple IDs found with provided prefix: {first}",
    )
    assert refused(lab.engine.containers.inspect, "") == (400, 'invalid name or ID supplied: ""')


def test_list_and_filters(lab: Lab) -> None:
    lab.network("app")
    lab.run("one", "app", Labels={"x": "1"})
    lab.run("two", Labels={"x": "2"})
    lab.create("three")
    lab.run("four", Cmd=["sh", "-c", "exit 3"])

    def names(*, all: bool = False, limit: int = 0, **filters: list[str]) -> list[str]:
        found = lab.engine.containers.list(all=all, limit=limit, filters=filters)
        return [entry["Names"][0][1:] for entry in found]

    assert names() == ["two", "one"]
    assert names(all=True) == ["four", "three", "two", "one"]
    assert names(limit=2) == ["four", "three"]
    assert names(status=["created"]) == ["three"]
    assert names(label=["x"]) == ["two", "one"]
    assert names(label=["x=1"]) == ["one"]
    assert names(network=["app"]) == ["one"]
    assert names(name=["^/on"]) == ["one"]
    assert names(all=True, exited=["3"]) == ["four"]
    assert names(ancestor=["dnetlab/lab:1"]) == ["two", "one"]
    assert names(all=True, before=["two"]) == ["one"]
    assert names(all=True, since=["two"]) == ["four", "three"]
    assert names(id=[lab.inspect("one")["Id"][:5]]) == ["one"]
    assert refused(names, bogus=["x"]) == (400, "invalid filter 'bogus'")
    assert refused(names, status=["x"])[0] == 400
    entry = lab.engine.containers.list(filters={"name": ["one"]})[0]
    assert entry["Command"] == "sleep infinity"
    assert entry["NetworkSettings"]["Networks"]["app"]["IPAddress"] == "172.18.0.2"
    assert entry["State"] == "running"
    assert entry["Status"].startswith(("Up Less than a second", "Up 1 second"))


def test_prune(lab: Lab) -> None:
    lab.run("running")
    stopped = lab.create("stopped")
    lab.create("kept", Labels={"keep": ""})
    answer = lab.engine.containers.prune({"label!": ["keep"]})
    assert answer == {"ContainersDeleted": [stopped], "SpaceReclaimed": 0}
    assert len(lab.engine.containers.list(all=True)) == 2


def test_logs(lab: Lab) -> None:
    lab.run("l1", Cmd=["sh", "-c", "echo one; echo two >&2; echo three; sleep 5; echo four"])
    containers = lab.engine.containers
    assert output(containers.logs("l1", tail=1)) == b"three\n"
    assert output(containers.logs("l1", stderr=False)) == b"one\nthree\n"
    assert output(containers.logs("l1", tail=0)) == b""
    stamped = output(containers.logs("l1", tail=1, timestamps=True)).split(b" ")
    assert stamped[0].endswith(b"Z")
    assert stamped[1] == b"three\n"
    assert output(containers.logs("l1", follow=True)) == b"one\ntwo\nthree\nfour\n"
    assert output(containers.logs("l1", since=lab.engine.now())) == b""
    message = "Bad parameters: you must choose at least one stream"
    assert refused(containers.logs, "l1", stdout=False, stderr=False) == (400, message)


def test_attach_before_the_start(lab: Lab) -> None:
    """As ``docker run`` does it."""
    lab.create("a1", Cmd=["sh", "-c", "echo hello; sleep 1; echo bye"])
    stream = lab.engine.containers.attach("a1", stream=True, stdout=True, stderr=True)
    assert next(stream) is None
    lab.engine.containers.start("a1")
    assert output(stream) == b"hello\nbye\n"


def test_attach_with_input(lab: Lab) -> None:
    lines = [b"echo $((6*7))\n", None, b"exit 5\n"]
    lab.create("a1", Cmd=["sh"], OpenStdin=True)
    stream = lab.engine.containers.attach(
        "a1", stream=True, stdin=True, stdout=True, stderr=True, input=lambda: lines.pop(0) if lines else b""
    )
    lab.engine.containers.start("a1")
    assert b"".join(chunk[1] for chunk in stream if chunk) == b"42\n"
    assert lab.state("a1")["ExitCode"] == 5


def test_archive(lab: Lab) -> None:
    lab.run("u1")
    containers = lab.engine.containers
    lab.exec("u1", "sh", "-c", "echo hi > /tmp/x")
    stat, data = containers.archive_get("u1", "/tmp/x")
    assert (stat["name"], stat["size"]) == ("x", 3)
    containers.archive_put("u1", "/srv", data)
    assert lab.exec("u1", "cat", "/srv/x") == (0, "hi\n")
    message = "Could not find the file /nosuch in container u1"
    assert refused(containers.archive_stat, "u1", "/nosuch") == (404, message)
    assert refused(containers.archive_put, "u1", "/tmp", b"garbage") == (500, "unexpected EOF")
    # What was copied stays over a restart.
    containers.restart("u1")
    assert lab.exec("u1", "cat", "/srv/x") == (0, "hi\n")


def test_top_and_stats(lab: Lab) -> None:
    identifier = lab.run("u1")
    answer = lab.engine.containers.top("u1")
    assert [row[-1] for row in answer["Processes"]] == ["sleep infinity"]
    lab.reaches("host", lab.address("u1"))
    counters = next(lab.engine.containers.stats("u1", stream=False))
    assert counters is not None
    assert counters["networks"]["eth0"]["rx_packets"] > 0
    lab.engine.containers.stop("u1")
    assert refused(lab.engine.containers.top, "u1") == (409, f"container {identifier} is not running")


def test_capabilities(lab: Lab) -> None:
    """Golden host/misuse.txt."""
    lab.run("plain")
    lab.run("admin", Host_CapAdd=["NET_ADMIN"])
    lab.run("poor", Host_CapDrop=["ALL"])
    add = ("ip", "link", "add", "dummy7", "type", "dummy")
    assert lab.exec("plain", *add) == (2, "RTNETLINK answers: Operation not permitted\n")
    assert lab.exec("admin", *add) == (0, "")
    assert lab.exec("poor", *add)[0] == 2
    assert lab.inspect("admin")["HostConfig"]["CapAdd"] == ["CAP_NET_ADMIN"]


def test_thousand_containers_are_listed_once(lab: Lab) -> None:
    ids = {lab.create() for _ in range(300)}
    assert len(ids) == len(lab.engine.containers.list(all=True)) == 300


def test_errors_say_status_and_message() -> None:
    assert str(EngineError(404, "No such container: x")) == "HTTP 404: No such container: x"


def test_exit_and_output_of_a_container_that_removed_itself(lab: Lab) -> None:
    identifier = lab.create("once", Cmd=["sh", "-c", "echo hello; exit 3"], Host_AutoRemove=True)
    attached = lab.engine.containers.attach(identifier, stream=True, stdout=True, stderr=True)
    waiting = lab.engine.containers.wait(identifier, "next-exit")
    lab.engine.containers.start(identifier)
    assert output(attached) == b"hello\n"
    assert next(waiting) == {"StatusCode": 3}
    assert output(lab.engine.containers.logs(identifier)) == b"hello\n"
    assert next(lab.engine.containers.wait(identifier)) == {"StatusCode": 3}
    assert refused(lab.engine.containers.inspect, identifier)[0] == 404


def test_wait_counts_an_exit_that_was_followed_by_a_restart(lab: Lab) -> None:
    lab.run("always", Cmd=["sh", "-c", "sleep 1; exit 3"], Host_RestartPolicy={"Name": "always"})
    waiting = lab.engine.containers.wait("always")
    lab.engine.kernel.advance(20.0)
    assert next(waiting) == {"StatusCode": 3}


def test_changes_and_reclaimed_space(lab: Lab) -> None:
    lab.run("u1")
    assert lab.engine.containers.changes("u1") is None
    lab.exec("u1", "sh", "-c", "echo hi > /tmp/x")
    assert lab.engine.containers.changes("u1") == [{"Path": "/tmp", "Kind": 0}, {"Path": "/tmp/x", "Kind": 1}]
    lab.engine.containers.stop("u1")
    assert lab.engine.containers.prune()["SpaceReclaimed"] == 3


def test_top_with_columns(lab: Lab) -> None:
    lab.run("u1")
    answer = lab.engine.containers.top("u1", "-eopid,user")
    assert answer["Titles"] == ["PID", "USER"]
    message = 'ps: error: unknown user-defined format specifier "bogus"'
    assert refused(lab.engine.containers.top, "u1", "-o bogus") == (500, message)


def test_log_drivers(lab: Lab) -> None:
    assert lab.inspect(lab.create())["HostConfig"]["LogConfig"] == {"Type": "json-file", "Config": {}}
    message = 'error looking up logging plugin bogus: plugin "bogus" not found'
    assert refused(lab.create, "u1", Host_LogConfig={"Type": "bogus"}) == (400, message)


def test_container_without_an_image(lab: Lab) -> None:
    """Measured on 28.5.2: an image is not asked for where a command is given."""
    lab.run("bare", Image="")
    assert lab.state("bare")["Running"]


def test_interfaces_have_no_queue_of_their_own(lab: Lab) -> None:
    """Goldens: no qlen at docker0, dm-..., lan0.10."""
    lab.lan()
    lab.network("dummy", "macvlan")
    lab.network("vlan", "macvlan", options={"parent": "lan0.10"})
    lab.run("u1")
    made = [device for name, device in lab.host.devices.items() if name not in ("lo", "eth0", "lan0")]
    assert {device.txqueuelen for device in made} == {0}
