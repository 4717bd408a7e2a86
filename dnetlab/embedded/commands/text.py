"""Filters of lines: grep, head, tail, wc, sort, uniq, cut, tr, xargs."""

from __future__ import annotations

import io
import re

from .coreutils import hint
from .fileops import each_line, open_inputs
from .options import OptionError, parse
from .process import Process, Program
from .registry import command, exists
from .streams import unix_lines


def _lines(data: bytes) -> list[bytes]:
    return list(io.BytesIO(data))


@command("head", "tail")
def head(p: Process) -> Program:
    """head [-n N] [-c N] [FILE...], tail [-n N|+N] [-f] [FILE...]."""
    words = p.argv[1:]
    if words and re.fullmatch(r"-\d+", words[0]):
        words = ["-n", words[0][1:], *words[1:]]
    try:
        found, rest = parse(words, "n:c:qvfF", ("lines=", "bytes=", "quiet", "follow"))
    except OptionError as error:
        return hint(p, error.text)
    options = {{"lines": "n", "bytes": "c"}.get(name, name): value for name, value in found}
    text = options.get("c", options.get("n", "10"))
    if not re.fullmatch(r"[-+]?\d{1,12}", text):
        p.err(f"{p.name}: invalid number of {'bytes' if 'c' in options else 'lines'}: '{text}'\n")
        return 1
    if p.name == "head" and not rest and text.isdigit():
        # As the real one it ends as soon as it has enough, which ends the writer too.
        left = int(text)
        while left:
            part = yield from (p.read_some(left) if "c" in options else p.read_line())
            if not part:
                return 0
            p.out(part)
            left -= len(part) if "c" in options else 1
        return 0
    if p.name == "tail" and not rest and text.startswith("+") and "c" not in options:
        number = 0
        while line := (yield from p.read_line()):
            number += 1
            if number >= int(text):
                p.out(line)
        return 0
    code = yield from open_inputs(p, rest, "{name}: cannot open '{word}' for reading: {why}")
    inputs = p.inputs  # type: ignore[attr-defined]
    for number, (name, data) in enumerate(inputs):
        if len(rest) > 1:
            p.out(("\n" if number else "") + f"==> {name} <==\n")
        p.out(_part(p.name, text, data, "c" in options))
    return code


def _part(name: str, text: str, data: bytes, by_bytes: bool) -> bytes:
    count = int(text.lstrip("+-"))
    items: list[bytes] = [bytes([b]) for b in data] if by_bytes else _lines(data)
    if name == "head":
        chosen = items[: len(items) - count] if text.startswith("-") else items[:count]
    elif text.startswith("+"):
        chosen = items[max(count - 1, 0) :]
    else:
        chosen = items[-count:] if count else []
    return b"".join(chosen)


@command("wc")
def wc(p: Process) -> Program:
    """wc [-lwcm] [FILE...]."""
    try:
        found, rest = parse(p.argv[1:], "lwcm", ("lines", "words", "bytes", "chars"))
    except OptionError as error:
        return hint(p, error.text)
    letters = {name[0] for name, _ in found} or set("lwc")
    code = yield from open_inputs(p, rest)
    rows = []
    for name, data in p.inputs:  # type: ignore[attr-defined]
        values = {
            "l": data.count(b"\n"),
            "w": len(data.split()),
            "c": len(data),
            "m": len(data.decode("utf-8", "replace")),
        }
        rows.append((name, [values[x] for x in "lwmc" if x in letters or (x == "c" and "b" in letters)]))
    if len(rows) > 1:
        rows.append(("total", [sum(column) for column in zip(*(r for _, r in rows), strict=True)]))
    width = (
        7 if rest == [] and len(letters) > 1 else max((len(str(v)) for _, r in rows for v in r), default=1)
    )
    if len(letters) == 1 and len(rows) == 1:
        width = 1
    for name, values_row in rows:
        text = " ".join(f"{v:>{width}}" for v in values_row)
        p.out(text + (f" {name}" if name != "-" else "") + "\n")
    return code


