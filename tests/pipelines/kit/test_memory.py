"""Whose memory counts: a card's own, whoever made it, and that of the device on which the work is."""

import pytest

torch = pytest.importorskip("torch")

from pipelines.kit import memory  # noqa: E402
from pipelines.kit.peaks import Peak  # noqa: E402
from pipelines.kit.training import Desk, train  # noqa: E402
from tests.pipelines.kit.tiny_lesson import PLAN, make_lesson  # noqa: E402

GB = 2**30


class Arc:
    """What a card of Intel would answer."""

    held = 0

    def mem_get_info(self, device):
        return 9 * GB, 12 * GB

    def memory_reserved(self, device):
        return 2 * GB

    def reset_peak_memory_stats(self, device):
        self.held = GB

    def max_memory_allocated(self, device):
        return self.held

    def get_device_properties(self, device):
        return type("Facts", (), {"total_memory": 12 * GB})


@pytest.fixture
def arc(monkeypatch):
    one = Arc()
    for name in (name for name in dir(Arc) if not name.startswith("_") and name != "held"):
        monkeypatch.setattr(torch.xpu, name, getattr(one, name))
    return one


def test_room_on_a_card_is_that_of_the_card_whoever_made_it(arc):
    assert memory.room("xpu:0", standing_gb=500.0).free_gb == 11.0
    assert memory.room("cpu", standing_gb=500.0).free_gb > 500.0


def test_a_card_that_does_not_tell_what_is_free_is_taken_at_its_size(arc, monkeypatch):
    def tells_not(device):
        raise RuntimeError("The device doesn't support querying the available free memory.")

    monkeypatch.setattr(torch.xpu, "mem_get_info", tells_not)
    assert memory.room("xpu:0").free_gb == 12.0


def test_what_stood_on_a_card_before_does_not_count_as_this_ones_peak(arc):
    with Peak("xpu:0") as peak:
        arc.held = 9 * GB
        peak.begin_anew()
        assert peak.gb == 1.0 and peak.figures == {"peak_vram_gb": 1.0}


def test_a_training_on_the_processor_does_not_tell_the_memory_of_a_card_beside_it(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda device=None: 777 * GB)
    told = []
    train(make_lesson(), PLAN, Desk(tmp_path, tell=told.append))
    assert told and all(0 < progress.memory_gb < 700 for progress in told)
