"""The embedded DNS server: what a container's 127.0.0.11 answers.

Names of the container's own networks are answered here: container names, aliases, short ids, hostnames, each
also as ``name.network``; everything else goes to the outside name servers, if the container has a way out
(moby: libnetwork resolver.go and sandbox.go; goldens user-bridge/aliases-and-ip.txt and two-containers.txt).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ..kernel import Rule
from .core import HOST_ADDRESS, Core
from .etcfiles import EMBEDDED
from .model import Endpoint, Network, Sandbox

if TYPE_CHECKING:
    from ..commands import dnswire
    from ..kernel import UdpSocket

TTL: Final = 600
"""Seconds that an answer may be kept."""

_EDNS: Final = 1232
"""UDP size that the host's name server offers where it is asked with extensions."""

_SERVER: Final = f"{EMBEDDED}/32"
_FAMILIES: Final = {"A": 4, "AAAA": 6}


def candidates(name: str) -> Iterator[tuple[str, str]]:
    """The ways to split a name into container name and network name; the whole name in any network first.

    ``a.b.c`` is ``a.b.c`` anywhere, ``a.b`` in network ``c``, ``a`` in network ``b.c``.
    """
    yield name, ""
    parts = name.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        yield ".".join(parts[:cut]), ".".join(parts[cut:])


class NameServer:
    """The embedded DNS of all containers of an engine."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def addresses(self, sandbox: Sandbox, name: str, family: int) -> list[str] | None:
        """The addresses of a name as one container sees it; None if its networks do not know the name."""
        name = name.rstrip(".").lower()
        for wanted, network in candidates(name):
            for use_links in (True, False):
                for endpoint in sandbox.endpoints:
                    if network and endpoint.network.name.lower() != network:
                        continue
                    links = _links(endpoint)
                    if use_links != (wanted in links):
                        continue
                    found = _lookup(endpoint.network, links.get(wanted, wanted), family)
                    if found is not None:
                        return found
        return None

    def pointer(self, sandbox: Sandbox, address: str) -> str | None:
        """The name of an address, ``container.network``; None if no network of the container has it."""
        try:
            wanted = ipaddress.ip_address(address)
        except ValueError:
            return None
        for endpoint in sandbox.endpoints:
            for other in endpoint.network.endpoints.values():
                names = other.settings.dns_names
                if names and wanted in (other.ip4, other.ip6):
                    return f"{names[0]}.{endpoint.network.name}"
        return None

    def reply(self, sandbox: Sandbox, query: dnswire.Message) -> dnswire.Message:
        """The answer to a container's question."""
        from ..commands import dnswire

        question = query.question
        if question is None:
            return query.reply(rcode="FORMERR")
        kind = question.type
        records: tuple[dnswire.Record, ...] | None = None
        if kind in _FAMILIES:
            found = self.addresses(sandbox, question.name, _FAMILIES[kind])
            if found is not None:
                turned = self._core.ids.shuffled(found) if len(found) > 1 else found
                records = tuple(dnswire.Record(question.name, kind, TTL, text) for text in turned)
        elif kind == "PTR":
            address = _reversed(question.name)
            host = self.pointer(sandbox, address) if address else None
            if host is not None:
                records = (dnswire.Record(question.name, "PTR", TTL, host + "."),)
        elif kind == "MX" and any(
            self.addresses(sandbox, question.name, family) is not None for family in (4, 6)
        ):
            records = ()
        if records is not None:
            return query.reply(answers=records)
        if not self._way_out(sandbox):
            return query.reply(rcode="SERVFAIL")
        return outside(query)

    def _way_out(self, sandbox: Sandbox) -> bool:
        for endpoint in sandbox.endpoints:
            network = endpoint.network
            if network.internal or not (endpoint.has4 or endpoint.has6):
                continue
            # Engine 28 asks the host's name server from the host; older ones from the container, which on a
            # LAN of its own does not reach it (witness-26.1.5 macvlan-8021q/reach.txt).
            if self._core.version.host_marked or network.driver == "bridge":
                return True
        return False

    def serve(self, sandbox: Sandbox) -> None:
        """Opens the server's sockets in a container's namespace and leads port 53 to them."""
        namespace = sandbox.namespace
        udp_port, tcp_port = self._core.ids.port(), self._core.ids.port()
        socket = namespace.udp_socket(4)
        socket.bind(EMBEDDED, udp_port)
        socket.on_datagram = lambda sock, data, source: self._datagram(sandbox, sock, data, source)
        listener = namespace.tcp_listen(
            EMBEDDED, tcp_port, handler=lambda data: self._stream(sandbox, data), backlog=4096
        )
        sandbox.sockets += [socket, listener]
        nat = namespace.netfilter(4).table("nat")
        nat.new_chain("DOCKER_OUTPUT")
        nat.new_chain("DOCKER_POSTROUTING")
        nat.append("OUTPUT", Rule(dst=_SERVER, target="DOCKER_OUTPUT"))
        nat.append("POSTROUTING", Rule(dst=_SERVER, target="DOCKER_POSTROUTING"))
        for proto, port in (("tcp", tcp_port), ("udp", udp_port)):
            there, back = f"{EMBEDDED}:{port}", ":53"
            nat.append(
                "DOCKER_OUTPUT", Rule(dst=_SERVER, proto=proto, dport=(53, 53), target="DNAT", to=there)
            )
            nat.append(
                "DOCKER_POSTROUTING",
                Rule(src=_SERVER, proto=proto, sport=(port, port), target="SNAT", to=back),
            )
        sandbox.resolver = True

    def _datagram(self, sandbox: Sandbox, socket: UdpSocket, data: bytes, source: tuple[str, int]) -> None:
        answer = self._answer(data, lambda query: self.reply(sandbox, query))
        if answer is not None:
            socket.sendto(answer, *source)

    def _stream(self, sandbox: Sandbox, data: bytes) -> bytes | None:
        if len(data) < 2 or len(data) < 2 + int.from_bytes(data[:2], "big"):
            return None
        answer = self._answer(data[2:], lambda query: self.reply(sandbox, query))
        return None if answer is None else len(answer).to_bytes(2, "big") + answer

    @staticmethod
    def _answer(data: bytes, reply: Callable[[dnswire.Message], dnswire.Message]) -> bytes | None:
        # The codec is needed with the first question only.
        from ..commands import dnswire

        try:
            query = dnswire.decode(data)
        except ValueError:
            return None
        # The engine's server repeats names in full.
        answer: bytes = dnswire.encode(reply(query), compress=False)
        return answer

    def serve_host(self) -> None:
        """Opens the host's name server, which knows no name (the goldens' dnsmasq)."""
        socket = self._core.host.udp_socket(4)
        socket.owner = '("dnsmasq",pid=52,fd=4)'
        socket.bind(HOST_ADDRESS, 53)

        def answer(sock: UdpSocket, data: bytes, source: tuple[str, int]) -> None:
            text = self._answer(data, outside)
            if text is not None:
                sock.sendto(text, *source)

        socket.on_datagram = answer
        owner = '("dnsmasq",pid=52,fd=5)'
        self._core.host.tcp_listen(HOST_ADDRESS, 53, handler=lambda data: None, backlog=32, owner=owner)


