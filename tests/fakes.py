"""A docker client that answers from a script: for engines that cannot be had for real, and for faults."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingUnixStreamServer
from typing import Any

from docker.errors import APIError, ImageNotFound, NotFound
from requests import Response

from dnetlab.engine import Engine


def refused(status: int, text: str) -> APIError:
    """What docker-py raises when the engine answers with this status and message."""
    response = Response()
    response.status_code = status
    response.reason = "refused"
    if status == 404 and "image" in text:
        return ImageNotFound(f"404 Client Error: {text}", response=response, explanation=text)
    if status == 404:
        return NotFound(f"404 Client Error: {text}", response=response, explanation=text)
    return APIError(f"{status} Error: {text}", response=response, explanation=text)


class FakeApi:
    """Keeps containers and networks as a real engine lists them, and fails where it is told to.

    ``faults`` maps a method's name to a function of its arguments that gives an exception or None;
    ``outputs`` is a function of an exec's argv that gives exit status and output.
    """

    _version = "1.51"

    def __init__(
        self,
        faults: dict[str, Callable[..., BaseException | None]] | None = None,
        outputs: Callable[[list[str]], tuple[int, str]] = lambda argv: (0, ""),
        info: dict[str, Any] | None = None,
    ) -> None:
        self.faults, self.outputs, self._info = faults or {}, outputs, info or {}
        self.held: dict[str, dict[str, Any]] = {}
        self.nets: dict[str, dict[str, Any]] = {}
        self.calls: list[str] = []
        self._execs: dict[str, list[str]] = {}
        self._number = itertools.count(1)
        self._lock = threading.Lock()

    def _called(self, name: str, *args: Any) -> None:
        with self._lock:
            self.calls.append(name)
        fault = self.faults.get(name, lambda *_: None)(*args)
        if fault is not None:
            raise fault

    def create_host_config(self, **options: Any) -> dict[str, Any]:
        return options

    def create_networking_config(self, config: Any) -> Any:
        return config

    def create_endpoint_config(self, **options: Any) -> Any:
        return options

    def create_container(self, image: str, command: Any = None, **options: Any) -> dict[str, Any]:
        name = options["name"]
        self._called("create_container", name)
        identity = f"{next(self._number):064x}"
        with self._lock:
            self.held[identity] = {
                "Id": identity,
                "Names": [f"/{name}"],
                "Labels": dict(options.get("labels") or {}),
                "State": "created",
                "Created": 1_700_000_000 + len(self.held),
            }
        return {"Id": identity}

    def _find(self, ref: str) -> str:
        for identity, container in self.held.items():
            if ref == identity or f"/{ref}" in container["Names"]:
                return identity
        raise refused(404, f"No such container: {ref}")

    def start(self, ref: str) -> None:
        self._called("start", ref)
        self.held[self._find(ref)]["State"] = "running"

    def remove_container(self, ref: str, **_: Any) -> None:
        self._called("remove_container", ref)
        with self._lock:
            del self.held[self._find(ref)]

    def create_network(self, name: str, **options: Any) -> dict[str, Any]:
        self._called("create_network", name)
        identity = f"{next(self._number):064x}"
        self.nets[identity] = {"Id": identity, "Name": name, "Labels": dict(options.get("labels") or {})}
        return {"Id": identity}

    def inspect_network(self, ref: str) -> object:
        return {"Name": ref, "Containers": {}}

    def remove_network(self, ref: str) -> None:
        self._called("remove_network", ref)
        for identity, network in list(self.nets.items()):
            if ref in (identity, network["Name"]):
                del self.nets[identity]
                return
        raise refused(404, f"network {ref} not found")

    def containers(self, all: bool = False, filters: Any = None) -> list[dict[str, Any]]:
        self._called("containers")
        return [c for c in self.held.values() if _matches(c["Labels"], filters)]

    def networks(self, filters: Any = None) -> list[dict[str, Any]]:
        self._called("networks")
        return [n for n in self.nets.values() if _matches(n["Labels"], filters)]

    def exec_create(self, container: str, argv: list[str], **_: Any) -> dict[str, Any]:
        self._called("exec_create", container, argv)
        self._find(container)
        identity = f"exec{next(self._number)}"
        self._execs[identity] = list(argv)
        return {"Id": identity}

    def exec_start(self, identity: str, **_: Any) -> bytes:
        return self.outputs(self._execs[identity])[1].encode()

    def exec_inspect(self, identity: str) -> dict[str, Any]:
        return {"ExitCode": self.outputs(self._execs[identity])[0]}


def _matches(labels: dict[str, str], filters: Any) -> bool:
    wanted = (filters or {}).get("label")
    if not wanted:
        return True
    name, equals, value = wanted.partition("=")
    return name in labels and (not equals or labels[name] == value)


class FakeImages:
    """The lab image is there, or it is not."""

    def __init__(self, present: bool = True) -> None:
        self._present = present

    def get(self, ref: str) -> Any:
        if not self._present:
            raise refused(404, f"No such image: {ref}")
        return type("Image", (), {"labels": {}, "id": "sha256:0"})()


class FakeClient:
    """A docker-py client on a :class:`FakeApi`."""

    def __init__(self, api: FakeApi | None = None, *, image: bool = True, info: dict[str, Any] | None = None):
        self.api = api or FakeApi()
        self.images = FakeImages(image)
        self._info = info or {}

    def info(self) -> dict[str, Any]:
        return self._info

    def version(self) -> dict[str, Any]:
        return {"Version": "28.5.2", "ApiVersion": "1.51"}

    def close(self) -> None:
        return None


def engine(client: Any, kind: Any = "docker") -> Engine:
    """An engine for that client."""
    return Engine(client, kind, "unix:///fake.sock", "28.5.2", "1.51", "it was asked for", 4)


class SmallEngine:
    """An HTTP server on a unix socket that knows its version and nothing else. A context manager; gives its URL."""

    def __init__(self, folder: Path, **version: Any) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                known = self.path.endswith("/version")
                body = json.dumps(version if known else {"message": "page not found"}).encode()
                self.send_response(200 if known else 404)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                return None

            def address_string(self) -> str:
                return "unix"

        self.path = folder / "engine.sock"
        self.server = ThreadingUnixStreamServer(str(self.path), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    def __enter__(self) -> str:
        self.thread.start()
        return f"unix://{self.path}"

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
