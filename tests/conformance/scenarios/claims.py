"""Every claim of every type, tried through ``dnetlab.Lab`` as a lesson does: expectations, evidence, outputs."""

from __future__ import annotations

import json
import re
from dataclasses import replace

from dnetlab import Lab, types
from dnetlab.engine import Engine
from dnetlab.labels import LAB
from tests.conformance import fabric
from tests.conformance.stage import Stage
from tests.conformance.suite import group

UNORDERED = re.compile(r"\b(ip neigh|fdb show|arping|network inspect)\b")
"""Commands whose lines come in the order of a hash table, of random ids or of a race."""


def _engine(stage: Stage) -> Engine:
    # One call at a time: containers that start at once get their addresses in the order of a race.
    version = stage.client.version()
    kind = "embedded" if "dnetlab" in version["Platform"]["Name"] else "docker"
    return Engine(stage.client, kind, "", version["Version"], version["ApiVersion"], "", 1)  # type: ignore[arg-type]


def try_claims(stage: Stage, name: str) -> None:
    """Build the type's lab with its defaults and try its claims."""
    stage.scenario("build")
    with Lab(name, engine=replace(_engine(stage))) as lab:
        stage.names.word(lab.id, "<lab>")
        lab.build()
        _learn(stage, lab)
        for claim in types.get(name).claims:
            stage.scenario(claim.id)
            (verdict,) = lab.claims(claim.id)
            stage.fact("holds", verdict.holds)
            stage.fact("error", verdict.error)
            for seen in verdict.seen:
                stage.fact(f"expected: {seen.what}", seen.holds)
                for ran in seen.evidence:
                    text = ran.output
                    if UNORDERED.search(ran.command):
                        lines = sorted(filter(None, map(stage.names.text, text.splitlines())))
                        # Whom the host has talked to last is chance; who did not answer it, is not.
                        chance = "RESOLVED" if (ran.where, ran.command) == ("host", "ip neigh") else None
                        text = "\n".join(line for line in lines if not (chance and chance in line))
                    stage.fact(f"{ran.where}$ {ran.command}", f"{text}\n(rc={ran.exit_code})")


def _learn(stage: Stage, lab: Lab) -> None:
    for row in stage.get("/containers/json", filters=json.dumps({"label": [f"{LAB}={lab.id}"]})):
        name = row["Names"][0].lstrip("/")
        stage.names.id(row["Id"], name)
        stage.learn(name)
    machines = ["host"] + [
        m.name for m in lab.plan.topology.machines if m.role in ("switch", "router", "pc", "internet")
    ]
    script = "".join(
        f"echo '@{m}'; ip {'' if m == 'host' else f'-n {m} '}-j link; echo\n" for m in dict.fromkeys(machines)
    )
    for machine, links in fabric.links(lab.lan.shell(script).output):
        for link in links:
            stage.names.mac(link["address"], f"{machine}:{link['ifname']}")


def _register(name: str) -> None:
    @group(f"claims-{name}", order=90)
    def _(stage: Stage) -> None:
        try_claims(stage, name)


for _type in types.all_types():
    _register(_type.name)
