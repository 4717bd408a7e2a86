"""The embedded engine: a model of Docker's networking in pure Python behind the Docker Engine API.

Three storeys, each usable without the one above: ``kernel`` (namespaces, devices, frames, routes), ``engine``
(networks, containers, commands), ``api`` (the HTTP API). Nothing is ever executed on this machine.

>>> import dnetlab.embedded
>>> docker = dnetlab.embedded.client()                                  # docker-py, in this process
>>> docker.containers.run("dnetlab/lab:1", "echo hello")
b'hello\\n'

``serve(engine, path)`` and ``python -m dnetlab.embedded --socket PATH`` offer it to the docker CLI.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dnetlab.embedded.__main__ import main
    from dnetlab.embedded.api import Api, Request, Response
    from dnetlab.embedded.api.adapter import client, engine_of
    from dnetlab.embedded.api.server import serve
    from dnetlab.embedded.engine import Engine, EngineError

__all__ = ["Api", "Engine", "EngineError", "Request", "Response", "client", "engine_of", "main", "serve"]

_HOME = {
    "Api": "api",
    "Request": "api",
    "Response": "api",
    "Engine": "engine",
    "EngineError": "engine",
    "client": "api.adapter",
    "engine_of": "api.adapter",
    "main": "__main__",
    "serve": "api.server",
}


def __getattr__(name: str) -> Any:
    # Lazy, so that importing the package loads neither docker-py nor the engine.
    if name in _HOME:
        return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
