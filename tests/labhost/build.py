"""Builds what the test engine is made of: the kernel, the root, the lab image and the disk that has both."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from dnetlab.errors import ImageError
from dnetlab.image import debian, make_archive
from dnetlab.image import recipe as lab_image
from tests.labhost import api, apt, cache, host, machine, recipes, uml
from tests.labhost.cache import Say, tell
from tests.labhost.shell import BuildFailed, run, tail


def kernel(say: Say = tell) -> Path:
    """The User-Mode Linux kernel, built if it is not in the cache (about nine minutes on two cores)."""
    recipe = recipes.kernel()
    if not cache.path_of(recipe).exists():
        host.install((*recipes.KERNEL_NEEDS, *recipes.ROOT_NEEDS), say)
    return cache.get(recipe, lambda result, scratch: _kernel(result, scratch, say), say)


def root(suite: str, say: Say = tell) -> Path:
    """A disk image of a Debian root with a Docker Engine in it (about 40 s)."""
    recipe = recipes.root(suite)
    if not cache.path_of(recipe).exists():
        host.install(recipes.ROOT_NEEDS, say)
    return cache.get(recipe, lambda result, scratch: _root(result, scratch, suite, say), say)


def image(say: Say = tell) -> Path:
    """The lab image's files as a tar archive (about 30 s)."""
    recipe = recipes.image()
    if not cache.path_of(recipe).exists():
        host.install(recipes.ROOT_NEEDS, say)
    return cache.get(recipe, lambda result, scratch: _image(result, scratch, say), say)


def program(name: str, say: Say = tell) -> Path:
    """The ``docker`` or ``docker-compose`` program of the engine's release, for machines that have none.

    Its package is unpacked, not installed: on older releases the program comes with the engine, and installing that
    would start one on the machine and give it a bridge.
    """
    recipe = recipes.program(name)
    package, path = recipes.PROGRAMS[name]

    def build(result: Path, scratch: Path) -> None:
        say(f"downloading the program {name}")
        tree = apt.unpack(recipes.KERNEL_SUITE, lambda ask: package, scratch)
        run([str(tree / path), "--version"], f"trying the program {name}")
        (tree / path).rename(result)

    if not cache.path_of(recipe).exists():
        host.install(("debian-archive-keyring",), say)
    return cache.get(recipe, build, say)


def _image(result: Path, scratch: Path, say: Say) -> None:
    archive = scratch / "lab.tar"
    try:
        make_archive(archive, say)
    except ImageError as error:
        raise BuildFailed(str(error)) from error
    archive.rename(result)


def _root(result: Path, scratch: Path, suite: str, say: Say) -> None:
    tree = scratch / "tree"
    try:
        debian.make_root(
            tree,
            suite,
            recipes.ROOT_PACKAGES,
            variant="apt",
            files={"/usr/sbin/labinit": recipes.GUEST / "init"},
            empty=("/var/lib/apt/lists", "/var/cache/apt"),
            say=say,
        )
    except ImageError as error:
        raise BuildFailed(str(error)) from error
    run(
        ["mke2fs", "-q", "-t", "ext4", "-d", str(tree), str(result), recipes.DISK_SIZE],
        "writing the root's disk",
    )


def _kernel(result: Path, scratch: Path, say: Say) -> None:
    say(f"downloading the kernel source of Debian {recipes.KERNEL_SUITE} (160 MB)")
    tree = apt.unpack(
        recipes.KERNEL_SUITE, lambda ask: source_package(ask("depends", "linux-source")), scratch
    )
    (archive,) = (tree / "usr/src").glob("linux-source-*.tar.xz")
    run(["tar", "-xf", str(archive), "-C", str(scratch)], "unpacking the kernel source")
    (source,) = scratch.glob("linux-source-*")
    build = scratch / "build"
    build.mkdir()
    shutil.copy(recipes.GUEST / "kernel.config", build / ".config")
    make = ["nice", "make", "ARCH=um", "-C", str(source), f"O={build}"]
    run([*make, "olddefconfig"], "configuring the kernel")
    absent = options_absent((build / ".config").read_text(), recipes.KERNEL_MUST_HAVE)
    if absent:
        raise BuildFailed(
            f"this kernel source cannot have {' '.join(absent)}: tests/labhost/guest/kernel.config is too old"
        )
    say("compiling the kernel; about nine minutes on two cores")
    with (scratch / "make.log").open("w+") as log:
        compiler = subprocess.Popen(
            [*make, f"-j{len(os.sched_getaffinity(0))}", "linux"],
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
        while True:
            try:
                status = compiler.wait(timeout=60)
                break
            except subprocess.TimeoutExpired:
                say(f"{compiled((scratch / 'make.log').read_text())} of about 1400 files compiled")
            except BaseException:
                compiler.terminate()
                raise
        if status != 0:
            log.seek(0)
            raise BuildFailed(f"compiling the kernel failed: {tail(log.read())}")
    run(["strip", "-o", str(result), str(build / "linux")], "stripping the kernel")


def source_package(depends: str) -> str:
    """The versioned package that ``linux-source`` depends on, from what ``apt-cache depends`` prints.

    Raises:
        BuildFailed: None is named.
    """
    found = re.search(r"^\s*Depends: (linux-source-\S+)", depends, re.MULTILINE)
    if found is None:
        raise BuildFailed("apt-cache names no linux-source-VERSION package")
    return found[1]


def options_absent(config: str, wanted: Sequence[str]) -> list[str]:
    """The options that a kernel configuration does not build in."""
    lines = set(config.splitlines())
    return [option for option in wanted if f"CONFIG_{option}=y" not in lines]


def compiled(log: str) -> int:
    """How many files a kernel build has compiled so far."""
    return sum(1 for line in log.splitlines() if line.startswith(("  CC ", "  AS ")))


def disk(suite: str, say: Say = tell) -> Path:
    """The disk that engines start from: the root, after its engine has imported the lab image (about 20 s)."""
    recipe = recipes.disk(suite)
    if cache.path_of(recipe).exists():
        return cache.path_of(recipe)
    bare, archive, linux = root(suite, say), image(say), kernel(say)
    return cache.get(recipe, lambda result, scratch: _bake(result, bare, archive, linux, say), say)


def _bake(result: Path, bare: Path, archive: Path, linux: Path, say: Say) -> None:
    """Boot a machine that writes straight to a copy of the root, let its engine import the image, and halt it."""
    say("importing the lab image into the engine")
    running = uml.boot(
        f"bake-{os.getpid()}",
        linux,
        lambda: machine.copy_disk(bare, result),
        owner=os.getpid(),
        keep=True,
        say=say,
    )
    try:
        api.import_image(running.socket, archive, lab_image.REF, lab_image.changes)
        uml.control_alt_delete(running.folder)
        deadline = time.monotonic() + 60
        while running.alive():
            if time.monotonic() > deadline:
                raise BuildFailed("the machine did not halt after it had imported the lab image")
            time.sleep(0.1)
    except OSError as error:
        raise BuildFailed(f"importing the lab image failed: {error}") from error
    finally:
        running.stop()
    # 1: errors (such as a journal to replay) were corrected; that is as good as none.
    run(["e2fsck", "-fy", str(result)], "checking the disk", good=(0, 1))
