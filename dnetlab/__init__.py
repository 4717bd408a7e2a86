"""dnetlab: Docker's network types as a course that you run.

>>> import dnetlab
>>> with dnetlab.Lab("user_bridge") as lab:    # doctest: +SKIP
...     lab.build()
...     print(lab.ping("web", "db"))
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dnetlab.engine import connect
    from dnetlab.lab import Lab
    from dnetlab.widgets.begin import start
    from dnetlab.widgets.choosing import situations
    from dnetlab.widgets.panel import panel

__version__ = "0.1.0"
__all__ = ["Lab", "__version__", "connect", "panel", "situations", "start", "types"]

_HOME = {
    "Lab": "dnetlab.lab",
    "connect": "dnetlab.engine",
    "panel": "dnetlab.widgets",
    "situations": "dnetlab.widgets",
    "start": "dnetlab.widgets",
}


def __getattr__(name: str) -> Any:
    # Lazy, so that `import dnetlab` costs nothing that is not used.
    if name in _HOME:
        import importlib

        return getattr(importlib.import_module(_HOME[name]), name)
    raise AttributeError(f"module 'dnetlab' has no attribute {name!r}")
