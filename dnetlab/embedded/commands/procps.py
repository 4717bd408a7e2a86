"""Processes and the kernel's settings: kill, pgrep, pkill, ps, timeout, sysctl, nsenter, mount."""

from __future__ import annotations

import re
from collections.abc import Generator

from dnetlab.embedded.kernel import KernelError

from .context import user_name
from .coreutils import duration, hint
from .ip_common import namespace_by_pid
from .job import signal_name
from .options import OptionError, parse
from .process import SIGNALS, Process, Program, Wait, signal_all
from .registry import command, exists
from .streams import unix_lines
from .virtual import read_file, sysctl_name


@command("kill")
def kill(p: Process) -> int:
    """kill [-SIGNAL] PID..."""
    words, name = p.argv[1:], "TERM"
    if not words:
        p.err(
            "sh: 1: kill: Usage: kill [-s sigspec | -signum | -sigspec] [pid | job]... or kill -l [exitstatus]\n"
        )
        return 2
    if words[0] == "-l":
        p.out("".join(f"{n}\n" for n in SIGNALS))
        return 0
    if words[0] in ("-s", "-n") and len(words) > 1:
        words[:2] = [f"-{words[1]}"]
    if words[0].startswith("-") and len(words[0]) > 1 and len(words) > 1:
        try:
            name = signal_name(words[0][1:])
        except ValueError:
            p.err(f"sh: 1: kill: Illegal option {words[0]}\n")
            return 2
        words = words[1:]
    code = 0
    for word in words:
        if word == "--":
            continue
        targets = _targets(p, word)
        if targets is None:
            p.err(f"sh: 1: kill: Illegal number: {word}\n")
            return 2
        if not targets:
            p.err("sh: 1: kill: No such process\n\n")
            code = 1
        signal_all(targets, name)
    return code


def _targets(p: Process, word: str) -> list[Process] | None:
    processes = p.context.processes
    if not re.fullmatch(r"-?\d{1,9}", word):
        return None
    number = int(word)
    if number > 0:
        return [processes[number]] if number in processes else []
    if number == -1:
        return [q for q in processes.values() if q is not p and q.pid != 1]
    group = p.group if number == 0 else -number
    return [q for q in processes.values() if q.group == group]


def _pattern(p: Process, short: str) -> tuple[list[tuple[str, str]], str | None]:
    words = p.argv[1:]
    signal = ""
    if words and re.fullmatch(r"-(SIG)?[A-Z0-9]+", words[0]) and p.name == "pkill":
        try:
            signal = signal_name(words[0][1:])
            words = words[1:]
        except ValueError:
            signal = ""
    found, rest = parse(words, short, ("full", "exact", "list-name", "signal=", "count", "newest", "oldest"))
    if signal:
        found.append(("signal", signal))
    return found, rest[0] if rest else None


def _matching(p: Process, found: list[tuple[str, str]], pattern: str) -> list[Process]:
    names = {name for name, _ in found}
    full, exact = bool(names & {"f", "full"}), bool(names & {"x", "exact"})
    try:
        regex = re.compile(pattern)
    except re.error:
        p.fail(f"{p.name}: regex error: Invalid regular expression", 2)
    chosen = []
    for _, other in sorted(p.context.processes.items()):
        if other is p:
            continue
        # The shell that runs this very command line would match itself with -f, as in reality.
        text = " ".join(other.command_line) if full else other.comm
        if (regex.fullmatch if exact else regex.search)(text):
            chosen.append(other)
    if names & {"n", "newest"}:
        chosen = chosen[-1:]
    if names & {"o", "oldest"}:
        chosen = chosen[:1]
    return chosen


