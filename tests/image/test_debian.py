import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnetlab.errors import ImageError
from dnetlab.image import debian

BOOKWORM = """\
http://deb.example/debian-security|bookworm-security|main|Debian-Security
http://deb.example/debian|bookworm-updates|main|Debian
http://deb.example/debian|bookworm|contrib|Debian
http://deb.example/debian/|bookworm|main|Debian
"""


def test_the_mirror_is_the_main_archives_site() -> None:
    assert debian.pick_mirror(BOOKWORM) == "http://deb.example/debian"


def test_before_the_first_update_the_mirror_is_known_by_its_path() -> None:
    bare = "https://repo.example/nodistro|nodistro|main|\nhttp://deb.example/debian|trixie|main|\n"
    assert debian.pick_mirror(bare) == "http://deb.example/debian"


@pytest.mark.parametrize("targets", ["", "http://mirror.example/ubuntu|noble|main|Ubuntu\n", "\n|||\n"])
def test_another_systems_apt_knows_no_debian_mirror(targets: str) -> None:
    assert debian.pick_mirror(targets) is None


@given(st.text())
def test_any_listing_is_read_without_an_error(targets: str) -> None:
    debian.pick_mirror(targets)
    debian.pick_transport(targets)


def test_how_the_mirror_is_reached_is_taken_over_and_nothing_else() -> None:
    config = (
        'Acquire "";\nAcquire::http "";\nAcquire::http::Proxy "http://proxy.example:3128";\nAcquire::Retries "3";\n'
        'Acquire::https::CAInfo "/etc/ssl/own.pem";\nAcquire::Languages "none";\nAPT::Sandbox::User "_apt";\n'
    )
    assert debian.pick_transport(config) == (
        'Acquire::http::Proxy "http://proxy.example:3128";',
        'Acquire::Retries "3";',
        'Acquire::https::CAInfo "/etc/ssl/own.pem";',
    )


def test_what_keeps_a_root_from_being_made_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert debian.missing() == "mmdebstrap is not installed (apt-get install mmdebstrap)"
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert debian.missing() == "it takes root"
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert debian.missing() == ""


def test_mmdebstraps_own_error_is_passed_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def run(command: list[str], **options: object) -> "subprocess.CompletedProcess[str]":
        noise = "I: automatically chosen mode: root\nE: Unable to locate package nosuch\nE: apt-get failed\n"
        return subprocess.CompletedProcess(command, 25, "", noise)

    monkeypatch.setattr("subprocess.run", run)
    with pytest.raises(ImageError) as caught:
        debian.make_root(tmp_path / "x.tar", "trixie", ["nosuch"], variant="apt")
    text = str(caught.value)
    assert "exit status 25" in text
    assert "Unable to locate package nosuch" in text
    assert "automatically chosen" not in text
    assert "\n" not in text
