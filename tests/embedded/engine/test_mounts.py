"""Volumes and mounts: how they are written, who shares them, when they go. The refusals are in tests/conformance."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnetlab import embedded
from dnetlab.embedded.commands import Files
from dnetlab.embedded.engine.errors import EngineError
from dnetlab.embedded.engine.mounts import parse_bind, parse_mount

TYPED = st.text(max_size=30) | st.from_regex(r"[a-z/]{0,6}(:[a-z/,]{0,6}){0,3}", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "kind", "source", "target", "writable"),
    [
        ("/data", "volume", "", "/data", True),
        ("shared:/data", "volume", "shared", "/data", True),
        ("shared:/data/../d:ro", "volume", "shared", "/d", False),
        ("/tmp/x/:/data:ro,z", "bind", "/tmp/x", "/data", False),
        ("/data:ro", "volume", "", "/data", False),
    ],
)
def test_a_bind_is_source_target_and_mode(
    text: str, kind: str, source: str, target: str, writable: bool
) -> None:
    point = parse_bind(text).point
    assert (point.kind, point.name or point.source, point.target, point.writable) == (
        kind, source, target, writable,
    )  # fmt: skip


@given(text=TYPED)
def test_any_text_is_a_bind_or_refused(text: str) -> None:
    try:
        point = parse_bind(text).point
    except EngineError as error:
        assert error.status == 500
    else:
        assert point.target.startswith("/") and point.target != "/"


@given(
    mount=st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("Type", "Source", "Target"), TYPED) | {"ReadOnly": st.booleans()}
    )
)
def test_any_mount_is_one_or_refused(mount: dict[str, Any]) -> None:
    try:
        point = parse_mount(mount, Files()).point
    except EngineError as error:
        assert error.status == 400
    else:
        assert point.target.startswith("/") and point.target != "/"


def test_what_is_in_a_volume_is_no_difference_of_the_container_and_goes_with_rm_v() -> None:
    client = embedded.client()
    volumes = ["/anon", "kept:/kept"]
    container = client.containers.run("dnetlab/lab:1", ["sleep", "60"], detach=True, volumes=volumes)
    container.exec_run(["sh", "-c", "echo x > /anon/x; echo y > /kept/y; echo z > /own"])
    # The places themselves are new (seen on Engine 28.5).
    assert {(c["Path"], c["Kind"]) for c in container.diff()} == {("/anon", 1), ("/kept", 1), ("/own", 1)}
    assert len(client.volumes.list()) == 2
    container.remove(force=True, v=True)
    assert [volume.name for volume in client.volumes.list()] == ["kept"]
