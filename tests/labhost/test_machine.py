import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.labhost import keeper, machine, uml
from tests.labhost.machine import Running


@pytest.fixture(autouse=True)
def _own_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "runs"
    folder.mkdir()
    monkeypatch.setattr(machine, "runs", lambda: folder)
    return folder


def until(true: Callable[[], object], seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.01)
    return False


def keep(folder: Path, owner: int, seconds: float, *command: str) -> "subprocess.Popen[bytes]":
    folder.mkdir()
    return subprocess.Popen(
        [sys.executable, keeper.__file__, str(folder), str(owner), str(seconds), *command]
    )


def test_a_machine_ends_with_its_owner_even_if_that_is_killed(tmp_path: Path) -> None:
    owner = subprocess.Popen(["sleep", "60"])
    mark = tmp_path / "pid"
    kept = keep(tmp_path / "m", owner.pid, 60, "sh", "-c", f"echo $$ >{mark}; exec sleep 60")
    assert until(lambda: mark.exists() and mark.read_text().strip())
    pid = int(mark.read_text())
    assert machine.birth(pid)
    owner.kill()
    owner.wait()
    assert kept.wait(5) == 0
    assert not machine.birth(pid)
    assert not (tmp_path / "m").exists()


def test_a_machine_whose_owner_is_gone_is_not_started(tmp_path: Path) -> None:
    owner = subprocess.Popen(["true"])
    owner.wait()
    kept = keep(tmp_path / "m", owner.pid, 60, "touch", str(tmp_path / "started"))
    assert kept.wait(5) == 0
    assert not (tmp_path / "started").exists()


def test_a_forgotten_machine_ends_when_its_time_is_up(tmp_path: Path) -> None:
    assert keep(tmp_path / "m", 0, 0.2, "sleep", "60").wait(5) == 0
    assert not (tmp_path / "m").exists()


def test_the_console_of_a_machine_that_ended_by_itself_stays_to_be_read(tmp_path: Path) -> None:
    assert keep(tmp_path / "m", 0, 60, "sh", "-c", "echo Kernel panic; exit 1").wait(5) == 0
    assert (tmp_path / "m" / "console.log").read_text() == "Kernel panic\n"


def test_stopping_ends_the_machine_and_removes_its_folder(tmp_path: Path) -> None:
    kept = keep(tmp_path / "m", 0, 60, "sleep", "60")
    assert until(lambda: (tmp_path / "m" / "console.log").exists())
    running = Running("m", "uml", tmp_path / "m", kept.pid, machine.birth(kept.pid))
    assert running.alive()
    running.stop()
    assert not running.alive()
    assert not (tmp_path / "m").exists()
    kept.wait(5)


def test_a_process_with_a_dead_machines_number_is_not_taken_for_it(_own_runs: Path) -> None:
    folder = _own_runs / "old"
    folder.mkdir()
    note = {
        "name": "old",
        "kind": "uml",
        "keeper": os.getpid(),
        "born": machine.birth(os.getpid()) - 1,
        "cpu": 1,
    }
    (folder / "engine.json").write_text(json.dumps(note))
    found = machine.read(folder)
    assert found is not None
    assert not found.alive()
    assert machine.running() == []
    assert not folder.exists()


def test_birth_reads_a_command_name_with_spaces_and_parentheses(tmp_path: Path) -> None:
    program = tmp_path / "a ) b ("
    program.symlink_to("/bin/sleep")
    process = subprocess.Popen([program, "60"])
    try:
        assert machine.birth(process.pid) >= machine.birth(os.getpid()) > 0
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert machine.birth(process.pid) == 0


@pytest.mark.parametrize("name", ["", "../x", "a b", "-x", ".x"])
def test_a_name_that_would_leave_the_folder_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is no name for an engine"):
        machine.folder_of(name)


