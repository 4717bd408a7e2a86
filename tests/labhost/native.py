"""The engine on this machine's own kernel, in namespaces of its own: the fastest one, where the kernel has everything.

It is the same root as in User-Mode Linux, so the same engine version, whatever this machine has installed.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from dnetlab.image import recipe as lab_image
from tests.labhost import api, machine
from tests.labhost.cache import Say, tell
from tests.labhost.recipes import GUEST

SCOPE = ("--net", "--mount", "--uts", "--ipc")
PATIENCE = 60


class NoStart(OSError):
    """The engine did not come up; the text ends with what it said."""


def start(name: str, disk: Path, archive: Path, *, owner: int = 0, say: Say = tell) -> machine.Running:
    """Start an engine on a copy of a root's disk and give it the lab image.

    Args:
        name: Of the machine.
        disk: The root's disk.
        archive: The lab image's files.
        owner: Process id that it ends with.
        say: Progress.

    Raises:
        NoStart: It does not answer.
    """
    folder = machine.folder_of(name)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    copy = folder / "disk"
    machine.copy_disk(disk, copy)
    running = machine.keep(
        name, "native", SCOPE, ["sh", str(GUEST / "native.sh"), str(folder), str(copy)], owner
    )
    try:
        if not running.wait(PATIENCE):
            raise NoStart(f"dockerd does not answer within {PATIENCE} s: {running.console()[-600:].strip()}")
        copy.unlink()  # it is mounted; so nothing can leave it behind
        say("importing the lab image into the engine")
        api.import_image(running.socket, archive, lab_image.REF, lab_image.changes)
    except BaseException:
        running.stop()
        raise
    say(f"{name} answers: Docker Engine {api.version(running.socket)} on this machine's kernel")
    return running
