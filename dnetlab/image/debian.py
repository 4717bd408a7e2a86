"""A Debian root made with mmdebstrap, from the package mirror that this machine's own apt uses.

For the lab image where the engine has no registry to pull from, and for the tests' engine.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from dnetlab.errors import ImageError

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
DOCS = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*")
"""Files of packages that nobody reads inside a container."""

_FIELDS = "$(SITE)|$(RELEASE)|$(COMPONENT)|$(LABEL)"


def _read(*command: str) -> str:
    """What a command prints, or nothing where there is no such command or it fails."""
    if shutil.which(command[0]) is None:
        return ""
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL).stdout


def pick_mirror(targets: str) -> str | None:
    """The site of Debian's main archive among the lines of ``apt-get indextargets``, or None.

    A line is ``site|release|component|label``; the label is empty until the first ``apt-get update``, and
    then the release's name tells the archive apart from its updates, its security archive and other vendors.
    """
    for line in targets.splitlines():
        site, release, component, label = (*line.strip().split("|"), "", "", "")[:4]
        plain = re.fullmatch(r"[a-z]+", release) is not None
        if (
            site
            and plain
            and component == "main"
            and (label == "Debian" or (not label and site.endswith("debian")))
        ):
            return site.rstrip("/")
    return None


def mirror() -> str | None:
    """The Debian mirror of this machine's apt configuration; None on a system that has none."""
    return pick_mirror(_read("apt-get", "indextargets", "--format", _FIELDS))


def pick_transport(config: str) -> tuple[str, ...]:
    """The lines of ``apt-config dump`` that say how the mirror is reached: proxies, certificates, retries."""
    wanted = re.compile(r'^Acquire::(https?(::|\s)|Retries\b).*"[^"]+";$')
    return tuple(line for line in config.splitlines() if wanted.match(line))


def source_line(site: str, suite: str) -> str:
    """The one-line apt source for a suite of a mirror."""
    signed = f"[signed-by={KEYRING}] " if KEYRING.exists() else ""
    return f"deb {signed}{site} {suite} main"


def missing() -> str:
    """Why no Debian root can be made on this machine, or nothing. Making one needs root and mmdebstrap."""
    if os.name != "posix" or os.uname().sysname != "Linux":
        return "this is not Linux"
    if shutil.which("mmdebstrap") is None:
        return "mmdebstrap is not installed (apt-get install mmdebstrap)"
    if os.geteuid() != 0:
        return "it takes root"
    return ""


def make_root(
    target: Path,
    suite: str,
    packages: Sequence[str],
    *,
    variant: str,
    files: Mapping[str, Path] | None = None,
    empty: Sequence[str] = (),
    say: Callable[[str], None] = lambda line: None,
) -> None:
    """Make a Debian root as a folder, or as a tar archive if ``target`` ends in ``.tar``.

    Args:
        target: What is written.
        suite: Debian release, such as ``trixie``.
        packages: Added to what ``variant`` has.
        variant: mmdebstrap's variant (``essential``, ``apt``).
        files: Path in the root -> file to put there, made executable.
        empty: Folders of the root that are emptied at the end.
        say: Called with a line of progress now and then.

    Raises:
        ImageError: mmdebstrap failed; the message ends with what it said.
    """
    command = ["mmdebstrap", f"--variant={variant}", "--mode=root", f"--include={','.join(packages)}"]
    command += ['--aptopt=Acquire::Check-Valid-Until "false"', '--aptopt=APT::Install-Recommends "false"']
    command += ["--dpkgopt=force-unsafe-io", *(f"--dpkgopt=path-exclude={pattern}" for pattern in DOCS)]
    command += [f"--aptopt={line.rstrip(';')}" for line in pick_transport(_read("apt-config", "dump"))]
    for path, file in (files or {}).items():
        command.append(f'--customize-hook=install -D -m 755 "{file}" "$1{path}"')
    command += [f'--customize-hook=find "$1{folder}" -mindepth 1 -delete' for folder in empty]
    # The settings above are this machine's, not the root's.
    command.append('--customize-hook=rm -f "$1/etc/apt/apt.conf.d/99mmdebstrap"')
    command += [suite, str(target)]
    if site := mirror():  # else mmdebstrap takes the mirror that it knows itself
        command.append(source_line(site, suite))
    say(f"unpacking Debian {suite} with {len(packages)} packages")
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if re.match(r"[EW]:|.*error", line)] or [
            done.stderr
        ]
        raise ImageError(
            f"mmdebstrap could not make a Debian {suite} root (exit status {done.returncode}).",
            f"It said: {' / '.join(lines[-4:]).strip()[-800:]}",
            "Check that `apt-get update` works here and that the debian-archive-keyring is current.",
        )
