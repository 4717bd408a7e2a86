"""The netfilter hooks: the order in which tables and connection tracking see a packet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import addresses as ip
from .conntrack import Connection, Conntrack, State, Tuple, inverse, tuple_of, with_ends
from .frames import ICMP, ICMPV6, IcmpError, IpPacket
from .netfilter import Context, Netfilter
from .reasons import Reason
from .rules import Rule
from .trace import Action, Trace

if TYPE_CHECKING:
    from .device import Device
    from .stack import Stack


class Hooks:
    """The hooks of one family in one namespace; used only while some rule or policy is not trivial."""

    def __init__(self, stack: Stack, netfilter: Netfilter) -> None:
        self._stack = stack
        self._netfilter = netfilter
        self.conntrack = Conntrack(stack.kernel)
        self.active = False
        self._busy: dict[tuple[str, str], bool] = {}

    def refresh(self) -> None:
        """The rules changed: which chains have anything to say?"""
        self.active = not self._netfilter.idle
        self._busy = {
            (table.name, chain.name): bool(chain.rules) or chain.policy == "DROP"
            for table in self._netfilter.tables.values()
            for chain in table.chains.values()
            if chain.policy is not None
        }

    def enter(
        self, hook: str, p: IpPacket, in_dev: Device | None, out_dev: Device | None, trace: Trace
    ) -> tuple[IpPacket, State] | None:
        """PREROUTING or OUTPUT: raw, tracking, mangle, DNAT, and for OUTPUT the filter."""
        if self._busy.get(("raw", hook)) and not self._filter("raw", hook, p, in_dev, out_dev, "NEW", trace):
            return None
        state = self.conntrack.track(p)
        if self._busy.get(("mangle", hook)) and not self._filter(
            "mangle", hook, p, in_dev, out_dev, state.name, trace
        ):
            return None
        changed = self._nat(hook, p, in_dev, out_dev, state, trace, manip_dst=True)
        if changed is None:
            return None
        if self._busy.get(("filter", hook)) and not self._filter(
            "filter", hook, changed, in_dev, out_dev, state.name, trace
        ):
            return None
        return changed, state

    def passes(
        self,
        hook: str,
        p: IpPacket,
        in_dev: Device | None,
        out_dev: Device | None,
        state: State,
        trace: Trace,
    ) -> bool:
        """FORWARD: mangle and filter."""
        busy = self._busy
        return (
            not busy.get(("mangle", hook))
            or self._filter("mangle", hook, p, in_dev, out_dev, state.name, trace)
        ) and (
            not busy.get(("filter", hook))
            or self._filter("filter", hook, p, in_dev, out_dev, state.name, trace)
        )

    def leave(
        self,
        hook: str,
        p: IpPacket,
        in_dev: Device | None,
        out_dev: Device | None,
        state: State,
        trace: Trace,
    ) -> IpPacket | None:
        """INPUT or POSTROUTING: mangle, filter, SNAT; then the connection counts."""
        if not self.passes(hook, p, in_dev, out_dev, state, trace):
            return None
        changed = self._nat(hook, p, in_dev, out_dev, state, trace, manip_dst=False)
        if changed is not None:
            self.conntrack.confirm(state)
        return changed

    # filter ----------------------------------------------------------------------------------------------

    def _filter(
        self,
        table: str,
        hook: str,
        p: IpPacket,
        in_dev: Device | None,
        out_dev: Device | None,
        state: str,
        trace: Trace,
    ) -> bool:
        context = Context(p, in_dev, out_dev, state, self._stack.address_type)
        verdict, rule = self._netfilter.tables[table].walk(hook, context)
        stack = self._stack
        if verdict in ("DROP", "REJECT"):
            reason = Reason.FILTER_DROP if verdict == "DROP" else Reason.FILTER_REJECT
            text = f"{table} {hook}: " + (rule.text() if rule else f"policy {verdict}")
            trace.add((stack.kernel.now, stack.namespace, out_dev or in_dev, Action.DROP, reason, text))
            if verdict == "REJECT" and rule is not None:
                stack.reject(p, rule.reject_with or "", in_dev, trace)
            return False
        if rule is not None and table == "filter":
            trace.add((stack.kernel.now, stack.namespace, out_dev or in_dev, Action.FILTER, hook, rule))
        return True

    # rewriting -------------------------------------------------------------------------------------------

    def _nat(
        self,
        hook: str,
        p: IpPacket,
        in_dev: Device | None,
        out_dev: Device | None,
        state: State,
        trace: Trace,
        manip_dst: bool,
    ) -> IpPacket | None:
        connection = state.connection
        if connection is None:
            return p
        if (
            not connection.confirmed
            and not state.is_reply
            and not state.related
            and self._busy.get(("nat", hook))
        ):
            context = Context(p, in_dev, out_dev, "NEW", self._stack.address_type)
            verdict, rule = self._netfilter.tables["nat"].walk(hook, context)
            if verdict == "DROP":
                stack = self._stack
                trace.add(
                    (stack.kernel.now, stack.namespace, out_dev or in_dev, Action.DROP, Reason.FILTER_DROP,
                     f"nat {hook}: {rule or 'policy DROP'}")
                )  # fmt: skip
                return None
            if rule is not None and verdict in ("DNAT", "SNAT", "MASQUERADE"):
                self._set_up(connection, verdict, rule, p, out_dev)
        if state.related:
            return self._rewrite_error(p, connection, state, manip_dst)
        return self._rewrite(p, connection, state.is_reply, manip_dst, trace, in_dev or out_dev)

    def _set_up(
        self, connection: Connection, verdict: str, rule: Rule, p: IpPacket, out_dev: Device | None
    ) -> None:
        src, dst, proto, sport, dport = connection.translated()
        if verdict == "DNAT":
            address, port = split_target(rule.to or "", p.v6)
            new: Tuple = (src, address or dst, proto, sport, port or dport)
            connection.natted_dst = True
        else:
            if verdict == "SNAT":
                address, port = split_target(rule.to or "", p.v6)
            else:
                address, port = None if out_dev is None else self._stack.masquerade_source(out_dev, dst), None
                if address is None:
                    return
            new = self.conntrack.unique(connection, (address or src, dst, proto, port or sport, dport))
            connection.natted_src = True
        connection.reply = (new[1], new[0], new[2], new[4], new[3])

    def _rewrite(
        self,
        p: IpPacket,
        connection: Connection,
        is_reply: bool,
        manip_dst: bool,
        trace: Trace,
        dev: Device | None,
    ) -> IpPacket:
        """Rewrite one end: on the way there as set up, on the way back the other way round."""
        if not (connection.natted_src if manip_dst is is_reply else connection.natted_dst):
            return p
        seen = tuple_of(p)
        if seen is None:
            return p
        target = inverse(connection.original) if is_reply else connection.translated()
        src, dst, _, sport, dport = seen
        if manip_dst:
            dst, dport = target[1], target[4]
            if p.proto in (ICMP, ICMPV6):
                sport = dport
        else:
            src, sport = target[0], target[3]
        changed = with_ends(p, src, dst, sport, dport)
        if changed != p:
            stack = self._stack
            trace.add(
                (stack.kernel.now, stack.namespace, dev, Action.NAT, f"{changed.src} > {changed.dst}",
                 "destination" if manip_dst else "source")
            )  # fmt: skip
        return changed

    def _rewrite_error(self, p: IpPacket, connection: Connection, state: State, manip_dst: bool) -> IpPacket:
        """An ICMP error about a rewritten packet: quote that packet as its sender knew it."""
        error = p.payload
        assert type(error) is IcmpError
        if not manip_dst or not (connection.natted_src or connection.natted_dst):
            return p
        # An error travels with the answers: it is about a packet of the other direction.
        about = connection.original if state.is_reply else connection.reply
        inner = with_ends(error.about, about[0], about[1], about[3], about[4])
        return IpPacket(
            p.src,
            about[0],
            p.proto,
            p.ttl,
            IcmpError(error.kind, inner, error.mtu),
            p.length,
            p.v6,
            p.df,
            p.ident,
        )


def split_target(to: str, v6: bool) -> tuple[str | None, int | None]:
    """Address and port of "172.17.0.4:80", ":53", "[fd00::2]:80" or "10.0.0.1"."""
    if v6:
        if to.startswith("["):
            address, _, rest = to[1:].partition("]")
            return ip.canonical(address), int(rest[1:]) if rest.startswith(":") else None
        if to.startswith(":") and not to.startswith("::"):
            return None, int(to[1:])
        return ip.canonical(to), None
    address, colon, port = to.partition(":")
    return (ip.canonical(address) if address else None), (int(port.split("-")[0]) if colon else None)
