"""Output where the encoding lacks a sign: on an old terminal, or in a file or pipe on Windows.

A result that depends on its sign must not become "?", nor end the program.
"""

from __future__ import annotations

import codecs
import io
from typing import Final, TextIO

SPELLED: Final = {"✓": "yes", "✗": "NO", "→": "->", "·": "-"}
"""Signs that results use, in ASCII."""

HANDLER: Final = "dnetlab.spelled"


def _spell(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(SPELLED.get(sign, "?") for sign in error.object[error.start : error.end]), error.end


def spell_out(*streams: TextIO) -> None:
    """From now on these write a sign that their encoding lacks as :data:`SPELLED` has it, any other as ``?``."""
    codecs.register_error(HANDLER, _spell)
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=HANDLER)
