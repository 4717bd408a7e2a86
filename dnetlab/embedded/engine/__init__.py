"""The model of the Docker Engine: networks, containers, endpoints and what holds them together."""

from __future__ import annotations

from .engine import Engine
from .errors import EngineError
from .streams import STDERR, STDOUT, Chunk, Input, JSONStream, OutputStream, no_input

__all__ = [
    "STDERR",
    "STDOUT",
    "Chunk",
    "Engine",
    "EngineError",
    "Input",
    "JSONStream",
    "OutputStream",
    "no_input",
]
