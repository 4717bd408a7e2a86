"""``ss``: sockets in columns (iproute2 6.15)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .netdb import service_name
from .options import OptionError, parse
from .process import Process, Program
from .registry import command
from .ss_filter import Filter, FilterError, shown_state
from .usage import SS_USAGE

if TYPE_CHECKING:
    from dnetlab.embedded.kernel import SocketInfo

RUN = 0.002
"""Seconds that ss takes to start, in which segments that are on their way arrive."""

TABLES = {
    "tcp": "t",
    "udp": "u",
    "raw": "w",
    "unix": "x",
    "inet": "tu",
    "all": "tu",
    "sockets": "tu",
    "netlink": "x",
}
"""Words of ``-A`` and the options that mean the same."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of ss: its title, what stands before it, how it is aligned."""

    title: str
    before: str
    right: bool = False


COLUMNS = (
    Column("Netid", ""), Column("State", " "), Column("Recv-Q", " "), Column("Send-Q", " "),
    Column("Local Address:", " ", True), Column("Port", ""), Column("Peer Address:", " ", True),
    Column("Port", ""), Column("Process", ""),
)  # fmt: skip


@command("ss")
def ss(p: Process) -> Program:
    """ss [-tulnpaHs46] [-A TABLES] [state STATE] [FILTER]."""
    yield from p.sleep(RUN)
    long = (
        "tcp",
        "udp",
        "listening",
        "numeric",
        "processes",
        "all",
        "no-header",
        "ipv4",
        "ipv6",
        "summary",
        "version",
        "help",
        "unix",
        "raw",
        "oneline",
    )
    try:
        found, rest = parse(p.argv[1:], "tulnpaHs46hVeoimrxwOf:A:K", long)
    except OptionError as error:
        p.fail(f"ss: {error.text}\n{SS_USAGE}", 255)
    short = {
        "tcp": "t",
        "udp": "u",
        "listening": "l",
        "numeric": "n",
        "processes": "p",
        "all": "a",
        "no-header": "H",
        "ipv4": "4",
        "ipv6": "6",
        "summary": "s",
        "version": "V",
        "help": "h",
        "unix": "x",
        "raw": "w",
    }
    options = {short.get(name, name) for name, _ in found}
    for name, value in found:
        if name == "A":
            for table in value.split(","):
                if table not in TABLES:
                    p.fail(f'ss: "{table}" is illegal socket table id\n{SS_USAGE}', 255)
                options |= set(TABLES[table])
        elif name == "f" and value not in ("inet", "inet6", "unix", "link", "netlink"):
            p.fail(f'ss: "{value}" is invalid family\n{SS_USAGE}', 255)
        elif name == "f":
            options |= {"inet": {"4"}, "inet6": {"6"}}.get(value, {"x"})
    if "h" in options:
        p.out(SS_USAGE + "\n")
        return 0
    if "V" in options:
        p.out("ss utility, iproute2-6.15.0\n")
        return 0
    try:
        chosen = Filter(rest)
    except FilterError as error:
        p.fail(str(error), 255)
    if "s" in options:
        p.out(summary(p.ns.sockets()))
        return 0
    sockets = select(p.ns.sockets(), options, chosen)
    one_kind = len(options & {"t", "u"}) == 1
    rows = [cells(p, s, options) for s in sockets]
    # Of UDP alone, connected sockets only: a single state is no column.
    one_state = one_kind and "u" in options and not options & {"a", "l"} and chosen.states is None
    one_state = one_state or (chosen.states is not None and len(chosen.states) == 1)
    shown = {"Netid": not one_kind, "State": not one_state, "Process": "p" in options}
    hidden = {i for i, column in enumerate(COLUMNS) if not shown.get(column.title, True)}
    p.out(layout(rows, hidden, header="H" not in options))
    return 0


