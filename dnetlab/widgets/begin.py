"""What every notebook does first: find the engine, say which, and clear away what dead sessions left."""

from __future__ import annotations

from dataclasses import dataclass

from dnetlab import cleanup, reaper
from dnetlab.cleanup import Leftover
from dnetlab.engine import Engine, find


@dataclass(frozen=True, slots=True)
class Start:
    """The engine of this notebook, and what was removed of sessions that had ended."""

    engine: Engine
    removed: tuple[Leftover, ...]

    def __str__(self) -> str:
        lines = [f"Engine: {self.engine.description}", f"Chosen because {self.engine.why}."]
        if self.removed:
            lines += ["Removed, because their programs have ended:", *(f"  {lab}" for lab in self.removed)]
        else:
            lines.append("Nothing is left over from earlier sessions.")
        return "\n".join(lines)

    __repr__ = __str__

    def doctor(self) -> str:
        """What this engine can run, as text: one line a finding and one a network type, with what to do."""
        from dnetlab import doctor, types

        report = doctor.examine(self.engine)
        signs = {"ok": "✓", "note": "-", "problem": "✗"}
        lines = [f"{signs[f.mark]} {f.text}" + (f" {f.cure}" if f.cure else "") for f in report.findings]
        for network in types.all_types():
            hindrance = report.types.get(network.name, "")
            lines.append(
                f"{'✗' if hindrance else '✓'} {network.title}" + (f": {hindrance}" if hindrance else "")
            )
        return "\n".join(lines)


def start(engine: str | None = None) -> Start:
    """Find the engine and remove what dead sessions left on it; labs that somebody uses are left alone.

    From now on the labs of this kernel are removed when it ends, also when it is killed.

    Raises:
        EngineError: an engine was asked for and does not answer.
    """
    found = find(engine)
    removed = cleanup.clean(found.client)
    reaper.watch(found)
    return Start(found, tuple(removed))
