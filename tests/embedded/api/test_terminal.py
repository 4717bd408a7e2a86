"""The terminal between keyboard and process."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnetlab.embedded.api.pipe import InputPipe
from dnetlab.embedded.api.terminal import DetachKeysError, Terminal, detach_keys, session
from dnetlab.embedded.engine.streams import OutputStream


def screen(output: OutputStream) -> bytes:
    """All that appears."""
    return b"".join(chunk[1] for chunk in output if chunk is not None)


def typed(keys: bytes, leave: bytes = b"") -> tuple[list[bytes], bytes]:
    """What the process gets and what the screen shows."""
    keyboard = InputPipe()
    terminal = Terminal(keyboard, leave)
    keyboard.feed(keys)
    got = []
    while (line := terminal()) is not None:
        got.append(line)
    return got, terminal.take_echo()


@pytest.mark.parametrize(
    ("keys", "lines", "echo"),
    [
        (b"ls\r", [b"ls\n"], b"ls\r\n"),
        (b"ls\n", [b"ls\n"], b"ls\r\n"),
        (b"lz\x7fs\r", [b"ls\n"], b"lz\b \bs\r\n"),
        (b"\x7f\r", [b"\n"], b"\r\n"),
        (b"rm\x15ls\r", [b"ls\n"], b"rm" + b"\b \b" * 2 + b"ls\r\n"),
        (b"echo ab\x17x\r", [b"echo x\n"], b"echo ab" + b"\b \b" * 2 + b"x\r\n"),
        (b"ab\x03cd\r", [b"\x03", b"cd\n"], b"ab^Ccd\r\n"),
        (b"\x04", [b""], b""),
        (b"ab\x04\r", [b"ab", b"\n"], b"ab\r\n"),
        (b"\x1b[A\r", [b"\x1b[A\n"], b"^[[A\r\n"),
        (b"\x1b\x7f\r", [b"\n"], b"^[" + b"\b \b" * 2 + b"\r\n"),
        ("ü\x7fo\r".encode(), [b"o\n"], "ü\b \bo\r\n".encode()),
        (b"two\rlines\r", [b"two\n", b"lines\n"], b"two\r\nlines\r\n"),
    ],
)
def test_keys_become_lines_and_echo(keys: bytes, lines: list[bytes], echo: bytes) -> None:
    assert typed(keys) == (lines, echo)


def test_a_client_that_closes_its_side_has_left_and_the_process_reads_on() -> None:
    keyboard = InputPipe()
    terminal = Terminal(keyboard)
    keyboard.feed(b"last\r")
    keyboard.close()
    terminal.pump()
    assert not terminal.left
    assert [terminal(), terminal()] == [b"last\n", None]
    assert terminal.left


def test_what_the_last_line_caused_is_shown_before_the_session_ends() -> None:
    keyboard = InputPipe()
    terminal = Terminal(keyboard)

    def shell() -> Iterator[tuple[int, bytes] | None]:
        yield (1, b"# ")
        keyboard.feed(b"ls\r")
        keyboard.close()
        while (line := terminal()) is None:
            yield None
        yield (1, line.upper())
        yield None
        yield (1, b"never shown")

    assert screen(session(shell(), terminal)) == b"# ls\r\nLS\r\n"


def test_the_detach_keys_leave_the_session_and_are_not_shown() -> None:
    keyboard = InputPipe()
    terminal = Terminal(keyboard)

    def program() -> Iterator[tuple[int, bytes] | None]:
        yield (1, b"$ ")
        keyboard.feed(b"ab\x10\x11")
        yield None
        yield (1, b"never shown")

    assert screen(session(program(), terminal)) == b"$ ab"


def test_the_first_detach_key_alone_goes_to_the_process() -> None:
    assert typed(b"\x10a\r", b"\x10\x11") == ([b"\x10a\n"], b"^Pa\r\n")


@pytest.mark.parametrize(("text", "keys"), [("", b"\x10\x11"), ("ctrl-a,a", b"\x01a"), ("ctrl-[", b"\x1b")])
def test_detach_keys_have_names(text: str, keys: bytes) -> None:
    assert detach_keys(text) == keys


@pytest.mark.parametrize("text", ["ctrl-", "ctrl-1", "abc", "a,,b"])
def test_other_detach_keys_are_refused(text: str) -> None:
    with pytest.raises(DetachKeysError):
        detach_keys(text)


def test_echo_comes_before_the_output_it_caused() -> None:
    keyboard = InputPipe()
    terminal = Terminal(keyboard)

    def shell(read: Callable[[], bytes | None]) -> Iterator[tuple[int, bytes] | None]:
        yield (1, b"# ")
        keyboard.feed(b"hostname\r")
        line = read()
        yield (1, b"web\n") if line == b"hostname\n" else (1, b"?")

    assert screen(session(shell(terminal), terminal)) == b"# hostname\r\nweb\r\n"


@given(st.lists(st.binary(max_size=8), max_size=8))
def test_it_does_not_matter_how_the_bytes_were_cut(pieces: list[bytes]) -> None:
    keyboard = InputPipe()
    terminal = Terminal(keyboard, b"")
    got: list[bytes] = []
    for piece in pieces:
        keyboard.feed(piece)
        while (line := terminal()) is not None:
            got.append(line)
    assert (got, terminal.take_echo()) == typed(b"".join(pieces))
