"""Reading words of the shell: quotes, expansions, here-documents (POSIX 2.2, 2.6, 2.7.4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .shell_tree import (
    Arithmetic,
    Incomplete,
    Part,
    Redirect,
    ShellSyntaxError,
    Substitution,
    Text,
    Variable,
    Word,
)

if TYPE_CHECKING:
    from .shell_tree import Node

OPERATORS = ("<<-", "&&", "||", ";;", "<<", ">>", "<&", ">&", "<>", ">|", "&", "|", ";", "<", ">", "(", ")")
SPECIAL = "@*#?-$!0123456789"
BLANK = " \t"
BREAK = " \t\n&|;<>()"

PARAMETER_OPS = (":-", ":=", ":+", ":?", "##", "%%", "-", "=", "+", "?", "#", "%")


class Reader:
    """Reads tokens of one script from left to right."""

    def __init__(self, text: str, parse_until: Callable[[Reader, str], Node | None]) -> None:
        self.text = text
        self.at = 0
        self.line = 1
        self.depth = 0
        self.pending: list[tuple[Redirect, str, bool, bool]] = []
        self.open_document = False
        self._parse_until = parse_until

    # --- between words -------------------------------------------------------------------------------

    def peek(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def take(self) -> str:
        char = self.text[self.at]
        self.at += 1
        if char == "\n":
            self.line += 1
        return char

    def skip_blanks(self) -> None:
        text, size = self.text, len(self.text)
        while self.at < size:
            char = text[self.at]
            if char in BLANK:
                self.at += 1
            elif char == "\\" and text.startswith("\\\n", self.at):
                self.at += 2
                self.line += 1
            elif char == "#":
                while self.at < size and text[self.at] != "\n":
                    self.at += 1
            else:
                return

    def operator(self) -> str:
        """The operator that comes next, not taken; "" where a word or the end comes."""
        for operator in OPERATORS:
            if self.text.startswith(operator, self.at):
                return operator
        return "\n" if self.peek() == "\n" else ""

    def newline(self) -> None:
        """Take a newline, and after it the here-documents announced before it."""
        self.take()
        self.close_documents()

    def close_documents(self) -> None:
        """Read the here-documents that were announced, as far as there is text."""
        pending, self.pending = self.pending, []
        for redirect, delimiter, quoted, strip in pending:
            redirect.target = self._here_document(delimiter, quoted, strip)

    def _here_document(self, delimiter: str, quoted: bool, strip: bool) -> Word:
        lines: list[str] = []
        while self.at < len(self.text):
            end = self.text.find("\n", self.at)
            end = len(self.text) if end < 0 else end
            line = self.text[self.at : end]
            self.at = min(end + 1, len(self.text))
            self.line += 1
            if strip:
                line = line.lstrip("\t")
            if line == delimiter:
                break
            lines.append(line + "\n")
        else:
            self.open_document = True
        body = "".join(lines)
        if quoted:
            return Word((Text(body, True),))
        inner = Reader(body, self._parse_until)
        inner.depth = self.depth
        return Word(tuple(inner.quoted_parts("")))

    # --- words ---------------------------------------------------------------------------------------

    def word(self) -> Word | None:
        """The word that comes next, taken; None where none comes."""
        parts: list[Part] = []
        plain: list[str] = []

        def flush() -> None:
            if plain:
                parts.append(Text("".join(plain)))
                plain.clear()

        while self.at < len(self.text):
            char = self.text[self.at]
            if char in BREAK:
                break
            if char == "'":
                flush()
                parts.append(Text(self._single(), True))
            elif char == '"':
                flush()
                self.at += 1
                inner = self.quoted_parts('"')
                parts.extend(inner or [Text("", True)])
            elif char == "\\":
                self.at += 1
                if self.at >= len(self.text):
                    plain.append("\\")
                elif self.peek() == "\n":
                    self.take()
                else:
                    flush()
                    parts.append(Text(self.take(), True))
            elif char == "$" or char == "`":
                flush()
                parts.append(self.expansion(False))
            else:
                plain.append(self.take())
        flush()
        return Word(tuple(parts)) if parts else None

    def _single(self) -> str:
        end = self.text.find("'", self.at + 1)
        if end < 0:
            raise Incomplete("Unterminated quoted string", self.line)
        text = self.text[self.at + 1 : end]
        self.line += text.count("\n")
        self.at = end + 1
        return text

    def quoted_parts(self, end: str) -> list[Part]:
        """Parts inside double quotes up to ``end`` (taken), or of a here-document up to its end ("")."""
        parts: list[Part] = []
        plain: list[str] = []
        while True:
            if self.at >= len(self.text):
                if end:
                    raise Incomplete("Unterminated quoted string", self.line)
                break
            char = self.text[self.at]
            if char == end:
                self.at += 1
                break
            if char == "\\" and self.at + 1 < len(self.text) and self.text[self.at + 1] in '$`"\\\n':
                self.at += 1
                escaped = self.take()
                if escaped == '"' and not end:
                    plain.append('\\"')
                elif escaped != "\n":
                    plain.append(escaped)
            elif char in "$`":
                if plain:
                    parts.append(Text("".join(plain), True))
                    plain = []
                parts.append(self.expansion(True))
            else:
                plain.append(self.take())
        if plain:
            parts.append(Text("".join(plain), True))
        return parts

    def expansion(self, quoted: bool) -> Part:
        """What a dollar sign or a backquote begins."""
        self.depth += 1
        if self.depth > 100:
            raise ShellSyntaxError("nested too deeply", self.line)
        try:
            return self._expansion(quoted)
        finally:
            self.depth -= 1

    def _expansion(self, quoted: bool) -> Part:
        if self.take() == "`":
            return Substitution(self._backquoted(), quoted)
        char = self.peek()
        if self.text.startswith("((", self.at) and (expression := self._arithmetic()) is not None:
            return Arithmetic(expression, quoted)
        if char == "(":
            self.at += 1
            return Substitution(self._parse_until(self, ")"), quoted)
        if char == "{":
            return self._braced(quoted)
        if char and char in SPECIAL:
            self.at += 1
            return Variable(char, quoted=quoted)
        name = self._name()
        return Variable(name, quoted=quoted) if name else Text("$", quoted)

    def _name(self) -> str:
        start = self.at
        while self.at < len(self.text) and (self.text[self.at] == "_" or self.text[self.at].isalnum()):
            if self.at == start and self.text[self.at].isdigit():
                break
            if not self.text[self.at].isascii():
                break
            self.at += 1
        return self.text[start : self.at]

    def _backquoted(self) -> Node | None:
        chars: list[str] = []
        while True:
            if self.at >= len(self.text):
                raise Incomplete("EOF in backquote substitution", self.line)
            char = self.take()
            if char == "`":
                break
            if char == "\\" and self.peek() in ("`", "$", "\\"):
                char = self.take()
            chars.append(char)
        inner = Reader("".join(chars), self._parse_until)
        inner.depth = self.depth
        return self._parse_until(inner, "")

    def _arithmetic(self) -> Word | None:
        """The expression of $((...)), or None where it is a subshell in a substitution after all."""
        depth, at = 0, self.at + 2
        while at < len(self.text):
            char = self.text[at]
            if char == "(":
                depth += 1
            elif char == ")":
                if depth == 0:
                    break
                depth -= 1
            at += 1
        if not self.text.startswith("))", at):
            return None
        inner = Reader(self.text[self.at + 2 : at], self._parse_until)
        inner.depth = self.depth
        parts = inner.quoted_parts("")
        self.line += self.text.count("\n", self.at, at)
        self.at = at + 2
        return Word(tuple(parts))

    def _braced(self, quoted: bool) -> Part:
        self.at += 1
        if self.peek() == "#" and self.text[self.at + 1 : self.at + 2] not in ("", "}"):
            self.at += 1
            name = self._parameter()
            self._closing()
            return Variable(name, "len", quoted=quoted)
        name = self._parameter()
        if self.peek() == "}":
            self.at += 1
            return Variable(name, quoted=quoted)
        for op in PARAMETER_OPS:
            if name and self.text.startswith(op, self.at):
                self.at += len(op)
                return Variable(name, op, self._brace_word(quoted), quoted)
        if self.at >= len(self.text):
            raise Incomplete("Missing '}'", self.line)
        raise ShellSyntaxError("Bad substitution", self.line)

    def _parameter(self) -> str:
        name = self._name()
        if not name and self.peek() and self.peek() in SPECIAL:
            while self.peek().isdigit() and self.text[self.at + 1 : self.at + 2].isdigit():
                name += self.take()
            name += self.take()
        return name

    def _closing(self) -> None:
        if self.peek() != "}":
            raise (Incomplete if not self.peek() else ShellSyntaxError)("Missing '}'", self.line)
        self.at += 1

    def _brace_word(self, quoted: bool) -> Word:
        parts: list[Part] = []
        plain: list[str] = []
        while True:
            if self.at >= len(self.text):
                raise Incomplete("Missing '}'", self.line)
            char = self.text[self.at]
            if char == "}":
                self.at += 1
                break
            new: list[Part] = []
            if char == "'" and not quoted:
                new = [Text(self._single(), True)]
            elif char == '"':
                self.at += 1
                new = self.quoted_parts('"') or [Text("", True)]
            elif char in "$`":
                new = [self.expansion(quoted)]
            elif char == "\\" and self.at + 1 < len(self.text):
                self.at += 1
                new = [Text(self.take(), True)]
            else:
                plain.append(self.take())
            if new:
                if plain:
                    parts.append(Text("".join(plain), quoted))
                    plain = []
                parts.extend(new)
        if plain:
            parts.append(Text("".join(plain), quoted))
        return Word(tuple(parts))
