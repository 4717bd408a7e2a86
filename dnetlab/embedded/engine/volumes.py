"""Volumes: directories of the engine host that outlive the containers that use them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ..commands import Files
from .clock import EngineClock, rfc3339
from .errors import conflict, invalid, not_found
from .events import Events
from .filters import Filters
from .ids import Identifiers
from .model import Container, Json, JsonList, MountPoint
from .mounts import VOLUMES
from .strconv import quoted

_ANONYMOUS: Final = "com.docker.volume.anonymous"
_NEEDED: Final = {"device": ("type",), "type": ("device",), "o": ("device", "type"), "size": ()}
"""The options of the driver "local", and which others each of them needs."""


class Volumes:
    """The volumes of an engine.

    Attributes:
        host: the engine host's files, in which volumes are directories.
    """

    def __init__(
        self,
        clock: EngineClock,
        events: Events,
        ids: Identifiers,
        containers: Mapping[str, Container],
        host: Files,
    ) -> None:
        self.host = host
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

    def usage(self) -> JsonList:
        """Every volume with its size in bytes and the number of containers that use it."""
        return [
            volume
            | {
                "UsageData": {
                    "RefCount": len(self._users(name)),
                    "Size": self.host.size(volume["Mountpoint"]),
                }
            }
            for name, volume in self._volumes.items()
        ]

    def _users(self, name: str) -> Sequence[Container]:
        return [
            container
            for container in self._containers.values()
            if any(point.name == name for point in container.mounts)
        ]

    def create(self, body: Mapping[str, Any]) -> Json:
        """Makes a volume, or gives the one of that name.

        Raises:
            EngineError: 400, the name has characters that a name cannot have; 404, no such driver.
        """
        name = str(body.get("Name") or "")
        labels = dict(body.get("Labels") or {}) or None
        if not name:
            name, labels = self._ids.new_id(), {**(labels or {}), _ANONYMOUS: ""}
        driver = str(body.get("Driver") or "local")
        if driver != "local":
            raise not_found(f'error looking up volume plugin {driver}: plugin "{driver}" not found')
        if len(name.encode()) < 2:
            raise invalid(
                f"create {name}: volume name is too short, names should be at least two alphanumeric characters"
            )
        if not re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*", name):
            raise invalid(
                f"create {name}: {quoted(name)} includes invalid characters for a local volume name, only"
                ' "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute'
                " path"
            )
        if name not in self._volumes:
            options = _options(name, body.get("DriverOpts"))
            place = f"{VOLUMES}/{name}/_data"
            self.host.make_directory(place)
            self._volumes[name] = {
                "CreatedAt": rfc3339(self._clock.now())[:19] + "Z",
                "Driver": driver,
                "Labels": labels,
                "Mountpoint": place,
                "Name": name,
                "Options": options,
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
        self.host.remove(f"{VOLUMES}/{name}")
        self._events.log("volume", "destroy", name, {"driver": "local"})

    def remove_anonymous(self, container: Container) -> None:
        """Removes the nameless volumes that were made for a container and that no other one uses."""
        for point in container.mounts:
            if point.anonymous and point.name in self._volumes and not self._users(point.name):
                self.remove(point.name)

    def log_mounts(self, container: Container, *, mounted: bool) -> None:
        """Tells the events of a start or an end: which volumes are mounted, or no more."""
        for point in container.mounts:
            if point.kind != "volume":
                continue
            told = {"container": container.id, "driver": "local"}
            if mounted:
                told |= {
                    "destination": point.target,
                    "propagation": point.propagation,
                    "read/write": str(point.writable).lower(),
                }
            self._events.log("volume", "mount" if mounted else "unmount", point.name, told)

    def make(
        self, point: MountPoint, driver: str = "", labels: Mapping[str, str] | None = None
    ) -> MountPoint:
        """The volume of a mount point, made where there is none, and where it lies on the host.

        Raises:
            EngineError: as ``create``.
        """
        volume = self.create({"Name": point.name, "Driver": driver, "Labels": labels})
        return point.of_volume(volume["Name"], volume["Mountpoint"], anonymous=not point.name)

    def prune(self, filters: Mapping[str, Any] | None = None) -> Json:
        """Removes unused volumes: anonymous ones, or with ``all`` every one."""
        wanted = Filters(filters, ("all", "label", "label!"))
        every = wanted.boolean("all") if "all" in wanted else False
        deleted: Any = []
        freed = 0
        for name, volume in list(self._volumes.items()):
            anonymous = _ANONYMOUS in (volume["Labels"] or {})
            if (every or anonymous) and not self._users(name) and wanted.prune_labels(volume["Labels"] or {}):
                freed += self.host.size(volume["Mountpoint"])
                self.remove(name)
                deleted.append(name)
        return {"VolumesDeleted": deleted, "SpaceReclaimed": freed}


def _options(name: str, given: Mapping[str, str] | None) -> dict[str, str] | None:
    """The options of a new volume (moby: volume/local, validateOpts)."""
    options = dict(sorted((given or {}).items()))
    for option in options:
        if option not in _NEEDED:
            raise invalid(f"create {name}: invalid option: {quoted(option)}")
    for option in options:
        for needed in _NEEDED[option]:
            if needed not in options:
                raise invalid(f"create {name}: missing required option: {quoted(needed)}")
    if "size" in options and "device" not in options:
        raise invalid(f"create {name}: quota size requested but no quota support")
    return options if given is not None else None
