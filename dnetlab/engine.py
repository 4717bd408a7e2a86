"""Which Docker Engine answers, why this one, and what it can do.

An explicit choice wins (argument, else ``DNETLAB_ENGINE``); else the engine that the docker CLI would use
(DOCKER_HOST, the current context, the default socket); else the embedded engine.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from dnetlab.errors import EngineError

if TYPE_CHECKING:
    import docker

MIN_API = (1, 41)
"""Engine 20.10: the oldest that the course was tried on."""

EMBEDDED = "embedded engine"
"""In the platform's name of an engine's version answer: the embedded engine says who it is."""

TIMEOUT = 120.0
"""Seconds for one call of the API."""

EngineKind = Literal["docker", "embedded"]


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine that answered.

    ``why`` says why it was chosen. ``parallel`` is how many calls it gains from at once: 1 for the embedded
    engine, which has neither sockets nor threads.
    """

    client: docker.DockerClient
    kind: EngineKind
    url: str
    version: str
    api: str
    why: str
    parallel: int

    @property
    def description(self) -> str:
        """One line that tells the learner what they are looking at."""
        if self.kind == "embedded":
            return f"embedded engine (model of Docker Engine {self.version})"
        return f"Docker Engine {self.version} (API {self.api}) at {self.url}"


def connect(engine: str | None = None) -> docker.DockerClient:
    """A docker-py client of the engine: ``embedded``, ``docker``, a URL such as unix:///run/docker.sock, or None.

    Raises:
        EngineError: nothing answers there, it refuses us, or it is older than API 1.41.
    """
    return find(engine).client


def find(engine: str | None = None) -> Engine:
    """Like :func:`connect`, with what is known about the engine.

    Raises:
        EngineError: as :func:`connect`. Without an explicit choice an engine that does not answer is no
            error: the embedded engine is taken then, and ``why`` says so.
    """
    chosen = str(engine or os.environ.get("DNETLAB_ENGINE") or "")
    source = "it was asked for" if engine else "DNETLAB_ENGINE names it"
    if chosen == "embedded":
        return _embedded(source)
    if chosen == "docker":
        return _docker(None, source)
    if chosen:
        if "://" not in chosen:
            raise EngineError(
                f"{chosen!r} is no engine.",
                "An engine is 'embedded', 'docker' or a URL.",
                "Try embedded, or unix:///var/run/docker.sock.",
            )
        return _docker(chosen, source)
    try:
        return _docker(None, "the docker CLI would use it")
    except EngineError as none:
        return _embedded(f"no Docker Engine can be used here ({none.what.rstrip('.')})")


def _embedded(why: str) -> Engine:
    from dnetlab import embedded

    client = embedded.client()
    version = client.version()
    return Engine(
        client,
        "embedded",
        "embedded",
        ".".join(version["Version"].split(".")[:2]),
        version["ApiVersion"],
        why,
        1,
    )


def _docker(url: str | None, why: str) -> Engine:
    import docker
    from docker.errors import DockerException
    from requests.exceptions import RequestException

    where = url or "the default socket"
    try:
        host, tls, how = (url, None, "") if url else _cli_choice()
        why, where = f"{why}{how}", host or where
        # Twenty connections: as many containers are started at once, and urllib3 warns when its pool runs over.
        options: dict[str, Any] = {"timeout": int(TIMEOUT), "max_pool_size": 20}
        if host:
            options["use_ssh_client"] = host.startswith("ssh://")
            client = docker.DockerClient(base_url=host, tls=tls or False, **options)
        else:
            client = docker.from_env(**options)
        version = client.version()
    except (DockerException, RequestException, OSError, ValueError) as error:
        raise _unreachable(where, error) from error
    api = version.get("ApiVersion", "0.0")
    if tuple(int(part) for part in api.split(".")) < MIN_API:
        raise EngineError(
            f"The engine {version.get('Version', '?')} is too old.",
            f"It speaks API {api}; the course needs {MIN_API[0]}.{MIN_API[1]} (Engine 20.10) or newer.",
            "Update Docker, or use the embedded engine: --engine embedded.",
        )
    where = host or client.api.base_url.replace("http+docker://localhost", "unix:///var/run/docker.sock")
    number = version.get("Version", "?").split("+")[0]
    if EMBEDDED in version.get("Platform", {}).get("Name", ""):
        # Behind a socket it is still the model, and the learner must be told so.
        return Engine(client, "embedded", _shown(where), ".".join(number.split(".")[:2]), api, why, 1)
    return Engine(client, "docker", _shown(where), number, api, why, 16)


def _cli_choice() -> tuple[str | None, Any, str]:
    """Host, TLS settings and reason of the engine that the docker CLI would use; no host: its environment says it.

    In its order: DOCKER_HOST, DOCKER_CONTEXT, the current context of its configuration, the default socket
    (https://docs.docker.com/engine/manage-resources/contexts/).

    Raises:
        EngineError: the context does not exist.
    """
    from docker.context import ContextAPI
    from docker.context.config import get_current_context_name

    if os.environ.get("DOCKER_HOST"):
        return None, None, " (DOCKER_HOST)"
    name = os.environ.get("DOCKER_CONTEXT") or get_current_context_name()
    if not name or name == "default":
        return None, None, ""
    context = ContextAPI.get_context(name)
    if context is None or not context.Host:
        raise EngineError(
            f"The docker context {name!r} cannot be used.",
            "It is chosen by DOCKER_CONTEXT or `docker context use`, and has no Docker endpoint.",
            "Choose another (docker context ls; docker context use default), or use --engine URL or --engine embedded.",
        )
    return str(context.Host), context.TLSConfig, f" (docker context {name})"


def _shown(url: str) -> str:
    return url.replace("http+docker://localunixsocket", "unix:///var/run/docker.sock")


def _unreachable(where: str, error: BaseException) -> EngineError:
    """The error in the learner's words: no daemon, no permission, wrong address."""
    where = os.environ.get("DOCKER_HOST") or where if where == "the default socket" else where
    text = str(error)
    if "Permission denied" in text or isinstance(error, PermissionError):
        return EngineError(
            f"The Docker Engine at {where} refuses us.",
            "Its socket belongs to root and the group docker, and you are in neither.",
            "Add yourself to the group docker and log in again, or use --engine embedded.",
        )
    if "no longer supported" in text:
        # docker-py itself refuses to speak with engines older than API 1.24.
        return EngineError(
            f"The engine at {where} is too old.",
            f"The course needs API {MIN_API[0]}.{MIN_API[1]} (Engine 20.10) or newer.",
            "Update Docker, or use the embedded engine: --engine embedded.",
        )
    if "No such file" in text or "cannot find the file" in text:  # the latter of a named pipe, on Windows
        why = "There is no such socket: Docker is not installed, or its daemon is not running."
    elif "Connection refused" in text:
        why = "Nobody listens there: the daemon is not running."
    elif "timed out" in text.lower():
        why = "It did not answer in time."
    else:
        why = f"The client says: {text.strip().rstrip('.')[:200]}."
    return EngineError(
        f"No Docker Engine answers at {where}.",
        why,
        "Start Docker, name another engine with --engine URL, or use the embedded engine: --engine embedded.",
    )
