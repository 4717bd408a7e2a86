"""Questions that the two bridge types share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dnetlab.claims import Seen

if TYPE_CHECKING:
    from dnetlab.lab import Lab


def different_macs(lab: Lab) -> Seen:
    """Whether all containers have MACs of their own."""
    links = [lab.links(c.name) for c in lab.plan.containers[:2]]
    macs = [eth0.mac for found in links if (eth0 := found.of("eth0"))]
    return Seen.that("their MACs differ", len(set(macs)) == len(macs) > 0, *links)


def name_resolves(lab: Lab) -> Seen:
    """Whether the first container finds the name of the last one."""
    names = [c.name for c in lab.plan.containers]
    found = lab.lookup(names[0], names[-1])
    return Seen.that("the name resolves", found.ok, found)


def lan_reaches(lab: Lab) -> Seen:
    """Whether the LAN PC reaches the first container by its address."""
    ping = lab.ping("pc1", lab.plan.containers[0].name)
    return Seen.that("the PC reaches it", ping.ok, ping)
