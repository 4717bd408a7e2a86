"""What the lab image is made of, as data: packages, two scripts and a configuration, for both builds."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path

REF = "dnetlab/lab:1"
"""The image every lab runs. The number changes when a lab of an older dnetlab could not use the image."""

LABEL = "dnetlab.image"
"""Label on the image whose value is :func:`version`."""

SUITE = "trixie"
"""The Debian release the packages come from; the Dockerfile's base image names the same one."""

CONFIG = (
    "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    # PID 1 ignores SIGTERM unless it asks for it, so `docker stop` would wait its full ten seconds for
    # `sleep` and `httpd`; nothing in a lab container has anything to save.
    # https://docs.docker.com/reference/dockerfile/#stopsignal
    "STOPSIGNAL SIGKILL",
    'CMD ["web", "80"]',
)
"""Dockerfile instructions of the image's configuration, as ``docker import --change`` takes them too."""

SCRIPTS = {"web": "/usr/local/bin/web", "udhcpc": "/usr/share/dnetlab/udhcpc"}
"""File beside this module -> where it goes in the image."""

TRIM = ("/var/lib/apt/lists", "/var/cache", "/var/log")
"""Folders that are emptied at the end."""

_HERE = Path(__file__).parent


def source(name: str) -> str:
    """The text of a file of the recipe (``Dockerfile``, ``packages.txt``, ``web``, ``udhcpc``)."""
    return (_HERE / name).read_text()


def packages() -> tuple[str, ...]:
    """The Debian packages of the image, without comments."""
    lines = (line.split("#")[0].strip() for line in source("packages.txt").splitlines())
    return tuple(line for line in lines if line)


def version() -> str:
    """Twelve hexadecimal digits that change when anything in the recipe does."""
    parts = [SUITE, packages(), CONFIG, [(path, source(name)) for name, path in SCRIPTS.items()]]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:12]


def changes(refused: str = "") -> list[str]:
    """:data:`CONFIG` and the version label, for ``docker import --change``.

    Args:
        refused: What an engine said when it refused them: without the instructions that it names. Engine 20.10 says
            "stopsignal is not a valid change command"; its containers then take ten seconds to stop.
    """
    kept = [
        line for line in CONFIG if f"{line.split()[0].lower()} is not a valid change" not in refused.lower()
    ]
    return [*kept, f"LABEL {LABEL}={version()}"]


def context() -> bytes:
    """The build context as a tar archive; its scripts are executable however the package was unpacked."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name in ("Dockerfile", "packages.txt", *SCRIPTS):
            data = source(name).encode()
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(data), 0o755 if name in SCRIPTS else 0o644
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()
