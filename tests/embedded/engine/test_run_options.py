"""Options of ``docker run`` and ``docker exec`` that reach into network, names and files (measured on 28.5.2)."""

from __future__ import annotations

import pytest

from .conftest import Lab, refused

LOG_MARTIANS = "com.docker.network.endpoint.sysctls"


def test_kernel_parameters_of_an_interface_follow_it_to_its_name(lab: Lab) -> None:
    lab.network("app")
    options = {LOG_MARTIANS: "net.ipv4.conf.IFNAME.log_martians=1,net.ipv4.conf.ifname.forwarding=0"}
    options["com.docker.network.endpoint.ifname"] = "uplink0"
    lab.run("u1", "app", endpoint={"DriverOpts": options})
    sysctl = lab.namespace("u1").sysctl
    assert sysctl.get("net.ipv4.conf.uplink0.log_martians") == "1"
    assert sysctl.get("net.ipv4.conf.uplink0.forwarding") == "0"


@pytest.mark.parametrize("mac", ["03:00:00:00:00:20", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00"])
def test_a_mac_address_that_no_interface_can_have_is_refused_at_the_start(lab: Lab, mac: str) -> None:
    lab.create("u1", endpoint={"MacAddress": mac})
    before = lab.snapshot()
    status, message = refused(lab.engine.containers.start, "u1")
    assert status == 500
    assert message.startswith("failed to set up container networking: failed to add interface veth")
    assert message.endswith(f' MAC to "{mac}": cannot assign requested address')
    assert lab.snapshot() == before


def test_an_sctp_port_needs_a_kernel_that_speaks_it(lab: Lab) -> None:
    lab.create("u1", ExposedPorts={"80/sctp": {}}, Host_PortBindings={"80/sctp": [{"HostPort": "8087"}]})
    before = lab.snapshot()
    status, message = refused(lab.engine.containers.start, "u1")
    assert status == 500
    assert message.endswith(
        "error starting userland proxy: failed to listen on 0.0.0.0:8087: protocol not supported"
    )
    assert lab.snapshot() == before


@pytest.mark.parametrize(
    ("config", "line", "full", "domain"),
    [
        ({"Hostname": "a.b.c"}, "a.b.c a", "a.b.c", "b.c"),
        ({"Hostname": "h", "Domainname": "x.org"}, "h.x.org h", "h.x.org", "x.org"),
        ({"Hostname": "plain"}, "plain", "plain", ""),
    ],
)
def test_a_host_name_with_a_domain_has_a_short_form(
    lab: Lab, config: dict[str, str], line: str, full: str, domain: str
) -> None:
    lab.run("u1", **config)
    assert lab.exec("u1", "tail", "-1", "/etc/hosts") == (0, f"172.17.0.2\t{line}\n")
    assert lab.exec("u1", "hostname", "-f") == (0, f"{full}\n")
    assert lab.exec("u1", "hostname", "-d") == (0, f"{domain}\n" if domain else "")


def test_the_hosts_own_name_is_seen_where_its_uts_namespace_is_shared(lab: Lab) -> None:
    lab.run("u1", Host_UTSMode="host")
    assert lab.exec("u1", "hostname") == (0, "lab\n")
    assert lab.inspect("u1")["Config"]["Hostname"] == lab.inspect("u1")["Id"][:12]


def test_the_processes_of_a_container_that_has_none_cannot_be_shared(lab: Lab) -> None:
    other = lab.create("u1")
    lab.create("u2", Host_PidMode="container:u1")
    assert refused(lab.engine.containers.start, "u2") == (
        500,
        f"failed to join PID namespace: container {other} is not running",
    )
    lab.engine.containers.start("u1")
    lab.engine.containers.start("u2")


def test_a_log_that_nobody_keeps_cannot_be_read(lab: Lab) -> None:
    lab.run("u1", Cmd=["echo", "x"], Host_LogConfig={"Type": "none"})
    message = "configured logging driver does not support reading"
    assert refused(lab.engine.containers.logs, "u1") == (501, message)
    lab.run("u2", Cmd=["echo", "x"], Host_LogConfig={"Type": "local"})
    assert list(lab.engine.containers.logs("u2")) == [(1, b"x\n")]


def test_a_detached_command_that_is_none_is_told_to_who_starts_it(lab: Lab) -> None:
    lab.run("u1")
    for command, problem in (
        ("nosuch", 'exec: "nosuch": executable file not found in $PATH'),
        ("/etc", 'exec: "/etc": is a directory: permission denied'),
        ("/no/such", 'exec: "/no/such": stat /no/such: no such file or directory'),
    ):
        made = lab.engine.execs.create("u1", {"Cmd": [command]})["Id"]
        assert refused(lab.engine.execs.start, made, {"Detach": True}) == (
            400,
            f"OCI runtime exec failed: exec failed: unable to start container process: {problem}",
        )
        assert lab.engine.execs.inspect(made)["ExitCode"] in (126, 127)


def test_a_command_runs_in_a_directory_with_a_full_path(lab: Lab) -> None:
    lab.run("u1")
    made = lab.engine.execs.create("u1", {"Cmd": ["pwd"], "WorkingDir": "etc"})["Id"]
    message = "OCI runtime exec failed: exec failed: Cwd must be an absolute path"
    assert refused(lab.engine.execs.start, made, {}) == (500, message)
    assert lab.engine.execs.inspect(made)["ExitCode"] == 128


def test_an_event_of_a_command_ends_with_its_arguments_or_a_space(lab: Lab) -> None:
    lab.run("u1")
    since = lab.engine.now()
    lab.exec("u1", "id")
    lab.exec("u1", "echo", "a", "b")
    events = lab.engine.events.stream(since=since, until=lab.engine.now())
    told = [event["Action"] for event in events if event and "create" in event["Action"]]
    assert told == ["exec_create: id ", "exec_create: echo a b"]


def test_what_lies_in_a_directory_is_packed_without_its_name(lab: Lab) -> None:
    import io
    import tarfile

    lab.run("u1")
    lab.exec("u1", "sh", "-c", "mkdir /tmp/d; echo a >/tmp/d/a; echo b >/tmp/b")

    def packed(path: str) -> tuple[str, list[str]]:
        view, tar = lab.engine.containers.archive_get("u1", path)
        return str(view["name"]), tarfile.open(fileobj=io.BytesIO(tar)).getnames()

    assert packed("/tmp/d/.") == (".", [".", "./a"])
    assert packed("/tmp/d/") == packed("/tmp/d") == ("d", ["d", "d/a"])
    assert packed("/tmp/d/../b") == ("b", ["b"])
    assert refused(packed, "/tmp/b/.") == (500, "lstat /tmp/b/.: not a directory")


def test_each_line_of_a_log_has_its_time_and_details_also_one_that_comes_later(lab: Lab) -> None:
    lab.run("u1", Cmd=["sh", "-c", "echo one; sleep 1; printf tw; sleep 1; echo o; echo three"])
    stream = lab.engine.containers.logs("u1", follow=True, timestamps=True, details=True)
    text = b"".join(chunk[1] for chunk in stream if chunk).decode()
    lines = [line.split("Z ", 1) for line in text.splitlines()]
    assert [words for _, words in lines] == [" one", " two", " three"]
    assert [stamp[:2] for stamp, _ in lines] == ["20"] * 3
