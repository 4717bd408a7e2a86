"""The commands of the embedded engine's containers: emulated over the model kernel, never executed.

``run(["ping", "-c", "1", "172.28.0.3"], context)`` gives exit status and output in the real tools' form;
``start`` gives a job that stays until it ends or is killed. A :class:`Context` is one container.
"""

from .context import DOCKER_CAPABILITIES, Context
from .files import Files
from .job import Chunk, Job, Result, run, start
from .process import Process
from .registry import exists, names

__all__ = [
    "DOCKER_CAPABILITIES",
    "Chunk",
    "Context",
    "Files",
    "Job",
    "Process",
    "Result",
    "exists",
    "names",
    "run",
    "start",
]
