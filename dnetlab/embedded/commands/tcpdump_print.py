"""Frames as tcpdump 4.99 prints them."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

from dnetlab.embedded.kernel import (
    Arp,
    Echo,
    Fragment,
    Frame,
    IcmpError,
    IpPacket,
    Mld,
    Ndp,
    Tcp,
    Udp,
    opened,
)

from .dnswire import Message, decode
from .netdb import service_name

ETHERTYPES = {0x0800: "IPv4", 0x0806: "ARP", 0x86DD: "IPv6"}
PROTOS = {1: "ICMP", 6: "TCP", 17: "UDP", 58: "ICMPv6"}
BROADCAST = "Broadcast"
DNS_SHORT = {
    "NXDOMAIN": "NXDomain",
    "SERVFAIL": "ServFail",
    "REFUSED": "Refused",
    "FORMERR": "FormErr",
    "NOTIMP": "NotImp",
}
WINDOW, WINDOW_SYN, WINDOW_SYN_ACK = 126, 64240, 65160


@dataclass(slots=True)
class Style:
    """How to print: link level header, verbosity, numbers only, names known for addresses."""

    ethernet: bool = False
    verbose: int = 0
    numeric: int = 0
    absolute: bool = False
    names: dict[str, str] = field(default_factory=dict)
    first: dict[tuple[str, int, str, int], int] = field(default_factory=dict)
    """Initial sequence numbers by direction: tcpdump prints relative ones after the handshake."""

    moment: float = 0.0
    stamps: dict[str, int] = field(default_factory=dict)
    """The last TCP time stamp of each sender, which the other side echoes."""

    def address(self, address: str) -> str:
        return self.names.get(address, address)

    def port(self, number: int) -> str:
        name = None if self.numeric > 1 else service_name(number) or service_name(number, "udp")
        return name or str(number)


def line(frame: Frame, style: Style) -> str:
    """A frame without its time stamp."""
    tag = frame.vlan is not None
    payload = frame.payload
    if not style.ethernet:
        prefix = f"vlan {frame.vlan}, p 0, " if tag else ""
        name = f"ethertype {ETHERTYPES.get(frame.ethertype, '')}, " if tag else ""
        if isinstance(payload, Arp):
            return f"{prefix}{name}{'' if tag else 'ARP, '}{arp(payload, style)}"
        return f"{prefix}{name}{'' if tag else 'IP6 ' if payload.v6 else 'IP '}{ip(payload, style)}"
    kind = f"ethertype {ETHERTYPES.get(frame.ethertype, 'Unknown')} ({frame.ethertype:#06x})"
    dst = BROADCAST if style.numeric == 0 and frame.dst == "ff:ff:ff:ff:ff:ff" else frame.dst
    if tag:
        head = f"{frame.src} > {dst}, ethertype 802.1Q (0x8100), length {frame.length}: vlan {frame.vlan}, p 0, {kind}, "
    else:
        head = f"{frame.src} > {dst}, {kind}, length {frame.length}: "
    if isinstance(payload, Arp):
        return head + arp(payload, style)
    return head + ip(payload, style)


COOKED_HEADER = 20
"""Bytes of the LINUX_SLL2 header, which "any" has in place of Ethernet's 14."""


def cooked_line(frame: Frame, style: Style) -> str:
    """A frame of the device "any" with its link level header: the source only, no tag."""
    kind = f"ethertype {ETHERTYPES.get(frame.ethertype, 'Unknown')} ({frame.ethertype:#06x})"
    payload = frame.payload
    body = arp(payload, style) if isinstance(payload, Arp) else ip(payload, style)
    return f"{frame.src} {kind}, length {payload.length + COOKED_HEADER}: {body}"


def arp(a: Arp, style: Style) -> str:
    detail = "Ethernet (len 6), IPv4 (len 4), " if style.verbose else ""
    if a.op == 1:
        asked = f" ({a.target_mac})" if a.target_mac not in ("00:00:00:00:00:00", "") else ""
        return f"{detail}Request who-has {style.address(a.target_ip)}{asked} tell {style.address(a.sender_ip)}, length 28"
    return f"{detail}Reply {style.address(a.sender_ip)} is-at {a.sender_mac}, length 28"


def ip(p: IpPacket, style: Style) -> str:
    if p.v6:
        return _ip6(p, style)
    body = _body(p, style)
    if not style.verbose:
        return body
    piece = p.payload if isinstance(p.payload, Fragment) else None
    flags = "DF" if p.df else "+" if piece is not None and piece.more else "none"
    name = PROTOS.get(p.proto, "unknown")
    # Linux gives its ICMP errors the type of service of network control (net/ipv4/icmp.c).
    tos = "0xc0" if isinstance(p.payload, IcmpError) else "0x0"
    quoted = f"\n\tIP {ip(p.payload.about, style)}" if isinstance(p.payload, IcmpError) else ""
    return (
        f"(tos {tos}, ttl {p.ttl}, id {p.ident}, offset {piece.offset if piece else 0}, flags [{flags}], proto {name} ({p.proto}),"
        f" length {p.length})\n    {body}{quoted}"
    )


