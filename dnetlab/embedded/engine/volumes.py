"""Volumes: names that containers may mention; the model keeps nothing in them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from .clock import EngineClock, rfc3339
from .errors import conflict, invalid, not_found
from .events import Events
from .filters import Filters
from .ids import Identifiers
from .model import Container, Json


class Volumes:
    """The volumes of an engine."""

    def __init__(
        self, clock: EngineClock, events: Events, ids: Identifiers, containers: Mapping[str, Container]
    ) -> None:
        self._clock = clock
        self._events = events
        self._ids = ids
        self._containers = containers
        self._volumes: dict[str, Json] = {}

    def list(self, filters: Mapping[str, Any] | None = None) -> Json:
        """``{"Volumes": [...], "Warnings": None}``."""
        wanted = Filters(filters, ("dangling", "driver", "label", "name"))
        found = [
            volume
            for volume in self._volumes.values()
            if wanted.match("name", volume["Name"])
            and wanted.exact("driver", volume["Driver"])
            and wanted.labels("label", volume["Labels"] or {})
        ]
        if "dangling" in wanted:
            unused = wanted.boolean("dangling")
            found = [volume for volume in found if (not self._users(volume["Name"])) == unused]
        return {"Volumes": found, "Warnings": None}

    def _users(self, name: str) -> Sequence[Container]:
        return [
            container
            for container in self._containers.values()
            if any(str(bind).startswith(f"{name}:") for bind in container.host_config.get("Binds") or ())
            or any(
                mount.get("Type") == "volume" and mount.get("Source") == name
                for mount in container.host_config.get("Mounts") or ()
            )
        ]

    def create(self, body: Mapping[str, Any]) -> Json:
        """Makes a volume, or gives the one of that name.

        Raises:
            EngineError: 400, the name has characters that a name cannot have; 404, no such driver.
        """
        name = str(body.get("Name") or "")
        labels = dict(body.get("Labels") or {}) or None
        if not name:
            name, labels = self._ids.new_id(), {**(labels or {}), "com.docker.volume.anonymous": ""}
        driver = str(body.get("Driver") or "local")
        if driver != "local":
            raise not_found(f'error looking up volume plugin {driver}: plugin "{driver}" not found')
        if len(name) < 2:
            raise invalid("volume name is too short, names should be at least two alphanumeric characters")
        if not re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*", name):
            raise invalid(
                f'create {name}: "{name}" includes invalid characters for a local volume name, only'
                ' "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute'
                " path"
            )
        if name not in self._volumes:
            self._volumes[name] = {
                "CreatedAt": rfc3339(self._clock.now())[:19] + "Z",
                "Driver": driver,
                "Labels": labels,
                "Mountpoint": f"/var/lib/docker/volumes/{name}/_data",
                "Name": name,
                "Options": dict(body.get("DriverOpts") or {}) or None,
                "Scope": "local",
            }
            self._events.log("volume", "create", name, {"driver": driver})
        return self._volumes[name]

    def inspect(self, name: str) -> Json:
        """One volume.

        Raises:
            EngineError: 404, there is none of that name.
        """
        if name not in self._volumes:
            raise not_found(f"get {name}: no such volume")
        return self._volumes[name]

    def remove(self, name: str, force: bool = False) -> None:
        """Removes a volume.

        Raises:
            EngineError: 404, there is none; 409, a container uses it.
        """
        if name not in self._volumes:
            if force:
                return
            raise not_found(f"get {name}: no such volume")
        users = self._users(name)
        if users:
            listed = ", ".join(container.id for container in users)
            raise conflict(f"remove {name}: volume is in use - [{listed}]")
        del self._volumes[name]
        self._events.log("volume", "destroy", name, {"driver": "local"})

    def prune(self, filters: Mapping[str, Any] | None = None) -> Json:
        """Removes unused volumes: anonymous ones, or with ``all`` every one."""
        wanted = Filters(filters, ("all", "label", "label!"))
        every = wanted.boolean("all") if "all" in wanted else False
        deleted: Any = []
        for name, volume in list(self._volumes.items()):
            anonymous = "com.docker.volume.anonymous" in (volume["Labels"] or {})
            if (every or anonymous) and not self._users(name) and wanted.prune_labels(volume["Labels"] or {}):
                self.remove(name)
                deleted.append(name)
        return {"VolumesDeleted": deleted, "SpaceReclaimed": 0}
