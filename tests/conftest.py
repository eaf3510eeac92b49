"""A studio in a temporary folder, with small pipelines of the test's own when it wants to see inside the queue."""

import socket
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

import pipelines
from core.cards import Card
from core.home import Home
from core.machine import Machine
from core.processor import wait_asleep
from core.requests import SheetRequest
from core.studio import Studio

wait_asleep()  # before any test reads torch
hypothesis.settings.register_profile("house", deadline=None)  # a busy computer is no fault of an example
hypothesis.settings.load_profile("house")
MACHINE = Machine("Linux", "6", "x86_64", "a test processor", 2, 2, (), 8.0)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def free_port() -> int:
    """A port that nobody has; tests run side by side, so none may be written down."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def studio(home: Home) -> Iterator[Studio]:
    opened = Studio(home, pipelines, {}, MACHINE).start()
    yield opened
    opened.close()


@pytest.fixture
def open_with(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Studio]]:
    """Opens a studio whose only pipelines are the functions given: open_with(slow=run_slowly)."""
    opened: list[Studio] = []

    def open_studio(can: tuple[str, ...] = (), **runs: Callable) -> Studio:
        room = types.ModuleType("testpipelines")
        room.__path__ = []
        studio = Studio(home, room, {}, MACHINE)
        for name, run in runs.items():
            module = types.ModuleType(f"testpipelines.{name}")
            module.CARD = Card(name, "sheet", "for a test", "MIT", can=can)
            module.run = run
            add(studio, name, module)
        opened.append(studio)
        return studio.start()

    def add(studio: Studio, name: str, module: types.ModuleType) -> None:
        from core.catalog import Entry

        key = f"sheet.{name}"
        studio.catalog.entries = {**studio.catalog.entries, key: Entry(key, module.CARD, module)}
        monkeypatch.setitem(sys.modules, module.__name__, module)

    yield open_studio
    for studio in opened:
        studio.close()


@pytest.fixture
def sheet() -> SheetRequest:
    return SheetRequest()


def wait_for(studio: Studio, job_id: str, *states: str, timeout: float = 20.0) -> str:
    """Sleep on the queue's own signal until the job is in one of the states."""
    import time

    end = time.monotonic() + timeout
    while True:
        revision = studio.jobs.revision
        state = studio.jobs.get(job_id).state
        if state in states:
            return state
        assert time.monotonic() < end, f"the job is still {state}"
        studio.jobs.wait(revision, 0.5)


@pytest.fixture
def until() -> Callable[..., str]:
    return wait_for