def _ip6(p: IpPacket, style: Style) -> str:
    body = _body(p, style)
    if not style.verbose:
        return body
    return f"(hlim {p.ttl}, next-header {PROTOS.get(p.proto, 'unknown')} ({p.proto}) payload length: {p.length - 40}) {body}"


def _body(p: IpPacket, style: Style) -> str:
    load = p.payload
    src, dst = style.address(p.src), style.address(p.dst)
    if isinstance(load, Fragment):
        return _fragment(p, load, style)
    if isinstance(load, Tcp):
        return f"{src}.{style.port(load.sport)} > {dst}.{style.port(load.dport)}: {_tcp(p, load, style)}"
    if isinstance(load, Udp):
        return f"{src}.{style.port(load.sport)} > {dst}.{style.port(load.dport)}: {_udp(load)}"
    return f"{src} > {dst}: {_icmp(p, style)}"


def _fragment(p: IpPacket, piece: Fragment, style: Style) -> str:
    """A piece: the first one shows the header of what is in the packet, the others show nothing."""
    ends = f"{style.address(p.src)} > {style.address(p.dst)}: "
    mark = f"frag ({piece.offset}|{piece.size})"
    if piece.offset:
        return ends + (mark if p.v6 else f"ip-proto-{p.proto}")
    shown = opened(p)
    if not p.v6:
        return _body(shown, style)
    if isinstance(shown.payload, Echo):
        return f"{ends}{mark} {_icmp(shown, style)}"
    return f"{ends}{mark} {_body(shown, style)}"


def _icmp(p: IpPacket, style: Style) -> str:
    load = p.payload
    size = p.length - (40 if p.v6 else 20)
    family = "ICMP6" if p.v6 else "ICMP"
    if isinstance(load, Echo):
        kind = "request" if load.request else "reply"
        if p.v6 and style.verbose:
            return f"[icmp6 sum ok] ICMP6, echo {kind}, id {load.ident}, seq {load.seq}"
        comma = "," if p.v6 else ""
        return f"{family}{comma} echo {kind}, id {load.ident}, seq {load.seq}, length {size}"
    if isinstance(load, IcmpError):
        return f"{family}{', ' if p.v6 else ' '}{_unreachable(load, style)}, length {size}"
    if isinstance(load, Ndp):
        if style.verbose:
            return _neighbour_details(load, size)
        texts = {
            "ns": f"neighbor solicitation, who has {load.target}", "na": f"neighbor advertisement, tgt is {load.target}",
            "rs": "router solicitation", "ra": "router advertisement",
        }  # fmt: skip
        return f"ICMP6, {texts.get(load.kind, load.kind)}, length {size}"
    if isinstance(load, Mld):
        return (
            f"HBH ICMP6, multicast listener report v2, {len(load.groups)} group record(s), length {size - 8}"
        )
    return f"{family} unknown, length {size}"


def _neighbour_details(load: Ndp, size: int) -> str:
    """Neighbour discovery with -v: the options on a line of their own."""
    if load.kind == "ns":
        text = f"[icmp6 sum ok] ICMP6, neighbor solicitation, length {size}, who has {load.target}"
        option = "source link-address option (1)"
    elif load.kind == "na":
        marks = ", ".join(
            ["router"] * load.router + ["solicited"] * load.solicited + ["override"] * load.override
        )
        text = f"[icmp6 sum ok] ICMP6, neighbor advertisement, length {size}, tgt is {load.target}, Flags [{marks}]"
        option = "destination link-address option (2)"
    else:
        text = f"[icmp6 sum ok] ICMP6, router {'solicitation' if load.kind == 'rs' else 'advertisement'}, length {size}"
        option = "source link-address option (1)"
    return text + (f"\n\t  {option}, length 8 (1): {load.mac}" if load.mac else "")


