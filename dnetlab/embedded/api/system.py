"""Ping, version, info, events, disk usage, and the parts of Docker that the model does not have."""

from __future__ import annotations

from typing import Final

from dnetlab.embedded.api import bodies
from dnetlab.embedded.api.call import Call, Handler, Route
from dnetlab.embedded.api.compat import info_answer
from dnetlab.embedded.api.framing import json_lines
from dnetlab.embedded.api.http import JSON, Response, answer, nothing
from dnetlab.embedded.engine.errors import EngineError, invalid, not_found, unsupported
from dnetlab.embedded.engine.filters import Filters
from dnetlab.embedded.engine.strconv import parse_int, quoted
from dnetlab.embedded.engine.system import USAGE

_CACHE_FILTERS: Final = ("description", "id", "inuse", "parent", "private", "shared", "type", "until")
NOT_A_MANAGER: Final = (
    'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm '
    "and try again."
)


def ping(call: Call) -> Response:
    """Says that the engine is there and which versions it speaks."""
    headers = {
        "Cache-Control": "no-cache, no-store, must-revalidate",
        "Pragma": "no-cache",
        "Content-Type": "text/plain; charset=utf-8",
        "Swarm": "inactive",
        **call.engine.ping(),
    }
    return Response(200, headers, b"" if call.request.method == "HEAD" else b"OK")


def version(call: Call) -> Response:
    """Versions of the engine and its parts."""
    return answer(call.engine.version())


def info(call: Call) -> Response:
    """The engine's state in numbers."""
    return answer(info_answer(call.engine.info(), call.version))


def events(call: Call) -> Response:
    """What happens, as it happens."""
    query = call.query
    since, until = query.time("since"), query.time("until")
    if until is not None and since is not None and until < since:
        texts = query.text("since"), query.text("until")
        raise invalid(f"`since` time ({texts[0]}) cannot be after `until` time ({texts[1]})")
    stream = call.engine.events.stream(since=since, until=until, filters=query.filters())
    return Response(200, {"Content-Type": JSON}, json_lines(stream))


def disk_usage(call: Call) -> Response:
    """Sizes of images, containers and volumes."""
    wanted = [] if call.before("1.42") else call.query.all("type")
    for kind in wanted:
        if kind not in USAGE:
            raise invalid(f"unknown object type: {kind}")
    usage = call.engine.disk_usage(wanted or USAGE)
    if call.before("1.42"):
        usage["BuilderSize"] = 0
    return answer(usage)


def options(call: Call) -> Response:
    """OPTIONS on anything."""
    return nothing(200)


def no_swarm(call: Call) -> Response:
    """Swarm calls: the engine is not a manager."""
    raise EngineError(503, NOT_A_MANAGER)


def no_swarm_list(call: Call) -> Response:
    """Lists of swarm's objects: their filters are read first."""
    call.query.filters()
    call.query.truth("status")
    return no_swarm(call)


def leave_swarm(call: Call) -> Response:
    """The engine is not in a swarm."""
    raise EngineError(503, "This node is not part of a swarm")


def no_plugins(call: Call) -> Response:
    """There are no plugins."""
    filters = Filters(call.query.filters(), ("capability", "enabled"))
    filters.boolean("enabled")
    return answer([])


def no_such_plugin(call: Call) -> Response:
    """There are no plugins."""
    raise not_found(f"plugin {quoted(call.name)} not found")


def no_build_cache(call: Call) -> Response:
    """Nothing is ever built, so nothing is pruned."""
    query = call.query
    given = query.filters()
    for name in ("reserved-space", "max-used-space", "min-free-space", "keep-storage"):
        _bytes(name, query.text(name))
    try:
        Filters(given, _CACHE_FILTERS)
    except EngineError as error:
        raise EngineError(error.status, f"failed to prune build cache: {error.message}") from error
    return answer({"CachesDeleted": None, "SpaceReclaimed": 0})


def _bytes(name: str, text: str) -> None:
    try:
        parse_int(text or "0")
    except ValueError as error:
        raise invalid(f"{name} is in bytes and expects an integer, got {text}: {error}") from None


def commit(call: Call) -> Response:
    """Makes an image of a container."""
    query = call.query
    call.body(bodies.CONTAINER_CREATE)
    made = call.engine.containers.commit(
        query.text("container"),
        query.text("repo"),
        query.text("tag"),
        query.text("comment"),
        query.text("author"),
        query.all("changes"),
    )
    return answer(made, 201)


def lacking(what: str) -> Handler:
    """A handler that says that the model cannot do it."""

    def handler(call: Call) -> Response:
        raise unsupported(what)

    return handler


ROUTES: Final = (
    Route("OPTIONS", "/{name}", options),
    Route("GET", "/_ping", ping),
    Route("HEAD", "/_ping", ping),
    Route("GET", "/events", events),
    Route("GET", "/info", info),
    Route("GET", "/version", version),
    Route("GET", "/system/df", disk_usage),
    Route("POST", "/auth", lacking("a registry")),
    Route("GET", "/distribution/{name}/json", lacking("a registry")),
    Route("POST", "/images/{name}/push", lacking("pushing an image")),
    Route("POST", "/build", lacking("building an image")),
    Route("POST", "/build/cancel", lacking("building an image")),
    Route("POST", "/build/prune", no_build_cache),
    Route("POST", "/session", lacking("building an image")),
    Route("POST", "/grpc", lacking("building an image")),
    Route("POST", "/commit", commit),
    Route("GET", "/containers/{name}/attach/ws", lacking("attaching over a websocket")),
    Route("GET", "/containers/{name}/checkpoints", lacking("checkpointing a container")),
    Route("POST", "/containers/{name}/checkpoints", lacking("checkpointing a container")),
    Route("GET", "/plugins", no_plugins),
    Route("GET", "/plugins/{name}/json", no_such_plugin),
    Route("POST", "/plugins/pull", lacking("a plugin")),
    Route("POST", "/swarm/init", lacking("a swarm")),
    Route("POST", "/swarm/join", lacking("a swarm")),
    Route("POST", "/swarm/leave", leave_swarm),
    *(
        route
        for kind in ("nodes", "services", "tasks", "secrets", "configs")
        for route in (
            Route("GET", f"/{kind}", no_swarm_list),
            Route("GET", f"/{kind}/{{name+}}", no_swarm),
        )
    ),
    *(Route("POST", f"/{kind}/create", no_swarm) for kind in ("services", "secrets", "configs")),
    Route("GET", "/swarm", no_swarm),
    Route("GET", "/swarm/unlockkey", no_swarm),
    Route("POST", "/swarm/update", no_swarm),
)
