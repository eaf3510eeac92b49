"""Waiting threads sleep; whoever set it otherwise keeps what they set."""

import os

from core.processor import wait_asleep


def test_threads_wait_asleep_unless_somebody_said_otherwise(monkeypatch):
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    wait_asleep()
    assert os.environ["OMP_WAIT_POLICY"] == "PASSIVE"
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    wait_asleep()
    assert os.environ["OMP_WAIT_POLICY"] == "ACTIVE"


def test_an_opened_studio_has_said_so_before_torch_is_read(monkeypatch, home):
    from core.studio import Studio
    from tests.conftest import MACHINE

    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    import pipelines

    Studio(home, pipelines, {}, MACHINE).close()
    assert os.environ["OMP_WAIT_POLICY"] == "PASSIVE"
