"""The files of one container: bytes by path, and the directories that hold them.

Nothing here touches a real file system. What /proc and /sys say comes from :mod:`.virtual`.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from . import netdb

DIRECTORIES = (
    "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib64", "/media", "/mnt", "/opt", "/proc", "/root",
    "/run", "/sbin", "/srv", "/sys", "/tmp", "/usr", "/var", "/usr/bin", "/usr/sbin", "/usr/share",
    "/usr/local", "/usr/local/bin", "/var/tmp", "/var/log", "/usr/share/dnetlab", "/var/lib", "/dev/shm",
    "/usr/games", "/usr/include", "/usr/lib", "/usr/libexec", "/usr/src", "/usr/local/etc", "/usr/local/games",
    "/usr/local/include", "/usr/local/lib", "/usr/local/libexec", "/usr/local/sbin", "/usr/local/share", "/usr/local/src",
    "/var/backups", "/var/cache", "/var/local", "/var/mail", "/var/opt", "/var/spool",
)  # fmt: skip
"""What an image of Debian has (Filesystem Hierarchy Standard 3.0)."""

LINKS = {"/var/run": "/run", "/bin": "/usr/bin", "/sbin": "/usr/sbin", "/dev/fd": "/proc/self/fd"}

OS_RELEASE = b"""PRETTY_NAME="dnetlab embedded engine (model of Debian GNU/Linux 13)"
NAME="Debian GNU/Linux"
VERSION_ID="13"
VERSION="13 (trixie)"
VERSION_CODENAME=trixie
ID=debian
"""

PASSWD = b"""root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
bin:x:2:2:bin:/bin:/usr/sbin/nologin
sys:x:3:3:sys:/dev:/usr/sbin/nologin
sync:x:4:65534:sync:/bin:/bin/sync
games:x:5:60:games:/usr/games:/usr/sbin/nologin
man:x:6:12:man:/var/cache/man:/usr/sbin/nologin
lp:x:7:7:lp:/var/spool/lpd:/usr/sbin/nologin
mail:x:8:8:mail:/var/mail:/usr/sbin/nologin
news:x:9:9:news:/var/spool/news:/usr/sbin/nologin
uucp:x:10:10:uucp:/var/spool/uucp:/usr/sbin/nologin
proxy:x:13:13:proxy:/bin:/usr/sbin/nologin
www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
backup:x:34:34:backup:/var/backups:/usr/sbin/nologin
list:x:38:38:Mailing List Manager:/var/list:/usr/sbin/nologin
irc:x:39:39:ircd:/run/ircd:/usr/sbin/nologin
_apt:x:42:65534::/nonexistent:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
tcpdump:x:100:101::/nonexistent:/usr/sbin/nologin
dnsmasq:x:999:65534:dnsmasq:/var/lib/misc:/usr/sbin/nologin
"""
GROUP = b"""root:x:0:
daemon:x:1:
bin:x:2:
sys:x:3:
adm:x:4:
tty:x:5:
disk:x:6:
lp:x:7:
mail:x:8:
news:x:9:
uucp:x:10:
man:x:12:
proxy:x:13:
kmem:x:15:
dialout:x:20:
fax:x:21:
voice:x:22:
cdrom:x:24:
floppy:x:25:
tape:x:26:
sudo:x:27:
audio:x:29:
dip:x:30:
www-data:x:33:
backup:x:34:
operator:x:37:
list:x:38:
irc:x:39:
src:x:40:
shadow:x:42:
utmp:x:43:
video:x:44:
sasl:x:45:
plugdev:x:46:
staff:x:50:
games:x:60:
users:x:100:
nogroup:x:65534:
tcpdump:x:101:
"""
"""The users and groups of the lab image."""


WORLD_WRITABLE = ("/tmp", "/var/tmp", "/dev/shm")
"""Where everybody may write (mode 1777)."""


@cache
def _etc() -> dict[str, bytes]:
    """The files of the lab image."""
    files = {"os-release": OS_RELEASE, "passwd": PASSWD, "group": GROUP}
    files.update((name, text.encode()) for name, text in netdb.files().items())
    return {f"/etc/{name}": data for name, data in files.items()}


@dataclass(frozen=True, slots=True)
class Mount:
    """What stands at a path: a directory (or file) of another store."""

    files: Files
    source: str = "/"
    writable: bool = True
    for_all: bool = False
    """Whether users other than root may write there, as into a tmpfs."""


class Files:
    """A private store of files, with what is mounted in it; ``read`` raises KeyError where there is none.

    With ``empty`` it has no file and no directory but "/": a tmpfs.
    """

    def __init__(self, *, empty: bool = False) -> None:
        self._data: dict[str, bytes | bytearray] = {}
        self._directories: set[str] = {"/"}
        self.mounts: dict[str, Mount] = {}
        self.writable = True
        if empty:
            return
        self._directories.update(DIRECTORIES)
        self._data.update(_etc())

    @staticmethod
    def normal(path: str, cwd: str = "/") -> str:
        """An absolute path without ".", ".." and the links that Debian has."""
        full = posixpath.normpath(posixpath.join(cwd, path))
        if full.startswith("//"):
            full = full[1:]
        for link, target in LINKS.items():
            if full == link or full.startswith(link + "/"):
                return target + full[len(link) :]
        return full

    def mount(self, path: str, mount: Mount) -> None:
        """Put something at a path; the place for it is made as needed."""
        path = self.normal(path)
        if not self.exists(path):
            if mount.files.is_file(mount.source):
                self.write(path, b"")
            else:
                self.make_directory(path)
        self.mounts[path] = mount

    def mount_at(self, path: str) -> tuple[str, Mount] | None:
        """The innermost mount in which a path lies, and where that stands."""
        path = self.normal(path)
        inside = [point for point in self.mounts if point in ("/", path) or path.startswith(point + "/")]
        point = max(inside, key=len, default=None)
        return None if point is None else (point, self.mounts[point])

    def may_write(self, path: str, root: bool = True) -> str:
        """Why a path cannot be written by root or by somebody else, in the kernel's words; empty where it can."""
        path = self.normal(path)
        found = self.mount_at(path)
        if not (self.writable if found is None else found[1].writable):
            return "Read-only file system"
        if root or path.startswith(tuple(f"{place}/" for place in WORLD_WRITABLE)):
            return ""
        return "" if found is not None and found[1].for_all else "Permission denied"

    def _at(self, path: str) -> tuple[Files, str]:
        """Which store holds a path, and where."""
        path = self.normal(path)
        found = self.mount_at(path) if self.mounts else None
        if found is None:
            return self, path
        point, mount = found
        return mount.files._at(mount.source.rstrip("/") + path[len(point) :] or "/")

    def write(self, path: str, data: bytes) -> None:
        """Make or replace a file; its directories are made as needed."""
        files, path = self._at(path)
        files.make_directory(posixpath.dirname(path))
        files._data[path] = bytearray(data)

    def append(self, path: str, data: bytes) -> None:
        """Add to the end of a file, making it as needed."""
        files, path = self._at(path)
        if path not in files._data:
            files.write(path, data)
        else:
            files._data[path] += data

    def read(self, path: str) -> bytes:
        files, path = self._at(path)
        return bytes(files._data[path])

    def exists(self, path: str) -> bool:
        return self.is_file(path) or self.is_directory(path)

    def is_file(self, path: str) -> bool:
        files, path = self._at(path)
        return path in files._data

    def is_directory(self, path: str) -> bool:
        files, path = self._at(path)
        return path in files._directories

    def make_directory(self, path: str) -> None:
        files, path = self._at(path)
        while path not in files._directories:
            files._directories.add(path)
            path = posixpath.dirname(path)

    def remove(self, path: str) -> None:
        """Remove a file, or a directory with all in it; KeyError where there is none."""
        files, path = self._at(path)
        if path in files._data:
            del files._data[path]
            return
        files._directories.remove(path)
        for other in [p for p in files._data if p.startswith(path + "/")]:
            del files._data[other]
        files._directories -= {d for d in files._directories if d.startswith(path + "/")}

    def listdir(self, path: str) -> list[str]:
        """Names in a directory, sorted; KeyError where there is none."""
        files, path = self._at(path)
        if path not in files._directories:
            raise KeyError(path)
        prefix = path.rstrip("/") + "/"
        names = {
            p[len(prefix) :].split("/", 1)[0] for p in files._all() if p.startswith(prefix) and p != path
        }
        return sorted(names - {""})

    def size(self, path: str = "/") -> int:
        """The bytes of all files in a directory, without what is mounted there."""
        files, path = self._at(path)
        prefix = path.rstrip("/") + "/"
        return sum(len(data) for name, data in files._data.items() if name.startswith(prefix))

    def copy(self) -> Files:
        """The same files in a store of its own, without mounts: an image made of a container."""
        made = Files(empty=True)
        made._data = {path: bytearray(data) for path, data in self._data.items()}
        made._directories = set(self._directories)
        return made

    def _all(self) -> Iterator[str]:
        yield from self._data
        yield from self._directories