@command("pgrep", "pkill")
def pgrep(p: Process) -> int:
    """pgrep [-fxlacno] PATTERN, pkill [-SIGNAL] [-fxno] PATTERN."""
    try:
        found, pattern = _pattern(p, "fxlacnoes:u:t:P:")
    except OptionError as error:
        p.fail(f"{p.name}: {error.text}\n\nUsage:\n {p.name} [options] <pattern>", 2)
    if pattern is None:
        p.fail(f"{p.name}: no matching criteria specified\nTry `{p.name} --help' for more information.", 2)
    chosen = _matching(p, found, pattern)
    names = {name for name, _ in found}
    if p.name == "pkill":
        try:
            signal = signal_name(dict(found).get("signal", "TERM"))
        except ValueError:
            p.fail(f'pkill: Unknown signal "{dict(found)["signal"]}".', 2)
        for other in chosen:
            if "e" in names:
                p.out(f"{other.comm} killed (pid {other.pid})\n")
        signal_all(chosen, signal)
        return int(not chosen)
    if "c" in names:
        p.out(f"{len(chosen)}\n")
        return int(not chosen)
    for other in chosen:
        if "a" in names:
            p.out(f"{other.pid} {' '.join(other.command_line)}\n")
        elif "l" in names:
            p.out(f"{other.pid} {other.comm}\n")
        else:
            p.out(f"{other.pid}\n")
    return int(not chosen)


@command("ps")
def ps(p: Process) -> int:
    """ps [aux|-ef|-e]: the processes of the container."""
    text = "".join(p.argv[1:]).replace("-", "")
    processes = [q for _, q in sorted(p.context.processes.items())]
    tty = "pts/0" if p.job and p.job.tty else "?"
    if "u" in text and "a" in text:
        p.out("USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND\n")
        for q in processes:
            p.out(
                f"{user_name(q.context):<8} {q.pid:>7}  0.0  0.0   2580  1500 {tty:<8} S    {_start(p, q)}   0:00 {' '.join(q.command_line)}\n"
            )
    elif "f" in text:
        p.out("UID          PID    PPID  C STIME TTY          TIME CMD\n")
        for q in processes:
            parent = q.parent.pid if q.parent is not None and q.parent.exit_code is None else 0
            p.out(
                f"{user_name(q.context):<8} {q.pid:>7} {parent:>7}  0 {_start(p, q)} {tty:<8} 00:00:00 {' '.join(q.command_line)}\n"
            )
    else:
        p.out("    PID TTY          TIME CMD\n")
        for q in processes:
            p.out(f"{q.pid:>7} {tty:<8} 00:00:00 {q.comm}\n")
    return 0


def _start(p: Process, q: Process) -> str:
    from datetime import UTC, datetime

    return f"{datetime.fromtimestamp(int(p.context.wall(q.started)), UTC):%H:%M}"


@command("timeout")
def timeout(p: Process) -> Program | int:
    """timeout [-s SIGNAL] [-k SECONDS] DURATION COMMAND: 124 where the time was not enough."""
    try:
        found, rest = parse(
            p.argv[1:],
            "s:k:v",
            ("signal=", "kill-after=", "preserve-status", "foreground", "verbose"),
            permute=False,
        )
    except OptionError as error:
        return hint(p, error.text, 125)
    options = dict(found)
    if len(rest) < 2:
        p.err("Try 'timeout --help' for more information.\n")
        return 125
    seconds = duration(rest[0])
    if seconds is None:
        return hint(p, f"invalid time interval '{rest[0]}'", 125)
    try:
        signal = signal_name(options.get("s", options.get("signal", "TERM")))
    except ValueError:
        return hint(p, f"'{options.get('s', options.get('signal'))}': invalid signal", 125)
    after = options.get("k", options.get("kill-after"))
    grace = duration(after) if after is not None else None
    if after is not None and grace is None:
        return hint(p, f"invalid time interval '{after}'", 125)
    if not exists(rest[1]) and "/" not in rest[1]:
        p.err(f"timeout: failed to run command '{rest[1]}': No such file or directory\n")
        return 127
    return _limited(p, seconds, signal, grace, rest[1:], "preserve-status" in options)


