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


def test_the_largest_result_counts_as_memory_and_what_a_job_took_corrects_it(studio, until):
    sizes = ((1000, 1000), (2000, 1000))
    small, large = (studio.assets.save(Image.new("RGB", size), folder="images", suffix=".png", record={}).id
                    for size in sizes)
    gb, fits = enlarging.needs(studio, "upscale.studio", UpscaleRequest(pictures=(small, large, small), scale=2.0))
    assert gb == pytest.approx(enlarging.WORK_GB + 8 * enlarging.PICTURE_GB) and fits
    assert not enlarging.needs(studio, "upscale.studio", UpscaleRequest(pictures=(large,), scale=100.0))[1]
    tiny = studio.assets.save(Image.new("RGB", (8, 8)), folder="images", suffix=".png", record={}).id
    job = studio.submit("upscale.studio", UpscaleRequest(pictures=(tiny,)))
    assert until(studio, job.id, "done", "failed") == "done", job.error
    took = job.measured["peak_ram_gb"]
    gb = enlarging.needs(studio, "upscale.studio", UpscaleRequest(pictures=(large,), scale=2.0))[0]
    assert took > 0.1 and gb == pytest.approx(took + 8 * enlarging.PICTURE_GB, abs=0.01)


def test_jobs_with_the_same_options_and_size_come_first():
    plain, sharp, large = (Job(name, "upscale.x", "", {"scale": scale, "options": {"sharpen": much}})
                           for name, scale, much in (("a", 2.0, 0.0), ("b", 2.0, 1.0), ("c", 4.0, 0.0)))
    done = [plain, sharp, large]
    asked = UpscaleRequest(scale=4.0, options={"sharpen": 0.0})
    assert enlarging.alike(done, asked) == [large]
    assert enlarging.alike(done, replace(asked, scale=3.0)) == [plain, large]
    assert enlarging.alike(done, replace(asked, options={"sharpen": 2.0})) == done
