"""A picture that is only made larger keeps its recipe and its mark; a person may keep recipes out of files."""

import struct
import zlib

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


@pytest.mark.parametrize("key", ["upscale.lanczos", "upscale.studio"])
def test_a_picture_of_twenty_thousand_pixels_a_side_is_refused_and_the_next_one_is_made(studio, until, given, key):
    head = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    lie = (b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + head + struct.pack(">I", zlib.crc32(b"IHDR" + head))
           + struct.pack(">I", 0) + b"IDAT" + b"\0" * 4)
    huge = studio.assets.save(lie, folder="images", suffix=".png", record={}).id
    jobs = [studio.submit(key, {"pictures": [one]}) for one in (huge, given)]
    assert until(studio, jobs[0].id, "done", "failed") == "failed" and "pixels" in jobs[0].error["message"]
    assert until(studio, jobs[1].id, "done", "failed") == "done", jobs[1].error