def _unreachable(error: IcmpError, style: Style) -> str:
    about = error.about
    target = style.address(about.dst)
    if about.v6:
        texts = {
            "net-unreachable": f"destination unreachable, unreachable route {target}",
            "host-unreachable": f"destination unreachable, unreachable address {target}",
            "port-unreachable": f"destination unreachable, unreachable port, {target} {_port(about)}",
            "frag-needed": f"packet too big, mtu {error.mtu}",
            "ttl-exceeded": f"time exceeded in-transit for {target}",
        }
        return texts.get(error.kind, f"destination unreachable, unreachable prohibited {target}")
    texts = {
        "net-unreachable": f"net {target} unreachable",
        "host-unreachable": f"host {target} unreachable",
        "port-unreachable": f"{target} {_port(about)} unreachable",
        "frag-needed": f"{target} unreachable - need to frag (mtu {error.mtu})",
        "net-prohibited": f"net {target} unreachable - admin prohibited",
        "host-prohibited": f"host {target} unreachable - admin prohibited",
        "admin-prohibited": f"host {target} unreachable - admin prohibited filter",
        "ttl-exceeded": "time exceeded in-transit",
        "redirect": f"redirect {target} to host {style.address(error.gateway)}",
    }
    return texts.get(error.kind, error.kind)


def _port(about: IpPacket) -> str:
    load = about.payload
    if isinstance(load, (Tcp, Udp)):
        return f"{'tcp' if isinstance(load, Tcp) else 'udp'} port {load.dport}"
    return "protocol"


def _udp(load: Udp) -> str:
    if 53 in (load.sport, load.dport):
        try:
            return _dns(decode(load.data), len(load.data))
        except ValueError:
            pass
    if {load.sport, load.dport} == {67, 68} and len(load.data) > 34:
        mac = ":".join(f"{b:02x}" for b in load.data[28:34])
        if load.data[0] == 1:
            return f"BOOTP/DHCP, Request from {mac}, length {len(load.data)}"
        return f"BOOTP/DHCP, Reply, length {len(load.data)}"
    return f"UDP, length {len(load.data)}"


def _dns(m: Message, size: int) -> str:
    if not m.response:
        plus = "+" if m.recursion_desired else ""
        name = f"{m.question.type}? {m.question.name}." if m.question else ""
        return f"{m.id}{plus} {name} ({size})"
    rcode = f" {DNS_SHORT.get(m.rcode, m.rcode)}" if m.rcode != "NOERROR" else ""
    star = "*" if m.authoritative else ""
    answers = ", ".join(
        f"{r.type} {r.data}{'.' if r.type in ('PTR', 'CNAME', 'NS') else ''}" for r in m.answers
    )
    return f"{m.id}{rcode}{star} {len(m.answers)}/0/0{' ' + answers if answers else ''} ({size})"


def _tcp(p: IpPacket, t: Tcp, style: Style) -> str:
    here, there = (p.src, t.sport, p.dst, t.dport), (p.dst, t.dport, p.src, t.sport)
    syn = "S" in t.flags
    base = peer = 0
    if "A" in t.flags and not style.absolute:
        # Relative numbers begin after the first packet with an acknowledgement (print-tcp.c).
        if here not in style.first or syn:
            style.first[here], style.first[there] = t.seq, t.ack - 1
        else:
            base, peer = style.first[here], style.first[there]
    letters = t.flags.replace("A", "")
    shown = "".join(x for x in "FSRP" if x in letters) + ("." if "A" in t.flags else "")
    text = f"Flags [{shown or 'none'}]"
    sequence = t.seq - base
    if t.data:
        text += f", seq {sequence}:{sequence + len(t.data)}"
    elif syn or "F" in t.flags or "R" in t.flags:
        text += f", seq {sequence}"
    if "A" in t.flags:
        text += f", ack {t.ack - peer}"
    stamp = style.stamps[p.src] = zlib.crc32(p.src.encode()) // 2 + int(style.moment * 1000)
    echoed = style.stamps.get(p.dst, 0)
    if "R" in t.flags:
        text += ", win 0"
    elif syn:
        window = WINDOW_SYN_ACK if "A" in t.flags else WINDOW_SYN
        back = echoed if "A" in t.flags else 0
        text += f", win {window}, options [mss {t.mss or 1460},sackOK,TS val {stamp} ecr {back},nop,wscale 9]"
    else:
        text += f", win {WINDOW}, options [nop,nop,TS val {stamp} ecr {echoed}]"
    text += f", length {len(t.data)}"
    if t.data and 80 in (t.sport, t.dport):
        text += ": HTTP"
        first = t.data.split(b"\r\n", 1)[0]
        if first.startswith((b"GET ", b"HEAD ", b"POST ", b"HTTP/")):
            shown_data = t.data.split(b"\r\n\r\n", 1)[0] if style.verbose else first
            if style.verbose:
                text += (
                    f", length: {len(t.data)}\n\t"
                    + shown_data.decode("latin-1").replace("\r\n", "\n\t")
                    + "\n\t"
                )
            else:
                text += ": " + shown_data.decode("latin-1")
    return text
