"""Commands in running containers."""

from __future__ import annotations

from .conftest import Lab, refused


def test_output_and_exit_code(lab: Lab) -> None:
    lab.run("u1")
    made = lab.engine.execs.create("u1", {"Cmd": ["sh", "-c", "echo a; echo b >&2; exit 3"]})["Id"]
    view = lab.engine.execs.inspect(made)
    assert (view["Running"], view["ExitCode"], view["Pid"]) == (False, None, 0)
    assert list(lab.engine.execs.start(made, {})) == [(1, b"a\n"), (2, b"b\n")]
    view = lab.engine.execs.inspect(made)
    assert (view["Running"], view["ExitCode"], view["ProcessConfig"]["entrypoint"]) == (False, 3, "sh")
    assert refused(lab.engine.execs.start, made, {}) == (409, f"exec command {made} has already run")


def test_refusals(lab: Lab) -> None:
    identifier = lab.create("u1")
    execs = lab.engine.execs
    assert refused(execs.create, "u1", {"Cmd": ["ls"]}) == (409, f"container {identifier} is not running")
    assert refused(execs.create, "nosuch", {"Cmd": ["ls"]}) == (404, "No such container: nosuch")
    assert refused(execs.create, "u1", {}) == (400, "No exec command specified")
    for call in (execs.inspect, execs.tty):
        assert refused(call, "nosuch") == (404, "No such exec instance: nosuch")
    assert refused(execs.start, "nosuch", {})[0] == 404


def test_engine_20_writes_container_with_a_capital() -> None:
    """Golden witness-native-20.10 user-bridge/misuse.txt."""
    lab = Lab("20.10")
    identifier = lab.create("u1")
    message = f"Container {identifier} is not running"
    assert refused(lab.engine.execs.create, "u1", {"Cmd": ["ls"]}) == (409, message)


def test_exec_of_a_container_that_stopped_meanwhile(lab: Lab) -> None:
    lab.run("u1")
    made = lab.engine.execs.create("u1", {"Cmd": ["ls"]})["Id"]
    lab.engine.containers.stop("u1")
    assert refused(lab.engine.execs.start, made, {})[0] == 409
    lab.engine.containers.remove("u1")
    assert refused(lab.engine.execs.inspect, made)[0] == 404


def test_detached_exec_goes_on_alone(lab: Lab) -> None:
    lab.run("u1")
    made = lab.engine.execs.create("u1", {"Cmd": ["sh", "-c", "sleep 2; echo done > /tmp/x"]})["Id"]
    assert list(lab.engine.execs.start(made, {"Detach": True})) == []
    assert lab.engine.execs.inspect(made)["Running"]
    lab.engine.kernel.advance(3.0)
    assert not lab.engine.execs.inspect(made)["Running"]
    assert lab.exec("u1", "cat", "/tmp/x") == (0, "done\n")


def test_interactive_shell(lab: Lab) -> None:
    lab.run("u1")
    made = lab.engine.execs.create("u1", {"Cmd": ["sh"], "Tty": True, "AttachStdin": True})["Id"]
    assert lab.engine.execs.tty(made)
    lines = [b"hostname\n", None, b"exit 2\n"]
    stream = lab.engine.execs.start(made, {}, lambda: lines.pop(0) if lines else b"")
    text = b"".join(chunk[1] for chunk in stream if chunk)
    assert lab.inspect("u1")["Config"]["Hostname"].encode() in text
    assert lab.engine.execs.inspect(made)["ExitCode"] == 2


def test_endless_command_does_not_run_away(lab: Lab) -> None:
    """A minute of simulated time is free, then output comes at the pace of the world."""
    lab.run("u1")
    made = lab.engine.execs.create("u1", {"Cmd": ["ping", "127.0.0.1"]})["Id"]
    stream = lab.engine.execs.start(made, {})
    lines = 0
    for chunk in stream:
        if chunk is None:
            break
        lines += chunk[1].count(b"icmp_seq")
    assert 55 <= lines <= 65


def test_environment_and_directory(lab: Lab) -> None:
    lab.run("u1", Env=["A=1"], Hostname="here")
    made = lab.engine.execs.create(
        "u1", {"Cmd": ["sh", "-c", "echo $A $B $HOSTNAME; pwd"], "Env": ["B=2"], "WorkingDir": "/tmp"}
    )
    assert (
        b"".join(chunk[1] for chunk in lab.engine.execs.start(made["Id"], {}) if chunk) == b"1 2 here\n/tmp\n"
    )


def test_unknown_command_says_what_there_is(lab: Lab) -> None:
    lab.run("u1")
    code, text = lab.exec("u1", "nosuchcmd")
    assert code == 127
    assert "ping" in text


def test_command_that_waits_for_the_network_only(lab: Lab) -> None:
    """curl has no time limit of its own: what it waits for is on its way."""
    lab.run("web", Cmd=["web", "80"], Hostname="web")
    lab.run("u1")
    assert lab.exec("u1", "curl", "-s", "http://172.17.0.2") == (0, "hello from web\n")


def test_a_terminal_has_a_size_while_its_process_runs(lab: Lab) -> None:
    """Measured on 28.5.2."""
    lab.run("u1")
    ended, running = (
        lab.engine.execs.create("u1", {"Cmd": [*command]})["Id"] for command in (["true"], ["sleep", "9"])
    )
    assert refused(lab.engine.execs.resize, ended, 1, 1) == (500, "timeout waiting for exec session ready")
    list(lab.engine.execs.start(ended, {}))
    next(lab.engine.execs.start(running, {"Detach": True}), None)
    assert refused(lab.engine.execs.resize, ended, 1, 1) == (
        404,
        f"NotFound: process does not exist {ended}: not found",
    )
    lab.engine.execs.resize(running, 1, 1)
