"""Import time: what a notebook or a command waits for before anything happens."""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Iterator

from bench.rows import Row, timed


def _python(code: str, rounds: int = 5) -> float:
    return statistics.median(
        timed(lambda: subprocess.run([sys.executable, "-c", code], check=True, capture_output=True))
        for _ in range(rounds)
    )


def rows() -> Iterator[Row]:
    """Imports, less the time that Python itself takes to start."""
    nothing = _python("pass")
    heavy = "import sys, dnetlab; sys.exit(any(m in sys.modules for m in ('matplotlib', 'jupyterlab', 'IPython')))"
    yield Row(
        "import dnetlab", max(_python(heavy) - nothing, 0.0), most=0.25, note="neither matplotlib nor Jupyter"
    )
    yield Row("import dnetlab, then dnetlab.Lab", max(_python("import dnetlab; dnetlab.Lab") - nothing, 0.0))
    yield Row(
        "dnetlab --help",
        _python("import sys; sys.argv = ['dnetlab', '--help']; import dnetlab.cli as c; c.main()"),
    )
