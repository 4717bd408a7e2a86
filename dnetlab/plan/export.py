"""A plan in other words: docker CLI commands, a compose file, docker-py code. Equal to what the lab builds."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable

from dnetlab.plan.model import Attachment, Container, Network, Plan, Pool

IMAGE = "dnetlab/lab:1"
"""The lab image; see ``dnetlab image build``."""


def web_command(container: Container) -> list[str]:
    """The main process of a lab container: a web server that answers with the container's name."""
    return ["web", str(container.port)]


def network_create(network: Network) -> list[str]:
    """``docker network create ...`` as a list of words."""
    words = ["docker", "network", "create", "-d", network.driver]
    for pool in network.pools:
        words += ["--subnet", str(pool.subnet)]
        if pool.ip_range:
            words += ["--ip-range", str(pool.ip_range)]
        if pool.gateway:
            words += ["--gateway", str(pool.gateway)]
        for name, address in pool.reserved:
            words += ["--aux-address", f"{name}={address}"]
    if network.ipv6:
        words.append("--ipv6")
    if network.internal:
        words.append("--internal")
    for key, value in network.driver_options.items():
        words += ["-o", f"{key}={value}"]
    return [*words, network.name]


def container_run(container: Container, networks: Iterable[Network], image: str = IMAGE) -> list[str]:
    """``docker run -d ...`` as a list of words."""
    builtin = {n.name for n in networks if n.builtin}
    words = ["docker", "run", "-d", "--name", container.name, "--hostname", container.name]
    for attachment in container.attachments[:1]:
        if not (attachment.network in builtin and attachment.network == "bridge"):
            words += ["--network", attachment.network]
        words += _endpoint(attachment)
    for publish in container.published:
        host = f"{publish.host_ip}:" if publish.host_ip else ""
        words += ["-p", f"{host}{publish.host_port}:{publish.port}"]
    return [*words, image, *web_command(container)]


def _endpoint(attachment: Attachment) -> list[str]:
    words = []
    if attachment.ipv4:
        words += ["--ip", str(attachment.ipv4)]
    if attachment.ipv6:
        words += ["--ip6", str(attachment.ipv6)]
    if attachment.mac:
        words += ["--mac-address", attachment.mac]
    for alias in attachment.aliases:
        words += ["--network-alias", alias]
    return words


def cli(plan: Plan) -> str:
    """Shell commands that make the plan's networks and containers, in order."""
    lines = [shlex.join(network_create(n)) for n in plan.networks if not n.builtin]
    for container in plan.containers:
        lines.append(shlex.join(container_run(container, plan.networks)))
        for attachment in container.attachments[1:]:
            words = [
                "docker",
                "network",
                "connect",
                *_endpoint(attachment),
                attachment.network,
                container.name,
            ]
            lines.append(shlex.join(words))
    return "\n".join(lines) + "\n"


def cli_remove(plan: Plan) -> str:
    """Shell commands that remove them again."""
    lines = [shlex.join(["docker", "rm", "-f", *(c.name for c in plan.containers)])]
    lines += [shlex.join(["docker", "network", "rm", n.name]) for n in plan.networks if not n.builtin]
    return "\n".join(lines) + "\n"


