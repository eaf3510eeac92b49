"""A picture that is only made larger keeps its recipe and its mark; a person may keep recipes out of files."""

import pytest
from PIL import Image

from core.bench import MARK
from core.recipes.picture import read_notes, read_recipe, write_mark

TEXT = "a cat\nNegative prompt: dog\nSteps: 20, Sampler: Euler, CFG scale: 6, Seed: 5, Size: 16x16"


@pytest.fixture
def given(studio):
    notes = {"parameters": TEXT, MARK: write_mark("Test").decode()}
    return studio.assets.save(Image.new("RGB", (16, 16), "teal"), folder="images", suffix=".png", record={},
                              notes=notes).id


def enlarge(studio, until, given):
    job = studio.submit("upscale.lanczos", {"pictures": [given]})
    assert until(studio, job.id, "done", "failed") == "done", job.error
    return studio.assets.get(job.assets[0]).path


def test_the_recipe_and_the_mark_stay_with_a_larger_picture(studio, until, given):
    path = enlarge(studio, until, given)
    assert read_recipe(path).prompt == "a cat" and read_recipe(path).seed == 5
    assert "trainedAlgorithmicMedia" in read_notes(path)[MARK]


def test_without_recipes_in_files_only_the_mark_is_written(studio, until, given):
    studio.settings.set("images.recipes", False)
    path = enlarge(studio, until, given)
    assert read_recipe(path) is None and "trainedAlgorithmicMedia" in read_notes(path)[MARK]
    assert b"a cat" not in path.read_bytes()
