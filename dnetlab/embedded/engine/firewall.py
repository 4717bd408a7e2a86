"""The firewall rules of bridge networks: which ones, where, in which order.

``iptables -S`` on the model's host prints what it prints on a real one (goldens
default-bridge/host-before.txt, default-bridge/publish.txt, user-bridge/two-containers.txt,
user-bridge/isolation.txt, user-bridge/ipv6.txt and the same of the witness 26.1.5). Engines up to 27 put a
network's rules into FORWARD; Engine 28 has chains of its own for them and drops in the raw table what is
routed to a container without a published port.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ..kernel import KernelError
from ..kernel import Rule as KernelRule
from .ipam.pool import Address, Network

if TYPE_CHECKING:
    from ..kernel import Namespace

Undo = Callable[[], None]

_FILTER_28: Final = (
    *("DOCKER", "DOCKER-BRIDGE", "DOCKER-CT", "DOCKER-FORWARD"),
    *("DOCKER-ISOLATION-STAGE-1", "DOCKER-ISOLATION-STAGE-2", "DOCKER-USER"),
)
_FILTER_26: Final = ("DOCKER", "DOCKER-ISOLATION-STAGE-1", "DOCKER-ISOLATION-STAGE-2", "DOCKER-USER")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule and its place: appended to its chain, or inserted at a number (1 is the top)."""

    table: str
    chain: str
    text: str
    at: int = 0


@dataclass(frozen=True, slots=True)
class BridgeRules:
    """What of a bridge network its rules depend on."""

    bridge: str
    subnet: Network
    icc: bool = True
    masquerade: bool = True
    internal: bool = False
    mode: str = "nat"
    snat: str = ""
    trusted: tuple[str, ...] = ()

    @property
    def routed(self) -> bool:
        """Gateway mode "routed": no address translation, published ports open to routed neighbours."""
        return self.mode == "routed"

    @property
    def unprotected(self) -> bool:
        """Gateway mode "nat-unprotected": every port open to routed neighbours."""
        return self.mode == "nat-unprotected"


