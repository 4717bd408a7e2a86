"""Expansion of shell words: variables, substitutions, splitting, file names (POSIX 2.6)."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Generator
from typing import TYPE_CHECKING

from .process import Wait
from .shell_arith import ArithmeticError_, evaluate
from .shell_tree import Arithmetic, Substitution, Text, Variable, Word

if TYPE_CHECKING:
    from .process import Process
    from .shell_run import Shell

Piece = tuple[str, bool]
"""Text, and whether it was quoted (then it is neither split nor a pattern)."""


class ExpansionError(Exception):
    """An expansion that ends a shell: ${x?word}, bad arithmetic."""


def text(shell: Shell, word: Word) -> Generator[Wait, None, str]:
    """A word as one string: no splitting, no file names (assignments, redirections, case)."""
    literal = word.literal
    if literal is not None and not literal.startswith("~"):
        return literal
    fields = yield from _fields(shell, word, split=False)
    return "".join(piece for field in fields for piece, _ in field)


def pattern(shell: Shell, word: Word) -> Generator[Wait, None, str]:
    """A word as a pattern for fnmatch: quoted characters stand for themselves."""
    fields = yield from _fields(shell, word, split=False)
    return "".join(_escape(piece) if quoted else piece for field in fields for piece, quoted in field)


def words(shell: Shell, items: tuple[Word, ...]) -> Generator[Wait, None, list[str]]:
    """Words as the arguments of a command."""
    result: list[str] = []
    for word in items:
        literal = word.literal
        if literal is not None and not set(literal) & set("*?[~"):
            result.append(literal)
            continue
        for field in (yield from _fields(shell, word, split=True)):
            result += _file_names(shell, field)
    return result


def _escape(piece: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", piece)


def _fields(shell: Shell, word: Word, split: bool) -> Generator[Wait, None, list[list[Piece]]]:
    """The fields of a word; an unquoted expansion may make several, or none."""
    fields: list[list[Piece]] = [[]]
    ifs = shell.get("IFS", " \t\n") if split else ""
    for number, part in enumerate(word.parts):
        if isinstance(part, Text):
            piece = part.text
            if number == 0 and not part.quoted and piece.startswith("~"):
                piece = _tilde(shell, piece)
            fields[-1].append((piece, part.quoted))
            continue
        if isinstance(part, Variable) and part.name == "@" and part.quoted and not part.op:
            for index, argument in enumerate(shell.arguments):
                if index:
                    fields.append([])
                fields[-1].append((argument, True))
            continue
        if isinstance(part, Variable) and part.word is not None and part.op in ("-", ":-", "+", ":+"):
            chosen = _choose(shell, part)
            if chosen is None:
                value = yield from expand_variable(shell, part)
            elif chosen.parts:
                inner = yield from _fields(shell, chosen, split)
                fields[-1] += inner[0]
                fields += inner[1:]
                continue
            else:
                value = ""
        else:
            value = yield from _value(shell, part)
        if part.quoted or not split:
            fields[-1].append((value, part.quoted))
        else:
            _split_into(fields, value, ifs)
    return [field for field in fields if any(quoted or piece for piece, quoted in field)] if split else fields


def _choose(shell: Shell, part: Variable) -> Word | None:
    """The alternative word of ${x-word} and ${x+word} where it applies, else None for the value."""
    value = shell.lookup(part.name)
    there = value is not None and (part.op[0] != ":" or value != "")
    if part.op[-1] == "-":
        return None if there else part.word
    return part.word if there else Word(())


def _split_into(fields: list[list[Piece]], value: str, ifs: str) -> None:
    if not ifs or not value:
        if value:
            fields[-1].append((value, False))
        return
    blank = "".join(c for c in ifs if c in " \t\n")
    other = "".join(c for c in ifs if c not in " \t\n")
    if other:
        parts = (
            re.split(
                f"[{re.escape(blank)}]*[{re.escape(other)}][{re.escape(blank)}]*|[{re.escape(blank)}]+", value
            )
            if blank
            else re.split(f"[{re.escape(other)}]", value)
        )
        if parts and parts[-1] == "":
            parts.pop()
    else:
        parts = [p for p in re.split(f"[{re.escape(blank)}]+", value) if p]
        if value[0] in blank and fields[-1]:
            fields.append([])
    for index, part in enumerate(parts):
        if index:
            fields.append([])
        fields[-1].append((part, False))
    if value[-1] in blank and parts:
        fields.append([])


def _value(shell: Shell, part: Variable | Substitution | Arithmetic) -> Generator[Wait, None, str]:
    if isinstance(part, Variable):
        return (yield from expand_variable(shell, part))
    if isinstance(part, Substitution):
        return (yield from shell.substitute(part.body))
    expression = yield from text(shell, part.expression)
    try:
        return str(evaluate(expression, lambda name: shell.get(name, "0"), shell.assign))
    except ArithmeticError_ as error:
        raise ExpansionError(str(error)) from None


def expand_variable(shell: Shell, part: Variable) -> Generator[Wait, None, str]:
    """The value of $NAME or ${NAME op word}."""
    value = shell.lookup(part.name)
    op = part.op
    if op == "len":
        return str(len(value or ""))
    if op in ("", "-", ":-", "+", ":+"):
        if value is None and "nounset" in shell.options and not op and part.name not in "@*":
            raise ExpansionError(f"{part.name}: parameter not set")
        return value or ""
    assert part.word is not None
    missing = value is None or (op[0] == ":" and value == "")
    if op in ("=", ":="):
        if missing:
            value = yield from text(shell, part.word)
            shell.assign(part.name, value)
        return value or ""
    if op in ("?", ":?"):
        if missing:
            message = yield from text(shell, part.word)
            raise ExpansionError(f"{part.name}: {message or 'parameter not set'}")
        return value or ""
    trimmed = yield from pattern(shell, part.word)
    return _trim(value or "", trimmed, op)


def _trim(value: str, glob: str, op: str) -> str:
    sizes = range(len(value) + 1)
    if op in ("#", "##"):
        for size in sizes if op == "#" else reversed(sizes):
            if matches(value[:size], glob):
                return value[size:]
    else:
        for size in reversed(sizes) if op == "%" else sizes:
            if matches(value[size:], glob):
                return value[:size]
    return value


def matches(value: str, glob: str) -> bool:
    """Whether a whole string matches a shell pattern."""
    return re.match(fnmatch.translate(glob), value) is not None


def _tilde(shell: Shell, piece: str) -> str:
    name, slash, rest = piece[1:].partition("/")
    return shell.get("HOME", "/root") + slash + rest if name in ("", "root") else piece


def _file_names(shell: Shell, field: list[Piece]) -> list[str]:
    """The files a pattern names; the word itself where there is none."""
    plain = "".join(piece for piece, _ in field)
    if not any(not quoted and set(piece) & set("*?[") for piece, quoted in field):
        return [plain]
    from .virtual import exists, is_directory

    process = shell.process
    glob = "".join(_escape(piece) if quoted else piece for piece, quoted in field)
    found = ["/"] if glob.startswith("/") else [""]
    for component in glob.split("/"):
        if component:
            found = [path for base in found for path in _matching(process, base, component)]
    if glob.endswith("/"):
        found = [f"{path}/" for path in found if is_directory(process, path)]
    return sorted(path for path in found if exists(process, path)) or [plain]


def _matching(process: Process, base: str, component: str) -> list[str]:
    """The paths below a directory that one component of a pattern may mean."""
    from .virtual import listdir

    begin = base if not base or base.endswith("/") else f"{base}/"
    if not set(component) & set("*?["):
        return [begin + component]
    names = listdir(process, base or process.cwd) or []
    hidden = component.startswith(".")
    names = [".", "..", *names] if hidden else [name for name in names if not name.startswith(".")]
    return [begin + name for name in names if matches(name, component)]
