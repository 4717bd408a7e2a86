"""How output flows out of the engine and input flows in: plain iterators, pulled by whoever serves them.

The engine has no thread and never waits. An iterator that has nothing to give *now* but may have later yields
``None``: the server then lets other requests in (they are what will bring news) and asks again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

STDOUT: Final = 1
STDERR: Final = 2

Chunk = tuple[int, bytes]
"""One piece of output: the stream's number (1 standard output, 2 standard error) and its bytes."""

OutputStream = Iterator[Chunk | None]
"""Output in order; ``None`` says "nothing now, ask again"."""

JSONStream = Iterator["dict[str, object] | None"]
"""JSON objects in order; ``None`` says "nothing now, ask again"."""

Input = Callable[[], "bytes | None"]
"""Standard input: returns bytes, ``None`` when nothing has come yet, ``b""`` at its end. It never waits."""


def no_input() -> bytes | None:
    """The input of a process that has none: at its end at once."""
    return b""
