"""What can be run here: which engine, which link kinds its kernel really makes, the image, what is left over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from docker.errors import APIError, DockerException

from dnetlab import cleanup, execute, image, labels, objects, types
from dnetlab.engine import Engine
from dnetlab.errors import DnetlabError

if TYPE_CHECKING:
    import docker

TRIALS: dict[str, str] = {
    "namespaces": "ip netns add t0",
    "veth": "ip link add t0 type veth peer name t1",
    "bridge": "ip link add t0 type bridge vlan_filtering 1",
    "macvlan": "ip link add t0 link base type macvlan mode bridge",
    "ipvlan": "ip link add t0 link base type ipvlan mode l2",
    "vlan": "ip link add t0 link base type vlan id 4000",
    "nat": "iptables -t nat -A POSTROUTING -o base -j MASQUERADE",
}
"""How each thing that a lab needs is tried, on the veth pair ``base`` of a container without a network."""

LAN_NEEDS = ("namespaces", "veth", "bridge", "nat")
"""What every type needs: its LAN is made of these."""

WORDS = {
    "namespaces": "network namespaces",
    "veth": "veth pairs",
    "bridge": "bridges with VLAN filtering",
    "macvlan": "macvlan devices",
    "ipvlan": "ipvlan devices",
    "vlan": "VLAN sub-interfaces",
    "nat": "NAT rules",
}
"""The trials in words."""

MODULES = {"vlan": "8021q", "nat": "iptable_nat or nf_tables"}
"""The kernel module of a trial, where its name is another."""

Mark = Literal["ok", "note", "problem"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report: good, worth knowing, or a problem with what to do about it."""

    mark: Mark
    text: str
    cure: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What was found. ``types`` says for each type what keeps it from running (empty: it runs).

    ``tried`` holds for each trial what went wrong (empty: it works); it is None where nothing could be tried.
    """

    engine: Engine
    findings: tuple[Finding, ...]
    tried: Mapping[str, str] | None
    types: Mapping[str, str]

    @property
    def healthy(self) -> bool:
        """Whether all types can run."""
        return not any(self.types.values()) and not any(f.mark == "problem" for f in self.findings)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "engine": {
                "kind": self.engine.kind,
                "version": self.engine.version,
                "api": self.engine.api,
                "url": self.engine.url,
                "why": self.engine.why,
            },
            "findings": [{"mark": f.mark, "text": f.text, "cure": f.cure} for f in self.findings],
            "links": None if self.tried is None else {name: not why for name, why in self.tried.items()},
            "types": {name: {"runs": not why, "why": why} for name, why in self.types.items()},
            "healthy": self.healthy,
        }


def examine(engine: Engine) -> Report:
    """Look at an engine that answered. Tries things in one throw-away container; the engine is left as it was.

    Raises:
        DnetlabError: the engine stopped answering meanwhile.
    """
    client = engine.client
    findings = list(_nature(engine))
    tried: Mapping[str, str] | None = None
    try:
        if image.present(client):
            findings.append(_image(client))
            tried = trials(client)
        else:
            findings.append(
                Finding(
                    "problem",
                    f"The lab image {image.REF} is not on this engine.",
                    "Make it: dnetlab image build",
                )
            )
        findings += _left(cleanup.leftovers(client))
    except DockerException as error:
        raise DnetlabError(
            "The engine answered, and then refused a question.",
            f"It says: {execute.explanation(error)}.",
            "Look at its log, or use --engine embedded.",
        ) from error
    if tried is not None:
        findings += _broken(tried)
    return Report(engine, tuple(findings), tried, _verdicts(tried))


def _nature(engine: Engine) -> list[Finding]:
    """What kind of engine it is, where that matters to the lessons."""
    if engine.kind == "embedded":
        text = "It is a model: it runs nothing on this computer, and needs no rights."
        return [Finding("note", text)]
    info = engine.client.info()
    system = str(info.get("OperatingSystem", ""))
    if "Docker Desktop" in system:
        text = (
            "This is Docker Desktop: the Docker host of the drawings is its virtual machine, not this computer. "
            "Every lab works inside it; your computer itself does not reach the lab's LAN."
        )
        return [Finding("note", text)]
    if any("rootless" in option for option in info.get("SecurityOptions") or ()):
        text = (
            "The engine runs rootless: the Docker host of the drawings is its own network namespace, "
            "not this computer's."
        )
        return [Finding("note", text)]
    return []


def _image(client: docker.DockerClient) -> Finding:
    if image.outdated(client):
        return Finding(
            "note",
            f"The lab image {image.REF} was made by another version of dnetlab.",
            "Make it anew: dnetlab image build",
        )
    return Finding("ok", f"The lab image {image.REF} is there.")


def _left(found: list[cleanup.Leftover]) -> list[Finding]:
    findings = []
    for lab in found:
        if lab.dead:
            findings.append(Finding("problem", f"Left over: {lab}.", "Remove it: dnetlab clean"))
        else:
            cure = f"Remove it: dnetlab down {lab.lab}" if lab.kept else ""
            findings.append(Finding("note", f"A lab stands: {lab}.", cure))
    return findings


def _broken(tried: Mapping[str, str]) -> list[Finding]:
    findings = []
    for name, why in tried.items():
        if why:
            module = MODULES.get(name, name)
            findings.append(
                Finding(
                    "problem",
                    f"The engine's kernel makes no {WORDS[name]}: {why}",
                    "A kernel without a loadable module needs another engine: --engine embedded."
                    if name == "namespaces"
                    else f"Load it on the engine's host (modprobe {module}), or use --engine embedded",
                )
            )
    return findings


def _verdicts(tried: Mapping[str, str] | None) -> dict[str, str]:
    """For each type, what keeps it from running."""
    if tried is None:
        return {t.name: "not tried: the lab image is missing" for t in types.all_types()}
    result = {}
    for kind in types.all_types():
        missing = [WORDS[name] for name in (*LAN_NEEDS, *kind.needs) if tried.get(name)]
        result[kind.name] = f"the kernel makes no {', no '.join(missing)}" if missing else ""
    return result


def script() -> str:
    """The shell script of all trials: a line ``NAME ok`` or ``NAME what it said`` for each."""
    lines = ["ip link add base type veth peer name base1", "ip link set base up"]
    for name, words in TRIALS.items():
        # Unquoted: what was said may have several lines, and is to be one.
        lines.append(f"if said=$({words} 2>&1); then echo {name} ok; else echo {name} failed $said; fi")
        lines.append("ip link del t0 2>/dev/null")  # ipvlan and macvlan cannot share a parent
    return "\n".join(lines)


def read(output: str) -> dict[str, str]:
    """Trial → what it said (empty: it worked), from what :func:`script` printed."""
    found = {}
    for line in output.splitlines():
        name, _, rest = line.strip().partition(" ")
        if name in TRIALS:
            status, _, said = rest.partition(" ")
            found[name] = "" if status == "ok" else said.strip() or "it failed without a word."
    return {name: found.get(name, "it gave no answer.") for name in TRIALS}


def trials(client: docker.DockerClient) -> dict[str, str]:
    """Try every link kind in a throw-away container that has no network but may change its own.

    A create call proves nothing: ``docker network create -d ipvlan`` succeeds on kernels without ipvlan.
    Nothing of the engine's host is touched: the container has a network namespace of its own.
    """
    identity = labels.new_id()
    config = client.api.create_host_config(
        network_mode="none",
        cap_add=["NET_ADMIN", "NET_RAW", "SYS_ADMIN"],
        security_opt=["seccomp=unconfined", "apparmor=unconfined"],
    )
    name = f"dnetlab-doctor-{identity}"
    try:
        made = client.api.create_container(
            image.REF, ["sleep", "infinity"], name=name, labels=labels.of(identity, "doctor"),
            host_config=config, stop_signal="SIGKILL",
        )  # fmt: skip
        client.api.start(made["Id"])
        ran = execute.run(
            client,
            made["Id"],
            ["sh", "-c", script()],
            where="a throw-away container",
            shown="trials",
            limit=30,
        )
    except APIError as error:
        raise objects.refusal(error, "Starting a throw-away container") from error
    finally:
        objects.remove_container(client, name)
    return read(ran.output)
