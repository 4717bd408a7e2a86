"""Command line options as getopt(3) reads them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache


class OptionError(Exception):
    """An option that does not exist, or one whose argument is missing; the text is getopt's."""

    def __init__(self, text: str, option: str) -> None:
        super().__init__(text)
        self.text = text
        self.option = option


def parse(
    words: Sequence[str],
    short: str = "",
    long: Sequence[str] = (),
    *,
    permute: bool = True,
    numbers: str = "",
    single_dash_long: bool = False,
) -> tuple[list[tuple[str, str]], list[str]]:
    """Options in order as (name, argument) and the words that are none.

    ``short`` as in getopt ("c:nW:"); ``long`` names, with "=" at the end where an argument follows and "=?"
    where one may follow. Long names may be shortened where that is unique. With ``numbers`` "-5" means that
    option with the argument 5. Raises OptionError.
    """
    takes, names = _tables(short, tuple(long))
    found: list[tuple[str, str]] = []
    rest: list[str] = []
    queue = list(words)
    while queue:
        word = queue.pop(0)
        if word == "--":
            rest += queue
            break
        if word.startswith("--") or (
            single_dash_long and word.startswith("-") and len(word) > 2 and word[1:].split("=")[0] in names
        ):
            found.append(_long(word.lstrip("-"), names, queue))
        elif word.startswith("-") and len(word) > 1:
            if numbers and word[1:].isdigit():
                found.append((numbers, word[1:]))
            else:
                _short(word, takes, queue, found)
        elif permute:
            rest.append(word)
        else:
            rest += [word, *queue]
            break
    return found, rest


@lru_cache(256)
def _tables(short: str, long: tuple[str, ...]) -> tuple[dict[str, bool], dict[str, str]]:
    """Letter → whether an argument follows; long name → its specification."""
    takes = {short[i]: short[i + 1 : i + 2] == ":" for i in range(len(short)) if short[i] != ":"}
    return takes, {name.rstrip("?").rstrip("="): name for name in long}


def _long(text: str, names: dict[str, str], queue: list[str]) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    matches = [name] if name in names else [n for n in names if n.startswith(name)]
    if not matches:
        raise OptionError(f"unrecognized option '--{text}'", name)
    if len(matches) > 1:
        many = " ".join(f"'--{m}'" for m in matches)
        raise OptionError(f"option '--{name}' is ambiguous; possibilities: {many}", name)
    spec = names[matches[0]]
    if spec.endswith("="):
        if not equals:
            if not queue:
                raise OptionError(f"option '--{matches[0]}' requires an argument", matches[0])
            value = queue.pop(0)
    elif equals and not spec.endswith("=?"):
        raise OptionError(f"option '--{matches[0]}' doesn't allow an argument", matches[0])
    return matches[0], value


def _short(word: str, takes: dict[str, bool], queue: list[str], found: list[tuple[str, str]]) -> None:
    for position, letter in enumerate(word[1:], 1):
        if letter not in takes:
            raise OptionError(f"invalid option -- '{letter}'", letter)
        if not takes[letter]:
            found.append((letter, ""))
            continue
        value = word[position + 1 :]
        if not value:
            if not queue:
                raise OptionError(f"option requires an argument -- '{letter}'", letter)
            value = queue.pop(0)
        found.append((letter, value))
        return
