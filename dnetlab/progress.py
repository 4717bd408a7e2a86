"""A learner's progress: a small JSON file beside the notebooks, with the learner's seed and what is solved.

A teacher collects the files; :func:`class_table` makes one table of them.
"""

from __future__ import annotations

import csv
import io
import json
import os
import secrets
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dnetlab.errors import DnetlabError

FILE = "progress.json"
VERSION = 1


@dataclass
class Progress:
    """What a learner has done. ``solved`` maps exercise (``type/id``) to seconds since 1970 and tries.

    ``predicted`` maps a prediction to right cells and all cells. ``seed`` makes this learner's own addresses.
    """

    learner: str
    seed: int
    solved: dict[str, dict[str, Any]] = field(default_factory=dict)
    predicted: dict[str, dict[str, Any]] = field(default_factory=dict)
    path: Path | None = None

    def solve(self, exercise: str, tries: int, hints: int) -> None:
        """Note that an exercise is solved; the first time counts."""
        self.solved.setdefault(exercise, {"at": int(time.time()), "tries": tries, "hints": hints})
        self.save()

    def predict(self, name: str, right: int, cells: int) -> None:
        """Note a prediction that was compared; the first one counts, it is the honest one."""
        self.predicted.setdefault(name, {"right": right, "of": cells, "at": int(time.time())})
        self.save()

    def save(self) -> None:
        """Write the file, all of it or nothing. A folder that cannot be written to is no error: then it is not kept."""
        if self.path is None:
            return
        data = {
            "version": VERSION,
            "learner": self.learner,
            "seed": self.seed,
            "solved": self.solved,
            "predicted": self.predicted,
        }
        try:
            with tempfile.NamedTemporaryFile(
                "w", dir=self.path.parent, prefix=".progress-", delete=False, encoding="utf-8"
            ) as file:
                json.dump(data, file, indent=1, sort_keys=True)
            Path(file.name).replace(self.path)
        except OSError:
            self.path = None

    def __str__(self) -> str:
        from dnetlab import types

        lines = [f"{self.learner}: {len(self.solved)} exercises solved"]
        for kind in types.all_types():
            done = [e.id for e in kind.exercises if f"{kind.name}/{e.id}" in self.solved]
            if kind.exercises:
                guess = self.predicted.get(kind.name)
                told = f"; first prediction {guess['right']} of {guess['of']} right" if guess else ""
                lines.append(f"  {kind.title}: {len(done)} of {len(kind.exercises)}{told}")
        return "\n".join(lines)


def default_path() -> Path:
    """Where the file is: ``DNETLAB_PROGRESS``, else progress.json in the working folder."""
    return Path(os.environ.get("DNETLAB_PROGRESS") or FILE)


def load(path: Path | str | None = None) -> Progress:
    """The progress in the file, or a new one with a seed of its own.

    A file that cannot be read is put aside (``.broken``), never overwritten.
    """
    where = Path(path) if path is not None else default_path()
    if not where.exists():
        seed = os.environ.get("DNETLAB_SEED")
        number = int(seed) if seed and seed.isdigit() else secrets.randbelow(10**6)
        return Progress(_learner(), number, path=where)
    try:
        return read(where)
    except DnetlabError:
        where.replace(where.with_suffix(".broken"))
        return Progress(_learner(), secrets.randbelow(10**6), path=where)


def read(path: Path) -> Progress:
    """The progress in a file. Raises DnetlabError where it is none."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return Progress(
            str(data["learner"]), int(data["seed"]), dict(data["solved"]), dict(data["predicted"]), path
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DnetlabError(
            f"{path} holds no progress of dnetlab.", f"{type(error).__name__}: {error}."
        ) from error


def _learner() -> str:
    import getpass

    try:
        return os.environ.get("DNETLAB_LEARNER") or getpass.getuser()
    except (KeyError, OSError):
        return "learner"


def collect(folder: Path) -> list[Progress]:
    """Every progress file below a folder, by learner. Files that hold none are left out."""
    found = []
    for path in sorted(folder.rglob("*.json")):
        try:
            found.append(read(path))
        except DnetlabError:
            continue
    return sorted(found, key=lambda p: (p.learner, str(p.path)))


def class_table(members: Iterable[Progress]) -> str:
    """The class as CSV: a line a learner, a column an exercise (tries, empty where unsolved), predictions in per cent."""
    from dnetlab import types

    kinds = types.all_types()
    exercises = [f"{kind.name}/{e.id}" for kind in kinds for e in kind.exercises]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["learner", "solved", *exercises, *(f"{kind.name} prediction %" for kind in kinds)])
    for member in members:
        row: list[Any] = [member.learner, sum(e in member.solved for e in exercises)]
        row += [member.solved.get(e, {}).get("tries", "") for e in exercises]
        for kind in kinds:
            guess = member.predicted.get(kind.name)
            row.append(round(100 * guess["right"] / guess["of"]) if guess and guess["of"] else "")
        writer.writerow(row)
    return out.getvalue()
