"""``grep``, and regular expressions of POSIX as Python's ``re`` has them."""

from __future__ import annotations

import re

from .fileops import open_inputs
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
    missing = yield from open_inputs(p, rest, "" if "s" in options else "grep: {word}: {why}")
    hit = False
    with_name = (len(rest) > 1 and "h" not in options) or "H" in options
    for name, data in p.inputs:  # type: ignore[attr-defined]
        label = ("(standard input)" if name == "-" else name) + ":" if with_name else ""
        if _grep_one(p, data, matcher, options, counts, label, name):
            hit = True
            if "q" in options:
                return 0
    return 2 if missing and not hit else int(not hit)


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


def _grep_one(
    p: Process, data: bytes, matcher: re.Pattern[str], options: dict[str, str], counts: dict[str, int], label: str, name: str
) -> bool:  # fmt: skip
    lines = data.decode("utf-8", "surrogateescape").splitlines()
    inverted = "v" in options
    hits = [i for i, line in enumerate(lines) if (matcher.search(line) is None) == inverted]
    if counts["m"]:
        hits = hits[: counts["m"]]
    if "c" in options:
        p.out(f"{label}{len(hits)}\n")
    elif "l" in options:
        p.out(f"{'(standard input)' if name == '-' else name}\n" if hits else "")
    elif "q" not in options:
        after, before = counts["A"] or counts["C"], counts["B"] or counts["C"]
        _print_hits(p, lines, hits, matcher, options, (after, before), label)
    return bool(hits)


def _print_hits(
    p: Process, lines: list[str], hits: list[int], matcher: re.Pattern[str], options: dict[str, str],
    around: tuple[int, int], label: str,
) -> None:  # fmt: skip
    after, before = around
    wanted, last = set(hits), -1
    for hit in hits:
        if hit <= last and not (after or before):
            continue
        low = max(last + 1, hit - before)
        if (after or before) and last >= 0 and low > last + 1:
            p.out("--\n")
        for index in range(low, min(len(lines), hit + after + 1)):
            sign = ":" if index in wanted else "-"
            prefix = label[:-1] + sign if label else ""
            if "n" in options:
                prefix += f"{index + 1}{sign}"
            if "o" in options and "v" not in options:
                for match in matcher.finditer(lines[index]):
                    if match.group():
                        p.out(f"{prefix}{match.group()}\n")
            else:
                p.out(f"{prefix}{lines[index]}\n")
            last = index