def outside(query: dnswire.Message) -> dnswire.Message:
    """What the name servers outside answer: the model has no Internet, so no name exists."""
    return replace(query.reply(rcode="NXDOMAIN"), edns=None if query.edns is None else _EDNS)


def _links(endpoint: Endpoint) -> dict[str, str]:
    """A container's own aliases for others (``links`` on a user network): alias to name."""
    pairs = (text.partition(":") for text in endpoint.settings.links or ())
    return {(alias or name).lower(): name.lower() for name, _, alias in pairs}


def _lookup(network: Network, name: str, family: int) -> list[str] | None:
    found, known = [], False
    for endpoint in network.endpoints.values():
        names = endpoint.settings.dns_names
        if not names or not any(name == other.lower() for other in names):
            continue
        known = True
        address = endpoint.ip4 if family == 4 else endpoint.ip6
        if address is not None and str(address) not in found:
            found.append(str(address))
    return found if known else None


def _reversed(name: str) -> str | None:
    name = name.rstrip(".").lower()
    if name.endswith(".in-addr.arpa"):
        return ".".join(reversed(name.removesuffix(".in-addr.arpa").split(".")))
    if name.endswith(".ip6.arpa"):
        digits = "".join(reversed(name.removesuffix(".ip6.arpa").split(".")))
        if len(digits) == 32:
            return ":".join(digits[index : index + 4] for index in range(0, 32, 4))
    return None
