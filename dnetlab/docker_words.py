"""The docker CLI commands of the course, as docker-py calls: ``lab.docker("network create -d macvlan ...")``.

So that a learner types the command that they will type at work, on an engine that may have no CLI at all. What is
made this way carries the lab's labels and goes with the lab. Options as in docs.docker.com/reference/cli/docker/.
"""

from __future__ import annotations

import argparse
import json
import shlex
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Any, NoReturn

from docker.errors import APIError, DockerException

from dnetlab import execute, objects
from dnetlab.errors import DnetlabError
from dnetlab.execute import explanation
from dnetlab.plan import Attachment, Container, Network, Pool, Publish
from dnetlab.plan.export import IMAGE
from dnetlab.probe.results import Ran

if TYPE_CHECKING:
    import docker


class _Usage(Exception):
    pass


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise _Usage(message)


Handler = Callable[["docker.DockerClient", argparse.Namespace, dict[str, str]], str | Ran]


def run(client: docker.DockerClient, text: str | Sequence[str], labels: dict[str, str]) -> Ran:
    """Carry out one docker command; the result's output is what the CLI would print, its exit status too.

    A refusal of the engine is no exception: exit status 1 (125 for ``run``) and the engine's sentence. Raises
    DnetlabError where the command is none of the course's; the message lists those there are.
    """
    if not isinstance(text, str | list | tuple):
        raise DnetlabError(f"{text!r} is no command.", f"There are: {', '.join(COMMANDS)}.")
    try:
        words = shlex.split(text) if isinstance(text, str) else [str(word) for word in text]
    except ValueError as wrong:
        raise DnetlabError(
            f"`docker {text}` is no command.", f"{wrong}.", "A quotation mark opens and closes."
        ) from None
    words = words[1:] if words[:1] == ["sudo"] else words
    words = words[1:] if words[:1] == ["docker"] else words
    shown = shlex.join(["docker", *words])
    if words[:1] == ["container"]:
        words = ["ps" if words[1:2] == ["ls"] else word for word in words[1:2]] + words[2:]
    if isinstance(text, str) and (_JOINS & set(words) or any(word.endswith(";") for word in words[:2])):
        raise DnetlabError(f"`{text}` is more than one command.", "", "Write a lab.docker(...) for each.")
    parser = _parser()
    try:
        arguments = parser.parse_args(words)
        handler: Handler = arguments.handler
    except (_Usage, AttributeError) as wrong:
        raise _refused(parser, words, shown, str(wrong) if isinstance(wrong, _Usage) else "") from None
    try:
        done = handler(client, arguments, labels)
        output, status = (done, 0) if isinstance(done, str) else (done.output, done.exit_code)
    except APIError as error:
        output, status = f"Error response from daemon: {explanation(error)}", 125 if words[0] == "run" else 1
    except (DockerException, ValueError) as error:
        output, status = f"docker: {error}", 125
    return Ran(where="engine", command=shown, output=output, exit_code=status)


