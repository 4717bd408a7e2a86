"""``top``: the processes of the container, on a terminal or with ``-b``."""

from __future__ import annotations

from datetime import UTC, datetime

from .context import user_name
from .options import OptionError, parse
from .process import Process, Program
from .registry import command

REFRESH = 3.0
"""Seconds between two tables (top(1), -d)."""

LIB_USLEEP = 0.1


@command("top")
def top(p: Process) -> Program | int:
    """top [-b] [-n TIMES] [-d SECONDS]: without a terminal and without -b it ends soon, as procps' does."""
    try:
        found, _ = parse(p.argv[1:], "bn:d:Hciop:u:s1", ("batch-mode", "iterations=", "delay="))
    except OptionError as error:
        p.err(f"top: {error.text}\nTry 'top -h' for more information.\n")
        return 1
    options = {{"batch-mode": "b", "iterations": "n", "delay": "d"}.get(n, n): v for n, v in found}
    tty = bool(p.job and p.job.tty)
    if "b" not in options and not tty:
        return _no_terminal(p)
    count, pause = options.get("n", "0"), options.get("d", str(REFRESH))
    if not count.isdigit() or not pause.replace(".", "", 1).isdigit():
        p.err("top: bad argument\n")
        return 1
    return _tables(p, int(count), max(float(pause), 0.1), tty)


def _no_terminal(p: Process) -> Program:
    """procps' top has counted what the processor does for a tenth of a second before it misses its terminal."""
    yield from p.sleep(LIB_USLEEP)
    if p.env.get("TERM"):
        p.err("top: failed tty get\n")
    return 1


def _tables(p: Process, count: int, pause: float, tty: bool) -> Program:
    stopped: list[bool] = []
    p.handlers["INT"] = lambda: stopped.append(True)
    shown = 0
    while not stopped:
        p.out(("\x1b[H\x1b[2J" if tty else "") + table(p))
        shown += 1
        if count and shown >= count:
            return 0
        yield from p.sleep(pause)
        if b"q" in p.stdin.data:
            return 0
    return 0


def table(p: Process) -> str:
    """One screen: the summary and a line a process."""
    now = datetime.fromtimestamp(int(p.context.clock()), UTC)
    processes = [q for _, q in sorted(p.context.processes.items())]
    total = len(processes)
    text = (
        f"top - {now:%H:%M:%S} up 0 min,  0 users,  load average: 0.00, 0.00, 0.00\n"
        f"Tasks: {total:>3} total,   1 running, {total - 1:>3} sleeping,   0 stopped,   0 zombie\n"
        "%Cpu(s):  0.0 us,  0.0 sy,  0.0 ni,100.0 id,  0.0 wa,  0.0 hi,  0.0 si,  0.0 st \n"
        "MiB Mem :   1024.0 total,    960.0 free,     64.0 used,      0.0 buff/cache     \n"
        "MiB Swap:      0.0 total,      0.0 free,      0.0 used.    960.0 avail Mem \n\n"
        "    PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND\n"
    )
    for q in processes:
        state = "R" if q is p else "S"
        text += f"{q.pid:>7} {user_name(q.context):<9} 20   0    2580   1500   1400 {state}   0.0   0.1   0:00.00 {q.comm}\n"
    return text + "\n"
