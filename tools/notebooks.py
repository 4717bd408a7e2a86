"""Make the course's notebooks from their sources, run them, and keep their outputs.

    python tools/notebooks.py [NAME ...]           make and run them (on the embedded engine)
    python tools/notebooks.py --check [NAME ...]   say which are not what their sources say; exit status 1 then

A source is a Markdown page, ``notebooks/source/NN_name.md``. Text becomes Markdown cells, split at headings and at
lines of three dashes; a fence ```` ```python NAME [TAG ...] ```` becomes a code cell with that name as its id. Tags:
``check`` (nbval compares its output), ``raises`` (an error is the point of the cell). ``{{author}}`` is the table of
the author's words for the notebook's type, ``{{docs}}`` its page in Docker's documentation.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

ROOT = Path(__file__).parent.parent
NOTEBOOKS = ROOT / "notebooks"
SOURCES = NOTEBOOKS / "source"
TAGS = {"check": "nbval-check-output", "raises": "raises-exception"}
WIDGET = "application/vnd.jupyter.widget-view+json"
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


@dataclass(frozen=True)
class Part:
    """A cell to be: its text, for a code cell its id, and its tags."""

    text: str
    id: str = ""
    tags: tuple[str, ...] = ()


FENCE = re.compile(r"^```python +([a-z0-9-]+)((?: +[a-z]+)*) *$")


def parts(source: str) -> Iterator[Part]:
    """The cells of a source, in order. Raises ValueError for a fence that does not end or an unknown tag."""
    text: list[str] = []
    lines = iter(source.splitlines())
    for line in lines:
        fence = FENCE.match(line)
        if fence is None and line != "---" and not (line.startswith("## ") and text):
            text.append(line)
            continue
        yield from _text(text)
        text = [line] if line.startswith("## ") else []
        if fence:
            yield Part(_code(lines, line), fence[1], tuple(TAGS[tag] for tag in fence[2].split()))
    yield from _text(text)


def _text(lines: list[str]) -> Iterator[Part]:
    text = "\n".join(lines).strip()
    if text:
        yield Part(text)


def _code(lines: Iterator[str], opening: str) -> str:
    code = []
    for line in lines:
        if line == "```":
            return "\n".join(code)
        code.append(line)
    raise ValueError(f"the fence {opening!r} does not end")


def make(name: str) -> NotebookNode:
    """The notebook of a source, without outputs."""
    source = filled((SOURCES / f"{name}.md").read_text(encoding="utf-8"), name)
    cells = []
    for number, part in enumerate(parts(source), 1):
        if part.id:
            cell = new_code_cell(part.text, id=part.id)
            if part.tags:
                cell.metadata["tags"] = list(part.tags)
        else:
            cell = new_markdown_cell(part.text, id=f"text-{number:02}")
        cells.append(cell)
    notebook = new_notebook(cells=cells, metadata=METADATA)
    nbformat.validate(notebook)
    return notebook


def filled(source: str, name: str) -> str:
    """The source with the type's own words put in."""
    if "{{" not in source:
        return source
    from dnetlab import types

    network = types.get(name.split("_", 1)[1])
    rows = [("Description", network.text.description), ("Functionality", network.text.functionality)]
    rows.append(("Use case", network.text.use_case))
    if network.text.drawbacks:
        rows.append(("Drawback", network.text.drawbacks))
    table = "\n".join(["| | |", "|---|---|", *(f"| **{head}** | {text} |" for head, text in rows)])
    return source.replace("{{author}}", table).replace("{{docs}}", network.text.docs)


def run(notebook: NotebookNode, engine: str, folder: str) -> None:
    """Run every cell in a kernel of its own, in the folder of the notebooks; the progress goes to another one.

    Raises where a cell fails.
    """
    os.environ["DNETLAB_ENGINE"] = engine
    os.environ["DNETLAB_PROGRESS"] = str(Path(folder) / "progress.json")
    os.environ |= {"DNETLAB_SEED": "1", "DNETLAB_LEARNER": "learner", "PYTHONPATH": str(ROOT)}
    client = NotebookClient(
        notebook, timeout=300, kernel_name="python3", record_timing=False, store_widget_state=False,
        resources={"metadata": {"path": str(NOTEBOOKS)}},
    )  # fmt: skip
    client.execute()
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            _still(output)
    notebook.metadata = nbformat.from_dict(METADATA)


def _still(output: Any) -> None:
    """Leave the widget's id out: it means nothing without the kernel. Its words stay."""
    if "data" in output:
        output["data"].pop(WIDGET, None)


def same(made: NotebookNode, there: NotebookNode) -> bool:
    """Whether two notebooks are equal but for their outputs."""

    def plain(notebook: NotebookNode) -> list[tuple[Any, ...]]:
        return [(c.id, c.cell_type, c.source, c.metadata.get("tags")) for c in notebook.cells]

    return plain(made) == plain(there)


def names() -> list[str]:
    """Every source's name, in the order of the course."""
    return sorted(path.stem for path in SOURCES.glob("*.md"))


def stale(chosen: list[str]) -> list[str]:
    """The notebooks that are not there or not what their sources say."""
    found = []
    for name in chosen:
        path = NOTEBOOKS / f"{name}.ipynb"
        if not path.exists() or not same(make(name), nbformat.read(path, as_version=4)):
            found.append(name)
    return found


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Make the course's notebooks from their sources.")
    parser.add_argument("names", nargs="*", help="such as 04_macvlan_bridge; all of them where none is given")
    parser.add_argument("--check", action="store_true", help="only say which are not up to date")
    parser.add_argument("--engine", default="embedded", help="the engine they run on")
    parser.add_argument("--no-run", action="store_true", help="make them without outputs")
    chosen = parser.parse_args(arguments)
    wanted = chosen.names or names()
    if chosen.check:
        old = stale(wanted)
        for name in old:
            print(f"{name} is not what its source says: python tools/notebooks.py {name}")  # noqa: T201
        return 1 if old else 0
    for name in wanted:
        notebook = make(name)
        if not chosen.no_run:
            with tempfile.TemporaryDirectory() as folder:
                run(notebook, chosen.engine, folder)
        nbformat.write(notebook, NOTEBOOKS / f"{name}.ipynb")
        print(f"made {name}.ipynb")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
