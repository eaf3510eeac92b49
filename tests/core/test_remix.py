"""Going on from a picture: our own sidecars and strangers' recipes become the next request."""

import pytest

from core import remix
from core.errors import Refused
from core.knobs import plain
from core.prompts import LoraCall
from core.recipes.recipe import Recipe
from core.requests import ImageRequest, read_for


@pytest.fixture
def record():
    asked = plain(ImageRequest(prompt="a cat", count=4, negative="dog", options={"small": True}))
    return {"id": "0abc", "pipeline": "image.starter", "request": asked, "seed": 11, "variation_seed": 5,
            "weights": [{"name": "starter", "sha256": "aa"}], "device": "cpu"}


def test_repeating_asks_for_one_picture_with_the_seeds_that_were_rolled(record):
    wish = remix.repeat(record)
    assert wish.pipeline == "image.starter" and wish.values["repeats"] == "0abc"
    request = read_for("image", wish.values)
    assert (request.seed, request.variation_seed, request.count, request.prompt) == (11, 5, 1, "a cat")


def test_again_rolls_new_dice_and_vary_stays_near(record):
    assert not set(remix.again(record).values) & set(remix.SEEDS)
    varied = read_for("image", remix.vary(record).values)
    assert (varied.seed, varied.count, varied.variation_seed) == (11, remix.VARIATIONS, -1) and varied.variation > 0


def test_a_picture_drawn_over_another_varies_by_new_seeds(record):
    record["request"]["picture"] = "0def"
    varied = read_for("image", remix.vary(record).values)
    assert varied.variation == 0 and varied.seed == -1 and varied.picture == "0def"


def test_use_all_remix_and_prompt_only_take_less_and_less(record):
    wish = remix.from_record(record)
    every, mixed, words = (wish.taken(how).values for how in remix.HOW)
    assert set(mixed) == set(every) - set(remix.SEEDS) and set(words) <= set(remix.WORDS)
    with pytest.raises(Refused, match="no way"):
        wish.taken("backwards")


def test_a_request_from_another_version_loses_only_what_is_not_known(record):
    record["request"]["from_the_future"] = 1
    assert read_for("image", remix.from_record(record).values).prompt == "a cat"


def test_a_strangers_recipe_keeps_what_means_the_same_here():
    recipe = Recipe("ComfyUI", "a hill", "fog", seed=2**70, steps=9999, guidance=7.5, sampler="dpmpp_2m",
                    schedule="Karras", width=832, height=1216, loras=(LoraCall("ink", 0.7),))
    wish = remix.from_recipe(recipe)
    request = read_for("image", wish.values)
    assert request.prompt == "a hill <lora:ink:0.7>" and request.negative == "fog"
    assert (request.sampler, request.schedule, request.guidance) == ("DPM++ 2M", "Karras", 7.5)
    assert request.seed == -1 and request.steps == 0, "what no request could hold is left out"
    assert request.shape == "tall" or request.shape == "portrait"


def test_a_sampler_nobody_knows_is_said():
    assert "res_3s" in remix.from_recipe(Recipe("X", "a", sampler="res_3s")).notices[0]


def test_every_shape_is_nearest_to_itself():
    sides = {"square": (512, 512), "portrait": (512, 640), "landscape": (640, 512), "tall": (448, 768),
             "wide": (768, 448)}
    assert all(remix.nearest_shape(*size) == name for name, size in sides.items())
    assert remix.nearest_shape(1, 100_000) == "tall" and remix.nearest_shape(100_000, 1) == "wide"


def test_what_differs_is_named(record):
    now = {**record, "weights": [{"name": "starter", "sha256": "bb"}, {"name": "mira", "sha256": "cc"}],
           "device": "cuda:0"}
    said = " ".join(remix.tell_differences(record, now))
    assert "starter is another file" in said and "mira is used now" in said and "cuda:0" in said
    assert remix.tell_differences(record, record) == ()
    renamed = {**record, "weights": [{**one, "name": "another name"} for one in record["weights"]]}
    assert remix.tell_differences(record, renamed) == (), "the file counts, not what it is called"


def test_an_enlarged_picture_leads_back_to_the_one_that_was_drawn(record):
    class Assets:
        def record(self, asset_id):
            return {"0big": {"id": "0big", "pipeline": "upscale.studio", "parents": ["0abc"]}, "0abc": record}[asset_id]

    assert remix.drawn(Assets(), "0big")["id"] == "0abc"
