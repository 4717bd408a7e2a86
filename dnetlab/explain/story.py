"""The steps of a packet as lines that can be read aloud: one a stay at a machine."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dnetlab.embedded.kernel import Action, Step, Verdict
from dnetlab.embedded.kernel.reasons import QUIET
from dnetlab.explain.result import WalkStep
from dnetlab.explain.scene import Scene

_QUIET = tuple(f"dropped: {reason.sentence}" for reason in QUIET)
_MOVES = {Action.TRANSMIT, Action.DELIVER, Action.SEND, Action.RESOLVE, Action.FORWARD_PORT}
_HIDDEN = {Action.FILTER.value, Action.FRAGMENT.value}


def way(scene: Scene, verdict: Verdict) -> tuple[WalkStep, ...]:
    """The steps of a verdict with the machines' names, times counted from the first; bystanders left out."""
    if not verdict.way:
        return ()
    begin = verdict.way[0].time
    bystanders = {step.namespace for step in verdict.way if step.text.startswith(_QUIET)}
    bystanders -= {step.namespace for step in verdict.way if step.action in _MOVES or _news(step)}
    return tuple(
        WalkStep(
            s.time - begin, scene.name(s.namespace), s.device, s.action.value, s.entry, scene.words(s.text)
        )
        for s in verdict.way
        if s.namespace not in bystanders and not s.text.startswith(_QUIET)
    )


def _news(step: Step) -> bool:
    return step.action is Action.DROP and not step.text.startswith(_QUIET)


def hops(steps: tuple[WalkStep, ...]) -> Iterator[str]:
    """One line for each stay at a machine."""
    machine, parts = "", list[str]()
    for step in steps:
        if step.machine != machine:
            if parts:
                yield f"{machine}: {', '.join(parts)}"
            machine, parts = step.machine, []
        text = _text(step)
        if text and (not parts or parts[-1] != text):
            parts.append(text)
    if parts:
        yield f"{machine}: {', '.join(parts)}"


_SEGMENT = re.compile(r"TCP (\d+) > (\d+) flags (\w+) length \d+")
_FLAGS = {"S": "SYN", "SA": "SYN-ACK", "R": "RST", "RA": "RST"}


def _segment(found: re.Match[str]) -> str:
    """A segment without the port that the caller drew by lot."""
    source, target, flags = found.groups()
    named = _FLAGS.get(flags, flags)
    return f"TCP {named} to port {target}" if flags == "S" else f"TCP {named} from port {source}"


def _text(step: WalkStep) -> str:
    """A step in a line: numbers that differ from run to run (identifiers, MACs) stay in the steps."""
    if step.action in _HIDDEN:
        return ""
    text = re.sub(r"ICMP echo (request|reply) id \d+ seq \d+", r"echo \1", step.text)
    text = _SEGMENT.sub(_segment, text)
    if step.action == Action.FORWARD_PORT.value:
        return text.split(" (")[0]
    if step.action == Action.DELIVER.value:
        return text.replace("reaches ping", "reaches the one who asked")
    if step.action == Action.FORWARD.value and step.entry:
        return f"{text} ({step.entry})"
    return text.rstrip(".")
