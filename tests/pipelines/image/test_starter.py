"""The starter draws, from words to file: the real model in the box, few steps."""

import subprocess
import sys

import numpy
import pytest
from PIL import Image

pytest.importorskip("diffusers")

from core import characters, remix  # noqa: E402
from core.home import PROGRAM  # noqa: E402
from core.recipes.picture import read_recipe  # noqa: E402


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def draw(studio, until, **values):
    wish = {"prompt": "a girl with red hair, smiling, beach", "steps": 3, "seed": 7, "options": {"small": True}}
    wish |= values
    job = studio.submit("image.starter", wish)
    until(studio, job.id, "done", "failed", timeout=120)
    return job


def pixels(studio, asset_id):
    with Image.open(studio.assets.get(asset_id).path) as picture:
        return numpy.asarray(picture.convert("RGB"))


def test_words_become_a_picture_with_its_story(studio, until):
    job = draw(studio, until)
    assert job.state == "done", job.error
    picture = pixels(studio, job.assets[0])
    assert picture.shape == (128, 128, 3) and picture.std() > 10
    record = studio.assets.record(job.assets[0])
    assert record["seed"] == 7 and record["weights"][0]["name"] and record["request"]["prompt"].startswith("a girl")
    assert job.progress.preview.startswith(b"\xff\xd8")


def test_a_minor_is_not_drawn_in_sexual_words_whoever_names_them(studio, until):
    ada = characters.new_character("Ada", age="16")
    studio.store.put("characters", ada.id, ada.row())
    for values in ({"prompt": "@Ada, naked"}, {"prompt": "naked", "character": "ada"},
                   {"prompt": "naked", "face_people": ("Ada",)}):
        job = draw(studio, until, **values)
        assert job.state == "failed" and "minor" in job.error["message"] and not job.assets


def test_a_picture_is_shown_four_times_larger_than_the_model_draws_it(studio, until):
    large, small = (draw(studio, until, options={"small": wish}).assets[0] for wish in (False, True))
    assert pixels(studio, large).shape == (512, 512, 3)
    back = Image.fromarray(pixels(studio, large)).resize((128, 128), Image.Resampling.BOX)
    assert numpy.abs(numpy.asarray(back).astype(int) - pixels(studio, small)).mean() < 4, "the same picture"
    assert studio.assets.record(large)["width"] == 512
    recipe = read_recipe(studio.assets.get(large).path)
    assert (recipe.width, recipe.height) == (128, 128), "drawn again from its recipe it is the same picture"


def test_the_same_seed_gives_the_same_picture_and_another_does_not(studio, until):
    first, second, other = (draw(studio, until, seed=seed).assets[0] for seed in (5, 5, 6))
    assert (pixels(studio, first) == pixels(studio, second)).all()
    assert (pixels(studio, first) != pixels(studio, other)).any()


def test_plain_words_give_what_diffusers_gives(studio, until):
    import torch
    from diffusers import DPMSolverMultistepScheduler, StableDiffusionPipeline

    from core.home import PROGRAM

    words = "a boy with green hair, park"
    ours = pixels(studio, draw(studio, until, prompt=words, sampler="DPM++ 2M", steps=4, guidance=3.5).assets[0])
    pipe = StableDiffusionPipeline.from_pretrained(PROGRAM / "models" / "starter", safety_checker=None,
                                                   dtype=torch.float32, requires_safety_checker=False)
    pipe.set_progress_bar_config(disable=True)
    pipe.scheduler = DPMSolverMultistepScheduler.from_config(pipe.scheduler.config)
    theirs = pipe(words, num_inference_steps=4, guidance_scale=3.5, width=128, height=128,
                  generator=torch.Generator("cpu").manual_seed(7)).images[0]
    assert numpy.abs(ours.astype(int) - numpy.asarray(theirs).astype(int)).max() <= 1


def test_a_picture_can_be_the_start_and_a_part_can_be_changed(studio, until):
    start = draw(studio, until).assets[0]
    near = draw(studio, until, picture=start, strength=0.4, steps=6)
    assert near.state == "done", near.error
    assert studio.assets.record(near.assets[0])["parents"] == [start]
    mask = Image.new("L", (128, 128), 0)
    mask.paste(255, (0, 0, 128, 64))
    mask_id = studio.assets.save(mask, folder="images", suffix=".png", record={}).id
    part = draw(studio, until, picture=start, mask=mask_id, steps=4, mask_blur=0)
    assert part.state == "done", part.error
    before, after = pixels(studio, start), pixels(studio, part.assets[0])
    assert (before[100:] == after[100:]).all() and (before[:50] != after[:50]).any()


def test_several_pictures_count_their_seeds_up(studio, until):
    job = draw(studio, until, count=2)
    assert [studio.assets.record(asset)["seed"] for asset in job.assets] == [7, 8]


def test_weights_choices_and_long_prompts_are_understood(studio, until):
    long = ", ".join(["a girl with (red hair:1.3) and {blue|blue} eyes"] * 12)
    assert draw(studio, until, prompt=long).state == "done"
    plain, strong = (draw(studio, until, prompt=text).assets[0] for text in ("red hair girl", "(red hair:1.6) girl"))
    assert (pixels(studio, plain) != pixels(studio, strong)).any()


def test_a_running_picture_stops_within_a_step(studio, until):
    job = studio.submit("image.starter", {"prompt": "a girl", "steps": 60, "count": 8})
    revision = -1
    while job.progress.done < 2:
        revision = studio.jobs.wait(revision, 1)
    done = job.progress.done
    studio.jobs.cancel(job.id)
    assert until(studio, job.id, "cancelled", "done", timeout=60) == "cancelled"
    assert job.progress.done <= done + 2


@pytest.mark.parametrize(("values", "words"), [
    ({"prompt": "<lora:nothing:1>"}, "no LoRA called"), ({"model": "../../etc/passwd"}, "not on this computer"),
    ({"styles": ["nothing"]}, "no style called"),
])
def test_what_is_not_there_is_named(studio, until, values, words):
    job = draw(studio, until, **values)
    assert job.state == "failed" and words in job.error["message"] and job.error["hint"]


def test_the_file_carries_its_recipe(studio, until):
    job = draw(studio, until, negative="hat")
    recipe = read_recipe(studio.assets.get(job.assets[0]).path)
    assert recipe.prompt.startswith("a girl") and recipe.negative == "hat" and recipe.seed == 7


def test_reproduced_after_a_restart_it_is_the_same_bit_for_bit(studio, until, home):
    """The studio is opened anew by another process, which says what it told of the repeated picture."""
    job = draw(studio, until, seed=-1, steps=2)
    again = remix.repeat({**studio.assets.record(job.assets[0]), "id": job.assets[0]})
    studio.close()
    script = f"""
from pathlib import Path
import pipelines
from core.home import Home
from core.studio import Studio
from tests.conftest import MACHINE, wait_for
studio = Studio(Home(Path({str(home.root)!r})), pipelines, {{}}, MACHINE).start()
job = studio.submit("image.starter", {dict(again.values)!r})
wait_for(studio, job.id, "done", "failed", timeout=120)
print(job.error, job.notices, studio.assets.record(job.assets[0])["repeated"])
studio.close()
"""
    made = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=PROGRAM)
    assert made.returncode == 0, made.stderr[-2000:]
    assert "bit for bit" in made.stdout and made.stdout.split()[-1] == "True", made.stdout
