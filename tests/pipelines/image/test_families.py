"""Each family draws through the studio, on real classes with tiny random weights: words, a start, a changed part."""

import numpy
import pytest
from PIL import Image

pytest.importorskip("diffusers")

from tests.pipelines.image import tiny  # noqa: E402

FAMILIES = {"image.sd15": tiny.make_sd15, "image.sdxl": tiny.make_sdxl}
SIZE = {"width": 64, "height": 64, "steps": 3, "seed": 3}


@pytest.fixture(params=FAMILIES)
def family(request, studio):
    """The key of a family whose tiny model lies among the person's checkpoints."""
    FAMILIES[request.param](studio.home.models / "checkpoints" / "tiny")
    return request.param


def draw(studio, until, key, **values):
    job = studio.submit(key, {"prompt": "a cat", "model": "checkpoints/tiny", **SIZE, **values})
    assert until(studio, job.id, "done", "failed", timeout=120) == "done", job.error
    return job.assets[0]


def pixels(studio, asset_id):
    with Image.open(studio.assets.get(asset_id).path) as picture:
        return numpy.asarray(picture.convert("RGB"))


def test_words_a_start_and_a_changed_part(studio, until, family):
    first = draw(studio, until, family)
    assert pixels(studio, first).shape == (64, 64, 3)
    assert (pixels(studio, first) == pixels(studio, draw(studio, until, family))).all(), "the same seed"
    assert (pixels(studio, first) != pixels(studio, draw(studio, until, family, seed=4))).any()
    near = draw(studio, until, family, picture=first, strength=0.7)
    assert studio.assets.record(near)["parents"] == [first]
    mask = Image.new("L", (64, 64), 0)
    mask.paste(255, (0, 0, 64, 20))
    part = studio.assets.save(mask, folder="images", suffix=".png", record={}).id
    changed = draw(studio, until, family, picture=first, mask=part, mask_blur=0)
    assert (pixels(studio, changed)[40:] == pixels(studio, first)[40:]).all(), "outside the mask nothing changes"


def test_weighted_and_long_words_are_read(studio, until, family):
    plain, strong = (pixels(studio, draw(studio, until, family, prompt=text)) for text in ("red hat", "(red:1.8) hat"))
    assert (plain != strong).any()
    draw(studio, until, family, prompt="a very long story about a cat " * 30)


def test_plain_words_give_what_diffusers_gives(studio, until, family):
    import diffusers
    import torch

    ours = pixels(studio, draw(studio, until, family, guidance=5.0))
    folder = studio.home.models / "checkpoints" / "tiny"
    pipe = diffusers.DiffusionPipeline.from_pretrained(folder, local_files_only=True, torch_dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    theirs = pipe("a cat", width=64, height=64, num_inference_steps=3, guidance_scale=5.0,
                  generator=torch.Generator("cpu").manual_seed(3)).images[0]
    assert numpy.abs(ours.astype(int) - numpy.asarray(theirs).astype(int)).max() <= 1


def test_a_torn_model_is_named_and_the_queue_goes_on(studio, until, family):
    folder = studio.home.models / "checkpoints" / "tiny"
    weights = next((folder / "unet").glob("*.safetensors"))
    weights.write_bytes(weights.read_bytes()[:500])
    job = studio.submit(family, {"prompt": "a cat", "model": "checkpoints/tiny", **SIZE})
    assert until(studio, job.id, "done", "failed", timeout=120) == "failed"
    assert weights.name in job.error["message"] and job.error["hint"]
    assert str(studio.home.root) not in job.error["message"]


def test_a_missing_model_says_where_to_get_one(studio, until):
    job = studio.submit("image.sdxl", {"prompt": "a cat"})
    assert until(studio, job.id, "failed", "done", timeout=60) == "failed"
    assert "no SDXL model" in job.error["message"] and "Settings" in job.error["hint"]
