"""The tour: every type built, every claim tried, a picture taken, everything removed."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dnetlab.claims import Verdict
from dnetlab.engine import Engine
from dnetlab.errors import DnetlabError
from dnetlab.lab import Lab, Progress
from dnetlab.types import NetworkType


@dataclass(frozen=True, slots=True)
class Stop:
    """One type of the tour: its verdicts, the seconds it took, where its picture is.

    ``error`` says why it could not be tried; then there are no verdicts.
    """

    type: NetworkType
    verdicts: tuple[Verdict, ...]
    seconds: float
    picture: Path | None
    error: str = ""

    @property
    def holds(self) -> bool:
        """Whether all of its claims hold."""
        return not self.error and bool(self.verdicts) and all(v.holds for v in self.verdicts)

    def as_dict(self) -> dict[str, Any]:
        """For JSON, as ``dnetlab tour --json`` prints it."""
        found: dict[str, Any] = {
            "type": self.type.name,
            "claims": [v.as_dict() for v in self.verdicts],
            "seconds": round(self.seconds, 3),
            "picture": str(self.picture) if self.picture else None,
        }
        if self.error:
            found["error"] = self.error
        return found


def engine_as_dict(engine: Engine) -> dict[str, str]:
    """The engine for JSON: kind, version, url."""
    return {"kind": engine.kind, "version": engine.version, "url": engine.url}


def folder(out: Path) -> Path:
    """Make the folder for the pictures. Raises DnetlabError where it cannot be, before anything is built."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
    except OSError as error:
        raise DnetlabError(
            f"The pictures cannot be written to {out}.",
            f"{error.strerror or error}.",
            "Name another folder: --out DIR.",
        ) from error
    return out


def visit(
    kind: NetworkType,
    engine: Engine,
    out: Path | None = None,
    *,
    progress: Progress | None = None,
    each: Callable[[Verdict], None] | None = None,
) -> Stop:
    """Build the type with its default parameters, try every claim, draw its state, remove it.

    ``out`` is the folder for the picture; ``each`` is called with every verdict as soon as it is there. What
    keeps the type from being built is in the result. Interrupted, it removes what it made.
    """
    start = time.monotonic()
    picture = None
    try:
        with Lab(kind.name, engine=engine) as lab:
            state = lab.build(progress)
            if out is not None:
                picture = _draw(lab, state, out / f"{kind.name}.png")
            verdicts = tuple(lab.claims(each=each))
    except DnetlabError as error:
        return Stop(kind, (), time.monotonic() - start, picture, str(error))
    return Stop(kind, verdicts, time.monotonic() - start, picture)


def _draw(lab: Lab, state: Any, path: Path) -> Path:
    from dnetlab import draw

    folder(path.parent)
    found = draw.difference(lab.plan.topology, state.topology)
    return draw.save(found.topology, path, **found.marks)


def status(stops: Sequence[Stop]) -> int:
    """Exit status of a tour: 0 every claim holds, 1 one does not, 2 a type could not be tried."""
    if any(stop.error for stop in stops):
        return 2
    return 0 if all(stop.holds for stop in stops) else 1
