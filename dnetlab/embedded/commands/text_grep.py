"""``grep``, and regular expressions of POSIX as Python's ``re`` has them."""

from __future__ import annotations

import re
from collections import deque

from .fileops import each_line
from .options import OptionError, parse
from .process import Exit, Process, Program
from .registry import command

GREP_USAGE = "Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n"


def regex(pattern: str, extended: bool, fixed: bool = False) -> str:
    """A pattern of POSIX as Python's re has it: basic ones escape what extended ones do not."""
    if fixed:
        return re.escape(pattern)
    out, at, in_class = [], 0, False
    while at < len(pattern):
        char = pattern[at]
        if in_class:
            end = pattern.find(":]", at) if pattern.startswith("[:", at) else -1
            if end > 0:
                out.append(CLASSES.get(pattern[at + 2 : end], ""))
                at = end + 2
                continue
            out.append("\\" + char if char in "\\[" else char)
            in_class = char != "]"
        elif char == "[":
            match = re.compile(r"\[\^?\]?").match(pattern, at)
            assert match is not None
            text = match.group()
            out.append(text.replace("]", "\\]"))
            at = match.end()
            in_class = True
            continue
        elif char == "\\" and at + 1 < len(pattern):
            following = pattern[at + 1]
            at += 1
            if not extended and following in "(){}|+?":
                out.append(following)
            elif following in "<>":
                out.append("\\b")
            else:
                out.append("\\" + following)
        elif not extended and (char in "(){}|+?" or (char == "*" and not out)):
            out.append("\\" + char)
        else:
            out.append(char)
        at += 1
    return "".join(out)


CLASSES = {
    "digit": "0-9",
    "alpha": "a-zA-Z",
    "alnum": "a-zA-Z0-9",
    "space": r" \t\r\n\f\v",
    "upper": "A-Z",
    "lower": "a-z",
    "blank": r" \t",
    "xdigit": "0-9A-Fa-f",
    "punct": r"!-/:-@\[-`{-~",
}


@command("grep", "egrep", "fgrep")
def grep(p: Process) -> Program:
    """grep [-EFGivcnolqswxhH] [-e PATTERN] [-A N] [-B N] [-m N] PATTERN [FILE...]."""
    long = (
        "extended-regexp",
        "fixed-strings",
        "ignore-case",
        "invert-match",
        "count",
        "line-number",
        "only-matching",
        "quiet",
        "regexp=",
        "after-context=",
        "before-context=",
        "max-count=",
        "color=?",
        "line-buffered",
        "word-regexp",
    )
    try:
        found, rest = parse(p.argv[1:], "EFGPivcnolLqswxhHe:A:B:C:m:a", long)
    except OptionError as error:
        p.err(f"grep: {error.text}\n{GREP_USAGE}")
        return 2
    names = {
        "extended-regexp": "E",
        "fixed-strings": "F",
        "ignore-case": "i",
        "invert-match": "v",
        "count": "c",
        "line-number": "n",
        "only-matching": "o",
        "quiet": "q",
        "regexp": "e",
        "after-context": "A",
        "before-context": "B",
        "max-count": "m",
        "word-regexp": "w",
    }
    options = {names.get(name, name): value for name, value in found}
    patterns = [value for name, value in found if names.get(name, name) == "e"]
    if not patterns:
        if not rest:
            p.err(GREP_USAGE)
            return 2
        patterns = [rest.pop(0)]
    matcher = _matcher(p, patterns, options)
    counts = {}
    for letter in "ABCm":
        value = options.get(letter, "0")
        if not value.isdigit():
            p.err(f"grep: {value}: invalid context length argument\n")
            return 2
        counts[letter] = int(value)
    with_name = (len(rest) > 1 and "h" not in options) or "H" in options
    search = Search(p, matcher, options, counts, with_name)
    for word in rest or ["-"]:
        search.begin(word)
        missing = yield from each_line(
            p, [word], search.take, "" if "s" in options else "grep: {word}: {why}"
        )
        if missing:
            search.missing = True
        else:
            search.end()
        if search.hit and "q" in options:
            return 0
    return 2 if search.missing and not search.hit else int(not search.hit)


def _matcher(p: Process, patterns: list[str], options: dict[str, str]) -> re.Pattern[str]:
    extended = "E" in options or "P" in options or p.name == "egrep"
    fixed = "F" in options or p.name == "fgrep"
    texts = [regex(line, extended, fixed) for pattern in patterns for line in pattern.split("\n")]
    joined = "|".join(f"(?:{t})" for t in texts)
    if "w" in options:
        joined = rf"\b(?:{joined})\b"
    if "x" in options:
        joined = rf"\A(?:{joined})\Z"
    try:
        return re.compile(joined, re.IGNORECASE if "i" in options else 0)
    except (re.error, OverflowError, RecursionError):
        p.err("grep: Invalid regular expression\n")
        raise Exit(2) from None


class Search:
    """Looks for hits line by line, and prints them as they come with the lines around them."""

    def __init__(
        self,
        p: Process,
        matcher: re.Pattern[str],
        options: dict[str, str],
        counts: dict[str, int],
        named: bool,
    ) -> None:
        self._p = p
        self._matcher = matcher
        self._options = options
        self._most = counts["m"]
        self._after, self._around = (
            counts["A"] or counts["C"],
            bool(counts["A"] or counts["B"] or counts["C"]),
        )
        self._before: deque[tuple[int, str]] = deque(maxlen=counts["B"] or counts["C"])
        self._named = named
        self._name = ""
        self._number = self._hits = self._due = self._shown = 0
        self.hit = self.missing = False

    def begin(self, word: str) -> None:
        """The lines of another input follow."""
        self._name = "(standard input)" if word in ("-", "/dev/stdin") else word
        self._number = self._hits = self._due = self._shown = 0
        self._before.clear()

    def end(self) -> None:
        """The input has ended."""
        label = f"{self._name}:" if self._named else ""
        if "c" in self._options:
            self._p.out(f"{label}{self._hits}\n")
        elif "l" in self._options and self._hits:
            self._p.out(f"{self._name}\n")

    def take(self, line: str, _: str) -> bool:
        """The next line; False where no other can matter."""
        self._number += 1
        full = bool(self._most) and self._hits >= self._most
        if not full and (self._matcher.search(line) is None) == ("v" in self._options):
            self._hits, self.hit = self._hits + 1, True
            if set("lq") & set(self._options):
                return False
            if "c" not in self._options:
                self._show_hit(line)
        elif self._due:
            self._due -= 1
            self._print(self._number, line, "-")
        else:
            self._before.append((self._number, line))
        return not (self._most and self._hits >= self._most and not self._due)

    def _show_hit(self, line: str) -> None:
        first = self._before[0][0] if self._before else self._number
        if self._around and self._shown and first > self._shown + 1:
            self._p.out("--\n")
        for number, earlier in self._before:
            self._print(number, earlier, "-")
        self._before.clear()
        self._print(self._number, line, ":")
        self._due = self._after

    def _print(self, number: int, line: str, sign: str) -> None:
        prefix = self._name + sign if self._named else ""
        if "n" in self._options:
            prefix += f"{number}{sign}"
        self._shown = number
        if "o" in self._options and "v" not in self._options:
            for match in self._matcher.finditer(line):
                if match.group():
                    self._p.out(f"{prefix}{match.group()}\n")
        else:
            self._p.out(f"{prefix}{line}\n")
