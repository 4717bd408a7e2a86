"""docker-py without a socket: a ``requests`` adapter whose other end is the API itself, and a client that uses it."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import docker
import docker.auth
import docker.utils.proxy
import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPHeaderDict, HTTPResponse
from urllib3.exceptions import ReadTimeoutError

from dnetlab.embedded.api.core import Api
from dnetlab.embedded.api.http import Hijack, Request, Response
from dnetlab.embedded.api.wire import Payload, Source

if TYPE_CHECKING:
    from dnetlab.embedded.engine import Engine

URL: Final = "http+embedded://localhost"

_REASONS: Final = {
    101: "UPGRADED",
    200: "OK",
    201: "Created",
    204: "No Content",
    301: "Moved Permanently",
    304: "Not Modified",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    500: "Internal Server Error",
    501: "Not Implemented",
    503: "Service Unavailable",
}


class EmbeddedAdapter(BaseAdapter):
    """Carries requests to an ``Api`` in the same process. No socket, no thread."""

    def __init__(self, api: Api) -> None:
        super().__init__()
        self.api = api

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """The engine's answer as a response.

        Raises:
            requests.exceptions.ReadTimeout: nothing came within ``timeout`` seconds.
        """
        headers = {name: _text(value) for name, value in request.headers.items()}
        asked = Request.of(request.method or "GET", request.path_url, headers, _body(request.body))
        answered = self.api.handle(asked)
        response = _response(request, answered, self._raw(asked, answered, _seconds(timeout)))
        if not stream:
            try:
                response.content  # noqa: B018 - reads it
            except requests.exceptions.ConnectionError as error:
                raise requests.exceptions.ReadTimeout(error, request=request) from error
        return response

    def _raw(self, asked: Request, answered: Response, timeout: float | None) -> HTTPResponse:
        body = answered.body
        keyboard = None
        chunks: Iterator[bytes | None]
        if isinstance(body, Hijack):
            chunks, keyboard = body.output, body.input
        else:
            chunks = iter([body] if body else []) if isinstance(body, bytes) else body
        source = Source(chunks, keyboard, self.api.wait, timeout)
        payload = Payload(source, chunked=not isinstance(body, bytes | Hijack))
        return _Raw(
            body=payload,
            headers=HTTPHeaderDict(answered.headers),
            status=answered.status,
            version=11,
            reason=_REASONS.get(answered.status, ""),
            preload_content=False,
            decode_content=False,
            request_method=asked.method,
        )

    def close(self) -> None:
        """Nothing is held open."""


class _Raw(HTTPResponse):
    """urllib3's response; a wait that lasts too long is a read timeout, as over a socket."""

    def _raw_read(self, amt: int | None = None, *, read1: bool = False) -> bytes:
        try:
            return super()._raw_read(amt, read1=read1)
        except TimeoutError as error:
            raise ReadTimeoutError(None, None, "Read timed out.") from error  # type: ignore[arg-type]


def _response(request: requests.PreparedRequest, answered: Response, raw: HTTPResponse) -> requests.Response:
    response = requests.Response()
    response.status_code = answered.status
    response.headers = CaseInsensitiveDict(answered.headers)
    response.reason = _REASONS.get(answered.status, "")
    response.raw = raw
    response.url = request.url or URL
    response.request = request
    response.encoding = "utf-8" if "json" in answered.headers.get("Content-Type", "") else None
    return response


def _ask(
    session: requests.Session,
    adapter: EmbeddedAdapter,
    method: str,
    url: str,
    *,
    params: Any = None,
    data: Any = None,
    json: Any = None,
    headers: Mapping[str, Any] | None = None,
    timeout: Any = None,
    stream: bool | None = None,
    allow_redirects: bool = True,
    **others: Any,
) -> requests.Response:
    """As ``Session.request``, but without looking for cookies, credentials, proxies and hooks.

    There are none of them in this process, and looking takes longer than most answers of the engine. Whatever else is
    asked for, and redirects, go the usual way.
    """
    if not others:
        prepared = requests.PreparedRequest()
        prepared.prepare_method(method)
        if params or not url.isascii():
            prepared.prepare_url(url, params)
        else:
            prepared.url = url
        named = {**session.headers, **(headers or {})}
        prepared.headers = CaseInsensitiveDict(
            {name: value for name, value in named.items() if value is not None}
        )
        prepared.prepare_body(data, None, json)
        response = adapter.send(prepared, stream=bool(stream), timeout=timeout)
        if not (response.is_redirect and allow_redirects):
            return response
        response.close()
    return requests.Session.request(
        session,
        method,
        url,
        params=params,
        data=data,
        json=json,
        headers=headers,
        timeout=timeout,
        stream=stream,
        allow_redirects=allow_redirects,
        **others,
    )


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _body(body: Any) -> bytes:
    """All of a request's body: bytes, text, a file or an iterable."""
    match body:
        case None:
            return b""
        case bytes() | bytearray():
            return bytes(body)
        case str():
            return body.encode()
        case _ if hasattr(body, "read"):
            return _body(body.read())
        case _:
            return b"".join(_body(part) for part in body)


def _seconds(timeout: Any) -> float | None:
    """The read timeout out of what ``requests`` allows: a number, ``(connect, read)`` or ``None``."""
    value = timeout[1] if isinstance(timeout, tuple) else timeout
    return None if value is None else float(value)


def client(
    engine: Engine | None = None, *, timeout: float = 60, api_version: str | None = None, **options: Any
) -> docker.DockerClient:
    """An ordinary ``docker.DockerClient`` on the embedded engine, in this process.

    Args:
        engine: an engine that exists already, so that several clients share it; without one a new engine is made.
        timeout: seconds after which a call that waits for news gives up.
        api_version: the API version to speak, ``None`` for the engine's own.
        **options: for ``Engine(...)``, for instance ``version="26.1"``.

    Raises:
        TypeError: both an engine and options for one.

    Example:
        >>> client().containers.run("dnetlab/lab:1", "echo hello")
        b'hello\\n'
    """
    if engine is None:
        from dnetlab.embedded.engine import Engine as NewEngine

        engine = NewEngine(**options)
    elif options:
        raise TypeError("give an engine or options for a new one, not both")
    made = docker.DockerClient(
        base_url="http://localhost:1",  # never used: requests go to the adapter below
        version=api_version or engine.api_version,
        timeout=timeout,  # type: ignore[arg-type]  # requests takes any number
    )
    api: Any = made.api
    adapter = EmbeddedAdapter(Api.of(engine))
    api.mount(URL, adapter)
    api._custom_adapter = adapter  # for redirects: their addresses have no scheme
    api.base_url = URL
    # Neither the learner's proxies and .netrc nor the docker CLI's configuration have any business here.
    api.trust_env = False
    api._general_configs = {}
    api._proxy_configs = docker.utils.proxy.ProxyConfig()
    api._auth_configs = docker.auth.AuthConfig({})
    api.request = functools.partial(_ask, api, adapter)
    return made


def engine_of(client: docker.DockerClient) -> Engine | None:
    """The engine behind a client made by ``client()``; ``None`` for any other client."""
    adapter = client.api.adapters.get(URL)
    return adapter.api.engine if isinstance(adapter, EmbeddedAdapter) else None
