"""The filters of ``ss``: ``state established``, ``sport = :80``, ``dst 10.0.0.0/8``, joined by and, or, not, ( )."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from .netdb import service_port

if TYPE_CHECKING:
    from dnetlab.embedded.kernel import SocketInfo

Test = Callable[["SocketInfo"], bool]

STATES = {"ESTABLISHED": "ESTAB", "FIN-WAIT": "FIN-WAIT-1", "SYN-RECV": "SYN-RECV"}
"""What ss calls the model's states where it is not the same."""

WORDS = {
    "established": "ESTAB", "syn-sent": "SYN-SENT", "syn-recv": "SYN-RECV", "fin-wait-1": "FIN-WAIT-1",
    "fin-wait-2": "FIN-WAIT-2", "time-wait": "TIME-WAIT", "closed": "UNCONN", "unconnected": "UNCONN",
    "close-wait": "CLOSE-WAIT", "last-ack": "LAST-ACK", "listening": "LISTEN", "closing": "CLOSING",
}  # fmt: skip
WAITING = {"LISTEN", "UNCONN"}
GROUPS = {
    "all": set(WORDS.values()),
    "connected": set(WORDS.values()) - WAITING,
    "synchronized": set(WORDS.values()) - WAITING - {"SYN-SENT"},
}


class FilterError(Exception):
    """A word that is none; the text is ss's."""


def states(word: str) -> set[str]:
    """The states that a word of ``state`` or ``exclude`` means."""
    if word in WORDS:
        return {WORDS[word]}
    if word not in GROUPS:
        raise FilterError(f"ss: wrong state name: {word}")
    return GROUPS[word]


def shown_state(socket: SocketInfo) -> str:
    return STATES.get(socket.state, socket.state)


class Filter:
    """A filter's words: which states were asked for (None: none were), and the test of addresses and ports."""

    def __init__(self, words: list[str]) -> None:
        self.states: set[str] | None = None
        rest: list[str] = []
        queue = list(words)
        while queue:
            word = queue.pop(0)
            if word == "state" and queue:
                self.states = (self.states or set()) | states(queue.pop(0))
            elif word == "exclude" and queue:
                self.states = (GROUPS["all"] if self.states is None else self.states) - states(queue.pop(0))
            else:
                rest += word.replace("(", " ( ").replace(")", " ) ").split()
        self._words = rest
        self.test: Test = self._either() if rest else lambda socket: True
        if self._words:
            raise FilterError('ss: bison bellows (while parsing filter): "syntax error!" Sorry.')

    def _take(self) -> str:
        if not self._words:
            raise FilterError('ss: bison bellows (while parsing filter): "syntax error!" Sorry.')
        return self._words.pop(0)

    def _either(self) -> Test:
        test = self._both()
        while self._words[:1] in (["or"], ["|"], ["||"]):
            self._take()
            test = _or(test, self._both())
        return test

    def _both(self) -> Test:
        test = self._one()
        while self._words and self._words[0] not in ("or", "|", "||", ")"):
            if self._words[0] in ("and", "&", "&&"):
                self._take()
            test = _and(test, self._one())
        return test

    def _one(self) -> Test:
        word = self._take()
        if word in ("not", "!"):
            inner = self._one()
            return lambda socket: not inner(socket)
        if word == "(":
            test = self._either()
            if self._take() != ")":
                raise FilterError('ss: bison bellows (while parsing filter): "syntax error!" Sorry.')
            return test
        if word not in ("sport", "dport", "src", "dst"):
            return _place("dst", word)
        sign = (
            self._take()
            if self._words[:1] and self._words[0] in ("=", "==", "eq", "!=", "ne", "neq")
            else "="
        )
        test = _place("src" if word in ("src", "sport") else "dst", self._take())
        return (lambda socket: not test(socket)) if sign in ("!=", "ne", "neq") else test


def _and(a: Test, b: Test) -> Test:
    return lambda socket: a(socket) and b(socket)


def _or(a: Test, b: Test) -> Test:
    return lambda socket: a(socket) or b(socket)


def _place(side: str, word: str) -> Test:
    """ADDRESS[/LENGTH][:PORT] of one side."""
    address, colon, port = word.rpartition(":") if word.count(":") == 1 or "]" in word else (word, "", "")
    wanted = None
    if colon and port not in ("", "*"):
        wanted = int(port) if port.isdigit() else service_port(port) or service_port(port, "udp")
        if wanted is None:
            raise FilterError(f'Error: "{port}" does not look like a port.')
    try:
        place = ip_network(address.strip("[]"), strict=False) if address not in ("", "*") else None
    except ValueError:
        raise FilterError(f'Error: an inet prefix is expected rather than "{address}".') from None

    def test(socket: SocketInfo) -> bool:
        text, number = (socket.local, socket.local_port) if side == "src" else (socket.peer, socket.peer_port)
        if wanted is not None and number != wanted:
            return False
        if place is None:
            return True
        here = ip_address(text) if text else None
        return here is not None and here.version == place.version and here in place

    return test
