"""Small programs of coreutils and their kin: echo, printf, test, sleep, hostname, date, seq, ..."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from .accounts import groups, name_of, users
from .options import OptionError, parse
from .process import Process, Program
from .registry import command, exists

SBIN = {
    "arp",
    "arping",
    "bridge",
    "ethtool",
    "iptables",
    "ip6tables",
    "iptables-save",
    "ip6tables-save",
    "ip",
    "sysctl",
    "ifconfig",
    "route",
    "dnsmasq",
    "udhcpc",
    "httpd",
}


def path_of(name: str) -> str:
    """Where Debian has a command."""
    base = name.rsplit("/", 1)[-1]
    if "/" in name:
        return name
    if base == "web":
        return "/usr/local/bin/web"
    return f"/usr/sbin/{base}" if base in SBIN else f"/usr/bin/{base}"


def hint(p: Process, text: str, code: int = 1) -> int:
    """A usage error as coreutils prints it."""
    p.err(f"{p.name}: {text}\nTry '{p.name} --help' for more information.\n")
    return code


@command("true")
def true(p: Process) -> int:
    return 0


@command("false")
def false(p: Process) -> int:
    return 1


@command("test", "[")
def test(p: Process) -> int:
    """test EXPRESSION, [ EXPRESSION ]: 0 true, 1 false, 2 an error."""
    from .testexpr import TestError, evaluate

    words = p.argv[1:]
    if p.name == "[":
        if not words or words[-1] != "]":
            p.err("sh: 1: [: missing ]\n")
            return 2
        words = words[:-1]
    try:
        return int(not evaluate(p, words))
    except TestError as error:
        p.err(f"sh: 1: {p.name}: {error}\n")
        return 2


DURATION = re.compile(r"(\d+\.?\d*|\.\d+)([smhd]?)\Z")
UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


def duration(word: str) -> float | None:
    """Seconds of "1.5", "2m", "infinity"; None for anything else."""
    if word in ("inf", "infinity"):
        return float("inf")
    match = DURATION.match(word)
    return float(match.group(1)) * UNITS[match.group(2)] if match else None


@command("sleep")
def sleep(p: Process) -> Program | int:
    """sleep DURATION...: lets simulated time pass."""
    if len(p.argv) < 2:
        return hint(p, "missing operand")
    total = 0.0
    for word in p.argv[1:]:
        seconds = duration(word)
        if seconds is None:
            return hint(p, f"invalid time interval '{word}'")
        total += seconds
    return _sleep(p, total)


def _sleep(p: Process, seconds: float) -> Program:
    from .process import Wait

    if seconds == float("inf"):
        while True:
            yield Wait()
    yield from p.sleep(seconds)
    return 0


def _full_name(p: Process) -> str:
    """The name that stands first for this machine in /etc/hosts."""
    from .resolve import hosts

    name = p.context.hostname
    return next((names[0] for _, names in hosts(p) if name in names), name)


@command("hostname")
def hostname(p: Process) -> int:
    """hostname [-s|-f|-i|-I|NAME]."""
    name = p.context.hostname
    words = p.argv[1:]
    if not words or words[0] in ("-s", "--short"):
        p.out((name.split(".")[0] if words else name) + "\n")
        return 0
    if words[0] in ("-f", "--fqdn"):
        p.out(_full_name(p) + "\n")
        return 0
    if words[0] in ("-V", "--version"):
        p.out("hostname 3.25\n")
        return 0
    if words[0] == "-a":
        p.out("\n")
        return 0
    if words[0] in ("-i", "--ip-address"):
        from .resolve import from_hosts

        found = sorted(from_hosts(p, name), key=lambda address: ":" not in address)
        p.out(" ".join(found) + "\n" if found else "")
        if not found:
            p.err("hostname: Name or service not known\n")
        return 0 if found else 1
    if words[0] in ("-I", "--all-ip-addresses"):
        shown = [a.address for d in p.ns.devices.values() for a in d.addresses if a.scope == "global"]
        p.out("".join(f"{a} " for a in shown) + "\n")
        return 0
    if words[0] == "-d":
        domain = _full_name(p).partition(".")[2]
        p.out(f"{domain}\n" if domain else "")
        return 0
    if words[0] == "-y":
        p.err("hostname: Local domain name not set\n")
        return 1
    if words[0].startswith("-"):
        return hint(p, f"invalid option -- '{words[0][1:2]}'")
    if not p.context.can("SYS_ADMIN"):
        p.err("hostname: you must be root to change the host name\n")
        return 1
    p.context.hostname = words[0]
    return 0


@command("uname")
def uname(p: Process) -> int:
    """uname [-asnrvmo]."""
    fields = {"s": "Linux", "n": p.context.hostname, "r": "6.12.48", "v": "#1 model", "m": "x86_64", "o": "GNU/Linux"}  # fmt: skip
    try:
        found, _ = parse(
            p.argv[1:], "asnrvmpio", ("all", "kernel-name", "nodename", "kernel-release", "machine")
        )
    except OptionError as error:
        return hint(p, error.text)
    names = {
        "kernel-name": "s",
        "nodename": "n",
        "kernel-release": "r",
        "machine": "m",
        "all": "a",
        "p": "m",
        "i": "m",
    }
    letters = [names.get(name, name) for name, _ in found] or ["s"]
    chosen = list("snrvmo") if "a" in letters else [x for x in "snrvmo" if x in letters]
    p.out(" ".join(fields[x] for x in chosen) + "\n")
    return 0


def _named(number: int, names: dict[str, int]) -> str:
    """A number as id prints it: with its name where it has one."""
    name = name_of(number, names)
    return f"{number}({name})" if name else str(number)


@command("id")
def identity(p: Process) -> int:
    """id [-u|-g|-G] [-n]: who the process is."""
    letters = "".join(w[1:] for w in p.argv[1:] if w.startswith("-"))
    account, files = p.context.account, p.context.files
    uid, gid = account.uid, account.gid
    member = list(dict.fromkeys([gid, *account.groups]))
    if not set(letters) & set("ugG"):
        known = groups(files)
        listed = ",".join(_named(number, known) for number in member)
        p.out(f"uid={_named(uid, users(files))} gid={_named(gid, known)} groups={listed}\n")
        return 0
    names = users(files) if "u" in letters else groups(files)
    numbers = [uid] if "u" in letters else [gid] if "g" in letters else member
    shown = [name_of(x, names) or str(x) if "n" in letters else str(x) for x in numbers]
    p.out(" ".join(shown) + "\n")
    return 0


@command("whoami")
def whoami(p: Process) -> int:
    uid = p.context.account.uid
    name = name_of(uid, users(p.context.files))
    if name is None:
        p.err(f"whoami: cannot find name for user ID {uid}\n")
        return 1
    p.out(name + "\n")
    return 0


@command("nproc")
def nproc(p: Process) -> int:
    p.out("1\n")
    return 0


@command("tty")
def tty(p: Process) -> int:
    there = bool(p.job and p.job.tty)
    p.out("/dev/pts/0\n" if there else "not a tty\n")
    return 0 if there else 1


@command("stty")
def stty(p: Process) -> int:
    return 0


@command("env", "printenv")
def env(p: Process) -> Program | int:
    """env [-i] [NAME=VALUE...] [COMMAND...], printenv [NAME...]."""
    words = p.argv[1:]
    if p.name == "printenv" and words:
        found = [p.env[w] for w in words if w in p.env]
        p.out("".join(f"{v}\n" for v in found))
        return 0 if len(found) == len(words) else 1
    if words and words[0] in ("-i", "-"):
        p.env = {}
        words = words[1:]
    while words and "=" in words[0] and not words[0].startswith("="):
        name, _, value = words.pop(0).partition("=")
        p.env[name] = value
    if words:
        if not exists(words[0]):
            p.err(f"env: '{words[0]}': No such file or directory\n")
            return 127
        return p.execute(words)
    p.out("".join(f"{k}={v}\n" for k, v in p.env.items()))
    return 0


@command("pwd")
def pwd(p: Process) -> int:
    p.out(p.cwd + "\n")
    return 0


@command("date")
def date(p: Process) -> int:
    """date [-u] [+FORMAT]: simulated time, UTC."""
    now = p.context.clock()
    moment = datetime.fromtimestamp(int(now), UTC)
    for word in p.argv[1:]:
        if word.startswith("+"):
            text = word[1:].replace("%N", f"{int(now % 1 * 1e9):09d}").replace("%s", str(int(now)))
            p.out(moment.strftime(text) + "\n")
            return 0
        if word in ("-Is", "-Iseconds", "--iso-8601=seconds"):
            p.out(moment.strftime("%Y-%m-%dT%H:%M:%S+00:00\n"))
            return 0
    p.out(moment.strftime("%a %b %e %H:%M:%S UTC %Y\n"))
    return 0


@command("seq")
def seq(p: Process) -> int:
    """seq [-s SEPARATOR] [FIRST [STEP]] LAST."""
    words, separator = p.argv[1:], "\n"
    while words and words[0].startswith("-s"):
        word = words.pop(0)
        separator = word[2:] or (words.pop(0) if words else "\n")
    if not words:
        return hint(p, "missing operand")
    if len(words) > 3:
        return hint(p, f"extra operand '{words[3]}'")
    numbers = []
    for word in words:
        if not re.fullmatch(r"[-+]?\d{1,12}", word):
            return hint(p, f"invalid floating point argument: '{word}'")
        numbers.append(int(word))
    first, step, last = (
        (1, 1, numbers[0])
        if len(numbers) == 1
        else (numbers[0], 1, numbers[1])
        if len(numbers) == 2
        else tuple(numbers)
    )
    if step == 0:
        return hint(p, f"invalid Zero increment value: '{words[1]}'")
    span = range(first, last + (1 if step > 0 else -1), step)[:100_000]
    if span:
        p.out(separator.join(map(str, span)) + "\n")
    return 0


@command("which")
def which(p: Process) -> int:
    """which NAME...: where the commands of the image are."""
    code = 0
    for name in p.argv[1:]:
        if name.startswith("-"):
            continue
        if exists(name):
            p.out(path_of(name) + "\n")
        else:
            code = 1
    return code


@command("basename", "dirname")
def basename(p: Process) -> int:
    words = p.argv[1:]
    if not words:
        return hint(p, "missing operand")
    path = words[0].rstrip("/") or "/"
    if p.name == "dirname":
        p.out((path.rsplit("/", 1)[0] or "/" if "/" in path else ".") + "\n")
    else:
        base = path.rsplit("/", 1)[-1] or "/"
        suffix = words[1] if len(words) > 1 else ""
        p.out((base.removesuffix(suffix) if base != suffix else base) + "\n")
    return 0


@command("mktemp")
def mktemp(p: Process) -> int:
    """mktemp [-d] [TEMPLATE]: a new file or directory with letters for the Xs."""
    words = [w for w in p.argv[1:] if not w.startswith("-")]
    template = words[0] if words else "/tmp/tmp.XXXXXXXXXX"
    count = len(template) - len(template.rstrip("X"))
    if count < 3:
        return hint(p, f"too few X's in template '{template}'")
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    number, name = p.pid, ""
    while True:
        value, name = number, ""
        for _ in range(count):
            name += letters[value * 31 % len(letters)]
            value = value * 7 + 3
        path = template[:-count] + name
        if not p.context.files.exists(p.context.files.normal(path, p.cwd)):
            break
        number += 1
    full = p.context.files.normal(path, p.cwd)
    if "-d" in p.argv:
        p.context.files.make_directory(full)
    else:
        p.context.files.write(full, b"")
    p.out(path + "\n")
    return 0


@command("uptime")
def uptime(p: Process) -> int:
    moment = datetime.fromtimestamp(int(p.context.clock()), UTC)
    p.out(f" {moment:%H:%M:%S} up 1 min,  0 users,  load average: 0.00, 0.00, 0.00\n")
    return 0


@command("yes")
def yes(p: Process) -> Program:
    """yes [WORD]: a line a millisecond, so that simulated time goes on."""
    line = (" ".join(p.argv[1:]) or "y") + "\n"
    while True:
        p.out(line)
        yield from p.sleep(0.001)
