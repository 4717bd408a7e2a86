"""``busybox APPLET``: the small versions of commands, where their output differs from the big ones'."""

from __future__ import annotations

from .process import Process, Program
from .registry import applet, command

VERSION = "BusyBox v1.37.0 (dnetlab embedded engine) multi-call binary.\n"

WORDS = (
    "arp arping ash awk basename cat chmod cp cut date dirname echo egrep env false fgrep find free grep head"
    " hostname httpd id ifconfig ip kill ls mkdir mktemp mount mv nc netstat nproc nslookup pgrep ping pkill"
    " printenv printf ps pwd readlink rm rmdir route sed seq sh sleep sort stat stty sysctl tail tee test timeout"
    " touch tr traceroute true tty udhcpc umount uname uniq uptime wc wget which whoami xargs yes ["
)
APPLETS = frozenset(WORDS.split())


@command("busybox")
def busybox(p: Process) -> Program | int:
    """busybox APPLET [ARGUMENT...]."""
    if len(p.argv) < 2 or p.argv[1] in ("--help", "--list"):
        p.out(VERSION + "\nCurrently defined functions:\n\t" + ", ".join(sorted(APPLETS)) + "\n")
        return 0
    name = p.argv[1]
    main = applet(name) if name in APPLETS else None
    if main is None:
        p.err(f"{name}: applet not found\n")
        return 127
    # The process goes by the name "busybox", which is what pkill has to be given.
    p.title = p.argv
    p.argv = p.argv[1:]
    p.busybox = True
    return main(p) or 0
