"""``ss``: sockets in columns (iproute2 6.15)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .netdb import service_name
from .options import OptionError, parse
from .process import Process
from .registry import command
from .usage import SS_USAGE

if TYPE_CHECKING:
    from dnetlab.embedded.kernel import SocketInfo

STATES = {"ESTABLISHED": "ESTAB", "FIN-WAIT": "FIN-WAIT-1", "SYN-RECV": "SYN-RECV"}


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
def ss(p: Process) -> int:
    """ss [-tulnpaH46]."""
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
        if name == "f" and value not in ("inet", "inet6", "unix", "link", "netlink"):
            p.fail(f'ss: "{value}" is invalid family\n{SS_USAGE}', 255)
    if "h" in options:
        p.out(SS_USAGE + "\n")
        return 0
    if "V" in options:
        p.out("ss utility, iproute2-6.15.0\n")
        return 0
    sockets = select(p.ns.sockets(), options, rest)
    if "s" in options:
        tcp = sum(s.proto == "tcp" for s in sockets)
        p.out(f"Total: {len(sockets)}\nTCP:   {tcp}\n")
        return 0
    one_kind = len(options & {"t", "u"}) == 1
    rows = [cells(p, s, options) for s in sockets]
    # Of UDP alone, connected sockets only: a single state is no column.
    one_state = one_kind and "u" in options and not options & {"a", "l"}
    shown = {"Netid": not one_kind, "State": not one_state, "Process": "p" in options}
    hidden = {i for i, column in enumerate(COLUMNS) if not shown.get(column.title, True)}
    p.out(layout(rows, hidden, header="H" not in options))
    return 0


def select(sockets: list[SocketInfo], options: set[str], filters: list[str]) -> list[SocketInfo]:
    """The sockets that the options choose, in ss's order: UDP before TCP, IPv4 before IPv6, listeners first."""
    kinds = {"tcp" for _ in "t" if "t" in options} | {"udp" for _ in "u" if "u" in options} or {"tcp", "udp"}
    if options & {"x", "w"} and not options & {"t", "u"}:
        return []
    chosen = []
    for s in sockets:
        waits = s.state in ("LISTEN", "UNCONN")
        if s.proto not in kinds or ("l" in options and not waits and "a" not in options):
            continue
        if not options & {"l", "a"} and waits:
            continue
        if ("4" in options and s.family != 4 and "6" not in options) or (
            "6" in options and s.family != 6 and "4" not in options
        ):
            continue
        ports = [w.lstrip(":") for w in filters if w.lstrip(":").isdigit()]
        if ports and str(s.local_port) not in ports and str(s.peer_port) not in ports:
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

    state = STATES.get(s.state, s.state)
    return [
        s.proto, state, f"{0:<6}", f"{s.backlog if s.state == 'LISTEN' else 0:<6}", address(s.local, s.family),
        port(s.local_port), address(s.peer, s.family), port(s.peer_port), users(p, s),
    ]  # fmt: skip


def users(p: Process, s: SocketInfo) -> str:
    """The process column: known for processes of this container, or where the owner names its PID."""
    if not s.owner:
        return ""
    if "pid=" in s.owner:
        return f" users:({s.owner})"
    for pid, process in sorted(p.context.processes.items()):
        if process.ns is p.ns and process.listening == (s.proto, s.local_port):
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
