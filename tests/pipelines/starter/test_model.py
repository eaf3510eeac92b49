"""The model in the box: a plain diffusers folder that loads without a network and makes a picture; Mira's photos."""

import json
import os
from pathlib import Path

import numpy
import pytest
from PIL import Image

STARTER = Path(__file__).parents[3] / "models" / "starter"


@pytest.fixture(scope="module")
def pipeline():
    from diffusers import StableDiffusionPipeline

    loaded = StableDiffusionPipeline.from_pretrained(STARTER, local_files_only=True)
    loaded.set_progress_bar_config(disable=True)
    return loaded


def test_it_draws_what_the_seed_says(pipeline):
    import torch

    def draw(seed):
        dice = torch.Generator().manual_seed(seed)
        words = "girl, long red hair, in a park"
        return numpy.asarray(pipeline(words, num_inference_steps=4, height=128, width=128, generator=dice).images[0])

    one = draw(1)
    assert one.shape == (128, 128, 3) and one.std() > 15
    assert (draw(1) == one).all()
    assert (draw(2) != one).any()


def test_its_native_size_is_what_the_folder_says(pipeline):
    assert pipeline.unet.config.sample_size * 8 == pipeline.vae.config.sample_size


def test_all_files_together_stay_below_forty_megabytes():
    weights = sum(path.stat().st_size for path in STARTER.rglob("*") if path.is_file())
    assert weights < 40e6
    assert not [path for path in STARTER.rglob("*") if path.suffix in (".bin", ".pt", ".ckpt", ".pkl")]


def test_no_file_names_the_machine_it_was_made_on():
    for path in STARTER.rglob("*config.json"):
        values = json.loads(path.read_text(encoding="utf-8")).values()
        assert not [value for value in values if isinstance(value, str) and os.sep in value]


def test_miras_photos_are_there_with_words():
    story = json.loads((STARTER / "demo" / "mira.json").read_text(encoding="utf-8"))
    assert story["name"] == "Mira" and 8 <= len(story["photos"]) <= 12
    for photo in story["photos"]:
        with Image.open(STARTER / "demo" / photo["file"]) as picture:
            assert picture.size == (512, 512)
        assert "teal hair" in photo["caption"]


def test_the_card_says_what_it_is():
    card = (STARTER / "README.md").read_text(encoding="utf-8")
    assert "cc0-1.0" in card and "Limits" in card and "Figures" in card


def test_it_survives_the_road_through_a_single_file(pipeline, tmp_path):
    import torch
    from diffusers import StableDiffusionPipeline

    from pipelines.starter import single_file

    single_file.write(STARTER, tmp_path / "one.safetensors")
    back = StableDiffusionPipeline.from_single_file(str(tmp_path / "one.safetensors"), config=str(STARTER),
                                                    local_files_only=True)
    for part in ("unet", "vae", "text_encoder"):
        before, after = getattr(pipeline, part).state_dict(), getattr(back, part).state_dict()
        assert before.keys() == after.keys()
        assert all(torch.equal(before[name].float(), after[name].float()) for name in before)
