"""``echo`` and ``printf`` as dash has them built in."""

from __future__ import annotations

import re

from .process import Process
from .registry import command

ESCAPES = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "v": "\v",
    "\\": "\\",
    "e": "\x1b",
}


def unescape(text: str, octal_zero: bool) -> tuple[str, bool]:
    r"""Text with \n, \t, \0NN ... made characters; True where \c ended it."""
    out, at = [], 0
    while at < len(text):
        char = text[at]
        if char != "\\" or at + 1 == len(text):
            out.append(char)
            at += 1
            continue
        following = text[at + 1]
        if following == "c":
            return "".join(out), True
        match = re.compile(r"\\0?([0-7]{1,3})" if octal_zero else r"\\([0-7]{1,3})").match(text, at)
        if match:
            out.append(chr(int(match.group(1), 8) & 0xFF))
            at = match.end()
        elif following in ESCAPES:
            out.append(ESCAPES[following])
            at += 2
        else:
            out.append(char)
            at += 1
    return "".join(out), False


@command("echo")
def echo(p: Process) -> int:
    """echo [-n] [WORD...]: dash's, which always understands backslashes."""
    words = p.argv[1:]
    newline = True
    if words and words[0] == "-n":
        newline = False
        words = words[1:]
    text, ended = unescape(" ".join(words), True)
    p.out(text + ("\n" if newline and not ended else ""))
    return 0


FORMAT = re.compile(r"%([-+ 0#]*)(\d+|\*)?(?:\.(\d+|\*))?([diouxXcsbeEfFgG%])")


@command("printf")
def printf(p: Process) -> int:
    """printf FORMAT [ARGUMENT...]: the format is used again while arguments are left."""
    if len(p.argv) < 2:
        p.err("printf: usage: printf format [arg ...]\n")
        return 2
    words = p.argv[1:]
    if words[0] == "--":
        words = words[1:]
    template, arguments = (words[0] if words else ""), words[1:]
    template, ended = unescape(template, False)
    status = 0
    rounds = 0
    while True:
        before = len(arguments)
        text, bad, stopped = _format(p, template, arguments)
        status = status or bad
        p.out(text)
        rounds += 1
        if stopped or ended or not arguments or len(arguments) == before:
            return status


def _format(p: Process, template: str, arguments: list[str]) -> tuple[str, int, bool]:
    out: list[str] = []
    at = status = 0
    while at < len(template):
        if template[at] != "%":
            end = template.find("%", at)
            end = len(template) if end < 0 else end
            out.append(template[at:end])
            at = end
            continue
        match = FORMAT.match(template, at)
        if match is None:
            p.err(f"printf: {template[at : at + 2]}: invalid directive\n")
            return "".join(out), 1, True
        at = match.end()
        flags, width, precision, kind = match.groups()
        if kind == "%":
            out.append("%")
            continue
        if width == "*":
            width = arguments.pop(0) if arguments else "0"
        value = arguments.pop(0) if arguments else ""
        if kind == "b":
            text, stopped = unescape(value, True)
            out.append(_pad(text, flags, width))
            if stopped:
                return "".join(out), status, True
        elif kind == "s":
            out.append(_pad(value[: int(precision)] if precision else value, flags, width))
        elif kind == "c":
            out.append(_pad(value[:1], flags, width))
        else:
            text, bad = _number(p, value, flags, width, precision, kind)
            out.append(text)
            status = status or bad
    return "".join(out), status, False


def _pad(text: str, flags: str, width: str | None) -> str:
    size = min(int(width or 0), 10000)
    return text.ljust(size) if "-" in flags else text.rjust(size)


def _number(
    p: Process, value: str, flags: str, width: str | None, precision: str | None, kind: str
) -> tuple[str, int]:
    bad = 0
    size = str(min(int(width or 0), 10000) or "")
    try:
        if kind in "eEfFgG":
            return ("%" + flags + size + (f".{precision}" if precision else "") + kind) % float(value or 0), 0
        text = value.strip()
        if text[:1] in "\"'" and len(text) > 1:
            number = ord(text[1])
        elif re.fullmatch(r"[-+]?0[0-7]+", text):
            number = int(text, 8)
        else:
            number = int(text or "0", 0)
    except (ValueError, OverflowError):
        p.err(f"printf: {value}: expected numeric value\n")
        number, bad = 0, 1
    spec = {"i": "d", "u": "d"}.get(kind, kind)
    return ("%" + flags + size + (f".{min(int(precision), 1000)}" if precision else "") + spec) % number, bad
