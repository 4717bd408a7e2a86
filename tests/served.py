"""The embedded engine on a socket, and the programs that speak to it."""

from __future__ import annotations

import contextlib
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from dnetlab.embedded import Engine
from dnetlab.embedded.api.server import Server
from tests.conftest import in_ci


@contextlib.contextmanager
def served(engine: Engine, path: Path) -> Iterator[Path]:
    """Serve an engine on a unix socket in a thread of this process, as ``dnetlab engine`` does; gives the path."""
    server = Server(engine, path)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.path
    finally:
        server.shutdown()
        thread.join()
        server.close()


def need(*programs: str) -> None:
    """Skip the test where one of the programs is missing; fail it in CI."""
    for program in programs:
        if shutil.which(program) is None:
            message = f"there is no {program} here: make test installs it"
            pytest.fail(message) if in_ci() else pytest.skip(message)
