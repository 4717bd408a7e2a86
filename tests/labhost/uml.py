"""The engine in User-Mode Linux: a kernel that runs as an ordinary process, in a network namespace of its own."""

from __future__ import annotations

import os
import shutil
import socket
import struct
from collections.abc import Callable
from pathlib import Path

from tests.labhost import host, machine
from tests.labhost.cache import Say, tell
from tests.labhost.recipes import GUEST

PATIENCE = (40, 60, 60, 60)
"""Seconds that each try to boot is given. About one boot in 80 does not answer; it takes 7 s on an idle machine."""

MAGIC, PROTOCOL = 0xCAFEBABE, 2
"""Of a request to the console socket (arch/um/drivers/mconsole.h)."""


class NoAnswer(Exception):
    """No try to boot gave an answering engine; the text ends with what the console said."""


def command(
    kernel: Path, folder: Path, disk: str, megabytes: int, debug: bool, memory: bool = True
) -> list[str]:
    """How a machine is started, for the inside of its namespaces.

    ``fb_tunnels`` and the zeros keep devices that nobody made out of ``ip address`` in every namespace. With ``memory``
    the guest keeps in memory what it writes, and leaves its disk alone (why: guest/init).
    """
    return [
        *("sh", str(GUEST / "namespace.sh"), str(folder / "docker.sock")),
        *("env", f"TMPDIR={host.memory_folder(megabytes, folder)}"),
        *(str(kernel), f"mem={megabytes}M", "seccomp=auto", "umid=uml", f"uml_dir={folder}"),
        *(f"ubd0={disk}", "root=/dev/ubda", "rw", "init=/usr/sbin/labinit"),
        "vec0:transport=raw,ifname=uml0,depth=64,gro=1",
        *("con=null", "con0=null,fd:1", "con1=null", "ssl=null", "quiet"),
        *("fb_tunnels=none", "bonding.max_bonds=0", "dummy.numdummies=0"),
        *(("lab.debug",) if debug else ()),
        *(("lab.memory",) if memory else ()),
    ]


def boot(
    name: str,
    kernel: Path,
    disk: Callable[[], Path],
    *,
    owner: int = 0,
    keep: bool = False,
    say: Say = tell,
    start: Callable[..., machine.Running] = machine.keep,
) -> machine.Running:
    """Boot a machine until its engine answers.

    Args:
        name: Of the machine.
        kernel: The User-Mode Linux program.
        disk: Gives the disk for a try.
        owner: Process id that the machine ends with.
        keep: Write to the disk itself; else to a layer over it that ends with the machine.
        say: Progress.
        start: What starts a machine (for tests).

    Raises:
        NoAnswer: Every try failed.
    """
    megabytes = host.memory_mb(Path("/proc/meminfo").read_text())
    console = ""
    for number, patience in enumerate(PATIENCE, start=1):
        folder = machine.folder_of(name)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        image = disk()
        layers = str(image) if keep else f"{folder / 'cow'},{image}"
        debug = bool(os.environ.get("DNETLAB_LABHOST_DEBUG"))
        line = command(kernel, folder, layers, megabytes, debug, memory=not keep)
        with machine.starting():
            cpu = host.pick_cpu(os.sched_getaffinity(0), [one.cpu for one in machine.running()])
            running = start(name, "uml", ("--net",), line, owner, cpu)
        if running.wait(patience):
            # The machine has it open; without a name, nothing can leave it behind.
            (folder / "cow").unlink(missing_ok=True)
            return running
        console = running.console()
        running.stop()
        if number < len(PATIENCE):
            say(f"try {number}: no answer within {patience} s; once more")
    last = " / ".join(line.strip() for line in console.splitlines()[-8:])
    raise NoAnswer(
        f"the machine does not answer after {len(PATIENCE)} tries; its console ended with: {last or '(nothing)'}"
    )


def control_alt_delete(folder: Path) -> None:
    """Press Control-Alt-Delete: the guest's PID 1 then stops its engine, writes everything to disk and halts.

    Raises:
        OSError: The machine's console socket does not answer.
    """
    ours = folder / "answer.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.settimeout(5)
        channel.bind(str(ours))  # without a name of its own it would get no answer
        request = struct.pack("=III512s", MAGIC, PROTOCOL, 3, b"cad")
        channel.sendto(request, str(folder / "uml" / "mconsole"))
        error, _more, length = struct.unpack("=iii", channel.recv(8192)[:12])
    ours.unlink(missing_ok=True)
    if error:
        raise OSError(f"the machine's console refused Control-Alt-Delete ({length} bytes of reasons)")
