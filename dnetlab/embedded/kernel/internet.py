"""The IP layer: what happens to a packet that comes in, passes through or leaves (IPv4 and IPv6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import addresses as ip
from .conntrack import State
from .device import Device
from .fib import REFUSALS, RouteResult
from .fragments import cut, opened
from .frames import (
    ETH_IPV4,
    ETH_IPV6,
    ICMP,
    ICMPV6,
    Echo,
    Fragment,
    Frame,
    IcmpError,
    IpPacket,
    Mld,
    Ndp,
    Tcp,
    Udp,
    packet,
    with_ttl,
)  # fmt: skip
from .icmp import REJECTS
from .reasons import Reason
from .routes import mtu_of
from .trace import Action, Trace

if TYPE_CHECKING:
    from .stack import Stack

TTL = 64


class Internet:
    """IP input, forwarding and output of a namespace."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._kernel = stack.kernel
        self._looped: dict[int, State] = {}

    # in --------------------------------------------------------------------------------------------------

    def receive(self, dev: Device, frame: Frame, p: IpPacket) -> None:
        """A packet came in at a device."""
        stack = self._stack
        trace = frame.trace
        if p.v6 and not dev.ipv6:
            self._drop(dev, trace, Reason.IPV6_DISABLED)
            return
        state: State | None = None
        hooks = stack.hooks.get(6 if p.v6 else 4)
        if dev.kind == "loopback":
            # What a loopback brings was tracked when it left.
            state = self._looped.pop(trace.id, None)
        elif hooks is not None and hooks.concern(p):
            if type(p.payload) is Fragment:
                # Connection tracking wants packets whole (nf_defrag_ipv4).
                whole = self._gather(dev, frame, p)
                if whole is None:
                    return
                frame, p, trace = whole, whole.payload, whole.trace  # type: ignore[assignment]
            entered = hooks.enter("PREROUTING", p, dev, None, trace)
            if entered is None:
                return
            p, state = entered
        dst = p.dst
        port = dev.ipvlan_port
        if port is not None and port.mode == "l3s":
            child = port.by_address.get(dst)
            if child is not None:
                if hooks is not None and state is not None:
                    passed = hooks.leave("INPUT", p, dev, None, state, trace)
                    if passed is None:
                        return
                    p = passed
                port.hand(child, Frame(frame.src, child.mac, frame.ethertype, p, trace))
                return
        if stack.owns(dst):
            if dev.kind != "loopback" and (
                stack.owns(p.src) or (dst.startswith("127.") and not self._allows_localnet(dev))
            ):
                self._drop(dev, trace, Reason.MARTIAN, f"{p.src} > {dst}")
                return
            if stack.rp_filter and not self._reverse_path(dev, p.src):
                self._drop(dev, trace, Reason.REVERSE_PATH, p.src)
                return
            self._local(dev, frame, p, state)
        elif dst in stack.broadcasts or dst == ip.LIMITED_BROADCAST or ip.is_multicast(dst):
            self._local(dev, frame, p, state)
        elif ip.is_group_mac(frame.dst):
            self._drop(dev, trace, Reason.NOT_LOCAL, f"{dst} in a broadcast frame")
        else:
            self._forward(dev, p, state, trace)

    def _allows_localnet(self, dev: Device) -> bool:
        return bool(self._stack.namespace.sysctl.conf(4, dev.name, "route_localnet"))

    def _reverse_path(self, dev: Device, src: str) -> bool:
        sysctl = self._stack.namespace.sysctl
        mode = max(sysctl.conf(4, dev.name, "rp_filter"), sysctl.conf(4, "all", "rp_filter"))
        if mode == 0 or ":" in src:
            return True
        back = self._stack.routing.lookup(src)
        return back is not None and (mode == 2 or back.dev is dev)

    def _local(self, dev: Device, frame: Frame, p: IpPacket, state: State | None) -> None:
        """A packet for this machine."""
        stack = self._stack
        trace = frame.trace
        if state is not None:
            passed = stack.hooks[6 if p.v6 else 4].leave("INPUT", p, dev, None, state, trace)
            if passed is None:
                return
            p = passed
        payload = p.payload
        kind = type(payload)
        if kind is Echo:
            self._echo(dev, p, trace)
        elif kind is Tcp:
            stack.tcp.receive(p, trace)
        elif kind is Udp:
            stack.udp.receive(dev, p, trace)
        elif kind is Ndp:
            stack.neighbours.receive_ndp(dev, frame, p, payload)  # type: ignore[arg-type]
        elif kind is IcmpError:
            stack.receive_error(dev, p, trace)
        elif kind is Fragment:
            whole = self._gather(dev, frame, p)
            if whole is not None:
                self._local(dev, whole, whole.payload, state)  # type: ignore[arg-type]
        elif kind is Mld:
            self._drop(dev, trace, Reason.NO_RECEIVER)

    def _gather(self, dev: Device, frame: Frame, p: IpPacket) -> Frame | None:
        """A piece of a packet: the frame of the whole one, once nothing is missing."""
        piece = p.payload
        assert type(piece) is Fragment
        if piece.offset:
            self._deliver(dev, frame.trace, "the reassembly")
        complete = self._stack.reassembly.add(p, frame.trace)
        if complete is None:
            return None
        whole, trace = complete
        return Frame(frame.src, frame.dst, frame.ethertype, whole, trace)

    def _echo(self, dev: Device, p: IpPacket, trace: Trace) -> None:
        stack = self._stack
        echo = p.payload
        assert type(echo) is Echo
        if not echo.request:
            stack.echo.receive(p, trace)
            return
        sysctl = stack.namespace.sysctl
        to_all = not stack.owns(p.dst)
        if not p.v6 and (
            sysctl.get("net.ipv4.icmp_echo_ignore_all") != "0"
            or (to_all and sysctl.get("net.ipv4.icmp_echo_ignore_broadcasts") != "0")
        ):
            self._drop(dev, trace, Reason.IGNORED, f"echo request to {p.dst}")
            return
        self._deliver(dev, trace, "the machine, which answers echo requests")
        source = stack.routing.source(dev, p.src) if to_all else p.dst
        if source is None:
            return
        answer = packet(source, p.src, p.proto, Echo(False, echo.ident, echo.seq, echo.size), TTL)
        self.send_answer(answer, trace, dev)

    def send_answer(self, p: IpPacket, cause: Trace, dev: Device) -> None:
        """Send a packet that the kernel makes as an answer; the way back is looked up like any other."""
        trace = self._kernel.new_trace(p, cause)
        link = dev if ip.is_link_local(p.dst) else None
        result = self._stack.routing.lookup(p.dst, link)
        if result is None or result.kind in REFUSALS:
            self._drop(
                None, trace, Reason.NO_ROUTE, f"{self._stack.namespace.name} has no route back to {p.dst}"
            )
            return
        self.send(p, trace, result)

    # through ---------------------------------------------------------------------------------------------

    def _forward(self, dev: Device, p: IpPacket, state: State | None, trace: Trace) -> None:
        stack = self._stack
        if not stack.forwards(dev, p.v6):
            self._drop(
                dev, trace, Reason.FORWARDING_OFF, f"{p.dst} is not an address of {stack.namespace.name}"
            )
            return
        if stack.owns(p.src) and dev.kind != "loopback":
            self._drop(dev, trace, Reason.MARTIAN, f"{p.src} is this machine's own address")
            return
        if stack.rp_filter and not self._reverse_path(dev, p.src):
            self._drop(dev, trace, Reason.REVERSE_PATH, p.src)
            return
        result = stack.routing.lookup(p.dst)
        if result is None:
            self._drop(dev, trace, Reason.NO_ROUTE, f"{stack.namespace.name} has no route to {p.dst}")
            self._refuse("net-unreachable", p, trace, dev)
            return
        if result.kind in REFUSALS:
            self._drop(dev, trace, Reason.ROUTE_REFUSED, str(result.route))
            if result.kind != "blackhole":
                kind = "host-unreachable" if result.kind == "unreachable" else "admin-prohibited"
                self._refuse(kind, p, trace, dev)
            return
        if p.ttl <= 1:
            self._drop(dev, trace, Reason.TTL_EXPIRED)
            self.error("ttl-exceeded", p, trace, dev)
            return
        out = result.dev
        if p.length > out.mtu and (p.df or p.v6):
            self._drop(dev, trace, Reason.MTU_EXCEEDED, f"{p.length} bytes, {out.name} has MTU {out.mtu}")
            self.error("frag-needed", p, trace, dev, out.mtu)
            return
        p = with_ttl(p, p.ttl - 1)
        trace.add((self._kernel.now, stack.namespace, out, Action.FORWARD, p.ttl, result.route))
        if out is dev and not p.v6:
            stack.redirects.consider(p, dev, result, state, trace)
        if state is not None and not stack.hooks[6 if p.v6 else 4].passes(
            "FORWARD", p, dev, out, state, trace
        ):
            return
        self._finish(p, trace, result, state, dev)

    def _refuse(self, kind: str, p: IpPacket, trace: Trace, dev: Device) -> None:
        """No route: say so, if that was not said too often."""
        if p.v6 or self._stack.peers.allows_no_route(p.src):
            self.error(kind, p, trace, dev)

    # out -------------------------------------------------------------------------------------------------

    def send(self, p: IpPacket, trace: Trace, result: RouteResult) -> bool:
        """Send a packet of this machine along a route that was looked up; False where its firewall forbids it."""
        namespace = self._stack.namespace
        trace.add((self._kernel.now, namespace, None, Action.SEND, p, None))
        trace.add((self._kernel.now, namespace, result.dev, Action.ROUTE, result.route or result.kind, None))
        return self._out(p, trace, result)

    def _out(self, p: IpPacket, trace: Trace, result: RouteResult) -> bool:
        """OUTPUT, and another route where that rewrote the destination."""
        stack = self._stack
        state: State | None = None
        hooks = stack.hooks.get(6 if p.v6 else 4)
        if hooks is not None and hooks.concern(p):
            entered = hooks.enter("OUTPUT", p, None, result.dev, trace)
            if entered is None:
                return False
            changed, state = entered
            if changed.dst != p.dst:
                again = stack.routing.lookup(changed.dst)
                if again is None or again.kind in REFUSALS:
                    self._drop(None, trace, Reason.NO_ROUTE, f"no route to {changed.dst}")
                    return True
                result = again
            p = changed
        self._finish(p, trace, result, state, None)
        return True

    def output_for_child(self, parent: Device, p: IpPacket, trace: Trace) -> None:
        """Send what an ipvlan child in L3 mode sent: by this namespace's routes, as if it were ours.

        Linux ipvlan_process_v4_outbound: a route look-up and ip_local_out; no TTL, no FORWARD.
        """
        result = self._stack.routing.lookup(p.dst)
        if result is None or result.kind in REFUSALS:
            name = self._stack.namespace.name
            self._drop(
                parent, trace, Reason.NO_ROUTE, f"{name} routes for its child and has no route to {p.dst}"
            )
            return
        entry = result.route or result.kind
        trace.add((self._kernel.now, self._stack.namespace, parent, Action.ROUTE_FOR, entry, None))
        self._out(p, trace, result)

    def _finish(
        self, p: IpPacket, trace: Trace, result: RouteResult, state: State | None, in_dev: Device | None
    ) -> None:
        """POSTROUTING, the MTU, and the next hop."""
        out = result.dev
        if state is not None:
            passed = self._stack.hooks[6 if p.v6 else 4].leave("POSTROUTING", p, in_dev, out, state, trace)
            if passed is None:
                return
            p = passed
            if out.kind == "loopback":
                self._looped[trace.id] = state
        if p.length > out.mtu or result.exception is not None:
            # A router goes by its device alone (net.ipv4.ip_forward_use_pmtu).
            mtu = out.mtu if in_dev is not None else mtu_of(result)
            if p.length > mtu:
                if p.df or (p.v6 and in_dev is not None):
                    self._drop(out, trace, Reason.MTU_EXCEEDED, f"{p.length} bytes, {out.name} has MTU {mtu}")
                    return
                self._fragment(p, trace, result, mtu)
                return
        self._emit(p, trace, result)

    def _fragment(self, p: IpPacket, trace: Trace, result: RouteResult, mtu: int) -> None:
        """Too large: it goes in pieces. The packet's record is that of its first piece; the others have their own."""
        stack = self._stack
        pieces = list(cut(p, mtu, stack.fragment_id()))
        trace.add((self._kernel.now, stack.namespace, result.dev, Action.FRAGMENT, len(pieces), None))
        for number, piece in enumerate(pieces):
            self._emit(piece, self._kernel.new_trace(piece, trace) if number else trace, result)

    def _emit(self, p: IpPacket, trace: Trace, result: RouteResult) -> None:
        out = result.dev
        dst = p.dst
        if out.kind == "loopback":
            mac = ip.ZERO_MAC
        elif ip.is_multicast(dst):
            mac = ip.multicast_mac(dst)
        elif out.noarp:
            mac = out.mac
        elif result.kind == "broadcast":
            mac = ip.BROADCAST_MAC
        else:
            self._stack.neighbours.send(out, result.via or dst, p, trace)
            return
        out.transmit(Frame(out.mac, mac, ETH_IPV6 if p.v6 else ETH_IPV4, p, trace))

    # errors ----------------------------------------------------------------------------------------------

    def error(
        self, kind: str, about: IpPacket, cause: Trace, dev: Device | None, mtu: int = 0, gateway: str = ""
    ) -> None:
        """Tell the sender of a packet that it could not be delivered, or of a shorter way (RFC 1122 section 3.2.2)."""
        if type(about.payload) is Fragment:
            if about.payload.offset:
                return
            about = opened(about)
        if isinstance(about.payload, IcmpError | Ndp | Mld):
            return
        if ip.is_multicast(about.dst) or about.dst in self._stack.broadcasts or about.src in ip.ANY.values():
            return
        result = self._stack.routing.lookup(about.src, dev if ip.is_link_local(about.src) else None)
        if result is None or result.kind in REFUSALS:
            return
        # A packet for this machine is answered by the address that it was for (icmp_send).
        source = about.dst if self._stack.owns(about.dst) else result.src
        if source is None:
            return
        if result.kind != "local" and not self._may_tell(kind, about, result):
            return
        p = packet(source, about.src, ICMPV6 if about.v6 else ICMP, IcmpError(kind, about, mtu, gateway), TTL)
        trace = self._kernel.new_trace(p, cause)
        self.send(p, trace, result)

    def _may_tell(self, kind: str, about: IpPacket, result: RouteResult) -> bool:
        """Whether the limits on errors let the sender of a packet be told of what became of it."""
        peers = self._stack.peers
        if not about.v6:
            return peers.allows_error(kind, about.src)
        dst = "::/0" if result.route is None or result.route.dst == "default" else result.route.dst
        return peers.allows_error6(kind, about.src, int(dst.partition("/")[2] or 128))

    def reject(self, p: IpPacket, how: str, dev: Device | None, cause: Trace) -> None:
        """Answer for the REJECT target."""
        if how == "tcp-reset" and isinstance(p.payload, Tcp):
            reset = Tcp(p.payload.dport, p.payload.sport, "R", p.payload.ack, p.payload.seq + 1)
            answer = packet(p.dst, p.src, p.proto, reset, TTL)
            result = self._stack.routing.lookup(p.src)
            if result is not None and result.kind not in REFUSALS:
                self.send(answer, self._kernel.new_trace(answer, cause), result)
            return
        self.error(REJECTS.get(how, "port-unreachable"), p, cause, dev)

    def neighbour_failed(self, dev: Device, address: str, p: IpPacket, trace: Trace) -> None:
        """Nobody answered for the next hop of a packet."""
        self._drop(dev, trace, Reason.NEIGHBOUR_FAILED, f"nobody on {dev.name} answers for {address}")
        self.error("host-unreachable", p, trace, dev)

    # records ---------------------------------------------------------------------------------------------

    def _drop(self, dev: Device | None, trace: Trace, reason: Reason, detail: str = "") -> None:
        trace.add((self._kernel.now, self._stack.namespace, dev, Action.DROP, reason, detail))

    def _deliver(self, dev: Device | None, trace: Trace, to: str) -> None:
        trace.add((self._kernel.now, self._stack.namespace, dev, Action.DELIVER, to, None))
