"""The API itself: one function from request to response, and the lock around the engine."""

from __future__ import annotations

import logging
import posixpath
import re
import threading
import weakref
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from dnetlab.embedded.api import containers, images, networks, system
from dnetlab.embedded.api.call import Call, Route
from dnetlab.embedded.api.http import ByteStream, Hijack, Request, Response, refusal
from dnetlab.embedded.api.query import unescape
from dnetlab.embedded.api.versions import PLAIN_TEXT_BELOW, below, problem
from dnetlab.embedded.engine.errors import EngineError

if TYPE_CHECKING:
    from dnetlab.embedded.engine import Engine

_log: Final = logging.getLogger(__name__)
_VERSIONED: Final = re.compile(r"/v(?P<version>[0-9.]+)(?P<rest>/.*)\Z")

# First come, first served, in the order of moby's routers: /containers/json before /containers/{name}.
ROUTES: Final[tuple[Route, ...]] = (
    *containers.ROUTES,
    *images.ROUTES,
    *networks.ROUTES,
    *system.ROUTES,
)

_BY_METHOD: Final = {
    method: tuple(route for route in ROUTES if route.method == method)
    for method in {route.method for route in ROUTES}
}


class Api:
    """The Engine HTTP API over one engine.

    Safe to use from several threads: the engine is entered by one at a time, for one call or one step of a stream.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._lock = threading.RLock()
        self._news = threading.Condition(self._lock)
        self._headers: dict[str, str] = {}
        self._leave_keys: dict[str, str] = {}

    @classmethod
    def of(cls, engine: Engine) -> Api:
        """The one ``Api`` of an engine, so that all its clients and servers share one lock."""
        with _apis_lock:
            api = _apis.get(id(engine))
            if api is None:
                api = _apis[id(engine)] = cls(engine)
            return api

    def handle(self, request: Request) -> Response:
        """The engine's answer. Never raises; whatever goes wrong is an answer, too."""
        with self._lock:
            response = self._answer(request)
            self._news.notify_all()
        match response.body:
            case bytes():
                return response
            case Hijack() as hijack:
                return Response(
                    response.status, response.headers, Hijack(self._steps(hijack.output), hijack.input)
                )
            case stream:
                return Response(response.status, response.headers, self._steps(stream))

    def follow(self, seconds: float) -> None:
        """Lets the time pass inside that has passed outside; see ``Engine.follow``."""
        with self._lock:
            self.engine.follow(seconds)
            self._news.notify_all()

    def wait(self, seconds: float) -> None:
        """Waits until something has happened in the engine, at most so long."""
        with self._lock:
            self._news.wait(seconds)

    def _steps(self, stream: ByteStream) -> Iterator[bytes | None]:
        """The stream, each step taken under the lock. Errors end it: the status has been sent."""
        try:
            while True:
                with self._lock:
                    try:
                        chunk = next(stream, b"")
                    except EngineError as error:
                        _log.info("stream ended: %s", error)
                        return
                    except Exception:
                        _log.exception("stream broken")
                        return
                    if chunk:
                        self._news.notify_all()
                if chunk == b"":
                    return
                yield chunk
        finally:
            close = getattr(stream, "close", None)
            if close is not None:
                with self._lock:
                    close()

    def _answer(self, request: Request) -> Response:
        try:
            path = unescape(request.path)
        except EngineError:
            return Response(400, {"Content-Type": "text/plain; charset=utf-8"}, b"400 Bad Request")
        clean = _clean(path)
        if clean != path:
            query = f"?{request.query}" if request.query else ""
            return Response(301, {"Location": quote(clean, safe="/:@!$&'()*+,;=~") + query})
        found = _VERSIONED.match(path)
        asked, path = (found["version"], found["rest"]) if found else ("", path)
        for route in _BY_METHOD.get(request.method, ()):
            names = route.pattern.match(path)
            if names:
                return self._call(route, request, names.groupdict(), asked)
        return refusal(404, "page not found")

    def _call(self, route: Route, request: Request, names: dict[str, str], asked: str) -> Response:
        version = asked or self.engine.api_version
        try:
            wrong = problem(version, self.engine.min_api_version, self.engine.api_version)
            if wrong:
                raise EngineError(400, wrong)
            response = route.handler(Call(self.engine, request, names, version, self._leave_keys))
        except EngineError as error:
            response = _refusal(error, asked)
        except Exception as error:
            _log.exception("%s %s", request.method, request.path)
            what = f"{type(error).__name__}: {error}"
            response = refusal(500, f"the embedded engine has a fault here ({what}); please report it")
        return Response(response.status, {**self._common(), **response.headers}, response.body)

    def _common(self) -> dict[str, str]:
        """Headers of every answer."""
        if not self._headers:
            self._headers = {
                "Api-Version": self.engine.api_version,
                "Docker-Experimental": "false",
                "Ostype": "linux",
                "Server": f"Docker/{self.engine.version().get('Version', '')} (linux)",
            }
        return self._headers


# By identity: an Api holds its engine, so an id in here cannot belong to another one.
_apis: Final[weakref.WeakValueDictionary[int, Api]] = weakref.WeakValueDictionary()
_apis_lock: Final = threading.Lock()


def _refusal(error: EngineError, asked: str) -> Response:
    if asked and below(asked, PLAIN_TEXT_BELOW):
        headers = {"Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff"}
        return Response(error.status, headers, f"{error.message}\n".encode())
    if error.status in (204, 304):
        return Response(error.status)
    return refusal(error.status, error.message)


def _clean(path: str) -> str:
    """The path without ``.``, ``..`` and double slashes; a slash at the end stays."""
    if path == "/" or ("//" not in path and "/." not in path):
        return path
    clean = posixpath.normpath("/" + path.lstrip("/"))
    return clean + "/" if path.endswith("/") and clean != "/" else clean
