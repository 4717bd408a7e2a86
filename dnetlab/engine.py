"""Which Docker Engine answers, why this one, and what it can do.

An explicit choice wins (argument, else ``DNETLAB_ENGINE``); else the engine that the docker CLI would use
(DOCKER_HOST, the current context, the default socket); else the embedded engine.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from dnetlab.errors import EngineError

if TYPE_CHECKING:
    import docker

MIN_API = (1, 41)
"""Engine 20.10: the oldest that the course was tried on."""

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
    chosen = engine or os.environ.get("DNETLAB_ENGINE") or ""
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

    try:
        # Twenty connections: as many containers are started at once, and urllib3 warns when its pool runs over.
        if url:
            client = docker.DockerClient(base_url=url, timeout=int(TIMEOUT), max_pool_size=20)
        else:
            client = docker.from_env(timeout=int(TIMEOUT), max_pool_size=20)
        version = client.version()
    except (DockerException, RequestException, OSError, ValueError) as error:
        raise _unreachable(url, error) from error
    api = version.get("ApiVersion", "0.0")
    if tuple(int(part) for part in api.split(".")) < MIN_API:
        raise EngineError(
            f"The engine {version.get('Version', '?')} is too old.",
            f"It speaks API {api}; the course needs {MIN_API[0]}.{MIN_API[1]} (Engine 20.10) or newer.",
            "Update Docker, or use the embedded engine: --engine embedded.",
        )
    where = url or client.api.base_url.replace("http+docker://localhost", "unix:///var/run/docker.sock")
    return Engine(client, "docker", _shown(where), version.get("Version", "?").split("+")[0], api, why, 16)


def _shown(url: str) -> str:
    return url.replace("http+docker://localunixsocket", "unix:///var/run/docker.sock")


def _unreachable(url: str | None, error: BaseException) -> EngineError:
    """The error in the learner's words: no daemon, no permission, wrong address."""
    where = url or os.environ.get("DOCKER_HOST") or "the default socket"
    text = str(error)
    if "Permission denied" in text or isinstance(error, PermissionError):
        return EngineError(
            f"The Docker Engine at {where} refuses us.",
            "Its socket belongs to root and the group docker, and you are in neither.",
            "Add yourself to the group docker and log in again, or use --engine embedded.",
        )
    if "No such file" in text:
        why = "There is no such socket: Docker is not installed, or its daemon is not running."
    elif "Connection refused" in text:
        why = "Nobody listens there: the daemon is not running."
    elif "timed out" in text.lower():
        why = "It did not answer in time."
    else:
        why = f"The client says: {text.strip()[:200]}."
    return EngineError(
        f"No Docker Engine answers at {where}.",
        why,
        "Start Docker, name another engine with --engine URL, or use the embedded engine: --engine embedded.",
    )


def desktop(engine: Engine) -> bool:
    """True where the engine is Docker Desktop: its host is a virtual machine, not this computer."""
    info = engine.client.info()
    return "Docker Desktop" in str(info.get("OperatingSystem", ""))
