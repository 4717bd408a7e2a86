"""The test engine: a real Docker Engine with all seven network types, on a bare Debian machine without a registry.

    python -m tests.labhost up        # prints DOCKER_HOST=unix://...

Which one, in this order: the engine that ``DNETLAB_TEST_ENGINE`` names; a dockerd of our own on this machine's kernel,
in namespaces of its own, if that kernel has every link kind; else the same dockerd in User-Mode Linux, an ordinary
process that runs a kernel which we build from Debian's source.

=============  ================================================================================================
module         is
=============  ================================================================================================
``recipes``    what is built, as data, and the key that each result is cached under
``cache``      a folder of finished results; two runs never build the same thing at once
``host``       this machine: its packages, its kernel's link kinds, its memory
``build``      kernel, root, lab image, and the disk with the image in it; with ``apt``, ``shell``, ``api``
``machine``    what runs: start, wait, stop, list; ``uml`` and ``native`` are its two kinds
``keeper``     the process beside an engine that ends it together with the run that started it
=============  ================================================================================================

Standard library only, so that it runs before anything is installed. Nothing of the machine's own network is changed:
all interfaces live in namespaces that vanish with their last process.
"""

from tests.labhost.engine import down, up
from tests.labhost.host import Unavailable
from tests.labhost.machine import Running, running

__all__ = ["Running", "Unavailable", "down", "running", "up"]
