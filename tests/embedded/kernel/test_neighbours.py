"""ARP and NDP: questions, answers, states and their times (golden macvlan-bridge/reach.txt, static-ip-and-mac.txt)."""

from __future__ import annotations

import pytest
from labs import Lan, up

from dnetlab.embedded.kernel import Kernel, KernelError, Namespace, Reason


def states(namespace: Namespace) -> dict[str, str]:
    return {n.address: n.state for n in namespace.neighbours()}


def pair(seed: int = 1) -> tuple[Kernel, Namespace, Namespace]:
    kernel = Kernel(seed)
    a, b = up(kernel, "a"), up(kernel, "b")
    left, right = a.add_veth("eth0", "eth0", peer_namespace=b)
    for device, address in ((left, "10.0.0.1/24"), (right, "10.0.0.2/24")):
        device.set_up()
        device.add_address(address)
    kernel.advance(3.0)
    return kernel, a, b


def test_the_one_who_asked_is_reachable_and_the_one_who_was_asked_delays(lan: Lan) -> None:
    assert lan.reaches(lan.pc, "192.168.50.2")
    assert states(lan.pc)["192.168.50.2"] == "REACHABLE"
    assert states(lan.host)["192.168.50.100"] == "DELAY"


def test_a_delayed_neighbour_is_asked_after_five_seconds_and_is_reachable_then() -> None:
    kernel, a, b = pair()
    assert kernel.ping(a, "10.0.0.2").ok
    capture = b.capture("eth0")
    kernel.advance(4.9)
    assert states(b) == {"10.0.0.1": "DELAY"} and capture.frames == []
    kernel.advance(0.2)
    assert states(b) == {"10.0.0.1": "REACHABLE"}
    question = capture.frames[0].frame
    assert question.dst == a.device("eth0").mac


def test_a_reachable_neighbour_turns_stale_within_45_seconds() -> None:
    kernel, a, _ = pair()
    assert kernel.ping(a, "10.0.0.2").ok
    kernel.advance(14.9)
    assert states(a) == {"10.0.0.2": "REACHABLE"}
    kernel.advance(30.2)
    assert states(a) == {"10.0.0.2": "STALE"}


def test_a_question_is_asked_three_times_and_fails_after_three_seconds() -> None:
    kernel, a, _ = pair()
    capture = a.capture("eth0")
    probe = a.echo_socket().send("10.0.0.9")
    kernel.advance(2.9)
    assert states(a) == {"10.0.0.9": "INCOMPLETE"} and not probe.answered
    kernel.advance(0.2)
    assert states(a) == {"10.0.0.9": "FAILED"}
    assert len(capture.frames) == 3
    assert [(e.source, e.text) for e in probe.errors] == [("10.0.0.1", "Destination Host Unreachable")]


def test_a_neighbour_that_went_silent_fails_after_delay_and_probes() -> None:
    kernel, a, b = pair()
    assert kernel.ping(a, "10.0.0.2").ok
    kernel.advance(46.0)
    b.device("eth0").remove_address("10.0.0.2/24")
    assert not kernel.ping(a, "10.0.0.2").ok
    assert states(a) == {"10.0.0.2": "DELAY"}
    kernel.advance(8.0)
    assert states(a) == {"10.0.0.2": "FAILED"}


def test_arping_gets_both_answers_for_an_address_that_exists_twice(lan: Lan) -> None:
    dup = lan.macvlan("dup", "192.168.50.100/24")
    lan.router.flush_neighbours()
    probe = lan.router.arping("eth0", "192.168.50.100")
    lan.kernel.advance(1.0)
    assert {reply.mac for reply in probe.replies} == {lan.pc.device("eth0").mac, dup.device("eth0").mac}
    assert lan.reaches(lan.router, "192.168.50.100")


def test_the_first_of_two_answers_wins_within_a_second(lan: Lan) -> None:
    lan.macvlan("dup", "192.168.50.100/24")
    lan.router.flush_neighbours()
    assert lan.reaches(lan.router, "192.168.50.100")
    lan.kernel.settle()
    [entry] = [n for n in lan.router.neighbours() if n.address == "192.168.50.100"]
    assert entry.mac == lan.pc.device("eth0").mac


def test_a_permanent_entry_is_never_asked_for_and_survives_a_flush() -> None:
    kernel, a, b = pair()
    a.set_neighbour("10.0.0.2", "eth0", b.device("eth0").mac)
    capture = a.capture("eth0")
    assert kernel.ping(a, "10.0.0.2").ok
    assert capture.frames[0].frame.ethertype == 0x0800
    a.flush_neighbours()
    assert states(a) == {"10.0.0.2": "PERMANENT"}
    with pytest.raises(KernelError, match="EEXIST"):
        a.set_neighbour("10.0.0.2", "eth0", b.device("eth0").mac, replace=False)


def test_a_wrong_entry_sends_frames_that_nobody_takes() -> None:
    kernel, a, _ = pair()
    a.set_neighbour("10.0.0.2", "eth0", "02:00:00:00:00:99")
    result = kernel.ping(a, "10.0.0.2")
    assert (result.verdict.reason, result.verdict.where) == (Reason.NOT_FOR_US, "b:eth0")


def test_losing_the_carrier_forgets_neighbours() -> None:
    kernel, a, b = pair()
    assert kernel.ping(a, "10.0.0.2").ok
    b.device("eth0").set_down()
    assert states(a) == {}
    result = kernel.ping(a, "10.0.0.2")
    assert not result.ok


