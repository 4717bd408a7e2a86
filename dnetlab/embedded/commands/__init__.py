"""The commands of the embedded engine's containers: emulated over the model kernel, never executed.

``run(["ping", "-c", "1", "172.28.0.3"], context)`` gives exit status and output in the real tools' form;
``start`` gives a job that stays until it ends or is killed. A :class:`Context` is one container.
"""

from .accounts import UnknownAccount
from .context import DOCKER_CAPABILITIES, Context, user_name
from .files import Files, Mount
from .job import Chunk, Job, Result, run, start
from .process import Process, pass_time
from .registry import exists, names

__all__ = [
    "DOCKER_CAPABILITIES",
    "Chunk",
    "Context",
    "Files",
    "Job",
    "Mount",
    "Process",
    "Result",
    "UnknownAccount",
    "exists",
    "names",
    "pass_time",
    "run",
    "start",
    "user_name",
]
