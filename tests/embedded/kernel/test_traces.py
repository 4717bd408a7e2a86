"""Records: every step in order, bounded, and a verdict in words."""

from __future__ import annotations

import pytest
from labs import Lan, up

from dnetlab.embedded.kernel import Action, Kernel, KernelError, Reason


def test_the_way_of_a_ping_names_every_device_in_order(lan: Lan) -> None:
    lan.ping(lan.pc, "192.168.50.2")
    result = lan.ping(lan.pc, "192.168.50.2")
    places = [(s.namespace, s.device) for s in result.verdict.way if s.action is Action.TRANSMIT]
    assert places == [("pc", "eth0"), ("switch", "p-host"), ("host", "lan0"), ("switch", "p-pc")]
    assert [s.time for s in result.verdict.way] == sorted(s.time for s in result.verdict.way)
    decided = [s.entry for s in result.verdict.way if s.action is Action.FORWARD_PORT]
    assert decided[0] == f"{lan.lan0.mac} dev p-host vlan 1"
    assert result.verdict.ok and result.verdict.reason is None


def test_a_question_belongs_to_the_packet_that_waits_for_it(lan: Lan) -> None:
    result = lan.ping(lan.pc, "192.168.50.2")
    [question] = [t for t in result.trace.caused if str(t.packet).startswith("ARP who-has")]
    assert question.cause is result.trace
    assert [str(t.packet).split(" is-at")[0] for t in question.caused] == ["ARP reply 192.168.50.2"]
    assert question.end.outcome == "delivered"


def test_only_the_newest_records_are_kept() -> None:
    kernel = Kernel(record=10)
    namespace = up(kernel, "a")
    results = [kernel.ping(namespace, "127.0.0.1") for _ in range(10)]
    assert len(kernel.traces) == 10
    with pytest.raises(KernelError, match="ENOENT"):
        kernel.trace(results[0].trace.id)
    assert results[-1].verdict.ok


def test_a_packet_on_its_way_is_pending(lan: Lan) -> None:
    probe = lan.pc.echo_socket().send("192.168.50.2")
    verdict = lan.kernel.explain(probe.trace_id)
    assert not verdict.ok and verdict.reason is None
    assert lan.kernel.trace(probe.trace_id).end.outcome == "pending"
    lan.kernel.settle()
    assert lan.kernel.explain(probe.trace_id).ok


def test_every_reason_has_a_code_and_a_sentence() -> None:
    codes = [reason.code for reason in Reason]
    assert len(set(codes)) == len(codes)
    for reason in Reason:
        assert reason.sentence.endswith(".") and reason.sentence[0].isalpha()
        assert reason.code == reason.code.lower().replace(" ", "-")


def test_captures_see_both_directions_and_stop(lan: Lan) -> None:
    capture = lan.pc.capture("eth0")
    lan.ping(lan.pc, "192.168.50.2")
    assert [(c.direction, c.frame.ethertype) for c in capture.frames] == [
        ("out", 0x0806),
        ("in", 0x0806),
        ("out", 0x0800),
        ("in", 0x0800),
    ]
    capture.close()
    lan.ping(lan.pc, "192.168.50.2")
    assert len(capture.frames) == 4


def test_the_newest_frames_of_a_bounded_capture_are_kept(lan: Lan) -> None:
    capture = lan.pc.capture(limit=2)
    lan.ping(lan.pc, "192.168.50.2")
    assert [c.direction for c in capture.frames] == ["out", "in"]


def test_the_clock_stands_still_while_nothing_runs_and_jumps_over_silence() -> None:
    kernel = Kernel()
    fired: list[float] = []
    kernel.call_later(3600.0, lambda: fired.append(kernel.now))
    cancelled = kernel.call_later(1.0, lambda: fired.append(-1.0))
    cancelled.cancel()
    assert kernel.now == 0.0 and not cancelled.active
    assert kernel.run_until(lambda: fired, 7200.0)
    assert fired == [3600.0] and kernel.now == 3600.0
    assert not kernel.run_until(lambda: False, 5.0)
    assert kernel.now == 3605.0


def test_sysctls_are_read_set_and_refused(lan: Lan) -> None:
    sysctl = lan.pc.sysctl
    assert sysctl.get("net.ipv4.ip_default_ttl") == "64"
    for name, value, errno in (("net.ipv4.nosuch", "1", "ENOENT"), ("net.ipv4.ip_forward", "x", "EINVAL")):
        with pytest.raises(KernelError) as refused:
            sysctl.set(name, value)
        assert refused.value.errno == errno
    sysctl.set("net.ipv4.conf.all.forwarding", 1)
    assert sysctl.get("net.ipv4.ip_forward") == sysctl.get("net.ipv4.conf.eth0.forwarding") == "1"
    assert "net.ipv4.conf.eth0/10.forwarding" in lan.router.sysctl.names()


def test_a_new_namespace_copies_ipv4_settings_of_the_first_one() -> None:
    kernel = Kernel()
    first = kernel.namespace("host")
    first.sysctl.set("net.ipv4.ip_forward", 1)
    assert kernel.namespace("later").sysctl.get("net.ipv4.ip_forward") == "1"
