"""The expressions of test(1) (POSIX): files, strings, numbers, !, -a, -o, parentheses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import virtual

if TYPE_CHECKING:
    from .process import Process

UNARY = set("bcdefghLnpPrsStuwxzkGOx")
BINARY = {"=", "==", "!=", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"}
MAX_DEPTH = 50


class TestError(Exception):
    """An expression that is none, in dash's words."""


def evaluate(process: Process, words: list[str]) -> bool:
    """Whether an expression holds; raises TestError."""
    if not words:
        return False
    if len(words) == 1:
        return words[0] != ""
    machine = _Machine(process, words)
    if len(words) == 3 and words[1] in BINARY:
        return machine.binary(words[0], words[1], words[2])
    if len(words) == 2 and words[0] == "!":
        return words[1] == ""
    value = machine.either(0)
    if machine.at < len(words):
        raise TestError(f"{machine.words[machine.at]}: unexpected operator")
    return value


class _Machine:
    def __init__(self, process: Process, words: list[str]) -> None:
        self.process, self.words, self.at = process, words, 0

    def peek(self, ahead: int = 0) -> str | None:
        index = self.at + ahead
        return self.words[index] if index < len(self.words) else None

    def take(self) -> str:
        if self.at >= len(self.words):
            raise TestError("argument expected")
        self.at += 1
        return self.words[self.at - 1]

    def either(self, depth: int) -> bool:
        value = self.both(depth)
        while self.peek() == "-o":
            self.take()
            value = self.both(depth) or value
        return value

    def both(self, depth: int) -> bool:
        value = self.negated(depth)
        while self.peek() == "-a":
            self.take()
            value = self.negated(depth) and value
        return value

    def negated(self, depth: int) -> bool:
        if depth > MAX_DEPTH:
            raise TestError("nested too deeply")
        if self.peek() == "!" and self.peek(1) is not None:
            self.take()
            return not self.negated(depth + 1)
        return self.primary(depth)

    def primary(self, depth: int) -> bool:
        word = self.take()
        if self.peek() in BINARY and self.peek(1) is not None:
            operator = self.take()
            return self.binary(word, operator, self.take())
        if word == "(" and self.peek() is not None:
            value = self.either(depth + 1)
            if self.take() != ")":
                raise TestError("closing paren expected")
            return value
        if len(word) == 2 and word[0] == "-" and word[1] in UNARY and self.peek() is not None:
            return self.unary(word[1], self.take())
        return word != ""

    def unary(self, operator: str, word: str) -> bool:
        if operator == "n":
            return word != ""
        if operator == "z":
            return word == ""
        if operator == "t":
            return bool(self.process.job and self.process.job.tty)
        there = virtual.exists(self.process, word) if word else False
        if operator == "d":
            return there and virtual.is_directory(self.process, word)
        if operator == "f":
            return there and not virtual.is_directory(self.process, word)
        if operator == "s":
            data = virtual.read_file(self.process, word)
            return isinstance(data, bytes) and len(data) > 0
        if operator in "erw":
            return there
        if operator == "x":
            from .registry import exists

            return (there and virtual.is_directory(self.process, word)) or exists(word)
        return False

    def binary(self, left: str, operator: str, right: str) -> bool:
        if operator in ("=", "=="):
            return left == right
        if operator == "!=":
            return left != right
        if operator in ("<", ">"):
            return left < right if operator == "<" else left > right
        if operator in ("-nt", "-ot", "-ef"):
            return operator == "-ef" and left == right
        a, b = _integer(left), _integer(right)
        return {"-eq": a == b, "-ne": a != b, "-lt": a < b, "-le": a <= b, "-gt": a > b, "-ge": a >= b}[
            operator
        ]


def _integer(word: str) -> int:
    text = word.strip()
    digits = text[1:] if text[:1] in "+-" else text
    if not digits.isascii() or not digits.isdigit() or len(digits) > 19:
        raise TestError(f"Illegal number: {word}")
    return int(text)
