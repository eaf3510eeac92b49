"""How far a job is, and how long it will take yet."""

import time

from core.jobs import Progress


def test_what_was_done_before_is_no_proof_of_speed():
    progress = Progress()
    progress.go(12, 12, "Looking at the photos")
    progress.go(144, 480, "Learning")
    progress.began = time.monotonic() - 96
    assert progress.eta_seconds is None
    progress.go(240, 480, "Learning")
    assert 239 < progress.eta_seconds < 242


def test_a_new_name_for_the_same_count_keeps_the_pace():
    progress = Progress()
    progress.go(0, 4, "Loading the model")
    progress.go(0, 4, "Drawing 1 of 4")
    progress.began = time.monotonic() - 10
    progress.go(1, 4, "Drawing 2 of 4")
    assert 29 < progress.eta_seconds < 31
    progress.go(0, 4, "Making them larger")
    progress.go(1, 4, "Making them larger")
    assert progress.eta_seconds < 1
