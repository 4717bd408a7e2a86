"""The test engine for tests that need a real one, and what is said where there is none.

A test that uses ``test_engine`` (or a fixture made from it) is marked ``real`` and runs after the others, while the
engine is built or boots in the background; with ``pytest -n 2`` each worker has an engine of its own. Where none can
be had, such tests are skipped and named in the last lines; with ``CI=true`` they fail instead. User-Mode Linux hangs
once in a long while: a test that runs into a time limit of the engine is run again, once, on a fresh engine of ours,
and that is said in the last lines.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from _pytest.runner import runtestprotocol
from hypothesis import settings

from tests.labhost import Unavailable, down
from tests.labhost.engine import GIVEN, url
from tests.labhost.host import check

ROOT = Path(__file__).parent.parent
BIN = ROOT / ".dnetlab" / "bin"
"""Where ``make test`` puts the docker and docker-compose programs on a machine that has none."""

FIXTURE = "test_engine"
LIMIT = 600
"""Seconds for the call of one real test."""

NOT_RUN, AGAIN = "not run for want of a test engine", "run again on a fresh test engine"
"""Properties of a report: they are how a worker of pytest-xdist tells the process that prints."""

_not_run: dict[str, tuple[str, str]] = {}
_why: list[Unavailable] = []
_again: list[str] = []


def is_real(item: pytest.Item) -> bool:
    """Whether a test uses the test engine."""
    return FIXTURE in getattr(item, "fixturenames", ())


def in_ci() -> bool:
    """Whether a missing engine is a failure."""
    return os.environ.get("CI", "").lower() in ("true", "1", "yes")


def pytest_configure(config: pytest.Config) -> None:
    if BIN.exists():
        os.environ["PATH"] += os.pathsep + str(BIN)  # last: what the machine has comes first
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A shell starts its background jobs so; the tests of Ctrl-C, and what they start, are to see it.
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)  # before pytest itself leaves out what -m does not select
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if is_real(item):
            item.add_marker(pytest.mark.real)
    # By file, as pytest-xdist deals them out so, and the longest first, so that no worker is left alone with it.
    late = {item.path for item in items if is_real(item)}
    long = ROOT / "tests" / "notebooks" / "test_run.py"
    items.sort(key=lambda item: (item.path in late, item.path != long, is_real(item)))  # stable


class Coming:
    """An engine that is on its way: started early in the background, waited for by the first test that needs it."""

    def __init__(self) -> None:
        self.name = f"pytest-{os.getpid()}"
        self.process: subprocess.Popen[bytes] | None = None
        if not os.environ.get(GIVEN):
            with contextlib.suppress(Unavailable):
                check()
                command = [
                    sys.executable,
                    "-m",
                    "tests.labhost",
                    "up",
                    self.name,
                    "--owner",
                    str(os.getpid()),
                ]
                if shutil.which("setpriv"):  # so that a killed pytest leaves no compiler at work
                    command = ["setpriv", "--pdeathsig", "TERM", *command]
                self.process = subprocess.Popen(
                    command,
                    cwd=ROOT,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    start_new_session=True,
                )

    def url(self) -> str:
        """Wait until it answers.

        Raises:
            Unavailable: There is none.
        """
        if self.process is not None:
            self.process.wait()
        return url(self.name, owner=os.getpid())

    def end(self) -> None:
        """End the engine, or what builds it."""
        if self.process is not None and self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait()
        if self.process is not None:
            down(self.name)

    def renew(self) -> None:
        """A fresh engine under the same name, and so with the same URL."""
        down(self.name)
        url(self.name, owner=os.getpid())


_coming: list[Coming] = []


def pytest_collection_finish(session: pytest.Session) -> None:
    wanted = any(map(is_real, session.items))
    if wanted and not session.config.option.collectonly:
        _coming.append(Coming())


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    while _coming:
        _coming.pop().end()


@pytest.fixture(scope="session")
def _engine_or_reason(pytestconfig: pytest.Config) -> str | Unavailable:
    # Outside of pytest's capture, so that the progress of a long build is seen.
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled() if capture else contextlib.nullcontext():
        try:
            return _coming[0].url()
        except Unavailable as reason:
            _why.append(reason)
            return reason


@pytest.fixture(scope="session")
def test_engine(_engine_or_reason: str | Unavailable) -> str:
    """URL of a real Docker Engine that can run all seven network types, with the lab image in it."""
    if isinstance(_engine_or_reason, Unavailable):
        if in_ci():
            pytest.fail(str(_engine_or_reason), pytrace=False)
        pytest.skip(f"no test engine: {_engine_or_reason.why}")
    return _engine_or_reason


@pytest.fixture(scope="session")
def engine_client(test_engine: str) -> Iterator[Any]:
    """docker-py's client on the test engine, with the lab image present."""
    import docker

    from dnetlab import image

    client = docker.DockerClient(base_url=test_engine, timeout=90)
    image.ensure(client)
    yield client
    client.close()


