"""What a container mounts: named and nameless volumes, directories of the engine host, tmpfs (moby: volume/mounts).

The engine host is the model's: its directories are the model's own, and no file of this machine is in them.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from ..commands import Files, Mount
from .errors import EngineError, failed, invalid
from .model import Json, MountPoint

VOLUMES: Final = "/var/lib/docker/volumes"
"""Where the engine host keeps volumes."""

_PROPAGATIONS: Final = ("private", "rprivate", "slave", "rslave", "shared", "rshared")
_MODES: Final = (
    # One of each line at most.
    ("ro", "rw"),
    ("z", "Z"),
    ("nocopy",),
    _PROPAGATIONS,
    ("consistent", "cached", "delegated"),
)
_TMPFS_FLAGS: Final = frozenset(
    {
        *(
            "defaults",
            "ro",
            "rw",
            "suid",
            "nosuid",
            "dev",
            "nodev",
            "exec",
            "noexec",
            "sync",
            "async",
            "dirsync",
        ),
        *("atime", "noatime", "diratime", "nodiratime", "relatime", "norelatime", "strictatime"),
        *("nostrictatime", "remount", "mand", "nomand", "bind", "rbind", "unbindable", "runbindable"),
        *_PROPAGATIONS,
    }
)
_TMPFS_VALUES: Final = ("mode", "uid", "gid", "size", "nr_inodes", "nr_blocks", "mpol")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A mount point that a request asks for, and what is said of it only when it is made."""

    point: MountPoint
    copies: bool = True
    """Whether a new volume gets what the image has at its place."""
    driver: str = ""
    labels: Mapping[str, str] | None = None


def _absolute(path: str) -> None:
    if not path.startswith("/"):
        raise invalid(f"invalid mount path: '{path}' mount path must be absolute")


def _not_root(path: str) -> None:
    if posixpath.normpath(path) in ("/", "//"):
        raise invalid("invalid specification: destination can't be '/'")


def _mode(text: str) -> list[str]:
    words = text.split(",")
    for word in words:
        kinds = [kind for kind in _MODES if word in kind]
        if not kinds or sum(other in kinds[0] for other in words) > 1:
            raise invalid(f"invalid mode: {text}")
    return words


def _is_mode(text: str) -> bool:
    try:
        _mode(text)
    except EngineError:
        return False
    return True


def parse_bind(text: str) -> Wanted:
    """A mount point as ``-v`` writes it: ``[SOURCE:]TARGET[:MODE]``.

    Raises:
        EngineError: 500, it is none. (A wrong ``--mount`` is a 400; seen on Engine 28.5.)
    """
    try:
        return _parse_bind(text)
    except EngineError as error:
        raise failed(error.message) from error


def _parse_bind(text: str) -> Wanted:
    parts = text.split(":")
    if len(parts) > 3 or not all(parts):
        raise invalid(f"invalid volume specification: '{text}'")
    source, target, mode = "", parts[0], ""
    if len(parts) == 3:
        source, target, mode = parts
    elif len(parts) == 2 and _is_mode(parts[1]):
        mode = parts[1]
    elif len(parts) == 2:
        source, target = parts
    words = _mode(mode) if mode else []
    kind = "bind" if source.startswith("/") else "volume"
    try:
        _not_root(target)
        _absolute(target)
    except EngineError as error:
        what = f'invalid mount config for type "{kind}": {error.message}'
        raise invalid(f"invalid volume specification: '{text}': {what}") from error
    spread = next((word for word in words if word in _PROPAGATIONS), "rprivate")
    point = MountPoint(
        kind,
        posixpath.normpath(target),
        source=posixpath.normpath(source) if kind == "bind" else "",
        name="" if kind == "bind" else source,
        mode=mode or ("z" if kind == "volume" else ""),
        writable="ro" not in words,
        propagation=spread if kind == "bind" else "",
    )
    return Wanted(point, copies="nocopy" not in words)


def parse_mount(mount: Json, host: Files) -> Wanted:
    """A mount point as ``--mount`` writes it, an element of HostConfig.Mounts.

    Raises:
        EngineError: 400, it is none.
    """
    kind = str(mount.get("Type") or "")
    try:
        return _parse_mount(kind, mount, host)
    except EngineError as error:
        raise invalid(f'invalid mount config for type "{kind}": {error.message}') from error


