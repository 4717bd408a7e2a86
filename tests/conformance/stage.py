"""The stage on which scenarios play: one engine, a LAN if wanted, and a notebook of facts.

Everything that is asked of the engine goes through docker-py's session as plain HTTP requests, so that a scenario
can also ask what docker-py would refuse by itself.
"""

from __future__ import annotations

import calendar
import contextlib
import json
import re
import shlex
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import docker

from tests.conformance import fabric
from tests.conformance.normal import Names

IMAGE = "dnetlab/lab:1"

Facts = dict[str, dict[str, str]]
"""Scenario -> fact -> value."""

HOST = "host"
"""Name of the machine that the engine runs on, where commands are run."""

MARK = re.compile(r"\n@@ (\d+)\n")


class Stage:
    """One engine under observation."""

    def __init__(self, client: docker.DockerClient) -> None:
        self.client = client
        self.names = Names()
        self.facts: Facts = {}
        self._scenario = ""
        self._containers: list[str] = []
        self._networks: list[str] = []
        self._lan = ""
        self._captures = 0

    # --- facts ---------------------------------------------------------------------------------------------

    def scenario(self, name: str) -> None:
        """What follows belongs to this scenario."""
        self._scenario = name
        self.facts.setdefault(name, {})

    def fact(self, name: str, value: object) -> None:
        """Note a fact of the scenario at hand; a second one of the same name gets a number."""
        text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
        notes = self.facts[self._scenario]
        name, number = self.names.text(name), 1
        key = name
        while key in notes:
            number += 1
            key = f"{name} ({number})"
        notes[key] = self.names.text(text)

    def leaves(self, name: str, value: object, *, skip: Sequence[str] = ()) -> None:
        """Note every leaf of a JSON value as a fact, and the keys of its objects by that."""
        for path, leaf in _leaves(value, name):
            if not any(re.search(pattern, path) for pattern in skip):
                self.fact(path, leaf)

    # --- the API -------------------------------------------------------------------------------------------

    def request(self, method: str, path: str, body: object = None, **params: object) -> Any:
        """One request to the engine; the response of ``requests``."""
        api: Any = self.client.api
        options: dict[str, Any] = {"params": params, "timeout": 120}
        if isinstance(body, str | bytes):
            options |= {"data": body, "headers": {"Content-Type": "application/json"}}
        elif body is not None:
            options["json"] = body
        return api.request(method, f"{api.base_url}/v{api._version}{path}", **options)

    def ask(self, name: str, method: str, path: str, body: object = None, **params: object) -> bool:
        """Make a request and note status and message, or of a success what it says; True where it succeeded."""
        return self.answered(name, self.request(method, path, body, **params))

    def answered(self, name: str, answer: Any) -> bool:
        """Note an answer; True where it is a success."""
        self.fact(name, outcome(answer))
        return bool(answer.ok)

    def get(self, path: str, **params: object) -> Any:
        """The JSON answer of a GET request that must succeed."""
        answer = self.request("GET", path, **params)
        answer.raise_for_status()
        return answer.json()

    def network(
        self,
        name: str,
        driver: str = "bridge",
        *pools: Mapping[str, object],
        opts: Mapping[str, str] | None = None,
        **fields: object,
    ) -> bool:
        """Create a network; ``pools`` have the keys Subnet, IPRange, Gateway, AuxiliaryAddresses."""
        body: dict[str, object] = {"Name": name, "Driver": driver, "Options": dict(opts or {}), **fields}
        if pools:
            body["IPAM"] = {"Driver": "default", "Config": [dict(p) for p in pools]}
        answer = self.request("POST", "/networks/create", body)
        self.fact(f"network create {name!r} {driver}", outcome(answer))
        if answer.ok:
            made = answer.json()["Id"]
            self._networks.append(made)
            self.names.id(made, name)
        return bool(answer.ok)

    def create(self, name: str, body: object, **params: object) -> bool:
        """Create a container from a raw body; note the outcome."""
        answer = self.request("POST", "/containers/create", body, name=name, **params)
        self.fact(f"create {name}", outcome(answer))
        if answer.ok:
            made = answer.json()["Id"]
            self._containers.append(made)
            self.names.id(made, name)
        return bool(answer.ok)

    def start(self, name: str) -> bool:
        """Start a container; note the outcome, and learn whose its MACs are."""
        ok = self.ask(f"start {name}", "POST", f"/containers/{name}/start")
        self.learn(name)
        return ok

    def learn(self, name: str) -> None:
        """Whose the MACs of a container are."""
        answer = self.request("GET", f"/containers/{name}/json")
        if answer.ok:
            for network, endpoint in (answer.json()["NetworkSettings"]["Networks"] or {}).items():
                self.names.mac(endpoint["MacAddress"], f"{name}@{network}")

    def run(
        self,
        name: str,
        network: str = "bridge",
        endpoint: Mapping[str, object] | None = None,
        command: Sequence[str] = ("sleep", "infinity"),
        host: Mapping[str, object] | None = None,
        **config: object,
    ) -> bool:
        """Create and start a container; note both outcomes. True where it runs."""
        body = self.body(network, endpoint, command, host, **config)
        return self.create(name, body) and self.start(name)

    @staticmethod
    def body(
        network: str = "bridge",
        endpoint: Mapping[str, object] | None = None,
        command: Sequence[str] = ("sleep", "infinity"),
        host: Mapping[str, object] | None = None,
        **config: object,
    ) -> dict[str, object]:
        """The body of a create request, as the docker CLI would send it."""
        body: dict[str, object] = {
            "Image": IMAGE,
            "Cmd": list(command),
            "HostConfig": {"NetworkMode": network, **(host or {})},
            **config,
        }
        if endpoint is not None:
            body["NetworkingConfig"] = {"EndpointsConfig": {network: dict(endpoint)}}
        return body

    def remove(self, *names: str) -> None:
        """Remove containers and networks by name; note what did not go."""
        for name in names:
            answer = self.request("DELETE", f"/containers/{name}", force="1", v="1")
            if answer.status_code == 404:
                answer = self.request("DELETE", f"/networks/{name}")
            if not answer.ok and answer.status_code != 404:
                self.fact(f"remove {name}", outcome(answer))

    def address(self, name: str, network: str) -> str:
        """The IPv4 address of a container in a network, or "" where it has none."""
        answer = self.request("GET", f"/containers/{name}/json")
        networks = answer.json()["NetworkSettings"]["Networks"] if answer.ok else {}
        return str(networks.get(network, {}).get("IPAddress", ""))

    def inspect(self, name: str, *parts: str, skip: Sequence[str] = ()) -> None:
        """Note the leaves of a container's inspect answer, of the parts named (``NetworkSettings``)."""
        seen = self.get(f"/containers/{name}/json")
        for part in parts or seen:
            self.leaves(f"inspect {name} {part}", seen[part], skip=skip)

    def inspect_network(self, name: str) -> None:
        """Note the leaves of a network's inspect answer."""
        self.leaves(f"inspect network {name}", self.get(f"/networks/{name}"))

    # --- commands ------------------------------------------------------------------------------------------

    def lan(self) -> None:
        """Build the LAN: a switch, a router, PCs, and lan0 on the engine's host."""
        self._helper()
        self._exec(self._lan, ["sh", "-c", fabric.SCRIPT])
        seen = self._exec(self._lan, ["sh", "-c", fabric.LINKS])
        for machine, links in fabric.links(seen):
            for link in links:
                self.names.mac(link["address"], f"{machine}:{link['ifname']}")

    def _helper(self) -> None:
        if not self._lan:
            self._lan = "conformance-lan"
            body = self.body(
                "host",
                host={
                    "CapAdd": ["NET_ADMIN", "NET_RAW", "SYS_ADMIN"],
                    "SecurityOpt": ["seccomp=unconfined", "apparmor=unconfined"],
                },
            )
            answer = self.request("POST", "/containers/create", body, name=self._lan)
            answer.raise_for_status()
            self.request("POST", f"/containers/{self._lan}/start").raise_for_status()

    def x(self, where: str, *commands: str, named: bool = True) -> list[str]:
        """Run shell commands in one exec, on a LAN machine, the host or in a container; note output and status of each.

        ``named=False`` runs without noting. Gives the outputs.
        """
        script = "exec 2>&1\n" + "".join(f"{c}\nprintf '\\n@@ %s\\n' $?\n" for c in commands)
        text = self._exec(*self._place(where, ["sh", "-c", script]))
        pieces = MARK.split(text)
        outputs = []
        for number, command in enumerate(commands):
            output = pieces[2 * number] if 2 * number < len(pieces) else "(nothing)"
            status = pieces[2 * number + 1] if 2 * number + 1 < len(pieces) else "none"
            outputs.append(output)
            if named:
                self.fact(f"{where}$ {command}", output + (f"\n(rc={status})" if status != "0" else ""))
        return outputs

    def sorted(self, where: str, *commands: str) -> None:
        """Like :meth:`x`, for commands whose lines come in no order of their own."""
        for command, output in zip(commands, self.x(where, *commands, named=False), strict=True):
            lines = (self.names.text(line) for line in output.splitlines())
            self.fact(f"{where}$ {command} (sorted)", "\n".join(sorted(lines)))

    def out(self, where: str, command: str) -> str:
        """What a command prints; nothing is noted."""
        return self.x(where, command, named=False)[0]

    def argv(self, where: str, *argv: str, privileged: bool = False) -> None:
        """Run one program without a shell; note output and status."""
        container, argv_ = self._place(where, list(argv))
        made = self.request(
            "POST",
            f"/containers/{container}/exec",
            {"Cmd": argv_, "AttachStdout": True, "AttachStderr": True, "Privileged": privileged},
        )
        if not made.ok:
            self.fact(f"{where}$ {shlex.join(argv)}", outcome(made))
            return
        output = self.client.api.exec_start(made.json()["Id"]).decode(errors="replace")
        status = self.client.api.exec_inspect(made.json()["Id"])["ExitCode"]
        self.fact(f"{where}$ {shlex.join(argv)}", output + (f"\n(rc={status})" if status != 0 else ""))

    def background(self, where: str, command: str) -> None:
        """Start a shell command and leave it running."""
        container, argv = self._place(where, ["sh", "-c", command])
        made = self.client.api.exec_create(container, argv, stdout=False, stderr=False)
        self.client.api.exec_start(made["Id"], detach=True)

    def wait(self, seconds: float) -> None:
        """Let time pass, on the engine's clock."""
        self._helper()
        self._exec(self._lan, ["sleep", f"{seconds:g}"])

    def wait_for(self, where: str, command: str, tries: int = 40) -> None:
        """Let time pass until a command succeeds; nothing is noted."""
        test = f"i=0; while [ $i -lt {tries} ]; do {command} && break; i=$((i+1)); sleep 0.1; done"
        self._exec(*self._place(where, ["sh", "-c", test]))

    def _place(self, where: str, argv: list[str]) -> tuple[str, list[str]]:
        if where == HOST or where in fabric.MACHINES:
            self._helper()
            return self._lan, argv if where == HOST else ["ip", "netns", "exec", where, *argv]
        return where, argv

    def _exec(self, container: str, argv: list[str]) -> str:
        try:
            made = self.client.api.exec_create(container, ["timeout", "60", *argv])
            return str(self.client.api.exec_start(made["Id"]).decode(errors="replace"))
        except docker.errors.APIError as error:
            return f"no exec: {error.explanation}"

    @contextlib.contextmanager
    def capture(self, where: str, interface: str, only: str) -> Iterator[None]:
        """What tcpdump sees during the block, as one fact: the frames, without the times."""
        self._captures += 1
        file = f"/tmp/cap.{self._captures}"
        self.background(
            where, f"timeout 30 tcpdump -i {interface} -e -nn -l {shlex.quote(only)} >{file} 2>&1"
        )
        self.wait_for(where, f"grep -q listening {file} 2>/dev/null")
        yield
        text = self.out(where, f"sleep 0.5; pkill tcpdump; sleep 0.2; grep -E '^[0-9:.]+ ' {file}")
        self.fact(f"{where}# tcpdump -i {interface} {only}", text)

    # --- life ----------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def events(self, name: str, *, only: str = "") -> Iterator[None]:
        """The events during the block, as one fact: type, action, attributes."""
        since = self._now()
        yield
        until = self._now()
        lines = []
        api: Any = self.client.api
        for event in api.events(since=since, until=until, decode=True):
            if event["Action"].startswith("exec_") or (only and event["Type"] != only):
                continue
            attributes = sorted((event["Actor"].get("Attributes") or {}).items())
            lines.append(f"{event['Type']} {event['Action']} {event['Actor']['ID']} {json.dumps(attributes)}")
        self.fact(name, "\n".join(lines))

    def _now(self) -> str:
        # The engine's own clock, which is not ours.
        text = str(self.get("/info")["SystemTime"])
        whole, _, fraction = text.rstrip("Z").partition(".")
        seconds = calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S"))
        return f"{seconds}.{fraction.ljust(9, '0')[:9]}"

    def clean(self) -> None:
        """Remove what this stage made, in any state."""
        self.clean_containers()
        self.clean_networks()
        if self._lan:
            self.request("DELETE", f"/containers/{self._lan}", force="1", v="1")
            self._lan = ""

    def clean_containers(self) -> None:
        """Remove the containers of the scenarios, not the LAN."""
        while self._containers:
            self.request("DELETE", f"/containers/{self._containers.pop()}", force="1", v="1")

    def clean_networks(self) -> None:
        """Remove the networks of the scenarios."""
        while self._networks:
            self.request("DELETE", f"/networks/{self._networks.pop()}")


def outcome(answer: Any) -> str:
    """An answer in short: status, and the message of a refusal or the body of a success."""
    try:
        body = answer.json() if answer.content else ""
    except ValueError:
        body = answer.text
    if isinstance(body, dict) and not answer.ok:
        body = body.get("message", body)
    text = body if isinstance(body, str) else json.dumps(body, sort_keys=True)
    return f"{answer.status_code} {text}" if text else str(answer.status_code)


def _leaves(value: object, path: str) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}")
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for number, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{number}]")
    else:
        number = path.rsplit(".", 1)[-1] == "Pid" and isinstance(value, int) and value > 0
        yield path, "<pid>" if number else value
