"""Tellers of connections that nobody takes: who listens where, and what Docker publishes."""

from __future__ import annotations

import re

from dnetlab.embedded.kernel import Namespace, SocketInfo
from dnetlab.explain.case import Case, Told
from dnetlab.explain.scene import Scene

EVERYWHERE = ("0.0.0.0", "::")
DNS = ("127.0.0.11", 53)
"""Docker's DNS in a container is none of the learner's programs."""


def listeners(namespace: Namespace) -> list[SocketInfo]:
    """The listening TCP sockets of a machine, Docker's own in containers left out."""
    return [s for s in namespace.sockets() if s.proto == "tcp" and s.state == "LISTEN" and s.local != DNS[0]]


def nobody_listens(case: Case) -> Told:
    """The packet arrives at a machine whose programs do not want it."""
    found = re.search(r"no program on (\S+) listens on TCP port (\d+)", case.verdict.text)
    namespace, machine = case.place[0], case.machine
    if found is None:
        return f"{case.back}no program of {machine} listens there.", []
    address, port = found[1], int(found[2])
    there = listeners(namespace)
    narrow = [s.local for s in there if s.local_port == port]
    if narrow:
        return _narrow(case.scene, machine, port, narrow, address)
    ports = sorted({s.local_port for s in there if s.local in (*EVERYWHERE, address)})
    told = f"{machine} refuses, because no program listens on its port {port}"
    if machine == "host":
        return (
            f"{told}, and no container publishes it.",
            [f"docker run -p {port}:PORT publishes a port of a container there."],
        )
    if not ports:
        return f"{told}.", [f"start a program that listens there, or look which do: ss -ltn (on {machine})."]
    heard = " and ".join(str(one) for one in ports[:4])
    if address != case.address:
        return f"{told}: {machine} listens on {heard}.", [
            f"publish the port that the program listens on: -p HOST_PORT:{ports[0]}."
        ]
    return f"{told}: {machine} listens on {heard}.", [
        f"use port {ports[0]}, the one that the program listens on."
    ]


def _narrow(scene: Scene, machine: str, port: int, at: list[str], address: str) -> Told:
    """A program, or a published port, that listens at other addresses of the machine."""
    only = " and ".join(at)
    if machine != "host":
        return (
            f"{machine} refuses at {address}, because the program there listens on port {port} at {only} only.",
            [f"let the program listen at every address (0.0.0.0:{port}), not at {only}."],
        )
    return (
        f"host refuses at {address}, because port {port} is open at {only} only.",
        [f"publish it at that address too: -p {address}:{port}:PORT, or at every one: -p {port}:PORT."],
    )


def behind_proxy(scene: Scene, address: str, port: int) -> Told:
    """Docker's proxy on the host took a connection and hung up."""
    return (
        f"Docker's proxy takes the connection on port {port} of the host and ends it, because in the container no program "
        "listens on the port that is published.",
        ["publish the port that the program in the container listens on: -p HOST_PORT:CONTAINER_PORT."],
    )
