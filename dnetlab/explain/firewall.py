"""Tellers of packets that a firewall rule stopped: whose rule it is, and how it is taken away."""

from __future__ import annotations

import re

from dnetlab.embedded.kernel import Namespace
from dnetlab.explain.case import Case, Told
from dnetlab.explain.routes import bridge_of
from dnetlab.explain.scene import Scene

_JOIN = "connect one of the containers to the other's network too: docker network connect NETWORK CONTAINER."

_DIED = re.compile(r"\((\w+) ([\w-]+): (.*)\)$")


def stopped(case: Case) -> Told:
    """A rule, or a chain's policy, drops or rejects it."""
    namespace, _ = case.place
    found = _DIED.search(case.verdict.text)
    if found is None:
        return f"{case.back}a firewall rule of {case.machine} drops it.", _look(case.machine)
    table, hook, rule = found.groups()
    if rule.startswith("policy"):
        return _policy(case, table, hook)
    chain = _chain(namespace, table, hook, rule)
    verb = "rejects" if "REJECT" in rule else "drops"
    told = f"{case.back}a firewall rule of {case.machine} {verb} it ({table} {chain}: {rule})."
    if table == "raw" and re.search(r"^-d \S+ ! -i \S+ -j DROP$", rule):
        return (
            told + " Docker lets nobody but the bridge itself send to a container's address.",
            [_JOIN]
            if case.sender in case.scene.containers
            else ["publish a port of the container (-p HOST:CONTAINER) and use the host's address."],
        )
    if "ISOLATION" in chain:
        return (
            told + " Docker keeps its bridge networks apart.",
            [_JOIN],
        )
    if re.search(r"^-i (\S+) -o \1 -j DROP$", rule):
        return (
            told + " Docker made that rule, because the network was created with enable_icc=false.",
            ["create the network without -o com.docker.network.bridge.enable_icc=false."],
        )
    if re.search(r"^! -[sd] \S+ -[io] \S+ -j DROP$", rule):
        return (
            told
            + " Docker made that rule for an internal network (--internal): nothing leaves it or comes in.",
            [_JOIN],
        )
    if chain.startswith("DOCKER") and chain != "DOCKER-USER":
        return (
            told + " Docker made that rule: it lets in what a container asked for, and published ports.",
            ["publish a port of the container (-p HOST:CONTAINER) and use the host's address."],
        )
    return told, [case.scene.on(case.machine, f"iptables -t {table} -D {chain} {rule}")]


def _chain(namespace: Namespace, table: str, hook: str, rule: str) -> str:
    """The chain that a rule stands in: the packet came into it from a built-in one."""
    chains = namespace.netfilter(4).table(table).chains.values()
    holders = [c.name for c in chains if any(r.text() == rule for r in c.rules)]
    return hook if hook in holders or not holders else holders[0]


def _policy(case: Case, table: str, hook: str) -> Told:
    """The end of a built-in chain."""
    scene, machine = case.scene, case.machine
    told = f"{case.back}{machine} lets nothing through that no firewall rule allows ({table} {hook}: policy DROP)."
    if machine != "host" or hook != "FORWARD":
        return told, [scene.on(machine, f"iptables -t {table} -P {hook} ACCEPT")]
    told += " Docker set that policy: the host passes on what its own containers send and get, nothing else."
    if bridge_of(scene, case.towards) is not None:
        return told, ["publish a port of the container (-p HOST:CONTAINER) and use the host's address."]
    helps = []
    gateway = scene.gateway(case.sender)
    sender = scene.namespace(case.sender)
    result = sender.stack.routing.lookup(case.towards)
    if gateway is not None and result is not None and result.via not in (None, gateway):
        helps.append(scene.on(case.sender, f"ip route replace default via {gateway}"))
    return (
        told,
        [*helps, scene.on("host", f"iptables -I DOCKER-USER -s {case.asker} -j ACCEPT; "
                                  f"iptables -I DOCKER-USER -d {case.asker} -j ACCEPT")],
    )  # fmt: skip


def own_output(scene: Scene, machine: str) -> Told:
    """A machine's own firewall stops what it sends."""
    chain = scene.namespace(machine).netfilter(4).table("filter").chain("OUTPUT")
    stops = [rule.text() for rule in chain.rules if rule.target in ("DROP", "REJECT")]
    told = f"a firewall rule of {machine} itself stops what it sends (filter OUTPUT"
    if len(stops) == 1:
        return f"{told}: {stops[0]}).", [scene.on(machine, f"iptables -D OUTPUT {stops[0]}")]
    return f"{told}).", _look(machine)


def _look(machine: str) -> list[str]:
    return [f"look at the rules: iptables-save (on {machine})."]
