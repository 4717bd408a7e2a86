"""The real docker CLI on the embedded engine."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dnetlab.embedded import Engine
from tests.embedded.api.conftest import CLI, IMAGE

ID = re.compile(r"[0-9a-f]{64}\n\Z")


@pytest.fixture
def web(cli: CLI) -> str:
    """A container that serves HTTP on network ``n`` (172.30.0.0/24)."""
    cli("network", "create", "--subnet", "172.30.0.0/24", "n")
    cli("run", "-d", "--name", "web", "--network", "n", IMAGE, "web", "80")
    return "web"


def test_version_tells_client_and_server(cli: CLI) -> None:
    text = cli("version").stdout
    assert "Server:" in text
    assert cli("version", "--format", "{{.Server.APIVersion}}").stdout == "1.51\n"


def test_info_says_that_it_is_a_model(cli: CLI) -> None:
    assert "Server Version: 28.5" in cli("info").stdout
    assert int(cli("info", "--format", "{{.Images}}").stdout) >= 1


def test_ps_lists_filters_and_formats(cli: CLI, web: str) -> None:
    cli("create", "--name", "idle", IMAGE, "sleep", "infinity")
    assert cli("ps", "--format", "{{.Names}}").stdout == "web\n"
    assert cli("ps", "-a", "--format", "{{.Names}}").stdout == "idle\nweb\n"
    assert cli("ps", "-a", "--filter", "status=created", "--format", "{{.Names}}").stdout == "idle\n"
    assert cli("ps", "--filter", "network=n", "--format", "{{.Names}} {{.Image}} {{.State}}").stdout == (
        f"web {IMAGE} running\n"
    )
    assert re.search(r"web +80", cli("ps", "--no-trunc").stdout)


def test_networks_are_made_listed_inspected_and_removed(cli: CLI) -> None:
    made = cli("network", "create", "--driver", "bridge", "--subnet", "10.9.0.0/24", "--label", "a=b", "mine")
    assert ID.fullmatch(made.stdout)
    assert (
        cli("network", "ls", "--filter", "label=a=b", "--format", "{{.Name}} {{.Driver}}").stdout
        == "mine bridge\n"
    )
    names = cli("network", "ls", "--format", "{{.Name}}").stdout.split()
    assert names == sorted(["bridge", "host", "mine", "none"])
    inspected = json.loads(cli("network", "inspect", "mine").stdout)[0]
    assert inspected["IPAM"]["Config"][0]["Subnet"] == "10.9.0.0/24"
    assert cli("network", "rm", "mine").stdout == "mine\n"
    assert re.search(
        "network mine not found|No such network: mine", cli("network", "inspect", "mine", fails=True).stderr
    )


def test_containers_join_and_leave_networks(cli: CLI, web: str) -> None:
    cli("network", "create", "--subnet", "172.31.9.0/24", "m")
    cli("network", "connect", "--ip", "172.31.9.77", "--alias", "other", "m", "web")
    shown = cli("inspect", "--format", '{{(index .NetworkSettings.Networks "m").IPAddress}}', "web").stdout
    assert shown == "172.31.9.77\n"
    assert "172.31.9.77" in cli("exec", "web", "ip", "-4", "addr").stdout
    cli("network", "disconnect", "m", "web")
    assert "172.31.9.77" not in cli("exec", "web", "ip", "-4", "addr").stdout
    cli("network", "disconnect", "m", "web", fails=True)
    assert "m" in cli("network", "prune", "-f").stdout


def test_run_prints_what_the_command_prints_and_exits_as_it_does(cli: CLI, web: str) -> None:
    good = cli("run", "--rm", "--network", "n", IMAGE, "ping", "-c", "3", "web")
    assert "3 packets transmitted, 3 received, 0% packet loss" in good.stdout
    bad = cli("run", "--rm", "--network", "n", IMAGE, "ping", "-c", "1", "-W", "1", "172.30.0.99", fails=True)
    assert bad.returncode == 1
    assert "100% packet loss" in bad.stdout
    assert cli("ps", "-aq", "--filter", "status=exited").stdout == ""


def test_run_takes_address_mac_alias_and_port(cli: CLI, web: str) -> None:
    cli(
        *(
            "run",
            "-d",
            "--name",
            "two",
            "--network",
            "n",
            "--ip",
            "172.30.0.50",
            "--mac-address",
            "02:00:00:00:00:50",
        ),
        *("--network-alias", "zwei", "-p", "8080:80", IMAGE, "web", "80"),
    )
    assert "172.30.0.50" in cli("exec", "web", "getent", "hosts", "zwei").stdout
    assert "02:00:00:00:00:50" in cli("exec", "two", "ip", "link", "show", "eth0").stdout
    assert cli("port", "two").stdout.startswith("80/tcp -> 0.0.0.0:8080\n")
    assert "hello from" in cli("exec", "web", "curl", "-s", "http://zwei/").stdout


def test_a_missing_image_is_looked_for_and_not_found(cli: CLI) -> None:
    failed = cli("run", "--rm", "nosuch/image:7", fails=True)
    assert failed.returncode == 125
    assert "Unable to find image 'nosuch/image:7' locally" in failed.stderr


def test_exec_runs_and_keeps_the_exit_code_apart_streams_and_input(cli: CLI, web: str) -> None:
    assert cli("exec", "web", "hostname").stdout == cli("inspect", "-f", "{{.Config.Hostname}}", "web").stdout
    assert cli("exec", "web", "sh", "-c", "exit 7", fails=True).returncode == 7
    done = cli("exec", "web", "sh", "-c", "echo out; echo err >&2")
    assert (done.stdout, done.stderr) == ("out\n", "err\n")
    assert cli("exec", "-i", "web", "cat", input="piped\n").stdout == "piped\n"
    assert cli("exec", "-i", "web", "sh", input="echo one\necho two\n").stdout == "one\ntwo\n"
    assert cli("exec", "-d", "web", "sleep", "1000").stdout == ""
    missing = cli("exec", "web", "nosuchcommand", fails=True)
    assert missing.returncode == 127


def test_logs_whole_and_followed(cli: CLI) -> None:
    cli("run", "--name", "talker", IMAGE, "sh", "-c", "echo one; echo two >&2; echo three")
    logs = cli("logs", "talker")
    assert (logs.stdout, logs.stderr) == ("one\nthree\n", "two\n")
    last = cli("logs", "--tail", "1", "talker")
    assert len((last.stdout + last.stderr).splitlines()) == 1
    assert cli("logs", "-f", "talker").stdout == "one\nthree\n"
    assert re.match(r"\d{4}-\d\d-\d\dT[\d:.]+Z one\n", cli("logs", "-t", "talker").stdout)


def test_the_life_of_a_container(cli: CLI, web: str) -> None:
    state = ("inspect", "-f", "{{.State.Status}}", "web")
    for command, after in (
        ("stop", "exited"),
        ("start", "running"),
        ("restart", "running"),
        ("pause", "paused"),
    ):
        assert cli(command, "web").stdout == "web\n"
        assert cli(*state).stdout == f"{after}\n"
    cli("unpause", "web")
    cli("rename", "web", "renamed")
    cli("kill", "renamed")
    assert cli("wait", "renamed").stdout == "137\n"
    cli("start", "renamed")
    refused = cli("rm", "renamed", fails=True)
    assert "container is running: stop the container before removing or force remove" in refused.stderr
    assert cli("rm", "-f", "renamed").stdout == "renamed\n"


def test_wait_answers_when_the_container_ends(cli: CLI, cli_environment: dict[str, str], web: str) -> None:
    waiting = subprocess.Popen(
        ["docker", "wait", "web"], env=cli_environment, stdout=subprocess.PIPE, text=True
    )
    time.sleep(0.2)
    assert waiting.poll() is None
    cli("kill", "web")
    assert waiting.communicate(timeout=10)[0] == "137\n"


def test_events_tell_what_happened(cli: CLI, web: str, model: Engine) -> None:
    cli("rm", "-f", "web")
    # The model's clock runs ahead of the world's by the simulated time that has passed.
    soon = f"{model.now() + 0.5:.3f}"
    lines = cli(
        "events", "--since", "0", "--until", soon, "--format", "{{.Type}} {{.Action}}"
    ).stdout.splitlines()
    for wanted in (
        "network create",
        "container create",
        "network connect",
        "container start",
        "container destroy",
    ):
        assert wanted in lines
    assert lines.index("container create") < lines.index("container start") < lines.index("container die")


def test_events_are_told_as_they_happen(cli: CLI, cli_environment: dict[str, str]) -> None:
    command = [
        "docker",
        "events",
        "--format",
        "{{.Action}} {{.Actor.Attributes.name}}",
        "--filter",
        "type=network",
    ]
    listening = subprocess.Popen(command, env=cli_environment, stdout=subprocess.PIPE, text=True)
    assert listening.stdout is not None
    time.sleep(0.3)
    cli("network", "create", "late")
    assert listening.stdout.readline() == "create late\n"
    listening.terminate()
    listening.wait(10)


def test_images_are_listed_and_pull_says_that_this_is_a_model(cli: CLI) -> None:
    assert "dnetlab/lab" in cli("images", "--format", "{{.Repository}}").stdout.splitlines()
    assert "embedded engine" in cli("pull", IMAGE).stdout.lower()
    failed = cli("pull", "nosuch/image", fails=True)
    assert failed.stderr


def test_top_stats_and_system_prune(cli: CLI, web: str) -> None:
    assert "web" in cli("top", "web").stdout
    assert cli("stats", "--no-stream", "--format", "{{.Name}}").stdout == "web\n"
    cli("stop", "web")
    assert "Deleted Containers:" in cli("system", "prune", "-f").stdout
    assert cli("ps", "-aq").stdout == ""
    assert "n" not in cli("network", "ls", "--format", "{{.Name}}").stdout.split()
    assert cli("system", "df").stdout


def test_small_files_are_copied_in_and_out(cli: CLI, web: str, tmp_path: Path) -> None:
    (tmp_path / "note").write_text("hello\n")
    cli("cp", str(tmp_path / "note"), "web:/tmp/note")
    assert cli("exec", "web", "cat", "/tmp/note").stdout == "hello\n"
    cli("cp", "web:/etc/hostname", str(tmp_path / "name"))
    assert (tmp_path / "name").read_text() == cli("exec", "web", "hostname").stdout


def test_inspect_finds_containers_networks_and_images(cli: CLI, web: str) -> None:
    assert json.loads(cli("inspect", "web").stdout)[0]["Name"] == "/web"
    assert json.loads(cli("inspect", "n").stdout)[0]["Driver"] == "bridge"
    assert IMAGE in json.loads(cli("inspect", IMAGE).stdout)[0]["RepoTags"]
    assert "no such object: nobody" in cli("inspect", "nobody", fails=True).stderr.lower()


class Terminal:
    """A docker command on a pseudo-terminal."""

    def __init__(self, environment: dict[str, str], *arguments: str) -> None:
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(
            ["docker", *arguments],
            env=environment,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        self.seen = ""

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def read_until(self, wanted: str, seconds: float = 10) -> str:
        """The screen from the last point on up to ``wanted``."""
        end = time.monotonic() + seconds
        while wanted not in self.seen:
            if time.monotonic() > end:
                pytest.fail(f"{wanted!r} did not come: {self.seen!r}")
            if select.select([self.master], [], [], 0.1)[0]:
                try:
                    data = os.read(self.master, 65536)
                except OSError:
                    data = b""
                if not data:
                    pytest.fail(f"{wanted!r} did not come before the end: {self.seen!r}")
                self.seen += data.decode()
        before, _, self.seen = self.seen.partition(wanted)
        return before + wanted

    def exit_status(self) -> int:
        """Waits for the end."""
        deadline = time.monotonic() + 10
        while self.process.poll() is None and time.monotonic() < deadline:
            if select.select([self.master], [], [], 0.05)[0]:
                try:
                    os.read(self.master, 65536)
                except OSError:
                    break
        return self.process.wait(5)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)


@pytest.fixture
def terminal(cli_environment: dict[str, str], model: Engine) -> Iterator[type[Terminal]]:
    made: list[Terminal] = []

    class Tracked(Terminal):
        def __init__(self, *arguments: str) -> None:
            super().__init__(cli_environment, *arguments)
            made.append(self)

    yield Tracked  # type: ignore[misc]
    for one in made:
        one.close()


def test_an_interactive_shell_prompts_echoes_and_keeps_the_exit_status(
    web: str, terminal: type[Terminal]
) -> None:
    shell = terminal("exec", "-it", "web", "sh")  # type: ignore[arg-type]
    shell.read_until("# ")
    shell.type("echo $((40+2))\r")
    assert shell.read_until("# ") == "echo $((40+2))\r\n42\r\n# "
    shell.type("exit 9\r")
    assert shell.exit_status() == 9


def test_ctrl_c_ends_a_command_and_the_shell_goes_on(web: str, terminal: type[Terminal]) -> None:
    shell = terminal("exec", "-it", "web", "sh")  # type: ignore[arg-type]
    shell.read_until("# ")
    shell.type("ping 127.0.0.1\r")
    shell.read_until("64 bytes from")
    shell.type("\x03")
    shell.read_until("packets transmitted")
    shell.read_until("# ")
    shell.type("\x04")
    assert shell.exit_status() in (0, 130)


def test_run_it_gives_a_terminal_and_rm_removes(cli: CLI, terminal: type[Terminal]) -> None:
    shell = terminal("run", "--rm", "-it", "--name", "shelly", IMAGE, "sh")  # type: ignore[arg-type]
    shell.read_until("# ")
    shell.type("hostname\r")
    name = shell.read_until("# ").splitlines()[1]
    assert cli("inspect", "-f", "{{.Config.Hostname}}", "shelly").stdout.strip() == name
    shell.type("exit 3\r")
    assert shell.exit_status() == 3
    cli("inspect", "shelly", fails=True)


def test_the_detach_keys_leave_the_container_running(cli: CLI, terminal: type[Terminal]) -> None:
    shell = terminal("run", "-it", "--name", "kept", IMAGE, "sh")  # type: ignore[arg-type]
    shell.read_until("# ")
    shell.type("\x10\x11")
    assert shell.exit_status() == 0
    assert cli("inspect", "-f", "{{.State.Running}}", "kept").stdout == "true\n"


def test_attach_and_interrupt_a_container(cli: CLI, cli_environment: dict[str, str], web: str) -> None:
    command = ["docker", "run", "--name", "pinger", "--network", "n", IMAGE, "ping", "web"]
    pinging = subprocess.Popen(command, env=cli_environment, stdout=subprocess.PIPE, text=True)
    assert pinging.stdout is not None
    assert pinging.stdout.readline().startswith("PING web")
    pinging.stdout.readline()
    pinging.send_signal(2)
    rest, _ = pinging.communicate(timeout=10)
    assert "packets transmitted" in rest
