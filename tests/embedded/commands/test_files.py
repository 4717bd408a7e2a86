"""The store of files: what is mounted in it, and who may write."""

from __future__ import annotations

import pytest

from dnetlab.embedded.commands.files import Files, Mount


@pytest.fixture
def volume() -> Files:
    files = Files(empty=True)
    files.write("/v/f", b"hello")
    return files


def test_two_stores_share_what_is_mounted_in_both(volume: Files) -> None:
    one, two = Files(), Files()
    one.mount("/data", Mount(volume, "/v"))
    two.mount("/other/place", Mount(volume, "/v", writable=False))
    one.write("/data/sub/g", b"x")
    assert two.read("/other/place/sub/g") == b"x"
    assert two.listdir("/other/place") == ["f", "sub"]
    two.remove("/other/place/f")
    assert not one.exists("/data/f")


def test_a_mount_hides_what_was_there_and_is_no_part_of_a_copy(volume: Files) -> None:
    files = Files()
    files.write("/data/below", b"")
    files.mount("/data", Mount(volume, "/v"))
    assert files.listdir("/data") == ["f"]
    assert files.copy().listdir("/data") == ["below"]


def test_the_innermost_mount_counts(volume: Files) -> None:
    files = Files()
    files.mount("/a", Mount(volume, "/v"))
    files.mount("/a/b", Mount(Files(empty=True), "/", writable=False))
    assert files.may_write("/a/x") == ""
    assert files.may_write("/a/b/x") == "Read-only file system"


@pytest.mark.parametrize(
    ("path", "root", "why"),
    [
        ("/etc/x", True, ""),
        ("/etc/x", False, "Permission denied"),
        ("/tmp/x", False, ""),
        ("/data/x", False, "Permission denied"),
    ],
)
def test_others_than_root_write_where_everybody_may(volume: Files, path: str, root: bool, why: str) -> None:
    files = Files()
    files.mount("/data", Mount(volume, "/v"))
    assert files.may_write(path, root=root) == why
