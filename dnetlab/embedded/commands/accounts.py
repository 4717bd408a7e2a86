"""Users and groups: what a container's /etc/passwd and /etc/group say of a name or number (passwd(5), group(5))."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .files import Files
from .streams import unix_lines

LARGEST = 2**31 - 1


class UnknownAccount(Exception):
    """A name that is in no file, or a number that cannot be; the text is the engine's."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who a process is: numbers of user, group and further groups, and the home directory."""

    uid: int = 0
    gid: int = 0
    groups: tuple[int, ...] = ()
    home: str = "/root"

    @property
    def root(self) -> bool:
        """Whether capabilities are in effect: those of anybody else are none."""
        return self.uid == 0


def _rows(files: Files, path: str, columns: int) -> Iterator[list[str]]:
    if not files.is_file(path):
        return
    for line in unix_lines(files.read(path).decode("utf-8", "replace")):
        row = line.split(":")
        if len(row) >= columns and row[2].isdecimal():
            yield row


def users(files: Files) -> dict[str, int]:
    """The numbers of all users, by name."""
    return {row[0]: int(row[2]) for row in _rows(files, "/etc/passwd", 6)}


def groups(files: Files) -> dict[str, int]:
    """The numbers of all groups, by name."""
    return {row[0]: int(row[2]) for row in _rows(files, "/etc/group", 3)}


def name_of(number: int, names: dict[str, int]) -> str | None:
    """The first name that has a number."""
    return next((name for name, value in names.items() if value == number), None)


def _number(text: str) -> int | None:
    if not text.removeprefix("-").isdecimal():
        return None
    number = int(text[:20])
    if not 0 <= number <= LARGEST:
        raise UnknownAccount(f"uids and gids must be in range 0-{LARGEST}")
    return number


def _group(text: str, files: Files) -> int:
    known = groups(files)
    if text in known:
        return known[text]
    number = _number(text)
    if number is None:
        raise UnknownAccount(f"unable to find group {text}: no matching entries in group file")
    return number


def account(files: Files, spec: str, more: Iterable[str] = ()) -> Account:
    """Who ``docker run --user spec --group-add more`` is (github.com/moby/sys/user, GetExecUser).

    A number needs no entry: its group is then 0 and its home "/".

    Raises:
        UnknownAccount: a name is in no file.
    """
    user, _, group = spec.partition(":")
    wanted = user or "0"
    row = next((r for r in _rows(files, "/etc/passwd", 6) if wanted in (r[0], r[2])), None)
    if row is not None:
        uid, gid, home = int(row[2]), int(row[3]), row[5]
    else:
        number = _number(wanted)
        if number is None:
            raise UnknownAccount(f"unable to find user {user}: no matching entries in passwd file")
        uid, gid, home = number, 0, "/"
    member: list[int] = []
    if group:
        gid = _group(group, files)
    elif row is not None:
        member = [int(r[2]) for r in _rows(files, "/etc/group", 4) if row[0] in r[3].split(",")]
    return Account(uid, gid, (*member, *(_group(text, files) for text in more)), home)
