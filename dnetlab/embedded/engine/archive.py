"""``docker cp``: a container's files in and out as tar archives."""

from __future__ import annotations

import io
import posixpath
import tarfile
from collections.abc import Iterator
from typing import Final

from ..commands import Files
from .clock import rfc3339
from .errors import failed, invalid, not_found
from .model import Container, Json

_DIRECTORY_BIT = 1 << 31
"""How Go's os.FileMode marks a directory."""


def _find(container: Container, ref: str, path: str) -> str:
    if not path:
        raise invalid("bad parameter: pathcannot be empty")
    full = posixpath.normpath("/" + path.lstrip("/"))
    if not container.files.exists(full):
        raise not_found(f"Could not find the file {path} in container {ref}")
    if path.endswith(("/", "/.")) and not container.files.is_directory(full):
        raise failed(f"lstat {path}: not a directory")
    return full


def _name(path: str) -> str:
    """What an archive calls a path: "." is what lies in a directory, without its name."""
    return (
        posixpath.basename(path)
        if path.endswith("/.")
        else posixpath.basename(posixpath.normpath("/" + path)) or "/"
    )


def stat(container: Container, ref: str, path: str) -> Json:
    """What lies at a path: name, size, mode, time.

    Raises:
        EngineError: 404, nothing; 400, the path is empty.
    """
    full = _find(container, ref, path)
    directory = container.files.is_directory(full)
    return {
        "name": _name(path),
        "size": 4096 if directory else len(container.files.read(full)),
        "mode": (_DIRECTORY_BIT | 0o755) if directory else 0o644,
        "mtime": rfc3339(container.created),
        "linkTarget": "",
    }


def get(container: Container, ref: str, path: str) -> tuple[Json, bytes]:
    """A file or directory as a tar archive, and what ``stat`` says of it."""
    view = stat(container, ref, path)
    full = _find(container, ref, path)
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
        name = _name(path)
        _pack(container.files, full, "." if name == "/" else name, tar, int(container.created))
    return view, out.getvalue()


def _pack(files: Files, path: str, name: str, tar: tarfile.TarFile, mtime: int) -> None:
    info = tarfile.TarInfo(name)
    info.mtime = mtime
    if not files.is_directory(path):
        data = files.read(path)
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))
        return
    info.type, info.mode = tarfile.DIRTYPE, 0o755
    tar.addfile(info)
    for child in files.listdir(path):
        _pack(files, posixpath.join(path, child), f"{name}/{child}", tar, mtime)


def put(container: Container, ref: str, path: str, data: bytes) -> None:
    """Unpacks a tar archive into a directory; all of it or, if it is broken, nothing.

    Raises:
        EngineError: 404, no such directory; 400, it is a file; 500, the archive is broken.
    """
    full = _find(container, ref, path)
    if not container.files.is_directory(full):
        raise invalid("extraction point is not a directory")
    contents: list[tuple[str, bytes | None]] = []
    try:
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            for info in tar:
                # "..": an archive cannot lead out of the directory.
                target = posixpath.join(full, posixpath.normpath("/" + info.name)[1:])
                if info.isdir():
                    contents.append((target, None))
                elif info.isfile():
                    handle = tar.extractfile(info)
                    contents.append((target, handle.read() if handle else b""))
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise failed("unexpected EOF") from error
    for target, file in contents:
        if file is None:
            container.files.make_directory(target)
        else:
            container.files.write(target, file)


_WRITTEN: Final = ("/etc/hosts", "/etc/resolv.conf", "/etc/hostname")
"""Files that the engine writes; they are mounts, not part of the container's layer, as volumes are."""


def _walk(files: Files, path: str = "/") -> Iterator[str]:
    for name in files.listdir(path):
        child = posixpath.join(path, name)
        yield child
        if files.is_directory(child):
            yield from _walk(files, child)


def _added(container: Container) -> Iterator[tuple[str, int]]:
    image = Files()
    for path in _walk(container.files):
        mounted = container.files.mount_at(path)
        if path in _WRITTEN or (mounted is not None and path != mounted[0]):
            continue
        if not image.exists(path):
            yield path, 1
        elif not image.is_directory(path) and image.read(path) != container.files.read(path):
            yield path, 0


def changes(container: Container) -> list[Json]:
    """What differs from the image, with the directories in which it lies."""
    found = dict(_added(container))
    for path in list(found):
        parent = posixpath.dirname(path)
        while parent != "/":
            found.setdefault(parent, 0)
            parent = posixpath.dirname(parent)
    return [{"Path": path, "Kind": kind} for path, kind in sorted(found.items())]


def size(container: Container) -> int:
    """Bytes of the files that differ from the image."""
    files = container.files
    return sum(len(files.read(path)) for path, _ in _added(container) if not files.is_directory(path))
