from pathlib import Path

import pytest

from tests.labhost import host
from tests.labhost.host import Unavailable


def test_what_is_not_installed_is_named_in_order() -> None:
    status = "gcc installed\nflex config-files\nmake installed\nsocat not-installed\n"
    assert host.not_installed(("socat", "gcc", "bison", "flex"), status) == ["socat", "bison", "flex"]


def test_without_apt_the_needed_packages_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(Unavailable, match=r"needed: socat flex"):
        host.install(("socat", "flex"), say=lambda line: None)


@pytest.mark.parametrize(("free_mb", "given"), [(32_000, 3072), (4_000, 2400), (2_000, 1200)])
def test_a_machine_gets_a_share_of_the_free_memory(free_mb: int, given: int) -> None:
    assert host.memory_mb(f"MemTotal: 64000000 kB\nMemAvailable: {free_mb * 1024} kB\n") == given


def test_too_little_memory_is_said() -> None:
    with pytest.raises(Unavailable, match="1706 MB of free memory"):
        host.memory_mb("MemAvailable: 900000 kB\n")


def test_a_small_shared_memory_is_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Usage:
        free = 64 * 2**20

    monkeypatch.setattr("shutil.disk_usage", lambda path: Usage)
    assert host.memory_folder(3072, tmp_path) == tmp_path


def test_two_machines_go_to_two_cpus() -> None:
    assert host.pick_cpu({0, 1}, []) == 1
    assert host.pick_cpu({0, 1}, [1]) == 0
    assert host.pick_cpu({0, 1}, [1, 0]) == 1
    assert host.pick_cpu({4, 7}, [-1, 0, 1]) == 7


def test_without_root_it_says_so_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(Unavailable) as caught:
        host.check()
    assert str(caught.value).startswith("No test engine can be started here: it takes root")
    assert "DNETLAB_TEST_ENGINE=unix://" in str(caught.value)


def test_elsewhere_than_on_linux_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    with pytest.raises(Unavailable, match="this is darwin, not Linux"):
        host.check()
