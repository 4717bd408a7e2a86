"""What happened in the engine: the events stream."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, Final

from .clock import EngineClock
from .filters import Filters
from .model import Container, Json, Network
from .streams import JSONStream

_KEPT: Final = 256
"""How many past events an engine remembers (moby: daemon/events)."""


class Events:
    """The engine's journal and those who listen to it."""

    def __init__(self, clock: EngineClock) -> None:
        self._clock = clock
        self._past: deque[Json] = deque(maxlen=_KEPT)
        self._count = 0

    def log(self, kind: str, action: str, actor_id: str, attributes: Mapping[str, str]) -> None:
        """Adds an event of a kind ("container", "network" ...)."""
        now = self._clock.now()
        old: Json = {}
        if kind in ("container", "image"):
            old = {"status": action, "id": actor_id}
        if kind == "container":
            old["from"] = attributes.get("image", "")
        event: Json = {
            **old,
            "Type": kind,
            "Action": action,
            "Actor": {"ID": actor_id, "Attributes": dict(sorted(attributes.items()))},
            "scope": "local",
            "time": int(now),
            "timeNano": int(now * 1_000_000) * 1000,
        }
        self._past.append(event)
        self._count += 1

    def container(self, container: Container, action: str, **attributes: str) -> None:
        """Adds an event of a container, with its name, image and labels."""
        known = {
            **(container.config.get("Labels") or {}),
            **attributes,
            "image": str(container.config.get("Image") or ""),
            "name": container.name,
        }
        self.log("container", action, container.id, known)

    def network(self, network: Network, action: str, **attributes: str) -> None:
        """Adds an event of a network, with its name and driver."""
        self.log("network", action, network.id, {"name": network.name, "type": network.driver, **attributes})

    def stream(
        self,
        since: float | None = None,
        until: float | None = None,
        filters: Mapping[str, Any] | None = None,
    ) -> JSONStream:
        """Past events from ``since`` on, then new ones as they come, until ``until`` (seconds since 1970).

        Without ``since`` only new ones. Where the time of ``until`` has come the stream ends. A filter that does not
        exist has no effect.
        """
        wanted = Filters(filters)
        return self._stream(self._count, since, until, wanted)

    def _stream(
        self, seen: int, since: float | None, until: float | None, wanted: Filters
    ) -> Iterator[Json | None]:
        for event in list(self._past) if since is not None else ():
            late = until is not None and event["timeNano"] / 1e9 > until
            if since is not None and event["timeNano"] / 1e9 >= since and not late and _wanted(event, wanted):
                yield event
        while True:
            news = min(self._count - seen, len(self._past))
            for event in list(self._past)[len(self._past) - news :] if news else ():
                if until is not None and event["timeNano"] / 1e9 > until:
                    return
                if _wanted(event, wanted):
                    yield event
            seen = self._count if news else seen
            if until is not None and self._clock.now() >= until:
                return
            yield None


def _wanted(event: Json, filters: Filters) -> bool:
    attributes = event["Actor"]["Attributes"]
    action = event["Action"]
    kind = event["Type"]
    # "exec_create: sh" is also found under "exec_create".
    if not filters.exact("event", action) and not filters.exact("event", action.partition(":")[0]):
        return False
    if not filters.exact("type", kind) or not filters.exact("scope", event["scope"]):
        return False
    if not filters.labels("label", attributes):
        return False
    for name in ("container", "network", "volume"):
        if name not in filters:
            continue
        known = (event["Actor"]["ID"], attributes.get("name", "")) if kind == name else ()
        if not any(
            text and (text in filters.get(name) or _prefixed(text, filters.get(name))) for text in known
        ):
            return False
    if "image" in filters:
        image = attributes.get("image", "") if kind == "container" else attributes.get("name", "")
        plain = image.partition(":")[0]
        if image not in filters.get("image") and plain not in filters.get("image"):
            return False
    return True


def _prefixed(identifier: str, wanted: list[str]) -> bool:
    return len(identifier) == 64 and any(text and identifier.startswith(text) for text in wanted)
