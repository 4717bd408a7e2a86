"""What came of a packet: its way, its answer's way, and the reason where it died."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .echo import EchoReply, Probe
from .frames import Arp, Echo, Fragment, IcmpError, IpPacket, Ndp, Tcp
from .reasons import QUIET, Reason
from .trace import Action, End, Step, Trace, render

if TYPE_CHECKING:
    from .icmp import IcmpNotice
    from .kernel import Kernel

# A question travels in microseconds: one that is older was not answered.
TRAVEL = 0.01


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of a packet that asked for an answer.

    Attributes:
        ok: it arrived, and so did the answer (or none was to be expected).
        reason: why not, None where ok or still pending.
        where: namespace and interface of the end, such as "router:eth0.10".
        text: one sentence that names who dropped it and why.
        way: the steps of the packet and its answer in order of time.
        leg: "request" or "reply": which of the two died.
    """

    ok: bool
    reason: Reason | None
    where: str
    text: str
    way: tuple[Step, ...]
    leg: str = "request"


@dataclass(frozen=True, slots=True)
class PingResult:
    """What ``Kernel.ping`` saw."""

    probe: Probe
    trace: Trace
    kernel: Kernel = field(repr=False)

    @property
    def verdict(self) -> Verdict:
        """The way of the request and its answer, and the reason where one died."""
        return explain(self.trace, self.kernel.now)

    @property
    def reply(self) -> EchoReply | None:
        """The first reply."""
        return self.probe.replies[0] if self.probe.replies else None

    @property
    def notice(self) -> IcmpNotice | None:
        """The first ICMP error."""
        return self.probe.errors[0] if self.probe.errors else None

    @property
    def ok(self) -> bool:
        """Whether a reply came."""
        return bool(self.probe.replies)


def explain(trace: Trace, now: float) -> Verdict:
    """The verdict on a packet at a time, following what it caused: questions, answers and errors."""
    chain = [trace]
    leg = "request"
    current = trace
    while True:
        if not current.delivered:
            return _death(current, chain, leg, now)
        answer = _answer(current)
        if answer is None:
            break
        chain.append(answer)
        current = answer
        leg = "reply"
    end = current.end
    return Verdict(True, None, _place(end), f"{current.packet} arrived: it {end.text}", _way(chain), leg)


def _answer(trace: Trace) -> Trace | None:
    """The packet that answers a delivered one."""
    asked = trace.packet
    if not isinstance(asked, IpPacket):
        return next((t for t in trace.caused if isinstance(t.packet, Arp)), None)
    for child in trace.caused:
        p = child.packet
        if not isinstance(p, IpPacket) or isinstance(p.payload, IcmpError | Ndp):
            continue
        if isinstance(asked.payload, Echo) and isinstance(p.payload, Echo) and not p.payload.request:
            return child
        if isinstance(asked.payload, Tcp) and asked.payload.flags == "S" and p.dst == asked.src:
            return child
    return None


def _death(trace: Trace, chain: list[Trace], leg: str, now: float) -> Verdict:
    drops = trace.drops() or [drop for piece in _pieces(trace) for drop in piece.drops()]
    telling = [drop for drop in drops if drop[0] not in QUIET] or drops
    if not telling:
        waiting = _questions(trace)
        if any(now - question.raw[0][0] > TRAVEL for question in waiting if question.raw):
            return _unanswered(trace, chain, leg, waiting)
        end = trace.end
        return Verdict(False, None, _place(end), f"{trace.packet} is still on its way", _way(chain), leg)
    reason, namespace, device, detail = telling[0]
    if reason is Reason.NEIGHBOUR_FAILED:
        return _unanswered(trace, chain, leg, _questions(trace))
    where = namespace.name if device is None else f"{namespace.name}:{device.name}"
    text = f"{trace.packet} was dropped at {where}: {reason.sentence}" + (f" ({detail})" if detail else "")
    return Verdict(False, reason, where, text, _way(chain), leg)


def _pieces(trace: Trace) -> list[Trace]:
    """The records of a packet's other pieces: it is lost when one of them is."""
    return [
        t for t in trace.caused if isinstance(t.packet, IpPacket) and isinstance(t.packet.payload, Fragment)
    ]


def _questions(trace: Trace) -> list[Trace]:
    return [
        t for t in trace.caused
        if (isinstance(t.packet, Arp) and t.packet.op == 1)
        or (isinstance(t.packet, IpPacket) and isinstance(t.packet.payload, Ndp) and t.packet.payload.kind == "ns")
    ]  # fmt: skip


def _unanswered(trace: Trace, chain: list[Trace], leg: str, questions: list[Trace]) -> Verdict:
    """Nobody answered for the next hop: why did the question, or its answer, not get through?"""
    end = trace.end
    failed = Verdict(False, Reason.NEIGHBOUR_FAILED, _place(end), "", (), leg)
    for question in questions:
        for reply in question.caused:
            if not reply.delivered and reply.drops():
                reason, namespace, device, detail = reply.drops()[0]
                return _named(trace, chain, leg, question, reason, namespace.name, device, detail)
        for reason, namespace, device, detail in question.drops():
            if reason not in QUIET and reason is not Reason.WIRE_TO_NOWHERE:
                return _named(trace, chain, leg, question, reason, namespace.name, device, detail)
    asked = f" ({questions[0].packet})" if questions else ""
    text = f"{trace.packet} was dropped at {failed.where}: {Reason.NEIGHBOUR_FAILED.sentence}{asked}"
    return Verdict(False, Reason.NEIGHBOUR_FAILED, failed.where, text, _way(chain, questions[:1]), leg)


def _named(
    trace: Trace, chain: list[Trace], leg: str, question: Trace, reason: Reason, namespace: str, device: object,
    detail: str,
) -> Verdict:  # fmt: skip
    where = namespace if device is None else f"{namespace}:{getattr(device, 'name', '')}"
    text = (
        f"{trace.packet} was not sent, because {question.packet} got no answer: at {where}: {reason.sentence}"
        + (f" ({detail})" if detail else "")
    )
    return Verdict(False, reason, where, text, _way(chain, [question]), leg)


def _place(end: End) -> str:
    return f"{end.namespace}:{end.device}" if end.device else end.namespace


def _way(chain: list[Trace], questions: list[Trace] | None = None) -> tuple[Step, ...]:
    """The steps of some packets in order; the question that one waited for comes before its end."""
    raw = sorted((step for trace in chain for step in trace.raw), key=lambda step: step[0])
    if questions:
        asked = sorted((step for trace in questions for step in trace.raw), key=lambda step: step[0])
        ended = [step for step in raw if step[3] is Action.DROP]
        raw = [step for step in raw if step[3] is not Action.DROP] + asked + ended
    return tuple(render(step) for step in raw)
