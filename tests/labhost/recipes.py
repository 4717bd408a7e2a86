"""What the test engine is built from, as data, and the key that each result is cached under."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from dnetlab.image import recipe as lab_image

GUEST = Path(__file__).parent / "guest"

SUITES = {"28.5": "forky", "26.1": "trixie", "20.10": "bookworm"}
"""Engine version -> the Debian release whose docker.io has it. The first one is the engine of the tests; the others
are witnesses of how older engines behave."""

KERNEL_SUITE = "forky"
"""Where the kernel's source is from. Linux 6.16 is the first that lets User-Mode Linux intercept system calls with
seccomp, which is 1.8 times faster than ptrace (arch/um/os-Linux/skas/process.c)."""

KERNEL_NEEDS = ("gcc", "make", "flex", "bison", "bc", "xz-utils", "libc6-dev", "binutils", "perl-base")
"""Debian packages that building the kernel takes."""

ROOT_NEEDS = ("mmdebstrap", "e2fsprogs", "debian-archive-keyring")
RUN_NEEDS = ("iproute2", "socat", "util-linux")

KERNEL_MUST_HAVE = (
    *(
        "BRIDGE",
        "BRIDGE_VLAN_FILTERING",
        "BRIDGE_NETFILTER",
        "VETH",
        "MACVLAN",
        "IPVLAN",
        "VLAN_8021Q",
        "DUMMY",
    ),
    *(
        "VXLAN",
        "NF_TABLES",
        "NFT_COMPAT",
        "OVERLAY_FS",
        "MEMCG",
        "CGROUP_PIDS",
        "UML_NET_VECTOR",
        "BLK_DEV_UBD",
    ),
)
"""Options that a newer source could rename or hide: the build stops if one is not set, rather than a test much later."""

ROOT_PACKAGES = (
    "docker.io",
    "iptables",
    "iproute2",
    "kmod",
    "mount",
    "procps",
    "dnsmasq-base",
    "busybox-static",
)
PROGRAMS = {
    "docker": ("docker-cli", "usr/bin/docker"),
    "docker-compose": ("docker-compose", "usr/libexec/docker/cli-plugins/docker-compose"),
}
"""Programs that speak to an engine, for machines that have them not: name -> Debian package, path in it."""
DISK_SIZE = "4G"


@dataclass(frozen=True)
class Recipe:
    """A thing to build: its kind and everything that decides what comes out."""

    kind: str
    inputs: tuple[tuple[str, object], ...]

    @property
    def key(self) -> str:
        """Sixteen hexadecimal digits that change when an input does."""
        return hashlib.sha256(json.dumps([self.kind, self.inputs]).encode()).hexdigest()[:16]

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.key}"


def settings(config: str) -> list[str]:
    """The lines of a kernel configuration that set or unset something, sorted: comments do not change a kernel."""
    lines = (line.strip() for line in config.splitlines())
    return sorted(line for line in lines if line.startswith("CONFIG_") or line.endswith(" is not set"))


def kernel() -> Recipe:
    """The kernel that User-Mode Linux runs."""
    config = settings((GUEST / "kernel.config").read_text())
    return Recipe("kernel", (("config", config), ("suite", KERNEL_SUITE), ("arch", "um")))


def program(name: str) -> Recipe:
    """One of the programs that speak to an engine."""
    return Recipe(name, (("suite", KERNEL_SUITE), ("package", PROGRAMS[name])))


def root(suite: str) -> Recipe:
    """A disk with a Debian root and a Docker Engine, without any image."""
    inputs = (
        ("suite", suite),
        ("packages", ROOT_PACKAGES),
        ("init", (GUEST / "init").read_text()),
        ("size", DISK_SIZE),
    )
    return Recipe("root", inputs)


def image() -> Recipe:
    """The lab image's files as a tar archive."""
    return Recipe("image", (("version", lab_image.version()),))


def disk(suite: str) -> Recipe:
    """The root's disk after its engine has imported the lab image."""
    inputs = (("root", root(suite).key), ("image", image().key), ("changes", lab_image.changes()))
    return Recipe("disk", inputs)


def suite_of(version: str) -> str:
    """The Debian release that has an engine version (``28.5``, ``26.1``, ``20.10``, or longer).

    Raises:
        ValueError: No release that we know has it.
    """
    for known, suite in SUITES.items():
        if version in (suite, known) or version.startswith(known + "."):
            return suite
    raise ValueError(f"there is no test engine {version}: {', '.join(SUITES)} can be had")
