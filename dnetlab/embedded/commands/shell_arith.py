"""Arithmetic of the shell, $((...)): signed integers with C's operators (POSIX 2.6.4)."""

from __future__ import annotations

import re
from collections.abc import Callable

TOKEN = re.compile(
    r"\s*(0[xX][0-9a-fA-F]+|\d+|[A-Za-z_]\w*|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|[-+*/%<>=!&|^~?:()])"
)
LEVELS = (
    ("||",),
    ("&&",),
    ("|",),
    ("^",),
    ("&",),
    ("==", "!="),
    ("<", ">", "<=", ">="),
    ("<<", ">>"),
    ("+", "-"),
    ("*", "/", "%"),
)
MAX_DEPTH = 50


class ArithmeticError_(Exception):
    """The expression cannot be computed; its text is dash's complaint."""


def evaluate(text: str, get: Callable[[str], str], put: Callable[[str, str], None]) -> int:
    """The value of an expression; ``get`` and ``put`` read and write shell variables."""
    tokens, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            raise ArithmeticError_(f'arithmetic expression: expecting EOF: "{text}"')
        tokens.append(match.group(1))
        at = match.end()
    machine = _Machine(text, tokens, get, put)
    value = machine.assignment(0) if tokens else 0
    if machine.at != len(tokens):
        raise ArithmeticError_(f'arithmetic expression: expecting EOF: "{text}"')
    return value


class _Machine:
    def __init__(
        self, text: str, tokens: list[str], get: Callable[[str], str], put: Callable[[str, str], None]
    ) -> None:
        self.text, self.tokens, self.get, self.put, self.at = text, tokens, get, put, 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1]

    def bad(self) -> ArithmeticError_:
        return ArithmeticError_(f'arithmetic expression: expecting primary: "{self.text}"')

    def assignment(self, depth: int) -> int:
        if depth > MAX_DEPTH:
            raise self.bad()
        following = self.tokens[self.at + 1] if self.at + 1 < len(self.tokens) else ""
        if re.match(r"[A-Za-z_]", self.peek()) and following in (
            "=",
            "+=",
            "-=",
            "*=",
            "/=",
            "%=",
            "&=",
            "|=",
            "^=",
        ):
            name, operator = self.take(), self.take()
            value = self.assignment(depth + 1)
            if operator != "=":
                value = _apply(operator[0], self.number(self.get(name)), value)
            self.put(name, str(value))
            return value
        condition = self.binary(0, depth)
        if self.peek() != "?":
            return condition
        self.take()
        yes = self.assignment(depth + 1)
        if self.peek() != ":":
            raise self.bad()
        self.take()
        no = self.assignment(depth + 1)
        return yes if condition else no

    def binary(self, level: int, depth: int) -> int:
        if level == len(LEVELS):
            return self.unary(depth)
        left = self.binary(level + 1, depth)
        while self.peek() in LEVELS[level]:
            operator = self.take()
            left = _apply(operator, left, self.binary(level + 1, depth))
        return left

    def unary(self, depth: int) -> int:
        if depth > MAX_DEPTH or not self.peek():
            raise self.bad()
        token = self.take()
        if token in ("-", "+", "!", "~"):
            value = self.unary(depth + 1)
            return {"-": -value, "+": value, "!": int(not value), "~": ~value}[token]
        if token == "(":
            value = self.assignment(depth + 1)
            if self.peek() != ")":
                raise ArithmeticError_(f"arithmetic expression: expecting ')': \"{self.text}\"")
            self.take()
            return value
        if token[0].isdigit():
            return self.number(token)
        if token[0].isalpha() or token[0] == "_":
            return self.number(self.get(token))
        raise self.bad()

    def number(self, text: str) -> int:
        text = text.strip() or "0"
        try:
            digits = text.lstrip("+-")
            octal = len(digits) > 1 and digits[0] == "0" and digits[1] not in "xX"
            return _wrap(int(text, 8 if octal else 0))
        except ValueError:
            raise ArithmeticError_(f"Illegal number: {text}") from None


def _apply(operator: str, left: int, right: int) -> int:
    if operator in ("/", "%"):
        if right == 0:
            raise ArithmeticError_("arithmetic expression: division by zero")
        quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
        return _wrap(quotient if operator == "/" else left - quotient * right)
    if operator in ("<<", ">>"):
        shift = right & 63
        return _wrap(left << shift if operator == "<<" else left >> shift)
    table: dict[str, Callable[[int, int], int]] = {
        "||": lambda a, b: int(bool(a or b)),
        "&&": lambda a, b: int(bool(a and b)),
        "|": lambda a, b: a | b,
        "^": lambda a, b: a ^ b,
        "&": lambda a, b: a & b,
        "==": lambda a, b: int(a == b),
        "!=": lambda a, b: int(a != b),
        "<": lambda a, b: int(a < b),
        ">": lambda a, b: int(a > b),
        "<=": lambda a, b: int(a <= b),
        ">=": lambda a, b: int(a >= b),
        "+": lambda a, b: a + b,
        "-": lambda a, b: a - b,
        "*": lambda a, b: a * b,
    }
    return _wrap(table[operator](left, right))


def _wrap(value: int) -> int:
    """As a C long of 64 bits has it."""
    return (value + 2**63) % 2**64 - 2**63
