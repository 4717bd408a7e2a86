"""Tables and chains of rules, and the walk of a packet through a chain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from . import addresses as ip
from .errors import KernelError
from .frames import Echo, IpPacket, Tcp, Udp
from .rules import PROTOCOLS, VERDICTS, Rule

BUILTIN: Final = {
    "raw": ("PREROUTING", "OUTPUT"),
    "mangle": ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"),
    "nat": ("PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"),
    "filter": ("INPUT", "FORWARD", "OUTPUT"),
}
MAX_JUMPS = 64


@dataclass(slots=True)
class Chain:
    """A chain; ``policy`` is None for chains that users made."""

    name: str
    policy: str | None
    rules: list[Rule] = field(default_factory=list)
    packets: int = 0
    bytes: int = 0


class Step:
    """A rule made ready for packets of one pair of devices; ``jump`` is the plan of the chain it jumps to."""

    __slots__ = ("always", "dst_host", "extra", "jump", "proto", "rule")

    def __init__(self, rule: Rule, jump: Plan | None) -> None:
        self.rule = rule
        self.jump = jump
        self.proto = PROTOCOLS[rule.proto] if rule.proto else None
        host = rule.dst is not None and rule.dst.endswith("/128" if ":" in rule.dst else "/32")
        self.dst_host = rule.dst.split("/")[0] if rule.dst and host and not rule.not_dst else None
        # Whether anything beyond devices, addresses and the protocol is to be looked at.
        self.extra = bool(
            rule.sport or rule.dport or rule.icmp_type or rule.src_type or rule.dst_type or rule.states
        )
        self.always = not (self.extra or rule.proto or rule.dst or rule.src)


class Plan:
    """What is left of a chain for packets of one pair of devices.

    Most rules name devices, so little is left; a long run of rules for single destinations, as the engine
    makes one per container, is found by the address.
    """

    __slots__ = ("_hosts", "_rest", "empty")

    def __init__(self, steps: list[Step]) -> None:
        run = 0
        while run < len(steps) and steps[run].dst_host is not None:
            run += 1
        if run <= 4 and run < len(steps):
            run = 0
        self._hosts: dict[str, list[Step]] = {}
        for step in steps[:run]:
            assert step.dst_host is not None
            self._hosts.setdefault(step.dst_host, []).append(step)
        self._rest = steps[run:]
        self.empty = not steps

    def steps(self, dst: str) -> list[Step]:
        """The rules that may match a packet to an address, in order."""
        if self._hosts:
            found = self._hosts.get(dst)
            if found is not None:
                return found + self._rest
        return self._rest


class Context:
    """What rules look at beside the devices: the packet and what connection tracking says of it."""

    __slots__ = ("address_type", "packet", "state")

    def __init__(self, packet: IpPacket, state: str, address_type: Callable[[str], str]) -> None:
        self.packet = packet
        self.state = state
        self.address_type = address_type


def matches(step: Step, context: Context) -> bool:
    """Whether a rule applies to a packet, its devices being right."""
    rule = step.rule
    packet = context.packet
    if step.dst_host is not None:
        if packet.dst != step.dst_host:
            return False
    elif rule.dst is not None and ip.within(packet.dst, rule.dst) is rule.not_dst:
        return False
    if rule.src is not None and ip.within(packet.src, rule.src) is rule.not_src:
        return False
    if step.proto is not None and (packet.proto == step.proto) is rule.not_proto:
        return False
    return not step.extra or _extra(rule, context)


def _same_device(wanted: str, name: str) -> bool:
    return name.startswith(wanted[:-1]) if wanted[-1] == "+" else name == wanted


def _extra(rule: Rule, context: Context) -> bool:
    payload = context.packet.payload
    if rule.sport is not None or rule.dport is not None:
        if not isinstance(payload, Tcp | Udp):
            return False
        if rule.sport is not None and (rule.sport[0] <= payload.sport <= rule.sport[1]) is rule.not_sport:
            return False
        if rule.dport is not None and (rule.dport[0] <= payload.dport <= rule.dport[1]) is rule.not_dport:
            return False
    if rule.icmp_type is not None and not _icmp_type(rule.icmp_type, payload):
        return False
    if rule.states and (context.state in rule.states) is rule.not_states:
        return False
    if rule.dst_type is not None and (
        (context.address_type(context.packet.dst) == rule.dst_type) is rule.not_dst_type
    ):
        return False
    return rule.src_type is None or (
        (context.address_type(context.packet.src) == rule.src_type) is not rule.not_src_type
    )


def _icmp_type(wanted: str, payload: object) -> bool:
    if isinstance(payload, Echo):
        kinds = (
            ("8", "echo-request", "128", "ping") if payload.request else ("0", "echo-reply", "129", "pong")
        )
        return wanted in kinds
    return False


class Table:
    """A table such as "nat", with its chains in the order in which they were made."""

    def __init__(self, name: str, family: int, changed: Callable[[], None]) -> None:
        self.name = name
        self.family = family
        self._on_change = changed
        self.touched = False
        """Whether it was ever changed: from then on it exists, and iptables-save shows it."""
        self._plans: dict[tuple[str, str, str], Plan] = {}
        self.chains: dict[str, Chain] = {chain: Chain(chain, "ACCEPT") for chain in BUILTIN[name]}

    def _changed(self) -> None:
        self.touched = True
        self._plans.clear()
        self._on_change()

    @property
    def idle(self) -> bool:
        """Whether the table lets everything pass."""
        return all(chain.policy != "DROP" and not chain.rules for chain in self.chains.values())

    def chain(self, name: str) -> Chain:
        """A chain by name (ENOENT)."""
        try:
            return self.chains[name]
        except KeyError:
            raise KernelError("ENOENT", "No chain/target/match by that name.") from None

    def new_chain(self, name: str) -> Chain:
        """Make a chain (EEXIST)."""
        if name in self.chains:
            raise KernelError("EEXIST", "Chain already exists.")
        created = self.chains[name] = Chain(name, None)
        return created

    def delete_chain(self, name: str) -> None:
        """Remove a chain that is empty and not used (ENOENT, EBUSY, EINVAL for a built-in one)."""
        chain = self.chain(name)
        if chain.policy is not None:
            raise KernelError("EINVAL", f"{name} is built in")
        if chain.rules or any(rule.target == name for other in self.chains.values() for rule in other.rules):
            raise KernelError("EBUSY", f"chain {name} is in use")
        del self.chains[name]

    def flush(self, name: str | None = None) -> None:
        """Remove all rules (of one chain)."""
        for chain in self.chains.values() if name is None else [self.chain(name)]:
            chain.rules.clear()
        self._changed()

    def set_policy(self, name: str, policy: str) -> None:
        """Set what happens at the end of a built-in chain, "ACCEPT" or "DROP" (EINVAL)."""
        chain = self.chain(name)
        if chain.policy is None or policy not in ("ACCEPT", "DROP"):
            raise KernelError("EINVAL", f"policy {policy} for {name}")
        chain.policy = policy
        self._changed()

    def _rule(self, rule: Rule | str | Sequence[str]) -> Rule:
        made = rule if isinstance(rule, Rule) else Rule.parse(rule)
        known = made.target is None or made.target in VERDICTS or made.target in self.chains
        if not known or (made.target in BUILTIN[self.name]):
            raise KernelError("ENOENT", "No chain/target/match by that name.")
        return made

    def append(self, chain: str, rule: Rule | str | Sequence[str]) -> None:
        """Add a rule at the end (ENOENT, EINVAL)."""
        self._edit(self.chain(chain), len(self.chain(chain).rules), self._rule(rule))

    def insert(self, chain: str, rule: Rule | str | Sequence[str], number: int = 1) -> None:
        """Add a rule so that it has this number, from 1 (ENOENT, EINVAL, ERANGE)."""
        found = self.chain(chain)
        if not 1 <= number <= len(found.rules) + 1:
            raise KernelError("ERANGE", f"rule number {number}")
        self._edit(found, number - 1, self._rule(rule))

    def _edit(self, chain: Chain, index: int, rule: Rule) -> None:
        chain.rules.insert(index, rule)
        self._changed()

    def delete(self, chain: str, rule: Rule | str | Sequence[str] | int) -> None:
        """Remove a rule by its content or number (ENOENT)."""
        found = self.chain(chain)
        try:
            index = rule - 1 if isinstance(rule, int) else found.rules.index(self._rule(rule))
            if index < 0:
                raise IndexError
            del found.rules[index]
        except (ValueError, IndexError):
            raise KernelError("ENOENT", "Bad rule (does a matching rule exist in that chain?).") from None
        self._changed()

    def check(self, chain: str, rule: Rule | str | Sequence[str]) -> bool:
        """Whether a chain has a rule."""
        return self._rule(rule) in self.chain(chain).rules

    def replace(self, chain: str, number: int, rule: Rule | str | Sequence[str]) -> None:
        """Put a rule in the place of another (ENOENT, ERANGE)."""
        found = self.chain(chain)
        if not 1 <= number <= len(found.rules):
            raise KernelError("ERANGE", f"rule number {number}")
        found.rules[number - 1] = self._rule(rule)
        self._changed()

    def plan(self, chain: str, in_name: str, out_name: str) -> Plan:
        """What is left of a chain for packets in and out by two devices ("" for none)."""
        key = (chain, in_name, out_name)
        found = self._plans.get(key)
        if found is None:
            found = self._plans[key] = self._make_plan(chain, in_name, out_name, 0)
        return found

    def _make_plan(self, chain: str, in_name: str, out_name: str, depth: int) -> Plan:
        steps = []
        for rule in self.chains[chain].rules:
            if rule.in_dev is not None and _same_device(rule.in_dev, in_name) is rule.not_in:
                continue
            if rule.out_dev is not None and _same_device(rule.out_dev, out_name) is rule.not_out:
                continue
            target = rule.target
            if target is None or target == "LOG":
                continue
            jump = None
            if target not in VERDICTS:
                if depth >= MAX_JUMPS:
                    raise KernelError("ELOOP", f"chains loop at {chain}")
                jump = self._make_plan(target, in_name, out_name, depth + 1)
                if jump.empty and not rule.goto:
                    continue
            steps.append(Step(rule, jump))
        return Plan(steps)

    def walk(
        self,
        name: str,
        in_name: str,
        out_name: str,
        packet: IpPacket,
        state: str,
        address_type: Callable[[str], str],
    ) -> tuple[str, Rule | None]:
        """Send a packet through a built-in chain: the verdict, and the rule that gave it (None: the policy)."""
        steps = self.plan(name, in_name, out_name).steps(packet.dst)
        if steps:
            verdict, rule = _walk(steps, Context(packet, state, address_type))
            if verdict != "RETURN":
                return verdict, rule
        chain = self.chains[name]
        chain.packets += 1
        chain.bytes += packet.length
        return chain.policy or "ACCEPT", None

    # as text ---------------------------------------------------------------------------------------------

    def _ordered(self) -> tuple[list[Chain], list[Chain]]:
        builtin = [chain for chain in self.chains.values() if chain.policy is not None]
        made = sorted((chain for chain in self.chains.values() if chain.policy is None), key=lambda c: c.name)
        return builtin, made

    def spec_lines(self, only: str | None = None) -> list[str]:
        """The lines of ``iptables -S [CHAIN]``."""
        builtin, made = self._ordered()
        chains = [self.chain(only)] if only else builtin + made
        lines = [f"-P {c.name} {c.policy}" if c.policy else f"-N {c.name}" for c in chains]
        return lines + [f"-A {chain.name} {rule.text()}".rstrip() for chain in chains for rule in chain.rules]

    def save_lines(self) -> list[str]:
        """The table's part of ``iptables-save``, without the comments around it."""
        builtin, made = self._ordered()
        lines = [f"*{self.name}"]
        for chain in builtin + made:
            lines.append(f":{chain.name} {chain.policy or '-'} [{chain.packets}:{chain.bytes}]")
        for chain in builtin + made:
            lines += [f"-A {chain.name} {rule.text()}".rstrip() for rule in chain.rules]
        return [*lines, "COMMIT"]


def _walk(steps: list[Step], context: Context) -> tuple[str, Rule | None]:
    """The first verdict of some rules; "RETURN" where none decides."""
    for step in steps:
        if not step.always and not matches(step, context):
            continue
        rule = step.rule
        if step.jump is None:
            return rule.target or "RETURN", rule
        verdict, decided = _walk(step.jump.steps(context.packet.dst), context)
        if verdict != "RETURN" or rule.goto:
            return verdict, decided
    return "RETURN", None


class Netfilter:
    """The tables of one family; a table exists from its first use on."""

    def __init__(self, family: int) -> None:
        self.family = family
        self.changed: Callable[[], None] = _nothing
        self.tables: dict[str, Table] = {}

    def table(self, name: str) -> Table:
        """A table: "raw", "mangle", "nat" or "filter" (ENOENT)."""
        found = self.tables.get(name)
        if found is None:
            if name not in BUILTIN:
                raise KernelError("ENOENT", f"table `{name}'")
            found = self.tables[name] = Table(name, self.family, lambda: self.changed())
        return found

    @property
    def idle(self) -> bool:
        """Whether nothing here can change or stop a packet."""
        return all(table.idle for table in self.tables.values())


def _nothing() -> None:
    return None
