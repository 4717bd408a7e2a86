"""Why a packet arrives, or where and why it dies.

On the embedded engine the packet that is explained really travels there, and its record is read. On any other
engine the lab is mirrored: its devices, addresses, routes, VLANs and firewall rules are read (nothing is
changed), made again in the model kernel, and the model explains; a real ping says whether model and engine
agree, and if they do not, the explanation says so first.
"""

from __future__ import annotations

import difflib
import ipaddress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dnetlab.embedded.kernel import IpPacket, KernelError, PingResult
from dnetlab.explain import advice, mirror, scene
from dnetlab.explain.result import Explanation, Walk
from dnetlab.explain.scene import Scene
from dnetlab.explain.story import hops, way

if TYPE_CHECKING:
    from dnetlab.lab.probing import Probing

__all__ = ["Explanation", "Walk", "explain", "walk"]


def explain(
    lab: Probing,
    source: str,
    target: str,
    *,
    port: int | None = None,
    by: str = "address",
    size: int | None = None,
    do_not_fragment: bool = False,
) -> Explanation:
    """Why an echo request from a machine to another, to an address or to a name is answered, or why not.

    With ``port`` the same of a TCP connection to that port. ``by="name"`` lets the source resolve the target's name;
    ``size`` and ``do_not_fragment`` as for a ping.

    Raises:
        NotBuilt: the lab does not stand.
        DnetlabError: there is no such machine, or it has no IPv4 address.
    """
    where = scene.of_embedded(lab) or mirror.read(lab)
    for machine in (source, target):
        if machine not in where.machines and (state := scene.stopped(lab, machine)):
            return _absent(where, source, target, machine, state)
    where.namespace(source)
    address = target if by == "name" else lab.target(target)
    if not _is_address(address):
        found = lab.lookup(source, target)
        if not found.ok:
            return _nameless(lab, where, source, target)
        address = found.addresses[0]
    if port is not None:
        told = _connected(where, source, target, address, port)
        return told.compared(lab.connect(source, address, port)) if where.mirrored else told
    options: dict[str, Any] = {} if size is None else {"size": size}
    if do_not_fragment:
        options["df"] = True
    told = _model(where, source, target, address, **options)
    if not where.mirrored:
        return told
    seen = lab.ping(source, address, count=1, wait=2, size=size, do_not_fragment=do_not_fragment)
    return told.compared(seen)


def walk(lab: Probing, source: str, target: str) -> Walk:
    """The way of an echo request and its answer, device by device."""
    return explain(lab, source, target).walk


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _absent(where: Scene, source: str, target: str, machine: str, state: str) -> Explanation:
    """A container of the lab that does not run."""
    sentence = f"{source} does not reach {target}: {machine} does not run ({state})."
    cure = f"docker start {machine}"
    return Explanation(
        source, target, "", False, "not-running", machine, sentence, (cure,), Walk(()), where.mirrored
    )


def _nameless(lab: Probing, where: Scene, source: str, name: str) -> Explanation:
    """A name that the source finds no address for."""
    server = _resolver(lab, source)
    knows = f"its name server {server} does not know it" if server else "it asks no name server"
    sentence = f"{source} does not reach {name}: {source} finds no address for the name {name}; {knows}."
    close = difflib.get_close_matches(name, where.machines, 1)
    cures = [f"did you mean {close[0]}?"] if close else []
    if source in where.containers:
        if server != "127.0.0.11":
            cures.append(
                "Docker's DNS serves user-defined networks only: put both containers into one, or use an address."
            )
        else:
            cures.append(
                "Docker's DNS knows the containers of the same network, by name and alias: docker network connect."
            )
    else:
        cures.append("Docker's DNS answers inside its networks only: use an address.")
    return Explanation(
        source, name, "", False, "no-name", source, sentence, tuple(cures), Walk(()), where.mirrored
    )


def _resolver(lab: Probing, machine: str) -> str:
    lines = lab.run(machine, ["cat", "/etc/resolv.conf"]).output.splitlines()
    return next((line.split()[1] for line in lines if line.startswith("nameserver ")), "")


def _model(where: Scene, source: str, target: str, address: str, **options: Any) -> Explanation:
    """What the model says."""
    namespace = where.namespace(source)
    try:
        result = where.kernel.ping(namespace, address, timeout=4.0, **options)
        if not where.knows(result.verdict.where):
            # It waited for the answer to an older question, which died in a container that is gone: ask anew.
            result = where.kernel.ping(namespace, address, timeout=4.0, **options)
    except KernelError as error:
        code, sentence, cures = advice.refused(where, source, address, error)
        return Explanation(
            source, target, address, False, code, source, sentence, tuple(cures), Walk(()), where.mirrored,
            notes=where.notes,
        )  # fmt: skip
    verdict = result.verdict
    steps = way(where, verdict)
    reason: str | None = None
    if verdict.ok:
        cures = list[str]()
        sentence = f"{source} reaches {address}" + (f", TTL {result.reply.ttl}." if result.reply else ".")
    else:
        reason, sentence, cures = advice.death(where, source, address, verdict)
    sentence = " ".join([sentence, *where.twins(address, *_sent_from(result))])
    return Explanation(
        source, target, address, verdict.ok, reason, where.place(verdict.where), sentence, tuple(cures),
        Walk(steps, tuple(hops(steps))), where.mirrored, notes=where.notes,
    )  # fmt: skip


def _sent_from(result: PingResult) -> tuple[str, ...]:
    packet = result.trace.packet
    return (packet.src,) if isinstance(packet, IpPacket) else ()


# A proxy accepts first and asks the real server then: this long it takes until it gives up.
PROXY_TIME = 1.5


def _connected(where: Scene, source: str, target: str, address: str, port: int) -> Explanation:
    """What the model says of a TCP connection."""
    goal = f"{source} does not open port {port} of {address}"
    begun = Explanation(
        source, target, address, False, None, source, "", (), Walk(()), where.mirrored, notes=where.notes
    )
    kernel = where.kernel
    try:
        connection = where.namespace(source).tcp_connect(address, port)
    except KernelError as error:
        code, sentence, cures = advice.refused(where, source, address, error, goal)
        return replace(begun, reason=code, sentence=sentence, cures=tuple(cures))
    kernel.run_until(lambda: connection.connected or connection.state == "CLOSED", 4.0)
    verdict = kernel.explain(connection.trace_id)
    steps = way(where, verdict)
    begun = replace(begun, where=where.place(verdict.where), walk=Walk(steps, tuple(hops(steps))))
    if not connection.connected:
        reason, sentence, cures = advice.death(where, source, address, verdict, goal)
        return replace(begun, reason=reason, sentence=sentence, cures=tuple(cures))
    kernel.run_until(lambda: connection.peer_closed or connection.state == "CLOSED", PROXY_TIME)
    hung_up = connection.peer_closed or connection.state == "CLOSED"
    connection.abort()
    if hung_up:
        sentence, cures = advice.hung_up(where, address, port)
        return replace(begun, reason="no-listener", sentence=f"{goal}: {sentence}", cures=tuple(cures))
    return replace(begun, ok=True, sentence=f"{source} opens port {port} of {address}.")
