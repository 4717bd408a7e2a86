"""A claim's evidence as lines for a terminal: one telling command, or everything that was run and printed."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

from dnetlab.claims import Seen, Verdict
from dnetlab.probe.results import ArpReplies, Capture, Connect, Http, Lookup, Neighbours, Ping, Ran

PROBES = (Ping, Http, Connect, Lookup, Capture, ArpReplies, Neighbours)
"""What one machine found out about another says more than what somebody has configured."""

SIGNS: tuple[tuple[type[Ran], tuple[str, ...]], ...] = (
    (Ping, (r"bytes from", r"^From ", r"packets transmitted", r"^ping: ")),
    (ArpReplies, (r"reply from", r"^Received", r"packets received")),
)
"""Of these programs' output the first line that fits the first of the signs."""

FAILED_LINES = 6
"""Lines of output a command where a claim does not hold: then there is something to find out."""


def short(verdict: Verdict, width: int = 100) -> str:
    """The claim, a command that shows it and the line of its output that says it; none wider than ``width``.

    Two commands where the claim is about a difference: what works and what does not. Of a claim that does not hold
    every expectation that was not met, with more of its output.
    """
    lines = [*_claim(verdict, width)]
    if verdict.holds:
        told = _telling(verdict)
        for seen, ran in told:
            if len(told) > 1:
                lines += textwrap.wrap(
                    f"- {seen.what}:", width, initial_indent="  ", subsequent_indent="    "
                )
            lines.append(_cut(f"    {_prompt(ran)}", width))
            lines += _within(telling_line(ran, seen.what), width)
    else:
        for seen in verdict.seen:
            if not seen.holds:
                lines += _expectation(seen, width, FAILED_LINES)
    lines += _error(verdict, width)
    return "\n".join(lines)


def full(verdict: Verdict, width: int = 100) -> str:
    """The claim, each expectation, each command with all that it printed. Output is never wrapped nor cut."""
    lines = [*_claim(verdict, width)]
    for seen in verdict.seen:
        lines += _expectation(seen, width, None)
    lines += _error(verdict, width)
    return "\n".join(lines)


def telling_line(ran: Ran, said: str) -> str:
    """The line of the output that has most in common with the sentence ``said``; the first such one.

    Of a ping the answer, or who complained, or the summary; where nothing was printed the exit status.
    """
    lines = [line.strip() for line in ran.output.splitlines() if line.strip()]
    if not lines:
        return "(prints nothing)" if ran.ok else f"(prints nothing; exit status {ran.exit_code})"
    for program, signs in SIGNS:
        if isinstance(ran, program):
            for sign in signs:
                for line in lines:
                    if re.search(sign, line):
                        return line
    # Of many devices the lab's own NIC, rather than one that the engine's machine has besides.
    wanted = _words(said) | {"lan0"}
    # The loopback device and comments are in every such output, and never what it is about.
    useful = [line for line in lines if not re.match(r"lo[: ]|#", line)] or lines
    return max(useful, key=lambda line: len(wanted & _words(line)))


def _words(text: str) -> set[str]:
    return {word.strip(".:,") for word in re.findall(r"[\w.:/-]{2,}", text.lower())}


def _telling(verdict: Verdict) -> list[tuple[Seen, Ran]]:
    # The last command of an expectation is what the others prepared.
    shown = [(seen, seen.evidence[-1]) for seen in verdict.seen if seen.evidence]
    probes = [pair for pair in shown if isinstance(pair[1], PROBES)]
    first = (probes or shown)[0]
    other = [pair for pair in probes if pair[1].ok != first[1].ok]
    return [first, *other[:1]]


def _prompt(ran: Ran) -> str:
    return f"{ran.where}$ " + ran.command.replace("\n", "; ")


def _cut(line: str, width: int) -> str:
    return line if len(line) <= width else line[: width - 4].rstrip() + " ..."


def _within(line: str, width: int) -> list[str]:
    # What an engine refuses has its reason at the end: two lines, not one.
    room = width - 6
    if len(line) > 2 * room:
        line = f"{line[: room - 4].rstrip()} ... {line[-room + 8 :].lstrip()}"
    return textwrap.wrap(line, width, initial_indent="      ", subsequent_indent="        ")


def _claim(verdict: Verdict, width: int) -> list[str]:
    mark = "✓" if verdict.holds else "✗"
    return textwrap.wrap(f"{mark} {verdict.claim.text}", width, subsequent_indent="  ")


def _expectation(seen: Seen, width: int, most: int | None) -> Iterator[str]:
    mark = "✓" if seen.holds else "✗"
    yield from textwrap.wrap(f"{mark} {seen.what}", width, initial_indent="  ", subsequent_indent="    ")
    for ran in seen.evidence:
        for line in ran.short(most or 10**6).splitlines():
            yield f"    {line}"


def _error(verdict: Verdict, width: int) -> list[str]:
    if not verdict.error:
        return []
    said = f"✗ could not be tried to its end: {verdict.error}"
    return textwrap.wrap(said, width, initial_indent="  ", subsequent_indent="    ")