def _limited(
    p: Process, seconds: float, signal: str, grace: float | None, argv: list[str], keep: bool
) -> Program:
    # A group of its own, so that all that the command starts gets the signal too (setpgid in timeout.c).
    p.group = p.pid
    child = p.spawn(argv)
    if child.exit_code is not None:
        return child.exit_code
    asked: list[str] = []
    for name in ("TERM", "INT", "HUP", "QUIT"):
        p.handlers[name] = lambda name=name: asked.append(name)  # type: ignore[misc]
    end = p.context.kernel.now + seconds if 0 < seconds < float("inf") else None
    while child.exit_code is None:
        yield Wait(until=end, conditions=(child.ended,))
        if asked:
            _signal_group(p, child, asked.pop())
            end = None
        elif end is not None and child.exit_code is None and p.context.kernel.now >= end - 1e-9:
            break
    if child.exit_code is not None:
        return child.exit_code
    _signal_group(p, child, signal)
    yield from _end_of(p, child, grace)
    if signal == "KILL" or (grace is not None and child.exit_code == 137 and not keep):
        p.killed_by = "KILL"
        return 137
    return child.exit_code if keep else 124


def _signal_group(p: Process, child: Process, name: str) -> None:
    child.signal(name)
    signal_all([q for q in p.context.processes.values() if q.group == p.group and q is not p], name)


def _end_of(p: Process, child: Process, grace: float | None) -> Generator[Wait, None, None]:
    end = None if grace is None else p.context.kernel.now + grace
    while child.exit_code is None:
        yield Wait(until=end, conditions=(child.ended,))
        if end is not None and child.exit_code is None and p.context.kernel.now >= end - 1e-9:
            child.signal("KILL")
            end = None


@command("sysctl")
def sysctl(p: Process) -> int:
    """sysctl [-n|-q|-e|-w|-a] [NAME[=VALUE]...] (procps)."""
    try:
        found, rest = parse(
            p.argv[1:],
            "aAXnNqwebhVpr:",
            (
                "all",
                "values",
                "quiet",
                "write",
                "ignore",
                "names",
                "pattern=",
                "version",
                "help",
                "binary",
                "load=?",
            ),
        )
    except OptionError as error:
        p.fail(f"sysctl: {error.text}\n\nUsage:\n sysctl [options] [variable[=value] ...]")
    options = {name for name, _ in found}
    if options & {"h", "help"}:
        p.out("\nUsage:\n sysctl [options] [variable[=value] ...]\n")
        return 0
    if options & {"p", "load"}:
        return _sysctl_load(p, rest or ["/etc/sysctl.conf"], options)
    if options & {"V", "version"}:
        p.out("sysctl from procps-ng 4.0.4\n")
        return 0
    values_only = bool(options & {"n", "values", "b", "binary"})
    if options & {"a", "A", "X", "all"}:
        wanted = next((value for name, value in found if name in ("r", "pattern")), "")
        for name in sorted(p.ns.sysctl.names()):
            if re.search(wanted, name):
                _sysctl_get(p, name, options, values_only)
        return 0
    if not rest:
        p.fail("\nUsage:\n sysctl [options] [variable[=value] ...]")
    code = 0
    for word in rest:
        name, equals, value = word.partition("=")
        name = name.strip().replace("/", ".") if "/" in name and "." not in name else name.strip()
        if equals:
            code = _sysctl_set(p, name, value.strip(), options, values_only) or code
        elif options & {"w", "write"}:
            p.err("sysctl: command line(0): invalid syntax, continuing...\n")
            code = 1
        else:
            code = _sysctl_get(p, name, options, values_only) or code
    return code


def _sysctl_get(p: Process, name: str, options: set[str], values_only: bool) -> int:
    value = _sysctl_value(p, name)
    below = [] if value is not None else sorted(n for n in p.ns.sysctl.names() if n.startswith(f"{name}."))
    for inner in below:
        _sysctl_get(p, inner, options, values_only)
    if value is None and below:
        return 0
    if value is None:
        if not options & {"e", "ignore"}:
            p.err(f"sysctl: cannot stat /proc/sys/{sysctl_name(name)}: No such file or directory\n")
            return 1
        return 0
    end = "" if options & {"b", "binary"} else "\n"
    p.out(
        f"{value}{end}" if values_only else f"{name}\n" if options & {"N", "names"} else f"{name} = {value}\n"
    )
    return 0


