"""Readers of command output, against what the goldens of Engine 28.5.2 and the lab image printed."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnetlab.probe import parse

ANSWERED = """\
PING 192.168.50.193 (192.168.50.193) 56(84) bytes of data.
64 bytes from 192.168.50.193: icmp_seq=1 ttl=64 time=0.147 ms

--- 192.168.50.193 ping statistics ---
1 packets transmitted, 1 received, 0% packet loss, time 0ms
rtt min/avg/max/mdev = 0.147/0.147/0.147/0.000 ms
"""
BY_NAME = """\
PING q2 (172.20.0.3) 1372(1400) bytes of data.
1380 bytes from q2.mtu1400 (172.20.0.3): icmp_seq=1 ttl=64 time=0.112 ms

--- q2 ping statistics ---
1 packets transmitted, 1 received, 0% packet loss, time 0ms
"""
SILENT = """\
PING 192.168.50.192 (192.168.50.192) 56(84) bytes of data.

--- 192.168.50.192 ping statistics ---
1 packets transmitted, 0 received, 100% packet loss, time 0ms
"""
FAILED = """\
PING 192.168.50.2 (192.168.50.2) 56(84) bytes of data.
From 192.168.50.192 icmp_seq=1 Destination Host Unreachable

--- 192.168.50.2 ping statistics ---
1 packets transmitted, 0 received, +1 errors, 100% packet loss, time 0ms
"""


def test_an_answered_ping_has_its_ttl_and_address() -> None:
    assert parse.ping(ANSWERED) == {
        "sent": 1, "received": 1, "ttl": 64, "answered_as": "", "address": "192.168.50.193",
    }  # fmt: skip


def test_a_ping_by_name_says_what_the_name_meant_and_who_answered() -> None:
    found = parse.ping(BY_NAME)
    assert (found["address"], found["answered_as"], found["received"]) == ("172.20.0.3", "q2.mtu1400", 1)


def test_a_silent_ping_has_no_reason() -> None:
    assert parse.ping(SILENT) == {"sent": 1, "received": 0, "address": "192.168.50.192"}


def test_an_icmp_error_has_its_reporter() -> None:
    found = parse.ping(FAILED)
    assert found["reporter"] == "192.168.50.192"
    assert found["unreachable"] == "Destination Host Unreachable"


@pytest.mark.parametrize(
    "text,reason",
    [
        ("ping: connect: Network is unreachable\n", "Network is unreachable"),
        ("ping: db: Name or service not known\n", "Name or service not known"),
        ("ping: sendmsg: Operation not permitted\n", "Operation not permitted"),
    ],
)
def test_what_ping_itself_says_is_the_reason(text: str, reason: str) -> None:
    assert parse.ping(text) == {"sent": 0, "received": 0, "unreachable": reason}


def test_ipv6_answers_are_read() -> None:
    text = "PING fd00::2 (fd00::2) 56 data bytes\n64 bytes from fd00::2: icmp_seq=1 ttl=64 time=0.06 ms\n"
    assert parse.ping(text + "\n1 packets transmitted, 1 received, 0% packet loss, time 0ms")["received"] == 1


def test_fping_lines_become_alive_or_not() -> None:
    text = "192.168.50.2 is alive\n192.168.50.193 is unreachable\nICMP Host Unreachable from 10.0.0.1 for x\n"
    assert parse.fping(text) == {"192.168.50.2": True, "192.168.50.193": False}


def test_frames_of_a_trunk_have_their_tag() -> None:
    text = (
        "00:10:32.364723 b2:96:41:32:c3:73 > a6:58:62:f9:3d:91, ethertype 802.1Q (0x8100), length 102: vlan 10, p 0, "
        "ethertype IPv4 (0x0800), 10.10.10.2 > 10.10.20.2: ICMP echo request, id 48503, seq 1, length 64\n"
        "00:10:32.364765 a6:58:62:f9:3d:91 > ff:ff:ff:ff:ff:ff, ethertype 802.1Q (0x8100), length 46: vlan 20, p 0, "
        "ethertype ARP (0x0806), Request who-has 10.10.20.2 tell 10.10.20.1, length 28\n"
    )
    request, arp = parse.frames(text)
    assert (request.vlan, request.protocol, arp.vlan, arp.protocol) == (10, "IPv4", 20, "ARP")
    assert request.source == "b2:96:41:32:c3:73"
    assert arp.target == "ff:ff:ff:ff:ff:ff"
    assert request.text.startswith("10.10.10.2 > 10.10.20.2: ICMP echo request")


def test_frames_of_an_access_port_have_none() -> None:
    text = (
        "00:10:36.455737 b2:96:41:32:c3:73 > ca:73:42:8a:90:6c, ethertype IPv4 (0x0800), length 98: "
        "10.10.10.2 > 10.10.10.100: ICMP echo request, id 48504, seq 1, length 64\n"
    )
    (frame,) = parse.frames(text)
    assert (frame.vlan, frame.protocol) == (None, "IPv4")


def test_what_tcpdump_says_about_itself_is_no_frame() -> None:
    assert parse.frames("tcpdump: verbose output suppressed, use -v[v]... for full protocol decode\n") == ()


def test_everybody_who_answers_an_arp_request_is_listed_once() -> None:
    text = (
        "ARPING 192.168.50.100 from 192.168.50.1 eth0\n"
        "Unicast reply from 192.168.50.100 [FA:51:7E:56:FD:A1]  0.603ms\n"
        "Unicast reply from 192.168.50.100 [7A:95:03:26:82:FA]  2.431ms\n"
        "Unicast reply from 192.168.50.100 [FA:51:7E:56:FD:A1]  0.700ms\n"
        "Sent 2 probe(s) (1 broadcast(s))\nReceived 3 response(s)\n"
    )
    assert parse.arping(text) == ("fa:51:7e:56:fd:a1", "7a:95:03:26:82:fa")


def test_getent_lists_each_address_once() -> None:
    text = "fd00:6::3       STREAM q2\nfd00:6::3       DGRAM  \n172.31.6.3      STREAM \n172.31.6.3      DGRAM  \n"
    assert parse.getent(text) == ("fd00:6::3", "172.31.6.3")


def test_a_macvlan_device_has_kind_mode_and_parent() -> None:
    text = json.dumps(
        [
            {
                "ifindex": 5, "link_index": 3, "ifname": "eth0", "flags": ["BROADCAST", "MULTICAST", "UP", "LOWER_UP"],
                "mtu": 1500, "operstate": "UP", "address": "a6:1e:6c:6d:7e:de", "link_netnsid": 0, "promiscuity": 0,
                "linkinfo": {"info_kind": "macvlan", "info_data": {"mode": "bridge"}},
                "addr_info": [{"family": "inet", "local": "192.168.50.192", "prefixlen": 24, "scope": "global"}],
            },
            {"ifname": "lo", "flags": ["LOOPBACK", "UP"], "address": "00:00:00:00:00:00", "addr_info": [{}]},
            {},
        ]
    )  # fmt: skip
    eth0, lo = parse.links(text)
    assert (eth0.kind, eth0.mode, eth0.parent, eth0.addresses) == (
        "macvlan",
        "bridge",
        "if3",
        ("192.168.50.192/24",),
    )
    assert (lo.kind, lo.parent, lo.addresses) == ("loopback", None, ())


def test_a_vlan_sub_interface_has_its_id_and_the_name_of_its_parent() -> None:
    text = json.dumps(
        [{"ifname": "lan0.10", "link": "lan0", "linkinfo": {"info_kind": "vlan", "info_data": {"id": 10}}}]
    )
    (device,) = parse.links(text)
    assert (device.vlan, device.parent, device.kind) == (10, "lan0", "vlan")


def test_routes_and_neighbours_are_read_from_json() -> None:
    (default, own) = parse.routes(
        '[{"dst":"default","gateway":"192.168.50.1","dev":"eth0","flags":[]},{"dst":"192.168.50.0/24","dev":"eth0"}]'
    )
    assert (default.via, own.via) == ("192.168.50.1", None)
    (known, failed) = parse.neighbours(
        '[{"dst":"192.168.50.1","dev":"eth0","lladdr":"a6:58:62:f9:3d:91","state":["REACHABLE"]},'
        '{"dst":"192.168.50.2","dev":"eth0","state":["FAILED"]}]'
    )
    assert (known.mac, known.state, failed.mac, failed.state) == (
        "a6:58:62:f9:3d:91",
        "REACHABLE",
        None,
        "FAILED",
    )


def test_no_output_is_an_empty_table() -> None:
    assert parse.routes("") == parse.neighbours(" \n") == parse.links("[]") == ()


@given(st.text())
def test_readers_of_lines_take_any_text(text: str) -> None:
    parse.ping(text)
    parse.fping(text)
    parse.frames(text)
    parse.arping(text)
    parse.getent(text)


@given(st.lists(st.tuples(st.ip_addresses(v=4), st.booleans()), max_size=20, unique_by=lambda t: t[0]))
def test_fping_is_read_for_any_number_of_addresses(states: list[tuple[object, bool]]) -> None:
    text = "".join(f"{address} is {'alive' if alive else 'unreachable'}\n" for address, alive in states)
    assert parse.fping(text) == {str(address): alive for address, alive in states}
