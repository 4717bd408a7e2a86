"""Packages of another Debian release, downloaded with an apt of our own: the machine's sources stay as they are."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from dnetlab.image import debian
from tests.labhost import host
from tests.labhost.shell import run


def unpack(suite: str, pick: Callable[[Callable[..., str]], str], scratch: Path) -> Path:
    """Download a package of a release, check its signature as apt does, and unpack it without installing it.

    Args:
        suite: Debian release.
        pick: Names the package; it is given a function that runs ``apt-cache`` on the release.
        scratch: Folder for everything.

    Returns:
        The folder with the package's files.

    Raises:
        Unavailable: This machine's apt knows no Debian mirror.
        BuildFailed: apt refused.
    """
    site = debian.mirror()
    if site is None:
        raise host.Unavailable("this machine's apt knows no Debian mirror")
    apt, tree = scratch / "apt", scratch / "tree"
    for folder in ("lists/partial", "archives/partial"):
        (apt / folder).mkdir(parents=True)
    (apt / "status").touch()
    (apt / "sources.list").write_text(debian.source_line(site, suite) + "\n")
    (apt / "apt.conf").write_text(
        f'Dir::Etc::sourcelist "{apt}/sources.list"; Dir::Etc::sourceparts "-"; Dir::State "{apt}";\n'
        f'Dir::State::status "{apt}/status"; Dir::State::lists "{apt}/lists"; Dir::Cache "{apt}";\n'
        f'Dir::Cache::archives "{apt}/archives"; Acquire::Check-Valid-Until "false"; APT::Sandbox::User "root";\n'
    )
    environment = {**os.environ, "APT_CONFIG": str(apt / "apt.conf")}
    run(["apt-get", "-q", "update"], f"reading the package lists of Debian {suite}", environment=environment)
    package = pick(lambda *words: run(["apt-cache", *words], "asking apt", environment=environment))
    run(["apt-get", "-q", "download", package], f"downloading {package}", environment=environment, folder=apt)
    (archive,) = apt.glob(f"{package}_*.deb")
    run(["dpkg", "-x", str(archive), str(tree)], f"unpacking {package}")
    archive.unlink()
    return tree
