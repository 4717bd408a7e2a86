"""``busybox APPLET``: the small versions of commands, where their output differs from the big ones'."""

from __future__ import annotations

from .process import Process, Program
from .registry import command, find

VERSION = "BusyBox v1.37.0 (dnetlab embedded engine) multi-call binary.\n"

OWN = {"traceroute": "traceroute_busybox", "nslookup": "nslookup_busybox"}

APPLETS = [
    "arping",
    "ash",
    "awk",
    "basename",
    "cat",
    "chmod",
    "cp",
    "cut",
    "date",
    "dirname",
    "echo",
    "egrep",
    "env",
    "false",
    "fgrep",
    "find",
    "free",
    "grep",
    "head",
    "hostname",
    "httpd",
    "id",
    "ifconfig",
    "ip",
    "kill",
    "ls",
    "mkdir",
    "mktemp",
    "mount",
    "mv",
    "nc",
    "netstat",
    "nproc",
    "nslookup",
    "pgrep",
    "ping",
    "pkill",
    "printenv",
    "printf",
    "ps",
    "pwd",
    "readlink",
    "rm",
    "rmdir",
    "route",
    "sed",
    "seq",
    "sh",
    "sleep",
    "sort",
    "stat",
    "stty",
    "sysctl",
    "tail",
    "tee",
    "test",
    "timeout",
    "touch",
    "tr",
    "traceroute",
    "true",
    "tty",
    "udhcpc",
    "umount",
    "uname",
    "uniq",
    "uptime",
    "wc",
    "wget",
    "which",
    "whoami",
    "xargs",
    "yes",
    "[",
    "arp",
]


@command("busybox")
def busybox(p: Process) -> Program | int:
    """busybox APPLET [ARGUMENT...]."""
    if len(p.argv) < 2 or p.argv[1] in ("--help", "--list"):
        p.out(VERSION + "\nCurrently defined functions:\n\t" + ", ".join(sorted(APPLETS)) + "\n")
        return 0
    name = p.argv[1]
    main = find(name) if name in APPLETS else None
    if main is None:
        p.err(f"{name}: applet not found\n")
        return 127
    p.busybox = True  # type: ignore[attr-defined]
    if name in ("httpd", "udhcpc", "wget", "traceroute"):
        # The process keeps "busybox" as its name, which is what pkill has to be given.
        p.argv = p.argv[1:]
        return main(p) or 0
    return p.execute(p.argv[1:])
