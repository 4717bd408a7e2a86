"""Jobs: what goes on, what ends, what a signal does, and what a container's end ends."""

from __future__ import annotations

import pytest

from dnetlab.embedded.commands import Context, Job, exists, names, run, start
from dnetlab.embedded.kernel import Kernel
from tests.embedded.commands.command_labs import Lan, Pair


@pytest.fixture
def context() -> Context:
    kernel = Kernel(seed=2)
    namespace = kernel.namespace("box")
    namespace.lo.set_up()
    return Context(kernel, namespace, "box")


def text(job: Job) -> str:
    return b"".join(data for _, data in job.chunks).decode()


def test_a_command_that_waits_stays_until_it_is_killed(context: Context) -> None:
    ended: list[int] = []
    job = start(["sleep", "infinity"], context, on_exit=ended.append)
    context.kernel.advance(1000)
    assert job.exit_code is None
    assert (job.pid, job.argv) == (1, ["sleep", "infinity"])
    job.signal("KILL")
    assert job.exit_code == 137
    assert ended == [137]


def test_the_first_process_takes_no_signal_without_a_handler(context: Context) -> None:
    first, second = start(["sleep", "infinity"], context), start(["sleep", "infinity"], context)
    first.signal("TERM")
    second.signal(15)
    assert (first.exit_code, second.exit_code) == (None, 143)


def test_waiting_costs_simulated_time_only(context: Context) -> None:
    job = start(["sleep", "90"], context)
    assert job.wait(timeout=60) is None
    assert job.wait() == 0
    assert context.kernel.now == pytest.approx(90)


def test_output_comes_as_chunks_in_order(context: Context) -> None:
    seen: list[tuple[str, bytes]] = []
    job = start(
        ["sh", "-c", "echo a; echo b >&2; echo c"], context, on_output=lambda s, d: seen.append((s, d))
    )
    assert job.chunks == [("stdout", b"a\n"), ("stderr", b"b\n"), ("stdout", b"c\n")]
    assert seen == job.chunks
    assert job.take() == job.chunks
    assert job.take() == []


def test_following_gives_nothing_for_each_silent_second(context: Context) -> None:
    job = start(["sh", "-c", "echo a; sleep 2.5; echo b"], context)
    assert list(job.follow()) == [("stdout", b"a\n"), None, None, ("stdout", b"b\n")]


def test_an_unknown_command_is_127(context: Context) -> None:
    assert run(["foo"], context).exit_code == 127
    assert not exists("foo") and not exists("/opt/ping") and not exists("udhcpc")
    assert exists("ping") and exists("/usr/bin/ping") and "ip" in names()


def test_an_interactive_shell_answers_line_by_line(context: Context) -> None:
    job = start(["sh"], context, interactive=True, tty=True)
    assert text(job) == "# "
    job.feed(b"echo hello\n")
    assert text(job) == "# hello\n# "
    job.feed(b"if true; then\n")
    assert text(job).endswith("> ")
    job.feed(b"echo yes; fi\n")
    assert text(job).endswith("> yes\n# ")
    job.feed(b"exit 4\n")
    assert job.exit_code == 4


def test_control_c_ends_the_command_and_not_the_shell() -> None:
    pair = Pair()
    job = start(["sh"], pair.contexts["u1"], interactive=True, tty=True)
    job.feed(b"ping 172.28.0.3\n")
    pair.kernel.advance(2.5)
    job.feed(b"\x03")
    pair.kernel.advance(0.1)
    assert "3 packets transmitted, 3 received, 0% packet loss" in text(job)
    assert text(job).endswith("# ")
    assert job.exit_code is None


def test_the_end_of_input_ends_cat_and_the_shell(context: Context) -> None:
    job = start(["cat"], context, interactive=True)
    job.feed(b"a\n")
    assert job.chunks == [("stdout", b"a\n")]
    job.close_stdin()
    assert job.exit_code == 0


def test_a_closed_container_leaves_nothing() -> None:
    lan = Lan()
    start(["sh", "-c", "ip netns exec pc1 web 80 & sleep infinity"], lan.context)
    assert lan.on("pc10", "true").exit_code == 0
    lan.context.close()
    assert lan.context.processes == {}
    assert set(lan.kernel.namespaces) == {"host"}
    assert list(lan.host.devices) == ["lo"]


def test_a_killed_server_frees_its_port(context: Context) -> None:
    first = start(["web", "80"], context)
    again = run(["busybox", "httpd", "-f", "-p", "80"], context)
    assert (again.exit_code, again.stderr) == (1, b"httpd: bind: Address already in use\n")
    first.signal("KILL")
    assert start(["web", "80"], context).exit_code is None


def test_a_pipe_without_a_reader_ends_the_writer(context: Context) -> None:
    assert run(["sh", "-c", "yes | head -1; ps | grep -c yes"], context).stdout == b"y\n0\n"


def test_processes_are_seen_by_name_and_ended_by_name(context: Context) -> None:
    start(["sleep", "infinity"], context)
    start(["sh", "-c", "exec sleep 1000"], context)
    result = run(
        ["sh", "-c", "pgrep sleep; pgrep -f 'sleep 100[0]'; pkill -f 'sleep 100[0]'; pgrep -c sleep"], context
    )
    assert result.stdout == b"1\n2\n2\n1\n"


def test_a_shell_that_kills_itself_by_its_command_line_goes_no_further(context: Context) -> None:
    start(["sleep", "infinity"], context)
    result = run(["sh", "-c", "pkill -f unmistakable; echo never"], context)
    assert (result.exit_code, result.stdout) == (143, b"")


def test_timeout_ends_all_that_the_command_started(context: Context) -> None:
    result = run(["timeout", "1", "sh", "-c", "sleep 100 & sleep 100"], context)
    assert result.exit_code == 124
    assert context.processes == {}


@pytest.mark.parametrize(
    ("user", "printed"),
    [
        ("", "uid=0(root) gid=0(root) groups=0(root)"),
        ("1000", "uid=1000 gid=0(root) groups=0(root)"),
        ("1000:100", "uid=1000 gid=100(users) groups=100(users)"),
        ("nobody", "uid=65534(nobody) gid=65534(nogroup) groups=65534(nogroup)"),
    ],
)
def test_processes_are_who_the_container_says(context: Context, user: str, printed: str) -> None:
    job = start(["sh", "-c", "id"], context, user=user)
    assert text(job) == printed + "\n"


def test_top_stays_on_a_terminal_and_ends_without_one(context: Context) -> None:
    shown = start(["top"], context, tty=True, interactive=True)
    assert shown.exit_code is None and "1 root" in text(shown)
    before = context.kernel.now
    gone = run(["top"], context)
    assert (gone.exit_code, gone.stdout, gone.stderr) == (1, b"", b"")
    assert context.kernel.now - before == pytest.approx(0.1, abs=0.01)
    assert run(["sh", "-c", "TERM=xterm top"], context).stderr == b"top: failed tty get\n"
    assert b"COMMAND" in run(["top", "-b", "-n", "1"], context).stdout


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["ip", "link", "add", "d0", "type", "dummy"], 2),
        (["ip", "addr", "add", "1.2.3.4/24", "dev", "lo"], 2),
        (["ip", "netns", "add", "x"], 1),
        (["sysctl", "-w", "net.ipv4.ip_forward=0"], 1),
        (["iptables", "-S"], 4),
    ],
)
def test_a_container_without_capabilities_may_not_change_its_network(
    context: Context, argv: list[str], code: int
) -> None:
    assert run(argv, context).exit_code == code
    assert list(context.namespace.devices) == ["lo"]
