"""sed and awk as far as one-liners need them: ``sed -n 2p``, ``sed s/a/b/``, ``awk '{print $2}'``."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

from .fileops import each_line
from .options import OptionError, parse
from .process import Exit, Process, Program
from .registry import command
from .text_grep import regex


@dataclass(frozen=True, slots=True)
class Command:
    """One command of sed: which lines, what to do, and for ``s`` pattern, replacement and flags."""

    low: str | None
    high: str | None
    negated: bool
    what: str
    pattern: re.Pattern[str] | None = None
    replacement: str = ""
    flags: str = ""


@command("sed")
def sed(p: Process) -> Program:
    """sed [-n] [-E] [-e SCRIPT] [SCRIPT] [FILE...]: p, d, q, s and addresses N, N,M, $, /RE/."""
    try:
        found, rest = parse(p.argv[1:], "nEre:isu", ("quiet", "silent", "expression=", "regexp-extended"))
    except OptionError as error:
        p.err(
            f"sed: {error.text}\nUsage: sed [OPTION]... {{script-only-if-no-other-script}} [input-file]...\n"
        )
        return 1
    names = {name for name, _ in found}
    scripts = [value for name, value in found if name in ("e", "expression")]
    if not scripts:
        if not rest:
            p.err("Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...\n")
            return 1
        scripts = [rest.pop(0)]
    extended = bool(names & {"E", "r", "regexp-extended"})
    commands = [c for script in scripts for c in _script(p, script, extended)]
    quiet = bool(names & {"n", "quiet", "silent"})
    editor = Editor(p, commands, quiet)
    code = yield from each_line(p, rest, editor.take, "sed: can't read {word}: {why}")
    editor.end()
    return 2 if code else 0


def _bad(p: Process, at: int, text: str) -> Exit:
    p.err(f"sed: -e expression #1, char {at}: {text}\n")
    return Exit(1)


ADDRESS = re.compile(r"(\d+|\$|/(?:[^/\\]|\\.)*/)(?:,(\d+|\$|/(?:[^/\\]|\\.)*/))?")


def _script(p: Process, text: str, extended: bool) -> list[Command]:
    found, at = [], 0
    while at < len(text):
        if text[at] in " ;\n\t}{":
            at += 1
            continue
        match = ADDRESS.match(text, at)
        low, high = match.groups() if match else (None, None)
        at = match.end() if match else at
        rest = re.compile(r"\s*(!?)\s*").match(text, at)
        assert rest is not None
        negated, at = bool(rest.group(1)), rest.end()
        if at >= len(text):
            raise _bad(p, at, "missing command")
        what = text[at]
        if what == "s":
            made, at = _substitute(p, text, at, extended, low, high, negated)
            found.append(made)
        elif what in "pdq=":
            found.append(Command(low, high, negated, what))
            at += 1
        else:
            raise _bad(p, at + 1, f"unknown command: `{what}'")
    return found


def _substitute(
    p: Process, text: str, at: int, extended: bool, low: str | None, high: str | None, negated: bool
) -> tuple[Command, int]:
    if at + 1 >= len(text):
        raise _bad(p, at + 1, "unterminated `s' command")
    mark = text[at + 1]
    parts: list[str] = []
    current, index = "", at + 2
    while index < len(text) and len(parts) < 2:
        char = text[index]
        if char == "\\" and index + 1 < len(text):
            current += text[index + 1] if text[index + 1] == mark else text[index : index + 2]
            index += 2
            continue
        if char == mark:
            parts.append(current)
            current = ""
        else:
            current += char
        index += 1
    if len(parts) < 2:
        raise _bad(p, len(text), "unterminated `s' command")
    flags = re.compile(r"[gipIe0-9]*").match(text, index)
    assert flags is not None
    try:
        pattern = re.compile(
            regex(parts[0], extended), re.IGNORECASE if set(flags.group()) & set("iI") else 0
        )
    except (re.error, OverflowError):
        raise _bad(p, index, "Invalid regular expression") from None
    return Command(low, high, negated, "s", pattern, parts[1], flags.group()), flags.end()


def _matches(address: str, number: int, last: bool, line: str) -> bool:
    if address == "$":
        return last
    if address.startswith("/"):
        try:
            return re.search(regex(address[1:-1], False), line) is not None
        except re.error:
            return False
    return number == int(address)


class Editor:
    """Lines on their way through a script. Where a command is for the last line, each waits until it is known not to be it."""

    def __init__(self, p: Process, commands: list[Command], quiet: bool) -> None:
        self._p = p
        self._commands = commands
        self._quiet = quiet
        self._number = 0
        self._inside: set[int] = set()
        self._waits = any("$" in (c.low, c.high) for c in commands)
        self._held: str | None = None

    def take(self, line: str, _: str) -> bool:
        """The next line of the input; False where the script has quit."""
        if not self._waits:
            return self._edit(line, False)
        held, self._held = self._held, line
        return held is None or self._edit(held, False)

    def end(self) -> None:
        """The input has ended."""
        if self._held is not None:
            self._edit(self._held, True)

    def _edit(self, line: str, last: bool) -> bool:
        self._number += 1
        deleted, going = False, True
        for index, command_ in enumerate(self._commands):
            if self._chosen(index, command_, last, line) == command_.negated:
                continue
            if command_.what == "d":
                deleted = True
                break
            if command_.what == "p":
                self._p.out(line + "\n")
            elif command_.what == "=":
                self._p.out(f"{self._number}\n")
            elif command_.what == "q":
                going, self._held = False, None
                break
            else:
                line = _replace(self._p, command_, line)
        if not deleted and not self._quiet:
            self._p.out(line + "\n")
        return going

    def _chosen(self, index: int, command_: Command, last: bool, line: str) -> bool:
        low, high, number = command_.low, command_.high, self._number
        if low is None:
            return True
        if high is None:
            return _matches(low, number, last, line)
        begins = index not in self._inside and _matches(low, number, last, line)
        if not begins and index not in self._inside:
            return False
        ends = _matches(high, number, last, line) and not (begins and high.startswith("/"))
        ends = ends or (high.isdigit() and int(high) <= number)
        (self._inside.discard if ends else self._inside.add)(index)
        return True


def _replace(p: Process, command_: Command, line: str) -> str:
    assert command_.pattern is not None

    def expand(match: re.Match[str]) -> str:
        out, at, text = "", 0, command_.replacement
        while at < len(text):
            char = text[at]
            if char == "\\" and at + 1 < len(text):
                following = text[at + 1]
                if following.isdigit():
                    group = int(following)
                    out += (match.group(group) or "") if group <= (match.re.groups) else ""
                else:
                    out += {"n": "\n", "t": "\t"}.get(following, following)
                at += 2
                continue
            out += match.group() if char == "&" else char
            at += 1
        return out

    changed, count = command_.pattern.subn(expand, line, count=0 if "g" in command_.flags else 1)
    if count and "p" in command_.flags:
        p.out(changed + "\n")
    return changed


AWK_RULE = re.compile(
    r"\s*(?:/(?P<re>(?:[^/\\]|\\.)*)/|(?P<test>(?:NR|NF|\$\d+)\s*(?:==|!=|~|>|<)\s*(?:\"[^\"]*\"|\d+|/[^/]*/)))?"
    r"\s*(?:\{\s*(?P<body>[^}]*)\})?\s*"
)


@command("awk")
def awk(p: Process) -> Program:
    """awk [-F SEPARATOR] '[/RE/] {print $1, $NF}' [FILE...]: printing fields, nothing more."""
    try:
        found, rest = parse(p.argv[1:], "F:v:")
    except OptionError as error:
        p.err(f"awk: {error.text}\n")
        return 2
    if not rest:
        p.err("usage: awk [-F fs] 'prog' [file ...]\n")
        return 2
    rule = AWK_RULE.fullmatch(rest[0])
    body = (
        (rule.group("body") or "print" if rule.group("body") is None or rule.group("body").strip() else "")
        if rule
        else ""
    )
    statements = [s.strip() for s in body.split(";") if s.strip()] if rule else []
    if (
        rule is None
        or not rest[0].strip()
        or any(not re.fullmatch(r"print(\b.*)?|exit", s) for s in statements)
    ):
        p.err("awk: the embedded engine knows '{print $N}' with a pattern before it, and no more\n")
        return 2
    separator = dict(found).get("F")
    numbers = itertools.count(1)

    def take(line: str, _: str) -> bool:
        number, fields = next(numbers), _fields(line, separator)
        if _rule_matches(rule, line, fields, number):
            for statement in statements:
                if statement == "exit":
                    return False
                p.out(" ".join(_terms(statement[5:], line, fields, number)) + "\n")
        return True

    code = yield from each_line(p, rest[1:], take, "awk: cannot open {word} ({why})")
    return 2 if code else 0


def _fields(line: str, separator: str | None) -> list[str]:
    if separator is None or separator == " ":
        return line.split()
    try:
        return re.split(separator if len(separator) > 1 else re.escape(separator), line)
    except re.error:
        return [line]


def _value(term: str, line: str, fields: list[str], number: int) -> str:
    term = term.strip()
    if term.startswith('"') and term.endswith('"') and len(term) > 1:
        return term[1:-1].replace("\\t", "\t").replace("\\n", "\n")
    if term == "NR":
        return str(number)
    if term == "NF":
        return str(len(fields))
    match = re.fullmatch(r"\$\(?(NF(?:-\d+)?|\d+)\)?", term)
    if match is None:
        return term if term.isdigit() else ""
    word = match.group(1)
    index = int(word) if word.isdigit() else len(fields) - int(word[3:] or 0)
    return line if index == 0 else fields[index - 1] if 0 < index <= len(fields) else ""


def _terms(text: str, line: str, fields: list[str], number: int) -> list[str]:
    if not text.strip():
        return [line]
    made = []
    for argument in re.findall(r'(?:"[^"]*"|[^,"])+', text):
        parts = re.findall(r'"[^"]*"|\$\(?[A-Z0-9-]+\)?|\w+', argument)
        made.append("".join(_value(part, line, fields, number) for part in parts))
    return made


def _rule_matches(rule: re.Match[str], line: str, fields: list[str], number: int) -> bool:
    try:
        if rule.group("re") is not None:
            return re.search(regex(rule.group("re"), True), line) is not None
        if rule.group("test") is None:
            return True
        left, operator, right = re.split(r"\s*(==|!=|~|>|<)\s*", rule.group("test"), maxsplit=1)
        value = _value(left, line, fields, number)
        if operator == "~":
            return re.search(regex(right.strip('/"'), True), value) is not None
    except re.error:
        return False
    other = _value(right, line, fields, number)
    if operator in ("==", "!="):
        same = (
            value == other if right.startswith('"') or not value.isdigit() else int(value) == int(other or 0)
        )
        return same == (operator == "==")
    a, b = float(value or 0) if value.replace(".", "").isdigit() else 0.0, float(other or 0)
    return a > b if operator == ">" else a < b