@command("sort")
def sort(p: Process) -> Program:
    """sort [-nruVfb] [-k N] [-t C] [FILE...]."""
    try:
        found, rest = parse(
            p.argv[1:], "nruVfbk:t:s", ("numeric-sort", "reverse", "unique", "key=", "version-sort")
        )
    except OptionError as error:
        return hint(p, error.text, 2)
    options = {
        {"numeric-sort": "n", "reverse": "r", "unique": "u", "key": "k", "version-sort": "V"}.get(n, n): v
        for n, v in found
    }
    code = yield from open_inputs(p, rest, "sort: cannot read: {word}: {why}")
    lines = [line for _, data in p.inputs for line in unix_lines(data.decode("utf-8", "surrogateescape"))]  # type: ignore[attr-defined]  # fmt: skip
    spec = re.match(r"(\d+)", options.get("k", ""))
    column = int(spec.group(1)) if spec else 0
    numeric = "n" in options or "n" in options.get("k", "")

    def key(line: str) -> tuple[object, ...]:
        fields = line.split(options.get("t")) if column else [line]
        text = " ".join(fields[column - 1 :]) if column else line
        if numeric:
            match = re.match(r"\s*(-?\d+\.?\d*)", text)
            return (float(match.group(1)) if match else 0.0, line)
        if "V" in options:
            return tuple((int(t), "") if t.isdigit() else (-1, t) for t in re.findall(r"\d+|\D+", text))
        return (text.lower(), line) if "f" in options else (text, line)

    lines.sort(key=key, reverse="r" in options)
    if "u" in options:
        lines = list(dict.fromkeys(lines))
    p.out("".join(f"{line}\n" for line in lines))
    return 2 if code else 0


@command("uniq")
def uniq(p: Process) -> Program:
    """uniq [-cdu] [FILE]."""
    try:
        found, rest = parse(p.argv[1:], "cdui", ("count", "repeated", "unique"))
    except OptionError as error:
        return hint(p, error.text)
    options = {name[0] for name, _ in found}
    groups: list[tuple[str, int]] = []

    def show(line: str, count: int) -> None:
        if not (("d" in options or "r" in options) and count == 1) and not ("u" in options and count > 1):
            p.out((f"{count:>7} " if "c" in options else "") + line + "\n")

    # What needs no counting is shown at once, as by the real one.
    at_once = not options & {"c", "d", "r", "u"}

    def take(line: str, _: str) -> bool:
        last, count = groups.pop() if groups else ("", 0)
        if count and last != line and not at_once:
            show(last, count)
        same = count and last == line
        if at_once and not same:
            show(line, 1)
        groups.append((line, count + 1 if same else 1))
        return True

    code = yield from each_line(p, rest[:1], take)
    if groups and not at_once:
        show(*groups.pop())
    return code


def _list(text: str) -> list[tuple[int, int]] | None:
    """A LIST of cut: "1", "1-3", "-2", "4-", separated by commas."""
    ranges = []
    for item in text.split(","):
        match = re.fullmatch(r"(\d{0,9})(-?)(\d{0,9})", item)
        if match is None or not (match.group(1) or match.group(3)):
            return None
        low = int(match.group(1) or 1)
        high = int(match.group(3)) if match.group(3) else (10**9 if match.group(2) else low)
        if low < 1 or high < low:
            return None
        ranges.append((low, high))
    return ranges


@command("cut")
def cut(p: Process) -> Program:
    """cut -d C -f LIST | -c LIST [FILE...]."""
    try:
        found, rest = parse(
            p.argv[1:],
            "d:f:c:b:s",
            ("delimiter=", "fields=", "characters=", "only-delimited", "output-delimiter="),
        )
    except OptionError as error:
        return hint(p, error.text)
    options = {{"delimiter": "d", "fields": "f", "characters": "c", "b": "c"}.get(n, n): v for n, v in found}
    if not {"f", "c"} & set(options):
        return hint(p, "you must specify a list of bytes, characters, or fields")
    ranges = _list(options.get("f", options.get("c", "")))
    delimiter = options.get("d", "\t")
    if ranges is None:
        return hint(p, "invalid field value" if "f" in options else "invalid byte or character list")
    if len(delimiter) != 1:
        return hint(p, "the delimiter must be a single character")

    def chosen(size: int) -> list[int]:
        return [i for i in range(size) if any(low <= i + 1 <= high for low, high in ranges)]

    def take(line: str, _: str) -> bool:
        if "c" in options:
            p.out("".join(line[i] for i in chosen(len(line))) + "\n")
        elif delimiter in line:
            fields = line.split(delimiter)
            between = options.get("output-delimiter", delimiter)
            p.out(between.join(fields[i] for i in chosen(len(fields))) + "\n")
        elif "s" not in options:
            p.out(line + "\n")
        return True

    return (yield from each_line(p, rest, take))


