from pathlib import Path

import pytest

from tests.labhost import engine, native
from tests.labhost.host import Unavailable
from tests.labhost.shell import BuildFailed


class Ways:
    """Stands for the two ways to run an engine."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, native_starts: bool) -> None:
        self.native_starts = native_starts
        self.said: list[str] = []
        monkeypatch.setattr(engine, "prepare", self.prepare)
        monkeypatch.setattr("tests.labhost.native.start", self.start)
        monkeypatch.setattr("tests.labhost.uml.boot", lambda *words, **named: self)
        monkeypatch.setattr("tests.labhost.api.version", lambda socket: "28.5.2")
        monkeypatch.setattr("tests.labhost.machine.running", lambda: [])

    def prepare(self, version: str, kind: str, say: object) -> tuple[str, Path, Path]:
        return ("native" if kind == "auto" else kind), Path("part"), Path("disk")

    def start(self, *words: object, **named: object) -> "Ways":
        if not self.native_starts:
            raise native.NoStart("dockerd does not answer within 60 s: no loop device")
        return self

    socket = Path("docker.sock")


def test_a_kernel_that_has_everything_runs_the_engine_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    ways = Ways(monkeypatch, native_starts=True)
    assert engine.up("x", say=ways.said.append) is ways  # type: ignore[comparison-overlap]
    assert ways.said == []


def test_where_the_native_engine_does_not_start_user_mode_linux_does(monkeypatch: pytest.MonkeyPatch) -> None:
    ways = Ways(monkeypatch, native_starts=False)
    assert engine.up("x", say=ways.said.append) is ways  # type: ignore[comparison-overlap]
    assert ways.said[0].endswith("no loop device; User-Mode Linux then")


def test_who_asks_for_the_native_engine_is_told_why_it_does_not_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ways = Ways(monkeypatch, native_starts=False)
    with pytest.raises(native.NoStart, match="no loop device"):
        engine.up("x", kind="native", say=ways.said.append)


def test_a_named_engine_is_used_and_none_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(engine.GIVEN, "tcp://engine.example:2376")
    assert engine.url("x", owner=0) == "tcp://engine.example:2376"


def test_a_named_engine_that_does_not_answer_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(engine.GIVEN, f"unix://{tmp_path}/nobody.sock")
    with pytest.raises(Unavailable, match=r"nobody\.sock, and no engine answers there\. Start it, or unset"):
        engine.url("x", owner=0)


def test_a_build_that_failed_is_why_there_is_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str, **named: object) -> None:
        raise BuildFailed("compiling the kernel failed: No space left on device")

    monkeypatch.delenv(engine.GIVEN, raising=False)
    monkeypatch.setattr(engine, "up", fail)
    with pytest.raises(Unavailable, match="No space left on device"):
        engine.url("x", owner=0)
