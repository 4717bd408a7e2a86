"""What the real engine answered, kept in a file."""

from __future__ import annotations

import json
from pathlib import Path

import docker

from tests.conformance.stage import Facts

FILE = Path(__file__).parent / "facts-28.5.json"


def load() -> Facts:
    """The recorded facts; nothing where there is no recording yet."""
    if not FILE.exists():
        return {}
    facts: Facts = json.loads(FILE.read_text(encoding="utf-8"))["facts"]
    return facts


def save(facts: Facts, client: docker.DockerClient) -> None:
    """Keep facts, a scenario a line, with the engine that they come from."""
    version = client.version()
    source = {key: version[key] for key in ("Version", "ApiVersion", "KernelVersion")}
    rows = ",\n".join(
        f"{json.dumps(name)}: {json.dumps(values, ensure_ascii=False)}"
        for name, values in sorted(facts.items())
    )
    FILE.write_text(
        f'{{"engine": {json.dumps(source)},\n"facts": {{\n{rows}\n}}}}\n',
        encoding="utf-8",
    )
