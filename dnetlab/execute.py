"""Running a command in a container with a time limit: the one place where an exec is made.

A hanging exec is not bounded by the client's timeout, so each runs under coreutils ``timeout`` in the container.
"""

from __future__ import annotations

import shlex
import time
from typing import TYPE_CHECKING, Any

from docker.errors import APIError, DockerException

from dnetlab.errors import DnetlabError
from dnetlab.probe.results import Ran

if TYPE_CHECKING:
    from collections.abc import Sequence

    import docker

LIMIT = 10.0
"""Seconds that a command may take where nothing else is said."""


NOT_FOUND = 127
"""Exit status of ``timeout`` when there is no such command (coreutils manual)."""


def run(
    client: docker.DockerClient,
    container: str,
    argv: Sequence[str],
    *,
    where: str,
    shown: str = "",
    limit: float = LIMIT,
    privileged: bool = False,
) -> Ran:
    """Run ``argv`` in a container; stdout and stderr together, as a terminal would show them.

    ``where`` and ``shown`` say in the result where it ran and what was typed. Raises DnetlabError where the
    container does not run; a failing command is no error, its exit status is in the result.
    """
    start = time.monotonic()
    try:
        made = client.api.exec_create(container, ["timeout", f"{limit:g}", *argv], privileged=privileged)
        output = client.api.exec_start(made["Id"])
        exit_code = client.api.exec_inspect(made["Id"])["ExitCode"]
    except (APIError, DockerException) as error:
        raise DnetlabError(
            f"{where} cannot run {shown or shlex.join(argv)!r}.",
            f"The engine says: {explanation(error)}.",
            "Build the lab again if its containers were removed from outside.",
        ) from error
    text = (output or b"").decode(errors="replace")
    if exit_code == NOT_FOUND and text.startswith("timeout: "):
        text = f"{argv[0]}: command not found\n"
    return Ran(
        where=where,
        command=shown or shlex.join(argv),
        output=text,
        exit_code=int(exit_code if exit_code is not None else -1),
        seconds=time.monotonic() - start,
    )


def detach(client: docker.DockerClient, container: str, argv: Sequence[str]) -> None:
    """Start ``argv`` in a container and return at once."""
    made = client.api.exec_create(container, list(argv), stdout=False, stderr=False)
    client.api.exec_start(made["Id"], detach=True)


def explanation(error: BaseException) -> str:
    """The engine's own sentence, without docker-py's wrapping."""
    text: Any = getattr(error, "explanation", None) or str(error)
    return str(text).strip().rstrip(".")
