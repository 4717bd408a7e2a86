"""The network types of the course, found by looking into this package: a new type is one new module.

A module that defines ``TYPE`` (a :class:`~dnetlab.types.base.NetworkType`) is a type.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from functools import cache

from dnetlab.errors import DnetlabError
from dnetlab.types.base import NetworkType, Text


@cache
def all_types() -> tuple[NetworkType, ...]:
    """Every type, in the order of the course."""
    modules = (importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__))
    found = [module.TYPE for module in modules if hasattr(module, "TYPE")]
    return tuple(sorted(found, key=lambda t: (t.order, t.name)))


def get(name: str) -> NetworkType:
    """The type of that name; ``macvlan-bridge`` and ``MACVLAN bridge`` are taken as ``macvlan_bridge``.

    Raises:
        DnetlabError: the name is unknown; the message lists the names and the nearest one.
    """
    wanted = "_".join(str(name).lower().replace("-", " ").replace("_", " ").split())
    by_name = {t.name: t for t in all_types()}
    if wanted in by_name:
        return by_name[wanted]
    close = [known for known in by_name if wanted and known.startswith(f"{wanted}_")]
    close = close or difflib.get_close_matches(wanted, by_name, 1)
    raise DnetlabError(
        f"There is no network type {name!r}.",
        f"The types are {', '.join(by_name)}.",
        f"Did you mean {' or '.join(close)}?" if close else "",
    )


__all__ = ["NetworkType", "Text", "all_types", "get"]
