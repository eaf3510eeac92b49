"""How long making pictures larger will take: from what it took here."""

from dataclasses import replace

import pytest
from PIL import Image

from core import enlarging
from core.jobs import Job
from core.requests import UpscaleRequest


def test_after_one_picture_the_next_is_foretold_by_its_size_and_nothing_before(studio, until):
    given = studio.assets.save(Image.new("RGB", (40, 30)), folder="images", suffix=".png", record={}).id
    asked = UpscaleRequest(pictures=(given,), scale=2.0)
    assert enlarging.foretell(studio, "upscale.lanczos", asked) is None
    job = studio.submit("upscale.lanczos", asked)
    assert until(studio, job.id, "done", "failed") == "done", job.error
    one = enlarging.foretell(studio, "upscale.lanczos", asked)
    assert one == pytest.approx(job.seconds)
    assert enlarging.foretell(studio, "upscale.lanczos", replace(asked, scale=4.0)) == pytest.approx(4 * one)
    three = replace(asked, pictures=(given,) * 3)
    assert enlarging.foretell(studio, "upscale.lanczos", three) == pytest.approx(3 * one)
    assert enlarging.foretell(studio, "upscale.lanczos", replace(asked, scale=8.0)) is None, "too far"
    assert enlarging.foretell(studio, "upscale.lanczos", UpscaleRequest()) is None
    assert enlarging.foretell(studio, "upscale.studio", asked) is None, "another way says nothing of this one"


def test_jobs_with_the_same_options_and_size_come_first():
    plain, sharp, large = (Job(name, "upscale.x", "", {"scale": scale, "options": {"sharpen": much}})
                           for name, scale, much in (("a", 2.0, 0.0), ("b", 2.0, 1.0), ("c", 4.0, 0.0)))
    done = [plain, sharp, large]
    asked = UpscaleRequest(scale=4.0, options={"sharpen": 0.0})
    assert enlarging.alike(done, asked) == [large]
    assert enlarging.alike(done, replace(asked, scale=3.0)) == [plain, large]
    assert enlarging.alike(done, replace(asked, options={"sharpen": 2.0})) == done
