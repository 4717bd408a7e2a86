from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker.errors
import pytest

from dnetlab import image
from dnetlab.errors import ImageError


class Engine:
    """Stands for docker-py's client: what its build says, and what images it has."""

    def __init__(self, build: list[dict[str, str]], labels: dict[str, str] | None = None) -> None:
        self.steps = build
        self.labels = labels
        self.imported: list[dict[str, Any]] = []
        self.images = self.api = self

    def get(self, ref: str) -> "Engine":
        if self.labels is None:
            raise docker.errors.ImageNotFound(f"No such image: {ref}")
        return self

    @property
    def id(self) -> str:
        return "sha256:1"

    def build(self, **options: Any) -> Iterator[dict[str, str]]:
        yield from self.steps
        if not any("error" in step for step in self.steps):
            self.labels = options["labels"]

    def import_image_from_file(self, path: str, **options: Any) -> str:
        assert Path(path).read_bytes() == b"files"
        self.imported.append(options)
        self.labels = {}
        return "{}"


OFFLINE = {
    "error": 'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io:\n no such host'
}


def test_an_engine_with_a_registry_builds_the_dockerfile() -> None:
    engine, said = (
        Engine([{"stream": "Step 1/9 : FROM debian\n"}, {"stream": "Unpacking curl\n"}]),
        list[str](),
    )
    assert image.build(engine, said.append) == "sha256:1"  # type: ignore[arg-type]
    assert said == ["building dnetlab/lab:1 from its Dockerfile", "Step 1/9 : FROM debian"]
    assert engine.labels == {image.LABEL: image.version()}
    assert engine.imported == []


def test_an_engine_without_a_registry_is_given_a_debian_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image.debian, "missing", lambda: "")
    monkeypatch.setattr(image, "make_archive", lambda target, say: target.write_bytes(b"files"))
    engine, said = Engine([OFFLINE]), list[str]()
    image.build(engine, said.append)  # type: ignore[arg-type]
    (options,) = engine.imported
    assert (options["repository"], options["tag"]) == ("dnetlab/lab", "1")
    assert options["changes"] == image.recipe.changes()
    assert any("no such host); importing a Debian root instead" in line for line in said)


def test_where_neither_way_works_one_paragraph_says_why_and_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(image.debian, "missing", lambda: "it takes root")
    with pytest.raises(ImageError) as caught:
        image.build(Engine([OFFLINE]))  # type: ignore[arg-type]
    text = str(caught.value)
    assert "no such host" in text
    assert "it takes root" in text
    assert "docker save dnetlab/lab:1" in text
    assert "\n" not in text


def test_a_failed_step_is_told_with_what_it_printed_last() -> None:
    steps = [
        {"stream": "E: Unable to locate package nosuch\n"},
        {"error": "The command '...' returned a non-zero code: 123"},
    ]
    reason = image._build_dockerfile(Engine(steps), lambda line: None)  # type: ignore[arg-type]
    assert reason.endswith("before that: E: Unable to locate package nosuch")


def test_an_image_that_is_there_is_not_built_again() -> None:
    engine = Engine([OFFLINE], labels={})
    image.ensure(engine)  # type: ignore[arg-type]
    assert image.present(engine)  # type: ignore[arg-type]


def test_an_image_of_another_recipe_is_outdated_and_one_of_the_learners_own_is_not() -> None:
    assert image.outdated(Engine([], labels={image.LABEL: "0" * 12}))  # type: ignore[arg-type]
    assert not image.outdated(Engine([], labels={image.LABEL: image.version()}))  # type: ignore[arg-type]
    assert not image.outdated(Engine([], labels={}))  # type: ignore[arg-type]
