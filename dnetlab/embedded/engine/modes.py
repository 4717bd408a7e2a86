"""Which namespaces a container may share with its host or with another container (moby: api/types/container)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from .errors import EngineError, invalid
from .model import Container

_MODES: Final = {
    "PidMode": ("PID mode", ("", "host"), True),
    "IpcMode": ("IPC mode", ("", "none", "host", "private", "shareable"), True),
    "UTSMode": ("UTS mode", ("", "host"), False),
    "CgroupnsMode": ("cgroup namespace mode", ("", "host", "private"), False),
}
"""Field: its name in messages, its values, and whether ``container:NAME`` is one."""


def check_modes(host: Mapping[str, Any], find: Callable[[str], Container]) -> None:
    """Refuses a mode that there is not, and the namespace of a container that there is not.

    Raises:
        EngineError: 400.
    """
    for field, (what, known, shared) in _MODES.items():
        mode = str(host.get(field) or "")
        kind, colon, name = mode.partition(":")
        if shared and kind == "container" and colon:
            try:
                find(name)
            except EngineError as error:
                raise invalid(error.message) from error
        elif mode not in known:
            raise invalid(f"invalid {what}: {mode}")