def _sysctl_load(p: Process, files: list[str], options: set[str]) -> int:
    """``-p``: the settings of files, line by line."""
    code = 0
    for file in files:
        data = read_file(p, file)
        if isinstance(data, str):
            p.err(f'sysctl: cannot open "{file}": {data}\n')
            code = 1
            continue
        for line in unix_lines(data.decode("utf-8", "replace")):
            name, equals, value = line.partition("=")
            if equals and not line.lstrip().startswith(("#", ";")):
                code = _sysctl_set(p, name.strip(), value.strip(), options, False) or code
    return code


def _sysctl_value(p: Process, name: str) -> str | None:
    data = read_file(p, "/proc/sys/" + sysctl_name(name))
    return data.decode().rstrip("\n") if isinstance(data, bytes) else None


def _sysctl_set(p: Process, name: str, value: str, options: set[str], values_only: bool) -> int:
    if _sysctl_value(p, name) is None:
        if not options & {"e", "ignore"}:
            p.err(f"sysctl: cannot stat /proc/sys/{sysctl_name(name)}: No such file or directory\n")
            return 1
        return 0
    if not p.mounts.sys_writable:
        # /proc/sys is a read-only mount in a container (golden: host/, lan.txt).
        p.err(f'sysctl: permission denied on key "{name}"\n')
        return 1
    try:
        p.ns.sysctl.set(name, value)
    except KernelError as error:
        p.err(f'sysctl: setting key "{name}": {error.text}\n')
        return 1
    if not options & {"q", "quiet"}:
        p.out(f"{value}\n" if values_only else f"{name} = {value}\n")
    return 0


@command("mount", "umount")
def mount(p: Process) -> int:
    """mount: only the remount of /proc/sys has an effect: it can be written then."""
    if len(p.argv) == 1:
        mode = "rw" if p.mounts.sys_writable else "ro"
        p.out(
            f"proc on /proc type proc (rw,nosuid,nodev,noexec,relatime)\nproc on /proc/sys type proc ({mode},relatime)\n"
        )
        return 0
    if not p.context.can("SYS_ADMIN"):
        p.err(f"{p.name}: permission denied (are you root?)\n")
        return 1
    target = p.argv[-1].rstrip("/")
    flags = ",".join(p.argv[1:])
    if target in ("/proc/sys", "/proc") and "remount" in flags:
        p.mounts.sys_writable = bool(re.search(r"\brw\b", flags))
    return 0


@command("nsenter")
def nsenter(p: Process) -> Program | int:
    """nsenter -t PID -n COMMAND: in the network namespace of another process."""
    try:
        found, rest = parse(p.argv[1:], "t:nmuipaF", ("target=", "net=?", "mount", "all"), permute=False)
    except OptionError as error:
        return hint(p, error.text)
    options = dict(found)
    target = options.get("t", options.get("target"))
    if target is None or not target.isdigit():
        p.err("nsenter: no target PID specified\n")
        return 1
    namespace = namespace_by_pid(p, int(target))
    if namespace is None:
        p.err(f"nsenter: cannot open /proc/{target}/ns/net: No such file or directory\n")
        return 1
    if not p.context.can("SYS_ADMIN"):
        p.err("nsenter: reassociate to namespaces failed: Operation not permitted\n")
        return 1
    if set(options) & {"n", "net", "a", "all"}:
        p.ns = namespace
    argv = rest or ["sh"]
    if not exists(argv[0]):
        p.err(f"nsenter: failed to execute {argv[0]}: No such file or directory\n")
        return 127
    return p.execute(argv)


@command("free")
def free(p: Process) -> int:
    p.out("               total        used        free      shared  buff/cache   available\n")
    p.out("Mem:         1048576       65536      983040           0           0      983040\n")
    return 0
