import fcntl
import os
import threading
import time
from pathlib import Path

import pytest

from tests.labhost import cache
from tests.labhost.recipes import Recipe

RECIPE = Recipe("disk", (("suite", "forky"),))


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DNETLAB_CACHE", str(tmp_path / "cache"))


def silent(line: str) -> None:
    return None


def void(value: object) -> None:
    return None


def test_a_result_is_built_once() -> None:
    built = []

    def build(result: Path, scratch: Path) -> None:
        built.append(scratch)
        result.write_text("done")

    first = cache.get(RECIPE, build, silent)
    second = cache.get(RECIPE, build, silent)
    assert first == second == cache.path_of(RECIPE)
    assert first.read_text() == "done"
    assert len(built) == 1
    assert not built[0].exists()


def test_a_failed_build_leaves_nothing_and_is_tried_again() -> None:
    def fail(result: Path, scratch: Path) -> None:
        result.write_text("half")
        raise RuntimeError("no space")

    with pytest.raises(RuntimeError):
        cache.get(RECIPE, fail, silent)
    assert not cache.path_of(RECIPE).exists()
    assert [path.suffix for path in cache.folder().iterdir()] == [".lock"]
    assert cache.get(RECIPE, lambda result, scratch: result.touch(), silent).exists()


def test_what_a_killed_build_left_is_swept_away() -> None:
    left = cache.path_of(RECIPE).with_name(RECIPE.name + ".tmp")
    left.mkdir(parents=True)
    (left / "result").write_text("half")
    result = cache.get(RECIPE, lambda result, scratch: void(result.write_text("whole")), silent)
    assert result.read_text() == "whole"


def test_a_second_run_waits_for_the_first_and_takes_its_result() -> None:
    result = cache.path_of(RECIPE)
    result.parent.mkdir(parents=True)
    said: list[str] = []
    waiting = threading.Event()

    def say(line: str) -> None:
        said.append(line)
        waiting.set()

    def never(result: Path, scratch: Path) -> None:
        raise AssertionError("built twice")

    with result.with_name(result.name + ".lock").open("a") as other_run:
        fcntl.flock(other_run, fcntl.LOCK_EX)
        second = threading.Thread(target=cache.get, args=(RECIPE, never, say))
        second.start()
        assert waiting.wait(5)
        result.write_text("of the first run")
        fcntl.flock(other_run, fcntl.LOCK_UN)
        second.join(5)
    assert not second.is_alive()
    assert said == ["another run builds the disk; waiting"]


def test_results_that_nobody_asks_for_are_removed_when_a_new_one_is_built() -> None:
    def build(result: Path, scratch: Path) -> None:
        result.touch()

    old, used = (Recipe("disk", (("suite", suite),)) for suite in ("buster", "trixie"))
    for recipe in (old, used):
        cache.get(recipe, build, silent)
        ago = time.time() - cache.UNUSED - 60
        os.utime(cache.path_of(recipe).with_name(recipe.name + ".lock"), (ago, ago))
    cache.get(used, build, silent)
    cache.get(RECIPE, build, silent)
    assert not cache.path_of(old).exists()
    assert cache.path_of(used).exists()


def test_the_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DNETLAB_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.folder() == tmp_path / "dnetlab"