def test_a_name_too_long_for_a_sockets_path_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "runs", lambda: Path("/tmp/dnetlab-0"))
    assert machine.folder_of("n" * (107 - len("/tmp/dnetlab-0//docker.sock")))
    with pytest.raises(ValueError, match="would pass 107 bytes"):
        machine.folder_of("n" * (108 - len("/tmp/dnetlab-0//docker.sock")))


class Boots:
    """Stands for the start of a machine: the tries that answer are given."""

    def __init__(self, *answers: bool) -> None:
        self.answers = list(answers)
        self.folders: list[Path] = []
        self.stopped = 0

    def __call__(
        self, name: str, kind: str, scope: object, command: list[str], owner: int, cpu: int
    ) -> "Boots":
        self.folder = machine.folder_of(name)
        self.folders.append(self.folder)
        (self.folder / "cow").touch()
        self.command = command
        return self

    def wait(self, seconds: float) -> bool:
        return self.answers.pop(0)

    def console(self) -> str:
        return "Kernel panic - not syncing\nno init\n"

    def stop(self) -> None:
        self.stopped += 1


def test_a_boot_that_does_not_answer_is_tried_again_with_more_patience(tmp_path: Path) -> None:
    said: list[str] = []
    boots = Boots(False, False, True)
    running = uml.boot("x", Path("/linux"), lambda: tmp_path / "disk", say=said.append, start=boots)  # type: ignore[arg-type]
    assert running is boots  # type: ignore[comparison-overlap]
    assert boots.stopped == 2
    assert said == ["try 1: no answer within 40 s; once more", "try 2: no answer within 60 s; once more"]
    assert not (boots.folder / "cow").exists(), "an unlinked layer goes with the machine"


def test_when_no_try_answers_the_console_is_quoted(tmp_path: Path) -> None:
    boots = Boots(False, False, False, False)
    with pytest.raises(uml.NoAnswer, match=r"after 4 tries; .*Kernel panic - not syncing / no init$"):
        uml.boot("x", Path("/linux"), lambda: tmp_path, say=lambda line: None, start=boots)  # type: ignore[arg-type]
    assert boots.stopped == 4


def test_a_disk_is_written_to_only_when_that_is_wanted(tmp_path: Path) -> None:
    boots = Boots(True, True)
    for keep_it in (False, True):
        uml.boot("x", Path("/linux"), lambda: tmp_path / "disk", keep=keep_it, say=print, start=boots)  # type: ignore[arg-type]
        (disk,) = (word for word in boots.command if word.startswith("ubd0="))
        assert ("lab.memory" in boots.command) is not keep_it
        layers = disk.removeprefix("ubd0=").split(",")
        assert layers == (
            [str(tmp_path / "disk")] if keep_it else [str(boots.folder / "cow"), str(tmp_path / "disk")]
        )


def test_a_machines_cgroups_are_removed_from_the_inside_out(tmp_path: Path) -> None:
    group = tmp_path / "pids" / "dnetlab-x"
    (group / "a" / "b").mkdir(parents=True)
    folder = tmp_path / "m"
    folder.mkdir()
    (folder / "cgroup").write_text(f"{group}\n{tmp_path}/cpu/dnetlab-x\n")
    keeper.remove(folder)
    assert not group.exists()
    assert group.parent.exists()
    assert not folder.exists()


def test_two_machines_that_start_at_once_are_given_different_cpus(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_work: list[machine.Running] = []
    monkeypatch.setattr(machine, "running", lambda: list(at_work))
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1})

    class Slow(Boots):
        def __call__(
            self, name: str, kind: str, scope: object, command: list[str], owner: int, cpu: int
        ) -> Boots:
            super().__call__(name, kind, scope, command, owner, cpu)
            time.sleep(0.05)
            at_work.append(machine.Running(name, kind, self.folder, 0, 0, cpu))
            return self

    def boot(name: str) -> object:
        return uml.boot(name, Path("/linux"), lambda: tmp_path / "disk", say=print, start=Slow(True))  # type: ignore[arg-type]

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(boot, ("x", "y")))
    assert sorted(one.cpu for one in at_work) == [0, 1]