def test_a_machine_answers_for_its_addresses_on_any_interface() -> None:
    kernel, a, b = pair()
    b.add_dummy("d0").add_address("10.0.0.77/32")
    b.device("d0").set_up()
    assert kernel.ping(a, "10.0.0.77").ok


def test_proxy_arp_answers_for_those_behind_a_router(lan: Lan) -> None:
    lan.pc.remove_route("default")
    lan.pc.add_route("10.10.10.0/24", dev="eth0")
    lan.pc10.add_route("default", via="10.10.10.1")
    assert not lan.reaches(lan.pc, "10.10.10.100")
    lan.router.sysctl.set("net.ipv4.conf.eth0.proxy_arp", 1)
    result = lan.ping(lan.pc, "10.10.10.100")
    assert result.reply is not None and result.reply.ttl == 63
    macs = {n.address: n.mac for n in lan.pc.neighbours()}
    assert macs["10.10.10.100"] == lan.router.device("eth0").mac


def test_ipv6_neighbours_are_solicited_by_multicast() -> None:
    kernel, a, b = pair()
    for namespace, address in ((a, "fd00::1/64"), (b, "fd00::2/64")):
        namespace.device("eth0").add_address(address, nodad=True)
    capture = a.capture("eth0")
    result = kernel.ping(a, "fd00::2")
    assert result.reply is not None and result.reply.ttl == 64
    assert capture.frames[0].frame.dst == "33:33:ff:00:00:02"
    assert capture.frames[0].frame.length == 86
    assert states(a)["fd00::2"] == "REACHABLE"


def test_ipv6_without_an_answer_is_unreachable() -> None:
    kernel, a, _ = pair()
    a.device("eth0").add_address("fd00::1/64", nodad=True)
    result = kernel.ping(a, "fd00::9", timeout=4)
    assert result.notice is not None
    assert result.notice.text == "Destination unreachable: Address unreachable"


def test_a_link_local_address_comes_by_itself_and_is_tentative_at_first() -> None:
    kernel = Kernel()
    a, b = up(kernel, "a"), up(kernel, "b")
    left, right = a.add_veth("eth0", "eth0", peer_namespace=b, mac="56:99:d5:db:79:c8")
    left.set_up()
    assert left.addresses == []
    right.set_up()
    [address] = left.addresses
    assert (address.cidr, address.scope, address.proto, address.tentative) == (
        "fe80::5499:d5ff:fedb:79c8/64", "link", "kernel_ll", True,
    )  # fmt: skip
    kernel.advance(2.1)
    assert not left.addresses[0].tentative
    assert kernel.ping(a, right.addresses[0].address, dev=left).ok


def test_a_duplicate_ipv6_address_is_found_and_not_used() -> None:
    kernel, a, b = pair()
    a.device("eth0").add_address("fd00::1/64", nodad=True)
    b.device("eth0").add_address("fd00::1/64")
    kernel.advance(2.5)
    [address] = [x for x in b.device("eth0").addresses if x.address == "fd00::1"]
    assert address.dadfailed and address.tentative


def test_disabled_ipv6_has_no_addresses_and_refuses_them() -> None:
    kernel, a, _ = pair()
    a.sysctl.set("net.ipv6.conf.all.disable_ipv6", 1)
    assert [x for d in a.devices.values() for x in d.addresses if x.family == 6] == []
    with pytest.raises(KernelError) as refused:
        a.device("eth0").add_address("fd00::1/64")
    assert refused.value.text == "Permission denied"
    a.sysctl.set("net.ipv6.conf.all.disable_ipv6", 0)
    assert [x.scope for x in a.device("eth0").addresses if x.family == 6] == ["link"]
    kernel.advance(2.5)


def test_a_gratuitous_arp_moves_an_address_to_a_new_mac_for_those_who_know_it() -> None:
    kernel, a, b = pair()
    assert kernel.ping(a, "10.0.0.2").ok
    kernel.advance(2.0)
    b.device("eth0").set_mac("02:00:00:00:00:77")
    trace = b.device("eth0").announce("10.0.0.2")
    kernel.settle()
    assert [(n.address, n.mac) for n in a.neighbours(4)] == [("10.0.0.2", "02:00:00:00:00:77")]
    assert str(kernel.trace(trace).packet) == "ARP who-has 10.0.0.2 tell 10.0.0.2"
    assert kernel.ping(a, "10.0.0.2").ok


def test_a_gratuitous_arp_teaches_strangers_nothing() -> None:
    kernel, a, b = pair()
    b.device("eth0").announce("10.0.0.2")
    kernel.settle()
    assert a.neighbours(4) == []


def test_programs_are_woken_by_answers_and_errors() -> None:
    kernel, a, _ = pair()
    woken: list[str] = []
    echo, udp, arp = a.echo_socket(), a.udp_socket(), a.arping("eth0", "10.0.0.2")
    echo.on_event = lambda _: woken.append("echo")
    udp.on_error = lambda: woken.append("udp")
    arp.on_event = lambda: woken.append("arp")
    echo.send("10.0.0.2")
    udp.sendto(b"x", "10.0.0.2", 9)
    kernel.settle()
    assert set(woken) == {"arp", "echo", "udp"}
