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

        known = {f"{kind.name}/{e.id}" for kind in types.all_types() for e in kind.exercises}
        solved = len(known & set(self.solved))  # without those that the course had once
        lines = [f"{self.learner}: {solved} exercise{'s' * (solved != 1)} solved"]
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
        solved = {str(name): {**row, "tries": int(row["tries"])} for name, row in data["solved"].items()}
        predicted = {
            str(name): {**row, "right": int(row["right"]), "of": int(row["of"])}
            for name, row in data["predicted"].items()
        }
        return Progress(str(data["learner"]), int(data["seed"]), solved, predicted, path)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DnetlabError(
            f"{path} holds no progress of dnetlab.", f"{type(error).__name__}: {error}."
        ) from error


def _learner() -> str:
    import getpass

    try:
        return os.environ.get("DNETLAB_LEARNER") or getpass.getuser()
    except (KeyError, OSError):
        return "learner"


def collect(folder: Path) -> tuple[list[Progress], list[Path]]:
    """Every progress file below a folder, by learner; and the JSON files that hold none, for somebody to look at.

    Hidden folders are left out: Jupyter keeps copies of files in .ipynb_checkpoints.
    """
    found, odd = [], []
    for path in sorted(folder.rglob("*.json")):
        if any(part.startswith(".") for part in path.relative_to(folder).parts) or not path.is_file():
            continue
        try:
            found.append(read(path))
        except DnetlabError:
            odd.append(path)
    return sorted(found, key=lambda p: (p.learner.casefold(), str(p.path))), odd


def class_table(members: Iterable[Progress], folder: Path | None = None) -> str:
    """The class as CSV: a line a learner, a column an exercise (tries, empty where unsolved), predictions in per cent.

    The file stands beside the name: on a server all learners may have one and the same name.
    """
    from dnetlab import types

    kinds = types.all_types()
    exercises = [f"{kind.name}/{e.id}" for kind in kinds for e in kind.exercises]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        ["learner", "file", "solved", *exercises, *(f"{kind.name} prediction %" for kind in kinds)]
    )
    for member in members:
        row: list[Any] = [_plain(member.learner), _plain(_within(member.path, folder))]
        row.append(sum(e in member.solved for e in exercises))
        row += [member.solved.get(e, {}).get("tries", "") for e in exercises]
        for kind in kinds:
            guess = member.predicted.get(kind.name)
            row.append(round(100 * guess["right"] / guess["of"]) if guess and guess["of"] else "")
        writer.writerow(row)
    return out.getvalue()


def _within(path: Path | None, folder: Path | None) -> str:
    """A file's path inside the folder of the class."""
    if path is None:
        return ""
    return str(path.relative_to(folder) if folder is not None and path.is_relative_to(folder) else path)


def _plain(text: str) -> str:
    """A text that no spreadsheet takes for a formula (owasp.org, CSV injection)."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