def _refused(parser: argparse.ArgumentParser, words: Sequence[str], shown: str, wrong: str) -> DnetlabError:
    """What is said of a command that is none of the course's, or has an option that is none."""
    names = [name.removesuffix(" -d") for name in COMMANDS]
    command = next((name for name in names if f"{' '.join(words)} ".startswith(f"{name} ")), "")
    what = f"`{shown}` is no command that can be carried out here."
    if not command:
        return DnetlabError(what, "", f"There are: {', '.join(COMMANDS)}.")
    for word in command.split():
        (below,) = (a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
        parser = below.choices[word]
    options = ", ".join(action.option_strings[0] for action in parser._actions if action.option_strings)
    there = f"Here it has {options or 'no options'}." if "nrecognized" in wrong else ""
    return DnetlabError(what, f"{wrong[:1].upper()}{wrong[1:]}." if wrong else "", there)


_JOINS = {";", "|", "||", "&", "&&"}
"""How a shell joins commands."""

COMMANDS = (
    "run -d",
    "rm",
    "start",
    "stop",
    "restart",
    "kill",
    "exec",
    "ps",
    "logs",
    "port",
    "inspect",
    "network create",
    "network rm",
    "network connect",
    "network disconnect",
    "network ls",
    "network inspect",
)


def _parser() -> _Parser:
    parser = _Parser(prog="docker", add_help=False)
    commands = parser.add_subparsers(required=True)

    def command(where: Any, name: str, handler: Handler, *aliases: str) -> _Parser:
        made: _Parser = where.add_parser(name, aliases=aliases, add_help=False)
        made.set_defaults(handler=handler)
        return made

    started = command(commands, "run", _run)
    started.add_argument("-d", "--detach", action="store_true")
    for flag in ("-i", "-t", "-it"):
        started.add_argument(flag, action="store_true")
    started.add_argument("--rm", action="store_true")
    started.add_argument("--name")
    started.add_argument("-h", "--hostname")
    started.add_argument("--network", "--net", action="append", default=[])
    started.add_argument("--ip")
    started.add_argument("--ip6")
    started.add_argument("--mac-address")
    started.add_argument("--network-alias", action="append", default=[])
    started.add_argument("-p", "--publish", action="append", default=[])
    started.add_argument("image")
    started.add_argument("command", nargs=argparse.REMAINDER)
    for name, handler in (
        ("start", _start), ("stop", _stop), ("restart", _restart), ("kill", _kill), ("logs", _logs), ("port", _port),
    ):  # fmt: skip
        command(commands, name, handler).add_argument("container", nargs="+")
    inside = command(commands, "exec", _exec)
    for flag in ("-i", "-t", "-it"):
        inside.add_argument(flag, action="store_true")
    inside.add_argument("--privileged", action="store_true")
    inside.add_argument("container")
    inside.add_argument("command", nargs=argparse.REMAINDER)
    removed = command(commands, "rm", _rm)
    removed.add_argument("-f", "--force", action="store_true")
    removed.add_argument("-v", "--volumes", action="store_true")
    removed.add_argument("container", nargs="+")
    listed = command(commands, "ps", _ps)
    listed.add_argument("-a", "--all", action="store_true")
    listed.add_argument("-q", "--quiet", action="store_true")
    inspected = command(commands, "inspect", _inspect)
    inspected.add_argument("container")
    networks = commands.add_parser("network", add_help=False).add_subparsers(required=True)
    created = command(networks, "create", _network_create)
    created.add_argument("-d", "--driver", default="bridge")
    for option in ("--subnet", "--gateway", "--ip-range", "--aux-address", "-o"):
        created.add_argument(
            option, *(["--opt"] if option == "-o" else []), action="append", default=[], dest=_dest(option)
        )
    created.add_argument("--internal", action="store_true")
    created.add_argument("--ipv6", action="store_true")
    created.add_argument("name")
    command(networks, "rm", _network_rm, "remove").add_argument("name", nargs="+")
    connected = command(networks, "connect", _network_connect)
    connected.add_argument("--ip")
    connected.add_argument("--ip6")
    connected.add_argument("--alias", action="append", default=[])
    connected.add_argument("name")
    connected.add_argument("container")
    disconnected = command(networks, "disconnect", _network_disconnect)
    disconnected.add_argument("-f", "--force", action="store_true")
    disconnected.add_argument("name")
    disconnected.add_argument("container")
    command(networks, "ls", _network_ls, "list")
    command(networks, "inspect", _network_inspect).add_argument("name")
    return parser


def _dest(option: str) -> str:
    return "options" if option == "-o" else option.lstrip("-").replace("-", "_")


def _four(text: str | None) -> IPv4Address | None:
    return IPv4Address(text) if text else None


def _six(text: str | None) -> IPv6Address | None:
    return IPv6Address(text) if text else None


def _published(text: str) -> Publish:
    parts = text.removesuffix("/tcp").split(":")
    if len(parts) < 2 or not all(part.isdigit() for part in parts[-2:]):
        raise ValueError(f"a port is published as HOSTPORT:PORT, not as {text!r}")
    return Publish(int(parts[-1]), int(parts[-2]), ":".join(parts[:-2]))


def _run(client: docker.DockerClient, given: argparse.Namespace, labels: dict[str, str]) -> str:
    if not given.detach:
        raise ValueError("here containers run in the background; add -d")
    name = given.name or ""
    first, *more = [_endpoint(text) for text in given.network or ["bridge"]]
    first = Attachment(
        first.network,
        _four(given.ip) or first.ipv4,
        _six(given.ip6) or first.ipv6,
        given.mac_address or first.mac,
        (*first.aliases, *given.network_alias),
    )
    port = int(given.command[1]) if given.command[:1] == ["web"] and len(given.command) > 1 else 80
    container = Container(name, (first, *more), tuple(map(_published, given.publish)), port)
    image = IMAGE if given.image in {"lab", IMAGE, IMAGE.split(":")[0]} else given.image
    command = given.command if given.command and given.command[0] != "web" else None
    said: list[str] = []
    made = objects.create_container(
        client, container, labels, image, command=command, hostname=given.hostname or "", warn=said.append
    )
    objects.start_container(client, made)
    return "\n".join([*(f"WARNING: {warning}" for warning in said), made])


def _endpoint(text: str) -> Attachment:
    """What ``--network`` names: a network, or the long form ``name=NETWORK,ip=ADDRESS,alias=NAME``."""
    if "=" not in text:
        return Attachment(text)
    given = [part.partition("=")[::2] for part in text.split(",")]
    known = {"name", "ip", "ip6", "mac-address", "alias"}
    if wrong := [key for key, _ in given if key not in known]:
        raise ValueError(f"--network knows {', '.join(sorted(known))}, not {wrong[0]!r}")
    one = dict(given)
    aliases = tuple(value for key, value in given if key == "alias")
    return Attachment(
        one.get("name", ""), _four(one.get("ip")), _six(one.get("ip6")), one.get("mac-address"), aliases
    )


def _each(given: argparse.Namespace, function: Callable[[str], object]) -> str:
    for name in given.container:
        function(name)
    return "\n".join(given.container)


def _start(client: docker.DockerClient, given: argparse.Namespace, labels: dict[str, str]) -> str:
    return _each(given, client.api.start)


def _stop(client: docker.DockerClient, given: argparse.Namespace, labels: dict[str, str]) -> str:
    return _each(given, client.api.stop)


def _restart(client: docker.DockerClient, given: argparse.Namespace, labels: dict[str, str]) -> str:
    return _each(given, client.api.restart)


def _kill(client: docker.DockerClient, given: argparse.Namespace, labels: dict[str, str]) -> str:
    return _each(given, client.api.kill)


def _exec(client: docker.DockerClient, given: argparse.Namespace, labels: dict[str, str]) -> Ran:
    if not given.command:
        raise ValueError("which command? docker exec CONTAINER COMMAND")
    client.api.inspect_container(given.container)  # a wrong name is the engine's to answer, in its own words
    return execute.run(
        client, given.container, given.command, where=given.container, privileged=given.privileged
    )


def _rm(client: docker.DockerClient, given: argparse.Namespace, labels: dict[str, str]) -> str:
    return _each(given, lambda name: client.api.remove_container(name, force=given.force, v=True))


def _logs(client: docker.DockerClient, given: argparse.Namespace, labels: dict[str, str]) -> str:
    return "".join(client.api.logs(name).decode(errors="replace") for name in given.container)


def _port(client: docker.DockerClient, given: argparse.Namespace, labels: dict[str, str]) -> str:
    lines = []
    for name in given.container:
        ports = client.api.inspect_container(name)["NetworkSettings"]["Ports"] or {}
        lines += [
            f"{port} -> {b['HostIp'] if ':' not in b['HostIp'] else '[' + b['HostIp'] + ']'}:{b['HostPort']}"
            for port, bindings in ports.items()
            for b in bindings or []
        ]
    return "\n".join(lines)


def _ps(client: docker.DockerClient, given: argparse.Namespace, labels: dict[str, str]) -> str:
    lines = [f"{'NAMES':24}{'IMAGE':18}{'STATUS':26}NETWORKS"]
    there = client.api.containers(all=given.all)
    if given.quiet:
        return "\n".join(found["Id"][:12] for found in there)
    for found in there:
        networks = ",".join(found.get("NetworkSettings", {}).get("Networks", {}))
        lines.append(f"{found['Names'][0][1:]:24}{found['Image']:18}{found['Status']:26}{networks}")
    return "\n".join(lines)


def _inspect(client: docker.DockerClient, given: argparse.Namespace, labels: dict[str, str]) -> str:
    return json.dumps([client.api.inspect_container(given.container)], indent=4)


def _network_create(client: docker.DockerClient, given: argparse.Namespace, labels: dict[str, str]) -> str:
    subnets = [ip_network(subnet) for subnet in given.subnet]

    def fitting(
        texts: Sequence[str], subnet: Any, parse: Callable[[str], Any], inside: Callable[[Any], Any]
    ) -> Any:
        return next((parse(t) for t in texts if inside(parse(t)) in subnet), None)

    aux = [tuple(text.split("=", 1)) for text in given.aux_address]
    pools = tuple(
        Pool(
            subnet,
            fitting(given.gateway, subnet, ip_address, lambda a: a),
            fitting(given.ip_range, subnet, ip_network, lambda n: n.network_address),
            tuple((name, ip_address(text)) for name, text in aux if ip_address(text) in subnet),
        )
        for subnet in subnets
    )
    used = sum(pool.gateway is not None for pool in pools) + sum(pool.ip_range is not None for pool in pools)
    if used < len(given.gateway) + len(given.ip_range):
        raise ValueError("no matching subnet for gateway or range")
    options = tuple(tuple(text.split("=", 1)) for text in given.options)
    if any(len(option) != 2 for option in options):
        raise ValueError("an option is given as -o NAME=VALUE")
    network = Network(
        given.name,
        given.driver,
        pools,
        internal=given.internal,
        ipv6=given.ipv6,
        options=options,
    )
    return objects.create_network(client, network, labels)


def _network_rm(client: docker.DockerClient, given: argparse.Namespace, labels: dict[str, str]) -> str:
    for name in given.name:
        client.api.remove_network(name)
    return "\n".join(given.name)


def _network_connect(client: docker.DockerClient, given: argparse.Namespace, labels: dict[str, str]) -> str:
    client.api.connect_container_to_network(
        given.container,
        given.name,
        ipv4_address=given.ip,
        ipv6_address=given.ip6,
        aliases=given.alias or None,
    )
    return ""


def _network_disconnect(
    client: docker.DockerClient, given: argparse.Namespace, labels: dict[str, str]
) -> str:
    client.api.disconnect_container_from_network(given.container, given.name, force=given.force)
    return ""


def _network_ls(client: docker.DockerClient, given: argparse.Namespace, labels: dict[str, str]) -> str:
    lines = [f"{'NETWORK ID':15}{'NAME':20}{'DRIVER':10}SCOPE"]
    lines += [f"{n['Id'][:12]:15}{n['Name']:20}{n['Driver']:10}{n['Scope']}" for n in client.api.networks()]
    return "\n".join(lines)


def _network_inspect(client: docker.DockerClient, given: argparse.Namespace, labels: dict[str, str]) -> str:
    return json.dumps([client.api.inspect_network(given.name)], indent=4)
