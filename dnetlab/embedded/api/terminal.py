"""The terminal between a client's keyboard and a process: echo, line editing, control characters.

A pseudo-terminal in its usual (canonical) mode, as far as a shell session needs one (termios(3)): typed bytes
are echoed at once, the process gets whole lines, backspace, Ctrl-U and Ctrl-W edit the line, Ctrl-D ends the
input, Ctrl-C comes through as the single chunk ``b"\\x03"``. A client that closes its side has not typed Ctrl-D: it
has gone away from the terminal, and the process goes on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Final

from dnetlab.embedded.api.framing import terminal_bytes
from dnetlab.embedded.api.http import ByteStream
from dnetlab.embedded.api.pipe import InputPipe
from dnetlab.embedded.engine.streams import STDOUT, Input, OutputStream

INTERRUPT: Final = b"\x03"
END: Final = b"\x04"
KILL: Final = b"\x15"
WERASE: Final = b"\x17"
ERASE: Final = frozenset({b"\x7f", b"\x08"})
RUB_OUT: Final = b"\b \b"
DETACH_KEYS: Final = b"\x10\x11"
"""Ctrl-P Ctrl-Q."""

_CONTROL_NAMES: Final = {"@": 0, "[": 27, "\\": 28, "]": 29, "^": 30, "_": 31}


class DetachKeysError(ValueError):
    """A sequence of detach keys that cannot be read; the text is the engine's."""


def detach_keys(text: str) -> bytes:
    """``"ctrl-p,ctrl-q"`` as the bytes that a terminal sends; empty text gives Docker's default.

    Raises:
        DetachKeysError: a key has no such name.
    """
    if not text:
        return DETACH_KEYS
    codes = bytearray()
    for key in text.split(","):
        control = key.removeprefix("ctrl-")
        if len(key) == 1 and key.isascii():
            codes += key.encode()
        elif key.startswith("ctrl-") and len(control) == 1 and "a" <= control <= "z":
            codes.append(ord(control) - ord("a") + 1)
        elif key.startswith("ctrl-") and control in _CONTROL_NAMES:
            codes.append(_CONTROL_NAMES[control])
        else:
            raise DetachKeysError(f"Unknown character: '{key}'")
    return bytes(codes)


class Terminal:
    """Stands between the client's bytes (``keyboard``) and the process, which calls the terminal as its ``Input``."""

    def __init__(self, keyboard: InputPipe, leave: bytes = DETACH_KEYS) -> None:
        self._keyboard = keyboard
        self._leave = leave
        self._leaving = b""
        self._line: list[bytes] = []
        self._ready: deque[bytes] = deque()
        self._echo = bytearray()
        self.detached = False

    def __call__(self) -> bytes | None:
        self.pump()
        return self._ready.popleft() if self._ready else None

    @property
    def left(self) -> bool:
        """Whether the client has gone and everything it typed has been read."""
        return self._keyboard.closed and not self._ready

    def take_echo(self) -> bytes:
        """The bytes to show on the client's screen that no process has written."""
        echo = bytes(self._echo)
        self._echo.clear()
        return echo

    def pump(self) -> None:
        """Takes in what has been typed."""
        typed = self._keyboard()
        for code in typed or b"":
            self._type(bytes([code]))

    def _type(self, key: bytes) -> None:
        if self._leave and not self.detached:
            self._leaving += key
            if self._leave == self._leaving:
                self.detached = True
                return
            if self._leave.startswith(self._leaving):
                return
            key, self._leaving = self._leaving, b""
        for code in key:
            self._edit(bytes([code]))

    def _edit(self, key: bytes) -> None:
        if key in (b"\r", b"\n"):
            self._ready.append(b"".join(self._line) + b"\n")
            self._line.clear()
            self._echo += b"\r\n"
        elif key == INTERRUPT:
            self._line.clear()
            self._ready.append(INTERRUPT)
            self._echo += b"^C"
        elif key == END:
            # In the middle of a line Ctrl-D hands over what is there; on an empty one that reads as the end.
            self._ready.append(b"".join(self._line))
            self._line.clear()
        elif key in ERASE:
            self._erase(1)
        elif key == KILL:
            self._erase(len(self._line))
        elif key == WERASE:
            self._erase_word()
        else:
            self._insert(key)

    def _insert(self, key: bytes) -> None:
        if self._line and 0x80 <= key[0] < 0xC0:
            self._line[-1] += key  # the rest of a character of several bytes
        else:
            self._line.append(key)
        self._echo += bytes((0x5E, key[0] ^ 0x40)) if key < b" " and key != b"\t" else key

    def _erase(self, count: int) -> None:
        for _ in range(min(count, len(self._line))):
            width = 2 if self._line.pop() < b" " else 1
            self._echo += RUB_OUT * width

    def _erase_word(self) -> None:
        while self._line and self._line[-1].isspace():
            self._erase(1)
        while self._line and not self._line[-1].isspace():
            self._erase(1)


def session(output: OutputStream, terminal: Terminal, farewell: bytes = b"") -> OutputStream:
    """Everything that appears on the screen: the echo of what is typed and what the process writes, in order.

    Ends with the process, when the detach keys have been typed (then with the ``farewell``), or when the client has
    closed its side and nothing more comes.
    """
    for chunk in _steps(output, terminal):
        echo = terminal.take_echo()
        if echo:
            yield STDOUT, echo
        if terminal.detached:
            yield STDOUT, farewell
            return
        if chunk is None:
            if terminal.left:
                return
            if not echo:
                yield None
        elif chunk[1]:
            yield STDOUT, terminal_bytes(chunk[1])
    yield STDOUT, terminal.take_echo()


def shared(output: ByteStream, keyboard: InputPipe) -> ByteStream:
    """A stream without a terminal that ends when the client closes its side and nothing more comes: the process's
    input stays open for the next client (``StdinOnce`` is not set)."""
    for chunk in output:
        if chunk is None and keyboard.closed:
            return
        yield chunk


def kept_open(keyboard: InputPipe) -> Input:
    """The input of such a process: it has no end."""
    return lambda: keyboard() or None


def _steps(output: OutputStream, terminal: Terminal) -> Iterator[tuple[int, bytes] | None]:
    for chunk in output:
        # Also while the process does not read: what is typed shows, and Ctrl-C has to get through.
        terminal.pump()
        yield chunk
