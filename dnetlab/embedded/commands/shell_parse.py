"""The grammar of the shell (POSIX 2.10), with dash's error messages."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .shell_tree import (
    AndOr,
    Background,
    Case,
    Empty,
    For,
    Function,
    Group,
    If,
    Incomplete,
    Loop,
    Node,
    Pipeline,
    Redirect,
    Sequence,
    ShellSyntaxError,
    Simple,
    Text,
    Word,
)
from .shell_words import Reader

RESERVED = {
    "if",
    "then",
    "else",
    "elif",
    "fi",
    "do",
    "done",
    "case",
    "esac",
    "while",
    "until",
    "for",
    "{",
    "}",
    "!",
    "in",
}
ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
MAX_DEPTH = 100


def parse(text: str) -> Node:
    """The tree of a script; raises ShellSyntaxError, or Incomplete where it ends too early."""
    nodes = tuple(commands(text))
    return nodes[0] if len(nodes) == 1 else Sequence(nodes) if nodes else Empty()


def commands(text: str, interactive: bool = False) -> Iterator[Node]:
    """The complete commands of a script one after the other, as a shell reads them: line by line.

    An error in a later line is found only after the earlier commands were given out. ``interactive`` asks
    for more text where a here-document has no end yet.
    """
    reader = Reader(text, _until)
    parser = _Parser(reader)
    while True:
        parser.skip()
        if not reader.peek():
            return
        node = parser.line()
        if reader.pending or (interactive and reader.open_document):
            if interactive:
                raise Incomplete("end of file unexpected", reader.line)
            reader.close_documents()
        yield node


def _until(reader: Reader, end: str) -> Node | None:
    """A list of commands up to ``end``: a closing parenthesis (taken) or the end of the text."""
    parser = _Parser(reader)
    node = parser.compound_list(())
    parser.skip()
    if end:
        if not reader.peek():
            raise Incomplete(f'end of file unexpected (expecting "{end}")', reader.line)
        if not reader.text.startswith(end, reader.at):
            parser.unexpected()
        reader.at += len(end)
    elif reader.at < len(reader.text):
        parser.unexpected()
    return node


class _Parser:
    def __init__(self, reader: Reader) -> None:
        self.r = reader

    def skip(self) -> None:
        """Skip blanks, comments and newlines."""
        self.r.skip_blanks()
        while self.r.peek() == "\n":
            self.r.newline()
            self.r.skip_blanks()

    def unexpected(self, expecting: str = "") -> None:
        """Raise dash's complaint about what comes next."""
        self.r.skip_blanks()
        hint = f' (expecting "{expecting}")' if expecting else ""
        operator = self.r.operator()
        if not self.r.peek():
            raise Incomplete(f"end of file unexpected{hint}", self.r.line)
        if operator == "\n":
            raise ShellSyntaxError(f"newline unexpected{hint}", self.r.line)
        if operator:
            raise ShellSyntaxError(f'"{operator}" unexpected{hint}', self.r.line)
        word = self.reserved(all_words=True)
        text = f'"{word}" unexpected' if word in RESERVED else "word unexpected"
        raise ShellSyntaxError(text + hint, self.r.line)

    def reserved(self, all_words: bool = False) -> str:
        """The bare word that comes next, not taken, if it is a reserved one."""
        self.r.skip_blanks()
        match = re.compile(r"[^\s&|;<>()'\"\\$`]+").match(self.r.text, self.r.at)
        if match is None:
            return ""
        after = self.r.text[match.end() : match.end() + 1]
        word = match.group()
        return word if (word in RESERVED or all_words) and after not in ("'", '"', "\\", "$", "`") else ""

    def take_reserved(self, word: str, expecting: str = "") -> None:
        self.skip()
        if self.reserved() != word:
            self.unexpected(expecting or word)
        self.r.at += len(word)

    # --- lists ---------------------------------------------------------------------------------------

    def compound_list(self, stop: tuple[str, ...]) -> Node | None:
        """Commands separated by newlines, ";" and "&", up to a word of ``stop``, a ")" or the end."""
        commands: list[Node] = []
        while True:
            self.skip()
            if not self.r.peek() or self.r.operator() in (")", ";;") or self.reserved() in stop:
                break
            node = self.and_or()
            self.r.skip_blanks()
            operator = self.r.operator()
            if operator == "&":
                self.r.at += 1
                node = Background(node)
            elif operator == ";":
                self.r.at += 1
            commands.append(node)
            if operator not in ("&", ";", "\n"):
                break
        self.skip()
        if not commands:
            return None
        return commands[0] if len(commands) == 1 else Sequence(tuple(commands))

    def line(self) -> Node:
        """One complete command: up to a newline or the end of the text."""
        found: list[Node] = []
        while True:
            node = self.and_or()
            self.r.skip_blanks()
            operator = self.r.operator()
            if operator == "&":
                node = Background(node)
            found.append(node)
            if operator in ("&", ";"):
                self.r.at += 1
                self.r.skip_blanks()
                operator = self.r.operator()
            elif operator not in ("\n", ""):
                self.unexpected()
            if operator == "\n":
                self.r.newline()
                break
            if not self.r.peek():
                break
        return found[0] if len(found) == 1 else Sequence(tuple(found))

    def body(self, stop: tuple[str, ...], expecting: str) -> Node:
        node = self.compound_list(stop)
        if node is None:
            self.unexpected("" if self.r.peek() else expecting)
        assert node is not None
        return node

    def and_or(self) -> Node:
        node = self.pipeline()
        while True:
            self.r.skip_blanks()
            operator = self.r.operator()
            if operator not in ("&&", "||"):
                return node
            self.r.at += 2
            self.skip()
            node = AndOr(node, operator, self.pipeline())

    def pipeline(self) -> Node:
        negated = False
        while self.reserved() == "!":
            self.r.at += 1
            negated = not negated
        commands = [self.command()]
        while True:
            self.r.skip_blanks()
            if self.r.operator() != "|":
                break
            self.r.at += 1
            self.skip()
            commands.append(self.command())
        if len(commands) == 1 and not negated:
            return commands[0]
        return Pipeline(tuple(commands), negated)

    # --- commands ------------------------------------------------------------------------------------

    def command(self) -> Node:
        self.r.depth += 1
        if self.r.depth > MAX_DEPTH:
            raise ShellSyntaxError("nested too deeply", self.r.line)
        try:
            return self._command()
        finally:
            self.r.depth -= 1

    def _command(self) -> Node:
        self.r.skip_blanks()
        if self.r.operator() == "(":
            self.r.at += 1
            body = self.compound_list(())
            if body is None or self.r.operator() != ")":
                self.unexpected(")" if body is not None or not self.r.peek() else "")
            assert body is not None
            self.r.at += 1
            return Group(body, True, self.redirects())
        word = self.reserved()
        if word == "{":
            self.r.at += 1
            body = self.body(("}",), "}")
            self.take_reserved("}")
            return Group(body, False, self.redirects())
        if word in ("if", "while", "until", "for", "case"):
            self.r.at += len(word)
            node: Node
            if word == "if":
                node = self._if()
            elif word == "for":
                node = self._for()
            elif word == "case":
                node = self._case()
            else:
                condition = self.body(("do",), "do")
                node = Loop(condition, self._do(), word == "until")
            redirects = self.redirects()
            return Group(node, False, redirects) if redirects else node
        if word and word != "in":
            self.unexpected()
        return self._simple()

    def _if(self) -> Node:
        branches: list[tuple[Node, Node]] = []
        otherwise = None
        while True:
            condition = self.body(("then",), "then")
            self.take_reserved("then")
            branches.append((condition, self.body(("elif", "else", "fi"), "fi")))
            word = self.reserved()
            if word == "elif":
                self.r.at += 4
                continue
            if word == "else":
                self.r.at += 4
                otherwise = self.body(("fi",), "fi")
            self.take_reserved("fi")
            return If(tuple(branches), otherwise)

    def _do(self) -> Node:
        self.take_reserved("do")
        body = self.body(("done",), "done")
        self.take_reserved("done")
        return body

    def _for(self) -> Node:
        self.r.skip_blanks()
        word = self.r.word()
        name = word.literal if word else None
        if name is None or not NAME.match(name):
            raise (ShellSyntaxError if self.r.peek() else Incomplete)("Bad for loop variable", self.r.line)
        self.skip()
        words: tuple[Word, ...] | None = None
        if self.reserved() == "in":
            self.r.at += 2
            found: list[Word] = []
            self.r.skip_blanks()
            while (item := self.r.word()) is not None:
                found.append(item)
                self.r.skip_blanks()
            words = tuple(found)
        if self.r.operator() == ";":
            self.r.at += 1
        elif words is not None and self.r.operator() != "\n":
            self.unexpected()
        return For(name, words, self._do())

    def _case(self) -> Node:
        self.r.skip_blanks()
        word = self.r.word()
        if word is None:
            self.unexpected()
        assert word is not None
        self.take_reserved("in")
        branches: list[tuple[tuple[Word, ...], Node | None]] = []
        while True:
            self.skip()
            if self.reserved() == "esac":
                self.r.at += 4
                return Case(word, tuple(branches))
            if self.r.operator() == "(":
                self.r.at += 1
            patterns: list[Word] = []
            while True:
                self.r.skip_blanks()
                pattern = self.r.word()
                if pattern is None:
                    self.unexpected("" if self.r.peek() else "esac")
                assert pattern is not None
                patterns.append(pattern)
                self.r.skip_blanks()
                if self.r.operator() != "|":
                    break
                self.r.at += 1
            if self.r.operator() != ")":
                self.unexpected(")")
            self.r.at += 1
            body = self.compound_list(("esac",))
            branches.append((tuple(patterns), body))
            if self.r.operator() == ";;":
                self.r.at += 2
            elif self.reserved() != "esac":
                self.unexpected(";;")

    def _simple(self) -> Node:
        line = self.r.line
        assignments: list[tuple[str, Word]] = []
        words: list[Word] = []
        redirects: list[Redirect] = []
        while True:
            self.r.skip_blanks()
            redirect = self.redirect()
            if redirect is not None:
                redirects.append(redirect)
                continue
            word = self.r.word()
            if word is None:
                break
            first = word.parts[0]
            match = ASSIGNMENT.match(first.text) if isinstance(first, Text) and not first.quoted else None
            if match and not words and isinstance(first, Text):
                rest = Text(first.text[match.end() :])
                parts = ((rest,) if rest.text else ()) + word.parts[1:]
                assignments.append((match.group()[:-1], Word(parts)))
                continue
            words.append(word)
            if len(words) == 1 and not assignments and not redirects and word.literal is not None:
                self.r.skip_blanks()
                if self.r.operator() == "(":
                    return self._function(word.literal)
        if not words and not assignments and not redirects:
            self.unexpected()
        return Simple(tuple(assignments), tuple(words), tuple(redirects), line)

    def _function(self, name: str) -> Node:
        self.r.at += 1
        self.r.skip_blanks()
        if self.r.operator() != ")":
            self.unexpected(")")
        self.r.at += 1
        if not NAME.match(name):
            raise ShellSyntaxError("Bad function name", self.r.line)
        self.skip()
        return Function(name, self.command())

    def redirects(self) -> tuple[Redirect, ...]:
        found: list[Redirect] = []
        while True:
            self.r.skip_blanks()
            redirect = self.redirect()
            if redirect is None:
                return tuple(found)
            found.append(redirect)

    def redirect(self) -> Redirect | None:
        """A redirection that comes next, taken; None where none comes."""
        match = re.compile(r"(\d*)(<<-|<<|>>|<&|>&|<>|>\||<|>)").match(self.r.text, self.r.at)
        if match is None:
            return None
        self.r.at = match.end()
        op = match.group(2)
        fd = int(match.group(1)[:3]) if match.group(1) else (0 if op[0] == "<" else 1)
        self.r.skip_blanks()
        word = self.r.word()
        if word is None:
            self.unexpected()
        assert word is not None
        redirect = Redirect(fd, "<<" if op == "<<-" else op, word)
        if op in ("<<", "<<-"):
            # Only quotes are taken off a delimiter; it is never expanded.
            texts = [part.text if isinstance(part, Text) else "$" for part in word.parts]
            quoted = any(isinstance(part, Text) and part.quoted for part in word.parts)
            self.r.pending.append((redirect, "".join(texts), quoted, op == "<<-"))
        return redirect