def _parse_mount(kind: str, mount: Json, host: Files) -> Wanted:
    source, target = str(mount.get("Source") or ""), str(mount.get("Target") or "")
    if not target:
        raise invalid("field Target must not be empty")
    _not_root(target)
    _absolute(target)
    for other, field in (("bind", "BindOptions"), ("volume", "VolumeOptions"), ("tmpfs", "TmpfsOptions")):
        if other != kind and mount.get(field) and kind in ("bind", "volume", "tmpfs"):
            raise invalid(f"field {field} must not be specified")
    point = MountPoint(kind, posixpath.normpath(target), writable=not mount.get("ReadOnly"))
    match kind:
        case "bind":
            options = mount.get("BindOptions") or {}
            spread = str(options.get("Propagation") or "rprivate")
            if spread not in _PROPAGATIONS:
                raise invalid(f"invalid propagation mode: {spread}")
            if not source:
                raise invalid("field Source must not be empty")
            _absolute(source)
            if not host.exists(source) and not options.get("CreateMountpoint"):
                raise invalid(f"bind source path does not exist: {source}")
            return Wanted(replace(point, source=posixpath.normpath(source), propagation=spread))
        case "volume":
            if not source and mount.get("ReadOnly"):
                raise invalid("must not set ReadOnly mode when using anonymous volumes")
            options = mount.get("VolumeOptions") or {}
            point = replace(point, name=source, mode="z", subpath=str(options.get("Subpath") or ""))
            driver = str((options.get("DriverConfig") or {}).get("Name") or "")
            return Wanted(point, not options.get("NoCopy"), driver, options.get("Labels"))
        case "tmpfs":
            if source:
                raise invalid("field Source must not be specified")
            return Wanted(point)
    raise invalid("mount type unknown")


def parse_volumes_from(text: str) -> tuple[str, str]:
    """Container and mode of ``--volumes-from NAME[:MODE]``.

    Raises:
        EngineError: 400, it is none.
    """
    if not text:
        raise invalid("volumes-from specification cannot be an empty string")
    name, _, mode = text.partition(":")
    return name, ",".join(_mode(mode)) if mode else ""


def check_tmpfs(wanted: Mapping[str, str]) -> None:
    """Refuses what ``--tmpfs`` cannot be.

    Raises:
        EngineError: 400.
    """
    for target, options in wanted.items():
        _not_root(target)
        _absolute(target)
        for option in filter(None, options.split(",")):
            name, equals, _ = option.partition("=")
            if name not in (_TMPFS_VALUES if equals else _TMPFS_FLAGS):
                raise invalid(f'invalid tmpfs option "{option}"')


def view(point: MountPoint) -> Json:
    """A mount point in a container's inspection."""
    named = {"Name": point.name} if point.kind == "volume" else {}
    driver = {"Driver": "local"} if point.kind == "volume" else {}
    return {
        "Type": point.kind,
        **named,
        "Source": point.source,
        "Destination": point.target,
        **driver,
        "Mode": point.mode,
        "RW": point.writable,
        "Propagation": point.propagation,
    }


def attach(files: Files, host: Files, points: Iterable[MountPoint], tmpfs: Iterable[str]) -> None:
    """Puts the mount points into a container's files, outer ones first; a tmpfs is empty at every start.

    Raises:
        EngineError: 500, a volume has no such directory.
    """
    for point in sorted(points, key=lambda each: each.target.count("/")):
        if point.kind == "tmpfs":
            files.mount(point.target, Mount(Files(empty=True), "/", point.writable, for_all=True))
            continue
        source = posixpath.join(point.source, point.subpath) if point.subpath else point.source
        if not host.exists(source):
            if point.subpath:
                why = f"lstat {source}: no such file or directory"
                raise failed(f"cannot access path {source}: {why}")
            host.make_directory(source)
        files.mount(point.target, Mount(host, source, point.writable))
    for target in tmpfs:
        files.mount(target, Mount(Files(empty=True), "/", for_all=True))


def fill(host: Files, volume: str, files: Files, target: str) -> None:
    """Copies what an image has at a place into an empty volume."""
    if not files.is_directory(target) or host.listdir(volume):
        return
    for path in _walk(files, target):
        to = volume + path[len(target) :]
        if files.is_directory(path):
            host.make_directory(to)
        else:
            host.write(to, files.read(path))


def _walk(files: Files, path: str) -> Iterator[str]:
    for name in files.listdir(path):
        child = posixpath.join(path, name)
        yield child
        if files.is_directory(child):
            yield from _walk(files, child)


def duplicate(target: str) -> EngineError:
    """Two mount points at one place."""
    return invalid(f"Duplicate mount point: {target}")


def tmpfs_targets(host_config: Mapping[str, Any]) -> list[str]:
    """Where HostConfig.Tmpfs wants one."""
    return [posixpath.normpath(target) for target in host_config.get("Tmpfs") or {}]
