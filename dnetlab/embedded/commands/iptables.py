"""``iptables`` and ``iptables-save`` over the model's netfilter (iptables 1.8.11, nf_tables)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import TYPE_CHECKING

from dnetlab.embedded.kernel import KernelError

from .netdb import service_name
from .process import Exit, Process
from .registry import command

if TYPE_CHECKING:
    from dnetlab.embedded.kernel import Chain, Netfilter, Table

VERSION = "v1.8.11 (nf_tables)"
TABLES = ("filter", "nat", "raw", "mangle")
SAVED = ("mangle", "raw", "filter", "nat")
TARGETS = {
    "ACCEPT",
    "DROP",
    "RETURN",
    "REJECT",
    "MASQUERADE",
    "SNAT",
    "DNAT",
    "LOG",
    "MARK",
    "REDIRECT",
    "CHECKSUM",
    "TCPMSS",
}
COMMANDS = {
    "-A": "append",
    "--append": "append",
    "-I": "insert",
    "--insert": "insert",
    "-D": "delete",
    "--delete": "delete",
    "-C": "check",
    "--check": "check",
    "-S": "spec",
    "--list-rules": "spec",
    "-L": "list",
    "--list": "list",
    "-F": "flush",
    "--flush": "flush",
    "-N": "new",
    "--new-chain": "new",
    "-X": "remove",
    "--delete-chain": "remove",
    "-P": "policy",
    "--policy": "policy",
    "-Z": "zero",
    "--zero": "zero",
    "-R": "replace",
    "--replace": "replace",
    "-E": "rename",
}


@command("iptables", "ip6tables")
def iptables(p: Process) -> int:
    """iptables [-t TABLE] -S|-L|-A|-I|-D|-C|-F|-N|-X|-P ... [-n] [-v]."""
    words = p.argv[1:]
    if words and words[0] in ("-V", "--version"):
        p.out(f"{p.name} {VERSION}\n")
        return 0
    table_name, action, plain = "filter", None, []
    flags: set[str] = set()
    index = 0
    while index < len(words):
        word = words[index]
        if word in ("-t", "--table") and index + 1 < len(words):
            table_name = words[index + 1]
            index += 1
        elif word in ("-n", "--numeric", "-v", "--verbose", "--line-numbers", "-x", "-w", "--wait"):
            flags.add(word.lstrip("-")[0] if word != "--line-numbers" else "l")
        elif re.fullmatch(r"-[nvxwLS]{2,}", word):
            # "-nL", "-vnL": several letters in one word.
            flags |= set(word[1:]) & set("nvxw")
            action = "list" if "L" in word else "spec" if "S" in word else action
        elif word in COMMANDS and action is None:
            action = COMMANDS[word]
        else:
            plain.append(word)
        index += 1
    if action is None:
        p.err(
            f"{p.name} {VERSION}: no command specified\nTry `{p.name} -h' or '{p.name} --help' for more information.\n"
        )
        return 2
    _permission(p)
    if table_name not in TABLES:
        p.err(
            f"{p.name} {VERSION}: table '{table_name}' does not exist\n"
            f"Perhaps {p.name} or your kernel needs to be upgraded.\n"
        )
        return 3
    netfilter = p.ns.netfilter(6 if p.name == "ip6tables" else 4)
    try:
        return _run(p, netfilter.table(table_name), action, plain, flags)
    except KernelError as error:
        return _refused(p, action, error)
    except ValueError as error:
        p.err(f"{p.name} {VERSION}: {error}\nTry `{p.name} -h' or '{p.name} --help' for more information.\n")
        return 2


def _permission(p: Process) -> None:
    if not p.context.can("NET_ADMIN"):
        p.err(
            f"{p.name} {VERSION}: Could not fetch rule set generation id: Permission denied (you must be root)\n"
        )
        raise Exit(4)


def _refused(p: Process, action: str, error: KernelError) -> int:
    texts = {"new": "Chain already exists.", "remove": "No chain/target/match by that name."}
    text = texts.get(action, f"{error.text}.")
    if error.errno == "ENOENT":
        text = "No chain/target/match by that name."
    if action in ("delete", "check") and error.errno in ("ENOENT", "EINVAL", "ERANGE"):
        text = (
            "Index of deletion too big."
            if error.errno == "ERANGE"
            else "Bad rule (does a matching rule exist in that chain?)."
        )
    p.err(f"{p.name}: {text}\n")
    return 1


def _chain(p: Process, table: Table, name: str) -> Chain:
    chain = table.chains.get(name)
    if chain is None:
        p.err(f"{p.name}: No chain/target/match by that name.\n")
        raise Exit(1)
    return chain


def _run(p: Process, table: Table, action: str, words: list[str], flags: set[str]) -> int:
    if action == "spec":
        return _spec(p, table, words)
    if action == "list":
        names = [_chain(p, table, words[0]).name] if words else list(table.chains)
        p.out("\n".join(listing(p, table, name, flags) for name in names))
        return 0
    if action == "flush":
        table.flush(_chain(p, table, words[0]).name if words else None)
        return 0
    if action == "zero":
        return 0
    if action == "remove" and not words:
        for name in [n for n, c in table.chains.items() if c.policy is None and not c.rules]:
            table.delete_chain(name)
        return 0
    if not words:
        p.err(f'{p.name} {VERSION}: option "-{action[0].upper()}" requires an argument\n')
        return 2
    name = words[0]
    if action == "new":
        table.new_chain(name)
    elif action == "remove":
        table.delete_chain(_chain(p, table, name).name)
    elif action == "policy":
        return _policy(p, table, words)
    else:
        return _rule(p, table, action, name, words[1:])
    return 0


def _policy(p: Process, table: Table, words: list[str]) -> int:
    chain = _chain(p, table, words[0])
    if len(words) < 2 or words[1] not in ("ACCEPT", "DROP"):
        p.err(f"{p.name}: Bad policy name. Run `dmesg' for more information.\n")
        return 1
    if chain.policy is None:
        p.err(f"{p.name}: Bad built-in chain name.\n")
        return 1
    table.set_policy(words[0], words[1])
    return 0


def _target(p: Process, table: Table, words: list[str]) -> None:
    for option in ("-j", "--jump", "-g", "--goto"):
        if option in words and words.index(option) + 1 < len(words):
            target = words[words.index(option) + 1]
            if target not in TARGETS and target not in table.chains:
                p.err(
                    f"{p.name} {VERSION}: Chain '{target}' does not exist\nTry `{p.name} -h' or '{p.name} --help' for more information.\n"
                )
                raise Exit(2)


def _plausible(p: Process, words: list[str]) -> None:
    """Refuse what iptables refuses before it asks the kernel: protocols, ports, addresses, options."""
    known = {"-p", "-s", "-d", "-i", "-o", "-j", "-g", "-m", "!", "-f", "-c", "-4", "-6"}
    for index, word in enumerate(words):
        value = words[index + 1] if index + 1 < len(words) else ""
        text = ""
        if word in ("-p", "--protocol", "--proto") and value.lower() not in PROTOCOLS:
            text = f'unknown protocol "{value}" specified'
        elif word in ("--dport", "--sport", "--destination-port", "--source-port"):
            ports = [part for part in value.split(":") if part]
            if any((part.isdigit() and int(part) > 65535) or not part.isalnum() for part in ports):
                text = f"invalid port/service `{value}' specified"
        elif word in ("-s", "-d", "--source", "--destination", "--src", "--dst"):
            try:
                ip_network(value, strict=False)
            except ValueError:
                text = f"host/network `{value}' not found"
        elif re.fullmatch(r"-[A-Za-z0-9]", word) and word not in known:
            text = f'unknown option "{word}"'
        if text:
            p.err(
                f"{p.name} {VERSION}: {text}\nTry `{p.name} -h' or '{p.name} --help' for more information.\n"
            )
            raise Exit(2)


def _rule(p: Process, table: Table, action: str, name: str, words: list[str]) -> int:
    _chain(p, table, name)
    number = 1
    if action in ("insert", "replace") and words and words[0].isdigit():
        number = int(words.pop(0))
    if action == "delete" and len(words) == 1 and words[0].isdigit():
        if int(words[0]) > len(table.chains[name].rules) or words[0] == "0":
            p.err(f"{p.name}: Index of deletion too big.\n")
            return 1
        table.delete(name, int(words[0]))
        return 0
    _plausible(p, words)
    _target(p, table, words)
    if action == "append":
        table.append(name, words)
    elif action == "insert":
        table.insert(name, words, number)
    elif action == "replace":
        table.replace(name, number, words)
    elif action == "delete":
        table.delete(name, words)
    elif not table.check(name, words):
        p.err(f"{p.name}: Bad rule (does a matching rule exist in that chain?).\n")
        return 1
    return 0


def _spec(p: Process, table: Table, words: list[str]) -> int:
    lines = table.spec_lines()
    if words:
        name = _chain(p, table, words[0]).name
        lines = [line for line in lines if line.split()[1:2] == [name]]
    p.out("".join(f"{line}\n" for line in lines))
    return 0


# --- listing ----------------------------------------------------------------------------------------------


def listing(p: Process, table: Table, name: str, flags: set[str]) -> str:
    """A chain as ``iptables -L`` prints it."""
    chain = table.chains[name]
    verbose, numbers = "v" in flags, "l" in flags
    if chain.policy is not None:
        counts = f" {chain.packets} packets, {chain.bytes} bytes" if verbose else ""
        title = f"Chain {name} (policy {chain.policy}{counts})\n"
    else:
        uses = sum(
            1
            for c in table.chains.values()
            for r in c.rules
            if re.search(rf"-[jg] {re.escape(name)}(\s|$)", r.text())
        )
        title = f"Chain {name} ({uses} references)\n"
    prefix = f"{'num':<5}" if numbers else ""
    if verbose:
        text = (
            title
            + prefix
            + " pkts bytes target     prot opt in     out     source               destination         \n"
        )
    else:
        text = title + prefix + "target     prot opt source               destination         \n"
    for number, rule in enumerate(chain.rules, 1):
        text += (
            (f"{number:<5}" if numbers else "")
            + _row(p, rule.text(), rule, flags, p.name == "ip6tables")
            + "\n"
        )
    return text


PROTOCOLS = {"all", "tcp", "udp", "icmp", "icmpv6", "ipv6-icmp", "sctp", "0", "1", "6", "17", "58"}


def _row(p: Process, text: str, rule: object, flags: set[str], v6: bool) -> str:
    words = text.split()
    fields = {"-s": "", "-d": "", "-i": "", "-o": "", "-p": "", "-j": "", "-g": ""}
    negated: set[str] = set()
    extra: list[str] = []
    index, bang = 0, False
    while index < len(words):
        word = words[index]
        if word == "!":
            bang = True
        elif word in fields and not fields[word] and index + 1 < len(words):
            fields[word] = words[index + 1]
            if bang:
                negated.add(word)
            bang = False
            index += 1
        else:
            extra.append(("! " if bang else "") + word)
            bang = False
        index += 1
    numeric = "n" in flags
    target = fields["-j"] or fields["-g"]
    proto = fields["-p"] or "all"
    shown_proto = ("!" if "-p" in negated else "") + proto
    source = _end(fields["-s"], "-s" in negated, numeric, v6)
    destination = _end(fields["-d"], "-d" in negated, numeric, v6)
    tail = _details(extra, fields["-p"], numeric)
    if "v" in flags:
        into = ("!" if "-i" in negated else "") + (fields["-i"] or "*")
        out = ("!" if "-o" in negated else "") + (fields["-o"] or "*")
        packets, size = getattr(rule, "packets", 0), getattr(rule, "bytes", 0)
        head = f"{packets:>5} {size:>5} {target:<9}  {shown_proto:<4} {'--' if not v6 else '  '}"
        return f"{head}  {into:<6} {out:<6} {source} {destination} {tail}"
    return f"{target:<9}  {shown_proto:<4} {'--' if not v6 else '  '} {source} {destination} {tail}"


def _end(text: str, negated: bool, numeric: bool, v6: bool) -> str:
    """A column for addresses: the sign of a negation stands before it."""
    shown = re.sub(r"/(32|128)$", "", text)
    if not text:
        shown = "::/0" if v6 and numeric else "0.0.0.0/0" if numeric else "anywhere"
    return f"{'!' if negated else ' '}{shown:<19}"


def _details(words: list[str], proto: str, numeric: bool) -> str:
    """Matches and target options in -L's words: "--dport 80" is "tcp dpt:80"."""
    text = " ".join(words)
    text = re.sub(r"-m (tcp|udp|conntrack|addrtype|comment|icmp)\b\s*", "", text)
    text = re.sub(r"! --(d|s)port (\S+)", r"\1pt:!\2", text)
    text = re.sub(r"--(d|s)port (\S+):(\S+)", r"\1pts:\2:\3", text)
    text = re.sub(r"--(d|s)port (\S+)", r"\1pt:\2", text)
    if not numeric:
        text = re.sub(
            r"\b([ds]pt:!?)(\d+)", lambda m: m.group(1) + (service_name(int(m.group(2))) or m.group(2)), text
        )
    text = re.sub(r"--ctstate (\S+)", r"ctstate \1", text)
    text = re.sub(r"--dst-type (\S+)", r"ADDRTYPE match dst-type \1", text)
    text = re.sub(r"--to-(destination|source) (\S+)", r"to:\2", text)
    text = re.sub(r"--reject-with (\S+)", r"reject-with \1", text)
    text = re.sub(r"--icmp-type (\S+)", r"icmptype \1", text)
    text = text.strip()
    if proto in ("tcp", "udp") and re.match(r"[ds]pts?:", text):
        text = f"{proto} {text}"
    return f" {text}" if text else ""


