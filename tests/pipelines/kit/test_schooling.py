"""What a person sees of a training on its way."""

import io
from dataclasses import replace
from types import SimpleNamespace

import pytest
from PIL import Image

from core.errors import TooBig
from pipelines.kit import schooling, training
from pipelines.kit.exams import Exam

pytest.importorskip("torch")
from tests.pipelines.kit.tiny_lesson import PLAN, make_lesson  # noqa: E402


def learn(bench, monkeypatch, break_at=0):
    """The tiny lesson at a studio's desk. Its samples show the step they were made at."""
    monkeypatch.setattr(schooling, "CANDIDATES", ())
    exam = Exam(None, None, [], bench)
    monkeypatch.setattr(exam, "newest", lambda: exam.pictures[-1] if exam.pictures else Image.new("RGB", (64, 64)))
    monkeypatch.setattr(exam, "sample", lambda step: Image.new("RGB", (64, 64), (0, 20 * step, 0)))
    desk = schooling._desk(SimpleNamespace(plan=PLAN), None, bench, exam, set())
    inner = desk.tell

    def tell(progress):
        inner(progress)
        if progress.step == break_at:
            raise TooBig("It broke.", "Go on.")

    training.train(make_lesson(), PLAN, replace(desk, tell=tell))


def test_what_was_seen_before_it_was_broken_off_is_in_sight_again(open_with, sheet, until, monkeypatch):
    pieces = iter((7, 0))
    studio = open_with(can=("resume",), learn=lambda request, bench: learn(bench, monkeypatch, next(pieces)))
    job = studio.submit("sheet.learn", sheet)
    assert until(studio, job.id, "failed") == "failed" and [words for words, _ in job.progress.film] == ["2", "4", "6"]
    again = studio.retry(job.id)
    assert until(studio, again.id, "done", "failed") == "done", again.error
    assert [words for words, _ in again.progress.film] == [str(n) for n in range(2, 13, 2)]
    green = [Image.open(io.BytesIO(jpeg)).getpixel((9, 9))[1] for _, jpeg in again.progress.film]
    assert green == pytest.approx(range(40, 241, 40), abs=4), "each sample as it was"
    curve = again.progress.told["curve"]
    assert curve[:7] == job.progress.told["curve"] and [step for step, _, _ in curve] == list(range(1, 13))
