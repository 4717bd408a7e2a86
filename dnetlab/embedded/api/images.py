"""``/images`` and ``/volumes``: as far as a course on networks needs them."""

from __future__ import annotations

from typing import Final

from dnetlab.embedded.api import bodies
from dnetlab.embedded.api.call import Call, Route
from dnetlab.embedded.api.compat import image_answer
from dnetlab.embedded.api.framing import json_lines
from dnetlab.embedded.api.http import JSON, Response, answer, nothing
from dnetlab.embedded.api.platforms import platform_of, platforms_in
from dnetlab.embedded.api.system import NOT_A_MANAGER
from dnetlab.embedded.engine.errors import EngineError, failed, forbidden, invalid, not_found, unsupported
from dnetlab.embedded.engine.image import PLATFORM, Platform
from dnetlab.embedded.engine.strconv import parse_int


def list_(call: Call) -> Response:
    """All images that pass the filters."""
    filters = call.query.filters()
    if call.before("1.41") and call.query.text("filter"):
        filters.setdefault("reference", []).append(call.query.text("filter"))
    images = call.engine.images.list(all=call.query.flag("all"), filters=filters)
    return answer([image_answer(image, call.version) for image in images])


def inspect(call: Call) -> Response:
    """Everything about one image."""
    platforms = platforms_in(call.query)
    if platforms and call.query.flag("manifests"):
        raise invalid("conflicting options: manifests and platform options cannot both be set")
    _check_platforms(call, platforms)
    return answer(image_answer(call.engine.images.inspect(call.name), call.version))


def _check_platforms(call: Call, platforms: list[Platform]) -> None:
    for platform in platforms:
        call.engine.images.check_platform(call.name, platform)


def history(call: Call) -> Response:
    """The layers of an image."""
    _check_platforms(call, platforms_in(call.query))
    return answer(call.engine.images.history(call.name))


def pull(call: Call) -> Response:
    """Fetches an image: the model holds what it holds, and says so."""
    query = call.query
    platform = platform_of(query.text("platform"))
    name = query.text("fromImage").removesuffix(":")
    if not name:
        raise unsupported("importing an image")
    if name != name.lower() and "/" not in name:
        raise invalid(f"invalid reference format: repository name (library/{name}) must be lowercase")
    if name == "scratch":
        raise forbidden("'scratch' is a reserved name")
    progress = call.engine.images.pull(name, query.text("tag"), platform or PLATFORM)
    return Response(200, {"Content-Type": JSON}, json_lines(progress, b"\r\n"))


def load(call: Call) -> Response:
    """Takes in an archive of images."""
    try:
        progress = call.engine.images.load(call.request.body)
    except EngineError as error:
        progress = iter([{"errorDetail": {"message": error.message}, "error": error.message}])
    return Response(200, {"Content-Type": JSON}, json_lines(progress, b"\r\n"))


def tag(call: Call) -> Response:
    """Gives an image another name."""
    query = call.query
    if not query.text("repo"):
        # The engine loses this error on its way and answers 200.
        return nothing(200)
    call.engine.images.tag(call.name, query.text("repo"), query.text("tag"))
    return nothing(201)


def remove(call: Call) -> Response:
    """Removes an image."""
    if not call.name.strip():
        raise invalid("image name cannot be blank")
    _check_platforms(call, platforms_in(call.query))
    return answer(call.engine.images.remove(call.name, force=call.query.flag("force")))


def prune(call: Call) -> Response:
    """Removes images without a name."""
    return answer(call.engine.images.prune(call.query.filters()))


def search(call: Call) -> Response:
    """Looks in the registry: the model has none."""
    try:
        parse_int(call.query.text("limit") or "0")
    except ValueError as error:
        raise invalid(f"invalid limit specified: {error}") from None
    return answer(call.engine.images.search(call.query.text("term")))


def save(call: Call) -> Response:
    """Not in the model: its images have no layers."""
    platforms_in(call.query)
    for name in [call.names["name"]] if "name" in call.names else call.query.all("names"):
        try:
            call.engine.images.inspect(name)
        except EngineError as error:
            if error.status == 404:
                raise not_found(f"No such image: {name}") from error
            raise failed(error.message) from error
    raise unsupported("saving an image")


def volumes(call: Call) -> Response:
    """All volumes."""
    try:
        filters = call.query.filters()
    except EngineError as error:
        raise EngineError(error.status, f"error reading volume filters: {error.message}") from error
    return answer(call.engine.volumes.list(filters))


def volume_inspect(call: Call) -> Response:
    """One volume."""
    return answer(call.engine.volumes.inspect(call.name))


def volume_create(call: Call) -> Response:
    """Makes a volume."""
    body = call.body(bodies.VOLUME_CREATE)
    if "ClusterVolumeSpec" in body:
        raise EngineError(503, NOT_A_MANAGER)
    return answer(call.engine.volumes.create(body), 201)


def volume_update(call: Call) -> Response:
    """Only for swarm."""
    raise EngineError(503, "volume update only valid for cluster volumes, but swarm is unavailable")


def volume_remove(call: Call) -> Response:
    """Removes a volume that nobody uses."""
    call.engine.volumes.remove(call.name, force=call.query.flag("force"))
    return nothing()


def volume_prune(call: Call) -> Response:
    """Removes volumes that nobody uses: the nameless ones, before API 1.42 all."""
    filters = call.query.filters()
    if call.before("1.42"):
        filters["all"] = ["true"]
    return answer(call.engine.volumes.prune(filters))


ROUTES: Final = (
    Route("GET", "/images/json", list_),
    Route("GET", "/images/search", search),
    Route("GET", "/images/get", save),
    Route("GET", "/images/{name}/get", save),
    Route("GET", "/images/{name}/history", history),
    Route("GET", "/images/{name}/json", inspect),
    Route("POST", "/images/load", load),
    Route("POST", "/images/create", pull),
    Route("POST", "/images/{name}/tag", tag),
    Route("POST", "/images/prune", prune),
    Route("DELETE", "/images/{name}", remove),
    Route("GET", "/volumes", volumes),
    Route("GET", "/volumes/{name}", volume_inspect),
    Route("POST", "/volumes/create", volume_create),
    Route("POST", "/volumes/prune", volume_prune),
    Route("PUT", "/volumes/{name}", volume_update),
    Route("DELETE", "/volumes/{name}", volume_remove),
)
