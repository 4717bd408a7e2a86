"""Long work: one job at a time, cancellable, its errors never lost."""

from __future__ import annotations

import threading

import pytest

from dnetlab.widgets import work
from dnetlab.widgets.work import Cancelled, Worker


def test_a_job_runs_beside_and_the_worker_says_so() -> None:
    go, seen = threading.Event(), []
    worker = Worker(lambda: seen.append(worker.busy))
    assert worker.start(lambda: go.wait(5) and None)
    assert worker.busy
    go.set()
    assert worker.wait(5) and not worker.busy
    assert seen == [True, False]


def test_a_second_job_is_refused_while_one_runs() -> None:
    go, done = threading.Event(), []
    worker = Worker()
    worker.start(lambda: go.wait(5) and None)
    assert not worker.start(lambda: done.append(1))
    go.set()
    worker.wait(5)
    assert done == []


def test_cancel_reaches_the_job_at_its_next_check() -> None:
    go, ended = threading.Event(), []
    worker = Worker()

    def job() -> None:
        go.wait(5)
        try:
            worker.check()
        except Cancelled:
            ended.append("cancelled")

    worker.start(job)
    worker.cancel()
    assert worker.cancelling
    go.set()
    worker.wait(5)
    assert ended == ["cancelled"] and not worker.cancelling


def test_a_cancel_does_not_hit_the_next_job() -> None:
    worker = Worker()
    worker.cancel()
    worker.do(worker.check)


def test_what_a_called_job_raises_is_raised_and_the_worker_is_free_again() -> None:
    worker = Worker()
    with pytest.raises(ZeroDivisionError):
        worker.do(lambda: 1 / 0 and None)
    assert not worker.busy and worker.wait(0)


def test_without_threads_the_job_is_done_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    done: list[int] = []
    worker = Worker()
    assert worker.start(lambda: done.append(1))
    assert done == [1] and not worker.busy


def test_what_is_done_ahead_is_done_without_being_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "AHEAD", 0.0)
    done = threading.Event()
    work.ahead(done.set)
    assert done.wait(5)
