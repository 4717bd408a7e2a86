"""Health checks: what is refused, and what a container's health is after how many checks."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.conformance.stage import Stage
from tests.conformance.suite import group

SECOND = 1_000_000_000


def _check(*test: str, **fields: int) -> dict[str, Any]:
    return {"Test": list(test), "Interval": SECOND, **fields}


def _health(s: Stage, name: str, title: str) -> None:
    """Status, the first result that is kept, and the STATUS of ``docker ps`` without its times."""
    found = s.get(f"/containers/{name}/json")["State"]
    s.fact(f"{title}: state", found["Status"])
    health = found.get("Health")
    s.fact(f"{title}: health", health and health["Status"])
    for result in (health or {}).get("Log", [])[:1]:
        s.fact(f"{title}: first result", [result["ExitCode"], result["Output"]])
    wanted = json.dumps({"name": [f"^{name}$"]})
    (listed,) = s.get("/containers/json", all="1", filters=wanted)
    s.fact(f"{title}: STATUS", re.sub(r"(?<=Up ).*?(?= \(|$)|(?<=\) ).*(?= ago)", "T", listed["Status"]))


@group("health-checks", order=87)
def checks(s: Stage) -> None:
    s.scenario("refused")
    for field in ("Interval", "Timeout", "StartPeriod", "StartInterval", "Retries"):
        for value in (1, -1):
            s.create("h0", s.body(Healthcheck={"Test": ["CMD", "true"], field: value}))
            s.remove("h0")

    s.scenario("none")
    for number, test in enumerate((["NONE"], ["FOO", "true"], [])):
        s.run(f"n{number}", Healthcheck={"Test": test})
        _health(s, f"n{number}", str(test))

    s.scenario("well")
    s.run(
        "well",
        Healthcheck=_check(
            "CMD-SHELL", "echo fine; hostname >/dev/null", StartPeriod=60 * SECOND, StartInterval=60 * SECOND
        ),
    )
    _health(s, "well", "at once")
    s.run("quick", Healthcheck=_check("CMD", "echo", "hello", "there"))
    s.wait(4)
    _health(s, "quick", "after a check")
    for value in ("healthy", "starting", "unhealthy", "none", "nonsense"):
        answer = s.request("GET", "/containers/json", filters=json.dumps({"health": [value]}))
        names = sorted(c["Names"][0] for c in answer.json()) if answer.ok else answer.json()["message"]
        s.fact(f"ps --filter health={value}", names)
    s.ask("pause", "POST", "/containers/quick/pause")
    _health(s, "quick", "paused")
    s.ask("unpause", "POST", "/containers/quick/unpause")
    s.wait(3)
    _health(s, "quick", "unpaused")
    s.ask("stop", "POST", "/containers/quick/stop", t="0")
    _health(s, "quick", "stopped")
    s.start("quick")
    s.fact("started again", s.get("/containers/quick/json")["State"]["Health"]["Status"])

    s.scenario("ill")
    s.run("ill", Healthcheck=_check("CMD-SHELL", "echo bad; exit 3", Retries=2))
    s.run(
        "spared", Healthcheck=_check("CMD", "false", Retries=1, StartPeriod=60 * SECOND, StartInterval=SECOND)
    )
    s.run("slow", Healthcheck=_check("CMD-SHELL", "echo begun; sleep 30", Retries=1, Timeout=SECOND))
    s.run("missing", Healthcheck=_check("CMD", "nosuchprogram", Retries=1))
    s.wait(8)
    for name in ("ill", "spared", "slow", "missing"):
        _health(s, name, name)
