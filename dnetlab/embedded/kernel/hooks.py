"""The netfilter hooks: the order in which tables and connection tracking see a packet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import addresses as ip
from .conntrack import Connection, Conntrack, State, Tuple, inverse, tuple_of, with_ends
from .frames import ICMP, ICMPV6, IcmpError, IpPacket
from .netfilter import Netfilter, Table
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
        self._loopback_only = False
        # By hook: the tables raw, mangle, nat and filter, each where it has something to say.
        self._busy: dict[str, tuple[Table | None, Table | None, Table | None, Table | None]] = {}

    def refresh(self) -> None:
        """The rules changed: which chains have anything to say?"""
        self.active = not self._netfilter.idle
        chains = [
            c for t in self._netfilter.tables.values() for c in t.chains.values() if c.policy is not None
        ]
        self._loopback_only = all(
            chain.policy == "ACCEPT" and all(map(_is_of_loopback, chain.rules)) for chain in chains
        )
        self._busy = {
            hook: (
                self._has("raw", hook), self._has("mangle", hook), self._has("nat", hook), self._has("filter", hook),
            )
            for hook in ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING")
        }  # fmt: skip

    def _has(self, name: str, hook: str) -> Table | None:
        """A table, where it has something to say at a hook."""
        table = self._netfilter.tables.get(name)
        chain = None if table is None else table.chains.get(hook)
        return table if chain is not None and (chain.rules or chain.policy == "DROP") else None

    def concern(self, p: IpPacket) -> bool:
        """Whether the rules can have anything to say of a packet.

        A container's own rules are those of Docker's name server at 127.0.0.11. Linux tracks the connections of other
        packets there too; nothing comes of it, so the model saves itself the work.
        """
        return self.active and not (self._loopback_only and not p.dst.startswith("127."))

    def enter(
        self, hook: str, p: IpPacket, in_dev: Device | None, out_dev: Device | None, trace: Trace
    ) -> tuple[IpPacket, State] | None:
        """PREROUTING or OUTPUT: raw, tracking, mangle, DNAT, and for OUTPUT the filter."""
        raw, mangle, nat, filters = self._busy[hook]
        if raw is not None and not self._filter(raw, hook, p, in_dev, out_dev, "NEW", trace):
            return None
        state = self.conntrack.track(p)
        if mangle is not None and not self._filter(mangle, hook, p, in_dev, out_dev, state.name, trace):
            return None
        connection = state.connection
        if connection is not None and (
            connection.rewritten or (nat is not None and not connection.confirmed)
        ):
            changed = self._nat(nat, hook, p, in_dev, out_dev, state, trace, manip_dst=True)
            if changed is None:
                return None
            p = changed
        if filters is not None and not self._filter(filters, hook, p, in_dev, out_dev, state.name, trace):
            return None
        return p, state

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
        _, mangle, _, filters = self._busy[hook]
        return (mangle is None or self._filter(mangle, hook, p, in_dev, out_dev, state.name, trace)) and (
            filters is None or self._filter(filters, hook, p, in_dev, out_dev, state.name, trace)
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
        _, mangle, nat, filters = self._busy[hook]
        if mangle is not None and not self._filter(mangle, hook, p, in_dev, out_dev, state.name, trace):
            return None
        if filters is not None and not self._filter(filters, hook, p, in_dev, out_dev, state.name, trace):
            return None
        connection = state.connection
        if connection is None:
            return p
        if connection.rewritten or (nat is not None and not connection.confirmed):
            changed = self._nat(nat, hook, p, in_dev, out_dev, state, trace, manip_dst=False)
            if changed is None:
                return None
            p = changed
        if not connection.confirmed:
            self.conntrack.confirm(state)
        return p

    # filter ----------------------------------------------------------------------------------------------

    def _filter(
        self,
        table: Table,
        hook: str,
        p: IpPacket,
        in_dev: Device | None,
        out_dev: Device | None,
        state: str,
        trace: Trace,
    ) -> bool:
        stack = self._stack
        verdict, rule = table.walk(hook, _name(in_dev), _name(out_dev), p, state, stack.address_type)
        if verdict in ("DROP", "REJECT"):
            reason = Reason.FILTER_DROP if verdict == "DROP" else Reason.FILTER_REJECT
            text = f"{table.name} {hook}: " + (rule.text() if rule else f"policy {verdict}")
            trace.add((stack.kernel.now, stack.namespace, out_dev or in_dev, Action.DROP, reason, text))
            if verdict == "REJECT" and rule is not None:
                stack.reject(p, rule.reject_with or "", in_dev, trace)
            return False
        if rule is not None and table.name == "filter":
            trace.add((stack.kernel.now, stack.namespace, out_dev or in_dev, Action.FILTER, hook, rule))
        return True

    # rewriting -------------------------------------------------------------------------------------------

    def _nat(
        self,
        nat: Table | None,
        hook: str,
        p: IpPacket,
        in_dev: Device | None,
        out_dev: Device | None,
        state: State,
        trace: Trace,
        manip_dst: bool,
    ) -> IpPacket | None:
        connection = state.connection
        assert connection is not None
        if nat is not None and not connection.confirmed and not state.is_reply and not state.related:
            names = _name(in_dev), _name(out_dev)
            verdict, rule = nat.walk(hook, *names, p, "NEW", self._stack.address_type)
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
            connection.natted_dst = connection.rewritten = True
        else:
            if verdict == "SNAT":
                address, port = split_target(rule.to or "", p.v6)
            else:
                address, port = None if out_dev is None else self._stack.masquerade_source(out_dev, dst), None
                if address is None:
                    return
            new = self.conntrack.unique(connection, (address or src, dst, proto, port or sport, dport))
            connection.natted_src = connection.rewritten = True
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


def _is_of_loopback(rule: Rule) -> bool:
    return rule.dst is not None and not rule.not_dst and rule.dst.startswith("127.")


def _name(dev: Device | None) -> str:
    return "" if dev is None else dev.name


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
