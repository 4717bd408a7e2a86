"""Users and groups as Debian's /etc/passwd and /etc/group have them; values seen on Engine 28.5."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnetlab.embedded.commands.accounts import LARGEST, UnknownAccount, account
from dnetlab.embedded.commands.files import Files


@pytest.mark.parametrize(
    ("spec", "uid", "gid", "home"),
    [
        ("", 0, 0, "/root"),
        ("nobody", 65534, 65534, "/nonexistent"),
        ("65534", 65534, 65534, "/nonexistent"),
        ("root:audio", 0, 29, "/root"),
        (":audio", 0, 29, "/root"),
        ("1234:5678", 1234, 5678, "/"),
        (str(LARGEST), LARGEST, 0, "/"),
    ],
)
def test_a_user_is_a_name_or_a_number(spec: str, uid: int, gid: int, home: str) -> None:
    found = account(Files(), spec)
    assert (found.uid, found.gid, found.home) == (uid, gid, home)


@pytest.mark.parametrize(
    ("spec", "more", "text"),
    [
        ("nosuch", [], "unable to find user nosuch: no matching entries in passwd file"),
        ("root:nosuch", [], "unable to find group nosuch: no matching entries in group file"),
        ("99999999999", [], "uids and gids must be in range 0-2147483647"),
        ("9" * 5000, [], "uids and gids must be in range 0-2147483647"),
        ("", ["nosuch"], "unable to find group nosuch: no matching entries in group file"),
    ],
)
def test_who_is_in_no_file_is_refused_in_the_engines_words(spec: str, more: list[str], text: str) -> None:
    with pytest.raises(UnknownAccount) as refused:
        account(Files(), spec, more)
    assert str(refused.value) == text


@given(spec=st.text(max_size=40), more=st.lists(st.text(max_size=10), max_size=3))
def test_any_text_is_an_account_or_refused(spec: str, more: list[str]) -> None:
    with contextlib.suppress(UnknownAccount):
        found = account(Files(), spec, more)
        assert 0 <= found.uid <= LARGEST and 0 <= found.gid <= LARGEST
