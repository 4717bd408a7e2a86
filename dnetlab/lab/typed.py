"""Firewall rules that were typed on the Docker host: nothing else typed there outlives the lab's NIC.

Interfaces and routes on the NIC go with it; a rule stays in its chain. So each rule that is added is remembered with the
command that takes it back, until somebody takes it back.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

PROGRAMS = ("iptables", "ip6tables", "iptables-nft", "iptables-legacy")
_SIGNS = set(";&|()\n")
_ADD = ("-A", "--append", "-I", "--insert")
_DELETE = ("-D", "--delete")
_FLUSH = ("-F", "--flush")


class Typed:
    """The rules that were added on the host and are there still."""

    def __init__(self) -> None:
        self._rules: list[tuple[str, ...]] = []

    def __bool__(self) -> bool:
        return bool(self._rules)

    def note(self, command: Sequence[str] | str) -> None:
        """A command that was run on the host, as words or as a shell's line."""
        for words in _commands(command) if isinstance(command, str) else [command]:
            if list(words[:2]) in (["sh", "-c"], ["bash", "-c"]) and len(words) > 2:
                self.note(words[2])
            elif words and words[0] in PROGRAMS:
                self._note_rule(list(words))

    def _note_rule(self, words: list[str]) -> None:
        at = next((n for n, word in enumerate(words) if word in (*_ADD, *_DELETE, *_FLUSH)), None)
        if at is None:
            return
        table = [word for n in _table(words) for word in words[n : n + 2]] or ["-t", "filter"]
        chain, rule = words[at + 1 : at + 2], words[at + 2 :]
        if any(word in ("-t", "--table") for word in rule):
            n = next(n for n, word in enumerate(rule) if word in ("-t", "--table"))
            rule = rule[:n] + rule[n + 2 :]
        place = (words[0], "-t", table[1])
        if words[at] in _FLUSH:
            self._rules = [r for r in self._rules if r[:3] != place or (chain and r[4:5] != tuple(chain))]
        elif words[at] in _ADD and chain:
            rule = rule[1:] if rule[:1] and rule[0].isdigit() else rule
            self._rules.append((*place, "-D", chain[0], *rule))
        elif chain:
            self._forget((*place, "-D", chain[0]), tuple(rule))

    def _forget(self, place: tuple[str, ...], rule: tuple[str, ...]) -> None:
        """A rule was taken back: by its words, or by its number in the chain."""
        by_number = len(rule) == 1 and rule[0].isdigit()
        for known in reversed(self._rules):
            if known[: len(place)] == place and (by_number or known[len(place) :] == rule):
                self._rules.remove(known)
                return

    def taken_back(self) -> list[str]:
        """The commands that take back what is left, the newest rule first; it is forgotten with that."""
        rules, self._rules = self._rules, []
        return [shlex.join(rule) for rule in reversed(rules)]


def _table(words: list[str]) -> list[int]:
    return [n for n, word in enumerate(words[:-1]) if word in ("-t", "--table")]


def _commands(line: str) -> Iterator[list[str]]:
    """The single commands of a shell's line."""
    reader = shlex.shlex(line.replace("\n", ";"), posix=True, punctuation_chars=";&|()")
    reader.whitespace_split = True
    words: list[str] = []
    try:
        for word in reader:
            if set(word) <= _SIGNS:
                yield words
                words = []
            else:
                words.append(word)
    except ValueError:
        # Half a quotation: what the shell makes of it is no rule.
        return
    yield words
