"""Standard input on its way in: a pipe that the transport fills and the engine empties, neither of them waiting."""

from __future__ import annotations


class InputPipe:
    """Bytes from a client to a process.

    Calling it gives what has come so far, ``None`` when nothing has come yet, ``b""`` once it is closed and empty:
    the engine's ``Input``.
    """

    def __init__(self, *, closed: bool = False) -> None:
        self._pending = bytearray()
        self._closed = closed

    @property
    def closed(self) -> bool:
        """Whether the client has closed its side."""
        return self._closed

    def feed(self, data: bytes) -> None:
        """Adds bytes; those after the close are dropped, as a closed pipe would."""
        if not self._closed:
            self._pending += data

    def close(self) -> None:
        """Says that nothing more will come."""
        self._closed = True

    def __call__(self) -> bytes | None:
        if self._pending:
            data = bytes(self._pending)
            self._pending.clear()
            return data
        return b"" if self._closed else None
