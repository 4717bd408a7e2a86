"""What a notebook does first, and what happens when its kernel is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import dnetlab
from dnetlab import cleanup, labels, objects
from dnetlab.errors import EngineError
from dnetlab.types import all_types

ROOT = Path(__file__).parent.parent.parent


def test_it_says_which_engine_and_why() -> None:
    said = str(dnetlab.start("embedded"))
    assert "Engine: embedded engine (model of Docker Engine" in said
    assert "Chosen because it was asked for." in said
    assert "Nothing is left over" in said


def test_what_dead_sessions_left_is_removed_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    found = dnetlab.start("embedded")
    dead = {**labels.of("abcdef", "user_bridge"), labels.SESSION: f"{os.uname().nodename}:1:1"}
    found.engine.client.networks.create("left-over", labels=dead)
    monkeypatch.setattr("dnetlab.widgets.begin.find", lambda _: found.engine)
    said = str(dnetlab.start("embedded"))
    assert "Removed, because their programs have ended:" in said and "abcdef: user_bridge" in said
    assert objects.find(found.engine.client) == ([], [])


def test_the_doctor_says_every_type() -> None:
    said = dnetlab.start("embedded").doctor()
    for network in all_types():
        assert f"✓ {network.title}" in said


def test_an_engine_that_was_asked_for_and_does_not_answer_is_an_error() -> None:
    with pytest.raises(EngineError, match="nowhere"):
        dnetlab.start("unix:///nowhere.sock")


KERNEL = """
import sys, time, dnetlab
print(dnetlab.start(sys.argv[1]), flush=True)
dnetlab.panel("user_bridge", sys.argv[1], network="doomed").build()
print("built", flush=True)
time.sleep(600)
"""


def test_a_kernel_that_is_killed_leaves_nothing(test_engine: str, engine_client: Any) -> None:
    kernel = subprocess.Popen(
        [sys.executable, "-c", KERNEL, test_engine], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert kernel.stdout is not None
    try:
        assert any("built" in line for line in kernel.stdout)
        mine = [lab for lab in cleanup.leftovers(engine_client) if f":{kernel.pid}:" in lab.session]
        assert len(mine) == 1
    finally:
        kernel.send_signal(signal.SIGKILL)
        kernel.wait()
    for _ in range(300):
        if not any(f":{kernel.pid}:" in lab.session for lab in cleanup.leftovers(engine_client)):
            break
        time.sleep(0.1)
    assert not any(f":{kernel.pid}:" in lab.session for lab in cleanup.leftovers(engine_client))
