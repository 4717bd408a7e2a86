"""What a shell script is made of, as data."""

from __future__ import annotations

from dataclasses import dataclass, field


class ShellSyntaxError(Exception):
    """The script is no shell script: dash's words for it, and the line."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


class Incomplete(ShellSyntaxError):
    """The script ends too early; more lines could make it whole."""


@dataclass(frozen=True, slots=True)
class Text:
    """Literal text; quoted text is neither split nor globbed."""

    text: str
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Variable:
    """$NAME or ${NAME op word}; op is one of "", "-", ":-", "=", ":=", "+", ":+", "?", ":?", "#", "##", "%", "%%", "len"."""

    name: str
    op: str = ""
    word: Word | None = None
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Substitution:
    """$(script) or `script`."""

    body: Node | None
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """$((expression))."""

    expression: Word
    quoted: bool = False


Part = Text | Variable | Substitution | Arithmetic


@dataclass(frozen=True, slots=True)
class Word:
    parts: tuple[Part, ...]

    @property
    def literal(self) -> str | None:
        """The text of a word without any quoting or expansion, else None."""
        if len(self.parts) == 1 and isinstance(self.parts[0], Text) and not self.parts[0].quoted:
            return self.parts[0].text
        return None


@dataclass(slots=True)
class Redirect:
    """N op target: ``op`` is "<", ">", ">>", ">|", "<>", ">&", "<&" or "<<" (then ``target`` is the text)."""

    fd: int
    op: str
    target: Word


@dataclass(frozen=True, slots=True)
class Simple:
    assignments: tuple[tuple[str, Word], ...]
    words: tuple[Word, ...]
    redirects: tuple[Redirect, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Pipeline:
    commands: tuple[Node, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class AndOr:
    left: Node
    op: str
    right: Node


@dataclass(frozen=True, slots=True)
class Background:
    body: Node


@dataclass(frozen=True, slots=True)
class Sequence:
    commands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """{ body; } or, as a subshell, ( body ); with redirections."""

    body: Node
    subshell: bool
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class If:
    branches: tuple[tuple[Node, Node], ...]
    otherwise: Node | None


@dataclass(frozen=True, slots=True)
class Loop:
    condition: Node
    body: Node
    until: bool


@dataclass(frozen=True, slots=True)
class For:
    name: str
    words: tuple[Word, ...] | None
    body: Node


@dataclass(frozen=True, slots=True)
class Case:
    word: Word
    branches: tuple[tuple[tuple[Word, ...], Node | None], ...]


@dataclass(frozen=True, slots=True)
class Function:
    name: str
    body: Node


@dataclass(frozen=True, slots=True)
class Empty:
    """No command at all."""

    redirects: tuple[Redirect, ...] = field(default=())


Node = Simple | Pipeline | AndOr | Background | Sequence | Group | If | Loop | For | Case | Function | Empty
