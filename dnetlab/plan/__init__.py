"""Plans: what a lab is to be, as data, before anything is touched."""

from dnetlab.plan.model import (
    Attachment,
    Container,
    DhcpPool,
    End,
    Interface,
    Link,
    Machine,
    Network,
    Plan,
    Pool,
    Publish,
    Route,
    Topology,
)

__all__ = [
    "Attachment",
    "Container",
    "DhcpPool",
    "End",
    "Interface",
    "Link",
    "Machine",
    "Network",
    "Plan",
    "Pool",
    "Publish",
    "Route",
    "Topology",
]
