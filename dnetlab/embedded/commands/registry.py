"""Which command is where: families register their commands by decorator and load when first used."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .process import Process, Program

Main = Callable[["Process"], "Program | int | None"]

FAMILIES = {
    "arping": "arping",
    "bridge": "bridge",
    "busybox": "busybox_ls",
    "coreutils": "basename date dirname env false hostname id mktemp nproc printenv pwd seq sleep"
    " stty test [ true tty uname uptime which whoami yes",
    "printing": "echo printf",
    "dhcp": "dnsmasq udhcpc",
    "dig": "dig host",
    "nslookup": "nslookup",
    "ethtool": "ethtool",
    "fileops": "cat chmod cp find ls mkdir mv readlink rm rmdir stat tee touch",
    "fping": "fping",
    "curl": "curl",
    "wget": "wget",
    "web": "web httpd",
    "ip": "ip",
    "iptables": "iptables ip6tables iptables-save ip6tables-save",
    "nc": "nc",
    "net_tools": "arp ifconfig netstat route",
    "getent": "getent",
    "ping": "ping ping6",
    "procps": "kill pgrep pkill ps timeout sysctl mount umount nsenter free",
    "top": "top",
    "shell": "sh dash bash ash",
    "ss": "ss",
    "tcpdump": "tcpdump",
    "text": "cut head sort tail tr uniq wc xargs",
    "text_grep": "egrep fgrep grep",
    "text_sed": "awk sed",
    "traceroute": "traceroute traceroute6",
}
"""Module → the commands in it."""

WHERE = {name: module for module, words in FAMILIES.items() for name in words.split()}
WHERE["busybox"] = "busybox"
WHERE.pop("busybox_ls", None)

BUSYBOX_ONLY = frozenset("arp ash ifconfig mount netstat route udhcpc umount".split())  # noqa: SIM905
"""What the lab image has as applets of busybox only."""

_commands: dict[str, Main] = {}


def command(*names: str) -> Callable[[Main], Main]:
    """Register a function as the program of these commands."""

    def register(main: Main) -> Main:
        for name in names:
            _commands[name] = main
        return main

    return register


def names() -> list[str]:
    """Every command that exists, sorted."""
    return sorted(WHERE.keys() - BUSYBOX_ONLY)


def exists(name: str) -> bool:
    """Whether a command exists, given by name or by the path a Debian image has it at."""
    directory, _, base = name.rpartition("/")
    return base in WHERE and base not in BUSYBOX_ONLY and (not directory or directory in BINARIES)


BINARIES = {"/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"}


def find(name: str) -> Main | None:
    """The program of a command, loaded when first asked for; None where there is none."""
    return applet(name.rsplit("/", 1)[-1]) if exists(name) else None


def applet(base: str) -> Main | None:
    """The program of a command by its bare name, applets of busybox included."""
    if base not in WHERE:
        return None
    if base not in _commands:
        import_module(f".{WHERE[base]}", __package__)
    return _commands[base]


def lookup(process: Process, argv: list[str]) -> Main:
    """The program for ``argv``; where there is none, one that says so and ends with 126 or 127."""
    if process.parent is None and not process.context.files.is_directory(process.cwd):
        return no_directory
    found = find(argv[0])
    if found is not None:
        return found
    script = process.context.files.normal(argv[0], process.cwd)
    files = process.context.files
    # The model keeps no modes: what begins as a script is one.
    if "/" in argv[0] and files.is_file(script) and files.read(script).startswith(b"#!"):
        return _run_script
    return _missing


def _missing(process: Process) -> int:
    """What runc says of a program that it cannot start: on standard output (Engine 28.5), 126 for no program at all."""
    name, files = process.argv[0], process.context.files
    path, status = files.normal(name, process.cwd), 127
    if "/" not in name:
        why = "executable file not found in $PATH"
    elif files.exists(path):
        why, status = ("" if files.is_file(path) else "is a directory: ") + "permission denied", 126
    else:
        why = f"stat {name}: no such file or directory"
    process.out(
        f'OCI runtime exec failed: exec failed: unable to start container process: exec: "{name}": {why}\r\n'
    )
    if status == 127:
        process.err(f"{what_exists()}\n")
    return status


def no_directory(process: Process) -> int:
    """What runc says where the directory that a command is to run in does not exist."""
    process.out(
        "OCI runtime exec failed: exec failed: unable to start container process: chdir to cwd"
        f' ("{process.cwd}") set in config.json failed: no such file or directory\r\n'
    )
    return 127


def _run_script(process: Process) -> Program:
    script = process.argv
    return process.execute(["sh", *script])


def what_exists() -> str:
    """One sentence that lists the commands of the embedded engine."""
    return f"The embedded engine runs no programs of its own machine; it knows: {', '.join(names())}."
