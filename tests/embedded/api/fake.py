"""A tiny engine with the interface of ``dnetlab.embedded.engine.Engine``: enough to test the API without the model.

Its processes are Python generators; nothing else about it is meant to be like Docker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

from dnetlab.embedded.engine.errors import conflict, not_found

Chunk = tuple[int, bytes]


def cat(input: Callable[[], bytes | None]) -> Iterator[Chunk | None]:
    """Repeats its input until that ends."""
    while True:
        data = input()
        if data == b"":
            return
        yield None if data is None else (1, data)


def talk(input: Callable[[], bytes | None]) -> Iterator[Chunk | None]:
    """Writes to both streams and ends."""
    yield (1, b"out\n")
    yield None
    yield (2, b"err\n")
    yield (1, b"more\n")


def quiet(input: Callable[[], bytes | None]) -> Iterator[Chunk | None]:
    """Says nothing, for ever."""
    while True:
        yield None


PROGRAMS = {"cat": cat, "talk": talk, "quiet": quiet}


class FakeEngine:
    """Containers by name, execs by number; every call is remembered in ``calls``."""

    api_version = "1.51"
    min_api_version = "1.24"

    def follow(self, seconds: float) -> None:
        """No time passes here."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.made: dict[str, dict[str, Any]] = {}
        self.started: dict[str, dict[str, Any]] = {}
        self.messages: list[dict[str, Any]] = []
        self.containers = SimpleNamespace(
            create=self._create, inspect=self._inspect, list=self._list, start=self._start, tty=self._tty,
            attach=self._attach, logs=self._logs, wait=self._wait, stop=self._stop, kill=self._kill,
            archive_put=self._put, archive_get=self._get, archive_stat=lambda ref, path: {"name": path},
            stats=lambda ref, stream, one_shot: iter([{"name": ref}]), remove=self._remove,
            resize=lambda ref, h, w: self.calls.append(("resize", ref, h, w)),
        )  # fmt: skip
        self.execs = SimpleNamespace(
            check=self._find, create=self._exec_create, start=self._exec_start, inspect=self._exec_inspect,
            resize=lambda ref, h, w: self.calls.append(("resize", ref, h, w)),
        )  # fmt: skip
        self.networks = SimpleNamespace(
            list=self._filtered("networks.list", []), create=self._filtered("networks.create", {"Id": "n1", "Warning": ""}),
            inspect=lambda ref, verbose=False, scope="": {"Name": ref}, remove=self._missing_network,
            connect=lambda ref, body: self.calls.append(("connect", ref, body)), prune=self._filtered("prune", {}),
        )  # fmt: skip
        self.images = SimpleNamespace(
            pull=lambda name, tag, platform: iter([{"status": f"{name}:{tag} is here"}]), inspect=self._image
        )
        self.events = SimpleNamespace(stream=self._events)

    def ping(self) -> dict[str, str]:
        return {"Builder-Version": "2"}

    def version(self) -> dict[str, Any]:
        return {"Version": "28.5", "ApiVersion": self.api_version, "MinAPIVersion": self.min_api_version}

    def info(self) -> dict[str, Any]:
        return {"Name": "fake", "Runtimes": {"runc": {"path": "runc", "status": {}}}}

    def _filtered(self, name: str, answer: Any) -> Callable[..., Any]:
        def call(*args: Any, **named: Any) -> Any:
            self.calls.append((name, *args, *named.values()))
            return answer

        return call

    def _missing_network(self, ref: str) -> None:
        raise not_found(f"network {ref} not found")

    def _image(self, ref: str) -> dict[str, Any]:
        raise not_found(f"No such image: {ref}:latest")

    def _find(self, ref: str) -> dict[str, Any]:
        if ref not in self.made:
            raise not_found(f"No such container: {ref}")
        return self.made[ref]

    def _create(self, body: dict[str, Any], name: str | None) -> dict[str, Any]:
        self.calls.append(("create", body, name))
        self.made[name or "nameless"] = body
        return {"Id": name or "nameless", "Warnings": []}

    def _remove(self, ref: str, force: bool, volumes: bool, link: bool) -> None:
        self._find(ref)
        del self.made[ref]

    def _inspect(self, ref: str, size: bool = False) -> dict[str, Any]:
        return {"Id": ref, "Config": dict(self._find(ref))}

    def _list(self, **named: Any) -> list[dict[str, Any]]:
        self.calls.append(("list", named))
        return [{"Id": name} for name in self.made]

    def _start(self, ref: str) -> bool:
        first = not self._find(ref).get("started")
        self.made[ref]["started"] = True
        self.messages.append({"Type": "container", "Action": "start", "Actor": {"ID": ref}})
        return first

    def _stop(self, ref: str, timeout: int | None, signal: str | None) -> bool:
        self.calls.append(("stop", ref, timeout, signal))
        return bool(self._find(ref).pop("started", False))

    def _kill(self, ref: str, signal: str | None) -> None:
        self._find(ref)

    def _tty(self, ref: str) -> bool:
        return bool(self._find(ref).get("Tty"))

    def _program(self, ref: str, input: Callable[[], bytes | None]) -> Iterator[Chunk | None]:
        return PROGRAMS[self._find(ref)["Cmd"][0]](input)

    def _attach(self, ref: str, *, input: Any, **named: Any) -> Iterator[Chunk | None]:
        self.calls.append(("attach", ref, named))
        return self._program(ref, input)

    def _logs(self, ref: str, **named: Any) -> Iterator[Chunk | None]:
        self.calls.append(("logs", ref, named))
        return self._program(ref, lambda: b"")

    def _wait(self, ref: str, condition: str) -> Iterator[dict[str, Any] | None]:
        container = self._find(ref)

        def states() -> Iterator[dict[str, Any] | None]:
            while container.get("started"):
                yield None
            yield {"StatusCode": 3}

        return states()

    def _put(self, ref: str, path: str, tar: bytes) -> None:
        self._find(ref)
        self.calls.append(("put", path, tar))

    def _get(self, ref: str, path: str) -> tuple[dict[str, Any], bytes]:
        return {"name": path, "size": 3}, b"tar of " + path.encode()

    def _exec_create(self, ref: str, body: dict[str, Any]) -> dict[str, str]:
        if not self._find(ref).get("started"):
            raise conflict(f"container {ref} is not running")
        key = f"e{len(self.started)}"
        self.started[key] = body
        return {"Id": key}

    def _exec_inspect(self, ref: str) -> dict[str, Any]:
        if ref not in self.started:
            raise not_found(f"No such exec instance: {ref}")
        body = self.started[ref]
        process = {"tty": body.get("Tty", False)}
        return {
            "ID": ref,
            "ExitCode": 0,
            "OpenStdin": body.get("AttachStdin", False),
            "ProcessConfig": process,
        }

    def _exec_start(self, ref: str, body: dict[str, Any], input: Any) -> Iterator[Chunk | None]:
        if ref not in self.started:
            raise not_found(f"No such exec instance: {ref}")
        self.calls.append(("exec", ref, body))
        return PROGRAMS[self.started[ref]["Cmd"][0]](input)

    def _events(self, since: Any, until: Any, filters: Any) -> Iterator[dict[str, Any] | None]:
        def messages() -> Iterator[dict[str, Any] | None]:
            at = 0
            while True:
                while at < len(self.messages):
                    yield self.messages[at]
                    at += 1
                if until is not None:
                    return
                yield None

        return messages()
