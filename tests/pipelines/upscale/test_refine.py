"""Refine: the picture's own model draws it larger, with the character in it; what comes out is judged."""

import pytest
from PIL import Image

from core.home import PROGRAM
from core.requests import UpscaleRequest
from tests.pipelines.train.test_starter_training import bring_mira, finish

STARTER = PROGRAM / "models" / "starter"
pytestmark = pytest.mark.skipif(not (STARTER / "unet").is_dir(), reason="the starter is not in this copy")


def put(studio, size=(96, 64)):
    return studio.assets.save(Image.effect_noise(size, 40).convert("RGB"), folder="images", suffix=".png",
                              record={"title": "given"}).id


def test_a_picture_is_drawn_larger_with_its_character_and_judged(studio):
    bring_mira(studio, 4)
    one = put(studio)
    job = finish(studio, studio.submit("upscale.refine", {"pictures": [one], "scale": 2.0, "character": "Mira",
                                                          "options": {"change": 0.1}}))
    assert job.state == "done", job.error
    record = studio.assets.record(job.assets[0])
    assert (record["width"], record["height"]) == (192, 128) and record["parents"] == [one]
    assert record["pipeline"] == "image.starter" and "Mira" in record["characters"]
    assert 0 <= record["likeness"]["Mira"] <= 100
    assert studio.library.entry(job.assets[0]).likeness == record["likeness"]["Mira"]


def test_a_picture_keeps_the_words_it_was_drawn_with(studio):
    first = finish(studio, studio.submit("image.starter", {"prompt": "a boy with blue hair", "steps": 2,
                                                           "options": {"small": True}}))
    job = finish(studio, studio.submit("upscale.refine", {"pictures": first.assets, "scale": 1.5}))
    assert job.state == "done", job.error
    assert studio.assets.record(job.assets[0])["request"]["prompt"] == "a boy with blue hair"


@pytest.mark.parametrize(("asked", "said"), [({}, "no picture"), ({"scale": 8.0}, "up to 4 times")])
def test_what_cannot_be_refined_is_said(studio, asked, said):
    pictures = [put(studio)] if asked else []
    job = finish(studio, studio.submit("upscale.refine", UpscaleRequest(pictures=tuple(pictures), **asked)))
    assert job.state == "failed" and said in job.error["message"]


def test_what_was_transparent_stays_so(studio):
    picture = Image.effect_noise((64, 48), 40).convert("RGBA")
    picture.putalpha(Image.linear_gradient("L").resize((64, 48)))
    one = studio.assets.save(picture, folder="images", suffix=".png", record={}).id
    job = finish(studio, studio.submit("upscale.refine", {"pictures": [one], "scale": 2.0,
                                                          "options": {"change": 0.1, "words": "a cloud"}}))
    assert job.state == "done", job.error
    with Image.open(studio.assets.get(job.assets[0]).path) as made:
        alpha = made.getchannel("A")
        assert made.size == (128, 96) and alpha.getpixel((5, 2)) < 20 and alpha.getpixel((5, 93)) > 235
