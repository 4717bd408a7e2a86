"""Listing containers: which ones, in which order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from . import archive, views
from .core import Core
from .errors import EngineError, failed, invalid
from .filters import Filters
from .images import Images
from .lookup import ContainerStore
from .model import Container, Json, JsonList
from .ports import port_range, split_port
from .strconv import parse_int

_LIST_FILTERS: Final = (
    *("ancestor", "before", "exited", "expose", "health", "id", "is-task", "isolation", "label"),
    *("name", "network", "publish", "since", "status", "volume"),
)
_HEALTH: Final = ("none", "starting", "healthy", "unhealthy")
_STATES: Final = ("created", "running", "paused", "restarting", "removing", "exited", "dead")


def sizes(container: Container, images: Images) -> Json:
    """Bytes of a container's files that differ from its image's, where there are any, and of all."""
    own = archive.size(container)
    return {**({"SizeRw": own} if own else {}), "SizeRootFs": own + images.size(container.image_id)}


class ContainerListing:
    """The part of the containers API that lists."""

    _core: Core
    _store: ContainerStore
    _images: Images

    def list(
        self,
        all: bool = False,
        limit: int = 0,
        size: bool = False,
        filters: Mapping[str, Any] | None = None,
    ) -> JsonList:
        """Containers, newest first: running ones, or all, or those that pass the filters.

        Raises:
            EngineError: 400, a filter that does not exist or has a value that it cannot have.
        """
        wanted = Filters(filters, _LIST_FILTERS)
        _check_words(wanted, "status", "state", _STATES)
        _check_words(wanted, "health", "health", _HEALTH)
        ports = {key: _ports(wanted, key) for key in ("publish", "expose")}
        exited = set()
        for text in wanted.get("exited"):
            try:
                exited.add(parse_int(text))
            except ValueError as error:
                raise invalid(f"invalid filter 'exited={text}': {error}") from None
        every = all or bool(wanted.get("status")) or limit > 0
        before = [self._store.find(text).created for text in wanted.get("before")]
        since = [self._store.find(text).created for text in wanted.get("since")]
        result: JsonList = []
        linked = self._linked_names()
        for container in sorted(self._store.by_id.values(), key=lambda each: -each.created):
            if limit > 0 and len(result) == limit:
                break
            if not container.state.running and not every:
                continue
            if any(container.created >= time for time in before) or any(
                container.created <= time for time in since
            ):
                continue
            if exited and (container.state.running or not container.state.started):
                continue
            if exited and container.state.exit_code not in exited:
                continue
            if self._passes(container, wanted) and _port_passes(container, ports):
                view = views.summary(container, self._core, linked.get(container.id, ()))
                result.append(view | (sizes(container, self._images) if size else {}))
        return result

    def _linked_names(self) -> dict[str, Sequence[str]]:
        """The names that legacy links give containers, by id."""
        result: dict[str, Sequence[str]] = {}
        for other in self._store.by_id.values():
            for alias, peer in other.links.items():
                result[peer.id] = [*result.get(peer.id, ()), f"/{other.name}/{alias}"]
        return result

    def _passes(self, container: Container, wanted: Filters) -> bool:
        if not (wanted.match("name", container.name) or wanted.match("name", f"/{container.name}")):
            return False
        if not wanted.prefix("id", container.id) or not wanted.labels(
            "label", container.config.get("Labels") or {}
        ):
            return False
        if not wanted.exact("status", container.state.status):
            return False
        if "is-task" in wanted and wanted.boolean("is-task"):
            return False
        if not wanted.exact("health", container.health.status if container.health else "none"):
            return False
        if "ancestor" in wanted and not any(
            self._descends(container, name) for name in wanted.get("ancestor")
        ):
            return False
        if "network" in wanted:
            known = {
                *container.networks,
                *(settings.network_id for settings in container.networks.values() if settings.network_id),
            }
            names = wanted.get("network")
            if not any(
                item == name or (len(item) == 64 and item.startswith(name))
                for item in known
                for name in names
            ):
                return False
        if "volume" in wanted:
            found = {
                str(mount.get(key) or "")
                for mount in views.mounts(container)
                for key in ("Name", "Destination")
            }
            if not found & set(wanted.get("volume")):
                return False
        return True

    def _descends(self, container: Container, name: str) -> bool:
        try:
            return self._images.find(name).id == container.image_id
        except EngineError:
            return False


def _check_words(wanted: Filters, key: str, what: str, known: Sequence[str]) -> None:
    for word in wanted.get(key):
        if word not in known:
            problem = f"invalid value for {what} ({word}): must be one of {', '.join(known)}"
            raise invalid(f"invalid filter '{key}={word}': {problem}")


def _ports(wanted: Filters, key: str) -> set[tuple[int, str]]:
    found: set[tuple[int, str]] = set()
    for text in wanted.get(key):
        try:
            found.update(port_range(text))
        except ValueError as error:
            raise failed(f"error while looking up for {key} {text}: {error}") from None
    return found


def _port_passes(container: Container, wanted: Mapping[str, set[tuple[int, str]]]) -> bool:
    if not wanted["publish"] and not wanted["expose"]:
        return True
    published = {
        (int(binding["HostPort"] or 0), key.partition("/")[2])
        for key, bindings in container.ports.items()
        for binding in bindings or ()
    }
    exposed = {split_port(key) for key in container.ports}
    return bool(published & wanted["publish"] or exposed & wanted["expose"])