def compose(plan: Plan, image: str = IMAGE) -> str:
    """A compose file (YAML) with the same networks and containers.

    Built-in networks are given by ``network_mode``; compose cannot attach a service to them otherwise.
    """
    builtin = {n.name for n in plan.networks if n.builtin}
    lines = ["services:"]
    for container in plan.containers:
        lines += [
            f"  {container.name}:",
            f"    container_name: {container.name}",
            f"    hostname: {container.name}",
        ]
        lines += [f"    image: {image}", f"    command: {json.dumps(web_command(container))}"]
        if container.published:
            lines.append("    ports:")
            for p in container.published:
                lines.append(f'      - "{p.host_ip + ":" if p.host_ip else ""}{p.host_port}:{p.port}"')
        if container.attachments and container.attachments[0].network in builtin:
            lines.append(f"    network_mode: {container.attachments[0].network}")
            continue
        lines.append("    networks:")
        for attachment in container.attachments:
            details = [f"        ipv4_address: {attachment.ipv4}"] if attachment.ipv4 else []
            details += [f"        ipv6_address: {attachment.ipv6}"] if attachment.ipv6 else []
            details += [f"        mac_address: {attachment.mac}"] if attachment.mac else []
            details += (
                [f"        aliases: {json.dumps(list(attachment.aliases))}"] if attachment.aliases else []
            )
            lines += [f"      {attachment.network}:{'' if details else ' {}'}", *details]
    custom = [n for n in plan.networks if not n.builtin]
    if custom:
        lines.append("networks:")
    for network in custom:
        lines += [f"  {network.name}:", f"    name: {network.name}", f"    driver: {network.driver}"]
        if network.ipv6:
            lines.append("    enable_ipv6: true")
        if network.internal:
            lines.append("    internal: true")
        if network.driver_options:
            lines.append("    driver_opts:")
            lines += [f"      {key}: {json.dumps(value)}" for key, value in network.driver_options.items()]
        if network.pools:
            lines += ["    ipam:", "      config:"]
        for pool in network.pools:
            lines.append(f"        - subnet: {pool.subnet}")
            if pool.ip_range:
                lines.append(f"          ip_range: {pool.ip_range}")
            if pool.gateway:
                lines.append(f"          gateway: {pool.gateway}")
            if pool.reserved:
                lines.append("          aux_addresses:")
                lines += [f"            {name}: {address}" for name, address in pool.reserved]
    return "\n".join(lines) + "\n"


def docker_py(plan: Plan, image: str = IMAGE) -> str:
    """Python code for docker-py that makes the same."""
    lines = ["import docker", "from docker.types import EndpointConfig, IPAMConfig, IPAMPool", ""]
    lines += ["client = docker.from_env()", "version = client.api._version"]
    for network in plan.networks:
        if network.builtin:
            continue
        arguments = [f"{network.name!r}", f"driver={network.driver!r}"]
        if network.driver_options:
            arguments.append(f"options={network.driver_options!r}")
        if network.pools:
            pools = ", ".join(_pool_code(p) for p in network.pools)
            arguments.append(f"ipam=IPAMConfig(pool_configs=[{pools}])")
        if network.internal:
            arguments.append("internal=True")
        if network.ipv6:
            arguments.append("enable_ipv6=True")
        lines += ["client.networks.create(", *(f"    {a}," for a in arguments), ")"]
    for container in plan.containers:
        arguments = [f"{image!r}", f"{web_command(container)!r}", "detach=True"]
        arguments += [f"name={container.name!r}", f"hostname={container.name!r}"]
        first = container.attachments[0] if container.attachments else None
        if first and first.network != "bridge":
            arguments.append(f"network={first.network!r}")
            keywords = _endpoint_keywords(first)
            if keywords:
                code = f"EndpointConfig(version, {keywords})"
                arguments.append(f"networking_config={{{first.network!r}: {code}}}")
        if container.published:
            ports = {
                f"{p.port}/tcp": (p.host_ip, p.host_port) if p.host_ip else p.host_port
                for p in container.published
            }
            arguments.append(f"ports={ports!r}")
        lines += ["client.containers.run(", *(f"    {a}," for a in arguments), ")"]
        for attachment in container.attachments[1:]:
            keywords = _endpoint_keywords(attachment)
            extra = f", {keywords}" if keywords else ""
            lines.append(f"client.networks.get({attachment.network!r}).connect({container.name!r}{extra})")
    if "EndpointConfig(" not in "\n".join(lines):
        lines = [line for line in lines if line != "version = client.api._version"]
    return "\n".join(lines) + "\n"


def _pool_code(pool: Pool) -> str:
    parts = [f"subnet='{pool.subnet}'"]
    if pool.ip_range:
        parts.append(f"iprange='{pool.ip_range}'")
    if pool.gateway:
        parts.append(f"gateway='{pool.gateway}'")
    if pool.reserved:
        parts.append(f"aux_addresses={ {name: str(address) for name, address in pool.reserved}!r}")
    return f"IPAMPool({', '.join(parts)})"


def _endpoint_keywords(attachment: Attachment) -> str:
    parts = []
    if attachment.ipv4:
        parts.append(f"ipv4_address='{attachment.ipv4}'")
    if attachment.ipv6:
        parts.append(f"ipv6_address='{attachment.ipv6}'")
    if attachment.mac:
        parts.append(f"mac_address='{attachment.mac}'")
    if attachment.aliases:
        parts.append(f"aliases={list(attachment.aliases)!r}")
    return ", ".join(parts)
