"""Probes: ping, reach matrix, names, ports, tables and captures, with typed results.

Each takes a ``run``: a function that runs a command line on a machine and gives back a :class:`Ran`.
"""

from dnetlab.probe.results import (
    ArpReplies,
    Capture,
    Connect,
    Frame,
    Http,
    LinkLine,
    Links,
    Lookup,
    Neighbour,
    Neighbours,
    Ping,
    Ran,
    ReachMatrix,
    RouteLine,
    Routes,
)

__all__ = [
    "ArpReplies",
    "Capture",
    "Connect",
    "Frame",
    "Http",
    "LinkLine",
    "Links",
    "Lookup",
    "Neighbour",
    "Neighbours",
    "Ping",
    "Ran",
    "ReachMatrix",
    "RouteLine",
    "Routes",
]