def _set(text: str) -> list[str]:
    from .printing import unescape

    text, _ = unescape(text, False)
    for name, chars in (
        ("[:lower:]", "a-z"),
        ("[:upper:]", "A-Z"),
        ("[:digit:]", "0-9"),
        ("[:space:]", " \t\n\r\f\v"),
        ("[:alpha:]", "A-Za-z"),
        ("[:alnum:]", "0-9A-Za-z"),
    ):
        text = text.replace(name, chars)
    out, at = [], 0
    while at < len(text):
        if at + 2 < len(text) and text[at + 1] == "-" and text[at] <= text[at + 2]:
            out += [chr(c) for c in range(ord(text[at]), min(ord(text[at + 2]), ord(text[at]) + 0x1000) + 1)]
            at += 3
        else:
            out.append(text[at])
            at += 1
    return out


@command("tr")
def tr(p: Process) -> Program:
    """tr [-dsc] SET1 [SET2]."""
    try:
        found, rest = parse(p.argv[1:], "dscC", ("delete", "squeeze-repeats", "complement"))
    except OptionError as error:
        return hint(p, error.text)
    options = {name[0] if len(name) > 1 else name for name, _ in found}
    if not rest or (len(rest) < 2 and not options & {"d", "s"}):
        text = f"missing operand after '{rest[0]}'" if rest else "missing operand"
        return hint(p, text)
    first = set(_set(rest[0]))
    complement = bool(options & {"c", "C"})

    def within(char: str) -> bool:
        return (char in first) != complement

    second = _set(rest[1]) or [""] if len(rest) > 1 else []
    table = {c: second[min(i, len(second) - 1)] for i, c in enumerate(_set(rest[0]))} if second else {}

    def translated(char: str) -> str:
        if "d" in options:
            return "" if within(char) else char
        if second and complement:
            return second[-1] if within(char) else char
        return table.get(char, char)

    def squeezed(char: str) -> bool:
        return "s" in options and (char in second if second else within(char) and "d" not in options)

    last = ""
    while part := (yield from p.read_some(1 << 16)):
        kept = []
        for char in map(translated, part.decode("utf-8", "surrogateescape")):
            if char and not (char == last and squeezed(char)):
                kept.append(char)
            last = char or last
        p.out("".join(kept))
    return 0


@command("xargs")
def xargs(p: Process) -> Program:
    """xargs [-n N] [COMMAND...]."""
    try:
        found, rest = parse(p.argv[1:], "n:I:rt0", permute=False)
    except OptionError as error:
        return hint(p, error.text)
    options = dict(found)
    argv = rest or ["echo"]
    data = (yield from p.read_all()).decode("utf-8", "replace")
    items = unix_lines(data) if "I" in options else data.split()
    size = (
        int(options["n"])
        if options.get("n", "").isdigit() and int(options["n"])
        else (1 if "I" in options else max(len(items), 1))
    )
    if not exists(argv[0]):
        p.err(f"xargs: {argv[0]}: No such file or directory\n")
        return 127
    code = 0
    if not items and "r" in options:
        return 0
    for start in range(0, max(len(items), 1), size):
        part = items[start : start + size]
        words = (
            [w.replace(options["I"], part[0] if part else "") for w in argv]
            if "I" in options
            else [*argv, *part]
        )
        if (yield from p.wait_for(p.spawn(words))):
            code = 123
    return code