def summary(sockets: list[SocketInfo]) -> str:
    """``ss -s``: how many sockets of each kind there are."""
    rows = {
        proto: [sum(s.proto == proto and s.family == family for s in sockets) for family in (4, 6)]
        for proto in ("udp", "tcp")
    }
    both = [u + t for u, t in zip(*rows.values(), strict=True)]
    table = (("RAW", [0, 0]), ("UDP", rows["udp"]), ("TCP", rows["tcp"]), ("INET", both), ("FRAG", [0, 0]))
    connected = sum(s.state == "ESTABLISHED" for s in sockets)
    lines = [f"Total: {len(sockets)}"]
    lines += [f"TCP:   {sum(rows['tcp'])} (estab {connected}, closed 0, orphaned 0, timewait 0)", ""]
    lines += [f"{'Transport':<9} {'Total':<9} {'IP':<9} {'IPv6':<9}".rstrip()]
    lines += [f"{name}\t  {sum(counts):<9} {counts[0]:<9} {counts[1]:<9}" for name, counts in table]
    return "\n".join(lines) + "\n\n"


def select(sockets: list[SocketInfo], options: set[str], wanted: Filter) -> list[SocketInfo]:
    """The sockets that the options choose, in ss's order: UDP before TCP, IPv4 before IPv6, listeners first."""
    kinds = {"tcp" for _ in "t" if "t" in options} | {"udp" for _ in "u" if "u" in options} or {"tcp", "udp"}
    if options & {"x", "w"} and not options & {"t", "u"}:
        return []
    chosen = []
    for s in sockets:
        waits = s.state in ("LISTEN", "UNCONN")
        if s.proto not in kinds or not wanted.test(s):
            continue
        if wanted.states is not None:
            if shown_state(s) not in wanted.states:
                continue
        elif "a" not in options and waits != ("l" in options):
            continue
        if ("4" in options and s.family != 4 and "6" not in options) or (
            "6" in options and s.family != 6 and "4" not in options
        ):
            continue
        chosen.append(s)
    return sorted(chosen, key=lambda s: (s.proto != "udp", s.family, s.state not in ("LISTEN", "UNCONN")))


def cells(p: Process, s: SocketInfo, options: set[str]) -> list[str]:
    """The texts of a row."""
    numeric = "n" in options

    def port(number: int | None) -> str:
        if not number:
            return "*"
        return str(number) if numeric else service_name(number) or str(number)

    def address(text: str | None, family: int) -> str:
        if text in (None, ""):
            return "0.0.0.0:" if family == 4 else "*:" if not s.v6only else "[::]:"
        if text == "::":
            return "[::]:" if s.v6only else "*:"
        return f"[{text}]:" if ":" in str(text) else f"{text}:"

    return [
        s.proto, shown_state(s), f"{0:<6}", f"{s.backlog if s.state == 'LISTEN' else 0:<6}", address(s.local, s.family),
        port(s.local_port), address(s.peer, s.family), port(s.peer_port), users(p, s),
    ]  # fmt: skip


def users(p: Process, s: SocketInfo) -> str:
    """The process column: known for processes of this container, or where the owner names its PID."""
    if "pid=" in s.owner:
        return f" users:({s.owner})"
    for pid, process in sorted(p.context.processes.items()):
        if process.ns is p.ns and process.socket == (s.proto, s.local_port):
            return f' users:(("{process.comm}",pid={pid},fd=3))'
    return ""


def layout(rows: list[list[str]], hidden: set[int], header: bool) -> str:
    """Rows in columns as wide as their widest cell; all but the last are padded."""
    wanted = [i for i in range(len(COLUMNS)) if i not in hidden]
    titles = [c.title for c in COLUMNS]
    table = ([titles] if header else []) + rows
    if not table:
        return ""
    widths = {
        i: max(len(row[i].rstrip()) if i in (2, 3) and not header else len(row[i]) for row in table)
        for i in wanted
    }
    if not header:
        widths[2], widths[3] = max(widths[2], 6), max(widths[3], 6)
    lines = []
    for row in table:
        line = ""
        for i in wanted:
            text = row[i]
            line += COLUMNS[i].before if i != wanted[0] else ""
            line += text.rjust(widths[i]) if COLUMNS[i].right else text.ljust(widths[i])
        lines.append(line)
    return "\n".join(lines) + "\n"