# --- iptables-save ----------------------------------------------------------------------------------------


def _used(table: Table) -> bool:
    """Whether a table exists in nf_tables: something has been put into it."""
    return any(c.rules or c.policy is None or c.policy == "DROP" for c in table.chains.values()) or bool(
        getattr(table, "touched", False)
    )


@command("iptables-save", "ip6tables-save")
def iptables_save(p: Process) -> int:
    """iptables-save [-c] [-t TABLE]."""
    if not p.context.can("NET_ADMIN"):
        # Unlike iptables it says nothing and ends well (tried on an engine of version 28.5.2).
        return 0
    words = p.argv[1:]
    only = None
    for option in ("-t", "--table"):
        if option in words and words.index(option) + 1 < len(words):
            only = words[words.index(option) + 1]
    netfilter: Netfilter = p.ns.netfilter(6 if p.name.startswith("ip6") else 4)
    when = datetime.fromtimestamp(int(p.context.clock()), UTC)
    stamp = f"{when:%a %b} {when.day:>2} {when:%H:%M:%S %Y}"
    for name in SAVED:
        if only not in (None, name):
            continue
        table = netfilter.table(name)
        if not _used(table) and only is None:
            continue
        p.out(f"# Generated by {p.name} {VERSION} on {stamp}\n")
        lines = table.save_lines()
        if not lines or not lines[0].startswith("*"):
            lines = [f"*{name}", *lines, "COMMIT"]
        p.out(
            "".join(f"{line}\n" for line in lines if not line.startswith("#")) + f"# Completed on {stamp}\n"
        )
    return 0