class Firewall:
    """Writes rules into the host's tables and takes them out again."""

    def __init__(self, host: Namespace, generation: int) -> None:
        self._host = host
        self._generation = generation

    def start(self) -> None:
        """Makes the engine's chains; FORWARD's policy becomes DROP (moby: setup_ip_forwarding.go)."""
        self._chains(4)
        if self._generation >= 28:
            self._chains(6)
        self._host.netfilter(4).table("filter").set_policy("FORWARD", "DROP")

    def forward_drop6(self) -> None:
        """IPv6 forwarding was turned on for a network: its FORWARD policy becomes DROP too."""
        self._host.netfilter(6).table("filter").set_policy("FORWARD", "DROP")

    def network(self, rules: BridgeRules) -> Undo:
        """Adds a network's rules for one address family; gives what removes them."""
        family = rules.subnet.version
        if family == 6 and self._generation < 28:
            return lambda: None
        return self._apply(family, self.network_rules(rules))

    def network_rules(self, rules: BridgeRules) -> list[Rule]:
        """A network's rules in the order in which they are written."""
        if rules.internal:
            return self._internal(rules)
        return self._external_28(rules) if self._generation >= 28 else self._external_26(rules)

    def endpoint(self, rules: BridgeRules, address: Address) -> Undo:
        """Closes a container's address to those who reach it by routing (Engine 28, not in every gateway
        mode).
        """
        closed = self._generation >= 28 and not (rules.internal or rules.unprotected or rules.routed)
        if not closed:
            return lambda: None
        host = f"{address}/{address.max_prefixlen}"
        found = [Rule("raw", "PREROUTING", f"-d {host} -i {name} -j ACCEPT") for name in rules.trusted]
        found.append(Rule("raw", "PREROUTING", f"-d {host} ! -i {rules.bridge} -j DROP"))
        return self._apply(address.version, found)

    def port(self, rules: BridgeRules, binding: PortRule) -> Undo:
        """Opens and translates a published port."""
        family = binding.address.version
        if rules.internal or (family == 6 and self._generation < 28):
            return lambda: None
        return self._apply(family, self._port(rules, binding))

    def link(
        self, rules: BridgeRules, client: Address, server: Address, ports: Iterable[tuple[int, str]]
    ) -> Undo:
        """Lets two linked containers talk on the server's exposed ports, also where ICC is off."""
        found = []
        for port, proto in ports:
            for source, target, word in ((client, server, "dport"), (server, client, "sport")):
                pair = f"-s {source}/32 -d {target}/32 -i {rules.bridge} -o {rules.bridge}"
                found.append(
                    Rule("filter", "DOCKER", f"{pair} -p {proto} -m {proto} --{word} {port} -j ACCEPT")
                )
        return self._apply(client.version, found)

    def _chains(self, family: int) -> None:
        tables = self._host.netfilter(family)
        nat, filters = tables.table("nat"), tables.table("filter")
        nat.new_chain("DOCKER")
        nat.append("PREROUTING", "-m addrtype --dst-type LOCAL -j DOCKER")
        loopback = "127.0.0.0/8" if family == 4 else "::1/128"
        nat.append("OUTPUT", f"! -d {loopback} -m addrtype --dst-type LOCAL -j DOCKER")
        if self._generation >= 28:
            for chain in _FILTER_28:
                filters.new_chain(chain)
            filters.append("FORWARD", "-j DOCKER-USER")
            filters.append("FORWARD", "-j DOCKER-FORWARD")
            for chain in ("DOCKER-CT", "DOCKER-ISOLATION-STAGE-1", "DOCKER-BRIDGE"):
                filters.append("DOCKER-FORWARD", f"-j {chain}")
            return
        for chain in _FILTER_26:
            filters.new_chain(chain)
        filters.append("FORWARD", "-j DOCKER-USER")
        filters.append("FORWARD", "-j DOCKER-ISOLATION-STAGE-1")
        for chain in ("DOCKER-ISOLATION-STAGE-1", "DOCKER-ISOLATION-STAGE-2", "DOCKER-USER"):
            filters.append(chain, "-j RETURN")

    def _translation(self, rules: BridgeRules) -> list[Rule]:
        if not rules.masquerade:
            return []
        found = []
        if not rules.routed:
            target = f"SNAT --to-source {rules.snat}" if rules.snat else "MASQUERADE"
            text = f"-s {rules.subnet} ! -o {rules.bridge} -j {target}"
            found.append(Rule("nat", "POSTROUTING", text, at=1))
        # With the userland proxy, what comes from the bridge itself is not translated but taken by the proxy.
        found.append(Rule("nat", "DOCKER", f"-i {rules.bridge} -j RETURN", at=1))
        return found

    def _external_28(self, rules: BridgeRules) -> list[Rule]:
        name = rules.bridge
        found = self._translation(rules)
        if not rules.icc:
            found.append(Rule("filter", "DOCKER-FORWARD", f"-i {name} -o {name} -j DROP"))
        if rules.routed:
            icmp = "icmp" if rules.subnet.version == 4 else "ipv6-icmp"
            found.append(Rule("filter", "DOCKER", f"-o {name} -p {icmp} -j ACCEPT"))
        outgoing = f"-i {name}" if rules.icc else f"-i {name} ! -o {name}"
        found.append(Rule("filter", "DOCKER-FORWARD", f"{outgoing} -j ACCEPT"))
        verdict = "ACCEPT" if rules.unprotected else "DROP"
        found.append(Rule("filter", "DOCKER", f"! -i {name} -o {name} -j {verdict}"))
        answers = f"-o {name} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"
        found.append(Rule("filter", "DOCKER-CT", answers))
        found.append(Rule("filter", "DOCKER-BRIDGE", f"-o {name} -j DOCKER"))
        if rules.routed:
            found.append(Rule("filter", "DOCKER-ISOLATION-STAGE-1", f"-o {name} -j RETURN", at=1))
            related = f"-i {name} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"
            found.append(Rule("filter", "DOCKER-ISOLATION-STAGE-1", related, at=1))
        isolation = f"-i {name} ! -o {name} -j DOCKER-ISOLATION-STAGE-2"
        found.append(Rule("filter", "DOCKER-ISOLATION-STAGE-1", isolation))
        found.append(Rule("filter", "DOCKER-ISOLATION-STAGE-2", f"-o {name} -j DROP", at=1))
        return found

    def _external_26(self, rules: BridgeRules) -> list[Rule]:
        name = rules.bridge
        found = self._translation(rules)
        # Inserted below the jumps to DOCKER-USER and to the isolation chain, last one first.
        if rules.icc:
            found.append(Rule("filter", "FORWARD", f"-i {name} -o {name} -j ACCEPT", at=3))
        found.append(Rule("filter", "FORWARD", f"-i {name} ! -o {name} -j ACCEPT", at=3))
        found.append(Rule("filter", "FORWARD", f"-o {name} -j DOCKER", at=3))
        answers = f"-o {name} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"
        found.append(Rule("filter", "FORWARD", answers, at=3))
        if not rules.icc:
            found.append(Rule("filter", "FORWARD", f"-i {name} -o {name} -j DROP"))
        isolation = f"-i {name} ! -o {name} -j DOCKER-ISOLATION-STAGE-2"
        found.append(Rule("filter", "DOCKER-ISOLATION-STAGE-1", isolation, at=1))
        found.append(Rule("filter", "DOCKER-ISOLATION-STAGE-2", f"-o {name} -j DROP", at=1))
        return found

    def _internal(self, rules: BridgeRules) -> list[Rule]:
        name, subnet = rules.bridge, rules.subnet
        inward, outward = (f"-i {name}", f"-o {name}")
        if subnet.version == 6:
            inward, outward = (f"-i {name} ! -o {name}", f"! -i {name} -o {name}")
        chain = "DOCKER-ISOLATION-STAGE-1"
        found = [
            Rule("filter", chain, f"! -d {subnet} {inward} -j DROP", at=1),
            Rule("filter", chain, f"! -s {subnet} {outward} -j DROP", at=1),
        ]
        verdict = "ACCEPT" if rules.icc else "DROP"
        place = Rule("filter", "FORWARD", f"-i {name} -o {name} -j {verdict}", at=3 if rules.icc else 0)
        if self._generation >= 28:
            place = Rule("filter", "DOCKER-FORWARD", f"-i {name} -o {name} -j {verdict}")
        return [*found, place]

    def _port(self, rules: BridgeRules, binding: PortRule) -> list[Rule]:
        found = []
        name, proto = rules.bridge, binding.proto
        target = f"{binding.address}/{binding.address.max_prefixlen}"
        guarded = self._generation >= 28 and binding.host.is_loopback and binding.host.version == 4
        if guarded and binding.host_port:
            local = f"-d {binding.host}/32 ! -i lo -p {proto} -m {proto} --dport {binding.host_port} -j DROP"
            found.append(Rule("raw", "PREROUTING", local))
        if binding.host.version != binding.address.version:
            # From host IPv6 to container IPv4 only the userland proxy leads.
            return found
        if binding.host_port:
            where = "" if binding.host.is_unspecified else f"-d {binding.host}/{binding.host.max_prefixlen} "
            source = "! -s fe80::/10 " if binding.host.version == 6 else ""
            goal = f"[{binding.address}]" if binding.address.version == 6 else f"{binding.address}"
            match = f"{source}{where}! -i {name} -p {proto} -m {proto} --dport {binding.host_port}"
            found.append(Rule("nat", "DOCKER", f"{match} -j DNAT --to-destination {goal}:{binding.port}"))
            if self._generation < 28:
                own = f"-s {target} -d {target} -p {proto} -m {proto} --dport {binding.port} -j MASQUERADE"
                found.append(Rule("nat", "POSTROUTING", own))
        if not rules.unprotected:
            match = f"-d {target} ! -i {name} -o {name} -p {proto} -m {proto} --dport {binding.port}"
            inserted = 1 if self._generation >= 28 else 0
            found.append(Rule("filter", "DOCKER", f"{match} -j ACCEPT", at=inserted))
        return found

    def _apply(self, family: int, rules: list[Rule]) -> Undo:
        tables = self._host.netfilter(family)
        written = [(rule, KernelRule.parse(rule.text.split())) for rule in rules]
        for rule, made in written:
            table = tables.table(rule.table)
            if rule.at:
                table.insert(rule.chain, made, min(rule.at, len(table.chains[rule.chain].rules) + 1))
            else:
                table.append(rule.chain, made)

        def undo() -> None:
            for rule, made in reversed(written):
                # A learner may have flushed the tables; what is gone need not be removed.
                with suppress(KernelError):
                    tables.table(rule.table).delete(rule.chain, made)

        return undo


@dataclass(frozen=True, slots=True)
class PortRule:
    """A published port as the rules see it. ``host_port`` is 0 where nothing is translated (mode
    "routed").
    """

    proto: str
    host: Address
    host_port: int
    address: Address
    port: int