@pytest.fixture
def untouched(engine_client: Any) -> Iterator[Any]:
    """The client again; afterwards the engine must have the containers and networks that it had before."""
    before = _inventory(engine_client)
    yield engine_client
    assert _inventory(engine_client) == before


def _inventory(client: Any) -> tuple[set[str], set[str]]:
    return {c.name for c in client.containers.list(all=True)}, {n.name for n in client.networks.list()}


@pytest.fixture(autouse=True)
def _no_engine_of_the_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the developer's shell says about engines is not for the tests."""
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DNETLAB_ENGINE"):
        monkeypatch.delenv(name, raising=False)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    report = yield
    if report.when == "setup" and not report.passed and _why and is_real(item):
        report.user_properties.append((NOT_RUN, (_why[0].why, _why[0].how)))
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    for name, value in report.user_properties:
        if name == NOT_RUN:
            _not_run[report.nodeid] = tuple(value)
        if name == AGAIN and report.when == "setup":
            _again.append(report.nodeid)


class EngineHangs(TimeoutError):
    """A real test did not end within :data:`LIMIT`."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Any:
    """Limit the time of a real test, whatever it waits for."""
    if not is_real(item):
        return (yield)

    def ring(number: int, frame: object) -> NoReturn:
        raise EngineHangs(f"not done within {LIMIT} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(LIMIT)
    try:
        return (yield)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def hung(text: str) -> bool:
    """Whether a failure reads as that of an engine that stopped answering, not of one that answered wrongly."""
    return (
        re.search(r"EngineHangs|ReadTimeout|Read timed out|RemoteDisconnected|Connection reset by peer", text)
        is not None
    )


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Run a real test; once more, on a fresh engine, if the first one stopped answering."""
    if not (is_real(item) and _coming and _coming[0].process is not None):
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = runtestprotocol(item, nextitem=nextitem, log=False)
    again = False
    if any(report.failed and hung(report.longreprtext) for report in reports):
        again = True
        with contextlib.suppress(Unavailable):  # then the second try fails, and says why
            _coming[0].renew()
        item._initrequest()  # type: ignore[attr-defined]  # fresh fixtures
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
    for report in reports:
        if again:
            report.user_properties.append((AGAIN, True))
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: Any) -> Any:
    result = yield  # after pytest's own sections, so that this stands right above its last line
    if _again:
        terminalreporter.section(f"{AGAIN}, as the first one had stopped answering", sep="-")
        for name in _again:
            terminalreporter.line(name)
    if _not_run:
        terminalreporter.section(NOT_RUN, sep="-")
        for name in _not_run:
            terminalreporter.line(name)
        why, how = next(iter(_not_run.values()))
        terminalreporter.line(
            f"{len(_not_run)} of the tests need a real Docker Engine, and there is none: {why}."
        )
        terminalreporter.line(how)
    return result


# In CI the invented inputs are the same each time: a run says what the change did, not what chance drew.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")
