"""What claims show of the engine's own view: inspected networks and ports, how a container ended, what was refused.

Each result carries the docker command that a learner would type for it.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from docker.errors import APIError

from dnetlab import execute, objects
from dnetlab.plan import export
from dnetlab.probe.results import Ran

if TYPE_CHECKING:
    from dnetlab.lab import Lab


def network(lab: Lab, name: str) -> Ran:
    """What the engine says of a network: subnets, driver options, who is on it."""
    found = lab.client.api.inspect_network(name)
    lines = [f"driver: {found['Driver']}", f"options: {found.get('Options')}"]
    lines += [f"pool: {config}" for config in (found["IPAM"].get("Config") or [])]
    for entry in found.get("Containers", {}).values():
        lines.append(
            f"endpoint: {entry['Name']} {entry['IPv4Address']} MAC {entry['MacAddress'] or '(empty)'}"
        )
    return _said(f"docker network inspect {name}", "\n".join(lines))


def published(lab: Lab, container: str) -> Ran:
    """The ports that the engine published for a container; ``{}`` where there are none."""
    ports = lab.client.api.inspect_container(container)["NetworkSettings"]["Ports"]
    bound = {port: bindings for port, bindings in (ports or {}).items() if bindings}
    command = f"docker inspect -f '{{{{json .NetworkSettings.Ports}}}}' {container}"
    return _said(command, json.dumps(bound))


def ended(lab: Lab, container: str, within: float = 5.0) -> Ran:
    """How a container's process ended, and what it printed; waits ``within`` seconds for the end."""
    api = lab.client.api
    deadline = time.monotonic() + within
    while (state := api.inspect_container(container)["State"])["Status"] == "running":
        if time.monotonic() > deadline:
            break
        time.sleep(0.1)
    logs = api.logs(container).decode(errors="replace").strip()
    command = f"docker inspect -f '{{{{.State.Status}}}}' {container}; docker logs {container}"
    return _said(command, f"{state['Status']}, exit status {state['ExitCode']}\n{logs}")


def connected(lab: Lab, name: str, container: str) -> Ran:
    """Whether the engine connects a container to one more network; undone where it does."""
    api, command = lab.client.api, f"docker network connect {name} {container}"
    try:
        api.connect_container_to_network(container, name)
    except APIError as error:
        status = error.response.status_code if error.response is not None else 1
        return _said(command, execute.explanation(error), status)
    api.disconnect_container_from_network(container, name)
    return _said(command, "")


def discarded_port(lab: Lab, name: str) -> Ran:
    """What the engine warns of when a host-mode container with a published port is created (not started).

    docker-py refuses that combination itself, so the request is made as the docker CLI makes it.
    """
    config = {"NetworkMode": "host", "PortBindings": {"80/tcp": [{"HostPort": "8099"}]}}
    made = lab.client.api.create_container(
        export.IMAGE, ["web", "8099"], name=name, labels=lab.labels, host_config=config
    )
    objects.remove_container(lab.client, made["Id"])
    command = f"docker create --network host -p 8099:80 --name {name} {export.IMAGE}"
    return _said(command, "\n".join(made.get("Warnings") or []))


def _said(command: str, output: str, status: int = 0) -> Ran:
    return Ran(where="engine", command=command, output=output, exit_code=status)
