"""What the panel shows, as HTML text: errors, pictures, results, verdicts. Pure functions, nothing that is sent.

Everything that comes from a learner or a command is escaped. Each thing says in words what its colour says.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from dnetlab.claims import Verdict, in_html
from dnetlab.errors import DnetlabError, Problem
from dnetlab.plan import Topology
from dnetlab.probe.results import Ping, Ran, ReachMatrix

YES, NO = "✓", "✗"


def mark(good: bool) -> str:
    """The sign for yes or no, coloured."""
    return f"<span class='dnl-{'good' if good else 'bad'}'>{YES if good else NO}</span>"


def code(line: str) -> str:
    """A line of Python."""
    return f"<code>{escape(line)}</code>"


def block(text: str) -> str:
    """Text of a terminal or a file."""
    return f"<pre>{escape(text.rstrip())}</pre>"


def in_python(line: str) -> str:
    """The line of Python that does what the panel just did."""
    return f"<p class='dnl-line'><span class='dnl-muted'>In Python:</span> {code(line)}</p>"


def notice(text: str) -> str:
    """One sentence about what happened; read out by a screen reader."""
    return f"<div class='dnl-notice' role='status'>{escape(text)}</div>"


def sentence(wrong: Problem) -> str:
    """What is wrong with a field and what would work, in one sentence; not HTML."""
    return wrong.text + (f" Try {wrong.instead}." if wrong.instead else "")


def problem(wrong: Problem) -> str:
    """The sentence at the field."""
    return f"<div class='dnl-problem' role='alert'>{NO} {escape(sentence(wrong))}</div>"


def error(wrong: BaseException) -> str:
    """An error: for dnetlab's own what, why and what to do; for any other its text and where it arose."""
    if isinstance(wrong, DnetlabError):
        rest = "".join(f"<p>{escape(part)}</p>" for part in (wrong.why, wrong.fix) if part)
        return f"<div class='dnl-error' role='alert'><p class='dnl-bad'>{NO} {escape(wrong.what)}</p>{rest}</div>"
    text = f"{type(wrong).__name__}: {wrong}" if str(wrong) else type(wrong).__name__
    where = "".join(traceback.format_exception(wrong))
    return (
        f"<div class='dnl-error' role='alert'><p class='dnl-bad'>{NO} Something failed that should not: {escape(text)}</p>"
        f"<details><summary>Where it arose</summary>{block(where)}</details></div>"
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]], caption: str = "") -> str:
    """A table of text; the first column names the row."""
    top = "".join(f"<th scope='col'>{escape(h)}</th>" for h in head)
    body = "".join(
        f"<tr><th scope='row'>{escape(first)}</th>{''.join(f'<td>{escape(c)}</td>' for c in rest)}</tr>"
        for first, *rest in rows
    )
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f"<div class='dnl-scroll'><table>{title}<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"


def addresses(topology: Topology) -> str:
    """Every interface with its addresses, MAC and gateway."""
    rows = []
    for machine in topology.machines:
        if machine.shares:
            rows.append([machine.name, "", f"those of {machine.shares}", "", "", ""])
        for interface in machine.interfaces:
            if interface.kind == "loopback" or (machine.role == "switch"):
                continue
            rows.append(
                [
                    machine.name,
                    interface.name,
                    ", ".join(str(a) for a in interface.addresses) or "-",
                    interface.mac or "-",
                    interface.kind + (f" {interface.mode}" if interface.mode else ""),
                    str(machine.gateway) if machine.gateway and interface is machine.interfaces[0] else "",
                ]
            )
    return table(["Machine", "Interface", "Address", "MAC", "Kind", "Gateway"], rows)


def matrix(found: ReachMatrix) -> str:
    """Who reaches whom."""
    head = "".join(f"<th scope='col' class='dnl-cell'>{escape(m)}</th>" for m in found.machines)
    rows = "".join(
        f"<tr><th scope='row'>{escape(a)}</th>{''.join(_cell(found, a, b) for b in found.machines)}</tr>"
        for a in found.machines
    )
    return (
        "<div class='dnl-scroll'><table><caption>The row's machine pings the column's, by address.</caption>"
        f"<thead><tr><th></th>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _cell(found: ReachMatrix, source: str, target: str) -> str:
    reached = None if source == target else found.cells.get((source, target))
    if reached is None:
        sign = "itself" if source == target else "no address"
        return f"<td class='dnl-cell dnl-muted'>{'·' if source == target else sign}</td>"
    return f"<td class='dnl-cell'>{mark(reached)} {'yes' if reached else 'no'}</td>"


def result(found: Any) -> str:
    """A probe's result: its verdict in a sentence, and the command with what it printed."""
    if isinstance(found, ReachMatrix):
        return matrix(found)
    if isinstance(found, Ping):
        return f"<p>{mark(found.ok)} {escape(found.verdict)}</p>{_ran(found)}"
    if isinstance(found, Ran):
        return _ran(found)
    return block(str(found))


def _ran(ran: Ran) -> str:
    status = "" if ran.exit_code == 0 else f"\n(exit status {ran.exit_code})"
    return (
        f"<pre><b>{escape(ran.where)}$ {escape(ran.command)}</b>\n{escape(ran.output.rstrip())}{status}</pre>"
    )


def verdict(tried: Verdict) -> str:
    """What was seen when a claim was tried: each expectation with the commands behind it."""
    seen = "".join(f"<li>{mark(s.holds)} {in_html(s.what)}{_evidence(s.evidence)}</li>" for s in tried.seen)
    broken = (
        f"<p class='dnl-bad'>{NO} It could not be tried to its end: {escape(tried.error)}</p>"
        if tried.error
        else ""
    )
    word = "It holds" if tried.holds else "It does not hold"
    return (
        f"<details{'' if tried.holds else ' open'}><summary>{mark(tried.holds)} {word}; the evidence</summary>"
        f"<ul class='dnl-seen'>{seen}</ul>{broken}</details>"
    )


def _evidence(rans: Sequence[Ran]) -> str:
    return block("\n".join(ran.short(12) for ran in rans)) if rans else ""
