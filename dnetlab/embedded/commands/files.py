"""The files of one container: bytes by path, and the directories that hold them.

Nothing here touches a real file system. What /proc and /sys say comes from :mod:`.virtual`.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

DIRECTORIES = (
    "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib64", "/media", "/mnt", "/opt", "/proc", "/root",
    "/run", "/sbin", "/srv", "/sys", "/tmp", "/usr", "/var", "/usr/bin", "/usr/sbin", "/usr/share",
    "/usr/local", "/usr/local/bin", "/var/tmp", "/var/log", "/usr/share/dnetlab", "/var/lib", "/dev/shm",
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


class Files:
    """A private store of files; ``read`` raises KeyError where there is none."""

    def __init__(self) -> None:
        self._data: dict[str, bytearray] = {}
        self._directories: set[str] = {"/", *DIRECTORIES}
        for path, data in (("os-release", OS_RELEASE), ("passwd", PASSWD), ("group", GROUP)):
            self.write(f"/etc/{path}", data)

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

    def write(self, path: str, data: bytes) -> None:
        """Make or replace a file; its directories are made as needed."""
        path = self.normal(path)
        self.make_directory(posixpath.dirname(path))
        self._data[path] = bytearray(data)

    def append(self, path: str, data: bytes) -> None:
        """Add to the end of a file, making it as needed."""
        path = self.normal(path)
        if path not in self._data:
            self.write(path, data)
        else:
            self._data[path] += data

    def read(self, path: str) -> bytes:
        return bytes(self._data[self.normal(path)])

    def exists(self, path: str) -> bool:
        path = self.normal(path)
        return path in self._data or path in self._directories

    def is_file(self, path: str) -> bool:
        return self.normal(path) in self._data

    def is_directory(self, path: str) -> bool:
        return self.normal(path) in self._directories

    def make_directory(self, path: str) -> None:
        path = self.normal(path)
        while path not in self._directories:
            self._directories.add(path)
            path = posixpath.dirname(path)

    def remove(self, path: str) -> None:
        """Remove a file, or a directory with all in it; KeyError where there is none."""
        path = self.normal(path)
        if path in self._data:
            del self._data[path]
            return
        self._directories.remove(path)
        for other in [p for p in self._data if p.startswith(path + "/")]:
            del self._data[other]
        self._directories -= {d for d in self._directories if d.startswith(path + "/")}

    def listdir(self, path: str) -> list[str]:
        """Names in a directory, sorted; KeyError where there is none."""
        path = self.normal(path)
        if path not in self._directories:
            raise KeyError(path)
        prefix = path.rstrip("/") + "/"
        names = {p[len(prefix) :].split("/", 1)[0] for p in self._all() if p.startswith(prefix) and p != path}
        return sorted(names - {""})

    def _all(self) -> Iterator[str]:
        yield from self._data
        yield from self._directories
