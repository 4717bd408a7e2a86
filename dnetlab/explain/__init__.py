"""Why a packet arrives, or where and why it dies.

On the embedded engine the packet that is explained really travels there, and its record is read. On any other
engine the lab is mirrored: its devices, addresses, routes, VLANs and firewall rules are read (nothing is
changed), made again in the model kernel, and the model explains; a real ping says whether model and engine
agree, and if they do not, the explanation says so first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dnetlab.embedded.kernel import KernelError
from dnetlab.explain import advice, mirror, scene
from dnetlab.explain.result import Explanation, Walk
from dnetlab.explain.scene import Scene
from dnetlab.explain.story import hops, way

if TYPE_CHECKING:
    from dnetlab.lab.probing import Probing

__all__ = ["Explanation", "Walk", "explain", "walk"]


def explain(lab: Probing, source: str, target: str) -> Explanation:
    """Why an echo request from a machine to another (or to an address) is answered, or why not.

    Raises:
        NotBuilt: the lab does not stand.
        DnetlabError: there is no such machine, or it has no IPv4 address.
    """
    address = lab.target(target)
    direct = scene.of_embedded(lab)
    where = direct or mirror.read(lab)
    found = _model(where, source, target, address)
    if direct is not None:
        return found
    seen = lab.ping(source, target, count=1, wait=2)
    return found.compared(seen)


def walk(lab: Probing, source: str, target: str) -> Walk:
    """The way of an echo request and its answer, device by device."""
    return explain(lab, source, target).walk


def _model(where: Scene, source: str, target: str, address: str) -> Explanation:
    """What the model says."""
    namespace = where.namespace(source)
    try:
        result = where.kernel.ping(namespace, address, timeout=4.0)
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
        cures = []
        sentence = f"{source} reaches {address}" + (f", TTL {result.reply.ttl}." if result.reply else ".")
    else:
        reason, sentence, cures = advice.death(where, source, address, verdict)
    return Explanation(
        source, target, address, verdict.ok, reason, where.place(verdict.where), sentence, tuple(cures),
        Walk(steps, tuple(hops(steps))), where.mirrored, notes=where.notes,
    )  # fmt: skip
