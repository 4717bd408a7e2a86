"""Without Docker dnetlab needs Python alone, also where Python has less: on Windows, on old terminals.

There is no Windows here. What its Python lacks is taken away from this one, in a process of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dnetlab import types

ROOT = Path(__file__).parent.parent

LIKE_WINDOWS = """
import asyncio, http.server, multiprocessing, platform, subprocess, tempfile, webbrowser
import docker, ipywidgets, matplotlib.figure, networkx, psutil, rich.console, rich.table, typer  # they know Windows themselves
import os, signal, socket, socketserver, sys

for module in ("fcntl", "grp", "pty", "pwd", "readline", "resource", "syslog", "termios", "tty"):
    sys.modules[module] = None
for module, names in {
    # https://docs.python.org/3/library/os.html: "Availability: Unix"; signal.html and socket.html likewise
    os: "WNOHANG chown fchmod fork forkpty getegid geteuid getgid getgroups getloadavg getpgid getpgrp getuid killpg mkfifo"
    " openpty pread register_at_fork sched_getaffinity setpgid setsid statvfs sync sysconf uname wait4",
    signal: "SIGALRM SIGCHLD SIGCONT SIGHUP SIGKILL SIGPIPE SIGQUIT SIGSTOP SIGTSTP SIGUSR1 SIGUSR2 SIGWINCH alarm"
    " pthread_kill pthread_sigmask setitimer sigwait",
    socket: "AF_UNIX socketpair",
    socketserver: "UnixStreamServer UnixDatagramServer ForkingMixIn",
}.items():
    for name in names.split():
        if hasattr(module, name):
            delattr(module, name)


def never(pid, number):
    raise AssertionError("os.kill sends no signal on Windows: it ends the process, and 0 is Ctrl-C to a whole group")


os.kill = never
sys.platform = "win32"
"""


def python(code: str, *words: str, encoding: str = "cp1252") -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PYTHONIOENCODING": encoding,
        "PYTHONUTF8": "0",
        "LC_ALL": "C",
        "MPLBACKEND": "agg",
        "DNETLAB_ENGINE": "embedded",
    }
    return subprocess.run(
        [sys.executable, "-c", code, *words],
        env=environment,
        capture_output=True,
        encoding=encoding,
        timeout=120,
        check=False,
    )


def command(*words: str, before: str = "", encoding: str = "cp1252") -> subprocess.CompletedProcess[str]:
    code = f"{before}\nfrom dnetlab.cli import main; main()"
    return python(code, *words, encoding=encoding)


def test_a_tour_without_what_windows_lacks(tmp_path: Path) -> None:
    done = command("tour", "ipvlan_l2", "--out", str(tmp_path), before=LIKE_WINDOWS)
    assert done.returncode == 0, done.stderr
    assert "embedded engine" in done.stdout
    assert (tmp_path / "ipvlan_l2.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "seen"),
    [
        (("doctor",), "embedded engine"),
        (("clean",), "Nothing was left behind"),
        (("solve", "user_bridge"), "as they must be"),
    ],
)
def test_a_command_without_what_windows_lacks(words: tuple[str, ...], seen: str) -> None:
    done = command(*words, before=LIKE_WINDOWS)
    assert done.returncode == 0, done.stderr
    assert seen in done.stdout + done.stderr


def test_a_lesson_without_what_windows_lacks() -> None:
    code = f"""{LIKE_WINDOWS}
import dnetlab
with dnetlab.Lab("macvlan_8021q") as lab:
    lab.build()
    assert lab.state().differences == ()
    assert all(verdict.holds for verdict in lab.claims())
    print(len(lab.draw()._repr_png_() if hasattr(lab.draw(), "_repr_png_") else "picture"))
    assert "VLAN" in str(lab.explain("pc1", "web10"))
dnetlab.panel("user_bridge")
"""
    done = python(code)
    assert done.returncode == 0, done.stderr


def test_the_socket_is_refused_in_one_sentence_where_there_are_none(tmp_path: Path) -> None:
    done = command("engine", "--socket", str(tmp_path / "d.sock"), before=LIKE_WINDOWS)
    assert done.returncode == 2
    assert "no unix sockets on this system" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("encoding", "sign"), [("latin-1", "yes"), ("utf-8", "✓")])
def test_a_verdict_is_readable_in_every_encoding(encoding: str, sign: str, tmp_path: Path) -> None:
    done = command("tour", "host", "--out", str(tmp_path), encoding=encoding)
    assert done.returncode == 0, done.stderr
    signs = [line.split(" ", 1)[0] for line in done.stdout.splitlines()]
    assert signs.count(sign) == len(types.get("host").claims) + 1  # and the last line, which sums up
